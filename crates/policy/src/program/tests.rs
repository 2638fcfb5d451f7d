//! Every form of a program says what a search through its rules says: with all classes laid out, with some, with none, and with
//! classes that came into being later.

mod cells;

use allocation_counter::measure;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wire::{Family, IpProtocol};

use super::cells::Winner;
use super::half::{Allowance, Half};
use crate::model::{
    Action, AddressBlock, AddressGroupId, Direction, IcmpMatch, PortMatch, Priority, Protocol, Remote, RuleSpec,
};
use crate::remote::{Blocks, ClassIndex, Remotes, SelectorIndex, Survey};

const ADDRESS_GROUPS: usize = 6;

fn remote(number: usize) -> Remote {
    Remote::AddressGroup(format!("a{number}").parse::<AddressGroupId>().expect("an id"))
}

/// Ports of a rule, and often many rules for neighbouring ones.
fn protocol() -> impl Strategy<Value = Protocol> {
    let range = (1..400_u16, 0..30_u16).prop_map(|(first, more)| format!("{first}-{}", first + more));
    let far = (1..=u16::MAX).prop_map(|port| port.to_string());
    let ports = prop_oneof![8 => range, 3 => far, 1 => Just("any".to_owned()), 1 => Just("1-65535".to_owned())]
        .prop_map(|text| text.parse::<PortMatch>().expect("ports"));
    let icmp =
        select(&["any", "0", "8", "8/0", "255/255"][..]).prop_map(|text| text.parse::<IcmpMatch>().expect("ICMP"));
    prop_oneof![
        8 => ports.prop_map(Protocol::Tcp),
        1 => Just(Protocol::Any),
        1 => Just(Protocol::Udp(PortMatch::Any)),
        1 => icmp.prop_map(Protocol::Icmp),
        1 => any::<u8>().prop_map(|number| Protocol::of_number(Family::Ipv4, IpProtocol(number))),
    ]
}

fn spec() -> impl Strategy<Value = RuleSpec> {
    let remote = prop_oneof![2 => Just(Remote::Any), 5 => (0..ADDRESS_GROUPS).prop_map(remote)];
    (protocol(), remote, any::<bool>()).prop_map(|(protocol, remote, denies)| RuleSpec {
        direction: Direction::Ingress,
        family: Family::Ipv4,
        protocol,
        remote,
        action: if denies { Action::Deny } else { Action::Allow },
        priority: Priority::FIRST,
    })
}

/// Overlapping ranges among 32 addresses.
fn lists() -> impl Strategy<Value = Vec<Vec<AddressBlock>>> {
    let block = (0..32_u8, 0..12_u8).prop_map(|(first, more)| {
        format!("10.0.0.{first}-10.0.0.{}", first.saturating_add(more)).parse().expect("a range")
    });
    vec(vec(block, 0..4), ADDRESS_GROUPS)
}

fn search(rules: &[RuleSpec], remotes: &Remotes, class: ClassIndex, protocol: u8, key: Option<u16>) -> Option<usize> {
    rules.iter().position(|spec| {
        let selector = remotes.selector(&spec.remote);
        let of_protocol = spec.protocol.number(Family::Ipv4).is_none_or(|number| number.0 == protocol);
        let of_key = match (spec.protocol.ports(), spec.protocol.icmp(), key) {
            (Some(ports), _, Some(key)) => ports.contains(key),
            (_, Some(icmp), Some(key)) => {
                let [kind, code] = key.to_be_bytes();
                icmp.contains(kind, code)
            }
            (_, _, None) => spec.protocol.is_bare(),
            (None, None, Some(_)) => true,
        };
        of_protocol && of_key && selector.is_none_or(|selector| remotes.selectors_of(class).contains(&selector))
    })
}

/// What a table of all keys is made of says the same: the rows of a class, and their intervals.
fn check_rows(half: &Half, rules: &[RuleSpec], remotes: &Remotes, class: ClassIndex) -> Result<(), TestCaseError> {
    let rows = half.rows(class, remotes);
    // One protocol that no rule names stands for all of them.
    let other = (0..=u8::MAX).find(|number| !half.names(IpProtocol(*number)));
    for (protocol, number) in [(Some(6), Some(6)), (Some(17), Some(17)), (Some(1), Some(1)), (None, other)] {
        let Some(number) = number else { continue };
        let (intervals, bare) = half.intervals(protocol.map(IpProtocol), &rows);
        let keyed = intervals.into_iter().map(|(first, winner)| (Some(first), winner));
        for (key, winner) in keyed.chain([(None, bare)]) {
            let expect = search(rules, remotes, class, number, key);
            prop_assert_eq!(winner.map(Winner::rank), expect, "{:?} {:?}", protocol, key);
        }
    }
    Ok(())
}

/// A rule for each of some remotes that lie in one another.
fn nested() -> (Vec<RuleSpec>, Remotes) {
    let block = |at: usize| format!("10.0.0.{at}-10.0.0.20").parse::<AddressBlock>().expect("a range");
    let remotes = Remotes::of((0..ADDRESS_GROUPS).map(|at| (remote(at), 1, Blocks::of([block(at)]))));
    let rule = |at: usize| format!("ingress ipv4 tcp {} from address-group:a{at}", 7 * at + 1);
    ((0..ADDRESS_GROUPS).map(|at| rule(at).parse().expect("a rule")).collect(), remotes)
}

#[test]
fn who_is_in_several_remotes_is_looked_up_at_once_as_far_as_is_allowed() {
    let (rules, remotes) = nested();
    let compile = |base, per_rule| {
        let ranked = (0..).zip(&rules).map(|(rank, spec)| (rank, spec, remotes.selector(&spec.remote)));
        Half::compile_within(Allowance { base, per_rule }, ranked.collect(), &remotes.survey())
    };
    // The rows to look into, for the address that has most.
    let most = |half: &Half| {
        let class = |last: u8| remotes.class_of(std::net::Ipv4Addr::new(10, 0, 0, last).into());
        (0..22).map(|last| half.rows(class(last), &remotes).len()).max()
    };
    let none = compile(0, 0);
    assert_eq!(most(&none), Some(ADDRESS_GROUPS));
    assert_eq!(most(&compile(1000, 0)), Some(1));
    assert_eq!(most(&compile(0, 16)), Some(1));
    let forms: Vec<Half> = (0..100).map(|base| compile(base, 0)).collect();
    assert!(forms.windows(2).all(|pair| most(&pair[0]) >= most(&pair[1])), "more is not less");
    // Six classes with a row each, of which five are new: two columns, and the intervals of one of them.
    assert_eq!(forms.iter().position(|half| most(half) == Some(1)), Some(5 + 2 * 4 + 5 + 7 + 9 + 11 + 1));
    for (allowed, half) in forms.iter().enumerate() {
        let mut again = None;
        let allocated = measure(|| again = Some(compile(allowed, 0)));
        assert_eq!(allocated.bytes_current, half.bytes() as i64, "{again:?}");
        // The last row that is made may be the one too many.
        assert!(half.bytes() <= none.bytes() + 16 * (allowed + 20), "{} with {allowed}", half.bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_form_agrees_with_a_search(
        rules in vec(spec(), 0..80),
        before in lists(),
        after in lists(),
        keys in vec(prop_oneof![3 => (0..450_u16).prop_map(Some), 1 => any::<u16>().prop_map(Some), 1 => Just(None)], 40),
    ) {
        let lists = before.iter().enumerate().map(|(at, list)| (remote(at), 1, Blocks::of(list.iter().copied())));
        let old = Remotes::of(lists);
        let mut draft = old.draft();
        for (at, list) in (0..).map(SelectorIndex).zip(&after) {
            draft.set(at, Blocks::of(list.iter().copied()));
        }
        let remotes = draft.finish();
        let (survey, lagging) = (remotes.survey(), old.survey());
        let compile = |base, per_rule, survey: &Survey| {
            let ranked = (0..).zip(&rules).map(|(rank, spec)| (rank, spec, remotes.selector(&spec.remote)));
            Half::compile_within(Allowance { base, per_rule }, ranked.collect(), survey)
        };
        let forms = [
            ("all laid out", compile(usize::MAX / 2, 0, &survey)),
            ("some laid out", compile(10, 1, &survey)),
            ("none laid out", compile(0, 0, &survey)),
            ("later classes", compile(usize::MAX / 2, 0, &lagging)),
        ];
        let named: std::collections::BTreeSet<_> =
            rules.iter().filter_map(|spec| spec.protocol.number(Family::Ipv4)).collect();
        for (form, half) in &forms {
            let told = (0..=u8::MAX).map(IpProtocol).filter(|protocol| half.names(*protocol));
            prop_assert!(told.eq(named.iter().copied()), "{}", form);
        }
        for last in 0..48_u8 {
            let class = remotes.class_of(std::net::Ipv4Addr::new(10, 0, 0, last).into());
            for (form, half) in &forms {
                check_rows(half, &rules, &remotes, class).map_err(|error| TestCaseError::fail(format!("{form}: {error}")))?;
            }
            for (protocol, key) in keys.iter().map(|key| (6, *key)).chain([(17, None), (17, Some(5)), (1, Some(8 << 8)), (1, None), (47, None)]) {
                let expect = search(&rules, &remotes, class, protocol, key);
                for (form, half) in &forms {
                    let found = half.winner(IpProtocol(protocol), key, || class, &remotes);
                    prop_assert_eq!(found.map(|winner| winner.rank()), expect, "{} {} {:?}", form, protocol, key);
                    let action = expect.map(|rank| rules[rank].action);
                    prop_assert_eq!(found.map(|winner| winner.action()), action);
                }
            }
        }
    }
}
