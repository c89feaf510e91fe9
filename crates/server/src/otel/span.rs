//! A span in OTLP's JSON: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.

use super::context::Context;
use crate::logs::clean;
use guestlist_domain::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::json;
use std::{borrow::Cow, time::Duration};

/// Who waits for whom; the numbers are the standard's.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Somebody called.
    Server = 2,
    /// Somebody was called.
    Client = 3,
}

/// What was done, when, and how it ended.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    trace_id: String,
    span_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    name: Cow<'static, str>,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Attribute>,
    status: Status,
}

#[derive(Serialize)]
struct Status {
    /// 0 says nothing, 2 that it failed.
    code: u8,
}

#[derive(Serialize)]
struct Attribute {
    key: &'static str,
    value: Value,
}

/// 64 bits are text in this JSON.
#[derive(Serialize)]
enum Value {
    #[serde(rename = "stringValue", serialize_with = "cleaned")]
    Text(Cow<'static, str>),
    #[serde(rename = "intValue")]
    Number(String),
}

/// The last look: nothing that looks like a token or an address goes out.
fn cleaned<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&clean(text))
}

impl Span {
    pub(super) fn new(
        context: Context,
        kind: Kind,
        name: impl Into<Cow<'static, str>>,
        start: Timestamp,
        took: Duration,
    ) -> Self {
        let start = i128::from(start.0) * 1000;
        let end = start.saturating_add_unsigned(took.as_nanos());
        Self {
            trace_id: format!("{:032x}", context.trace),
            span_id: format!("{:016x}", context.span),
            parent_span_id: context.parent.map(|parent| format!("{parent:016x}")),
            name: name.into(),
            kind: kind as u8,
            start_time_unix_nano: start.to_string(),
            end_time_unix_nano: end.to_string(),
            attributes: Vec::with_capacity(12),
            status: Status { code: 0 },
        }
    }

    pub(super) fn text(&mut self, key: &'static str, value: impl Into<Cow<'static, str>>) {
        let value = Value::Text(value.into());
        self.attributes.push(Attribute { key, value });
    }

    pub(super) fn number(&mut self, key: &'static str, value: impl Into<i64>) {
        let value = Value::Number(value.into().to_string());
        self.attributes.push(Attribute { key, value });
    }

    /// It failed, and as what.
    pub(super) fn failed(&mut self, what: impl Into<Cow<'static, str>>) {
        self.text("error.type", what);
        self.status.code = 2;
    }
}

/// What is sent of spans, by a server that says this of itself.
pub(super) fn request(resource: &[(String, String)], spans: &[Span]) -> Vec<u8> {
    let resource: Vec<_> = resource
        .iter()
        .map(|(key, value)| json!({"key": key, "value": {"stringValue": value}}))
        .collect();
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Scope<'s> {
        scope: serde_json::Value,
        spans: &'s [Span],
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Of<'s> {
        resource: serde_json::Value,
        scope_spans: [Scope<'s>; 1],
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Request<'s> {
        resource_spans: [Of<'s>; 1],
    }
    let request = Request {
        resource_spans: [Of {
            resource: json!({"attributes": resource}),
            scope_spans: [Scope {
                scope: json!({"name": "guestlist", "version": env!("CARGO_PKG_VERSION")}),
                spans,
            }],
        }],
    };
    // Text keys and our own types: it cannot fail.
    serde_json::to_vec(&request).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_otlp_has_it() {
        let context = Context {
            trace: 0xab,
            span: 0xcd,
            parent: Some(0xef),
        };
        let took = Duration::from_nanos(1234);
        let mut span = Span::new(
            context,
            Kind::Client,
            "x",
            Timestamp(1_700_000_000_000_001),
            took,
        );
        span.text("who", "T0ACME");
        span.text("secret", "with xoxb-1-secret in it");
        span.number("status", 503_u16);
        span.failed("http_error");
        let resource = [("service.name".to_owned(), "guestlist".to_owned())];
        let sent: serde_json::Value = serde_json::from_slice(&request(&resource, &[span])).unwrap();
        assert_eq!(
            sent,
            json!({"resourceSpans": [{
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "guestlist"}}]},
                "scopeSpans": [{
                    "scope": {"name": "guestlist", "version": env!("CARGO_PKG_VERSION")},
                    "spans": [{
                        "traceId": "000000000000000000000000000000ab",
                        "spanId": "00000000000000cd",
                        "parentSpanId": "00000000000000ef",
                        "name": "x",
                        "kind": 3,
                        "startTimeUnixNano": "1700000000000001000",
                        "endTimeUnixNano": "1700000000000002234",
                        "attributes": [
                            {"key": "who", "value": {"stringValue": "T0ACME"}},
                            {"key": "secret", "value": {"stringValue": "with (redacted) in it"}},
                            {"key": "status", "value": {"intValue": "503"}},
                            {"key": "error.type", "value": {"stringValue": "http_error"}},
                        ],
                        "status": {"code": 2},
                    }],
                }],
            }]})
        );
    }
}
