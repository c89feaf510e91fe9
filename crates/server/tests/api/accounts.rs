//! In an organisation an address and a handle are one account's, whichever of its workspaces somebody comes into, and
//! whichever way.

use crate::{
    app::App,
    events::control,
    scim::{ask, done, newcomer, operations},
    share::answer,
};
use guestlist_server::{RateLimits, Settings};
use serde_json::{Value, json};

const INVITE: &str = "admin.users.invite";

fn settings() -> Settings {
    Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    }
}

/// Ann is an admin of Acme and West, which are of one organisation; Globex is on its own. So many more are invited
/// into each of the two, by the same addresses.
fn world(invited: usize) -> String {
    let people = |place: &str, channel: &str| -> String {
        let one = |n| {
            format!(
                "      - {{id: U0{place}{n}, name: twin{n}, email: twin{n}@acme.test, \
                 invited: {{by: U0ANN, at: 2024-01-01, channels: [{channel}], link: l{place}{n}}}}}\n      \
                 - {{id: U0H{place}{n}, name: same{n}, email: same{n}@{place}.test, \
                 invited: {{by: U0ANN, at: 2024-01-01, channels: [{channel}], link: h{place}{n}}}}}\n"
            )
        };
        (0..invited).map(one).collect()
    };
    format!(
        r#"
version: 1
enterprises: [{{id: E0ACME, name: Acme Corp, domain: acme-corp}}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    users:
      - {{id: U0ANN, name: ann, email: ann@acme.test, role: admin}}
      - {{id: U0OTTO, name: otto, email: otto@acme.test, status: removed}}
{}
    channels:
      - {{id: C0ACME, name: general, general: true, creator: U0ANN, members: [U0ANN]}}
    tokens:
      - {{token: xoxp-ann, user: U0ANN, scopes: [admin, "admin.users:write", "users:read"]}}
  - id: T0WEST
    name: West
    domain: west
    enterprise: E0ACME
    users:
      - {{id: U0ANN}}
      - {{id: U0WIN, name: win, email: win@acme.test}}
{}
    channels:
      - {{id: C0WEST, name: general, general: true, creator: U0WIN, members: [U0ANN, U0WIN]}}
  - id: T0GLOBEX
    name: Globex
    domain: globex
    users:
      - {{id: U0GIL, name: gil, email: gil@globex.test}}
"#,
        people("A", "C0ACME"),
        people("W", "C0WEST"),
    )
}

async fn scene() -> App {
    App::with_settings(&world(0), settings()).await
}

/// Invites into West; the code of a refusal.
async fn invite(app: &App, team: &str, channel: &str, email: &str) -> Option<String> {
    let args = [
        ("team_id", team),
        ("channel_ids", channel),
        ("email", email),
    ];
    let told = app.call(INVITE, "xoxp-ann", &args).await;
    told["error"].as_str().map(str::to_owned)
}

/// Who an invitation is for, and the path of its page.
async fn letter(app: &App, to: &str) -> (String, String) {
    let (_, found) = control(app, "GET", &format!("/mail?to={to}"), Value::Null).await;
    let letter = &found["mail"][0];
    let url = letter["url"].as_str().unwrap();
    (
        letter["user"].as_str().unwrap().to_owned(),
        url[url.find("/join/").unwrap()..].to_owned(),
    )
}

async fn join(app: &App, user: &str) -> (u16, Value) {
    control(app, "POST", &format!("/users/{user}/join"), json!({})).await
}

/// The accounts that a filter finds.
async fn accounts(app: &App, what: &str, is: &str) -> Vec<String> {
    let path = format!("v2/Users?filter={what}+eq+%22{is}%22");
    let found = ask(app, "xoxp-ann", "GET", &path, Value::Null).await.json();
    let found = found["Resources"].as_array().unwrap().clone();
    found
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn who_has_an_account_is_not_invited_into_another_workspace() {
    let app = scene().await;
    let con = done(&app, "POST", "v2/Users", newcomer("con")).await;
    let con = con["id"].as_str().unwrap();
    let west = |email| invite(&app, "T0WEST", "C0WEST", email);
    let refused = |code: &str| Some(code.to_owned());
    assert_eq!(west("con@acme.test").await, refused("already_in_team"));
    assert_eq!(west("win@acme.test").await, refused("already_in_team"));
    // They come by what is there for it.
    let args = [("team_id", "T0WEST"), ("user_id", con)];
    app.ok("admin.users.assign", "xoxp-ann", &args).await;
    // Whoever is gone has an account still.
    assert_eq!(west("otto@acme.test").await, refused("user_disabled"));
    let otto = invite(&app, "T0ACME", "C0ACME", "otto@acme.test").await;
    assert_eq!(otto, refused("user_disabled"));
    assert_eq!(west("gil@globex.test").await, None);
}

#[tokio::test]
async fn nobody_is_added_or_changed_so_that_two_have_an_address_or_a_handle() {
    let app = scene().await;
    let add = |team: &'static str, name: &'static str, email: &'static str| {
        let body = json!({"workspace": team, "name": name, "email": email});
        control(&app, "POST", "/users", body)
    };
    for (name, email, who) in [
        ("nia", "ann@acme.test", "U0ANN has the address already"),
        ("nia", "otto@acme.test", "U0OTTO has the address already"),
        (
            "otto",
            "nia@acme.test",
            "U0OTTO of the organisation has the handle already",
        ),
    ] {
        let (status, told) = add("T0WEST", name, email).await;
        assert_eq!((status, &told["error"]), (409, &json!("already_there")));
        assert_eq!(told["message"], who);
    }
    for body in [json!({"email": "otto@acme.test"}), json!({"name": "otto"})] {
        let (status, told) = control(&app, "POST", "/users/U0WIN", body).await;
        assert_eq!((status, &told["error"]), (409, &json!("already_there")));
    }
    for body in [
        json!({"email": "win@acme.test", "name": "win", "title": "Clerk"}),
        json!({"email": "edwin@acme.test", "name": "edwin"}),
    ] {
        let (status, told) = control(&app, "POST", "/users/U0WIN", body).await;
        assert_eq!(status, 200, "{told}");
    }
    // Elsewhere they are other people.
    let (status, told) = add("T0GLOBEX", "ann", "ann@acme.test").await;
    assert_eq!(status, 201, "{told}");
}

#[tokio::test]
async fn who_got_an_account_meanwhile_does_not_join_as_another_person() {
    let app = scene().await;
    assert_eq!(
        invite(&app, "T0WEST", "C0WEST", "dup@acme.test").await,
        None
    );
    let (user, path) = letter(&app, "dup@acme.test").await;
    let dup = done(&app, "POST", "v2/Users", newcomer("dup")).await;
    let dup = dup["id"].as_str().unwrap();
    let off = operations(json!([{"op": "replace", "path": "active", "value": false}]));
    for gone in [false, true] {
        if gone {
            done(&app, "PATCH", &format!("v2/Users/{dup}"), off.clone()).await;
        }
        let (status, told) = join(&app, &user).await;
        assert_eq!((status, &told["error"]), (409, &json!("already_there")));
        let (status, html) = answer(&app, &path, &[("real_name", "Dup")], "join").await;
        assert_eq!(status, 409);
        assert!(html.contains("already has this address"), "{html}");
    }
    assert_eq!(accounts(&app, "emails", "dup@acme.test").await, [dup]);
    assert_eq!(accounts(&app, "userName", "dup").await, [dup]);

    // Whose handle alone is taken is called otherwise.
    assert_eq!(
        invite(&app, "T0WEST", "C0WEST", "dup@west.test").await,
        None
    );
    let (user, _) = letter(&app, "dup@west.test").await;
    let (status, told) = join(&app, &user).await;
    assert_eq!((status, &told["name"]), (200, &json!("dup-2")), "{told}");
}

#[tokio::test]
async fn of_two_who_join_in_two_workspaces_at_once_one_has_the_address() {
    const MANY: usize = 12;
    let app = App::with_settings(&world(MANY), settings()).await;
    // Another node, where there can be one.
    let beside = app.beside(settings()).await;
    let other = beside.as_ref().unwrap_or(&app);
    for n in 0..MANY {
        let (here, there) = (format!("U0A{n}"), format!("U0W{n}"));
        let (one, two) = tokio::join!(join(&app, &here), join(other, &there));
        let mut statuses = [one.0, two.0];
        statuses.sort();
        assert_eq!(statuses, [200, 409], "{one:?} {two:?}");
        let (here, there) = (format!("U0HA{n}"), format!("U0HW{n}"));
        let (one, two) = tokio::join!(join(&app, &here), join(other, &there));
        let mut names = [&one.1["name"], &two.1["name"]].map(|name| name.as_str().unwrap());
        names.sort();
        assert_eq!(names, [format!("same{n}"), format!("same{n}-2")]);
        let twin = format!("twin{n}");
        assert_eq!(accounts(&app, "userName", &twin).await.len(), 1);
    }
    if let Some(beside) = beside {
        beside.stop().await;
    }
}
