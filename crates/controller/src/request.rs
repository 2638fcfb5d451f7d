//! What requests say: their bodies and headers.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, header};
use futures_util::StreamExt;
use percent_encoding::percent_decode_str;
use policy::Revision;
use tokio::time::timeout;

use crate::refusal::Refusal;

/// The longest body that is read, in bytes.
pub(crate) const LONGEST_BODY: usize = 1 << 20;

/// How much of a longer body is received and thrown away, so that its sender comes to reading the answer.
const LONGEST_DRAINED: usize = 16 << 20;

/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The longest author and note, in bytes.
const LONGEST_AUTHOR: usize = 200;
const LONGEST_NOTE: usize = 2_000;

/// The formats of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Yaml,
}

/// The whole body as text.
pub(crate) async fn read_body(body: Body) -> Result<String, Refusal> {
    let bytes = timeout(BODY_TIME, receive(body)).await.map_err(|_| Refusal::Slow)??;
    String::from_utf8(bytes).map_err(|_| Refusal::Broken)
}

async fn receive(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut received = Vec::new();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::Broken)?;
        length += chunk.len();
        if length <= LONGEST_BODY {
            received.extend_from_slice(&chunk);
        } else {
            received = Vec::new();
        }
        if length > LONGEST_DRAINED {
            break;
        }
    }
    if length > LONGEST_BODY { Err(Refusal::TooLong) } else { Ok(received) }
}

/// The format of the body, by `Content-Type`.
pub(crate) fn body_format(headers: &HeaderMap) -> Result<Format, Refusal> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => Ok(Format::Json),
        "application/yaml" => Ok(Format::Yaml),
        _ => Err(Refusal::MediaType("`application/json` or `application/yaml`")),
    }
}

/// The format that the client prefers.
pub(crate) fn answer_format(headers: &HeaderMap) -> Format {
    let accepts_yaml = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .any(|part| part.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/yaml"));
    if accepts_yaml { Format::Yaml } else { Format::Json }
}

/// The revision that the request replaces. `*` would replace what nobody has read.
pub(crate) fn replaced_revision(headers: &HeaderMap) -> Result<Revision, Refusal> {
    let refused = Refusal::Header { name: "If-Match", what: "send the `ETag` of one revision, such as `\"7\"`" };
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(value) = values.next() else {
        return Err(Refusal::NoPrecondition);
    };
    let number = value.to_str().ok().and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'));
    // `parse` would take a plus sign.
    let digits = number.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (digits.and_then(|digits| digits.parse().ok()), values.next()) {
        (Some(revision), None) => Ok(Revision(revision)),
        _ => Err(refused),
    }
}

/// Whether the client has what has this `ETag`.
pub(crate) fn client_has(headers: &HeaderMap, etag: &str) -> bool {
    let listed = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|text| text.split(',')).any(|part| {
        let part = part.trim();
        part == "*" || part.strip_prefix("W/").unwrap_or(part) == etag
    })
}

/// Who saves; empty when the request does not say.
pub(crate) fn author(headers: &HeaderMap) -> Result<String, Refusal> {
    let refused = Refusal::Header {
        name: "Portcullis-Author",
        what: "send up to 200 bytes of percent-encoded UTF-8 without control characters",
    };
    decoded(headers, &AUTHOR, LONGEST_AUTHOR).filter(|text| !text.contains(char::is_control)).ok_or(refused)
}

/// Why; empty when the request does not say.
pub(crate) fn note(headers: &HeaderMap) -> Result<String, Refusal> {
    let refused = Refusal::Header {
        name: "Portcullis-Note",
        what: "send up to 2000 bytes of percent-encoded UTF-8 without control characters but line breaks",
    };
    decoded(headers, &NOTE, LONGEST_NOTE)
        .filter(|text| !text.contains(|c: char| c.is_control() && c != '\n'))
        .ok_or(refused)
}

const AUTHOR: HeaderName = HeaderName::from_static("portcullis-author");
const NOTE: HeaderName = HeaderName::from_static("portcullis-note");

fn decoded(headers: &HeaderMap, name: &HeaderName, longest: usize) -> Option<String> {
    let Some(value) = headers.get(name) else {
        return Some(String::new());
    };
    let text = percent_decode_str(value.to_str().ok()?).decode_utf8().ok()?;
    (text.len() <= longest).then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn one_strong_revision_is_replaced() {
        let check = |text: &str, expect: Result<u64, u16>| {
            let found = replaced_revision(&headers(&[(header::IF_MATCH, text)]));
            let found = found.map(|revision| revision.0).map_err(|refusal| match refusal {
                Refusal::Header { .. } => 400,
                other => panic!("{other:?}"),
            });
            assert_eq!(found, expect, "{text:?}");
        };
        check("\"7\"", Ok(7));
        check(" \"18446744073709551615\" ", Ok(u64::MAX));
        check("*", Err(400));
        check("7", Err(400));
        check("\"\"", Err(400));
        check("\"+7\"", Err(400));
        check("\"seven\"", Err(400));
        check("W/\"7\"", Err(400));
        check("\"7\", \"8\"", Err(400));
        check("\"18446744073709551616\"", Err(400));
        assert!(matches!(replaced_revision(&HeaderMap::new()), Err(Refusal::NoPrecondition)));
    }

    #[test]
    fn known_versions_are_found_in_lists() {
        let check = |text: &str, expect: bool| {
            assert_eq!(client_has(&headers(&[(header::IF_NONE_MATCH, text)]), "\"7\""), expect, "{text:?}");
        };
        check("\"7\"", true);
        check("W/\"7\"", true);
        check("\"6\", \"7\"", true);
        check("*", true);
        check("\"77\"", false);
        check("7", false);
    }

    #[test]
    fn authors_are_short_and_printable() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(author(&headers(&[(AUTHOR, text)])).ok().as_deref(), expect, "{text:?}");
        };
        check("Ada%20%C3%9C.", Some("Ada Ü."));
        check("plain", Some("plain"));
        check("%0a", Some(""));
        check("a%0ab", None);
        check("%ff", None);
        check(&"a".repeat(201), None);
        assert_eq!(author(&HeaderMap::new()).ok().as_deref(), Some(""));
    }
}
