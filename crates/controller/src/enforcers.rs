//! What enforcers say of themselves: kept in memory, the latest of each.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use crate::api::{Enforcer, Report, SeenPacket};
use crate::refusal::Refusal;
use crate::request::{self, Format};
use crate::shared::{Shared, rfc3339};

/// The most enforcers that are remembered; the one that was silent for longest goes first.
const ENFORCERS: usize = 256;

/// The most packets that are kept of each, of those that were dropped and of those that opened a flow.
const PACKETS: usize = 1_000;

/// The longest text of a packet, in bytes; a packet's text form has fewer than 300.
const LONGEST_TEXT: usize = 1_024;

/// The longest name of an enforcer, in bytes.
const LONGEST_NAME: usize = 64;

/// The enforcers that reported.
#[derive(Default)]
pub(crate) struct Roster(BTreeMap<String, Heard>);

struct Heard {
    seen_at: SystemTime,
    /// Without its packets.
    report: Report,
    /// Packets of this report and of those before it, oldest first.
    drops: VecDeque<SeenPacket>,
    opened: VecDeque<SeenPacket>,
}

/// `POST /api/v1/enforcers/NAME/report`
pub(crate) async fn report(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let text = request::read_body(body).await?;
    if request::body_format(&headers)? != Format::Json {
        return Err(Refusal::MediaType("`application/json`"));
    }
    check_name(&name)?;
    let report = read(&text)?;
    let seen_at = SystemTime::now();
    // Without listeners there is nobody to miss it.
    let _ = shared.reports.send(event(&name, seen_at, &report));
    // A panic elsewhere leaves at worst an old report.
    shared.roster.lock().unwrap_or_else(PoisonError::into_inner).hear(name, seen_at, report);
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/enforcers`
pub(crate) async fn list(State(shared): State<Arc<Shared>>) -> Json<Vec<Enforcer>> {
    Json(shared.roster.lock().unwrap_or_else(PoisonError::into_inner).list())
}

impl Roster {
    fn hear(&mut self, name: String, seen_at: SystemTime, mut report: Report) {
        let (drops, opened) = (std::mem::take(&mut report.drops), std::mem::take(&mut report.opened));
        if !self.0.contains_key(&name) && self.0.len() >= ENFORCERS {
            self.forget_quietest();
        }
        let heard = self.0.entry(name).or_insert_with(|| Heard {
            seen_at,
            report: report.clone(),
            drops: VecDeque::new(),
            opened: VecDeque::new(),
        });
        heard.seen_at = seen_at;
        heard.report = report;
        for (kept, new) in [(&mut heard.drops, drops), (&mut heard.opened, opened)] {
            kept.extend(new);
            kept.drain(..kept.len().saturating_sub(PACKETS));
        }
    }

    fn forget_quietest(&mut self) {
        let quietest = self.0.iter().min_by_key(|(_, heard)| heard.seen_at).map(|(name, _)| name.clone());
        if let Some(name) = quietest {
            self.0.remove(&name);
        }
    }

    fn list(&self) -> Vec<Enforcer> {
        let enforcer = |(name, heard): (&String, &Heard)| Enforcer {
            name: name.clone(),
            seen_at: rfc3339(heard.seen_at),
            report: Report {
                drops: heard.drops.iter().cloned().collect(),
                opened: heard.opened.iter().cloned().collect(),
                ..heard.report.clone()
            },
        };
        self.0.iter().map(enforcer).collect()
    }
}

fn event(name: &str, seen_at: SystemTime, report: &Report) -> Arc<str> {
    let enforcer = Enforcer { name: name.to_owned(), seen_at: rfc3339(seen_at), report: report.clone() };
    serde_json::to_string(&enforcer).expect("strings and numbers become JSON").into()
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match name.len() {
        1..=LONGEST_NAME if name.bytes().all(plain) => Ok(()),
        _ => Err(Refusal::Report("the name is not 1 to 64 letters, digits and `. _ -`: change it".to_owned())),
    }
}

fn read(text: &str) -> Result<Report, Refusal> {
    let report: Report = serde_json::from_str(text).map_err(|error| match error.is_data() {
        true => Refusal::Report(error.to_string()),
        false => Refusal::Json(error.to_string()),
    })?;
    for (list, packets) in [("drops", &report.drops), ("opened", &report.opened)] {
        for (index, packet) in packets.iter().enumerate() {
            check_packet(packet).map_err(|what| Refusal::Report(format!("`{list}[{index}]{what}")))?;
        }
    }
    Ok(report)
}

/// What is wrong with a packet, to be read behind its place.
fn check_packet(packet: &SeenPacket) -> Result<(), String> {
    let SeenPacket { at, vnic, direction, packet, verdict, reason, rule } = packet;
    let texts = [at, vnic, direction, packet, verdict, reason];
    if texts.into_iter().chain(rule).any(|text| text.len() > LONGEST_TEXT) {
        return Err(format!("` has a text of more than {LONGEST_TEXT} bytes: send less of it"));
    }
    if humantime::parse_rfc3339(at).is_err() {
        return Err(".at` is no time: write it like `2026-01-01T00:00:00Z`".to_owned());
    }
    if !["ingress", "egress"].contains(&direction.as_str()) {
        return Err(".direction` is neither `ingress` nor `egress`".to_owned());
    }
    if !["accept", "drop"].contains(&verdict.as_str()) {
        return Err(".verdict` is neither `accept` nor `drop`".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn report(drops: usize) -> Report {
        let drop = |at: usize| SeenPacket {
            at: "2026-01-01T00:00:00Z".to_owned(),
            vnic: "web".to_owned(),
            direction: "ingress".to_owned(),
            packet: format!("packet {at}"),
            verdict: "drop".to_owned(),
            reason: "default".to_owned(),
            rule: None,
        };
        Report {
            applied_revision: Some(1),
            refused: None,
            vnics: vec![],
            reasons: BTreeMap::new(),
            rules: BTreeMap::new(),
            rule_bytes: BTreeMap::new(),
            flows: 0,
            drops: (0..drops).map(drop).collect(),
            drops_suppressed: 0,
            opened: Vec::new(),
            audit: None,
            staged: None,
        }
    }

    #[test]
    fn only_the_last_drops_are_kept() {
        let mut roster = Roster::default();
        roster.hear("host".to_owned(), UNIX_EPOCH, report(PACKETS + 5));
        roster.hear("host".to_owned(), UNIX_EPOCH, report(1));
        let [enforcer] = <[Enforcer; 1]>::try_from(roster.list()).unwrap();
        let drops = enforcer.report.drops;
        assert_eq!(drops.len(), PACKETS);
        assert_eq!(drops.first().unwrap().packet, "packet 6");
        assert_eq!(drops.last().unwrap().packet, "packet 0");
    }

    #[test]
    fn the_quietest_enforcer_is_forgotten() {
        let mut roster = Roster::default();
        for second in 0..=ENFORCERS as u64 {
            roster.hear(format!("host-{second:03}"), UNIX_EPOCH + Duration::from_secs(second), report(0));
        }
        let names: Vec<_> = roster.list().into_iter().map(|enforcer| enforcer.name).collect();
        assert_eq!((names.len(), names[0].as_str()), (ENFORCERS, "host-001"));
    }
}
