//! `bench path`: a hot path over and over, so that a tool can count its instructions.

use std::hint::black_box;

use bench::rows::flows::PASSING;
use bench::traffic::{Segment, Server, ZONE, frame, table};
use conntrack::Conntrack;
use policy::Family;

/// Which path, and how often.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Which of the hot paths.
    path: Path,
    /// How many packets.
    #[arg(value_parser = clap::value_parser!(u32).range(..=i64::from(MOST)))]
    packets: u32,
}

/// Judging frames that came together, from bytes to verdict.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Path {
    /// Of an established TCP connection.
    Established,
    /// That opens a connection.
    New,
    /// That does not fit its connection.
    Invalid,
}

/// The most packets. So many are made ready whatever is asked for, so that two runs differ only in what is judged.
const MOST: u32 = 16_384;

/// Flows in the table.
const FLOWS: u32 = 1024;

/// Rules on the vnic.
const RULES: usize = 100;

pub(super) fn run(options: &Options) {
    let server = Server::new(Family::Ipv4, RULES);
    let mut conntrack = table(Family::Ipv4, FLOWS, MOST);
    let (segment, zone) = match options.path {
        Path::Established => (Segment::Ack, ZONE),
        Path::New => (Segment::Syn, PASSING),
        Path::Invalid => (Segment::StrayReset, ZONE),
    };
    let clients = match options.path {
        Path::New => MOST,
        Path::Established | Path::Invalid => FLOWS,
    };
    let frames = (0..clients).map(|client| frame(Family::Ipv4, client, segment)).cycle();
    let frames: Vec<Vec<u8>> = frames.take(MOST as usize).collect();
    for frames in frames[..options.packets as usize].chunks(Conntrack::AHEAD) {
        black_box(server.judge_all(&mut conntrack, zone, black_box(frames)));
    }
}
