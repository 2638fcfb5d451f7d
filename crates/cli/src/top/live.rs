//! The screen that changes, and the keys.

use std::path::Path;
use std::time::Instant;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::screen::{Mode, Pace, draw};
use super::view::Watch;
use super::{PERIOD, socket};

/// Whether somebody still watches.
#[derive(PartialEq, Eq)]
enum Next {
    Watch,
    End,
}

/// Shows what an enforcer does, until somebody presses `q`. The terminal is then as it was.
///
/// # Errors
/// The terminal cannot be used. An enforcer that does not answer any more is told on the screen.
pub(super) fn show(socket: &Path, watch: Watch) -> anyhow::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let shown = run(&mut terminal, socket, watch);
    ratatui::restore();
    shown
}

fn run(terminal: &mut DefaultTerminal, socket: &Path, mut watch: Watch) -> anyhow::Result<()> {
    let mut mode = Mode::default();
    let mut view = watch.view();
    let mut due = Instant::now() + PERIOD;
    loop {
        terminal.draw(|frame| draw(frame, &view, &mode))?;
        if event::poll(due.saturating_duration_since(Instant::now()))? {
            if let Event::Key(key) = event::read()?
                && press(key, &mut mode) == Next::End
            {
                return Ok(());
            }
            continue;
        }
        due = Instant::now() + PERIOD;
        match socket::ask(socket) {
            Ok(status) => {
                watch.note(status);
                mode.fault = None;
            }
            Err(error) => mode.fault = Some(format!("{error:#}")),
        }
        if mode.pace == Pace::Live {
            view = watch.view();
        }
    }
}

fn press(key: KeyEvent, mode: &mut Mode) -> Next {
    if key.kind == KeyEventKind::Release {
        return Next::Watch;
    }
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => return Next::End,
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Next::End,
        KeyCode::Char('p' | ' ') => {
            mode.pace = match mode.pace {
                Pace::Live => Pace::Paused,
                Pace::Paused => Pace::Live,
            }
        }
        KeyCode::Right => mode.sort = mode.sort.right(),
        KeyCode::Left => mode.sort = mode.sort.left(),
        _ => {}
    }
    Next::Watch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::tables::Sort;

    #[test]
    fn keys() {
        let mut mode = Mode::default();
        let mut check = |code: KeyCode, modifiers: KeyModifiers, next: Next, pace: Pace, sort: Sort| {
            assert!(press(KeyEvent::new(code, modifiers), &mut mode) == next, "{code}");
            assert_eq!((mode.pace, mode.sort), (pace, sort), "{code}");
        };
        let (none, first) = (KeyModifiers::NONE, Sort::default());
        check(KeyCode::Char('p'), none, Next::Watch, Pace::Paused, first);
        check(KeyCode::Right, none, Next::Watch, Pace::Paused, first.right());
        check(KeyCode::Char(' '), none, Next::Watch, Pace::Live, first.right());
        check(KeyCode::Left, none, Next::Watch, Pace::Live, first);
        check(KeyCode::Char('x'), none, Next::Watch, Pace::Live, first);
        check(KeyCode::Char('c'), none, Next::Watch, Pace::Live, first);
        check(KeyCode::Char('c'), KeyModifiers::CONTROL, Next::End, Pace::Live, first);
        check(KeyCode::Char('q'), none, Next::End, Pace::Live, first);
        check(KeyCode::Esc, none, Next::End, Pace::Live, first);
    }
}
