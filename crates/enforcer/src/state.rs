//! The flows of all vnics on disk, so that connections outlive the enforcer.
//!
//! One file, `flows`, in a directory that one enforcer has for itself. It is written at a clean stop, and now and then before,
//! for the case that the enforcer is killed. What a killed one left may be behind: packets passed since.
//!
//! Contract: the file is taken as a whole or not at all. It counts only for the same run of the host, so that it is never
//! older than the instances and times are exact; and for a vnic only while that has the MAC address and the network that it
//! had. What it holds is never trusted to pass: the engine judges each flow again.
//!
//! Absent: what a flow is, and fragments that wait, which are lost with the process.

mod error;
mod file;
mod host;

pub(crate) use error::{FileFault, StateError};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use conntrack::{Missed, Resumption, Saved};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use policy::PolicyVnic;

use crate::disk;
use file::{Head, ZoneHead};
use host::Host;

/// A directory for state, which another enforcer may still have.
pub(crate) struct Directory {
    path: PathBuf,
    opened: File,
    host: Host,
}

/// Where one enforcer keeps the flows of its vnics.
pub(crate) struct FlowFile {
    path: PathBuf,
    host: Host,
    /// Held for as long as the enforcer lives.
    _directory: Flock<File>,
}

/// The flows of one vnic, to be written.
pub(crate) struct Zone {
    head: ZoneHead,
    flows: Vec<u8>,
}

/// Flows that were read, by vnic. Each is taken once.
#[derive(Default)]
pub(crate) struct Recalled {
    zones: BTreeMap<String, (ZoneHead, Saved)>,
    at: Duration,
    missed: Option<Missed>,
}

/// The flows of one vnic, to go on.
pub(crate) struct Resumed {
    pub(crate) saved: Saved,
    pub(crate) resumption: Resumption,
}

impl Directory {
    /// Makes and opens it.
    ///
    /// # Errors
    /// It cannot be made or written.
    pub(crate) fn open(path: &Path) -> Result<Directory, StateError> {
        let refuse = |error| StateError::Directory { path: path.to_owned(), error };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(refuse)?;
        let opened = File::open(path).map_err(refuse)?;
        nix::unistd::access(path, nix::unistd::AccessFlags::W_OK).map_err(|errno| refuse(errno.into()))?;
        Ok(Directory { path: path.to_owned(), opened, host: Host::read().map_err(refuse)? })
    }

    /// Holds it against other enforcers.
    ///
    /// # Errors
    /// Another enforcer has it.
    pub(crate) fn hold(self) -> Result<FlowFile, StateError> {
        let Directory { path, opened, host } = self;
        let held = Flock::lock(opened, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
            Errno::EWOULDBLOCK => StateError::Taken { path: path.clone() },
            errno => StateError::Directory { path: path.clone(), error: errno.into() },
        })?;
        Ok(FlowFile { path: path.join("flows"), host, _directory: held })
    }

    /// Reads flows that another enforcer packed and still holds the file of.
    ///
    /// # Errors
    /// They are damaged, or do not count here.
    pub(crate) fn unpack(&self, packed: &[u8]) -> Result<Recalled, FileFault> {
        let (head, parts) = file::read(packed)?;
        recall(&self.host, &head, &parts)
    }
}

impl FlowFile {
    /// Makes the directory, and holds it against other enforcers.
    ///
    /// # Errors
    /// It cannot be made or written, or another enforcer has it.
    pub(crate) fn in_directory(directory: &Path) -> Result<FlowFile, StateError> {
        Directory::open(directory)?.hold()
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The time of the host, which [`FlowFile::keep`] is told.
    pub(crate) fn now(&self) -> Duration {
        host::since_boot()
    }

    /// Keeps the flows of all vnics as they were at a time. `missed` is whether packets passed since.
    ///
    /// # Errors
    /// It cannot be written; then the file is what it was.
    pub(crate) fn keep(&self, zones: &[Zone], at: Duration, missed: Missed) -> Result<(), StateError> {
        let (head, parts) = self.arrange(zones, at, missed);
        self.write(&head, &parts)
    }

    /// What [`FlowFile::keep`] would write now if no packets pass any more, for [`Directory::unpack`] or [`FlowFile::put`].
    pub(crate) fn pack(&self, zones: &[Zone]) -> Vec<u8> {
        let (head, parts) = self.arrange(zones, self.now(), Missed::Nothing);
        all(&head, &parts).concat()
    }

    /// Keeps what was packed.
    ///
    /// # Errors
    /// It cannot be written; then the file is what it was.
    pub(crate) fn put(&self, packed: &[u8]) -> Result<(), StateError> {
        self.replace(&[packed])
    }

    fn arrange<'z>(&self, zones: &'z [Zone], at: Duration, missed: Missed) -> (Head, Vec<&'z [u8]>) {
        let heads = zones.iter().map(|zone| zone.head.clone()).collect();
        let parts = zones.iter().map(|zone| zone.flows.as_slice()).collect();
        (Head::new(self.host.boot(), at, missed, heads), parts)
    }

    /// Reads what was kept, and notes in the file that packets pass from now on. `None` where there is no file.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or does not count any more.
    pub(crate) fn recall(&self) -> Result<Option<Recalled>, StateError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StateError::Unreadable { path: self.path.clone(), error }),
        };
        let refused = |fault| StateError::Refused { path: self.path.clone(), fault };
        let (head, parts) = file::read(&bytes).map_err(refused)?;
        let recalled = recall(&self.host, &head, &parts).map_err(refused)?;
        if head.missed() == Missed::Nothing {
            self.write(&head.overtaken(), &parts)?;
        }
        Ok(Some(recalled))
    }

    fn write(&self, head: &Head, parts: &[&[u8]]) -> Result<(), StateError> {
        let all = all(head, parts);
        self.replace(&all.iter().map(AsRef::as_ref).collect::<Vec<_>>())
    }

    fn replace(&self, parts: &[&[u8]]) -> Result<(), StateError> {
        disk::replace(&self.path, parts).map_err(|error| StateError::Unwritable { path: self.path.clone(), error })
    }
}

impl Zone {
    /// The flows of a vnic, as conntrack saves them.
    pub(crate) fn of(vnic: &PolicyVnic, flows: Vec<u8>) -> Zone {
        Zone { head: ZoneHead::of(vnic, flows.len()), flows }
    }
}

impl Recalled {
    /// Takes the flows of a vnic, as they go on from now.
    ///
    /// # Errors
    /// They are of another vnic of this name.
    pub(crate) fn take(&mut self, vnic: &PolicyVnic) -> Result<Option<Resumed>, StateError> {
        let (Some((head, saved)), Some(missed)) = (self.zones.remove(vnic.id.as_str()), self.missed) else {
            return Ok(None);
        };
        if head != ZoneHead::of(vnic, head.length()) {
            return Err(StateError::OtherVnic { vnic: vnic.id.clone(), was: head.to_string() });
        }
        let elapsed = host::since_boot().saturating_sub(self.at);
        Ok(Some(Resumed { saved, resumption: Resumption { elapsed, missed } }))
    }

    /// How many flows there are.
    pub(crate) fn len(&self) -> usize {
        self.zones.values().map(|(_, saved)| saved.len()).sum()
    }
}

/// The parts of a file, from its first byte to its last.
fn all<'p>(head: &Head, parts: &[&'p [u8]]) -> Vec<Cow<'p, [u8]>> {
    let head = head.to_bytes();
    let checksum = file::checksum(&head, parts);
    let parts = parts.iter().map(|part| Cow::Borrowed(*part));
    std::iter::once(Cow::Owned(head)).chain(parts).chain([Cow::Owned(checksum.to_vec())]).collect()
}

fn recall(host: &Host, head: &Head, parts: &[&[u8]]) -> Result<Recalled, FileFault> {
    if head.boot() != host.boot() {
        return Err(FileFault::OtherBoot);
    }
    let (now, at) = (host::since_boot(), head.at());
    if at > now {
        return Err(FileFault::Future { by: at - now });
    }
    let mut zones = BTreeMap::new();
    for (zone, part) in head.zones().iter().zip(parts) {
        let refused = |fault| FileFault::Zone { vnic: zone.vnic().to_owned(), fault };
        let saved = Saved::read(part).map_err(refused)?;
        zones.insert(zone.vnic().to_owned(), (zone.clone(), saved));
    }
    Ok(Recalled { zones, at, missed: Some(head.missed()) })
}

#[cfg(test)]
mod tests;
