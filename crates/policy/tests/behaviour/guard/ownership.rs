//! Which MACs and addresses are a vnic's.

use std::net::IpAddr;

use policy::PolicyVnic;
use wire::MacAddr;

use super::{policy, vnic};

fn mac(last: u8) -> MacAddr {
    MacAddr([2, 0, 0, 0, 0, last])
}

/// Addresses around everything that the vnics of the document have.
const ADDRESSES: [&str; 19] = [
    "0.0.0.0",
    "192.0.2.9",
    "192.0.2.10",
    "192.0.2.11",
    "198.51.99.255",
    "198.51.100.0",
    "198.51.100.255",
    "198.51.101.0",
    "203.0.113.6",
    "203.0.113.7",
    "203.0.113.8",
    "::",
    "2001:db8::10",
    "2001:db8::11",
    "2001:db8:7::",
    "2001:db8:7:1::",
    "fe80::ff:fe00:a",
    "fe80::ff:fe00:aa",
    "fe80::ff:fe00:b",
];

fn addresses() -> impl Iterator<Item = IpAddr> {
    ADDRESSES.iter().map(|text| text.parse().expect("an address"))
}

fn owned(vnic: &PolicyVnic, mac: MacAddr) -> Vec<String> {
    addresses().filter(|address| vnic.owns(*address, mac)).map(|address| address.to_string()).collect()
}

#[test]
fn each_mac_has_its_addresses() {
    let policy = policy("portcullis");
    let (_, web) = vnic(&policy, "web");
    let of_own = ["192.0.2.10", "198.51.100.0", "198.51.100.255", "2001:db8::10", "2001:db8:7::", "fe80::ff:fe00:a"];
    assert_eq!(owned(web, mac(0x0a)), of_own);
    assert_eq!(owned(web, mac(0xaa)), ["203.0.113.7", "fe80::ff:fe00:aa"]);
    assert_eq!(owned(web, mac(0x0b)), [""; 0]);
    let (_, bare) = vnic(&policy, "bare");
    assert_eq!(owned(bare, mac(0x0d)), [""; 0]);
    assert!(bare.owns(IpAddr::V6(mac(0x0d).link_local()), mac(0x0d)));
    assert!(bare.owns_address(IpAddr::V6(mac(0x0d).link_local())));
}

#[test]
fn the_addresses_of_a_vnic_are_those_of_its_macs() {
    let policy = policy("portcullis");
    for (_, vnic) in policy.vnics() {
        let macs: Vec<MacAddr> = (0..=u8::MAX).map(mac).filter(|mac| vnic.owns_mac(*mac)).collect();
        let expect = [vnic.mac].into_iter().chain(vnic.allowed_pairs.iter().filter_map(|pair| pair.mac));
        assert_eq!(macs, expect.collect::<Vec<MacAddr>>(), "{}", vnic.id);
        for address in addresses() {
            let by_mac = (0..=u8::MAX).map(mac).filter(|mac| vnic.owns(address, *mac)).collect::<Vec<MacAddr>>();
            assert!(by_mac.iter().all(|mac| macs.contains(mac)), "{} {address}", vnic.id);
            assert_eq!(vnic.owns_address(address), !by_mac.is_empty(), "{} {address}", vnic.id);
        }
    }
}
