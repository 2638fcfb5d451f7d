//! A small line for how a number went.

use std::fmt::Write;

use leptos::prelude::*;

/// Of the drawing, in its own units.
const HEIGHT: f64 = 20.0;
const STEP: f64 = 2.0;

/// The values from left to right, the highest at the top. Who cannot see it is told `said`.
#[component]
pub(crate) fn Sparkline(values: Vec<u64>, said: String) -> impl IntoView {
    let width = STEP * values.len().saturating_sub(1) as f64;
    let line = path(&values);
    view! {
        <svg
            class="sparkline"
            viewBox=format!("0 -1 {width} {}", HEIGHT + 2.0)
            preserveAspectRatio="none"
            role="img"
            aria-label=said
        >
            <path d=line />
        </svg>
    }
}

fn path(values: &[u64]) -> String {
    let highest = values.iter().copied().max().unwrap_or(0).max(1) as f64;
    let mut path = String::new();
    for (at, value) in values.iter().enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        let height = HEIGHT * (1.0 - *value as f64 / highest);
        // A text takes all that is written.
        let _ = write!(path, "{letter}{:.0} {height:.1}", STEP * at as f64);
    }
    path
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_highest_is_at_the_top() {
        let check = |values: &[u64], expect: &str| assert_eq!(path(values), expect);
        check(&[], "");
        check(&[0, 0], "M0 20.0L2 20.0");
        check(&[0, 10, 5], "M0 20.0L2 0.0L4 10.0");
    }
}
