//! Tells who started the enforcer that it enforces, by the protocol of sd_notify(3): one datagram to the socket that
//! `NOTIFY_SOCKET` names. Without that variable nobody waits.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Says that everything this host should enforce at its start is enforced.
///
/// # Errors
/// The socket takes no datagram.
pub(crate) fn tell() -> io::Result<()> {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else {
        return Ok(());
    };
    let name = name.into_encoded_bytes();
    let address = match name.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(std::str::from_utf8(&name).map_err(io::Error::other)?)?,
    };
    UnixDatagram::unbound()?.send_to_addr(b"READY=1", &address).map(drop)
}
