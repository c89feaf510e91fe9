//! Workspaces that admins add to their organisation: `admin.teams.create` and `list`.

use crate::{
    app::App,
    events::{control, deliveries, settings},
};
use guestlist_store::world;
use serde_json::{Value, json};

const CREATE: &str = "admin.teams.create";
const LIST: &str = "admin.teams.list";
const ADA: &str = "xoxp-ada";

/// Ada is the primary owner of Acme, Win is an admin of West.
const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ACME, name: Acme Corp, domain: acme-corp}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    realm: acme
    discoverability: open
    users:
      - {id: U0ADA, name: ada, email: ada@acme.test, role: primary_owner}
      - {id: U0BEN, name: ben, email: ben@acme.test}
    channels:
      - {id: C0GEN, name: general, general: true, creator: U0ADA, members: [U0ADA, U0BEN, U0ABOT]}
    apps:
      - {id: A0ACME, name: acme-app, bot_user: {id: U0ABOT, name: abot}, events: {delivery: socket, subscribe: [team_join, user_change, channel_created, member_joined_channel]}}
    tokens:
      - {token: xoxp-ada, app: A0ACME, user: U0ADA, scopes: ["admin.teams:read", "admin.teams:write", "admin.users:write", "admin.users:read"]}
      - {token: xoxp-ada-reads, app: A0ACME, user: U0ADA, scopes: ["admin.teams:read"]}
      - {token: xoxp-ben, app: A0ACME, user: U0BEN, scopes: ["admin.teams:read", "admin.teams:write"]}
      - {token: xoxb-acme, app: A0ACME, scopes: ["users:read", "channels:read", "admin.teams:read"]}
  - id: T0WEST
    name: West
    domain: west
    enterprise: E0ACME
    realm: acme
    users: [{id: U0WIN, name: win, role: admin}]
    tokens:
      - {token: xoxp-win, user: U0WIN, scopes: ["admin.teams:read", "admin.teams:write"]}
"#;

async fn names(app: &App, token: &str) -> Vec<String> {
    let list = app.ok(LIST, token, &[]).await;
    let rows = list["teams"].as_array().unwrap().iter();
    let mut names: Vec<String> = rows
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_workspace_that_is_made_is_there_for_all_and_stays() {
    let app = App::with_settings(WORLD, settings()).await;
    let clock = app.store.clock().clone();
    assert_eq!(names(&app, "xoxp-win").await, ["Acme", "West"]);
    let east = [("team_domain", "east"), ("team_name", "East")];
    let made = app.ok(CREATE, ADA, &east).await;
    let team = made["team"].as_str().unwrap();
    // Whichever node is asked, and by whomever.
    for token in [ADA, "xoxp-win", ADA, "xoxp-win"] {
        assert_eq!(names(&app, token).await, ["Acme", "East", "West"]);
        assert_eq!(app.refused(CREATE, token, &east).await, "domain_taken");
    }
    // The app of where she was hears of her, and nothing of where it is not.
    let told = deliveries(&app, "app=A0ACME", 1).await;
    assert_eq!(told[0]["type"], "user_change", "{told:?}");
    let who = [("team_id", team), ("user_id", "U0BEN")];
    app.ok("admin.users.assign", ADA, &who).await;
    let users = app.ok("admin.users.list", ADA, &[("team_id", team)]).await;
    assert_eq!(users["users"].as_array().unwrap().len(), 2, "{users}");
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    let first = &journal["entries"][0];
    assert_eq!(
        first["changes"][0],
        json!({"change": "added", "workspaces": [team]}),
        "{journal}"
    );

    let before = app.store.dump().await.unwrap();
    let app = app.restarted(settings(), clock).await;
    assert!(app.store.dump().await.unwrap() == before);
    // Ids go on, and an export loads again.
    let south = [("team_domain", "south"), ("team_name", "South")];
    let other = app.ok(CREATE, "xoxp-win", &south).await;
    assert_ne!(other["team"], team);
    let export = app.store.dump().await.unwrap();
    let text = world::to_yaml(&world::write(&export)).unwrap();
    let now = app.store.clock().now();
    let mut count = 0;
    let read = world::read("export", &text, now, &mut || {
        count += 1;
        [count; 24]
    });
    let again = read.unwrap_or_else(|problems| panic!("{problems}")).seed;
    assert_eq!(again, export);
    app.stop().await;
}

#[tokio::test]
async fn only_admins_with_the_scope_make_workspaces() {
    let app = App::with_settings(WORLD, settings()).await;
    let east = [("team_domain", "east"), ("team_name", "East")];
    for (method, token, code) in [
        (CREATE, "xoxp-ada-reads", "missing_scope"),
        (CREATE, "xoxp-ben", "not_an_admin"),
        (LIST, "xoxp-ben", "not_an_admin"),
        (CREATE, "xoxb-acme", "not_allowed_token_type"),
        (LIST, "xoxb-acme", "not_allowed_token_type"),
    ] {
        let refused = app.refused(method, token, &east).await;
        assert_eq!(refused, code, "{method} {token}");
    }
    assert_eq!(names(&app, ADA).await, ["Acme", "West"]);
    app.stop().await;
}

#[tokio::test]
async fn whoever_asks_why_is_told_what_was_there() {
    let app = App::with_settings(WORLD, settings()).await;
    for (token, domain, name, expected) in [
        (
            "xoxp-ben",
            "acme",
            "East",
            [
                "the caller is an admin or owner",
                "U0BEN is not an admin",
                "make U0BEN an admin, or call as one",
            ],
        ),
        (
            ADA,
            "WEST",
            "East",
            [
                "no workspace of the organisation has the domain",
                "T0WEST has domain: west",
                "choose another domain",
            ],
        ),
        (
            ADA,
            "east",
            "west",
            [
                "no workspace of the organisation has the name",
                "T0WEST has name: West",
                "choose another name",
            ],
        ),
    ] {
        let args = [("team_domain", domain), ("team_name", name)];
        let refused = app.post(CREATE, token, &args).await;
        let why = app.why(&refused).await;
        let check = &why["refused_by"];
        assert_eq!(why["facts"], "as they were then", "{why}");
        assert_eq!(
            ["check", "looked_at", "remedy"].map(|key| check[key].as_str().unwrap()),
            expected
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn of_many_who_ask_for_one_domain_one_gets_it() {
    let app = App::with_settings(WORLD, settings()).await;
    let make = async |token: &str, name: &str| {
        let args = [("team_domain", "east"), ("team_name", name)];
        app.call(CREATE, token, &args).await["error"].clone()
    };
    let (one, two, three, four) = tokio::join!(
        make(ADA, "One"),
        make("xoxp-win", "Two"),
        make(ADA, "Three"),
        make("xoxp-win", "Four")
    );
    let codes = [one, two, three, four];
    let taken = codes.iter().filter(|code| **code == "domain_taken");
    assert_eq!((taken.count(), codes.iter().any(Value::is_null)), (3, true));
    assert_eq!(names(&app, ADA).await.len(), 3);
    app.stop().await;
}
