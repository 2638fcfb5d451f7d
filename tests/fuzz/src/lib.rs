//! What must hold whatever bytes come: no panic, one verdict from engine and oracle, no fragment that builds a refused datagram,
//! documents that read as they were written.
//!
//! Each target is a function over bytes. Tests replay `corpus/TARGET/*`; AFL++ feeds it by the program `fuzz`, see
//! `cargo xtask fuzz`.

mod bytes;
mod frames;
mod pieces;
mod stage;
mod texts;

/// A property over bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Panics where the property does not hold.
    pub check: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 5] = [
    Target { name: "frame", check: frames::check_frame },
    Target { name: "sequence", check: frames::check_sequence },
    Target { name: "fragments", check: pieces::check },
    Target { name: "document", check: texts::check_document },
    Target { name: "scenario", check: texts::check_scenario },
];

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<Target> {
        TARGETS.into_iter().find(|target| target.name == name)
    }
}
