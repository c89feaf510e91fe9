//! `admin.conversations.invite` over the wire.

use crate::{
    app::App,
    events::{control, deliveries, settings},
};
use serde_json::{Value, json};
use std::time::Duration;

const METHOD: &str = "admin.conversations.invite";
const ADA: &str = "xoxp-ada";

/// Ada is an owner and in none of the channels but `ops`; Globex takes part in that one.
const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ACME, name: Acme Corp, domain: acme-corp}, {id: E0GLO, name: Globex Corp, domain: globex-corp}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    users:
      - {id: U0ADA, name: ada, role: owner}
      - {id: U0BEN, name: ben}
      - {id: U0CLEO, name: cleo}
      - {id: U0DANA, name: dana}
      - {id: U0MIA, name: mia, guest: multi_channel}
      - {id: U0SOL, name: sol, guest: single_channel}
      - {id: U0OTTO, name: otto, status: removed}
    channels:
      - {id: C0GENERAL, name: general, general: true, members: all}
      - {id: C0PLANS, name: plans, kind: private, creator: U0BEN, members: [U0BEN, U0BOT]}
      - {id: C0HELP, name: help, creator: U0BEN, members: [U0BEN, U0SOL]}
      - {id: C0STAFF, name: staff, creator: U0BEN, members: [U0BEN], guests_allowed: false, apps_allowed: false}
      - {id: C0PAST, name: past, creator: U0BEN, members: [U0BEN], archived: true}
      - {id: C0NEWS, name: news, creator: U0BEN, members: [U0BEN], org_wide: true, mandatory: true}
      - {id: C0OPS, name: ops, creator: U0ADA, members: [U0ADA, U0GUS], connections: [{workspace: T0GLO, external_limited: true}]}
      - {id: D0BENCLEO, kind: im, members: [U0BEN, U0CLEO]}
    apps:
      - {id: A0APP, name: app, bot_user: {id: U0BOT, name: bot}, events: {delivery: socket, subscribe: [member_joined_channel, user_change]}}
    tokens:
      - {token: xoxp-ada, app: A0APP, user: U0ADA, scopes: ["admin.conversations:write", "admin.users:write", "channels:read", "channels:history", "users:read"]}
      - {token: xoxp-ada-narrow, app: A0APP, user: U0ADA, scopes: ["channels:write"]}
      - {token: xoxp-ben, app: A0APP, user: U0BEN, scopes: ["admin.conversations:write", "groups:read", "groups:history"]}
      - {token: xoxb-bot, app: A0APP, scopes: ["channels:manage", "channels:read", "groups:read"]}
  - id: T0WEST
    name: West
    domain: west
    enterprise: E0ACME
    users: [{id: U0WES, name: wes}, {id: U0WIN, name: win, role: admin}]
    channels: [{id: C0BOTH, name: both, creator: U0WES, members: [U0WES], workspaces: [T0WEST, T0ACME]}]
    tokens: [{token: xoxp-win, user: U0WIN, scopes: ["admin.conversations:write"]}]
  - id: T0GLO
    name: Globex
    domain: globex
    enterprise: E0GLO
    users: [{id: U0GIL, name: gil, role: owner}, {id: U0GUS, name: gus}]
    tokens: [{token: xoxp-gil, user: U0GIL, scopes: ["admin.conversations:write"]}]
  - id: T0SOLO
    name: Solo
    domain: solo
    users: [{id: U0SUE, name: sue, role: owner}]
    channels: [{id: C0SOLO, name: solo, creator: U0SUE, members: [U0SUE]}]
    tokens: [{token: xoxp-sue, user: U0SUE, scopes: ["admin.conversations:write"]}]
"#;

async fn world() -> App {
    App::with_settings(WORLD, settings()).await
}

fn to<'a>(channel: &'a str, users: &'a str) -> [(&'a str, &'a str); 2] {
    [("channel_id", channel), ("user_ids", users)]
}

async fn members(app: &App, channel: &str) -> Value {
    let args = [("channel", channel)];
    let token = match channel {
        "C0PLANS" => "xoxp-ben",
        _ => ADA,
    };
    app.ok("conversations.members", token, &args).await["members"].clone()
}

#[tokio::test]
async fn an_admin_brings_people_into_a_private_channel_without_being_in_it() {
    let app = world().await;
    let answer = app.ok(METHOD, ADA, &to("C0PLANS", "U0CLEO,U0MIA")).await;
    assert_eq!(answer, json!({"ok": true}));
    assert_eq!(
        members(&app, "C0PLANS").await,
        json!(["U0BEN", "U0BOT", "U0MIA", "U0CLEO"])
    );

    let history = [("channel", "C0PLANS")];
    let history = app.ok("conversations.history", "xoxp-ben", &history).await;
    let joins: Vec<_> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| ["subtype", "user", "inviter"].map(|key| message[key].clone()))
        .collect();
    assert_eq!(
        joins,
        [
            ["channel_join", "U0MIA", "U0ADA"],
            ["channel_join", "U0CLEO", "U0ADA"]
        ]
    );
    for delivery in deliveries(&app, "type=member_joined_channel", 2).await {
        let event = &delivery["body"]["event"];
        assert_eq!(
            [&event["channel"], &event["inviter"]],
            ["C0PLANS", "U0ADA"],
            "{delivery}"
        );
    }
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{journal}");
    assert_eq!(
        ["workspace", "user", "app"].map(|key| entries[0][key].clone()),
        ["T0ACME", "U0ADA", "A0APP"]
    );
    let changes = entries[0]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{journal}");
    assert_eq!(changes[0]["change"], "joined");
}

#[tokio::test]
async fn whoever_can_comes_in_and_the_answer_names_the_others() {
    let app = world().await;
    let users = "U0CLEO,U0NOBODY,U0SUE,U0BEN,U0OTTO,U0MIA,nonsense,U0BOT,U0WES,USLACKBOT,U0DANA";
    let answer = app.call(METHOD, ADA, &to("C0STAFF", users)).await;
    assert_eq!(
        answer,
        json!({
            "ok": false,
            "error": "failed_for_some_users",
            "failed_user_ids": {
                "U0NOBODY": "user_not_found",
                "U0SUE": "user_not_found",
                "U0BEN": "already_in_channel",
                "U0OTTO": "user_not_found",
                "U0MIA": "user_is_restricted",
                "nonsense": "user_not_found",
                "U0BOT": "app_cannot_join_channel",
                "U0WES": "org_user_not_in_team",
                "USLACKBOT": "cant_invite",
            },
        })
    );
    let inside = json!(["U0BEN", "U0CLEO", "U0DANA"]);
    assert_eq!(members(&app, "C0STAFF").await, inside);

    // The same once more, as after an answer that was lost: nobody comes in twice.
    let again = app.call(METHOD, ADA, &to("C0STAFF", "U0CLEO,U0DANA")).await;
    assert_eq!(
        again["failed_user_ids"],
        json!({"U0CLEO": "already_in_channel", "U0DANA": "already_in_channel"})
    );
    assert_eq!(members(&app, "C0STAFF").await, inside);

    // Nobody can: the answer is the same.
    for (channel, users, failed) in [
        ("C0STAFF", "U0SOL", json!({"U0SOL": "user_is_restricted"})),
        ("C0BOTH", "U0SOL", json!({"U0SOL": "ura_max_channels"})),
        (
            "C0PAST",
            "U0CLEO,U0NOBODY",
            json!({"U0CLEO": "is_archived", "U0NOBODY": "is_archived"}),
        ),
    ] {
        let answer = app.call(METHOD, ADA, &to(channel, users)).await;
        assert_eq!(
            answer,
            json!({"ok": false, "error": "failed_for_some_users", "failed_user_ids": failed})
        );
    }
}

#[tokio::test]
async fn people_of_all_sides_and_the_admin() {
    let app = world().await;
    for (token, channel, users) in [
        // Another workspace's channel, and people of both.
        (ADA, "C0BOTH", "U0ADA,U0BEN,U0WIN"),
        ("xoxp-win", "C0PLANS", "U0DANA"),
        // A partner's people.
        (ADA, "C0OPS", "U0GIL"),
    ] {
        app.ok(METHOD, token, &to(channel, users)).await;
    }
    assert_eq!(
        members(&app, "C0BOTH").await,
        json!(["U0ADA", "U0BEN", "U0WES", "U0WIN"])
    );
    let history = [("channel", "C0BOTH")];
    let history = app.ok("conversations.history", ADA, &history).await;
    let ada = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|message| message["user"] == "U0ADA")
        .unwrap();
    assert_eq!(ada.get("inviter"), None, "{ada}");
}

#[tokio::test]
async fn refusals_of_the_whole_call() {
    let app = world().await;
    for (token, channel, users, code) in [
        ("xoxb-bot", "C0PLANS", "U0CLEO", "not_allowed_token_type"),
        ("xoxp-ada-narrow", "C0PLANS", "U0CLEO", "missing_scope"),
        (ADA, "C0PLANS", "", "invalid_arguments"),
        ("xoxp-sue", "C0SOLO", "U0CLEO", "feature_not_enabled"),
        ("xoxp-ben", "C0PLANS", "U0CLEO", "user_must_be_admin"),
        (ADA, "C0NONE", "U0CLEO", "channel_not_found"),
        (ADA, "C0SOLO", "U0CLEO", "channel_not_found"),
        ("xoxp-gil", "C0PLANS", "U0CLEO", "channel_not_found"),
        (ADA, "D0BENCLEO", "U0DANA", "channel_type_not_supported"),
        (ADA, "C0GENERAL", "U0WES", "channel_type_not_supported"),
        (ADA, "C0NEWS", "U0CLEO", "default_org_wide_channel"),
        ("xoxp-gil", "C0OPS", "U0GIL", "restricted_action"),
    ] {
        let args = to(channel, users);
        assert_eq!(
            app.refused(METHOD, token, &args).await,
            code,
            "{token} {channel} {users}"
        );
    }
    let answer = app.call(METHOD, ADA, &to("C0PLANS", ",")).await;
    assert_eq!(
        answer["response_metadata"]["messages"],
        json!(["[ERROR] must name 1 to 1000 people [json-pointer:/user_ids]"])
    );
}

#[tokio::test]
async fn whoever_asks_why_is_told_each_check() {
    let app = world().await;
    for (token, channel, users, check, remedy) in [
        (
            "xoxp-ben",
            "C0PLANS",
            "U0CLEO",
            "the caller is an admin or owner",
            "make U0BEN an admin, or call as one",
        ),
        (
            ADA,
            "C0SOLO",
            "U0CLEO",
            "the caller's organisation has the channel, or takes part in it",
            "share C0SOLO with T0ACME",
        ),
        (
            ADA,
            "C0PAST",
            "U0CLEO",
            "the channel is not archived",
            "unarchive C0PAST",
        ),
        (
            ADA,
            "C0HELP",
            "U0BEN,U0CLEO",
            "they are not in the channel yet",
            "leave U0BEN out",
        ),
    ] {
        let answer = app.post(METHOD, token, &to(channel, users)).await;
        let why = app.why(&answer).await;
        let refused = &why["refused_by"];
        assert_eq!(why["facts"], "as they were then", "{why}");
        assert_eq!([&refused["check"], &refused["remedy"]], [check, remedy]);
        if users.contains("U0BEN") {
            let ben = json!([{"user": "U0BEN", "ok": false, "error": "already_in_channel"}]);
            assert_eq!(why["answer"]["errors"], ben);
        }
    }
}

#[tokio::test]
async fn somebody_is_made_an_admin_at_once_and_apps_are_told() {
    let app = world().await;
    let invite = to("C0PLANS", "U0CLEO");
    assert_eq!(
        app.refused(METHOD, "xoxp-ben", &invite).await,
        "user_must_be_admin"
    );
    let ben = [("team_id", "T0ACME"), ("user_id", "U0BEN")];
    let answer = app.ok("admin.users.setAdmin", ADA, &ben).await;
    assert_eq!(answer, json!({"ok": true}));
    // By a token that was met before; a node that had no part in it knows a little later.
    let soon = async {
        while let code = app.post(METHOD, "xoxp-ben", &invite).await.error()
            && !code.is_empty()
        {
            assert_eq!(
                (app.nodes().count(), code.as_str()),
                (2, "user_must_be_admin")
            );
        }
    };
    tokio::time::timeout(Duration::from_secs(10), soon)
        .await
        .unwrap();
    // Once more: he stays it, and nobody is told again.
    app.ok("admin.users.setAdmin", ADA, &ben).await;
    let cleo = [("team_id", "E0ACME"), ("user_id", "U0CLEO")];
    app.ok("admin.users.setAdmin", ADA, &cleo).await;

    let mut told = Vec::new();
    for delivery in deliveries(&app, "type=user_change", 2).await {
        let user = &delivery["body"]["event"]["user"];
        told.push(["id", "is_admin", "is_owner"].map(|key| user[key].clone()));
    }
    told.sort_by_key(|user| user[0].to_string());
    let admin = |id: &str| [json!(id), json!(true), json!(false)];
    assert_eq!(told, [admin("U0BEN"), admin("U0CLEO")]);

    let sol = [("team_id", "T0ACME"), ("user_id", "U0SOL")];
    let answer = app.post("admin.users.setAdmin", ADA, &sol).await;
    let why = app.why(&answer).await;
    let refused = &why["refused_by"];
    assert_eq!(
        [&refused["check"], &refused["looked_at"]],
        ["they are a full member", "U0SOL is a guest"],
        "{why}"
    );
}
