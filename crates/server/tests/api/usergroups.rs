//! User groups, from a group's first day to its people in channels.

use crate::{
    app::App,
    events::{control, deliveries, settings},
};
use guestlist_domain::{ChannelId, UserId};
use guestlist_store::world;
use serde_json::{Value, json};

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ORG
    created: 2024-01-01
    users:
      - {id: U0ADA, name: ada, role: primary_owner}
      - {id: U0BEN, name: ben}
      - {id: U0DANA, name: dana}
      - {id: U0MIA, name: mia, guest: multi_channel}
    channels:
      - {id: C0GEN, name: general, general: true, creator: U0ADA, created: 2024-01-01, members: all}
      - {id: C0OPS, name: ops, kind: private, creator: U0ADA, created: 2024-01-01, members: [U0ADA, U0BOT]}
    usergroups:
      - {id: S0OLD, name: Old hands, users: [U0ADA, U0BEN]}
    apps:
      - id: A0CALL
        name: caller
        created: 2024-01-01
        bot_user: {id: U0BOT}
        events: {delivery: socket, subscribe: [subteam_created, subteam_updated, subteam_members_changed, member_joined_channel]}
      - id: A0DEAF
        name: deaf
        created: 2024-01-01
        bot_user: {id: U0DEAF}
        events: {delivery: socket, subscribe: [subteam_created, subteam_updated, subteam_members_changed]}
    tokens:
      - {token: xoxb-call, app: A0CALL, scopes: [channels:read, groups:history, groups:read, groups:write, usergroups:read, usergroups:write]}
      - {token: xoxb-deaf, app: A0DEAF, scopes: [channels:read]}
      - {token: xoxp-ada, app: A0CALL, user: U0ADA, scopes: [groups:write, usergroups:read, usergroups:write]}
  - id: T0TWO
    name: Two
    domain: two
    enterprise: E0ORG
    created: 2024-01-01
    users: [{id: U0TWO, name: two}]
    channels:
      - {id: C0TWO, name: two-general, general: true, creator: U0TWO, created: 2024-01-01, members: all}
      - {id: C0BOTH, name: both-of-us, workspaces: [T0ACME, T0TWO], creator: U0TWO, created: 2024-01-01, members: [U0TWO]}
      - {id: C0WIDE, name: wide, org_wide: true, creator: U0TWO, created: 2024-01-01, members: [U0TWO]}
"#;

const BOT: &str = "xoxb-call";
const ADA: &str = "xoxp-ada";

async fn app() -> App {
    App::with_settings(WORLD, settings()).await
}

async fn users(app: &App, group: &str) -> Value {
    let args = [("usergroup", group), ("include_disabled", "true")];
    let told = app.ok("usergroups.users.list", BOT, &args).await;
    told["users"].clone()
}

async fn members(app: &App) -> Vec<Value> {
    let args = [("channel", "C0OPS")];
    let told = app.ok("conversations.members", BOT, &args).await;
    told["members"].as_array().unwrap().clone()
}

/// Makes a group whose people come into the private channel; its id.
async fn made(app: &App) -> String {
    let args = [("name", "On call"), ("channels", "C0OPS")];
    let made = app.ok("usergroups.create", ADA, &args).await;
    made["usergroup"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_comes_into_a_group_comes_into_its_channels_and_apps_hear_of_it() {
    let app = app().await;
    let group = made(&app).await;
    let group = ("usergroup", group.as_str());
    let ben = [group, ("users", "U0BEN")];
    let told = app.ok("usergroups.users.update", ADA, &ben).await;
    assert_eq!(told["usergroup"]["users"], json!(["U0BEN"]));
    assert_eq!(users(&app, group.1).await, json!(["U0BEN"]));
    assert_eq!(members(&app).await, ["U0ADA", "U0BEN", "U0BOT"]);
    let history = app
        .ok("conversations.history", BOT, &[("channel", "C0OPS")])
        .await;
    let join = &history["messages"][0];
    assert_eq!(
        (&join["subtype"], &join["user"], &join["inviter"]),
        (&json!("channel_join"), &json!("U0BEN"), &json!("U0ADA"))
    );
    // Dana takes over. Ben stays in the channel, as he would at an invitation.
    let dana = [group, ("users", "U0DANA"), ("include_count", "1")];
    let told = app.ok("usergroups.users.update", ADA, &dana).await;
    assert_eq!(told["usergroup"]["user_count"], 1);
    assert_eq!(members(&app).await.len(), 4);
    let name = [group, ("description", "Whoever is awake")];
    app.ok("usergroups.update", ADA, &name).await;
    app.ok("usergroups.disable", ADA, &[group]).await;
    let gone = app.refused("usergroups.users.list", BOT, &[group]).await;
    assert_eq!(gone, "no_such_subteam");
    let told = app.ok("usergroups.enable", ADA, &[group]).await;
    assert_eq!(
        (
            &told["usergroup"]["date_delete"],
            &told["usergroup"]["users"]
        ),
        (&json!(0), &json!(["U0DANA"]))
    );

    let told = deliveries(&app, "app=A0CALL", 10).await;
    let events: Vec<_> = told.iter().map(|one| &one["body"]["event"]).collect();
    let of = |kind: &str| -> Vec<_> {
        let found = events.iter().filter(|event| event["type"] == kind);
        found.copied().collect()
    };
    assert_eq!(of("member_joined_channel").len(), 2);
    assert_eq!(of("member_joined_channel")[0]["inviter"], "U0ADA");
    let created = of("subteam_created");
    assert_eq!(created.len(), 1);
    assert_eq!(created[0]["subteam"]["handle"], "on-call");
    let changed = of("subteam_members_changed");
    let shown = |event: &Value| {
        let keys = [
            "added_users",
            "added_users_count",
            "removed_users",
            "removed_users_count",
        ];
        keys.map(|key| event[key].clone())
    };
    assert_eq!(
        changed.iter().map(|event| shown(event)).collect::<Vec<_>>(),
        [
            [json!(["U0BEN"]), json!(1), json!([]), json!(0)],
            [json!(["U0DANA"]), json!(1), json!(["U0BEN"]), json!(1)],
        ]
    );
    assert_eq!(changed[0]["subteam_id"], group.1);
    assert_eq!(
        changed[0]["date_previous_update"],
        created[0]["subteam"]["date_update"]
    );
    let updated = of("subteam_updated");
    let states = updated.iter().map(|one| one["subteam"]["date_delete"] == 0);
    assert_eq!(states.collect::<Vec<_>>(), [true, true, true, false, true]);
    assert_eq!(updated[4]["subteam"]["user_count"], 1);
    // Nobody is told without the scope.
    deliveries(&app, "app=A0DEAF", 0).await;
    app.stop().await;
}

#[tokio::test]
async fn of_two_who_want_one_handle_one_has_it() {
    let app = app().await;
    let one = [("name", "One"), ("handle", "both")];
    let other = [("name", "Other"), ("handle", "both")];
    let same = [("name", "Three"), ("handle", "three")];
    let create = "usergroups.create";
    let (one, other, first, second) = tokio::join!(
        app.call(create, ADA, &one),
        app.call(create, ADA, &other),
        app.call(create, ADA, &same),
        app.call(create, ADA, &same),
    );
    for (one, other, code) in [
        (one, other, "handle_already_exists"),
        (first, second, "name_already_exists"),
    ] {
        let [won, lost] = match one["ok"] == true {
            true => [one, other],
            false => [other, one],
        };
        assert_eq!((&won["ok"], &lost["error"]), (&json!(true), &json!(code)));
    }
    let list = app.ok("usergroups.list", BOT, &[]).await;
    assert_eq!(list["usergroups"].as_array().map(Vec::len), Some(3));
    app.stop().await;
}

/// Handles are asked about when a group gets them, and default channels may be another workspace's.
#[tokio::test]
async fn what_calls_made_of_groups_is_a_world_again() {
    let app = app().await;
    let args = [("name", "Night"), ("channels", "C0OPS,C0BOTH,C0WIDE")];
    let told = app.ok("usergroups.create", ADA, &args).await;
    let group = told["usergroup"]["id"].as_str().unwrap();
    let args = [("usergroup", group), ("users", "U0BEN")];
    app.ok("usergroups.users.update", ADA, &args).await;
    let renamed = [("channel", "C0OPS"), ("name", "night")];
    app.ok("conversations.rename", ADA, &renamed).await;
    let called = json!({"name": "old-hands"});
    let (status, told) = control(&app, "POST", "/users/U0DANA", called).await;
    assert_eq!(status, 200, "{told}");

    let dump = app.store.dump().await.unwrap();
    let joined = |channel: &str| {
        let is_there = |(_, there, user, _): &&(_, ChannelId, UserId, _)| {
            there.to_string() == channel && user.to_string() == "U0BEN"
        };
        dump.members.iter().any(|member| is_there(&member))
    };
    assert!(["C0OPS", "C0BOTH", "C0WIDE"].into_iter().all(joined));
    let export = world::to_yaml(&world::write(&dump)).unwrap();
    let loaded = world::read("export", &export, app.store.clock().now(), &mut || [0; 24]);
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(loaded.seed.usergroups, dump.usergroups);
    assert_eq!(world::to_yaml(&world::write(&loaded.seed)).unwrap(), export);
    app.stop().await;
}

#[tokio::test]
async fn a_name_is_taken_while_anybody_has_it() {
    let app = app().await;
    let called = async |user: &str, name: &str| {
        let (path, name) = (format!("/users/{user}"), json!({"name": name}));
        let (status, told) = control(&app, "POST", &path, name).await;
        assert_eq!(status, 200, "{told}");
    };
    let args = [("name", "B"), ("handle", "ben")];
    let refused = app.refused("usergroups.create", ADA, &args).await;
    assert_eq!(refused, "handle_already_exists");
    called("U0BEN", "benno").await;
    called("U0DANA", "ben").await;
    let refused = app.refused("usergroups.create", ADA, &args).await;
    assert_eq!(refused, "handle_already_exists");
    called("U0DANA", "dana").await;
    app.ok("usergroups.create", ADA, &args).await;
    app.stop().await;
}

#[tokio::test]
async fn who_is_gone_or_a_guest_is_in_no_group() {
    let app = app().await;
    let group = made(&app).await;
    let all = [("usergroup", &*group), ("users", "U0ADA,U0BEN,U0DANA")];
    app.ok("usergroups.users.update", ADA, &all).await;
    let (status, _) = control(&app, "POST", "/users/U0BEN/remove", Value::Null).await;
    assert_eq!(status, 200);
    let guest = json!({"guest": "multi_channel"});
    let (status, told) = control(&app, "POST", "/users/U0DANA", guest).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(users(&app, &group).await, json!(["U0ADA"]));
    assert_eq!(users(&app, "S0OLD").await, json!(["U0ADA"]));
    // Who comes back is asked in anew.
    control(&app, "POST", "/users/U0BEN/restore", Value::Null).await;
    assert_eq!(users(&app, &group).await, json!(["U0ADA"]));
    let changed = deliveries(&app, "type=subteam_members_changed", 4).await;
    let left = &changed[3]["body"]["event"];
    assert_eq!(left["removed_users"], json!(["U0DANA"]));
    app.stop().await;
}

#[tokio::test]
async fn groups_are_kept_told_and_taken_out_with_their_workspace() {
    let app = app().await;
    let clock = app.store.clock().clone();
    let group = made(&app).await;
    let all = [("usergroup", &*group), ("users", "U0BEN")];
    app.ok("usergroups.users.update", ADA, &all).await;
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    let changes: Vec<_> = journal["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["changes"])
        .collect();
    assert_eq!(
        *changes[0],
        json!([{"change": "usergroup_made", "usergroup": group, "name": "On call"}])
    );
    let edited = json!({
        "change": "usergroup_edited", "usergroup": group, "name": "On call", "disabled": false,
        "added": ["U0BEN"], "removed": [],
    });
    assert_eq!(changes[1][0], edited);
    assert_eq!(changes[1][1]["change"], "joined");

    let before = app.store.dump().await.unwrap();
    assert_eq!(before.usergroups.len(), 2);
    let app = app.restarted(settings(), clock).await;
    assert!(app.store.dump().await.unwrap() == before);
    assert_eq!(users(&app, &group).await, json!(["U0BEN"]));

    // A copy of the file has groups of its own, with the copies of their people.
    let bearer = format!("Bearer {}", crate::app::CONTROL_TOKEN);
    let headers = [("Authorization", bearer.as_str())];
    let path = "/control/v1/world?ids=new";
    let answer = app.send("POST", path, &headers, WORLD.as_bytes()).await;
    let added = answer.json();
    assert_eq!(answer.status, 201, "{added}");
    let id = |of: &str| added["ids"][of].as_str().unwrap().to_owned();
    let dump = app.store.dump().await.unwrap();
    let copy = dump
        .usergroups
        .iter()
        .find(|one| one.id.to_string() == id("S0OLD"));
    let copied: Vec<_> = copy
        .unwrap()
        .users
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(copied, [id("U0ADA"), id("U0BEN")]);

    let ask = json!({"workspaces": [id("T0ACME"), id("T0TWO")]});
    let (status, told) = control(&app, "POST", "/world/remove", ask).await;
    assert_eq!(status, 200, "{told}");
    assert!(app.store.dump().await.unwrap() == before);
    app.stop().await;
}
