//! Adds or changes a network.

use leptos::prelude::*;
use policy::{Diagnostic, Edit, Network, Place, Subnet};
use serde_json::{Value, json};

use crate::parts::dialog::Dialog;
use crate::parts::field::{Autofocus, TextField, fields};
use crate::parts::flow::{Each, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::listed::{join, split};
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// What a form becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A new network.
    New,
    /// The new text of this network.
    Old(Network),
}

/// The texts of a subnet's fields.
#[derive(Clone, Copy)]
struct SubnetForm {
    number: usize,
    prefix: RwSignal<String>,
    gateway: RwSignal<String>,
    dhcp: RwSignal<String>,
}

/// Open while there is a target.
#[component]
pub(super) fn NetworkDialog(target: RwSignal<Option<Target>>) -> impl IntoView {
    let open = Signal::derive(move || target.with(Option::is_some));
    let close = Callback::new(move |()| target.set(None));
    let title = Signal::derive(move || match target.get() {
        Some(Target::Old(network)) => say_with("Network {id}", &[("id", &network.id)]),
        Some(Target::New) | None => say("New network").to_owned(),
    });
    view! {
        <Dialog id="network-dialog" title=title open=open close=close>
            {move || target.get().map(|target| view! { <Form target=target close=close /> })}
        </Dialog>
    }
}

#[component]
fn Form(target: Target, close: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let old = match &target {
        Target::New => None,
        Target::Old(network) => Some(network.clone()),
    };
    let is_new = old.is_none();
    let id = RwSignal::new(old.as_ref().map(|network| network.id.to_string()).unwrap_or_default());
    let vlan = old.as_ref().and_then(|network| network.vlan).map(|vlan| vlan.value().to_string());
    let vlan = RwSignal::new(vlan.unwrap_or_default());
    let kinds = old.as_ref().map(|network| join(&network.ethertypes)).unwrap_or_default();
    let ethertypes = RwSignal::new(kinds);
    let known: Vec<SubnetForm> = match &old {
        Some(network) => network.subnets.iter().enumerate().map(|(at, subnet)| SubnetForm::of(at, subnet)).collect(),
        None => vec![SubnetForm::blank(0)],
    };
    let subnets = RwSignal::new(known);
    let tried = RwSignal::new(false);
    let found = memo(move || {
        let mut value = json!({
            "id": id.get().trim(),
            "ethertypes": split(&ethertypes.get()),
            "subnets": subnets.with(|all| all.iter().map(|subnet| subnet.value()).collect::<Vec<_>>()),
        });
        let vlan = vlan.get().trim().to_owned();
        if !vlan.is_empty() {
            value["vlan"] = vlan.parse::<u64>().map_or_else(|_| json!(vlan), |number| json!(number));
        }
        edit(workspace, &value, &target)
    });
    let faults = Signal::derive(move || match found.get() {
        Err(faults) if tried.get() || !is_new => faults,
        Ok(_) | Err(_) => Vec::new(),
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok(edit) = found.get_untracked() else { return tried.set(true) };
        let id = id.get_untracked().trim().to_owned();
        let title = match is_new {
            true => say_with("add network {id}", &[("id", &id)]),
            false => say_with("change network {id}", &[("id", &id)]),
        };
        workspace.perform_tried(title, vec![edit], || close.run(()));
    };
    let add = move |_| {
        let number = subnets.with(|all| all.iter().map(|subnet| subnet.number + 1).max().unwrap_or_default());
        subnets.update(|all| all.push(SubnetForm::blank(number)));
    };
    let subnet_fields =
        move |subnet: SubnetForm| view! { <SubnetFields subnet=subnet subnets=subnets faults=faults /> }.into_any();
    let first = if is_new { Autofocus::Yes } else { Autofocus::No };
    view! {
        <form on:submit=save>
            <div class="pair">
                {is_new
                    .then(|| {
                        view! {
                            <TextField
                                id="network-id"
                                label=say("Id")
                                value=id
                                faults=faults
                                paths=fields(&["id"])
                                autofocus=first
                            />
                        }
                    })}
                <TextField
                    id="network-vlan"
                    label=say("VLAN")
                    placeholder=Signal::stored(say("none").to_owned())
                    value=vlan
                    faults=faults
                    paths=fields(&["vlan"])
                />
                <TextField
                    id="network-ethertypes"
                    label=say("Other EtherTypes")
                    placeholder=Signal::stored(say("none").to_owned())
                    value=ethertypes
                    faults=faults
                    paths=fields(&["ethertypes"])
                />
            </div>
            <Each items=Signal::derive(move || {
                items(subnets.get(), |subnet| subnet.number.to_string(), subnet_fields)
            }) />
            <div>
                <button type="button" on:click=add>
                    <Icon glyph=Glyph::Add />
                    <span>{say("Add subnet")}</span>
                </button>
            </div>
            <footer>
                <button type="button" class="quiet" on:click=move |_| close.run(())>
                    {say("Cancel")}
                </button>
                <button id="network-save" type="submit" class="primary">
                    {say("Save")}
                </button>
            </footer>
        </form>
    }
}

#[component]
fn SubnetFields(
    subnet: SubnetForm,
    subnets: RwSignal<Vec<SubnetForm>>,
    #[prop(into)] faults: Signal<Vec<Diagnostic>>,
) -> impl IntoView {
    let SubnetForm { number, prefix, gateway, dhcp } = subnet;
    let place =
        memo(move || subnets.with(|all| all.iter().position(|other| other.number == number).unwrap_or_default()));
    // Faults of this subnet alone, with paths within it; those of the whole of it stand at its prefix.
    let mine = Signal::derive(move || {
        let start = format!("subnets[{}]", place.get());
        let within = |fault: Diagnostic| {
            let rest = fault.path.strip_prefix(&start)?.trim_start_matches('.').to_owned();
            let path = if rest.is_empty() { "prefix".to_owned() } else { rest };
            Some(Diagnostic { path, ..fault })
        };
        faults.get().into_iter().filter_map(within).collect::<Vec<_>>()
    });
    let field = move |name: &str| format!("subnet-{number}-{name}");
    let remove = move |_| subnets.update(|all| all.retain(|other| other.number != number));
    view! {
        <fieldset class="vnic">
            <legend>{move || say_with("Subnet {n}", &[("n", &(place.get() + 1))])}</legend>
            <div class="pair">
                <TextField
                    id=field("prefix")
                    label=say("Prefix")
                    placeholder=Signal::stored("192.0.2.0/24".to_owned())
                    value=prefix
                    faults=mine
                    paths=fields(&["prefix"])
                />
                <TextField
                    id=field("gateway")
                    label=say("Router")
                    placeholder=Signal::stored(say("none").to_owned())
                    value=gateway
                    faults=mine
                    paths=fields(&["gateway"])
                />
            </div>
            <TextField
                id=field("dhcp")
                label=say("DHCP servers")
                hint=say("Where none is named, any host that is no instance may answer.")
                value=dhcp
                faults=mine
                paths=fields(&["dhcp"])
            />
            <div>
                <button type="button" class="danger" on:click=remove>
                    <Icon glyph=Glyph::Delete />
                    <span>{say("Remove subnet")}</span>
                </button>
            </div>
        </fieldset>
    }
}

impl SubnetForm {
    fn blank(number: usize) -> SubnetForm {
        let text = || RwSignal::new(String::new());
        SubnetForm { number, prefix: text(), gateway: text(), dhcp: text() }
    }

    fn of(number: usize, subnet: &Subnet) -> SubnetForm {
        let gateway = subnet.gateway.map(|gateway| gateway.to_string()).unwrap_or_default();
        SubnetForm {
            number,
            prefix: RwSignal::new(subnet.prefix.to_string()),
            gateway: RwSignal::new(gateway),
            dhcp: RwSignal::new(join(&subnet.dhcp)),
        }
    }

    /// The subnet as documents write it.
    fn value(&self) -> Value {
        let mut value = json!({ "prefix": self.prefix.get().trim(), "dhcp": split(&self.dhcp.get()) });
        let gateway = self.gateway.get().trim().to_owned();
        if !gateway.is_empty() {
            value["gateway"] = Value::String(gateway);
        }
        value
    }
}

/// The edit that saves the form, or every fault with its path within the network.
fn edit(workspace: Workspace, value: &Value, target: &Target) -> Result<Edit, Vec<Diagnostic>> {
    let network = Network::read_value(value)?;
    workspace.read(|draft| {
        let (edit, index) = match target {
            Target::New => (Edit::AddNetwork { place: Place::Last, network }, draft.networks.len()),
            Target::Old(old) => {
                let index = draft.networks.iter().position(|found| found.id == old.id).unwrap_or_default();
                (Edit::ReplaceNetwork { network }, index)
            }
        };
        workspace.trial(draft, vec![edit.clone()], &format!("networks[{index}]"), "vlan").map(|()| edit)
    })
}
