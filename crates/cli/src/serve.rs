//! `portcullis serve`: the console, the API and the store.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use controller::{Config, Server};
use policy::{Document, Severity};
use tokio::signal::unix::{SignalKind, signal};

use crate::{document, style};

/// Arguments of `portcullis serve`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Where to listen; loopback only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7780")]
    listen: SocketAddr,
    /// Where every revision of the document is kept
    #[arg(long, value_name = "DIR", default_value = ".portcullis")]
    data: PathBuf,
    /// A directory with the built console, in the place of the one in the binary
    #[arg(long, value_name = "DIR")]
    console: Option<PathBuf>,
    /// The document of a store that has none yet; the sample project where it is left out
    #[arg(short, long, value_name = "FILE")]
    document: Option<PathBuf>,
}

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// A faulty first document, an address in use, a store that cannot be opened.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO).init();
    let seed = read_seed(&arguments)?;
    let Arguments { listen, data, console, .. } = arguments;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(async {
        let server = Server::bind(Config { listen, data, console, seed }).await?;
        anstream::println!("{} http://{}", style::strong("serving on"), server.address());
        let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
        server
            .run(async {
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
            })
            .await;
        Ok(ExitCode::SUCCESS)
    })
}

fn read_seed(arguments: &Arguments) -> anyhow::Result<Document> {
    let Some(path) = &arguments.document else {
        return document::SAMPLE.parse().context("the built-in sample is faulty");
    };
    let (document, diagnostics) = document::read(path)?;
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    if !errors.is_empty() {
        anyhow::bail!("`{}` cannot be served:\n{}", path.display(), errors.join("\n"));
    }
    Ok(document)
}
