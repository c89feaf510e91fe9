//! Threads over HTTP: written, read, kept, and taken along in a world file.

use crate::{
    app::{App, CONTROL_TOKEN},
    events::settings,
};
use guestlist_store::world;

const GREETER: &str = "xoxb-sample-greeter";

async fn post(app: &App, text: &str, more: &[(&str, &str)]) -> String {
    let mut args = vec![("channel", "C0WELCOME"), ("text", text)];
    args.extend(more);
    let posted = app.ok("chat.postMessage", GREETER, &args).await;
    posted["ts"].as_str().unwrap().to_owned()
}

async fn replies(app: &App, ts: &str) -> Vec<String> {
    let args = [("channel", "C0WELCOME"), ("ts", ts)];
    let told = app.ok("conversations.replies", GREETER, &args).await;
    let messages = told["messages"].as_array().unwrap().iter();
    messages
        .map(|one| one["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Whatever is committed with it.
#[tokio::test]
async fn a_reply_is_found_that_shared_its_commit_with_joins() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let parent = post(&app, "Welcome, all", &[]).await;
    let thread = [("thread_ts", &*parent)];
    for user in ["U0BEN", "U0CLEO", "U0MIA"] {
        let invite = [("channel", "C0WELCOME"), ("users", user)];
        tokio::join!(
            post(&app, user, &thread),
            app.call("conversations.invite", GREETER, &invite),
            post(&app, "and", &thread),
        );
    }
    assert_eq!(replies(&app, &parent).await.len(), 7);
    app.stop().await;
}

#[tokio::test]
async fn what_is_answered_is_found_below_it() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let clock = app.store.clock().clone();
    let parent = post(&app, "Welcome, all", &[]).await;
    assert_eq!(replies(&app, &parent).await, ["Welcome, all"]);
    let thread = ("thread_ts", &*parent);
    let first = post(&app, "Ask here", &[thread]).await;
    post(&app, "Or there", &[thread, ("reply_broadcast", "true")]).await;
    let all = ["Welcome, all", "Ask here", "Or there"];
    assert_eq!(replies(&app, &parent).await, all);
    assert_eq!(replies(&app, &first).await, all);
    let history = app
        .ok(
            "conversations.history",
            GREETER,
            &[("channel", "C0WELCOME")],
        )
        .await;
    let newest = &history["messages"][0];
    assert_eq!(newest["subtype"], "thread_broadcast");
    assert_eq!(newest["root"]["reply_count"], 2, "{newest}");
    assert_eq!(history["messages"][1]["latest_reply"], newest["ts"]);

    let app = app.restarted(settings(), clock).await;
    assert_eq!(replies(&app, &parent).await, all);
    // Another store, of the same world.
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let export = app.send("GET", "/control/v1/world", &headers, b"").await;
    let export = String::from_utf8(export.body).unwrap();
    let copy = App::with_settings(&export, settings()).await;
    assert_eq!(replies(&copy, &parent).await, all);
    let again = copy
        .ok(
            "conversations.history",
            GREETER,
            &[("channel", "C0WELCOME")],
        )
        .await;
    assert_eq!(again["messages"][0]["subtype"], "thread_broadcast");
    copy.stop().await;
    app.stop().await;
}
