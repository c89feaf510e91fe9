//! People who are asked for, from a member's wish to the day they join.

use crate::{
    app::App,
    events::{control, deliveries, settings},
};
use guestlist_domain::Timestamp;
use guestlist_store::{Clock, world};
use serde_json::{Value, json};

/// 2026-02-25T12:00:00Z.
const NOON: Timestamp = Timestamp(1_772_020_800_000_000);
const ADA: &str = "xoxp-ada";
const APPROVE: &str = "admin.inviteRequests.approve";
const DENY: &str = "admin.inviteRequests.deny";

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    email_domain: acme.test
    enterprise: E0ORG
    created: 2020-01-01
    invitations_need_approval: true
    users:
      - {id: U0ADA, name: ada, email: ada@acme.test, role: primary_owner}
      - {id: U0BEN, name: ben, real_name: Ben, email: ben@acme.test}
      - {id: U0CLEO, name: cleo, email: cleo@acme.test}
      - {id: U0MIA, name: mia, email: mia@acme.test, guest: multi_channel}
    channels:
      - {id: C0GEN, name: general, general: true, creator: U0ADA, created: 2020-01-01, members: [U0ADA, U0BOT]}
      - {id: C0TEAM, name: team, creator: U0ADA, created: 2020-01-01, members: [U0ADA, U0BEN, U0BOT]}
      - {id: C0PRIV, name: private, kind: private, creator: U0ADA, created: 2020-01-01, members: [U0ADA]}
    apps:
      - id: A0GATE
        name: gatekeeper
        created: 2020-01-01
        bot_user: {id: U0BOT}
        events: {delivery: socket, subscribe: [invite_requested, team_join]}
      - id: A0DEAF
        name: deaf
        created: 2020-01-01
        bot_user: {id: U0DEAF}
        events: {delivery: socket, subscribe: [invite_requested]}
    tokens:
      - {token: xoxb-gate, app: A0GATE, scopes: [channels:read, users:read]}
      - {token: xoxb-deaf, app: A0DEAF, scopes: [channels:read, users:read]}
      - {token: xoxp-ada, app: A0GATE, user: U0ADA, scopes: ["admin.invites:read", "admin.invites:write", "admin.users:write"]}
      - {token: xoxp-read, app: A0GATE, user: U0ADA, scopes: ["admin.invites:read"]}
      - {token: xoxp-ben, app: A0GATE, user: U0BEN, scopes: ["admin.invites:read", "admin.invites:write"]}
  - id: T0OPEN
    name: Open
    domain: open
    created: 2020-01-01
    users: [{id: U0OPA, name: opa, role: primary_owner}, {id: U0OLA, name: ola}]
    channels: [{id: C0OPEN, name: open-general, general: true, creator: U0OPA, created: 2020-01-01, members: [U0OPA]}]
"#;

async fn app() -> App {
    App::with_clock(WORLD, settings(), Clock::standing(NOON)).await
}

async fn ask(app: &App, body: Value) -> (u16, Value) {
    control(app, "POST", "/invite-requests", body).await
}

/// Ben asks for somebody; the request's id.
async fn asked(app: &App, email: &str) -> String {
    let (status, made) = ask(app, json!({"user": "U0BEN", "email": email})).await;
    assert_eq!(status, 201, "{made}");
    made["request"]["request"].as_str().unwrap().to_owned()
}

async fn listed(app: &App, query: &str) -> Value {
    let path = format!("/invite-requests?{query}");
    let (status, found) = control(app, "GET", &path, Value::Null).await;
    assert_eq!(status, 200, "{found}");
    found["invite_requests"].clone()
}

async fn letters(app: &App, to: &str) -> Vec<Value> {
    let (_, found) = control(app, "GET", &format!("/mail?to={to}"), Value::Null).await;
    found["mail"].as_array().unwrap().clone()
}

#[tokio::test]
async fn somebody_is_asked_for_approved_and_joins() {
    let app = app().await;
    let wish = json!({
        "user": "U0BEN", "email": "Nia@acme.test", "channels": ["C0TEAM", "C0TEAM"], "real_name": "Nia",
        "reason": "Starts on Monday",
    });
    let (status, made) = ask(&app, wish).await;
    assert_eq!(status, 201, "{made}");
    let request = &made["request"];
    assert_eq!(
        (&request["state"], &request["email"], &request["channels"]),
        (
            &json!("pending"),
            &json!("nia@acme.test"),
            &json!(["C0TEAM"])
        )
    );
    let id = request["request"].as_str().unwrap();
    // Nothing went out, and nobody is there.
    assert!(letters(&app, "nia@acme.test").await.is_empty());

    // Apps that may read it hear of it, once each time that somebody asks.
    let (status, joined) = ask(&app, json!({"user": "U0CLEO", "email": "nia@acme.test"})).await;
    assert_eq!(
        (status, &joined["request"]["requesters"]),
        (201, &json!(["U0BEN", "U0CLEO"])),
        "{joined}"
    );
    let told = deliveries(&app, "type=invite_requested", 2).await;
    let event = &told[0]["body"]["event"];
    let told_request = json!({
        "id": id,
        "email": "nia@acme.test",
        "date_created": NOON.seconds(),
        "requester_ids": ["U0BEN"],
        "channel_ids": ["C0TEAM"],
        "invite_type": "full_member",
        "real_name": "Nia",
        "date_expire": null,
        "request_reason": "Starts on Monday",
        "team": {"id": "T0ACME", "name": "Acme", "domain": "acme"},
    });
    let mut newest: Vec<_> = told.iter().map(|one| &one["body"]["event"]).collect();
    newest.sort_by_key(|event| event["invite_request"]["requester_ids"].to_string().len());
    assert_eq!(newest[0]["invite_request"], told_request, "{event}");
    assert_eq!(
        newest[1]["invite_request"]["requester_ids"],
        json!(["U0BEN", "U0CLEO"])
    );
    assert!(told.iter().all(|one| one["app"] == "A0GATE"), "{told:?}");

    // It is on the list, and decided by whoever may.
    let pending = app.ok("admin.inviteRequests.list", "xoxp-read", &[]).await;
    assert_eq!(pending["invite_requests"][0]["id"], id);
    let args = [("invite_request_id", id), ("team_id", "T0ACME")];
    assert_eq!(
        app.refused(APPROVE, "xoxp-read", &args).await,
        "missing_scope"
    );
    assert_eq!(
        app.refused(APPROVE, "xoxp-ben", &args).await,
        "not_an_admin"
    );
    assert_eq!(
        app.refused(APPROVE, "xoxb-gate", &args).await,
        "not_allowed_token_type"
    );
    let approved = app.ok(APPROVE, ADA, &args).await;
    assert_eq!(approved["ok"], true);
    for method in [APPROVE, DENY] {
        assert_eq!(app.refused(method, ADA, &args).await, "already_processed");
    }
    let pending = app.ok("admin.inviteRequests.list", ADA, &[]).await;
    assert_eq!(pending["invite_requests"], json!([]));

    // The letter is Ben's, and the invitation is told of.
    let [letter] = &letters(&app, "nia@acme.test").await[..] else {
        panic!("one letter goes out");
    };
    assert_eq!(letter["subject"], "Ben invites you to join Acme");
    let nia = letter["user"].as_str().unwrap();
    let done = app.ok("admin.inviteRequests.approved.list", ADA, &[]).await;
    let row = &done["approved_requests"][0];
    assert_eq!(
        row["approved_by"],
        json!({"actor_id": "U0ADA", "actor_type": "user"})
    );
    let invite = &row["invite"];
    assert_eq!(
        (
            &invite["inviter_id"],
            &invite["date_resent"],
            &invite["invite_preferences"]["is_domain_matched"]
        ),
        (&json!("U0BEN"), &Value::Null, &json!(true))
    );

    // She joins, into the general channel and the one that was asked for.
    let (status, joined) = control(&app, "POST", &format!("/users/{nia}/join"), json!({})).await;
    assert_eq!(
        (status, &joined["real_name"]),
        (200, &json!("Nia")),
        "{joined}"
    );
    for channel in ["C0GEN", "C0TEAM"] {
        let args = [("channel", channel)];
        let members = app.ok("conversations.members", "xoxb-gate", &args).await;
        assert!(
            members["members"].as_array().unwrap().contains(&json!(nia)),
            "{channel}"
        );
    }
    deliveries(&app, "type=team_join", 1).await;

    // Who did what is in the journal.
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    let entries = journal["entries"].as_array().unwrap();
    let steps: Vec<_> = entries
        .iter()
        .flat_map(|entry| {
            let changes = entry["changes"].as_array().unwrap();
            changes.iter().map(move |change| (&entry["user"], change))
        })
        .filter(|(_, change)| change["change"] == "invite_request")
        .map(|(user, change)| (user.as_str().unwrap(), change["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        steps,
        [
            ("U0BEN", "pending"),
            ("U0CLEO", "pending"),
            ("U0ADA", "approved")
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn whoever_came_in_meanwhile_is_not_invited_and_the_request_waits() {
    let app = app().await;
    let nia = asked(&app, "nia@acme.test").await;
    let add = json!({"workspace": "T0ACME", "name": "nia", "email": "nia@acme.test"});
    let (status, added) = control(&app, "POST", "/users", add).await;
    assert_eq!(status, 201, "{added}");
    let args = [("invite_request_id", nia.as_str())];
    assert_eq!(
        app.refused(APPROVE, ADA, &args).await,
        "failed_to_send_invite"
    );
    assert!(letters(&app, "nia@acme.test").await.is_empty());
    // Why is told, check by check.
    let answer = app.post(APPROVE, ADA, &args).await;
    let told = app.why(&answer).await;
    let refused = &told["refused_by"];
    assert_eq!(
        (&refused["check"], &told["answer"]["error"]),
        (
            &json!("nobody has an account with the address"),
            &json!("failed_to_send_invite")
        ),
        "{told}"
    );
    let checks = told["checks"].as_array().unwrap();
    let decided = checks
        .iter()
        .find(|one| one["check"] == "nobody has decided about it");
    assert_eq!(decided.unwrap()["passed"], true, "{told}");
    // It is pending until somebody denies it.
    app.ok(DENY, ADA, &args).await;
    let denied = app.ok("admin.inviteRequests.denied.list", ADA, &[]).await;
    let row = &denied["denied_requests"][0];
    assert_eq!(
        (&row["invite_request"]["id"], &row["denied_by"]),
        (
            &json!(nia),
            &json!({"actor_id": "U0ADA", "actor_type": "user"})
        )
    );
    // Somebody denied can be asked for again.
    let noa = asked(&app, "noa@acme.test").await;
    app.ok(DENY, ADA, &[("invite_request_id", &noa)]).await;
    assert_ne!(asked(&app, "noa@acme.test").await, noa);
    assert_eq!(
        listed(&app, "state=denied").await.as_array().unwrap().len(),
        2
    );
    assert_eq!(listed(&app, "workspace=T0OPEN").await, json!([]));
    app.stop().await;
}

#[tokio::test]
async fn of_many_who_decide_one_does() {
    let app = app().await;
    let id = asked(&app, "nia@acme.test").await;
    let args = [("invite_request_id", id.as_str())];
    let calls = (0..6).map(|n| {
        let method = if n % 2 == 0 { APPROVE } else { DENY };
        app.call(method, ADA, &args)
    });
    let answers = futures_util::future::join_all(calls).await;
    let codes: Vec<_> = answers.iter().map(|answer| &answer["error"]).collect();
    let lost = codes.iter().filter(|code| **code == "already_processed");
    assert_eq!(lost.count(), 5, "{codes:?}");
    let approved = listed(&app, "state=approved")
        .await
        .as_array()
        .unwrap()
        .len();
    let sent = letters(&app, "nia@acme.test").await.len();
    assert_eq!(approved, sent);
    app.stop().await;
}

#[tokio::test]
async fn where_nobody_has_to_decide_the_invitation_goes_out_at_once() {
    let app = app().await;
    for (user, email) in [("U0OLA", "nia@open.test"), ("U0ADA", "nia@acme.test")] {
        let (status, made) = ask(&app, json!({"user": user, "email": email})).await;
        assert_eq!(status, 201, "{made}");
        assert_eq!(
            (&made["invited"]["invited"], &made["invited"]["email"]),
            (&json!(true), &json!(email))
        );
        let [letter] = &letters(&app, email).await[..] else {
            panic!("one letter goes out");
        };
        let text = letter["text"].as_str().unwrap();
        assert!(
            text.contains("You come into the channels that everybody is in."),
            "{text}"
        );
    }
    assert_eq!(listed(&app, "").await, json!([]));
    app.stop().await;
}

#[tokio::test]
async fn admins_decide_in_a_client_too() {
    let app = app().await;
    let decide = async |what: &str, body: Value| {
        control(&app, "POST", &format!("/invite-requests/{what}"), body).await
    };
    let first = asked(&app, "nia@acme.test").await;
    let second = asked(&app, "noa@acme.test").await;
    for (user, more, status, code) in [
        ("U0BEN", json!({}), 422, "not_an_admin"),
        ("U0NO", json!({}), 422, "user_not_found"),
        ("U0OPA", json!({}), 422, "invite_request_not_found"),
        (
            "U0OPA",
            json!({"workspace": "T0ACME"}),
            422,
            "workspace_not_found",
        ),
        (
            "U0ADA",
            json!({"workspace": "T0OPEN"}),
            422,
            "workspace_not_found",
        ),
        (
            "U0ADA",
            json!({"request": "Ir0NONE"}),
            422,
            "invite_request_not_found",
        ),
        (
            "U0ADA",
            json!({"request": "I0NONE"}),
            400,
            "invalid_request",
        ),
        ("U0ADA", json!({"why": "because"}), 400, "invalid_request"),
    ] {
        let mut body = json!({"user": user, "request": first});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (found, refused) = decide("approve", body).await;
        assert_eq!(
            (found, &refused["error"]),
            (status, &json!(code)),
            "{refused}"
        );
    }
    let (status, done) = decide("approve", json!({"user": "U0ADA", "request": first})).await;
    assert_eq!(
        (status, &done["request"]["state"]),
        (200, &json!("approved")),
        "{done}"
    );
    assert_eq!(done["request"]["decided_by"], "U0ADA");
    let (status, done) = decide("deny", json!({"user": "U0ADA", "request": second})).await;
    assert_eq!(
        (status, &done["request"]["state"]),
        (200, &json!("denied")),
        "{done}"
    );
    let (status, refused) = decide("deny", json!({"user": "U0ADA", "request": first})).await;
    assert_eq!(
        (status, &refused["error"]),
        (409, &json!("already_processed"))
    );
    let (status, refused) = decide("forget", json!({"user": "U0ADA", "request": first})).await;
    assert_eq!((status, &refused["error"]), (404, &json!("not_found")));
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told() {
    let app = app().await;
    asked(&app, "twice@acme.test").await;
    for (body, status, code) in [
        (json!({"user": "U0NO"}), 422, "user_not_found"),
        (
            json!({"user": "U0BEN", "workspace": "T0OPEN"}),
            422,
            "user_not_in_workspace",
        ),
        (json!({"user": "U0MIA"}), 422, "user_is_restricted"),
        (json!({"user": "U0BOT"}), 422, "invalid_user"),
        (json!({"email": "nia"}), 422, "invalid_user"),
        (json!({"email": "ada@acme.test"}), 409, "already_there"),
        (
            json!({"email": "twice@acme.test"}),
            409,
            "already_requested",
        ),
        (json!({"channels": ["C0PRIV"]}), 422, "channel_not_found"),
        (json!({"channels": ["C0NONE"]}), 422, "channel_not_found"),
        (json!({"channels": ["general"]}), 400, "invalid_request"),
        (json!({"guest": "single_channel"}), 422, "channel_not_found"),
        (json!({"guest": "none"}), 400, "invalid_request"),
        (json!({"expires": "2030-01-01"}), 422, "invalid_user"),
        (json!({"expires": "soon"}), 422, "invalid_user"),
        (json!({"real_name": "x".repeat(81)}), 422, "invalid_user"),
        (json!({"reason": "x".repeat(561)}), 422, "invalid_reason"),
        (json!({"why": "x"}), 400, "invalid_request"),
    ] {
        let mut wish = json!({"user": "U0BEN", "email": "nia@acme.test"});
        wish.as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        let (found, refused) = ask(&app, wish).await;
        assert_eq!(
            (found, &refused["error"]),
            (status, &json!(code)),
            "{body}: {refused}"
        );
    }
    for (query, code) in [
        ("state=sent", "invalid_state"),
        ("workspace=x", "invalid_workspace"),
        ("limit=0", "invalid_limit"),
        ("limit=1001", "invalid_limit"),
        ("user=U0BEN", "invalid_request"),
    ] {
        let path = format!("/invite-requests?{query}");
        let (status, refused) = control(&app, "GET", &path, Value::Null).await;
        assert_eq!((status, &refused["error"]), (422, &json!(code)), "{query}");
    }
    app.stop().await;
}

#[tokio::test]
async fn requests_are_exported_and_loaded() {
    let app = app().await;
    let nia = asked(&app, "nia@acme.test").await;
    let noa = asked(&app, "noa@acme.test").await;
    let mio = asked(&app, "mio@acme.test").await;
    app.ok(APPROVE, ADA, &[("invite_request_id", &nia)]).await;
    app.ok(DENY, ADA, &[("invite_request_id", &noa)]).await;
    let dump = app.store.dump().await.unwrap();
    let yaml = world::to_yaml(&world::write(&dump)).unwrap();
    let other = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    for method in [
        "admin.inviteRequests.list",
        "admin.inviteRequests.approved.list",
        "admin.inviteRequests.denied.list",
    ] {
        let told = app.ok(method, ADA, &[]).await;
        assert_eq!(other.ok(method, ADA, &[]).await, told, "{method}");
    }
    // What is pending is decided there, and a member still has to ask.
    other.ok(APPROVE, ADA, &[("invite_request_id", &mio)]).await;
    let once = other
        .refused(DENY, ADA, &[("invite_request_id", &nia)])
        .await;
    assert_eq!(once, "already_processed");
    asked(&other, "noa@acme.test").await;
    app.stop().await;
    other.stop().await;
}
