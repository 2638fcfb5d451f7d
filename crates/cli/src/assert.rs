//! `portcullis assert`: does the policy keep its promises?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analysis::assertion::{Assertion, MutationScore, Outcome, mutation_score, prove};
use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use crate::document::{self, ExactArguments};
use crate::report::{Case, Fate, JunitArguments, Level, Notice, Place, SarifArguments, Suite};
use crate::style;

/// Arguments of `portcullis assert`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    question: ExactArguments,
    /// Files of assertions, one a line, such as `deny any except group:app -> group:db tcp 5432`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The document before, for `unchanged`
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Plant faults in the rules too, and tell which of them no assertion notices
    #[arg(long)]
    mutants: bool,
    #[command(flatten)]
    junit: JunitArguments,
    #[command(flatten)]
    sarif: SarifArguments,
}

/// A file with what became of its assertions.
struct Proved<'a> {
    file: &'a Path,
    assertions: Vec<Assertion>,
    outcomes: Vec<Outcome>,
    mutants: Option<MutationScore>,
}

/// Proves every assertion, or shows a flow that breaks it; exit code 0 where all are kept, 1 where one is not.
///
/// # Errors
/// A file cannot be read or is none of assertions, or a name in it that the document does not have.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let after = arguments.question.resolve()?;
    let before =
        arguments.against.as_deref().map(|path| arguments.question.weighed(document::resolve(path)?)).transpose()?;
    let mut proved: Vec<Proved> = Vec::new();
    for file in &arguments.files {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        let faulty = |faults| anyhow!("`{}` cannot be proved:\n{faults}", file.display());
        let assertions = Assertion::read(&text).map_err(faulty)?;
        let outcomes = prove(&assertions, &after, before.as_ref()).map_err(faulty)?;
        let mutants = arguments.mutants.then(|| mutation_score(&assertions, &after, before.as_ref()));
        let mutants = mutants.transpose().map_err(faulty)?;
        proved.push(Proved { file, assertions, outcomes, mutants });
    }
    arguments.junit.write(&proved.iter().map(Proved::suite).collect::<Vec<_>>())?;
    arguments.sarif.write(&proved.iter().flat_map(Proved::notices).collect::<Vec<_>>())?;
    if arguments.question.json {
        style::print(&format!("{:#}", proved.iter().map(Proved::to_value).collect::<Value>()));
    } else {
        style::print(&tell(&proved));
    }
    let is_kept = proved.iter().flat_map(|one| &one.outcomes).all(Outcome::is_kept);
    Ok(if is_kept { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(proved: &[Proved]) -> String {
    let mut text = String::new();
    for one in proved {
        for (assertion, outcome) in one.each() {
            let mark = match outcome {
                Outcome::Holds => style::good("✔ holds  "),
                Outcome::Vacuous => style::warn("◌ vacuous"),
                Outcome::Broken(_) | Outcome::NotCompared => style::bad("✘ broken "),
            };
            let place = style::faint(format!("{}:{}", one.file.display(), assertion.line));
            text.push_str(&format!("{mark} {}  {place}\n", style::strong(assertion)));
            if *outcome != Outcome::Holds {
                text.push_str(&format!("    {}\n", what_of(outcome)));
            }
        }
        if let Some(score) = &one.mutants {
            text.push_str(&tell_mutants(score));
        }
    }
    let of = |is: fn(&Outcome) -> bool| proved.iter().flat_map(|one| &one.outcomes).filter(|one| is(one)).count();
    let (kept, broken) = (of(Outcome::is_kept), of(|outcome| !outcome.is_kept()));
    text.push_str(&format!("\n{kept} kept, {broken} broken"));
    text
}

/// What is to be said of an outcome.
fn what_of(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NotCompared => "there is no document to compare with: name it with `--against FILE`".to_owned(),
        outcome => outcome.to_string(),
    }
}

fn tell_mutants(score: &MutationScore) -> String {
    let survivors = score.survivors.iter().map(|mutant| {
        let edit = style::faint(&mutant.edit);
        format!("{} {mutant}: no assertion notices\n    {edit}\n", style::warn("◌ unnoticed"))
    });
    let text: String = survivors.collect();
    let all = score.noticed + score.survivors.len();
    format!(
        "{text}{} of {all} faults in rules noticed, {:.0} %; {} more change nothing for any packet\n",
        score.noticed,
        score.percent(),
        score.equivalent
    )
}

impl Proved<'_> {
    fn each(&self) -> impl Iterator<Item = (&Assertion, &Outcome)> {
        self.assertions.iter().zip(&self.outcomes)
    }

    fn suite(&self) -> Suite {
        let case = |(assertion, outcome): (&Assertion, &Outcome)| {
            let fate = match outcome {
                Outcome::Holds => Fate::Passed,
                Outcome::Vacuous => Fate::Skipped(what_of(outcome)),
                Outcome::Broken(_) | Outcome::NotCompared => Fate::Failed(what_of(outcome)),
            };
            Case { name: assertion.to_string(), fate }
        };
        Suite { name: self.file.display().to_string(), cases: self.each().map(case).collect() }
    }

    fn notices(&self) -> Vec<Notice> {
        let notice = |(assertion, outcome): (&Assertion, &Outcome)| {
            let (kind, level) = match outcome {
                Outcome::Holds => return None,
                Outcome::Vacuous => (("vacuous-assertion", "No flow is meant by an assertion"), Level::Note),
                Outcome::Broken(_) | Outcome::NotCompared => {
                    (("broken-assertion", "The policy does not keep an assertion"), Level::Error)
                }
            };
            let message = format!("{assertion}: {}", what_of(outcome));
            Some(Notice { kind, level, message, place: Place::line(self.file, assertion.line) })
        };
        self.each().filter_map(notice).collect()
    }

    fn to_value(&self) -> Value {
        let one = |(assertion, outcome): (&Assertion, &Outcome)| {
            let mut value = outcome.to_value();
            value["line"] = json!(assertion.line);
            value["assertion"] = json!(assertion.to_string());
            value
        };
        let mut value =
            json!({"file": self.file.display().to_string(), "assertions": self.each().map(one).collect::<Vec<_>>()});
        if let Some(score) = &self.mutants {
            value["mutants"] = score.to_value();
        }
        value
    }
}
