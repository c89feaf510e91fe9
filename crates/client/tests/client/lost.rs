//! An invitation whose answer was lost: the channel is asked who is in.

use crate::{
    built, client,
    peer::{Peer, Say, answer, json},
};
use guestlist_client::{Arguments, Client, Failure, Policy, Then, Why};
use serde_json::json as value;

const INFO: &str = r#"{"ok":true,"channel":{"id":"C1"}}"#;

fn arguments(users: &str, force: bool) -> Arguments {
    let mut arguments = Arguments::new();
    arguments.set("channel", "C1").set("users", users);
    if force {
        arguments.set("force", true);
    }
    arguments
}

fn members(ids: &str) -> Say {
    json(&format!(
        r#"{{"ok":true,"members":[{ids}],"response_metadata":{{"next_cursor":""}}}}"#
    ))
}

/// The methods called, without what they were given.
fn methods(peer: &Peer) -> Vec<String> {
    let first = |call: &String| call.split(' ').next().unwrap_or_default().to_owned();
    peer.calls().iter().map(first).collect()
}

#[tokio::test]
async fn everybody_is_in_so_it_was_carried_out() {
    for lost in 0..4 {
        let peer = Peer::start(move |_, request| {
            if request.contains("conversations.members") {
                members(r#""U0","U1","U2""#)
            } else if request.contains("conversations.info") {
                json(INFO)
            } else {
                match lost {
                    0 => Say::Nothing,
                    1 => Say::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"ok".into()),
                    2 => answer(
                        "504 Late",
                        "",
                        r#"{"message":"Endpoint request timed out"}"#,
                    ),
                    _ => answer("500 Oh", "", r#"{"ok":false,"error":"fatal_error"}"#),
                }
            }
        });
        let (client, _) = client(&peer.base());
        let account = client
            .perform("conversations.invite", &arguments("U1,U2", false))
            .await;
        assert!(account.end.is_ok(), "{account:?}");
        assert_eq!(account.attempts[0].then, Then::AskedWhoIsIn);
        assert_eq!(
            account.exchanges().last().unwrap().json.as_ref().unwrap()["channel"]["id"],
            "C1"
        );
        assert_eq!(
            methods(&peer),
            [
                "conversations.invite",
                "conversations.members",
                "conversations.info"
            ]
        );
    }
}

#[tokio::test]
async fn nobody_is_in_so_it_is_made_again() {
    let peer = Peer::start(|n, _| match n {
        0 => Say::Nothing,
        1 => members(r#""U0""#),
        _ => json(INFO),
    });
    let (client, _) = client(&peer.base());
    let account = client
        .perform("conversations.invite", &arguments("U1,U2", true))
        .await;
    assert!(account.end.is_ok(), "{account:?}");
    assert!(matches!(
        account.attempts[0].then,
        Then::Again(_, Why::NotCarriedOut)
    ));
    let calls = peer.calls();
    assert_eq!((calls.len(), &calls[2]), (3, &calls[0]), "{calls:?}");
}

#[tokio::test]
async fn with_force_only_the_rest_are_invited_again() {
    for (force, again) in [
        (true, "conversations.invite channel=C1&users=U2&force=true"),
        (false, "conversations.invite channel=C1&users=U1%2CU2"),
    ] {
        let peer = Peer::start(|n, _| match n {
            0 => Say::Nothing,
            1 => members(r#""U1""#),
            _ => json(INFO),
        });
        let (client, _) = client(&peer.base());
        let account = client
            .perform("conversations.invite", &arguments("U1,U2", force))
            .await;
        assert!(account.end.is_ok(), "{account:?}");
        assert_eq!(
            peer.calls()[2],
            again,
            "all or nothing stays so without `force`"
        );
    }
}

#[tokio::test]
async fn all_pages_are_looked_at_until_everybody_is_found() {
    let peer = Peer::start(|n, request| match n {
        0 => Say::Nothing,
        _ if request.contains("conversations.info") => json(INFO),
        _ if request.contains("cursor=2") => {
            json(r#"{"ok":true,"members":["U2"],"response_metadata":{"next_cursor":"3"}}"#)
        }
        _ => json(r#"{"ok":true,"members":["U1"],"response_metadata":{"next_cursor":"2"}}"#),
    });
    let (client, _) = client(&peer.base());
    let account = client
        .perform("conversations.invite", &arguments("U1,U2", false))
        .await;
    assert!(account.end.is_ok(), "{account:?}");
    assert_eq!(
        methods(&peer).len(),
        4,
        "the third page is not asked for: {:?}",
        peer.calls()
    );
}

#[tokio::test]
async fn when_nothing_tells_it_is_not_repeated() {
    let peer = Peer::start(|n, _| match n {
        0 => Say::Nothing,
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let (client, _) = client(&peer.base());
    let account = client
        .perform("conversations.invite", &arguments("U1", false))
        .await;
    assert!(matches!(account.end, Err(Failure::Lost(_))), "{account:?}");
    assert_eq!(account.attempts[0].then, Then::GaveUp(Why::NotKnown));
    assert_eq!(
        methods(&peer),
        ["conversations.invite", "conversations.members"]
    );

    let peer = Peer::start(|n, _| match n {
        0 => answer("500 Oh", "", r#"{"ok":false,"error":"fatal_error"}"#),
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let (client, _) = crate::client(&peer.base());
    let envelope = client
        .raw("conversations.invite", &arguments("U1", false))
        .await
        .unwrap();
    assert_eq!(
        envelope.error(),
        Some("fatal_error"),
        "what it said is the answer"
    );
}

#[tokio::test]
async fn what_nobody_knows_is_said_so_and_stays_in_order() {
    for code in ["fatal_error", "internal_error"] {
        for told in [
            json(r#"{"ok":false,"error":"missing_scope"}"#),
            json(r#"{"ok":false,"error":"channel_not_found"}"#),
            answer("500 Oh", "", r#"{"ok":false,"error":"internal_error"}"#),
            answer("429 Slow", "retry-after: 99\r\n", "{}"),
        ] {
            let Say::This(told) = told else { return };
            let peer = Peer::start(move |n, _| match n {
                0 => answer("500 Oh", "", &format!(r#"{{"ok":false,"error":"{code}"}}"#)),
                _ => Say::This(told.clone()),
            });
            let (client, _) = client(&peer.base());
            let account = client
                .perform("conversations.invite", &arguments("U1", false))
                .await;
            assert!(account.is_uncertain(), "{account:?}");
            assert_eq!(account.answer().unwrap().error(), Some(code));
            let shown: Vec<_> = account.exchanges().map(|e| e.method.clone()).collect();
            assert_eq!(shown, methods(&peer), "in order");
        }
    }
}

#[tokio::test]
async fn the_answer_is_that_of_the_call_not_of_a_question_about_it() {
    // The channel was asked on the way; nothing came of the call itself.
    let peer = Peer::start(|n, _| match n {
        0 => Say::Nothing,
        1 => members(r#""U1""#),
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let (client, _) = client(&peer.base());
    let account = client
        .perform("conversations.invite", &arguments("U1", false))
        .await;
    assert!(account.end.is_err() && account.is_uncertain());
    assert!(account.answer().is_none(), "{account:?}");
    assert_eq!(account.came_in(), ["U1"]);
}

#[tokio::test]
async fn who_came_in_unseen_makes_a_forced_invitation_a_success() {
    let refusal = r#"{"ok":false,"error":"user_not_found","errors":[{"user":"U2","ok":false,"error":"user_not_found"}]}"#;
    for lost in 0..3 {
        let peer = Peer::start(move |n, _| match (n, lost) {
            (0, 0) => Say::Nothing,
            (0, 1) => Say::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"ok".into()),
            (0, _) => answer("504 Gateway Timeout", "", "<html>"),
            (1, _) => members(r#""U0","U1""#),
            (2, _) => json(refusal),
            _ => json(INFO),
        });
        let (client, _) = client(&peer.base());
        let account = client
            .perform("conversations.invite", &arguments("U1,U2", true))
            .await;
        let last = account.attempts.iter().rev().nth(1).unwrap();
        assert_eq!(last.then, Then::AskedForTheChannel);
        assert_eq!(account.came_in(), ["U1"]);
        let body = account.answer().unwrap().json.clone();
        let envelope = account.into_envelope().unwrap();
        assert_eq!(body.as_ref(), Some(&envelope.body));
        assert_eq!(
            envelope.body,
            serde_json::json!({
                "ok": true,
                "channel": {"id": "C1"},
                "errors": [{"user": "U2", "ok": false, "error": "user_not_found"}],
            })
        );
        assert_eq!(
            methods(&peer)[2..],
            ["conversations.invite", "conversations.info"]
        );
    }

    // A refusal that does not tell of whom stays the answer; who came in is known all the same.
    let peer = Peer::start(|n, _| match n {
        0 => Say::Nothing,
        1 => members(r#""U1""#),
        _ => json(r#"{"ok":false,"error":"is_archived"}"#),
    });
    let (client, _) = client(&peer.base());
    let account = client
        .perform("conversations.invite", &arguments("U1,U2", true))
        .await;
    assert_eq!(account.answer().unwrap().error(), Some("is_archived"));
    assert_eq!(account.came_in(), ["U1"]);
    assert!(!account.is_uncertain());
}

#[tokio::test]
async fn a_lost_invitation_is_not_repeated_at_once() {
    let peer = Peer::start(|_, request| {
        if request.contains("conversations.members") {
            members("")
        } else {
            Say::Nothing
        }
    });
    let (client, skip) = client(&peer.base());
    let account = client
        .perform("conversations.invite", &arguments("U1", false))
        .await;
    assert!(account.end.is_err() && account.is_uncertain());
    let waited = skip.waited();
    assert_eq!(waited.len(), 4, "five attempts");
    assert!(
        waited.is_sorted_by(|a, b| a.mul_f64(1.3) < *b),
        "longer each time: {waited:?}"
    );
    let last = account.attempts.iter().rev().nth(1).unwrap();
    assert_eq!(last.then, Then::GaveUp(Why::Tries));
}

#[tokio::test]
async fn an_invitation_that_was_lost_once_is_not_known_to_be_unsent() {
    for (first, last) in [
        (
            Say::Nothing,
            answer("429 Slow", "retry-after: 9999\r\n", "{}"),
        ),
        (
            json(r#"{"ok":false,"error":"fatal_error"}"#),
            answer("429 Slow", "retry-after: 9999\r\n", "{}"),
        ),
        (Say::Nothing, answer("302 Found", "location: /\r\n", "")),
    ] {
        let told = matches!(first, Say::This(_));
        let says = std::sync::Mutex::new(vec![last, members(""), first]);
        let peer = Peer::start(move |_, _| says.lock().unwrap().pop().unwrap());
        let (client, _) = client(&peer.base());
        let account = client
            .perform("conversations.invite", &arguments("U1", false))
            .await;
        assert_eq!(methods(&peer).len(), 3, "{account:?}");
        assert!(account.is_uncertain(), "{account:?}");
        if told {
            assert!(account.end.is_ok());
            assert_eq!(account.answer().unwrap().error(), Some("fatal_error"));
        } else {
            assert!(matches!(account.end, Err(Failure::Lost(_))), "{account:?}");
        }
    }
}

#[tokio::test]
async fn pages_without_an_end_do_not_tell() {
    let peer = Peer::start(|n, _| match n {
        0 => Say::Nothing,
        // One too many is an end of another kind, so that the test has one.
        1..9 => json(r#"{"ok":true,"members":["U7"],"response_metadata":{"next_cursor":"2"}}"#),
        _ => members(""),
    });
    let (client, _) = client(&peer.base());
    let account = client
        .perform("conversations.invite", &arguments("U1", false))
        .await;
    assert!(matches!(account.end, Err(Failure::Lost(_))), "{account:?}");
    assert_eq!(methods(&peer).len(), 3, "{:?}", peer.calls());
}

#[tokio::test]
async fn an_invitation_is_tried_no_more_often_than_it_may_be() {
    let peer = Peer::start(|n, request| match n {
        _ if request.contains("conversations.members") => members(r#""U0""#),
        0 => answer("429 Slow", "retry-after: 0\r\n", "{}"),
        _ => Say::Nothing,
    });
    let policy = Policy {
        tries: 3,
        ..Policy::default()
    };
    let (client, _) = built(Client::builder(&peer.base()).policy(policy));
    let account = client
        .perform("conversations.invite", &arguments("U1", false))
        .await;
    assert!(account.is_uncertain(), "{account:?}");
    let made = methods(&peer);
    let made = made.iter().filter(|name| *name == "conversations.invite");
    assert_eq!(made.count(), 3, "{:?}", methods(&peer));
}

#[tokio::test]
async fn force_is_read_as_the_server_reads_it() {
    for (force, again) in [
        (value!(1), "users=U2&"),
        (value!("1"), "users=U2&"),
        (value!("True"), "users=U2&"),
        (value!("TRUE"), "users=U2&"),
        (value!(0), "users=U1%2CU2&"),
        (value!("yes"), "users=U1%2CU2&"),
    ] {
        let peer = Peer::start(|n, _| match n {
            0 => Say::Nothing,
            1 => members(r#""U1""#),
            _ => json(INFO),
        });
        let (client, _) = client(&peer.base());
        let mut arguments = arguments("U1,U2", false);
        arguments.set("force", force.clone());
        client.perform("conversations.invite", &arguments).await;
        assert!(
            peer.calls()[2].contains(again),
            "{force}: {:?}",
            peer.calls()
        );
    }
}
