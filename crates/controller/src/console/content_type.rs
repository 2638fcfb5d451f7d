//! Content types by the ends of names. Browsers are told not to guess, so a file without one is only ever downloaded.

/// The type of a file; `None` when its name ends in nothing known.
pub(crate) fn content_type(name: &str) -> Option<&'static str> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let (_, extension) = file.rsplit_once('.')?;
    match extension {
        "css" => Some("text/css; charset=utf-8"),
        "html" => Some("text/html; charset=utf-8"),
        "ico" => Some("image/x-icon"),
        "js" | "mjs" => Some("text/javascript; charset=utf-8"),
        "json" | "map" => Some("application/json"),
        "pcap" | "pcapng" => Some("application/vnd.tcpdump.pcap"),
        "png" => Some("image/png"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "webmanifest" => Some("application/manifest+json"),
        "webp" => Some("image/webp"),
        "woff2" => Some("font/woff2"),
        "yaml" | "yml" => Some("application/yaml"),
        _ => None,
    }
}
