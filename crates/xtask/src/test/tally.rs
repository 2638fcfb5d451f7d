//! What test runs say about themselves, read from their output while it passes by.

/// The results of the tests that a step has run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    /// The tests that were left out, each with the reason that its author gave.
    pub(super) ignored: Vec<String>,
    /// What the failed ones said, by line.
    pub(super) failures: Vec<String>,
    in_failures: bool,
}

/// The most lines of failures that are said again.
const MOST_FAILURES: usize = 200;

impl Tally {
    /// Counts a line of output if it is a result: of libtest, of wasm-bindgen's runner (which speaks as
    /// libtest does), or the closing `N passed, N failed` of our own runners.
    pub(super) fn read(&mut self, line: &str) {
        if let Some((passed, failed)) = totals(line) {
            self.passed += passed;
            self.failed += failed;
        } else if let Some(ignored) = ignored(line) {
            self.ignored.push(ignored);
        }
        // What they said stands between two of these lines, and their names behind the second.
        if line == "failures:" {
            self.in_failures = !self.in_failures;
        } else if self.in_failures && self.failures.len() < MOST_FAILURES {
            self.failures.push(line.to_owned());
        }
    }
}

fn totals(line: &str) -> Option<(u64, u64)> {
    let counts: Vec<&str> = match line.strip_prefix("test result: ") {
        Some(result) => result.split_once(". ")?.1.split("; ").take(2).collect(),
        None => line.split(", ").collect(),
    };
    match counts[..] {
        [passed, failed] => Some((count(passed, "passed")?, count(failed, "failed")?)),
        _ => None,
    }
}

fn count(text: &str, word: &str) -> Option<u64> {
    text.trim().strip_suffix(word)?.trim().parse().ok()
}

/// `test NAME ... ignored, REASON`, or what a test says that finds out only when it runs: `SKIPPED: REASON`
fn ignored(line: &str) -> Option<String> {
    if let Some(reason) = line.strip_prefix("SKIPPED: ") {
        return Some(reason.to_owned());
    }
    let (name, state) = line.strip_prefix("test ")?.split_once(" ... ")?;
    match state.strip_prefix("ignored")?.strip_prefix(", ") {
        Some(reason) => Some(format!("{name}: {reason}")),
        None => Some(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn check(output: &str, passed: u64, failed: u64, ignored: &[&str]) {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.read(line));
        let ignored = ignored.iter().map(ToString::to_string).collect();
        assert_eq!(tally, Tally { passed, failed, ignored, ..Tally::default() }, "{output}");
    }

    #[test]
    fn what_failed_ones_said_is_kept() {
        let output = "test a ... FAILED\n\nfailures:\n\n---- a stdout ----\nleft: 1\n\nfailures:\n    a\n\n\
            test result: FAILED. 0 passed; 1 failed\ntest b ... ok";
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.read(line));
        assert_eq!(tally.failures, ["", "---- a stdout ----", "left: 1", ""]);
    }

    #[test]
    fn results_are_added_up() {
        check(
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            12,
            0,
            &[],
        );
        check("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", 1, 2, &[]);
        check("test result: ok. 3 passed; 0 failed\nrunning 2 tests\ntest result: ok. 2 passed; 0 failed", 5, 0, &[]);
        check("vector 7 failed at step 2\n40 passed, 2 failed", 40, 2, &[]);
    }

    #[test]
    fn tests_that_were_left_out_are_named() {
        check("test bridge::spoof ... ignored, needs root", 0, 0, &["bridge::spoof: needs root"]);
        check("test slow ... ignored", 0, 0, &["slow"]);
        check("SKIPPED: spoof needs root", 0, 0, &["spoof needs root"]);
        check("test quick ... ok", 0, 0, &[]);
    }

    #[test]
    fn other_lines_are_not_results() {
        check("passed, failed\n3 passed\ntest result: unknown\na 3 passed, 2 failed, 1 more", 0, 0, &[]);
    }
}
