//! Accounts and groups by SCIM, over the wire.

mod groups;
mod limits;
mod people;
mod refusals;
mod understood;

use crate::app::{Answer, App};
use guestlist_server::{RateLimits, Settings};
use serde_json::{Value, json};

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(crate) const GUEST: &str = "urn:ietf:params:scim:schemas:extension:slack:guest:2.0:User";

/// Ann, an admin, provisions for Acme and West, which are of one organisation; Globex is on its own and pays for Pro.
pub(crate) const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ACME, name: Acme Corp, domain: acme-corp}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    created: 2020-01-01
    users:
      - {id: U0PIA, name: pia, email: pia@acme.test, role: primary_owner}
      - {id: U0OWEN, name: owen, email: owen@acme.test, role: owner}
      - {id: U0ANN, name: ann, real_name: Ann Lee, email: ann@acme.test, role: admin}
      - {id: U0BEN, name: ben, real_name: Ben Park, email: ben@acme.test, tz: Europe/Zurich, scim: {externalId: 00u1}}
      - {id: U0GUS, name: gus, email: gus@partner.test, guest: multi_channel}
      - {id: U0SOL, name: sol, email: sol@partner.test, guest: single_channel}
      - {id: U0OTTO, name: otto, email: otto@acme.test, status: removed}
      - {id: U0IVY, name: ivy, email: ivy@acme.test, invited: {by: U0ANN, at: 2024-01-01, state: pending}}
    channels:
      - {id: C0GEN, name: general, general: true, creator: U0PIA, members: [U0PIA, U0OWEN, U0ANN, U0BEN, U0ABOT]}
      - {id: C0OPS, name: ops, kind: private, creator: U0ANN, members: [U0ANN, U0BEN, U0GUS, U0ABOT]}
      - {id: C0SECRET, name: secret, kind: private, creator: U0PIA, members: [U0PIA, U0GUS]}
      - {id: C0OPEN, name: open, creator: U0ANN, members: [U0ANN, U0ABOT]}
    usergroups:
      - {id: S0CREW, name: Crew, handle: crew, users: [U0BEN], channels: [C0OPEN]}
    apps:
      - {id: A0IDP, name: idp, bot_user: {id: U0ABOT, name: abot}, events: {delivery: socket, subscribe: [team_join, user_change, subteam_created, subteam_updated, subteam_members_changed, member_joined_channel]}}
    tokens:
      - {token: xoxp-ann, app: A0IDP, user: U0ANN, scopes: [admin]}
      - {token: xoxp-pia, app: A0IDP, user: U0PIA, scopes: [admin]}
      - {token: xoxp-ben, app: A0IDP, user: U0BEN, scopes: [admin, "channels:write"]}
      - {token: xoxp-narrow, app: A0IDP, user: U0ANN, scopes: ["users:read"]}
      - {token: xoxp-dead, app: A0IDP, user: U0ANN, scopes: [admin], revoked: true}
      - {token: xoxb-acme, app: A0IDP, scopes: [admin, "users:read", "users:read.email", "channels:read", "channels:manage", "groups:write", "groups:read", "usergroups:read"]}
  - id: T0WEST
    name: West
    domain: west
    enterprise: E0ACME
    users:
      - {id: U0WIN, name: win, email: win@acme.test}
  - id: T0GLOBEX
    name: Globex
    domain: globex
    plan: pro
    users:
      - {id: U0GIL, name: gil, email: gil@globex.test, role: owner}
    tokens: [{token: xoxp-gil, user: U0GIL, scopes: [admin]}]
"#;

pub(crate) async fn scene() -> App {
    let settings = Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    };
    App::with_settings(WORLD, settings).await
}

/// A call below `/scim/`; a body that is `null` is none.
pub(crate) async fn ask(app: &App, token: &str, verb: &str, path: &str, body: Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    app.send(verb, &format!("/scim/{path}"), &headers, &body)
        .await
}

/// The same by Ann, with what is answered.
pub(crate) async fn ann(app: &App, verb: &str, path: &str, body: Value) -> (u16, Value) {
    let answer = ask(app, "xoxp-ann", verb, path, body).await;
    let told = match answer.body.is_empty() {
        true => Value::Null,
        false => answer.json(),
    };
    (answer.status, told)
}

/// The same, expected to do what is asked.
pub(crate) async fn done(app: &App, verb: &str, path: &str, body: Value) -> Value {
    let (status, told) = ann(app, verb, path, body).await;
    assert!(
        (200..300).contains(&status),
        "{verb} {path}: {status} {told}"
    );
    told
}

/// Operations of version 2.
pub(crate) fn operations(operations: Value) -> Value {
    json!({"schemas": [PATCH], "Operations": operations})
}

/// Somebody new.
pub(crate) fn newcomer(name: &str) -> Value {
    json!({
        "schemas": [USER], "userName": name,
        "emails": [{"value": format!("{name}@acme.test"), "primary": true}],
    })
}

/// Somebody as the Web API has them.
pub(crate) async fn seen(app: &App, user: &str) -> Value {
    app.ok("users.info", "xoxb-acme", &[("user", user)]).await["user"].clone()
}

/// The ids that a list tells.
pub(crate) fn ids(list: &Value) -> Vec<&str> {
    let resources = list["Resources"].as_array().unwrap().iter();
    resources.map(|one| one["id"].as_str().unwrap()).collect()
}
