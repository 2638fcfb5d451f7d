use std::fs;

use tempfile::TempDir;

use crate::harness::Running;

const INDEX: &str = "<!doctype html>
<script type=\"module\" nonce=\"\">alert('Hello, world.');</script>
<script src=\"/console-0123456789abcdef.js\"></script>
";

fn console() -> (TempDir, Running) {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("dist");
    fs::create_dir_all(directory.join("samples")).unwrap();
    let write = |name: &str, content: &str| fs::write(directory.join(name), content).unwrap();
    write("index.html", INDEX);
    write("console-0123456789abcdef.js", "export {}");
    write("console-0123456789abcdef_bg.wasm", "\0asm");
    write("worker_loader.js", "importScripts()");
    write("manifest.webmanifest", "{}");
    write("samples/three-tier.yaml", "version: 1");
    fs::write(parent.path().join("secret.txt"), "secret").unwrap();
    let server = Running::start_with(Some(directory));
    (parent, server)
}

#[test]
fn files_say_what_they_are_and_how_long_they_keep() {
    let (_directory, server) = console();
    let check = |path: &str, content_type: &str, cache: &str| {
        let answer = server.get(path);
        let found = (answer.status, answer.header("content-type"), answer.header("cache-control"));
        assert_eq!(found, (200, Some(content_type), Some(cache)), "{path}");
        assert_eq!(answer.header("etag").is_some(), cache == "no-cache", "{path}");
    };
    let forever = "public, max-age=31536000, immutable";
    check("/", "text/html; charset=utf-8", "no-cache");
    check("/index.html", "text/html; charset=utf-8", "no-cache");
    check("/console-0123456789abcdef.js", "text/javascript; charset=utf-8", forever);
    check("/console-0123456789abcdef_bg.wasm", "application/wasm", forever);
    check("/worker_loader.js", "text/javascript; charset=utf-8", "no-cache");
    check("/manifest.webmanifest", "application/manifest+json", "no-cache");
    check("/samples/three-tier.yaml", "application/yaml", "no-cache");
}

#[test]
fn the_console_finds_its_own_routes() {
    let (_directory, server) = console();
    let check = |path: &str, accept: &str, status: u16| {
        let answer = server.ask(&format!("GET {path}"), &[("Accept", accept)], b"");
        assert_eq!(answer.status, status, "{path} {accept}");
        assert_eq!(answer.body == INDEX.as_bytes(), status == 200, "{path} {accept}");
    };
    check("/simulate?from=web&to=db", "*/*", 200);
    check("/groups/web.v2", "*/*", 200);
    check("/groups/web.js", "text/html,*/*", 200);
    check("/groups/web.js", "*/*", 404);
    check("/samples", "text/html", 200);
}

#[test]
fn unchanged_files_are_not_sent_again() {
    let (_directory, server) = console();
    let etag = server.get("/").header("etag").unwrap().to_owned();
    let again = server.ask("GET /", &[("If-None-Match", &etag)], b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(server.ask("GET /worker_loader.js", &[("If-None-Match", &etag)], b"").status, 200);
    let head = server.ask("HEAD /", &[], b"");
    assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(etag.as_str())));
}

#[test]
fn the_policy_allows_the_inline_script() {
    let (_directory, server) = console();
    // The hash of the example in CSP level 3, section 7.5.
    let expect = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' \
        'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='; style-src 'self'; img-src 'self' data:; \
        connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'self'; \
        form-action 'none'; frame-ancestors 'none'";
    assert_eq!(server.get("/").header("content-security-policy"), Some(expect));
    let etag = server.get("/").header("etag").unwrap().to_owned();
    let again = server.ask("GET /", &[("If-None-Match", &etag)], b"");
    assert_eq!(again.header("content-security-policy"), Some(expect));
}

#[test]
fn nothing_outside_the_directory_is_served() {
    let (_directory, server) = console();
    for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/samples/..%2f..%2fsecret.txt", "/..%5csecret.txt", "/%00"] {
        let answer = server.get(path);
        assert!(!answer.body.windows(6).any(|part| part == b"secret"), "{path}");
    }
}

#[test]
fn without_a_console_a_page_says_how_to_build_it() {
    let server = Running::start();
    let answer = server.get("/groups");
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("cargo xtask web"), "{}", answer.text());
}
