//! Changes what people read of a group.

use leptos::prelude::*;
use policy::{Edit, GroupId};

use crate::parts::dialog::{Dialog, closer};
use crate::parts::field::{Autofocus, TextField, fields};
use crate::parts::flow::memo;
use crate::text::{say, say_with};
use crate::workspace::{Workspace, trial};

#[component]
pub(super) fn DescribeDialog(group: GroupId, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog id="describe-group" title=say("Name and description") open=open close=closer(open)>
            <Form group=group.clone() open=open />
        </Dialog>
    }
}

#[component]
fn Form(group: GroupId, open: RwSignal<bool>) -> impl IntoView {
    let workspace = Workspace::here();
    let (old_name, old_description) = workspace.peek(|draft| {
        draft.group(group.as_str()).map(|group| (group.name.clone(), group.description.clone())).unwrap_or_default()
    });
    let name = RwSignal::new(old_name);
    let description = RwSignal::new(old_description);
    let found = memo(move || {
        let (name, description) = (name.get().trim().to_owned(), description.get().trim().to_owned());
        let edit = Edit::DescribeGroup { group: group.clone(), name, description };
        workspace.read(|draft| {
            let index = draft.groups.iter().position(|found| found.id == group).unwrap_or_default();
            trial(draft, vec![edit.clone()], &format!("groups[{index}]"), "name").map(|()| (group.clone(), edit))
        })
    });
    let faults = Signal::derive(move || found.get().err().unwrap_or_default());
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok((group, edit)) = found.get_untracked() else { return };
        if workspace.perform(say_with("describe group {group}", &[("group", &group)]), vec![edit]).is_ok() {
            open.set(false);
        }
    };
    view! {
        <form on:submit=save>
            <TextField
                id="describe-name"
                label=say("Name")
                value=name
                faults=faults
                paths=fields(&["name"])
                autofocus=Autofocus::Yes
            />
            <TextField
                id="describe-description"
                label=say("Description")
                value=description
                faults=faults
                paths=fields(&["description"])
            />
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
}
