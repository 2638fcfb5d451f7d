//! Small values: what they say of themselves.

use policy::{
    BuiltIn, Decision, Diagnostic, Direction, Document, EtherType, Faults, Id, Part, Priority, Revision, SecurityGroup,
    Severity, Subject, Tracking, resolve,
};
use serde_json::json;
use wire::{Endpoints, IpProtocol};

#[test]
fn priorities_stand_in_a_row_from_the_first() {
    assert_eq!(Priority::FIRST.before(), None);
    for value in 2..=100 {
        let priority = Priority::new(value).expect("up to 100");
        assert_eq!(priority.before().map(Priority::value), Some(value - 1));
    }
}

#[test]
fn an_ethertype_is_its_number() {
    for value in [0x0600, 0x88cc, 0xffff] {
        let ethertype = EtherType::new(value).expect("one that may be permitted");
        assert_eq!((ethertype.value(), ethertype.to_string()), (value, format!("{value:#06x}")));
    }
}

#[test]
fn a_fault_is_told_as_json_and_as_a_line() {
    let whole = Diagnostic::error("", "the document is empty");
    assert_eq!(
        whole.to_value(),
        json!({"severity": "error", "path": "", "message": "the document is empty", "fix": null})
    );
    assert_eq!(whole.to_string(), "error: the document is empty");
    let part = Diagnostic::warning("groups[0].id", "`dd` is taken").with_fix("db");
    assert_eq!(
        part.to_value(),
        json!({"severity": "warning", "path": "groups[0].id", "message": "`dd` is taken", "fix": "db"})
    );
    assert_eq!(part.to_string(), "warning: groups[0].id: `dd` is taken");
    assert_eq!((whole.severity, part.severity), (Severity::Error, Severity::Warning));
}

#[test]
fn faults_are_a_line_each() {
    let faults = |count: usize| {
        Faults((1..=count).map(|number| Diagnostic::error(format!("groups[{number}]"), "wrong")).collect())
    };
    assert_eq!(faults(0).to_string(), "");
    assert_eq!(faults(1).to_string(), "error: groups[1]: wrong");
    assert_eq!(faults(3).to_string(), "error: groups[1]: wrong\nerror: groups[2]: wrong\nerror: groups[3]: wrong");
}

/// Whether a project of a cloud may have so many groups.
fn may_have(cloud: BuiltIn, groups: usize) -> bool {
    let mut document = Document::new(cloud.profile());
    let group = |number: usize| SecurityGroup {
        id: format!("g{number}").parse::<Id<_>>().expect("an id"),
        name: format!("g{number}"),
        description: String::new(),
        tracking: Tracking::Stateful,
        sources: Vec::new(),
        rules: Vec::new(),
    };
    document.groups.extend((1..groups).map(group));
    assert_eq!(document.groups.len(), groups);
    document.validate().is_empty()
}

#[test]
fn clouds_limit_the_groups_of_a_project() {
    for (cloud, most) in [
        (BuiltIn::Portcullis, None),
        (BuiltIn::OpenStack, Some(10)),
        (BuiltIn::Mcloud, Some(10)),
        (BuiltIn::Exoscale, Some(50)),
        (BuiltIn::Huawei, Some(100)),
        (BuiltIn::Aws, None),
    ] {
        assert!(may_have(cloud, most.unwrap_or(1000)), "{}", cloud.name());
        assert!(most.is_none_or(|most| !may_have(cloud, most + 1)), "{}", cloud.name());
    }
}

#[test]
fn without_a_rule_egress_is_open_in_one_cloud_only() {
    let endpoints = Endpoints::V4([192, 0, 2, 1].into(), [203, 0, 113, 7].into());
    let subject = Subject { endpoints, protocol: IpProtocol::TCP, part: Part::None };
    for cloud in BuiltIn::ALL {
        let text = format!(
            "{{version: 1, profile: {}, networks: [{{id: n}}], groups: [{{id: bare}}],
              instances: [{{id: a, vnics: [{{network: n, mac: '52:54:00:00:00:0a', groups: [bare]}}]}}]}}",
            cloud.name()
        );
        let policy = resolve(&text.parse::<Document>().expect("a document"), Revision(1)).expect("it resolves");
        let (vnic, _) = policy.vnics().next().expect("a vnic");
        let open = if cloud == BuiltIn::Exoscale { Decision::DefaultAllow } else { Decision::DefaultDeny };
        assert_eq!(policy.decide(vnic, Direction::Egress, &subject), open, "{}", cloud.name());
        assert_eq!(policy.decide(vnic, Direction::Ingress, &subject), Decision::DefaultDeny, "{}", cloud.name());
    }
}

#[test]
fn a_revision_is_its_number() {
    assert_eq!(Revision(7).to_string(), "7");
}
