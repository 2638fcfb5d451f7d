//! How much there may be, and the texts of numbers in a profile.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How much a project may hold; `None` is no limit. Disabled rules count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Security groups in the project.
    pub groups: Option<usize>,
    /// Rules in the project.
    pub rules: Option<usize>,
    /// Rules in a group.
    pub rules_per_group: Option<usize>,
    /// Rules of one direction and family in a group.
    pub rules_per_direction_and_family: Option<usize>,
    /// The groups of a vnic, times the most rules of one direction and family that any of them has (AWS: "security groups per
    /// network interface" times "rules per security group").
    pub groups_times_rules_per_vnic: Option<usize>,
}

/// A limit as text: a whole number, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) Option<usize>);

/// A number of things as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) usize);

/// A time as text: whole seconds, from 1 to [`Seconds::MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) Duration);

impl Seconds {
    /// Five days, as long as an open TCP connection lives.
    const MOST: u64 = 5 * 24 * 60 * 60;
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(limit) => write!(out, "{limit}"),
            None => out.write_str("none"),
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Limit, String> {
        match text.trim() {
            "none" => Ok(Limit(None)),
            number => number
                .parse()
                .map(|limit| Limit(Some(limit)))
                .map_err(|_| format!("`{text}` is no limit: write a whole number, or `none`")),
        }
    }
}

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Count, String> {
        text.trim().parse().map(Count).map_err(|_| format!("`{text}` is no number of things: write 0, 1, 2 ..."))
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Seconds, String> {
        let seconds = text.trim().parse().ok().filter(|seconds| (1..=Seconds::MOST).contains(seconds));
        let seconds =
            seconds.ok_or_else(|| format!("`{text}` is no time: write whole seconds, from 1 to {}", Seconds::MOST))?;
        Ok(Seconds(Duration::from_secs(seconds)))
    }
}
