//! One enforcer at a time owns a guest side.
//!
//! A claim is something that one process has, that goes with it however it ends, and that belongs to one network namespace, as
//! the link does:
//!
//! | kernel | claim |
//! |---|---|
//! | Linux 5.12 and later | an empty table of nftables with an owner, which only who has CAP_NET_ADMIN makes |
//! | without these | an abstract socket name (unix(7)), which any user of the host could take first |

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use nix::libc;

use super::LinkError;
use super::nftables::{Message, Nftables, number, text};

/// `NFT_MSG_NEWTABLE`, `NFTA_TABLE_NAME`, `NFTA_TABLE_FLAGS` and `NFT_TABLE_F_OWNER`.
const NEW_TABLE: u16 = 0;
const TABLE_NAME: u16 = 1;
const TABLE_FLAGS: u16 = 2;
const OWNED: u32 = 2;

/// What a kernel without nftables, or without owners of tables, answers.
const ABSENT: [i32; 3] = [libc::EINVAL, libc::EOPNOTSUPP, libc::EPROTONOSUPPORT];

/// Held for as long as the enforcer owns the guest side.
#[derive(Debug)]
#[expect(dead_code, reason = "held, not read")]
pub(crate) enum Claim {
    /// The table's owner.
    Table(Nftables),
    Name(UnixDatagram),
}

impl Claim {
    /// # Errors
    /// Another enforcer has the claim, or the kernel refuses.
    pub(crate) fn take(guest: &str) -> Result<Claim, LinkError> {
        let claim = match own_table(guest) {
            Err(error) if error.raw_os_error().is_some_and(|number| ABSENT.contains(&number)) => own_name(guest),
            other => other,
        };
        claim.map_err(|error| match error.kind() {
            // In this order: a table that has another owner, and a name that is taken.
            io::ErrorKind::PermissionDenied | io::ErrorKind::AddrInUse => LinkError::Owned { name: guest.to_owned() },
            _ => LinkError::System { doing: format!("claiming `{guest}`"), error },
        })
    }
}

fn own_table(guest: &str) -> io::Result<Claim> {
    let nftables = Nftables::open()?;
    let table = [text(TABLE_NAME, &format!("portcullis-claim-{guest}")), number(TABLE_FLAGS, OWNED)];
    nftables.ask(&[Message::new(NEW_TABLE, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &table)])?;
    Ok(Claim::Table(nftables))
}

fn own_name(guest: &str) -> io::Result<Claim> {
    let name = SocketAddr::from_abstract_name(format!("portcullis/{guest}"))?;
    Ok(Claim::Name(UnixDatagram::bind_addr(&name)?))
}
