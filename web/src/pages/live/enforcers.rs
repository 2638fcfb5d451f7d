//! Which revision each enforcer applies, and why not the newest.

use leptos::prelude::*;

use super::counts::{clock, grouped};
use crate::parts::faults::Message;
use crate::parts::icon::{Glyph, Icon};
use crate::workspace::{Enforcer, Workspace};

#[component]
pub(super) fn Enforcers() -> impl IntoView {
    let workspace = Workspace::here();
    let newest = move || workspace.saved.with(|saved| saved.as_ref().map(|saved| saved.revision));
    let rows = move || {
        workspace.live.with(|live| {
            let row = |(name, enforcer): (&String, &Enforcer)| {
                view! { <Row name=name.clone() enforcer=enforcer.clone() newest=newest() /> }
            };
            live.enforcers.iter().map(row).collect_view()
        })
    };
    view! {
        <div class="surface">
            <table id="enforcers" class="list">
                <thead>
                    <tr>
                        <th scope="col">"Enforcer"</th>
                        <th scope="col">"Revision applied"</th>
                        <th scope="col" class="number">
                            "Flows"
                        </th>
                        <th scope="col" class="number">
                            "Heard of"
                        </th>
                    </tr>
                </thead>
                <tbody>{move || rows().into_any()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(name: String, enforcer: Enforcer, newest: Option<u64>) -> impl IntoView {
    let Enforcer { seen_at, report } = enforcer;
    let mark = name.clone();
    let (text, class) = match (report.applied_revision, newest) {
        (None, _) => ("none yet".to_owned(), "dot pending"),
        (Some(applied), Some(newest)) if applied < newest => (format!("{applied}, behind {newest}"), "dot pending"),
        (Some(applied), _) => (format!("{applied}, up to date"), "dot accept"),
    };
    view! {
        <tr data-enforcer=mark>
            <th scope="row">{name}</th>
            <td>
                <span class=class>{text}</span>
                {report
                    .refused
                    .map(|why| {
                        view! {
                            <p class="mark">
                                <Icon glyph=Glyph::Warning />
                                <span>"Refused the newest: "<Message text=why /></span>
                            </p>
                        }
                    })}
            </td>
            <td class="number" data-label="Flows">
                {grouped(report.flows)}
            </td>
            <td class="number" data-label="Heard of">
                {clock(&seen_at)}
            </td>
        </tr>
    }
}
