//! The newest calls, as the control interface lists them.

use crate::{
    add::{LATE, added},
    app::App,
    events::{control, settings},
};
use guestlist_server::Settings;
use guestlist_store::{Clock, world};
use serde_json::{Value, json};

const GREETER: &str = "xoxb-sample-greeter";

/// The calls that a query finds, and where they go on.
async fn list(app: &App, query: &str) -> (Vec<Value>, Value) {
    let (status, page) = control(app, "GET", &format!("/requests{query}"), Value::Null).await;
    assert_eq!(status, 200, "{page}");
    (
        page["requests"].as_array().unwrap().clone(),
        page["place"].clone(),
    )
}

fn outcomes(calls: &[Value]) -> Vec<(&str, &str)> {
    let mut told = Vec::new();
    for call in calls {
        let error = call["error"].as_str();
        told.push((call["method"].as_str().unwrap(), error.unwrap_or("ok")));
    }
    told
}

/// One server: of several each holds its own.
async fn start(settings: Settings) -> App {
    App::alone(world::SAMPLE, settings, Clock::default()).await
}

#[tokio::test]
async fn every_call_is_listed_with_what_came_of_it() {
    let app = start(settings()).await;
    assert_eq!(list(&app, "").await, (Vec::new(), Value::Null));
    added(&app, "", LATE).await;
    let invite = [("channel", "C0WELCOME"), ("users", "U0BEN")];
    app.ok("conversations.invite", GREETER, &invite).await;
    app.call("conversations.invite", GREETER, &invite).await;
    app.call("conversations.info", "xoxb-late", &[("channel", "C0LATE")])
        .await;
    let odd = [("channel", "xoxb-late"), ("more", "xoxp-no-token")];
    app.call("conversations.info", "xoxb-nobody", &odd).await;
    app.call("conversations.enter", GREETER, &[]).await;
    app.call("xoxb-late", GREETER, &[]).await;

    let (all, place) = list(&app, "").await;
    let expected = [
        ("conversations.invite", "ok"),
        ("conversations.invite", "already_in_channel"),
        ("conversations.info", "ok"),
        ("conversations.info", "invalid_auth"),
        ("conversations.enter", "unknown_method"),
        ("(redacted)", "unknown_method"),
    ];
    assert_eq!(outcomes(&all), expected);
    assert_eq!(place, all[5]["id"]);
    let [first, second, _, stranger, ..] = &all[..] else {
        panic!("{all:?}")
    };
    assert_eq!(
        (&first["workspace"], &first["user"], &first["app"]),
        (&json!("T0ACME"), &json!("U0GREET"), &json!("A0GREET"))
    );
    assert_eq!(first["ok"], true);
    assert_eq!(
        first["arguments"],
        json!({"channel": "C0WELCOME", "users": "U0BEN"})
    );
    assert_eq!(second["ok"], false);
    assert_eq!(second["errors"][0]["user"], "U0BEN");
    // Of a token that is none nothing is known, and what is or looks like one is not told.
    assert_eq!(stranger.get("workspace"), None);
    assert_eq!(
        stranger["arguments"],
        json!({"channel": "(redacted)", "more": "(redacted)"})
    );
    // No check of the token was made of these, and yet it is known.
    for call in &all[4..] {
        assert_eq!(
            (&call["workspace"], &call["user"]),
            (&json!("T0ACME"), &json!("U0GREET"))
        );
    }
    // Each can be asked why.
    let path = format!("/requests/{}", second["id"].as_str().unwrap());
    let (status, why) = control(&app, "GET", &path, Value::Null).await;
    assert_eq!(
        (status, &why["answer"]["error"]),
        (200, &second["error"]),
        "{why}"
    );
    app.stop().await;
}

#[tokio::test]
async fn calls_are_found_by_what_they_are_and_page_by_page() {
    let app = start(settings()).await;
    added(&app, "", LATE).await;
    for n in 0..6 {
        let token = [GREETER, "xoxb-late"][n % 2];
        let channel = ["C0WELCOME", "C0LATE", "C0NONE"][n % 3];
        app.call("conversations.info", token, &[("channel", channel)])
            .await;
    }
    app.call("auth.test", "xoxb-late", &[]).await;
    for (query, expected) in [
        ("?workspace=T0LATE", 4),
        ("?workspace=T0LATE&workspace=T0ACME", 7),
        ("?workspace=T0NONE", 0),
        ("?method=auth.test", 1),
        ("?method=auth.test&method=conversations.info", 7),
        ("?ok=true", 3),
        ("?ok=false&workspace=T0LATE", 2),
    ] {
        let (found, place) = list(&app, query).await;
        assert_eq!(found.len(), expected, "{query}: {found:?}");
        let (rest, same) = list(&app, &format!("?after={}", place.as_str().unwrap())).await;
        assert_eq!((rest, same), (Vec::new(), place));
    }
    let (all, _) = list(&app, "").await;
    let (mut pages, mut place) = (Vec::new(), String::new());
    loop {
        let after = match &*place {
            "" => String::new(),
            place => format!("&after={place}"),
        };
        let (page, next) = list(&app, &format!("?limit=2{after}")).await;
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        pages.extend(page);
        place = next.as_str().unwrap().to_owned();
    }
    assert_eq!(pages, all);

    for (query, status, code) in [
        ("?after=none", 404, "request_not_found"),
        ("?limit=0", 422, "invalid_limit"),
        ("?limit=1001", 422, "invalid_limit"),
        ("?ok=maybe", 422, "invalid_request"),
        ("?workspace=later", 422, "invalid_workspace"),
        ("?team=T0LATE", 422, "invalid_request"),
    ] {
        let path = format!("/requests{query}");
        let (found, problem) = control(&app, "GET", &path, Value::Null).await;
        assert_eq!(
            (found, &problem["error"]),
            (status, &json!(code)),
            "{query}"
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn where_nothing_is_remembered_nothing_is_listed() {
    let none = Settings {
        remember: 0,
        ..settings()
    };
    let app = start(none).await;
    app.call("auth.test", GREETER, &[]).await;
    let (status, problem) = control(&app, "GET", "/requests", Value::Null).await;
    assert_eq!(
        (status, &problem["error"]),
        (404, &json!("request_not_found"))
    );
    app.stop().await;
}

/// Who counts what was done in a workspace sees that some is missing, and whose calls cannot be read.
#[tokio::test]
async fn what_is_held_no_more_is_counted_and_malformed_calls_are_somebodys() {
    let small = Settings {
        remember: 32 << 10,
        ..settings()
    };
    let app = start(small).await;
    let bearer = format!("Bearer {GREETER}");
    let headers = [
        ("Authorization", &*bearer),
        ("Content-Type", "application/json"),
    ];
    let answer = app.send("POST", "/api/auth.test", &headers, b"{").await;
    assert_eq!(answer.error(), "invalid_json");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = format!("token={GREETER}");
    app.send("POST", "/api/views.publish", &form, body.as_bytes())
        .await;
    let (all, _) = list(&app, "?workspace=T0ACME").await;
    let expected = [
        ("auth.test", "invalid_json"),
        ("views.publish", "unknown_method"),
    ];
    assert_eq!(outcomes(&all), expected);
    let page = control(&app, "GET", "/requests", Value::Null).await.1;
    assert_eq!(page["forgotten"], 0);

    let long = "x".repeat(1_000);
    for _ in 0..100 {
        app.ok("api.test", GREETER, &[("note", &long)]).await;
    }
    let page = control(&app, "GET", "/requests", Value::Null).await.1;
    let held = page["requests"].as_array().unwrap().len() as u64;
    assert!(held > 10, "{held}");
    assert_eq!(held + page["forgotten"].as_u64().unwrap(), 102);
    app.stop().await;
}
