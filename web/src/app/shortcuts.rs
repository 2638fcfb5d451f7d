//! The sheet of keys.

use leptos::prelude::*;

use super::shell::Shell;
use crate::parts::dialog::{Dialog, closer};
use crate::text::say;

#[component]
pub(super) fn ShortcutSheet() -> impl IntoView {
    let open = Shell::here().keys;
    let row = |(keys, what): (&'static [&'static str], &'static str)| {
        view! {
            <tr>
                <th scope="row">{keys.iter().map(|key| view! { <kbd>{*key}</kbd> " " }).collect_view()}</th>
                <td>{what}</td>
            </tr>
        }
    };
    view! {
        <Dialog id="keys-dialog" title=say("Keys") open=open close=closer(open)>
            <table class="keys">
                <tbody>{shortcuts().map(row)}</tbody>
            </table>
        </Dialog>
    }
}

fn shortcuts() -> [(&'static [&'static str], &'static str); 15] {
    [
        (&["Ctrl", "K"], say("Go anywhere, do anything")),
        (&["?"], say("This sheet")),
        (&["/"], say("Search in the page")),
        (&["n"], say("New group, rule or instance")),
        (&["j"], say("Next row")),
        (&["k"], say("Previous row")),
        (&["Enter"], say("Edit or open the row; save what is edited")),
        (&["Esc"], say("Leave what is edited as it was")),
        (&["d"], say("Duplicate the row")),
        (&["x"], say("Select the rule of the row; Shift and a click select all between")),
        (&["Del"], say("Delete the row; undo brings it back")),
        (&["Alt", "↑ ↓"], say("Ask the rule earlier or later, where rules have an order")),
        (&["Ctrl", "Z"], say("Undo")),
        (&["Ctrl", "Shift", "Z"], say("Redo")),
        (&["Ctrl", "S"], say("Review and save")),
    ]
}
