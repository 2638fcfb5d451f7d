//! Writes profiles: the name of a built-in one, else what differs from the base.

use serde_json::Value;

use super::part::{Part, object, text};
use crate::profile::{Limit, Limits, Profile, Protocols, Switch};

impl Profile {
    /// The profile as JSON: a text or an object.
    pub fn to_value(&self) -> Value {
        self.part().into()
    }

    pub(super) fn part(&self) -> Part {
        let base = self.base.profile();
        if *self == base {
            return text(&self.name);
        }
        object([
            ("name", Some(text(&self.name))),
            ("base", Some(text(&base.name))),
            ("evaluation", switch(self.evaluation, base.evaluation)),
            ("egress_default", switch(self.egress_default, base.egress_default)),
            ("new_group_rules", texts(&self.new_group_rules, &base.new_group_rules)),
            ("default_group_rules", texts(&self.default_group_rules, &base.default_group_rules)),
            ("minimum_groups", (self.minimum_groups != base.minimum_groups).then(|| count(self.minimum_groups))),
            ("maximum_groups", limit(self.maximum_groups, base.maximum_groups)),
            ("group_changes", switch(self.group_changes, base.group_changes)),
            ("same_subnet", switch(self.same_subnet, base.same_subnet)),
            ("remote_members", switch(self.remote_members, base.remote_members)),
            ("bum", switch(self.bum, base.bum)),
            ("ingress_revocation", switch(self.revocation.ingress, base.revocation.ingress)),
            ("egress_revocation", switch(self.revocation.egress, base.revocation.egress)),
            ("protocols", (self.protocols != base.protocols).then(|| protocols(&self.protocols))),
            ("limits", (self.limits != base.limits).then(|| limits(&self.limits, &base.limits))),
            (
                "udp_stream_timeout",
                (self.udp_stream_timeout != base.udp_stream_timeout)
                    .then_some(Part::Number(self.udp_stream_timeout.as_secs())),
            ),
        ])
    }
}

fn switch<S: Switch>(own: S, base: S) -> Option<Part> {
    (own != base).then(|| text(own.word()))
}

fn limit(own: Option<usize>, base: Option<usize>) -> Option<Part> {
    (own != base).then(|| own.map_or_else(|| text(&Limit(None)), count))
}

fn texts<T: ToString + PartialEq>(own: &[T], base: &[T]) -> Option<Part> {
    (own != base).then(|| own.iter().map(text).collect())
}

fn protocols(protocols: &Protocols) -> Part {
    match protocols {
        Protocols::All => text("all"),
        Protocols::Only(words) => words.iter().map(text).collect(),
    }
}

fn limits(own: &Limits, base: &Limits) -> Part {
    object([
        ("groups", limit(own.groups, base.groups)),
        ("rules", limit(own.rules, base.rules)),
        ("rules_per_group", limit(own.rules_per_group, base.rules_per_group)),
        (
            "rules_per_direction_and_family",
            limit(own.rules_per_direction_and_family, base.rules_per_direction_and_family),
        ),
        ("groups_times_rules_per_vnic", limit(own.groups_times_rules_per_vnic, base.groups_times_rules_per_vnic)),
    ])
}

fn count(number: usize) -> Part {
    Part::Number(number as u64)
}
