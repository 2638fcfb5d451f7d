//! The fields of a rule as people read them.

use leptos::prelude::*;
use policy::{Document, IcmpMatch, PortMatch, Remote, RuleSpec};

use super::icon::{Glyph, Icon};
use super::link::{Go, address_group_path, group_path};
use crate::text::say;
use crate::workspace::Workspace;

/// The texts of the fields of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RuleTexts {
    pub(crate) family: String,
    pub(crate) protocol: String,
    pub(crate) part: String,
    pub(crate) remote: String,
}

impl RuleTexts {
    pub(crate) fn of(spec: &RuleSpec) -> RuleTexts {
        let part = match (spec.protocol.ports(), spec.protocol.icmp()) {
            (Some(ports @ PortMatch::Ranges(_)), _) => ports.to_string(),
            (_, Some(icmp @ (IcmpMatch::Type(_) | IcmpMatch::TypeCode(..)))) => icmp.to_string(),
            (Some(PortMatch::Any) | None, Some(IcmpMatch::Any) | None) => String::new(),
        };
        // The second word of a spec is its family.
        let family = spec.to_string().split(' ').find(|word| word.starts_with("ipv")).unwrap_or_default().to_owned();
        RuleTexts { family, protocol: spec.protocol.name(spec.family), part, remote: spec.remote.to_string() }
    }
}

/// A remote; a group is a link to its page.
#[component]
pub(crate) fn RemoteText(remote: Remote) -> impl IntoView {
    let workspace = Workspace::here();
    match remote {
        Remote::Group(id) => {
            let path = group_path(id.as_str());
            let name = move || {
                let name = workspace.read(|draft| draft.group(id.as_str()).map(|group| group.name.clone()));
                name.unwrap_or_else(|| id.to_string())
            };
            view! {
                <Go to=path class="chip link">
                    <Icon glyph=Glyph::Groups />
                    {move || name()}
                </Go>
            }
            .into_any()
        }
        Remote::AddressGroup(id) => {
            let path = address_group_path(id.as_str());
            let found = |draft: &Document| draft.address_groups.iter().find(|group| group.id == id).cloned();
            let group = workspace.peek(found);
            let name = group.as_ref().map_or_else(|| id.to_string(), |group| group.name.clone());
            let prefixes =
                group.map(|group| group.prefixes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
            view! {
                <Go to=path class="chip link" title=prefixes.unwrap_or_default()>
                    <Icon glyph=Glyph::Addresses />
                    {name}
                </Go>
            }
            .into_any()
        }
        Remote::Any => view! { <span class="any">{say("any")}</span> }.into_any(),
        Remote::Prefix(prefix) => view! { <code>{prefix.to_string()}</code> }.into_any(),
    }
}

/// `ipv4` as people write it.
pub(crate) fn family_label(family: &str) -> String {
    family.replace("ip", "IP")
}
