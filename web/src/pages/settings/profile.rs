//! The profile of the project: which one, and what each of its switches means. One of the project's own can be changed.

use leptos::prelude::*;
use policy::{Edit, Profile, RuleSpec};

use super::number::NumberField;
use super::switches::{Row, is_own, rows, with_field};
use crate::parts::flow::{When, memo};
use crate::text::{say, say_with};
use crate::workspace::{Tone, Workspace};

#[component]
pub(super) fn ProfileSettings() -> impl IntoView {
    let workspace = Workspace::here();
    let profile = memo(move || workspace.read(|draft| draft.profile.clone()));
    let own = Signal::derive(move || profile.with(is_own));
    let name = memo(move || profile.with(|profile| profile.name.clone()));
    let choose = move |name: String| {
        if let Some(profile) = Profile::named(&name) {
            workspace
                .perform_aloud(say_with("set profile {name}", &[("name", &name)]), vec![Edit::SetProfile { profile }]);
        }
    };
    let derive = move |_| {
        let mut profile = profile.get_untracked();
        profile.name = format!("my-{}", profile.name);
        let title = say_with("set profile {name}", &[("name", &profile.name)]);
        workspace.perform_aloud(title, vec![Edit::SetProfile { profile }]);
    };
    let option = move |known: &'static str| {
        view! {
            <option value=known selected=move || name.get() == known>
                {known}
            </option>
        }
    };
    view! {
        <section class="surface padded settings" aria-labelledby="profile-title">
            <h2 id="profile-title">{say("Profile")}</h2>
            <p class="hint">{say("Which cloud's semantics the rules have. To change it is an edit like any other: undo takes it back.")}</p>
            <div class="settings-line">
                <div class="field">
                    <label for="settings-profile">{say("Profile")}</label>
                    <select id="settings-profile" on:change:target=move |event| choose(event.target().value())>
                        {Profile::NAMES.map(option)}
                        <When case=move || own.get()>
                            <option selected=true>{move || name.get()}</option>
                        </When>
                    </select>
                </div>
                <When case=move || !own.get()>
                    <button id="own-profile" type="button" on:click=derive>
                        {say("Make a profile of your own from it")}
                    </button>
                </When>
                <When case=move || own.get()>
                    <NumberField field="name" label=say("Name") profile=profile />
                </When>
            </div>
            <table id="switches" class="list settings-table">
                <thead>
                    <tr>
                        <th scope="col">{say("Switch")}</th>
                        <th scope="col">{say("Set to")}</th>
                        <th scope="col" class="wide">
                            {say("What it means")}
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {rows().map(|row| view! { <SwitchRow row=row profile=profile own=own /> })}
                    <RulesRow title=say("A new group starts with") profile=profile rules=|profile| &profile.new_group_rules />
                    <RulesRow
                        title=say("The group default starts with")
                        profile=profile
                        rules=|profile| &profile.default_group_rules
                    />
                    <tr>
                        <th scope="row">{say("Protocols that a rule may name")}</th>
                        <td colspan="2">{move || profile.with(protocols)}</td>
                    </tr>
                </tbody>
            </table>
        </section>
    }
}

#[component]
fn SwitchRow(row: Row, profile: Memo<Profile>, own: Signal<bool>) -> impl IntoView {
    let workspace = Workspace::here();
    let word = memo(move || profile.with(row.word));
    let set = move |word: String| match with_field(&profile.get_untracked(), row.field, &word) {
        Ok(profile) => {
            let title = say_with("set {switch} to {word}", &[("switch", &row.field), ("word", &word)]);
            workspace.perform_aloud(title, vec![Edit::SetProfile { profile }]);
        }
        Err(faults) => {
            faults.into_iter().for_each(|fault| workspace.notices.show(Tone::Failed, fault.message));
        }
    };
    let option = move |known: &'static str| {
        view! {
            <option value=known selected=move || word.get() == known>
                {known}
            </option>
        }
    };
    view! {
        <tr data-switch=row.field>
            <th scope="row">{row.title}</th>
            <td>
                <When case=move || !own.get()>
                    <code>{move || word.get()}</code>
                </When>
                <When case=move || own.get()>
                    <select aria-label=row.title on:change:target=move |event| set(event.target().value())>
                        {(row.words)().into_iter().map(option).collect_view()}
                    </select>
                </When>
            </td>
            <td class="wide">{move || profile.with(row.says)}</td>
        </tr>
    }
}

#[component]
fn RulesRow(title: &'static str, profile: Memo<Profile>, rules: fn(&Profile) -> &[RuleSpec]) -> impl IntoView {
    let text = move || {
        let specs = profile.with(|profile| rules(profile).iter().map(ToString::to_string).collect::<Vec<_>>());
        match specs.is_empty() {
            true => view! { <span class="muted">{say("no rules")}</span> }.into_any(),
            false => {
                specs.into_iter().map(|spec| view! { <code class="rule-text">{spec}</code> }).collect_view().into_any()
            }
        }
    };
    view! {
        <tr>
            <th scope="row">{title}</th>
            <td colspan="2">
                <div class="stack">{text}</div>
            </td>
        </tr>
    }
}

fn protocols(profile: &Profile) -> String {
    match &profile.protocols {
        policy::Protocols::All => say("all").to_owned(),
        policy::Protocols::Only(words) => words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
