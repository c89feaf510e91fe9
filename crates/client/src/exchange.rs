//! One HTTP exchange: what came back, as far as it came, and what went wrong.

use crate::failure::{Failure, Source, seconds};
use bytes::{Bytes, BytesMut};
use flate2::bufread::GzDecoder;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use hyper::{body::Incoming, ext::ReasonPhrase};
use serde_json::{Map, Value};
use std::{
    io::{self, Read},
    sync::Arc,
    time::Duration,
};

/// The most that is read of an answer, packed and unpacked. Read as JSON it takes many times that.
pub const MOST: usize = 8 << 20;

/// What came back of one HTTP exchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The method that was called.
    pub method: String,
    /// The HTTP status.
    pub status: StatusCode,
    /// The reason phrase as it came.
    pub reason: String,
    /// All headers as they came: of the packed body, too.
    pub headers: HeaderMap,
    /// The body, unpacked, as far as it came.
    pub body: Bytes,
    /// The body as JSON, if it is an object with a boolean `ok`, as all answers of the API are. A
    /// gateway's own error can be JSON, too, and tells no more of the call than a page would.
    pub json: Option<Value>,
}

impl Exchange {
    /// Whether the call succeeded.
    pub fn is_ok(&self) -> bool {
        self.json.as_ref().is_some_and(|json| json["ok"] == true)
    }

    /// The code of a refusal.
    pub fn error(&self) -> Option<&str> {
        let json = self.json.as_ref()?;
        (json["ok"] != true).then(|| json["error"].as_str().unwrap_or("unknown"))
    }

    /// `Retry-After` in seconds; `None` when it is missing or cannot be read.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
        text.trim().parse().ok().map(Duration::from_secs)
    }

    /// Headers by lower-case name; of several with one name the values follow each other with
    /// commas between.
    pub fn headers_json(&self) -> Map<String, Value> {
        let mut all: Map<String, Value> = Map::new();
        for (name, value) in &self.headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let joined = match all.get(name.as_str()).and_then(Value::as_str) {
                Some(first) => format!("{first}, {value}"),
                None => value,
            };
            all.insert(name.as_str().to_owned(), joined.into());
        }
        all
    }

    /// As automation platforms report it: `status_code`, `response_headers`, `reason` and
    /// `json_body`. A body that is no JSON object with `ok` stands in `text_body`.
    pub fn to_json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("status_code".into(), self.status.as_u16().into());
        fields.insert("response_headers".into(), self.headers_json().into());
        fields.insert("reason".into(), self.reason.clone().into());
        fields.insert("json_body".into(), self.json.clone().unwrap_or_default());
        if self.json.is_none() {
            let text = String::from_utf8_lossy(&self.body).into_owned();
            fields.insert("text_body".into(), text.into());
        }
        fields.into()
    }
}

/// An answer on its way. What came of it is there also when it ends early.
pub(crate) struct Arrival {
    exchange: Exchange,
    incoming: Incoming,
    /// The body as it comes.
    packed: BytesMut,
}

impl Arrival {
    /// The head is there.
    pub(crate) fn of(method: &str, answer: http::Response<Incoming>) -> Self {
        let (head, incoming) = answer.into_parts();
        let canonical = || head.status.canonical_reason().unwrap_or_default().into();
        let reason = head
            .extensions
            .get::<ReasonPhrase>()
            .map_or_else(canonical, |reason| {
                String::from_utf8_lossy(reason.as_bytes()).into_owned()
            });
        let exchange = Exchange {
            method: method.to_owned(),
            status: head.status,
            reason,
            headers: head.headers,
            body: Bytes::new(),
            json: None,
        };
        Self {
            exchange,
            incoming,
            packed: BytesMut::new(),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.exchange.status
    }

    /// Reads the body to its end.
    pub(crate) async fn read(&mut self) -> Result<(), Failure> {
        while let Some(frame) = self.incoming.frame().await {
            let frame = frame.map_err(|source| self.cut(Arc::new(source)))?;
            if let Ok(data) = frame.into_data() {
                self.packed.extend_from_slice(&data);
            }
            if self.packed.len() > MOST {
                return Err(Failure::TooLarge);
            }
        }
        Ok(())
    }

    fn cut(&self, source: Source) -> Failure {
        Failure::Cut {
            status: self.exchange.status,
            received: self.packed.len(),
            announced: content_length(&self.exchange.headers),
            source,
        }
    }

    /// The exchange, when reading ended like this, and whether it is an answer.
    pub(crate) fn end(self, read: Result<(), Failure>) -> (Option<Exchange>, Result<(), Failure>) {
        let mut exchange = self.exchange;
        let unpacked = unpack(&exchange, self.packed.freeze());
        exchange.body = unpacked.body;
        let mut end = read.and(unpacked.end);
        if end.is_ok() {
            exchange.json = object(&exchange.body);
            end = judge(&exchange);
        }
        (Some(exchange), end)
    }

    /// The same when the rest did not come in time.
    pub(crate) fn late(self, limit: Duration) -> (Option<Exchange>, Result<(), Failure>) {
        let late = format!("the rest did not come within {} s", seconds(limit));
        let late = io::Error::new(io::ErrorKind::TimedOut, late);
        let cut = self.cut(Arc::new(late));
        self.end(Err(cut))
    }
}

/// A body that is a JSON object with a boolean `ok`.
fn object(body: &[u8]) -> Option<Value> {
    let read = serde_json::from_slice(body);
    let read = read.or_else(|_| serde_json::from_slice(&without_halves(body)));
    read.ok().filter(|json: &Value| json["ok"].is_boolean())
}

/// JSON in which each half of a letter that stands alone is U+FFFD. Programs that count in UTF-16 cut texts
/// off between the halves, as in the middle of `\ud83d\ude00`.
fn without_halves(json: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some(&byte) = rest.first() {
        let (taken, lone) = match (byte, unit(rest), rest.get(6..).and_then(unit)) {
            (_, Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, false),
            (_, Some(0xd800..=0xdfff), _) => (6, true),
            // What is escaped begins nothing.
            (b'\\', ..) => (2, false),
            _ => (1, false),
        };
        let (letter, behind) = rest.split_at(taken.min(rest.len()));
        whole.extend_from_slice(if lone { br"\ufffd" } else { letter });
        rest = behind;
    }
    whole
}

/// The code unit that an escape begins with, as `\u00e9`.
fn unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(br"\u")?.get(..4)?;
    let digits = str::from_utf8(digits).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

fn judge(exchange: &Exchange) -> Result<(), Failure> {
    if exchange.status.is_redirection() {
        let to = exchange.headers.get(header::LOCATION);
        let to = to.map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned());
        return Err(Failure::Redirect {
            status: exchange.status,
            to,
        });
    }
    // A call that was one too many says so in its status, whatever its body is.
    if exchange.json.is_none() && exchange.status != StatusCode::TOO_MANY_REQUESTS {
        let content_type = exchange.headers.get(header::CONTENT_TYPE);
        return Err(Failure::NotJson {
            status: exchange.status,
            content_type: content_type.map(|t| String::from_utf8_lossy(t.as_bytes()).into_owned()),
            beginning: beginning(&exchange.body),
        });
    }
    Ok(())
}

/// How much of an answer that is no JSON is shown.
const SHOWN: usize = 300;

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(SHOWN).collect()
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

struct Unpacked {
    body: Bytes,
    end: Result<(), Failure>,
}

/// Unpacks here rather than in the HTTP library, so that headers stay as they came.
fn unpack(exchange: &Exchange, packed: Bytes) -> Unpacked {
    let status = exchange.status;
    let coding = exchange.headers.get(header::CONTENT_ENCODING);
    let coding = coding.map(|coding| String::from_utf8_lossy(coding.as_bytes()).into_owned());
    let name = coding.as_deref().map(str::to_lowercase);
    match name.as_deref().map(str::trim) {
        None | Some("" | "identity") => Unpacked {
            body: packed,
            end: Ok(()),
        },
        Some("gzip" | "x-gzip") if packed.is_empty() => Unpacked {
            body: packed,
            end: Ok(()),
        },
        Some("gzip" | "x-gzip") => {
            let mut body = Vec::new();
            let end = match gunzip(&packed, &mut body) {
                Err(_) => Err(Failure::Packed {
                    status,
                    coding: "gzip".to_owned(),
                }),
                Ok(()) if body.len() > MOST => Err(Failure::TooLarge),
                Ok(()) => Ok(()),
            };
            Unpacked {
                body: body.into(),
                end,
            }
        }
        // As it came: where it repeats the token, that is found by its letters.
        Some(_) => Unpacked {
            end: Err(Failure::Packed {
                status,
                coding: coding.unwrap_or_default(),
            }),
            body: packed,
        },
    }
}

/// How a member of a gzip file begins.
const MEMBER: [u8; 2] = [0x1f, 0x8b];

/// Unpacks all members, up to one byte more than may be. What follows them and is none means nothing.
fn gunzip(packed: &[u8], body: &mut Vec<u8>) -> io::Result<()> {
    let mut rest = packed;
    loop {
        let mut member = GzDecoder::new(rest);
        let left = MOST + 1 - body.len();
        (&mut member).take(left as u64).read_to_end(body)?;
        rest = member.into_inner();
        if body.len() > MOST || !rest.starts_with(&MEMBER) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_letter_does_not_spoil_an_answer() {
        for (escaped, expected) in [
            (r"\ud83d", "\u{fffd}"),
            (r"a\ud83d\n", "a\u{fffd}\n"),
            (r"\ude00\u00e9", "\u{fffd}\u{e9}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\\ud83d \ud83d", "\\ud83d \u{fffd}"),
        ] {
            let body = format!(r#"{{"ok":true,"text":"{escaped}"}}"#);
            let json = object(body.as_bytes()).unwrap();
            assert_eq!(json["text"], expected, "{escaped}");
        }
        for bad in [
            r#"{"ok":true,"#,
            r#"{"ok":true,"text":"\ud83"#,
            r#"{"ok":1}"#,
            "\\",
        ] {
            assert!(object(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
