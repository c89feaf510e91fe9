//! The audit logs of an organisation, over the wire.

mod stories;

use crate::{
    app::{Answer, App},
    events::settings,
    rate_limits::{pass, retry_after},
};
use guestlist_domain::Timestamp;
use guestlist_server::Settings;
use guestlist_store::Clock;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Ada owns an organisation of two workspaces, in which Ben is an admin and Win another owner. Gil owns another
/// organisation, Zoe a workspace of none.
const WORLD: &str = r#"
version: 1
enterprises:
  - {id: E0ACME, name: Acme Corp, domain: acme-corp}
  - {id: E0GLO, name: Globex Corp, domain: globex-corp}
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    users:
      - {id: U0ADA, name: ada, email: ada@acme.test, role: owner}
      - {id: U0BEN, name: ben, email: ben@acme.test, role: admin}
      - {id: U0EVE, name: eve}
      - {id: U0FAY, name: fay}
      - {id: U0MIA, name: mia, guest: multi_channel}
    channels:
      - {id: C0OPS, name: ops, creator: U0ADA, members: [U0ADA, U0GREET]}
      - {id: C0SEC, name: secret, kind: private, creator: U0ADA, members: [U0ADA]}
    apps:
      - {id: A0GREET, name: greeter, bot_user: {id: U0GREET}}
      - id: A0NEW
        client_id: "1.1"
        client_secret: s3cret
        manifest:
          display_information: {name: Newcomer}
          oauth_config:
            redirect_urls: ["http://127.0.0.1:3000/slack"]
            scopes: {bot: [channels:read, chat:write], user: [users:read]}
          settings: {org_deploy_enabled: true}
    tokens:
      - {token: xoxp-ada, user: U0ADA, scopes: ["auditlogs:read", "admin.users:write", "admin.conversations:write", "channels:write", "groups:write"]}
      - {token: xoxp-ada-narrow, user: U0ADA, scopes: ["admin.users:write"]}
      - {token: xoxp-ben, user: U0BEN, scopes: ["auditlogs:read"]}
      - {token: xoxb-acme, app: A0GREET, scopes: ["auditlogs:read", "channels:manage", "conversations.connect:write", "conversations.connect:manage"]}
  - id: T0WEST
    name: West
    domain: west
    enterprise: E0ACME
    users: [{id: U0WIN, name: win, role: owner}]
    channels: [{id: C0WEST, name: west, creator: U0WIN, members: [U0WIN]}]
    tokens: [{token: xoxp-win, user: U0WIN, scopes: ["auditlogs:read", "channels:write"]}]
  - id: T0GLO
    name: Globex
    domain: globex
    enterprise: E0GLO
    users:
      - {id: U0GIL, name: gil, email: gil@globex.test, role: owner}
      - {id: U0GUS, name: gus, email: gus@globex.test}
      - {id: U0NON, name: non, email: non@globex.test, on_invite: auto_decline}
    channels:
      - {id: C0GLO, name: glo, creator: U0GIL, members: [U0GIL], connections: [{workspace: T0ACME, name: glo}]}
    tokens: [{token: xoxp-gil, user: U0GIL, scopes: ["auditlogs:read", "channels:write"]}]
  - id: T0ALONE
    name: Alone
    domain: alone
    users: [{id: U0ZOE, name: zoe, role: owner}]
    tokens: [{token: xoxp-zoe, user: U0ZOE, scopes: ["auditlogs:read"]}]
"#;

const NOON: Timestamp = Timestamp::from_seconds(1_700_000_000);

async fn app() -> App {
    App::with_clock(WORLD, settings(), Clock::standing(NOON)).await
}

async fn get(app: &App, token: &str, query: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str())];
    let path = format!("/audit/v1/logs?{query}");
    app.send("GET", &path, &headers, b"").await
}

/// A page, and where the next one begins.
async fn page(app: &App, token: &str, query: &str) -> (Vec<Value>, String) {
    let answer = get(app, token, query).await;
    let body = answer.json();
    assert_eq!(answer.status, 200, "{query}: {body}");
    let next = body["response_metadata"]["next_cursor"].as_str().unwrap();
    (body["entries"].as_array().unwrap().clone(), next.to_owned())
}

async fn entries(app: &App, token: &str, query: &str) -> Vec<Value> {
    let (entries, next) = page(app, token, query).await;
    assert_eq!(next, "");
    entries
}

/// Of each entry the action, and the id of what was acted upon.
fn told(entries: &[Value]) -> Vec<String> {
    let of = |entry: &Value| {
        let (action, entity) = (action(entry), &entry["entity"]);
        let id = &entity[entity["type"].as_str().unwrap()]["id"];
        format!("{action} {}", id.as_str().unwrap())
    };
    entries.iter().map(of).collect()
}

fn action(entry: &Value) -> &str {
    entry["action"].as_str().unwrap()
}

async fn invite(app: &App, token: &str, channel: &str, users: &str) {
    let args = [("channel", channel), ("users", users)];
    app.ok("conversations.invite", token, &args).await;
}

#[tokio::test]
async fn an_invitation_is_read_back() {
    let app = app().await;
    invite(&app, "xoxb-acme", "C0OPS", "U0BEN").await;
    let entries = entries(&app, "xoxp-ada", "").await;
    let id = entries[0]["id"].as_str().unwrap();
    let groups: Vec<_> = id.split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
    let bot = json!({"id": "U0GREET", "name": "greeter", "team": "T0ACME"});
    assert_eq!(
        entries,
        [json!({
            "id": id,
            "date_create": NOON.seconds(),
            "action": "user_channel_join",
            "actor": {"type": "user", "user": {"id": "U0BEN", "name": "ben", "email": "ben@acme.test", "team": "T0ACME"}},
            "entity": {"type": "channel", "channel": {
                "id": "C0OPS", "name": "ops", "privacy": "public", "is_shared": false, "is_org_shared": false}},
            "context": {
                "location": {"type": "workspace", "id": "T0ACME", "name": "Acme", "domain": "acme"},
                "app": {"id": "A0GREET", "name": "greeter", "is_distributed": true,
                        "is_directory_approved": false, "team": "T0ACME"},
            },
            "details": {"inviter": {
                "type": "user", "user": bot, "id": "U0GREET", "name": "greeter", "team": "T0ACME"}},
        })]
    );
    app.stop().await;
}

#[tokio::test]
async fn who_may_read_what() {
    let app = app().await;
    invite(&app, "xoxp-ada", "C0SEC", "U0MIA").await;
    for (token, status, code) in [
        ("", 401, "not_authed"),
        ("xoxp-nobody", 401, "invalid_auth"),
        ("xoxb-acme", 403, "not_allowed_token_type"),
        ("xoxp-ada-narrow", 403, "missing_scope"),
        ("xoxp-ben", 403, "access_denied"),
        ("xoxp-zoe", 403, "not_an_enterprise"),
    ] {
        let answer = get(&app, token, "").await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (status, code),
            "{token}"
        );
        assert_eq!(answer.json()["ok"], false);
        assert!(!String::from_utf8(answer.body).unwrap().contains("C0SEC"));
    }
    // In a query, where it would be logged, no token is good.
    let answer = app
        .send("GET", "/audit/v1/logs?token=xoxp-ada", &[], b"")
        .await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (401, "not_authed")
    );

    // Owners of any workspace of the organisation; others have logs of their own.
    let expected = ["guest_channel_join C0SEC"];
    for token in ["xoxp-ada", "xoxp-win"] {
        assert_eq!(told(&entries(&app, token, "").await), expected);
    }
    assert_eq!(entries(&app, "xoxp-gil", "").await, [Value::Null; 0]);
    app.stop().await;
}

#[tokio::test]
async fn what_is_asked_badly_is_named_and_only_get_is_answered() {
    let app = app().await;
    let answer = get(&app, "xoxp-ada", "limit=0&oldest=soon&cursor=x").await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (400, "invalid_arguments")
    );
    let messages = answer.json()["response_metadata"]["messages"].clone();
    let messages = messages.as_array().unwrap();
    for (message, name) in messages.iter().zip(["limit", "oldest", "cursor"]) {
        let start = format!("[ERROR] `{name}` is ");
        assert!(message.as_str().unwrap().starts_with(&start), "{message}");
    }
    assert_eq!(messages.len(), 3);
    for path in ["logs", "actions", "schemas"] {
        for verb in ["POST", "PUT", "DELETE"] {
            let path = format!("/audit/v1/{path}");
            let answer = app.send(verb, &path, &[], b"").await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (405, "method_not_allowed")
            );
            assert_eq!(answer.headers["allow"], "GET, HEAD");
        }
    }
    let answer = app.send("GET", "/audit/v1/entries", &[], b"").await;
    assert_eq!((answer.status, answer.error().as_str()), (404, "not_found"));
    app.stop().await;
}

#[tokio::test]
async fn actions_and_schemas_need_no_token() {
    let app = app().await;
    let actions = app.send("GET", "/audit/v1/actions", &[], b"").await.json();
    let groups = actions["actions"].as_object().unwrap();
    let of = |group: &str| groups[group].as_array().unwrap().clone();
    assert!(of("channel").contains(&json!("user_channel_join")));
    assert!(of("user").contains(&json!("role_change_to_admin")));
    assert!(of("app").contains(&json!("app_installed")));
    assert!(of("workspace_or_org").contains(&json!("workspace_created")));
    let schemas = app.send("GET", "/audit/v1/schemas", &[], b"").await.json();
    for schema in schemas["schemas"].as_array().unwrap() {
        let kind = schema["type"].as_str().unwrap();
        assert!(schema[kind]["id"].is_string(), "{schema}");
    }

    // Every field of an entity is in its schema, and every action in its group.
    invite(&app, "xoxb-acme", "C0OPS", "U0BEN").await;
    app.ok(
        "admin.users.setAdmin",
        "xoxp-ada",
        &[("team_id", "T0ACME"), ("user_id", "U0EVE")],
    )
    .await;
    for entry in entries(&app, "xoxp-ada", "").await {
        let all = actions["actions"].to_string();
        assert!(all.contains(&format!("\"{}\"", action(&entry))), "{entry}");
        let kind = &entry["entity"]["type"];
        let schemas = schemas["schemas"].as_array().unwrap();
        let schema = schemas.iter().find(|one| one["type"] == *kind).unwrap();
        let kind = kind.as_str().unwrap();
        for field in entry["entity"][kind].as_object().unwrap().keys() {
            assert!(schema[kind].get(field).is_some(), "{kind} {field}");
        }
    }
    app.stop().await;
}

/// Six entries, a minute apart.
async fn story(app: &App) {
    let steps = [
        ("C0OPS", "U0BEN", "xoxp-ada"),
        ("C0OPS", "U0EVE", "xoxp-ada"),
        ("C0SEC", "U0BEN", "xoxp-ada"),
        ("C0SEC", "U0MIA", "xoxp-ada"),
    ];
    for (channel, user, token) in steps {
        invite(app, token, channel, user).await;
        pass(app, 60);
    }
    let team = [("team_id", "T0ACME"), ("user_id", "U0EVE")];
    app.ok("admin.users.setAdmin", "xoxp-ada", &team).await;
    pass(app, 60);
    app.ok(
        "conversations.kick",
        "xoxp-ada",
        &[("channel", "C0OPS"), ("user", "U0EVE")],
    )
    .await;
}

#[tokio::test]
async fn questions_choose_and_are_all_true() {
    let app = app().await;
    story(&app).await;
    let all = entries(&app, "xoxp-ada", "").await;
    let all = told(&all);
    assert_eq!(
        all,
        [
            "user_channel_leave C0OPS",
            "role_change_to_admin U0EVE",
            "guest_channel_join C0SEC",
            "user_channel_join C0SEC",
            "user_channel_join C0OPS",
            "user_channel_join C0OPS",
        ]
    );
    let at = |minute: i64| NOON.seconds() + 60 * minute;
    for (query, places) in [
        ("action=user_channel_join".to_owned(), &[3, 4, 5][..]),
        (
            "action=user_channel_leave,guest_channel_join,user_login".to_owned(),
            &[0, 2],
        ),
        ("action=user_login".to_owned(), &[]),
        ("actor=U0BEN".to_owned(), &[3, 5]),
        ("actor=U0ADA".to_owned(), &[1]),
        ("entity=C0SEC".to_owned(), &[2, 3]),
        ("entity=U0EVE".to_owned(), &[1]),
        ("entity=C0NOWHERE".to_owned(), &[]),
        ("actor=U0BEN&entity=C0SEC".to_owned(), &[3]),
        (
            "actor=U0BEN&entity=C0SEC&action=user_channel_leave".to_owned(),
            &[],
        ),
        // Both ends count.
        (format!("oldest={}", at(3)), &[0, 1, 2]),
        (format!("oldest={}", at(3) + 1), &[0, 1]),
        (format!("latest={}", at(1)), &[4, 5]),
        (format!("latest={}", at(1) - 1), &[5]),
        (format!("oldest={}&latest={}", at(1), at(3)), &[2, 3, 4]),
        (format!("oldest={}&latest={}", at(3), at(1)), &[]),
        (format!("latest={}", at(-1)), &[]),
        (format!("oldest={}", at(6)), &[]),
    ] {
        let expected: Vec<_> = places.iter().map(|place| all[*place].clone()).collect();
        assert_eq!(
            told(&entries(&app, "xoxp-ada", &query).await),
            expected,
            "{query}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn pages_follow_one_another_while_the_journal_grows() {
    let app = app().await;
    story(&app).await;
    for limit in [1, 2, 5, 6, 100] {
        let all = entries(&app, "xoxp-ada", "").await;
        let (mut got, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let query = format!("limit={limit}&cursor={cursor}");
            let (more, next) = page(&app, "xoxp-ada", &query).await;
            assert!(more.len() <= limit);
            got.extend(more);
            pages += 1;
            if next.is_empty() {
                break;
            }
            cursor = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            // What comes meanwhile is on no later page.
            let name = format!("west-{limit}-{pages}");
            let args = [("channel", "C0WEST"), ("name", name.as_str())];
            app.ok("conversations.rename", "xoxp-win", &args).await;
        }
        assert_eq!(got, all, "{limit}");
        assert_eq!(pages, all.len().div_ceil(limit));
    }
    app.stop().await;
}

#[tokio::test]
async fn an_entry_has_one_id_whenever_it_is_read() {
    let app = app().await;
    story(&app).await;
    let before = entries(&app, "xoxp-ada", "").await;
    let ids: HashSet<_> = before.iter().map(|entry| entry["id"].to_string()).collect();
    assert_eq!(ids.len(), before.len());
    let clock = app.store.clock().clone();
    let app = app.restarted(settings(), clock).await;
    // Whichever node is asked.
    for _node in 0..2 {
        assert_eq!(entries(&app, "xoxp-win", "").await, before);
    }
    app.stop().await;
}

#[tokio::test]
async fn the_organisation_has_so_many_calls_and_strangers_use_up_none() {
    let clock = Clock::standing(NOON);
    let app = App::with_clock(WORLD, Settings::default(), clock).await;
    for _ in 0..100 {
        assert_eq!(get(&app, "xoxp-ben", "").await.status, 403);
    }
    // One and a half minutes' worth, of all owners together.
    for call in 0..75 {
        let token = ["xoxp-ada", "xoxp-win"][call % 2];
        assert_eq!(get(&app, token, "").await.status, 200, "{call}");
    }
    let refused = get(&app, "xoxp-win", "limit=0").await;
    let wait = retry_after(&refused);
    assert_eq!(wait, 2);
    assert_eq!(get(&app, "xoxp-gil", "").await.status, 200);
    pass(&app, wait - 1);
    assert_eq!(get(&app, "xoxp-ada", "").await.status, 429);
    pass(&app, 1);
    assert_eq!(get(&app, "xoxp-ada", "").await.status, 200);
    app.stop().await;
}
