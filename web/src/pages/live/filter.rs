//! Which packets are shown, as text that stands in the address: words that a line must have, or `vnic:web verdict:drop`.

use crate::workspace::PacketLine;

/// The fields that a word can be about, as it names them.
const FIELDS: [&str; 5] = ["vnic", "direction", "verdict", "reason", "rule"];

/// A filter that was read.
pub(super) struct Filter(Vec<Word>);

enum Word {
    /// Any field contains it.
    Any(String),
    /// This field is it.
    Field(usize, String),
}

impl Filter {
    /// Reads a text; every text is a filter.
    pub(super) fn read(text: &str) -> Filter {
        let word = |word: &str| {
            let field = word.split_once(':').and_then(|(name, value)| {
                let at = FIELDS.iter().position(|field| *field == name)?;
                Some(Word::Field(at, value.to_owned()))
            });
            field.unwrap_or_else(|| Word::Any(word.to_owned()))
        };
        Filter(text.to_lowercase().split_whitespace().map(word).collect())
    }

    /// Whether a packet is shown.
    pub(super) fn has(&self, line: &PacketLine) -> bool {
        let rule = line.rule.as_deref().unwrap_or_default();
        let fields = [&line.vnic, &line.direction, &line.verdict, &line.reason, rule].map(str::to_lowercase);
        let all = format!("{} {}", fields.join(" "), line.packet.to_lowercase());
        self.0.iter().all(|word| match word {
            Word::Any(text) => all.contains(text),
            Word::Field(at, value) => fields[*at] == *value,
        })
    }
}

/// The filter with one more word, or without it where it has it.
pub(super) fn toggled(filter: &str, word: &str) -> String {
    let words: Vec<&str> = filter.split_whitespace().collect();
    match words.contains(&word) {
        true => words.into_iter().filter(|found| *found != word).collect::<Vec<_>>().join(" "),
        false => [words.as_slice(), &[word]].concat().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn words_and_fields_narrow() {
        let line = PacketLine {
            vnic: "web-2".to_owned(),
            direction: "ingress".to_owned(),
            packet: "tcp 198.51.100.7:5000 > 192.0.2.10:22".to_owned(),
            verdict: "drop".to_owned(),
            reason: "guard:source-mac".to_owned(),
            ..PacketLine::default()
        };
        let check = |text: &str, shown: bool| assert_eq!(Filter::read(text).has(&line), shown, "{text}");
        check("", true);
        check("web 192.0.2.10", true);
        check("WEB-2", true);
        check("vnic:web-2 direction:ingress", true);
        check("vnic:web", false);
        check("reason:guard:source-mac", true);
        check("rule:x", false);
        check("verdict:drop", true);
        check("verdict:accept", false);
        check("udp", false);
        check("http://x", false);
    }

    #[wasm_bindgen_test]
    fn a_word_comes_and_goes() {
        let check = |filter: &str, word: &str, expect: &str| assert_eq!(toggled(filter, word), expect);
        check("", "vnic:web", "vnic:web");
        check("vnic:web", "reason:default", "vnic:web reason:default");
        check("vnic:web  reason:default", "vnic:web", "reason:default");
    }
}
