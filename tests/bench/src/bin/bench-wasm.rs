//! The work of `cargo xtask bench wasm` and `bench analysis`: exported to JavaScript, and nothing elsewhere.

#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(target_family = "wasm")]
#[wasm_bindgen]
extern "C" {
    /// Milliseconds since some start.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Measures what is portable, and returns the rows as JSON.
#[cfg(target_family = "wasm")]
#[wasm_bindgen]
pub fn measure() -> String {
    serde_json::to_string(&bench::rows::portable(|| now() * 1e6)).expect("rows are JSON")
}

/// Measures answers about every packet at once, and returns the rows as JSON.
#[cfg(target_family = "wasm")]
#[wasm_bindgen]
pub fn measure_analysis() -> String {
    serde_json::to_string(&bench::rows::portable_analysis(|| now() * 1e6)).expect("rows are JSON")
}

fn main() {}
