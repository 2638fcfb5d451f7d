//! How a packet of the simulator is let through or stopped, and what fares as it does.

use analysis::suggest::{Flow, Plan, suggest};
use analysis::{replies, vicinity};
use policy::{Action, Resolved, Subject, VnicId};
use serde_json::{Value, json};
use wire::{Payload, Sketch};

/// The plans, the one that changes least besides first. Ends are as the simulator has them: empty, `outside`, or a vnic.
pub(crate) fn plans(draft: &Resolved, wish: &str, packet: &str, ends: (&str, &str)) -> Value {
    match flow(draft, packet, ends) {
        Ok(flow) => {
            let wish: Action = wish.parse().unwrap_or(Action::Allow);
            let plans: Vec<Value> = suggest(draft, &flow, wish).iter().map(tell).collect();
            json!({ "fares_so": flow.fares_so(draft, wish), "plans": plans })
        }
        Err(error) => json!({ "error": error }),
    }
}

/// The packets round one of which the rules say the same: `legs`, one for each end that is an instance, each with its `vnic` and
/// `direction`, the packets that are `alike` in words, and what is `said` of them;
/// where nothing is tracked, the same of `replies`, of which is said what `replied` holds.
pub(crate) fn alike(draft: &Resolved, packet: &str, ends: (&str, &str)) -> Value {
    let flow = match flow(draft, packet, ends) {
        Ok(flow) => flow,
        Err(error) => return json!({ "error": error }),
    };
    let (policy, subject) = (draft.policy(), Subject::of(&flow.packet));
    let legs = flow.hops().filter_map(|(vnic, direction)| {
        let index = policy.vnic_index(vnic)?;
        let (region, said) = vicinity(policy, index, direction, &subject);
        let mut leg = json!({
            "vnic": vnic.as_str(),
            "direction": direction.to_string(),
            "alike": region.to_string(),
            "said": said.to_string(),
        });
        let sketch = Sketch { macs: None, payload: Payload::Ip(flow.packet) };
        if let Some((region, said)) = replies(policy, index, direction, &sketch) {
            leg["replies"] = json!(region.to_string());
            leg["replied"] = json!(said.to_string());
        }
        Some(leg)
    });
    json!({ "legs": legs.collect::<Vec<_>>() })
}

fn flow(draft: &Resolved, packet: &str, (from, to): (&str, &str)) -> Result<Flow, String> {
    let sketch: Sketch = packet.parse().map_err(|_| format!("the packet `{packet}` cannot be read"))?;
    let Payload::Ip(datagram) = sketch.payload else {
        return Err("it opens no flow: rules judge IP packets only".to_owned());
    };
    let known = Flow::of(datagram, draft.policy());
    let end = |text: &str, known: Option<VnicId>| match text {
        "" => known,
        "outside" => None,
        id => id.parse().ok(),
    };
    let flow = Flow { packet: datagram, from: end(from, known.from), to: end(to, known.to) };
    match flow.from.is_none() && flow.to.is_none() {
        true => Err("neither end of the packet is an instance, so nothing judges it".to_owned()),
        false => Ok(flow),
    }
}

fn tell(plan: &Plan) -> Value {
    let mut value = plan.to_value();
    value["besides"] = json!(besides(plan));
    value
}

/// What a plan costs, in words.
fn besides(plan: &Plan) -> String {
    let vnics: Vec<&str> = plan.vnics().into_iter().map(VnicId::as_str).collect();
    let at = match vnics.as_slice() {
        [] => String::new(),
        [vnic] => format!(" at {vnic}"),
        vnics => format!(" at {} vnics: {}", vnics.len(), vnics.join(", ")),
    };
    match plan.collateral {
        none if none <= 0.0 => format!("changes nothing but this flow{at}"),
        1.0 => format!("one more kind of packets fares otherwise{at}"),
        few if few < 1e6 => format!("{few:.0} more kinds of packets fare otherwise{at}"),
        many => format!("about {} more kinds of packets fare otherwise{at}", power(many)),
    }
}

/// `4 × 10⁹`.
fn power(number: f64) -> String {
    let whole = format!("{number:.0e}");
    let (digit, exponent) = whole.split_once('e').unwrap_or((&whole, "0"));
    let raised = exponent.chars().filter_map(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit.to_digit(10)? as usize));
    format!("{digit} × 10{}", raised.collect::<String>())
}
