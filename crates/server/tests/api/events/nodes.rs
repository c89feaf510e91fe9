//! Two nodes on one PostgreSQL database. Without one these tests have nothing to say; the step
//! `postgres` of `cargo xtask test` has one.

use super::{
    ADA, BOT, NOON, control, deliveries, invite,
    receiver::{Receiver, Reply},
    settings,
    socket::{self, Client},
    world,
};
use crate::app::App;
use guestlist_store::Clock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Two nodes whose app gets these events at `receiver`.
async fn two(receiver: &Receiver, events: &str) -> Option<(App, App)> {
    let yaml = world(events, &format!("request_url: \"{}\"", receiver.url()));
    nodes(&yaml, settings).await
}

async fn nodes(
    yaml: &str,
    settings: impl Fn() -> guestlist_server::Settings,
) -> Option<(App, App)> {
    by_clock(yaml, settings, Clock::standing(NOON)).await
}

async fn by_clock(
    yaml: &str,
    settings: impl Fn() -> guestlist_server::Settings,
    clock: Clock,
) -> Option<(App, App)> {
    let one = App::with_clock(yaml, settings(), clock).await;
    let other = one.beside(settings()).await;
    if other.is_none() {
        eprintln!("skipped: no PostgreSQL here");
    }
    Some((one, other?))
}

/// Brings somebody in and out again, so often.
async fn in_and_out(app: &App, channel: &str, user: &str, times: usize) {
    for _ in 0..times {
        let invite = [("channel", channel), ("users", user)];
        app.ok("conversations.invite", ADA, &invite).await;
        let kick = [("channel", channel), ("user", user)];
        app.ok("conversations.kick", ADA, &kick).await;
    }
}

#[tokio::test]
async fn each_event_reaches_an_app_once_and_in_order_whichever_node_was_called() {
    const TIMES: usize = 20;
    let receiver = Receiver::new().await;
    let events = "member_joined_channel, member_left_channel";
    let Some((one, other)) = two(&receiver, events).await else {
        return;
    };
    tokio::join!(
        in_and_out(&one, "C0OPS", "U0BEN", TIMES),
        in_and_out(&other, "C0OPS", "U0DANA", TIMES),
        in_and_out(&other, "C0OPS", "U0EMIL", TIMES),
    );
    let got = receiver.take(6 * TIMES).await;
    let mut ids = BTreeSet::new();
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut times = Vec::new();
    for one in &got {
        let body: Value = serde_json::from_str(&one.body).unwrap();
        assert!(ids.insert(body["event_id"].to_string()), "{body}");
        let event = &body["event"];
        times.push(event["event_ts"].as_str().unwrap().to_owned());
        let told = told.entry(one.user()).or_default();
        told.push(event["type"].as_str().unwrap().to_owned());
    }
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(told.len(), 3);
    for (user, told) in told {
        for pair in told.chunks(2) {
            assert_eq!(
                pair,
                ["member_joined_channel", "member_left_channel"],
                "{user}"
            );
        }
    }
    // Either node tells of all of them, and that they were tried once.
    for node in [&one, &other] {
        let all = deliveries(node, "state=delivered&limit=1000", 6 * TIMES).await;
        assert!(all.iter().all(|one| one["attempts"] == 1));
        assert!(all.is_sorted_by_key(|one| one["id"].as_i64()));
    }
    receiver.expect_none().await;
}

#[tokio::test]
async fn what_a_node_was_at_when_it_died_another_does() {
    let receiver = Receiver::new().await;
    let Some((one, other)) = two(&receiver, "member_joined_channel").await else {
        return;
    };
    other.stop().await;
    receiver.reply("U0BEN", Reply::never());
    invite(&one, "C0WELCOME", "U0BEN").await;
    invite(&one, "C0WELCOME", "U0DANA").await;
    let before = receiver.take(1).await;
    assert_eq!(before[0].user(), "U0BEN");
    let other = one.beside(settings()).await.unwrap();
    one.kill().await;
    receiver.reply("U0BEN", Reply::status(200));
    invite(&other, "C0WELCOME", "U0EMIL").await;
    let after = receiver.take(3).await;
    let users: Vec<_> = after.iter().map(|one| one.user()).collect();
    assert_eq!(users, ["U0BEN", "U0DANA", "U0EMIL"]);
    assert_eq!(after[0].body, before[0].body);
    deliveries(&other, "state=delivered", 3).await;
}

#[tokio::test]
async fn connections_that_are_cut_take_nothing_with_them() {
    let receiver = Receiver::new().await;
    let events = "member_joined_channel, member_left_channel";
    let yaml = world(events, &format!("request_url: \"{}\"", receiver.url()));
    // What fails here is tried again a second later, which has to come.
    let Some((one, other)) = by_clock(&yaml, settings, Clock::default()).await else {
        return;
    };
    let mut expected = 0;
    for _ in 0..3 {
        tokio::join!(
            in_and_out(&one, "C0OPS", "U0BEN", 3),
            in_and_out(&other, "C0OPS", "U0DANA", 3),
        );
        expected += 12;
        one.cut();
        // Each has to notice first.
        for node in [&one, &other] {
            while node.call("auth.test", ADA, &[]).await["ok"] != true {
                tokio::task::yield_now().await;
            }
        }
    }
    for node in [&one, &other] {
        deliveries(node, "state=delivered&limit=1000", expected).await;
    }
    // What was under way when its connection was cut may have come twice.
    let mut times = Vec::new();
    while times.len() < expected {
        for one in receiver.take(1).await {
            let body: Value = serde_json::from_str(&one.body).unwrap();
            let time = body["event"]["event_ts"].as_str().unwrap().to_owned();
            if !times.contains(&time) {
                times.push(time);
            }
        }
    }
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn who_subscribes_on_one_node_is_told_what_another_does_from_then_on() {
    let receiver = Receiver::new().await;
    let Some((one, other)) = nodes(guestlist_store::world::SAMPLE, settings).await else {
        return;
    };
    receiver.reply("url_verification", Reply::challenge());
    for (number, user) in ["U0BEN", "U0DANA", "U0EMIL"].into_iter().enumerate() {
        invite(&other, "C0WELCOME", user).await;
        if number == 0 {
            let path = "/apps/A0GREET/events";
            let ask =
                json!({"request_url": receiver.url(), "subscribe": ["member_joined_channel"]});
            assert_eq!(control(&one, "POST", path, ask).await.0, 200);
            receiver.take(1).await;
        }
    }
    let got = receiver.take(2).await;
    let users: Vec<_> = got.iter().map(|one| one.user()).collect();
    assert_eq!(users, ["U0DANA", "U0EMIL"]);
    // A token that one node revokes hears nothing that the other does.
    one.ok("auth.revoke", BOT, &[]).await;
    let ada = [("channel", "C0OPS"), ("users", "U0BEN")];
    other.ok("conversations.invite", ADA, &ada).await;
    let body: Value = serde_json::from_str(&receiver.take(1).await[0].body).unwrap();
    assert_eq!(body["authorizations"][0]["user_id"], "U0ADA");
}

#[tokio::test]
async fn who_is_connected_to_one_node_hears_of_what_another_does() {
    let Some((one, other)) = nodes(&socket::yaml(), settings).await else {
        return;
    };
    // Nobody is connected: it waits.
    invite(&other, "C0WELCOME", "U0BEN").await;
    deliveries(&other, "state=waiting", 1).await;
    let mut client = Client::new(&one, "").await;
    client.hello().await;
    invite(&other, "C0OPS", "U0DANA").await;
    let mut users = BTreeSet::new();
    for _ in 0..2 {
        let envelope = client.next().await.unwrap();
        assert_eq!(envelope["retry_attempt"], 0);
        users.insert(envelope["payload"]["event"]["user"].to_string());
        client.acknowledge(&envelope).await;
    }
    assert_eq!(users.len(), 2);
    deliveries(&other, "state=delivered", 2).await;
    // It comes back to the other node.
    let mut again = Client::new(&other, "").await;
    again.hello().await;
    one.stop().await;
    invite(&other, "C0OPS", "U0EMIL").await;
    let envelope = again.next().await.unwrap();
    assert_eq!(envelope["payload"]["event"]["user"], "U0EMIL");
    again.acknowledge(&envelope).await;
    deliveries(&other, "state=delivered", 3).await;
}

#[tokio::test]
async fn what_is_paused_on_one_node_waits_on_every_other() {
    let receiver = Receiver::new().await;
    let Some((one, other)) = two(&receiver, "member_joined_channel").await else {
        return;
    };
    let app = json!({"app": "A0GREET"});
    let (status, _) = control(&one, "POST", "/deliveries/pause", app.clone()).await;
    assert_eq!(status, 200);
    invite(&other, "C0WELCOME", "U0BEN").await;
    invite(&one, "C0WELCOME", "U0DANA").await;
    let waiting = deliveries(&other, "state=waiting", 2).await;
    assert!(waiting.iter().all(|one| one["attempts"] == 0));
    receiver.expect_none().await;
    let (_, apps) = control(&other, "GET", "/apps", Value::Null).await;
    assert_eq!(apps["apps"][0]["paused"], true);
    let (status, _) = control(&other, "POST", "/deliveries/resume", app).await;
    assert_eq!(status, 200);
    let got = receiver.take(2).await;
    let users: Vec<_> = got.iter().map(|one| one.user()).collect();
    assert_eq!(users, ["U0BEN", "U0DANA"]);
    // Whoever waits on one node for what the other delivers is told; either sends it once more.
    let delivered = deliveries(&one, "state=delivered", 2).await;
    for node in [&one, &other] {
        let ask = json!({"event_id": delivered[0]["event_id"]});
        let (status, _) = control(node, "POST", "/deliveries/redeliver", ask).await;
        assert_eq!(status, 200);
        assert_eq!(receiver.take(1).await[0].user(), "U0BEN");
        deliveries(node, "state=delivered", 2).await;
    }
}

#[tokio::test]
async fn nodes_share_the_quota_of_an_hour() {
    let receiver = Receiver::new().await;
    let events = "member_joined_channel, member_left_channel";
    let yaml = world(events, &format!("request_url: \"{}\"", receiver.url()));
    let settings = || guestlist_server::Settings {
        // Of 30,000 an hour, three.
        rate_limits: guestlist_server::RateLimits::Times(0.0001),
        ..settings()
    };
    let Some((one, other)) = nodes(&yaml, settings).await else {
        return;
    };
    other.stop().await;
    invite(&one, "C0WELCOME", "U0BEN,U0DANA,U0EMIL").await;
    receiver.take(3).await;
    deliveries(&one, "state=delivered", 3).await;
    let other = one.beside(settings()).await.unwrap();
    one.stop().await;
    let kick = [("channel", "C0WELCOME"), ("user", "U0BEN")];
    other.ok("conversations.kick", ADA, &kick).await;
    deliveries(&other, "state=rate_limited", 1).await;
    let told: Value = serde_json::from_str(&receiver.take(1).await[0].body).unwrap();
    assert_eq!(told["type"], "app_rate_limited");
}

#[tokio::test]
async fn a_token_that_is_revoked_at_one_node_takes_its_connections_to_others_along() {
    let Some((one, other)) = nodes(&socket::yaml(), settings).await else {
        return;
    };
    let mut client = Client::new(&other, "").await;
    client.hello().await;
    let token = json!({"token": socket::APP});
    let (status, _) = control(&one, "POST", "/tokens/revoke", token).await;
    assert_eq!(status, 200);
    client.expect_end().await;
}
