//! What the guard says in sentences.

use std::collections::HashSet;

use policy::{Infra, Spoof};

use super::{policy, vnic};

const INFRA: [Infra; 13] = [
    Infra::Arp,
    Infra::Rarp,
    Infra::DhcpClient,
    Infra::DhcpServer,
    Infra::Dhcpv6Client,
    Infra::Dhcpv6Server,
    Infra::NeighborSolicitation,
    Infra::NeighborAdvertisement,
    Infra::RouterSolicitation,
    Infra::RouterAdvertisement,
    Infra::MldReport,
    Infra::MldQuery,
    Infra::EtherType,
];

const SPOOFS: [Spoof; 19] = [
    Spoof::SourceMac,
    Spoof::Vlan,
    Spoof::Llc,
    Spoof::EtherType,
    Spoof::NotForMe,
    Spoof::ArpOperation,
    Spoof::ArpSenderMac,
    Spoof::ArpSenderAddress,
    Spoof::ArpTarget,
    Spoof::DhcpClient,
    Spoof::DhcpServer,
    Spoof::HopLimit,
    Spoof::NeighborFragment,
    Spoof::NeighborTarget,
    Spoof::NeighborMac,
    Spoof::RouterAdvertisement,
    Spoof::Redirect,
    Spoof::SourceAddress,
    Spoof::Bum,
];

/// What a spoof means at a vnic of the document.
fn meaning(spoof: Spoof, id: &str) -> String {
    spoof.meaning(vnic(&policy("portcullis"), id).1)
}

#[test]
fn every_answer_has_words_of_its_own() {
    let said: Vec<String> = INFRA
        .map(|infra| infra.meaning().to_owned())
        .into_iter()
        .chain(SPOOFS.map(|spoof| meaning(spoof, "web")))
        .collect();
    assert!(said.iter().all(|meaning| meaning.contains(' ')), "{said:?}");
    assert_eq!(said.iter().collect::<HashSet<_>>().len(), said.len(), "{said:?}");
}

#[test]
fn every_answer_has_a_name_of_its_own() {
    let infra: HashSet<String> = INFRA.iter().map(Infra::to_string).collect();
    let spoofs: HashSet<String> = SPOOFS.iter().map(Spoof::to_string).collect();
    assert_eq!((infra.len(), spoofs.len()), (INFRA.len(), SPOOFS.len()));
}

#[test]
fn a_foreign_mac_is_told_the_vnics() {
    for spoof in [Spoof::SourceMac, Spoof::NotForMe] {
        let said = meaning(spoof, "web");
        assert!(said.contains("`02:00:00:00:00:0a`"), "{said}");
    }
}

#[test]
fn a_foreign_address_is_told_the_vnics() {
    for spoof in [Spoof::ArpSenderAddress, Spoof::ArpTarget, Spoof::NeighborTarget, Spoof::SourceAddress] {
        let check = |id: &str, expect: &str| {
            let said = meaning(spoof, id);
            assert!(said.contains(expect), "{said}");
        };
        check("web", "one of the vnic's `192.0.2.10`, `2001:db8::10`");
        check("served", " the vnic's `198.18.0.10`");
        check("bare", "the vnic's, which has none");
    }
}

#[test]
fn what_can_be_permitted_is_told_how() {
    for (spoof, how) in [
        (Spoof::SourceMac, "an allowed address pair can permit"),
        (Spoof::ArpSenderAddress, "an allowed address pair can permit"),
        (Spoof::NeighborTarget, "an allowed address pair can permit"),
        (Spoof::SourceAddress, "an allowed address pair can permit"),
        (Spoof::EtherType, "`ethertypes` of the network"),
        (Spoof::DhcpServer, "`dhcp` of the subnet"),
        (Spoof::RouterAdvertisement, "`gateway` of the subnet"),
    ] {
        assert!(meaning(spoof, "web").contains(how), "{spoof}");
    }
}
