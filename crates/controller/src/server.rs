//! Listening, the routes, and the life of connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use policy::Document;
use store::Store;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::console::Console;
use crate::error::ServeError;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::{console, documents, enforcers, events, gate};

/// The most connections at once; more wait to be accepted.
const CONNECTIONS: usize = 1_024;

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 16 << 10;

/// How long a connection may be idle, or take to send the head of a request.
const IDLE: Duration = Duration::from_secs(60);

/// How long connections may take to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 is any free one. Loopback only.
    pub listen: SocketAddr,
    /// The directory of the policy store; made where it is missing.
    pub data: PathBuf,
    /// A directory with the built console, in the place of the one in the binary.
    pub console: Option<PathBuf>,
    /// The first document, saved when the store has none.
    pub seed: Document,
}

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// Binds and answers until `shutdown` is done.
///
/// # Errors
/// As [`Server::bind`].
pub async fn serve(config: Config, shutdown: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
    Server::bind(config).await?.run(shutdown).await;
    Ok(())
}

impl Server {
    /// Listens and opens the store.
    ///
    /// # Errors
    /// When the address, the console's directory, the store or the first document cannot be used.
    pub async fn bind(config: Config) -> Result<Server, ServeError> {
        if !config.listen.ip().is_loopback() {
            return Err(ServeError::NotLoopback(config.listen));
        }
        let console = Console::open(config.console.as_deref())?;
        let unusable = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => ServeError::InUse(config.listen),
            _ => ServeError::Bind { address: config.listen, error },
        };
        let listener = TcpListener::bind(config.listen).await.map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let store = Store::open(&config.data)?;
        let shared = Arc::new(Shared::open(store, console, &config.seed)?);
        Ok(Server { listener, address, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` is done and requests under way are answered.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let routes = routes(Arc::clone(&self.shared));
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let connections = GracefulShutdown::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let (stream, place) = tokio::select! {
                () = &mut shutdown => break,
                accepted = accept(&self.listener, &places) => accepted,
            };
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(IDLE)
                .max_header_size(LONGEST_HEAD)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes.clone()));
            let connection = connections.watch(connection);
            tokio::spawn(async move {
                // What a client breaks off concerns nobody else.
                let _ = connection.await;
                drop(place);
            });
        }
        drop(self.listener);
        self.shared.closing.send_replace(true);
        if timeout(FAREWELL, connections.shutdown()).await.is_err() {
            tracing::warn!("some connections did not end in time and were cut");
        }
    }
}

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Events are small and should not wait for each other; a connection works without it too.
                let _ = stream.set_nodelay(true);
                return (stream, place);
            }
            Err(error) => {
                // Mostly a lack of file descriptors, which others give back.
                tracing::warn!("cannot accept a connection: {error}");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/health", get(documents::health))
        .route("/api/v1/document", get(documents::load).put(documents::save))
        .route("/api/v1/history", get(documents::history))
        .route("/api/v1/history/{revision}", get(documents::past))
        .route("/api/v1/events", get(events::follow))
        .route("/api/v1/document/events", get(events::follow_document))
        .route("/api/v1/enforcers", get(enforcers::list))
        .route("/api/v1/enforcers/{name}/report", post(enforcers::report))
        .method_not_allowed_fallback(async || Refusal::Method)
        .fallback(console::serve)
        .layer(from_fn(gate::guard))
        .with_state(shared)
}
