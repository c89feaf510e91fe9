//! What an attempt is followed by.

use super::*;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;

fn answer(status: u16, body: &Value, retry_after: Option<&str>) -> Exchange {
    let mut headers = HeaderMap::new();
    if let Some(text) = retry_after {
        headers.insert("retry-after", text.parse().unwrap());
    }
    Exchange {
        method: String::new(),
        status: StatusCode::from_u16(status).unwrap(),
        reason: String::new(),
        headers,
        body: Bytes::new(),
        json: Some(body.clone()),
    }
}

#[test]
fn answers_and_what_follows() {
    let error = |code: &str| json!({"ok": false, "error": code});
    let again = |why| Wish::Again(None, why);
    let wait = |ms| Wish::Again(Some(Duration::from_millis(ms)), Why::RateLimited);
    for (method, status, body, retry_after, expected) in [
        (
            "conversations.invite",
            200,
            json!({"ok": true}),
            None,
            Wish::Done,
        ),
        (
            "conversations.invite",
            200,
            error("not_in_channel"),
            None,
            Wish::Done,
        ),
        (
            "conversations.invite",
            429,
            error("ratelimited"),
            Some("7"),
            wait(7000),
        ),
        // Missing or unreadable: by tier, 50 and 20 a minute.
        (
            "conversations.invite",
            429,
            error("ratelimited"),
            None,
            wait(1200),
        ),
        (
            "users.list",
            429,
            error("ratelimited"),
            Some("soon"),
            wait(3000),
        ),
        (
            "chat.postMessage",
            200,
            error("rate_limited"),
            None,
            wait(1000),
        ),
        (
            "users.list",
            503,
            error("service_unavailable"),
            None,
            again(Why::Unavailable),
        ),
        (
            "conversations.create",
            503,
            error("service_unavailable"),
            None,
            again(Why::Unavailable),
        ),
        (
            "users.list",
            500,
            error("internal_error"),
            None,
            again(Why::OnlyReads),
        ),
        (
            "conversations.create",
            500,
            error("fatal_error"),
            None,
            Wish::Done,
        ),
        (
            "conversations.invite",
            500,
            error("fatal_error"),
            None,
            Wish::Uncertain,
        ),
    ] {
        let exchange = answer(status, &body, retry_after);
        let wish = wish(nature(method), method, Some(&exchange), &Ok(()));
        assert_eq!(wish, expected, "{method} {status} {body}");
    }
}

#[test]
fn a_method_that_changes_nothing_reads_whatever_its_verb_is() {
    for (method, expected) in [
        ("auth.test", Nature::Reads),
        ("admin.users.list", Nature::Reads),
        ("conversations.members", Nature::Reads),
        ("auth.revoke", Nature::Writes),
        ("conversations.declineSharedInvite", Nature::Writes),
        ("conversations.invite", Nature::Invites),
        ("views.open", Nature::Writes),
    ] {
        assert_eq!(nature(method), expected, "{method}");
    }
}

#[test]
fn a_status_that_tells_counts_whatever_became_of_the_body() {
    let cut = |status| {
        Err(Failure::Cut {
            status,
            received: 1,
            announced: None,
            source: Arc::new(std::io::Error::other("x")),
        })
    };
    let packed = |status| {
        Err(Failure::Packed {
            status,
            coding: "br".to_owned(),
        })
    };
    let forbidden = StatusCode::FORBIDDEN;
    for (nature, end, expected) in [
        (Nature::Writes, cut(forbidden), Why::Hopeless),
        (Nature::Invites, cut(forbidden), Why::Hopeless),
        (Nature::Invites, packed(forbidden), Why::Hopeless),
        (Nature::Writes, cut(StatusCode::OK), Why::NotKnown),
        (Nature::Writes, packed(StatusCode::OK), Why::NotKnown),
    ] {
        let wish = wish(nature, "x.y", None, &end);
        assert_eq!(wish, Wish::Stop(expected), "{nature:?} {end:?}");
    }
    let again = wish(Nature::Reads, "x.y", None, &cut(forbidden));
    assert_eq!(again, Wish::Again(None, Why::OnlyReads));
}

#[test]
fn failures_and_what_follows() {
    let source = || Arc::new(std::io::Error::other("x"));
    let lost = || Failure::Lost(source());
    let unreachable = || Failure::Unreachable {
        address: String::new(),
        source: source(),
    };
    let proxy = |status| Failure::Proxy {
        address: String::new(),
        target: String::new(),
        status,
        source: source(),
    };
    let certificate = || Failure::Certificate {
        host: String::new(),
        source: source(),
    };
    let redirect = || Failure::Redirect {
        status: StatusCode::FOUND,
        to: None,
    };
    let gateway = || Failure::NotJson {
        status: StatusCode::BAD_GATEWAY,
        content_type: None,
        beginning: String::new(),
    };
    for (nature, failure, expected) in [
        (
            Nature::Writes,
            unreachable(),
            Wish::Again(None, Why::NothingSent),
        ),
        (
            Nature::Invites,
            unreachable(),
            Wish::Again(None, Why::NothingSent),
        ),
        (
            Nature::Writes,
            proxy(None),
            Wish::Again(None, Why::NothingSent),
        ),
        (
            Nature::Writes,
            proxy(Some(StatusCode::BAD_GATEWAY)),
            Wish::Again(None, Why::NothingSent),
        ),
        (
            Nature::Reads,
            proxy(Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED)),
            Wish::Stop(Why::Hopeless),
        ),
        (Nature::Reads, certificate(), Wish::Stop(Why::Hopeless)),
        (Nature::Reads, redirect(), Wish::Stop(Why::Hopeless)),
        (Nature::Reads, lost(), Wish::Again(None, Why::OnlyReads)),
        (Nature::Invites, lost(), Wish::Uncertain),
        (Nature::Writes, lost(), Wish::Stop(Why::NotKnown)),
        (Nature::Reads, gateway(), Wish::Again(None, Why::OnlyReads)),
        (Nature::Invites, gateway(), Wish::Uncertain),
        (
            Nature::Writes,
            Failure::TimedOut(Duration::ZERO),
            Wish::Stop(Why::NotKnown),
        ),
        (Nature::Invites, redirect(), Wish::Stop(Why::Hopeless)),
    ] {
        let end = Err(failure);
        assert_eq!(
            wish(nature, "x.y", None, &end),
            expected,
            "{nature:?} {end:?}"
        );
    }
}
