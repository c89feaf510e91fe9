//! People who are invited into a workspace by their address, from the call to the page on which they join.

use crate::{
    add::added,
    app::App,
    events::{control, deliveries, settings},
    share::{answer, hidden, page, submit},
};
use guestlist_domain::Timestamp;
use guestlist_store::Clock;
use serde_json::{Value, json};

/// 2026-02-25T12:00:00Z.
const NOON: Timestamp = Timestamp(1_772_020_800_000_000);
const DAY: i64 = 24 * 60 * 60;
const METHOD: &str = "admin.users.invite";

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0ACME
    name: Acme <i>& Sons</i>
    domain: acme
    enterprise: E0ORG
    created: 2020-01-01
    users:
      - {id: U0ADA, name: ada, real_name: "Ada <script>", email: ada@acme.test, role: primary_owner}
      - {id: U0NIA, name: nia, real_name: Nia, email: nia@acme.test, invited: {by: U0ADA, at: 2026-01-01, channels: [C0TEAM], link: nia1}}
      - {id: U0OFF, name: off, email: off@acme.test, invited: {by: U0ADA, at: 2026-01-01, channels: [C0TEAM], link: off1, state: withdrawn}}
      - {id: U0OLD, name: old, email: old@acme.test, status: removed}
    channels:
      - {id: C0GEN, name: general, general: true, creator: U0ADA, created: 2020-01-01, members: [U0ADA, U0BOT]}
      - {id: C0TEAM, name: team, kind: private, creator: U0ADA, created: 2020-01-01, members: [U0ADA, U0BOT]}
      - {id: C0OPEN, name: open, creator: U0ADA, created: 2020-01-01, members: [U0ADA, U0BOT]}
    apps:
      - id: A0BOARD
        name: onboarding
        created: 2020-01-01
        bot_user: {id: U0BOT}
        events: {delivery: socket, subscribe: [team_join, user_change, member_joined_channel]}
    tokens:
      - {token: xoxb-board, app: A0BOARD, scopes: [channels:read, channels:history, channels:manage, groups:read, groups:history, groups:write, im:write, users:read, users:read.email]}
      - {token: xoxp-ada, app: A0BOARD, user: U0ADA, scopes: ["admin.users:write"]}
"#;

async fn world() -> App {
    App::with_clock(WORLD, settings(), Clock::standing(NOON)).await
}

fn joe<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("team_id", "T0ACME"),
        ("email", "joe@email.test"),
        ("channel_ids", "C0TEAM,C0OPEN"),
    ];
    let kept = usual
        .into_iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    kept.chain(more.iter().copied()).collect()
}

/// The newest letter to an address.
async fn letter(app: &App, to: &str) -> Value {
    let (status, found) = control(app, "GET", &format!("/mail?to={to}"), Value::Null).await;
    assert_eq!(status, 200, "{found}");
    found["mail"][0].clone()
}

/// The path of its link.
fn path(letter: &Value) -> String {
    let url = letter["url"].as_str().unwrap();
    url[url.find("/join/").unwrap()..].to_owned()
}

async fn info(app: &App, user: &str) -> Value {
    app.ok("users.info", "xoxb-board", &[("user", user)]).await["user"].clone()
}

async fn members(app: &App, channel: &str) -> Vec<String> {
    let args = [("channel", channel)];
    let told = app.ok("conversations.members", "xoxb-board", &args).await;
    serde_json::from_value(told["members"].clone()).unwrap()
}

async fn deed(app: &App, user: &str, deed: &str, body: Value) -> (u16, Value) {
    control(app, "POST", &format!("/users/{user}/{deed}"), body).await
}

#[tokio::test]
async fn somebody_is_invited_and_joins_by_the_page() {
    let app = world().await;
    let args = joe(&[
        ("real_name", "Joe <b>Smith</b>"),
        ("custom_message", "Come!"),
    ]);
    app.ok(METHOD, "xoxp-ada", &args).await;
    let mail = letter(&app, "joe@email.test").await;
    assert_eq!(
        (&mail["subject"], mail.get("invitation"), &mail["state"]),
        (
            &json!("Ada <script> invites you to join Acme <i>& Sons</i>"),
            None,
            &json!("kept")
        )
    );
    let text = mail["text"].as_str().unwrap();
    assert!(
        text.contains("> Come!\n") && text.contains("You come into #team, #open."),
        "{text}"
    );
    let id = mail["user"].as_str().unwrap();

    // Listed as invited, and otherwise not there.
    let shown = info(&app, id).await;
    assert_eq!(
        (&shown["is_invited_user"], &shown["deleted"], &shown["name"]),
        (&json!(true), &json!(false), &json!("joe"))
    );
    assert_eq!(shown["is_email_confirmed"], false);
    let told = app.ok("users.list", "xoxb-board", &[]).await;
    let listed = told["members"].as_array().unwrap();
    assert!(listed.iter().any(|user| user["id"] == id));
    for (method, args, code) in [
        (
            "conversations.invite",
            vec![("channel", "C0OPEN"), ("users", id)],
            "user_not_found",
        ),
        ("conversations.open", vec![("users", id)], "user_disabled"),
        (
            "users.lookupByEmail",
            vec![("email", "joe@email.test")],
            "users_not_found",
        ),
    ] {
        let refused = app.call(method, "xoxb-board", &args).await;
        assert_eq!(refused["error"], code, "{method}");
    }
    assert!(!members(&app, "C0TEAM").await.contains(&id.to_owned()));
    let asked = json!({"user": id, "scopes": ["users:read"]});
    let (_, token) = control(&app, "POST", "/tokens", asked).await;
    let token = token["token"].as_str().unwrap();
    let refused = app.call("auth.test", token, &[]).await;
    assert_eq!(refused["error"], "token_revoked");
    let refused = app.call(METHOD, "xoxp-ada", &joe(&[])).await;
    assert_eq!(refused["error"], "already_in_team_invited_user");

    let path = path(&mail);
    let (status, html) = page(&app, &path).await;
    assert_eq!(status, 200);
    for part in [
        "Ada &lt;script&gt; invites you to join Acme &lt;i&gt;&amp; Sons&lt;/i&gt;",
        "#team, #open",
        "value=\"Joe &lt;b&gt;Smith&lt;/b&gt;\"",
        "joe@email.test",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let (status, _) = answer(&app, &path, &[("real_name", " Joe Smythe ")], "join").await;
    assert_eq!(status, 303);
    let (status, html) = page(&app, &path).await;
    assert!(status == 200 && html.contains("You have joined"), "{html}");

    let shown = info(&app, id).await;
    assert_eq!(
        (shown.get("is_invited_user"), &shown["real_name"]),
        (None, &json!("Joe Smythe"))
    );
    for channel in ["C0GEN", "C0TEAM", "C0OPEN"] {
        assert!(
            members(&app, channel).await.contains(&id.to_owned()),
            "{channel}"
        );
    }
    let args = [("channel", "C0TEAM"), ("limit", "1")];
    let told = app.ok("conversations.history", "xoxb-board", &args).await;
    let message = &told["messages"][0];
    assert_eq!(
        (&message["subtype"], &message["inviter"]),
        (&json!("channel_join"), &json!("U0ADA"))
    );
    let told = deliveries(&app, "app=A0BOARD", 4).await;
    let mut kinds: Vec<_> = told
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.remove(0), "team_join");
    assert_eq!(kinds, ["member_joined_channel"; 3]);
    assert_eq!(told[0]["body"]["event"]["user"]["id"], id);
    app.ok("auth.test", token, &[]).await;
    let refused = app.call(METHOD, "xoxp-ada", &joe(&[])).await;
    assert_eq!(refused["error"], "already_in_team");
    app.stop().await;
}

#[tokio::test]
async fn a_link_is_good_once_and_while_it_is_open() {
    let app = world().await;
    for (path, status) in [
        ("/join/U0NIA-nia1", 200),
        ("/join/U0NIA-nia2", 404),
        ("/join/U0NIA-", 404),
        ("/join/U0ADA-nia1", 404),
        ("/join/U0NONE-nia1", 404),
        ("/join/nia1", 404),
        (&format!("/join/U0NIA-{}", "x".repeat(200)), 404),
        ("/join/U0OFF-off1", 410),
    ] {
        assert_eq!(page(&app, path).await.0, status, "{path}");
    }
    let nia = "/join/U0NIA-nia1";
    for (name, status) in [("", 422), ("  ", 422), (&*"x".repeat(81), 422)] {
        let (found, html) = answer(&app, nia, &[("real_name", name)], "join").await;
        assert!(
            found == status && html.contains("role=\"alert\""),
            "{name}: {html}"
        );
    }
    // Only the page's own form is taken.
    let fields = |seal: &str| {
        [("real_name", "Nia"), ("seal", seal)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let stale = submit(&app, nia, &[], &fields("x")).await;
    assert_eq!(stale.status, 403);
    let (_, html) = page(&app, nia).await;
    let (_, seal) = hidden(&html).remove(0);
    let evil = [("Origin", "http://evil.test")];
    let foreign = submit(&app, nia, &evil, &fields(&seal)).await;
    assert_eq!(foreign.status, 403);
    assert_eq!(info(&app, "U0NIA").await["is_invited_user"], true);

    // Of several who send it at once one joins.
    let sent = async || submit(&app, nia, &[], &fields(&seal)).await.status;
    let (a, b, c) = tokio::join!(sent(), sent(), sent());
    for status in [a, b, c] {
        assert!([200, 303].contains(&status), "{status}");
    }
    deliveries(&app, "type=team_join", 1).await;
    app.stop().await;
}

#[tokio::test]
async fn operators_let_people_join_and_take_invitations_back() {
    let app = world().await;
    for user in ["U0NIA", "U0OFF"] {
        let (status, refused) = deed(&app, user, "restore", json!({})).await;
        assert_eq!(
            (status, &refused["error"]),
            (422, &json!("invalid_user")),
            "{user}"
        );
    }
    for (user, body, status, code) in [
        ("U0ADA", json!({}), 422, "not_invited"),
        ("U0OFF", json!({}), 422, "not_invited"),
        ("U0OLD", json!({}), 422, "not_invited"),
        ("U0NONE", json!({}), 422, "user_not_found"),
        ("U0BOT", json!({}), 422, "invalid_user"),
        ("U0NIA", json!({"real_name": "a\nb"}), 422, "invalid_user"),
        ("U0NIA", json!({"name": "nia"}), 400, "invalid_request"),
        ("x", json!({}), 404, "not_found"),
    ] {
        let (found, refused) = deed(&app, user, "join", body).await;
        assert_eq!(
            (found, &refused["error"]),
            (status, &json!(code)),
            "{user}: {refused}"
        );
    }
    let (status, gone) = deed(&app, "U0NIA", "remove", json!({})).await;
    assert_eq!(
        (status, &gone["removed"], gone.get("invited")),
        (200, &json!(true), None),
        "{gone}"
    );
    assert_eq!(info(&app, "U0NIA").await["deleted"], true);
    assert_eq!(page(&app, "/join/U0NIA-nia1").await.0, 410);
    // Who is invited anew is the same person, by another link.
    let args = joe(&[("email", "nia@acme.test")]);
    app.ok(METHOD, "xoxp-ada", &args).await;
    let mail = letter(&app, "nia@acme.test").await;
    assert_eq!(mail["user"], "U0NIA");
    assert_ne!(path(&mail), "/join/U0NIA-nia1");
    assert_eq!(page(&app, "/join/U0NIA-nia1").await.0, 404);
    // Sent again, it is the same link.
    let again = joe(&[("email", "nia@acme.test"), ("resend", "true")]);
    app.ok(METHOD, "xoxp-ada", &again).await;
    assert_eq!(path(&letter(&app, "nia@acme.test").await), path(&mail));
    let (status, joined) = deed(&app, "U0NIA", "join", json!({"real_name": "Nia Okoro"})).await;
    assert_eq!(
        (status, &joined["real_name"], &joined["removed"]),
        (200, &json!("Nia Okoro"), &json!(false)),
        "{joined}"
    );
    deliveries(&app, "type=team_join", 1).await;
    // Nobody was told of what became of an invitation.
    let (_, changed) = control(&app, "GET", "/deliveries?type=user_change", Value::Null).await;
    assert_eq!(changed["deliveries"], json!([]));

    // Gone once more, she is like anybody who was there.
    deed(&app, "U0NIA", "remove", json!({})).await;
    let refused = app.call(METHOD, "xoxp-ada", &again).await;
    assert_eq!(refused["error"], "user_disabled");
    let (status, back) = deed(&app, "U0NIA", "restore", json!({})).await;
    assert_eq!((status, &back["removed"]), (200, &json!(false)), "{back}");
    app.stop().await;
}

#[tokio::test]
async fn guests_are_invited_for_a_time() {
    let app = world().await;
    let until = (NOON.seconds() + 2 * DAY).to_string();
    for (email, more) in [
        ("one@email.test", ("is_ultra_restricted", "true")),
        ("two@email.test", ("is_restricted", "true")),
    ] {
        let args = joe(&[
            ("email", email),
            ("channel_ids", "C0TEAM"),
            ("guest_expiration_ts", &until),
            more,
        ]);
        app.ok(METHOD, "xoxp-ada", &args).await;
    }
    let (one, two) = (
        letter(&app, "one@email.test").await,
        letter(&app, "two@email.test").await,
    );
    let text = one["text"].as_str().unwrap();
    assert!(
        text.contains("You are a guest there until 27 February 2026"),
        "{text}"
    );
    let (status, _) = answer(&app, &path(&one), &[("real_name", "One")], "join").await;
    assert_eq!(status, 303);
    let id = one["user"].as_str().unwrap();
    let shown = info(&app, id).await;
    assert_eq!(
        (
            &shown["is_ultra_restricted"],
            &shown["profile"]["guest_invited_by"],
            &shown["profile"]["guest_expiration_ts"]
        ),
        (
            &json!(true),
            &json!("U0ADA"),
            &json!(NOON.seconds() + 2 * DAY)
        )
    );
    assert!(!members(&app, "C0GEN").await.contains(&id.to_owned()));
    let (status, _) = control(&app, "POST", "/clock", json!({"advance_seconds": 2 * DAY})).await;
    assert_eq!(status, 200);
    assert_eq!(info(&app, id).await["deleted"], true);
    // Who has not joined by then never will.
    assert_eq!(page(&app, &path(&two)).await.0, 410);
    let (status, refused) = deed(&app, two["user"].as_str().unwrap(), "join", json!({})).await;
    assert_eq!(
        (status, &refused["error"]),
        (422, &json!("invalid_user")),
        "{refused}"
    );
    app.stop().await;
}

#[tokio::test]
async fn of_several_invitations_to_one_address_one_is_sent() {
    let app = world().await;
    let args = joe(&[]);
    let ask = || app.call(METHOD, "xoxp-ada", &args);
    let told = tokio::join!(ask(), ask(), ask(), ask());
    let told = [told.0, told.1, told.2, told.3];
    let good = told.iter().filter(|answer| answer["ok"] == true);
    assert_eq!(good.count(), 1, "{told:?}");
    let refused = told
        .iter()
        .filter(|answer| answer["error"] == "already_in_team_invited_user");
    assert_eq!(refused.count(), 3, "{told:?}");
    let (_, found) = control(&app, "GET", "/mail?to=joe@email.test", Value::Null).await;
    assert_eq!(found["mail"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn who_came_otherwise_meanwhile_does_not_come_twice_and_closed_channels_hold_nobody_back() {
    let app = world().await;
    let taken = json!({"workspace": "T0ACME", "name": "nia2", "email": "nia@acme.test"});
    let (status, other) = control(&app, "POST", "/users", taken).await;
    assert_eq!(status, 201, "{other}");
    let nia = "/join/U0NIA-nia1";
    let (status, html) = answer(&app, nia, &[("real_name", "Nia")], "join").await;
    assert!(status == 409 && html.contains("has this address"), "{html}");
    let other = other["user"].as_str().unwrap();
    // Who is gone has an account still.
    deed(&app, other, "remove", json!({})).await;
    let (status, _) = answer(&app, nia, &[("real_name", "Nia")], "join").await;
    assert_eq!(status, 409);
    let path = format!("/users/{other}");
    control(&app, "POST", &path, json!({"email": null})).await;
    let args = [("channel", "C0TEAM")];
    app.ok("conversations.archive", "xoxb-board", &args).await;
    let (status, _) = answer(&app, nia, &[("real_name", "Nia")], "join").await;
    assert_eq!(status, 303);
    assert!(!members(&app, "C0TEAM").await.contains(&"U0NIA".to_owned()));
    assert!(members(&app, "C0GEN").await.contains(&"U0NIA".to_owned()));
    app.stop().await;
}

#[tokio::test]
async fn copies_of_a_workspace_have_links_of_their_own() {
    let app = world().await;
    let mut links = Vec::new();
    for _ in 0..2 {
        let told = added(&app, "?ids=new", WORLD).await;
        let id = told["ids"]["U0NIA"].as_str().unwrap().to_owned();
        let seed = app.store.dump().await.unwrap();
        let nia = seed.users.iter().find(|user| user.id.to_string() == id);
        let invited = nia.unwrap().invited.clone().unwrap();
        assert_eq!(
            (&json!(invited.by), &json!(invited.channels[0])),
            (&told["ids"]["U0ADA"], &told["ids"]["C0TEAM"])
        );
        links.push(format!("/join/{id}-{}", invited.link));
    }
    assert_ne!(links[0].split_once('-'), links[1].split_once('-'));
    for link in &links {
        let (status, _) = answer(&app, link, &[("real_name", "Nia")], "join").await;
        assert_eq!(status, 303, "{link}");
    }
    // The one they were made of is still invited.
    assert_eq!(info(&app, "U0NIA").await["is_invited_user"], true);
    let later = app.store.clock().clone();
    let app = app.restarted(settings(), later).await;
    assert_eq!(page(&app, "/join/U0NIA-nia1").await.0, 200);
    assert!(page(&app, &links[0]).await.1.contains("You have joined"));
    app.stop().await;
}

#[tokio::test]
async fn who_is_invited_stays_somebody_who_can_join() {
    let app = world().await;
    app.ok(METHOD, "xoxp-ada", &joe(&[])).await;
    let joe = letter(&app, "joe@email.test").await["user"].clone();
    let joe = joe.as_str().unwrap();
    for change in [json!({"email": null}), json!({"guest": "single_channel"})] {
        let path = format!("/users/{joe}");
        let (status, refused) = control(&app, "POST", &path, change).await;
        assert_eq!((status, &refused["error"]), (422, &json!("invalid_user")));
    }
    // A link that was used says no more than that, once they are gone.
    let link = "/join/U0NIA-nia1";
    assert_eq!(deed(&app, "U0NIA", "join", json!({})).await.0, 200);
    assert!(page(&app, link).await.1.contains("You are in"));
    assert_eq!(deed(&app, "U0NIA", "remove", json!({})).await.0, 200);
    assert!(!page(&app, link).await.1.contains("You are in"));
}
