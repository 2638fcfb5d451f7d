//! What the console's pages may load and run: their own files and the scripts that stand in them, nothing else.

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The `Content-Security-Policy` of a page with these inline scripts.
pub(crate) fn content_security(scripts: &[&[u8]]) -> HeaderValue {
    let hashes: String =
        scripts.iter().map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)))).collect();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'self'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("a policy is ASCII")
}

/// The contents of the `script` elements of a page that name no file. Reads what Trunk writes, not any HTML: an element that
/// it misses does not run.
pub(crate) fn inline_scripts(page: &[u8]) -> Vec<&[u8]> {
    let lower = page.to_ascii_lowercase();
    let find =
        |what: &[u8], from: usize| lower[from..].windows(what.len()).position(|part| part == what).map(|at| from + at);
    let mut scripts = Vec::new();
    let mut from = 0;
    while let Some(start) = find(b"<script", from) {
        let Some(open_end) = find(b">", start) else {
            break;
        };
        let Some(close) = find(b"</script", open_end) else {
            break;
        };
        let names_file = lower[start..open_end].windows(5).any(|part| part == b" src=");
        if !names_file && close > open_end + 1 {
            scripts.push(&page[open_end + 1..close]);
        }
        from = close + 1;
    }
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_a_file_are_found() {
        let check = |page: &str, expect: &[&str]| {
            let found: Vec<_> =
                inline_scripts(page.as_bytes()).into_iter().map(|script| str::from_utf8(script).unwrap()).collect();
            assert_eq!(found, expect, "{page:?}");
        };
        check("<script type=\"module\">\nimport init\n</script>", &["\nimport init\n"]);
        check("<SCRIPT>a</SCRIPT><script>b</script >", &["a", "b"]);
        check("<script src=\"x.js\"></script><script>b</script>", &["b"]);
        check("<script type=module src=x.js>ignored</script>", &[]);
        check("<script></script>", &[]);
        check("<script>never closed", &[]);
        check("<script", &[]);
        check("<p>no script</p>", &[]);
    }

    #[test]
    fn hashes_are_those_of_the_standard() {
        // The example of CSP level 3, section 7.5 ("alert('Hello, world.');").
        let policy = content_security(&[b"alert('Hello, world.');"]);
        let policy = policy.to_str().unwrap();
        assert!(
            policy.contains("'wasm-unsafe-eval' 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=';"),
            "{policy}"
        );
    }
}
