//! What apps are sent, compared with the project's table of facts.

use super::{ADA, BOT, NOON, control, deliveries, settings, world};
use crate::app::App;
use guestlist_store::Clock;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn table() -> Value {
    serde_json::from_str(include_str!("../../../../../reference/events/events.json")).unwrap()
}

/// What of `found` is not as `wanted` says.
fn differences(path: &str, wanted: &Value, found: &Value, all: &mut Vec<String>) {
    match wanted {
        Value::String(kinds) => {
            let kind = match found {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(number) if number.is_i64() => "integer",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            if !kinds.split('|').any(|wanted| wanted == kind) {
                all.push(format!("{path} is {kind}, not {kinds}"));
            }
        }
        Value::Array(each) => match found {
            Value::Array(found) => {
                for one in found {
                    differences(&format!("{path}[]"), &each[0], one, all);
                }
            }
            _ => all.push(format!("{path} is no array")),
        },
        Value::Object(keys) => {
            let Value::Object(found) = found else {
                all.push(format!("{path} is no object"));
                return;
            };
            for (key, wanted) in keys {
                let name = key.trim_end_matches('?');
                match found.get(name) {
                    Some(found) => differences(&format!("{path}.{name}"), wanted, found, all),
                    None if key.ends_with('?') => {}
                    None => all.push(format!("{path}.{name} is missing")),
                }
            }
            for key in found.keys() {
                if !keys.contains_key(key) && !keys.contains_key(&format!("{key}?")) {
                    all.push(format!("{path}.{key} is not known"));
                }
            }
        }
        _ => all.push(format!("{path}: the table says {wanted}")),
    }
}

#[tokio::test]
async fn every_event_has_the_keys_of_the_table_and_each_of_the_table_happens() {
    let table = table();
    let events = table["events"].as_object().unwrap();
    let names: BTreeSet<_> = events
        .keys()
        .map(|name| name.split('/').next().unwrap())
        .collect();
    let subscribe = names.into_iter().collect::<Vec<_>>().join(", ");
    // Nobody is connected: everything is written, and waits.
    let yaml = world(&subscribe, "delivery: socket");
    let app = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    for (name, private) in [("open-air", "false"), ("closed-door", "true")] {
        let made = app
            .ok(
                "conversations.create",
                BOT,
                &[("name", name), ("is_private", private)],
            )
            .await;
        let id = made["channel"]["id"].as_str().unwrap();
        let at = ("channel", id);
        app.ok("conversations.invite", BOT, &[at, ("users", "U0ADA,U0BEN")])
            .await;
        app.ok("conversations.setTopic", ADA, &[at, ("topic", "t")])
            .await;
        app.ok("conversations.setPurpose", ADA, &[at, ("purpose", "p")])
            .await;
        let text = ("text", "Hello <@U0GREET>");
        let asked = app.ok("chat.postMessage", ADA, &[at, text]).await;
        let asked = ("ts", asked["ts"].as_str().unwrap());
        let text = ("text", "Hello");
        let thread = ("thread_ts", asked.1);
        let said = app.ok("chat.postMessage", BOT, &[at, text, thread]).await;
        let said = ("ts", said["ts"].as_str().unwrap());
        let text = ("text", "Hello!");
        app.ok("chat.update", BOT, &[at, said, text]).await;
        // It was answered: a tombstone is left.
        app.ok("chat.delete", ADA, &[at, asked]).await;
        app.ok("chat.delete", BOT, &[at, said]).await;
        let other = ("username", "Porter");
        app.ok("chat.postMessage", BOT, &[at, text, other]).await;
        app.ok("conversations.kick", ADA, &[at, ("user", "U0BEN")])
            .await;
        let renamed = format!("{name}-2");
        app.ok("conversations.rename", BOT, &[at, ("name", &renamed)])
            .await;
        app.ok("conversations.archive", BOT, &[at]).await;
        app.ok("conversations.unarchive", ADA, &[at]).await;
        app.ok("conversations.invite", ADA, &[at, ("users", "U0DANA")])
            .await;
        app.ok("conversations.leave", BOT, &[at]).await;
    }
    for users in ["U0BEN", "U0BEN,U0DANA"] {
        let made = app.ok("conversations.open", ADA, &[("users", users)]).await;
        let id = made["channel"]["id"].as_str().unwrap();
        app.ok("conversations.close", ADA, &[("channel", id)]).await;
        app.ok("conversations.open", ADA, &[("channel", id)]).await;
    }
    let made = app.ok("usergroups.create", ADA, &[("name", "All")]).await;
    let group = ("usergroup", made["usergroup"]["id"].as_str().unwrap());
    for (method, with) in [
        ("usergroups.users.update", ("users", "U0BEN")),
        ("usergroups.users.update", ("users", "U0DANA")),
        ("usergroups.disable", ("include_count", "true")),
    ] {
        app.ok(method, ADA, &[group, with]).await;
    }
    // Another app comes, with a bot user of its own; then this one goes.
    let manifest = "{display_information: {name: Second}, oauth_config: {redirect_urls: ['http://127.0.0.1:3000/'], scopes: {bot: ['users:read']}}}";
    let ask = json!({"manifest": manifest, "workspace": "T0ACME"});
    let (status, made) = control(&app, "POST", "/apps", ask).await;
    assert_eq!(status, 201, "{made}");
    let client = ("client_id", made["client_id"].as_str().unwrap());
    let secret = ("client_secret", made["client_secret"].as_str().unwrap());
    let code = app.code(&[client, ("scope", "users:read")], "U0ADA").await;
    let granted = app.access(&[client, secret, ("code", &code)]).await;
    assert_eq!(granted["ok"], true, "{granted}");
    for token in [BOT, ADA] {
        app.ok("auth.revoke", token, &[]).await;
    }
    // An app of an organisation is added to a workspace, and taken out of it.
    let org = json!({
        "version": 1, "enterprises": [{"id": "E0ORG", "name": "Org", "domain": "org"}],
        "workspaces": [{
            "id": "T0ORG", "name": "Org", "domain": "org", "enterprise": "E0ORG",
            "invitations_need_approval": true,
            "users": [{"id": "U0BOSS", "name": "boss", "role": "owner"}, {"id": "U0MEMBER", "name": "member"}],
            "apps": [{
                "id": "A0WIDE", "name": "wide", "bot_user": {"id": "U0WIDE", "name": "wide"},
                "events": {"delivery": "socket", "subscribe": ["invite_requested", "team_access_granted", "team_access_revoked"]},
            }],
            "tokens": [
                {"token": "xoxb-wide", "kind": "org", "app": "A0WIDE", "scopes": ["users:read"]},
                {"token": "xoxp-wide", "app": "A0WIDE", "user": "U0BOSS", "scopes": ["admin.invites:read"]},
            ],
        }],
    });
    let (status, added) = control(&app, "POST", "/world", org).await;
    assert_eq!(status, 201, "{added}");
    for deed in ["grant", "ungrant"] {
        let path = format!("/apps/A0WIDE/{deed}");
        let (status, done) = control(&app, "POST", &path, json!({"workspaces": ["T0ORG"]})).await;
        assert_eq!(status, 200, "{done}");
    }
    let ask = json!({"user": "U0MEMBER", "email": "nia@email.test", "reason": "Starts on Monday"});
    let (status, asked) = control(&app, "POST", "/invite-requests", ask).await;
    assert_eq!(status, 201, "{asked}");
    deliveries(&app, "app=A0WIDE", 3).await;
    deliveries(&app, "type=tokens_revoked", 2).await;
    deliveries(&app, "type=app_uninstalled", 1).await;

    let (_, found) = control(&app, "GET", "/deliveries?limit=1000", Value::Null).await;
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for delivery in found["deliveries"].as_array().unwrap() {
        let event = &delivery["body"]["event"];
        let kind = event["type"].as_str().unwrap();
        let name = match event["subtype"].as_str() {
            Some(subtype) => format!("{kind}/{subtype}"),
            None => kind.to_owned(),
        };
        differences(
            "envelope",
            &table["envelope"]["keys"],
            &delivery["body"],
            &mut wrong,
        );
        match events.get(&name) {
            Some(facts) => differences(&name, &facts["keys"], event, &mut wrong),
            None => wrong.push(format!("{name} is not in the table")),
        }
        assert_eq!(delivery["type"], kind);
        seen.insert(name);
    }
    let never: Vec<_> = events.keys().filter(|name| !seen.contains(*name)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        never.is_empty(),
        "never happened: {never:?}; seen: {seen:?}"
    );
}

#[tokio::test]
async fn more_than_the_hourly_quota_is_told_of_once_a_minute() {
    let receiver = super::Receiver::new().await;
    let clock = Clock::standing(NOON);
    let yaml = world(
        "member_joined_channel",
        &format!("request_url: \"{}\"", receiver.url()),
    );
    let settings = guestlist_server::Settings {
        // Of 30,000 an hour, three; methods are called less often than once in ten minutes.
        rate_limits: guestlist_server::RateLimits::Times(0.0001),
        ..settings()
    };
    let app = App::with_clock(&yaml, settings, clock.clone()).await;
    let users = "U0BEN,U0DANA,U0EMIL,U0MIA,U0CLEO";
    app.ok(
        "conversations.invite",
        BOT,
        &[
            ("channel", "C0WELCOME"),
            ("users", users),
            ("force", "true"),
        ],
    )
    .await;
    let got = receiver.take(4).await;
    let told: Vec<Value> = got
        .iter()
        .map(|one| serde_json::from_str(&one.body).unwrap())
        .collect();
    let limited = told
        .iter()
        .find(|b| b["type"] == "app_rate_limited")
        .unwrap();
    let mut wrong = Vec::new();
    differences(
        "app_rate_limited",
        &table()["app_rate_limited"]["keys"],
        limited,
        &mut wrong,
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    let minute = NOON.seconds() / 60 * 60;
    assert_eq!(limited["minute_rate_limited"], json!(minute));
    deliveries(&app, "state=rate_limited", 1).await;
    deliveries(&app, "state=delivered", 4).await;
}
