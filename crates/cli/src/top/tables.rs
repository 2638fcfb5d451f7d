//! What is shown as lines and tables of text, without colour: the same on the screen and in a pipe.

use std::time::Duration;

use super::view::{Counted, Rates, View, VnicRates};

/// A table.
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A column's head, and where its text stands.
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) side: Side,
    /// Whether rows are in its order.
    pub(super) sorts: bool,
}

/// Where text stands: names left, numbers right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// The column whose order the vnics have: names upwards, numbers downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort(usize);

/// The columns of vnics.
const VNICS: [(&str, Side); 8] = [
    ("VNIC", Side::Left),
    ("LINK", Side::Left),
    ("IN/s", Side::Right),
    ("bit/s", Side::Right),
    ("dropped/s", Side::Right),
    ("OUT/s", Side::Right),
    ("bit/s", Side::Right),
    ("dropped/s", Side::Right),
];

impl Default for Sort {
    /// By what passes to the instance.
    fn default() -> Sort {
        Sort(2)
    }
}

impl Sort {
    /// By the next column to the right; from the last by the first.
    pub(super) fn right(self) -> Sort {
        Sort((self.0 + 1) % VNICS.len())
    }

    /// By the next column to the left.
    pub(super) fn left(self) -> Sort {
        Sort((self.0 + VNICS.len() - 1) % VNICS.len())
    }
}

/// The lines on top: who it is, what passes.
pub(super) fn head(view: &View) -> [String; 2] {
    let View { node, version, revision, flows, flow_limit, .. } = view;
    let uptime = duration(view.uptime);
    let bound = |seconds: Option<f64>| seconds.map_or("> 1 s".to_owned(), |seconds| format!("≤ {}", short(seconds)));
    let latency = match &view.latency {
        None => "none measured".to_owned(),
        Some(latency) => format!("p50 {}, p99 {}", bound(latency.p50_seconds), bound(latency.p99_seconds)),
    };
    [
        format!("{node}: revision {revision}, {flows} of {flow_limit} flows, up {uptime}, version {version}"),
        format!("{} accepted/s, {} dropped/s; latency {latency}", number(view.accepted), number(view.dropped)),
    ]
}

/// What an operator must look at.
pub(super) fn warnings(view: &View) -> Vec<String> {
    let refused = view.refused.iter().map(|why| format!("a newer document is refused: {}", first_line(why)));
    let failing = (view.failing > 0).then(|| format!("{} vnics cannot be enforced for: see the log", view.failing));
    let lost = (view.lost > 0).then(|| format!("{} frames were lost at links since the start: see the log", view.lost));
    let differing = (view.differing > 0)
        .then(|| format!("{} verdicts were found to be others by the audit: report it, see the log", view.differing));
    refused.chain(failing).chain(lost).chain(differing).collect()
}

/// The vnics.
pub(super) fn vnics(view: &View, sort: Sort) -> Table {
    let mut vnics: Vec<&VnicRates> = view.vnics.iter().collect();
    let figure = |vnic: &VnicRates| {
        let Rates { packets, bits, drops } = if sort.0 < 5 { vnic.ingress } else { vnic.egress };
        [packets, bits, drops][(sort.0 + 1) % 3]
    };
    match sort.0 {
        0 => vnics.sort_by(|a, b| a.vnic.cmp(&b.vnic)),
        1 => vnics.sort_by(|a, b| a.interface.cmp(&b.interface)),
        _ => vnics.sort_by(|a, b| figure(b).total_cmp(&figure(a))),
    }
    let row = |vnic: &VnicRates| {
        let figures = [vnic.ingress, vnic.egress].into_iter().flat_map(|one| [one.packets, one.bits, one.drops]);
        [vnic.vnic.clone(), vnic.interface.clone()].into_iter().chain(figures.map(number)).collect()
    };
    let column = |(at, (head, side))| Column { head, side, sorts: at == sort.0 };
    Table {
        title: "vnics",
        columns: VNICS.into_iter().enumerate().map(column).collect(),
        rows: vnics.into_iter().map(row).collect(),
    }
}

/// The rules.
pub(super) fn rules(view: &View) -> Table {
    counted("rules", "RULE", &view.rules)
}

/// The reasons of drops.
pub(super) fn drops(view: &View) -> Table {
    counted("drops", "REASON", &view.drops)
}

fn counted(title: &'static str, head: &'static str, counted: &[Counted]) -> Table {
    let row = |one: &Counted| vec![one.name.clone(), number(one.rate), total(one.total)];
    Table {
        title,
        columns: vec![
            Column { head, side: Side::Left, sorts: false },
            Column { head: "packets/s", side: Side::Right, sorts: false },
            Column { head: "all", side: Side::Right, sorts: false },
        ],
        rows: counted.iter().map(row).collect(),
    }
}

/// A figure in at most six characters: `0`, `0.3`, `42`, `9999`, `12.3k`, `4.56M`.
pub(super) fn number(figure: f64) -> String {
    match figure {
        ..0.05 => "0".to_owned(),
        ..9.95 => format!("{figure:.1}"),
        ..9_999.5 => format!("{figure:.0}"),
        _ => {
            let [mut scaled, mut unit] = [figure / 1e3, 0.0];
            while scaled >= 999.5 && unit < 4.0 {
                [scaled, unit] = [scaled / 1e3, unit + 1.0];
            }
            let unit = ['k', 'M', 'G', 'T', 'P'][unit as usize];
            match scaled {
                ..9.995 => format!("{scaled:.2}{unit}"),
                ..99.95 => format!("{scaled:.1}{unit}"),
                _ => format!("{scaled:.0}{unit}"),
            }
        }
    }
}

/// A count, which has no fraction.
fn total(count: u64) -> String {
    if count < 10_000 { count.to_string() } else { number(count as f64) }
}

fn short(seconds: f64) -> String {
    match seconds {
        ..1e-3 => format!("{:.0} µs", seconds * 1e6),
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.0} s"),
    }
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}m{:02}s", seconds % 60),
        (0, _) => format!("{hours}h{minutes:02}m"),
        _ => format!("{days}d{hours:02}h"),
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::view::tests::{seen, status};
    use super::*;

    #[test]
    fn figures_are_short() {
        let check = |figure: f64, expect: &str| assert_eq!(number(figure), expect, "{figure}");
        check(0.0, "0");
        check(0.31, "0.3");
        check(9.97, "10");
        check(9_999.4, "9999");
        check(9_999.9, "10.0k");
        check(12_345.0, "12.3k");
        check(123_456.0, "123k");
        check(999_600.0, "1.00M");
        check(4_561_000.0, "4.56M");
        check(1e19, "10000P");
        assert_eq!([0, 7, 9_999, 10_000].map(total), ["0", "7", "9999", "10.0k"]);
    }

    #[test]
    fn times_are_short() {
        let check = |seconds: u64, expect: &str| assert_eq!(duration(Duration::from_secs(seconds)), expect);
        check(9, "0m09s");
        check(3_599, "59m59s");
        check(7_260, "2h01m");
        check(90_000, "1d01h");
        assert_eq!([3.2e-5, 1.024e-3, 1.048576].map(short), ["32 µs", "1 ms", "1 s"]);
    }

    #[test]
    fn vnics_stand_in_the_order_of_a_column() {
        let view = seen(vec![status(1), status(2)]);
        let order = |sort: Sort| vnics(&view, sort).rows.into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
        let mut sort = Sort(0);
        let expect = ["db web", "web db", "web db", "web db", "db web", "web db", "web db", "db web", "db web"];
        for expect in expect {
            assert_eq!(order(sort).join(" "), expect, "{sort:?}");
            assert_eq!(sort.right().left(), sort);
            sort = sort.right();
        }
    }

    #[test]
    fn what_must_be_looked_at_is_said() {
        let mut now = status(2);
        assert!(warnings(&seen(vec![status(1), now.clone()])).is_empty());
        now.report.refused = Some("it has faults:\nmany".to_owned());
        now.failing_vnics = 2;
        let loss = |frames| enforcer::LossCount {
            vnic: "web".to_owned(),
            side: "guest".to_owned(),
            cause: "cut".to_owned(),
            frames,
        };
        now.losses = vec![loss(3), loss(4)];
        now.report.watched.audit = Some(enforcer::Audited { checked: 9, differing: 1 });
        let expect = [
            "a newer document is refused: it has faults:",
            "2 vnics cannot be enforced for: see the log",
            "7 frames were lost at links since the start: see the log",
            "1 verdicts were found to be others by the audit: report it, see the log",
        ];
        assert_eq!(warnings(&seen(vec![status(1), now])), expect);
    }
}
