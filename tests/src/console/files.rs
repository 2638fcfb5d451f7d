//! The console's files alone, on a web server that knows nothing of them.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use tempfile::TempDir;

use super::dist;

/// A copy of the built console on a server of its own, which ends when this is dropped.
pub struct Files {
    folder: TempDir,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    ended: Arc<AtomicBool>,
}

impl Files {
    /// Serves a copy.
    ///
    /// # Errors
    /// The console was not built, or no port is free.
    pub fn serve() -> anyhow::Result<Files> {
        let folder = tempfile::tempdir()?;
        copy(&dist(), folder.path())?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let ended = Arc::new(AtomicBool::new(false));
        let (root, over) = (folder.path().to_owned(), ended.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let root = root.clone();
                // Who hung up needs no answer.
                std::thread::spawn(move || drop(answer(stream, &root)));
            }
        });
        Ok(Files { folder, url, ended })
    }

    /// Where the files are, to be changed.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file whose name begins and ends so.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, begin: &str, end: &str) -> anyhow::Result<PathBuf> {
        let is_it = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(begin) && name.ends_with(end)
        };
        let mut files = std::fs::read_dir(self.folder())?.map_while(Result::ok).map(|entry| entry.path());
        files.find(is_it).with_context(|| format!("no file of the console is called `{begin}*{end}`"))
    }

    /// Answers nobody any more.
    pub fn stop(&self) {
        if !self.ended.swap(true, Ordering::Relaxed) {
            // It ends when it is asked once more.
            let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.stop();
    }
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("`{}` is not there: build it", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(std::fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

/// Answers one request with a file, or with 404.
fn answer(mut stream: TcpStream, root: &Path) -> anyhow::Result<()> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut line)?;
    // What it says of itself is read and not needed; a blank line ends it.
    for header in reader.lines() {
        if header?.is_empty() {
            break;
        }
    }
    let path = line.split_whitespace().nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let body = std::fs::read(root.join(name)).ok().filter(|_| !name.contains(".."));
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let kind = media_type(name);
    let body = body.unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    Ok(())
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript",
        "css" => "text/css",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}
