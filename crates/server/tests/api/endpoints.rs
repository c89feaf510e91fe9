//! What is seen of calls of SCIM and of the Audit Logs: each is counted, listed, and told why of, as methods' are.

use crate::{
    app::{Answer, App},
    events::control,
    metrics,
    scim::{self, newcomer, operations},
};
use guestlist_domain::Timestamp;
use guestlist_server::{RateLimits, Settings};
use guestlist_store::Clock;
use serde_json::{Value, json};
use std::collections::HashSet;

/// One server: of several each has what it answered.
async fn start(limits: RateLimits) -> App {
    let settings = Settings {
        rate_limits: limits,
        ..Settings::default()
    };
    let clock = Clock::standing(Timestamp::from_seconds(1_800_000_000));
    // An owner reads the logs.
    let pia = "user: U0PIA, scopes: [admin]";
    assert!(scim::WORLD.contains(pia));
    let world = scim::WORLD.replace(pia, "user: U0PIA, scopes: [admin, \"auditlogs:read\"]");
    let world = world
        .replace(
            "{id: U0WIN, name: win, email: win@acme.test}",
            "{id: U0WIN, name: win, email: win@acme.test}\n    tokens: [{token: xoxp-west, user: U0WIN, scopes: [\"auditlogs:read\"]}]",
        )
        .replace(
            "tokens: [{token: xoxp-gil,",
            "tokens: [{token: xoxp-zoe, user: U0GIL, scopes: [\"auditlogs:read\"]}, {token: xoxp-gil,",
        );
    App::alone(&world, settings, clock).await
}

async fn ask(app: &App, token: &str, verb: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    app.send(verb, path, &headers, &body).await
}

async fn listed(app: &App, query: &str) -> Vec<Value> {
    let path = format!("/requests{query}");
    let (status, page) = control(app, "GET", &path, Value::Null).await;
    assert_eq!(status, 200, "{page}");
    page["requests"].as_array().unwrap().clone()
}

/// Each endpoint: its name, how it is called, and what comes of it.
const CALLS: &str = "
scim.ServiceProviderConfig.read GET /scim/v1/ServiceProviderConfigs 200 ok
scim.ResourceTypes.list GET /scim/v2/ResourceTypes 200 ok
scim.Schemas.list GET /scim/v2/Schemas 200 ok
scim.Schemas.read GET /scim/v1/Schemas/Users 200 ok
scim.Users.list GET /scim/v2/Users?count=1 200 ok
scim.Users.create POST /scim/v2/Users 201 ok
scim.Users.read GET /scim/v1/Users/U0BEN 200 ok
scim.Users.replace PUT /scim/v2/Users/U0BEN 409 username_taken
scim.Users.patch PATCH /scim/v2/Users/U0BEN 200 ok
scim.Users.delete DELETE /scim/v2/Users/U0OTTO 204 ok
scim.Groups.list GET /scim/v2/Groups 200 ok
scim.Groups.create POST /scim/v2/Groups 409 name_already_exists
scim.Groups.read GET /scim/v2/Groups/S0CREW 200 ok
scim.Groups.replace PUT /scim/v2/Groups/S0CREW 200 ok
scim.Groups.patch PATCH /scim/v2/Groups/S0CREW 400 invalid_syntax
scim.Groups.delete DELETE /scim/v2/Groups/S0NONE 404 no_such_group
scim.unknown GET /scim/v2/Shoes 404 bad_endpoint
scim.unknown GET /scim/v9/Users 404 unsupported_version
scim.unknown PUT /scim/v2/Users 405 method_not_allowed
audit.logs GET /audit/v1/logs?limit=1 200 ok
audit.logs GET /audit/v1/logs?limit=none 400 invalid_arguments
audit.actions GET /audit/v1/actions 200 ok
audit.schemas GET /audit/v1/schemas 200 ok
audit.unknown GET /audit/v1/ 404 not_found
audit.unknown POST /audit/v1/logs 405 method_not_allowed
";

fn calls() -> Vec<[&'static str; 5]> {
    let lines = CALLS.lines().filter(|line| !line.is_empty());
    let words = lines.map(|line| line.split(' ').collect::<Vec<_>>());
    words.map(|words| words.try_into().unwrap()).collect()
}

/// What is sent to one.
fn body(name: &str) -> Value {
    match name {
        "scim.Users.create" => newcomer("nia"),
        "scim.Users.replace" => newcomer("owen"),
        "scim.Users.patch" => operations(json!([{"op": "replace", "path": "title", "value": "x"}])),
        "scim.Groups.create" | "scim.Groups.replace" => {
            json!({"displayName": "Crew", "members": [{"value": "U0BEN"}]})
        }
        "scim.Groups.patch" => operations(json!([])),
        _ => Value::Null,
    }
}

#[tokio::test]
async fn every_call_is_counted_listed_and_named() {
    let app = start(RateLimits::Off).await;
    let mut ids = HashSet::new();
    for [name, verb, path, status, outcome] in calls() {
        let status: u16 = status.parse().unwrap();
        let answer = ask(&app, "xoxp-pia", verb, path, &body(name)).await;
        assert_eq!(answer.status, status, "{verb} {path}: {:?}", answer.body);
        let id = answer.headers["x-slack-req-id"].clone();
        assert!(ids.insert(id.clone()), "{path}");
        assert_eq!(
            answer.headers["cache-control"],
            "private, no-cache, no-store, must-revalidate"
        );
        assert_eq!(answer.headers.contains_key("content-type"), status != 204);
        let call = listed(&app, "").await.pop().unwrap();
        assert_eq!(call["id"], id, "{path}");
        assert_eq!(
            (&call["method"], &call["status"], &call["ok"]),
            (&json!(name), &json!(status), &json!(outcome == "ok")),
            "{path}"
        );
        assert_eq!(call["error"].as_str().unwrap_or("ok"), outcome);
        assert_eq!(call["messages"].is_array(), outcome != "ok", "{call}");
        assert_eq!(
            (
                &call["workspace"],
                &call["enterprise"],
                &call["user"],
                &call["app"]
            ),
            (
                &json!("T0ACME"),
                &json!("E0ACME"),
                &json!("U0PIA"),
                &json!("A0IDP")
            ),
            "{path}"
        );
        // Whatever was asked for, it is told why it came to this.
        let why = app.why(&answer).await;
        assert_eq!(why["request"]["method"], name);
        assert_eq!(why["answer"]["status"], status, "{why}");
        assert_eq!(
            why["refused_by"].is_null(),
            outcome == "ok",
            "{path}: {why}"
        );
        assert_eq!(
            why["answer"]["sentence"].is_string(),
            outcome != "ok",
            "{path}: {why}"
        );
    }
    let page = metrics::page(&app).await;
    for [name, .., outcome] in calls() {
        let line = format!("guestlist_calls_total{{method=\"{name}\",outcome=\"{outcome}\"}}");
        let same = calls()
            .into_iter()
            .filter(|one| (one[0], one[4]) == (name, outcome));
        assert_eq!(page.get(&line), Some(&(same.count() as f64)), "{line}");
        let timed = format!("guestlist_call_duration_seconds_count{{method=\"{name}\"}}");
        assert!(page[&timed] >= 1.0);
    }
    assert!(
        !page
            .keys()
            .any(|line| line.contains("U0BEN") || line.contains("v2"))
    );
    // They are found among others as methods are.
    app.ok("users.info", "xoxb-acme", &[("user", "U0BEN")])
        .await;
    assert_eq!(listed(&app, "?method=scim.Users.read").await.len(), 1);
    assert_eq!(listed(&app, "?method=audit.logs&ok=false").await.len(), 1);
    let [call] = &listed(&app, "?method=users.info").await[..] else {
        panic!("it is listed once");
    };
    assert_eq!(
        (&call["status"], &call["enterprise"]),
        (&json!(200), &json!("E0ACME"))
    );
    app.stop().await;
}

#[tokio::test]
async fn what_was_asked_is_kept_but_for_secrets() {
    let app = start(RateLimits::Off).await;
    let body = newcomer("nia");
    let secret =
        json!({"userName": "zoe", "password": "hunter2", "emails": [{"value": "zoe@acme.test"}]});
    for (verb, path, body, arguments) in [
        (
            "POST",
            "/scim/v2/Users",
            &body,
            json!({"version": "v2", "body": body}),
        ),
        (
            "GET",
            "/scim/v1/Users?filter=userName%20eq%20%22nia%22&count=2",
            &Value::Null,
            json!({"version": "v1", "filter": "userName eq \"nia\"", "count": "2"}),
        ),
        (
            "DELETE",
            "/scim/v2/Users/U0BEN?token=xoxp-ann",
            &Value::Null,
            json!({"version": "v2", "id": "U0BEN"}),
        ),
        ("POST", "/scim/v2/Users", &secret, json!({})),
        (
            "GET",
            "/scim/v2/xoxp-pia/",
            &Value::Null,
            json!({"verb": "GET", "path": "(redacted)"}),
        ),
        (
            "GET",
            "/audit/v1/logs?token=hunter2&actor=U0BEN&entity=xoxp-ann&limit=5",
            &Value::Null,
            json!({"actor": "U0BEN", "entity": "(redacted)", "limit": "5"}),
        ),
        (
            "GET",
            "/audit/v1/xoxp-pia",
            &Value::Null,
            json!({"verb": "GET", "path": "(redacted)"}),
        ),
    ] {
        let answer = ask(&app, "xoxp-pia", verb, path, body).await;
        let call = listed(&app, "").await.pop().unwrap();
        assert_eq!(call["arguments"], arguments, "{path}");
        let why = app.why(&answer).await;
        assert_eq!(why["request"]["arguments"], arguments);
        let told = call.to_string() + &why.to_string();
        assert!(
            !["hunter2", "xoxp-"]
                .iter()
                .any(|secret| told.contains(secret)),
            "{told}"
        );
        assert_eq!(
            call["left_out"].is_string(),
            arguments == json!({}),
            "{path}"
        );
    }
    app.stop().await;
}

/// With which token what is called; which check refuses, what it looked at, what would have passed it.
const WHY: &str = "
xoxp-pia | GET | /scim/v2/Shoes | something is at this path | /scim/v2/Shoes | -
xoxp-pia | HEAD | /scim/v2/Users | it is called with a verb that is answered there | HEAD | Allow
- | GET | /scim/v2/Users | a token is shown | the header Authorization | Authorization: Bearer
xoxp-no | GET | /scim/v2/Users | the token is known, and may be used from this address | the tokens | a token of this store
xoxp-dead | GET | /scim/v2/Users | the token is alive, and so are its user and workspace | revoked: true | another token
xoxb-acme | GET | /scim/v2/Users | the method is for tokens of this kind | a bot token | a user's token
xoxp-narrow | GET | /scim/v2/Users | the token holds a scope that the method knows | needed: admin; held: users:read | the scope admin
xoxp-ben | GET | /scim/v2/Users | the token's owner is an admin or owner | U0BEN has the role member | make U0BEN an admin
xoxp-gil | GET | /scim/v2/Users | the plan of the workspace has SCIM, or it is of an organisation | T0GLOBEX is on pro | business_plus
xoxp-ann | DELETE | /scim/v2/Users/U0OWEN | the endpoint's own rules | they have more rights | -
xoxp-ann | GET | /scim/v2/Users/U0NONE | the endpoint's own rules | no account of this id | -
xoxp-pia | GET | /audit/v1/none | something is at this path | /audit/v1/none | -
xoxp-pia | DELETE | /audit/v1/logs | it is called with a verb that is answered there | DELETE | Allow
- | GET | /audit/v1/logs | a token is shown | the header Authorization | Authorization: Bearer
xoxp-ann | GET | /audit/v1/logs | the token holds a scope that the method knows | needed: auditlogs:read; held: admin | auditlogs:read
xoxb-acme | GET | /audit/v1/logs | the method is for tokens of this kind | a bot token | a user's token
xoxp-west | GET | /audit/v1/logs | the token's owner is an owner | U0WIN has the role member in T0WEST | an owner's token
xoxp-zoe | GET | /audit/v1/logs | the token's workspace is of an organisation | T0GLOBEX belongs to no organisation | belongs to one
";

/// The checks in their order, and the one that refused with what would have passed it.
#[tokio::test]
async fn why_tells_the_check_that_refused() {
    let app = start(RateLimits::Off).await;
    let lines = WHY.lines().filter(|line| !line.is_empty());
    for words in lines.map(|line| line.split(" | ").collect::<Vec<_>>()) {
        let [token, verb, path, check, looked_at, remedy] = words[..] else {
            panic!("{words:?}");
        };
        let remedy = remedy.trim_start_matches('-');
        let answer = ask(&app, token.trim_matches('-'), verb, path, &Value::Null).await;
        let why = app.why(&answer).await;
        let by = &why["refused_by"];
        assert_eq!(by["check"], check, "{token} {verb} {path}: {why}");
        let said = |key: &str| by[key].as_str().unwrap_or_default().to_owned();
        assert!(said("looked_at").contains(looked_at), "{path}: {by}");
        assert!(said("remedy").contains(remedy), "{path}: {by}");
        assert_eq!(said("remedy").is_empty(), remedy.is_empty(), "{path}: {by}");
        // Those before it were passed, and none after it was made.
        let checks = why["checks"].as_array().unwrap();
        let (last, before) = checks.split_last().unwrap();
        assert!(before.iter().all(|one| one["passed"] == true), "{why}");
        assert_eq!(
            last["passed"] == false,
            check != "the endpoint's own rules",
            "{why}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn why_tells_of_calls_that_are_too_many_and_of_bodies() {
    let app = start(RateLimits::Times(0.001)).await;
    let mut answers = Vec::new();
    for _ in 0..40 {
        let answer = ask(&app, "xoxp-pia", "POST", "/scim/v2/Users", &json!([])).await;
        answers.push(answer);
        if answers.last().unwrap().status == 429 {
            break;
        }
    }
    let too_many = app.why(answers.last().unwrap()).await;
    assert_eq!(too_many["answer"]["error"], "too_many_requests");
    let by = &too_many["refused_by"];
    assert_eq!(
        by["check"],
        "everybody of the organisation together has calls of this kind left"
    );
    let paces = "180 calls a minute, 20 at once and 600 calls a minute, 180 at once";
    assert!(by["looked_at"].as_str().unwrap().starts_with(paces), "{by}");
    let page = metrics::page(&app).await;
    assert_eq!(page["guestlist_limiter_refusals_total"], 1.0);

    let app = start(RateLimits::Off).await;
    let headers = [
        ("Authorization", "Bearer xoxp-pia"),
        ("Content-Type", "text/plain"),
    ];
    let answer = app.send("POST", "/scim/v2/Users", &headers, b"{}").await;
    assert_eq!(answer.status, 415);
    let why = app.why(&answer).await;
    assert_eq!(
        why["refused_by"]["check"],
        "a body, where one is asked for, is said to be JSON"
    );
    let large = json!({"title": "x".repeat(2 << 20)});
    let answer = ask(&app, "xoxp-pia", "POST", "/scim/v2/Users", &large).await;
    assert_eq!(answer.status, 413);
    let why = app.why(&answer).await;
    assert_eq!(
        why["refused_by"]["check"],
        "the body arrived whole, in time and within the limit"
    );
    assert_eq!(why["refused_by"]["remedy"], "send a smaller body");
    app.stop().await;
}
