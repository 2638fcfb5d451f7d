//! The fields of one vnic.

use leptos::prelude::*;
use policy::{Diagnostic, Document, GroupId, PortSecurity, Vnic};
use serde_json::{Value, json};

use crate::parts::field::{TextField, fields};
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::listed::{join, split};
use crate::text::{say, say_with};
use crate::workspace::Workspace;

/// The texts of a vnic's fields.
#[derive(Clone)]
pub(super) struct VnicForm {
    pub(super) number: usize,
    id: RwSignal<String>,
    network: RwSignal<String>,
    mac: RwSignal<String>,
    addresses: RwSignal<String>,
    pairs: RwSignal<String>,
    interface: RwSignal<String>,
    groups: Vec<GroupId>,
    port_security: RwSignal<PortSecurity>,
}

#[component]
pub(super) fn VnicFields(
    vnic: VnicForm,
    vnics: RwSignal<Vec<VnicForm>>,
    #[prop(into)] faults: Signal<Vec<Diagnostic>>,
) -> impl IntoView {
    let workspace = Workspace::here();
    let VnicForm { number, id, network, mac, addresses, pairs, interface, port_security, .. } = vnic;
    let place = memo(move || vnics.with(|all| all.iter().position(|vnic| vnic.number == number).unwrap_or_default()));
    // Faults of this vnic alone, with paths within it.
    let mine = Signal::derive(move || {
        let prefix = format!("vnics[{}].", place.get());
        let within =
            |fault: Diagnostic| Some(Diagnostic { path: fault.path.strip_prefix(&prefix)?.to_owned(), ..fault });
        faults.get().into_iter().filter_map(within).collect::<Vec<_>>()
    });
    let alone = move || vnics.with(Vec::len) == 1;
    let networks =
        workspace.peek(|draft| draft.networks.iter().map(|network| network.id.to_string()).collect::<Vec<_>>());
    let field = move |name: &str| format!("vnic-{number}-{name}");
    view! {
        <fieldset class="vnic">
            <legend>{move || say_with("Vnic {n}", &[("n", &(place.get() + 1))])}</legend>
            <div class="pair">
                <TextField
                    id=field("id")
                    label=say("Id")
                    placeholder=say("as the instance")
                    value=id
                    faults=mine
                    paths=fields(&["id"])
                />
                <TextField
                    id=field("network")
                    label=say("Network")
                    list=field("networks")
                    value=network
                    faults=mine
                    paths=fields(&["network"])
                />
                <datalist id=field(
                    "networks",
                )>{networks.into_iter().map(|id| view! { <option value=id></option> }).collect_view()}</datalist>
            </div>
            <div class="pair">
                <TextField id=field("mac") label=say("MAC") value=mac faults=mine paths=fields(&["mac"]) />
                <TextField
                    id=field("interface")
                    label=say("Link on the hypervisor")
                    placeholder=say("none")
                    value=interface
                    faults=mine
                    paths=fields(&["interface"])
                />
            </div>
            <TextField
                id=field("addresses")
                label=say("Addresses")
                placeholder="192.0.2.40, 2001:db8:1::40"
                value=addresses
                faults=mine
                paths=fields(&["addresses"])
            />
            <TextField
                id=field("pairs")
                label=say("Allowed address pairs")
                placeholder=say("none")
                hint=say("What else it may use as source: a prefix, and a MAC behind a space; commas between.")
                value=pairs
                faults=mine
                paths=fields(&["allowed_pairs"])
            />
            <PortSecurityChoice id=field("port-security") port_security=port_security />
            <When case=move || !alone()>
                <div>
                    <button
                        type="button"
                        class="danger"
                        on:click=move |_| vnics.update(|all| all.retain(|vnic| vnic.number != number))
                    >
                        <Icon glyph=Glyph::Delete />
                        <span>{say("Remove vnic")}</span>
                    </button>
                </div>
            </When>
        </fieldset>
    }
}

#[component]
fn PortSecurityChoice(id: String, port_security: RwSignal<PortSecurity>) -> impl IntoView {
    let option = move |choice: PortSecurity, name: &'static str, said: &'static str| {
        view! {
            <option value=name selected=move || port_security.get() == choice>
                {said}
            </option>
        }
    };
    view! {
        <div class="field">
            <label for=id.clone()>{say("Port security")}</label>
            <select
                id=id
                on:change:target=move |event| {
                    port_security.set(if event.target().value() == "on" { PortSecurity::On } else { PortSecurity::Off });
                }
            >
                {option(PortSecurity::On, "on", say("On: source guard and rules judge every packet"))}
                {option(PortSecurity::Off, "off", say("Off: every packet passes, and the vnic is in no group"))}
            </select>
        </div>
    }
}

/// The vnics as documents write them.
pub(super) fn values(vnics: &[VnicForm]) -> Vec<Value> {
    vnics.iter().map(VnicForm::value).collect()
}

/// A fix of an item of a list becomes a fix of the field that holds the list.
pub(super) fn mend_lists(faults: Vec<Diagnostic>, vnics: &[VnicForm]) -> Vec<Diagnostic> {
    let mend = |fault: Diagnostic| match fault.fix.as_ref().and_then(|fix| whole_list(&fault.path, fix, vnics)) {
        Some(fix) => Diagnostic { fix: Some(fix), ..fault },
        None => fault,
    };
    faults.into_iter().map(mend).collect()
}

/// `vnics[0].addresses[1]`: the text of the field with its second item replaced.
fn whole_list(path: &str, fix: &str, vnics: &[VnicForm]) -> Option<String> {
    let (vnic, rest) = path.strip_prefix("vnics[")?.split_once("].")?;
    let (field, index) = rest.strip_suffix(']')?.split_once('[')?;
    let form = vnics.get(vnic.parse::<usize>().ok()?)?;
    let text = match field {
        "addresses" => form.addresses,
        "allowed_pairs" => form.pairs,
        _ => return None,
    };
    let mut items = text.with(|text| split(text));
    *items.get_mut(index.parse::<usize>().ok()?)? = fix.to_owned();
    Some(items.join(", "))
}

impl VnicForm {
    /// A vnic that is not there yet.
    pub(super) fn blank(document: &Document, number: usize) -> VnicForm {
        let network = document.networks.first().map(|network| network.id.to_string()).unwrap_or_default();
        VnicForm {
            number,
            id: RwSignal::new(String::new()),
            network: RwSignal::new(network),
            mac: RwSignal::new(free_mac(document)),
            addresses: RwSignal::new(String::new()),
            pairs: RwSignal::new(String::new()),
            interface: RwSignal::new(String::new()),
            groups: vec![document.primary_group.clone()],
            port_security: RwSignal::new(PortSecurity::On),
        }
    }

    /// A vnic that is there.
    pub(super) fn of(number: usize, vnic: &Vnic) -> VnicForm {
        VnicForm {
            number,
            id: RwSignal::new(vnic.id.to_string()),
            network: RwSignal::new(vnic.network.to_string()),
            mac: RwSignal::new(vnic.mac.to_string()),
            addresses: RwSignal::new(join(&vnic.addresses)),
            pairs: RwSignal::new(join(&vnic.allowed_pairs)),
            interface: RwSignal::new(vnic.interface.clone().unwrap_or_default()),
            groups: vnic.groups.clone(),
            port_security: RwSignal::new(vnic.port_security),
        }
    }

    /// The vnic as documents write it.
    fn value(&self) -> Value {
        let text = |signal: RwSignal<String>| signal.get().trim().to_owned();
        // A vnic that nothing filters is in no group; its groups wait for the other choice.
        let groups: &[GroupId] = match self.port_security.get() {
            PortSecurity::On => &self.groups,
            PortSecurity::Off => &[],
        };
        let mut value = json!({
            "network": text(self.network),
            "mac": text(self.mac),
            "addresses": split(&self.addresses.get()),
            "allowed_pairs": split(&self.pairs.get()),
            "port_security": self.port_security.get() == PortSecurity::On,
            "groups": groups.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        for (name, text) in [("id", text(self.id)), ("interface", text(self.interface))] {
            if !text.is_empty() {
                value[name] = Value::String(text);
            }
        }
        value
    }
}

/// A MAC address as QEMU gives them out (52:54:00) that no vnic has yet.
fn free_mac(document: &Document) -> String {
    loop {
        let [a, b, c] = std::array::from_fn(|_| (js_sys::Math::random() * 256.0) as u8);
        let mac = format!("52:54:00:{a:02x}:{b:02x}:{c:02x}");
        if document.vnics().all(|(_, vnic)| vnic.mac.to_string() != mac) {
            return mac;
        }
    }
}
