//! What is repeated, when, and what is not.

use crate::{
    built, client,
    peer::{Peer, Say, answer, json},
};
use guestlist_client::{Arguments, Client, Failure, Policy, Then, Why};
use std::{net::TcpListener, time::Duration};

const OK: &str = r#"{"ok":true}"#;
const RATE_LIMITED: &str = r#"{"ok":false,"error":"ratelimited"}"#;

fn seconds(durations: &[Duration]) -> Vec<u64> {
    durations.iter().map(Duration::as_secs).collect()
}

#[tokio::test]
async fn a_call_that_came_too_soon_waits_as_long_as_told() {
    // With the header, without, and with one that cannot be read: tier 1 to 20 calls a minute.
    for (method, header, waits) in [
        ("conversations.invite", "retry-after: 7\r\n", 7),
        ("users.list", "", 3),
        ("users.list", "retry-after: tomorrow\r\n", 3),
    ] {
        let peer = Peer::start(move |n, _| match n {
            0 => answer("429 Too Many Requests", header, RATE_LIMITED),
            _ => json(OK),
        });
        let (client, skip) = client(&peer.base());
        let account = client.perform(method, &Arguments::new()).await;
        assert!(account.end.is_ok(), "{account:?}");
        assert_eq!(seconds(&skip.waited()), [waits], "{method} {header}");
        let statuses: Vec<_> = account.exchanges().map(|e| e.status.as_u16()).collect();
        assert_eq!(statuses, [429, 200], "each exchange is told, in order");
        assert!(matches!(
            account.attempts[0].then,
            Then::Again(_, Why::RateLimited)
        ));
    }
}

#[tokio::test]
async fn a_call_that_came_too_soon_waits_whatever_its_body_is() {
    for bad in [
        "content-length: 3\r\ncontent-encoding: br\r\n\r\nabc",
        "content-length: 99\r\n\r\n<html>",
    ] {
        let head = format!("HTTP/1.1 429 Slow\r\nconnection: close\r\nretry-after: 7\r\n{bad}");
        let peer = Peer::start(move |n, _| match n {
            0 => Say::Last(head.clone().into()),
            _ => json(OK),
        });
        let (client, skip) = client(&peer.base());
        let account = client
            .perform("conversations.create", &Arguments::new())
            .await;
        assert!(account.end.is_ok(), "{account:?}");
        assert_eq!(seconds(&skip.waited()), [7]);
        assert!(!account.attempts[0].is_uncertain());
    }
}

#[tokio::test]
async fn a_time_without_end_is_one() {
    let peer = Peer::start(|_, _| json(OK));
    let policy = Policy {
        tries: 1,
        total: Duration::MAX,
    };
    let (client, _) = built(Client::builder(&peer.base()).policy(policy));
    let account = client.perform("api.test", &Arguments::new()).await;
    assert!(account.end.is_ok(), "{account:?}");
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_waited() {
    let peer = Peer::start(|_, _| answer("429 Slow Down", "retry-after: 31\r\n", "no json"));
    let (client, skip) = client(&peer.base());
    let account = client
        .perform("conversations.invite", &Arguments::new())
        .await;
    let failure = account.end.unwrap_err();
    assert!(
        matches!(failure, Failure::RateLimited { wait, tries: None } if wait.as_secs() == 31),
        "{failure:?}"
    );
    assert_eq!(account.attempts[0].then, Then::GaveUp(Why::Time));
    assert!(skip.waited().is_empty());
    assert_eq!(peer.calls().len(), 1);
}

#[tokio::test]
async fn tries_have_an_end() {
    let peer = Peer::start(|_, _| answer("429 Slow", "retry-after: 0\r\n", RATE_LIMITED));
    let policy = Policy {
        tries: 3,
        total: Duration::from_secs(3600),
    };
    let (client, _) = built(Client::builder(&peer.base()).policy(policy));
    let account = client.perform("users.list", &Arguments::new()).await;
    let failure = account.end.unwrap_err();
    assert!(
        matches!(failure, Failure::RateLimited { tries: Some(3), .. }),
        "{failure:?}"
    );
    assert_eq!(
        failure.to_string(),
        "called too often: the next call may come in 0 s, and this one was tried 3 times, as often as it may"
    );
    assert_eq!(peer.calls().len(), 3);
    assert_eq!(account.attempts[2].then, Then::GaveUp(Why::Tries));
}

#[tokio::test]
async fn what_was_never_sent_is_sent_again() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (client, skip) = client(&format!("http://{gone}"));
    let account = client
        .perform("conversations.create", &Arguments::new())
        .await;
    let failure = account.end.unwrap_err();
    assert!(
        matches!(failure, Failure::Unreachable { .. }) && failure.nothing_sent(),
        "{failure:?}"
    );
    assert_eq!(failure.to_string(), format!("{gone} cannot be reached"));
    let waited = skip.waited();
    assert_eq!(waited.len(), 4, "five attempts");
    assert!(
        waited.is_sorted_by(|a, b| a.mul_f64(1.3) < *b),
        "longer each time: {waited:?}"
    );
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_left_alone() {
    let peer = Peer::start(|_, _| Say::Nothing);
    let (client, _) = client(&peer.base());
    let account = client
        .perform("conversations.create", &Arguments::new())
        .await;
    let failure = account.end.unwrap_err();
    assert!(
        matches!(failure, Failure::Lost(_)) && failure.is_uncertain(),
        "{failure:?}"
    );
    assert_eq!(account.attempts[0].then, Then::GaveUp(Why::NotKnown));
    assert_eq!(peer.calls().len(), 1);
}

#[tokio::test]
async fn a_read_is_repeated_whatever_became_of_it() {
    let peer = Peer::start(|n, _| match n {
        0 => Say::Nothing,
        1 => Say::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n{".into()),
        2 => answer("502 Bad Gateway", "", "<html>"),
        3 => answer(
            "503 Service Unavailable",
            "",
            r#"{"ok":false,"error":"service_unavailable"}"#,
        ),
        _ => json(OK),
    });
    let (client, _) = client(&peer.base());
    let account = client.perform("users.list", &Arguments::new()).await;
    assert!(account.end.is_ok(), "{account:?}");
    let shown: Vec<_> = account.exchanges().map(|e| e.status.as_u16()).collect();
    assert_eq!(shown, [200, 502, 503, 200], "what came, as far as it came");
}

#[tokio::test]
async fn a_gateways_error_is_repeated_as_a_page_is_also_when_it_is_json() {
    let peer = Peer::start(|n, _| match n {
        0 => answer("503 No", "", r#"{"message":"no healthy upstream"}"#),
        1 => answer("502 No", "", r#"{"ok":"false","error":"gone"}"#),
        _ => json(OK),
    });
    let (client, _) = client(&peer.base());
    let account = client.perform("users.list", &Arguments::new()).await;
    assert!(account.end.is_ok(), "{account:?}");
    assert_eq!(peer.calls().len(), 3);

    // Of a write it does not tell whether that was carried out, and it is no refusal.
    let peer = Peer::start(|_, _| answer("504 Late", "", r#"{"message":"timed out"}"#));
    let (client, _) = crate::client(&peer.base());
    let account = client
        .perform("conversations.create", &Arguments::new())
        .await;
    assert!(account.is_uncertain(), "{account:?}");
    assert_eq!(account.answer().unwrap().error(), None);
    assert_eq!(peer.calls().len(), 1);
}

#[tokio::test]
async fn a_service_that_stays_away_has_the_last_word() {
    let away = r#"{"ok":false,"error":"service_unavailable"}"#;
    let peer = Peer::start(move |_, _| answer("503 Service Unavailable", "", away));
    let (client, _) = client(&peer.base());
    let envelope = client
        .raw("conversations.invite", &Arguments::new())
        .await
        .unwrap();
    assert_eq!(envelope.error(), Some("service_unavailable"));
    assert_eq!(peer.calls().len(), 5);
}

#[tokio::test]
async fn paced_calls_stay_within_the_tier() {
    let peer = Peer::start(|_, _| json(OK));
    let (client, skip) = built(Client::builder(&peer.base()).paced());
    for _ in 0..45 {
        client.raw("users.list", &Arguments::new()).await.unwrap();
    }
    client.raw("users.info", &Arguments::new()).await.unwrap();
    assert_eq!(
        seconds(&skip.waited())[..2],
        [60, 60],
        "20 a minute, of each method"
    );
    assert!(skip.waited()[2..].iter().all(|wait| wait.is_zero()));
}
