//! Handshakes, data, windows, ends and reuse of TCP connections.

use conntrack::Config;
use conntrack::Way::{Original, Reply};

use crate::conversation::{HANDSHAKE, Line, check, check_open};
use crate::packets::strict;

#[test]
fn handshake_data_and_close() {
    check_open(
        strict(),
        &[
            (40, Original, "PA", 1001, 9001, 3, "ESTABLISHED"),
            (50, Reply, "PA", 9001, 1004, 2, "ESTABLISHED"),
            (60, Reply, "FA", 9003, 1004, 0, "FIN_WAIT"),
            (70, Original, "FA", 1004, 9004, 0, "LAST_ACK"),
            (80, Reply, "A", 9004, 1005, 0, "TIME_WAIT"),
        ],
    );
}

#[test]
fn half_close_lets_the_other_side_go_on() {
    check_open(
        strict(),
        &[
            (40, Original, "FA", 1001, 9001, 0, "FIN_WAIT"),
            (50, Original, "FA", 1001, 9001, 0, "FIN_WAIT"), // sent again: not the other side's
            (60, Reply, "A", 9001, 1002, 0, "CLOSE_WAIT"),
            (50_000, Reply, "PA", 9001, 1002, 500, "CLOSE_WAIT"),
            (50_010, Original, "A", 1002, 9501, 0, "CLOSE_WAIT"),
            (100_000, Reply, "PA", 9501, 1002, 500, "CLOSE_WAIT"),
            (100_010, Reply, "FA", 10_001, 1002, 0, "LAST_ACK"),
            (100_020, Reply, "FA", 10_001, 1002, 0, "LAST_ACK"),
            (100_030, Original, "A", 1002, 10_002, 0, "TIME_WAIT"),
            (100_040, Reply, "FA", 10_001, 1002, 0, "TIME_WAIT"),
        ],
    );
}

#[test]
fn simultaneous_close() {
    check_open(
        strict(),
        &[
            (40, Original, "FA", 1001, 9001, 0, "FIN_WAIT"),
            (41, Reply, "FA", 9001, 1001, 0, "LAST_ACK"),
            (50, Original, "A", 1002, 9002, 0, "LAST_ACK"),
            (51, Reply, "A", 9002, 1002, 0, "TIME_WAIT"),
        ],
    );
}

#[test]
fn data_behind_a_fin_takes_it_back() {
    check_open(
        strict(),
        &[(40, Reply, "FA", 9001, 1001, 0, "FIN_WAIT"), (50, Reply, "PA", 9001, 1001, 100, "ESTABLISHED")],
    );
}

#[test]
fn a_server_may_close_before_the_handshake_ends() {
    check(
        strict(),
        &[
            (10, Original, "S", 1000, 0, 0, "new SYN_SENT"),
            (20, Reply, "SA", 9000, 1001, 0, "SYN_RECV"),
            (30, Reply, "FA", 9001, 1001, 0, "FIN_WAIT"),
            (40, Original, "A", 1001, 9002, 0, "CLOSE_WAIT"),
        ],
    );
}

#[test]
fn nothing_but_a_syn_opens() {
    for header in ["SA", "A", "PA", "R", "RA", "FA"] {
        check(strict(), &[(10, Reply, header, 1, 1, 0, "mid-stream")]);
    }
    for header in ["SA", "R", "RA", "FA"] {
        check(Config::default(), &[(10, Reply, header, 1, 1, 0, "mid-stream")]);
    }
}

#[test]
fn flags_that_nobody_sends() {
    for header in ["", "P", "F", "U", "SF", "SFA", "SR", "SRA", "RF", "FSRPAU", "SAU", "RU"] {
        check(Config::default(), &[(10, Original, header, 1, 1, 0, "tcp-flags")]);
        check_open(strict(), &[(40, Original, header, 1001, 9001, 0, "tcp-flags")]);
    }
    for header in ["S", "SU", "SEC", "SP"] {
        check(strict(), &[(10, Original, header, 1, 0, 0, "new SYN_SENT")]);
    }
}

#[test]
fn data_in_a_syn() {
    check(
        strict(),
        &[
            (10, Original, "S", 1000, 0, 100, "new SYN_SENT"),
            (20, Reply, "SA", 9000, 1101, 0, "SYN_RECV"),
            (30, Reply, "PA", 9001, 1101, 1460, "SYN_RECV"),
            (31, Reply, "PA", 10_461, 1101, 1460, "SYN_RECV"),
            (40, Original, "A", 1101, 11_921, 0, "ESTABLISHED"),
        ],
    );
    check(
        strict(),
        &[
            (10, Original, "S", 1000, 0, 100, "new SYN_SENT"),
            (20, Reply, "SA", 9000, 1001, 0, "SYN_RECV"), // the data was not taken
            (30, Original, "PA", 1001, 9001, 100, "ESTABLISHED"),
        ],
    );
    check(strict(), &[(10, Original, "S", 1000, 0, 100, "new SYN_SENT"), (20, Reply, "SA", 9000, 1102, 0, "tcp-ack")]);
}

#[test]
fn a_syn_ack_must_take_the_syn() {
    check(
        strict(),
        &[
            (10, Original, "S", 5000, 0, 0, "new SYN_SENT"),
            (20, Reply, "SA", 900, 77_777, 0, "tcp-ack"),
            (21, Reply, "SA", 900, 5000, 0, "tcp-ack"),
            (1020, Original, "S", 5000, 0, 0, "SYN_SENT"),
            (1030, Reply, "SA", 800, 5001, 0, "SYN_RECV"),
            (1040, Original, "PA", 5001, 801, 1, "ESTABLISHED"),
        ],
    );
}

#[test]
fn the_handshake_ends_only_with_an_ack_of_the_syn_ack() {
    check(
        strict(),
        &[
            (10, Original, "S", 1000, 0, 0, "new SYN_SENT"),
            (20, Reply, "SA", 9000, 1001, 0, "SYN_RECV"),
            (30, Original, "A", 1001, 9000, 0, "tcp-ack"),
            (31, Original, "A", 1001, 9002, 0, "tcp-ack"),
            (32, Original, "FA", 1001, 4000, 0, "tcp-ack"),
            (33, Original, "A", 1001, 9001, 0, "ESTABLISHED"),
        ],
    );
}

#[test]
fn a_handshake_repeats_itself() {
    check(
        strict(),
        &[
            (10, Original, "S", 1000, 0, 0, "new SYN_SENT"),
            (1010, Original, "S", 1000, 0, 0, "SYN_SENT"),
            (1020, Reply, "SA", 9000, 1001, 0, "SYN_RECV"),
            (2010, Original, "S", 1000, 0, 0, "SYN_RECV"),
            (2020, Reply, "SA", 9000, 1001, 0, "SYN_RECV"),
            (2030, Original, "A", 1001, 9001, 0, "ESTABLISHED"),
            (2040, Reply, "SA", 9000, 1001, 0, "ESTABLISHED"),
            (2050, Original, "A", 1001, 9001, 0, "ESTABLISHED"),
        ],
    );
}

#[test]
fn a_cookie_server_answers_a_repeated_syn_with_another_number() {
    check(
        strict(),
        &[
            (10, Original, "S", 1000, 0, 0, "new SYN_SENT"),
            (20, Reply, "SA", 9000, 1001, 0, "SYN_RECV"),
            (1010, Original, "S", 1000, 0, 0, "SYN_RECV"),
            (1020, Reply, "SA", 700_000, 1001, 0, "SYN_RECV"),
            (1030, Original, "A", 1001, 700_001, 0, "ESTABLISHED"),
        ],
    );
}

#[test]
fn simultaneous_open() {
    check(
        strict(),
        &[
            (10, Original, "S", 1, 0, 0, "new SYN_SENT"),
            (20, Reply, "S", 100, 0, 0, "SYN_SENT2"),
            (21, Reply, "S", 100, 0, 0, "SYN_SENT2"),
            (22, Reply, "A", 101, 2, 0, "tcp-state"),
            (23, Original, "SA", 2, 101, 0, "tcp-state"),
            (24, Original, "SA", 1, 102, 0, "tcp-ack"),
            (30, Original, "SA", 1, 101, 0, "SYN_RECV"),
            (40, Reply, "SA", 100, 2, 0, "SYN_RECV"),
            (50, Original, "A", 2, 101, 0, "ESTABLISHED"),
            (60, Reply, "PA", 101, 2, 10, "ESTABLISHED"),
        ],
    );
}

#[test]
fn a_split_handshake_keeps_the_direction() {
    check(
        strict(),
        &[
            (10, Original, "S", 1, 0, 0, "new SYN_SENT"),
            (20, Reply, "A", 500, 2, 0, "SYN_SENT"),
            (30, Reply, "S", 500, 0, 0, "SYN_SENT2"),
            (40, Original, "SA", 1, 501, 0, "SYN_RECV"),
            (50, Reply, "A", 501, 2, 0, "SYN_RECV"),
            (60, Original, "PA", 2, 501, 10, "ESTABLISHED"),
        ],
    );
}

#[test]
fn a_challenge_ack_meets_a_syn() {
    check(
        strict(),
        &[
            (10, Original, "S", 5000, 0, 0, "new SYN_SENT"),
            (20, Reply, "A", 900, 777_777, 0, "SYN_SENT"),
            (21, Reply, "A", 900, 777_777, 0, "tcp-ack"), // one for each SYN
            (30, Original, "R", 777_777, 0, 0, "CLOSE"),
            (40, Original, "S", 5000, 0, 0, "new SYN_SENT"),
            (50, Reply, "SA", 100, 5001, 0, "SYN_RECV"),
            (60, Original, "A", 5001, 101, 0, "ESTABLISHED"),
        ],
    );
}

#[test]
fn a_syn_in_an_open_connection_changes_nothing() {
    check_open(
        strict(),
        &[
            (40, Original, "S", 777_777, 0, 0, "ESTABLISHED"),
            (50, Reply, "A", 9001, 1001, 0, "ESTABLISHED"),
            (60, Original, "PA", 1001, 9001, 1, "ESTABLISHED"),
            (70, Reply, "S", 777_777, 0, 0, "tcp-state"),
            (80, Reply, "SA", 777_777, 1001, 0, "tcp-ack"),
            (90, Reply, "PA", 9001, 1002, 1, "ESTABLISHED"),
        ],
    );
    // It does not make the flow live longer either.
    check_open(
        strict(),
        &[
            (40, Original, "PA", 1001, 9001, 1, "ESTABLISHED"),
            (200_000, Original, "S", 777_777, 0, 0, "ESTABLISHED"),
            (300_040, Reply, "A", 9001, 1002, 0, "mid-stream"),
        ],
    );
}

#[test]
fn a_server_that_forgot_answers_a_fresh_syn() {
    check_open(
        strict(),
        &[
            (40, Original, "S", 777_777, 0, 0, "ESTABLISHED"),
            (50, Reply, "SA", 333_333, 777_778, 0, "SYN_RECV"),
            (60, Original, "A", 777_778, 333_334, 0, "ESTABLISHED"),
            (70, Reply, "PA", 9001, 1001, 10, "tcp-window"), // of the old connection
        ],
    );
    check_open(
        strict(),
        &[(40, Original, "S", 777_777, 0, 0, "ESTABLISHED"), (50, Reply, "RA", 0, 777_778, 0, "CLOSE")],
    );
}

#[test]
fn a_syn_reopens_what_is_closed() {
    let closing = [
        (40, Original, "FA", 1001, 9001, 0, "FIN_WAIT"),
        (50, Reply, "FA", 9001, 1002, 0, "LAST_ACK"),
        (60, Original, "A", 1002, 9002, 0, "TIME_WAIT"),
    ];
    let reuse = [
        (1060, Original, "S", 70_000, 0, 0, "new SYN_SENT"),
        (1070, Reply, "SA", 5000, 70_001, 0, "SYN_RECV"),
        (1080, Original, "A", 70_001, 5001, 0, "ESTABLISHED"),
    ];
    check_open(strict(), &[closing, reuse].concat());
    check_open(strict(), &[&[(40, Original, "R", 1001, 0, 0, "CLOSE")], reuse.as_slice()].concat());
    // Also from the other side: a new flow, in its own direction.
    check_open(strict(), &[closing.as_slice(), &[(1060, Reply, "S", 70_000, 0, 0, "new SYN_SENT")]].concat());
}

#[test]
fn data_outside_the_window() {
    check_open(
        strict(),
        &[
            (40, Original, "PA", 0x4000_0000, 9001, 4, "tcp-window"),
            (41, Original, "PA", 0xc000_0000, 9001, 4, "tcp-window"),
            (42, Original, "PA", 1001 + 64_241, 9001, 4, "tcp-window"),
            (43, Original, "PA", 1001, 0x2000_2329, 4, "tcp-ack"),
            (44, Original, "PA", 1001, 9002, 4, "tcp-ack"),
            (45, Original, "PA", 1001, 9001_u32.wrapping_sub(66_001), 4, "tcp-ack"),
            (46, Original, "A", 1001, 9001_u32.wrapping_sub(66_001), 0, "ESTABLISHED"), // late, and harmless
            (47, Original, "PA sack 9100", 1001, 9001, 4, "tcp-ack"),
            (48, Original, "PA", 1001 + 64_240, 9001, 4, "ESTABLISHED"),
        ],
    );
}

#[test]
fn old_data_passes_from_one_more_window_back() {
    check_open(
        strict(),
        &[
            (40, Original, "PA", 1001, 9001, 60_000, "ESTABLISHED"),
            (41, Reply, "A", 9001, 61_001, 0, "ESTABLISHED"),
            (42, Original, "PA", 61_001, 9001, 60_000, "ESTABLISHED"),
            (43, Reply, "A", 9001, 121_001, 0, "ESTABLISHED"),
            (44, Original, "PA", 1001, 9001, 1460, "ESTABLISHED"),
            (45, Original, "PA", 121_001_u32.wrapping_sub(64_240 + 66_001), 9001, 0, "tcp-window"),
            (46, Reply, "A", 9001, 121_001, 0, "ESTABLISHED"),
        ],
    );
}

#[test]
fn windows_scale_if_both_sides_offer() {
    let open = |original, reply| {
        [
            (10, Original, original, 1000, 0, 0, "new SYN_SENT"),
            (20, Reply, reply, 9000, 1001, 0, "SYN_RECV"),
            (30, Original, "A win 502", 1001, 9001, 0, "ESTABLISHED"),
            (40, Reply, "A win 1000", 9001, 1001, 0, "ESTABLISHED"),
        ]
    };
    let far = |sequence, outcome| [(50, Original, "PA", sequence, 9001, 100, outcome)];
    let cases = [
        ("S win 500 ws 7", "SA win 500 ws 7", 1001 + 128_000, "ESTABLISHED"),
        ("S win 500 ws 7", "SA win 500 ws 7", 1001 + 128_001, "tcp-window"),
        ("S win 500 ws 200", "SA win 500 ws 200", 1001 + (1000 << 14), "ESTABLISHED"),
        ("S win 500 ws 200", "SA win 500 ws 200", 1001 + (1000 << 14) + 1, "tcp-window"),
        ("S win 500", "SA win 500 ws 7", 1001 + 1000, "ESTABLISHED"),
        ("S win 500", "SA win 500 ws 7", 1001 + 1001, "tcp-window"),
        ("S win 500 ws 7", "SA win 500", 1001 + 1001, "tcp-window"),
    ];
    for (original, reply, sequence, outcome) in cases {
        check(strict(), &[open(original, reply).as_slice(), &far(sequence, outcome)].concat());
    }
    // The window of a SYN itself is never scaled.
    check(
        strict(),
        &[
            (10, Original, "S win 500 ws 7", 1000, 0, 0, "new SYN_SENT"),
            (20, Reply, "SA win 500 ws 7", 9000, 1001, 0, "SYN_RECV"),
            (30, Original, "PA", 1001 + 501, 9001, 10, "tcp-window"),
        ],
    );
}

#[test]
fn the_opposite_number_is_old() {
    let opposite = 9001 + (1 << 31);
    check_open(
        strict(),
        &[
            (40, Original, "FA", 1001, opposite, 0, "ESTABLISHED"),
            (41, Original, "PA", 1001, opposite, 10, "tcp-ack"),
            (42, Reply, "PA", opposite, 1001, 10, "tcp-window"),
            (43, Reply, "R", opposite, 1001, 0, "rst-window"),
        ],
    );
}

#[test]
fn a_sack_edge_is_the_far_end_of_an_acknowledgment() {
    check_open(
        strict(),
        &[
            (40, Original, "PA", 1001, 9001, 60_000, "ESTABLISHED"),
            (41, Reply, "A sack 61001 win 1000", 9001, 1001, 0, "ESTABLISHED"),
            (42, Original, "PA", 61_001 + 10_000, 9001, 100, "tcp-window"),
            (43, Original, "PA", 1001, 9001, 60_000, "ESTABLISHED"),
        ],
    );
}

#[test]
fn a_sack_edge_beyond_the_largest_window_says_nothing() {
    let check = |header, expect| check_open(strict(), &[(40, Reply, header, 9001, 1001, 0, expect)]);
    check("A sack 1073742825", "tcp-ack");
    check("A sack 1073742826", "ESTABLISHED");
}

#[test]
fn probes_of_idle_and_closed_windows_pass() {
    check_open(
        strict(),
        &[
            (40, Reply, "A win 0", 9001, 1001, 0, "ESTABLISHED"),
            // The window offered before still counts, so a probe is well inside; keepalives lie one byte before.
            (50, Original, "A", 1001, 9001, 1, "ESTABLISHED"),
            (60, Reply, "A win 0", 9001, 1001, 0, "ESTABLISHED"),
            (70, Original, "A", 1000, 9001, 0, "ESTABLISHED"),
            (80, Original, "A", 1000, 9001, 1, "ESTABLISHED"),
            (90, Reply, "A", 9001, 1002, 0, "ESTABLISHED"),
        ],
    );
    check(
        strict(),
        &[
            (10, Original, "S win 0", 1000, 0, 0, "new SYN_SENT"),
            (20, Reply, "SA win 0", 9000, 1001, 0, "SYN_RECV"),
            (30, Original, "A win 0", 1001, 9001, 0, "ESTABLISHED"),
            (40, Original, "A win 0", 1002, 9001, 1, "ESTABLISHED"),
            (50, Original, "A win 0", 1003, 9001, 1, "tcp-window"),
        ],
    );
}

#[test]
fn each_state_has_its_time() {
    let check_time = |lines: &[Line], lifetime: u64| {
        let &(at, .., state) = lines.last().unwrap();
        let state = state.trim_start_matches("new ");
        let late = |at, outcome| (at, Reply, "R", 9003, 0, 0, outcome);
        // A reset inside the window passes and changes nothing; without a flow it is invalid.
        check(strict(), &[lines, &[late(at + lifetime - 1, state)]].concat());
        check(strict(), &[lines, &[late(at + lifetime, "mid-stream")]].concat());
    };
    let then = |more: &[Line<'static>]| [HANDSHAKE.as_slice(), more].concat();
    let fin = (40, Reply, "FA", 9001, 1001, 0, "FIN_WAIT");
    let both = (50, Original, "FA", 1001, 9002, 0, "LAST_ACK");
    let sent = (40, Original, "PA", 1001, 9001, 100, "ESTABLISHED");
    check_time(&then(&[]), 432_000_000);
    check_time(&then(&[sent]), 300_000);
    check_time(&then(&[sent, (50, Reply, "A", 9001, 1101, 0, "ESTABLISHED")]), 432_000_000);
    check_time(&then(&[fin]), 120_000);
    check_time(&then(&[fin, (50, Original, "A", 1001, 9002, 0, "CLOSE_WAIT")]), 60_000);
    check_time(&then(&[fin, both]), 30_000);
    check_time(&then(&[fin, both, (60, Reply, "A", 9002, 1002, 0, "TIME_WAIT")]), 120_000);
    check_time(&then(&[(40, Original, "R", 1001, 0, 0, "CLOSE")]), 10_000);
    check_time(&HANDSHAKE[..2], 60_000);

    let [syn, answer, _] = HANDSHAKE;
    check(strict(), &[syn, (120_009, answer.1, answer.2, answer.3, answer.4, 0, "SYN_RECV")]);
    check(strict(), &[syn, (120_010, answer.1, answer.2, answer.3, answer.4, 0, "mid-stream")]);
    let crossed = (20, Reply, "S", 9000, 0, 0, "SYN_SENT2");
    check(strict(), &[syn, crossed, (120_019, Original, "SA", 1000, 9001, 0, "SYN_RECV")]);
    check(strict(), &[syn, crossed, (120_020, Original, "SA", 1000, 9001, 0, "mid-stream")]);
}

#[test]
fn a_picked_up_connection_goes_on() {
    // Windows are scaled by an unknown factor, and data from before the pick-up is acknowledged after it.
    check(
        Config::default(),
        &[
            (10, Original, "PA win 10", 500_000, 9001, 100, "new ESTABLISHED"),
            (20, Original, "PA win 10", 510_000, 9001, 100, "ESTABLISHED"),
            (30, Reply, "A win 1000", 9001, 700_000, 0, "ESTABLISHED"),
            (40, Reply, "PA win 1000", 9001 + 100_000, 700_000, 1000, "ESTABLISHED"),
            (50, Original, "PA win 10", 700_000 + 8_000_000, 9001, 100, "ESTABLISHED"),
            (60, Original, "PA win 10", 700_000 + (1 << 29), 9001, 100, "tcp-window"),
            (70, Reply, "R", 4_000_000_000, 0, 0, "rst-window"),
            (80, Original, "FA win 10", 8_700_100, 110_001, 0, "FIN_WAIT"),
        ],
    );
    // By a keepalive, which lies one byte before what was sent.
    check(
        Config::default(),
        &[
            (10, Original, "A", 4999, 9001, 0, "new ESTABLISHED"),
            (20, Reply, "A", 9001, 5000, 0, "ESTABLISHED"),
            (30, Original, "PA", 5000, 9001, 10, "ESTABLISHED"),
        ],
    );
}

#[test]
fn a_picked_up_connection_has_less_time() {
    let picked =
        [(10, Original, "A", 5000, 9001, 0, "new ESTABLISHED"), (20, Reply, "A", 9001, 5000, 0, "ESTABLISHED")];
    let again = |at, outcome| (at, Original, "A", 5000, 9001, 0, outcome);
    check(Config::default(), &[picked[0], again(300_009, "ESTABLISHED")]);
    check(Config::default(), &[picked[0], again(300_010, "new ESTABLISHED")]);
    check(Config::default(), &[picked[0], picked[1], again(21_600_019, "ESTABLISHED")]);
    check(Config::default(), &[picked[0], picked[1], again(21_600_020, "new ESTABLISHED")]);
}
