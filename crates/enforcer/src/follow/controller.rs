//! The document of a controller, over its HTTP API.
//!
//! The stream of events says when to look; what is enforced is always the whole document. So a lost event costs time and
//! nothing else: the stream says the revision anew whenever it is opened, and it is opened anew at least every five minutes.

use std::io::{self, BufRead, BufReader, Read};
use std::time::{Duration, Instant};

use policy::{Document, Revision};
use serde_json::Value;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::{FollowError, Follower, Listening, News, Resolved, accept, check_forward};
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

/// The longest line of an event that is looked at, in bytes.
const LONGEST_LINE: u64 = 1 << 10;

/// Talks to one controller in the name of one enforcer.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    url: String,
    node: String,
}

impl Client {
    pub(crate) fn new(url: &str, node: &str) -> Client {
        // A proxy of the environment is for the way to the world.
        let config = Agent::config_builder().http_status_as_error(false).timeout_connect(Some(PATIENCE)).proxy(None);
        Client { agent: config.build().into(), url: url.trim_end_matches('/').to_owned(), node: node.to_owned() }
    }

    /// The newest document.
    ///
    /// # Errors
    /// No answer, or a strange one.
    pub(crate) fn document(&self) -> Result<(Revision, Value), FollowError> {
        let url = self.at("/api/v1/document");
        let request = self.agent.get(&url).config().timeout_global(Some(PATIENCE)).build();
        let mut response = self.expect_ok(&url, request.call())?;
        let body: Value =
            response.body_mut().with_config().limit(LARGEST).read_json().map_err(|error| self.strange(error))?;
        match (body["revision"].as_u64(), body.get("document")) {
            (Some(revision), Some(document)) => Ok((Revision(revision), document.clone())),
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
        let url = self.at("/api/v1/document/events");
        let request = self.agent.get(&url).header("Accept", "text/event-stream");
        let request = request.config().timeout_per_read(Some(SILENCE)).build();
        Ok(BufReader::new(self.expect_ok(&url, request.call())?.into_body().into_reader()))
    }

    fn expect_ok(&self, url: &str, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, FollowError> {
        let response = answer.map_err(|error| self.unreachable(error))?;
        match response.status() {
            StatusCode::OK => Ok(response),
            status => Err(self.strange(format!("`{url}` answers {status}"))),
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
    fn read(&mut self, mut events: impl BufRead, tell: &impl Fn(News) -> Listening) -> Result<Listening, FollowError> {
        let opened = Instant::now();
        while let Some(line) = next_line(&mut events).unwrap_or(None) {
            // The events of Server-Sent Events (WHATWG HTML, 9.2) that count here have one line of data, which is not needed.
            if line.strip_prefix(b"event:").is_some_and(|name| name.trim_ascii() == b"document")
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

    /// Asks for the newest document; whole, since one of the same number may be another where the controller lost its store.
    fn look(&mut self) -> Result<Option<News>, FollowError> {
        let (revision, document) = self.client.document()?;
        let news = match self.judge(revision, &document) {
            // What was refused is gone.
            Ok(resolved) if revision == self.last.policy.revision() => {
                return Ok(std::mem::take(&mut self.refused).then_some(News::Policy(resolved)));
            }
            Ok(resolved) => {
                self.cache.keep(revision, &document).unwrap_or_else(|error| tracing::warn!("{error}"));
                self.last = resolved.clone();
                News::Policy(resolved)
            }
            Err(error) => News::Refused(error.to_string()),
        };
        self.refused = matches!(news, News::Refused(_));
        Ok(Some(news))
    }

    /// What a document is after the last one: that one itself where it has not changed.
    fn judge(&self, revision: Revision, document: &Value) -> Result<Resolved, FollowError> {
        let Resolved { policy: last, document: enforced } = &self.last;
        let read = Document::check_value(document);
        check_forward((revision, &read.0), (last.revision(), enforced))?;
        match revision == last.revision() {
            true => Ok(self.last.clone()),
            false => accept(revision, read, Some(last)),
        }
    }
}

/// The next line, cut off behind [`LONGEST_LINE`]; `None` at the end.
fn next_line(events: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    events.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    match line.last() {
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) => {
            events.skip_until(b'\n')?;
        }
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_an_end_takes_no_memory() {
        let long = [b"data: ".as_slice(), &[b'x'; 5_000], b"\nevent: document\n", &[b'y'; 2_000]].concat();
        let mut events = long.as_slice();
        assert_eq!(next_line(&mut events).unwrap().unwrap().len() as u64, LONGEST_LINE);
        assert_eq!(next_line(&mut events).unwrap().unwrap(), b"event: document\n");
        assert_eq!(next_line(&mut events).unwrap().unwrap().len() as u64, LONGEST_LINE);
        assert_eq!(next_line(&mut events).unwrap(), None);
    }
}
