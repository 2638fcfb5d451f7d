//! The entries of an address group, each edited in its place.

use leptos::prelude::*;
use policy::{AddressBlock, AddressGroup, AddressGroupId, Diagnostic, Edit};
use serde_json::json;

use super::form::{mend_list, replacement, split};
use crate::parts::field::{Autofocus, Bare, TextField, fields};
use crate::parts::flow::{When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::rows::Rows;
use crate::parts::rule_text::family_label;
use crate::parts::search::SearchField;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// The entry that somebody edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Editing {
    Nothing,
    New,
    Entry(usize),
}

#[component]
pub(super) fn Entries(group: AddressGroupId) -> impl IntoView {
    let workspace = Workspace::here();
    let group = StoredValue::new(group);
    let editing = RwSignal::new(Editing::Nothing);
    let search = RwSignal::new(String::new());
    let add = NodeRef::<leptos::html::Button>::new();
    // The keyboard goes on where the next entry starts.
    let done = Callback::new(move |()| {
        editing.set(Editing::Nothing);
        // Not before the editor is gone: to take the focus the page must be laid out.
        if let Some(button) = add.get_untracked() {
            request_animation_frame(move || drop(button.focus()));
        }
    });
    let found = memo(move || {
        let words = search.get();
        let all = of(workspace, group);
        let all = all.into_iter().flat_map(|group| group.prefixes).enumerate();
        all.filter(|(_, block)| block.to_string().contains(words.trim())).collect::<Vec<_>>()
    });
    let line = move |(index, block): (usize, AddressBlock)| {
        view! { <Line group=group index=index block=block editing=editing done=done /> }.into_any()
    };
    let key = |(index, block): &(usize, AddressBlock)| format!("{index} {block}");
    view! {
        <SearchField id="entry-search" label=say("Search entries") placeholder=say("Search entries") value=search />
        <div class="surface">
            <table id="entries" class="list">
                <thead>
                    <tr>
                        <th scope="col" class="wide">
                            {say("Entry")}
                        </th>
                        <th scope="col">{say("Family")}</th>
                        <th scope="col">
                            <span class="visually-hidden">{say("Actions")}</span>
                        </th>
                    </tr>
                </thead>
                <Rows items=Signal::derive(move || items(found.get(), key, line)) columns=3 />
                <When case=move || editing.get() == Editing::New>
                    <tbody>
                        <Editor group=group index=None done=done />
                    </tbody>
                </When>
            </table>
            <When case=move || found.with(Vec::is_empty)>
                <p class="nothing">{say("No entry to show: rules with this group as remote match nobody else.")}</p>
            </When>
        </div>
        <div class="grid-foot">
            <button id="add-entry" type="button" data-new="" node_ref=add on:click=move |_| editing.set(Editing::New)>
                <Icon glyph=Glyph::Add />
                <span>{say("Add entries")}</span>
            </button>
            <p class="hint">{say("Enter saves, Esc cancels, double click edits. Several at once: commas between.")}</p>
        </div>
    }
}

/// An entry, or its editor.
#[component]
fn Line(
    group: StoredValue<AddressGroupId>,
    index: usize,
    block: AddressBlock,
    editing: RwSignal<Editing>,
    done: Callback<()>,
) -> impl IntoView {
    let mine = memo(move || editing.get() == Editing::Entry(index));
    move || match mine.get() {
        true => view! { <Editor group=group index=Some(index) done=done /> }.into_any(),
        false => view! { <Row group=group index=index block=block editing=editing /> }.into_any(),
    }
}

#[component]
fn Row(
    group: StoredValue<AddressGroupId>,
    index: usize,
    block: AddressBlock,
    editing: RwSignal<Editing>,
) -> impl IntoView {
    let workspace = Workspace::here();
    let text = block.to_string();
    let edit = move || editing.set(Editing::Entry(index));
    let delete = move |_| {
        let Some(mut group) = untrack(|| of(workspace, group)) else { return };
        group.prefixes.remove(index);
        let title = say_with("remove {entry} from address group {id}", &[("entry", &block), ("id", &group.id)]);
        workspace.perform_aloud(title, vec![Edit::ReplaceAddressGroup { address_group: group }]);
    };
    view! {
        <tr data-entry=text.clone() on:dblclick=move |_| edit()>
            <th scope="row" class="wide">
                <code>{text.clone()}</code>
            </th>
            <td data-label=say("Family")>{family_label(&block.family().to_string())}</td>
            <td class="actions">
                <button
                    type="button"
                    class="quiet icon-only"
                    data-action="edit"
                    aria-label=say_with("Edit {entry}", &[("entry", &text)])
                    title=say("Edit")
                    on:click=move |_| edit()
                >
                    <Icon glyph=Glyph::Edit />
                </button>
                <button
                    type="button"
                    class="quiet icon-only danger"
                    data-action="delete"
                    aria-label=say_with("Remove {entry}", &[("entry", &text)])
                    title=say("Remove")
                    on:click=delete
                >
                    <Icon glyph=Glyph::Delete />
                </button>
            </td>
        </tr>
    }
}

/// The text of an entry, or of new ones, while somebody types.
#[component]
fn Editor(group: StoredValue<AddressGroupId>, index: Option<usize>, done: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let old = untrack(|| of(workspace, group)).and_then(|group| group.prefixes.get(index?).map(ToString::to_string));
    let text = RwSignal::new(old.unwrap_or_default());
    let tried = RwSignal::new(false);
    let found = memo(move || {
        let group = of(workspace, group).ok_or_else(Vec::new)?;
        text.with(|text| changed(workspace, &group, index, text))
    });
    let faults = Signal::derive(move || match found.get() {
        Err(faults) if tried.get() || text.with(|text| !text.trim().is_empty()) => faults,
        Ok(_) | Err(_) => Vec::new(),
    });
    let save = move || {
        let Ok(edit) = found.get_untracked() else { return tried.set(true) };
        let title = say_with("change address group {id}", &[("id", &group.get_value())]);
        workspace.perform_tried(title, vec![edit], || done.run(()));
    };
    let keys = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            save();
        }
        "Escape" => done.run(()),
        _ => {}
    };
    view! {
        <tr class="editing-entry">
            <td colspan="2">
                <div on:keydown=keys>
                    <TextField
                        id="entry-text"
                        label=say("Entry")
                        bare=Bare::Yes
                        placeholder=Signal::stored("203.0.113.0/24, 192.0.2.5-192.0.2.9".to_owned())
                        value=text
                        faults=faults
                        paths=fields(&["prefixes", "name", "id"])
                        autofocus=Autofocus::Yes
                    />
                </div>
            </td>
            <td class="actions">
                <button id="entry-save" type="button" class="primary" on:click=move |_| save()>
                    {say("Save")}
                </button>
                <button id="entry-cancel" type="button" class="quiet" on:click=move |_| done.run(())>
                    {say("Cancel")}
                </button>
            </td>
        </tr>
    }
}

fn of(workspace: Workspace, id: StoredValue<AddressGroupId>) -> Option<AddressGroup> {
    workspace.read(|draft| id.with_value(|id| draft.address_groups.iter().find(|group| group.id == *id).cloned()))
}

/// The edit that puts the entries of a text in the place of an entry, or behind all; else what is wrong with them, with paths as if
/// they were all.
fn changed(
    workspace: Workspace,
    group: &AddressGroup,
    index: Option<usize>,
    text: &str,
) -> Result<Edit, Vec<Diagnostic>> {
    let new = split(text);
    if new.is_empty() {
        let fault = say("write a prefix such as 203.0.113.0/24, or a range such as 192.0.2.5-192.0.2.9");
        return Err(vec![Diagnostic::error("prefixes", fault)]);
    }
    let mut value = group.to_value();
    value["prefixes"] = json!(new);
    // The core reads the new ones alone, so that what it says is about them.
    let read = AddressGroup::read_value(&value).map_err(|faults| mend_list(faults, text))?;
    let mut whole = group.clone();
    match index {
        Some(index) => drop(whole.prefixes.splice(index..=index, read.prefixes)),
        None => whole.prefixes.extend(read.prefixes),
    }
    replacement(workspace, whole)
}
