//! A template for a whole new group, and what its parameters stand for.

use leptos::prelude::*;
use policy::template::{GROUPS, GroupTemplate, Parameter};
use policy::{Diagnostic, Document, GroupId, Remote, SecurityGroup};

use super::suggestions::{REMOTES, Suggestions};
use crate::parts::field::TextField;
use crate::parts::my_address::my_address;
use crate::text::say;
use crate::workspace::capital;

/// What the new group is made after. Copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Pattern {
    /// `None` for the rules that every new group has.
    template: RwSignal<Option<&'static GroupTemplate>>,
    /// What the parameters of the template stand for, as text.
    remotes: RwSignal<Vec<(&'static str, RwSignal<String>)>>,
}

impl Pattern {
    /// The rules that every new group has.
    pub(super) fn none() -> Pattern {
        Pattern { template: RwSignal::new(None), remotes: RwSignal::new(Vec::new()) }
    }

    pub(super) fn is_none(self) -> bool {
        self.template.get().is_none()
    }

    /// A group of the document that is made so; it is not yet in it.
    pub(super) fn group(self, draft: &Document, id: GroupId) -> Result<SecurityGroup, Vec<Diagnostic>> {
        let Some(template) = self.template.get() else { return Ok(draft.new_group(id)) };
        template.group(draft, id, &self.remotes()?).map_err(|error| vec![Diagnostic::error("template", error)])
    }

    fn choose(self, name: &str) {
        let template = GroupTemplate::named(name).ok();
        let parameters = template.map_or(&[][..], |template| template.parameters);
        // An example is shown to be replaced; where people told their own address it is nearer.
        let filled = |parameter: &Parameter| {
            let is_address = matches!(parameter.example.parse(), Ok(Remote::Prefix(_)));
            my_address().filter(|_| is_address).map_or_else(|| parameter.example.to_owned(), |mine| mine.to_string())
        };
        self.remotes
            .set(parameters.iter().map(|parameter| (parameter.name, RwSignal::new(filled(parameter)))).collect());
        self.template.set(template);
    }

    /// The remotes of the parameters, or what is wrong with each.
    fn remotes(self) -> Result<Vec<(String, Remote)>, Vec<Diagnostic>> {
        let (mut remotes, mut faults) = (Vec::new(), Vec::new());
        for (name, text) in self.remotes.get() {
            match text.with(|text| text.trim().parse::<Remote>()) {
                Ok(remote) => remotes.push((name.to_owned(), remote)),
                Err(error) => faults.push(Diagnostic::error(parameter_path(name), error)),
            }
        }
        if faults.is_empty() { Ok(remotes) } else { Err(faults) }
    }
}

/// A template for the whole group, and what its parameters stand for.
#[component]
pub(super) fn PatternFields(pattern: Pattern, faults: Signal<Vec<Diagnostic>>) -> impl IntoView {
    let option = |template: &GroupTemplate| view! { <option value=template.name>{template.title}</option> };
    let parameter = move |(name, value): (&'static str, RwSignal<String>)| {
        let template = pattern.template.get_untracked();
        let meaning = template.and_then(|template| template.parameters.iter().find(|found| found.name == name));
        view! {
            <TextField
                id=format!("group-remote-{name}")
                label=capital(meaning.map_or(name, |parameter| parameter.meaning))
                placeholder=say("any, prefix, group")
                list=REMOTES
                value=value
                faults=faults
                paths=vec![parameter_path(name)]
            />
        }
    };
    let refused = move || {
        let mine = faults.get().into_iter().filter(|fault| fault.path == "template");
        mine.map(|fault| view! { <p class="fault" role="alert">{fault.message}</p> }).collect_view()
    };
    view! {
        <Suggestions />
        <div class="field">
            <label for="group-template">{say("Rules")}</label>
            <select id="group-template" on:change:target=move |event| pattern.choose(&event.target().value())>
                <option value="">{say("As every new group")}</option>
                {GROUPS.each_ref().map(option)}
            </select>
            <p class="hint">{move || pattern.template.get().map(|template| template.source)}</p>
            {refused}
        </div>
        {move || pattern.remotes.get().into_iter().map(parameter).collect_view()}
    }
}

fn parameter_path(name: &str) -> String {
    format!("remotes.{name}")
}
