//! Guests whose time ends.

use crate::{
    app::App,
    events::{control, deliveries, settings},
};
use guestlist_domain::Timestamp;
use guestlist_store::Clock;
use serde_json::{Value, json};

/// 2026-02-25T12:00:00Z.
const NOON: Timestamp = Timestamp(1_772_020_800_000_000);
const DAY: i64 = 24 * 60 * 60;

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ORG
    created: 2020-01-01
    users:
      - {id: U0ADA, name: ada, role: primary_owner}
      - {id: U0MIA, name: mia, email: mia@partner.test, guest: multi_channel, expires: 2026-03-01T12:00:00Z}
      - {id: U0SOL, name: sol, guest: single_channel}
      - {id: U0OLD, name: old, guest: multi_channel, expires: 2026-02-01, status: removed}
    channels:
      - {id: C0TEAM, name: team, kind: private, creator: U0ADA, created: 2020-01-01, members: [U0ADA, U0BOT, U0MIA, U0SOL]}
      - {id: C0OPEN, name: open, creator: U0ADA, created: 2020-01-01, members: [U0ADA, U0MIA]}
      - {id: D0MIA, kind: im, created: 2020-01-01, members: [U0ADA, U0MIA]}
    apps:
      - id: A0BOARD
        name: onboarding
        created: 2020-01-01
        bot_user: {id: U0BOT}
        events: {delivery: socket, subscribe: [user_change, member_left_channel, member_joined_channel]}
    tokens:
      - {token: xoxb-board, app: A0BOARD, scopes: [groups:read, groups:write, users:read, users.profile:read]}
      - {token: xoxp-mia, app: A0BOARD, user: U0MIA, scopes: [users:read, channels:read, groups:read]}
  - {id: T0TWO, name: Two, domain: two, enterprise: E0ORG, created: 2020-01-01, users: [{id: U0TWO, name: two}, {id: U0MIA}]}
"#;

async fn info(app: &App, user: &str) -> Value {
    app.ok("users.info", "xoxb-board", &[("user", user)]).await["user"].clone()
}

async fn members(app: &App) -> Value {
    let args = [("channel", "C0TEAM")];
    app.ok("conversations.members", "xoxb-board", &args).await["members"].clone()
}

async fn edit(app: &App, who: &str, ask: Value) -> (u16, Value) {
    control(app, "POST", &format!("/users/{who}"), ask).await
}

async fn clock(app: &App, seconds: i64) {
    let (status, told) = control(app, "POST", "/clock", json!({"advance_seconds": seconds})).await;
    assert_eq!(status, 200, "{told}");
}

/// How often the journal says that somebody was removed.
async fn removals(app: &App, user: &str) -> usize {
    let (status, page) = control(app, "GET", "/journal?limit=1000", Value::Null).await;
    assert_eq!(status, 200, "{page}");
    let entries = page["entries"].as_array().unwrap().iter();
    let changes = entries.flat_map(|entry| entry["changes"].as_array().unwrap());
    let gone = json!({"change": "user_edited", "user": user, "removed": true});
    changes
        .filter(|change| {
            gone.as_object()
                .unwrap()
                .iter()
                .all(|(key, value)| &change[key] == value)
        })
        .count()
}

#[tokio::test]
async fn a_guest_whose_time_has_ended_is_gone_as_if_removed() {
    let app = App::with_clock(WORLD, settings(), Clock::standing(NOON)).await;
    let mia = info(&app, "U0MIA").await;
    assert_eq!(
        (&mia["profile"]["guest_expiration_ts"], &mia["deleted"]),
        (&json!(1_772_366_400), &json!(false))
    );
    let asked = [("user", "U0MIA")];
    let told = app.ok("users.profile.get", "xoxb-board", &asked).await;
    assert_eq!(told["profile"]["guest_expiration_ts"], 1_772_366_400);
    // Of whoever stays nothing is told.
    for other in ["U0SOL", "U0ADA"] {
        let other = info(&app, other).await;
        assert_eq!(other["profile"].get("guest_expiration_ts"), None);
    }

    clock(&app, 4 * DAY - 1).await;
    assert_eq!(info(&app, "U0MIA").await["deleted"], false);
    app.ok("users.info", "xoxp-mia", &[("user", "U0MIA")]).await;
    clock(&app, 1).await;
    assert_eq!(info(&app, "U0MIA").await["deleted"], true);
    assert_eq!(members(&app).await, json!(["U0ADA", "U0BOT", "U0SOL"]));
    let refused = app.call("auth.test", "xoxp-mia", &[]).await;
    assert_eq!(refused["error"], "token_revoked");
    let invite = [("channel", "C0TEAM"), ("users", "U0MIA")];
    let refused = app
        .call("conversations.invite", "xoxb-board", &invite)
        .await;
    assert_eq!(refused["error"], "user_not_found");
    // Of the channel that the bot is in, too, and not of the others.
    let told = deliveries(&app, "app=A0BOARD", 2).await;
    let left = &told[0]["body"]["event"];
    assert_eq!(
        (&left["type"], &left["user"], &left["channel"]),
        (
            &json!("member_left_channel"),
            &json!("U0MIA"),
            &json!("C0TEAM")
        )
    );
    let user = &told[1]["body"]["event"]["user"];
    assert_eq!(
        (&told[1]["type"], &user["id"], &user["deleted"]),
        (&json!("user_change"), &json!("U0MIA"), &json!(true))
    );

    // Once, whatever the clock does and whoever starts anew.
    clock(&app, -10 * DAY).await;
    clock(&app, 30 * DAY).await;
    let later = app.store.clock().clone();
    let app = app.restarted(settings(), later).await;
    clock(&app, DAY).await;
    assert_eq!(removals(&app, "U0MIA").await, 1);
    assert_eq!(removals(&app, "U0OLD").await, 0);
    let journal = removals(&app, "U0SOL").await;
    assert_eq!(journal, 0);
    app.stop().await;
}

#[tokio::test]
async fn a_time_that_ended_while_no_server_ran_has_ended() {
    let clock = Clock::standing(NOON);
    let app = App::with_clock(WORLD, settings(), clock).await;
    let later = Clock::standing(Timestamp(NOON.0 + 10 * DAY * 1_000_000));
    let app = app.restarted(settings(), later).await;
    let told = deliveries(&app, "type=user_change", 1).await;
    assert_eq!(told[0]["body"]["event"]["user"]["id"], "U0MIA");
    assert_eq!(info(&app, "U0MIA").await["deleted"], true);
    app.stop().await;
}

#[tokio::test]
async fn when_a_guest_goes_is_set_and_taken_away() {
    let app = App::with_clock(WORLD, settings(), Clock::standing(NOON)).await;
    let ask = json!({
        "workspace": "T0ACME", "name": "lee", "guest": "single_channel", "channels": ["C0TEAM"],
        "expires": "2026-02-27",
    });
    let (status, lee) = control(&app, "POST", "/users", ask).await;
    assert_eq!(
        (status, &lee["expires"]),
        (201, &json!("2026-02-27T00:00:00Z")),
        "{lee}"
    );
    let lee = lee["user"].as_str().unwrap().to_owned();
    let until = async |who: &str| {
        let (_, listed) = control(&app, "GET", "/users?workspace=T0ACME", Value::Null).await;
        let users = listed["users"].as_array().unwrap().clone();
        let found = users.iter().find(|user| user["user"] == who).unwrap();
        found["expires"].clone()
    };
    let (status, _) = edit(&app, "U0SOL", json!({"expires": "2026-02-26T12:00:00Z"})).await;
    assert_eq!(status, 200);
    // Somebody goes later than was said, and stays when they are a guest no more, or for good.
    let (status, _) = edit(&app, &lee, json!({"expires": "1772193600.000000"})).await;
    assert_eq!(
        (status, until(&lee).await),
        (200, json!("2026-02-27T12:00:00Z"))
    );
    let (status, _) = edit(&app, "U0SOL", json!({"expires": null})).await;
    assert_eq!((status, until("U0SOL").await), (200, Value::Null));
    let (status, _) = edit(&app, "U0MIA", json!({"guest": null})).await;
    assert_eq!((status, until("U0MIA").await), (200, Value::Null));

    let before = app.store.dump().await.unwrap();
    for (who, ask) in [
        (&*lee, json!({"expires": "2026-02-25T12:00:00Z"})),
        (&lee, json!({"expires": "soon"})),
        (&lee, json!({"expires": "2026-02-30"})),
        (&lee, json!({"expires": ""})),
        (&lee, json!({"guest": null, "expires": "2026-03-01"})),
        ("U0MIA", json!({"expires": "2026-03-01"})),
        ("U0BOT", json!({"expires": "2026-03-01"})),
        ("U0ADA", json!({"expires": "2026-03-01"})),
    ] {
        let (found, refused) = edit(&app, who, ask.clone()).await;
        assert_eq!(
            (found, &refused["error"]),
            (422, &json!("invalid_user")),
            "{who} {ask}: {refused}"
        );
    }
    let new = |more: Value| {
        let mut ask = json!({"workspace": "T0ACME", "name": "new"});
        let more = more.as_object().unwrap().clone();
        ask.as_object_mut().unwrap().extend(more);
        ask
    };
    for more in [
        json!({"expires": "2026-03-01"}),
        json!({"guest": "multi_channel", "expires": "2026-02-25"}),
    ] {
        let (found, refused) = control(&app, "POST", "/users", new(more)).await;
        assert_eq!(
            (found, &refused["error"]),
            (422, &json!("invalid_user")),
            "{refused}"
        );
    }
    assert!(app.store.dump().await.unwrap() == before);

    clock(&app, 2 * DAY).await;
    for (who, gone) in [(&*lee, true), ("U0SOL", false), ("U0MIA", false)] {
        assert_eq!(info(&app, who).await["deleted"], gone, "{who}");
    }
    // The file says so, too, and is a world.
    let world = app.store.dump().await.unwrap();
    let theirs = world.users.iter().find(|user| user.id.to_string() == lee);
    assert!(theirs.unwrap().removed);
    let text = guestlist_store::world::to_yaml(&guestlist_store::world::write(&world)).unwrap();
    assert!(
        text.contains("expires: \"2026-02-27T12:00:00Z\"")
            || text.contains("expires: 2026-02-27T12:00:00Z"),
        "{text}"
    );
    app.stop().await;
}

#[tokio::test]
async fn who_comes_back_needs_another_end_or_none() {
    let app = App::with_clock(WORLD, settings(), Clock::standing(NOON)).await;
    let restore =
        async |who: &str| control(&app, "POST", &format!("/users/{who}/restore"), json!({})).await;
    let (status, refused) = restore("U0OLD").await;
    assert_eq!(
        (status, &refused["error"]),
        (422, &json!("invalid_user")),
        "{refused}"
    );
    // What else there is to say of them can be said meanwhile.
    let (status, edited) = edit(&app, "U0OLD", json!({"title": "Once"})).await;
    assert_eq!(
        (status, &edited["removed"]),
        (200, &json!(true)),
        "{edited}"
    );
    let (status, _) = edit(&app, "U0OLD", json!({"expires": "2026-02-26T12:00:00Z"})).await;
    assert_eq!(status, 200);
    let (status, back) = restore("U0OLD").await;
    assert_eq!((status, &back["removed"]), (200, &json!(false)), "{back}");
    clock(&app, DAY).await;
    assert_eq!(info(&app, "U0OLD").await["deleted"], true);
    let (status, _) = edit(&app, "U0OLD", json!({"expires": null})).await;
    assert_eq!(status, 200);
    let (status, _) = restore("U0OLD").await;
    assert_eq!(status, 200);
    clock(&app, 1000 * DAY).await;
    assert_eq!(info(&app, "U0OLD").await["deleted"], false);
    app.stop().await;
}

#[tokio::test]
async fn many_go_at_once() {
    let guests: String = (0..600)
        .map(|n| {
            format!(
                "      - {{id: U0G{n}, name: g{n}, guest: multi_channel, expires: 2026-03-01}}\n"
            )
        })
        .collect();
    let world = WORLD.replace(
        "      - {id: U0SOL",
        &format!("{guests}      - {{id: U0SOL"),
    );
    let app = App::with_clock(&world, settings(), Clock::standing(NOON)).await;
    clock(&app, 10 * DAY).await;
    let seed = app.store.dump().await.unwrap();
    let left = seed.users.iter().filter(|user| user.leaves().is_some());
    assert_eq!(left.count(), 0);
    assert_eq!(
        seed.users.iter().filter(|user| user.removed).count(),
        600 + 2
    );
    app.stop().await;
}
