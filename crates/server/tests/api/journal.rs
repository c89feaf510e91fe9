//! The journal as the control interface tells it: who did what, call by call.

use crate::{
    app::App,
    events::{control, settings},
};
use guestlist_store::world;
use serde_json::{Value, json};

const BOT: &str = "xoxb-sample-greeter";
const ADA: &str = "xoxp-sample-ada";

/// All entries there are, `limit` asked for at a time.
async fn read_all(app: &App, limit: usize) -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    loop {
        let after = entries.last().map_or(String::new(), |last| {
            let place = last["place"].as_str().unwrap();
            format!("&after={}", place.replace('<', "%3C").replace(' ', "+"))
        });
        let path = format!("/journal?limit={limit}{after}");
        let (status, page) = control(app, "GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{page}");
        let page = page["entries"].as_array().unwrap().clone();
        if page.is_empty() {
            return entries;
        }
        entries.extend(page);
    }
}

#[tokio::test]
async fn each_call_has_an_entry_that_tells_who_did_what() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let channel = ("channel", "C0WELCOME");
    let invite = [channel, ("users", "U0BEN,U0DANA")];
    app.ok("conversations.invite", BOT, &invite).await;
    app.ok("conversations.kick", ADA, &[channel, ("user", "U0BEN")])
        .await;
    app.call("conversations.invite", BOT, &[channel, ("users", "U0OTTO")])
        .await;
    let entries = read_all(&app, 100).await;
    // A refusal changes nothing and is not among them.
    assert_eq!(entries.len(), 2, "{entries:#?}");
    let (invited, kicked) = (&entries[0], &entries[1]);
    let by = |entry: &Value| ["workspace", "user", "app"].map(|key| entry[key].clone());
    assert_eq!(by(invited), ["T0ACME", "U0GREET", "A0GREET"]);
    assert_eq!(by(kicked), ["T0ACME", "U0ADA", "A0GREET"]);
    let told: Vec<_> = ["change", "channel", "user", "inviter"]
        .map(|key| invited["changes"][1][key].clone())
        .into();
    assert_eq!(told, ["joined", "C0WELCOME", "U0DANA", "U0GREET"]);
    let told = ["change", "channel", "user", "by"].map(|key| kicked["changes"][0][key].clone());
    assert_eq!(told, ["left", "C0WELCOME", "U0BEN", "U0ADA"]);
    app.stop().await;
}

#[tokio::test]
async fn pages_leave_nothing_out_and_tell_nothing_twice() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    for user in ["U0BEN", "U0DANA", "U0EMIL"] {
        let args = [("channel", "C0WELCOME"), ("users", user)];
        app.ok("conversations.invite", BOT, &args).await;
    }
    let all = read_all(&app, 1000).await;
    assert_eq!(all.len(), 3);
    assert_eq!(read_all(&app, 1).await, all);
    for (query, code) in [
        ("after=nowhere", "invalid_place"),
        ("limit=0", "invalid_limit"),
        ("before=3", "invalid_request"),
        // Of the other kind of store.
        (
            if app.store.is_shared() {
                "after=7"
            } else {
                "after=%3C7"
            },
            "invalid_place",
        ),
    ] {
        let (status, refused) =
            control(&app, "GET", &format!("/journal?{query}"), Value::Null).await;
        assert_eq!((status, refused["error"].as_str()), (422, Some(code)));
    }
    app.stop().await;
}

#[tokio::test]
async fn nothing_in_it_opens_anything() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let manifest =
        "display_information: {name: Courier}\noauth_config: {scopes: {bot: [chat:write]}}";
    let ask = json!({"workspace": "T0ACME", "manifest": manifest});
    let (status, made) = control(&app, "POST", "/apps", ask).await;
    assert_eq!(status, 201, "{made}");
    let ask = json!({"user": "U0BEN", "scopes": ["users:read"]});
    let (status, token) = control(&app, "POST", "/tokens", ask).await;
    assert_eq!(status, 201, "{token}");
    let args = [
        ("channel", "C0WELCOME"),
        ("emails", "gil@globex.test"),
        ("external_limited", "false"),
    ];
    let shared = app.ok("conversations.inviteShared", BOT, &args).await;
    let (_, mail) = control(&app, "GET", "/mail", Value::Null).await;
    let link = mail["mail"][0]["url"].as_str().unwrap();
    let end = link.rsplit('/').next().unwrap();

    let entries = read_all(&app, 100).await;
    let text = json!(entries).to_string();
    let kinds: Vec<_> = entries
        .iter()
        .flat_map(|entry| entry["changes"].as_array().unwrap())
        .map(|change| change["change"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["app_made", "token_made", "invitation", "mail"]);
    let secrets = [
        &made["signing_secret"],
        &made["client_secret"],
        &token["token"],
        &token["token_sha256"],
        &shared["conf_code"],
        &shared["url"],
    ];
    for secret in secrets
        .map(|secret| secret.as_str().unwrap())
        .iter()
        .chain([&end])
    {
        assert!(
            !secret.is_empty() && !text.contains(secret),
            "{secret}: {text}"
        );
    }
    app.stop().await;
}
