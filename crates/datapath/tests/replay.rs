//! Captures of both formats, byte orders and resolutions, whole and damaged.

use std::io::Cursor;
use std::time::Duration;

use capture::{Precision, Writer};
use datapath::replay::Replay;
use datapath::{BATCH, Checksum, IoCounters, OwnedFrame, PacketIo};

/// Writes numbers in the byte order of one capture.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

use Order::{Big, Little};

impl Order {
    fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Little => value.to_le_bytes(),
            Big => value.to_be_bytes(),
        }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Little => value.to_le_bytes(),
            Big => value.to_be_bytes(),
        }
    }

    fn u32s(self, values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|value| self.u32(*value)).collect()
    }

    fn i64(self, value: i64) -> [u8; 8] {
        match self {
            Little => value.to_le_bytes(),
            Big => value.to_be_bytes(),
        }
    }

    fn pcap(self, magic: u32, link_type: u32, records: &[(u32, u32, u32, &[u8])]) -> Vec<u8> {
        let mut file =
            [&self.u32(magic)[..], &self.u16(2), &self.u16(4), &self.u32s(&[0, 0, 65535, link_type])].concat();
        for (seconds, fraction, wire_length, frame) in records {
            file.extend(self.u32s(&[*seconds, *fraction, frame.len() as u32, *wire_length]));
            file.extend_from_slice(frame);
        }
        file
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
        let length = self.u32((12 + body.len() + padding.len()) as u32);
        [&self.u32(kind)[..], &length, body, &padding, &length].concat()
    }

    fn section(self) -> Vec<u8> {
        let body = [&self.u32(0x1a2b_3c4d)[..], &self.u16(1), &self.u16(0), &self.i64(-1)].concat();
        self.block(0x0a0d_0d0a, &body)
    }

    fn interface(self, link_type: u16, snap_length: u32, options: &[u8]) -> Vec<u8> {
        self.block(1, &[&self.u16(link_type)[..], &[0, 0], &self.u32(snap_length), options].concat())
    }

    fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
        [&self.u16(code)[..], &self.u16(value.len() as u16), value, &padding].concat()
    }

    fn enhanced(self, interface: u32, units: u64, wire_length: u32, frame: &[u8]) -> Vec<u8> {
        let header = [interface, (units >> 32) as u32, units as u32, frame.len() as u32, wire_length];
        self.block(6, &[&self.u32s(&header)[..], frame].concat())
    }

    fn simple(self, wire_length: u32, frame: &[u8]) -> Vec<u8> {
        self.block(3, &[&self.u32(wire_length)[..], frame].concat())
    }
}

const MICRO: u32 = 0xa1b2_c3d4;
const NANO: u32 = 0xa1b2_3c4d;

const A: &[u8] = &[0xaa; 61];
const B: &[u8] = &[0xbb; 1514];

type Stamped = (Option<Duration>, Vec<u8>);

fn frames(capture: &[u8]) -> Result<Vec<Stamped>, String> {
    let mut replay = Replay::new(Cursor::new(capture)).map_err(|error| error.to_string())?;
    let mut frames = Vec::new();
    loop {
        let taken = replay.poll(BATCH, &mut |lent| {
            for frame in lent {
                assert_eq!((frame.checksum(), frame.segments()), (Checksum::Complete, 1));
                frames.push((frame.stamp(), frame.bytes().to_vec()));
            }
        });
        match taken {
            Ok(0) => return Ok(frames),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn check(capture: &[u8], expect: &[(Option<Duration>, &[u8])]) {
    let found = frames(capture).unwrap();
    let found: Vec<_> = found.iter().map(|(stamp, bytes)| (*stamp, bytes.as_slice())).collect();
    assert_eq!(found, expect);
}

fn check_error(capture: &[u8], expect: &str) {
    assert_eq!(frames(capture).unwrap_err(), expect);
}

fn at(seconds: u64, nanoseconds: u32) -> Option<Duration> {
    Some(Duration::new(seconds, nanoseconds))
}

#[test]
fn pcap_in_both_orders_and_precisions() {
    let records: &[(u32, u32, u32, &[u8])] = &[(1, 2, 61, A), (u32::MAX, 999_999, 1514, B)];
    for order in [Little, Big] {
        check(&order.pcap(MICRO, 1, records), &[(at(1, 2_000), A), (at(4_294_967_295, 999_999_000), B)]);
        check(&order.pcap(NANO, 1, records), &[(at(1, 2), A), (at(4_294_967_295, 999_999), B)]);
        check(&order.pcap(MICRO, 1, &[]), &[]);
        // The upper bits of the link type tell of a check sequence.
        check(&order.pcap(MICRO, 0x5000_0001, &[(0, 0, 61, A)]), &[(at(0, 0), A)]);
    }
}

#[test]
fn pcapng_in_both_orders() {
    for order in [Little, Big] {
        let nanoseconds = order.option(9, &[9]);
        let halves_from_1000 =
            [order.option(9, &[0x81]), order.option(14, &order.i64(1000)), order.option(0, &[])].concat();
        let capture = [
            order.section(),
            order.interface(1, 0, &[]),
            order.interface(1, 0, &nanoseconds),
            order.interface(1, 0, &halves_from_1000),
            order.enhanced(0, 5_000_001, 61, A),
            order.block(0xbad, &[1, 2, 3]),
            order.enhanced(1, 5_000_000_001, 1514, B),
            order.enhanced(2, 3, 61, A),
            order.simple(61, A),
        ];
        let expect: &[(Option<Duration>, &[u8])] =
            &[(at(5, 1_000), A), (at(5, 1), B), (at(1001, 500_000_000), A), (None, A)];
        check(&capture.concat(), expect);
    }
}

#[test]
fn a_section_has_its_own_order_and_interfaces() {
    let section =
        |order: Order, frame| [order.section(), order.interface(1, 0, &[]), order.enhanced(0, 0, 0, frame)].concat();
    check(&[section(Little, A), section(Big, B)].concat(), &[(at(0, 0), A), (at(0, 0), B)]);
    let bare = [Big.section(), Big.enhanced(0, 0, 61, A)].concat();
    let offset = section(Little, A).len() + Big.section().len();
    check_error(
        &[section(Little, A), bare].concat(),
        &format!("the capture is corrupt at byte {offset}: its interface was not described"),
    );
}

#[test]
fn a_simple_block_ends_where_its_interface_snapped() {
    let capture = [Little.section(), Little.interface(1, 61, &[]), Little.simple(1514, A)].concat();
    check(&capture, &[(None, A)]);
}

#[test]
fn frames_that_the_capture_cut_are_lent_and_counted() {
    let capture = Little.pcap(MICRO, 1, &[(0, 0, 1514, A), (0, 0, 61, A)]);
    let mut replay = Replay::new(capture.as_slice()).unwrap();
    replay.send(&[OwnedFrame::build(A).lend()]).unwrap();
    assert_eq!(replay.poll(BATCH, &mut |frames| assert_eq!(frames[0].bytes(), A)).unwrap(), 2);
    assert_eq!(replay.counters(), IoCounters { received: 2, sent: 1, cut: 1, ..IoCounters::default() });
}

#[test]
fn other_link_types_are_named() {
    let cooked = "the capture's link type is 113 (Linux cooked v1), not Ethernet; \
                  capture on one Ethernet interface, not on `any`";
    check_error(&Big.pcap(MICRO, 113, &[(0, 0, 61, A)]), cooked);
    let mixed = [Little.section(), Little.interface(1, 0, &[]), Little.interface(113, 0, &[])].concat();
    check(&[&mixed[..], &Little.enhanced(0, 0, 61, A)].concat(), &[(at(0, 0), A)]);
    check_error(&[&mixed[..], &Little.enhanced(1, 0, 61, A)].concat(), cooked);
    check_error(
        &Little.pcap(MICRO, 4321, &[]),
        "the capture's link type is 4321, not Ethernet; capture on one Ethernet interface, not on `any`",
    );
}

#[test]
fn files_of_another_kind_are_refused() {
    check_error(b"", "the capture is empty");
    check_error(
        b"#!/bin/sh",
        "not a capture: it begins with `23212f62`, where pcap has `d4c3b2a1` or `a1b2c3d4` and pcapng has `0a0d0d0a`; \
         convert it with `editcap -F pcap`",
    );
    check_error(
        &[0x1f, 0x8b, 8, 0, 0, 0],
        "not a capture: it begins with `1f8b0800`, where pcap has `d4c3b2a1` or `a1b2c3d4` and pcapng has `0a0d0d0a`; \
         unpack it with `gunzip`",
    );
}

#[test]
fn truncated_files_name_the_offset() {
    let pcap = Little.pcap(MICRO, 1, &[(0, 0, 61, A), (0, 0, 61, A)]);
    let truncated = "the capture is truncated: it ends ";
    check_error(&pcap[..10], &format!("{truncated}10 bytes into the record at byte 0, which has at least 24"));
    check_error(&pcap[..30], &format!("{truncated}6 bytes into the record at byte 24, which has at least 16"));
    check_error(&pcap[..177], &format!("{truncated}76 bytes into the record at byte 101, which has at least 77"));
    let ng = [Big.section(), Big.interface(1, 0, &[]), Big.enhanced(0, 0, 61, A)].concat();
    check_error(&ng[..100], &format!("{truncated}52 bytes into the record at byte 48, which has at least 96"));
}

/// No prefix of a capture panics, and each either ends between records or says where it is cut.
#[test]
fn every_prefix_is_read_or_named() {
    let pcap = Little.pcap(NANO, 1, &[(0, 0, 61, A), (0, 0, 61, A)]);
    let ng = [Big.section(), Big.interface(1, 0, &Big.option(9, &[6])), Big.enhanced(0, 0, 61, A), Big.simple(61, A)];
    for capture in [pcap, ng.concat()] {
        let whole = (0..capture.len()).filter(|&length| match frames(&capture[..length]) {
            Ok(_) => true,
            Err(error) => {
                assert!(error.contains("truncated") || error.contains("empty"), "{length}: {error}");
                false
            }
        });
        assert!((1..=3).contains(&whole.count()));
    }
}

/// A changed byte may change or end what is read, but it neither panics nor invents more frames than fit the file.
#[test]
fn every_changed_byte_is_survived() {
    let pcap = Little.pcap(NANO, 1, &[(0, 0, 61, A), (0, 0, 61, A)]);
    let ng = [Big.section(), Big.interface(1, 0, &Big.option(9, &[6])), Big.enhanced(0, 0, 61, A), Big.simple(61, A)];
    for mut capture in [pcap, ng.concat()] {
        for at in 0..capture.len() {
            let original = capture[at];
            for changed in [0, 1, 0x0a, 0x7f, 0xff, original ^ 1, original ^ 0x80] {
                capture[at] = changed;
                let lengths = frames(&capture).map(|read| read.iter().map(|(_, bytes)| bytes.len()).sum());
                assert!(lengths.unwrap_or(0) < capture.len(), "byte {at} = {changed:#x}");
            }
            capture[at] = original;
        }
    }
}

#[test]
fn contradictions_name_the_offset() {
    let section = || [Little.section(), Little.interface(1, 0, &[])].concat();
    let corrupt = |at: usize, fault: &str| format!("the capture is corrupt at byte {at}: {fault}");
    let with = |block: &[u8]| [&section()[..], block].concat();
    check_error(&with(&Little.u32s(&[6, 8, 0])), &corrupt(48, "its length is impossible"));
    check_error(&with(&Little.u32s(&[6, 13, 0])), &corrupt(48, "its length is impossible"));
    check_error(&with(&Little.u32s(&[6, 1 << 30, 0])), &corrupt(48, "its length is beyond 16 MiB"));
    check_error(&with(&Little.u32s(&[6, 16, 0, 20])), &corrupt(48, "its two lengths differ"));
    check_error(&with(&Little.block(6, &Little.u32s(&[0, 0, 0, 61, 61]))), &corrupt(48, "its frame exceeds it"));
    check_error(&with(&Little.block(3, &Little.u32(61))), &corrupt(48, "its frame exceeds it"));
    check_error(&with(&Little.block(3, &[])), &corrupt(48, "its frame exceeds it"));
    check_error(
        &with(&Little.block(2, &[0; 32])),
        &corrupt(48, "it is of the obsolete packet type; rewrite with `editcap -F pcapng`"),
    );
    check_error(
        &[Little.section(), Little.interface(1, 0, &Little.option(9, &[20]))].concat(),
        &corrupt(28, "its timestamps have no such resolution"),
    );
    check_error(&Little.block(0x0a0d_0d0a, &[7; 16]), &corrupt(0, "its byte-order magic is unknown"));
    let mut longer_than_any = Little.pcap(MICRO, 1, &[]);
    longer_than_any.extend(Little.u32s(&[0, 0, u32::MAX, u32::MAX]));
    check_error(&longer_than_any, &corrupt(24, "its length is beyond 16 MiB"));
}

#[test]
fn a_record_longer_than_the_first_window_is_read() {
    let long = vec![7; 600_000];
    check(
        &Little.pcap(MICRO, 1, &[(0, 0, 61, A), (0, 0, 0, &long), (0, 0, 61, A)]),
        &[(at(0, 0), A), (at(0, 0), &long), (at(0, 0), A)],
    );
}

#[test]
fn the_writer_and_the_reader_agree() {
    let many = BATCH * 20;
    for (precision, unit) in [(Precision::Microseconds, 1_000), (Precision::Nanoseconds, 1)] {
        let stamp = |n: usize| Duration::new(1_700_000_000, n as u32 * unit);
        let mut writer = Writer::new(Vec::new(), precision).unwrap();
        for n in 0..many {
            writer.write(stamp(n), &vec![n as u8; 14 + n]).unwrap();
        }
        let found = frames(&writer.finish().unwrap()).unwrap();
        let wrote: Vec<_> = (0..many).map(|n| (Some(stamp(n)), vec![n as u8; 14 + n])).collect();
        assert!(found == wrote);
    }
}

#[test]
fn the_writer_refuses_what_does_not_fit() {
    let mut writer = Writer::new(Vec::new(), Precision::Microseconds).unwrap();
    let error = writer.write(Duration::from_secs(1 << 32), A).unwrap_err();
    assert_eq!(error.to_string(), "a stamp after the year 2106 does not fit a pcap file");
    let error = writer.write(Duration::ZERO, &vec![0; (256 << 10) + 1]).unwrap_err();
    assert_eq!(error.to_string(), "a frame beyond 256 KiB does not fit a pcap file");
    assert_eq!(writer.finish().unwrap().len(), 24);
}

#[test]
fn a_file_is_opened_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.pcap");
    let error = Replay::open(&path).unwrap_err().to_string();
    assert_eq!(error, format!("cannot open capture `{}`: No such file or directory (os error 2)", path.display()));
    std::fs::write(&path, Little.pcap(MICRO, 1, &[(0, 0, 61, A), (0, 0, 61, A)])).unwrap();
    assert_eq!(Replay::open(&path).unwrap().poll(BATCH, &mut |_| {}).unwrap(), 2);
}
