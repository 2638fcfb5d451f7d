//! What changes from one policy to another besides the rules.

use std::fmt;

use policy::{Policy, PolicyVnic, VnicId};
use serde_json::{Value, json};

/// What changes besides what the rules say of new flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Whom the source guard lets the vnic be: its MAC, addresses, allowed pairs, EtherTypes, or its network's subnets.
    Guard(VnicId),
    /// Whether flows are tracked at the vnic.
    Tracking(VnicId),
    /// How long flows live, what is revoked, and what the source guard says of broadcasts.
    Profile,
}

impl Beyond {
    /// For programs: `text`, `what`, and `vnic` where it is one of a vnic.
    pub fn to_value(&self) -> Value {
        let text = self.to_string();
        match self {
            Beyond::Guard(vnic) => json!({"text": text, "what": "guard", "vnic": vnic.as_str()}),
            Beyond::Tracking(vnic) => json!({"text": text, "what": "tracking", "vnic": vnic.as_str()}),
            Beyond::Profile => json!({"text": text, "what": "profile"}),
        }
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Beyond::Guard(vnic) => write!(
                out,
                "the source guard lets `{vnic}` do other things: its MAC, addresses, EtherTypes or subnets changed"
            ),
            Beyond::Tracking(vnic) => {
                write!(out, "tracking changes at `{vnic}`: replies are judged otherwise")
            }
            Beyond::Profile => {
                out.write_str("the profile changes how long flows live, what is revoked, or who may broadcast")
            }
        }
    }
}

/// Of vnics that both policies have; one that only one has is a change of everything.
pub(crate) fn beyond(before: &Policy, after: &Policy) -> Vec<Beyond> {
    let of_vnic = |was: &PolicyVnic, is: &PolicyVnic| {
        let guard = |vnic: &PolicyVnic| {
            let network = (vnic.ethertypes.clone(), vnic.subnets.clone());
            (vnic.mac, vnic.addresses.clone(), vnic.allowed_pairs.clone(), network)
        };
        let guard = (guard(was) != guard(is)).then(|| Beyond::Guard(is.id.clone()));
        let tracking = (was.tracking != is.tracking).then(|| Beyond::Tracking(is.id.clone()));
        guard.into_iter().chain(tracking)
    };
    let both = after.vnics().filter_map(|(_, is)| Some((before.vnic(before.vnic_index(&is.id)?), is)));
    let rest = |policy: &Policy| {
        let profile = policy.profile();
        (profile.bum, profile.revocation, profile.udp_stream_timeout)
    };
    let profile = (rest(before) != rest(after)).then_some(Beyond::Profile);
    both.flat_map(|(was, is)| of_vnic(was, is)).chain(profile).collect()
}
