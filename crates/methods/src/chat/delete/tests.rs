use super::Delete;
use crate::{
    fixture::{at, id, place, post},
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Change, Message, Timestamp, TokenKind,
    message::{Text, What},
};
use serde_json::{Value, json};

fn told(trial: &mut Trial) {
    post(&mut trial.seed, "C0GENERAL", "U0BOB", at(50), "Hi");
    post(&mut trial.seed, "C0SHARED", "U0GUS", at(50), "Hi");
    post(&mut trial.seed, "D0ADABOB", "U0BOB", at(50), "Hi");
}

/// That somebody came, to `#general`.
fn came(trial: &mut Trial) {
    stands(trial, "U0BOB", What::Joined { inviter: None });
}

fn stands(trial: &mut Trial, user: &str, what: What) {
    let (ts, user) = (at(1), id(user));
    let message = Message { ts, user, what };
    let row = (id("T0ACME"), id("C0GENERAL"), message);
    trial.seed.messages.push(row);
}

fn of(channel: &str, ts: Timestamp) -> Value {
    json!({"channel": channel, "ts": ts.ts()})
}

#[test]
fn refusals() {
    let bobs = || of("C0GENERAL", at(50));
    refuses::<Delete>(vec![
        ("invalid_arguments", "U0BOB", json!({"ts": "1.2"}), told),
        (
            "invalid_arguments",
            "U0BOB",
            json!({"channel": "C0GENERAL"}),
            told,
        ),
        ("channel_not_found", "U0BOB", of("general", at(50)), told),
        ("channel_not_found", "U0BOB", of("C0SECRET", at(50)), told),
        ("channel_not_found", "U0XEN", bobs(), told),
        (
            "message_not_found",
            "U0BOB",
            json!({"channel": "C0GENERAL", "ts": "soon"}),
            told,
        ),
        ("message_not_found", "U0BOB", of("C0GENERAL", at(51)), told),
        ("message_not_found", "U0ADA", of("C0GENERAL", at(1)), |t| {
            stands(t, "U0BOB", What::Tombstone);
        }),
        ("missing_scope", "U0BOB", bobs(), |t| {
            told(t);
            t.scopes(&["chat:write.public"]);
        }),
        ("cant_delete_message", "U0GREET", bobs(), told),
        ("cant_delete_message", "U0BOB", of("C0GENERAL", at(1)), came),
        ("cant_delete_message", "U0ADA", of("C0GENERAL", at(1)), came),
        // Not an admin's: what others say to them, or people of another organisation do.
        ("cant_delete_message", "U0ADA", of("D0ADABOB", at(50)), told),
        ("cant_delete_message", "U0ADA", of("C0SHARED", at(50)), told),
        ("cant_delete_message", "U0BOB", bobs(), |t| {
            told(t);
            place(&mut t.seed, "C0GENERAL").archived = true;
        }),
        // A side that went shows it in its copy.
        ("cant_delete_message", "U0BOB", bobs(), |t| {
            told(t);
            place(&mut t.seed, "C0GENERAL").kept = Some(at(50));
        }),
        // Nothing would lead to what answers it.
        (
            "cant_delete_message",
            "U0BOB",
            of("C0GENERAL", at(51)),
            |t| {
                told(t);
                for (ts, answers) in [(51, 50), (52, 51)] {
                    let text = Text {
                        thread_ts: Some(at(answers)),
                        ..Text::default()
                    };
                    let what = What::Text(Box::new(text));
                    let (ts, user) = (at(ts), id("U0BOB"));
                    let message = Message { ts, user, what };
                    let row = (id("T0ACME"), id("C0GENERAL"), message);
                    t.seed.messages.push(row);
                }
            },
        ),
        ("ekm_access_denied", "U0BOB", bobs(), |t| {
            told(t);
            t.seed.enterprises[0].ekm_suspended = true;
        }),
        ("access_denied", "U0BOB", bobs(), |t| {
            told(t);
            place(&mut t.seed, "C0GENERAL")
                .access_list
                .push(id("U0ADA"));
        }),
        ("no_permission", "U0GREET", bobs(), |t| {
            told(t);
            t.token.kind = TokenKind::Workspace;
        }),
    ]);
}

#[test]
fn people_delete_their_own_and_admins_what_others_said() {
    for (user, channel) in [
        ("U0BOB", "C0GENERAL"),
        ("U0BOB", "D0ADABOB"),
        ("U0GUS", "C0SHARED"),
        ("U0ADA", "C0GENERAL"),
    ] {
        let mut trial = Trial::of(user);
        told(&mut trial);
        let done = trial.done::<Delete>(of(channel, at(50)));
        let [
            Change::Deleted {
                channel: at_,
                message,
                ..
            },
        ] = &done.changes[..]
        else {
            panic!("{:?}", done.changes)
        };
        assert_eq!((*at_, message.ts), (id(channel), at(50)));
        assert_eq!(done.reply, of(channel, at(50)), "{user}");
    }
}

#[test]
fn what_was_answered_leaves_a_tombstone() {
    let mut trial = Trial::of("U0BOB");
    told(&mut trial);
    post(&mut trial.seed, "C0GENERAL", "U0ADA", at(60), "Hi too");
    let What::Text(answer) = &mut trial.seed.messages[3].2.what else {
        panic!()
    };
    answer.thread_ts = Some(at(50));
    let done = trial.done::<Delete>(of("C0GENERAL", at(50)));
    let [
        Change::Reworded {
            message, before, ..
        },
    ] = &done.changes[..]
    else {
        panic!("{:?}", done.changes)
    };
    assert_eq!((message.ts, &message.what), (at(50), &What::Tombstone));
    assert!(matches!(before.what, What::Text(_)));
    // The answer itself goes without a trace.
    let ada = Trial {
        token: Trial::of("U0ADA").token,
        ..trial
    };
    let done = ada.done::<Delete>(of("C0GENERAL", at(60)));
    assert!(matches!(&done.changes[..], [Change::Deleted { .. }]));
}
