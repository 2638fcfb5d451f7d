//! `bench`: measures the core and prints the table. `cargo xtask bench` builds and runs it.

#[cfg(not(target_family = "wasm"))]
mod command;

#[cfg(not(target_family = "wasm"))]
fn main() -> std::process::ExitCode {
    command::main()
}

/// The browser has `bench-wasm`.
#[cfg(target_family = "wasm")]
fn main() {}
