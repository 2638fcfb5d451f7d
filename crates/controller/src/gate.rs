//! Whom the server answers, and what browsers may do with the answers.
//!
//! Only the loopback is listened on, so whoever attacks comes through the user's own browser: a page of another site that
//! sends requests here, or whose name was made to mean this machine (DNS rebinding). Names of this machine are therefore a
//! short list, and what a browser says of a request's origin must agree with it.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::console::content_security;
use crate::refusal::Refusal;

/// Headers of every answer. Where an answer has set one itself, that one stands.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Lets requests of this machine's own pages and programs through and dresses every answer.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match admit(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| content_security(&[]));
    response
}

fn admit(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let host = only(headers, &header::HOST).filter(|host| names_this_machine(host)).ok_or(Refusal::Host)?;
    // A request line may name the host too, as if this were a proxy.
    if uri.authority().is_some_and(|authority| authority.as_str() != host) {
        return Err(Refusal::Host);
    }
    let foreign = headers.contains_key(header::ORIGIN)
        && only(headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix("http://")) != Some(host);
    if foreign {
        return Err(Refusal::Foreign);
    }
    // `same-site` would let in every other server of this machine: sites know no ports.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    match site {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) if method.is_safe() => Ok(()),
        Some(_) => Err(Refusal::Foreign),
    }
}

/// The value of a header that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Whether a `Host` is one of this machine's own names, at any port: it may come through a forwarded one.
fn names_this_machine(host: &str) -> bool {
    let (name, port) = match host.strip_prefix("[::1]") {
        Some(rest) => ("[::1]", rest.strip_prefix(':').or(rest.is_empty().then_some("0"))),
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, Some("0")),
        },
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let known = ["127.0.0.1", "[::1]"].contains(&name) || name.eq_ignore_ascii_case("localhost");
    known && port.is_some_and(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_three_names() {
        let check = |host: &str, expect: bool| assert_eq!(names_this_machine(host), expect, "{host:?}");
        check("127.0.0.1", true);
        check("127.0.0.1:7780", true);
        check("localhost:7780", true);
        check("LOCALHOST", true);
        check("[::1]", true);
        check("[::1]:7780", true);
        check("", false);
        check("localhost:", false);
        check("localhost:80@evil.example", false);
        check("[::1]evil.example", false);
        check("[::1]:", false);
        check("::1", false);
        check("127.0.0.1.evil.example", false);
        check("evil.example:7780", false);
        check("localhost.", false);
        check("0.0.0.0:7780", false);
    }

    #[test]
    fn browsers_tell_foreign_pages_apart() {
        let check = |method: Method, pairs: &[(&'static str, &'static str)], expect: bool| {
            let host = [("host", "localhost:7780")];
            let headers = host
                .iter()
                .chain(pairs)
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            assert_eq!(
                admit(&method, &Uri::from_static("/"), &headers.collect()).is_ok(),
                expect,
                "{method} {pairs:?}"
            );
        };
        check(Method::PUT, &[], true);
        check(Method::PUT, &[("origin", "http://localhost:7780")], true);
        check(Method::PUT, &[("origin", "http://localhost:7781")], false);
        check(Method::GET, &[("origin", "http://localhost:7781")], false);
        check(Method::GET, &[("origin", "https://localhost:7780")], false);
        check(Method::GET, &[("origin", "null")], false);
        check(Method::PUT, &[("sec-fetch-site", "same-origin")], true);
        check(Method::PUT, &[("sec-fetch-site", "none")], true);
        check(Method::PUT, &[("sec-fetch-site", "same-site")], false);
        check(Method::POST, &[("sec-fetch-site", "cross-site")], false);
        check(Method::GET, &[("sec-fetch-site", "cross-site")], true);
    }
}
