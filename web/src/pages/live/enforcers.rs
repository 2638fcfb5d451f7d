//! Which revision each enforcer applies, and why not the newest.

use leptos::prelude::*;

use super::counts::{clock, grouped};
use crate::parts::faults::Message;
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_with};
use crate::workspace::{Audit, Enforcer, Staged, Workspace};

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
                        <th scope="col">{say("Audit")}</th>
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
                {report.staged.map(|staged| view! { <p class="muted">{staged_text(staged)}</p> })}
            </td>
            <td data-label=say("Audit")>
                <AuditText audit=report.audit />
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

/// Whether the enforcer's verdicts are those that other code finds.
#[component]
fn AuditText(audit: Option<Audit>) -> impl IntoView {
    match audit {
        None => view! { <span class="muted">{say("off")}</span> }.into_any(),
        Some(Audit { checked, differing: 0 }) => {
            let said = say_with("{n} verdicts found again", &[("n", &grouped(checked))]);
            view! { <span class="dot accept">{said}</span> }.into_any()
        }
        Some(Audit { checked, differing }) => {
            let parts: [(&str, &dyn std::fmt::Display); 2] =
                [("differing", &grouped(differing)), ("n", &grouped(checked))];
            let said = say_with("{differing} of {n} verdicts differ: report it, see the enforcer's log", &parts);
            view! {
                <p class="mark">
                    <Icon glyph=Glyph::Warning />
                    <span>{said}</span>
                </p>
            }
            .into_any()
        }
    }
}

fn staged_text(staged: Staged) -> String {
    let Staged { revision, would_drop, would_accept } = staged;
    say_with(
        "Staged revision {revision} would drop {dropped} packets that pass and pass {accepted} that are dropped.",
        &[("revision", &revision), ("dropped", &grouped(would_drop)), ("accepted", &grouped(would_accept))],
    )
}
