//! Programs of fragments: what is forwarded never makes a datagram that the policy refuses, whatever the receiver does with
//! overlaps.

use conntrack::{Config, Conntrack, FragmentLimits, Instant, Zone};
use e2e::vectors::reassembly;
use engine::{Hook, judge_frame};
use policy::{Direction, VnicIndex};
use wire::{
    Checksum, Datagram, Endpoints, Fragment, Icmp, IcmpBody, IpProtocol, MacAddr, Packet, Payload, Ports, Tcp,
    TcpFlags, Transport, Udp, build,
};

use crate::bytes::Bytes;
use crate::stage::STAGES;

const ROUTER: MacAddr = MacAddr([2, 0, 0, 0, 0, 1]);
const VM1: VnicIndex = VnicIndex(0);

/// Each piece takes six bytes.
pub(crate) fn check(input: &[u8]) {
    let mut bytes = Bytes(input);
    let stage = bytes.pick(&STAGES);
    // Little room, so that it runs out.
    let fragments = FragmentLimits { capacity: 4_000, share: 3_000, ..FragmentLimits::default() };
    let mut conntrack = Conntrack::new(Config { fragments, ..Config::default() });
    let (mut now, mut emitted) = (Instant::from_millis(0), Vec::new());
    while !bytes.is_empty() {
        let mut frame = build(&piece(&mut bytes, stage.policy.vnic(VM1).mac));
        // Other content in the same place, which the headers do not show.
        if let Some(last) = frame.last_mut() {
            *last ^= bytes.byte() & 1;
        }
        now = Instant::from_millis(now.as_millis() + u64::from(bytes.byte()) * 100);
        let hook = Hook { vnic: VM1, zone: Zone(0), direction: Direction::Ingress };
        let judged = judge_frame(&stage.policy, &mut conntrack, hook, &frame, Checksum::Unfinished, now);
        emitted.extend(judged.released.into_iter().map(|held| held.frame.into_vec()));
        if judged.verdict.is_accept() {
            emitted.push(frame);
        }
        assert!(conntrack.kept_fragments() <= fragments.capacity, "{} bytes are kept", conntrack.kept_fragments());
    }
    let misses = reassembly::find_denied(&emitted, &stage.policy);
    assert!(misses.is_empty(), "{misses:?}");
}

/// A fragment of one of few datagrams to `vm1`.
fn piece(bytes: &mut Bytes<'_>, mac: MacAddr) -> Packet {
    let (what, place, size) = (bytes.byte(), bytes.byte(), bytes.byte());
    let source = [198, 51, 100, 7 + (what >> 7)].into();
    let endpoints = Endpoints::V4(source, [10, 0, 0, 10].into());
    let ports = Ports { source: 4000, destination: *bytes.pick(&[80, 22, 53, 443]) };
    let (transport, protocol) = match what & 3 {
        0 => (Transport::Udp(Udp { ports, dhcp: None }), IpProtocol::UDP),
        1 => (Transport::Tcp(syn(ports)), IpProtocol::TCP),
        2 => (Transport::Icmp(echo(what >> 2 & 1)), IpProtocol::ICMP),
        _ => (Transport::Sctp(ports), IpProtocol::SCTP),
    };
    let offset = u16::from(place & 15) * 8;
    let more = place & 128 != 0;
    let length = if more { (u16::from(size & 15) + 1) * 8 } else { u16::from(size) + 1 };
    let identification = u32::from(what >> 5 & 3);
    let transport = if offset == 0 { transport } else { Transport::Missing(protocol) };
    let fragment = Some(Fragment { identification, offset, length, more });
    let payload = u32::from(length);
    let datagram = Datagram { endpoints, hop_limit: 64, fragment, transport, payload };
    Packet::new(ROUTER, mac, Payload::Ip(datagram))
}

fn syn(ports: Ports) -> Tcp {
    Tcp {
        ports,
        flags: TcpFlags::SYN,
        sequence: 1,
        acknowledgment: 0,
        window: 1000,
        window_scale: None,
        sack_permitted: false,
        sack_edge: None,
    }
}

fn echo(code: u8) -> Icmp {
    Icmp { kind: 8, code, body: IcmpBody::Query { identifier: 1, sequence: 1 } }
}
