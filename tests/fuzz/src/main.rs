//! Feeds one target: `fuzz TARGET`, under AFL++.

use fuzz::Target;

fn main() {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some(target) = Target::named(&name) else {
        let names: Vec<&str> = fuzz::TARGETS.iter().map(|target| target.name).collect();
        eprintln!("error: `{name}` is no target: name one of {}", names.join(", "));
        std::process::exit(2);
    };
    afl::fuzz(true, |bytes| (target.check)(bytes));
}
