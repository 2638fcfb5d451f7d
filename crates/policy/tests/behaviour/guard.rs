//! The source guard, frame by frame: who may send what, and what may reach whom.
//!
//! Frames are texts of [`Sketch`]. One without Ethernet addresses goes between the vnic and the router. What the guard says is
//! written with its stable names: `pass`, `off`, `infra:NAME`, `guard:NAME`.

mod bum;
mod egress;
mod ingress;
mod meaning;
mod neighbor;
mod ownership;

use policy::{Direction, Document, Guarded, Policy, PolicyVnic, Revision, VnicIndex, resolve};
use wire::{Checksum, MacAddr, Packet, Sketch, build, glance};

/// Who is no instance.
const ROUTER: MacAddr = MacAddr([2, 0, 0, 0, 0, 0xfe]);

/// The link-local address of `02:00:00:00:00:0a` is `fe80::ff:fe00:a`, and so on.
const DOCUMENT: &str = "
version: 1
networks:
  - id: lan
    ethertypes: ['0x88cc', '0x893a']
    subnets:
      - {prefix: 192.0.2.0/24, gateway: 192.0.2.1}
      - {prefix: 10.0.0.4/31}
      - {prefix: 10.0.0.8/30}
      - {prefix: 10.0.0.32/32}
      - {prefix: '2001:db8::/64', gateway: '2001:db8::1'}
  - id: served
    subnets:
      - {prefix: 198.18.0.0/24, dhcp: [198.18.0.2, 198.18.0.3]}
      - {prefix: '2001:db8:5::/64'}
  - id: routed
    subnets:
      - {prefix: '2001:db8:6::/64', gateway: 'fe80::1', dhcp: ['fe80::2']}
      - {prefix: '2001:db8:8::/64', gateway: 'fe80::9'}
groups:
  - id: default
instances:
  - id: web
    vnics:
      - id: web
        network: lan
        mac: '02:00:00:00:00:0a'
        addresses: [192.0.2.10, '2001:db8::10']
        allowed_pairs:
          - 198.51.100.0/24
          - '2001:db8:7::/64'
          - '203.0.113.7/32 02:00:00:00:00:aa'
        groups: [default]
  - id: other
    vnics:
      - id: other
        network: lan
        mac: '02:00:00:00:00:0b'
        addresses: [192.0.2.11, '2001:db8::11']
        allowed_pairs: ['203.0.113.8/32 02:00:00:00:00:bb']
        groups: [default]
  - id: off
    vnics: [{id: off, network: lan, mac: '02:00:00:00:00:0c', addresses: [192.0.2.12], port_security: false}]
  - id: bare
    vnics: [{id: bare, network: lan, mac: '02:00:00:00:00:0d', groups: [default]}]
  - id: served
    vnics: [{id: served, network: served, mac: '02:00:00:00:00:1a', addresses: [198.18.0.10], groups: [default]}]
  - id: routed
    vnics: [{id: routed, network: routed, mac: '02:00:00:00:00:2a', addresses: ['2001:db8:6::10'], groups: [default]}]
";

/// The document in a profile.
fn document(profile: &str) -> Document {
    let (document, faults) = Document::read(&format!("profile: {profile}\n{DOCUMENT}"));
    assert_eq!(faults, []);
    document
}

fn policy(profile: &str) -> Policy {
    resolve(&document(profile), Revision(1)).expect("it resolves")
}

fn vnic<'p>(policy: &'p Policy, id: &str) -> (VnicIndex, &'p PolicyVnic) {
    policy.vnics().find(|(_, vnic)| vnic.id.as_str() == id).expect("a vnic of the document")
}

fn said(guarded: Guarded) -> String {
    match guarded {
        Guarded::Off => "off".to_owned(),
        Guarded::Pass => "pass".to_owned(),
        Guarded::Infra(infra) => format!("infra:{infra}"),
        Guarded::Drop(spoof) => format!("guard:{spoof}"),
    }
}

/// What the guard of a vnic says of frames.
fn check_in(profile: &str, id: &str, direction: Direction, frames: &[(&str, &str)]) {
    let policy = policy(profile);
    let (index, vnic) = vnic(&policy, id);
    let (source, destination) = match direction {
        Direction::Egress => (vnic.mac, ROUTER),
        Direction::Ingress => (ROUTER, vnic.mac),
    };
    for (text, expect) in frames {
        let sketch: Sketch = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let packet = sketch.onto(source, destination);
        let guarded = policy.guard(index, direction, &packet);
        assert_eq!(said(guarded), *expect, "{id} {direction}: {text}");
        check_glance(&policy, index, direction, &packet, guarded);
    }
}

/// A glance lets through exactly what the guard has nothing against, but for frames to many that reach the instance.
fn check_glance(policy: &Policy, vnic: VnicIndex, direction: Direction, packet: &Packet, guarded: Guarded) {
    let frame = build(packet);
    if let Some(gist) = glance(&frame, Checksum::Complete) {
        let to_many = direction == Direction::Ingress && packet.destination_mac.is_multicast();
        let waved = policy.waves_through(vnic, direction, &frame, &gist);
        assert_eq!(waved, guarded == Guarded::Pass && !to_many, "{direction}: {packet}");
    }
}

fn from(id: &str, frames: &[(&str, &str)]) {
    check_in("portcullis", id, Direction::Egress, frames);
}

fn to(id: &str, frames: &[(&str, &str)]) {
    check_in("portcullis", id, Direction::Ingress, frames);
}

#[test]
fn without_port_security_nothing_is_asked() {
    let everything = [
        ("tcp 192.0.2.12:1 > 192.0.2.11:2", "off"),
        ("02:00:00:00:00:99 > 02:00:00:00:00:98 tcp 192.0.2.99:1 > 192.0.2.11:2", "off"),
        ("vlan 0x8100", "off"),
        ("arp who-has 192.0.2.1 tell 192.0.2.10 sha=02:00:00:00:00:0a", "off"),
        ("udp 192.0.2.12:67 > 255.255.255.255:68", "off"),
    ];
    for profile in ["portcullis", "aws"] {
        check_in(profile, "off", Direction::Egress, &everything);
        check_in(profile, "off", Direction::Ingress, &everything);
    }
}

#[test]
fn frames_that_are_neither_ip_nor_arp_need_the_word_of_the_network() {
    let frames = [
        ("ethertype 0x88cc", "infra:ethertype"),
        ("ethertype 0x893a", "infra:ethertype"),
        ("ethertype 0x88cb", "guard:ethertype"),
        ("ethertype 0x88cd", "guard:ethertype"),
        ("vlan 0x8100", "guard:vlan"),
        ("vlan 0x88a8", "guard:vlan"),
        ("llc 100", "guard:llc"),
    ];
    from("web", &frames);
    to("web", &frames);
    from("served", &[("ethertype 0x88cc", "guard:ethertype")]);
    to("served", &[("ethertype 0x88cc", "guard:ethertype")]);
}
