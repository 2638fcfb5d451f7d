//! One enforcer at a time owns a guest side.
//!
//! A claim goes with the process that has it, however that ends, and belongs to one network namespace, as the link does:
//!
//! | kernel | claim |
//! |---|---|
//! | Linux 5.12 and later | an empty table of nftables with an owner, which only who has CAP_NET_ADMIN makes |
//! | without these | an abstract socket name (unix(7)), which any user of the host could take first |

use std::collections::BTreeSet;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::libc;

use super::LinkError;
use super::nftables::{AT_ONCE, Message, Nftables, is_absent, number, text};

/// `NFT_MSG_*`, `NFTA_TABLE_NAME`, `NFTA_TABLE_FLAGS` and `NFT_TABLE_F_OWNER` of `linux/netfilter/nf_tables.h`.
const NEW_TABLE: u16 = 0;
const DELETE_TABLE: u16 = 2;
const TABLE_NAME: u16 = 1;
const TABLE_FLAGS: u16 = 2;
const OWNED: u32 = 2;

/// All claims of this process, in the network namespace of the thread that opened it.
#[derive(Debug)]
pub(crate) struct Claims(Mutex<Tables>);

/// Tables belong to a socket, so one has them all.
#[derive(Debug)]
struct Tables {
    /// `None` without nftables.
    nftables: Option<Nftables>,
    /// By the guest sides' names.
    owned: BTreeSet<String>,
}

/// Held for as long as the enforcer owns the guest side. It must go where CAP_NET_ADMIN is.
#[derive(Debug)]
pub(crate) enum Claim {
    Table { claims: Arc<Claims>, guest: String },
    Name(#[expect(dead_code, reason = "held, not read")] UnixDatagram),
}

impl Claims {
    pub(crate) fn open() -> Claims {
        Claims(Mutex::new(Tables { nftables: Nftables::open().ok(), owned: BTreeSet::new() }))
    }

    /// # Errors
    /// Another enforcer has the claim, or the kernel refuses.
    pub(crate) fn take(self: &Arc<Claims>, guest: &str) -> Result<Claim, LinkError> {
        let claim = match self.tables().add(guest) {
            Ok(()) => Ok(Claim::Table { claims: Arc::clone(self), guest: guest.to_owned() }),
            Err(error) if is_absent(&error) => take_name(guest),
            Err(error) => Err(error),
        };
        claim.map_err(|error| match error.kind() {
            // A table that has another owner, one of this process, and a name that is taken.
            io::ErrorKind::PermissionDenied | io::ErrorKind::AlreadyExists | io::ErrorKind::AddrInUse => {
                LinkError::Owned { name: guest.to_owned() }
            }
            _ => LinkError::System { doing: format!("claiming `{guest}`"), error },
        })
    }

    /// Gives up all claims at once, where CAP_NET_ADMIN is.
    pub(crate) fn give_up(&self) {
        self.tables().remove_all();
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn add(&mut self, guest: &str) -> io::Result<()> {
        let nftables = self.nftables.as_ref().ok_or_else(|| io::Error::from_raw_os_error(libc::EOPNOTSUPP))?;
        let table = [text(TABLE_NAME, &table(guest)), number(TABLE_FLAGS, OWNED)];
        nftables.ask(&[Message::new(NEW_TABLE, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &table)])?;
        self.owned.insert(guest.to_owned());
        Ok(())
    }

    fn remove(&mut self, guest: &str) {
        if self.owned.remove(guest) {
            self.ask_to_remove(&[guest.to_owned()]);
        }
    }

    fn remove_all(&mut self) {
        let owned: Vec<String> = std::mem::take(&mut self.owned).into_iter().collect();
        self.ask_to_remove(&owned);
    }

    fn ask_to_remove(&self, guests: &[String]) {
        let message = |guest: &String| Message::new(DELETE_TABLE, 0, &[text(TABLE_NAME, &table(guest))]);
        for guests in guests.chunks(AT_ONCE) {
            let asked =
                self.nftables.as_ref().map(|nftables| nftables.ask(&guests.iter().map(message).collect::<Vec<_>>()));
            if let Some(Err(error)) = asked {
                tracing::warn!("claims stay until the enforcer ends: {error}");
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        match self {
            Claim::Table { claims, guest } => claims.tables().remove(guest),
            Claim::Name(_) => {}
        }
    }
}

fn table(guest: &str) -> String {
    format!("portcullis-claim-{guest}")
}

fn take_name(guest: &str) -> io::Result<Claim> {
    let name = SocketAddr::from_abstract_name(format!("portcullis/{guest}"))?;
    Ok(Claim::Name(UnixDatagram::bind_addr(&name)?))
}
