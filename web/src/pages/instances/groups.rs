//! The groups of a vnic as chips: a cross detaches, a choice attaches.

use leptos::prelude::*;
use policy::{Edit, GroupId, Place, Vnic, VnicId};

use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::{Go, group_path};
use crate::text::{say, say_with};
use crate::workspace::Workspace;

#[component]
pub(super) fn AttachedGroups(vnic: Vnic) -> impl IntoView {
    let workspace = Workspace::here();
    let id = vnic.id.clone();
    let chips = vnic.groups.iter().map(|group| view! { <Chip vnic=id.clone() group=group.clone() /> }).collect_view();
    let attached = vnic.groups.clone();
    let others = memo(move || {
        workspace.read(|draft| {
            let others = draft.groups.iter().filter(|group| !attached.contains(&group.id));
            others.map(|group| (group.id.to_string(), group.name.clone())).collect::<Vec<_>>()
        })
    });
    let label = say_with("Attach a group to {vnic}", &[("vnic", &vnic.id)]);
    let attach = move |chosen: String| {
        let Ok(group) = chosen.parse::<GroupId>() else { return };
        let title = say_with("attach {group} to {id}", &[("group", &group), ("id", &id)]);
        workspace.perform_aloud(title, vec![Edit::Attach { vnic: id.clone(), place: Place::Last, group }]);
    };
    view! {
        <div class="chips">
            {chips} <When case=move || !others.with(Vec::is_empty)>
                <select
                    class="attach"
                    aria-label=label.clone()
                    on:change:target={
                        let attach = attach.clone();
                        move |event| attach(event.target().value())
                    }
                >
                    <option value="">{say("Attach")}</option>
                    {move || others.get().into_iter().map(|(id, name)| view! { <option value=id>{name}</option> }).collect_view()}
                </select>
            </When>
        </div>
    }
}

#[component]
fn Chip(vnic: VnicId, group: GroupId) -> impl IntoView {
    let workspace = Workspace::here();
    let named = group.clone();
    let name = move || {
        let name = workspace.read(|draft| draft.group(named.as_str()).map(|group| group.name.clone()));
        name.unwrap_or_else(|| named.to_string())
    };
    let label = say_with("Detach {group} from {vnic}", &[("group", &group), ("vnic", &vnic)]);
    let path = group_path(group.as_str());
    let detach = move |_| {
        let edit = Edit::Detach { vnic: vnic.clone(), group: group.clone() };
        workspace
            .perform_aloud(say_with("detach {group} from {vnic}", &[("group", &group), ("vnic", &vnic)]), vec![edit]);
    };
    view! {
        <span class="chip link">
            <Go to=path>{move || name()}</Go>
            <button type="button" class="quiet chip-cross" aria-label=label.clone() title=label on:click=detach>
                <Icon glyph=Glyph::Close />
            </button>
        </span>
    }
}
