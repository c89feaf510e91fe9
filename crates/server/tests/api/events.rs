//! Events over HTTP: what apps are sent, in which order, and what happens when they fail.

mod attempts;
mod authorizations;
mod away;
mod connect;
mod nodes;
mod receiver;
mod shapes;
mod socket;
mod subscribe;
mod tls;

use crate::app::{App, CONTROL_TOKEN};
use guestlist_domain::Timestamp;
use guestlist_server::{RateLimits, Settings};
use guestlist_store::Clock;
pub(crate) use receiver::{Got, Receiver, Reply};
use serde_json::{Value, json};
pub(crate) use socket::Client;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const BOT: &str = "xoxb-sample-greeter";
const ADA: &str = "xoxp-sample-ada";
const SECRET: &str = "5a3c1e0b9f7d42688c0e6a1b3d5f7a90";
const NOON: Timestamp = Timestamp(1_700_000_000_000_000);

/// The sample world, whose app is subscribed to `events` at `url`.
pub(crate) fn world(events: &str, delivery: &str) -> String {
    let scopes = "scopes: [channels:history, ";
    guestlist_store::world::SAMPLE
        .replace(scopes, "scopes: [app_mentions:read, chat:write.customize, usergroups:read, usergroups:write, channels:history, ")
        .replace(
            "        client_id: \"1000000000.1\"",
            &format!(
                "        events: {{{delivery}, subscribe: [{events}]}}\n        client_id: \"1000000000.1\""
            ),
        )
}

/// A server with a clock that stands, whose app gets these events at `receiver`.
async fn app(receiver: &Receiver, events: &str) -> (App, Clock) {
    let clock = Clock::standing(NOON);
    let yaml = world(events, &format!("request_url: \"{}\"", receiver.url()));
    let app = App::with_clock(&yaml, settings(), clock.clone()).await;
    (app, clock)
}

pub(crate) fn settings() -> Settings {
    Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    }
}

pub(crate) async fn control(app: &App, verb: &str, path: &str, body: Value) -> (u16, Value) {
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let headers = [("Authorization", bearer.as_str())];
    let path = format!("/control/v1{path}");
    let answer = app.send(verb, &path, &headers, body.as_bytes()).await;
    (answer.status, answer.json())
}

/// Waits until a question to the control interface has so many deliveries for an answer.
pub(crate) async fn deliveries(app: &App, query: &str, count: usize) -> Vec<Value> {
    let path = format!("/deliveries?{query}&at_least={count}&wait_seconds=30");
    let (status, found) = control(app, "GET", &path, Value::Null).await;
    assert_eq!(status, 200, "{found}");
    let found = found["deliveries"].as_array().unwrap().clone();
    assert_eq!(found.len(), count, "{query}: {found:#?}");
    found
}

async fn invite(app: &App, channel: &str, users: &str) {
    app.ok(
        "conversations.invite",
        BOT,
        &[("channel", channel), ("users", users)],
    )
    .await;
}

#[tokio::test]
async fn an_invitation_reaches_the_app_whole_and_signed() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel, message.channels").await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    let got = receiver.take(2).await;
    let body: Value = serde_json::from_str(&got[0].body).unwrap();
    let ts = format!("{}.000000", NOON.seconds());
    assert_eq!(
        body,
        json!({
            "token": body["token"],
            "team_id": "T0ACME",
            "context_team_id": "T0ACME",
            "context_enterprise_id": null,
            "api_app_id": "A0GREET",
            "event": {
                "type": "member_joined_channel",
                "user": "U0BEN",
                "channel": "C0WELCOME",
                "channel_type": "C",
                "team": "T0ACME",
                "inviter": "U0GREET",
                "event_ts": ts,
            },
            "type": "event_callback",
            "event_id": body["event_id"],
            "event_time": NOON.seconds(),
            "authorizations": [{
                "enterprise_id": null,
                "team_id": "T0ACME",
                "user_id": "U0GREET",
                "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false,
            "event_context": body["event_context"],
        })
    );
    let message: Value = serde_json::from_str(&got[1].body).unwrap();
    assert_eq!(
        message["event"],
        json!({
            "type": "message",
            "subtype": "channel_join",
            "ts": ts,
            "user": "U0BEN",
            "text": "<@U0BEN> has joined the channel",
            "inviter": "U0GREET",
            "channel": "C0WELCOME",
            "event_ts": ts,
            "channel_type": "channel",
        })
    );
    for one in &got {
        assert_eq!(one.headers["content-type"], "application/json");
        assert_eq!(
            one.headers["x-slack-request-timestamp"],
            NOON.seconds().to_string()
        );
        assert_eq!(one.headers["x-slack-signature"], one.signed_with(SECRET));
        assert!(!one.headers.contains_key("x-slack-retry-num"));
    }
    let id = body["event_id"].as_str().unwrap();
    assert!(id.starts_with("Ev") && id.len() == 14, "{id}");
    assert_ne!(body["event_id"], message["event_id"]);
}

#[tokio::test]
async fn signatures_go_by_the_machines_clock_however_the_worlds_is_moved() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel").await;
    for (moved, user) in [(3600, "U0BEN"), (-86_400, "U0DANA")] {
        let body = json!({"advance_seconds": moved});
        let (status, _) = control(&app, "POST", "/clock", body).await;
        assert_eq!(status, 200);
        invite(&app, "C0WELCOME", user).await;
        let one = receiver.take(1).await.remove(0);
        let time = &one.headers["x-slack-request-timestamp"];
        assert_eq!(*time, NOON.seconds().to_string());
        assert_eq!(one.headers["x-slack-signature"], one.signed_with(SECRET));
        let body: Value = serde_json::from_str(&one.body).unwrap();
        assert_ne!(body["event_time"], NOON.seconds());
    }
}

#[tokio::test]
async fn who_sees_nothing_is_told_nothing() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel, channel_rename").await;
    let ada = |channel: &'static str, user: &'static str| [("channel", channel), ("users", user)];
    // The bot is not in #random; Ada's token hears for the app there, and it is told once.
    app.ok("conversations.invite", ADA, &ada("C0RANDOM", "U0EMIL"))
        .await;
    // Both are in #ops: told once, through the bot.
    app.ok("conversations.invite", ADA, &ada("C0OPS", "U0BEN"))
        .await;
    // Nobody of the app is here any more, though the channel is public.
    for token in [ADA, BOT] {
        app.ok("conversations.leave", token, &[("channel", "C0WELCOME")])
            .await;
    }
    let made = app
        .ok("conversations.create", ADA, &[("name", "made-by-ada")])
        .await;
    let id = made["channel"]["id"].as_str().unwrap();
    app.ok(
        "conversations.rename",
        ADA,
        &[("channel", id), ("name", "renamed")],
    )
    .await;
    let got = receiver.take(4).await;
    let mut told: Vec<_> = got
        .iter()
        .map(|one| {
            let body: Value = serde_json::from_str(&one.body).unwrap();
            let through = body["authorizations"][0]["user_id"].clone();
            (
                body["event"]["type"].clone(),
                body["event"]["user"].clone(),
                through,
            )
        })
        .collect();
    told.sort_by_key(|one| format!("{one:?}"));
    let joined = "member_joined_channel";
    assert_eq!(
        told,
        [
            (json!("channel_rename"), json!(null), json!("U0GREET")),
            (json!(joined), json!("U0ADA"), json!("U0ADA")),
            (json!(joined), json!("U0BEN"), json!("U0GREET")),
            (json!(joined), json!("U0EMIL"), json!("U0ADA")),
        ]
    );
}

/// Waits until a delivery was tried so often and waits for the next time.
pub(crate) async fn waits(app: &App, attempts: u64) -> Value {
    loop {
        let path = "/deliveries?state=waiting";
        let (_, found) = control(app, "GET", path, Value::Null).await;
        let found = found["deliveries"].as_array().unwrap();
        if let Some(one) = found.iter().find(|one| one["attempts"] == attempts) {
            return one.clone();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn after_a_restart_nothing_is_lost_and_ids_are_the_same() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel").await;
    receiver.reply("U0BEN", Reply::never());
    invite(&app, "C0WELCOME", "U0BEN").await;
    let before = receiver.take(1).await;
    let (status, _) = control(&app, "POST", "/deliveries/pause", json!({"app": "A0GREET"})).await;
    assert_eq!(status, 200);
    invite(&app, "C0OPS", "U0DANA").await;
    deliveries(&app, "state=waiting", 2).await;
    let app = app.restarted(settings(), Clock::standing(NOON)).await;
    receiver.reply("U0BEN", Reply::status(200));
    receiver.expect_none().await;
    let (status, _) = control(
        &app,
        "POST",
        "/deliveries/resume",
        json!({"app": "A0GREET"}),
    )
    .await;
    assert_eq!(status, 200);
    let after = receiver.take(2).await;
    assert!(after.iter().any(|one| one.body == before[0].body));
    assert!(after.iter().any(|one| one.user() == "U0DANA"));
    deliveries(&app, "state=delivered", 2).await;
}

#[tokio::test]
async fn the_last_token_that_an_operator_revokes_is_told() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "tokens_revoked").await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let ask = json!({"user": "U0MIA", "app": "A0GREET", "scopes": ["channels:read"]});
        let (status, token) = control(&app, "POST", "/tokens", ask).await;
        assert_eq!(status, 201, "{token}");
        made.push(token["token"].clone());
    }
    for token in &made {
        let (status, _) = control(&app, "POST", "/tokens/revoke", json!({"token": token})).await;
        assert_eq!(status, 200);
    }
    let told: Value = serde_json::from_str(&receiver.take(1).await[0].body).unwrap();
    let tokens = json!({"oauth": ["U0MIA"], "bot": []});
    assert_eq!(told["event"]["tokens"], tokens);
    deliveries(&app, "type=tokens_revoked", 1).await;
}

#[tokio::test]
async fn revoked_tokens_are_told_and_hear_no_more() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "tokens_revoked, member_joined_channel").await;
    app.ok("auth.revoke", BOT, &[]).await;
    let ada = [("channel", "C0OPS"), ("users", "U0BEN")];
    app.ok("conversations.invite", ADA, &ada).await;
    let got = receiver.take(2).await;
    let told: Vec<Value> = got
        .iter()
        .map(|one| serde_json::from_str(&one.body).unwrap())
        .collect();
    let revoked = told
        .iter()
        .find(|b| b["event"]["type"] == "tokens_revoked")
        .unwrap();
    assert_eq!(
        revoked["event"]["tokens"],
        json!({"oauth": [], "bot": ["U0GREET"]})
    );
    let joined = told.iter().find(|b| b["event"]["user"] == "U0BEN").unwrap();
    assert_eq!(joined["authorizations"][0]["user_id"], "U0ADA");
    assert_eq!(joined["authorizations"][0]["is_bot"], false);
}

/// A newcomer whose event is not taken keeps no other waiting, though all belong to no conversation.
#[tokio::test]
async fn newcomers_do_not_wait_for_each_other() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "team_join, user_change").await;
    let come = async |name: &str| {
        let ask =
            json!({"workspace": "T0ACME", "name": name, "email": format!("{name}@acme.test")});
        let (status, user) = control(&app, "POST", "/users", ask).await;
        assert_eq!(status, 201, "{user}");
        user["user"].clone()
    };
    // Until the app has acknowledged something everything waits for everything.
    come("nell").await;
    receiver.take(1).await;
    deliveries(&app, "state=delivered", 1).await;
    receiver.reply("event_callback", Reply::never());
    let made = [come("nia").await, come("noa").await, come("nils").await];
    let mut made = made.to_vec();
    let told = receiver.take(3).await;
    let mut told: Vec<Value> = told
        .iter()
        .map(|one| one.event()["user"]["id"].clone())
        .collect();
    told.sort_by_key(Value::to_string);
    made.sort_by_key(Value::to_string);
    assert_eq!(told, made);
    deliveries(&app, "type=team_join&state=waiting", 3).await;
}

/// A server that stops waits for the connections of its clients, so ours are not kept for long.
#[tokio::test]
async fn a_connection_to_an_app_is_not_kept_for_long() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let yaml = world("member_joined_channel", &format!("request_url: \"{url}\""));
    let app = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut read = vec![0; 64 << 10];
    assert!(connection.read(&mut read).await.unwrap() > 0);
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    connection.write_all(answer).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(10), connection.read(&mut read)).await;
    assert_eq!(end.expect("it is closed soon").unwrap(), 0);
}
