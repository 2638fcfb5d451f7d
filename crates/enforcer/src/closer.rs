//! Closes links where no frame waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use datapath::PacketIo;

use crate::at_once::{Pace, at_once};

/// A thread that closes what it is given.
pub(crate) struct Closer {
    links: Sender<Box<dyn PacketIo>>,
    is_alone: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Closer {
    /// # Errors
    /// No thread.
    pub(crate) fn start() -> std::io::Result<Closer> {
        let (links, given) = channel();
        let is_alone = Arc::new(AtomicBool::new(false));
        let pace = {
            let is_alone = Arc::clone(&is_alone);
            move || if is_alone.load(Ordering::Relaxed) { Pace::Alone } else { Pace::BesideFrames }
        };
        let thread = std::thread::Builder::new().name("closer".to_owned()).spawn(move || close(&given, pace))?;
        Ok(Closer { links, is_alone, thread })
    }

    /// What it is given from now on is closed at this pace.
    pub(crate) fn set_pace(&self, pace: Pace) {
        self.is_alone.store(pace == Pace::Alone, Ordering::Relaxed);
    }

    /// Where to give links.
    pub(crate) fn door(&self) -> Sender<Box<dyn PacketIo>> {
        self.links.clone()
    }

    /// Waits until all are closed. Nobody must have a door any more.
    pub(crate) fn join(self) {
        drop(self.links);
        if self.thread.join().is_err() {
            tracing::error!("the thread that closes links panicked");
        }
    }
}

fn close(given: &Receiver<Box<dyn PacketIo>>, pace: impl Fn() -> Pace) {
    while let Ok(first) = given.recv() {
        at_once(pace(), std::iter::once(first).chain(given.try_iter()).collect(), drop);
    }
}
