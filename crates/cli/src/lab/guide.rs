//! What to try in a lab.

use super::state::{OUTSIDE, State};
use crate::style;

/// Prints what to try.
pub(super) fn print(state: &State) {
    let lab = if state.name == "lab" { String::new() } else { format!("--name {} ", state.name) };
    let command = |rest: &str| style::strong(format!("portcullis lab {lab}{rest}"));
    anstream::println!("{} lab `{}` is up, enforcing {}", style::good("✔"), state.name, state.document);
    for host in &state.hosts {
        anstream::println!("  {:<12} {}", host.name, style::faint(host.addresses.join(" ")));
    }
    anstream::println!("\nTry:");
    for (rest, meaning) in attempts(state) {
        anstream::println!("  {}  {}", command(&rest), style::faint(format!("# {meaning}")));
    }
    anstream::println!("  {}", command("status"));
    anstream::println!("  {}", command("down"));
    if !state.document.starts_with("http") {
        anstream::println!("\nEdit {} to change the policy; live connections follow.", style::strong(&state.document));
    }
}

/// Commands and what they show: each instance's first port that is its own, asked from outside. Whether that passes is the
/// policy's matter.
fn attempts(state: &State) -> Vec<(String, String)> {
    let instances = state.hosts.iter().filter(|host| host.name != OUTSIDE);
    let attempt = instances.filter_map(|host| {
        let address = host.addresses.first()?;
        let port = host.ports.iter().find(|port| **port != 22).or(host.ports.first())?;
        let url = if address.contains(':') {
            format!("http://[{address}]:{port}/")
        } else {
            format!("http://{address}:{port}/")
        };
        Some((
            format!("exec {OUTSIDE} curl -m 2 {url}"),
            format!("does {} answer the world on port {port}?", host.name),
        ))
    });
    attempt.collect()
}
