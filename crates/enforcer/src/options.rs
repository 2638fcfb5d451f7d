//! What an enforcer is told at its start.

mod watching;

use std::fmt::Display;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;

use policy::VnicId;

pub use watching::{Captured, Watching};

/// Enforce a policy on this host, between instances and their bridge
// Exactly one of `document` and `controller` is there; clap sees to it.
#[derive(Clone, Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["document", "controller"])))]
pub struct Options {
    /// The document, YAML or JSON; rewriting it swaps the policy
    #[arg(short, long, value_name = "FILE", help_heading = "Policy")]
    pub document: Option<PathBuf>,
    /// The controller whose document to follow, such as `http://127.0.0.1:7780`
    #[arg(short, long, value_name = "URL", help_heading = "Policy")]
    pub controller: Option<String>,
    /// Own this vnic, with its guest-side link; without any, all vnics that this host has
    #[arg(long = "vnic", value_name = "ID=INTERFACE", help_heading = "Links")]
    pub vnics: Vec<VnicLink>,
    /// Links that may be of vnics without an `interface`, such as `vnet*` of libvirt and `tap*` of OpenStack; may be
    /// repeated. A link is of the vnic whose MAC address it has but for a first byte `fe`, or whose id begins with what
    /// follows `tap` in its name
    #[arg(long = "interfaces", value_name = "PATTERN", conflicts_with = "vnics", help_heading = "Links")]
    pub interfaces: Vec<NamePattern>,
    /// The bridge behind the enforcer
    #[arg(long, value_name = "NAME", default_value = "br0", help_heading = "Links")]
    pub bridge: String,
    /// The network namespace of links and frames; the controller is reached from outside of it
    #[arg(long, value_name = "NAME", help_heading = "Links")]
    pub netns: Option<String>,
    /// The NODE that the controller calls this host; the host name where it is absent
    #[arg(long, value_name = "NODE", help_heading = "State")]
    pub name: Option<String>,
    /// How frames come in and go out
    #[arg(long, value_enum, default_value_t = Backend::Auto, help_heading = "Work")]
    pub backend: Backend,
    /// MiB of memory that each link by ring shares with the kernel, two for each vnic: room for what comes while a worker is
    /// away. 1024 at most; where it is absent 4, and 1 for those of more than 64 vnics
    #[arg(long, value_name = "MIB", value_parser = parse_ring, help_heading = "Work")]
    pub ring: Option<usize>,
    /// Threads that judge, each with vnics of its own; as many as the host has processors where it is absent
    #[arg(long, value_name = "NUMBER", value_parser = parse_workers, help_heading = "Work")]
    pub workers: Option<NonZeroUsize>,
    /// Stay awake for so many microseconds at most after a frame, and only where the next ones come that soon: quicker
    /// answers, for the time of a processor; 0 to sleep always. 50 where it is absent and the host has several processors
    #[arg(long, value_name = "MICROSECONDS", help_heading = "Work")]
    pub spin: Option<u64>,
    /// The most flows to track, of all vnics together; one vnic gets a quarter of them at most, and half of its worker's
    #[arg(long, value_name = "NUMBER", default_value_t = FLOWS, value_parser = parse_flows, help_heading = "Work")]
    pub flows: usize,
    /// Where flows and the last good document of the controller are kept; `/var/lib/portcullis/NODE` where it is absent
    #[arg(long, value_name = "DIR", help_heading = "State")]
    pub state: Option<PathBuf>,
    /// Seconds from one copy of the flows to the next, for the case that the enforcer is killed
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = parse_seconds, help_heading = "State")]
    pub save_period: NonZeroU32,
    /// Take over from the enforcer that runs with the same options, without a gap: it stops when this one is ready
    #[arg(long)]
    pub take_over: bool,
    /// Whether to give up all privileges, files and system calls that enforcing does not need
    #[arg(long, value_enum, default_value_t = Sandbox::On)]
    pub sandbox: Sandbox,
    /// What is looked at beside enforcing
    #[command(flatten)]
    pub watching: Watching,
}

/// Whether the enforcer encloses itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Sandbox {
    /// Keep what enforcing needs
    On,
    /// Keep everything, to look for a fault
    Off,
}

/// A pattern of link names; `*` stands for any characters and `?` for one. Text form: `vnet*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// Whether a link's name is of this pattern.
    pub fn fits(&self, name: &str) -> bool {
        fits(self.0.as_bytes(), name.as_bytes())
    }
}

fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', pattern @ ..], _) => (0..=name.len()).any(|skipped| fits(pattern, &name[skipped..])),
        ([b'?', pattern @ ..], [_, name @ ..]) => fits(pattern, name),
        ([wanted, pattern @ ..], [found, name @ ..]) => wanted == found && fits(pattern, name),
        ([], _) | (_, []) => false,
    }
}

/// The longest name that Linux takes, in bytes: IFNAMSIZ less the closing zero.
const LONGEST_NAME: usize = 15;

impl FromStr for NamePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<NamePattern, String> {
        if text.is_empty() {
            return Err("the pattern is empty: write one such as `vnet*`".to_owned());
        }
        if text.contains(['/', ':']) || text.contains(char::is_whitespace) {
            return Err(format!("`{text}` fits no interface: leave out `/`, `:` and spaces"));
        }
        let least = text.bytes().filter(|byte| *byte != b'*').count();
        if least > LONGEST_NAME {
            return Err(format!("`{text}` fits no interface: no name is longer than {LONGEST_NAME} bytes"));
        }
        Ok(NamePattern(text.to_owned()))
    }
}

/// Where each enforcer of this host has its state unless told otherwise, in a directory of its own named like the node.
pub const STATES: &str = "/var/lib/portcullis";

/// The most that can be asked for: at 100 Gbit/s more than 80 ms.
const MOST_RING: usize = 1_024;

/// Microseconds that a worker stays awake unless told otherwise, where others have processors to work on: about what waking it
/// takes.
pub(crate) const SPIN: u64 = 50;

/// Flows that are tracked unless told otherwise: 32 MiB of memory.
const FLOWS: usize = 262_144;

/// The most that one table can hold, and so the most that can be asked for.
const MOST_FLOWS: usize = 4_194_304;

/// The most that can be asked for: twice the processors of the largest hosts.
const MOST_WORKERS: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// A vnic and its guest-side link. Text form: `web=tap0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VnicLink {
    /// The vnic.
    pub vnic: VnicId,
    /// The link: a tap or one end of a veth pair.
    pub interface: String,
}

/// How frames come in and go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Backend {
    /// The ring where the host has it, else pnet
    Auto,
    /// A receive ring shared with the kernel: the fastest, and frames with VLAN tags pass
    Ring,
    /// pnet over prepared AF_PACKET sockets
    Pnet,
}

impl FromStr for VnicLink {
    type Err = String;

    fn from_str(text: &str) -> Result<VnicLink, String> {
        let (vnic, interface) =
            text.split_once('=').ok_or_else(|| format!("`{text}` names no interface: write it like `web=tap0`"))?;
        if interface.is_empty() {
            return Err(format!("`{text}` names no interface behind `=`: write it like `{vnic}=tap0`"));
        }
        let vnic = vnic.parse().map_err(|error: policy::IdError| error.to_string())?;
        Ok(VnicLink { vnic, interface: interface.to_owned() })
    }
}

fn parse_ring(text: &str) -> Result<usize, String> {
    within(text, 1, MOST_RING)
}

fn parse_flows(text: &str) -> Result<usize, String> {
    within(text, 1, MOST_FLOWS)
}

fn parse_workers(text: &str) -> Result<NonZeroUsize, String> {
    within(text, NonZeroUsize::MIN, MOST_WORKERS)
}

fn parse_seconds(text: &str) -> Result<NonZeroU32, String> {
    within(text, NonZeroU32::MIN, NonZeroU32::MAX)
}

/// A number that is neither less nor more.
fn within<T: FromStr + PartialOrd + Display>(text: &str, least: T, most: T) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| (&least..=&most).contains(&number));
    number.ok_or_else(|| format!("write a number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<(&str, &str), &str>) {
        let found = text.parse::<VnicLink>().map(|link| (link.vnic.to_string(), link.interface));
        let expect = expect.map(|(vnic, interface)| (vnic.to_owned(), interface.to_owned())).map_err(str::to_owned);
        assert_eq!(found, expect, "{text:?}");
    }

    #[test]
    fn a_vnic_and_its_interface() {
        check("web=tap0", Ok(("web", "tap0")));
        check("web", Err("`web` names no interface: write it like `web=tap0`"));
        check("web=", Err("`web=` names no interface behind `=`: write it like `web=tap0`"));
        check("=tap0", Err("the id of a vnic is empty: give it letters, digits, `.`, `_`, `-` or `/`"));
    }

    #[test]
    fn a_number_out_of_its_range_is_answered_with_the_range() {
        assert_eq!(parse_workers("2"), Ok(NonZeroUsize::new(2).unwrap()));
        for text in ["0", "-1", "1025", "two", "", "99999999999999999999"] {
            assert_eq!(parse_workers(text), Err("write a number from 1 to 1024".to_owned()), "{text:?}");
        }
        assert_eq!(parse_seconds("0"), Err("write a number from 1 to 4294967295".to_owned()));
        assert_eq!(parse_ring("1024"), Ok(1_024));
        assert_eq!(parse_flows("0"), Err("write a number from 1 to 4194304".to_owned()));
    }

    #[test]
    fn a_pattern_and_the_names_that_it_fits() {
        let check = |pattern: &str, name: &str, expect: bool| {
            assert_eq!(pattern.parse::<NamePattern>().unwrap().fits(name), expect, "{pattern} {name}");
        };
        check("vnet*", "vnet0", true);
        check("vnet*", "vnet", true);
        check("vnet*", "xvnet0", false);
        check("tap????????-??", "tap08d2c150-ad", true);
        check("tap????????-??", "tap08d2c150-a", false);
        check("*-web-*", "x-web-web-y", true);
        check("eth0", "eth0", true);
        check("eth0", "eth01", false);
        for (text, expect) in [("", "is empty"), ("a b", "leave out"), ("tap?????????????", "longer than 15")] {
            assert!(text.parse::<NamePattern>().unwrap_err().contains(expect), "{text}");
        }
    }
}
