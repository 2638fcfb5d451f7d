//! Closes links where no frame waits for it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use datapath::PacketIo;

use crate::at_once::at_once;

/// A thread that closes what it is given.
pub(crate) struct Closer {
    links: Sender<Box<dyn PacketIo>>,
    thread: JoinHandle<()>,
}

impl Closer {
    /// # Errors
    /// No thread.
    pub(crate) fn start() -> std::io::Result<Closer> {
        let (links, given) = channel();
        let thread = std::thread::Builder::new().name("closer".to_owned()).spawn(move || close(&given))?;
        Ok(Closer { links, thread })
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

fn close(given: &Receiver<Box<dyn PacketIo>>) {
    while let Ok(first) = given.recv() {
        at_once(std::iter::once(first).chain(given.try_iter()).collect(), drop);
    }
}
