//! People who come to other workspaces of their organisation, leave them, and become regular members:
//! `admin.users.assign`, `remove`, `setRegular`.

use crate::{
    app::App,
    events::{control, deliveries, settings},
};
use guestlist_domain::Seed;
use guestlist_store::world;
use serde_json::{Value, json};
use std::time::Duration;

const ASSIGN: &str = "admin.users.assign";
const REMOVE: &str = "admin.users.remove";
const REGULAR: &str = "admin.users.setRegular";
const ADA: &str = "xoxp-ada";

/// Ada is an owner in Acme. Ben is there, Win in West, Eve in both.
const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ACME, name: Acme Corp, domain: acme-corp}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    users:
      - {id: U0ADA, name: ada, role: owner}
      - {id: U0BEN, name: ben, email: ben@acme.test}
      - {id: U0EVE, name: eve, email: eve@acme.test}
      - {id: U0MIA, name: mia, guest: multi_channel}
      - {id: U0OTTO, name: otto, email: otto@acme.test, status: removed}
    channels:
      - {id: C0GEN, name: general, general: true, creator: U0ADA, members: [U0ADA, U0BEN, U0EVE, U0ABOT]}
      - {id: C0TEAM, name: team, kind: private, creator: U0ADA, members: [U0ADA, U0EVE, U0MIA, U0ABOT]}
      - {id: C0BOTH, name: both, creator: U0ADA, members: [U0ADA, U0EVE], workspaces: [T0ACME, T0WEST]}
      - {id: D0EVE, kind: im, creator: U0EVE, members: [U0ADA, U0EVE], messages: [{user: U0EVE, text: hello, ts: '1700000000.000100'}]}
    apps:
      - {id: A0ACME, name: acme-app, bot_user: {id: U0ABOT, name: abot}, events: {delivery: socket, subscribe: [team_join, user_change, member_joined_channel]}}
    tokens:
      - {token: xoxp-ada, app: A0ACME, user: U0ADA, scopes: ["admin.users:write", "admin.users:read", "im:history", "im:read"]}
      - {token: xoxp-ada-narrow, app: A0ACME, user: U0ADA, scopes: ["users:read"]}
      - {token: xoxp-ben, app: A0ACME, user: U0BEN, scopes: ["admin.users:write", "channels:write"]}
      - {token: xoxp-eve, app: A0ACME, user: U0EVE, scopes: ["channels:read", "channels:write", "users:read"]}
      - {token: xoxb-acme, app: A0ACME, scopes: ["users:read", "channels:read", "groups:read", "channels:manage"]}
      - {token: xoxb-org, kind: org, app: A0ACME, user: U0ABOT, workspaces: [T0ACME, T0WEST], scopes: ["users:read", "channels:read"]}
  - id: T0WEST
    name: West
    domain: west
    enterprise: E0ACME
    users:
      - {id: U0WIN, name: win, email: win@acme.test, role: admin}
      - {id: U0EVE}
    channels:
      - {id: C0WGEN, name: general, general: true, creator: U0WIN, members: [U0WIN, U0EVE, U0WBOT]}
      - {id: C0WALL, name: all, mandatory: true, creator: U0WIN, members: [U0WIN]}
      - {id: C0WOPEN, name: open, creator: U0WIN, members: [U0WIN, U0WBOT]}
      - {id: C0WSHUT, name: shut, kind: private, creator: U0WIN, members: [U0WIN]}
    apps:
      - {id: A0WEST, name: west-app, bot_user: {id: U0WBOT, name: wbot}, events: {delivery: socket, subscribe: [team_join, user_change, member_joined_channel]}}
    tokens:
      - {token: xoxp-win, app: A0WEST, user: U0WIN, scopes: ["admin.users:write"]}
      - {token: xoxp-eve-west, app: A0WEST, user: U0EVE, scopes: ["channels:read", "users:read"]}
      - {token: xoxb-west, app: A0WEST, scopes: ["users:read", "channels:read", "channels:manage", "channels:join"]}
"#;

async fn scene() -> App {
    App::with_settings(WORLD, settings()).await
}

fn at<'a>(team: &'a str, user: &'a str) -> [(&'a str, &'a str); 2] {
    [("team_id", team), ("user_id", user)]
}

async fn members(app: &App, channel: &str, token: &str) -> Value {
    let args = [("channel", channel)];
    app.ok("conversations.members", token, &args).await["members"].clone()
}

/// A code that is answered at once, or by a node that had no part in it a little later.
async fn soon(app: &App, token: &str, code: &str) {
    let asked = async {
        while let given = app.post("auth.test", token, &[]).await.error()
            && given != code
        {
            assert_eq!(app.nodes().count(), 2, "{token}: {given:?}, not {code:?}");
        }
    };
    tokio::time::timeout(Duration::from_secs(10), asked)
        .await
        .unwrap();
}

/// Of each event of an app what it is, whom it is about and where.
async fn told(app: &App, which: &str, count: usize) -> Vec<[String; 3]> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut told: Vec<_> = deliveries(app, &format!("app={which}"), count)
        .await
        .iter()
        .map(|delivery| {
            let event = &delivery["body"]["event"];
            let user = match &event["user"] {
                Value::Object(user) => &user["id"],
                user => user,
            };
            [text(&event["type"]), text(user), text(&event["channel"])]
        })
        .collect();
    told.sort();
    told
}

async fn changes(app: &App) -> Vec<Value> {
    let (_, journal) = control(app, "GET", "/journal", Value::Null).await;
    let entries = journal["entries"].as_array().unwrap().iter();
    entries
        .flat_map(|entry| entry["changes"].as_array().unwrap().clone())
        .collect()
}

#[tokio::test]
async fn somebody_comes_to_another_workspace() {
    let app = scene().await;
    let ben = [
        ("team_id", "T0WEST"),
        ("user_id", "U0BEN"),
        ("channel_ids", "C0WOPEN"),
    ];
    assert_eq!(app.ok(ASSIGN, ADA, &ben).await, json!({"ok": true}));
    assert_eq!(
        app.refused(ASSIGN, ADA, &ben).await,
        "user_already_team_member"
    );
    for (channel, everybody) in [
        ("C0WOPEN", json!(["U0BEN", "U0WIN", "U0WBOT"])),
        ("C0WGEN", json!(["U0BEN", "U0EVE", "U0WIN", "U0WBOT"])),
    ] {
        assert_eq!(members(&app, channel, "xoxb-west").await, everybody);
    }
    let shown = app
        .ok("users.info", "xoxb-west", &[("user", "U0BEN")])
        .await;
    assert_eq!(
        (
            &shown["user"]["team_id"],
            &shown["user"]["enterprise_user"]["teams"]
        ),
        (&json!("T0WEST"), &json!(["T0ACME", "T0WEST"]))
    );
    // New for the one workspace, changed for the other.
    let join = |channel: &str| ["member_joined_channel", "U0BEN", channel].map(str::to_owned);
    assert_eq!(
        told(&app, "A0WEST", 3).await,
        [
            join("C0WGEN"),
            join("C0WOPEN"),
            ["team_join", "U0BEN", ""].map(str::to_owned)
        ]
    );
    // The app that is granted both for the organisation hears each.
    assert_eq!(
        told(&app, "A0ACME", 2).await,
        ["team_join", "user_change"].map(|event| [event, "U0BEN", ""].map(str::to_owned))
    );
    let changes = changes(&app).await;
    assert_eq!(
        changes[0],
        json!({"change": "assigned", "user": "U0BEN", "name": "ben", "workspace": "T0WEST"})
    );
    assert_eq!(changes.len(), 4, "{changes:?}");
    let invite = [("channel", "C0WOPEN"), ("users", "U0BEN")];
    let refused = app
        .refused("conversations.invite", "xoxb-west", &invite)
        .await;
    assert_eq!(refused, "already_in_channel");

    // His address is taken there now.
    let twin = json!({"workspace": "T0WEST", "name": "twin", "email": "ben@acme.test"});
    let (status, refused) = control(&app, "POST", "/users", twin).await;
    assert_eq!((status, &refused["error"]), (409, &json!("already_there")));

    // Whoever is assigned twice at once is there once.
    let mia = |channel| {
        [
            ("team_id", "T0WEST"),
            ("user_id", "U0MIA"),
            ("is_restricted", "true"),
            ("channel_ids", channel),
        ]
    };
    let (one, two) = (mia("C0WOPEN"), mia("C0WALL"));
    assert_eq!(
        app.refused(ASSIGN, ADA, &two).await,
        "invited_user_not_created"
    );
    let both = tokio::join!(
        app.call(ASSIGN, ADA, &one),
        app.call(ASSIGN, "xoxp-win", &one)
    );
    let mut codes = [&both.0, &both.1].map(|one| one["error"].as_str().unwrap_or("ok"));
    codes.sort_unstable();
    assert_eq!(codes, ["ok", "user_already_team_member"]);
    app.stop().await;
}

#[tokio::test]
async fn who_leaves_one_of_several_workspaces_stays_in_the_others() {
    let app = scene().await;
    for token in ["xoxp-eve", "xoxp-eve-west"] {
        soon(&app, token, "").await;
    }
    let left = app.ok(REMOVE, "xoxp-win", &at("T0WEST", "U0EVE")).await;
    assert_eq!(left, json!({"ok": true}));
    assert_eq!(
        app.refused(REMOVE, ADA, &at("T0WEST", "U0EVE")).await,
        "user_not_found"
    );
    soon(&app, "xoxp-eve-west", "token_revoked").await;
    soon(&app, "xoxp-eve", "").await;
    let west = members(&app, "C0WGEN", "xoxb-west").await;
    assert_eq!(west, json!(["U0WIN", "U0WBOT"]));
    assert_eq!(
        members(&app, "C0BOTH", "xoxb-acme").await,
        json!(["U0ADA", "U0EVE"])
    );
    let invite = [("channel", "C0WGEN"), ("users", "U0EVE")];
    assert_eq!(
        app.refused("conversations.invite", "xoxb-west", &invite)
            .await,
        "org_user_not_in_team"
    );
    let of_west = app.ok("users.list", "xoxb-west", &[]).await;
    let ids: Vec<_> = of_west["members"].as_array().unwrap().iter().collect();
    assert!(ids.iter().all(|user| user["id"] != "U0EVE"), "{of_west}");
    // Both workspaces are told.
    for which in ["A0WEST", "A0ACME"] {
        let change = ["user_change", "U0EVE", ""].map(str::to_owned);
        assert_eq!(told(&app, which, 1).await, [change]);
    }
    let (_, tokens) = control(&app, "GET", "/tokens", Value::Null).await;
    let state = |team: &str| {
        let tokens = tokens["tokens"].as_array().unwrap().iter();
        let mut theirs = tokens.filter(|one| one["user"] == "U0EVE");
        let found = theirs.find(|one| one["workspace"] == team);
        found.map(|one| one["state"].clone()).unwrap()
    };
    assert_eq!([state("T0ACME"), state("T0WEST")], ["live", "user_removed"]);

    // Assigned again, they go on with the token they had.
    app.ok(ASSIGN, ADA, &at("T0WEST", "U0EVE")).await;
    soon(&app, "xoxp-eve-west", "").await;
    app.stop().await;
}

#[tokio::test]
async fn who_leaves_their_first_workspace_belongs_to_the_next_also_after_a_restart() {
    let app = scene().await;
    app.ok(REMOVE, ADA, &at("T0ACME", "U0EVE")).await;
    let clock = app.store.clock().clone();
    let app = app.restarted(settings(), clock).await;
    soon(&app, "xoxp-eve", "token_revoked").await;
    soon(&app, "xoxp-eve-west", "").await;
    for (channel, token, everybody) in [
        ("C0GEN", "xoxb-acme", json!(["U0ADA", "U0BEN", "U0ABOT"])),
        ("C0TEAM", "xoxb-acme", json!(["U0ADA", "U0MIA", "U0ABOT"])),
        // West has this one, too.
        ("C0BOTH", "xoxb-acme", json!(["U0ADA", "U0EVE"])),
        ("C0WGEN", "xoxb-west", json!(["U0EVE", "U0WIN", "U0WBOT"])),
        // What was said in the DM stays to be read.
        ("D0EVE", ADA, json!(["U0ADA", "U0EVE"])),
    ] {
        assert_eq!(members(&app, channel, token).await, everybody, "{channel}");
    }
    let said = app
        .ok("conversations.history", ADA, &[("channel", "D0EVE")])
        .await;
    assert_eq!(said["messages"][0]["text"], "hello");
    let shown = app
        .ok("users.info", "xoxb-acme", &[("user", "U0EVE")])
        .await;
    assert_eq!(
        (&shown["user"]["team_id"], &shown["user"]["deleted"]),
        (&json!("T0WEST"), &json!(false))
    );
    let listed = app
        .ok("admin.users.list", ADA, &[("team_id", "T0ACME")])
        .await;
    let ids: Vec<_> = listed["users"].as_array().unwrap().iter().collect();
    assert!(ids.iter().all(|user| user["id"] != "U0EVE"), "{listed}");
    let listed = app
        .ok("admin.users.list", ADA, &[("team_id", "T0WEST")])
        .await;
    let eve = listed["users"].as_array().unwrap().iter();
    let eve = eve.filter(|user| user["id"] == "U0EVE").count();
    assert_eq!(eve, 1, "{listed}");

    // The world as it is now is one that can be loaded, with the same in it.
    let seed = app.store.dump().await.unwrap();
    let file = world::to_yaml(&world::write(&seed)).unwrap();
    let again = world::read("world.yaml", &file, app.store.clock().now(), &mut || {
        [7; 24]
    })
    .unwrap_or_else(|problems| panic!("{problems}\n{file}"));
    let people = |seed: &Seed| {
        let mut users = seed.users.clone();
        users.sort_by_key(|user| user.id);
        users
    };
    assert_eq!(people(&again.seed), people(&seed));
    assert_eq!(again.seed.members.len(), seed.members.len());
    let dead = again.seed.tokens.iter().filter(|token| token.revoked);
    assert_eq!(dead.count(), 1);
    app.stop().await;
}

#[tokio::test]
async fn who_is_in_no_other_workspace_is_removed_and_can_be_assigned_again() {
    let app = scene().await;
    app.ok(REMOVE, ADA, &at("T0ACME", "U0BEN")).await;
    soon(&app, "xoxp-ben", "token_revoked").await;
    assert_eq!(
        app.refused(REMOVE, ADA, &at("T0ACME", "U0BEN")).await,
        "user_already_deleted"
    );
    let shown = app
        .ok("users.info", "xoxb-acme", &[("user", "U0BEN")])
        .await;
    assert_eq!(shown["user"]["deleted"], true);

    // Elsewhere, and there alone: his token was of the workspace that he has left.
    app.ok(ASSIGN, ADA, &at("T0WEST", "U0BEN")).await;
    let shown = app
        .ok("users.info", "xoxb-west", &[("user", "U0BEN")])
        .await;
    assert_eq!(
        (
            &shown["user"]["deleted"],
            &shown["user"]["enterprise_user"]["teams"]
        ),
        (&json!(false), &json!(["T0WEST"]))
    );
    soon(&app, "xoxp-ben", "token_revoked").await;
    let west = members(&app, "C0WGEN", "xoxb-west").await;
    assert_eq!(west, json!(["U0BEN", "U0EVE", "U0WIN", "U0WBOT"]));
    // And back.
    app.ok(ASSIGN, ADA, &at("T0ACME", "U0BEN")).await;
    soon(&app, "xoxp-ben", "").await;
    assert!(
        members(&app, "C0GEN", "xoxb-acme")
            .await
            .as_array()
            .unwrap()
            .contains(&json!("U0BEN"))
    );
    app.stop().await;
}

/// Whoever leaves all of their workspaces at once is in none, whichever node was asked for which.
#[tokio::test]
async fn who_is_taken_out_of_all_workspaces_at_once_is_removed() {
    let people: Vec<String> = (0..16).map(|n| format!("U0P{n:02}")).collect();
    let listed = |more: &str| -> String {
        let one = |id: &String| format!("      - {{id: {id}{more}}}\n");
        people.iter().map(one).collect()
    };
    let (named, here) = (listed(", name: somebody"), listed(""));
    let east = format!(
        "  - id: T0EAST\n    name: East\n    domain: east\n    enterprise: E0ACME\n    users:\n{here}"
    );
    let ben = "      - {id: U0BEN,";
    let world = WORLD.replace(ben, &format!("{named}{ben}")).replace(
        "      - {id: U0EVE}\n",
        &format!("      - {{id: U0EVE}}\n{here}"),
    );
    let app = App::with_settings(&(world + &east), settings()).await;
    let other = app.beside(settings()).await;
    let nodes = [&app, other.as_ref().unwrap_or(&app), &app];
    for at_once in people.chunks(4) {
        let calls = at_once.iter().flat_map(|user| {
            let teams = ["T0ACME", "T0WEST", "T0EAST"].into_iter().zip(nodes);
            teams
                .map(move |(team, node)| async move { node.ok(REMOVE, ADA, &at(team, user)).await })
        });
        futures_util::future::join_all(calls).await;
    }
    for user in &people {
        let known = app.store.read({
            let user = user.parse().unwrap();
            move |reader| reader.user(user)
        });
        let known = known.await.unwrap().unwrap();
        assert!(known.removed, "{user} is in {:?}", known.team);
    }
    if let Some(other) = other {
        other.stop().await;
    }
    app.stop().await;
}

/// By the control API somebody is removed, restored and made a full member in all of their workspaces.
#[tokio::test]
async fn who_is_restored_is_back_in_all_of_their_workspaces() {
    let app = scene().await;
    let everywhere = async || {
        for (channel, token) in [
            ("C0GEN", "xoxb-acme"),
            ("C0WGEN", "xoxb-west"),
            ("C0WALL", "xoxb-west"),
        ] {
            let members = members(&app, channel, token).await;
            let members = members.as_array().unwrap();
            assert!(members.contains(&json!("U0EVE")), "{channel}: {members:?}");
        }
    };
    for path in ["/users/U0EVE/remove", "/users/U0EVE/restore"] {
        let (status, done) = control(&app, "POST", path, json!({})).await;
        assert_eq!(status, 200, "{done}");
    }
    everywhere().await;
    let guest = json!({"guest": "multi_channel"});
    let (status, guest) = control(&app, "POST", "/users/U0EVE", guest).await;
    assert_eq!(status, 200, "{guest}");
    let seen = members(&app, "C0WALL", "xoxb-west").await;
    assert!(
        !seen.as_array().unwrap().contains(&json!("U0EVE")),
        "{seen}"
    );
    let (status, full) = control(&app, "POST", "/users/U0EVE", json!({"guest": null})).await;
    assert_eq!(status, 200, "{full}");
    everywhere().await;
    app.stop().await;
}

#[tokio::test]
async fn a_guest_becomes_a_regular_member() {
    let app = scene().await;
    assert_eq!(
        app.ok(REGULAR, ADA, &at("T0ACME", "U0MIA")).await,
        json!({"ok": true})
    );
    let everybody = json!(["U0ADA", "U0BEN", "U0EVE", "U0MIA", "U0ABOT"]);
    assert_eq!(members(&app, "C0GEN", "xoxb-acme").await, everybody);
    let shown = app
        .ok("users.info", "xoxb-acme", &[("user", "U0MIA")])
        .await;
    assert_eq!(shown["user"]["is_restricted"], false);
    let expected = [
        ["member_joined_channel", "U0MIA", "C0GEN"],
        ["user_change", "U0MIA", ""],
    ];
    assert_eq!(
        told(&app, "A0ACME", 2).await,
        expected.map(|one| one.map(str::to_owned))
    );
    // Once more, and of somebody who is regular anyway: nothing is done.
    for user in ["U0MIA", "U0BEN"] {
        app.ok(REGULAR, ADA, &at("E0ACME", user)).await;
    }
    assert_eq!(changes(&app).await.len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn refusals_and_why() {
    let app = scene().await;
    let shut = [
        ("team_id", "T0WEST"),
        ("user_id", "U0BEN"),
        ("channel_ids", "C0WSHUT"),
    ];
    let ben = &at("T0WEST", "U0BEN")[..];
    let eve = &at("T0ACME", "U0EVE")[..];
    for (method, token, args, code) in [
        (ASSIGN, "xoxb-acme", ben, "not_allowed_token_type"),
        (ASSIGN, "xoxb-org", ben, "not_allowed_token_type"),
        (ASSIGN, "xoxp-ada-narrow", ben, "missing_scope"),
        (ASSIGN, "xoxp-ben", ben, "not_an_admin"),
        (ASSIGN, ADA, &shut, "invitor_cannot_see_channel"),
        (REMOVE, "xoxb-acme", eve, "not_allowed_token_type"),
        (REMOVE, "xoxp-ada-narrow", eve, "missing_scope"),
        (REMOVE, "xoxp-ben", eve, "invalid_permissions"),
        (
            REMOVE,
            "xoxp-win",
            &at("T0ACME", "U0ADA"),
            "invalid_permissions",
        ),
        (REGULAR, "xoxb-acme", eve, "not_allowed_token_type"),
        (REGULAR, "xoxp-ben", eve, "not_an_admin"),
        (
            REGULAR,
            "xoxp-win",
            &at("T0ACME", "U0ADA"),
            "invalid_role_for_user",
        ),
    ] {
        assert_eq!(
            app.refused(method, token, args).await,
            code,
            "{method} {token}"
        );
    }
    assert_eq!(changes(&app).await, Vec::<Value>::new());
    // A member of the workspace brings somebody into its private channel.
    app.ok(ASSIGN, "xoxp-win", &shut).await;
    for (method, token, args, check, saw) in [
        (
            ASSIGN,
            ADA,
            at("T0WEST", "U0EVE"),
            "they are not in the workspace yet",
            "U0EVE is in T0WEST",
        ),
        (
            REMOVE,
            ADA,
            at("T0ACME", "U0ABOT"),
            "they are a person",
            "U0ABOT is a bot",
        ),
        (
            REGULAR,
            ADA,
            at("T0ACME", "U0OTTO"),
            "they are not removed",
            "U0OTTO is removed",
        ),
    ] {
        let answer = app.post(method, token, &args).await;
        let why = app.why(&answer).await;
        let refused = &why["refused_by"];
        assert_eq!(
            [&refused["check"], &refused["looked_at"]],
            [check, saw],
            "{why}"
        );
    }
    app.stop().await;
}

/// Who leaves a workspace is out of its user groups, and in those of others still.
#[tokio::test]
async fn user_groups_are_left_with_their_workspace() {
    let mut world = WORLD.to_owned();
    for (team, group) in [("T0ACME", "S0ACME"), ("T0WEST", "S0WEST")] {
        let head = format!("  - id: {team}\n");
        let other = if team == "T0ACME" { "U0ADA" } else { "U0WIN" };
        let groups = format!(
            "    usergroups: [{{id: {group}, name: on call, handle: on-call, users: [U0EVE, {other}]}}]\n"
        );
        world = world.replace(&head, &format!("{head}{groups}"));
    }
    let reads = "\"users:read\", \"usergroups:read\", \"channels:read\"";
    let world = world.replace("\"users:read\", \"channels:read\"", reads);
    let app = App::with_settings(&world, settings()).await;
    let users = async |token: &str, group: &str| {
        let args = [("usergroup", group)];
        app.ok("usergroups.users.list", token, &args).await["users"].clone()
    };
    assert_eq!(
        users("xoxb-west", "S0WEST").await,
        json!(["U0EVE", "U0WIN"])
    );
    app.ok(REMOVE, ADA, &at("T0WEST", "U0EVE")).await;
    assert_eq!(users("xoxb-west", "S0WEST").await, json!(["U0WIN"]));
    assert_eq!(
        users("xoxb-acme", "S0ACME").await,
        json!(["U0EVE", "U0ADA"])
    );
    app.stop().await;
}
