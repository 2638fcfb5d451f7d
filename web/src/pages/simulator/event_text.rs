//! The fields of a step's text, so that a form can change one of them and leave the rest as it is.
//!
//! This cuts the text at its first blanks and knows nothing else of it: a text that is half typed keeps its fields.

/// A step's text, cut into fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EventText {
    /// When.
    pub(super) at: String,
    pub(super) kind: EventKind,
    /// A packet or an edit, as text; empty where only time passes.
    pub(super) rest: String,
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventKind {
    /// A packet from the first end to the second.
    Forth,
    /// A packet back.
    Back,
    /// An edit of the policy.
    Edit,
    /// Nothing but time.
    Wait,
}

impl EventText {
    /// A packet at the start.
    pub(super) fn first(packet: impl Into<String>) -> EventText {
        EventText { at: START.to_owned(), kind: EventKind::Forth, rest: packet.into() }
    }

    /// Cuts a text. A blank at its end stays: somebody may be about to write on.
    pub(super) fn cut(text: &str) -> EventText {
        let (at, rest) = text.split_once(' ').unwrap_or((START, text));
        let (verb, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        let found = EventKind::ALL.into_iter().find(|kind| kind.verb() == verb);
        let (kind, rest) = found.map_or((EventKind::Forth, rest), |kind| (kind, behind));
        EventText { at: at.to_owned(), kind, rest: rest.to_owned() }
    }

    /// The text.
    pub(super) fn join(&self) -> String {
        let EventText { at, kind, rest } = self;
        let at = if at.is_empty() { START } else { at };
        let blank = if rest.is_empty() { "" } else { " " };
        format!("{at} {}{blank}{rest}", kind.verb())
    }

    /// Whether it is the packet that a question without a timeline is about.
    pub(super) fn is_first(&self) -> bool {
        self.at == START && self.kind == EventKind::Forth
    }
}

const START: &str = "0ms";

impl EventKind {
    /// All of them.
    pub(super) const ALL: [EventKind; 4] = [EventKind::Forth, EventKind::Back, EventKind::Edit, EventKind::Wait];

    /// The word of the text.
    pub(super) fn verb(self) -> &'static str {
        match self {
            EventKind::Forth => ">",
            EventKind::Back => "<",
            EventKind::Edit => "apply",
            EventKind::Wait => "wait",
        }
    }

    /// Whether it has a packet.
    pub(super) fn is_packet(self) -> bool {
        matches!(self, EventKind::Forth | EventKind::Back)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn cutting_and_joining_are_inverse() {
        for text in [
            "0ms > tcp 198.51.100.7:5000 > 192.0.2.10:443",
            "10ms < icmp 192.0.2.10 > 198.51.100.7 echo-reply",
            "1s apply disable rule web-http",
            "5d wait",
            "1s apply",
            "1s apply disable ",
        ] {
            assert_eq!(EventText::cut(text).join(), text);
        }
        assert_eq!(EventText::cut("tcp").join(), "0ms > tcp");
    }
}
