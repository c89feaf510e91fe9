//! Through what an app could hear an event, asked after it has come.

use super::{NOON, deliveries, settings};
use crate::{app::App, seen::saw};
use guestlist_store::Clock;
use serde_json::{Value, json};

const LIST: &str = "apps.event.authorizations.list";
const APP: &str = "xapp-greet";

const WORLD: &str = r"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ORG
    users:
      - {id: U0ADA, name: ada, role: owner}
      - {id: U0BEN, name: ben}
      - {id: U0CLEO, name: cleo}
    channels: [{id: C0OPS, name: ops, creator: U0ADA, members: [U0ADA, U0GREET]}]
    apps:
      - id: A0GREET
        name: greeter
        bot_user: {id: U0GREET}
        events: {delivery: socket, subscribe: [member_joined_channel, app_uninstalled]}
      - {id: A0OTHER, name: other}
    tokens:
      - {token: xoxb-org, kind: org, app: A0GREET, scopes: [channels:read], workspaces: [T0ACME]}
      - {token: xoxb-own, app: A0GREET, scopes: [channels:read, channels:manage]}
      - {token: xoxb-again, app: A0GREET, scopes: [channels:read]}
      - {token: xoxp-ada, app: A0GREET, user: U0ADA, scopes: [channels:read, channels:write]}
      - {token: xoxp-cleo, app: A0GREET, user: U0CLEO, scopes: [channels:read]}
      - {token: xapp-greet, app: A0GREET, scopes: [authorizations:read]}
      - {token: xapp-narrow, app: A0GREET, scopes: [connections:write]}
      - {token: xapp-other, app: A0OTHER, scopes: [authorizations:read]}
";

/// A server on which Ben was invited, and what the app was told of it.
async fn invited() -> (App, Value) {
    let app = App::with_clock(WORLD, settings(), Clock::standing(NOON)).await;
    let whom = [("channel", "C0OPS"), ("users", "U0BEN")];
    app.ok("conversations.invite", "xoxb-own", &whom).await;
    let told = deliveries(&app, "type=member_joined_channel", 1).await;
    let body = told[0]["body"].clone();
    (app, body)
}

/// In short: whom for, and in which workspace, if not in the whole organisation.
async fn listed(app: &App, context: &str) -> Vec<(String, Option<String>)> {
    let found = app.ok(LIST, APP, &[("event_context", context)]).await;
    let all = found["authorizations"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    all.map(|one| (text(&one["user_id"]).unwrap(), text(&one["team_id"])))
        .collect()
}

fn pair(user: &str, team: Option<&str>) -> (String, Option<String>) {
    (user.to_owned(), team.map(str::to_owned))
}

#[tokio::test]
async fn every_installation_that_sees_the_event_is_listed_once_and_the_told_one_first() {
    let (app, body) = invited().await;
    let context = body["event_context"].as_str().unwrap();
    let found = app.ok(LIST, APP, &[("event_context", context)]).await;
    let one = |team: Value, user: &str, is_bot: bool| {
        json!({
            "enterprise_id": "E0ORG",
            "is_enterprise_install": team.is_null(),
            "team_id": team,
            "user_id": user,
            "is_bot": is_bot,
        })
    };
    assert_eq!(
        found,
        json!({"ok": true, "authorizations": [
            one("T0ACME".into(), "U0GREET", true),
            one(Value::Null, "U0GREET", true),
            one("T0ACME".into(), "U0ADA", false),
        ]})
    );
    assert_eq!(found["authorizations"][0], body["authorizations"][0]);
}

#[tokio::test]
async fn the_list_has_pages() {
    let (app, body) = invited().await;
    let context = ("event_context", body["event_context"].as_str().unwrap());
    let (mut cursor, mut users) = (String::new(), Vec::new());
    loop {
        let args = [context, ("limit", "1"), ("cursor", &cursor)];
        let page = app.ok(LIST, APP, &args).await;
        assert_eq!(page["authorizations"].as_array().unwrap().len(), 1);
        users.push(page["authorizations"][0]["user_id"].clone());
        match page["cursor_next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(users, ["U0GREET", "U0GREET", "U0ADA"]);
}

#[tokio::test]
async fn what_has_ended_since_is_not_listed_also_after_a_restart() {
    let (app, body) = invited().await;
    let context = body["event_context"].as_str().unwrap();
    let channel = ("channel", "C0OPS");
    app.ok("conversations.leave", "xoxp-ada", &[channel]).await;
    let bot = [pair("U0GREET", Some("T0ACME")), pair("U0GREET", None)];
    assert_eq!(listed(&app, context).await, bot);
    let app = app.restarted(settings(), Clock::standing(NOON)).await;
    assert_eq!(listed(&app, context).await, bot);
    // The app is gone from the workspace, and then from the organisation; what it was told last names what is gone
    // with it.
    for token in ["xoxp-ada", "xoxp-cleo", "xoxb-own"] {
        app.ok("auth.revoke", token, &[]).await;
    }
    assert_eq!(listed(&app, context).await, bot[1..]);
    app.ok("auth.revoke", "xoxb-org", &[]).await;
    assert_eq!(listed(&app, context).await, []);
    let told = deliveries(&app, "type=app_uninstalled", 2).await;
    let mut named = Vec::new();
    for body in told.iter().map(|told| &told["body"]) {
        let context = body["event_context"].as_str().unwrap();
        let authorizations = body["authorizations"].as_array().unwrap().len();
        assert_eq!(listed(&app, context).await.len(), authorizations);
        named.push(authorizations);
    }
    named.sort_unstable();
    assert_eq!(named, [0, 1]);
}

#[tokio::test]
async fn each_refusal() {
    let (app, body) = invited().await;
    let context = body["event_context"].as_str().unwrap();
    let event = ("event_context", context);
    let far = context.replace("EC0", "EC1");
    for (token, args, code) in [
        ("xapp-other", vec![event], "auth_mismatch"),
        (APP, vec![event, ("cursor", "x")], "invalid_cursor"),
        (
            APP,
            vec![("event_context", "EC12345")],
            "invalid_event_context",
        ),
        (APP, vec![("event_context", &far)], "invalid_event_context"),
        (APP, vec![("event_context", "")], "invalid_event_context"),
    ] {
        assert_eq!(app.refused(LIST, token, &args).await, code, "{args:?}");
        saw(LIST, code);
    }
    for (token, args, code) in [
        ("xapp-narrow", vec![event], "missing_scope"),
        ("xoxb-own", vec![event], "not_allowed_token_type"),
        (APP, vec![], "invalid_arguments"),
    ] {
        assert_eq!(app.refused(LIST, token, &args).await, code, "{token}");
    }
}
