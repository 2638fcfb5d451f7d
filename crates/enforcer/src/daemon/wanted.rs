//! Which link of this host is the guest side of which vnic.
//!
//! In this order: what `--vnic` says; the `interface` of the document; and for a vnic without one, among the links that
//! `--interfaces` admits,
//!
//! - the link named `tap` and the first 11 characters of the vnic's id: OpenStack Neutron makes port
//!   `08d2c150-ad07-4588-b898-d12df28c7e03` the link `tap08d2c150-ad` (nova, `NIC_NAME_LEN` in `nova/network/model.py`);
//! - the link whose MAC address is the vnic's but for a first byte `fe`, which is how libvirt makes its taps (`vnet0`
//!   and so on), and nova through it.
//!
//! An instance has no say in either: the names and MAC addresses of taps are the host's. Where two links are of one vnic,
//! or one of two, neither is taken, and a [`Doubt`] says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use policy::{Policy, PolicyVnic, VnicId};

use crate::links::Link;
use crate::options::{NamePattern, VnicLink};

/// How much of a port's id is in the name of its link.
const ID_IN_NAME: usize = 11;

/// What libvirt makes of the first byte of a MAC address.
const TAP: u8 = 0xfe;

/// The guest sides that are on this host.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) here: Vec<VnicLink>,
    pub(super) doubts: Vec<Doubt>,
}

/// Why it cannot be said which link is a vnic's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Several links have its MAC address.
    Links { vnic: VnicId, links: Vec<String> },
    /// Several vnics have the MAC address of one link.
    Vnics { vnic: VnicId, link: String, other: VnicId },
}

/// Finds the guest sides of a policy's vnics.
pub(super) fn find(policy: &Policy, given: &[VnicLink], patterns: &[NamePattern], links: &[Link]) -> Found {
    let names: BTreeSet<&str> = links.iter().map(|link| link.name.as_str()).collect();
    if !given.is_empty() {
        let here = given.iter().filter(|link| names.contains(link.interface.as_str()));
        return Found { here: here.cloned().collect(), doubts: Vec::new() };
    }
    let mut found = Found::default();
    let mut taken = BTreeSet::new();
    let mut open = Vec::new();
    for (_, vnic) in policy.vnics() {
        match &vnic.interface {
            Some(interface) => {
                taken.insert(interface.as_str());
                if names.contains(interface.as_str()) {
                    found.here.push(VnicLink { vnic: vnic.id.clone(), interface: interface.clone() });
                }
            }
            None => open.push(vnic),
        }
    }
    let free = links.iter().filter(|link| !link.is_made_by_us() && !taken.contains(link.name.as_str()));
    let free: Vec<&Link> = free.filter(|link| patterns.iter().any(|pattern| pattern.fits(&link.name))).collect();
    match_rest(&open, &free, &mut found);
    found
}

fn match_rest(vnics: &[&PolicyVnic], links: &[&Link], found: &mut Found) {
    let named: BTreeSet<&str> = links.iter().map(|link| link.name.as_str()).collect();
    let mut by_mac: BTreeMap<&[u8], Vec<&str>> = BTreeMap::new();
    for link in links {
        if let [TAP, rest @ ..] = link.mac.as_slice() {
            by_mac.entry(rest).or_default().push(&link.name);
        }
    }
    let mut owners: BTreeMap<&str, &VnicId> = BTreeMap::new();
    for vnic in vnics {
        let name = neutron_name(&vnic.id);
        let candidates = match named.get(name.as_str()) {
            Some(name) => vec![*name],
            None => by_mac.get(&vnic.mac.0[1..]).cloned().unwrap_or_default(),
        };
        match candidates.as_slice() {
            [] => {}
            [link] => match owners.get(link) {
                None => {
                    owners.insert(link, &vnic.id);
                }
                Some(other) => found.doubts.push(Doubt::Vnics {
                    vnic: vnic.id.clone(),
                    link: (*link).to_owned(),
                    other: (*other).clone(),
                }),
            },
            several => {
                let mut links: Vec<String> = several.iter().map(|link| (*link).to_owned()).collect();
                links.sort();
                found.doubts.push(Doubt::Links { vnic: vnic.id.clone(), links });
            }
        }
    }
    for doubt in &found.doubts {
        if let Doubt::Vnics { link, .. } = doubt {
            owners.remove(link.as_str());
        }
    }
    let here = owners.into_iter().map(|(link, vnic)| VnicLink { vnic: vnic.clone(), interface: link.to_owned() });
    found.here.extend(here);
}

fn neutron_name(vnic: &VnicId) -> String {
    vnic.as_str().chars().take(ID_IN_NAME).fold("tap".to_owned(), |mut name, character| {
        name.push(character);
        name
    })
}

impl Doubt {
    pub(super) fn vnic(&self) -> &VnicId {
        match self {
            Doubt::Links { vnic, .. } | Doubt::Vnics { vnic, .. } => vnic,
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Links { vnic, links } => {
                let links: Vec<String> = links.iter().map(|link| format!("`{link}`")).collect();
                write!(
                    out,
                    "{} all have its MAC address: write which one into its `interface`, or remove the others; `--vnic {vnic}=LINK` names it too",
                    links.join(", ")
                )
            }
            Doubt::Vnics { link, other, .. } => write!(
                out,
                "`{link}` has its MAC address and that of `{other}`, so neither has it: write into the `interface` of one that it is its"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::{Document, Revision, resolve};

    const DOCUMENT: &str = "
version: 1
networks:
  - {id: one, subnets: [{prefix: 192.0.2.0/24}]}
  - {id: two, subnets: [{prefix: 192.0.2.0/24}]}
instances:
  - {id: named, vnics: [{network: one, mac: '52:54:00:00:00:01', addresses: [192.0.2.1], interface: vnet7}]}
  - {id: open, vnics: [{network: one, mac: '52:54:00:00:00:02', addresses: [192.0.2.2]}]}
  - {id: 08d2c150-ad07-4588-b898-d12df28c7e03, vnics: [{network: one, mac: 'fa:16:3e:00:00:03', addresses: [192.0.2.3]}]}
  - {id: left, vnics: [{network: one, mac: '52:54:00:00:00:04', addresses: [192.0.2.4]}]}
  - {id: right, vnics: [{network: two, mac: '52:54:00:00:00:04', addresses: [192.0.2.4]}]}
";

    fn check(given: &[&str], patterns: &[&str], links: &[(&str, u8)], expect: &[&str], doubts: &[&str]) {
        let (document, faults) = Document::check(DOCUMENT);
        assert!(faults.is_empty(), "{faults:?}");
        let policy = resolve(&document, Revision(1)).unwrap();
        let given: Vec<VnicLink> = given.iter().map(|given| given.parse().unwrap()).collect();
        let patterns: Vec<NamePattern> = patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
        let links: Vec<Link> = links.iter().map(|(name, last)| Link::tap(name, [0xfe, 0x54, 0, 0, 0, *last])).collect();
        let found = find(&policy, &given, &patterns, &links);
        let here: Vec<String> = found.here.iter().map(|link| format!("{}={}", link.vnic, link.interface)).collect();
        assert_eq!(here, expect, "{links:?}");
        let said: Vec<String> = found.doubts.iter().map(|doubt| format!("{}: {doubt}", doubt.vnic())).collect();
        assert_eq!(said.len(), doubts.len(), "{said:?}");
        for (said, part) in said.iter().zip(doubts) {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn links_and_the_vnics_that_they_are_of() {
        check(&[], &[], &[("vnet7", 9), ("vnet2", 2), ("tap08d2c150-ad", 9)], &["named=vnet7"], &[]);
        check(&[], &["vnet*"], &[("vnet7", 2), ("vnet2", 2), ("x", 2)], &["named=vnet7", "open=vnet2"], &[]);
        check(
            &[],
            &["tap*"],
            &[("vnet2", 2), ("tap08d2c150-ad", 9)],
            &["08d2c150-ad07-4588-b898-d12df28c7e03=tap08d2c150-ad"],
            &[],
        );
        check(&["open=x"], &[], &[("vnet7", 9), ("x", 9)], &["open=x"], &[]);
        check(&["open=x"], &[], &[("vnet7", 9)], &[], &[]);
        check(&[], &["*"], &[("a", 2), ("b", 2)], &[], &["open: `a`, `b` all have its MAC address"]);
        check(&[], &["*"], &[("a", 4)], &[], &["right: `a` has its MAC address and that of `left`"]);
    }
}
