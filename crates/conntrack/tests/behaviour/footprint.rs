//! What a table says of its memory, and what the allocator gave for it.

use allocation_counter::measure;
use conntrack::Way::Original;
use conntrack::{Config, Conntrack, Memory};
use wire::Transport;

use crate::conversation::play;
use crate::fragments::{fragment, gather};
use crate::packets::{ZONE, ms, udp};

#[test]
fn told_is_what_was_allocated() {
    let check = |config: Config| {
        let mut table = None;
        let allocated = measure(|| table = Some(Conntrack::new(config))).bytes_current as usize;
        let told = table.expect("it was made").footprint();
        assert_eq!(told.total(), allocated, "{told:?} of {config:?}");
    };
    for capacity in [128, 1_000, 4_096, 100_000] {
        for zones in [1, 7, 2_048] {
            check(Config { capacity, zones, memory: Memory::AtStart, ..Config::default() });
            check(Config { capacity, zones, memory: Memory::AsNeeded, ..Config::default() });
        }
    }
}

#[test]
fn fragments_that_wait_are_told() {
    let mut table = Conntrack::new(Config::default());
    let before = table.footprint();
    gather(&mut table, ZONE, &fragment(1, 0, 16, true), b"frame", ms(0));
    let after = table.footprint();
    assert!(table.kept_fragments() > 0);
    assert_eq!(after.fragments, table.kept_fragments());
    assert_eq!(after.total(), before.total() + table.kept_fragments());
}

/// Room is taken in steps, and only when there is none.
#[test]
fn a_table_grows_when_it_is_full() {
    let mut table = Conntrack::new(Config { memory: Memory::AsNeeded, ..Config::default() });
    let first = table.footprint();
    let mut flows = 0_u16;
    while table.footprint().flows == first.flows {
        let mut packet = udp(Original);
        let Transport::Udp(header) = &mut packet.transport else { unreachable!("built as UDP") };
        header.ports.source = 1000 + flows;
        play(&mut table, &packet, 0);
        flows += 1;
    }
    assert_eq!((flows, table.footprint().flows), (65, first.flows * 2));
}
