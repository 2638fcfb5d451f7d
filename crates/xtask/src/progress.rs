//! Long commands run out of sight: their output goes to a log, and what is seen is that they are alive.
//!
//! On a terminal that is a spinner with the last line of the log; elsewhere a line every half minute.

use std::fs::{self, File};
use std::io::{IsTerminal, Read, Seek, SeekFrom, stderr};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

const POLL: Duration = Duration::from_millis(100);
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
const TAIL_BYTES: i64 = 4096;
const SHOWN_LINES: usize = 15;

/// Runs a command to its end with its output in `log`, and fails with the end of that log when it fails
/// or has not ended within `limit`.
pub(crate) fn run_logged(command: &mut Command, label: &str, log: &Path, limit: Duration) -> Result<()> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    }
    let output = File::create(log).with_context(|| format!("cannot write `{}`", log.display()))?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let status = wait_visibly(command, label, log, limit)?;
    if !status.success() {
        bail!("{}\n{label} failed: {status}; all of its output is in {}", last_lines(log, SHOWN_LINES), log.display());
    }
    Ok(())
}

/// A duration as people say it: `0.4 s`, `73 s`, `12 min 5 s`.
pub(crate) fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

fn wait_visibly(command: &mut Command, label: &str, log: &Path, limit: Duration) -> Result<ExitStatus> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("cannot start `{program}`"))?;
    let start = Instant::now();
    let mut next_sign = SIGN_OF_LIFE;
    let spinner = spinner(label);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            spinner.finish_and_clear();
            bail!("{label} did not end within {}; its output so far is in {}", spoken(limit), log.display());
        }
        spinner.set_message(last_lines(log, 1));
        spinner.tick();
        if spinner.is_hidden() && start.elapsed() > next_sign {
            eprintln!("            {} so far: {}", spoken(start.elapsed()), last_lines(log, 1));
            next_sign += SIGN_OF_LIFE;
        }
        thread::sleep(POLL);
    };
    spinner.finish_and_clear();
    Ok(status)
}

fn spinner(label: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("  {spinner} {prefix} {elapsed} {wide_msg:.dim}");
    let spinner = ProgressBar::new_spinner().with_prefix(label.to_owned());
    match style {
        Ok(style) => spinner.with_style(style),
        Err(_) => spinner,
    }
}

fn last_lines(log: &Path, count: usize) -> String {
    let text = read_tail(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn read_tail(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    if file.metadata()?.len() > TAIL_BYTES as u64 {
        file.seek(SeekFrom::End(-TAIL_BYTES))?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
