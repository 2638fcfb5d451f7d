//! Laws over arbitrary packets and arbitrary bytes.

use proptest::prelude::*;
use wire::{
    Checksum, Course, Family, Gist, Packet, Sketch, build, glance, join_frames, join_packets, macs, parse, split,
};

use crate::generate::{midstreams, packets, sketches};

const BOTH: [Checksum; 2] = [Checksum::Complete, Checksum::Unfinished];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_built_frame_parses_to_its_packet(packet in packets()) {
        let frame = build(&packet);
        prop_assert_eq!(frame.len(), packet.length as usize);
        for checksum in BOTH {
            prop_assert_eq!(parse(&frame, checksum), Ok(packet));
            check_glance(&frame, checksum);
        }
    }

    /// In the middle of a conversation nearly all frames are seen at a glance, with all that is to be known of them.
    #[test]
    fn most_frames_need_no_more_than_a_glance(packet in midstreams()) {
        let frame = build(&packet);
        let gist = packet.datagram().and_then(Gist::of);
        prop_assert!(gist.is_some_and(|gist| gist.course != Course::OtherTcp));
        for checksum in BOTH {
            prop_assert_eq!(glance(&frame, checksum), gist);
        }
        prop_assert_eq!(macs(&frame), Some((packet.source_mac, packet.destination_mac)));
    }

    /// Only a body that the first fragment cuts short says less by its packet alone than by its bytes.
    #[test]
    fn fragments_join_to_the_packet_that_was_split(packet in packets(), cuts in prop::collection::btree_set(32..400_u16, 0..5)) {
        if packet.datagram().is_none_or(|datagram| datagram.fragment.is_some()) {
            return Ok(());
        }
        let frames = split(&build(&packet), 77, &cuts.into_iter().collect::<Vec<_>>());
        let length = frames.iter().map(Vec::len).sum::<usize>() as u32;
        let Ok(pieces) = frames.iter().map(|frame| parse(frame, Checksum::Complete)).collect::<Result<Vec<_>, _>>() else {
            return Ok(());
        };
        let Some(places) = pieces.iter().map(|piece| piece.datagram()?.fragment).collect::<Option<Vec<_>>>() else {
            prop_assert_eq!(pieces, [Packet { length, ..packet }]);
            return Ok(());
        };
        let held = places.iter().copied().zip(frames.iter().map(Vec::as_slice));
        prop_assert_eq!(join_frames(held, Checksum::Complete), Ok(Packet { length, ..packet }));
        let end = places.iter().map(|place| u32::from(place.length)).sum();
        let joined = join_packets(&pieces[0], end, length);
        prop_assert_eq!(joined.datagram().map(|datagram| datagram.payload), packet.datagram().map(|datagram| datagram.payload));
    }

    #[test]
    fn the_text_of_a_packet_reads_as_that_packet(packet in packets()) {
        prop_assert_eq!(packet.to_string().parse::<Packet>(), Ok(packet));
    }

    #[test]
    fn the_text_of_a_sketch_reads_as_that_sketch(sketch in sketches()) {
        prop_assert_eq!(sketch.to_string().parse::<Sketch>(), Ok(sketch));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for checksum in BOTH {
            let _ = parse(&bytes, checksum);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "([a-z]{1,5}|[ -~]|\\PC|[ ()=:\\[\\]>.]){0,40}") {
        let _ = text.parse::<Sketch>();
    }

    /// What is parsed can be built and parsed again, so that a damaged frame never yields a packet that no frame can hold.
    /// Only extension headers inside a first fragment are lost, and what they took becomes payload.
    #[test]
    fn a_damaged_frame_is_malformed_or_again_a_packet(
        packet in packets(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut frame = build(&packet);
        for (at, byte) in damage {
            let at = at.index(frame.len().min(120));
            frame[at] = byte;
        }
        // Else hardly any damage would get past the header checksum.
        crate::repair_ipv4_header(&mut frame);
        for checksum in BOTH {
            check_glance(&frame, checksum);
            if let Ok(packet) = parse(&frame, checksum) {
                let again = parse(&build(&packet), Checksum::Complete);
                prop_assert!(again == Ok(packet) || again.is_ok() && is_first_fragment_of_ipv6(&packet), "{again:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_prefix_of_a_frame_makes_it_panic(packet in packets()) {
        let frame = build(&packet);
        for end in 0..frame.len().min(400) {
            for checksum in BOTH {
                let _ = parse(&frame[..end], checksum);
            }
        }
    }
}

/// What a glance vouches for, parsing says too.
fn check_glance(frame: &[u8], checksum: Checksum) {
    if let Some(gist) = glance(frame, checksum).filter(|gist| gist.course != Course::OtherTcp) {
        let packet = parse(frame, checksum).expect("a glance vouches for it");
        assert_eq!(packet.datagram().and_then(Gist::of), Some(gist));
    }
}

fn is_first_fragment_of_ipv6(packet: &Packet) -> bool {
    packet.datagram().is_some_and(|datagram| {
        datagram.endpoints.family() == Family::Ipv6 && datagram.fragment.is_some_and(|fragment| fragment.offset == 0)
    })
}
