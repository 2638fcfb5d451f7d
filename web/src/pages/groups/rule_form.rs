//! The fields of a rule while somebody types, and what the core says of them.

use leptos::prelude::*;
use policy::template::RuleTemplate;
use policy::{Action, Diagnostic, Direction, Document, Edit, GroupId, Place, Priority, Remote, Rule, RuleSpec};
use serde_json::{Value, json};

use super::presets;
use crate::parts::rule_text::RuleTexts;
use crate::text::say_with;
use crate::workspace::Workspace;

/// The texts of a rule's fields.
#[derive(Clone, Copy)]
pub(super) struct RuleForm {
    direction: Direction,
    pub(super) id: RwSignal<String>,
    pub(super) family: RwSignal<String>,
    pub(super) protocol: RwSignal<String>,
    /// Ports, or type and code where the protocol is ICMP.
    pub(super) part: RwSignal<String>,
    pub(super) remote: RwSignal<String>,
    pub(super) description: RwSignal<String>,
    /// What the rule does and how it ranks, which people see where rules have an order.
    pub(super) action: RwSignal<String>,
    pub(super) priority: RwSignal<String>,
    enabled: StoredValue<bool>,
}

impl RuleForm {
    /// A rule that is not there yet.
    pub(super) fn blank(direction: Direction, id: String) -> RuleForm {
        let texts = ["ipv4", "tcp", "", "", ""].map(str::to_owned);
        RuleForm::with(direction, id, texts, (Action::Allow, Priority::FIRST), true)
    }

    /// A rule that is there.
    pub(super) fn of(rule: &Rule) -> RuleForm {
        let RuleTexts { family, protocol, part, remote } = RuleTexts::of(&rule.spec);
        let texts = [family, protocol, part, remote, rule.description.clone()];
        let rank = (rule.spec.action, rule.spec.priority);
        RuleForm::with(rule.spec.direction, rule.id.to_string(), texts, rank, rule.enabled)
    }

    /// A new rule that says what another one does.
    pub(super) fn like(rule: &Rule, id: String) -> RuleForm {
        let form = RuleForm::of(rule);
        form.id.set(id);
        form
    }

    fn with(
        direction: Direction,
        id: String,
        texts: [String; 5],
        (action, priority): (Action, Priority),
        enabled: bool,
    ) -> RuleForm {
        let [family, protocol, part, remote, description] = texts.map(RwSignal::new);
        RuleForm {
            direction,
            id: RwSignal::new(id),
            family,
            protocol,
            part,
            remote,
            description,
            action: RwSignal::new(action.to_string()),
            priority: RwSignal::new(priority.to_string()),
            enabled: StoredValue::new(enabled),
        }
    }

    /// Fills in what a template stands for: its fields, and its remote where that is the group itself.
    pub(super) fn fill(self, template: &RuleTemplate, group: &GroupId) {
        self.fill_fields(template);
        if let remote @ Remote::Group(_) = template.remote(group) {
            self.remote.set(remote.to_string());
        }
    }

    fn fill_fields(self, template: &RuleTemplate) {
        let (protocol, part) = presets::fields(template, &self.family.get_untracked());
        self.protocol.set(protocol.to_owned());
        self.part.set(part.to_owned());
    }

    /// Changes the family; a template stays the same template.
    pub(super) fn set_family(self, family: String) {
        let template = untrack(move || self.template());
        self.family.set(family);
        if let Some(template) = template {
            self.fill_fields(template);
        }
    }

    /// The template that the fields are.
    pub(super) fn template(self) -> Option<&'static RuleTemplate> {
        presets::fitting(&self.family.get(), self.protocol.get().trim(), self.part.get().trim())
    }

    /// Whether the third field is ICMP type and code; the core tells by family and protocol.
    pub(super) fn is_icmp(self) -> bool {
        let spec = format!(
            "{} {} {} {} any",
            self.direction,
            self.family.get(),
            self.protocol.get(),
            self.direction.preposition()
        );
        spec.parse::<RuleSpec>().is_ok_and(|spec| spec.protocol.icmp().is_some())
    }

    /// The rule as documents write it; what is empty is left out, so that the core says what is missing.
    fn value(self) -> Value {
        let part = if self.is_icmp() { "icmp" } else { "ports" };
        let mut value = json!({ "direction": self.direction.to_string(), "enabled": self.enabled.get_value() });
        let fields = [
            ("id", self.id),
            ("family", self.family),
            ("protocol", self.protocol),
            (part, self.part),
            ("remote", self.remote),
            ("description", self.description),
            ("action", self.action),
            ("priority", self.priority),
        ];
        for (name, text) in fields {
            let text = text.get().trim().to_owned();
            if !text.is_empty() {
                value[name] = Value::String(text);
            }
        }
        value
    }

    /// The edit that saves the form in a group, or every fault with its path within the rule.
    pub(super) fn edit(self, workspace: Workspace, group: &GroupId, target: &Target) -> Result<Edit, Vec<Diagnostic>> {
        let rule = Rule::read_value(&self.value())?;
        workspace.read(|draft| {
            let (edit, place) = match target {
                Target::New => added(draft, group, rule),
                Target::Old(old) => replaced(draft, old, rule),
            }?;
            workspace.trial(draft, vec![edit.clone()], &place, "id").map(|()| edit)
        })
    }
}

/// What a form becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A new rule.
    New,
    /// The new text of this rule.
    Old(Rule),
}

fn added(draft: &Document, group: &GroupId, rule: Rule) -> Result<(Edit, String), Vec<Diagnostic>> {
    let index = draft.groups.iter().position(|found| found.id == *group);
    let index = index.ok_or_else(|| vec![Diagnostic::error("id", format!("there is no security group `{group}`"))])?;
    let place = format!("groups[{index}].rules[{}]", draft.groups[index].rules.len());
    Ok((Edit::AddRule { group: group.clone(), place: Place::Last, rule }, place))
}

fn replaced(draft: &Document, old: &Rule, rule: Rule) -> Result<(Edit, String), Vec<Diagnostic>> {
    let place = rule_place(draft, old).unwrap_or_default();
    if rule.id != old.id {
        let fault =
            say_with("a rule keeps its id: write `{id}`, or add a rule and delete this one", &[("id", &old.id)]);
        return Err(vec![Diagnostic::error("id", fault).with_fix(&old.id)]);
    }
    Ok((Edit::ReplaceRule { rule }, place))
}

/// Where a rule stands in the document, as diagnostics write it.
pub(super) fn rule_place(draft: &Document, rule: &Rule) -> Option<String> {
    draft.groups.iter().enumerate().find_map(|(outer, group)| {
        let inner = group.rules.iter().position(|found| found.id == rule.id)?;
        Some(format!("groups[{outer}].rules[{inner}]"))
    })
}
