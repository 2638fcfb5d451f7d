//! Changes what a group is beside its rules: its texts, whether its members' traffic is tracked, and its extra sources.

use leptos::prelude::*;
use policy::{Diagnostic, Edit, GroupId, Prefix, RemoteMembers, SecurityGroup, Tracking};

use crate::parts::dialog::{Dialog, closer};
use crate::parts::field::{Autofocus, TextField, fields};
use crate::parts::flow::{When, memo};
use crate::parts::listed::{join, split};
use crate::text::{say, say_with};
use crate::workspace::Workspace;

#[component]
pub(super) fn DescribeDialog(group: GroupId, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog id="describe-group" title=say("Name, description and tracking") open=open close=closer(open)>
            <Form group=group.clone() open=open />
        </Dialog>
    }
}

/// The texts of the fields.
#[derive(Clone, Copy)]
struct Fields {
    name: RwSignal<String>,
    description: RwSignal<String>,
    tracking: RwSignal<Tracking>,
    sources: RwSignal<String>,
}

#[component]
fn Form(group: GroupId, open: RwSignal<bool>) -> impl IntoView {
    let workspace = Workspace::here();
    let Some(old) = workspace.peek(|draft| draft.group(group.as_str()).cloned()) else { return ().into_any() };
    let form = Fields::of(&old);
    let has_sources = move || {
        let has = workspace.read(|draft| draft.profile.remote_members == RemoteMembers::AddressesPairsAndSources);
        has || form.sources.with(|text| !text.is_empty())
    };
    let found = memo(move || {
        let edits = form.edits(&old)?;
        workspace.read(|draft| {
            let index = draft.groups.iter().position(|found| found.id == group).unwrap_or_default();
            let place = format!("groups[{index}]");
            workspace.trial(draft, edits.clone(), &place, "name").map(|()| (group.clone(), edits))
        })
    });
    let faults = Signal::derive(move || found.get().err().unwrap_or_default());
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok((group, edits)) = found.get_untracked() else { return };
        workspace.perform_tried(say_with("describe group {group}", &[("group", &group)]), edits, || open.set(false));
    };
    view! {
        <form on:submit=save>
            <TextField
                id="describe-name"
                label=say("Name")
                value=form.name
                faults=faults
                paths=fields(&["name"])
                autofocus=Autofocus::Yes
            />
            <TextField
                id="describe-description"
                label=say("Description")
                value=form.description
                faults=faults
                paths=fields(&["description"])
            />
            <TrackingChoice tracking=form.tracking />
            <When case=has_sources>
                <TextField
                    id="describe-sources"
                    label=say("Extra sources")
                    placeholder=say("none")
                    hint=say("Prefixes that count as members where the group is a remote; commas between.")
                    value=form.sources
                    faults=faults
                    paths=fields(&["sources"])
                />
            </When>
            <footer>
                <button type="button" class="quiet" on:click=move |_| open.set(false)>
                    {say("Cancel")}
                </button>
                <button id="describe-save" type="submit" class="primary">
                    {say("Save")}
                </button>
            </footer>
        </form>
    }
    .into_any()
}

#[component]
fn TrackingChoice(tracking: RwSignal<Tracking>) -> impl IntoView {
    let said = |tracking: Tracking| match tracking {
        Tracking::Stateful => say("Stateful: replies to what a rule allows pass without a rule"),
        Tracking::Stateless => say("Stateless: rules judge every packet, replies too"),
    };
    let option = move |choice: Tracking| {
        view! {
            <option value=choice.to_string() selected=move || tracking.get() == choice>
                {said(choice)}
            </option>
        }
    };
    view! {
        <div class="field">
            <label for="describe-tracking">{say("Tracking")}</label>
            <select
                id="describe-tracking"
                on:change:target=move |event| {
                    let chosen = event.target().value();
                    let choices = [Tracking::Stateful, Tracking::Stateless];
                    tracking.set(choices.into_iter().find(|choice| choice.to_string() == chosen).unwrap_or_default());
                }
            >
                {[Tracking::Stateful, Tracking::Stateless].map(option)}
            </select>
        </div>
    }
}

impl Fields {
    fn of(group: &SecurityGroup) -> Fields {
        Fields {
            name: RwSignal::new(group.name.clone()),
            description: RwSignal::new(group.description.clone()),
            tracking: RwSignal::new(group.tracking),
            sources: RwSignal::new(join(&group.sources)),
        }
    }

    /// What makes the group what the fields say.
    fn edits(self, old: &SecurityGroup) -> Result<Vec<Edit>, Vec<Diagnostic>> {
        let group = old.id.clone();
        let (name, description) = (self.name.get().trim().to_owned(), self.description.get().trim().to_owned());
        let mut edits = vec![Edit::DescribeGroup { group: group.clone(), name, description }];
        let tracking = self.tracking.get();
        if tracking != old.tracking {
            edits.push(Edit::SetTracking { group: group.clone(), tracking });
        }
        let sources = self.sources.with(|text| read_sources(text))?;
        if sources != old.sources {
            edits.push(Edit::SetSources { group, sources });
        }
        Ok(edits)
    }
}

fn read_sources(text: &str) -> Result<Vec<Prefix>, Vec<Diagnostic>> {
    let read = |item: String| item.parse().map_err(|error| vec![Diagnostic::error("sources", format!("{error}"))]);
    split(text).into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::page::Page;

    #[wasm_bindgen_test]
    async fn all_that_a_group_is_changes_in_one_step() {
        let group = || "db".parse::<GroupId>().expect("an id");
        let page = Page::open(move || view! { <DescribeDialog group=group() open=RwSignal::new(true) /> }).await;
        assert!(!page.has("#describe-sources"), "the profile has none");
        let profile = policy::Profile::named("exoscale").expect("it is built in");
        page.workspace().perform("set profile", vec![Edit::SetProfile { profile }]).expect("it fits");
        page.settle().await;
        page.write("#describe-name", "Front").await;
        page.choose("#describe-tracking", "stateless").await;
        page.write("#describe-sources", "10.0.0.0/33").await;
        assert!(page.text("#describe-sources-said").contains("10.0.0.0/33"));
        page.write("#describe-sources", "10.0.0.0/8, 2001:db8::/32").await;
        page.click("#describe-save").await;
        let found = page.workspace().peek(|draft| draft.group("db").cloned()).expect("it stays");
        assert_eq!((found.name.as_str(), found.tracking, found.sources.len()), ("Front", Tracking::Stateless, 2));
        page.workspace().undo();
        let back = page.workspace().peek(|draft| draft.group("db").cloned()).expect("it stays");
        assert_eq!((back.tracking, back.sources.len()), (Tracking::Stateful, 0));
    }
}
