//! The envelope around every answer, and its headers.

use crate::gzip;
use bytes::Bytes;
use guestlist_domain::{Caller, Timestamp};
use guestlist_methods::{
    CATALOGUE, Entry,
    common::{Common, Warning},
    handle::Answer,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Map, Value};
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The body of an answer. Slashes are escaped as Slack escapes them.
pub(crate) fn body(answer: &Answer, warning: Option<Warning>) -> Vec<u8> {
    let charset: Option<&'static str> = warning.map(Into::into);
    // Most answers are their reply and little else: room for that, and nothing grows.
    let mut body = Vec::with_capacity(match answer {
        Answer::Good { reply, .. } => reply.len() + 256,
        Answer::Refused { .. } => 256,
    });
    let mut metadata = Map::new();
    let mut warnings: Vec<&str> = Vec::new();
    match answer {
        Answer::Good {
            reply,
            warnings: own,
            next_cursor,
        } => {
            body.extend_from_slice(b"{\"ok\":true");
            if reply.len() > 2 {
                body.push(b',');
                put(&mut body, &reply[1..reply.len() - 1]);
            }
            warnings.extend(own);
            if let Some(cursor) = next_cursor {
                metadata.insert("next_cursor".to_owned(), cursor.as_str().into());
            }
        }
        Answer::Refused {
            code,
            extra,
            messages,
        } => {
            body.extend_from_slice(b"{\"ok\":false,\"error\":");
            put(&mut body, Value::from(code.as_ref()).to_string().as_bytes());
            for (key, value) in extra {
                push(&mut body, key, value);
            }
            if !messages.is_empty() {
                metadata.insert("messages".to_owned(), messages.as_slice().into());
            }
        }
    }
    warnings.extend(charset);
    if !warnings.is_empty() {
        push(&mut body, "warning", &warnings.join(",").into());
        metadata.insert("warnings".to_owned(), warnings.into());
    }
    if !metadata.is_empty() {
        push(&mut body, "response_metadata", &Value::Object(metadata));
    }
    body.push(b'}');
    body
}

/// An answer with its headers, its body packed for a caller who `asked` for that.
pub(crate) fn response(
    asked: &HeaderMap,
    status: StatusCode,
    mut headers: HeaderMap,
    mut body: Vec<u8>,
) -> Response<Full<Bytes>> {
    if !body.is_empty() && gzip::wanted(asked) {
        body = gzip::compress(&body);
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// What HTTP calls the answer of a method.
pub(crate) fn status(answer: &Answer) -> StatusCode {
    let Answer::Refused { code, .. } = answer else {
        return StatusCode::OK;
    };
    let is = |common: Common| code == <&'static str>::from(common);
    if is(Common::Ratelimited) {
        StatusCode::TOO_MANY_REQUESTS
    } else if is(Common::ServiceUnavailable) {
        StatusCode::SERVICE_UNAVAILABLE
    } else if is(Common::InternalError) || is(Common::FatalError) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::OK
    }
}

/// Puts a piece of JSON there, its slashes escaped: one can only stand inside a string.
fn put(body: &mut Vec<u8>, json: &[u8]) {
    let mut from = 0;
    for at in memchr::memchr_iter(b'/', json) {
        body.extend_from_slice(&json[from..at]);
        body.extend_from_slice(b"\\/");
        from = at + 1;
    }
    body.extend_from_slice(&json[from..]);
}

fn push(body: &mut Vec<u8>, key: &str, value: &Value) {
    put(body, format!(",\"{key}\":{value}").as_bytes());
}

/// A time as the header `date` has it.
pub(crate) fn date(time: Timestamp) -> Option<HeaderValue> {
    let time = jiff::Timestamp::from_microsecond(time.0).ok()?;
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&time);
    HeaderValue::try_from(text.ok()?).ok()
}

/// The headers that every answer carries, and those of one answer.
///
/// An answer's headers are a copy of a template in which each of them has its place already: what differs from call to
/// call stands first in it, in the order of [`OWN`], and is put in place of a blank without being looked for.
#[derive(Debug)]
pub(crate) struct Headers {
    every: HeaderMap,
    /// With places for what names the request and how long it took.
    bare: HeaderMap,
    /// The same and a place for what the token holds.
    held: HeaderMap,
    /// The same and a place for what the method accepts.
    held_and_accepted: HeaderMap,
    /// Of each method, by its place in the catalogue.
    accepted: OnceLock<Vec<Option<HeaderValue>>>,
    numbers: Numbers,
    /// For endpoints.
    aside: Numbers,
    /// Nothing takes time: that of the world stands.
    timeless: bool,
}

const REQ_ID: HeaderName = HeaderName::from_static("x-slack-req-id");
const UNIQUE_ID: HeaderName = HeaderName::from_static("x-slack-unique-id");
const SCOPES: HeaderName = HeaderName::from_static("x-oauth-scopes");
const ACCEPTED: HeaderName = HeaderName::from_static("x-accepted-oauth-scopes");
const UPSTREAM_TIME: HeaderName = HeaderName::from_static("x-envoy-upstream-service-time");

/// What differs from call to call. Not every answer has the last, or the last two.
const OWN: [HeaderName; 5] = [REQ_ID, UNIQUE_ID, UPSTREAM_TIME, SCOPES, ACCEPTED];

impl Headers {
    /// Ids of requests follow from `drawn`. Where the time stands (`timeless`) no answer took any.
    pub(crate) fn new(drawn: u64, timeless: bool) -> Self {
        let mut every = HeaderMap::with_capacity(32);
        for (name, value) in EVERY {
            every.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let with = |own: usize| {
            let mut headers = HeaderMap::with_capacity(32);
            for name in &OWN[..own] {
                headers.insert(name, HeaderValue::from_static(""));
            }
            headers.extend(every.clone());
            headers
        };
        Self {
            bare: with(3),
            held: with(4),
            held_and_accepted: with(5),
            every,
            accepted: OnceLock::new(),
            numbers: Numbers::new(drawn),
            aside: Numbers::new(mix(drawn)),
            timeless,
        }
    }

    /// What the next request is called.
    pub(crate) fn next_ids(&self) -> RequestIds {
        self.numbers.next()
    }

    /// The same for a call of an endpoint: those of methods are called the same with and without it.
    pub(crate) fn next_ids_aside(&self) -> RequestIds {
        self.aside.next()
    }

    /// The headers of one answer, which took so long.
    pub(crate) fn of(
        &self,
        ids: &RequestIds,
        entry: Option<&'static Entry>,
        caller: Option<&Caller>,
        took: Duration,
    ) -> HeaderMap {
        let scopes = caller.and_then(|caller| caller.token.scopes.as_str().parse().ok());
        let accepted = entry
            .filter(|_| scopes.is_some())
            .and_then(|entry| self.accepted(entry));
        let template = match (&scopes, &accepted) {
            (None, _) => &self.bare,
            (Some(_), None) => &self.held,
            (Some(_), Some(_)) => &self.held_and_accepted,
        };
        let mut headers = template.clone();
        let millis = if self.timeless { 0 } else { took.as_millis() };
        let value =
            |text: &[u8]| HeaderValue::from_bytes(text).unwrap_or(HeaderValue::from_static(""));
        let own = [
            Some(value(&ids.request.0)),
            Some(value(&ids.unique)),
            Some(HeaderValue::from(u64::try_from(millis).unwrap_or(u64::MAX))),
            scopes,
            accepted,
        ];
        for (place, value) in headers.values_mut().zip(own.into_iter().flatten()) {
            *place = value;
        }
        headers
    }

    /// `x-accepted-oauth-scopes` of a method that asks for any.
    fn accepted(&self, entry: &'static Entry) -> Option<HeaderValue> {
        let all = self.accepted.get_or_init(|| {
            let scopes = |entry: &Entry| {
                let mut scopes = entry.spec.scopes.bot.every();
                for scope in entry.spec.scopes.user.every() {
                    if !scopes.contains(&scope) {
                        scopes.push(scope);
                    }
                }
                let text = (!scopes.is_empty()).then(|| scopes.join(","))?;
                HeaderValue::try_from(text).ok()
            };
            CATALOGUE.iter().map(scopes).collect()
        });
        all.get(entry.place()?)?.clone()
    }

    /// The answer to a verb that calls nothing.
    pub(crate) fn other_verb(&self) -> HeaderMap {
        let mut headers = self.every.clone();
        headers.insert(header::ALLOW, HeaderValue::from_static(VERBS));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        headers
    }

    /// The answer to a browser that asks before it calls.
    pub(crate) fn preflight(&self) -> HeaderMap {
        let mut headers = self.every.clone();
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(VERBS),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(PREFLIGHT_HEADERS),
        );
        headers.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("86400"),
        );
        headers
    }
}

/// Those of a real answer (seed 000). `date` and `content-length` come from the HTTP stack;
/// `content-encoding` when the body is compressed; what names Slack's own machines names ours.
const EVERY: [(&str, &str); 21] = [
    ("server", "guestlist"),
    (
        "x-powered-by",
        concat!("guestlist/", env!("CARGO_PKG_VERSION")),
    ),
    ("access-control-allow-origin", "*"),
    ("referrer-policy", "no-referrer"),
    ("x-slack-backend", "g"),
    (
        "strict-transport-security",
        "max-age=31536000; includeSubDomains; preload",
    ),
    (
        "access-control-allow-headers",
        "slack-route, x-slack-version-ts, x-b3-traceid, x-b3-spanid, x-b3-parentspanid, x-b3-sampled, x-b3-flags",
    ),
    (
        "access-control-expose-headers",
        "x-slack-req-id, retry-after",
    ),
    ("expires", "Mon, 26 Jul 1997 05:00:00 GMT"),
    (
        "cache-control",
        "private, no-cache, no-store, must-revalidate",
    ),
    ("pragma", "no-cache"),
    ("x-xss-protection", "0"),
    ("x-content-type-options", "nosniff"),
    ("vary", "Accept-Encoding"),
    ("content-type", "application/json; charset=utf-8"),
    ("x-slack-shared-secret-outcome", "no-match"),
    ("x-edge-backend", "guestlist"),
    ("x-slack-edge-shared-secret-outcome", "no-match"),
    ("x-server", "guestlist"),
    ("x-backend", "guestlist"),
    ("via", "guestlist"),
];

/// What methods are called with, and asked about.
const VERBS: &str = "GET, POST, OPTIONS";
const PREFLIGHT_HEADERS: &str = "authorization, content-type, slack-route, x-slack-version-ts, x-b3-traceid, x-b3-spanid, x-b3-parentspanid, x-b3-sampled, x-b3-flags, x-slack-client-request-id";

/// What one request is called.
pub(crate) struct RequestIds {
    /// `x-slack-req-id`.
    pub(crate) request: RequestId,
    /// `x-slack-unique-id`.
    unique: [u8; 20],
}

/// Thirty-two hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId([u8; 32]);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    #[cfg(test)]
    pub(crate) fn from_text(text: &str) -> Self {
        Self(text.as_bytes().try_into().unwrap())
    }
}

/// Where ids of requests come from: 128 bits, never the same twice in a process, different in each.
#[derive(Debug)]
struct Numbers {
    seed: u64,
    next: AtomicU64,
}

impl Numbers {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            next: AtomicU64::new(0),
        }
    }

    fn next(&self) -> RequestIds {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        const SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let high = mix(number.wrapping_add(self.seed.rotate_left(32)));
        let bits = u128::from(high) << 64 | u128::from(mix(self.seed ^ number));
        let mut request = [0; 32];
        for (two, byte) in request.chunks_exact_mut(2).zip(bits.to_be_bytes()) {
            two[0] = HEX[usize::from(byte >> 4)];
            two[1] = HEX[usize::from(byte & 15)];
        }
        let mut unique = [0; 20];
        let mut rest = bits;
        for letter in &mut unique {
            *letter = SAFE[(rest & 63) as usize];
            rest >>= 6;
        }
        RequestIds {
            request: RequestId(request),
            unique,
        }
    }
}

/// Spreads neighbouring numbers over 64 bits, each to another (SplitMix64's last step).
fn mix(number: u64) -> u64 {
    let z = (number.wrapping_add(0x9E37_79B9_7F4A_7C15) ^ (number >> 30))
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(answer: &Answer, warning: Option<Warning>) -> Value {
        serde_json::from_slice(&body(answer, warning)).unwrap()
    }

    #[test]
    fn envelopes() {
        let good =
            |reply: &str, warnings: Vec<&'static str>, next_cursor: Option<&str>| Answer::Good {
                reply: reply.into(),
                warnings,
                next_cursor: next_cursor.map(str::to_owned),
            };
        for (answer, warning, expected) in [
            (good("{}", vec![], None), None, json!({"ok": true})),
            (
                good("{\"a\":1}", vec![], Some("")),
                None,
                json!({"ok": true, "a": 1, "response_metadata": {"next_cursor": ""}}),
            ),
            (
                good("{}", vec!["already_in_channel"], None),
                Some(Warning::MissingCharset),
                json!({"ok": true, "warning": "already_in_channel,missing_charset",
                       "response_metadata": {"warnings": ["already_in_channel", "missing_charset"]}}),
            ),
            (
                Answer::invalid_arguments(vec![
                    "[ERROR] missing required field: channel".to_owned(),
                ]),
                Some(Warning::SuperfluousCharset),
                json!({"ok": false, "error": "invalid_arguments", "warning": "superfluous_charset", "response_metadata": {
                    "messages": ["[ERROR] missing required field: channel"], "warnings": ["superfluous_charset"]}}),
            ),
        ] {
            assert_eq!(text(&answer, warning), expected);
        }
    }

    #[test]
    fn slashes_are_escaped() {
        for (reply, expected) in [
            (
                r#"{"url":"https://x/"}"#,
                r#"{"ok":true,"url":"https:\/\/x\/"}"#,
            ),
            (r#"{"url":"/"}"#, r#"{"ok":true,"url":"\/"}"#),
            (r#"{"url":"x"}"#, r#"{"ok":true,"url":"x"}"#),
        ] {
            let answer = Answer::Good {
                reply: reply.into(),
                warnings: vec![],
                next_cursor: None,
            };
            let body = String::from_utf8(body(&answer, None)).unwrap();
            assert_eq!(body, expected);
        }
    }

    #[test]
    fn every_header_of_the_captured_answer_is_there() {
        let every = Headers::new(7, false);
        let ids = every.next_ids();
        let headers = every.of(&ids, None, None, Duration::from_micros(1500));
        for name in [
            "server",
            "x-powered-by",
            "access-control-allow-origin",
            "referrer-policy",
            "x-slack-backend",
            "x-slack-unique-id",
            "strict-transport-security",
            "access-control-allow-headers",
            "access-control-expose-headers",
            "expires",
            "cache-control",
            "pragma",
            "x-xss-protection",
            "x-content-type-options",
            "x-slack-req-id",
            "vary",
            "content-type",
            "x-envoy-upstream-service-time",
            "x-backend",
            "x-server",
            "x-slack-shared-secret-outcome",
            "via",
            "x-edge-backend",
            "x-slack-edge-shared-secret-outcome",
        ] {
            assert!(headers.contains_key(name), "{name}");
        }
        assert_eq!(headers["x-envoy-upstream-service-time"], "1");
        assert_eq!(headers["x-slack-req-id"], ids.request.as_str());
        assert_eq!(ids.request.as_str().len(), 32);
    }

    #[test]
    fn endpoints_are_counted_apart() {
        let of = |looks: usize| {
            let every = Headers::new(7, true);
            let seen = (0..looks).map(|_| every.next_ids_aside().request.as_str().to_owned());
            let seen: Vec<_> = seen.collect();
            let call = every.next_ids();
            let headers = every.of(&call, None, None, Duration::from_micros(1500));
            assert_eq!(headers["x-envoy-upstream-service-time"], "0");
            let call = call.request.as_str().to_owned();
            assert!(!seen.contains(&call));
            call
        };
        assert_eq!(of(0), of(3));
    }
}
