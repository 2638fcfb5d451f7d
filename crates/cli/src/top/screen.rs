//! The same as in text, on a screen of any size: vnics get the room, rules and drops stand below side by side.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Cell, Paragraph, Row, Table as Widget};

use super::tables::{self, Column, Side, Sort, Table};
use super::view::View;

/// The most lines of rules and drops, with their heads.
const BELOW: u16 = 9;

/// Lines that vnics have at least, with their heads.
const VNICS: u16 = 3;

const KEYS: &str = "q quit  p pause  ← → sort";

/// What was chosen with keys, and what went wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Mode {
    pub(super) sort: Sort,
    pub(super) pace: Pace,
    /// Why there is no newer answer.
    pub(super) fault: Option<String>,
}

/// Whether the screen changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Pace {
    #[default]
    Live,
    Paused,
}

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, view: &View, mode: &Mode) {
    let (rules, drops) = (tables::rules(view), tables::drops(view));
    let longest = u16::try_from(rules.rows.len().max(drops.rows.len())).unwrap_or(BELOW);
    let warnings: Vec<String> = mode.fault.iter().cloned().chain(tables::warnings(view)).collect();
    let rows = [
        Constraint::Length(2),
        Constraint::Length(warnings.len() as u16),
        Constraint::Length(1),
        Constraint::Min(VNICS),
        Constraint::Max(longest.saturating_add(1).min(BELOW)),
        Constraint::Length(1),
    ];
    let [head, warned, _, above, below, keys] = Layout::vertical(rows).areas(frame.area());
    let [who, what] = tables::head(view);
    let who = Line::styled(who, Modifier::BOLD);
    frame.render_widget(Paragraph::new(vec![who, Line::raw(what)]), head);
    let bad = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
    frame.render_widget(Paragraph::new(Text::from_iter(warnings).style(bad)), warned);
    draw_table(frame, &tables::vnics(view, mode.sort), above);
    let [left, _, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(3), Constraint::Fill(1)]).areas(below);
    draw_table(frame, &rules, left);
    draw_table(frame, &drops, right);
    frame.render_widget(foot(view, mode), keys);
}

fn foot(view: &View, mode: &Mode) -> Line<'static> {
    let faint = Style::new().add_modifier(Modifier::DIM);
    let keys = Span::styled(format!("{KEYS}  rates are over {:.1} s", view.seconds), faint);
    match mode.pace {
        Pace::Live => Line::from(keys),
        Pace::Paused => {
            let paused = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
            Line::from(vec![Span::styled("paused  ", paused), keys])
        }
    }
}

fn draw_table(frame: &mut Frame<'_>, table: &Table, area: Rect) {
    let (fits, shown) = (usize::from(area.height.saturating_sub(1)), table.rows.len());
    // The last line says what has no room.
    let left_out = if shown > fits { shown - fits.saturating_sub(1) } else { 0 };
    let rows = table.rows[..shown - left_out]
        .iter()
        .map(|row| Row::new(row.iter().zip(&table.columns).map(|(text, column)| cell(text.clone(), column.side))));
    let more = (left_out > 0).then(|| {
        let more = format!("and {left_out} {}", table.title);
        Row::new([Cell::from(more)]).style(Modifier::DIM)
    });
    let widget =
        Widget::new(rows.chain(more), table.columns.iter().enumerate().map(|(at, column)| width(table, at, column)));
    let head = Row::new(table.columns.iter().map(head)).style(Modifier::BOLD);
    frame.render_widget(widget.header(head).column_spacing(2), area);
}

/// Names take what is left, numbers what they need.
fn width(table: &Table, at: usize, column: &Column) -> Constraint {
    let longest = table.rows.iter().map(|row| row[at].chars().count()).chain([column.head.len()]).max();
    let longest = longest.and_then(|longest| u16::try_from(longest).ok()).unwrap_or(u16::MAX);
    match (at, column.side) {
        (0, _) => Constraint::Fill(1),
        (_, Side::Left) => Constraint::Max(longest),
        (_, Side::Right) => Constraint::Length(longest),
    }
}

fn head(column: &Column) -> Cell<'static> {
    let cell = cell(column.head.to_owned(), column.side);
    if column.sorts { cell.style(Modifier::REVERSED) } else { cell }
}

fn cell(text: String, side: Side) -> Cell<'static> {
    let alignment = match side {
        Side::Left => Alignment::Left,
        Side::Right => Alignment::Right,
    };
    Cell::from(Text::from(text).alignment(alignment))
}

#[cfg(test)]
mod tests {
    use super::super::view::tests::{seen, status};
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn check((width, height): (u16, u16), mode: &Mode, expect: &str) {
        let view = seen(vec![status(3_600), status(3_601)]);
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, &view, mode)).unwrap();
        let cells = terminal.backend().buffer().content().chunks(usize::from(width));
        let lines = cells.map(|cells| cells.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned());
        let found = lines.collect::<Vec<_>>().join("\n");
        assert_eq!(found, expect.trim_matches('\n'), "\n{found}");
    }

    #[test]
    fn a_usual_terminal() {
        check((80, 12), &Mode::default(), USUAL);
    }

    #[test]
    fn a_small_terminal_says_what_it_leaves_out() {
        let fault = Some("no answer".to_owned());
        check((60, 10), &Mode { pace: Pace::Paused, fault, ..Mode::default() }, SMALL);
    }

    #[test]
    fn no_terminal_is_too_small() {
        for (width, height) in [(1, 1), (10, 3), (200, 2), (3, 60)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| draw(frame, &seen(vec![status(1)]), &Mode::default())).unwrap();
        }
    }

    const USUAL: &str = "
hv1: revision 7, 120 of 262144 flows, up 1h00m, version 0.1.0
12.4k accepted/s, 41 dropped/s; latency p50 ≤ 32 µs, p99 ≤ 32 µs

VNIC                      LINK   IN/s  bit/s  dropped/s  OUT/s  bit/s  dropped/s
web                       tap0  12.3k  98.8M        1.0     10   5120          0
db                        tap1    2.0  24.0k         40    2.0   1600          0


RULE                   packets/s    all   REASON                 packets/s   all
web-http                   12.3k  44.5M   default                       40  144k
db-postgres                  2.0   7202   guard:arp                    1.0  3601
q quit  p pause  ← → sort  rates are over 1.0 s
";

    const SMALL: &str = "
hv1: revision 7, 120 of 262144 flows, up 1h00m, version 0.1.
12.4k accepted/s, 41 dropped/s; latency p50 ≤ 32 µs, p99 ≤ 3
no answer

VNIC  LINK   IN/s  bit/s  dropped/s  OUT/s  bit/s  dropped/s
web   tap0  12.3k  98.8M        1.0     10   5120          0
db    tap1    2.0  24.0k         40    2.0   1600          0
RULE         packets/s    all   REASON       packets/s   all
and 2 rules                     and 2 drops
paused  q quit  p pause  ← → sort  rates are over 1.0 s
";
}
