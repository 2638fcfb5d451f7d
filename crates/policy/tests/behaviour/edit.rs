//! What edits do, what they refuse, and how they are written.

use policy::{Document, Edit, GroupId, Profile};

/// `web` (rules `web-http`, `web-ssh` from `bastion`) on the vnic `web1`, `bastion` on `jump`, the address group `office`.
fn document() -> Document {
    let text = "
        version: 1
        networks: [{id: tenant, subnets: [{prefix: 10.0.0.0/24}]}]
        groups:
          - id: web
            rules:
              - web-http: ingress ipv4 tcp 80 from address-group:office
              - web-ssh: ingress ipv4 tcp 22 from group:bastion
          - {id: bastion, rules: [bastion-peer: 'ingress ipv4 any from group:bastion']}
        address_groups: [{id: office, prefixes: [192.0.2.0/24]}]
        instances:
          - {id: web1, vnics: [{network: tenant, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], groups: [web, default]}]}
          - {id: jump, vnics: [{network: tenant, mac: '52:54:00:00:00:0b', addresses: [10.0.0.11], groups: [bastion]}]}
        ";
    text.parse().expect("a document without faults")
}

fn apply(text: &str, document: &mut Document) -> Result<String, String> {
    let edit: Edit = text.parse().map_err(|error: policy::EditTextError| error.to_string())?;
    assert_eq!(edit.to_string(), text);
    edit.apply(document).map(|inverse| inverse.to_string()).map_err(|error| error.to_string())
}

/// Carries the edit out; `expect` is its inverse, which restores the document, or why it is refused.
fn check(text: &str, expect: Result<&str, &str>) {
    let before = document();
    let mut after = before.clone();
    let found = apply(text, &mut after);
    assert_eq!(found, expect.map(str::to_owned).map_err(str::to_owned), "{text}");
    if let Ok(inverse) = found {
        assert_ne!(after, before, "{text}");
        apply(&inverse, &mut after).expect("an inverse fits");
    }
    assert_eq!(after, before, "{text}");
}

/// A text that is no edit, and why.
fn check_text(text: &str, expect: &str) {
    assert_eq!(text.parse::<Edit>().map_err(|error| error.to_string()), Err(expect.to_owned()), "{text}");
}

#[test]
fn rules_change() {
    check("add rule x to web: ingress ipv6 tcp 443 from any", Ok("remove rule x"));
    check(
        "add rule x to web at 0: disabled ingress ipv6 tcp 443 from group:web \"for \\\"me\\\"\"",
        Ok("remove rule x"),
    );
    check("remove rule web-http", Ok("add rule web-http to web at 0: ingress ipv4 tcp 80 from address-group:office"));
    check(
        "replace rule web-ssh: egress ipv4 any to any",
        Ok("replace rule web-ssh: ingress ipv4 tcp 22 from group:bastion"),
    );
    check("disable rule web-http", Ok("enable rule web-http"));
    check("enable rule web-http", Err("the rule `web-http` is enabled already"));
    check("remove rule web-htpt", Err("there is no rule `web-htpt`: did you mean `web-http`"));
    check("disable rule x", Err("there is no rule `x`"));
    check(
        "add rule web-ssh to bastion: egress ipv4 any to any",
        Err("there is a rule `web-ssh` already: choose another id"),
    );
    check("add rule x to wbe: egress ipv4 any to any", Err("there is no security group `wbe`: did you mean `web`"));
    check("add rule x to web at 3: egress ipv4 any to any", Err("place 3 is behind the end: the last is 2"));
}

#[test]
fn groups_change() {
    check("add group: {\"id\":\"db\",\"name\":\"Database\"}", Ok("remove group db leaving references"));
    check("create group db", Ok("remove group db leaving references"));
    check("create group web", Err("there is a security group `web` already: choose another id"));
    check("describe group web: \"Web tier\" \"HTTP\"", Ok("describe group web: \"web\" \"\""));
    check(
        "remove group web",
        Err("the security group `web` is in use by vnic `web1`: change them first, or remove them with it"),
    );
    check(
        "remove group bastion",
        Err(
            "the security group `bastion` is in use by vnic `jump`, rule `web-ssh`: change them first, or remove them with it",
        ),
    );
    check("set group web stateless", Ok("set group web stateful"));
    check("set group wbe stateless", Err("there is no security group `wbe`: did you mean `web`"));
    check(
        "remove group default",
        Err("the group `default` is in every project: change its rules instead of the group"),
    );
    check(
        "add group: {\"id\":\"default\"}",
        Err("the group `default` is in every project: change its rules instead of the group"),
    );
    check("add group: {\"id\":\"web\"}", Err("there is a security group `web` already: choose another id"));
    check(
        "add group: {\"id\":\"db\",\"rules\":[{\"id\":\"web-http\",\"direction\":\"egress\",\"family\":\"ipv4\",\"protocol\":\"any\",\"remote\":\"any\"}]}",
        Err("there is a rule `web-http` already: choose another id"),
    );
    check(
        "remove address-group office",
        Err("the address group `office` is in use by rule `web-http`: change them first, or remove them with it"),
    );
    check(
        "remove address-group office leaving references",
        Ok("add address-group at 0: {\"id\":\"office\",\"prefixes\":[\"192.0.2.0/24\"]}"),
    );
    check(
        "replace address-group: {\"id\":\"office\",\"prefixes\":[]}",
        Ok("replace address-group: {\"id\":\"office\",\"prefixes\":[\"192.0.2.0/24\"]}"),
    );
}

#[test]
fn membership_changes() {
    check("attach bastion to web1", Ok("detach bastion from web1"));
    check("attach bastion to web1 at 1", Ok("detach bastion from web1"));
    check("detach web from web1", Ok("attach web to web1 at 0"));
    check("attach web to web1", Err("the group `web` is already attached to the vnic `web1`"));
    check("detach bastion from web1", Err("the group `bastion` is not attached to the vnic `web1`"));
    check("attach web to web2", Err("there is no vnic `web2`"));
}

#[test]
fn instances_start_and_stop() {
    check("stop instance web1", Ok("start instance web1"));
    check("start instance web1", Err("the instance `web1` is running already"));
    check("stop instance web2", Err("there is no instance `web2`"));
}

/// The same after the profile has become one that changes groups only while an instance is stopped.
#[test]
fn membership_changes_while_stopped_where_the_profile_says_so() {
    let running = "the profile `exoscale` changes groups only while an instance is stopped, and `web1` is running: stop the instance first";
    let web1 = |state: &str, groups: &str| {
        let vnic = format!(
            "\"network\":\"tenant\",\"mac\":\"52:54:00:00:00:0a\",\"addresses\":[\"10.0.0.10\"],\"groups\":[{groups}]"
        );
        format!("replace instance: {{\"id\":\"web1\",{state}\"vnics\":[{{{vnic}}}]}}")
    };
    let (start, stopped) = ("", "\"state\":\"stopped\",");
    for (edits, expect) in [
        (vec!["attach bastion to web1".to_owned()], Err(running)),
        (vec!["detach web from web1".to_owned()], Err(running)),
        (vec![web1(start, "\"default\",\"web\"")], Err(running)),
        (vec![web1(start, "\"web\",\"default\"")], Ok(())),
        (vec![web1(stopped, "\"default\",\"web\"")], Ok(())),
        (vec!["stop instance web1".to_owned(), "attach bastion to web1".to_owned()], Ok(())),
        (
            vec!["stop instance web1".to_owned(), "start instance web1".to_owned(), "detach web from web1".to_owned()],
            Err(running),
        ),
    ] {
        let before = document();
        let mut after = before.clone();
        apply("set profile exoscale", &mut after).expect("profiles can be set");
        let edits: Vec<Edit> = edits.iter().map(|text| text.parse().expect("an edit")).collect();
        let with_profile = after.clone();
        let found = Edit::apply_all(edits.clone(), &mut after);
        assert_eq!(found.as_ref().map(|_| ()).map_err(ToString::to_string), expect.map_err(str::to_owned), "{edits:?}");
        if let Ok(undo) = found {
            Edit::apply_all(undo, &mut after).expect("inverses fit");
        }
        assert_eq!(after, with_profile, "{edits:?}");
    }
}

#[test]
fn the_primary_group_and_extra_sources_change() {
    check("set primary-group web", Ok("set primary-group default"));
    check("set sources of web: [\"203.0.113.0/24\",\"2001:db8::/32\"]", Ok("set sources of web: []"));
    check("set sources of wbe: []", Err("there is no security group `wbe`: did you mean `web`"));
    let mut document = document();
    apply("set primary-group bastion", &mut document).expect("a group that is there");
    let refused = apply("remove group bastion", &mut document);
    assert_eq!(
        refused,
        Err("the security group `bastion` is in use by vnic `jump`, rule `web-ssh`, the project as its primary group: change them first, or remove them with it".to_owned())
    );
    let bastion: GroupId = "bastion".parse().expect("an id");
    let mut cascaded = document.clone();
    Edit::apply_all(Edit::cascade_group(&document, &bastion), &mut cascaded).expect("a cascade fits");
    assert_eq!(cascaded.primary_group, Document::default_group_id());
}

#[test]
fn networks_and_instances_change() {
    let jump = "{\"id\":\"jump\",\"vnics\":[{\"network\":\"tenant\",\"mac\":\"52:54:00:00:00:0b\",\"addresses\":[\"10.0.0.11\"],\"groups\":[\"bastion\"]}]}";
    check("remove instance jump", Ok(&format!("add instance at 1: {jump}")));
    check(
        "replace instance: {\"id\":\"jump\",\"vnics\":[{\"network\":\"tenant\",\"mac\":\"52:54:00:00:00:0c\"}]}",
        Ok(&format!("replace instance: {jump}")),
    );
    check(
        "add instance: {\"id\":\"new\",\"vnics\":[{\"id\":\"web1\",\"network\":\"tenant\",\"mac\":\"52:54:00:00:00:0c\"}]}",
        Err("there is a vnic `web1` already: choose another id"),
    );
    check("add network at 0: {\"id\":\"dmz\"}", Ok("remove network dmz leaving references"));
    check(
        "remove network tenant",
        Err("the network `tenant` is in use by vnic `web1`, vnic `jump`: change them first, or remove them with it"),
    );
    check("set profile openstack", Ok("set profile portcullis"));
    check("set profile: {\"name\":\"own\",\"base\":\"aws\",\"bum\":\"by-rules\"}", Ok("set profile portcullis"));
}

#[test]
fn texts_that_are_no_edits_say_why() {
    check_text("", "the edit lacks a verb such as `add`");
    check_text(
        "drop rule x",
        "`drop rule x` is no edit: write one such as `remove rule web-http` or `attach web to web1`",
    );
    check_text("add row x", "`add row x` is no edit: write one such as `remove rule web-http` or `attach web to web1`");
    check_text("remove rule", "the edit lacks an id");
    check_text("remove rule x y", "the word `y` fits nowhere in the edit");
    check_text("remove rule x: y", "the word `y` fits nowhere in the edit");
    check_text("remove rule -x", "the rule id `-x` starts with `-`: start it with a letter or digit");
    check_text("add rule x", "the edit lacks the word `to`");
    check_text("add rule x in web: y", "the word `in` fits nowhere in the edit");
    check_text("add rule x to web", "the edit lacks a rule behind a colon, such as `: ingress ipv4 tcp 443 from any`");
    check_text("add rule x to web at y: z", "`y` is no place: write `at` and an index from 0, such as `at 3`");
    check_text("add rule x to web: inbound", "`inbound` is no direction: write `ingress` or `egress`");
    check_text(
        "add network: {\"id\": 1",
        "what stands behind the colon is no JSON: EOF while parsing an object at line 1 column 8",
    );
    check_text("add network: {}", "error: id: `id` is missing: write it, such as `id: web`");
    check_text("add network: {\"id\": \"dmz\", \"vlam\": 7}", "error: vlam: `vlam` is no field here: write `vlan`");
    check_text("describe group web: \"a\"", "the edit lacks a name and a description, each in quotes");
    check_text("set group web tracked", "the word `tracked` fits nowhere in the edit");
    check_text("set group web", "the edit lacks the word `stateful` or `stateless`");
    check_text(
        "set profile azure",
        "`azure` is no built-in profile: write one of `portcullis`, `openstack`, `mcloud`, `exoscale`, `huawei`, `aws`, or an object as `set profile: JSON`",
    );
    check_text("set profile: {\"base\":\"aws\"}", "error: name: `name` is missing: write it, such as `name: my-cloud`");
}

#[test]
fn a_list_of_edits_is_applied_whole_or_not_at_all() {
    let edits = |texts: &[&str]| -> Vec<Edit> { texts.iter().map(|text| text.parse().expect("an edit")).collect() };
    let mut document = document();
    let before = document.clone();
    let refused = Edit::apply_all(edits(&["remove rule web-http", "remove rule web-http"]), &mut document);
    assert_eq!(refused.map_err(|error| error.to_string()), Err("there is no rule `web-http`".to_owned()));
    assert_eq!(document, before);
    let undo =
        Edit::apply_all(edits(&["remove rule web-http", "disable rule web-ssh"]), &mut document).expect("both fit");
    assert_eq!(
        undo,
        edits(&["enable rule web-ssh", "add rule web-http to web at 0: ingress ipv4 tcp 80 from address-group:office"])
    );
}

#[test]
fn a_cascade_names_every_use() {
    let cascade = |edits: Vec<Edit>| -> Vec<String> { edits.iter().map(Edit::to_string).collect() };
    let bastion: GroupId = "bastion".parse().expect("an id");
    let edits = Edit::cascade_group(&document(), &bastion);
    assert_eq!(cascade(edits), ["detach bastion from jump", "remove rule web-ssh", "remove group bastion"]);
    let office = "office".parse().expect("an id");
    assert_eq!(
        cascade(Edit::cascade_address_group(&document(), &office)),
        ["remove rule web-http", "remove address-group office"]
    );
}

#[test]
fn new_groups_start_with_all_egress_and_free_ids() {
    let mut document = Document::new(Profile::portcullis());
    let id: GroupId = "web".parse().expect("an id");
    let group = document.new_group(id.clone());
    let rules: Vec<String> = group.rules.iter().map(|rule| format!("{}: {}", rule.id, rule.spec)).collect();
    assert_eq!(rules, ["web/1: egress ipv4 any to any", "web/2: egress ipv6 any to any"]);
    document.groups.push(group);
    assert_eq!(document.free_rule_id(&id).as_str(), "web/3");
    assert_eq!(document.rule_path(&"web/2".parse().expect("an id")).as_deref(), Some("groups[1].rules[1]"));
    document.groups[1].rules.remove(0);
    assert_eq!(document.free_rule_id(&id).as_str(), "web/1");
}
