//! Writes the sample project as JSON, so that the console carries no YAML reader only to show it, and tells the linker to
//! leave in what dividing the program needs.

use std::path::Path;
use std::{env, fs};

use policy::Document;

const SAMPLE: &str = "../public/samples/three-tier.yaml";

fn main() {
    println!("cargo::rerun-if-changed={SAMPLE}");
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        println!("cargo::rustc-link-arg-bin=web=--emit-relocs");
    }
    let text = fs::read_to_string(SAMPLE).expect("the sample is in the repository");
    let sample: Document = text.parse().unwrap_or_else(|faults| panic!("{SAMPLE} cannot be used:\n{faults}"));
    let folder = env::var_os("OUT_DIR").expect("cargo names a folder");
    fs::write(Path::new(&folder).join("sample.json"), sample.to_value().to_string()).expect("the folder takes files");
}
