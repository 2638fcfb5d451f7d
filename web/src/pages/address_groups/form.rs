//! Adds, describes or duplicates an address group.

use leptos::prelude::*;
use policy::{AddressGroup, AddressGroupId, Diagnostic, Edit, Place};
use serde_json::{Value, json};

use crate::browser::route::Route;
use crate::pages::groups::id_of;
use crate::parts::dialog::Dialog;
use crate::parts::field::{Autofocus, TextField, fields};
use crate::parts::flow::memo;
use crate::parts::link::address_group_path;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// What a form becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A new address group.
    New,
    /// Another one with the entries of this.
    Copy(AddressGroup),
    /// The name and the description of this.
    Old(AddressGroup),
}

/// Open while there is a target.
#[component]
pub(super) fn FormDialog(target: RwSignal<Option<Target>>) -> impl IntoView {
    let open = Signal::derive(move || target.with(Option::is_some));
    let close = Callback::new(move |()| target.set(None));
    let title = Signal::derive(move || match target.get() {
        Some(Target::Old(_)) => say("Name and description"),
        Some(Target::Copy(_)) => say("Duplicate an address group"),
        Some(Target::New) | None => say("New address group"),
    });
    let title = Signal::derive(move || title.get().to_owned());
    view! {
        <Dialog id="address-group-dialog" title=title open=open close=close>
            {move || target.get().map(|target| view! { <Form target=target close=close /> })}
        </Dialog>
    }
}

#[component]
fn Form(target: Target, close: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let is_new = !matches!(target, Target::Old(_));
    let (old_id, old_name, old_description) = target.texts();
    let (id, name) = (RwSignal::new(old_id.clone()), RwSignal::new(old_name));
    let (description, entries) = (RwSignal::new(old_description), RwSignal::new(target.entries().join(", ")));
    let tried = RwSignal::new(false);
    if is_new {
        // The id follows the name until somebody writes another one.
        Effect::new(move |before: Option<String>| {
            let derived = id_of(&name.get());
            if id.get_untracked() == before.unwrap_or(old_id.clone()) {
                id.set(derived.clone());
            }
            derived
        });
    }
    let step = target.step();
    let found = memo(move || {
        let value = json!({
            "id": id.get().trim(),
            "name": name.get().trim(),
            "description": description.get().trim(),
            "prefixes": split(&entries.get()),
        });
        edit(workspace, value, &target)
    });
    let faults = Signal::derive(move || match found.get() {
        Err(faults) if tried.get() || !is_new || !name.get().is_empty() => {
            entries.with(|entries| mend_list(faults, entries))
        }
        Ok(_) | Err(_) => Vec::new(),
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok(edit) = found.get_untracked() else { return tried.set(true) };
        let id = id.get_untracked().trim().to_owned();
        workspace.perform_tried(step(&id), vec![edit], || close.run(()));
        route.go(&address_group_path(&id));
    };
    view! {
        <form on:submit=save>
            <TextField
                id="address-group-name"
                label=say("Name")
                placeholder=Signal::stored(say("Office").to_owned())
                value=name
                faults=faults
                paths=fields(&["name"])
                autofocus=Autofocus::Yes
            />
            {is_new
                .then(|| {
                    view! {
                        <TextField
                            id="address-group-id"
                            label=say("Id")
                            placeholder=Signal::stored("office".to_owned())
                            hint=say("What rules and files call it; it stays as it is.")
                            value=id
                            faults=faults
                            paths=fields(&["id"])
                        />
                    }
                })}
            <TextField
                id="address-group-description"
                label=say("Description")
                value=description
                faults=faults
                paths=fields(&["description"])
            />
            {is_new
                .then(|| {
                    view! {
                        <TextField
                            id="address-group-entries"
                            label=say("Entries")
                            placeholder=Signal::stored("203.0.113.0/24, 192.0.2.5-192.0.2.9".to_owned())
                            hint=say("Prefixes and ranges of both families, commas between; more can be added later.")
                            value=entries
                            faults=faults
                            paths=fields(&["prefixes"])
                        />
                    }
                })}
            <footer>
                <button type="button" class="quiet" on:click=move |_| close.run(())>
                    {say("Cancel")}
                </button>
                <button id="address-group-save" type="submit" class="primary">
                    {say("Save")}
                </button>
            </footer>
        </form>
    }
}

impl Target {
    /// The id, the name and the description that the form starts with.
    fn texts(&self) -> (String, String, String) {
        match self {
            Target::New => Default::default(),
            Target::Copy(group) => {
                let name = say_with("{name} copy", &[("name", &group.name)]);
                (id_of(&name), name, group.description.clone())
            }
            Target::Old(group) => (group.id.to_string(), group.name.clone(), group.description.clone()),
        }
    }

    fn entries(&self) -> Vec<String> {
        match self {
            Target::New => Vec::new(),
            Target::Copy(group) | Target::Old(group) => group.prefixes.iter().map(ToString::to_string).collect(),
        }
    }

    /// What undo calls it, by the id.
    fn step(&self) -> fn(&str) -> String {
        match self {
            Target::New => |id| say_with("add address group {id}", &[("id", &id)]),
            Target::Copy(_) => |id| say_with("duplicate address group {id}", &[("id", &id)]),
            Target::Old(_) => |id| say_with("describe address group {id}", &[("id", &id)]),
        }
    }
}

/// The edit that saves the form, or every fault with its path within the address group.
fn edit(workspace: Workspace, value: Value, target: &Target) -> Result<Edit, Vec<Diagnostic>> {
    // An empty name is the id in a file; here somebody forgot it.
    let address_group = AddressGroup::read_value(&value)?;
    match target {
        Target::New | Target::Copy(_) => workspace.read(|draft| {
            let place = format!("address_groups[{}]", draft.address_groups.len());
            let edit = Edit::AddAddressGroup { place: Place::Last, address_group };
            workspace.trial(draft, vec![edit.clone()], &place, "id").map(|()| edit)
        }),
        Target::Old(_) => replacement(workspace, address_group),
    }
}

/// The edit that puts an address group in the place of the one with its id, or every fault with its path within it.
pub(super) fn replacement(workspace: Workspace, address_group: AddressGroup) -> Result<Edit, Vec<Diagnostic>> {
    workspace.read(|draft| {
        let place = place_of(draft, &address_group.id);
        let edit = Edit::ReplaceAddressGroup { address_group };
        workspace.trial(draft, vec![edit.clone()], &place, "name").map(|()| edit)
    })
}

fn place_of(draft: &policy::Document, id: &AddressGroupId) -> String {
    let index = draft.address_groups.iter().position(|found| found.id == *id).unwrap_or_default();
    format!("address_groups[{index}]")
}

/// What stands between commas, spaces or line ends.
pub(super) fn split(text: &str) -> Vec<String> {
    let items = text.split([',', ' ', '\n', '\t', ';']).map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// A fix of one entry becomes a fix of the text that holds all.
pub(super) fn mend_list(faults: Vec<Diagnostic>, text: &str) -> Vec<Diagnostic> {
    let mend = |fault: Diagnostic| {
        let index = fault.path.strip_prefix("prefixes[").and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
        let (Some(index), Some(fix)) = (index, &fault.fix) else { return fault };
        let mut items = split(text);
        let Some(item) = items.get_mut(index) else { return fault };
        item.clone_from(fix);
        Diagnostic { fix: Some(items.join(", ")), ..fault }
    };
    faults.into_iter().map(mend).collect()
}
