//! Deletes a group: at once where nobody uses it, else with everything that uses it, named beforehand.

use leptos::prelude::*;
use policy::{Diagnostic, Document, Edit, GroupId, Place, User};

use crate::browser::route::Route;
use crate::parts::dialog::{Dialog, closer};
use crate::parts::faults::Message;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

#[component]
pub(super) fn RemoveDialog(group: GroupId, open: RwSignal<bool>) -> impl IntoView {
    let title = say_with("Delete group {group}", &[("group", &group)]);
    view! {
        <Dialog id="remove-group" title=title open=open close=closer(open)>
            <Offer group=group.clone() open=open />
        </Dialog>
    }
}

#[component]
fn Offer(group: GroupId, open: RwSignal<bool>) -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let users = workspace.peek(|draft| draft.users_of_group(&group));
    let edits = workspace.peek(|draft| cascade(draft, &group));
    let against =
        workspace.peek(|draft| workspace.trial(draft, edits.clone(), "groups", "group").err().unwrap_or_default());
    let possible = against.is_empty();
    let text = match users.is_empty() {
        true => say("Nobody uses this group. Its rules go with it; undo brings them back."),
        false => say(
            "These use the group. Deleting it takes it off them and deletes the rules that name it; undo brings all back.",
        ),
    };
    let moves = edits
        .iter()
        .filter_map(attached)
        .map(|vnic| say_with("The vnic {vnic} gets the group default instead.", &[("vnic", &vnic)]))
        .collect::<Vec<_>>();
    let remove = move |_| {
        workspace.perform_aloud(say_with("delete group {group}", &[("group", &group)]), edits.clone());
        open.set(false);
        route.go("/groups");
    };
    view! {
        <p>{text}</p>
        <ul class="users">
            {users
                .iter()
                .map(|user| {
                    view! {
                        <li>
                            <Message text=user.to_string() />
                        </li>
                    }
                })
                .collect_view()}
        </ul>
        {moves.into_iter().map(|text| view! { <p class="hint">{text}</p> }).collect_view()}
        {against
            .into_iter()
            .map(|Diagnostic { message, .. }| {
                view! {
                    <p class="fault" role="alert">
                        <Message text=message />
                    </p>
                }
            })
            .collect_view()}
        <footer>
            <button type="button" class="quiet" on:click=move |_| open.set(false)>
                {say("Cancel")}
            </button>
            <button id="remove-group-confirm" type="button" class="destructive" disabled=!possible on:click=remove>
                {if users.is_empty() { say("Delete group") } else { say("Delete group and its uses") }}
            </button>
        </footer>
    }
}

/// The core's cascade; vnics that would have fewer groups than the profile asks for get the default group first.
fn cascade(document: &Document, group: &GroupId) -> Vec<Edit> {
    let mut edits = Vec::new();
    for user in document.users_of_group(group) {
        let User::Vnic(vnic) = user else { continue };
        let groups = document.vnic(vnic.as_str()).map_or(&[][..], |(_, vnic)| &vnic.groups);
        let default = Document::default_group_id();
        if groups.len() <= document.profile.minimum_groups && !groups.contains(&default) {
            edits.push(Edit::Attach { vnic, place: Place::Last, group: default });
        }
    }
    edits.extend(Edit::cascade_group(document, group));
    edits
}

fn attached(edit: &Edit) -> Option<String> {
    match edit {
        Edit::Attach { vnic, .. } => Some(vnic.to_string()),
        _ => None,
    }
}
