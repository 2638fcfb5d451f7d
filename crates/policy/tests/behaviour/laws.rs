//! Laws of documents, edits and their text forms, for random ones.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::documents::{document, edit, range, spec};
use policy::{Document, Edit, InstanceState, RuleSpec};
use proptest::prelude::*;
use serde_json::{Value, json};

const SAMPLE: &str = include_str!("../../../../public/samples/three-tier.yaml");

/// JSON that is close enough to a document to get deep into reading.
fn value() -> impl Strategy<Value = Value> {
    const WORDS: &[&str] = &[
        "",
        "web",
        "ingress",
        "ipv4",
        "tcp",
        "any",
        "22",
        "90-80",
        "10.0.0.1/8",
        "::1",
        "group:web",
        "52:54:00:00:00:0a",
        "ingress ipv4 tcp 80 from any",
        "é",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    const NAMES: &[&str] = &[
        "id",
        "version",
        "profile",
        "networks",
        "groups",
        "rules",
        "instances",
        "vnics",
        "direction",
        "family",
        "protocol",
        "ports",
        "icmp",
        "remote",
        "address_groups",
        "prefixes",
        "subnets",
        "mac",
        "network",
        "x y",
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let name = prop::sample::select(NAMES).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The sample as JSON with one of its values replaced.
fn mutant() -> impl Strategy<Value = Value> {
    let sample = Document::read(SAMPLE).0.to_value();
    let pointers = pointers(&sample, String::new());
    (prop::sample::select(pointers), value()).prop_map(move |(pointer, value)| {
        let mut mutant = sample.clone();
        *mutant.pointer_mut(&pointer).expect("a pointer into the sample") = value;
        mutant
    })
}

/// Where every value in a value is, as JSON pointers.
fn pointers(value: &Value, here: String) -> Vec<String> {
    let inner: Vec<String> = match value {
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(n, item)| pointers(item, format!("{here}/{n}"))).collect()
        }
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, field)| pointers(field, format!("{here}/{name}"))).collect()
        }
        _ => Vec::new(),
    };
    [here].into_iter().chain(inner).collect()
}

/// How many things of each kind stand in a document's JSON.
fn counts(value: &Value) -> [usize; 6] {
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let inner = |outer: &str, name: &str| list(value, outer).iter().map(|item| list(item, name).len()).sum::<usize>();
    [
        list(value, "networks").len(),
        inner("networks", "subnets"),
        inner("groups", "rules"),
        list(value, "address_groups").len(),
        list(value, "instances").len(),
        inner("instances", "vnics"),
    ]
}

/// The address behind this one.
fn next(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() + 1).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() + 1).into(),
    }
}

proptest! {
    #[test]
    fn documents_survive_yaml_and_json(document in document()) {
        let yaml = document.to_yaml();
        prop_assert_eq!(Document::read(&yaml), (document.clone(), vec![]), "{}", yaml);
        let json = document.to_value();
        prop_assert_eq!(document.to_json(), json.to_string());
        prop_assert_eq!(Document::read_value(&json), (document.clone(), vec![]), "{}", json);
        prop_assert_eq!(Document::read(&json.to_string()), (document, vec![]), "{}", json);
    }

    #[test]
    fn rules_survive_their_text(spec in spec()) {
        prop_assert_eq!(spec.to_string().parse::<RuleSpec>(), Ok(spec));
    }

    #[test]
    fn a_cover_is_exact_ordered_and_minimal(range in range()) {
        let cover = policy::AddressBlock::from(range).cover();
        prop_assert_eq!((cover[0].first(), cover[cover.len() - 1].last()), (range.first(), range.last()));
        for pair in cover.windows(2) {
            prop_assert_eq!(next(pair[0].last()), pair[1].first(), "nothing is left out");
            // Two halves of one prefix would have been that prefix.
            let halves = pair[0].length() == pair[1].length()
                && policy::Prefix::masked(pair[0].first(), pair[0].length() - 1)
                    == policy::Prefix::masked(pair[1].first(), pair[1].length() - 1);
            prop_assert!(!halves, "{} and {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn edits_survive_their_text(edit in edit()) {
        prop_assert_eq!(edit.to_string().parse::<Edit>(), Ok(edit));
    }

    #[test]
    fn edits_are_undone_exactly_or_change_nothing(before in document(), edits in prop::collection::vec(edit(), 1..8)) {
        let mut document = before.clone();
        let mut undo = Vec::new();
        for edit in edits {
            let left = document.clone();
            match edit.clone().apply(&mut document) {
                Ok(inverse) => {
                    let mut undone = document.clone();
                    let redo = inverse.clone().apply(&mut undone).expect("an inverse fits");
                    prop_assert_eq!(&undone, &left, "{} undone by {}", edit, inverse);
                    redo.apply(&mut undone).expect("the inverse of an inverse fits");
                    prop_assert_eq!(&undone, &document);
                    undo.insert(0, inverse);
                }
                Err(_) => prop_assert_eq!(&document, &left, "{}", edit),
            }
        }
        Edit::apply_all(undo, &mut document).expect("all inverses fit");
        prop_assert_eq!(document, before);
    }

    #[test]
    fn edits_in_a_row_apply_all_or_none(before in document(), edits in prop::collection::vec(edit(), 1..8)) {
        let mut document = before.clone();
        if let Ok(undo) = Edit::apply_all(edits, &mut document) {
            Edit::apply_all(undo, &mut document).expect("all inverses fit");
        }
        prop_assert_eq!(document, before);
    }

    #[test]
    fn a_cascade_removes_a_group_and_all_its_users(before in document()) {
        let ids: Vec<_> = before.groups.iter().map(|group| group.id.clone()).collect();
        for id in ids.into_iter().filter(|id| *id != Document::default_group_id()) {
            let mut document = before.clone();
            // A profile may change groups only then.
            document.instances.iter_mut().for_each(|instance| instance.state = InstanceState::Stopped);
            Edit::apply_all(Edit::cascade_group(&before, &id), &mut document).expect("a cascade fits");
            prop_assert!(document.group(id.as_str()).is_none());
            prop_assert_eq!(document.users_of_group(&id), []);
        }
    }

    #[test]
    fn any_value_is_read_without_panic_and_fixed_point(value in value()) {
        let (document, _) = Document::check_value(&value);
        prop_assert_eq!(Document::read_value(&document.to_value()), (document, vec![]));
    }

    #[test]
    fn nothing_is_lost_in_silence(value in mutant()) {
        let (document, faults) = Document::read_value(&value);
        let default_added = value.get("groups").is_none_or(|groups| {
            !groups.as_array().into_iter().flatten().any(|group| group.get("id") == Some(&json!("default")))
        });
        if faults.is_empty() {
            let mut expect = counts(&value);
            expect[2] += if default_added { 4 } else { 0 };
            prop_assert_eq!(counts(&document.to_value()), expect, "{}", value);
        }
    }

    #[test]
    fn a_damaged_text_is_read_without_panic(place in 0..SAMPLE.len(), length in 0..40_usize, text in ".{0,10}") {
        prop_assume!(SAMPLE.is_char_boundary(place));
        let rest = SAMPLE[place..].chars().skip(length);
        let damaged: String = SAMPLE[..place].chars().chain(text.chars()).chain(rest).collect();
        let (document, _) = Document::check(&damaged);
        prop_assert_eq!(Document::read(&document.to_yaml()), (document, vec![]));
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        Document::check(&text);
        let _ = text.parse::<Edit>();
        let _ = text.parse::<RuleSpec>();
    }

    #[test]
    fn a_fix_mends_its_fault(value in mutant()) {
        let (_, faults) = Document::read_value(&value);
        // The fix of an unknown field is a name, not a value.
        for fault in faults.into_iter().filter(|fault| !fault.message.contains("is no field here")) {
            let (Some(fix), Some(pointer)) = (&fault.fix, pointer(&fault.path, &value)) else { continue };
            let mut mended = value.clone();
            *mended.pointer_mut(&pointer).expect("the path of a fault with a fix") = json!(fix);
            let (_, left) = Document::read_value(&mended);
            prop_assert!(!left.contains(&fault), "{} with {}", fault, fix);
        }
    }
}

/// The JSON pointer of a path, where a value stands there.
fn pointer(path: &str, value: &Value) -> Option<String> {
    let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
    value.pointer(&pointer).map(|_| pointer)
}
