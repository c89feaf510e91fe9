//! What an answer becomes.

use crate::{
    client, once,
    peer::{Peer, Say, answer, json},
};
use flate2::{Compression, write::GzEncoder};
use futures_util::TryStreamExt;
use guestlist_client::{
    Arguments, CallError, Client, ErrorCode, Failure, admin, api,
    conversations::{Invite, Members, invite, members},
    methods::common::Common,
};
use std::io::Write;

fn whom() -> invite::Args {
    invite::Args {
        channel: "C1".into(),
        users: vec!["U1".into(), "U2".into()],
        force: None,
    }
}

#[tokio::test]
async fn a_call_and_its_refusal() {
    let peer = Peer::start(|_, _| {
        answer(
            "200 OK",
            "x-slack-req-id: 1\r\n",
            r#"{"ok":false,"error":"user_not_found","errors":[{"user":"U1","ok":false,"error":"user_not_found"},"nonsense",{"user":"U2","error":"on_holiday"}]}"#,
        )
    });
    let client = once(&format!("http://{}/prefix/api/", peer.address));
    let error = client.call::<Invite>(whom()).await.unwrap_err();
    assert!(error.is(invite::Error::UserNotFound));
    assert_eq!(error.to_string(), "refused: user_not_found");
    let CallError::Refused(refusal) = error else {
        panic!("{error:?}")
    };
    assert_eq!(refusal.envelope.headers["x-slack-req-id"], "1");
    assert_eq!(
        refusal.people,
        [
            ("U1".to_owned(), ErrorCode::Own(invite::Error::UserNotFound)),
            ("U2".to_owned(), ErrorCode::Unknown("on_holiday".to_owned())),
        ]
    );
    let request = &peer.requests()[0];
    assert!(
        request.starts_with("POST /prefix/api/conversations.invite HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: Bearer xoxb-1\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with("\r\n\r\nchannel=C1&users=U1%2CU2"),
        "{request}"
    );
}

#[tokio::test]
async fn an_admin_is_told_who_failed() {
    let peer = Peer::start(|_, _| {
        json(
            r#"{"ok":false,"error":"failed_for_some_users","failed_user_ids":{"U1":"already_in_channel","U2":"restricted_action"}}"#,
        )
    });
    let given = admin::invite::Args {
        user_ids: vec!["U1".into(), "U2".into()],
        channel_id: "C1".into(),
    };
    let client = once(&peer.base());
    let error = client.call::<admin::ConversationsInvite>(given).await;
    let CallError::Refused(refusal) = error.unwrap_err() else {
        panic!()
    };
    let own = admin::invite::Error::FailedForSomeUsers;
    assert_eq!(refusal.code, ErrorCode::Own(own));
    let people = refusal.people.iter();
    let people: Vec<_> = people
        .map(|(user, code)| (&user[..], code.as_str()))
        .collect();
    assert_eq!(
        people,
        [("U1", "already_in_channel"), ("U2", "restricted_action")]
    );
    let request = &peer.requests()[0];
    assert!(
        request.ends_with("\r\n\r\nuser_ids=U1%2CU2&channel_id=C1"),
        "{request}"
    );
}

#[tokio::test]
async fn codes_that_are_not_the_methods_own() {
    for (code, expected) in [
        ("invalid_auth", ErrorCode::Common(Common::InvalidAuth)),
        (
            "never_heard_of",
            ErrorCode::Unknown("never_heard_of".to_owned()),
        ),
    ] {
        let peer = Peer::start(move |_, _| json(&format!(r#"{{"ok":false,"error":"{code}"}}"#)));
        let error = once(&peer.base()).call::<Invite>(whom()).await.unwrap_err();
        assert_eq!(error.envelope().unwrap().body["error"], code);
        let CallError::Refused(refusal) = error else {
            panic!("{error:?}")
        };
        assert_eq!(refusal.code, expected);
        assert_eq!(refusal.code.as_str(), code);
    }
    let peer = Peer::start(|_, _| json(r#"{"ok":false,"error":"my_own"}"#));
    let error = once(&peer.base())
        .call::<api::Test>(Default::default())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "refused: my_own");
}

#[tokio::test]
async fn a_reply_of_another_shape_keeps_its_envelope() {
    let peer = Peer::start(|_, _| json(r#"{"ok":true,"channel":"C1"}"#));
    let error = once(&peer.base()).call::<Invite>(whom()).await.unwrap_err();
    assert!(matches!(error, CallError::Unexpected { .. }), "{error:?}");
    assert_eq!(error.envelope().unwrap().body["channel"], "C1");
}

#[tokio::test]
async fn headers_and_reason_stay_as_they_came() {
    let peer = Peer::start(|_, _| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(br#"{"ok":true}"#).unwrap();
        let packed = packed.finish().unwrap();
        let head = format!(
            "HTTP/1.1 200 Quite Fine\r\ncontent-length: {}\r\nContent-Encoding: gzip\r\nVia: a\r\nVia: b\r\n\r\n",
            packed.len()
        );
        Say::This([head.as_bytes(), &packed].concat())
    });
    let account = once(&peer.base())
        .perform("api.test", &Arguments::new())
        .await;
    let exchange = account.exchanges().next().unwrap();
    let shown = exchange.to_json();
    assert_eq!(shown["status_code"], 200);
    assert_eq!(shown["reason"], "Quite Fine");
    assert_eq!(shown["json_body"]["ok"], true);
    let headers = &shown["response_headers"];
    assert_eq!(headers["content-encoding"], "gzip");
    assert_eq!(
        headers["content-length"],
        exchange.headers["content-length"].to_str().unwrap()
    );
    assert_eq!(headers["via"], "a, b");
    assert_eq!(shown.as_object().unwrap().len(), 4, "{shown}");
}

#[tokio::test]
async fn an_answer_that_unpacks_to_more_than_it_may_be_is_none() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(br#"{"ok":true,"list":["#).unwrap();
    packed.write_all(&b"[],".repeat(3 << 20)).unwrap();
    packed.write_all(b"0]}").unwrap();
    let packed = packed.finish().unwrap();
    let long = b"[],".repeat(3 << 20);
    for (coding, body) in [("gzip", packed), ("identity", long)] {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\ncontent-encoding: {coding}\r\n\r\n"
        );
        let peer = Peer::start(move |_, _| Say::Last([head.as_bytes(), &body].concat()));
        let account = once(&peer.base())
            .perform("api.test", &Arguments::new())
            .await;
        let failure = account.end.unwrap_err();
        assert!(matches!(failure, Failure::TooLarge), "{failure}");
        let words = "the answer is larger than 8 MiB, unpacked";
        assert!(failure.to_string().contains(words), "{failure}");
    }
}

#[tokio::test]
async fn a_packed_answer_is_read_to_its_last_member() {
    let member = |text: &str| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let whole = [member(r#"{"ok":"#), member(""), member("true}")].concat();
    for behind in [&b""[..], b"\0\0\0", b"garbage"] {
        let body = [&whole, behind].concat();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\ncontent-encoding: gzip\r\n\r\n"
        );
        let said = [head.as_bytes(), &body].concat();
        let peer = Peer::start(move |_, _| Say::This(said.clone()));
        let envelope = once(&peer.base()).raw("x.y", &Arguments::new()).await;
        assert!(envelope.unwrap().is_ok(), "{behind:?}");
    }
}

#[tokio::test]
async fn what_is_no_answer_says_so_and_shows_what_came() {
    type Is = fn(&Failure) -> bool;
    let cases: [(&str, Is, &str, &str); 7] = [
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
            |failure| matches!(failure, Failure::NotJson { .. }),
            "the answer (status 200 OK, text/html) is no JSON object with `ok`; it begins \"<html>\"",
            "<html>",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n[{}]",
            |failure| matches!(failure, Failure::NotJson { .. }),
            "the answer (status 200 OK) is no JSON object with `ok`; it begins \"[{}]\"",
            "[{}]",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 23\r\n\r\n{\"message\":\"forbidden\"}",
            |failure| matches!(failure, Failure::NotJson { .. }) && !failure.is_uncertain(),
            "the answer (status 403 Forbidden) is no JSON object with `ok`; it begins \"{\\\"message\\\":\\\"forbidden\\\"}\"",
            "{\"message\":\"forbidden\"}",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n{\"ok\":tr",
            |failure| matches!(failure, Failure::Cut { .. }),
            "the answer was cut short: 8 bytes of its body came of 60 announced",
            "{\"ok\":tr",
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"o\r\n",
            |failure| matches!(failure, Failure::Cut { .. }),
            "the answer was cut short: 3 bytes of its body came",
            "{\"o",
        ),
        (
            "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.test/login\r\ncontent-length: 0\r\n\r\n",
            |failure| matches!(failure, Failure::Redirect { .. }),
            "the answer is a redirect (status 302) to https://elsewhere.test/login: the base URL is not the API's",
            "",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\n{}",
            |failure| matches!(failure, Failure::Packed { coding, .. } if coding == "br"),
            "the answer's body cannot be unpacked (br)",
            "{}",
        ),
    ];
    for (said, is, words, came) in cases {
        let peer = Peer::start(move |_, _| Say::Last(said.into()));
        let account = once(&peer.base()).perform("x.y", &Arguments::new()).await;
        let failure = account.end.clone().unwrap_err();
        assert!(is(&failure), "{failure:?}");
        assert_eq!(failure.to_string(), words);
        let exchange = account.exchanges().next().unwrap();
        assert_eq!(exchange.to_json()["text_body"], came, "{words}");
        assert_eq!(exchange.to_json()["json_body"], serde_json::Value::Null);
    }
}

#[tokio::test]
async fn pages_are_a_stream() {
    let peer = Peer::start(|_, request| {
        json(match request.rsplit('=').next().unwrap() {
            "two" => r#"{"ok":true,"members":["U3"],"response_metadata":{"next_cursor":"three"}}"#,
            "three" => r#"{"ok":true,"members":[],"response_metadata":{"next_cursor":""}}"#,
            _ => r#"{"ok":true,"members":["U1","U2"],"response_metadata":{"next_cursor":"two"}}"#,
        })
    });
    let (client, _) = client(&peer.base());
    let of = members::Args {
        channel: "C1".into(),
        limit: Some(2),
        cursor: None,
    };
    let everybody: Vec<String> = client
        .items::<Members>(of.clone())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(everybody, ["U1", "U2", "U3"]);
    assert_eq!(
        peer.calls(),
        [
            "conversations.members channel=C1&limit=2",
            "conversations.members channel=C1&limit=2&cursor=two",
            "conversations.members channel=C1&limit=2&cursor=three",
        ]
    );
    let mut pages = std::pin::pin!(client.pages::<Members>(of));
    assert_eq!(
        pages.try_next().await.unwrap().unwrap().members,
        ["U1", "U2"]
    );
    assert_eq!(
        peer.calls().len(),
        4,
        "a page is asked for when it is wanted"
    );
}

#[tokio::test]
async fn pages_that_lead_round_and_round_end() {
    // From the cursor that was given on: two, three, and two again.
    let peer = Peer::start(|n, request| {
        json(match request.rsplit('=').next().unwrap() {
            _ if n > 9 => r#"{"ok":true,"members":[]}"#,
            "two" => r#"{"ok":true,"members":["U2"],"response_metadata":{"next_cursor":"three"}}"#,
            _ => r#"{"ok":true,"members":["U3"],"response_metadata":{"next_cursor":"two"}}"#,
        })
    });
    for (cursor, calls) in [(None, 3), (Some("two"), 2)] {
        let before = peer.calls().len();
        let of = members::Args {
            channel: "C1".into(),
            limit: None,
            cursor: cursor.map(Into::into),
        };
        let error = once(&peer.base())
            .items::<Members>(of)
            .try_collect::<Vec<String>>()
            .await
            .unwrap_err();
        assert!(
            matches!(error, CallError::Failed(Failure::Endless)),
            "{error:?}"
        );
        assert_eq!(peer.calls().len() - before, calls);
    }
}

#[tokio::test]
async fn a_page_that_repeats_the_token_is_not_passed_on() {
    let peer = Peer::start(|_, request| answer("200 OK", "", request));
    let client = Client::new(&peer.base(), "xoxb-secret").unwrap();
    let failure = client.raw("x.y", &Arguments::new()).await.unwrap_err();
    let words = failure.to_string();
    assert!(
        words.contains("Bearer (redacted)") && !words.contains("secret"),
        "{words}"
    );
}
