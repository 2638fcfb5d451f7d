//! What a policy says of its memory, and what the allocator gave for it.

use std::collections::HashMap;
use std::sync::Arc;

use allocation_counter::measure;
use policy::{Document, Footprint, Profile, Revision, resolve};

/// How much there is of everything.
#[derive(Clone, Copy)]
struct Project {
    groups: usize,
    /// In every group.
    rules: usize,
    address_groups: usize,
    instances: usize,
    /// Groups of every instance.
    attached: usize,
}

const SMALL: Project = Project { groups: 4, rules: 2, address_groups: 2, instances: 4, attached: 1 };

impl Project {
    fn text(self) -> String {
        let groups: String = (0..self.groups).map(|group| self.group(group)).collect();
        let address_groups: String = (0..self.address_groups).map(address_group).collect();
        let instances: String = (0..self.instances).map(|instance| self.instance(instance)).collect();
        format!(
            "version: 1\nprofile: {{name: all, base: portcullis, remote_members: addresses-pairs-and-sources}}\n\
             networks: [{{id: lan, subnets: [{{prefix: 10.0.0.0/8}}, {{prefix: \"2001:db8::/32\"}}]}}]\n\
             groups:\n  - id: default\n{groups}\
             address_groups:\n{address_groups}\
             instances:\n{instances}"
        )
    }

    fn group(self, group: usize) -> String {
        let rules: String = (0..self.rules).map(|rule| self.rule(group, rule)).collect();
        let sources = format!("198.18.{}.0/24, 198.19.{}.0/24", group % 256, group % 256);
        format!("  - id: g{group}\n    sources: [{sources}]\n    rules:\n{rules}")
    }

    fn rule(self, group: usize, rule: usize) -> String {
        let direction = if rule.is_multiple_of(5) { "egress" } else { "ingress" };
        let family = if rule.is_multiple_of(3) { "ipv6" } else { "ipv4" };
        let remote = match (rule % 4, family) {
            (0, _) => "any".to_owned(),
            (1, _) => format!("address-group:a{}", (rule + group) % self.address_groups),
            (2, _) => format!("group:g{}", (rule * 5 + group) % self.groups),
            (_, "ipv6") => format!("2001:db8:{group:x}:{rule:x}::/64"),
            (_, _) => format!("10.{}.{}.0/24", group % 256, rule % 256),
        };
        let (low, high) = (1000 + rule * 7 + group, 1003 + rule * 7 + group);
        format!(
            "      - {{id: r{group}-{rule}, direction: {direction}, family: {family}, protocol: tcp, ports: \"{low}-{high},80\", \
             remote: \"{remote}\", description: Rule {rule} of a service}}\n"
        )
    }

    fn instance(self, instance: usize) -> String {
        let (high, low) = (instance / 250, instance % 250 + 1);
        let groups: Vec<String> = (0..self.attached).map(|at| format!("g{}", (instance + at) % self.groups)).collect();
        format!(
            "  - id: i{instance}\n    vnics: [{{network: lan, mac: \"52:54:00:00:{high:02x}:{low:02x}\", interface: tap{instance}, \
             allowed_pairs: [10.8.{high}.{low}, \"2001:db8:8::{high:x}:{low:x}\"], \
             addresses: [10.9.{high}.{low}, \"2001:db8::{high:x}:{low:x}\"], groups: [{}]}}]\n",
            groups.join(", ")
        )
    }

    /// What the policy says, and what was allocated for it.
    fn footprints(self) -> (Footprint, usize) {
        let (document, faults) = Document::read(&self.text());
        assert!(faults.is_empty(), "{faults:?}");
        let mut policy = None;
        let allocated = measure(|| policy = Some(resolve(&document, Revision(1)).expect("it resolves")));
        (policy.unwrap().footprint(), allocated.bytes_current as usize)
    }
}

fn address_group(group: usize) -> String {
    let prefixes = (0..20).map(|at| format!("172.{}.{}.{}/32", 16 + group % 16, group / 16, at * 12));
    format!("  - id: a{group}\n    prefixes: [{}]\n", prefixes.collect::<Vec<_>>().join(", "))
}

#[test]
fn told_is_what_was_allocated() {
    let check = |project: Project| {
        let (told, allocated) = project.footprints();
        let untold = allocated.checked_sub(told.total());
        // The profile and the empty parts that maps share are not told.
        assert!(untold.is_some_and(|bytes| bytes < 4_000), "{allocated} bytes were allocated, told are {told:?}");
    };
    check(SMALL);
    check(Project { groups: 300, ..SMALL });
    check(Project { rules: 1000, ..SMALL });
    check(Project { rules: 200, address_groups: 300, ..SMALL });
    check(Project { instances: 2000, ..SMALL });
    check(Project { groups: 300, instances: 300, ..SMALL });
    check(Project { groups: 40, instances: 300, attached: 5, ..SMALL });
}

#[test]
fn the_total_is_the_sum_of_the_parts() {
    let footprint = Footprint { addresses: 1, programs: 1024, rules: 1025, vnics: 30 };
    assert_eq!(footprint.total(), 2080);
    assert_eq!(footprint.to_string(), "3 KiB: addresses 1, programs 1, rules 2, vnics 1");
    assert_eq!(
        Footprint { addresses: 0, programs: 0, rules: 0, vnics: 2048 }.to_string(),
        "2 KiB: addresses 0, programs 0, rules 0, vnics 2"
    );
}

#[test]
fn each_part_grows_with_what_it_is_of() {
    let told = |project: Project| project.footprints().0;
    let base = Project { rules: 8, ..SMALL };
    let small = told(base);
    let rules = told(Project { rules: 100, ..base });
    assert!(rules.rules > 5 * small.rules && rules.programs > 2 * small.programs, "{rules:?} {small:?}");
    let instances = told(Project { instances: 200, ..base });
    assert!(instances.vnics > 10 * small.vnics && instances.addresses > small.addresses, "{instances:?} {small:?}");
    assert_eq!(instances.rules, small.rules);
    let groups = told(Project { groups: 100, ..base });
    assert!(groups.programs > 5 * small.programs && groups.rules > 5 * small.rules, "{groups:?} {small:?}");
    // So many that it shows beside maps, which take more or less by chance.
    let attached = told(Project { groups: 100, attached: 100, ..base });
    assert!(attached.programs > groups.programs && attached.vnics > groups.vnics, "{attached:?} {groups:?}");
    for footprint in [small, rules, instances, groups, attached] {
        let Footprint { addresses, programs, rules, vnics } = footprint;
        assert_eq!(footprint.total(), addresses + programs + rules + vnics);
    }
}

#[test]
fn of_nothing_is_told_all_but_the_profile_and_empty_parts() {
    let document = Document::new(Profile::portcullis());
    let mut policy = None;
    let allocated = measure(|| policy = Some(resolve(&document, Revision(1)).expect("it resolves"))).bytes_current;
    let mut profile = None;
    let of_profile = measure(|| profile = Some(Arc::new(document.profile.clone()))).bytes_current;
    let told = policy.expect("it was made").footprint();
    let untold = allocated - of_profile - told.total() as i64;
    // Five maps have a part that is empty, and the networks are a map of their own.
    let empty_map = size_of::<[usize; 2]>() + size_of::<HashMap<u8, u8>>();
    assert_eq!(untold, 6 * empty_map as i64, "{told:?}");
}
