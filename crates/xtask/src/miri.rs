//! Runs tests in an interpreter that sees undefined behaviour: `cargo xtask miri`.
//!
//! The crates forbid `unsafe`; what is looked for are mistakes in what they build upon, and arithmetic that overflows.

use anyhow::{Result, ensure};
use clap::Args;

use crate::setup::{self, Tool};
use crate::workspace::{Workspace, succeed};

/// The crates that see packets and documents of strangers, and do nothing that an interpreter cannot do.
const CRATES: [&str; 4] = ["conntrack", "wire", "engine", "policy"];

/// Tests of so many steps that an interpreter takes from ten minutes to hours for each: natively some 30 ms and more.
const LONG: [&str; 21] = [
    "what_is_left_over_is_bounded",
    "told_is_what_was_allocated",
    "every_length_sums_as_the_rfc_does_it",
    "every_number_is_read_and_written_back",
    "an_attack_needs_the_key",
    "every_course_is_a_scenario_that_holds",
    "looking_ahead_changes_nothing",
    "a_full_index_refuses_nothing",
    "a_flow_takes_at_most_128_bytes",
    "every_form_agrees_with_a_search",
    "a_survey_lags_behind_when_a_quarter_and_some_more_are_new",
    "remote::table::",
    "are_litter",
    "take_about_what_was_allocated",
    "each_part_grows_with_what_it_is_of",
    "followed_and_resolved_agree",
    "nesting_and_repetition_are_bounded",
    "every_rule_template_is_valid_in_every_profile",
    "who_is_in_several_remotes_is_looked_up_at_once_as_far_as_is_allowed",
    "program::tests::cells::",
    "resolve::tests::bounds::",
];

/// Tests that measure what the allocator gives: the interpreter's maps have other sizes.
const MEASURING: [&str; 1] = ["of_nothing_is_told_all_but_the_profile_and_empty_parts"];

/// Which crates.
#[derive(Args)]
pub(crate) struct Options {
    /// The crates; all four if none is named.
    crates: Vec<String>,
}

/// Tests them one after the other, each random test with one case.
pub(crate) fn miri(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::ensure(workspace, &[Tool::Miri])?;
    let all = CRATES.map(str::to_owned).to_vec();
    for name in if options.crates.is_empty() { &all } else { &options.crates } {
        ensure!(CRATES.contains(&name.as_str()), "`{name}` is none of these crates: name any of {}", CRATES.join(", "));
        println!("\n== {name}");
        let mut cargo = workspace.command("cargo");
        cargo.args(["+nightly", "miri", "test", "--package", name, "--tests", "--target-dir"]);
        cargo.arg(workspace.built("miri")).env("PROPTEST_CASES", "1");
        // Random tests ask the clock and the working directory.
        cargo.env("MIRIFLAGS", "-Zmiri-disable-isolation").arg("--");
        cargo.args(LONG.iter().chain(&MEASURING).flat_map(|test| ["--skip", test]));
        succeed(&mut cargo, format_args!("miri found something in `{name}`, or one of its tests failed"))?;
    }
    Ok(())
}
