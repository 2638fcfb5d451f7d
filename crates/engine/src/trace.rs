//! The steps that led to a verdict.

use std::fmt;

use conntrack::{Gathered, Invalid};
use policy::{Decision, Guarded, Policy, VnicIndex};
use wire::Malformed;

/// Takes the steps of an evaluation. `()` takes none and costs nothing.
pub trait Trace {
    /// One step, in the order in which they happen.
    fn record(&mut self, step: TraceStep);
}

/// One step of an evaluation. Rule indices belong to the policy that judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceStep {
    /// The frame is no well-formed packet.
    Malformed(Malformed),
    /// What the source guard says.
    Guard(Guarded),
    /// What a fragment does to its datagram.
    Fragment(Joined),
    /// What connection tracking makes of the packet.
    Conntrack(Tracked),
    /// The policy changed since the flow was allowed, and the flow's opener was judged again.
    JudgedAgain(Decision),
    /// The rules no longer allow the flow, and the profile keeps live flows.
    Kept,
    /// What the rules say of a new flow.
    Rules(Decision),
    /// The flow entered the table.
    Committed,
    /// The table has no room for the flow.
    TableFull,
}

/// What a fragment does to its datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It waits for the others.
    Held,
    /// It makes the datagram whole, of so many fragments; what follows is about the datagram.
    Whole(usize),
    /// It is refused.
    Refused(Invalid),
}

/// What connection tracking makes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// It may open a flow.
    New,
    /// It belongs to a flow.
    Established,
    /// It belongs to a flow that the policy refuses.
    Revoked,
    /// It is an ICMP error about a flow.
    Related,
    /// It fits no flow and cannot open one.
    Invalid(Invalid),
    /// Its kind is not tracked.
    Untracked,
    /// Nothing is tracked at this vnic, because its groups are stateless.
    Off,
}

/// The steps of one evaluation, kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps(pub Vec<TraceStep>);

impl Trace for () {
    fn record(&mut self, _step: TraceStep) {}
}

impl Trace for Steps {
    fn record(&mut self, step: TraceStep) {
        self.0.push(step);
    }
}

impl Steps {
    /// Whether rules were looked at.
    pub fn ask_rules(&self) -> bool {
        self.0.iter().any(|step| matches!(step, TraceStep::Rules(_) | TraceStep::JudgedAgain(_)))
    }
}

impl Joined {
    /// What gathering a fragment led to.
    pub(crate) fn of(gathered: &Gathered) -> Joined {
        match gathered {
            Gathered::Held => Joined::Held,
            Gathered::Whole(fragments) => Joined::Whole(fragments.len()),
            Gathered::Refused(invalid) => Joined::Refused(*invalid),
        }
    }
}

impl TraceStep {
    /// The stage, in the words of ARCHITECTURE.md.
    pub fn stage(&self) -> &'static str {
        match self {
            TraceStep::Malformed(_) => "parse",
            TraceStep::Guard(_) => "guard",
            TraceStep::Fragment(_) | TraceStep::Conntrack(_) => "conntrack",
            TraceStep::JudgedAgain(_) | TraceStep::Kept | TraceStep::Rules(_) => "rules",
            TraceStep::Committed | TraceStep::TableFull => "commit",
        }
    }

    /// The step as a sentence with the names of rules and groups; `policy` is the one that judged, at `vnic`.
    pub fn describe(&self, policy: &Policy, vnic: VnicIndex) -> String {
        match self {
            TraceStep::Malformed(malformed) => format!("the frame is malformed: {}", malformed.meaning()),
            TraceStep::Guard(Guarded::Off) => "port security is off at this vnic: nothing is filtered".to_owned(),
            TraceStep::Guard(Guarded::Pass) => "addresses and kind of traffic are in order".to_owned(),
            TraceStep::Guard(Guarded::Infra(infra)) => {
                format!("infrastructure traffic that always passes: {}", infra.meaning())
            }
            TraceStep::Guard(Guarded::Drop(spoof)) => {
                format!("refused whatever the rules say: {}", spoof.meaning(policy.vnic(vnic)))
            }
            TraceStep::Fragment(joined) => joined.to_string(),
            TraceStep::Conntrack(tracked) => tracked.to_string(),
            TraceStep::JudgedAgain(decision) => {
                format!(
                    "the policy changed, so the packet that opened the flow was judged again: {}",
                    say(decision, policy)
                )
            }
            TraceStep::Kept => "the profile keeps flows that are live, so it goes on".to_owned(),
            TraceStep::Rules(decision) => say(decision, policy),
            TraceStep::Committed => "the flow is tracked from now on: replies pass without a rule".to_owned(),
            TraceStep::TableFull => "the vnic has as many flows as it may have".to_owned(),
        }
    }
}

fn say(decision: &Decision, policy: &Policy) -> String {
    let rule = |index| {
        let found = policy.rule(index);
        format!("rule `{}` of group `{}` ({})", found.rule.id, found.group, found.rule.spec)
    };
    match decision {
        Decision::SameSubnet => "the other end is in the same subnet, which the profile exempts from rules".to_owned(),
        Decision::Allow(index) => format!("{} allows it", rule(*index)),
        Decision::Deny(index) => format!("{} denies it", rule(*index)),
        Decision::DefaultAllow => "no rule matches, and the profile allows that".to_owned(),
        Decision::DefaultDeny => "no rule matches, so it is denied".to_owned(),
        Decision::NoGroups => "the vnic has no security group, so nothing allows it".to_owned(),
    }
}

impl fmt::Display for Joined {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Joined::Held => {
                out.write_str("a fragment: it waits for the rest of its datagram, and passes with it or not at all")
            }
            Joined::Whole(count) => {
                write!(out, "the last of {count} fragments: their datagram is judged as one packet")
            }
            Joined::Refused(invalid) => write!(out, "a fragment that is refused: {invalid}"),
        }
    }
}

impl fmt::Display for Tracked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tracked::New => out.write_str("no flow yet: this packet may open one"),
            Tracked::Established => out.write_str("part of a flow that is already tracked"),
            Tracked::Revoked => out.write_str("part of a flow that the policy refuses since it changed"),
            Tracked::Related => out.write_str("an ICMP error about a flow that is tracked"),
            Tracked::Invalid(invalid) => write!(out, "fits no flow and cannot open one: {invalid}"),
            Tracked::Untracked => out.write_str("this kind of packet is not tracked"),
            Tracked::Off => {
                out.write_str("tracking is off: the groups of this vnic are stateless, so rules judge every packet")
            }
        }
    }
}
