//! Adds a group.

use leptos::prelude::*;
use policy::{Diagnostic, Document, Edit, GroupId, Place};

use super::pattern::{Pattern, PatternFields};
use crate::browser::route::Route;
use crate::parts::dialog::{Dialog, closer};
use crate::parts::field::{Autofocus, TextField, fields};
use crate::parts::flow::{When, memo};
use crate::parts::link::group_path;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

#[component]
pub(super) fn CreateDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog id="create-group" title=say("New security group") open=open close=closer(open)>
            <Form open=open />
        </Dialog>
    }
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let name = RwSignal::new(String::new());
    let id = RwSignal::new(String::new());
    let description = RwSignal::new(String::new());
    let pattern = Pattern::none();
    let tried = RwSignal::new(false);
    // The id follows the name until somebody writes another one.
    Effect::new(move |before: Option<String>| {
        let derived = id_of(&name.get());
        if id.get_untracked() == before.unwrap_or_default() {
            id.set(derived.clone());
        }
        derived
    });
    let found = memo(move || new_group(workspace, &id.get(), &name.get(), &description.get(), pattern));
    let faults = Signal::derive(move || match found.get() {
        Err(faults) if tried.get() || !name.get().is_empty() => faults,
        Ok(_) | Err(_) => Vec::new(),
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok(edit) = found.get_untracked() else { return tried.set(true) };
        let id = id.get_untracked();
        workspace.perform_tried(say_with("add group {id}", &[("id", &id)]), vec![edit], || open.set(false));
        route.go(&group_path(&id));
    };
    view! {
        <form on:submit=save>
            <TextField
                id="group-name"
                label=say("Name")
                placeholder=say("Web tier")
                value=name
                faults=faults
                paths=fields(&["name"])
                autofocus=Autofocus::Yes
            />
            <TextField
                id="group-id"
                label=say("Id")
                placeholder="web"
                hint=say("What rules and files call it; it stays as it is.")
                value=id
                faults=faults
                paths=fields(&["id"])
            />
            <TextField
                id="group-description"
                label=say("Description")
                value=description
                faults=faults
                paths=fields(&["description"])
            />
            <PatternFields pattern=pattern faults=faults />
            <When case=move || pattern.is_none()>
                <p class="hint">{move || workspace.read(starts_with)}</p>
            </When>
            <footer>
                <button type="button" class="quiet" on:click=move |_| open.set(false)>
                    {say("Cancel")}
                </button>
                <button id="create-group-save" type="submit" class="primary">
                    {say("Create group")}
                </button>
            </footer>
        </form>
    }
}

/// The edit that adds the group, or what the core has against it, with paths within the group.
fn new_group(
    workspace: Workspace,
    id: &str,
    name: &str,
    description: &str,
    pattern: Pattern,
) -> Result<Edit, Vec<Diagnostic>> {
    let id: GroupId = id.parse().map_err(|error| vec![Diagnostic::error("id", error)])?;
    workspace.read(|draft| {
        let mut group = pattern.group(draft, id.clone())?;
        if !name.trim().is_empty() {
            group.name = name.trim().to_owned();
        }
        if !description.trim().is_empty() {
            group.description = description.trim().to_owned();
        }
        let edit = Edit::AddGroup { place: Place::Last, group };
        let place = format!("groups[{}]", draft.groups.len());
        workspace.trial(draft, vec![edit.clone()], &place, "id").map(|()| edit)
    })
}

fn starts_with(document: &Document) -> String {
    let rules: Vec<String> = document.profile.new_group_rules.iter().map(ToString::to_string).collect();
    match rules.as_slice() {
        [] => say("The group starts without rules.").to_owned(),
        rules => say_with(
            "In the profile {profile} a new group starts with: {rules}.",
            &[("profile", &document.profile.name), ("rules", &rules.join("; "))],
        ),
    }
}

/// What people would call it where only letters, digits and hyphens are allowed.
pub(crate) fn id_of(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::page::Page;

    #[wasm_bindgen_test]
    async fn a_group_is_made_after_a_template() {
        let form = || {
            Route::open();
            view! { <Form open=RwSignal::new(true) /> }
        };
        let page = Page::open(form).await;
        page.write("#group-name", "Shop").await;
        page.choose("#group-template", "web-server").await;
        assert!(page.text("form").contains("common configurations: web server"));
        page.write("#group-remote-office", "198.51.100.0/33").await;
        assert!(!page.text("#group-remote-office-said").is_empty());
        page.write("#group-remote-office", "198.51.100.0/24").await;
        page.click("#create-group-save").await;
        let rules = page.workspace().peek(|draft| {
            let group = draft.group("shop").expect("it is made");
            group.rules.iter().map(|rule| rule.spec.to_string()).collect::<Vec<_>>()
        });
        assert!(rules.contains(&"ingress ipv4 tcp 22 from 198.51.100.0/24".to_owned()), "{rules:?}");
        assert!(rules.contains(&"ingress ipv4 tcp 443 from any".to_owned()), "{rules:?}");
    }
}
