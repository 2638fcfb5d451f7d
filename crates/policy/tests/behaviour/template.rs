//! What templates give, and what they refuse.

use policy::template::{GROUPS, GroupTemplate, RULES, RuleTemplate};
use policy::{Direction, Document, GroupId, Profile, Remote, Revision, RuleSpec, SecurityGroup, resolve};

fn id(text: &str) -> GroupId {
    text.parse().expect("an id")
}

/// A project with the groups and address groups that the examples name.
fn document(profile: Profile) -> Document {
    let mut document = Document::new(profile);
    for name in ["web-servers", "sg-A", "sg-B"] {
        document.groups.push(SecurityGroup { rules: Vec::new(), ..document.new_group(id(name)) });
    }
    let addresses = "{\"id\":\"ipGroup-A\",\"prefixes\":[\"10.1.0.0/16\"]}";
    let edit = format!("add address-group: {addresses}").parse::<policy::Edit>().expect("an edit");
    edit.apply(&mut document).expect("a new address group");
    document
}

fn texts<'r>(rules: impl IntoIterator<Item = &'r policy::Rule>) -> Vec<String> {
    rules.into_iter().map(|rule| rule.spec.to_string()).collect()
}

fn check_rule(name: &str, remote: &str, expect: &[&str]) {
    let template = RuleTemplate::named(name).expect("a template");
    let remote = (!remote.is_empty()).then(|| remote.parse::<Remote>().expect("a remote"));
    let rules = template.rules(&document(Profile::portcullis()), &id("web"), Direction::Ingress, remote);
    assert_eq!(texts(&rules.expect("rules")), expect, "{name}");
}

fn check_group(name: &str, remotes: &[(&str, &str)], expect: Result<&[&str], &str>) {
    let template = GroupTemplate::named(name).expect("a template");
    let remotes: Vec<(String, Remote)> =
        remotes.iter().map(|(name, remote)| ((*name).to_owned(), remote.parse().expect("a remote"))).collect();
    let group = template.group(&document(profile_of(template)), id("web"), &remotes);
    let found = group.map(|group| texts(&group.rules)).map_err(|error| error.to_string());
    let expect = expect.map(|texts| texts.iter().map(|&text| text.to_owned()).collect()).map_err(str::to_owned);
    assert_eq!(found, expect, "{name}");
}

fn profile_of(template: &GroupTemplate) -> Profile {
    Profile::named(template.profile).expect("a profile")
}

#[test]
fn a_rule_comes_for_both_families_unless_its_remote_has_one() {
    check_rule("ssh", "", &["ingress ipv4 tcp 22 from any", "ingress ipv6 tcp 22 from any"]);
    check_rule("ssh", "203.0.113.0/24", &["ingress ipv4 tcp 22 from 203.0.113.0/24"]);
    check_rule("ssh", "2001:db8::/32", &["ingress ipv6 tcp 22 from 2001:db8::/32"]);
    check_rule("ping", "", &["ingress ipv4 icmp 8/0 from any", "ingress ipv6 icmpv6 128/0 from any"]);
    check_rule("all-icmp", "", &["ingress ipv4 icmp from any", "ingress ipv6 icmpv6 from any"]);
    check_rule("members", "", &["ingress ipv4 any from group:web", "ingress ipv6 any from group:web"]);
    check_rule(
        "mysql",
        "group:sg-A",
        &["ingress ipv4 tcp 3306 from group:sg-A", "ingress ipv6 tcp 3306 from group:sg-A"],
    );
    check_rule(
        "ftp",
        "address-group:ipGroup-A",
        &["ingress ipv4 tcp 20-21 from address-group:ipGroup-A", "ingress ipv6 tcp 20-21 from address-group:ipGroup-A"],
    );
}

#[test]
fn every_rule_template_is_valid_in_every_profile_or_says_why_not() {
    for profile in Profile::NAMES.map(|name| Profile::named(name).expect("a profile")) {
        for template in &RULES {
            for direction in Direction::BOTH {
                let mut document = document(profile.clone());
                match template.rules(&document, &id("sg-A"), direction, None) {
                    Ok(rules) => {
                        let group = document.groups.iter_mut().find(|group| group.id == id("sg-A"));
                        group.expect("a group").rules = rules;
                        assert!(resolve(&document, Revision(1)).is_ok(), "{} {}", profile.name, template.name);
                    }
                    Err(refused) => {
                        // Exoscale has no rule for every protocol.
                        let told = refused.to_string();
                        assert!(told.contains(&format!("`{}`", profile.name)), "{told}");
                        assert!(["all", "members"].contains(&template.name), "{told}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_group_template_is_valid_in_the_profile_of_its_source() {
    for template in &GROUPS {
        let mut document = document(profile_of(template));
        let group = template.group(&document, id("web"), &[]).unwrap_or_else(|error| panic!("{error}"));
        document.groups.push(group);
        let resolved = resolve(&document, Revision(1));
        assert!(resolved.is_ok(), "{}: {:?}", template.name, resolved.err());
    }
}

#[test]
fn a_group_is_described_by_the_title_of_its_template() {
    for template in &GROUPS {
        let group = template.group(&document(profile_of(template)), id("web"), &[]).expect(template.name);
        assert_eq!(group.description, template.title);
    }
}

#[test]
fn groups_say_what_their_source_says() {
    const OUT: [&str; 2] = ["egress ipv4 any to any", "egress ipv6 any to any"];
    let as_new = |lines: &[&'static str]| [&OUT[..], lines].concat();
    check_group(
        "web-server",
        &[],
        Ok(&as_new(&[
            "ingress ipv4 tcp 22 from 203.0.113.0/24",
            "ingress ipv4 tcp 80 from any",
            "ingress ipv4 tcp 443 from any",
        ])),
    );
    check_group("database-server", &[], Ok(&as_new(&["ingress ipv4 tcp 3306 from group:web-servers"])));
    check_group("allow-ping", &[], Ok(&as_new(&["ingress ipv4 icmp from any"])));
    check_group(
        "mcloud-iis",
        &[("whitelisted", "198.51.100.7")],
        Ok(&[
            "egress ipv4 any to any",
            "ingress ipv4 tcp 80 from any",
            "ingress ipv4 tcp 443 from any",
            "ingress ipv4 tcp 3389 from 198.51.100.7/32",
        ]),
    );
    check_group("huawei-outbound", &[], Ok(&OUT));
    check_group("huawei-ping", &[], Ok(&as_new(&["ingress ipv4 icmp from any", "ingress ipv6 icmpv6 from any"])));
    check_group(
        "huawei-databases",
        &[("redis", "any")],
        Ok(&as_new(&[
            "ingress ipv4 tcp 3306 from group:sg-A",
            "ingress ipv4 tcp 1521 from group:sg-B",
            "ingress ipv4 tcp 1433 from 172.16.3.21/32",
            "ingress ipv4 tcp 5432 from 192.168.0.0/24",
            "ingress ipv4 tcp 6379 from any",
        ])),
    );
    check_group(
        "huawei-websites-out",
        &[],
        Ok(&["egress ipv4 tcp 80 to 132.15.0.1/32", "egress ipv4 tcp 443 to 145.117.0.1/32"]),
    );
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    check_group(
        "web-server",
        &[("offices", "any")],
        Err("the template `web-server` has no parameter `offices`: name one of `office`"),
    );
    check_group(
        "allow-ping",
        &[("office", "any")],
        Err("the template `allow-ping` has no parameter, so none called `office`: leave it out"),
    );
    check_group(
        "web-server",
        &[("office", "2001:db8::/32")],
        Err("the prefix `2001:db8::/32` is ipv6, the rule ipv4: change one of them"),
    );
    let unknown = |name: &str| RuleTemplate::named(name).expect_err("no template").to_string();
    assert_eq!(unknown("htpps"), "there is no template `htpps`: did you mean `https`");
    assert_eq!(unknown("x"), "there is no template `x`: `portcullis template list` names them all");
    let mut document = document(Profile::portcullis());
    let rule = |text: &str| text.parse::<RuleSpec>().expect("a rule");
    let ssh = RuleTemplate::named("ssh").expect("a template");
    document.groups[1].rules = ssh.rules(&document, &id("web-servers"), Direction::Ingress, None).expect("rules");
    assert_eq!(document.groups[1].rules[0].spec, rule("ingress ipv4 tcp 22 from any"));
    let twice = ssh.rules(&document, &id("web-servers"), Direction::Ingress, None).expect_err("twins").to_string();
    assert_eq!(
        twice,
        "the template `ssh` does not fit this project: the rule says the same as the rule `web-servers/1`: remove one of them; \
         the rule says the same as the rule `web-servers/2`: remove one of them"
    );
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = RULES.iter().map(|template| template.name).collect();
    names.extend(GROUPS.iter().map(|template| template.name));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
