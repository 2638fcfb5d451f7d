//! `portcullis template`: rules and groups that people want often.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, bail};
use policy::template::{GROUPS, GroupTemplate, RULES, RuleTemplate};
use policy::{Direction, Document, GroupId, Profile, Remote, Rule};
use serde_json::{Value, json};

use crate::style;

/// Arguments of `portcullis template`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    question: Question,
}

#[derive(clap::Subcommand, Debug)]
enum Question {
    /// Name all templates
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the rules that a template gives
    Show(ShowArguments),
}

#[derive(clap::Args, Debug)]
struct ShowArguments {
    /// The template, such as `ssh` or `web-server`
    name: String,
    /// Whom it is for: a prefix, `group:ID`, `address-group:ID` or `any`; `PARAMETER=REMOTE` where there are several
    #[arg(long, visible_alias = "to", value_name = "REMOTE")]
    from: Vec<String>,
    /// Rules from the instance instead of towards it
    #[arg(long)]
    egress: bool,
    /// The group that the rules are for
    #[arg(long, value_name = "ID")]
    group: Option<GroupId>,
    /// The profile that must allow them; where it is left out, that of the template's source
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists templates or shows one.
///
/// # Errors
/// An unknown name, or a template that does not fit.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let answer = match &arguments.question {
        Question::List { json: true } => format!("{:#}", list_json()),
        Question::List { json: false } => list(),
        Question::Show(show) => match RuleTemplate::named(&show.name) {
            Ok(template) => show_rule(template, show)?,
            Err(_) => show_group(GroupTemplate::named(&show.name)?, show)?,
        },
    };
    style::print(&answer);
    Ok(ExitCode::SUCCESS)
}

fn list() -> String {
    let mut text = format!("{}\n", style::strong("rules"));
    for template in &RULES {
        let _ = writeln!(text, "  {:<20} {}", template.name, template.title);
    }
    let _ = writeln!(text, "{}", style::strong("groups"));
    for template in &GROUPS {
        let _ = writeln!(text, "  {:<20} {:<50} {}", template.name, template.title, style::faint(template.source));
    }
    text
}

fn list_json() -> Value {
    let rules: Vec<Value> =
        RULES.iter().map(|template| json!({"name": template.name, "title": template.title})).collect();
    let groups: Vec<Value> = GROUPS.iter().map(group_json).collect();
    json!({"rules": rules, "groups": groups})
}

fn group_json(template: &GroupTemplate) -> Value {
    let parameters = template.parameters.iter();
    let parameters: Vec<Value> = parameters
        .map(|parameter| json!({"name": parameter.name, "meaning": parameter.meaning, "example": parameter.example}))
        .collect();
    json!({
        "name": template.name,
        "title": template.title,
        "source": template.source,
        "profile": template.profile,
        "parameters": parameters,
    })
}

fn show_rule(template: &RuleTemplate, show: &ShowArguments) -> anyhow::Result<String> {
    let remote = match show.from.as_slice() {
        [] => None,
        [only] => Some(only.parse::<Remote>().with_context(|| format!("the remote `{only}` cannot be read"))?),
        [_, ..] => bail!("the template `{}` has one remote: give `--from` once", template.name),
    };
    let document = Document::new(profile(show.profile.as_deref(), "portcullis")?);
    let direction = if show.egress { Direction::Egress } else { Direction::Ingress };
    let rules = template.rules(&document, &group_id(show, template.name)?, direction, remote)?;
    Ok(match show.json {
        true => {
            let values: Vec<Value> = rules.iter().map(Rule::to_value).collect();
            format!("{:#}", json!({"name": template.name, "title": template.title, "rules": values}))
        }
        false => format!("{}\n{}", style::strong(template.title), lines(&rules)),
    })
}

fn show_group(template: &GroupTemplate, show: &ShowArguments) -> anyhow::Result<String> {
    if show.egress {
        bail!("the template `{}` says itself which way its rules are: leave `--egress` out", template.name);
    }
    let remotes: anyhow::Result<Vec<(String, Remote)>> =
        show.from.iter().map(|text| parameter(template, text)).collect();
    let document = Document::new(profile(show.profile.as_deref(), template.profile)?);
    let group = template.group(&document, group_id(show, template.name)?, &remotes?)?;
    if show.json {
        let mut value = group_json(template);
        value["group"] = group.to_value();
        return Ok(format!("{value:#}"));
    }
    let mut text = format!("{}\n{}\n", style::strong(template.title), style::faint(template.source));
    text.push_str(&lines(&group.rules));
    for parameter in template.parameters {
        let _ = writeln!(text, "--from {}=REMOTE  {} ({})", parameter.name, parameter.meaning, parameter.example);
    }
    Ok(text)
}

/// `PARAMETER=REMOTE`, or the remote alone where the template has one parameter.
fn parameter(template: &GroupTemplate, text: &str) -> anyhow::Result<(String, Remote)> {
    let (name, remote) = match (text.split_once('='), template.parameters) {
        (Some((name, remote)), _) => (name, remote),
        (None, [only]) => (only.name, text),
        (None, []) => bail!("the template `{}` has no parameter: leave `--from` out", template.name),
        (None, [first, ..]) => {
            bail!("the template `{}` has several parameters: write `--from {}={text}`", template.name, first.name)
        }
    };
    let remote = remote.parse().with_context(|| format!("the remote `{remote}` cannot be read"))?;
    Ok((name.to_owned(), remote))
}

fn profile(asked: Option<&str>, usual: &str) -> anyhow::Result<Profile> {
    let name = asked.unwrap_or(usual);
    let known = || Profile::NAMES.map(|name| format!("`{name}`")).join(" or ");
    Profile::named(name).with_context(|| format!("`{name}` is no profile: write {}", known()))
}

/// The group that the rules are for; where nobody says, one with the name of the template.
fn group_id(show: &ShowArguments, name: &str) -> anyhow::Result<GroupId> {
    match &show.group {
        Some(id) => Ok(id.clone()),
        None => name.parse().context("the name of the template is no id"),
    }
}

fn lines(rules: &[Rule]) -> String {
    rules.iter().map(|rule| format!("  - {}: {}\n", style::strong(&rule.id), rule.spec)).collect()
}
