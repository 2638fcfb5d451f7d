//! The networks that the instances are in, and their subnets.

use leptos::prelude::*;
use policy::{Document, Edit, Network, NetworkId, References};

use super::network_form::{NetworkDialog, Target};
use crate::parts::faults::FaultMark;
use crate::parts::flow::{Each, When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_count, say_with};
use crate::workspace::{Tone, Workspace};

/// One row.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    network: Network,
    /// Where it stands, as diagnostics write it.
    place: String,
    vnics: usize,
}

#[component]
pub(super) fn Networks() -> impl IntoView {
    let workspace = Workspace::here();
    let target = RwSignal::new(None::<Target>);
    let lines = memo(move || workspace.read(lines));
    let row = move |line| view! { <Row line=line target=target /> }.into_any();
    let key = |line: &Line| format!("{} {} {}", line.place, line.vnics, line.network.to_value());
    view! {
        <section class="page" aria-labelledby="networks-title">
            <header class="page-head">
                <div>
                    <h2 id="networks-title">{say("Networks")}</h2>
                    <p class="lead">{say("Where vnics are. Routers and DHCP servers of a subnet are what the source guard goes by.")}</p>
                </div>
                <button id="new-network" type="button" on:click=move |_| target.set(Some(Target::New))>
                    <Icon glyph=Glyph::Add />
                    <span>{say("New network")}</span>
                </button>
            </header>
            <div class="surface">
                <table id="networks" class="list">
                    <thead>
                        <tr>
                            <th scope="col">{say("Network")}</th>
                            <th scope="col" class="wide">
                                {say("Subnets")}
                            </th>
                            <th scope="col">{say("VLAN")}</th>
                            <th scope="col" class="number">
                                {say("Used by")}
                            </th>
                            <th scope="col">
                                <span class="visually-hidden">{say("Actions")}</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        <Each items=Signal::derive(move || items(lines.get(), key, row)) />
                    </tbody>
                </table>
                <When case=move || lines.with(Vec::is_empty)>
                    <p class="nothing">{say("No network yet. A vnic needs one to be in.")}</p>
                </When>
            </div>
            <NetworkDialog target=target />
        </section>
    }
}

#[component]
fn Row(line: Line, target: RwSignal<Option<Target>>) -> impl IntoView {
    let workspace = Workspace::here();
    let Line { network, place, vnics } = line;
    let remarks = Signal::derive(move || workspace.checked.with(|checked| checked.at(&place)));
    let subnets = network
        .subnets
        .iter()
        .map(|subnet| {
            let gateway = subnet.gateway.map(|gateway| say_with("router {address}", &[("address", &gateway)]));
            let dhcp = subnet.dhcp.iter().map(|server| say_with("DHCP {address}", &[("address", server)]));
            let more = gateway.into_iter().chain(dhcp).collect::<Vec<_>>().join(", ");
            view! {
                <span>
                    <code>{subnet.prefix.to_string()}</code>
                    " "
                    <span class="muted">{more}</span>
                </span>
            }
        })
        .collect_view();
    let (id, vlan) = (network.id.clone(), network.vlan.map(|vlan| vlan.value().to_string()));
    let (label, mark) = (id.to_string(), id.to_string());
    let edit = move |_| target.set(Some(Target::Old(network.clone())));
    let delete = move |_| remove(workspace, &id);
    view! {
        <tr data-network=mark>
            <th scope="row">
                <code>{label.clone()}</code>
                <FaultMark faults=remarks />
            </th>
            <td class="wide">
                <div class="stack">{subnets}</div>
            </td>
            <td data-label=say("VLAN")>{vlan}</td>
            <td class="number" data-label=say("Used by")>
                {say_count(vnics, "{n} vnic", "{n} vnics")}
            </td>
            <td class="actions">
                <button
                    type="button"
                    class="quiet icon-only"
                    data-action="edit"
                    aria-label=say_with("Edit network {id}", &[("id", &label)])
                    title=say("Edit")
                    on:click=edit
                >
                    <Icon glyph=Glyph::Edit />
                </button>
                <button
                    type="button"
                    class="quiet icon-only danger"
                    data-action="delete"
                    aria-label=say_with("Delete network {id}", &[("id", &label)])
                    title=say("Delete")
                    on:click=delete
                >
                    <Icon glyph=Glyph::Delete />
                </button>
            </td>
        </tr>
    }
}

/// Deletes a network that nobody is in; else the core says who is.
fn remove(workspace: Workspace, id: &NetworkId) {
    let edit = Edit::RemoveNetwork { network: id.clone(), references: References::Refuse };
    match workspace.perform(say_with("delete network {id}", &[("id", id)]), vec![edit]) {
        Ok(()) => {
            workspace.notices.show(Tone::Undoable, say_with("The network `{id}` is deleted", &[("id", id)]));
        }
        Err(error) => workspace.notices.show(Tone::Failed, error),
    }
}

fn lines(document: &Document) -> Vec<Line> {
    let line = |(index, network): (usize, &Network)| Line {
        network: network.clone(),
        place: format!("networks[{index}]"),
        vnics: document.users_of_network(&network.id).len(),
    };
    document.networks.iter().enumerate().map(line).collect()
}
