use super::{PostMessage, To};
use crate::{
    fixture::{id, place},
    seen::saw,
    trial::{Row, Trial, refuses},
    views::element,
};
use guestlist_domain::{Change, ChannelId, Message, TokenKind, message::What, workspace::Barrier};
use serde_json::{Value, json};

/// A call in `#general`, saying this.
fn said(extra: Value) -> Value {
    let mut args = json!({"channel": "C0GENERAL"});
    args.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    args
}

fn to(channel: &str) -> Value {
    json!({"channel": channel, "text": "Hello"})
}

#[test]
fn refusals() {
    let many = |count: usize, one: Value| Value::Array(vec![one; count]);
    let long = "x".repeat(100_000);
    let event = json!({"event_type": "x", "event_payload": {"long": long[..8000]}});
    let content = [
        (
            "invalid_arguments",
            json!({"text": "x", "thread_ts": "yesterday"}),
        ),
        (
            "invalid_arguments",
            json!({"text": "x", "attachments": "{}"}),
        ),
        (
            "invalid_arguments",
            json!({"text": "x", "attachments": ["x"]}),
        ),
        (
            "invalid_arguments",
            json!({"markdown_text": long[..12_001]}),
        ),
        ("no_text", json!({})),
        ("no_text", json!({"text": " \n"})),
        (
            "no_text",
            json!({"text": "", "blocks": [], "attachments": "[]"}),
        ),
        (
            "invalid_blocks_format",
            json!({"text": "x", "blocks": "[{"}),
        ),
        (
            "invalid_blocks_format",
            json!({"text": "x", "blocks": {"type": "divider"}}),
        ),
        (
            "invalid_blocks",
            json!({"text": "x", "blocks": ["divider"]}),
        ),
        (
            "invalid_blocks",
            json!({"text": "x", "blocks": [{"text": "x"}]}),
        ),
        (
            "invalid_blocks",
            json!({"blocks": many(51, json!({"type": "divider"}))}),
        ),
        (
            "msg_blocks_too_long",
            json!({"blocks": [{"type": "section", "text": long}]}),
        ),
        (
            "too_many_attachments",
            json!({"attachments": many(101, json!({"text": "x"}))}),
        ),
        (
            "attachment_payload_limit_exceeded",
            json!({"attachments": [{"text": long}]}),
        ),
        (
            "invalid_metadata_format",
            json!({"text": "x", "metadata": "event"}),
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
        (
            "markdown_text_conflict",
            json!({"blocks": [{"type": "divider"}], "markdown_text": "x"}),
        ),
    ];
    let mut rows: Vec<Row> = vec![
        ("invalid_arguments", "U0BOB", json!({"text": "x"}), |_| {}),
        ("channel_not_found", "U0BOB", to(""), |_| {}),
        ("channel_not_found", "U0BOB", to("C0NOWHERE"), |_| {}),
        ("channel_not_found", "U0BOB", to("#nowhere"), |_| {}),
        ("channel_not_found", "U0BOB", to("C0SECRET"), |_| {}),
        ("channel_not_found", "U0BOB", to("#secret"), |_| {}),
        ("channel_not_found", "U0GREET", to("#hidden"), |_| {}),
        ("channel_not_found", "U0BOB", to("@U0ADA,U0BOB"), |_| {}),
        ("channel_not_found", "U0BOB", to("U0NOBODY"), |_| {}),
        ("channel_not_found", "U0BOB", to("U0OLD"), |_| {}),
        ("channel_not_found", "U0BOB", to("U0ADA"), |t| {
            t.seed.workspaces[0].barriers.push(Barrier {
                from: [id("U0ADA")].into(),
                to: [id("U0BOB")].into(),
            });
        }),
        ("channel_not_found", "U0GREET", to("U0GREET"), |_| {}),
        ("channel_not_found", "U0GREET", to("D0ADABOB"), |_| {}),
        ("team_not_found", "U0GREET", to("general"), |t| {
            t.token.kind = TokenKind::Org
        }),
        ("missing_scope", "U0BOB", to("C0GENERAL"), |t| {
            t.scopes(&["chat:write.public"])
        }),
        ("is_archived", "U0ADA", to("C0PAST"), |_| {}),
        ("ekm_access_denied", "U0BOB", to("C0GENERAL"), |t| {
            t.seed.enterprises[0].ekm_suspended = true
        }),
        ("ekm_access_denied", "U0BOB", to("U0MIA"), |t| {
            t.seed.enterprises[0].ekm_suspended = true
        }),
        ("not_in_channel", "U0GREET", to("C0RANDOM"), |t| {
            t.scopes(&["chat:write"])
        }),
        ("not_in_channel", "U0BOB", to("C0RANDOM"), |t| {
            t.scopes(&["chat:write", "chat:write.public"])
        }),
        ("access_denied", "U0BOB", to("C0GENERAL"), |t| {
            place(&mut t.seed, "C0GENERAL")
                .access_list
                .push(id("U0ADA"));
        }),
        ("no_permission", "U0GREET", to("C0GENERAL"), |t| {
            t.token.kind = TokenKind::Workspace
        }),
        (
            "restricted_action_read_only_channel",
            "U0BOB",
            to("C0GENERAL"),
            |t| {
                place(&mut t.seed, "C0GENERAL").read_only = true;
            },
        ),
        (
            "restricted_action_read_only_channel",
            "U0GREET",
            to("C0GENERAL"),
            |t| {
                place(&mut t.seed, "C0GENERAL").read_only = true;
            },
        ),
        (
            "as_user_not_supported",
            "U0GREET",
            said(json!({"text": "x", "as_user": true})),
            |t| {
                t.token.kind = TokenKind::Workspace;
                t.token.channels.push(id("C0GENERAL"));
            },
        ),
        (
            "metadata_must_be_sent_from_app",
            "U0BOB",
            said(json!({"text": "x", "metadata": {"event_type": "x", "event_payload": {}}})),
            |t| t.token.app = None,
        ),
    ];
    rows.extend(content.map(|(code, extra)| -> Row { (code, "U0BOB", said(extra), |_| {}) }));
    refuses::<PostMessage>(rows);
}

/// The message that a call leaves, which is its last change.
fn left(changes: &[Change]) -> (ChannelId, &Message) {
    match changes.last() {
        Some(Change::Posted { channel, message }) => (*channel, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn conversations_under_all_their_names() {
    for (user, name, channel) in [
        ("U0BOB", "C0GENERAL", "C0GENERAL"),
        ("U0BOB", "#general", "C0GENERAL"),
        ("U0BOB", " general ", "C0GENERAL"),
        ("U0BOB", "hidden", "C0HIDDEN"),
        ("U0BOB", "U0ADA", "D0ADABOB"),
        ("U0BOB", "D0ADABOB", "D0ADABOB"),
        ("U0GREET", "G0TRIO", "G0TRIO"),
        ("U0MIA", "C0GUESTS", "C0GUESTS"),
        ("U0GUS", "C0SHARED", "C0SHARED"),
    ] {
        let done = Trial::of(user).done::<PostMessage>(to(name));
        let (place, message) = left(&done.changes);
        assert_eq!(
            (place, message.user, done.changes.len()),
            (id(channel), id(user), 1),
            "{name}"
        );
        assert_eq!(done.reply["channel"], channel);
        assert_eq!(done.reply["ts"], message.ts.ts());
        assert_eq!(done.reply["message"]["text"], "Hello");
        assert_eq!(done.reply["message"]["user"], user);
    }
    assert_eq!(To::read("B0GREET"), To::Name("B0GREET".to_owned()));
}

#[test]
fn bots_write_in_public_channels_they_are_not_in() {
    let mut trial = Trial::of("U0GREET");
    trial.scopes(&["chat:write", "chat:write.public"]);
    let done = trial.done::<PostMessage>(to("#random"));
    assert_eq!(
        (left(&done.changes).0, done.changes.len()),
        (id("C0RANDOM"), 1)
    );
    assert_eq!(
        trial.run::<PostMessage>(to("C0HIDDEN")).err(),
        Some("channel_not_found")
    );
}

#[test]
fn admins_write_in_read_only_channels() {
    let mut trial = Trial::of("U0ADA");
    place(&mut trial.seed, "C0GENERAL").read_only = true;
    trial.done::<PostMessage>(to("general"));
}

#[test]
fn a_dm_is_made_and_opened_by_writing() {
    let done = Trial::of("U0GREET").done::<PostMessage>(to("U0MIA"));
    let [
        Change::Created { channel },
        Change::Joined { .. },
        Change::Joined { .. },
        Change::Posted { channel: at, .. },
    ] = &done.changes[..]
    else {
        panic!("{:?}", done.changes)
    };
    assert_eq!(
        (*at, &done.reply["channel"]),
        (channel.id, &json!(channel.id))
    );

    for name in ["U0ADA", "D0ADABOB"] {
        let mut trial = Trial::of("U0BOB");
        let dm: ChannelId = id("D0ADABOB");
        for (_, _, _, place) in trial
            .seed
            .members
            .iter_mut()
            .filter(|member| member.1 == dm)
        {
            place.closed = true;
        }
        let done = trial.done::<PostMessage>(to(name));
        let opened: Vec<_> = done
            .changes
            .iter()
            .filter(|change| matches!(change, Change::DmClosed { closed: false, .. }))
            .collect();
        assert_eq!(
            (opened.len(), done.changes.len(), left(&done.changes).0),
            (2, 3, dm),
            "{name}"
        );
    }
}

#[test]
fn everything_given_is_kept() {
    let blocks =
        json!([{"type": "section", "block_id": "b", "text": {"type": "mrkdwn", "text": "*Hi*"}}]);
    let metadata = json!({"event_type": "greeted", "event_payload": {"n": 1}});
    let args = said(json!({
        "text": "Hi", "blocks": blocks.to_string(), "attachments": [{"text": "More"}], "metadata": metadata,
        "thread_ts": "1503435956.000247", "username": "Greeter",
    }));
    let mut trial = Trial::of("U0GREET");
    trial.scopes(&["chat:write", "chat:write.customize"]);
    let done = trial.done::<PostMessage>(args.clone());
    let shown = &done.reply["message"];
    assert_eq!((&shown["blocks"], &shown["metadata"]), (&blocks, &metadata));
    assert_eq!(
        shown["attachments"],
        json!([{"text": "More", "id": 1, "fallback": "More"}])
    );
    assert_eq!(shown["thread_ts"], "1503435956.000247");
    assert_eq!(
        (&shown["subtype"], &shown["username"]),
        (&json!("bot_message"), &json!("Greeter"))
    );
    assert_eq!(
        (&shown["bot_id"], &shown["app_id"], &shown["team"]),
        (&json!("B0GREET"), &json!("A0GREET"), &json!("T0ACME"))
    );
    assert_eq!(shown["bot_profile"]["name"], "greeter");
    assert_eq!(shown.get("user"), None, "it has the name instead");

    // Without the scope the name is ignored; classic bots need none.
    for (kind, named) in [(TokenKind::Bot, false), (TokenKind::LegacyBot, true)] {
        let mut trial = Trial::of("U0GREET");
        trial.token.kind = kind;
        let done = trial.done::<PostMessage>(args.clone());
        let shown = &done.reply["message"];
        assert_eq!(shown.get("username").is_some(), named, "{shown}");
        assert_eq!(shown.get("user").is_some(), !named, "{shown}");
    }

    let mut trial = Trial::of("U0BOB");
    trial.token.app = Some(id("A0GREET"));
    let done = trial.done::<PostMessage>(args);
    let shown = &done.reply["message"];
    assert_eq!(
        [
            shown.get("bot_id"),
            shown.get("username"),
            shown.get("bot_profile")
        ],
        [None; 3]
    );
}

#[test]
fn what_is_no_markup_is_told_as_entities() {
    let args = json!({"channel": "C0GENERAL", "text": "a & <b> for <@U0ADA>"});
    let done = Trial::of("U0BOB").done::<PostMessage>(args);
    let told = "a &amp; &lt;b&gt; for <@U0ADA>";
    assert_eq!(done.reply["message"]["text"], told);
    let (_, message) = left(&done.changes);
    assert!(matches!(&message.what, What::Text(text) if text.text == told));
}

#[test]
fn words_in_every_form() {
    let emoji = "é".repeat(40_001);
    for (extra, text, warnings) in [
        (
            json!({"text": "x", "blocks": null, "attachments": false}),
            "x",
            vec![],
        ),
        (json!({"markdown_text": "**x**"}), "**x**", vec![]),
        (json!({"blocks": [{"type": "divider"}]}), "", vec![]),
        (json!({"attachments": [{"text": "x"}]}), "", vec![]),
        (
            json!({"text": "x", "metadata": {"entities": []}}),
            "x",
            vec![],
        ),
        (
            json!({"text": emoji}),
            &emoji[..80_000],
            vec!["message_truncated"],
        ),
        (json!({"text": emoji[..80_000]}), &emoji[..80_000], vec![]),
    ] {
        let mut trial = Trial::of("U0BOB");
        trial.token.app = Some(id("A0GREET"));
        let done = trial.done::<PostMessage>(said(extra));
        let What::Text(written) = &left(&done.changes).1.what else {
            panic!("{:?}", done.changes)
        };
        assert!(
            written.text == text,
            "{} characters",
            written.text.chars().count()
        );
        assert_eq!(done.warnings, warnings);
        for warning in warnings {
            saw("chat.postMessage", warning);
        }
    }
}

#[test]
fn what_has_no_id_is_told_the_one_it_is_given() {
    let blocks = json!([{"type": "divider"}]).to_string();
    let done = Trial::of("U0GREET").done::<PostMessage>(said(json!({"blocks": blocks})));
    let named = element::named(&blocks);
    let What::Text(written) = &left(&done.changes).1.what else {
        panic!("{:?}", done.changes)
    };
    assert_eq!(written.blocks.as_ref(), Some(&named));
    assert_eq!(done.reply["message"]["blocks"].to_string(), named);
    assert!(named.contains("block_id"), "{named}");
}
