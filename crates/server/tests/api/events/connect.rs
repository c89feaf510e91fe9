//! Events across organisations: who is told of what, through which installation.

use super::{control, deliveries};
use crate::{
    app::App,
    connect::{WORLD, acts, events, invite},
};
use guestlist_server::{RateLimits, Settings};
use guestlist_store::Clock;
use serde_json::{Value, json};

/// The three organisations, whose apps hear of joins as well. Nobody is connected: everything is
/// written, and waits.
async fn world() -> App {
    hearing(WORLD).await
}

async fn hearing(world: &str) -> App {
    let world = world.replace(
        "events: {subscribe: [",
        "events: {delivery: socket, subscribe: [member_joined_channel, channel_unshared, ",
    );
    let settings = Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    };
    App::with_clock(&world, settings, Clock::default()).await
}

async fn told(app: &App, query: &str, count: usize) -> Vec<(String, String, Value)> {
    let mut told: Vec<_> = deliveries(app, query, count)
        .await
        .into_iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            (text("app"), text("workspace"), one["body"].clone())
        })
        .collect();
    told.sort_by_key(|(app, ..)| app.clone());
    told
}

/// The channel is private at home. Another app of Acme is not in it; nor is Globex's where it may only post, before its
/// bot accepts.
#[tokio::test]
async fn what_becomes_of_a_private_channel_only_apps_hear_that_are_in_it() {
    for (limited, kind) in [("false", "public_channel"), ("true", "private_channel")] {
        let outside = "    apps:\n      - {id: A0DEAF, name: deaf, bot_user: {id: U0DEAF}, events: {delivery: socket, subscribe: [channel_shared, channel_unshared]}}\n";
        let token = "    tokens:\n      - {token: xoxb-deaf, app: A0DEAF, scopes: [channels:read, groups:read]}\n";
        let world = WORLD
            .replace("name: ops,", "name: ops, kind: private,")
            .replacen("    apps:\n", outside, 1)
            .replacen("    tokens:\n", token, 1);
        let app = hearing(&world).await;
        let id = invite(&app, ("user_ids", "U0GBOT"), limited).await;
        let accept = json!({"user": "U0GBOT", "invitation": id, "name": "acme-ops"});
        acts(&app, "accept", accept).await;
        for user in ["U0ADA", "U0GBOT"] {
            acts(&app, "approve", json!({"user": user, "invitation": id})).await;
        }
        let apps = |told: Vec<(String, String, Value)>| -> Vec<String> {
            told.into_iter().map(|(app, ..)| app).collect()
        };
        let shared = told(&app, "type=channel_shared", 2).await;
        assert_eq!(apps(shared), ["A0GLO", "A0GREET"], "{limited}");
        for raised in events(&app).await {
            let listeners = raised["apps"].as_array().unwrap();
            let outside = listeners.iter().any(|one| one["app"] == "A0DEAF");
            assert!(!outside, "{raised}");
            let is_shared = raised["name"] == "channel_shared";
            assert!(!is_shared || listeners.len() == 1, "{raised}");
        }

        // Each side has it public or private for itself.
        for (types, expected) in [("public_channel", 1), ("private_channel", 0)] {
            let args = [("types", types)];
            let list = app.ok("conversations.list", "xoxp-gil", &args).await;
            let found = list["channels"].as_array().unwrap().iter();
            let found = found.filter(|one| one["id"] == "C0OPS").count();
            assert_eq!(found, expected * usize::from(types == kind), "{types}");
        }

        app.ok(
            "admin.conversations.disconnectShared",
            "xoxp-ada",
            &[("channel_id", "C0OPS")],
        )
        .await;
        let unshared = told(&app, "type=channel_unshared", 2).await;
        for (_, _, body) in &unshared {
            assert_eq!(body["event"]["channel"], "C0OPS", "the id that apps know");
            assert_eq!(body["event"]["is_ext_shared"], false);
            assert_eq!(body["is_ext_shared_channel"], false);
        }
        assert_eq!(apps(unshared), ["A0GLO", "A0GREET"], "{limited}");
    }
}

#[tokio::test]
async fn both_sides_are_told_each_through_its_own_installation() {
    let app = world().await;
    let id = invite(&app, ("user_ids", "U0GBOT"), "false").await;
    let accept = json!({"user": "U0GBOT", "invitation": id, "name": "acme-ops"});
    acts(&app, "accept", accept).await;
    for user in ["U0ADA", "U0GBOT"] {
        acts(&app, "approve", json!({"user": user, "invitation": id})).await;
    }
    let received = told(&app, "type=shared_channel_invite_received", 1).await;
    assert_eq!((&*received[0].0, &*received[0].1), ("A0GLO", "T0GLO"));
    let accepted = told(&app, "type=shared_channel_invite_accepted", 1).await;
    assert_eq!((&*accepted[0].0, &*accepted[0].1), ("A0GREET", "T0ACME"));
    let shared = told(&app, "type=channel_shared", 2).await;
    let with = |at: usize| shared[at].2["event"]["connected_team_id"].clone();
    assert_eq!((&*shared[0].0, with(0)), ("A0GLO", json!("T0ACME")));
    assert_eq!((&*shared[1].0, with(1)), ("A0GREET", json!("T0GLO")));

    // What is delivered is what was raised, word for word.
    for raised in events(&app).await {
        let name = raised["name"].as_str().unwrap();
        for listener in raised["apps"].as_array().unwrap() {
            let query = format!("type={name}&app={}", listener["app"].as_str().unwrap());
            let (_, found) =
                control(&app, "GET", &format!("/deliveries?{query}"), Value::Null).await;
            let found = found["deliveries"].as_array().unwrap();
            let same = |one: &&Value| {
                one["body"]["event"] == raised["event"] && one["workspace"] == listener["workspace"]
            };
            assert!(found.iter().any(|one| same(&one)), "{name}: {found:#?}");
        }
    }

    // Somebody of Acme comes into the shared channel. Both bots are in it.
    let ben = [("channel", "C0OPS"), ("users", "U0BEN")];
    app.ok("conversations.invite", "xoxb-acme", &ben).await;
    let (_, joined) = control(
        &app,
        "GET",
        "/deliveries?type=member_joined_channel&at_least=3&wait_seconds=30",
        Value::Null,
    )
    .await;
    let joined: Vec<_> = joined["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["body"].clone())
        .filter(|body| body["event"]["user"] == "U0BEN")
        .collect();
    assert_eq!(joined.len(), 2, "{joined:#?}");
    assert_eq!(joined[0]["event_id"], joined[1]["event_id"]);
    for (app, team, user, org) in [
        ("A0GREET", "T0ACME", "U0GREET", json!("E0ACME")),
        ("A0GLO", "T0GLO", "U0GBOT", Value::Null),
    ] {
        let body = joined
            .iter()
            .find(|body| body["api_app_id"] == app)
            .unwrap();
        assert_eq!(body["is_ext_shared_channel"], true);
        assert_eq!(body["team_id"], team);
        assert_eq!(body["context_team_id"], team);
        assert_eq!(body["event"]["team"], "T0ACME");
        assert_eq!(
            body["authorizations"],
            json!([{"enterprise_id": org, "team_id": team, "user_id": user, "is_bot": true, "is_enterprise_install": false}])
        );
    }

    // The connection ends: both are told so, and then each hears of its own side alone.
    app.ok(
        "admin.conversations.disconnectShared",
        "xoxp-ada",
        &[("channel_id", "C0OPS")],
    )
    .await;
    let unshared = told(&app, "type=channel_unshared", 2).await;
    assert_eq!(unshared[0].2["event"]["channel"], "C0OPS");
    assert_eq!(unshared[1].2["event"]["channel"], "C0OPS");
    let out = [("channel", "C0OPS"), ("user", "U0BEN")];
    app.ok("conversations.kick", "xoxb-acme", &out).await;
    app.ok("conversations.invite", "xoxb-acme", &ben).await;
    let query = "type=member_joined_channel&app=A0GREET&channel=C0OPS";
    let again = loop {
        let path = format!("/deliveries?{query}");
        let (_, found) = control(&app, "GET", &path, Value::Null).await;
        let found = found["deliveries"].as_array().unwrap().clone();
        let of_ben = |one: &&Value| one["body"]["event"]["user"] == "U0BEN";
        if found.iter().filter(of_ben).count() == 2 {
            break found.last().unwrap().clone();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(again["body"]["is_ext_shared_channel"], false);
    let (_, theirs) = control(
        &app,
        "GET",
        "/deliveries?type=member_joined_channel&app=A0GLO",
        Value::Null,
    )
    .await;
    let of_ben = |one: &&Value| one["body"]["event"]["user"] == "U0BEN";
    let theirs = theirs["deliveries"].as_array().unwrap();
    assert_eq!(theirs.iter().filter(of_ben).count(), 1, "{theirs:#?}");
}
