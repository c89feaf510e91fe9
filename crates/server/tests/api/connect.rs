//! Slack Connect over HTTP: the whole story, three organisations, acting as people, standing
//! answers, and what apps are told.

mod entries;
mod moved;
mod siblings;
mod table;

use crate::app::{App, CONTROL_TOKEN};
use guestlist_server::{RateLimits, Settings};
use serde_json::{Map, Value, json};

/// Acme is an organisation; Globex and Initech are companies of their own. All are known to each
/// other by a channel of old.
pub(crate) const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ACME, name: Acme Corp, domain: acme}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    connect: {approval: required}
    users:
      - {id: U0ADA, name: ada, email: ada@acme.test, role: owner}
      - {id: U0BEN, name: ben, email: ben@acme.test}
    channels:
      - {id: C0OPS, name: ops, creator: U0ADA, members: [U0ADA, U0GREET]}
      - id: C0OLD
        name: old
        creator: U0ADA
        members: [U0ADA, U0GREET]
        connections: [{workspace: T0GLO, name: old}, {workspace: T0INI, name: old}]
    apps:
      - {id: A0GREET, name: greeter, bot_user: {id: U0GREET}, events: {subscribe: [shared_channel_invite_accepted, shared_channel_invite_approved, channel_shared, channel_unshared]}}
    tokens:
      - {token: xoxb-acme, app: A0GREET, scopes: [channels:manage, channels:read, channels:history, groups:read, groups:history, chat:write, conversations.connect:write, conversations.connect:manage, users:read, team:read]}
      - {token: xoxp-ada, user: U0ADA, scopes: [admin.conversations:write, channels:read, channels:write, users:read]}
  - id: T0GLO
    name: Globex
    domain: globex
    connect: {approval: required}
    users:
      - {id: U0GIL, name: gil, email: gil@globex.test, role: owner}
      - {id: U0GUS, name: gus, email: gus@globex.test}
    apps:
      - {id: A0GLO, name: globot, bot_user: {id: U0GBOT}, events: {subscribe: [shared_channel_invite_received, channel_shared]}}
    tokens:
      - {token: xoxb-glo, app: A0GLO, scopes: [channels:manage, channels:read, channels:history, groups:read, groups:history, groups:write, chat:write, conversations.connect:read, conversations.connect:write, conversations.connect:manage, users:read]}
      - {token: xoxp-gil, user: U0GIL, scopes: [channels:read, channels:write, channels:history, groups:read, groups:write, groups:history, chat:write, users:read]}
  - id: T0INI
    name: Initech
    domain: initech
    users:
      - {id: U0XEN, name: xen, email: xen@initech.test, role: owner}
      - {id: U0ROB, name: rob, email: rob@initech.test, on_invite: auto_decline, on_invite_after: 3d}
      - {id: U0YES, name: yes, email: yes@initech.test, on_invite: auto_accept}
    tokens:
      - {token: xoxp-xen, user: U0XEN, scopes: [channels:read, channels:write, groups:read, groups:write, chat:write, users:read]}
"#;

async fn world() -> App {
    hurried(WORLD).await
}

/// Without rate limits: the stories call more often than a minute allows.
pub(crate) async fn hurried(world: &str) -> App {
    let settings = Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    };
    App::with_settings(world, settings).await
}

pub(crate) async fn control(app: &App, verb: &str, path: &str, body: Value) -> (u16, Value) {
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = app
        .send(
            verb,
            &format!("/control/v1/{path}"),
            &headers,
            body.as_bytes(),
        )
        .await;
    (answer.status, answer.json())
}

pub(crate) async fn acts(app: &App, deed: &str, body: Value) -> Value {
    let (status, answer) = control(app, "POST", &format!("invitations/{deed}"), body.clone()).await;
    assert_eq!(status, 200, "{deed} {body}: {answer}");
    answer
}

async fn fails(app: &App, deed: &str, body: Value) -> String {
    let (status, answer) = control(app, "POST", &format!("invitations/{deed}"), body).await;
    assert_eq!(status, 422, "{answer}");
    answer["error"].as_str().unwrap().to_owned()
}

/// Moves the clock, and waits for what is due by then.
pub(crate) async fn clock(app: &App, seconds: i64) {
    let body = json!({"advance_seconds": seconds});
    let (status, answer) = control(app, "POST", "clock", body).await;
    assert_eq!(status, 200, "{answer}");
}

pub(crate) async fn invite(app: &App, to: (&str, &str), limited: &str) -> String {
    let args = [("channel", "C0OPS"), to, ("external_limited", limited)];
    let answer = app
        .ok("conversations.inviteShared", "xoxb-acme", &args)
        .await;
    answer["invite_id"].as_str().unwrap().to_owned()
}

pub(crate) async fn events(app: &App) -> Vec<Value> {
    let (status, answer) = control(app, "GET", "events", Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    answer["events"].as_array().unwrap().clone()
}

fn names(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn from_the_invitation_to_the_end() {
    let app = world().await;
    let id = invite(&app, ("user_ids", "U0GBOT"), "false").await;
    let accept = [("channel_name", "acme-ops"), ("invite_id", id.as_str())];
    let accepted = app
        .ok("conversations.acceptSharedInvite", "xoxb-glo", &accept)
        .await;
    assert_eq!(accepted["implicit_approval"], false);
    let one = [("invite_id", id.as_str()), ("target_team", "T0GLO")];
    app.ok("conversations.approveSharedInvite", "xoxb-acme", &one)
        .await;
    app.ok("conversations.approveSharedInvite", "xoxb-glo", &one[..1])
        .await;

    let channel = ("channel", "C0OPS");
    app.ok(
        "chat.postMessage",
        "xoxb-glo",
        &[channel, ("text", "Hello, Acme")],
    )
    .await;
    let history = app
        .ok("conversations.history", "xoxb-acme", &[channel])
        .await;
    assert_eq!(history["messages"][0]["text"], "Hello, Acme");
    assert_eq!(history["messages"][1]["subtype"], "channel_join");
    assert_eq!(history["messages"][1]["inviter"], "U0GREET");
    app.ok(
        "conversations.invite",
        "xoxb-glo",
        &[channel, ("users", "U0GUS")],
    )
    .await;

    for (action, code) in [
        ("downgrade", Some("no_external_invite_permission")),
        ("upgrade", None),
    ] {
        let set = [channel, ("target_team", "T0GLO"), ("action", action)];
        app.ok(
            "conversations.externalInvitePermissions.set",
            "xoxb-acme",
            &set,
        )
        .await;
        let answer = app
            .call(
                "conversations.invite",
                "xoxb-glo",
                &[channel, ("users", "U0GIL")],
            )
            .await;
        assert_eq!(
            answer.get("error").and_then(Value::as_str),
            code,
            "{answer}"
        );
    }

    app.ok(
        "admin.conversations.disconnectShared",
        "xoxp-ada",
        &[("channel_id", "C0OPS")],
    )
    .await;
    assert_eq!(
        app.refused("conversations.info", "xoxb-glo", &[channel])
            .await,
        "channel_not_found"
    );
    let members = app
        .ok("conversations.members", "xoxb-acme", &[channel])
        .await;
    assert_eq!(members["members"], json!(["U0ADA", "U0GREET"]));
    let mine = app
        .ok(
            "conversations.list",
            "xoxb-glo",
            &[("exclude_archived", "false")],
        )
        .await;
    let rows = mine["channels"].as_array().unwrap();
    let copy = rows.iter().find(|row| row["name"] == "acme-ops").unwrap();
    assert_eq!(copy["is_archived"], true);
    assert_eq!(copy["num_members"], 3);

    // And again, after which the channel has its old name there.
    let id = invite(&app, ("emails", "gil@globex.test"), "true").await;
    acts(
        &app,
        "accept",
        json!({"user": "U0GIL", "invitation": id, "name": "acme-ops"}),
    )
    .await;
    acts(&app, "approve", json!({"user": "U0ADA", "invitation": id})).await;
    acts(&app, "approve", json!({"user": "U0GIL", "invitation": id})).await;
    let info = app.ok("conversations.info", "xoxp-gil", &[channel]).await;
    assert_eq!(info["channel"]["name"], "acme-ops");
    assert_eq!(
        info["channel"]["connected_limited_team_ids"],
        json!(["T0GLO"])
    );
}

#[tokio::test]
async fn three_organisations_in_one_channel_one_of_which_may_only_post() {
    let app = world().await;
    for (to, user, limited) in [("U0GIL", "U0GIL", "false"), ("U0XEN", "U0XEN", "true")] {
        let id = invite(&app, ("user_ids", to), limited).await;
        acts(
            &app,
            "accept",
            json!({"user": user, "invitation": id, "name": "acme-ops"}),
        )
        .await;
        acts(&app, "approve", json!({"user": "U0ADA", "invitation": id})).await;
        if user == "U0GIL" {
            acts(&app, "approve", json!({"user": "U0GIL", "invitation": id})).await;
        }
    }
    let channel = ("channel", "C0OPS");
    let sides = |token: &'static str| {
        let app = &app;
        async move {
            let info = app.ok("conversations.info", token, &[channel]).await["channel"].clone();
            (
                info["connected_team_ids"].clone(),
                info["connected_limited_team_ids"].clone(),
                info["is_private"].clone(),
            )
        }
    };
    let limited = json!(["T0INI"]);
    assert_eq!(
        sides("xoxb-acme").await,
        (json!(["T0GLO", "T0INI"]), limited.clone(), json!(false))
    );
    assert_eq!(
        sides("xoxp-gil").await,
        (json!(["T0ACME", "T0INI"]), limited.clone(), json!(false))
    );
    assert_eq!(
        sides("xoxp-xen").await,
        (json!(["T0ACME", "T0GLO"]), limited, json!(true))
    );
    for token in ["xoxp-gil", "xoxp-xen", "xoxb-acme"] {
        app.ok("chat.postMessage", token, &[channel, ("text", "hi")])
            .await;
        // Each knows the others by the channel.
        for user in ["U0ADA", "U0GIL", "U0XEN"] {
            app.ok("users.info", token, &[("user", user)]).await;
        }
    }
    app.ok(
        "conversations.invite",
        "xoxp-gil",
        &[channel, ("users", "U0GUS")],
    )
    .await;
    assert_eq!(
        app.refused(
            "conversations.invite",
            "xoxp-xen",
            &[channel, ("users", "U0ROB")]
        )
        .await,
        "no_external_invite_permission"
    );
    // Only the host disconnects others, and has to say whom.
    let which = [("channel_id", "C0OPS"), ("leaving_team_ids", "T0INI")];
    assert_eq!(
        app.refused(
            "admin.conversations.disconnectShared",
            "xoxp-ada",
            &which[..1]
        )
        .await,
        "leaving_team_required"
    );
    app.ok("admin.conversations.disconnectShared", "xoxp-ada", &which)
        .await;
    let none = app
        .ok(
            "conversations.list",
            "xoxp-xen",
            &[("types", "public_channel,private_channel")],
        )
        .await;
    let rows = none["channels"].as_array().unwrap();
    assert_eq!(
        rows.len(),
        1,
        "a side that could only post keeps nothing: {none}"
    );
    assert_eq!(sides("xoxp-gil").await.0, json!(["T0ACME"]));
}

#[tokio::test]
async fn people_act_by_the_rules() {
    let app = world().await;
    let id = invite(&app, ("user_ids", "U0GIL"), "false").await;
    for (deed, body, code) in [
        (
            "accept",
            json!({"user": "U0NOBODY", "invitation": id}),
            "user_not_found",
        ),
        (
            "accept",
            json!({"user": "U0GIL", "invitation": "I0NONE"}),
            "invite_not_found",
        ),
        (
            "accept",
            json!({"user": "U0GIL", "invitation": id, "workspace": "T0INI"}),
            "user_not_in_workspace",
        ),
        (
            "accept",
            json!({"user": "U0XEN", "invitation": id}),
            "invalid_recipient_team",
        ),
        (
            "accept",
            json!({"user": "U0GIL", "invitation": id, "name": "Ops!"}),
            "invalid_name_specials",
        ),
        (
            "approve",
            json!({"user": "U0ADA", "invitation": id}),
            "missing_target_team",
        ),
        (
            "decline",
            json!({"user": "U0GUS", "invitation": id}),
            "invite_not_found",
        ),
    ] {
        assert_eq!(fails(&app, deed, body.clone()).await, code, "{deed} {body}");
    }
    let (status, answer) =
        control(&app, "POST", "invitations/accept", json!({"user": "U0GIL"})).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_request")));
    acts(&app, "decline", json!({"user": "U0GIL", "invitation": id})).await;
    assert_eq!(
        fails(&app, "decline", json!({"user": "U0GIL", "invitation": id})).await,
        "inactive_invite"
    );

    let id = invite(&app, ("user_ids", "U0GIL"), "false").await;
    acts(&app, "accept", json!({"user": "U0GIL", "invitation": id})).await;
    assert_eq!(
        fails(&app, "approve", json!({"user": "U0BEN", "invitation": id})).await,
        "restricted_action"
    );
    acts(&app, "decline", json!({"user": "U0ADA", "invitation": id})).await;
    let told = events(&app).await;
    assert_eq!(
        names(&told),
        [
            "shared_channel_invite_declined",
            "shared_channel_invite_accepted",
            "shared_channel_invite_declined"
        ]
    );
    assert_eq!(told[0]["event"]["declining_user"]["id"], "U0GIL");
    assert_eq!(told[2]["event"]["declining_team_id"], "T0ACME");
}

#[tokio::test]
async fn what_nobody_has_accepted_can_be_taken_back() {
    let app = world().await;
    for (to, by) in [
        ("gil@globex.test", "U0GREET"),
        ("xen@initech.test", "U0ADA"),
    ] {
        let id = invite(&app, ("emails", to), "false").await;
        let of = |user: &str| json!({"user": user, "invitation": id});
        // Ben neither sent it nor is an admin; to others there is no such invitation.
        assert_eq!(
            fails(&app, "revoke", of("U0BEN")).await,
            "restricted_action"
        );
        assert_eq!(fails(&app, "revoke", of("U0GIL")).await, "invite_not_found");
        acts(&app, "revoke", of(by)).await;
        assert_eq!(fails(&app, "revoke", of(by)).await, "inactive_invite");
        let listed = app
            .ok("conversations.listConnectInvites", "xoxb-acme", &[])
            .await;
        let listed = listed["invites"].as_array().unwrap();
        let states = listed.iter().filter(|one| one["invite"]["id"] == *id);
        assert_eq!(
            states.map(|one| one["status"].clone()).collect::<Vec<_>>(),
            ["revoked"]
        );
    }
    let id = invite(&app, ("emails", "gil@globex.test"), "false").await;
    acts(&app, "accept", json!({"user": "U0GIL", "invitation": id})).await;
    let late = json!({"user": "U0ADA", "invitation": id});
    assert_eq!(fails(&app, "revoke", late).await, "inactive_invite");
}

#[tokio::test]
async fn who_has_a_standing_answer_gives_it() {
    let app = world().await;
    let later = invite(&app, ("emails", "rob@initech.test"), "true").await;
    let now = invite(&app, ("user_ids", "U0YES"), "true").await;
    // Moving the clock waits for what is due; by nothing it only waits.
    let advance = |seconds| clock(&app, seconds);
    advance(0).await;
    acts(&app, "approve", json!({"user": "U0ADA", "invitation": now})).await;
    let info = app
        .ok("conversations.info", "xoxb-acme", &[("channel", "C0OPS")])
        .await;
    assert_eq!(info["channel"]["connected_team_ids"], json!(["T0INI"]));
    let listed = app
        .ok("conversations.listConnectInvites", "xoxb-acme", &[])
        .await;
    assert_eq!(listed["invites"][0]["invite"]["id"], json!(later));
    advance(3 * 86_400).await;
    let listed = app
        .ok("conversations.listConnectInvites", "xoxb-acme", &[])
        .await;
    assert_eq!(listed["invites"], json!([]));
    // What nobody answers lapses by itself.
    let third = invite(&app, ("user_ids", "U0GIL"), "true").await;
    advance(14 * 86_400).await;
    let seed = app.store.dump().await.unwrap();
    let stored = seed
        .invitations
        .iter()
        .find(|(_, one)| one.id.to_string() == third);
    assert_eq!(
        stored.unwrap().1.state,
        guestlist_domain::invitation::State::Expired
    );
    assert_eq!(
        fails(
            &app,
            "accept",
            json!({"user": "U0GIL", "invitation": third})
        )
        .await,
        "invite_not_found"
    );
}
