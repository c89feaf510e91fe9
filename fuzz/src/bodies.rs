//! Bodies of calls: form, multipart, JSON; and the names in them.

use crate::{
    first_line,
    holds::{self, MOST_ARGUMENTS, Outcome, is_name, is_plain},
};
use guestlist_methods::common::Common;
use guestlist_server::fuzzing::{Call, pack, unpack};
use http::{HeaderMap, HeaderValue, Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::{Map, Value};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const MULTIPART: HeaderValue = HeaderValue::from_static("multipart/form-data; boundary=\"a b\"");
const LATIN_1: HeaderValue = HeaderValue::from_static("text/plain; charset=iso-8859-1");

/// The most bytes of a packed body once unpacked.
const MOST_UNPACKED: usize = 1 << 16;

/// A call's arguments with its token, in order.
fn pairs(call: &Call) -> Vec<(String, Value)> {
    let token = call
        .token
        .iter()
        .map(|token| ("token", Value::from(&**token)));
    let arguments = call
        .arguments
        .iter()
        .map(|(name, value)| (name, value.clone()));
    arguments
        .chain(token)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The same where each is text, as it is in a form.
fn texts(call: &Call) -> Vec<(String, String)> {
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => (name, text),
        other => panic!("{name} is {other}"),
    };
    pairs(call).into_iter().map(text).collect()
}

fn form_text(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// A form: as a body in both charsets, as a query, packed.
pub fn form(data: &[u8]) {
    if data.starts_with(b"\x1f\x8b") {
        if let Some(body) = unpack(data, MOST_UNPACKED) {
            assert!(body.len() <= MOST_UNPACKED);
            assert_eq!(unpack(&pack(&body), body.len()).as_ref(), Some(&body));
            form(&body);
        }
        return;
    }
    let outcome = holds::post(FORM, data);
    match &outcome {
        Ok(call) => {
            assert!(!data.is_empty() || call.arguments.is_empty());
            let mut told = form_urlencoded::parse(data)
                .into_owned()
                .collect::<Vec<_>>();
            // Of several tokens the last counts, and it stands apart.
            let token = told.extract_if(.., |(name, _)| name == "token").last();
            told.extend(token);
            assert_eq!(texts(call), told);
            same(&holds::post(FORM, form_text(&told).as_bytes()), &outcome);
        }
        Err((code, _)) => assert!(matches!(
            code,
            Common::InvalidFormData
                | Common::InvalidArguments
                | Common::InvalidArrayArg
                | Common::InvalidArgName
        )),
    }
    // Each byte is a character, so that only names and escapes are left to be wrong.
    let _ = holds::post(LATIN_1, data);
    let asked = [b"/api/x?", data].concat();
    if let Ok(uri) = Uri::try_from(asked)
        && uri.query().map(str::as_bytes) == Some(data)
    {
        same(
            &holds::read(&Method::GET, &uri, &HeaderMap::new(), b""),
            &outcome,
        );
    }
}

/// Two calls come to the same.
fn same(a: &Outcome, b: &Outcome) {
    match (a, b) {
        (Ok(a), Ok(b)) => assert_eq!(pairs(a), pairs(b)),
        (Err((a, _)), Err((b, _))) => assert_eq!(a, b),
        _ => panic!("{a:?} is not {b:?}"),
    }
}

/// A multipart body. The first line is what stands behind `multipart/form-data` in the header.
pub fn multipart(data: &[u8]) {
    let (rest, body) = first_line(data);
    let Ok(kind) = HeaderValue::from_bytes(&[b"multipart/form-data", rest].concat()) else {
        return;
    };
    let Ok(call) = holds::post(kind, body) else {
        return;
    };
    let told = texts(&call);
    if told.iter().all(|(_, value)| !value.contains("--a b")) {
        same(&holds::post(MULTIPART, &multipart_text(&told)), &Ok(call));
    }
    let call = holds::post(FORM, form_text(&told).as_bytes());
    assert_eq!(texts(&call.expect("a form can say what parts can")), told);
}

fn multipart_text(pairs: &[(String, String)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in pairs {
        let head = format!("--a b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
    }
    body.extend(b"--a b--\r\n");
    body
}

/// A JSON body.
pub fn json(data: &[u8]) {
    match holds::post(JSON, data) {
        Ok(call) => {
            // A token in JSON does not count.
            assert_eq!(call.token, None);
            let pairs = pairs(&call);
            if pairs.iter().any(|(_, value)| !is_plain(value, 100)) {
                return;
            }
            let object = Value::Object(Map::from_iter(pairs.clone())).to_string();
            same(&holds::post(JSON, object.as_bytes()), &Ok(call));
            if pairs.iter().all(|(_, value)| value.is_string()) {
                let text = |(name, value): &(String, Value)| {
                    (name.clone(), value.as_str().unwrap_or_default().to_owned())
                };
                let told: Vec<(String, String)> = pairs.iter().map(text).collect();
                let call = holds::post(FORM, form_text(&told).as_bytes());
                assert_eq!(
                    texts(&call.expect("a form can say what texts in JSON can")),
                    told
                );
            }
        }
        Err((Common::InvalidCharset, _)) => assert!(std::str::from_utf8(data).is_err()),
        Err((Common::InvalidJson, _)) => assert!(serde_json::from_slice::<Value>(data).is_err()),
        Err((Common::JsonNotObject, _)) => {
            assert!(!serde_json::from_slice::<Value>(data).is_ok_and(|value| value.is_object()));
        }
        Err((Common::InvalidArguments, _)) => {
            let value: Value = serde_json::from_slice(data).expect("it was read");
            assert!(
                value
                    .as_object()
                    .is_some_and(|object| object.len() > MOST_ARGUMENTS)
            );
        }
        Err((Common::InvalidArrayArg | Common::InvalidArgName, _)) => {
            let value: Value = serde_json::from_slice(data).expect("it was read");
            let mut names = value.as_object().into_iter().flat_map(Map::keys);
            assert!(!names.all(|name| is_name(name.as_bytes())));
        }
        Err((code, _)) => panic!("{code:?}"),
    }
}

/// One argument's name, said in each way there is: all agree whether it is one.
pub fn names(data: &[u8]) {
    if data.is_empty() {
        return;
    }
    let expected = is_name(data);
    let agrees = |outcome: Outcome| match outcome {
        Ok(call) => {
            assert!(expected, "{:?}", String::from_utf8_lossy(data));
            let is_token = data == b"token";
            assert_eq!(call.arguments.len(), usize::from(!is_token));
            if !is_token {
                let name = std::str::from_utf8(data).unwrap_or_default();
                assert_eq!(call.arguments.text(name).as_deref(), Some("1"));
            }
        }
        Err((code, _)) => {
            assert!(!expected, "{:?}: {code:?}", String::from_utf8_lossy(data));
            assert!(matches!(
                code,
                Common::InvalidArrayArg | Common::InvalidArgName | Common::InvalidFormData
            ));
        }
    };
    let escaped = format!("{}=1", percent_encode(data, NON_ALPHANUMERIC));
    agrees(holds::post(FORM, escaped.as_bytes()));
    agrees(holds::post(LATIN_1, escaped.as_bytes()));
    let uri = Uri::try_from(format!("/api/x?{escaped}")).ok();
    if let Some(uri) = uri {
        agrees(holds::read(&Method::GET, &uri, &HeaderMap::new(), b""));
    }
    let Ok(name) = std::str::from_utf8(data) else {
        return;
    };
    let object = Value::Object(Map::from_iter([(name.to_owned(), Value::from("1"))]));
    agrees(holds::post(JSON, object.to_string().as_bytes()));
    if !name.contains(['"', '\\', '\r', '\n']) {
        let part = [(name.to_owned(), "1".to_owned())];
        agrees(holds::post(MULTIPART, &multipart_text(&part)));
    }
}
