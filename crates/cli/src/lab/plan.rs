//! From a document to what a lab builds. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use anyhow::{bail, ensure};
use policy::{Direction, Document, Instance, PortMatch, Prefix, Protocol, Subnet, Vnic};

use super::state::{HYPERVISOR, OUTSIDE};

/// Addresses that the outside host has besides the gateways: one of the internet, one of the sample's office, per family.
pub(super) const OUTSIDE_ADDRESSES: [&str; 4] = ["198.51.100.7", "203.0.113.9", "2001:db8:ffff::7", "2001:db8:fffe::9"];

/// SSH, which every host answers.
const SSH: u16 = 22;

/// What the outside host answers.
const OUTSIDE_PORTS: [u16; 3] = [SSH, 80, 443];

/// The widest range of ports that is listened on.
const WIDEST: u16 = 16;

/// What a lab builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) instances: Vec<InstancePlan>,
    /// Addresses of the gateways with the length of their prefix.
    pub(super) gateways: Vec<(IpAddr, u8)>,
    /// Prefixes of all subnets.
    pub(super) prefixes: Vec<Prefix>,
}

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InstancePlan {
    /// Its id.
    pub(super) name: String,
    pub(super) nics: Vec<Nic>,
    /// TCP ports that it listens on.
    pub(super) ports: Vec<u16>,
}

/// One vnic as the instance sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nic {
    pub(super) vnic: String,
    /// Its name in the instance.
    pub(super) name: String,
    /// The guest side on the hypervisor.
    pub(super) guest_side: String,
    pub(super) mac: String,
    pub(super) addresses: Vec<(IpAddr, u8)>,
    /// Gateways of its network, of the families that it speaks.
    pub(super) routers: Vec<IpAddr>,
}

impl Plan {
    /// Reads what to build from a document.
    ///
    /// # Errors
    /// The document has no instance, or names that a lab cannot have.
    pub(super) fn of(document: &Document) -> anyhow::Result<Plan> {
        ensure!(!document.instances.is_empty(), "the document has no instance, so there is nothing to build");
        let subnets = || document.networks.iter().flat_map(|network| &network.subnets);
        let plan = Plan {
            instances: document.instances.iter().map(|instance| plan_instance(document, instance)).collect(),
            gateways: subnets()
                .filter_map(|subnet| Some((subnet.gateway?, length_for(subnet.gateway?, subnet))))
                .collect(),
            prefixes: subnets().map(|subnet| subnet.prefix).collect(),
        };
        plan.check_names()?;
        Ok(plan)
    }

    fn check_names(&self) -> anyhow::Result<()> {
        let mut hosts = BTreeSet::from([HYPERVISOR, OUTSIDE].map(str::to_owned));
        let mut links = BTreeSet::from([BRIDGE, OUTSIDE_LINK].map(str::to_owned));
        for instance in &self.instances {
            if !hosts.insert(instance.host_name()) {
                bail!(
                    "the lab has a host `{}` already: give the instance `{}` another id",
                    instance.host_name(),
                    instance.name
                );
            }
            for nic in &instance.nics {
                if !links.insert(nic.guest_side.clone()) {
                    bail!(
                        "two links would be called `{}`: give the vnic `{}` another `interface`",
                        nic.guest_side,
                        nic.vnic
                    );
                }
            }
        }
        Ok(())
    }

    /// Whether the document names all guest sides itself, so that the enforcer finds them there.
    pub(super) fn vnic_options(&self, document: &Document) -> Vec<String> {
        if document.vnics().all(|(_, vnic)| vnic.interface.is_some()) {
            return Vec::new();
        }
        let nics = self.instances.iter().flat_map(|instance| &instance.nics);
        nics.flat_map(|nic| ["--vnic".to_owned(), format!("{}={}", nic.vnic, nic.guest_side)]).collect()
    }
}

impl InstancePlan {
    /// Its id as a part of a file name.
    pub(super) fn host_name(&self) -> String {
        self.name.replace('/', "-")
    }
}

/// The lab's bridge.
pub(super) const BRIDGE: &str = "br0";

/// The port of the bridge that the outside host is plugged into.
pub(super) const OUTSIDE_LINK: &str = "pcl-outside";

/// The ports that the outside host listens on.
pub(super) fn outside_ports() -> Vec<u16> {
    OUTSIDE_PORTS.to_vec()
}

fn plan_instance(document: &Document, instance: &Instance) -> InstancePlan {
    let mut ports = BTreeSet::from([SSH]);
    ports.extend(instance.vnics.iter().flat_map(|vnic| named_ports(document, vnic)));
    let nics = (0..).zip(&instance.vnics).map(|(at, vnic)| plan_nic(document, at, vnic)).collect();
    InstancePlan { name: instance.id.to_string(), nics, ports: ports.into_iter().collect() }
}

/// The TCP ports that the ingress rules of a vnic's groups name.
fn named_ports(document: &Document, vnic: &Vnic) -> Vec<u16> {
    let groups = vnic.groups.iter().filter_map(|id| document.group(id.as_str()));
    let rules = groups.flat_map(|group| &group.rules).filter(|rule| rule.spec.direction == Direction::Ingress);
    let ranges = rules.flat_map(|rule| match &rule.spec.protocol {
        Protocol::Tcp(PortMatch::Ranges(ranges)) => ranges.as_slice(),
        _ => &[],
    });
    ranges
        .filter(|range| range.last() - range.first() < WIDEST)
        .flat_map(|range| range.first()..=range.last())
        .collect()
}

fn plan_nic(document: &Document, at: usize, vnic: &Vnic) -> Nic {
    let subnets = document.network(&vnic.network).map_or(&[][..], |network| &network.subnets);
    let length = |address: IpAddr| {
        let subnet = subnets.iter().find(|subnet| subnet.prefix.contains(address));
        subnet.map_or_else(|| Prefix::host(address).length(), |subnet| subnet.prefix.length())
    };
    // A host without an address of a family has no way to its router.
    let speaks = |router: IpAddr| vnic.addresses.iter().any(|address| address.is_ipv4() == router.is_ipv4());
    // A guest side that the document does not name gets a name from its place, which is short and unique.
    let place = || document.vnics().position(|(_, other)| other.id == vnic.id).unwrap_or_default();
    Nic {
        vnic: vnic.id.to_string(),
        name: format!("eth{at}"),
        guest_side: vnic.interface.clone().unwrap_or_else(|| format!("pcl-{}", place())),
        mac: vnic.mac.to_string(),
        addresses: vnic.addresses.iter().map(|address| (*address, length(*address))).collect(),
        routers: subnets.iter().filter_map(|subnet| subnet.gateway).filter(|gateway| speaks(*gateway)).collect(),
    }
}

/// The prefix length of a gateway's address: its subnet's, or that of link-local addresses.
fn length_for(gateway: IpAddr, subnet: &Subnet) -> u8 {
    if subnet.prefix.contains(gateway) { subnet.prefix.length() } else { 64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::SAMPLE;

    #[test]
    fn the_sample_has_three_instances_and_two_gateways() {
        let (document, diagnostics) = Document::check(SAMPLE);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let plan = Plan::of(&document).unwrap();
        let check = |at: usize, name: &str, guest_side: &str, ports: &[u16]| {
            let instance: &InstancePlan = &plan.instances[at];
            assert_eq!((instance.name.as_str(), instance.nics[0].guest_side.as_str()), (name, guest_side));
            assert_eq!(instance.ports, ports, "{name}");
        };
        check(0, "web", "pcl-web", &[22, 80, 443]);
        check(1, "db", "pcl-db", &[22, 5432]);
        check(2, "bastion", "pcl-bastion", &[22]);
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(plan.gateways, [(address("192.0.2.1"), 24), (address("2001:db8:1::1"), 64)]);
        assert_eq!(plan.instances[0].nics[0].addresses, [(address("192.0.2.10"), 24), (address("2001:db8:1::10"), 64)]);
        assert!(plan.vnic_options(&document).is_empty());
    }

    #[test]
    fn a_vnic_without_an_interface_gets_one() {
        let (document, diagnostics) = Document::check(&SAMPLE.replace("interface: pcl-db", ""));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let plan = Plan::of(&document).unwrap();
        assert_eq!(
            plan.vnic_options(&document),
            ["--vnic", "web=pcl-web", "--vnic", "db=pcl-1", "--vnic", "bastion=pcl-bastion"]
        );
    }

    #[test]
    fn names_that_clash_are_refused() {
        let check = |from: &str, to: &str, expect: &str| {
            let (document, _) = Document::read(&SAMPLE.replace(from, to));
            assert!(Plan::of(&document).unwrap_err().to_string().contains(expect), "{to}");
        };
        check("  - id: bastion\n    vnics", "  - id: outside\n    vnics", "`outside`");
        check("interface: pcl-db", "interface: pcl-outside", "`pcl-outside`");
    }
}
