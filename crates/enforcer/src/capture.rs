//! Frames with their verdicts in a pcapng file (`--capture`), written by a thread of its own.
//!
//! Each frame has its verdict as a comment, in the words that scenarios and logs use, such as `drop default`; each vnic is an
//! interface, and inbound is what goes to the instance. A checksum that a device would have filled in is unfinished here, too.
//!
//! Contract: a worker never waits for the file. What the thread cannot take is counted, and said at the end.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::capture::{Heading, InterfaceId, NgWriter};
use anyhow::Context;
use datapath::Frame;
use engine::Verdict;
use policy::{Direction, Policy, VnicId};

use crate::options::Captured;

/// What others may do with the file: nothing.
const OWNER_ALONE: u32 = 0o600;

/// Frames that wait to be written.
const WAITING: usize = 4_096;

/// A file that is being written.
pub(crate) struct Capture {
    path: PathBuf,
    recorder: Recorder,
    thread: JoinHandle<()>,
}

/// What a worker gives frames to.
#[derive(Clone)]
pub(crate) struct Recorder {
    what: Captured,
    frames: SyncSender<Recorded>,
    lost: Arc<AtomicU64>,
}

struct Recorded {
    at: SystemTime,
    vnic: VnicId,
    direction: Direction,
    bytes: Vec<u8>,
    comment: String,
}

impl Capture {
    /// Makes the file, for its owner alone: frames are what tenants say to each other. An older one of that name is gone.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn create(path: &Path) -> anyhow::Result<File> {
        let failed = || format!("cannot write the capture `{}`", path.display());
        let file = File::options().write(true).create(true).truncate(true).mode(OWNER_ALONE).open(path);
        let file = file.with_context(failed)?;
        // One that was there keeps its mode; a device or a pipe should.
        if file.metadata().with_context(failed)?.is_file() {
            file.set_permissions(Permissions::from_mode(OWNER_ALONE)).with_context(failed)?;
        }
        Ok(file)
    }

    /// Begins to write into a file that was made.
    ///
    /// # Errors
    /// It cannot be written, or there is no thread.
    pub(crate) fn start(file: File, path: &Path, what: Captured, limit: u64) -> anyhow::Result<Capture> {
        let failed = || format!("cannot write the capture `{}`", path.display());
        let writer = NgWriter::new(BufWriter::new(file), "portcullis").with_context(failed)?;
        let (frames, arriving) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("capture".to_owned());
        let name = path.to_owned();
        let thread = thread.spawn(move || {
            if let Err(error) = write(writer, &arriving, &name, limit) {
                tracing::error!("the capture `{}` ends and is not whole: {error}", name.display());
            }
        })?;
        let recorder = Recorder { what, frames, lost: Arc::default() };
        Ok(Capture { path: path.to_owned(), recorder, thread })
    }

    /// What a worker gives frames to.
    pub(crate) fn recorder(&self) -> Recorder {
        self.recorder.clone()
    }

    /// Frames that came faster than they could be written, so far.
    pub(crate) fn lost(&self) -> u64 {
        self.recorder.lost.load(Ordering::Relaxed)
    }

    /// Writes what waits, and says how it went. All recorders must be gone.
    pub(crate) fn finish(self) {
        let Capture { path, recorder: Recorder { lost, frames, .. }, thread } = self;
        drop(frames);
        let path = path.display();
        match thread.join() {
            Ok(()) => {}
            Err(_) => tracing::error!("the capture `{path}` is not whole: its thread panicked"),
        }
        match lost.load(Ordering::Relaxed) {
            0 => {}
            lost => {
                tracing::warn!("the capture `{path}` lacks {lost} frames, which came faster than they could be written")
            }
        }
    }
}

impl Recorder {
    /// Keeps a frame with its verdict, if it is one of those that are captured.
    pub(crate) fn record(
        &self,
        policy: &Policy,
        vnic: &VnicId,
        direction: Direction,
        frame: Frame<'_>,
        verdict: Verdict,
    ) {
        let is_wanted = match self.what {
            Captured::All => true,
            Captured::Accepted => verdict.is_accept(),
            Captured::Dropped => matches!(verdict, Verdict::Drop(_)),
        };
        if !is_wanted {
            return;
        }
        let comment = verdict.named(policy).to_string();
        let (at, vnic, bytes) = (SystemTime::now(), vnic.clone(), frame.bytes().to_vec());
        match self.frames.try_send(Recorded { at, vnic, direction, bytes, comment }) {
            Err(TrySendError::Full(_)) => drop(self.lost.fetch_add(1, Ordering::Relaxed)),
            // The capture has ended, and has said why.
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
        }
    }
}

fn write(mut writer: NgWriter<impl Write>, arriving: &Receiver<Recorded>, path: &Path, limit: u64) -> io::Result<()> {
    let mut interfaces: BTreeMap<VnicId, InterfaceId> = BTreeMap::new();
    let mut length = 0;
    while let Some(frame) = next(&mut writer, arriving)? {
        let interface = match interfaces.get(&frame.vnic) {
            Some(known) => *known,
            None => {
                let new = writer.add_interface(frame.vnic.as_str())?;
                interfaces.insert(frame.vnic.clone(), new);
                new
            }
        };
        let stamp = frame.at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let heading = match frame.direction {
            Direction::Ingress => Heading::Inbound,
            Direction::Egress => Heading::Outbound,
        };
        length += writer.write(interface, stamp, heading, &frame.bytes, &frame.comment)? as u64;
        if length >= limit {
            tracing::warn!("the capture `{}` has reached its limit of {} MiB and ends", path.display(), limit >> 20);
            break;
        }
    }
    writer.flush()
}

/// The next frame; what was written is flushed before there is a wait for it.
fn next(writer: &mut NgWriter<impl Write>, arriving: &Receiver<Recorded>) -> io::Result<Option<Recorded>> {
    match arriving.try_recv() {
        Ok(frame) => return Ok(Some(frame)),
        Err(TryRecvError::Disconnected) => return Ok(None),
        Err(TryRecvError::Empty) => {}
    }
    writer.flush()?;
    Ok(arriving.recv().ok())
}
