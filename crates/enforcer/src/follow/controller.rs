//! The document of a controller, over its HTTP API.
//!
//! The stream of events says when to look; what is enforced is always the whole document, asked for by its revision. So a
//! lost event costs time and nothing else: the stream says the revision anew whenever it is opened, and it is opened anew
//! at least every five minutes.

use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::{Duration, Instant};

use policy::Revision;
use serde_json::Value;
use ureq::Agent;
use ureq::http::StatusCode;

use super::{FollowError, Follower, Listening, News, accept};
use crate::report::Report;

/// Waits between attempts: it doubles from the first to the last.
const BACKOFF: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(8)];

/// The longest life of one stream of events.
const RELIST: Duration = Duration::from_secs(300);

/// A controller that sends nothing for so long, not even a comment, is gone.
const SILENCE: Duration = Duration::from_secs(45);

/// The longest that one question may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest document that is read, in bytes: what the controller takes, and as much again for its envelope.
const LARGEST: u64 = 32 << 20;

/// Talks to one controller in the name of one enforcer.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    url: String,
    node: String,
}

impl Client {
    pub(crate) fn new(url: &str, node: &str) -> Client {
        let config = Agent::config_builder().http_status_as_error(false).timeout_connect(Some(PATIENCE)).build();
        Client { agent: config.into(), url: url.trim_end_matches('/').to_owned(), node: node.to_owned() }
    }

    /// The document, unless it still is the known one.
    ///
    /// # Errors
    /// No answer, or a strange one.
    pub(crate) fn document(&self, known: Option<Revision>) -> Result<Option<(Revision, Value)>, FollowError> {
        let mut request = self.agent.get(self.at("/api/v1/document")).config().timeout_global(Some(PATIENCE)).build();
        if let Some(known) = known {
            request = request.header("If-None-Match", format!("\"{known}\""));
        }
        let mut response = request.call().map_err(|error| self.unreachable(error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(None),
            StatusCode::NOT_FOUND => return Err(FollowError::NoDocument),
            status => {
                return Err(self.strange(format!("`{}` answers {status}", self.at("/api/v1/document"))));
            }
        }
        let body: Value =
            response.body_mut().with_config().limit(LARGEST).read_json().map_err(|error| self.strange(error))?;
        match (body["revision"].as_u64(), body.get("document")) {
            (Some(revision), Some(document)) => Ok(Some((Revision(revision), document.clone()))),
            (_, _) => Err(self.strange("its answer has no `revision` and `document`")),
        }
    }

    /// Reports what was done.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub(crate) fn report(&self, report: &Report) -> Result<(), FollowError> {
        let url = self.at(&format!("/api/v1/enforcers/{}/report", self.node));
        let request = self.agent.post(url).config().timeout_global(Some(PATIENCE)).build();
        let response = request.send_json(report).map_err(|error| self.unreachable(error))?;
        match response.status() {
            status if status.is_success() => Ok(()),
            status => Err(self.strange(format!("it answers a report with {status}"))),
        }
    }

    fn events(&self) -> Result<impl BufRead + use<>, FollowError> {
        let request = self.agent.get(self.at("/api/v1/events")).header("Accept", "text/event-stream");
        let request = request.config().timeout_per_read(Some(SILENCE)).build();
        let response = request.call().map_err(|error| self.unreachable(error))?;
        match response.status() {
            StatusCode::OK => Ok(BufReader::new(response.into_body().into_reader())),
            status => Err(self.strange(format!("`{}` answers {status}", self.at("/api/v1/events")))),
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn unreachable(&self, error: ureq::Error) -> FollowError {
        FollowError::Unreachable { url: self.url.clone(), error: error.to_string() }
    }

    fn strange(&self, answer: impl ToString) -> FollowError {
        FollowError::Strange { url: self.url.clone(), answer: answer.to_string() }
    }
}

/// Follows until nobody listens.
pub(super) fn follow(mut follower: Follower, tell: impl Fn(News) -> Listening) {
    let [first, last] = BACKOFF;
    let mut pause = first;
    let mut away = false;
    loop {
        let opened = Instant::now();
        let ended = follower.client.events().and_then(|events| {
            away = false;
            pause = first;
            follower.read(events, &tell)
        });
        match ended {
            Ok(Listening::No) => return,
            Ok(Listening::Yes) if opened.elapsed() >= RELIST => continue,
            Ok(Listening::Yes) => {}
            // Said once: it may be away for long.
            Err(error) if !away => {
                away = true;
                if tell(News::Away(error.to_string())) == Listening::No {
                    return;
                }
            }
            Err(_) => {}
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(last);
    }
}

impl Follower {
    /// Reads one stream to its end.
    fn read(&mut self, events: impl BufRead, tell: &impl Fn(News) -> Listening) -> Result<Listening, FollowError> {
        let opened = Instant::now();
        for line in events.lines() {
            let Ok(line) = line else {
                break;
            };
            // The events of Server-Sent Events (WHATWG HTML, 9.2) that count here have one line of data, which is not needed.
            if line.strip_prefix("event:").is_some_and(|name| name.trim() == "document")
                && let Some(news) = self.look()?
                && tell(news) == Listening::No
            {
                return Ok(Listening::No);
            }
            if opened.elapsed() >= RELIST {
                break;
            }
        }
        Ok(Listening::Yes)
    }

    fn look(&mut self) -> Result<Option<News>, FollowError> {
        let Some((revision, document)) = self.client.document(Some(self.last.revision()))? else {
            return Ok(None);
        };
        let applied = self.last.revision();
        if revision < applied {
            let error = FollowError::Backward { offered: revision, applied };
            return Ok(Some(News::Refused(error.to_string())));
        }
        let resolved = match accept(revision, &document, Some(&self.last)) {
            Ok(resolved) => resolved,
            Err(error) => return Ok(Some(News::Refused(error.to_string()))),
        };
        if let Err(error) = self.cache.keep(revision, &document) {
            tracing::warn!("{error}");
        }
        self.last = Arc::clone(&resolved.policy);
        Ok(Some(News::Policy(resolved)))
    }
}
