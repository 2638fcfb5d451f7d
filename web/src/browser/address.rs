//! Where the console is served from, and the fragment of its address.

use leptos::prelude::{document, window};

/// The path below which the console is served, without a slash at its end: empty at the root of a host.
///
/// Trunk writes it into `<base href>`.
pub(crate) fn base_path() -> String {
    let base = document().query_selector("base[href]").ok().flatten().and_then(|base| base.get_attribute("href"));
    let path = base.unwrap_or_default();
    path.trim_end_matches('/').to_owned()
}

/// A path of the console as the browser must ask for it: `/groups` below `/console` is `/console/groups`.
pub(crate) fn href(path: &str) -> String {
    format!("{}{path}", base_path())
}

/// Names the page in the browser's tab and history.
pub(crate) fn name_page(name: &str) {
    document().set_title(&format!("{name} - Portcullis"));
}

/// The address of the page without its fragment.
pub(crate) fn page_url() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}

/// Text with everything escaped that has a meaning in an address.
pub(crate) fn encode(text: &str) -> String {
    // Slashes, colons and commas stand in packets and prefixes, mean nothing in a fragment and read better as they are.
    let escaped: String = js_sys::encode_uri_component(text).into();
    escaped.replace("%3A", ":").replace("%2F", "/").replace("%2C", ",").replace("%20", "+")
}

/// The inverse of [`encode`]; what is not escaped properly stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    js_sys::decode_uri_component(&spaced).map_or(spaced, String::from)
}
