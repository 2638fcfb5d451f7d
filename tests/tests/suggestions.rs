//! Suggestions, carried out and asked again.

use analysis::suggest::{Flow, suggest};
use conntrack::{Config, Conntrack, Instant};
use e2e::worlds::{documents, packets};
use engine::{Accepted, Dropped, Endpoint, Verdict, complete, travel};
use policy::{Action, Direction, Policy, PortSecurity, Resolved, Revision, VnicId};
use proptest::collection::vec;
use proptest::prelude::*;
use wire::{Payload, Sketch};

/// Whether rules let a flow pass at both ends; `None` where something else decides.
fn arrives(policy: &Policy, flow: &Flow) -> Option<bool> {
    let end = |vnic: &Option<VnicId>| match vnic {
        Some(vnic) => Endpoint::Vnic(policy.vnic_index(vnic).expect("no edit takes a vnic away")),
        None => Endpoint::Outside,
    };
    let sketch = Sketch { macs: None, payload: Payload::Ip(flow.packet) };
    let mut conntrack = Conntrack::new(Config::default());
    let journey = travel(policy, &mut conntrack, end(&flow.from), end(&flow.to), &sketch, Instant::from_millis(0));
    let by_rules = journey.legs.iter().all(|leg| match leg.verdict {
        Verdict::Accept(Accepted::Rule(_) | Accepted::Default | Accepted::SameSubnet) => true,
        Verdict::Drop(Dropped::Rule(_) | Dropped::Default | Dropped::NoGroups) => true,
        Verdict::Accept(_) | Verdict::Drop(_) | Verdict::Hold => false,
    });
    by_rules.then(|| journey.arrives())
}

/// Whether the vnics at both ends filter anything.
fn is_filtered(policy: &Policy, flow: &Flow) -> bool {
    let ends = [&flow.from, &flow.to].into_iter().flatten();
    let mut found = ends.filter_map(|vnic| policy.vnic_index(vnic)).map(|vnic| policy.vnic(vnic));
    found.all(|vnic| vnic.port_security == PortSecurity::On)
}

proptest! {
    #[test]
    fn a_plan_leads_to_what_is_wished(document in documents(), arrivals in vec(packets(), 1..12)) {
        let resolved = Resolved::new(document, Revision(1)).expect("generated documents resolve");
        for arrival in &arrivals {
            let policy = resolved.policy();
            let Some(index) = policy.vnic_index(&arrival.vnic) else { continue };
            let packet = complete(policy, index, arrival.direction, &arrival.sketch);
            let Some(datagram) = packet.datagram().filter(|datagram| datagram.fragment.is_none()) else { continue };
            let known = Flow::of(*datagram, policy);
            let flow = match arrival.direction {
                Direction::Ingress => Flow { to: Some(arrival.vnic.clone()), ..known },
                Direction::Egress => Flow { from: Some(arrival.vnic.clone()), ..known },
            };
            if flow.from == flow.to || !is_filtered(policy, &flow) {
                continue;
            }
            let Some(passes) = arrives(policy, &flow) else { continue };
            let wish = if passes { Action::Deny } else { Action::Allow };
            for plan in suggest(&resolved, &flow, wish) {
                let mut after = resolved.clone();
                for edit in &plan.edits {
                    prop_assert!(after.apply(edit.clone(), Revision(2)).is_ok(), "{edit}");
                }
                if let Some(passes) = arrives(after.policy(), &flow) {
                    prop_assert_eq!(passes, wish == Action::Allow, "{} by {}", arrival.sketch, plan);
                }
                prop_assert!(plan.collateral >= 0.0);
            }
        }
    }
}
