//! A table says at every border what a search through its intervals says, and is as large as its borders are many.

use allocation_counter::measure;

use super::*;
use crate::numbers::highest_number;

/// Each interval is of a class of its own.
fn partition(family: Family, borders: &[u128]) -> Partition {
    let starts: Vec<u128> = [0].iter().chain(borders).copied().collect();
    let classes = (0..).map(ClassIndex).take(starts.len()).collect();
    Partition::new(family, starts, classes)
}

/// The table of ascending borders, none of which is 0.
fn table<K: Number>(family: Family, borders: &[u128]) -> Table<K> {
    let table = Table::of(partition(family, borders));
    let highest = highest_number(family);
    let around = borders.iter().flat_map(|border| [border - 1, *border, border.saturating_add(1).min(highest)]);
    for address in around.chain([0, 1, highest / 2, highest - 1, highest]) {
        let expect = borders.partition_point(|border| *border <= address);
        let found = K::try_from(address).ok().map(|key| table.find(key));
        assert_eq!(found, Some(ClassIndex(expect as u32)), "{address:#x} in {} borders", borders.len());
    }
    assert_eq!(table.len(), borders.len() + 1);
    assert_eq!(table.partition(family), partition(family, borders));
    let starts = [0].iter().chain(borders).copied();
    assert!(table.intervals().eq(starts.zip((0..).map(ClassIndex))));
    if borders.len() < 500 {
        assert_shape(&table);
    }
    table
}

#[test]
fn parts_come_back_as_they_were_packed() {
    let numbers = [0, 1, (1 << 28) - 1];
    for number in numbers {
        let few = (1..=FEW as u32).map(|others| Part::Few { interval: number, others });
        for part in few.chain([Part::Class(ClassIndex(number << 2)), Part::Node(number << 2)]) {
            assert_eq!(part.pack().part(), part);
        }
    }
}

/// A node has no more parts than four for a border, and a part no more borders than are searched.
fn assert_shape<K: Number>(table: &Table<K>) {
    let ends: Vec<usize> = table.nodes.iter().map(|node| node.first_part as usize).chain([table.parts.len()]).collect();
    for node in &table.nodes {
        let first = node.first_part as usize;
        let count = ((node.last.into() - node.base.into()) >> node.shift) as usize + 1;
        assert!(ends.contains(&(first + count)), "the parts of a node are its own");
        let inside =
            table.intervals.iter().filter(|interval| node.base < { interval.start } && { interval.start } <= node.last);
        let inside = inside.count();
        assert!(count <= 1 << WIDEST && count <= (4 * inside).max(1), "{count} parts for {inside} borders");
        // About two for each, where so many are allowed.
        assert!(count >= inside.min(1 << (WIDEST - 2)), "{count} parts for {inside} borders");
    }
    for node in &table.nodes {
        let (first, base): (usize, u128) = (node.first_part as usize, node.base.into());
        let count = ((node.last.into() - base) >> node.shift) as usize + 1;
        for (number, part) in (0_u128..).zip(&table.parts[first..first + count]) {
            let begin = base + (number << node.shift);
            let end = begin.saturating_add((1 << node.shift) - 1).min(node.last.into());
            let within =
                |interval: &&Interval<K>| begin < { interval.start }.into() && { interval.start }.into() <= end;
            match part.part() {
                Part::Class(_) => assert_eq!(table.intervals.iter().filter(within).count(), 0),
                Part::Few { others, .. } => {
                    assert_eq!(table.intervals.iter().filter(within).count(), others as usize);
                    assert!(others as usize <= FEW);
                }
                Part::Node(_) => assert!(table.intervals.iter().filter(within).count() > FEW),
            }
        }
    }
}

fn both(borders: &[u128]) {
    let highest = highest_number(Family::Ipv4);
    let in_v4: Vec<u128> = borders.iter().copied().filter(|border| *border <= highest).collect();
    table::<u32>(Family::Ipv4, &in_v4);
    table::<u128>(Family::Ipv6, borders);
}

/// Hosts side by side, some of them alone: each has two borders.
fn hosts(first: u128, count: u128, step: u128) -> Vec<u128> {
    let mut borders: Vec<u128> =
        (0..count).map(|number| first + number * step).flat_map(|host| [host, host + 1]).collect();
    borders.dedup();
    borders
}

#[test]
fn few_borders_are_found() {
    both(&[]);
    let (v4, v6) = (highest_number(Family::Ipv4), highest_number(Family::Ipv6));
    for border in [1, 2, v4 / 2, v4 / 2 + 1, v4 - 1, v4, v4 + 1, v6 / 2 + 1, v6 - 1, v6] {
        both(&[border]);
    }
    both(&[1, v4]);
    both(&[1, v6]);
    both(&[1, 2, v4 - 1, v4, v6 - 1, v6]);
}

#[test]
fn borders_at_every_power_of_two_are_found() {
    let powers: Vec<u128> = (0..128).map(|bit| 1 << bit).collect();
    both(&powers);
    let around: Vec<u128> = (2..128).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]).collect();
    both(&around);
}

#[test]
fn hosts_side_by_side_are_found() {
    for count in [1, 7, 8, 9, 10, 100, 3000] {
        for step in [1, 2, 3, 256] {
            both(&hosts(0x0a00_0001, count, step));
            both(&hosts(1, count, step));
        }
    }
    let highest = highest_number(Family::Ipv4);
    both(&hosts(highest - 600, 200, 3));
    both(&hosts(highest_number(Family::Ipv6) - 600, 200, 3));
}

#[test]
fn crowds_far_apart_are_found() {
    let crowd = |subnet: u128, count: u128| hosts(subnet << 20, count, 1);
    for count in [4, 5, 8, 9, 200] {
        let crowds: Vec<u128> = (1..40).flat_map(|subnet| crowd(subnet * subnet, count)).collect();
        both(&crowds);
    }
    let nested: Vec<u128> = (0..6).rev().flat_map(|level| hosts(1 << (100 - 18 * level), 30, 1)).collect();
    both(&nested);
}

#[test]
fn borders_that_lie_evenly_are_found_in_one_step() {
    for count in [10_u128, 100, 1000] {
        let even: Vec<u128> = (1..=count).map(|number| number * 1000).collect();
        let table = table::<u32>(Family::Ipv4, &even);
        assert_eq!(table.nodes.len(), 1, "{count}");
    }
}

#[test]
fn a_table_takes_what_was_allocated() {
    for (count, step) in [(0, 1), (10, 3), (1000, 3), (1000, 70)] {
        let partition = || partition(Family::Ipv6, &hosts(1000, count, step));
        let mut table: Option<Table<u128>> = None;
        let allocated = measure(|| table = Some(Table::of(partition())));
        let told = table.expect("it was made").bytes();
        assert_eq!(allocated.bytes_current, told as i64, "{count} {step}");
    }
}
