//! People who come to a workspace, and go, while the server goes on.

use crate::{
    app::App,
    events::{control, deliveries, settings},
};
use serde_json::{Value, json};

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    users:
      - {id: U0ADA, name: ada, email: ada@acme.test, role: primary_owner}
      - {id: U0LEFT, name: left, status: removed}
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
  - {id: T0OFF, name: Off, domain: off, status: deleted, users: [{id: U0OUT, name: out}]}
  - {id: T0TWO, name: Two, domain: two, enterprise: E0ORG, users: [{id: U0TWO, name: two}, {id: U0ONE}]}
  - {id: T0ONE, name: One, domain: one, enterprise: E0ORG, users: [{id: U0ONE, name: one}, {id: U0UNO, name: uno}, {id: U0TWO}]}
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
        (
            json!({"guest": "multi_channel", "channels": ["C0GEN"]}),
            422,
            "user_is_restricted",
        ),
        (json!({"name": "Ni A!"}), 422, "invalid_user"),
        (json!({"name": null}), 400, "invalid_request"),
        (json!({"display_name": "  "}), 422, "invalid_user"),
        (json!({"tz": "Mars/Olympus"}), 422, "invalid_user"),
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
        ("U0ADA", 422, "invalid_user"),
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

async fn edit(app: &App, who: &str, ask: Value) -> (u16, Value) {
    control(app, "POST", &format!("/users/{who}"), ask).await
}

#[tokio::test]
async fn what_is_another_about_somebody_is_told() {
    let app = App::with_settings(WORLD, settings()).await;
    let nia = json!({
        "workspace": "T0ACME", "name": "nia", "email": "nia@acme.test", "title": "Sales",
        "display_name": "Nia", "tz": "Europe/Zurich", "channels": ["C0TEAM"],
    });
    let (status, nia) = add(&app, nia).await;
    assert_eq!((status, &nia["title"]), (201, &json!("Sales")), "{nia}");
    let id = nia["user"].as_str().unwrap();
    let about =
        json!({"title": "Head of Sales", "role": "admin", "email": "NIA.O@acme.test", "tz": null});
    let (status, edited) = edit(&app, id, about.clone()).await;
    assert_eq!(status, 200, "{edited}");
    let shown = app.ok("users.info", "xoxb-board", &[("user", id)]).await["user"].clone();
    assert_eq!(
        (
            &shown["profile"]["title"],
            &shown["profile"]["email"],
            &shown["is_admin"]
        ),
        (
            &json!("Head of Sales"),
            &json!("nia.o@acme.test"),
            &json!(true)
        )
    );
    assert_eq!(shown["profile"]["display_name"], "Nia");
    assert_eq!(shown["tz"], "Etc/UTC");
    // What is so already is told to nobody.
    let (status, _) = edit(&app, id, about).await;
    assert_eq!(status, 200);
    // A guest is in no channel that is closed to them.
    let guest = json!({"role": "member", "guest": "multi_channel"});
    let (status, edited) = edit(&app, id, guest).await;
    assert_eq!(
        (status, &edited["guest"]),
        (200, &json!("multi_channel")),
        "{edited}"
    );
    assert!(!members(&app, "C0GEN").await.contains(&json!(id)));
    assert!(members(&app, "C0TEAM").await.contains(&json!(id)));
    let (status, edited) = edit(&app, id, json!({"guest": null})).await;
    assert_eq!((status, edited.get("guest")), (200, None), "{edited}");
    // And a full member is where everybody is.
    assert!(members(&app, "C0GEN").await.contains(&json!(id)));
    let told = deliveries(&app, "type=user_change", 3).await;
    assert_eq!(told[2]["body"]["event"]["user"]["is_restricted"], false);

    let before = app.store.dump().await.unwrap();
    for (who, ask, status, code) in [
        ("U0NONE", json!({}), 422, "user_not_found"),
        ("U0BOT", json!({"title": "Bot"}), 422, "invalid_user"),
        ("U0ADA", json!({"role": "member"}), 422, "invalid_user"),
        (
            "U0ADA",
            json!({"guest": "multi_channel"}),
            422,
            "invalid_user",
        ),
        (id, json!({"role": "primary_owner"}), 422, "invalid_user"),
        (
            id,
            json!({"role": "admin", "guest": "multi_channel"}),
            422,
            "invalid_user",
        ),
        (id, json!({"email": "ada@acme.test"}), 409, "already_there"),
        (id, json!({"name": ""}), 422, "invalid_user"),
        (id, json!({"removed": true}), 400, "invalid_request"),
        (id, json!({"name": null}), 400, "invalid_request"),
        (id, json!({"role": null}), 400, "invalid_request"),
        ("U0OUT", json!({"title": "x"}), 422, "workspace_not_found"),
        (
            "U0LEFT",
            json!({"role": "admin", "guest": "multi_channel"}),
            422,
            "invalid_user",
        ),
    ] {
        let (found, refused) = edit(&app, who, ask.clone()).await;
        assert_eq!(
            (found, &refused["error"]),
            (status, &json!(code)),
            "{ask}: {refused}"
        );
    }
    assert!(app.store.dump().await.unwrap() == before);
    app.stop().await;
}

#[tokio::test]
async fn who_is_gone_can_come_back() {
    let app = App::with_settings(WORLD, settings()).await;
    let nia = json!({"workspace": "T0ACME", "name": "nia", "email": "n@acme.test", "channels": ["C0TEAM"]});
    let (_, nia) = add(&app, nia).await;
    let id = nia["user"].as_str().unwrap();
    let asked = json!({"user": id, "scopes": ["users:read"]});
    let (_, token) = control(&app, "POST", "/tokens", asked.clone()).await;
    let token = token["token"].as_str().unwrap();
    let deed =
        async |name: &str| control(&app, "POST", &format!("/users/{id}/{name}"), json!({})).await;
    let state = async || {
        let (_, listed) = control(&app, "GET", "/tokens", Value::Null).await;
        let tokens = listed["tokens"].as_array().unwrap().clone();
        let theirs = tokens.iter().find(|token| token["user"] == id);
        theirs.unwrap()["state"].clone()
    };
    assert_eq!(state().await, "live");
    assert_eq!(deed("remove").await.0, 200);
    assert_eq!(state().await, "user_removed");
    let (status, made) = control(&app, "POST", "/tokens", asked).await;
    assert_eq!(
        (status, &made["state"]),
        (201, &json!("user_removed")),
        "{made}"
    );

    for _ in 0..2 {
        let (status, back) = deed("restore").await;
        assert_eq!((status, &back["removed"]), (200, &json!(false)), "{back}");
    }
    app.ok("auth.test", token, &[]).await;
    assert!(members(&app, "C0GEN").await.contains(&json!(id)));
    assert!(!members(&app, "C0TEAM").await.contains(&json!(id)));
    deliveries(&app, "type=user_change", 2).await;

    // Somebody else has the address meanwhile.
    deed("remove").await;
    let (status, _) = add(
        &app,
        json!({"workspace": "T0ACME", "name": "noa", "email": "n@acme.test"}),
    )
    .await;
    assert_eq!(status, 201);
    let (status, refused) = deed("restore").await;
    assert_eq!(
        (status, &refused["error"]),
        (409, &json!("already_there")),
        "{refused}"
    );
    app.stop().await;
}

#[tokio::test]
async fn people_are_listed_page_by_page() {
    let app = App::with_settings(WORLD, settings()).await;
    let all = async |query: &str| {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/users?{query}{after}");
            let (status, page) = control(&app, "GET", &path, Value::Null).await;
            assert_eq!(status, 200, "{page}");
            let users = page["users"].as_array().unwrap();
            found.extend(
                users
                    .iter()
                    .map(|user| user["user"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return found,
            }
        }
    };
    let everybody = all("limit=1000").await;
    assert!(everybody.contains(&"U0BOT".to_owned()) && everybody.contains(&"U0GIL".to_owned()));
    for limit in 1..=everybody.len() {
        assert_eq!(all(&format!("limit={limit}")).await, everybody, "{limit}");
    }
    assert_eq!(all("workspace=T0GLO").await, ["U0GIL"]);
    // Of one workspace all who are in it; of all each once.
    for limit in 1..=4 {
        let here = all(&format!("workspace=T0ONE&limit={limit}")).await;
        assert_eq!(here, ["U0ONE", "U0TWO", "U0UNO"], "{limit}");
        let there = all(&format!("workspace=T0TWO&limit={limit}")).await;
        assert_eq!(there, ["U0ONE", "U0TWO"], "{limit}");
    }
    let mut once = everybody.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), everybody.len(), "{everybody:?}");
    for (query, code) in [
        ("workspace=T0NONE", "workspace_not_found"),
        ("after=U0NONE", "user_not_found"),
        ("after=x", "invalid_request"),
        ("limit=0", "invalid_request"),
        ("team=T0ACME", "invalid_request"),
    ] {
        let (status, refused) = control(&app, "GET", &format!("/users?{query}"), Value::Null).await;
        assert_eq!((status, &refused["error"]), (422, &json!(code)), "{query}");
    }
    app.stop().await;
}
