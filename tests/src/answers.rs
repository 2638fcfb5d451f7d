//! What a policy says of one packet, in the words of the answers about every packet.

use analysis::{By, Said};
use policy::{Action, Decision, Direction, Policy, PortSecurity, Subject, VnicId};

/// What a policy says of a packet at a vnic, by the shortest way.
pub fn said(policy: &Policy, id: &VnicId, direction: Direction, subject: &Subject) -> Said {
    let Some(index) = policy.vnic_index(id) else {
        return Said { action: Action::Deny, by: By::UnknownVnic };
    };
    if policy.vnic(index).port_security == PortSecurity::Off {
        return Said { action: Action::Allow, by: By::PortSecurityOff };
    }
    let rule = |index| By::Rule(policy.rule_id(index).clone());
    let (action, by) = match policy.decide(index, direction, subject) {
        Decision::SameSubnet => (Action::Allow, By::SameSubnet),
        Decision::Allow(index) => (Action::Allow, rule(index)),
        Decision::Deny(index) => (Action::Deny, rule(index)),
        Decision::DefaultAllow => (Action::Allow, By::Default),
        Decision::DefaultDeny => (Action::Deny, By::Default),
        Decision::NoGroups => (Action::Deny, By::NoGroups),
    };
    Said { action, by }
}
