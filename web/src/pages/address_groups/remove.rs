//! Deletes an address group: at once where no rule names it, else with the rules that do, named beforehand.

use leptos::prelude::*;
use policy::{AddressGroupId, Edit};

use crate::browser::route::Route;
use crate::parts::dialog::{Dialog, closer};
use crate::parts::faults::Message;
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// Deletes the address group and every rule that names it, with a message that offers undo.
pub(super) fn remove(workspace: Workspace, route: Route, group: &AddressGroupId) {
    let edits = workspace.peek(|draft| Edit::cascade_address_group(draft, group));
    workspace.perform_aloud(say_with("delete address group {id}", &[("id", group)]), edits);
    route.go("/address-groups");
}

#[component]
pub(super) fn RemoveDialog(group: AddressGroupId, open: RwSignal<bool>) -> impl IntoView {
    let title = say_with("The address group {id} is in use", &[("id", &group)]);
    view! {
        <Dialog id="remove-address-group" title=title open=open close=closer(open)>
            <Offer group=group.clone() open=open />
        </Dialog>
    }
}

#[component]
fn Offer(group: AddressGroupId, open: RwSignal<bool>) -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let users = workspace.peek(|draft| draft.users_of_address_group(&group));
    let confirm = move |_| {
        open.set(false);
        remove(workspace, route, &group);
    };
    view! {
        <p>{say("These rules have it as their remote. Give them another one first, or delete them with it; undo brings all back.")}</p>
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
        <footer>
            <button type="button" class="quiet" on:click=move |_| open.set(false)>
                {say("Cancel")}
            </button>
            <button id="remove-address-group-confirm" type="button" class="destructive" on:click=confirm>
                {say("Delete it and these rules")}
            </button>
        </footer>
    }
}
