//! In a browser: every packet vector passes as it does natively.

#![cfg(target_family = "wasm")]

use e2e::vectors;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn every_vector_passes() {
    assert_eq!(vectors::all_failures(), Vec::<String>::new());
}
