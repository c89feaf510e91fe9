//! Events over HTTP: what apps are sent, in which order, and what happens when they fail.

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
        .replace(scopes, "scopes: [app_mentions:read, usergroups:read, usergroups:write, channels:history, ")
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

#[tokio::test]
async fn what_fails_is_tried_at_once_after_a_minute_and_after_five() {
    let receiver = Receiver::new().await;
    let (app, clock) = app(&receiver, "member_joined_channel").await;
    receiver.reply("U0BEN", Reply::status(500));
    invite(&app, "C0WELCOME", "U0BEN").await;
    // Behind it in its lane; and one in another lane, which does not wait.
    invite(&app, "C0WELCOME", "U0DANA").await;
    invite(&app, "C0OPS", "U0EMIL").await;
    let mut got = receiver.take(3).await;
    got.sort_by_key(|one| one.user());
    let users: Vec<_> = got.iter().map(|one| one.user()).collect();
    assert_eq!(users, ["U0BEN", "U0BEN", "U0EMIL"]);
    assert_eq!(
        got[0].body, got[1].body,
        "each attempt is the same, byte for byte"
    );
    let retry = got
        .iter()
        .find(|one| one.headers.contains_key("x-slack-retry-num"));
    let headers = &retry.unwrap().headers;
    assert_eq!(headers["x-slack-retry-num"], "1");
    assert_eq!(headers["x-slack-retry-reason"], "http_error");
    deliveries(&app, "type=member_joined_channel&state=delivered", 1).await;
    for (number, seconds) in [("2", 60), ("3", 300)] {
        waits(&app, number.parse::<u64>().unwrap()).await;
        clock.advance((seconds - 1) * 1_000_000);
        receiver.expect_none().await;
        clock.advance(1_000_000);
        let got = receiver.take(1).await;
        assert_eq!(got[0].headers["x-slack-retry-num"], number);
        assert_eq!(
            got[0].headers["x-slack-signature"],
            got[0].signed_with(SECRET)
        );
    }
    // It is given up, and what was behind it follows.
    assert_eq!(receiver.take(1).await[0].user(), "U0DANA");
    let failed = deliveries(&app, "state=failed", 1).await;
    assert_eq!(failed[0]["attempts"], 4);
    assert_eq!(failed[0]["reason"], "http_error");
    assert_eq!(failed[0]["status"], 500);
    let delivered = deliveries(&app, "state=delivered", 2).await;
    let id = failed[0]["event_id"].clone();
    assert!(delivered.iter().all(|one| one["event_id"] != id));

    // A tester may have it once more, by its id or with whatever else failed.
    receiver.reply("U0BEN", Reply::status(200));
    for ask in [
        json!({"app": "A0GREET", "state": "failed"}),
        json!({"event_id": id}),
    ] {
        let (status, done) = control(&app, "POST", "/deliveries/redeliver", ask).await;
        assert_eq!((status, &done["redelivered"]), (200, &json!(1)), "{done}");
        assert_eq!(receiver.take(1).await[0].user(), "U0BEN");
        deliveries(&app, "state=delivered", 3).await;
    }
    for (ask, status, code) in [
        (json!({}), 422, "invalid_request"),
        (json!({"app": "A0GREET"}), 422, "invalid_request"),
        (json!({"state": "failed"}), 422, "invalid_request"),
        (
            json!({"app": "A0GREET", "state": "lost"}),
            422,
            "invalid_state",
        ),
        (
            json!({"app": "A0NONE", "state": "failed"}),
            404,
            "app_not_found",
        ),
        (
            json!({"app": "A0GREET", "state": "failed"}),
            404,
            "delivery_not_found",
        ),
    ] {
        let (got, problem) = control(&app, "POST", "/deliveries/redeliver", ask).await;
        assert_eq!(
            (got, &problem["error"]),
            (status, &json!(code)),
            "{problem}"
        );
    }
    let (status, problem) = control(&app, "GET", "/deliveries?app=A0NONE", Value::Null).await;
    assert_eq!((status, &problem["error"]), (404, &json!("app_not_found")));
}

#[tokio::test]
async fn what_comes_after_an_answer_is_all_that_its_since_finds() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel").await;
    let find = async |query: &str| {
        let path = format!("/deliveries?{query}");
        let (status, found) = control(&app, "GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{found}");
        let number = found["deliveries"].as_array().unwrap().len();
        (number, found["since"].as_i64().unwrap())
    };
    assert_eq!(find("limit=0&at_least=0").await, (0, 0));
    for (channel, user) in [("C0WELCOME", "U0BEN"), ("C0OPS", "U0DANA")] {
        invite(&app, channel, user).await;
        receiver.take(1).await;
    }
    deliveries(&app, "state=delivered", 2).await;
    let (_, newest) = find("").await;
    for (query, number) in [
        ("limit=0&at_least=0", 0),
        ("limit=1", 1),
        ("state=failed", 0),
        ("channel=C0WELCOME", 1),
    ] {
        assert_eq!(find(query).await, (number, newest), "{query}");
    }
    assert_eq!(find(&format!("since={newest}")).await, (0, newest));
    // Page by page everything is found.
    let (number, first) = find("since=0&limit=1").await;
    assert!(number == 1 && first < newest, "{first}");
    assert_eq!(find(&format!("since={first}")).await, (1, newest));
    invite(&app, "C0OPS", "U0EMIL").await;
    let query = format!("since={newest}&state=delivered&wait_seconds=30");
    assert_eq!(find(&query).await.0, 1);
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
async fn an_app_can_decline_further_attempts() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel").await;
    receiver.reply("U0BEN", Reply::status(404).header("X-Slack-No-Retry: 1"));
    invite(&app, "C0WELCOME", "U0BEN,U0DANA").await;
    let users: Vec<_> = receiver
        .take(2)
        .await
        .iter()
        .map(|one| one.user())
        .collect();
    assert_eq!(users, ["U0BEN", "U0DANA"]);
    let failed = deliveries(&app, "state=failed", 1).await;
    assert_eq!(failed[0]["attempts"], 1);
}

#[tokio::test]
async fn two_redirects_are_followed_and_a_third_is_not() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel").await;
    receiver.reply(
        "/slack/events",
        Reply::status(302).header("Location: /once"),
    );
    receiver.reply(
        "/once",
        Reply::status(301).header(&format!("Location: {}/twice", receiver.base())),
    );
    invite(&app, "C0WELCOME", "U0BEN").await;
    let paths: Vec<_> = receiver
        .take(3)
        .await
        .iter()
        .map(|one| one.path.clone())
        .collect();
    assert_eq!(paths, ["/slack/events", "/once", "/twice"]);
    deliveries(&app, "state=delivered", 1).await;

    receiver.reply("/twice", Reply::status(302).header("Location: /thrice"));
    invite(&app, "C0OPS", "U0BEN").await;
    let paths: Vec<_> = receiver
        .take(6)
        .await
        .iter()
        .map(|one| one.path.clone())
        .collect();
    assert_eq!(paths.last().unwrap(), "/twice");
    assert_eq!(waits(&app, 2).await["reason"], "too_many_redirects");
}

#[tokio::test]
async fn an_app_has_three_seconds_and_its_slowness_is_its_own() {
    let receiver = Receiver::new().await;
    let (app, clock) = app(&receiver, "member_joined_channel").await;
    receiver.reply("U0BEN", Reply::never());
    // Until it has acknowledged something it gets one event at a time.
    invite(&app, "C0OPS", "U0MIA").await;
    deliveries(&app, "state=delivered", 1).await;
    receiver.take(1).await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    assert_eq!(receiver.take(1).await[0].user(), "U0BEN");
    // Another conversation's event does not wait for it.
    invite(&app, "C0OPS", "U0DANA").await;
    assert_eq!(receiver.take(1).await[0].user(), "U0DANA");
    receiver.reply("U0BEN", Reply::status(200));
    clock.advance(3_000_000);
    let again = receiver.take(1).await;
    assert_eq!(again[0].headers["x-slack-retry-reason"], "http_timeout");
    deliveries(&app, "state=delivered", 3).await;
}

#[tokio::test]
async fn a_dead_app_holds_up_no_other() {
    let (dead, alive) = (Receiver::new().await, Receiver::new().await);
    let subscribed = |receiver: &Receiver| {
        format!(
            "events: {{request_url: \"{}\", subscribe: [member_joined_channel]}}",
            receiver.url()
        )
    };
    // Another app of the same workspace, whose bot is in the channel, too.
    let yaml = guestlist_store::world::SAMPLE
        .replace(
            "        client_id: \"1000000000.1\"",
            &format!("        {}\n        client_id: \"1000000000.1\"", subscribed(&dead)),
        )
        .replacen(
            "    apps:\n",
            &format!(
                "    apps:\n      - {{id: A0OTHER, name: other, bot_user: {{id: U0OTHER}}, {}}}\n",
                subscribed(&alive)
            ),
            1,
        )
        .replacen(
            "    tokens:\n",
            "    tokens:\n      - {token: xoxb-other, app: A0OTHER, scopes: [channels:join, channels:read]}\n",
            1,
        );
    let app = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    dead.reply("event_callback", Reply::never());
    app.ok(
        "conversations.join",
        "xoxb-other",
        &[("channel", "C0WELCOME")],
    )
    .await;
    for user in ["U0BEN", "U0DANA", "U0EMIL"] {
        invite(&app, "C0WELCOME", user).await;
    }
    let users: Vec<_> = alive.take(4).await.iter().map(|one| one.user()).collect();
    assert_eq!(users, ["U0OTHER", "U0BEN", "U0DANA", "U0EMIL"]);
    deliveries(&app, "app=A0OTHER&state=delivered", 4).await;
    assert_eq!(dead.take(1).await[0].user(), "U0OTHER");
    deliveries(&app, "app=A0GREET&state=waiting", 4).await;
}

#[tokio::test]
async fn however_many_apps_hang_one_that_answers_is_told_at_once() {
    let (dead, alive) = (Receiver::new().await, Receiver::new().await);
    // More than attempts can be under way.
    let numbers = 0..600;
    let each = |line: &dyn Fn(usize) -> String| numbers.clone().map(line).collect::<String>();
    let app = |id: &str, receiver: &Receiver| {
        format!(
            "      - {{id: A0{id}, name: {}, bot_user: {{id: U0{id}}}, events: {{request_url: \"{}\", subscribe: [member_joined_channel]}}}}\n",
            id.to_lowercase(),
            receiver.url(),
        )
    };
    let token =
        |id: &str| format!("      - {{token: xoxb-{id}, app: A0{id}, scopes: [channels:read]}}\n");
    let bots = each(&|i| format!(", U0DEAD{i}"));
    let apps = each(&|i| app(&format!("DEAD{i}"), &dead));
    let tokens = each(&|i| token(&format!("DEAD{i}")));
    let yaml = format!(
        "version: 1
workspaces:
  - id: T0MANY
    name: Many
    domain: many
    users:
      - {{id: U0ADA, name: ada, role: primary_owner}}
      - {{id: U0BEN, name: ben}}
      - {{id: U0DANA, name: dana}}
    channels:
      - {{id: C0DEAD, name: dead, members: [U0ADA{bots}]}}
      - {{id: C0ALIVE, name: alive, members: [U0ADA, U0ALIVE]}}
    apps:
{apps}{}    tokens:
{tokens}{}      - {{token: xoxp-ada, user: U0ADA, scopes: [channels:write]}}
",
        app("ALIVE", &alive),
        token("ALIVE"),
    );
    let app = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    dead.reply("event_callback", Reply::never());
    let invite = async |channel: &str, user: &str| {
        let ask = [("channel", channel), ("users", user)];
        app.ok("conversations.invite", "xoxp-ada", &ask).await;
    };
    invite("C0ALIVE", "U0BEN").await;
    assert_eq!(alive.take(1).await[0].user(), "U0BEN");
    deliveries(&app, "state=delivered", 1).await;
    invite("C0DEAD", "U0BEN").await;
    dead.take(384).await;
    invite("C0ALIVE", "U0DANA").await;
    assert_eq!(alive.take(1).await[0].user(), "U0DANA");
    dead.expect_none().await;
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
