//! Texts packed small enough for an address: deflated by the browser, in the letters that an address takes as they are.

use js_sys::{Array, Function, Reflect, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStream, ReadableWritablePair, Response};

/// The text, packed; `None` where the browser does not know how.
pub(crate) async fn pack(text: &str) -> Option<String> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into())).ok()?;
    let bytes = through(&blob, "CompressionStream").await?;
    let letters: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let packed = window().btoa(&letters).ok()?;
    Some(packed.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned())
}

/// The text that was packed; `None` where it is damaged.
pub(crate) async fn unpack(packed: &str) -> Option<String> {
    let letters = window().atob(&packed.replace('-', "+").replace('_', "/")).ok()?;
    let bytes: Option<Vec<u8>> = letters.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    let parts = Array::of1(&Uint8Array::from(bytes?.as_slice()));
    let bytes = through(&Blob::new_with_u8_array_sequence(&parts).ok()?, "DecompressionStream").await?;
    String::from_utf8(bytes).ok()
}

/// What comes out of a stream of this class that the bytes go through. The bindings do not know these classes yet.
async fn through(blob: &Blob, class: &str) -> Option<Vec<u8>> {
    let class: Function = Reflect::get(&js_sys::global(), &class.into()).ok()?.dyn_into().ok()?;
    let stream = Reflect::construct(&class, &Array::of1(&"deflate-raw".into())).ok()?;
    let pair: ReadableWritablePair = stream.unchecked_into();
    let out: ReadableStream = blob.stream().pipe_through(&pair);
    let response = Response::new_with_opt_readable_stream(Some(&out)).ok()?;
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    async fn packing_and_unpacking_are_inverse() {
        for text in ["", "{}", "grüße ✓ ", &"one rule like the other ".repeat(500)] {
            let packed = pack(text).await.expect("this browser packs");
            assert!(packed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{packed}");
            assert!(packed.len() < text.len() / 2 + 40, "{packed}");
            assert_eq!(unpack(&packed).await.as_deref(), Some(text));
        }
        for damaged in ["%", "AAAA", "q1b"] {
            assert_eq!(unpack(damaged).await, None, "{damaged}");
        }
    }
}
