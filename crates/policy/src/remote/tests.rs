//! The class of an address is the set of the selectors that list it, at first and after every change.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use wire::Family;

use super::{Blocks, ClassIndex, Classes, Remotes, SelectorIndex};
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

#[test]
fn a_remote_may_come_to_the_highest_address_and_leave_it() {
    for highest in [IpAddr::V4(u32::MAX.into()), IpAddr::V6(u128::MAX.into())] {
        let host = vec![AddressBlock::Prefix(crate::Prefix::host(highest))];
        let mut remotes = Remotes::of([(remote(0), 1, Blocks::default())]);
        for list in [host, Vec::new()] {
            let mut draft = remotes.draft();
            draft.set(SelectorIndex(0), Blocks::of(list.iter().copied()));
            remotes = draft.finish();
            let lists = [list];
            borders(&lists).into_iter().chain([highest]).for_each(|address| check(&remotes, &lists, address));
        }
    }
}

/// Remotes of hosts, so many named by a rule.
fn of_hosts(named: u32) -> Remotes {
    Remotes::of((0..named).map(|at| (remote(at as usize), 1, host(at))))
}

fn host(number: u32) -> Blocks {
    Blocks::of([crate::Prefix::host(IpAddr::V4((0x0a00_0000 + 2 * number).into()))])
}

/// More than twice what is used, and more than what is never worth a new start.
const FEW: usize = 1024;

#[test]
fn remotes_that_no_rule_names_any_more_are_litter() {
    for named in [0, 1, 10, 300] {
        let mut remotes = of_hosts(named);
        let most = 2 * named as usize + FEW;
        for number in named as usize..=most {
            assert!(!remotes.is_littered(), "{number} of {named}");
            let mut draft = remotes.draft();
            draft.name(&remote(number));
            draft.forget(&remote(number));
            remotes = draft.finish();
        }
        assert_eq!(remotes.selectors.len(), most + 1);
        assert!(remotes.is_littered(), "{named}");
        // Those that are named again are none.
        let mut draft = remotes.draft();
        draft.name(&remote(most));
        assert!(!draft.finish().is_littered(), "{named}");
    }
}

#[test]
fn classes_that_no_address_is_of_any_more_are_litter() {
    for others in [0, 50] {
        let shared = 12;
        let mut remotes = of_hosts(shared + others);
        // The Gray code: one bit is another at each step, and every set of remotes comes once.
        let littered = (1..1_u32 << shared).find(|step| {
            let (code, bit) = (step ^ step >> 1, step.trailing_zeros());
            let far = host(1 << 20);
            let mut draft = remotes.draft();
            draft.set(SelectorIndex(bit), if code >> bit & 1 == 1 { far } else { Blocks::default() });
            remotes = draft.finish();
            let is_litter = remotes.classes.len() > 2 * (remotes.v4.len() + remotes.v6.len()) + FEW;
            assert_eq!(remotes.is_littered(), is_litter, "{} classes", remotes.classes.len());
            is_litter
        });
        assert!(littered.is_some_and(|step| step > 1024));
    }
}

#[test]
fn a_remote_is_found_while_a_rule_names_it() {
    let mut draft = of_hosts(2).draft();
    let address = |number: u32| IpAddr::V4((0x0a00_0000 + 2 * number).into());
    assert_eq!(draft.name(&remote(1)), (SelectorIndex(1), crate::cow::Age::Known));
    draft.forget(&remote(1));
    let remotes = draft.finish();
    assert_eq!(remotes.selector(&remote(1)), Some(SelectorIndex(1)));
    assert_eq!(remotes.selectors_of(remotes.class_of(address(1))), [SelectorIndex(1)]);
    let mut draft = remotes.draft();
    draft.forget(&remote(1));
    // Nobody named it.
    draft.forget(&remote(1));
    draft.forget(&remote(7));
    let gone = draft.finish();
    assert_eq!((gone.selector(&remote(1)), gone.selector(&remote(0))), (None, Some(SelectorIndex(0))));
    assert_eq!(gone.selectors_of(gone.class_of(address(1))), []);
    let mut draft = gone.draft();
    assert_eq!(draft.name(&remote(1)), (SelectorIndex(1), crate::cow::Age::New));
    assert_eq!(draft.name(&remote(1)), (SelectorIndex(1), crate::cow::Age::Known));
    assert_eq!(draft.name(&remote(2)), (SelectorIndex(2), crate::cow::Age::New));
    assert!(draft.blocks(SelectorIndex(1)).is_empty());
}

#[test]
fn a_class_is_a_set_and_each_set_is_one_class() {
    let mut classes = Classes::new();
    let set = |numbers: &[u32]| numbers.iter().copied().map(SelectorIndex).collect::<Vec<_>>();
    assert_eq!(classes.intern(&[]), ClassIndex::NOWHERE);
    let one = classes.with(ClassIndex::NOWHERE, SelectorIndex(5));
    let two = classes.with(one, SelectorIndex(3));
    let three = classes.with(two, SelectorIndex(9));
    assert_eq!(classes.selectors(three), set(&[3, 5, 9]));
    assert_eq!(classes.with(three, SelectorIndex(5)), three);
    assert_eq!(classes.without(three, SelectorIndex(4)), three);
    let ends = classes.without(three, SelectorIndex(5));
    assert_eq!(classes.selectors(ends), set(&[3, 9]));
    assert_eq!(classes.with(ends, SelectorIndex(5)), three);
    assert_eq!(classes.without(one, SelectorIndex(5)), ClassIndex::NOWHERE);
    assert_eq!(classes.intern(&set(&[3, 5])), two);
    assert_eq!(classes.len(), 5);
    let sets: Vec<Vec<SelectorIndex>> = classes.iter().map(<[_]>::to_vec).collect();
    assert_eq!(sets, [set(&[]), set(&[5]), set(&[3, 5]), set(&[3, 5, 9]), set(&[3, 9])]);
}

#[test]
fn a_survey_has_the_classes_of_each_remote() {
    let lists: Vec<Vec<AddressBlock>> = ["10.0.0.0-10.0.0.9", "10.0.0.5-10.0.0.20", "10.0.0.7-10.0.0.8"]
        .map(|text| vec![text.parse().expect("a range")])
        .to_vec();
    let selectors = lists.iter().enumerate().map(|(at, list)| (remote(at), 1, Blocks::of(list.iter().copied())));
    let remotes = Remotes::of(selectors);
    let survey = remotes.survey();
    assert_eq!(survey.end(), ClassIndex(remotes.classes.len() as u32));
    for selector in (0..3).map(SelectorIndex) {
        let classes = (0..remotes.classes.len() as u32).map(ClassIndex);
        let expect: Vec<ClassIndex> =
            classes.filter(|class| remotes.selectors_of(*class).contains(&selector)).collect();
        assert_eq!(survey.classes_of(selector), expect);
    }
    assert_eq!(survey.classes_of(SelectorIndex(3)), []);
    assert!(!survey.lags_behind(&remotes));
}

#[test]
fn a_survey_lags_behind_when_a_quarter_and_some_more_are_new() {
    for start in [3, 1000] {
        let mut remotes = of_hosts(start);
        let survey = remotes.survey();
        let known = remotes.classes.len();
        let most = known + known / 4 + 256;
        for number in start..start + 2000 {
            assert_eq!(survey.lags_behind(&remotes), remotes.classes.len() > most, "{}", remotes.classes.len());
            if remotes.classes.len() > most {
                break;
            }
            let mut draft = remotes.draft();
            let (selector, _) = draft.name(&remote(number as usize));
            draft.set(selector, host(number));
            remotes = draft.finish();
        }
        assert_eq!(remotes.classes.len(), most + 1);
    }
}

#[test]
fn remotes_take_about_what_was_allocated() {
    let in_v6 = |number: u32| Blocks::of([crate::Prefix::host(IpAddr::V6(u128::from(7 * number + 1).into()))]);
    for (count, family) in [(0, Family::Ipv4), (10, Family::Ipv4), (3000, Family::Ipv4), (3000, Family::Ipv6)] {
        let blocks = |at: u32| if family == Family::Ipv4 { host(at) } else { in_v6(at) };
        let mut remotes = None;
        let make = || remotes = Some(Remotes::of((0..count).map(|at| (remote(at as usize), 1, blocks(at)))));
        let allocated = allocation_counter::measure(make).bytes_current as usize;
        // The names of the remotes are the document's.
        let names: usize = (0..count as usize).map(|at| remote(at).to_string().len()).sum();
        let told = remotes.expect("they were made").bytes();
        let most = told + 24 * count as usize + names + 500;
        assert!((told..=most).contains(&allocated), "{count} {family}: {told} {allocated}");
    }
}
