//! What a table says of its memory, and what the allocator gave for it.

use allocation_counter::measure;
use conntrack::{Config, Conntrack, Memory};

use crate::fragments::{fragment, gather};
use crate::packets::{ZONE, ms};

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
