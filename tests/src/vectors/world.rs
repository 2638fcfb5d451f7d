//! The two instances of the vectors, and their named policies.

use std::collections::HashMap;
use std::net::IpAddr;

use anyhow::Context;
use policy::Document;
use serde::Deserialize;
use serde_json::json;

/// `world.json`: two ports, the gateway, and the policies in words.
#[derive(Clone, Debug, Deserialize)]
pub struct World {
    vm1: Host,
    vm2: Host,
    gateway: Host,
    policies: HashMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Host {
    mac: String,
    ip: IpAddr,
    ip6: IpAddr,
    ll: IpAddr,
}

/// The named policies as rules; `world.json` has them in words.
const POLICIES: [(&str, &[&str]); 9] = [
    ("default", &["egress ipv4 any to any", "egress ipv6 any to any"]),
    (
        "web",
        &[
            "ingress ipv4 tcp 80,443 from any",
            "ingress ipv6 tcp 80,443 from any",
            "egress ipv4 any to any",
            "egress ipv6 any to any",
        ],
    ),
    ("egress443", &["egress ipv4 tcp 443 to any", "egress ipv6 tcp 443 to any"]),
    (
        "ssh_cidr",
        &[
            "ingress ipv4 tcp 22 from 203.0.113.0/24",
            "ingress ipv6 tcp 22 from 2001:db8:fffe::/48",
            "egress ipv4 any to any",
            "egress ipv6 any to any",
        ],
    ),
    (
        "echo",
        &[
            "ingress ipv4 icmp 8/0 from any",
            "ingress ipv6 icmpv6 128/0 from any",
            "egress ipv4 any to any",
            "egress ipv6 any to any",
        ],
    ),
    (
        "udp53",
        &[
            "ingress ipv4 udp 53 from any",
            "ingress ipv6 udp 53 from any",
            "egress ipv4 tcp 443 to any",
            "egress ipv6 tcp 443 to any",
        ],
    ),
    (
        "sctp5000",
        &[
            "ingress ipv4 sctp 5000 from any",
            "ingress ipv6 sctp 5000 from any",
            "egress ipv4 any to any",
            "egress ipv6 any to any",
        ],
    ),
    (
        "peer_group",
        &[
            "ingress ipv4 any from group:peers",
            "ingress ipv6 any from group:peers",
            "egress ipv4 any to any",
            "egress ipv6 any to any",
        ],
    ),
    (
        "web_deny_else",
        &[
            "ingress ipv4 tcp 80,443 from any",
            "ingress ipv6 tcp 80,443 from any",
            "egress ipv4 udp 53 to any",
            "egress ipv6 udp 53 to any",
        ],
    ),
];

impl World {
    /// The document in which `vm1` has the named policy and `vm2` has `default`.
    ///
    /// # Errors
    /// The world or this runner does not know the policy.
    pub fn document(&self, name: &str) -> anyhow::Result<Document> {
        self.policies.get(name).with_context(|| format!("the world has no policy `{name}`"))?;
        let (_, rules) = POLICIES
            .iter()
            .find(|(known, _)| *known == name)
            .with_context(|| format!("this runner has no rules for the policy `{name}`"))?;
        let (_, default_rules) = POLICIES[0];
        let document = json!({
            "version": 1,
            "networks": [{"id": "net", "subnets": [
                {"prefix": subnet(self.vm1.ip, 24), "gateway": self.gateway.ip},
                {"prefix": subnet(self.vm1.ip6, 64), "gateway": self.gateway.ll},
            ]}],
            "groups": [{"id": "vm1-policy", "rules": rules}, {"id": "peers", "rules": default_rules}],
            "instances": [self.vm1.instance("vm1", "vm1-policy"), self.vm2.instance("vm2", "peers")],
        });
        let (document, faults) = Document::read_value(&document);
        match faults.iter().find(|fault| fault.severity == policy::Severity::Error) {
            None => Ok(document),
            Some(fault) => anyhow::bail!("the world does not make a document: {fault}"),
        }
    }
}

impl Host {
    fn instance(&self, id: &str, group: &str) -> serde_json::Value {
        json!({"id": id, "vnics": [{"id": id, "network": "net", "mac": self.mac, "addresses": [self.ip, self.ip6], "groups": [group]}]})
    }
}

fn subnet(address: IpAddr, length: u8) -> String {
    policy::Prefix::masked(address, length).map_or_else(|error| error.to_string(), |prefix| prefix.to_string())
}

/// The same IPv4 frame from another sender: identification, the low bytes of the source address and the source port differ.
pub(super) fn vary(frame: &[u8], number: u32) -> Vec<u8> {
    let mut varied = frame.to_vec();
    let is_plain_ipv4 = frame.len() >= 38 && frame[12..15] == [0x08, 0x00, 0x45];
    if !is_plain_ipv4 {
        return varied;
    }
    let [_, high, middle, low] = number.to_be_bytes();
    let fragment = u16::from_be_bytes([frame[20], frame[21]]) & 0x3fff != 0;
    let mut change = |at: usize, word: [u8; 2], checksums: &[usize]| {
        let old = [varied[at], varied[at + 1]];
        varied[at..at + 2].copy_from_slice(&word);
        checksums.iter().for_each(|sum| adjust(&mut varied, *sum, old, word));
    };
    change(18, [middle, low], &[24]);
    if !fragment {
        // The TCP checksum covers address and port (RFC 9293 section 3.1).
        change(28, [high ^ 0x33, middle], &[24, 50]);
        change(34, [0x80 | middle & 0x3f, low], &[50]);
    }
    varied
}

/// Changes an Internet checksum as a word under it changes (RFC 1624).
fn adjust(frame: &mut [u8], at: usize, old: [u8; 2], new: [u8; 2]) {
    if at + 1 >= frame.len() {
        return;
    }
    let sum = u16::from_be_bytes([frame[at], frame[at + 1]]);
    let mut folded = u32::from(!sum) + u32::from(!u16::from_be_bytes(old)) + u32::from(u16::from_be_bytes(new));
    while folded > 0xffff {
        folded = (folded & 0xffff) + (folded >> 16);
    }
    frame[at..at + 2].copy_from_slice(&(!(folded as u16)).to_be_bytes());
}
