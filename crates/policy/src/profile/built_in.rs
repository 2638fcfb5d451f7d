//! The profiles that have a name.

use std::time::Duration;

use super::{
    Bum, EgressDefault, Evaluation, GroupChanges, Limits, Profile, Protocols, RemoteMembers, Revocation, Revocations,
    SameSubnet,
};
use crate::model::RuleSpec;

/// A cloud whose profile is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// The default: the generic cloud of the seeds.
    Portcullis,
    /// OpenStack Neutron with its default quotas (`quota_security_group`, `quota_security_group_rule`).
    OpenStack,
    /// mCloud: OpenStack, except that "traffic on the same subnet [...] is allowed by default".
    Mcloud,
    /// Exoscale: open egress until the first egress rule; groups change only while an instance is stopped.
    Exoscale,
    /// Huawei Cloud: allow and deny in the order of groups and priorities.
    Huawei,
    /// Amazon VPC security groups.
    Aws,
}

/// What every group of most clouds starts with.
const ALL_EGRESS: [&str; 2] = ["egress ipv4 any to any", "egress ipv6 any to any"];

/// What the group `default` of most clouds adds.
const FROM_ITSELF: [&str; 2] = ["ingress ipv4 any from group:default", "ingress ipv6 any from group:default"];

impl BuiltIn {
    /// Every built-in profile, the default first.
    pub const ALL: [BuiltIn; 6] =
        [BuiltIn::Portcullis, BuiltIn::OpenStack, BuiltIn::Mcloud, BuiltIn::Exoscale, BuiltIn::Huawei, BuiltIn::Aws];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            BuiltIn::Portcullis => "portcullis",
            BuiltIn::OpenStack => "openstack",
            BuiltIn::Mcloud => "mcloud",
            BuiltIn::Exoscale => "exoscale",
            BuiltIn::Huawei => "huawei",
            BuiltIn::Aws => "aws",
        }
    }

    pub(super) const fn names() -> [&'static str; BuiltIn::ALL.len()] {
        let mut names = [""; BuiltIn::ALL.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = BuiltIn::ALL[at].name();
            at += 1;
        }
        names
    }

    /// Its switches.
    pub fn profile(self) -> Profile {
        let profile = match self {
            BuiltIn::Portcullis => portcullis(),
            BuiltIn::OpenStack => openstack(),
            BuiltIn::Mcloud => Profile { same_subnet: SameSubnet::Exempt, ..openstack() },
            BuiltIn::Exoscale => exoscale(),
            BuiltIn::Huawei => huawei(),
            BuiltIn::Aws => aws(),
        };
        Profile { name: self.name().to_owned(), base: self, ..profile }
    }
}

/// At least one group for each vnic, no limits.
fn portcullis() -> Profile {
    Profile {
        name: String::new(),
        base: BuiltIn::Portcullis,
        evaluation: Evaluation::Union,
        egress_default: EgressDefault::Deny,
        new_group_rules: specs(&ALL_EGRESS),
        default_group_rules: specs(&[ALL_EGRESS, FROM_ITSELF].concat()),
        minimum_groups: 1,
        maximum_groups: None,
        group_changes: GroupChanges::Live,
        same_subnet: SameSubnet::Filtered,
        remote_members: RemoteMembers::AddressesAndPairs,
        bum: Bum::ByRules,
        revocation: Revocations { ingress: Revocation::Cut, egress: Revocation::Cut },
        protocols: Protocols::All,
        limits: Limits::default(),
        // netfilter, `nf_conntrack_udp_timeout_stream`; RFC 4787 REQ-5 asks for at least two minutes.
        udp_stream_timeout: Duration::from_secs(120),
    }
}

fn openstack() -> Profile {
    Profile {
        minimum_groups: 0,
        limits: Limits { groups: Some(10), rules: Some(100), ..Limits::default() },
        ..portcullis()
    }
}

fn exoscale() -> Profile {
    Profile {
        egress_default: EgressDefault::AllowUntilFirstRule,
        new_group_rules: Vec::new(),
        default_group_rules: Vec::new(),
        group_changes: GroupChanges::WhileStopped,
        remote_members: RemoteMembers::AddressesPairsAndSources,
        bum: Bum::Dropped,
        protocols: Protocols::only(&["tcp", "udp", "icmp", "icmpv6", "esp", "ah", "gre", "ipip"]),
        limits: Limits { groups: Some(50), rules_per_group: Some(50), ..Limits::default() },
        ..portcullis()
    }
}

fn huawei() -> Profile {
    Profile {
        evaluation: Evaluation::Ordered,
        maximum_groups: Some(5),
        remote_members: RemoteMembers::Addresses,
        revocation: Revocations { ingress: Revocation::Cut, egress: Revocation::Keep },
        protocols: Protocols::only(&["any", "number", "tcp", "udp", "icmp", "icmpv6"]),
        limits: Limits { groups: Some(100), rules_per_group: Some(50), ..Limits::default() },
        ..portcullis()
    }
}

fn aws() -> Profile {
    Profile {
        maximum_groups: Some(5),
        remote_members: RemoteMembers::Addresses,
        bum: Bum::Dropped,
        revocation: Revocations { ingress: Revocation::Keep, egress: Revocation::Keep },
        protocols: Protocols::only(&["any", "number", "tcp", "udp", "icmp", "icmpv6"]),
        limits: Limits {
            rules_per_direction_and_family: Some(60),
            groups_times_rules_per_vnic: Some(1000),
            ..Limits::default()
        },
        // EC2 user guide, "Idle connection tracking timeout": UDP stream.
        udp_stream_timeout: Duration::from_secs(180),
        ..portcullis()
    }
}

fn specs(texts: &[&str]) -> Vec<RuleSpec> {
    texts.iter().map(|text| text.parse().expect("a rule")).collect()
}
