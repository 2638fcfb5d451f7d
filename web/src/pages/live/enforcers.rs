//! Which revision each enforcer applies, and why not the newest.

use leptos::prelude::*;

use super::counts::{clock, grouped};
use crate::parts::faults::Message;
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_with};
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
                        <th scope="col">{say("Enforcer")}</th>
                        <th scope="col">{say("Revision applied")}</th>
                        <th scope="col" class="number">
                            {say("Flows")}
                        </th>
                        <th scope="col" class="number">
                            {say("Heard of")}
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
        (None, _) => (say("none yet").to_owned(), "dot pending"),
        (Some(applied), Some(newest)) if applied < newest => {
            (say_with("{applied}, behind {newest}", &[("applied", &applied), ("newest", &newest)]), "dot pending")
        }
        (Some(applied), _) => (say_with("{applied}, up to date", &[("applied", &applied)]), "dot accept"),
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
                                <span>{say("Refused the newest:")} " " <Message text=why /></span>
                            </p>
                        }
                    })}
            </td>
            <td class="number" data-label=say("Flows")>
                {grouped(report.flows)}
            </td>
            <td class="number" data-label=say("Heard of")>
                {clock(&seen_at)}
            </td>
        </tr>
    }
}
