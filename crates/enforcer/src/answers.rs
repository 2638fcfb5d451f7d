//! What a running enforcer can be asked, over HTTP/1.
//!
//! | door | who may ask | what |
//! |---|---|---|
//! | TCP at a loopback address, `--metrics` | everybody on this host | `GET /metrics` |
//! | a socket in the state's directory, mode 0600 | root and the enforcer's own user | `GET /status`, `GET /metrics` |
//!
//! Both are opened before the enforcer encloses itself, because it may not listen anywhere afterwards. One thread answers;
//! the daemon gives it a [`Snapshot`] for each question, between two other things that it does.
//!
//! Contract: questions cost the packet path nothing. Connections, their heads and their time are bounded, each answers one
//! question, and what a client does wrong is told to that client alone.
//!
//! Absent: whatever changes something.

mod metrics;
mod places;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, listen, setsockopt, socket, sockopt,
};
use nix::unistd::Uid;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use places::{Place, Places};

use crate::socket_file::SocketFile;
use crate::status::Snapshot;

/// The longest head of a request, in bytes: the least that hyper can be told.
const LONGEST_HEAD: usize = 8 << 10;

/// How long a head may take.
const HEAD: Duration = Duration::from_secs(5);

/// How long the daemon may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest life of a connection.
const LIFE: Duration = Duration::from_secs(20);

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// The doors, open but not answered at yet.
pub(crate) struct Doors {
    metrics: Option<std::net::TcpListener>,
    local: Option<(std::os::unix::net::UnixListener, SocketFile)>,
}

/// Who else may listen at the TCP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Neighbour {
    Nobody,
    /// The enforcer that this one takes over from.
    Predecessor,
}

/// What the daemon is asked.
pub(crate) struct Question(oneshot::Sender<Snapshot>);

/// What is behind a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Metrics alone.
    Metrics,
    /// Metrics and the status.
    Local,
    /// Nothing, for a user who is neither root nor the enforcer's own.
    Closed,
}

impl Doors {
    /// Opens the doors that are wanted. A socket that cannot be had is said and gone without. Nobody else may have the
    /// directory of the socket, but for a predecessor, which may listen at the TCP address, too.
    ///
    /// # Errors
    /// The TCP address cannot be listened at.
    pub(crate) fn open(
        metrics: Option<SocketAddr>,
        socket: Option<&Path>,
        neighbour: Neighbour,
    ) -> anyhow::Result<Doors> {
        let metrics = metrics.map(|address| open_tcp(address, neighbour)).transpose()?;
        let local = socket.and_then(|path| match open_socket(path) {
            Ok(opened) => Some(opened),
            Err(error) => {
                tracing::warn!(
                    "`portcullis top` will find nothing: cannot open the socket `{}`: {error}",
                    path.display()
                );
                None
            }
        });
        Ok(Doors { metrics, local })
    }

    /// Answers from a thread of its own, until the process ends.
    ///
    /// # Errors
    /// No thread, or nothing to wait with.
    pub(crate) fn answer<A>(self, ask: A) -> anyhow::Result<Option<SocketFile>>
    where
        A: Fn(Question) + Clone + Send + Sync + 'static,
    {
        let Doors { metrics, local } = self;
        let local = local.and_then(|(listener, file)| match file.show() {
            Ok(file) => Some((listener, file)),
            Err(error) => {
                tracing::warn!("`portcullis top` will find nothing: cannot rename its socket: {error}");
                None
            }
        });
        let (local, file) = local.unzip();
        if metrics.is_none() && local.is_none() {
            return Ok(None);
        }
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.context("cannot answer questions")?;
        let answer = move || {
            runtime.block_on(async {
                let served = async { tokio::join!(serve_metrics(metrics, ask.clone()), serve_local(local, ask)) };
                if let (Err(error), _) | (_, Err(error)) = served.await {
                    tracing::error!("questions are not answered any more: {error}");
                }
            });
        };
        std::thread::Builder::new().name("answers".to_owned()).spawn(answer).context("cannot start a thread")?;
        Ok(file)
    }
}

impl Question {
    /// Answers. Who asked may have gone.
    pub(crate) fn answer(self, snapshot: Snapshot) {
        let _ = self.0.send(snapshot);
    }
}

fn open_tcp(address: SocketAddr, neighbour: Neighbour) -> anyhow::Result<std::net::TcpListener> {
    let free = match neighbour {
        // Without SO_REUSEPORT nobody else may be there.
        Neighbour::Nobody => std::net::TcpListener::bind(address).map(drop),
        Neighbour::Predecessor => Ok(()),
    };
    let listener = free.and_then(|()| share(address)).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow::anyhow!("another program listens at `{address}`: give `--metrics` another port")
        }
        _ => anyhow::anyhow!("cannot listen at `{address}` for `--metrics`: {error}"),
    })?;
    listener.set_nonblocking(true)?;
    tracing::info!("metrics are at http://{}/metrics", listener.local_addr()?);
    Ok(listener)
}

/// Listens where a process of the same user may listen as well (socket(7), SO_REUSEPORT): a successor, some day.
fn share(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let family = if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let listener = socket(family, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    setsockopt(&listener, sockopt::ReuseAddr, &true)?;
    setsockopt(&listener, sockopt::ReusePort, &true)?;
    bind(listener.as_raw_fd(), &SockaddrStorage::from(address))?;
    listen(&listener, Backlog::new(128)?)?;
    Ok(listener.into())
}

fn open_socket(path: &Path) -> io::Result<(std::os::unix::net::UnixListener, SocketFile)> {
    let (listener, file) = SocketFile::listen(path)?;
    listener.set_nonblocking(true)?;
    Ok((listener, file))
}

async fn serve_metrics<A>(listener: Option<std::net::TcpListener>, ask: A) -> io::Result<()>
where
    A: Fn(Question) + Clone + Send + Sync + 'static,
{
    let Some(listener) = listener else { return Ok(()) };
    let listener = TcpListener::from_std(listener)?;
    let mut places = Places::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => places.give(|place| converse(stream, Door::Metrics, ask.clone(), place)),
            Err(error) => rest(&error).await,
        }
    }
}

async fn serve_local<A>(listener: Option<std::os::unix::net::UnixListener>, ask: A) -> io::Result<()>
where
    A: Fn(Question) + Clone + Send + Sync + 'static,
{
    let Some(listener) = listener else { return Ok(()) };
    let listener = UnixListener::from_std(listener)?;
    let mut places = Places::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let door = match stream.peer_cred() {
                    Ok(peer) if is_welcome(peer.uid()) => Door::Local,
                    Ok(_) | Err(_) => Door::Closed,
                };
                places.give(|place| converse(stream, door, ask.clone(), place));
            }
            Err(error) => rest(&error).await,
        }
    }
}

fn is_welcome(user: u32) -> bool {
    user == 0 || user == Uid::effective().as_raw()
}

/// Mostly a lack of file descriptors, which others give back.
async fn rest(error: &io::Error) {
    tracing::warn!("cannot accept a connection: {error}");
    sleep(Duration::from_secs(1)).await;
}

/// Answers one question.
async fn converse<A>(stream: impl AsyncRead + AsyncWrite + Unpin, door: Door, ask: A, place: Place)
where
    A: Fn(Question) + Clone + Send + Sync + 'static,
{
    let respond = |request: Request<hyper::body::Incoming>| {
        place.note_question();
        let ask = ask.clone();
        async move { respond(door, request.method(), request.uri().path(), ask).await }
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_header_size(LONGEST_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service_fn(respond));
    // What a client breaks off concerns nobody else.
    let _ = timeout(LIFE, connection).await;
}

async fn respond(
    door: Door,
    method: &Method,
    path: &str,
    ask: impl Fn(Question),
) -> Result<Response<String>, hyper::http::Error> {
    let render: fn(Snapshot) -> String = match (door, path) {
        (Door::Closed, _) => {
            return refuse(StatusCode::FORBIDDEN, "this is for root and the enforcer's own user: put `sudo` in front");
        }
        (Door::Local | Door::Metrics, "/metrics") => metrics::render,
        (Door::Local, "/status") => |snapshot| serde_json::json!(snapshot.status()).to_string(),
        (Door::Local, _) => return refuse(StatusCode::NOT_FOUND, "there are `/status` and `/metrics` here"),
        (Door::Metrics, _) => return refuse(StatusCode::NOT_FOUND, "there is `/metrics` here"),
    };
    if method != Method::GET {
        return Response::builder()
            .status(StatusCode::METHOD_NOT_ALLOWED)
            .header(ALLOW, "GET")
            .header(CONTENT_TYPE, TEXT)
            .body("only `GET` is answered here\n".to_owned());
    }
    let (answer, answered) = oneshot::channel();
    ask(Question(answer));
    match timeout(PATIENCE, answered).await {
        Ok(Ok(snapshot)) => {
            let kind = if path == "/metrics" { metrics::CONTENT_TYPE } else { JSON };
            Response::builder().header(CONTENT_TYPE, kind).body(render(snapshot))
        }
        Ok(Err(_)) | Err(_) => {
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the enforcer starts, stops or is busy: ask again")
        }
    }
}

fn refuse(status: StatusCode, why: &str) -> Result<Response<String>, hyper::http::Error> {
    Response::builder().status(status).header(CONTENT_TYPE, TEXT).body(format!("{why}\n"))
}

#[cfg(test)]
mod tests;
