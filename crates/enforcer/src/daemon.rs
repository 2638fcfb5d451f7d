//! The life of an enforcer: policy first, then links, then frames; and all of it undone at the end.
//!
//! Everything meets in one channel: news of the policy, what workers tell, changes of links, signals. When links change
//! the enforcer looks at once whether it owns what it should, and whether its own links are as it laid them: an instance
//! that starts later brings its link, one that stops takes it away, and people mend bridges.

mod end;
mod event;
mod keeper;
mod owned;
mod pulse;
mod reporter;
mod schedule;
mod succession;
mod wanted;
mod watch;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use engine::Outcome;
use policy::Policy;

use crate::answers::{Doors, Neighbour};
use crate::at_once::Pace;
use crate::follow::{Client, News, Resolved, Source};
use crate::handover::{Asked, Door, Successor};
use crate::links::{Changes, Depth};
use crate::netns::Place;
use crate::notify::Notifier;
use crate::options::{Options, SPIN, STATES};
use crate::privileges::{self, NET_ADMIN, NET_RAW, SYS_ADMIN};
use crate::report::{Fate, Situation, Totals};
use crate::sandbox::{self, Reach, Tcp};
use crate::sightings::Sighting;
use crate::signals::{Request, Signals};
use crate::socket_file::SocketFile;
use crate::status::Snapshot;
use crate::tally::Tally;
use crate::worker::Event;
use crate::workers::{Sizes, Workers};
use event::Happening;
use keeper::Keeper;
use owned::Owned;
use pulse::{Beat, Pulse};
use reporter::Reporter;
use schedule::Schedule;
use succession::Start;
use watch::Watch;

/// From one report to the next.
const PERIOD: Duration = Duration::from_secs(1);

/// Periods from one printed summary to the next.
const PERIODS_A_SUMMARY: u32 = 10;

/// Runs an enforcer until it is told to stop.
///
/// # Errors
/// What keeps it from enforcing, each with its fix. Links that were made by then are undone.
pub fn run(options: Options) -> anyhow::Result<()> {
    log_to_stderr();
    let signals = Signals::block().context("cannot block signals")?;
    let mut needed = vec![NET_ADMIN, NET_RAW];
    needed.extend(options.netns.is_some().then_some(SYS_ADMIN));
    privileges::require(&needed)?;
    let state = state_directory(&options);
    let mut notifier = Notifier::from_environment();
    let start = Start::choose(&options, &state, &mut notifier)?;
    let door = if start.keeps() { make_door(&state) } else { None };
    let capture = watch::create_capture(&options.watching)?;
    let place = Place::open(options.netns.as_deref())?;
    let node: Arc<str> = node_name(options.name.as_deref()).into();
    let socket = start.keeps().then(|| state.join(format!("{node}.sock")));
    let neighbour = if options.take_over { Neighbour::Predecessor } else { Neighbour::Nobody };
    let doors = Doors::open(options.watching.metrics, socket.as_deref(), neighbour)?;
    let netns = sandbox::enclose(options.sandbox, &reach(&options, &state, &start), place)?;
    let client = options.controller.as_deref().map(|url| Client::new(url, &node));
    let (source, resolved) = open_source(&options, client.as_ref(), state)?;
    let policy = Arc::clone(&resolved.policy);
    // Heard from before the first look, so that no change is missed.
    let changes = netns.run(Changes::open)??;

    let (tell, happenings) = channel();
    let sizes = sizes(&options);
    let totals = Totals::start();
    let watch = Watch::start(&options.watching, capture, &resolved)?;
    let told = event::teller(&tell, Happening::Worker);
    let mut workers = Workers::start(&policy, &sizes, random_seed()?, || watch.gear(), told)?;
    let mut owned = Owned::new(&options, netns)?;
    let flows = match start.own(&policy, &mut owned, &mut workers) {
        Ok(flows) => flows,
        Err(error) => {
            owned.release(&mut workers);
            workers.stop(Pace::Alone);
            workers.join();
            return Err(error);
        }
    };
    event::watch_signals(signals, &tell)?;
    event::watch_source(source, Happening::News, &tell)?;
    if let Some(path) = &options.watching.staged {
        event::watch_source(Source::awaited_file(path.clone()), Happening::Staged, &tell)?;
    }
    event::watch_links(changes, &tell)?;
    let door = open_door(door, &tell);
    let mut keeper = flows.map(|flows| Keeper::start(flows, options.save_period, &tell)).transpose()?;
    if options.take_over {
        keeper.iter_mut().for_each(Keeper::hurry);
    }
    let reporter = client.map(|client| Reporter::start(client, &tell)).transpose()?;
    let _socket = doors.answer(event::teller(&tell, Happening::Asked))?;
    let (revision, footprint) = (policy.revision(), policy.footprint());
    tracing::info!("enforcing revision {revision} for {owned} with {sizes}; it takes {footprint}");
    let schedule = Schedule::start(Instant::now());
    let pulse = Pulse::of(sizes.workers);
    let mut daemon = Daemon {
        node,
        policy,
        refused: None,
        owned,
        sizes,
        workers,
        totals,
        reporter,
        keeper,
        _door: door,
        notifier,
        pulse,
        schedule,
        watch,
    };
    daemon.notifier.ready();
    daemon.tell_status();
    match daemon.live(&happenings) {
        Ok(End::Told) => {
            daemon.end(&happenings);
            Ok(())
        }
        Ok(End::Succeeded(successor)) => daemon.hand_over(successor, &happenings),
        Err(error) => {
            daemon.end(&happenings);
            Err(error)
        }
    }
}

/// Why a daemon ends.
enum End {
    /// It was told to.
    Told,
    /// Its successor is ready.
    Succeeded(Successor),
}

struct Daemon {
    /// What this host is called.
    node: Arc<str>,
    policy: Arc<Policy>,
    /// Why the newest document is not in force.
    refused: Option<String>,
    owned: Owned,
    sizes: Sizes,
    workers: Workers,
    totals: Totals,
    reporter: Option<Reporter>,
    /// Absent where there is no place to keep flows.
    keeper: Option<Keeper>,
    /// Where a successor comes in.
    _door: Option<SocketFile>,
    notifier: Notifier,
    pulse: Pulse,
    schedule: Schedule,
    watch: Watch,
}

impl Daemon {
    fn live(&mut self, happenings: &Receiver<Happening>) -> anyhow::Result<End> {
        let mut next = Instant::now() + PERIOD;
        let mut periods: u32 = 0;
        loop {
            let until = next.min(self.schedule.next());
            match happenings.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Happening::Signal(Request::Stop)) => return Ok(End::Told),
                Ok(Happening::Signal(Request::Summarize)) => self.summarize(),
                Ok(Happening::Signal(Request::Reload)) => self.reload(),
                Ok(Happening::Links(changed)) => {
                    changed.acknowledge();
                    self.schedule.change(Instant::now());
                }
                Ok(Happening::News(news)) => self.hear(news),
                // Who does not wait for the answer any more needs none.
                Ok(Happening::Successor(Asked::Offer(to))) => drop(to.send(self.offer())),
                Ok(Happening::Successor(Asked::Now(successor))) if self.keeper.is_some() => {
                    return Ok(End::Succeeded(successor));
                }
                // It gives up when this hangs up, and traffic goes on.
                Ok(Happening::Successor(Asked::Now(successor))) => tracing::error!(
                    "process {} cannot take over, because there is no place for flows: restart the enforcer",
                    successor.process()
                ),
                Ok(Happening::Staged(news)) => self.watch.stage(news, &self.workers),
                Ok(Happening::Worker(event)) => self.take_note(event),
                Ok(Happening::Asked(question)) => question.answer(self.snapshot()),
                Ok(Happening::Kept(kept)) => {
                    if let Some(keeper) = &mut self.keeper {
                        keeper.kept(kept);
                    }
                }
                Ok(Happening::Reported(answer)) => {
                    self.totals.settle(if answer.is_ok() { Fate::Taken } else { Fate::Lost });
                    if let Some(reporter) = &mut self.reporter {
                        reporter.answered(answer);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    anyhow::bail!("every thread of the enforcer has ended")
                }
            }
            anyhow::ensure!(
                !self.workers.has_ended(),
                "a worker has ended, and with it the traffic of its vnics: restart the enforcer"
            );
            self.look_if_due();
            if Instant::now() >= next {
                next = Instant::now() + PERIOD;
                periods = periods.wrapping_add(1);
                self.report();
                self.tell_status();
                if let Some(keeper) = &mut self.keeper {
                    keeper.tick(&self.workers, self.owned.given_up());
                }
                if periods.is_multiple_of(PERIODS_A_SUMMARY) {
                    self.summarize();
                }
            }
        }
    }

    fn look_if_due(&mut self) {
        if let Some(depth) = self.schedule.take(Instant::now()) {
            self.look(depth);
        }
    }

    fn look(&mut self, depth: Depth) {
        if let Some(again) = self.owned.look(depth, &self.policy, &mut self.workers) {
            self.schedule.look_at(again);
        }
    }

    fn reload(&mut self) {
        self.notifier.reloading();
        self.schedule.look_whole(Instant::now());
        self.look_if_due();
        self.notifier.ready();
    }

    fn tell_status(&mut self) {
        let (owned, failing) = self.owned.counts();
        let refused = if self.refused.is_some() { "; a newer document is refused" } else { "" };
        let failing = if failing == 0 { String::new() } else { format!("; {failing} cannot be enforced for") };
        self.notifier.status(format!("revision {}, vnics: {owned}{failing}{refused}", self.policy.revision()));
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Policy(resolved) => {
                let policy = Arc::clone(&resolved.policy);
                self.watch.swap(&resolved);
                self.workers.swap(&policy);
                tracing::info!("enforcing revision {} from now on; it takes {}", policy.revision(), policy.footprint());
                self.policy = policy;
                self.refused = None;
                self.look(Depth::Links);
                self.totals.keep(&self.policy, &self.owned.ports());
            }
            News::Refused(why) if self.refused.as_ref() == Some(&why) => {}
            News::Refused(why) => {
                tracing::error!("revision {} stays in force: {why}", self.policy.revision());
                self.refused = Some(why);
            }
            News::Away(why) => {
                tracing::warn!("revision {} stays in force: {why}", self.policy.revision())
            }
        }
    }

    fn add(&mut self, tally: &Tally) {
        tally.losses.iter().for_each(|(vnic, losses)| tracing::warn!("{vnic}: {losses}"));
        self.totals.add(tally);
        self.watch.add(tally);
    }

    fn take_note(&mut self, event: Event) {
        match event {
            Event::Tally(tally) => {
                self.add(&tally);
                self.keeper.iter_mut().for_each(|keeper| keeper.note(&tally));
                if self.pulse.note(tally.worker) == Beat::Whole {
                    self.notifier.alive(Instant::now());
                }
            }
            Event::Packet(sighting) => {
                let Sighting { vnic, direction, ruling, packet, .. } = &sighting;
                match ruling.outcome {
                    Outcome::Accept => tracing::debug!("{vnic} {direction} {ruling}: {packet}"),
                    Outcome::Drop | Outcome::Hold => tracing::info!("{vnic} {direction} {ruling}: {packet}"),
                }
                self.totals.add_packet(&sighting);
            }
            Event::Change(change) => self.watch.tell(&change),
            Event::Saved(copy) => {
                if let Some(keeper) = &mut self.keeper {
                    keeper.collect(copy, &self.policy, self.workers.len());
                }
            }
            // A link that was missed first was given up before its worker could tell.
            Event::Lost(vnic, _) if !self.owned.has(&vnic) => {}
            Event::Lost(vnic, error) => {
                self.owned.lose(&vnic, &mut self.workers);
                tracing::warn!("{vnic}: {error}; its traffic stops until the link is back");
                self.schedule.change(Instant::now());
            }
        }
    }

    fn report(&mut self) {
        let situation = self.situation();
        if let Some(reporter) = self.reporter.as_mut().filter(|reporter| reporter.is_idle()) {
            reporter.send(self.totals.report(&situation));
        }
    }

    fn situation(&self) -> Situation {
        Situation {
            revision: self.policy.revision().0,
            refused: self.refused.clone(),
            owned: self.owned.ports(),
            watched: self.watch.watched(),
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            node: Arc::clone(&self.node),
            uptime: self.totals.uptime(),
            situation: self.situation(),
            failing: self.owned.counts().1,
            flows_each: self.sizes.flows_each(),
            workers: self.sizes.workers,
            unseen: self.watch.unseen(),
            totals: self.totals.clone(),
        }
    }

    fn summarize(&self) {
        tracing::info!("revision {}: {}", self.policy.revision(), self.totals.summary());
        self.watch.summarize();
    }
}

fn open_source(options: &Options, client: Option<&Client>, state: PathBuf) -> anyhow::Result<(Source, Resolved)> {
    match (&options.document, client) {
        (Some(path), _) => Ok(Source::file(path.clone())?),
        (None, Some(client)) => Ok(Source::controller(client.clone(), state)?),
        (None, None) => {
            anyhow::bail!("no document: name one with `--document FILE`, or a controller with `--controller URL`")
        }
    }
}

fn sizes(options: &Options) -> Sizes {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = options.workers.map_or(processors, NonZeroUsize::get);
    let spin = options.spin.unwrap_or(if processors > 1 { SPIN } else { 0 });
    Sizes { workers, flows: options.flows, spin: Duration::from_micros(spin) }
}

/// Makes the way in for a successor, where flows are kept. Without it this enforcer can be replaced with a gap only.
fn make_door(state: &Path) -> Option<Door> {
    let made = Door::make(state);
    made.inspect_err(|error| {
        tracing::warn!("no successor can take over: cannot listen in `{}`: {error}", state.display())
    })
    .ok()
}

fn open_door(door: Option<Door>, tell: &Sender<Happening>) -> Option<SocketFile> {
    let opened = door?.open(event::teller(tell, Happening::Successor));
    opened.inspect_err(|error| tracing::warn!("no successor can take over: {error}")).ok()
}

/// What the sandbox must leave within reach.
fn reach(options: &Options, state: &Path, start: &Start) -> Reach {
    let tcp = if options.controller.is_some() { Tcp::Controller } else { Tcp::No };
    let keeps = start.keeps() || options.controller.is_some();
    let documents = options.document.iter().chain(&options.watching.staged).cloned().collect();
    Reach { documents, state: keeps.then(|| state.to_owned()), tcp }
}

/// The directory given, else the usual one.
fn state_directory(options: &Options) -> PathBuf {
    let usual = || PathBuf::from(STATES).join(node_name(options.name.as_deref()));
    options.state.clone().unwrap_or_else(usual)
}

/// The name given, else the host's.
fn node_name(given: Option<&str>) -> String {
    let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    given.map(str::to_owned).or_else(host).filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".to_owned())
}

/// A secret key for the flow table, so that nobody can choose packets that collide in it.
fn random_seed() -> anyhow::Result<[u64; 2]> {
    let mut bytes = [0; 16];
    let mut source = std::fs::File::open("/dev/urandom").context("cannot open `/dev/urandom`")?;
    std::io::Read::read_exact(&mut source, &mut bytes).context("cannot read `/dev/urandom`")?;
    let number = u128::from_ne_bytes(bytes);
    Ok([number as u64, (number >> 64) as u64])
}

fn log_to_stderr() {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr);
    // A program that has set up its own log keeps it.
    let _ = subscriber.with_ansi(std::io::stderr().is_terminal()).try_init();
}
