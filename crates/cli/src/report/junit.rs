//! JUnit's XML, as Jenkins and GitLab read it: suites of cases that passed, failed or were skipped.

use anyhow::Context;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Cases of one file.
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) cases: Vec<Case>,
}

/// One thing that was tried.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) fate: Fate,
}

/// What became of it; with what is to be said of it.
pub(crate) enum Fate {
    Passed,
    Skipped(String),
    Failed(String),
}

/// The whole report.
///
/// # Errors
/// None that could be helped: it is written to memory.
pub(super) fn report(suites: &[Suite]) -> anyhow::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.write_event(Event::Start(BytesStart::new("testsuites")))?;
    for suite in suites {
        let failed = suite.cases.iter().filter(|case| matches!(case.fate, Fate::Failed(_))).count();
        let skipped = suite.cases.iter().filter(|case| matches!(case.fate, Fate::Skipped(_))).count();
        let all = suite.cases.len().to_string();
        let mut start = BytesStart::new("testsuite");
        start.push_attribute(("name", &*printable(&suite.name)));
        start.push_attribute(("tests", &*all));
        start.push_attribute(("failures", &*failed.to_string()));
        start.push_attribute(("errors", "0"));
        start.push_attribute(("skipped", &*skipped.to_string()));
        xml.write_event(Event::Start(start))?;
        suite.cases.iter().try_for_each(|case| write_case(&mut xml, suite, case))?;
        xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    String::from_utf8(xml.into_inner()).context("the report is no text")
}

fn write_case(xml: &mut Writer<Vec<u8>>, suite: &Suite, case: &Case) -> anyhow::Result<()> {
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("name", &*printable(&case.name)));
    start.push_attribute(("classname", &*printable(&suite.name)));
    let (word, said) = match &case.fate {
        Fate::Passed => return Ok(xml.write_event(Event::Empty(start))?),
        Fate::Skipped(said) => ("skipped", said),
        Fate::Failed(said) => ("failure", said),
    };
    // A failure may be told in many lines; the first one stands where lists show it.
    let said = printable(said);
    xml.write_event(Event::Start(start))?;
    let mut fate = BytesStart::new(word);
    fate.push_attribute(("message", said.lines().next().unwrap_or_default()));
    xml.write_event(Event::Start(fate))?;
    xml.write_event(Event::Text(BytesText::new(&said)))?;
    xml.write_event(Event::End(BytesEnd::new(word)))?;
    Ok(xml.write_event(Event::End(BytesEnd::new("testcase")))?)
}

/// Without the characters that XML 1.0 has no place for (section 2.2).
fn printable(text: &str) -> String {
    text.chars()
        .filter(|letter| matches!(letter, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
        .collect()
}
