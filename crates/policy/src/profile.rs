//! Profiles: the semantics of one cloud as a value.
//!
//! A profile is a set of switches. Code never asks for its name, only for its switches, so a profile of the user's own is as
//! good as a built-in one. [`switches`] are what each may be set to, [`BuiltIn`] are the clouds that are known by name.
//!
//! Text form: the name of a built-in profile, or an object with a name, a base and the switches that differ from the base's;
//! see [`crate::read`].
//!
//! Absent, because it is the same everywhere: the group `default` can be changed and never deleted; what no rule allows
//! towards the instance is denied; disabled rules are as if they were not there.

mod built_in;
mod limits;
mod protocols;
mod switches;

use std::time::Duration;

use crate::model::{Direction, RuleSpec};

pub use built_in::BuiltIn;
pub use limits::Limits;
pub(crate) use limits::{Count, Limit, Seconds};
pub use protocols::{ProtocolWord, Protocols};
pub use switches::{
    Bum, EgressDefault, Evaluation, GroupChanges, RemoteMembers, Revocation, Revocations, SameSubnet, Switch,
};

/// A set of switches. Code never asks for the name of a profile, only for its switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name of a built-in profile, or one of the user's.
    pub name: String,
    /// The built-in profile that the text form tells the differences from. Nothing else looks at it.
    pub base: BuiltIn,
    /// How several matching rules become one answer.
    pub evaluation: Evaluation,
    /// What happens to egress traffic that no rule names.
    pub egress_default: EgressDefault,
    /// What a new group says.
    pub new_group_rules: Vec<RuleSpec>,
    /// What the group `default` of a new project says.
    pub default_group_rules: Vec<RuleSpec>,
    /// The fewest groups that a vnic may have.
    pub minimum_groups: usize,
    /// The most groups that a vnic may have; `None` is no limit.
    pub maximum_groups: Option<usize>,
    /// When the groups of a vnic may change.
    pub group_changes: GroupChanges,
    /// Whether rules judge traffic with the vnic's own subnets.
    pub same_subnet: SameSubnet,
    /// Which addresses a group stands for as a remote.
    pub remote_members: RemoteMembers,
    /// What happens to broadcast and multicast that an instance sends.
    pub bum: Bum,
    /// What becomes of live flows that the rules no longer allow.
    pub revocation: Revocations,
    /// The protocols that a rule may name.
    pub protocols: Protocols,
    /// How much a project may hold.
    pub limits: Limits,
    /// How long a UDP stream lives without a packet.
    pub udp_stream_timeout: Duration,
}

impl Profile {
    /// The names of the built-in profiles, the default first.
    pub const NAMES: [&'static str; BuiltIn::ALL.len()] = BuiltIn::names();

    /// The default: the generic cloud of the seeds.
    pub fn portcullis() -> Profile {
        BuiltIn::Portcullis.profile()
    }

    /// OpenStack Neutron.
    pub fn openstack() -> Profile {
        BuiltIn::OpenStack.profile()
    }

    /// The built-in profile of this name.
    pub fn named(name: &str) -> Option<Profile> {
        BuiltIn::ALL.into_iter().find(|built_in| built_in.name() == name).map(BuiltIn::profile)
    }

    /// What becomes of live flows that were opened in this direction and that the rules no longer allow.
    pub fn revocation_of(&self, opener: Direction) -> Revocation {
        match opener {
            Direction::Ingress => self.revocation.ingress,
            Direction::Egress => self.revocation.egress,
        }
    }
}

impl Default for Profile {
    fn default() -> Profile {
        Profile::portcullis()
    }
}
