//! One enforcer at a time owns a guest side.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use super::LinkError;

/// Held for as long as the enforcer owns the guest side. An abstract socket name (unix(7)) belongs to one network
/// namespace, like the link does, and goes with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Claim(#[expect(dead_code, reason = "held, not read")] UnixDatagram);

impl Claim {
    pub(crate) fn take(guest: &str) -> Result<Claim, LinkError> {
        let bound = SocketAddr::from_abstract_name(format!("portcullis/{guest}"))
            .and_then(|name| UnixDatagram::bind_addr(&name));
        match bound {
            Ok(socket) => Ok(Claim(socket)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(LinkError::Owned { name: guest.to_owned() }),
            Err(error) => Err(LinkError::System { doing: format!("claiming `{guest}`"), error }),
        }
    }
}
