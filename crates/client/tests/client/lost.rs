//! An invitation whose answer was lost: the channel is asked who is in.

use crate::{
    client,
    peer::{Peer, Say, answer, json},
};
use guestlist_client::{Arguments, Failure, Then, Why};

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
    for lost in 0..3 {
        let peer = Peer::start(move |_, request| {
            if request.contains("conversations.members") {
                members(r#""U0","U1","U2""#)
            } else if request.contains("conversations.info") {
                json(INFO)
            } else {
                match lost {
                    0 => Say::Nothing,
                    1 => Say::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"ok".into()),
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
