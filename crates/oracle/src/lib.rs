//! The same verdicts, written to be obvious.
//!
//! The oracle answers what the engine answers, from the document itself and in the plainest way: it resolves nothing ahead, keeps
//! flows in a list, and looks at every rule of every group each time. Tests compare the two, and an enforcer some of its verdicts.
//! It shares with the engine only what both are asked with: packets, documents and the names of verdicts.
//!
//! Absent: speed, and bounds on memory.

mod fragments;
mod guard;
mod rules;
mod tcp;
mod track;

use conntrack::{Instant, PickUp};
use engine::{Judge, Outcome, Ruling};
use policy::{Direction, Document, PortSecurity, Revision, Revocation, VnicId};
use wire::{Datagram, Malformed, Packet, Payload};

use fragments::{Fragments, Piece};
use rules::{Decision, Question};
use track::{Fate, Flow, Flows};

/// A judge of packets by the letter of the semantics.
#[derive(Clone, Debug)]
pub struct Oracle {
    document: Document,
    revision: Revision,
    flows: Flows,
    fragments: Fragments,
}

impl Oracle {
    /// An oracle without a document: it drops everything.
    pub fn new(pick_up: PickUp) -> Oracle {
        Oracle {
            document: Document::default(),
            revision: Revision(0),
            flows: Flows::new(pick_up),
            fragments: Fragments::default(),
        }
    }

    /// Forgets all flows and all fragments that wait.
    pub fn forget(&mut self) {
        self.flows.list.clear();
        self.fragments = Fragments::default();
    }

    fn decide(&self, vnic: &VnicId, direction: Direction, question: &Question) -> Decision {
        rules::decide(&self.document, vnic, direction, question)
    }

    /// A whole datagram that the guard lets pass.
    fn track(&mut self, vnic: &VnicId, direction: Direction, datagram: &Datagram, now: Instant) -> Ruling {
        self.flows.forget_expired(now);
        let question = Question::of(datagram);
        match self.flows.find_fate(vnic, direction, datagram) {
            Fate::Invalid(reason) => drop_for(&format!("conntrack:{reason}")),
            Fate::Related(at) => self.relate(at, now),
            Fate::Known(at, seen) => self.follow(at, &seen, now),
            Fate::Untracked => self.decide(vnic, direction, &question).ruling(),
            Fate::New(start) => {
                let decision = self.decide(vnic, direction, &question);
                if decision.allows() {
                    let flow = Flow::new(vnic, direction, start, self.revision, decision.rule(), now);
                    self.flows.enter(flow);
                }
                decision.ruling()
            }
        }
    }

    /// A packet at a vnic that tracks nothing.
    fn judge_alone(&mut self, vnic: &VnicId, direction: Direction, datagram: &Datagram) -> Ruling {
        let decision = self.decide(vnic, direction, &Question::of(datagram));
        if decision.allows() {
            self.flows.forget(vnic);
        }
        decision.ruling()
    }

    /// Whether a flow that was allowed under an older document still is, or is kept; marks it as revoked or renewed.
    fn judge_flow_again(&mut self, at: usize) {
        let flow = &self.flows.list[at];
        let decision = self.decide(&flow.vnic.clone(), flow.direction, &flow.question());
        let revocation = match flow.direction {
            Direction::Ingress => self.document.profile.revocation.ingress,
            Direction::Egress => self.document.profile.revocation.egress,
        };
        let revision = self.revision;
        let flow = &mut self.flows.list[at];
        flow.revision = revision;
        if decision.allows() {
            flow.revoked = false;
            flow.rule = decision.rule();
        } else if revocation == Revocation::Keep && !flow.revoked {
            flow.rule = None;
        } else {
            flow.revoked = true;
        }
    }

    /// A packet of a flow that is known.
    fn follow(&mut self, at: usize, packet: &track::Seen, now: Instant) -> Ruling {
        let stale = self.flows.list[at].revision != self.revision;
        if stale {
            self.judge_flow_again(at);
        }
        let flow = &mut self.flows.list[at];
        if flow.revoked {
            flow.refuse(now);
            return drop_for("conntrack:revoked");
        }
        flow.accept(packet, now, self.document.profile.udp_stream_timeout);
        Ruling { outcome: Outcome::Accept, reason: "conntrack:established".to_owned(), rule: flow.rule.clone() }
    }

    fn relate(&mut self, at: usize, now: Instant) -> Ruling {
        if self.flows.list[at].revision != self.revision {
            self.judge_flow_again(at);
        }
        let flow = &mut self.flows.list[at];
        if flow.revoked {
            flow.refuse(now);
            return drop_for("conntrack:revoked");
        }
        Ruling { outcome: Outcome::Accept, reason: "conntrack:related".to_owned(), rule: flow.rule.clone() }
    }
}

impl Judge for Oracle {
    fn swap(&mut self, document: &Document, revision: Revision) {
        self.document = document.clone();
        self.revision = revision;
    }

    fn judge(
        &mut self,
        vnic: &VnicId,
        direction: Direction,
        packet: Result<&Packet, Malformed>,
        now: Instant,
    ) -> Ruling {
        let Some((_, port)) = self.document.vnic(vnic.as_str()) else {
            return Ruling::unknown_vnic();
        };
        if port.port_security == PortSecurity::Off {
            self.flows.forget(vnic);
            return Ruling { outcome: Outcome::Accept, reason: "port-security-off".to_owned(), rule: None };
        }
        let packet = match packet {
            Ok(packet) => packet,
            Err(malformed) => return drop_for(&format!("malformed:{malformed}")),
        };
        let ruling = guard::judge(&self.document, port, direction, packet);
        let is_stateless = rules::is_stateless(&self.document, vnic);
        // Without tracking each fragment is a packet of its own.
        let fragment = packet.datagram().and_then(|datagram| datagram.fragment).filter(|_| !is_stateless);
        match (ruling, fragment) {
            (Some(ruling), None) => ruling,
            (Some(ruling), Some(_)) if ruling.outcome == Outcome::Drop => ruling,
            (_, Some(fragment)) => match self.fragments.add(vnic, direction, packet, fragment, now) {
                Piece::Waits => Ruling { outcome: Outcome::Hold, reason: "conntrack:fragment".to_owned(), rule: None },
                Piece::Completes(whole) => self.judge(vnic, direction, Ok(&whole), now),
                Piece::Refused(reason) => drop_for(&format!("conntrack:{reason}")),
            },
            (None, None) => match &packet.payload {
                Payload::Ip(datagram) if is_stateless => self.judge_alone(vnic, direction, datagram),
                Payload::Ip(datagram) => self.track(vnic, direction, datagram, now),
                Payload::Arp(_) | Payload::Other(_) => drop_for("guard:ethertype"),
            },
        }
    }
}

fn drop_for(reason: &str) -> Ruling {
    Ruling { outcome: Outcome::Drop, reason: reason.to_owned(), rule: None }
}
