//! Messages that are changed and deleted: what is read of them afterwards, here and in a copy of the world.

use crate::{
    app::{App, CONTROL_TOKEN},
    events::{control, settings},
};
use guestlist_store::world;
use serde_json::{Value, json};

const GREETER: &str = "xoxb-sample-greeter";
const PLACE: (&str, &str) = ("channel", "C0WELCOME");

async fn post(app: &App, text: &str, more: &[(&str, &str)]) -> String {
    let mut args = vec![PLACE, ("text", text)];
    args.extend(more);
    let posted = app.ok("chat.postMessage", GREETER, &args).await;
    posted["ts"].as_str().unwrap().to_owned()
}

async fn history(app: &App) -> Vec<Value> {
    let told = app.ok("conversations.history", GREETER, &[PLACE]).await;
    told["messages"].as_array().unwrap().clone()
}

async fn thread(app: &App, ts: &str) -> Vec<Value> {
    let args = [PLACE, ("ts", ts)];
    let told = app.ok("conversations.replies", GREETER, &args).await;
    told["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_is_changed_is_read_so_and_what_is_deleted_is_gone() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let clock = app.store.clock().clone();
    let parent = post(&app, "Welcome", &[]).await;
    let answers = ("thread_ts", &*parent);
    let first = post(&app, "Ask here", &[answers]).await;
    let second = post(&app, "Or there", &[answers]).await;
    let before = history(&app).await.len();

    // Both at once: each is decided over what the other left.
    let hello = [PLACE, ("ts", &*parent), ("text", "Hello")];
    let gone = [PLACE, ("ts", &*first)];
    let (hello, gone) = tokio::join!(
        app.ok("chat.update", GREETER, &hello),
        app.ok("chat.delete", GREETER, &gone),
    );
    assert_eq!(
        (&hello["ts"], &gone["ts"]),
        (&parent.clone().into(), &first.clone().into())
    );
    let newest = history(&app).await.remove(0);
    assert_eq!(
        (&newest["text"], &newest["reply_count"]),
        (&"Hello".into(), &1.into())
    );
    assert_eq!(newest["edited"], hello["message"]["edited"]);
    let again = app
        .refused("chat.delete", GREETER, &[PLACE, ("ts", &*first)])
        .await;
    assert_eq!(again, "message_not_found");

    app.ok("chat.delete", GREETER, &[PLACE, ("ts", &*parent)])
        .await;
    let told = thread(&app, &second).await;
    assert_eq!(told.len(), 2);
    assert_eq!(
        (&told[0]["subtype"], &told[0]["ts"]),
        (&"tombstone".into(), &parent.clone().into())
    );
    assert_eq!(
        (&told[0]["reply_count"], &told[1]["text"]),
        (&1.into(), &"Or there".into())
    );
    let again = app
        .refused(
            "chat.update",
            GREETER,
            &[PLACE, ("ts", &*parent), ("text", "x")],
        )
        .await;
    assert_eq!(again, "message_not_found");
    let changed = [PLACE, ("ts", &*second), ("text", "Nowhere else")];
    app.ok("chat.update", GREETER, &changed).await;

    // Without answers nothing is left.
    let alone = post(&app, "Never mind", &[]).await;
    app.ok("chat.delete", GREETER, &[PLACE, ("ts", &*alone)])
        .await;
    let all = history(&app).await;
    assert_eq!(all.len(), before);
    let said = thread(&app, &parent).await;
    assert_eq!(said[1]["text"], "Nowhere else");

    let app = app.restarted(settings(), clock).await;
    assert_eq!(history(&app).await, all);
    assert_eq!(thread(&app, &parent).await, said);
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let export = app.send("GET", "/control/v1/world", &headers, b"").await;
    let export = String::from_utf8(export.body).unwrap();
    let copy = App::with_settings(&export, settings()).await;
    assert_eq!(history(&copy).await, all);
    assert_eq!(thread(&copy, &parent).await, said);
    copy.stop().await;
    app.stop().await;
}

#[tokio::test]
async fn what_one_person_is_shown_stands_in_the_journal_alone() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let clock = app.store.clock().clone();
    let before = history(&app).await;
    let blocks = r#"[{"type":"divider","block_id":"line"}]"#;
    let show = |user| {
        let text = ("text", "Only <you>");
        [PLACE, ("user", user), text, ("blocks", blocks)]
    };
    let shown = app.ok("chat.postEphemeral", GREETER, &show("U0ADA")).await;
    assert_eq!(shown.as_object().unwrap().len(), 2, "{shown}");
    for (user, code) in [
        ("U0SOL", ""),
        ("U0BEN", "user_not_in_channel"),
        ("ada", "user_not_in_channel"),
    ] {
        let answer = app.post("chat.postEphemeral", GREETER, &show(user)).await;
        assert_eq!(answer.error(), code, "{user}");
    }
    assert_eq!(history(&app).await, before);
    let world = app.store.dump().await.unwrap();

    let app = app.restarted(settings(), clock).await;
    assert_eq!(history(&app).await, before);
    assert!(app.store.dump().await.unwrap() == world);
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{journal}");
    assert_eq!(
        entries[0]["changes"],
        json!([{
            "change": "shown", "channel": "C0WELCOME", "user": "U0GREET", "to": "U0ADA",
            "ts": shown["message_ts"], "text": "Only &lt;you&gt;",
            "blocks": [{"type": "divider", "block_id": "line"}],
        }])
    );
    // No later message has its time.
    let later = app
        .ok("chat.postMessage", GREETER, &[PLACE, ("text", "All")])
        .await;
    assert!(
        later["ts"].as_str() > shown["message_ts"].as_str(),
        "{later}"
    );
    app.stop().await;
}
