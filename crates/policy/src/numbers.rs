//! Addresses as numbers: for each family, from 0 up.

use std::net::IpAddr;

use wire::Family;

/// The number of an address.
pub fn number_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The number of the highest address of a family.
pub fn highest_number(family: Family) -> u128 {
    match family {
        Family::Ipv4 => u32::MAX.into(),
        Family::Ipv6 => u128::MAX,
    }
}
