//! While the analysis has not answered: that it works, or why it does not.

use crate::browser::worker::Reply;
use crate::parts::drawing::{Piece, button, tag};
use crate::text::say;
use crate::workspace::Workspace;

/// What stands where the answer will be; `None` where it is there, or nothing was asked.
pub(crate) fn waiting(reply: &Reply, workspace: Workspace, what: &str) -> Option<Piece> {
    let line = |class: &str| tag("p").class(class).with("role", "status");
    match reply {
        Reply::Nothing | Reply::Said(_) => None,
        Reply::Busy(_) => {
            let stop = button(move || workspace.stop_analysis()).class("quiet small").text(say("Stop"));
            Some(line("working").text(what).text(" ").add(stop))
        }
        Reply::Stopped => {
            let again = button(move || workspace.analyse_again()).class("quiet small").text(say("Ask again"));
            Some(line("hint").text(say("Stopped.")).text(" ").add(again))
        }
        Reply::Failed => {
            let again = button(move || workspace.analyse_again()).class("quiet small").text(say("Try again"));
            Some(
                line("fault")
                    .text(say("The analysis cannot be loaded, or broke down: check the connection."))
                    .text(" ")
                    .add(again),
            )
        }
    }
}
