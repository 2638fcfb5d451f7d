//! Resets, real and forged (RFC 5961 section 3).

use conntrack::Config;
use conntrack::Way::{Original, Reply};

use crate::conversation::{check, check_open};
use crate::packets::strict;

#[test]
fn only_an_exact_reset_closes() {
    let check_reset = |way, header, sequence, outcome| {
        let data =
            [(40, Original, "PA", 1001, 9001, 100, "ESTABLISHED"), (50, Reply, "A", 9001, 1051, 0, "ESTABLISHED")];
        let reset = [(60, way, header, sequence, 0, 0, outcome)];
        check_open(strict(), &[data.as_slice(), &reset].concat());
    };
    check_reset(Original, "R", 1051, "CLOSE"); // what its receiver acknowledged last
    check_reset(Original, "R", 1101, "CLOSE"); // behind all that was sent
    check_reset(Original, "R", 1100, "ESTABLISHED");
    check_reset(Original, "R", 1052, "ESTABLISHED");
    check_reset(Original, "R", 1051 + 64_240, "ESTABLISHED");
    check_reset(Original, "R", 1051 + 64_241, "rst-window");
    check_reset(Original, "R", 1050, "rst-window");
    check_reset(Original, "R", 0, "rst-window");
    check_reset(Original, "R", 0x8000_0000, "rst-window");
    check_reset(Reply, "R", 9001, "CLOSE");
    check_reset(Reply, "R", 9002, "ESTABLISHED");
    check_reset(Reply, "R", 9000, "rst-window");
}

#[test]
fn a_forged_reset_leaves_the_time() {
    check_open(
        strict(),
        &[
            (40, Original, "R", 1040, 0, 0, "ESTABLISHED"),
            (3_600_000, Reply, "PA", 9001, 1001, 10, "ESTABLISHED"),
            (3_600_010, Original, "A", 1001, 9011, 0, "ESTABLISHED"),
        ],
    );
}

#[test]
fn a_reset_may_not_acknowledge_the_future() {
    check_open(
        strict(),
        &[(40, Original, "RA", 1001, 9002, 0, "tcp-ack"), (50, Original, "RA", 1001, 9001, 0, "CLOSE")],
    );
}

#[test]
fn a_reset_refuses_a_syn() {
    let syn = (10, Original, "S", 5, 0, 0, "new SYN_SENT");
    check(strict(), &[syn, (20, Reply, "RA", 0, 6, 0, "CLOSE")]);
    check(strict(), &[syn, (20, Reply, "RA", 0, 7, 0, "tcp-ack")]);
    check(strict(), &[syn, (20, Reply, "RA", 0, 5, 0, "tcp-ack")]);
    check(strict(), &[syn, (20, Reply, "R", 0, 0, 0, "tcp-ack")]);
    check(strict(), &[syn, (20, Original, "R", 6, 0, 0, "CLOSE")]);
    check(strict(), &[syn, (20, Original, "R", 7, 0, 0, "rst-window")]);
    check(
        strict(),
        &[
            syn,
            (20, Reply, "SA", 9000, 6, 0, "SYN_RECV"),
            (30, Original, "S", 5, 0, 0, "SYN_RECV"),
            (40, Reply, "RA", 0, 6, 0, "CLOSE"), // the port was closed in between
        ],
    );
}

#[test]
fn what_was_refused_carries_nothing() {
    check(
        strict(),
        &[
            (10, Original, "S", 5, 0, 0, "new SYN_SENT"),
            (20, Reply, "RA", 0, 6, 0, "CLOSE"),
            (30, Reply, "RA", 0, 6, 0, "CLOSE"),
            (40, Original, "PA", 6, 1, 10, "tcp-state"),
            (50, Reply, "SA", 9000, 6, 0, "tcp-state"),
            (60, Original, "S", 5, 0, 0, "new SYN_SENT"),
        ],
    );
}

#[test]
fn either_side_may_give_up_a_handshake() {
    let open = [(10, Original, "S", 5, 0, 0, "new SYN_SENT"), (20, Reply, "SA", 9000, 6, 0, "SYN_RECV")];
    check(strict(), &[open[0], open[1], (30, Original, "R", 6, 0, 0, "CLOSE")]);
    check(strict(), &[open[0], open[1], (30, Reply, "R", 9001, 0, 0, "CLOSE")]);
    check(strict(), &[open[0], open[1], (30, Reply, "R", 8000, 0, 0, "rst-window")]);
}

#[test]
fn the_dead_may_reset_what_is_late() {
    check_open(
        strict(),
        &[
            (40, Original, "R", 1001, 0, 0, "CLOSE"),
            (50, Reply, "PA", 9001, 1001, 10, "CLOSE"),
            (60, Original, "R", 900, 0, 0, "CLOSE"),
        ],
    );
}

#[test]
fn a_closed_flow_is_forgotten() {
    check_open(
        strict(),
        &[(40, Original, "RA", 1001, 9001, 0, "CLOSE"), (10_040, Reply, "PA", 9001, 1001, 1, "mid-stream")],
    );
    check_open(
        Config::default(),
        &[(40, Original, "RA", 1001, 9001, 0, "CLOSE"), (10_040, Reply, "PA", 9001, 1001, 1, "new ESTABLISHED")],
    );
}
