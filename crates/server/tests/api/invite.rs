//! `conversations.invite` over the wire.

use crate::app::App;
use guestlist_methods::Limits;
use guestlist_server::Settings;
use serde_json::{Value, json};

const BOT: &str = "xoxb-sample-greeter";
const ADA: &str = "xoxp-sample-ada";

async fn members(app: &App, channel: &str) -> Vec<String> {
    let answer = app
        .ok(
            "conversations.members",
            ADA,
            &[("channel", channel), ("limit", "1000")],
        )
        .await;
    answer["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn somebody_comes_in_and_it_shows() {
    let app = App::sample().await;
    let answer = app
        .ok(
            "conversations.invite",
            ADA,
            &[("channel", "C0OPS"), ("users", "U0BEN")],
        )
        .await;
    let channel = &answer["channel"];
    assert_eq!(
        (
            &channel["id"],
            &channel["is_member"],
            &channel["is_private"]
        ),
        (&json!("C0OPS"), &json!(true), &json!(true))
    );
    assert!(channel.get("members").is_none());
    assert!(members(&app, "C0OPS").await.contains(&"U0BEN".to_owned()));
    let history = app
        .ok("conversations.history", ADA, &[("channel", "C0OPS")])
        .await;
    let message = &history["messages"][0];
    assert_eq!(message["subtype"], "channel_join");
    assert_eq!(message["user"], "U0BEN");
    assert_eq!(message["inviter"], "U0ADA");
    assert_eq!(message["text"], "<@U0BEN> has joined the channel");
}

#[tokio::test]
async fn users_in_every_spelling() {
    let app = App::sample().await;
    for (headers, body) in [
        (
            "application/x-www-form-urlencoded",
            "channel=C0WELCOME&users=U0BEN,U0DANA",
        ),
        (
            "application/x-www-form-urlencoded",
            "channel=C0WELCOME&user=U0BEN",
        ),
        (
            "application/x-www-form-urlencoded",
            "channel=C0WELCOME&users=[\"U0BEN\"]",
        ),
        (
            "application/json;charset=utf-8",
            r#"{"channel":"C0WELCOME","users":"U0BEN, U0DANA"}"#,
        ),
        (
            "application/json;charset=utf-8",
            r#"{"channel":"C0WELCOME","users":["U0BEN","U0BEN"]}"#,
        ),
    ] {
        let auth = format!("Bearer {ADA}");
        let headers = [("Authorization", auth.as_str()), ("Content-Type", headers)];
        let answer = app
            .send(
                "POST",
                "/api/conversations.invite",
                &headers,
                body.as_bytes(),
            )
            .await
            .json();
        assert_eq!(answer["ok"], true, "{body}: {answer}");
        for user in ["U0BEN", "U0DANA"] {
            app.call(
                "conversations.kick",
                ADA,
                &[("channel", "C0WELCOME"), ("user", user)],
            )
            .await;
        }
    }
    for users in [json!(null), json!(""), json!([]), json!(",")] {
        let body = json!({"channel": "C0WELCOME", "users": users}).to_string();
        let auth = format!("Bearer {ADA}");
        let headers = [
            ("Authorization", auth.as_str()),
            ("Content-Type", "application/json;charset=utf-8"),
        ];
        assert_eq!(
            app.send(
                "POST",
                "/api/conversations.invite",
                &headers,
                body.as_bytes()
            )
            .await
            .error(),
            "no_user"
        );
    }
    let many = (0..1001)
        .map(|n| format!("U{n:04}"))
        .collect::<Vec<_>>()
        .join(",");
    let arguments = [("channel", "C0WELCOME"), ("users", many.as_str())];
    assert_eq!(
        app.refused("conversations.invite", ADA, &arguments).await,
        "too_many_users"
    );
}

#[tokio::test]
async fn the_most_people_of_one_call_are_a_setting() {
    let limits = Limits {
        users_per_invite: 2,
    };
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    let app = App::with_settings(guestlist_store::world::SAMPLE, settings).await;
    for (channel, users, code) in [
        ("C0OPS", "U0BEN,U0DANA,U0EMIL", "too_many_users"),
        // It comes before the channel, and repetitions are not counted.
        ("C0NONE", "U0BEN,U0DANA,U0EMIL", "too_many_users"),
        ("C0NONE", "U0BEN,U0BEN,U0DANA", "channel_not_found"),
    ] {
        let arguments = [("channel", channel), ("users", users)];
        assert_eq!(
            app.refused("conversations.invite", ADA, &arguments).await,
            code,
            "{channel} {users}"
        );
    }
    let arguments = [("channel", "C0OPS"), ("users", "U0BEN,U0DANA")];
    app.ok("conversations.invite", ADA, &arguments).await;
}

#[tokio::test]
async fn one_who_fails_stops_all_unless_forced() {
    let app = App::sample().await;
    let arguments = [("channel", "C0OPS"), ("users", "U0BEN,U0NOBODY,U0ADA")];
    let answer = app.call("conversations.invite", ADA, &arguments).await;
    let errors = json!([
        {"user": "U0NOBODY", "ok": false, "error": "user_not_found"},
        {"user": "U0ADA", "ok": false, "error": "cant_invite_self"},
    ]);
    assert_eq!(
        answer,
        json!({"ok": false, "error": "user_not_found", "errors": errors})
    );
    assert!(!members(&app, "C0OPS").await.contains(&"U0BEN".to_owned()));

    let answer = app
        .ok(
            "conversations.invite",
            ADA,
            &[arguments[0], arguments[1], ("force", "true")],
        )
        .await;
    assert_eq!(answer["errors"], errors);
    assert_eq!(answer["channel"]["id"], "C0OPS");
    assert!(members(&app, "C0OPS").await.contains(&"U0BEN".to_owned()));
}

#[tokio::test]
async fn removed_people_fail_alone() {
    let app = App::sample().await;
    let arguments = [("channel", "C0OPS"), ("users", "U0OTTO,U0BEN")];
    let answer = app.call("conversations.invite", ADA, &arguments).await;
    assert_eq!(answer["error"], "user_not_found");
    assert_eq!(
        answer["errors"],
        json!([{"user": "U0OTTO", "ok": false, "error": "user_not_found"}])
    );
    assert!(members(&app, "C0OPS").await.contains(&"U0BEN".to_owned()));
}

#[tokio::test]
async fn refusals_by_state() {
    let app = App::sample().await;
    for (token, channel, users, code) in [
        (BOT, "C0NONE", "U0BEN", "channel_not_found"),
        (BOT, "", "U0BEN", "channel_not_found"),
        (BOT, "U0BEN", "U0BEN", "channel_not_found"),
        (BOT, "D0ADABEN", "U0BEN", "channel_not_found"),
        (
            ADA,
            "D0ADABEN",
            "U0DANA",
            "method_not_supported_for_channel_type",
        ),
        (BOT, "C0RANDOM", "U0BEN", "not_in_channel"),
        (ADA, "C0LAUNCH", "U0DANA", "is_archived"),
        (ADA, "C0GLOBEX", "U0DANA", "channel_not_found"),
        (ADA, "C0OPS", "U0CLEO", "already_in_channel"),
        (ADA, "C0OPS", "U0GIL", "user_not_found"),
        (ADA, "C0OPS", "D0ADABEN", "user_not_found"),
        (ADA, "C0OPS", "USLACKBOT", "cant_invite"),
        (ADA, "C0OPS", "U0SOL", "ura_max_channels"),
        (ADA, "C0GENERAL", "U0MIA", "user_is_restricted"),
    ] {
        let arguments = [("channel", channel), ("users", users)];
        assert_eq!(
            app.refused("conversations.invite", token, &arguments).await,
            code,
            "{channel} {users}"
        );
    }
}

#[tokio::test]
async fn two_channels_race_for_one_guest() {
    let yaml = guestlist_store::world::SAMPLE.replace("U0SOL, U0GREET]", "U0GREET]");
    let app = App::with(&yaml).await;
    let ask = |channel: &'static str| {
        let app = &app;
        async move {
            app.call(
                "conversations.invite",
                ADA,
                &[("channel", channel), ("users", "U0SOL")],
            )
            .await
        }
    };
    let (a, b, c) = tokio::join!(ask("C0OPS"), ask("C0RANDOM"), ask("C0WELCOME"));
    let answers = [a, b, c];
    assert_eq!(
        answers.iter().filter(|answer| answer["ok"] == true).count(),
        1,
        "{answers:?}"
    );
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer["error"] == "ura_max_channels")
            .count(),
        2,
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_thousand_at_once() {
    let me = json!({"id": "U0ME", "name": "me", "role": "owner"});
    let users: Vec<Value> = (0..1000)
        .map(|n| json!({"id": format!("U1{n:04}"), "name": format!("u{n}")}))
        .chain([me])
        .collect();
    let world = json!({"version": 1, "workspaces": [{
        "id": "T0BIG", "name": "Big", "domain": "big",
        "users": users,
        "channels": [{"id": "C0BIG", "name": "big", "creator": "U0ME", "members": ["U0ME"]}],
        "tokens": [{"token": "xoxp-me", "user": "U0ME", "scopes": ["channels:write", "channels:read"]}],
    }]});
    let app = App::with(&world.to_string()).await;
    let all = (0..1000)
        .map(|n| format!("U1{n:04}"))
        .collect::<Vec<_>>()
        .join(",");
    app.ok(
        "conversations.invite",
        "xoxp-me",
        &[("channel", "C0BIG"), ("users", &all)],
    )
    .await;
    let answer = app
        .ok(
            "conversations.info",
            "xoxp-me",
            &[("channel", "C0BIG"), ("include_num_members", "1")],
        )
        .await;
    assert_eq!(answer["channel"]["num_members"], 1001);
}
