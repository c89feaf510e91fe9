use super::{ConversationsInvite as Invite, MOST};
use crate::{
    fixture::{id, person, place},
    trial::{Trial, refuses},
};
use guestlist_domain::{Change, user::Role};
use serde_json::{Value, json};

fn ask(channel: &str, users: &str) -> Value {
    json!({"channel_id": channel, "user_ids": users})
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("U0MANY{n}")).collect()
}

/// Gus is an admin, and Globex an organisation.
fn globex(trial: &mut Trial) {
    let seed = &mut trial.seed;
    let mut org = seed.enterprises[0].clone();
    org.id = id("E0GLOBEX");
    seed.enterprises.push(org);
    seed.workspaces[2].enterprise = Some(id("E0GLOBEX"));
    person(seed, "U0GUS").role = Role::Admin;
}

#[test]
fn refusals() {
    let some = ask("C0RANDOM", "U0BOB");
    refuses::<Invite>(vec![
        ("invalid_arguments", "U0ADA", json!({}), |_| {}),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"user_ids": "U0BOB"}),
            |_| {},
        ),
        ("invalid_arguments", "U0ADA", ask("C0RANDOM", ""), |_| {}),
        (
            "invalid_arguments",
            "U0ADA",
            ask("C0RANDOM", &many(MOST + 1).join(",")),
            |_| {},
        ),
        ("feature_not_enabled", "U0GUS", some.clone(), |_| {}),
        ("user_must_be_admin", "U0BOB", some.clone(), |_| {}),
        ("user_must_be_admin", "U0GREET", some.clone(), |_| {}),
        (
            "channel_not_found",
            "U0ADA",
            ask("C0NOWHERE", "U0BOB"),
            |_| {},
        ),
        ("channel_not_found", "U0ADA", ask("random", "U0BOB"), |_| {}),
        ("channel_not_found", "U0GUS", some.clone(), globex),
        (
            "channel_type_not_supported",
            "U0ADA",
            ask("D0ADABOB", "U0MIA"),
            |_| {},
        ),
        (
            "channel_type_not_supported",
            "U0ADA",
            ask("G0TRIO", "U0MIA"),
            |_| {},
        ),
        (
            "channel_type_not_supported",
            "U0ADA",
            ask("C0GENERAL", "U0WES"),
            |_| {},
        ),
        ("default_org_wide_channel", "U0ADA", some.clone(), |t| {
            let random = place(&mut t.seed, "C0RANDOM");
            (random.org_wide, random.mandatory) = (true, true);
        }),
        (
            "default_org_wide_channel",
            "U0ADA",
            ask("C0GENERAL", "U0WES"),
            |t| place(&mut t.seed, "C0GENERAL").org_wide = true,
        ),
        ("ekm_access_denied", "U0ADA", some.clone(), |t| {
            t.seed.enterprises[0].ekm_suspended = true;
        }),
        ("access_denied", "U0ADA", some, |t| {
            place(&mut t.seed, "C0RANDOM").access_list = vec![id("U0BOB")];
        }),
        (
            "restricted_action",
            "U0GUS",
            ask("C0SHARED", "U0GIL"),
            |t| {
                globex(t);
                place(&mut t.seed, "C0SHARED").connections[0].external_limited = true;
            },
        ),
        (
            "failed_for_some_users",
            "U0ADA",
            ask("C0RANDOM", "U0BOB,U0NOBODY"),
            |_| {},
        ),
        (
            "failed_for_some_users",
            "U0ADA",
            ask("C0PAST", "U0BOB"),
            |_| {},
        ),
    ]);
}

/// Who comes in by whom.
fn joined(changes: &[Change]) -> Vec<(String, Option<String>)> {
    let one = |change: &Change| match change {
        Change::Joined { user, inviter, .. } => {
            (user.to_string(), inviter.map(|id| id.to_string()))
        }
        other => panic!("{other:?}"),
    };
    changes.iter().map(one).collect()
}

#[test]
fn everybody_comes_in_and_the_admin_need_not_be_there() {
    let nothing: fn(&mut Trial) = |_| {};
    for (caller, channel, users, change) in [
        ("U0ADA", "C0RANDOM", json!("U0BOB,U0MIA,U0GREET"), nothing),
        ("U0ADA", "C0RANDOM", json!(["U0BOB"]), nothing),
        ("U0ADA", "C0HIDDEN", json!("U0MIA,U0GREET"), nothing),
        // A channel of another workspace of the organisation.
        ("U0WES", "C0HIDDEN", json!("U0MIA"), |t| {
            person(&mut t.seed, "U0WES").role = Role::Admin
        }),
        // A partner's side with full rights, and its people.
        ("U0GUS", "C0SHARED", json!("U0GIL"), globex),
        // Somebody of the partner's.
        ("U0ADA", "C0SHARED", json!("U0GIL"), nothing),
    ] {
        let mut trial = Trial::of(caller);
        change(&mut trial);
        let done = trial.done::<Invite>(json!({"channel_id": channel, "user_ids": users}));
        assert_eq!(done.reply, json!({}));
        let users = match users {
            Value::String(text) => text.split(',').map(str::to_owned).collect(),
            list => serde_json::from_value::<Vec<String>>(list).unwrap(),
        };
        let expected: Vec<_> = users
            .into_iter()
            .map(|user| (user, Some(caller.to_owned())))
            .collect();
        assert_eq!(joined(&done.changes), expected, "{caller} {channel}");
    }
}

#[test]
fn admins_bring_themselves_in_by_nobodys_invitation() {
    let done = Trial::of("U0ADA").done::<Invite>(ask("C0HIDDEN", "U0ADA,U0MIA"));
    assert_eq!(
        joined(&done.changes),
        [
            ("U0ADA".to_owned(), None),
            ("U0MIA".to_owned(), Some("U0ADA".to_owned()))
        ]
    );
}
