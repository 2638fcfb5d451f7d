//! The rules as nftables has them.

use std::fmt::Write;

use crate::sets::disjoint::Disjoint;

/// How the rules are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Not at all: everything is forwarded, and nothing is tracked.
    None,
    /// One after the other.
    Linear,
    /// As the elements of one set, which the kernel keeps as it likes best.
    Set,
}

/// A forward chain that accepts what the rules allow, and what belongs to it.
pub(crate) fn ruleset(rules: Disjoint, form: Form) -> String {
    let mut text = String::from("table ip portcullis {\n");
    if form == Form::Set {
        text.push_str(
            "    set allowed {\n        type ipv4_addr . inet_service; flags interval\n        elements = {\n",
        );
        for (prefix, ports) in rules.parts() {
            let _ = writeln!(text, "            {prefix} . {}-{},", ports.first(), ports.last());
        }
        text.push_str("        }\n    }\n");
    }
    let (policy, established) = match form {
        Form::None => ("accept", ""),
        Form::Linear | Form::Set => {
            ("drop", "        ct state established,related accept\n        ct state invalid drop\n")
        }
    };
    let _ = write!(
        text,
        "    chain forward {{\n        type filter hook forward priority 0; policy {policy};\n{established}"
    );
    match form {
        Form::None => {}
        Form::Linear => {
            for (prefix, ports) in rules.parts() {
                let _ = writeln!(text, "        ip saddr {prefix} tcp dport {}-{} accept", ports.first(), ports.last());
            }
        }
        Form::Set => text.push_str("        ip saddr . tcp dport @allowed accept\n"),
    }
    text.push_str("    }\n}\n");
    text
}
