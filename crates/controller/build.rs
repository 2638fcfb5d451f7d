//! Builds the library again when the console's files change: the macro that embeds them does not tell Cargo of them.

fn main() {
    match std::env::var_os("CARGO_FEATURE_CONSOLE") {
        Some(_) => println!("cargo::rerun-if-changed=../../dist"),
        None => println!("cargo::rerun-if-changed=build.rs"),
    }
}
