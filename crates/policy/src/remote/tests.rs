//! The class of an address is the set of the selectors that list it, at first and after every change.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Blocks, Remotes, SelectorIndex};
use crate::model::{AddressBlock, AddressGroupId, AddressRange, Remote};

fn remote(number: usize) -> Remote {
    Remote::AddressGroup(format!("a{number}").parse::<AddressGroupId>().expect("an id"))
}

/// Addresses that crowd in some places and are far apart elsewhere.
fn address() -> impl Strategy<Value = IpAddr> {
    let bits = prop_oneof![
        any::<u128>(),
        (0..64_u128),
        (0..2000_u128).prop_map(|low| u128::MAX - low),
        (0..128_u32).prop_map(|bit| 1 << bit)
    ];
    (bits, any::<bool>()).prop_map(|(bits, is_v4)| match is_v4 {
        true => IpAddr::V4((bits as u32).into()),
        false => IpAddr::V6(bits.into()),
    })
}

fn blocks() -> impl Strategy<Value = Vec<AddressBlock>> {
    let range = (address(), address()).prop_filter_map("of one family", |(one, other)| {
        AddressRange::new(one.min(other), one.max(other)).ok().map(AddressBlock::Range)
    });
    let host = address().prop_map(|address| AddressBlock::Prefix(crate::Prefix::host(address)));
    vec(prop_oneof![1 => range, 3 => host], 0..30)
}

fn check(remotes: &Remotes, lists: &[Vec<AddressBlock>], address: IpAddr) {
    let contains = |list: &Vec<AddressBlock>| list.iter().any(|block| block.contains(address));
    let expect = (0..).map(SelectorIndex).zip(lists).filter(|(_, list)| contains(list)).map(|(index, _)| index);
    let found = remotes.selectors_of(remotes.class_of(address));
    assert_eq!(found, expect.collect::<Vec<SelectorIndex>>(), "{address}");
}

fn borders(lists: &[Vec<AddressBlock>]) -> Vec<IpAddr> {
    let around = |address: IpAddr| match address {
        IpAddr::V4(one) => [0, 1, u32::MAX].map(|step| IpAddr::V4(one.to_bits().wrapping_add(step).into())),
        IpAddr::V6(one) => [0, 1, u128::MAX].map(|step| IpAddr::V6(one.to_bits().wrapping_add(step).into())),
    };
    lists.iter().flatten().flat_map(|block| [block.first(), block.last()]).flat_map(around).collect()
}

proptest! {
    #[test]
    fn classes_are_what_is_listed(
        start in vec(blocks(), 1..6),
        changes in vec((any::<prop::sample::Index>(), blocks()), 0..6),
        asked in vec(address(), 50),
    ) {
        let mut lists = start;
        let selectors = lists.iter().enumerate().map(|(at, list)| (remote(at), 1, Blocks::of(list.iter().copied())));
        let mut remotes = Remotes::of(selectors);
        for (which, list) in changes {
            borders(&lists).into_iter().chain(asked.iter().copied()).for_each(|address| check(&remotes, &lists, address));
            let which = which.index(lists.len());
            let mut draft = remotes.draft();
            draft.set(SelectorIndex(which as u32), Blocks::of(list.iter().copied()));
            remotes = draft.finish();
            lists[which] = list;
        }
        borders(&lists).into_iter().chain(asked).for_each(|address| check(&remotes, &lists, address));
        // The intervals are as few as if they were made anew.
        let selectors = lists.iter().enumerate().map(|(at, list)| (remote(at), 1, Blocks::of(list.iter().copied())));
        let anew = Remotes::of(selectors);
        prop_assert_eq!((remotes.v4.len(), remotes.v6.len()), (anew.v4.len(), anew.v6.len()));
    }
}
