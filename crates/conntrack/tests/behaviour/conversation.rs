//! Conversations as tables: one line a segment, with what the table must make of it.

use conntrack::{Class, Config, Conntrack, Way};
use wire::{Datagram, Transport};

use crate::packets::{LENGTH, ZONE, ms, sender, tcp};

/// Milliseconds, direction, header, sequence number, acknowledgment number, bytes of data, outcome.
///
/// The header is the flags and then, as needed, `win N`, `ws N` and `sack N`. The outcome is the state after an accepted
/// segment, `new` in front of it when the segment opened the flow, or the name of the reason when it is invalid.
pub(crate) type Line<'a> = (u64, Way, &'a str, u32, u32, u32, &'a str);

/// The handshake that most conversations start with: the opener is at 1001, the other side at 9001.
pub(crate) const HANDSHAKE: [Line; 3] = [
    (10, Way::Original, "S", 1000, 0, 0, "new SYN_SENT"),
    (20, Way::Reply, "SA", 9000, 1001, 0, "SYN_RECV"),
    (30, Way::Original, "A", 1001, 9001, 0, "ESTABLISHED"),
];

/// Checks a conversation wherever its sequence numbers start.
pub(crate) fn check(config: Config, lines: &[Line]) {
    for (original, reply) in [(0, 0), (0xffff_fc17, 0), (0, 0xffff_dcd8), (0x7fff_fc17, 0x7fff_dcd8)] {
        let mut table = Conntrack::new(config);
        for (number, line) in lines.iter().enumerate() {
            let got = play(&mut table, &shift(line, original, reply), line.0);
            assert_eq!(got, line.6, "line {number} {line:?}, sequence numbers from {original:#x} and {reply:#x}");
        }
    }
}

/// Checks what follows the [`HANDSHAKE`].
pub(crate) fn check_open(config: Config, lines: &[Line]) {
    check(config, &[&HANDSHAKE, lines].concat());
}

/// Plays the lines without checking them.
pub(crate) fn after(config: Config, lines: &[Line]) -> Conntrack {
    let mut table = Conntrack::new(config);
    for line in lines {
        play(&mut table, &shift(line, 0, 0), line.0);
    }
    table
}

/// Accepts a packet if the table lets it be accepted, and says what came of it.
pub(crate) fn play(table: &mut Conntrack, datagram: &Datagram, millis: u64) -> String {
    let now = ms(millis);
    match table.classify(ZONE, sender(datagram), datagram, now) {
        Class::New(tentative) => match table.commit(tentative, 1, 0, LENGTH, now) {
            Ok(id) => format!("new {}", table.flow(id).unwrap().state()),
            Err(full) => full.name().to_owned(),
        },
        Class::Established(step) => {
            let id = step.flow();
            table.advance(step, LENGTH, now);
            table.flow(id).unwrap().state().to_string()
        }
        Class::Revoked(_) => "revoked".to_owned(),
        Class::Related { flow: _, way } => format!("related {way:?}"),
        Class::Invalid(reason) => reason.name().to_owned(),
        Class::Untracked => "untracked".to_owned(),
    }
}

/// The segment of a line, with the sequence numbers of either side moved.
pub(crate) fn shift(line: &Line, original: u32, reply: u32) -> Datagram {
    let &(_, way, header, sequence, acknowledgment, payload, _) = line;
    let (own, other) = match way {
        Way::Original => (original, reply),
        Way::Reply => (reply, original),
    };
    let mut words = header.split(' ');
    let flags = words.next().unwrap();
    let acknowledgment = if flags.contains('A') { acknowledgment.wrapping_add(other) } else { acknowledgment };
    let mut segment = tcp(way, flags, sequence.wrapping_add(own), acknowledgment, payload);
    let Transport::Tcp(tcp) = &mut segment.transport else { unreachable!("built as TCP") };
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        let value: u32 = value.parse().unwrap();
        match name {
            "win" => tcp.window = value.try_into().unwrap(),
            "ws" => tcp.window_scale = Some(value.try_into().unwrap()),
            "sack" => tcp.sack_edge = Some(value.wrapping_add(other)),
            _ => panic!("no option `{name}`"),
        }
    }
    segment
}
