//! Sends reports from a thread of its own, one at a time, so that a slow controller delays nothing.

use std::sync::mpsc::{Sender, channel};

use super::event::Happening;
use crate::follow::{Client, FollowError};
use crate::report::Report;

pub(super) struct Reporter {
    reports: Sender<Report>,
    state: State,
    /// Whether the last report was taken.
    standing: Standing,
}

#[derive(PartialEq, Eq)]
enum State {
    Idle,
    Sending,
}

enum Standing {
    Heard,
    Unheard,
}

impl Reporter {
    pub(super) fn start(client: Client, tell: &Sender<Happening>) -> std::io::Result<Reporter> {
        let (reports, inbox) = channel::<Report>();
        let tell = tell.clone();
        let send = move || {
            for report in inbox {
                if tell.send(Happening::Reported(client.report(&report))).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("report".to_owned()).spawn(send)?;
        Ok(Reporter { reports, state: State::Idle, standing: Standing::Heard })
    }

    /// Whether the last report is through.
    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    pub(super) fn send(&mut self, report: Report) {
        if self.reports.send(report).is_ok() {
            self.state = State::Sending;
        }
    }

    /// Notes what became of the last report; says it when that changes.
    pub(super) fn answered(&mut self, answer: Result<(), FollowError>) {
        self.state = State::Idle;
        self.standing = match (answer, &self.standing) {
            (Ok(()), Standing::Heard) => Standing::Heard,
            (Ok(()), Standing::Unheard) => {
                tracing::info!("the controller takes reports again");
                Standing::Heard
            }
            (Err(error), Standing::Heard) => {
                tracing::warn!("cannot report: {error}");
                Standing::Unheard
            }
            (Err(_), Standing::Unheard) => Standing::Unheard,
        };
    }
}
