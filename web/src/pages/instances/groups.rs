//! The groups of a vnic as chips: a cross detaches, a choice attaches, and where they are asked in an order an arrow changes it.

use leptos::prelude::*;
use policy::{Edit, Evaluation, GroupId, Place, Vnic, VnicId};

use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::{Go, group_path};
use crate::text::{say, say_with};
use crate::workspace::Workspace;

#[component]
pub(super) fn AttachedGroups(vnic: Vnic) -> impl IntoView {
    let workspace = Workspace::here();
    let id = vnic.id.clone();
    let chip = |(place, group): (usize, &GroupId)| view! { <Chip vnic=id.clone() group=group.clone() place=place /> };
    let chips = vnic.groups.iter().enumerate().map(chip).collect_view();
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
fn Chip(
    vnic: VnicId,
    group: GroupId,
    /// Among the groups of the vnic.
    place: usize,
) -> impl IntoView {
    let workspace = Workspace::here();
    let (named, marked) = (group.clone(), group.to_string());
    let name = move || {
        let name = workspace.read(|draft| draft.group(named.as_str()).map(|group| group.name.clone()));
        name.unwrap_or_else(|| named.to_string())
    };
    let label = say_with("Detach {group} from {vnic}", &[("group", &group), ("vnic", &vnic)]);
    let path = group_path(group.as_str());
    let is_ordered = memo(move || workspace.read(|draft| draft.profile.evaluation == Evaluation::Ordered));
    let (owner, own) = (vnic.clone(), group.clone());
    let earlier = Callback::new(move |()| {
        let (vnic, group) = (owner.clone(), own.clone());
        let title = say_with("ask {group} earlier at {vnic}", &[("group", &group), ("vnic", &vnic)]);
        let detach = Edit::Detach { vnic: vnic.clone(), group: group.clone() };
        let attach = Edit::Attach { vnic, place: Place::At(place.saturating_sub(1)), group };
        workspace.perform_aloud(title, vec![detach, attach]);
    });
    let sooner = say_with("Ask {group} earlier at {vnic}", &[("group", &group), ("vnic", &vnic)]);
    let detach = move |_| {
        let edit = Edit::Detach { vnic: vnic.clone(), group: group.clone() };
        workspace
            .perform_aloud(say_with("detach {group} from {vnic}", &[("group", &group), ("vnic", &vnic)]), vec![edit]);
    };
    view! {
        <span class="chip link" data-chip=marked>
            <When case=move || is_ordered.get()>
                <span class="muted">{place + 1} "."</span>
            </When>
            <Go to=path>{move || name()}</Go>
            <When case=move || is_ordered.get() && place != 0>
                <button
                    type="button"
                    class="quiet chip-cross"
                    data-action="earlier"
                    aria-label=sooner.clone()
                    title=sooner.clone()
                    on:click=move |_| earlier.run(())
                >
                    <Icon glyph=Glyph::Up />
                </button>
            </When>
            <button type="button" class="quiet chip-cross" aria-label=label.clone() title=label on:click=detach>
                <Icon glyph=Glyph::Close />
            </button>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use policy::Profile;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::parts::page::Page;

    #[wasm_bindgen_test]
    async fn where_groups_are_asked_in_an_order_it_can_be_changed() {
        let page = Page::open(|| {
            let workspace = Workspace::here();
            let vnic = memo(move || workspace.read(|draft| draft.vnic("web").map(|(_, vnic)| vnic.clone())));
            move || vnic.get().map(|vnic| view! { <AttachedGroups vnic=vnic /> })
        })
        .await;
        let groups = || {
            let found = page.workspace().peek(|draft| draft.vnic("web").map(|(_, vnic)| vnic.groups.clone()));
            found.unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let vnic: VnicId = "web".parse().expect("an id");
        let attach = Edit::Attach { vnic, place: Place::Last, group: "db".parse().expect("an id") };
        page.workspace().perform("attach", vec![attach]).expect("it fits");
        page.settle().await;
        assert!(!page.has("[data-action=earlier]"), "any match allows, so there is no order");
        let profile = Profile::named("huawei").expect("it is built in");
        page.workspace().perform("set profile", vec![Edit::SetProfile { profile }]).expect("it fits");
        page.settle().await;
        assert!(!page.has("[data-chip=web] [data-action=earlier]"), "nothing is in front of the first");
        page.click("[data-chip=db] [data-action=earlier]").await;
        assert_eq!(groups(), ["web", "db", "common"]);
        page.workspace().undo();
        page.settle().await;
        assert_eq!(groups(), ["web", "common", "db"]);
    }
}
