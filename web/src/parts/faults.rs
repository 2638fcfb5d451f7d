//! Lists of what the core says.

use leptos::prelude::*;

use crate::parts::flow::When;
use crate::text::say;
use policy::{Diagnostic, Severity};

use super::icon::{Glyph, Icon};

/// A sentence of the core, which puts backticks round what people wrote.
#[component]
pub(crate) fn Message(#[prop(into)] text: String) -> impl IntoView {
    let part = |(index, part): (usize, &str)| match index % 2 {
        0 => part.to_owned().into_any(),
        _ => view! { <code>{part.to_owned()}</code> }.into_any(),
    };
    text.split('`').enumerate().map(part).collect_view()
}

/// Every fault with its path and its fix.
#[component]
pub(crate) fn FaultList(faults: Vec<Diagnostic>) -> impl IntoView {
    let line = |fault: Diagnostic| {
        let class = match fault.severity {
            Severity::Error => "fault-line",
            Severity::Warning => "fault-line mild",
        };
        view! {
            <li class=class>
                <Icon glyph=Glyph::Warning />
                <div>
                    <span class="fault-kind">{fault.severity.to_string()}</span>
                    {(!fault.path.is_empty()).then(|| view! { <code>{fault.path}</code> })}
                    <span>
                        <Message text=fault.message />
                    </span>
                    {fault.fix.map(|fix| view! { <span class="muted">{say("Mended:")} " " <code>{fix}</code></span> })}
                </div>
            </li>
        }
    };
    view! { <ul class="fault-list">{faults.into_iter().map(line).collect_view()}</ul> }
}

/// A mark beside something that the core says something about; it opens what.
#[component]
pub(crate) fn FaultMark(#[prop(into)] faults: Signal<Vec<Diagnostic>>) -> impl IntoView {
    let text = move || {
        let all = faults.with(|faults| faults.iter().map(|fault| fault.message.clone()).collect::<Vec<_>>().join("; "));
        view! { <Message text=all /> }
    };
    view! {
        <When case=move || faults.with(|faults| !faults.is_empty())>
            <p
                class="mark"
                class:mild=move || faults.with(|faults| faults.iter().all(|fault| fault.severity == Severity::Warning))
            >
                <Icon glyph=Glyph::Warning />
                <span>{move || text().into_any()}</span>
            </p>
        </When>
    }
}
