//! The same as on the screen, as text for pipes and scripts.

use super::tables::{self, Side, Sort, Table};
use super::view::View;
use crate::style;

/// Writes everything, with the sorted column of vnics as asked.
pub(super) fn render(view: &View, sort: Sort) -> String {
    let [who, what] = tables::head(view);
    let warnings: String = tables::warnings(view).iter().map(|warning| format!("{}\n", style::bad(warning))).collect();
    let over = style::faint(format!("rates are over {:.1} s", view.seconds));
    let tables = [tables::vnics(view, sort), tables::rules(view), tables::drops(view)];
    let tables: Vec<String> = tables.iter().filter(|table| !table.rows.is_empty()).map(lines).collect();
    format!("{}\n{what}\n{over}\n{warnings}\n{}", style::strong(who), tables.join("\n"))
}

fn lines(table: &Table) -> String {
    let width = |at: usize, head: &str| {
        let longest = table.rows.iter().map(|row| row[at].chars().count()).max();
        longest.unwrap_or_default().max(head.chars().count())
    };
    let widths: Vec<usize> = table.columns.iter().enumerate().map(|(at, column)| width(at, column.head)).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&table.columns).zip(&widths).map(|((cell, column), width)| match column.side {
            Side::Left => format!("{cell:width$}"),
            Side::Right => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head = style::strong(line(&mut table.columns.iter().map(|column| column.head)));
    let rows: String = table.rows.iter().map(|row| line(&mut row.iter().map(String::as_str)) + "\n").collect();
    format!("{head}\n{rows}")
}

#[cfg(test)]
mod tests {
    use super::super::view::tests::{seen, status};
    use super::*;

    #[test]
    fn all_of_it_is_text() {
        let text = render(&seen(vec![status(3_600), status(3_601)]), Sort::default());
        let plain = anstream::adapter::strip_str(&text).to_string();
        let expect = "\
hv1: revision 7, 120 of 262144 flows, up 1h00m, version 0.1.0
12.4k accepted/s, 41 dropped/s; latency p50 ≤ 32 µs, p99 ≤ 32 µs
rates are over 1.0 s

VNIC  LINK   IN/s  bit/s  dropped/s  OUT/s  bit/s  dropped/s
web   tap0  12.3k  98.8M        1.0     10   5120          0
db    tap1    2.0  24.0k         40    2.0   1600          0

RULE         packets/s    all
web-http         12.3k  44.5M
db-postgres        2.0   7202

REASON     packets/s   all
default           40  144k
guard:arp        1.0  3601
";
        assert_eq!(plain, expect, "{plain}");
    }
}
