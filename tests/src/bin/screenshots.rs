//! Pictures of every page of the console, for the documents: `screenshots FOLDER`.

use std::path::PathBuf;

use anyhow::Context;
use e2e::console::{Driver, Server};

/// Name and path of each page.
const PAGES: [(&str, &str); 6] = [
    ("groups", "/groups"),
    ("group", "/groups/web?tab=ingress"),
    ("instances", "/instances"),
    ("simulator", "/simulator?packet=tcp%20198.51.100.7:5000%20%3E%20192.0.2.10:443"),
    ("live", "/live"),
    ("transfer", "/transfer"),
];

/// A desktop, a tablet and a phone.
const WIDTHS: [(u32, u32); 3] = [(1440, 900), (1024, 768), (390, 844)];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).context("name the folder: `screenshots FOLDER`")?;
    std::fs::create_dir_all(&folder)?;
    let server = Server::start()?;
    let driver = Driver::start().await?;
    for (width, height) in WIDTHS {
        let page = driver.open(&server.url, width, height).await?;
        for (name, path) in PAGES {
            page.visit(path).await?;
            page.wait_for_text("main", " ").await?;
            for theme in ["light", "dark"] {
                page.run("document.documentElement.style.colorScheme = arguments[0]", vec![theme.into()]).await?;
                let file = folder.join(format!("console-{name}-{width}-{theme}.png"));
                std::fs::write(&file, page.screenshot().await?)?;
                println!("{}", file.display());
            }
        }
        page.close().await?;
    }
    Ok(())
}
