//! A field of the project's own profile. The core reads what is written; what it has against it stands under the field.

use leptos::prelude::*;
use policy::{Diagnostic, Edit, Profile};
use serde_json::Value;

use super::switches::with_field;
use crate::parts::field::{Bare, TextField, fields};
use crate::parts::flow::memo;
use crate::text::say_with;
use crate::workspace::Workspace;

/// Takes effect when the field is left, or by Enter.
#[component]
pub(super) fn NumberField(
    /// Its name in the text form of a profile, such as `limits.groups`.
    field: &'static str,
    label: &'static str,
    profile: Memo<Profile>,
    #[prop(optional)] bare: Bare,
) -> impl IntoView {
    let workspace = Workspace::here();
    let current = memo(move || profile.with(|profile| text(profile, field)));
    let value = RwSignal::new(current.get_untracked());
    Effect::new(move |_| value.set(current.get()));
    let found = memo(move || {
        let written = value.get();
        profile.with(|profile| with_field(profile, field, written.trim()))
    });
    let faults = Signal::derive(move || {
        let faults = found.with(|found| found.as_ref().err().cloned()).unwrap_or_default();
        faults.into_iter().map(|fault| Diagnostic { path: String::from("value"), ..fault }).collect::<Vec<_>>()
    });
    let commit = move |_| {
        let Ok(profile) = found.get_untracked() else { return };
        let written = value.get_untracked();
        if written.trim() != current.get_untracked() {
            let title = say_with("set {switch} to {word}", &[("switch", &field), ("word", &written.trim())]);
            workspace.perform_aloud(title, vec![Edit::SetProfile { profile }]);
        }
    };
    view! {
        <div class="number-field" on:change=commit>
            <TextField
                id=format!("profile-{}", field.replace('.', "-"))
                label=label
                bare=bare
                value=value
                faults=faults
                paths=fields(&["value"])
            />
        </div>
    }
}

/// A field of a profile as text.
pub(super) fn text(profile: &Profile, field: &str) -> String {
    let limit = |limit: Option<usize>| limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
    let limits = profile.limits;
    match field {
        "minimum_groups" => profile.minimum_groups.to_string(),
        "maximum_groups" => limit(profile.maximum_groups),
        "udp_stream_timeout" => profile.udp_stream_timeout.as_secs().to_string(),
        "limits.groups" => limit(limits.groups),
        "limits.rules" => limit(limits.rules),
        "limits.rules_per_group" => limit(limits.rules_per_group),
        "limits.rules_per_direction_and_family" => limit(limits.rules_per_direction_and_family),
        "limits.groups_times_rules_per_vnic" => limit(limits.groups_times_rules_per_vnic),
        _ => profile.to_value().get(field).and_then(Value::as_str).unwrap_or_default().to_owned(),
    }
}
