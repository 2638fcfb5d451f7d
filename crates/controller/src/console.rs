//! The console's files.
//!
//! They come from the binary, from a directory that is read anew for every request, or there are none and a page says how to
//! build them. A name with a hash of the content in it may be kept for ever; everything else is asked for again by `ETag`.

mod content_security;
mod content_type;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

pub(crate) use content_security::content_security;
use content_security::inline_scripts;
use content_type::content_type;

use crate::error::ServeError;
use crate::refusal::Refusal;
use crate::request::client_has;
use crate::shared::{Shared, blocking};

/// The page that is every page: the console makes the rest of the path out itself.
const INDEX: &str = "index.html";

/// Trunk puts this many hexadecimal digits into names.
const NAME_HASH: usize = 16;

const UNBUILT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Portcullis</title>
<h1>The console is not in this binary</h1>
<p>The API answers under <a href=\"/api/v1/document\">/api/v1/document</a>.</p>
<p>Build the console with <code>cargo xtask web</code>, then start <code>portcullis serve --console dist</code>.</p>
</html>
";

/// Where the files are.
pub(crate) enum Console {
    /// In the binary.
    #[cfg(feature = "console")]
    Embedded,
    /// On disk.
    Directory(PathBuf),
    /// Nowhere.
    Unbuilt,
}

#[cfg(feature = "console")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../../dist"]
#[allow_missing = true]
struct Files;

impl Console {
    /// The files of a directory, else those in the binary.
    pub(crate) fn open(directory: Option<&Path>) -> Result<Console, ServeError> {
        match directory {
            Some(directory) if directory.join(INDEX).is_file() => Ok(Console::Directory(directory.to_owned())),
            Some(directory) => Err(ServeError::NoConsole(directory.to_owned())),
            None => Ok(Console::embedded()),
        }
    }

    #[cfg(feature = "console")]
    fn embedded() -> Console {
        if Files::get(INDEX).is_some() { Console::Embedded } else { Console::Unbuilt }
    }

    #[cfg(not(feature = "console"))]
    fn embedded() -> Console {
        Console::Unbuilt
    }

    fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            #[cfg(feature = "console")]
            Console::Embedded => Files::get(name).map(|file| file.data),
            Console::Directory(directory) => std::fs::read(directory.join(name)).ok().map(Cow::Owned),
            Console::Unbuilt => (name == INDEX).then_some(Cow::Borrowed(UNBUILT.as_bytes())),
        }
    }
}

/// Every path that is not the API's.
pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if uri.path() == "/api" || uri.path().starts_with("/api/") {
        return Err(Refusal::NoRoute(uri.path().to_owned()));
    }
    if method != Method::GET && method != Method::HEAD {
        return Ok(([(header::ALLOW, "GET,HEAD")], Refusal::Method).into_response());
    }
    let wanted = file_name(uri.path());
    let page_wanted = wants_page(uri.path(), &headers);
    let found = blocking(&shared, move |shared| {
        let file = wanted.and_then(|name| Some((shared.console.read(&name)?, name)));
        let page = || Some((shared.console.read(INDEX)?, INDEX.to_owned()));
        Ok(file.or_else(|| if page_wanted { page() } else { None }))
    })
    .await?;
    match found {
        Some((content, name)) => Ok(answer(content, &name, &headers)),
        None => Ok((StatusCode::NOT_FOUND, "there is no such file\n").into_response()),
    }
}

/// The file that a path names; `None` for what no file may be called.
fn file_name(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
    decoded.split('/').all(plain).then(|| decoded.into_owned())
}

/// Whether the index stands for a path without a file: not where a script or picture was asked for, which would then be
/// a page under a wrong name.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type(path).is_none() || accept.contains("text/html")
}

fn answer(content: Cow<'static, [u8]>, name: &str, headers: &HeaderMap) -> Response {
    let about = [(header::CONTENT_TYPE, content_type(name).unwrap_or("application/octet-stream"))];
    if name_has_hash(name) {
        let forever = [(header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
        return (about, forever, body(content)).into_response();
    }
    let etag = format!("\"{}\"", hexadecimal(&Sha256::digest(&content)[..16]));
    let validated = [(header::CACHE_CONTROL, "no-cache".to_owned()), (header::ETAG, etag.clone())];
    let mut response = match client_has(headers, &etag) {
        true => (StatusCode::NOT_MODIFIED, validated).into_response(),
        false => (about, validated, body(content.clone())).into_response(),
    };
    if name.ends_with(".html") {
        let policy: HeaderValue = content_security(&inline_scripts(&content));
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn body(content: Cow<'static, [u8]>) -> Bytes {
    match content {
        Cow::Borrowed(content) => Bytes::from_static(content),
        Cow::Owned(content) => content.into(),
    }
}

/// Whether a name holds a hash: `console-0123456789abcdef.js`, `console-0123456789abcdef_bg.wasm`.
fn name_has_hash(name: &str) -> bool {
    let is_hash = |part: &str| {
        let digits = part.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
        digits == NAME_HASH && part[digits..].starts_with(['.', '_'])
    };
    name.rsplit('/').next().is_some_and(|file| file.split('-').skip(1).any(is_hash))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_the_directory() {
        let check = |path: &str, expect: Option<&str>| assert_eq!(file_name(path).as_deref(), expect, "{path:?}");
        check("/index.html", Some("index.html"));
        check("/samples/three-tier.yaml", Some("samples/three-tier.yaml"));
        check("/a%20b.txt", Some("a b.txt"));
        check("/", None);
        check("/../secret", None);
        check("/a/../../secret", None);
        check("/%2e%2e/secret", None);
        check("/a%2f..%2f..%2fsecret", None);
        check("//etc/passwd", None);
        check("/%2fetc/passwd", None);
        check("/.git/config", None);
        check("/a%5c..%5cb", None);
        check("/a%00.js", None);
        check("/%ff", None);
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        let check = |name: &str, expect: bool| assert_eq!(name_has_hash(name), expect, "{name:?}");
        check("console-0123456789abcdef.js", true);
        check("console-0123456789abcdef_bg.wasm", true);
        check("snippets/x-fedcba9876543210/inline0.js", false);
        check("three-tier-0123456789abcdef.css", true);
        check("console.js", false);
        check("console-0123456789abcde.js", false);
        check("console-0123456789abcdef0.js", false);
        check("0123456789abcdef.js", false);
        check("feed-deadbeef.js", false);
    }
}
