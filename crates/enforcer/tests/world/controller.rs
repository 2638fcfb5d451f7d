//! A controller of this host that stops, starts again, and may lose what it stored.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use controller::{Config, Server};
use policy::Document;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::LONG;

/// A controller, running or not. It stops when this is dropped.
pub(crate) struct Controller {
    address: SocketAddr,
    data: TempDir,
    running: Option<Running>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Controller {
    /// Starts one whose first document is this.
    pub(crate) fn start(document: &str) -> Controller {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut controller = Controller { address: free, data: tempfile::tempdir().unwrap(), running: None };
        controller.start_again(document);
        controller
    }

    /// Starts it at the address that it had; `document` counts where it has none.
    pub(crate) fn start_again(&mut self, document: &str) {
        let config = config(self.address, self.data.path(), document);
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let serve = async move {
            let server = Server::bind(config).await.unwrap();
            tell.send(()).unwrap();
            let stopped = async {
                let _ = stopped.await;
            };
            server.run(stopped).await;
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let thread = std::thread::spawn(move || runtime.block_on(serve));
        told.recv().expect("a controller listens");
        self.running = Some(Running { stop, thread });
    }

    pub(crate) fn stop(&mut self) {
        if let Some(Running { stop, thread }) = self.running.take() {
            drop(stop);
            thread.join().unwrap();
        }
    }

    /// Makes it forget all documents, as when a disk is replaced, and answers that disk; it must not run.
    pub(crate) fn lose_store(&mut self) -> TempDir {
        self.exchange_store(tempfile::tempdir().unwrap())
    }

    /// Gives it another disk and answers the one that it had; it must not run.
    pub(crate) fn exchange_store(&mut self, other: TempDir) -> TempDir {
        assert!(self.running.is_none());
        std::mem::replace(&mut self.data, other)
    }

    /// How an enforcer names it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Saves a document over the newest one, and answers its revision.
    pub(crate) fn save(&self, document: &str) -> u64 {
        let url = format!("{}/api/v1/document", self.url());
        let newest = ureq::get(&url).call().unwrap();
        let etag = newest.headers()["etag"].to_str().unwrap().to_owned();
        let request = ureq::put(&url).header("If-Match", etag).header("Content-Type", "application/yaml");
        let answer: Value = request.send(document).unwrap().body_mut().read_json().unwrap();
        answer["revision"].as_u64().expect("a revision")
    }

    /// What an enforcer last said of itself, as soon as something holds for it.
    pub(crate) fn heard(&self, node: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + LONG;
        loop {
            let mut answer = ureq::get(format!("{}/api/v1/enforcers", self.url())).call().unwrap();
            let all: Vec<Value> = answer.body_mut().read_json().unwrap();
            let report = all.into_iter().find(|enforcer| enforcer["name"] == node).map(|found| found["report"].clone());
            match report {
                Some(report) if holds(&report) => return report,
                other => assert!(Instant::now() < until, "`{node}` does not report {what}: {other:?}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.stop();
    }
}

fn config(listen: SocketAddr, data: &Path, document: &str) -> Config {
    let (seed, faults) = Document::check(document);
    assert!(faults.is_empty(), "{faults:?}");
    fs::create_dir_all(data).unwrap();
    Config { listen, data: data.to_owned(), console: None, seed }
}
