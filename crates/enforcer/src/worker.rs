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

mod seat;

use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Clock};

use conntrack::{Config, Conntrack, Instant, Memory, Zone};
use datapath::wait::{Waker, wait};
use datapath::{IoError, PacketIo};
use policy::{Policy, VnicId};

use crate::drops::Drop;
use crate::tally::{RuleCounts, Tally};
use seat::{Seat, Side};

/// How often flows expire.
const TICK: Duration = Duration::from_millis(100);

/// The most flows that expire in one tick: bounded work between two polls.
const EXPIRED_AT_ONCE: usize = 8_192;

/// Ticks from one tally to the next.
const TICKS_A_TALLY: u32 = 10;

/// The open links of one vnic.
pub(crate) struct Port {
    pub(crate) vnic: VnicId,
    pub(crate) zone: Zone,
    pub(crate) guest: Box<dyn PacketIo>,
    pub(crate) uplink: Box<dyn PacketIo>,
}

/// What a worker is told.
pub(crate) enum Order {
    /// Judge by this policy from now on.
    Swap(Arc<Policy>),
    /// Own one more vnic.
    Add(Port),
    /// Give up a vnic and its flows.
    Remove(VnicId),
    /// Tell the last tally and end.
    Stop,
}

/// What a worker tells.
pub(crate) enum Event {
    /// Counts since the one before.
    Tally(Tally),
    /// One dropped packet.
    Drop(Drop),
    /// Frames that were neither accepted nor dropped, but lost.
    Losses(VnicId, String),
    /// A link of a vnic failed, and the vnic was given up.
    Lost(VnicId, IoError),
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
        policy: Arc<Policy>,
        seed: [u64; 2],
        tell: impl Fn(Event) + Send + 'static,
    ) -> anyhow::Result<Worker> {
        let (orders, inbox) = channel();
        let waker = Arc::new(Waker::new()?);
        let mut conntrack = Conntrack::new(Config { seed, memory: Memory::AtStart, ..Config::default() });
        engine::adopt(&policy, &mut conntrack);
        let desk = Desk {
            conntrack,
            policy,
            seats: Vec::new(),
            rules: RuleCounts::default(),
            start: Clock::now(),
            inbox,
            waker: Arc::clone(&waker),
            tell,
        };
        let thread = std::thread::Builder::new().name("worker".to_owned()).spawn(move || desk.work())?;
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

    /// Ends it and waits for that.
    pub(crate) fn stop(self) {
        self.order(Order::Stop);
        if self.thread.join().is_err() {
            tracing::error!("the worker panicked");
        }
    }
}

/// What the thread works with.
struct Desk<T> {
    policy: Arc<Policy>,
    conntrack: Conntrack,
    seats: Vec<Seat>,
    rules: RuleCounts,
    start: Clock,
    inbox: Receiver<Order>,
    waker: Arc<Waker>,
    tell: T,
}

/// Whether the worker goes on.
#[derive(PartialEq, Eq)]
enum Next {
    Work,
    End,
}

impl<T: Fn(Event)> Desk<T> {
    fn work(mut self) {
        let mut ready = Vec::new();
        let mut tick = Clock::now() + TICK;
        let mut ticks = 0;
        loop {
            if let Err(error) = self.sleep(tick, &mut ready) {
                tracing::error!("{error}; the worker ends, and with it all traffic");
                return;
            }
            if self.obey() == Next::End {
                self.tally();
                return;
            }
            self.serve();
            if Clock::now() >= tick {
                tick = Clock::now() + TICK;
                ticks += 1;
                self.conntrack.expire(self.now(), EXPIRED_AT_ONCE);
                if ticks % TICKS_A_TALLY == 0 {
                    self.tally();
                    self.tell_losses();
                }
            }
        }
    }

    /// Sleeps until a frame, an order or the tick, and marks the links that have frames.
    fn sleep(&mut self, tick: Clock, ready: &mut Vec<usize>) -> Result<(), IoError> {
        let sides = self.seats.iter().flat_map(|seat| seat.links());
        let fds: Vec<_> = std::iter::once(self.waker.as_fd()).chain(sides.filter_map(|link| link.wait_on())).collect();
        wait(&fds, Some(tick.saturating_duration_since(Clock::now())), ready)?;
        let mut ready = ready.iter().copied().peekable();
        ready.next_if_eq(&0);
        let mut at = 0;
        for (waits, mark) in self.seats.iter_mut().flat_map(Seat::marks) {
            at += usize::from(waits);
            // A link without a descriptor never sleeps.
            *mark = !waits || ready.next_if_eq(&at).is_some();
        }
        Ok(())
    }

    fn obey(&mut self) -> Next {
        // A descriptor closed behind our back would show in the next wait.
        let _ = self.waker.clear();
        while let Ok(order) = self.inbox.try_recv() {
            match order {
                Order::Swap(policy) => self.swap(policy),
                Order::Add(port) => {
                    let vnic = self.policy.vnic_index(&port.vnic);
                    self.seats.push(Seat::new(port, vnic));
                }
                Order::Remove(vnic) => self.give_up(&vnic),
                Order::Stop => return Next::End,
            }
        }
        Next::Work
    }

    fn swap(&mut self, policy: Arc<Policy>) {
        // Rule indices mean nothing in the next policy.
        self.tally();
        self.policy = policy;
        engine::adopt(&self.policy, &mut self.conntrack);
        for seat in &mut self.seats {
            seat.index = self.policy.vnic_index(&seat.vnic);
        }
    }

    fn give_up(&mut self, vnic: &VnicId) {
        self.tally();
        if let Some(at) = self.seats.iter().position(|seat| seat.vnic == *vnic) {
            let seat = self.seats.remove(at);
            self.conntrack.remove(seat.zone);
        }
    }

    /// Takes one batch of frames from each link that has some.
    fn serve(&mut self) {
        let mut failed = Vec::new();
        for seat in &mut self.seats {
            for side in [Side::Guest, Side::Uplink] {
                if !seat.is_marked(side) {
                    continue;
                }
                let now = elapsed(self.start);
                if let Err(error) =
                    seat.serve(side, &self.policy, &mut self.conntrack, &mut self.rules, now, &self.tell)
                {
                    failed.push((seat.vnic.clone(), error));
                    break;
                }
            }
        }
        for (vnic, error) in failed {
            self.give_up(&vnic);
            (self.tell)(Event::Lost(vnic, error));
        }
    }

    fn tally(&mut self) {
        (self.tell)(Event::Tally(Tally {
            policy: Arc::clone(&self.policy),
            vnics: self.seats.iter_mut().map(|seat| (seat.vnic.clone(), seat.take_traffic())).collect(),
            rules: self.rules.take(),
            flows: self.conntrack.len(),
            untold: self.seats.iter_mut().map(Seat::take_untold).sum(),
        }));
    }

    fn tell_losses(&mut self) {
        for seat in &mut self.seats {
            if let Some(losses) = seat.take_losses() {
                (self.tell)(Event::Losses(seat.vnic.clone(), losses));
            }
        }
    }

    fn now(&self) -> Instant {
        elapsed(self.start)
    }
}

fn elapsed(start: Clock) -> Instant {
    Instant::from_nanos(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX))
}
