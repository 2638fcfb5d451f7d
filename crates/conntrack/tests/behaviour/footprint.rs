//! What a table says of its memory, and what the allocator gave for it.

use allocation_counter::measure;
use conntrack::{Config, Conntrack, Memory};

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
