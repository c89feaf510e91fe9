//! Apps at `https://` URLs.

use super::{NOON, Receiver, Reply, SECRET, control, deliveries, invite, settings, waits, world};
use crate::{
    app::App,
    certificates::{CA, ELSEWHERE, EXPIRED, SERVER, demands, shows},
};
use guestlist_domain::Timestamp;
use guestlist_server::{Authorities, Settings};
use guestlist_store::Clock;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpSocket},
};

fn trusting(authorities: &[u8]) -> Settings {
    Settings {
        app_authorities: Authorities::read(authorities).unwrap(),
        ..settings()
    }
}

/// A server that trusts whom `settings` say, with an app at `url`.
async fn app(url: &str, settings: Settings) -> (App, Clock) {
    let clock = Clock::standing(NOON);
    let delivery = format!("request_url: \"{url}\"");
    let yaml = world("member_joined_channel", &delivery);
    let app = App::embedded(&yaml, settings, clock.clone()).await;
    (app, clock)
}

#[tokio::test]
async fn an_app_whose_certificate_is_good_is_told_over_connections_that_are_kept() {
    let receiver = Receiver::secure(shows(SERVER)).await;
    let (app, _) = app(&receiver.url(), trusting(CA)).await;
    let users = ["U0BEN", "U0DANA", "U0EMIL", "U0MIA"];
    for (before, user) in users.into_iter().enumerate() {
        invite(&app, "C0WELCOME", user).await;
        let got = receiver.take(1).await.remove(0);
        let agreed = got.tls.as_ref().unwrap();
        assert_eq!(agreed.name.as_deref(), Some("localhost"));
        assert_eq!(agreed.protocol.as_deref(), Some(&b"http/1.1"[..]));
        assert_eq!(got.user(), user);
        assert_eq!(got.headers["x-slack-signature"], got.signed_with(SECRET));
        deliveries(&app, "state=delivered", before + 1).await;
    }
    let connections = receiver.connections.load(Ordering::Relaxed);
    assert!(connections < users.len(), "{connections}");
}

#[tokio::test]
async fn an_app_that_is_not_trusted_is_told_once_it_is() {
    let receiver = Receiver::secure(shows(SERVER)).await;
    let (app, clock) = app(&receiver.url(), settings()).await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    assert_eq!(waits(&app, 2).await["reason"], "ssl_error");
    clock.advance(60_000_000);
    assert_eq!(waits(&app, 3).await["reason"], "ssl_error");
    receiver.expect_none().await;

    let later = Clock::standing(Timestamp(NOON.0 + 360_000_000));
    let app = app.restarted(trusting(CA), later).await;
    let got = receiver.take(1).await.remove(0);
    assert_eq!(got.headers["x-slack-retry-num"], "3");
    assert_eq!(got.headers["x-slack-retry-reason"], "ssl_error");
    deliveries(&app, "state=delivered", 1).await;
}

#[tokio::test]
async fn an_app_that_cannot_show_who_it_is_is_told_nothing() {
    for (shown, trusted) in [
        (shows(EXPIRED), EXPIRED),
        (shows(ELSEWHERE), ELSEWHERE),
        (demands(SERVER, CA), CA),
    ] {
        let receiver = Receiver::secure(shown).await;
        let (app, _) = app(&receiver.url(), trusting(trusted)).await;
        invite(&app, "C0WELCOME", "U0BEN").await;
        assert_eq!(waits(&app, 2).await["reason"], "ssl_error");
        receiver.expect_none().await;
    }
}

#[tokio::test]
async fn nobody_on_the_way_is_shown_what_was_sent_over_tls() {
    let (receiver, plain) = (Receiver::secure(shows(SERVER)).await, Receiver::new().await);
    let (app, _) = app(&receiver.url(), trusting(CA)).await;
    let to = format!("Location: {}", plain.url());
    receiver.reply("/slack/events", Reply::status(302).header(&to));
    invite(&app, "C0WELCOME", "U0BEN").await;
    let waiting = waits(&app, 2).await;
    assert_eq!(
        (&waiting["reason"], &waiting["status"]),
        (&json!("http_error"), &json!(302))
    );
    plain.expect_none().await;
}

#[tokio::test]
async fn what_speaks_no_tls_is_told_apart_from_nobody() {
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Bound, so that nobody else is given the port, and not listening.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let ports = [plain.local_addr(), nobody.local_addr()].map(|address| address.unwrap().port());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = plain.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    for (port, reason) in ports.into_iter().zip(["ssl_error", "connection_failed"]) {
        let (app, _) = app(&format!("https://localhost:{port}/"), trusting(CA)).await;
        invite(&app, "C0WELCOME", "U0BEN").await;
        assert_eq!(waits(&app, 2).await["reason"], reason);
    }
}

#[tokio::test]
async fn a_handshake_has_its_part_of_the_three_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (app, clock) = app(&format!("https://localhost:{port}/"), trusting(CA)).await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    let first = listener.accept().await.unwrap();
    clock.advance(3_000_000);
    let second = listener.accept().await.unwrap();
    clock.advance(3_000_000);
    assert_eq!(waits(&app, 2).await["reason"], "http_timeout");
    drop((first, second));
}

#[tokio::test]
async fn redirects_lead_to_tls_and_to_other_hosts() {
    let (plain, secure) = (Receiver::new().await, Receiver::secure(shows(SERVER)).await);
    let other = Receiver::secure(shows(SERVER)).await;
    let (app, _) = app(&plain.url(), trusting(CA)).await;
    let to = |url: String| Reply::status(302).header(&format!("Location: {url}"));
    plain.reply("/slack/events", to(format!("{}/there", secure.base())));
    secure.reply("/there", to(format!("{}/on", other.base())));
    invite(&app, "C0WELCOME", "U0BEN").await;
    assert_eq!(plain.take(1).await[0].path, "/slack/events");
    assert_eq!(secure.take(1).await[0].path, "/there");
    assert_eq!(other.take(1).await[0].path, "/on");
    deliveries(&app, "state=delivered", 1).await;

    other.reply("/on", to(format!("{}/again", secure.base())));
    invite(&app, "C0OPS", "U0BEN").await;
    assert_eq!(waits(&app, 2).await["reason"], "too_many_redirects");
}

#[tokio::test]
async fn a_url_answers_the_challenge_with_tls() {
    let receiver = Receiver::secure(shows(SERVER)).await;
    receiver.reply("url_verification", Reply::challenge());
    let path = "/apps/A0GREET/events";
    let ask = json!({"request_url": receiver.url(), "subscribe": ["member_joined_channel"]});
    let sample = guestlist_store::world::SAMPLE;

    let app = App::embedded(sample, settings(), Clock::default()).await;
    let (status, refused) = control(&app, "POST", path, ask.clone()).await;
    assert_eq!(
        (status, &refused["error"]),
        (422, &json!("url_not_verified"))
    );
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(message.contains("ssl_error: "), "{refused}");
    assert!(message.contains("UnknownIssuer"), "{refused}");
    receiver.expect_none().await;

    let app = App::embedded(sample, trusting(CA), Clock::default()).await;
    let (status, set) = control(&app, "POST", path, ask).await;
    assert_eq!(
        (status, &set["events"]["request_url"]),
        (200, &json!(receiver.url()))
    );
    assert!(receiver.take(1).await[0].tls.is_some());
    invite(&app, "C0WELCOME", "U0BEN").await;
    let told: Value = serde_json::from_str(&receiver.take(1).await[0].body).unwrap();
    assert_eq!(told["event"]["user"], "U0BEN");
}
