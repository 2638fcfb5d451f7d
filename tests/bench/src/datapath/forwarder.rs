//! Who moves packets between the guest's link and the bridge.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use datapath::pnet::Pnet;
use datapath::ring::Ring;
use datapath::wait::Waiter;
use datapath::{BATCH, IoError, PacketIo};
use namespaces::{Namespace, enter, run, stay_on};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, gettid};
use policy::{Direction, Document, Family, Protocol, Remote, RuleSpec};

use super::yard::{GUEST, Places};
use crate::host::{last_processor, time_of};
use crate::kernel::ruleset::{Form, ruleset};
use crate::sets::disjoint::Disjoint;
use crate::sets::{RuleSet, group, ingress};

/// Somebody who forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forwarder {
    /// Our enforcer, with one worker.
    Enforcer {
        /// What frames come and go by.
        backend: &'static str,
        /// Microseconds that it looks for the next packet at most before it sleeps.
        spin: u32,
        /// Whether a filter looks at each of its system calls, as it does unless somebody takes it away.
        sandboxed: bool,
        /// What the guest's group has.
        rules: Disjoint,
    },
    /// The ring without any policy.
    BareRing,
    /// pnet without any policy.
    BarePnet,
    /// The kernel's bridge without any policy.
    Bridge,
    /// The kernel's bridge with connection tracking and rules in nftables, through br_netfilter.
    Kernel {
        /// The same rules.
        rules: Disjoint,
        /// Whether they are one set, and not one after the other.
        is_set: bool,
    },
    /// Nobody: what arrives at the hypervisor ends there.
    Nobody,
}

/// One that is at work, until it is dropped.
pub(super) enum Running {
    Process(Child),
    Thread { id: Pid, wish: Arc<Wish>, thread: Option<JoinHandle<Result<()>>> },
    Kernel,
}

/// What a thread that forwards should do.
#[derive(Default)]
pub(super) struct Wish {
    is_over: AtomicBool,
    stand_still: AtomicBool,
    /// What became of it.
    stands_still: AtomicBool,
}

impl Forwarder {
    /// What the table calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Forwarder::Enforcer { spin: 0, .. } => "ring, asleep between packets",
            Forwarder::Enforcer { backend: "ring", rules: Disjoint(..=10), .. } => "ring, 10 rules",
            Forwarder::Enforcer { backend: "ring", .. } => "ring, 10,000 rules",
            Forwarder::Enforcer { sandboxed: false, .. } => "pnet, no sandbox",
            Forwarder::Enforcer { .. } => "pnet, 10 rules",
            Forwarder::BareRing => "bare ring",
            Forwarder::BarePnet => "bare pnet",
            Forwarder::Bridge => "bridge",
            Forwarder::Nobody => "sending alone",
            Forwarder::Kernel { is_set: true, .. } => "nft, a set of 10,000",
            Forwarder::Kernel { rules: Disjoint(..=10), .. } => "nft, 10 rules",
            Forwarder::Kernel { .. } => "nft, 1,000 rules one by one",
        }
    }

    /// Whether packets wait for it while it stands still.
    pub(super) fn has_queue(self) -> bool {
        match self {
            Forwarder::Enforcer { .. } | Forwarder::BareRing | Forwarder::BarePnet => true,
            Forwarder::Bridge | Forwarder::Kernel { .. } | Forwarder::Nobody => false,
        }
    }

    /// How many rules it has.
    pub(super) fn rules(self) -> usize {
        self.disjoint().0
    }

    /// Those whose packets it lets pass.
    pub(super) fn disjoint(self) -> Disjoint {
        match self {
            Forwarder::Enforcer { rules, .. } | Forwarder::Kernel { rules, .. } => rules,
            Forwarder::BareRing | Forwarder::BarePnet | Forwarder::Bridge | Forwarder::Nobody => Disjoint(10),
        }
    }

    /// Begins to forward.
    pub(super) fn start(self, places: &Places, enforcer: &Path) -> Result<Running> {
        let hypervisor = places.hypervisor();
        match self {
            Forwarder::Enforcer { rules, .. } => {
                let mut command = self.enforcer(enforcer)?;
                start_enforcer(places, &mut command, rules)
            }
            Forwarder::BareRing => start_bare(hypervisor, |link| Ok(Box::new(Ring::open(link)?))),
            Forwarder::BarePnet => start_bare(hypervisor, |link| Ok(Box::new(Pnet::open(link)?))),
            Forwarder::Nobody => Ok(Running::Kernel),
            Forwarder::Bridge => {
                hypervisor.ip("link set g0 master br0 up")?;
                hypervisor.inside(|| Ok(fs::write("/proc/sys/net/bridge/bridge-nf-call-iptables", "0")?))?;
                Ok(Running::Kernel)
            }
            Forwarder::Kernel { rules, is_set } => {
                hypervisor.ip("link set g0 master br0 up")?;
                let form = if is_set { Form::Set } else { Form::Linear };
                // The guest may answer, and begin.
                let text = ruleset(rules, form).replace(
                    "ct state invalid drop",
                    &format!("ct state invalid drop\n        ip saddr {GUEST} accept"),
                );
                hypervisor.inside(|| {
                    fs::write("/proc/sys/net/bridge/bridge-nf-call-iptables", "1")?;
                    run("nft", &["-f", "-"], &text).map(drop)
                })?;
                Ok(Running::Kernel)
            }
        }
    }

    /// The enforcer's command line, as far as it is a matter of who takes part.
    fn enforcer(self, program: &Path) -> Result<Command> {
        let Forwarder::Enforcer { backend, spin, sandboxed, .. } = self else {
            bail!("{} is no enforcer", self.name())
        };
        let mut command = Command::new("taskset");
        command.args(["-c", &last_processor()?.to_string()]).arg(program);
        command.args(["--backend", backend, "--spin", &spin.to_string()]);
        command.args(["--sandbox", if sandboxed { "on" } else { "off" }]);
        command.args(["--workers", "1", "--flows", "4194304", "--audit", "0"]);
        // As its unit starts it.
        command.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
        Ok(command)
    }
}

fn start_enforcer(places: &Places, command: &mut Command, rules: Disjoint) -> Result<Running> {
    let folder = places.folder();
    let document = folder.join("document.yaml");
    fs::write(&document, with_egress(rules).to_yaml())?;
    let log = folder.join("log");
    command.arg("--document").arg(&document).arg("--state").arg(folder.join("state"));
    command.args(["--netns", places.hypervisor().name(), "--vnic", &format!("{}=g0", RuleSet::VNIC)]);
    command.stdout(Stdio::null()).stderr(File::create(&log)?);
    let mut child = command.spawn().context("cannot start the enforcer")?;
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let said = fs::read_to_string(&log)?;
        if said.contains("enforcing revision") {
            return Ok(Running::Process(child));
        }
        if child.try_wait()?.is_some() || Instant::now() > until {
            let _ = child.kill();
            bail!("the enforcer does not enforce: {said}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The rules, and one more that lets the guest begin, too.
fn with_egress(rules: Disjoint) -> Document {
    let mut document = rules.rule_set().document;
    let anything = RuleSpec { direction: Direction::Egress, ..ingress(Family::Ipv4, Protocol::Any, Remote::Any) };
    let group = group("egress", vec![anything]);
    for vnic in document.instances.iter_mut().flat_map(|instance| &mut instance.vnics) {
        vnic.groups.push(group.id.clone());
    }
    document.groups.push(group);
    document
}

/// A thread that moves frames between the guest's link and a pair to the bridge, as an enforcer would.
fn start_bare(
    hypervisor: &Namespace,
    open: impl Fn(&str) -> Result<Box<dyn PacketIo>, IoError> + Send + 'static,
) -> Result<Running> {
    hypervisor.ip("link add u0 type veth peer name b0")?;
    hypervisor.ip("link set b0 master br0 up")?;
    hypervisor.ip("link set u0 up")?;
    let wish = Arc::new(Wish::default());
    let (wished, namespace) = (Arc::clone(&wish), hypervisor.name().to_owned());
    let (tell, told) = channel();
    let thread = std::thread::spawn(move || {
        tell.send(gettid())?;
        stay_on(last_processor()?)?;
        enter(&namespace)?;
        let mut links = [open("g0")?, open("u0")?];
        let mut waiter = Waiter::new()?;
        for (name, link) in (0..).zip(&links) {
            waiter.add(link.wait_on().context("a link of the kernel")?, name)?;
        }
        while !wished.is_over.load(Ordering::Relaxed) {
            while wished.stand_still.load(Ordering::Relaxed) {
                wished.stands_still.store(true, Ordering::Relaxed);
                std::thread::park();
            }
            wished.stands_still.store(false, Ordering::Relaxed);
            let ready: Vec<u64> = waiter.wait(Duration::from_millis(10))?.collect();
            for name in ready {
                let [guest, uplink] = &mut links;
                let (from, to) = if name == 0 { (guest, uplink) } else { (uplink, guest) };
                from.poll(BATCH, &mut |frames| drop(to.send(frames)))?;
            }
        }
        Ok(())
    });
    Ok(Running::Thread { id: told.recv()?, wish, thread: Some(thread) })
}

impl Running {
    /// # Errors
    /// It has ended by itself.
    pub(super) fn check(&mut self) -> Result<()> {
        let has_ended = match self {
            Running::Process(child) => child.try_wait()?.is_some(),
            Running::Thread { thread, .. } => thread.as_ref().is_none_or(JoinHandle::is_finished),
            Running::Kernel => false,
        };
        ensure!(!has_ended, "it ended");
        Ok(())
    }

    /// Lets packets wait until [`Running::go_on`].
    pub(super) fn stand_still(&self) -> Result<()> {
        match self {
            Running::Process(child) => kill(Pid::from_raw(child.id() as i32), Signal::SIGSTOP)?,
            Running::Thread { wish, .. } => {
                wish.stand_still.store(true, Ordering::Relaxed);
                while !wish.stands_still.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            Running::Kernel => {}
        }
        Ok(())
    }

    pub(super) fn go_on(&self) -> Result<()> {
        match self {
            Running::Process(child) => kill(Pid::from_raw(child.id() as i32), Signal::SIGCONT)?,
            Running::Thread { wish, thread, .. } => {
                wish.stand_still.store(false, Ordering::Relaxed);
                thread.iter().for_each(|thread| thread.thread().unpark());
            }
            Running::Kernel => {}
        }
        Ok(())
    }

    /// The time that it has been on a processor; nothing for the kernel, which works in the sender's time.
    pub(super) fn time(&self) -> Result<Duration> {
        match self {
            Running::Process(child) => {
                let threads = fs::read_dir(format!("/proc/{}/task", child.id()))?;
                threads.map(|thread| time_of(thread?.path())).sum()
            }
            Running::Thread { id, .. } => time_of(format!("/proc/self/task/{id}")),
            Running::Kernel => Ok(Duration::ZERO),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        match self {
            Running::Process(child) => {
                let _ = kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM);
                let _ = child.wait();
            }
            Running::Thread { wish, thread, .. } => {
                wish.is_over.store(true, Ordering::Relaxed);
                if let Some(Err(error)) = thread.take().and_then(|thread| thread.join().ok()) {
                    eprintln!("a bare forwarder ended: {error:#}");
                }
            }
            Running::Kernel => {}
        }
    }
}
