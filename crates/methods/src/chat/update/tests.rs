use super::Update;
use crate::{
    fixture::{at, id, place, post},
    trial::{Row, Trial, refuses},
    views::element,
};
use guestlist_domain::{
    Change, Message, Timestamp, TokenKind,
    message::{Text, What},
};
use serde_json::{Value, json};

/// Bob's message in `#general`, and the greeter's below it.
const BOBS: i64 = 50;
const GREETERS: i64 = 60;

fn told(trial: &mut Trial) {
    post(&mut trial.seed, "C0GENERAL", "U0BOB", at(BOBS), "Hi");
    let text = Text {
        text: "Welcome".to_owned(),
        bot: Some(id("B0GREET")),
        thread_ts: Some(at(BOBS)),
        blocks: Some(r#"[{"type":"rich_text"}]"#.to_owned()),
        attachments: Some(r#"[{"text":"More"}]"#.to_owned()),
        metadata: Some(r#"{"event_type":"x","event_payload":{}}"#.to_owned()),
        ..Text::default()
    };
    stands(
        trial,
        "C0GENERAL",
        "U0GREET",
        at(GREETERS),
        What::Text(Box::new(text)),
    );
}

fn stands(trial: &mut Trial, channel: &str, user: &str, ts: Timestamp, what: What) {
    let user = id(user);
    let message = Message { ts, user, what };
    trial
        .seed
        .messages
        .push((id("T0ACME"), id(channel), message));
}

/// A call about one of these messages.
fn of(ts: i64, more: Value) -> Value {
    let mut args = json!({"channel": "C0GENERAL", "ts": at(ts).ts()});
    let more = more.as_object().unwrap().clone();
    args.as_object_mut().unwrap().extend(more);
    args
}

fn said(ts: i64) -> Value {
    of(ts, json!({"text": "Hello"}))
}

#[test]
fn refusals() {
    let many = |count: usize, one: Value| Value::Array(vec![one; count]);
    let long = "x".repeat(100_000);
    let event = json!({"event_type": "x", "event_payload": {"long": long[..8000]}});
    let content = [
        (
            "invalid_arguments",
            json!({"markdown_text": long[..12_001]}),
        ),
        ("no_text", json!({})),
        ("no_text", json!({"text": " ", "metadata": {}})),
        ("msg_too_long", json!({"text": long[..4001]})),
        (
            "invalid_blocks_format",
            json!({"blocks": {"type": "divider"}}),
        ),
        ("invalid_blocks", json!({"blocks": [{"text": "x"}]})),
        (
            "invalid_blocks",
            json!({"blocks": many(51, json!({"type": "divider"}))}),
        ),
        (
            "invalid_blocks",
            json!({"blocks": [{"type": "section", "text": long}]}),
        ),
        ("invalid_attachments", json!({"attachments": ["x"]})),
        (
            "invalid_attachments",
            json!({"attachments": [{"text": long}]}),
        ),
        (
            "too_many_attachments",
            json!({"attachments": many(101, json!({"text": "x"}))}),
        ),
        (
            "invalid_metadata_format",
            json!({"text": "x", "metadata": []}),
        ),
        (
            "invalid_metadata_schema",
            json!({"text": "x", "metadata": {"event_type": "x"}}),
        ),
        (
            "metadata_too_large",
            json!({"text": "x", "metadata": event}),
        ),
        (
            "markdown_text_conflict",
            json!({"text": "x", "markdown_text": "x"}),
        ),
        ("cant_broadcast_message", json!({"reply_broadcast": true})),
        (
            "cant_broadcast_message",
            json!({"reply_broadcast": true, "text": "x"}),
        ),
    ];
    let mut rows: Vec<Row> = vec![
        (
            "invalid_arguments",
            "U0BOB",
            json!({"text": "x", "ts": at(BOBS).ts()}),
            told,
        ),
        (
            "invalid_arguments",
            "U0BOB",
            json!({"text": "x", "channel": "C0GENERAL"}),
            told,
        ),
        (
            "channel_not_found",
            "U0BOB",
            json!({"channel": "U0ADA", "ts": "1.2", "text": "x"}),
            told,
        ),
        (
            "channel_not_found",
            "U0BOB",
            json!({"channel": "C0SECRET", "ts": "1.2", "text": "x"}),
            told,
        ),
        (
            "message_not_found",
            "U0BOB",
            json!({"channel": "C0GENERAL", "ts": "soon", "text": "x"}),
            told,
        ),
        ("message_not_found", "U0BOB", said(1), told),
        ("message_not_found", "U0BOB", said(1), |t| {
            stands(t, "C0GENERAL", "U0BOB", at(1), What::Tombstone);
        }),
        ("cant_update_message", "U0GREET", said(BOBS), told),
        ("cant_update_message", "U0ADA", said(BOBS), told),
        ("cant_update_message", "U0BOB", said(GREETERS), told),
        // A side that went shows it in its copy.
        ("cant_update_message", "U0BOB", said(BOBS), |t| {
            told(t);
            place(&mut t.seed, "C0GENERAL").kept = Some(at(BOBS));
        }),
        ("cant_update_message", "U0BOB", said(1), |t| {
            stands(
                t,
                "C0GENERAL",
                "U0BOB",
                at(1),
                What::Joined { inviter: None },
            );
        }),
        ("cant_update_message", "U0BOB", said(1), |t| {
            stands(t, "C0GENERAL", "U0BOB", at(1), What::Topic("x".to_owned()));
        }),
        ("missing_scope", "U0BOB", said(BOBS), |t| {
            told(t);
            t.scopes(&["chat:write.public"]);
        }),
        ("is_inactive", "U0BOB", said(BOBS), |t| {
            told(t);
            place(&mut t.seed, "C0GENERAL").archived = true;
        }),
        ("external_channel_migrating", "U0BOB", said(BOBS), |t| {
            told(t);
            place(&mut t.seed, "C0GENERAL").migrating = true;
        }),
        ("ekm_access_denied", "U0BOB", said(BOBS), |t| {
            told(t);
            t.seed.enterprises[0].ekm_suspended = true;
        }),
        ("access_denied", "U0BOB", said(BOBS), |t| {
            told(t);
            place(&mut t.seed, "C0GENERAL")
                .access_list
                .push(id("U0ADA"));
        }),
        ("no_permission", "U0GREET", said(GREETERS), |t| {
            told(t);
            t.token.kind = TokenKind::Workspace;
        }),
        (
            "as_user_not_supported",
            "U0GREET",
            of(GREETERS, json!({"text": "x", "as_user": true})),
            |t| {
                told(t);
                t.token.kind = TokenKind::Workspace;
                t.token.channels.push(id("C0GENERAL"));
            },
        ),
        (
            "metadata_must_be_sent_from_app",
            "U0BOB",
            of(BOBS, json!({"text": "x", "metadata": {}})),
            |t| {
                told(t);
                t.token.app = None;
            },
        ),
        (
            "block_mismatch",
            "U0GREET",
            of(GREETERS, json!({"blocks": [{"type": "divider"}]})),
            told,
        ),
        (
            "no_dual_broadcast_content_update",
            "U0GREET",
            of(GREETERS, json!({"text": "x", "reply_broadcast": true})),
            told,
        ),
        (
            "cant_broadcast_message",
            "U0GREET",
            of(GREETERS, json!({"reply_broadcast": true})),
            |t| {
                told(t);
                if let What::Text(text) = &mut t.seed.messages[1].2.what {
                    text.broadcast = true;
                }
            },
        ),
        (
            "no_text",
            "U0GREET",
            of(GREETERS, json!({"blocks": []})),
            |t| {
                told(t);
                if let What::Text(text) = &mut t.seed.messages[1].2.what {
                    text.text.clear();
                    text.attachments = None;
                }
            },
        ),
    ];
    rows.extend(content.map(|(code, extra)| -> Row { (code, "U0BOB", of(BOBS, extra), told) }));
    refuses::<Update>(rows);
}

/// The message as it is after a call of the greeter's about theirs.
fn now(more: Value) -> (Text, Value) {
    let mut trial = Trial::of("U0GREET");
    told(&mut trial);
    let done = trial.done::<Update>(of(GREETERS, more));
    let [
        Change::Reworded {
            channel,
            message,
            before,
            ts,
        },
    ] = &done.changes[..]
    else {
        panic!("{:?}", done.changes)
    };
    assert_eq!(*channel, id("C0GENERAL"));
    assert_eq!((message.ts, message.user), (before.ts, before.user));
    let What::Text(text) = &message.what else {
        panic!("{message:?}")
    };
    assert_eq!(text.edited, Some(*ts));
    assert!(*ts > message.ts);
    assert_eq!(text.thread_ts, Some(at(BOBS)));
    (Text::clone(text), done.reply)
}

#[test]
fn what_is_not_given_stays_and_what_is_empty_goes() {
    let (text, reply) = now(json!({"text": "Hello & goodbye"}));
    assert_eq!(text.text, "Hello &amp; goodbye");
    assert_eq!(text.blocks.as_deref(), Some(r#"[{"type":"rich_text"}]"#));
    assert!(text.attachments.is_some() && text.metadata.is_some());
    assert_eq!(reply["text"], "Hello &amp; goodbye");
    assert_eq!(reply["ts"], at(GREETERS).ts());
    let shown = &reply["message"];
    assert_eq!(shown["user"], "U0GREET");
    assert_eq!(shown["app_id"], "A0GREET");
    // A bot's messages say of the bot that it changed them.
    let edited = json!({"user": "B0GREET", "ts": text.edited.unwrap().ts()});
    assert_eq!(shown["edited"], edited);

    let (text, _) = now(json!({"blocks": "[]", "attachments": [], "metadata": "{}"}));
    assert_eq!(text.text, "Welcome");
    assert!(text.blocks.is_none() && text.attachments.is_none() && text.metadata.is_none());

    let blocks = json!([{"type": "rich_text", "block_id": "b"}, {"type": "divider"}]);
    let (text, reply) = now(json!({"blocks": blocks, "attachments": [{"text": "Less"}]}));
    let named = element::named(&blocks.to_string());
    assert_eq!(
        (&*text.text, reply["message"]["blocks"].to_string()),
        ("Welcome", named)
    );
    assert_eq!(reply["message"]["attachments"][0]["text"], "Less");

    let (text, _) = now(json!({"reply_broadcast": true}));
    assert_eq!((&*text.text, text.broadcast), ("Welcome", true));
}

#[test]
fn people_change_their_own_and_bots_theirs_where_they_are_not() {
    let mut trial = Trial::of("U0BOB");
    told(&mut trial);
    let done = trial.done::<Update>(said(BOBS));
    assert_eq!(done.reply["message"]["edited"]["user"], "U0BOB");
    assert_eq!(done.extra_loads, 0);

    let mut trial = Trial::of("U0GREET");
    let text = What::Text(Box::new(Text {
        text: "Hi".to_owned(),
        ..Text::default()
    }));
    stands(&mut trial, "C0RANDOM", "U0GREET", at(5), text);
    trial.done::<Update>(json!({"channel": "C0RANDOM", "ts": at(5).ts(), "text": "Ho"}));
}
