//! All workers. Each vnic belongs to one of them, with its links and flows, so that none waits for another.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use conntrack::{Config, Conntrack, Memory};
use policy::{Policy, VnicId};

use crate::at_once::Pace;
use crate::closer::Closer;
use crate::worker::{Event, Gear, Order, Pending, Port, Setup, Worker};

/// All workers.
pub(crate) struct Workers {
    all: Vec<Worker>,
    /// What each of their flow tables is like.
    config: Config,
    /// Which of them has a vnic.
    places: BTreeMap<VnicId, usize>,
    closer: Closer,
}

/// How many there are, and what they share.
pub(crate) struct Sizes {
    /// At least one.
    pub(crate) workers: usize,
    /// The most flows that all of them track together.
    pub(crate) flows: usize,
    /// The most that each looks for the next frame before it goes to sleep.
    pub(crate) spin: Duration,
}

impl Sizes {
    /// The most flows that each tracks.
    pub(crate) fn flows_each(&self) -> usize {
        self.flows.div_ceil(self.workers)
    }

    /// The most flows of one vnic: a quarter of all, and no more than half of its worker's, so that the vnics beside it always
    /// find room.
    fn share(&self) -> usize {
        (self.flows / 4).min(self.flows_each() / 2).max(1)
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.workers == 1 { "" } else { "s" };
        write!(out, "{} worker{plural} and {} flows at most", self.workers, self.flows)
    }
}

impl Workers {
    /// Starts workers that own nothing yet. `gear` is asked once for each; `tell` must not block. `seed` is the secret key of
    /// their flow tables.
    ///
    /// # Errors
    /// No thread, or no descriptor to wake it with.
    pub(crate) fn start<T>(
        policy: &Arc<Policy>,
        sizes: &Sizes,
        seed: [u64; 2],
        gear: impl Fn() -> Gear,
        tell: T,
    ) -> anyhow::Result<Workers>
    where
        T: Fn(Event) + Clone + Send + 'static,
    {
        let config = Config {
            capacity: sizes.flows_each(),
            share: sizes.share(),
            seed,
            memory: Memory::AtStart,
            ..Config::default()
        };
        let closer = Closer::start()?;
        let start = |number| {
            let setup = Setup { number, config, spin: sizes.spin, closer: closer.door() };
            Worker::start(setup, Arc::clone(policy), gear(), tell.clone())
        };
        let all = (0..sizes.workers).map(start).collect::<anyhow::Result<_>>()?;
        Ok(Workers { all, config, places: BTreeMap::new(), closer })
    }

    /// Gives a vnic to the worker that has the fewest.
    pub(crate) fn add(&mut self, port: Port) {
        let load = |worker: &usize| self.places.values().filter(|place| *place == worker).count();
        let place = (0..self.all.len()).min_by_key(load).expect("there is a worker");
        self.places.insert(port.vnic.clone(), place);
        self.all[place].order(Order::Add(port));
    }

    /// Takes a vnic and its flows away.
    pub(crate) fn remove(&mut self, vnic: &VnicId) {
        if let Some(place) = self.places.remove(vnic) {
            self.all[place].order(Order::Remove(vnic.clone()));
        }
    }

    /// Has all of them judge by this policy, and waits until they do.
    pub(crate) fn swap(&self, policy: &Arc<Policy>) {
        self.order_and_wait(|until_then| Order::Swap(Arc::clone(policy), until_then));
    }

    /// Has all of them judge by this policy as well, or by none, and waits until they do.
    pub(crate) fn stage(&self, policy: Option<&Arc<Policy>>) {
        let pending = |policy: &Arc<Policy>| Pending {
            policy: Arc::clone(policy),
            conntrack: Box::new(Conntrack::new(self.config)),
        };
        self.order_and_wait(|until_then| Order::Stage(policy.map(pending), until_then));
    }

    /// Gives an order to all of them and waits until they have obeyed: a worker takes orders between two batches of frames.
    fn order_and_wait(&self, order: impl Fn(Sender<Infallible>) -> Order) {
        let (until_then, obeyed) = channel();
        self.all.iter().for_each(|worker| worker.order(order(until_then.clone())));
        drop(until_then);
        // Nothing is ever sent: it ends when the last worker has obeyed. One that has ended keeps no order either.
        let Err(_all_have) = obeyed.recv();
    }

    /// Has all of them copy their flows; each tells its own.
    pub(crate) fn save(&self) {
        self.all.iter().for_each(|worker| worker.order(Order::Save));
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether one ended without being told to.
    pub(crate) fn has_ended(&self) -> bool {
        self.all.iter().any(Worker::has_ended)
    }

    /// Whether all have ended.
    pub(crate) fn have_ended(&self) -> bool {
        self.all.iter().all(Worker::has_ended)
    }

    /// Has all of them judge what has arrived, tell the last, and end. `pace` says whether somebody else has frames to judge by then.
    pub(crate) fn stop(&self, pace: Pace) {
        self.closer.set_pace(pace);
        self.all.iter().for_each(|worker| worker.order(Order::Stop));
    }

    /// Waits until they have ended and their links are closed, for which the kernel takes tens of milliseconds.
    pub(crate) fn join(self) {
        self.all.into_iter().for_each(Worker::join);
        self.closer.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_vnic_takes_all_of_a_worker() {
        let check = |workers, flows, expect: (usize, usize)| {
            let sizes = Sizes { workers, flows, spin: Duration::ZERO };
            assert_eq!((sizes.flows_each(), sizes.share()), expect, "{flows} flows, {workers} workers");
        };
        check(1, 1_000, (1_000, 250));
        check(2, 1_000, (500, 250));
        check(4, 1_000, (250, 125));
        check(16, 1_000, (63, 31));
        check(8, 8, (1, 1));
    }
}
