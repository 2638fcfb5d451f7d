//! A server on a free port and a client that sends exactly what a test says.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use controller::{Config, ServeError, Server};
use policy::{Document, Profile};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A running server; stops when dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    data: TempDir,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

/// A configuration for a free port with an empty project.
pub(crate) fn config(data: &Path, console: Option<PathBuf>) -> Config {
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: data.to_owned(),
        console,
        seed: Document::new(Profile::default()),
    }
}

/// Binds as [`Server::bind`] does, and lets the server go again.
pub(crate) fn bind(config: Config) -> Result<SocketAddr, ServeError> {
    runtime().block_on(Server::bind(config)).map(|server| server.address())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

impl Running {
    /// Starts a server with an empty project and no console.
    pub(crate) fn start() -> Running {
        Running::start_with(None)
    }

    /// Starts a server with an empty project.
    pub(crate) fn start_with(console: Option<PathBuf>) -> Running {
        let data = tempfile::tempdir().unwrap();
        let config = config(data.path(), console);
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            runtime().block_on(async {
                let server = Server::bind(config).await.unwrap();
                tell.send(server.address()).unwrap();
                server
                    .run(async {
                        let _ = stopped.await;
                    })
                    .await;
            });
        });
        Running { address: told.recv().unwrap(), stop: Some(stop), thread: Some(thread), data }
    }

    /// Stops the server and hands its data over.
    pub(crate) fn stop(mut self) -> TempDir {
        self.end();
        std::mem::replace(&mut self.data, tempfile::tempdir().unwrap())
    }

    fn end(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Sends a request with this server's `Host`.
    pub(crate) fn ask(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let host = self.address.to_string();
        let length = body.len().to_string();
        let mut all = vec![("Host", host.as_str()), ("Content-Length", length.as_str())];
        all.extend(headers);
        self.ask_raw(line, &all, body)
    }

    /// Sends a request with these headers and no others but `Connection: close`.
    pub(crate) fn ask_raw(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        let mut stream = self.connect();
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Answer::read(&answer)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], b"")
    }

    /// Saves a YAML document over a revision.
    pub(crate) fn put_yaml(&self, over: u64, text: &str) -> Answer {
        let etag = format!("\"{over}\"");
        self.ask("PUT /api/v1/document", &[("Content-Type", "application/yaml"), ("If-Match", &etag)], text.as_bytes())
    }

    /// A connection of its own.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Listens to all events: yields the name and the data of each.
    pub(crate) fn listen(&self) -> impl Iterator<Item = (String, Value)> + use<> {
        self.listen_at("/api/v1/events")
    }

    /// Listens to the events of a path: yields the name and the data of each.
    pub(crate) fn listen_at(&self, path: &str) -> impl Iterator<Item = (String, Value)> + use<> {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        std::iter::from_fn(move || {
            let name = lines.find_map(|line| line.strip_prefix("event: ").map(str::to_owned))?;
            let data = lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned))?;
            Some((name, serde_json::from_str(&data).unwrap()))
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

impl Answer {
    fn read(bytes: &[u8]) -> Answer {
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
        Answer { status, head, body: bytes[end + 4..].to_vec() }
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}
