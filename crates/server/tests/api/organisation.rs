//! An app that is there for a whole organisation.

use crate::{
    app::{App, CONTROL_TOKEN},
    events::{control, deliveries, settings},
};
use serde_json::{Value, json};

/// Una is in two workspaces of the organisation, and her app was added to one of them and to a third.
const PEOPLE: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0A
    name: A
    domain: a
    enterprise: E0ORG
    users: [{id: U0UNA, name: una, role: owner}, {id: U0MEL, name: mel}]
    channels: [{id: C0A, name: a, creator: U0MEL, members: [U0UNA, U0MEL]}]
    apps: [{id: A0APP, name: app, bot_user: {id: U0BOT, name: bot}, events: {delivery: socket, subscribe: [channel_created, member_joined_channel]}}]
    tokens:
      - {token: xoxp-una, kind: org, app: A0APP, user: U0UNA, scopes: ["admin.conversations:write", "admin.users:write", "channels:read", "channels:write", "users:read"], workspaces: [T0B, T0C]}
      - {token: xoxp-mel, kind: org, app: A0APP, user: U0MEL, scopes: ["admin.users:write", "channels:read"], workspaces: [T0A]}
      - {token: xoxp-mel-alone, app: A0APP, user: U0MEL, scopes: ["channels:write"]}
  - id: T0B
    name: B
    domain: b
    enterprise: E0ORG
    users: [{id: U0UNA}, {id: U0BO, name: bo}]
    channels: [{id: C0B, name: b, creator: U0BO, members: [U0BO]}]
    tokens: [{token: xoxp-bo, user: U0BO, scopes: ["channels:write"]}]
  - id: T0C
    name: C
    domain: c
    enterprise: E0ORG
    users: [{id: U0CY, name: cy}]
    channels: [{id: C0C, name: c, creator: U0CY, members: [U0CY]}]
    tokens: [{token: xoxp-cy, user: U0CY, scopes: ["channels:write"]}]
  - {id: T0FAR, name: Far, domain: far, users: [{id: U0FAR, name: far}]}
"#;

#[tokio::test]
async fn organisation_wide_tokens_of_people() {
    let app = App::with_settings(PEOPLE, settings()).await;
    // What is about the token is answered where it was made, granted or not.
    let me = app.ok("auth.test", "xoxp-una", &[]).await;
    assert_eq!(
        (&me["team_id"], &me["user_id"], &me["is_enterprise_install"]),
        (&"T0A".into(), &"U0UNA".into(), &true.into())
    );
    assert_eq!(me["url"], "https://org.enterprise.slack.com/");
    assert_eq!(
        (&me["enterprise_id"], &me["bot_id"]),
        (&"E0ORG".into(), &Value::Null)
    );
    let teams = app.ok("auth.teams.list", "xoxp-una", &[]).await;
    let teams: Vec<_> = teams["teams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|team| &team["id"])
        .collect();
    assert_eq!(teams, ["T0B", "T0C"]);

    // Where the app was added and the person is, they act as themselves.
    for (method, arguments) in [
        ("conversations.list", vec![("team_id", "T0B")]),
        ("conversations.join", vec![("channel", "C0B")]),
        (
            "conversations.invite",
            vec![("channel", "C0B"), ("users", "U0UNA")],
        ),
    ] {
        let answer = app.call(method, "xoxp-una", &arguments).await;
        let expected = match method {
            "conversations.invite" => Some("cant_invite_self"),
            _ => None,
        };
        assert_eq!(answer["error"].as_str(), expected, "{method}: {answer}");
    }
    for method in ["conversations.list", "users.list", "users.conversations"] {
        let answer = app.call(method, "xoxp-una", &[]).await;
        assert_eq!(answer["error"], "missing_argument", "{method}: {answer}");
        assert_eq!(answer["arg"], "team_id");
    }

    // Not where the app was not added, nor where they are not; elsewhere there is nothing.
    for (arguments, code) in [
        ([("channel", "C0A")], "team_access_not_granted"),
        ([("channel", "C0C")], "team_access_not_granted"),
        ([("channel", "C0NOWHERE")], "channel_not_found"),
    ] {
        let refused = app
            .refused("conversations.info", "xoxp-una", &arguments)
            .await;
        assert_eq!(refused, code, "{arguments:?}");
    }
    for team in ["T0A", "T0C", "T0FAR", "T0NO", "x"] {
        let arguments = [("team_id", team)];
        for method in ["users.list", "conversations.list"] {
            let refused = app.refused(method, "xoxp-una", &arguments).await;
            assert_eq!(refused, "team_access_not_granted", "{method} {team}");
        }
        for method in ["auth.test", "auth.teams.list"] {
            let told = app.ok(method, "xoxp-una", &arguments).await;
            let same = app.ok(method, "xoxp-una", &[]).await;
            assert_eq!(told, same, "{method} {team}");
        }
    }
    let refused = app
        .post("users.list", "xoxp-una", &[("team_id", "T0C")])
        .await;
    let why = app.why(&refused).await;
    assert_eq!(
        why["refused_by"]["looked_at"],
        "a org token, granted T0B, T0C; U0UNA is in T0A, T0B"
    );
}

#[tokio::test]
async fn an_organisation_wide_token_is_made_for_a_person() {
    let app = App::with_settings(PEOPLE, settings()).await;
    let ask = json!({"kind": "org", "user": "U0UNA", "app": "A0APP", "scopes": ["users:read"], "workspaces": ["T0B"]});
    let (status, made) = control(&app, "POST", "/tokens", ask).await;
    assert_eq!(status, 201, "{made}");
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("xoxp-"), "{made}");
    app.ok("users.list", token, &[("team_id", "T0B")]).await;
    let refused = app
        .refused("users.list", token, &[("team_id", "T0A")])
        .await;
    assert_eq!(refused, "team_access_not_granted");
    // An export has it, and what it was granted.
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Accept", "application/json"),
    ];
    let world = app
        .send("GET", "/control/v1/world", &headers, b"")
        .await
        .json();
    let kept = world["workspaces"][0]["tokens"].as_array().unwrap();
    let mut kept = kept
        .iter()
        .filter(|one| one["token_sha256"] == made["token_sha256"]);
    let kept = kept.next().unwrap();
    assert_eq!(
        (&kept["kind"], &kept["user"], &kept["workspaces"]),
        (&"org".into(), &"U0UNA".into(), &json!(["T0B"]))
    );

    // One that names none is granted what the app's others are.
    for (app_of_it, granted) in [
        (Some("A0APP"), &["T0A", "T0B", "T0C"][..]),
        (None, &["T0A"]),
    ] {
        let ask =
            json!({"kind": "org", "user": "U0UNA", "app": app_of_it, "scopes": ["users:read"]});
        let (_, made) = control(&app, "POST", "/tokens", ask).await;
        assert_eq!(made["workspaces"], json!(granted), "{made}");
    }
}

/// What admins of an organisation do is done in all of it, also where neither they nor the app are.
#[tokio::test]
async fn admins_of_an_organisation_by_an_organisation_wide_token() {
    let app = App::with_settings(PEOPLE, settings()).await;
    let arguments = [("team_id", "T0A"), ("user_id", "U0CY")];
    app.ok("admin.users.assign", "xoxp-una", &arguments).await;
    let arguments = [("channel_id", "C0C"), ("user_ids", "U0CY")];
    let answer = app
        .call("admin.conversations.invite", "xoxp-una", &arguments)
        .await;
    assert_eq!(answer["error"], "failed_for_some_users", "{answer}");
    for (token, team, code) in [
        ("xoxp-mel", "T0B", "not_an_admin"),
        ("xoxp-una", "T0FAR", "team_not_found"),
    ] {
        let arguments = [("team_id", team), ("user_id", "U0MEL")];
        let refused = app.refused("admin.users.assign", token, &arguments).await;
        assert_eq!(refused, code, "{token} {team}");
    }
}

/// Through a person's token an app hears what they hear themselves, where it was added.
#[tokio::test]
async fn an_app_hears_through_an_organisation_wide_token_where_a_person_is() {
    let app = App::with_settings(PEOPLE, settings()).await;
    for token in ["xoxp-bo", "xoxp-cy", "xoxp-mel-alone"] {
        app.ok("conversations.create", token, &[("name", "news")])
            .await;
    }
    let owed = deliveries(&app, "type=channel_created", 2).await;
    let heard: Vec<_> = owed.iter().map(|owed| &owed["body"]).collect();
    let heard: Vec<_> = heard
        .iter()
        .map(|body| (body["team_id"].as_str(), &body["authorizations"][0]))
        .collect();
    let of = |user: &str| json!({"enterprise_id": "E0ORG", "team_id": null, "user_id": user, "is_bot": false, "is_enterprise_install": true});
    assert_eq!(
        heard,
        [(Some("T0B"), &of("U0UNA")), (Some("T0A"), &of("U0MEL"))]
    );
}
