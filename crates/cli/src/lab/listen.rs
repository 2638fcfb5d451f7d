//! What instances of a lab run: one program that listens on a few TCP ports.
//!
//! It answers an HTTP request with the names of both ends, and echoes any other line, so that a person sees over `nc` whether
//! a connection still lives.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;

/// The longest line that is read, in bytes.
const LONGEST: u64 = 64 << 10;

/// Arguments of `portcullis lab listen`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// A TCP port to listen on; may be given several times
    #[arg(long = "port", value_name = "PORT", required = true)]
    ports: Vec<u16>,
    /// What to call this host in answers
    #[arg(long, value_name = "TEXT", default_value = "portcullis lab")]
    greeting: String,
}

/// Listens until it is ended.
///
/// # Errors
/// A port cannot be listened on.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let greeting: Arc<str> = arguments.greeting.as_str().into();
    let bind = |port: &u16| bind(*port).with_context(|| format!("cannot listen on port {port}"));
    let listeners = arguments.ports.iter().map(bind).collect::<anyhow::Result<Vec<_>>>()?;
    std::thread::scope(|scope| {
        for listener in &listeners {
            scope.spawn(|| serve(listener, &greeting));
        }
    });
    Ok(ExitCode::SUCCESS)
}

/// Both families on one socket, or IPv4 where the host has no IPv6.
fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).or_else(|error| match error.kind() {
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => Err(error),
        _ => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)),
    })
}

fn serve(listener: &TcpListener, greeting: &Arc<str>) {
    for connection in listener.incoming().flatten() {
        let greeting = Arc::clone(greeting);
        std::thread::spawn(move || {
            // The other end left; there is nobody to tell.
            let _ = converse(&connection, &greeting);
        });
    }
}

fn converse(connection: &TcpStream, greeting: &str) -> io::Result<()> {
    let mut reader = BufReader::new(connection);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if is_request(&line) {
            skip_header(&mut reader)?;
            return answer(connection, greeting);
        }
        (&*connection).write_all(&line)?;
    }
}

/// An HTTP/1 request line (RFC 9112, section 3).
fn is_request(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.ends_with(b" HTTP/1.1") || line.ends_with(b" HTTP/1.0")
}

/// Unread bytes would turn the close into a reset.
fn skip_header(reader: &mut impl BufRead) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 || line.trim_ascii().is_empty() {
            return Ok(());
        }
    }
}

fn answer(mut connection: &TcpStream, greeting: &str) -> io::Result<()> {
    let (here, there) = (connection.local_addr()?, connection.peer_addr()?);
    let body = format!("{greeting} port {}: hello, {}\n", here.port(), there.ip().to_canonical());
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sent: &str, expect: &str) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        client.write_all(sent.as_bytes()).unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        converse(&server, "web").unwrap();
        drop(server);
        let mut received = String::new();
        client.read_to_string(&mut received).unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        assert_eq!(received.replace(&port, "PORT"), expect, "{sent:?}");
    }

    #[test]
    fn requests_are_answered_and_lines_echoed() {
        // Ports that the kernel picks have five digits, which the length counts.
        check("hello\nyou\n", "hello\nyou\n");
        check(
            "GET / HTTP/1.1\r\nHost: web\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 33\r\nConnection: close\r\n\r\nweb port PORT: hello, 127.0.0.1\n",
        );
    }
}
