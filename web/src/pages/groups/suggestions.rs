//! What the fields of a rule offer while somebody types.

use leptos::prelude::*;
use policy::{Document, Remote};

use super::presets::PROTOCOLS;
use crate::parts::my_address::my_address;
use crate::text::say;
use crate::workspace::Workspace;

/// The id of the list of remotes.
pub(super) const REMOTES: &str = "remotes";
/// The id of the list of protocols.
pub(super) const PROTOCOL_NAMES: &str = "protocols";

/// The lists that the fields of rules name.
#[component]
pub(super) fn Suggestions() -> impl IntoView {
    let workspace = Workspace::here();
    let option = |(value, label): (String, String)| view! { <option value=value>{label}</option> };
    view! {
        <datalist id=REMOTES>{move || workspace.read(remotes).into_iter().map(option).collect_view()}</datalist>
        <datalist id=PROTOCOL_NAMES>{PROTOCOLS.map(|name| view! { <option value=name></option> })}</datalist>
    }
}

/// The person's own address, then the text of every remote that the document names, and what people call it.
fn remotes(document: &Document) -> Vec<(String, String)> {
    let groups = document.groups.iter().map(|group| (Remote::Group(group.id.clone()), group.name.clone()));
    let address_groups =
        document.address_groups.iter().map(|group| (Remote::AddressGroup(group.id.clone()), group.name.clone()));
    let any = (Remote::Any, say("every address of the family").to_owned());
    let mine = my_address().map(|address| (Remote::Prefix(address), say("my address").to_owned()));
    let all = mine.into_iter().chain([any]).chain(groups).chain(address_groups);
    all.map(|(remote, name)| (remote.to_string(), name)).collect()
}
