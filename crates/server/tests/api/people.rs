//! People who come to a workspace, and go, while the server goes on.

use crate::{
    app::App,
    events::{control, deliveries, settings},
};
use serde_json::{Value, json};

const WORLD: &str = r#"
version: 1
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    users:
      - {id: U0ADA, name: ada, email: ada@acme.test, role: primary_owner}
    channels:
      - {id: C0GEN, name: general, general: true, creator: U0ADA, members: all}
      - {id: C0ALL, name: all-hands, mandatory: true, creator: U0ADA, members: [U0ADA]}
      - {id: C0TEAM, name: team, kind: private, creator: U0ADA, members: [U0ADA, U0BOT]}
      - {id: C0PAST, name: past, creator: U0ADA, members: [U0ADA], archived: true}
      - {id: D0ADA, kind: im, members: [U0ADA, U0BOT]}
    apps:
      - id: A0BOARD
        name: onboarding
        bot_user: {id: U0BOT}
        events: {delivery: socket, subscribe: [team_join, member_joined_channel, user_change]}
    tokens:
      - {token: xoxb-board, app: A0BOARD, scopes: [channels:manage, channels:read, groups:read, groups:write, users:read, users:read.email]}
  - {id: T0GLO, name: Globex, domain: globex, users: [{id: U0GIL, name: gil, email: nia@acme.test}], channels: [{id: C0GLO, name: glo}]}
  - {id: T0OFF, name: Off, domain: off, status: deleted}
"#;

async fn members(app: &App, channel: &str) -> Vec<Value> {
    let args = [("channel", channel)];
    let told = app.ok("conversations.members", "xoxb-board", &args).await;
    told["members"].as_array().unwrap().clone()
}

async fn add(app: &App, ask: Value) -> (u16, Value) {
    control(app, "POST", "/users", ask).await
}

#[tokio::test]
async fn a_newcomer_is_told_of_and_brought_in_and_gone_again() {
    let app = App::with_settings(WORLD, settings()).await;
    // The address of somebody elsewhere is free here.
    let ask = json!({
        "workspace": "T0ACME", "name": "nia", "real_name": "Nia Okoro", "email": "Nia@Acme.test",
        "channels": ["C0TEAM"],
    });
    let (status, nia) = add(&app, ask).await;
    assert_eq!(status, 201, "{nia}");
    assert_eq!(
        (&nia["workspace"], &nia["removed"]),
        (&json!("T0ACME"), &json!(false))
    );
    let id = nia["user"].as_str().unwrap();
    let looked = [("email", "nia@acme.test")];
    let found = app.ok("users.lookupByEmail", "xoxb-board", &looked).await;
    assert_eq!(
        (&found["user"]["id"], &found["user"]["real_name"]),
        (&json!(id), &json!("Nia Okoro"))
    );
    for channel in ["C0GEN", "C0TEAM"] {
        assert!(
            members(&app, channel).await.contains(&json!(id)),
            "{channel}"
        );
    }
    // The bot hears who came to the workspace, and to the channels that it is in.
    let told = deliveries(&app, "app=A0BOARD", 3).await;
    let kinds: Vec<_> = told
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "team_join",
            "member_joined_channel",
            "member_joined_channel"
        ]
    );
    assert_eq!(told[0]["body"]["event"]["user"]["id"], id);
    let invite = [("channel", "C0ALL"), ("users", id)];
    let refused = app
        .call("conversations.invite", "xoxb-board", &invite)
        .await;
    assert_eq!(refused["error"], "not_in_channel");

    let asked = json!({"user": id, "scopes": ["users:read"]});
    let (_, token) = control(&app, "POST", "/tokens", asked).await;
    let token = token["token"].as_str().unwrap();
    app.ok("auth.test", token, &[]).await;
    let path = format!("/users/{id}/remove");
    for _ in 0..2 {
        let (status, gone) = control(&app, "POST", &path, json!({})).await;
        assert_eq!((status, &gone["removed"]), (200, &json!(true)), "{gone}");
    }
    for channel in ["C0GEN", "C0TEAM"] {
        assert!(
            !members(&app, channel).await.contains(&json!(id)),
            "{channel}"
        );
    }
    let refused = app.call("auth.test", token, &[]).await;
    assert_eq!(refused["error"], "token_revoked");
    let info = app.ok("users.info", "xoxb-board", &[("user", id)]).await;
    assert_eq!(info["user"]["deleted"], true);
    let told = deliveries(&app, "app=A0BOARD", 4).await;
    assert_eq!(told[3]["type"], "user_change");
    app.stop().await;
}

#[tokio::test]
async fn guests_come_into_no_channel_but_what_is_named() {
    let app = App::with_settings(WORLD, settings()).await;
    let ask = json!({"workspace": "T0ACME", "name": "sol", "guest": "single_channel", "channels": ["C0TEAM"]});
    let (status, sol) = add(&app, ask).await;
    assert_eq!(status, 201, "{sol}");
    assert!(members(&app, "C0TEAM").await.contains(&sol["user"]));
    assert!(!members(&app, "C0GEN").await.contains(&sol["user"]));
    app.stop().await;
}

#[tokio::test]
async fn who_cannot_come_is_told_why_and_nothing_is_done() {
    let app = App::with_settings(WORLD, settings()).await;
    let before = app.store.dump().await.unwrap();
    for (more, status, code) in [
        (json!({"workspace": "T0NONE"}), 422, "workspace_not_found"),
        (json!({"workspace": "T0OFF"}), 422, "workspace_not_found"),
        (json!({"name": ""}), 422, "invalid_user"),
        (json!({"name": "x".repeat(81)}), 422, "invalid_user"),
        (json!({"real_name": "a\nb"}), 422, "invalid_user"),
        (json!({"email": "nobody"}), 422, "invalid_user"),
        (json!({"email": "ADA@acme.test"}), 409, "already_there"),
        (json!({"role": "primary_owner"}), 422, "invalid_user"),
        (json!({"role": "king"}), 400, "invalid_request"),
        (
            json!({"role": "admin", "guest": "multi_channel"}),
            422,
            "invalid_user",
        ),
        (json!({"guest": "single_channel"}), 422, "invalid_user"),
        (json!({"channels": ["C0NONE"]}), 422, "channel_not_found"),
        (json!({"channels": ["C0GLO"]}), 422, "channel_not_found"),
        (json!({"channels": ["C0PAST"]}), 422, "channel_not_found"),
        (json!({"channels": ["D0ADA"]}), 422, "channel_not_found"),
        (json!({"team": "T0ACME"}), 400, "invalid_request"),
    ] {
        let mut ask = json!({"workspace": "T0ACME", "name": "nia"});
        let keys = more.as_object().unwrap().clone();
        ask.as_object_mut().unwrap().extend(keys);
        let (found, refused) = add(&app, ask).await;
        assert_eq!(
            (found, &refused["error"]),
            (status, &json!(code)),
            "{more}: {refused}"
        );
    }
    for (id, status, code) in [
        ("U0NONE", 422, "user_not_found"),
        ("U0BOT", 422, "invalid_user"),
        ("x", 404, "not_found"),
    ] {
        let (found, refused) =
            control(&app, "POST", &format!("/users/{id}/remove"), json!({})).await;
        assert_eq!((found, &refused["error"]), (status, &json!(code)), "{id}");
    }
    assert!(app.store.dump().await.unwrap() == before);
    app.stop().await;
}

#[tokio::test]
async fn of_several_with_one_address_one_comes() {
    let app = App::with_settings(WORLD, settings()).await;
    let ask = |name: &str| {
        add(
            &app,
            json!({"workspace": "T0ACME", "name": name, "email": "twin@acme.test"}),
        )
    };
    let (a, b, c) = tokio::join!(ask("one"), ask("two"), ask("three"));
    let mut codes = [a.0, b.0, c.0];
    codes.sort_unstable();
    assert_eq!(codes, [201, 409, 409]);
    app.stop().await;
}
