//! The worker: one thread that owns vnics, their links and their flows.
//!
//! ```text
//! guest side --poll--> judge(egress)  --accepted--> uplink
//! uplink     --poll--> judge(ingress) --accepted--> guest side
//! ```
//!
//! Contract: a frame goes on unchanged, with its metadata, and only when it was accepted. A policy is swapped between two
//! polls, and flows survive it. Nothing is locked, and nothing is allocated for an accepted packet of a known kind.
//!
//! Absent: the links' making, the policy's origin, and telling people, all of which stand behind [`Order`] and [`Event`].

mod desk;
mod flood;
mod patience;
mod seat;
mod staged;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use conntrack::{Config, Conntrack, Zone};
use datapath::wait::Waker;
use datapath::{IoError, PacketIo};
use policy::{Policy, VnicId};

use crate::sightings::Sighting;
use crate::state::Resumed;
use crate::tally::Tally;
use desk::Desk;
pub(crate) use seat::Gear;
pub(crate) use staged::Change;

/// The open links of one vnic.
pub(crate) struct Port {
    pub(crate) vnic: VnicId,
    pub(crate) zone: Zone,
    pub(crate) guest: Box<dyn PacketIo>,
    pub(crate) uplink: Box<dyn PacketIo>,
    /// Its flows, where some were saved.
    pub(crate) flows: Option<Resumed>,
    /// Frames that arrived until then, since 1970-01-01 UTC, were another enforcer's.
    pub(crate) since: Option<Duration>,
}

/// A policy that a worker judges by as well.
pub(crate) struct Pending {
    pub(crate) policy: Arc<Policy>,
    /// For its flows: an empty table, made where no frame waits for its memory.
    pub(crate) conntrack: Box<Conntrack>,
}

/// What a worker is told.
pub(crate) enum Order {
    /// Judge by this policy from now on, and drop the sender when that is so.
    Swap(Arc<Policy>, Sender<Infallible>),
    /// Own one more vnic.
    Add(Port),
    /// Give up a vnic and its flows.
    Remove(VnicId),
    /// Judge by this policy as well, or by none, and tell what it would change; drop the sender when that is so, which is once all
    /// flows were copied.
    Stage(Option<Pending>, Sender<Infallible>),
    /// Copy all flows, while frames pass.
    Save,
    /// Judge what has arrived, tell the last tally and a last copy of all flows, and end.
    Stop,
}

/// What a worker tells.
pub(crate) enum Event {
    /// Counts since the one before.
    Tally(Tally),
    /// A packet that was dropped, or that opened a flow.
    Packet(Sighting),
    /// A packet that the pending policy would judge otherwise.
    Change(Change),
    /// A copy of all flows.
    Saved(FlowCopy),
    /// A link of a vnic failed, and the vnic was given up.
    Lost(VnicId, IoError),
}

/// The flows of a worker's vnics.
pub(crate) struct FlowCopy {
    /// When it is the last copy: the frames that arrived until then, since 1970-01-01 UTC, were judged and no others.
    pub(crate) ended: Option<Duration>,
    /// By vnic, as conntrack saves them; a vnic without flows may be absent, but not from the last copy.
    pub(crate) zones: Vec<(VnicId, Vec<u8>)>,
}

/// What a worker is like.
pub(crate) struct Setup {
    /// Tells workers apart.
    pub(crate) number: usize,
    /// Of its flow table.
    pub(crate) config: Config,
    /// The most that it looks for the next frame before going to sleep.
    pub(crate) spin: Duration,
    /// Takes links that it has done with, because to close one takes the kernel longer than the next frame may wait.
    pub(crate) closer: Sender<Box<dyn PacketIo>>,
}

/// A running worker.
pub(crate) struct Worker {
    orders: Sender<Order>,
    waker: Arc<Waker>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a worker that owns nothing yet. `tell` must not block.
    ///
    /// # Errors
    /// No thread, or no descriptor to wake it with.
    pub(crate) fn start(
        setup: Setup,
        policy: Arc<Policy>,
        gear: Gear,
        tell: impl Fn(Event) + Send + 'static,
    ) -> anyhow::Result<Worker> {
        let (orders, inbox) = channel();
        let waker = Arc::new(Waker::new()?);
        let name = format!("worker-{}", setup.number);
        let desk = Desk::open(setup, policy, gear, (inbox, Arc::clone(&waker)), tell)?;
        let thread = std::thread::Builder::new().name(name).spawn(move || desk.work())?;
        Ok(Worker { orders, waker, thread })
    }

    /// Gives an order. A worker that has ended takes none; see [`Worker::has_ended`].
    pub(crate) fn order(&self, order: Order) {
        // The only refusal is that the worker has ended.
        let _ = self.orders.send(order);
        self.waker.wake();
    }

    /// Whether it ended without being told to.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until it has ended, as [`Order::Stop`] says.
    pub(crate) fn join(self) {
        if self.thread.join().is_err() {
            tracing::error!("a worker panicked");
        }
    }
}
