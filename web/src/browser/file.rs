//! Files of the person at the browser.

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::text::{say, say_with};
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, Url};

/// Offers a text as a download.
///
/// # Errors
/// The sentence to show where the browser refuses.
pub(crate) fn download(name: &str, media_type: &str, text: &str) -> Result<(), String> {
    offer(name, media_type, text).map_err(|_| say("the browser refuses the download: copy the text instead").to_owned())
}

fn offer(name: &str, media_type: &str, text: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let kind = BlobPropertyBag::new();
    kind.set_type(media_type);
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}

/// The text of a file.
///
/// # Errors
/// The sentence to show where it cannot be read.
pub(crate) async fn read(file: &File) -> Result<String, String> {
    let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
    text.ok_or_else(|| say_with("the file `{file}` cannot be read: choose a text file", &[("file", &file.name())]))
}
