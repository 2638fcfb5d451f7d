//! The seed documents: what they say of rules, groups and filtering is proved by scenarios that quote it.
//!
//! A quote is `DOCUMENT, paragraph N: WORDS`. A paragraph is a line of the document that is not empty, counted from 1.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use e2e::scenarios;

/// The documents by the names that quotes give them.
const DOCUMENTS: [(&str, &str); 5] = [
    ("generic", include_str!("../seeds/generic.txt")),
    ("mcloud", include_str!("../seeds/mcloud.txt")),
    ("exoscale-doc", include_str!("../seeds/exoscale-doc.txt")),
    ("exoscale-article", include_str!("../seeds/exoscale-article.txt")),
    ("huawei", include_str!("../seeds/huawei.txt")),
];

/// Paragraphs that no scenario quotes: headings, links and advice, the screens of a console, and lines that go on with a
/// sentence or a table row which is quoted at another line.
const UNQUOTED: [(&str, &[RangeInclusive<usize>]); 5] = [
    ("generic", &[1..=1, 4..=5, 10..=10, 13..=16, 18..=23, 28..=28, 30..=33, 37..=39, 42..=44, 46..=47]),
    ("mcloud", &[1..=3, 5..=5, 14..=14, 16..=20, 25..=25]),
    (
        "exoscale-doc",
        &[
            1..=7,
            9..=14,
            16..=16,
            19..=19,
            22..=23,
            25..=25,
            28..=32,
            36..=37,
            39..=41,
            44..=47,
            49..=58,
            60..=70,
            72..=72,
            74..=74,
            76..=82,
            86..=86,
            89..=93,
            99..=99,
            101..=104,
            108..=108,
            110..=112,
            116..=118,
            121..=127,
        ],
    ),
    ("exoscale-article", &[1..=2, 7..=7, 10..=10]),
    (
        "huawei",
        &[
            1..=3,
            5..=7,
            14..=27,
            29..=34,
            36..=36,
            40..=65,
            67..=80,
            82..=87,
            89..=89,
            91..=103,
            105..=117,
            119..=119,
            121..=140,
            142..=152,
            154..=158,
            160..=161,
            163..=175,
            177..=177,
            179..=197,
            199..=204,
            206..=211,
            213..=218,
            220..=225,
            227..=228,
            231..=244,
            246..=251,
            254..=275,
        ],
    ),
];

/// How quotes of other sources begin: advisories, bug reports, standards and other systems, which anybody can look up.
const ELSEWHERE: [&str; 5] = ["CVE-", "LP#", "RFC ", "CloudStack", "Neutron"];

/// What a scenario quotes.
struct Quote {
    document: String,
    paragraph: usize,
    words: String,
}

#[test]
fn quotes_stand_where_they_say() {
    let mut faults = Vec::new();
    for (place, text) in quotes() {
        if let Err(fault) = read(&text).and_then(|quote| find(&quote)) {
            faults.push(format!("{place}: {fault}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_paragraph_is_quoted_or_has_nothing_to_prove() {
    let mut quoted: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for quote in quotes().into_iter().filter_map(|(_, text)| read(&text).ok()) {
        quoted.entry(quote.document).or_default().insert(quote.paragraph);
    }
    for ((name, text), (_, unquoted)) in DOCUMENTS.into_iter().zip(UNQUOTED) {
        let all: BTreeSet<usize> = (1..=paragraphs(text).count()).collect();
        let unquoted: BTreeSet<usize> = unquoted.iter().cloned().flatten().collect();
        let expect: BTreeSet<usize> = all.difference(&unquoted).copied().collect();
        assert_eq!(quoted.remove(name).unwrap_or_default(), expect, "left: what scenarios quote of {name}");
        assert!(unquoted.is_subset(&all), "{name} has {} paragraphs", all.len());
    }
}

#[test]
fn the_scenarios_of_the_seeds_all_quote() {
    let silent: Vec<String> = scenarios::all()
        .into_iter()
        .filter(|(file, scenario)| file.starts_with("seeds/") && scenario.quote.is_none())
        .map(|(file, scenario)| format!("{file}: {}", scenario.name))
        .collect();
    assert_eq!(silent, Vec::<String>::new());
}

/// Every quote of a seed document, with the place where it is.
fn quotes() -> Vec<(String, String)> {
    let all = scenarios::all().into_iter();
    let quotes = all.filter_map(|(file, scenario)| Some((format!("{file}: {}", scenario.name), scenario.quote?)));
    quotes.filter(|(_, quote)| !ELSEWHERE.iter().any(|source| quote.starts_with(source))).collect()
}

fn read(text: &str) -> Result<Quote, String> {
    let parts = || {
        let (document, rest) = text.split_once(", paragraph ")?;
        let (number, words) = rest.split_once(": ")?;
        Some(Quote { document: document.to_owned(), paragraph: number.parse().ok()?, words: words.to_owned() })
    };
    parts().ok_or_else(|| format!("`{text}` is no quote: write `DOCUMENT, paragraph N: WORDS`"))
}

/// Whether the words stand in the paragraph, whatever the spaces between them.
fn find(Quote { document, paragraph, words }: &Quote) -> Result<(), String> {
    let (_, text) = DOCUMENTS.iter().find(|(name, _)| name == document).ok_or(format!("there is no `{document}`"))?;
    let line = paragraphs(text).nth(paragraph.wrapping_sub(1));
    let line = line.ok_or(format!("{document} has no paragraph {paragraph}"))?;
    let single = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    match single(line).contains(&single(words)) {
        true => Ok(()),
        false => Err(format!("`{words}` does not stand in paragraph {paragraph} of {document}, which is `{line}`")),
    }
}

fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().is_empty())
}
