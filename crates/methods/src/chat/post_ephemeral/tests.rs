use super::PostEphemeral;
use crate::{
    fixture::{id, person, place},
    trial::{Row, Trial, refuses},
};
use guestlist_domain::{Change, TokenKind, message::What};
use serde_json::{Value, json};

fn to(channel: &str, user: &str) -> Value {
    json!({"channel": channel, "user": user, "text": "Only you <3 see this"})
}

#[test]
fn refusals() {
    let many = |count: usize, one: Value| Value::Array(vec![one; count]);
    let long = "x".repeat(100_000);
    let content = [
        (
            "invalid_arguments",
            json!({"text": "x", "thread_ts": "yesterday"}),
        ),
        (
            "invalid_arguments",
            json!({"text": "x", "as_user": "perhaps"}),
        ),
        ("no_text", json!({"text": " "})),
        ("msg_too_long", json!({"text": long[..40_001]})),
        ("invalid_blocks_format", json!({"blocks": "[{"})),
        ("invalid_blocks", json!({"blocks": [{"text": "x"}]})),
        (
            "invalid_blocks",
            json!({"blocks": many(51, json!({"type": "divider"}))}),
        ),
        ("invalid_attachments", json!({"attachments": "{}"})),
        (
            "invalid_attachments",
            json!({"attachments": [{"text": long}]}),
        ),
        (
            "invalid_attachments",
            json!({"attachments": [{"blocks": []}]}),
        ),
        (
            "too_many_attachments",
            json!({"attachments": many(101, json!({"text": "x"}))}),
        ),
        (
            "markdown_text_conflict",
            json!({"text": "x", "markdown_text": "x"}),
        ),
    ];
    let ben = || to("C0GENERAL", "U0BOB");
    let mut rows: Vec<Row> = vec![
        (
            "invalid_arguments",
            "U0GREET",
            json!({"channel": "C0GENERAL", "text": "x"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0GREET",
            json!({"user": "U0BOB", "text": "x"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0GREET",
            to("C0NONE", "U0BOB"),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0GREET",
            to("nowhere", "U0BOB"),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0GREET",
            to("C0HIDDEN", "U0BOB"),
            |_| {},
        ),
        // A person is no conversation here.
        ("channel_not_found", "U0GREET", to("U0BOB", "U0BOB"), |_| {}),
        (
            "channel_not_found",
            "U0GREET",
            to("@U0ADA,U0BOB", "U0BOB"),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0GREET",
            to("general", "U0BOB"),
            |t| t.token.kind = TokenKind::Org,
        ),
        ("missing_scope", "U0GREET", ben(), |t| {
            t.scopes(&["chat:write.public"])
        }),
        ("is_archived", "U0ADA", to("C0PAST", "U0ADA"), |_| {}),
        ("not_in_channel", "U0GREET", to("C0RANDOM", "U0ADA"), |_| {}),
        (
            "user_not_in_channel",
            "U0GREET",
            to("C0GENERAL", "U0MIA"),
            |_| {},
        ),
        (
            "user_not_in_channel",
            "U0GREET",
            to("C0GENERAL", "U0NOBODY"),
            |_| {},
        ),
        (
            "user_not_in_channel",
            "U0GREET",
            to("C0GENERAL", "somebody"),
            |_| {},
        ),
        ("user_not_in_channel", "U0GREET", ben(), |t| {
            person(&mut t.seed, "U0BOB").removed = true
        }),
        ("restricted_action", "U0GREET", ben(), |t| {
            place(&mut t.seed, "C0GENERAL").read_only = true;
        }),
        ("ekm_access_denied", "U0GREET", ben(), |t| {
            t.seed.enterprises[0].ekm_suspended = true
        }),
        ("access_denied", "U0GREET", ben(), |t| {
            place(&mut t.seed, "C0GENERAL")
                .access_list
                .push(id("U0ADA"));
        }),
        ("no_permission", "U0GREET", ben(), |t| {
            t.token.kind = TokenKind::Workspace
        }),
    ];
    rows.extend(content.map(|(code, more)| -> Row {
        let mut args = json!({"channel": "C0GENERAL", "user": "U0BOB"});
        args.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        (code, "U0GREET", args, |_| {})
    }));
    refuses::<PostEphemeral>(rows);
}

#[test]
fn it_is_shown_to_one_and_is_no_message_of_the_conversation() {
    for (caller, channel, user) in [
        ("U0GREET", "C0GENERAL", "U0BOB"),
        ("U0GREET", "#general", "U0BOB"),
        // Somebody of a partner.
        ("U0GREET", "C0SHARED", "U0GUS"),
        ("U0BOB", "D0ADABOB", "U0ADA"),
        ("U0ADA", "C0GENERAL", "U0ADA"),
    ] {
        let mut asked = to(channel, user);
        asked["username"] = json!("Greeter");
        asked["thread_ts"] = json!("1503435956.000247");
        let mut trial = Trial::of(caller);
        trial.scopes(&["chat:write", "chat:write.customize"]);
        let done = trial.done::<PostEphemeral>(asked);
        let [Change::Shown { to, message, .. }] = &done.changes[..] else {
            panic!("{:?}", done.changes);
        };
        assert_eq!(done.reply, json!({"message_ts": message.ts.ts()}));
        let What::Text(text) = &message.what else {
            panic!("{message:?}");
        };
        assert_eq!(
            (*to, message.user, text.text.as_str()),
            (id(user), id(caller), "Only you &lt;3 see this")
        );
        let name = (caller == "U0GREET").then_some("Greeter");
        assert_eq!(text.username.as_deref(), name);
        assert!(text.thread_ts.is_some());
    }
}
