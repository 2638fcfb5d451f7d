//! Packets and bytes of each vnic, how often each reason came up, and how such numbers are written.

use std::collections::BTreeMap;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::text::{say, say_with};
use crate::workspace::{Counts, Workspace};

#[component]
pub(super) fn VnicCounters() -> impl IntoView {
    let workspace = Workspace::here();
    let cells = |labels: [&'static str; 3], counts: Counts| {
        let [accepted, dropped, size] = labels;
        view! {
            <td class="number" data-label=accepted>
                {grouped(counts.accepted)}
            </td>
            <td class="number" data-label=dropped class:dropped={counts.dropped > 0}>
                {grouped(counts.dropped)}
            </td>
            <td class="number muted" data-label=size>
                {bytes(counts.bytes)}
            </td>
        }
    };
    let rows = move || {
        workspace.live.with(|live| {
            let vnics = live.enforcers.values().flat_map(|enforcer| enforcer.report.vnics.clone());
            let row = |vnic: crate::workspace::VnicCounts| {
                view! {
                    <tr data-vnic=vnic.vnic.clone()>
                        <th scope="row">
                            <span>{vnic.vnic.clone()}</span>
                            <code class="muted">{vnic.interface}</code>
                            {(!vnic.backend.is_empty())
                                .then(|| view! { <span class="muted small">{say_with("by {backend}", &[("backend", &vnic.backend)])}</span> })}
                        </th>
                        {cells([say("In: accepted"), say("In: dropped"), say("In: bytes")], vnic.ingress)}
                        {cells([say("Out: accepted"), say("Out: dropped"), say("Out: bytes")], vnic.egress)}
                    </tr>
                }
            };
            vnics.map(row).collect_view()
        })
    };
    view! {
        <div class="surface">
            <table id="vnic-counters" class="list">
                <thead>
                    <tr>
                        <th scope="col">{say("Vnic")}</th>
                        <th scope="col" class="number">
                            {say("In: accepted")}
                        </th>
                        <th scope="col" class="number">
                            {say("dropped")}
                        </th>
                        <th scope="col" class="number">
                            {say("bytes")}
                        </th>
                        <th scope="col" class="number">
                            {say("Out: accepted")}
                        </th>
                        <th scope="col" class="number">
                            {say("dropped")}
                        </th>
                        <th scope="col" class="number">
                            {say("bytes")}
                        </th>
                    </tr>
                </thead>
                <tbody>{move || rows().into_any()}</tbody>
            </table>
        </div>
    }
}

/// How often each verdict was given, the most frequent first.
#[component]
pub(super) fn Reasons() -> impl IntoView {
    let workspace = Workspace::here();
    let rows = move || {
        let counts =
            workspace.live.with(|live| summed(live.enforcers.values().map(|enforcer| &enforcer.report.reasons)));
        let row = |(reason, count)| {
            view! {
                <tr>
                    <th scope="row">
                        <code>{reason}</code>
                    </th>
                    <td class="number">{grouped(count)}</td>
                </tr>
            }
        };
        counts.into_iter().map(row).collect_view()
    };
    view! {
        <div class="surface">
            <table id="reasons">
                <thead>
                    <tr>
                        <th scope="col">{say("Verdict")}</th>
                        <th scope="col" class="number">
                            {say("Packets")}
                        </th>
                    </tr>
                </thead>
                <tbody>{move || rows().into_any()}</tbody>
            </table>
        </div>
    }
}

/// The counts of all enforcers together, the highest first.
pub(super) fn summed<'a>(all: impl Iterator<Item = &'a BTreeMap<String, u64>>) -> Vec<(String, u64)> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, count) in all.flatten() {
        *sums.entry(name).or_default() += count;
    }
    let mut sorted: Vec<(String, u64)> = sums.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes with a unit that leaves at most three digits before the point.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if number < 1_000 {
        return format!("{number} B");
    }
    let mut rest = number;
    let mut unit = 0;
    while rest >= 1_000_000 {
        rest /= 1_000;
        unit += 1;
    }
    let (whole, tenth) = (rest / 1_000, rest % 1_000 / 100);
    let unit = UNITS[unit];
    if whole >= 100 { format!("{whole} {unit}") } else { format!("{whole}.{tenth} {unit}") }
}

/// The time of day of an RFC 3339 text, where the browser is.
pub(super) fn clock(text: &str) -> String {
    let date = js_sys::Date::new(&JsValue::from_str(text));
    if date.get_time().is_nan() {
        return text.to_owned();
    }
    date.to_locale_time_string("en-GB").into()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn numbers_read_well() {
        let check = |number: u64, whole: &str, size: &str| {
            assert_eq!((grouped(number).as_str(), bytes(number).as_str()), (whole, size))
        };
        check(0, "0", "0 B");
        check(999, "999", "999 B");
        check(1_000, "1,000", "1.0 kB");
        check(1_234_567, "1,234,567", "1.2 MB");
        check(987_654_321_000, "987,654,321,000", "987 GB");
        check(u64::MAX, "18,446,744,073,709,551,615", "18.4 EB");
    }
}
