//! Headers: content types and tokens.

use crate::{first_line, holds};
use guestlist_domain::{TokenHash, TokenKind};
use guestlist_methods::common::Warning;
use guestlist_server::fuzzing;
use guestlist_store::world;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// A content type, which is the first line, and a body of it.
pub fn content_types(data: &[u8]) {
    let (kind, body) = first_line(data);
    let Ok(value) = HeaderValue::from_bytes(kind) else {
        return;
    };
    let outcome = holds::post(value.clone(), body);
    let warning = match &outcome {
        Ok(call) => call.warning,
        Err((_, warning)) => *warning,
    };
    let lower = String::from_utf8_lossy(kind).to_ascii_lowercase();
    match warning {
        Some(Warning::MissingCharset) => {
            assert!(lower.contains("json") || lower.contains("plain"));
        }
        Some(Warning::SuperfluousCharset) => {
            assert!(lower.contains("form") && lower.contains("charset"));
        }
        None => {}
    }
    // All but a boundary may be written in capitals or not.
    if !lower.contains("multipart")
        && let Ok(upper) = HeaderValue::from_bytes(&kind.to_ascii_uppercase())
    {
        match (holds::post(upper, body), &outcome) {
            (Ok(_), Ok(_)) => {}
            (Err((one, _)), Err((other, _))) => assert_eq!(one, *other),
            (one, other) => panic!("{one:?} is not {other:?}"),
        }
    }
    // What has no body needs no type, and a GET has none.
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value)]);
    let uri = Uri::from_static("/api/x");
    assert!(holds::read(&Method::GET, &uri, &headers, body).is_ok());
    assert!(holds::read(&Method::POST, &uri, &headers, b"").is_ok());
}

/// An `Authorization` header, which is the first line, and a token as an argument.
pub fn tokens(data: &[u8]) {
    let (header, argument) = first_line(data);
    let argument = std::str::from_utf8(argument).unwrap_or_default();
    if let Ok(value) = HeaderValue::from_bytes(header) {
        extracted(value, argument);
    }
    if let Ok(hash) = argument.parse::<TokenHash>() {
        assert_eq!(hash.to_string(), argument.to_ascii_lowercase());
    }
    kept(argument);
}

fn extracted(value: HeaderValue, argument: &str) {
    let bearer = value
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix("Bearer "));
    let bearer = bearer.map(str::trim).filter(|token| !token.is_empty());
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.clone())]);
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    let body = format!(
        "token={}",
        percent_encode(argument.as_bytes(), NON_ALPHANUMERIC)
    );
    let call = holds::post(form, body.as_bytes()).expect("any text can be a token");
    assert_eq!(call.token.as_deref(), Some(argument));
    let shown = Some(argument.trim()).filter(|token| !token.is_empty());
    assert_eq!(
        fuzzing::token(&headers, call.token.as_deref()),
        bearer.or(shown)
    );
    assert_eq!(fuzzing::token(&headers, None), bearer);
    assert_eq!(fuzzing::token(&HeaderMap::new(), Some(argument)), shown);
}

/// A token that a world file may give can be shown, in the header and as an argument.
fn kept(text: &str) {
    const NOW: guestlist_domain::Timestamp =
        guestlist_domain::Timestamp::from_seconds(1_700_000_000);
    let file = serde_json::json!({"version": 1, "workspaces": [{
        "id": "T0ACME", "name": "Acme", "domain": "acme",
        "users": [{"id": "U0ADA", "name": "ada"}],
        "tokens": [{"token": text, "user": "U0ADA"}],
    }]});
    let Ok(loaded) = world::read("world.json", &file.to_string(), NOW, &mut || [0; 24]) else {
        return;
    };
    let token = &loaded.seed.tokens[0];
    assert_eq!(Some(token.kind), TokenKind::from_prefix(text));
    // Of those whose kind the beginning tells, only these act as a person.
    assert!(matches!(token.kind, TokenKind::User | TokenKind::Workspace));
    assert_eq!(token.hash, world::token_hash(text));
    assert_eq!(loaded.new_tokens[0].text, text);
    let header = HeaderValue::from_str(&format!("Bearer {text}")).expect("a token is visible");
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, header)]);
    assert_eq!(fuzzing::token(&headers, None), Some(text));
    assert_eq!(fuzzing::token(&HeaderMap::new(), Some(text)), Some(text));
}
