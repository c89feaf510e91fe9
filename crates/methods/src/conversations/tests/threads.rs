//! Threads: what was said in answer to a message, in `conversations.replies` and in the history.

use crate::fixture::*;
use guestlist_domain::{Message, Seed, Timestamp, message::Text, message::What};
use serde_json::{Value, json};

const REPLIES: &str = "conversations.replies";
const HISTORY: &str = "conversations.history";

fn reply(seed: &mut Seed, user: &str, ts: Timestamp, text: &str, broadcast: bool) {
    let written = Text {
        text: text.to_owned(),
        thread_ts: Some(at(10)),
        broadcast,
        metadata: Some(r#"{"event_type": "x", "event_payload": {}}"#.to_owned()),
        ..Text::default()
    };
    let message = Message {
        ts,
        user: id(user),
        what: What::Text(Box::new(written)),
    };
    seed.messages.push((id("T0ACME"), id("C0GENERAL"), message));
}

/// A question with three answers, the last of which is told to all, and a word beside it.
fn asked() -> Seed {
    let mut seed = town();
    post(&mut seed, "C0GENERAL", "U0BOB", at(10), "Who comes?");
    reply(&mut seed, "U0ADA", at(20), "I", false);
    post(&mut seed, "C0GENERAL", "U0BOB", at(25), "Nice weather");
    reply(&mut seed, "U0BOB", at(30), "Good", false);
    reply(&mut seed, "U0ADA", at(40), "With Mia", true);
    let came = Message {
        ts: at(5),
        user: id("U0BOB"),
        what: What::Joined { inviter: None },
    };
    seed.messages.push((id("T0ACME"), id("C0GENERAL"), came));
    seed
}

fn texts(answer: &Value) -> Vec<&str> {
    let messages = answer["messages"].as_array().unwrap().iter();
    messages.map(|one| one["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_thread_is_told_oldest_first_between_its_ends() {
    let scene = Scene::of(&asked());
    let ask = |more: Value| {
        let mut args = json!({"channel": "C0GENERAL", "ts": at(10).ts()});
        let more = more.as_object().unwrap().clone();
        args.as_object_mut().unwrap().extend(more);
        args
    };
    let all = ["Who comes?", "I", "Good", "With Mia"];
    for (more, expected) in [
        (json!({}), &all[..]),
        // By any of its messages.
        (json!({"ts": at(30).ts()}), &all[..]),
        (json!({"latest": at(30).ts()}), &all[..2]),
        (json!({"latest": at(30).ts(), "inclusive": true}), &all[..3]),
        (json!({"oldest": at(10).ts()}), &all[1..]),
        (json!({"oldest": at(10).ts(), "inclusive": true}), &all[..]),
        (
            json!({"oldest": at(20).ts(), "latest": at(40).ts()}),
            &all[2..3],
        ),
        (json!({"ts": at(25).ts()}), &["Nice weather"][..]),
    ] {
        let told = scene.call("ada", REPLIES, ask(more.clone())).await;
        assert_eq!(texts(&told), expected, "{more}");
        assert_eq!(told["has_more"], false, "{more}");
    }
    for limit in [1, 2, 3] {
        let rows = scene
            .walk("bot", REPLIES, ask(json!({})), "messages", limit)
            .await;
        assert_eq!(texts(&json!({"messages": rows})), all, "{limit}");
    }
    let first = scene.call("ada", REPLIES, ask(json!({"limit": 2}))).await;
    assert_eq!(first["has_more"], true);
    assert_eq!(
        first["response_metadata"]["next_cursor"],
        crate::paging::cursor("next_ts", at(30).0)
    );
}

#[tokio::test]
async fn who_was_answered_and_how_often_is_told_everywhere() {
    let scene = Scene::of(&asked());
    let args = json!({"channel": "C0GENERAL", "ts": at(10).ts(), "include_all_metadata": true});
    let told = scene.call("ada", REPLIES, args).await;
    let (parent, last) = (&told["messages"][0], &told["messages"][3]);
    let expected = json!({
        "type": "message", "user": "U0BOB", "text": "Who comes?", "team": "T0ACME", "ts": at(10).ts(),
        "thread_ts": at(10).ts(), "reply_count": 3, "reply_users_count": 2, "latest_reply": at(40).ts(),
        "reply_users": ["U0ADA", "U0BOB"], "is_locked": false, "subscribed": false,
    });
    assert_eq!(*parent, expected);
    assert_eq!(
        (
            &last["parent_user_id"],
            &last["thread_ts"],
            &last["subtype"]
        ),
        (
            &json!("U0BOB"),
            &json!(at(10).ts()),
            &json!("thread_broadcast")
        )
    );
    assert_eq!(last["metadata"]["event_type"], "x");

    let history = scene
        .call("ada", HISTORY, json!({"channel": "C0GENERAL"}))
        .await;
    let shown = ["With Mia", "Nice weather", "Who comes?"];
    assert_eq!(texts(&history)[..3], shown);
    let messages = &history["messages"];
    assert_eq!(messages[2], expected);
    assert_eq!(messages[0]["root"], expected);
    assert_eq!(messages[0]["metadata"], Value::Null);
    assert_eq!(messages[1].get("reply_count"), None);
}

#[tokio::test]
async fn refusals() {
    let thread = |key: &str, value: Value| {
        let mut args = json!({"channel": "C0GENERAL", "ts": at(10).ts()});
        args[key] = value;
        args
    };
    let mut rows = vec![
        (
            REPLIES,
            "ada",
            thread("cursor", json!("bmV4dF90czp4")),
            "invalid_cursor",
        ),
        (
            REPLIES,
            "ada",
            thread("latest", json!("now")),
            "invalid_ts_latest",
        ),
        (
            REPLIES,
            "ada",
            thread("oldest", json!("-1")),
            "invalid_ts_oldest",
        ),
        (
            REPLIES,
            "ada",
            thread("metadata_keys_to_include", json!("a,b")),
            "invalid_metadata_filter_keys",
        ),
        (REPLIES, "ada", json!({}), "invalid_arguments"),
        (
            REPLIES,
            "ada",
            thread("ts", json!(null)),
            "invalid_arguments",
        ),
    ];
    // No message, none of this channel, and one that nobody can answer.
    for ts in [json!(at(11).ts()), json!("x"), json!(""), json!(at(5).ts())] {
        rows.push((REPLIES, "ada", thread("ts", ts), "thread_not_found"));
    }
    rows.push((
        REPLIES,
        "ada",
        json!({"channel": "C0SECRET", "ts": at(10).ts()}),
        "thread_not_found",
    ));
    for (token, channel) in [
        ("ada", "C0NOWHERE"),
        ("bob", "C0SECRET"),
        ("bot", "C0RANDOM"),
        ("gus", "C0GENERAL"),
    ] {
        rows.push((
            REPLIES,
            token,
            json!({"channel": channel, "ts": at(10).ts()}),
            "channel_not_found",
        ));
    }
    Scene::of(&asked()).refuses(&rows).await;
}
