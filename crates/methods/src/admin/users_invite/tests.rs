use super::UsersInvite as Invite;
use crate::{
    fixture::{at, id, person, place},
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Change, Mail, Timestamp, User,
    user::{Guest, Invited, Role, Stage},
    workspace::Status,
};
use serde_json::{Value, json};

/// Joe, invited into a channel, and otherwise.
fn ask(more: Value) -> Value {
    let mut ask =
        json!({"team_id": "T0ACME", "email": "Joe@email.test", "channel_ids": "C0RANDOM"});
    let more = more.as_object().unwrap().clone();
    ask.as_object_mut().unwrap().extend(more);
    ask
}

/// Bob is not there yet, at this stage.
fn invited(trial: &mut Trial, state: Stage) {
    let bob = person(&mut trial.seed, "U0BOB");
    bob.removed = state != Stage::Joined;
    bob.invited = Some(Invited {
        by: id("U0ADA"),
        at: at(5),
        channels: vec![id("C0GUESTS")],
        link: "abc".to_owned(),
        state,
    });
}

/// Wes is an admin of the other workspace.
fn west(trial: &mut Trial) {
    person(&mut trial.seed, "U0WES").role = Role::Admin;
}

#[test]
fn refusals() {
    let nothing: fn(&mut Trial) = |_| {};
    let guest = |more: Value| {
        let mut ask = ask(json!({"is_restricted": true}));
        let more = more.as_object().unwrap().clone();
        ask.as_object_mut().unwrap().extend(more);
        ask
    };
    refuses::<Invite>(vec![
        ("invalid_arguments", "U0ADA", json!({}), nothing),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"team_id": "T0ACME", "email": "joe@email.test"}),
            nothing,
        ),
        (
            "invalid_arguments",
            "U0ADA",
            ask(json!({"is_restricted": "perhaps"})),
            nothing,
        ),
        (
            "invalid_arguments",
            "U0ADA",
            ask(json!({"email_password_policy_enabled": 7})),
            nothing,
        ),
        (
            "invalid_arguments",
            "U0ADA",
            ask(json!({"real_name": "J".repeat(81)})),
            nothing,
        ),
        (
            "invalid_arguments",
            "U0ADA",
            ask(json!({"real_name": {"name": "Joe"}})),
            nothing,
        ),
        (
            "invalid_arguments",
            "U0ADA",
            ask(json!({"real_name": "Joe\nSmith"})),
            nothing,
        ),
        ("feature_not_enabled", "U0GUS", ask(json!({})), nothing),
        ("not_an_admin", "U0BOB", ask(json!({})), nothing),
        ("not_an_admin", "U0GREET", ask(json!({})), nothing),
        (
            "team_not_found",
            "U0ADA",
            ask(json!({"team_id": "T0GLOBEX"})),
            nothing,
        ),
        (
            "team_not_found",
            "U0ADA",
            ask(json!({"team_id": "acme"})),
            nothing,
        ),
        (
            "failed_to_validate_team",
            "U0ADA",
            ask(json!({"team_id": "T0WEST"})),
            |t| {
                person(&mut t.seed, "U0ADA").teams = vec![id("T0WEST")];
                t.seed.workspaces[1].status = Status::Migrating;
            },
        ),
        ("failed_to_validate_caller", "U0WES", ask(json!({})), west),
        (
            "invalid_email",
            "U0ADA",
            ask(json!({"email": "joe"})),
            nothing,
        ),
        ("invalid_email", "U0ADA", ask(json!({"email": ""})), nothing),
        (
            "failed_to_validate_channels",
            "U0ADA",
            ask(json!({"channel_ids": ""})),
            nothing,
        ),
        (
            "failed_to_validate_channels",
            "U0ADA",
            ask(json!({"channel_ids": "C0RANDOM,random"})),
            nothing,
        ),
        (
            "failed_to_validate_channels",
            "U0ADA",
            ask(json!({"channel_ids": "C0NOWHERE"})),
            nothing,
        ),
        (
            "failed_to_validate_channels",
            "U0ADA",
            ask(json!({"channel_ids": "C0PAST"})),
            nothing,
        ),
        (
            "failed_to_validate_channels",
            "U0ADA",
            ask(json!({"channel_ids": "G0TRIO"})),
            nothing,
        ),
        (
            "failed_to_validate_channels",
            "U0WES",
            ask(json!({"team_id": "T0WEST"})),
            west,
        ),
        (
            "failed_to_validate_channels",
            "U0ADA",
            guest(json!({"channel_ids": "C0GENERAL"})),
            nothing,
        ),
        (
            "failed_to_validate_channels",
            "U0ADA",
            ask(json!({"channel_ids": "C0RANDOM,C0SECRET", "is_ultra_restricted": true})),
            nothing,
        ),
        (
            "failed_to_validate_custom_message",
            "U0ADA",
            ask(json!({"custom_message": "é".repeat(561)})),
            nothing,
        ),
        (
            "failed_to_validate_expiration",
            "U0ADA",
            guest(json!({"guest_expiration_ts": "soon"})),
            nothing,
        ),
        (
            "failed_to_validate_expiration",
            "U0ADA",
            guest(json!({"guest_expiration_ts": at(1000).ts()})),
            nothing,
        ),
        (
            "failed_to_validate_expiration",
            "U0ADA",
            ask(json!({"guest_expiration_ts": at(2000).ts()})),
            nothing,
        ),
        (
            "already_in_team",
            "U0ADA",
            ask(json!({"email": "BOB@acme.test"})),
            nothing,
        ),
        (
            "already_in_team",
            "U0ADA",
            ask(json!({"email": "wes@west.test", "resend": true})),
            |t| person(&mut t.seed, "U0WES").teams = vec![id("T0ACME")],
        ),
        (
            "already_in_team",
            "U0ADA",
            ask(json!({"email": "bob@acme.test"})),
            |t| invited(t, Stage::Joined),
        ),
        // Of another workspace of the organisation.
        (
            "already_in_team",
            "U0ADA",
            ask(json!({"email": "wes@west.test"})),
            nothing,
        ),
        (
            "user_disabled",
            "U0ADA",
            ask(json!({"email": "wes@west.test", "resend": true})),
            |t| person(&mut t.seed, "U0WES").removed = true,
        ),
        (
            "user_disabled",
            "U0ADA",
            ask(json!({"email": "otto@acme.test", "resend": true})),
            nothing,
        ),
        (
            "user_disabled",
            "U0ADA",
            ask(json!({"email": "bob@acme.test"})),
            |t| {
                invited(t, Stage::Joined);
                person(&mut t.seed, "U0BOB").removed = true;
            },
        ),
        (
            "already_in_team_invited_user",
            "U0ADA",
            ask(json!({"email": "bob@acme.test"})),
            |t| invited(t, Stage::Pending),
        ),
    ]);
}

/// Who is invited, and the letter.
fn done(trial: &Trial, args: Value) -> (User, Mail) {
    let done = trial.done::<Invite>(args);
    assert_eq!(done.reply, json!({}));
    let [Change::UserMade { user }, Change::Mail { mail, .. }] = &done.changes[..] else {
        panic!("{:?}", done.changes);
    };
    (User::clone(user), Mail::clone(mail))
}

#[test]
fn whoever_is_invited_is_listed_and_written_to() {
    let trial = Trial::of("U0ADA");
    let (joe, mail) = done(
        &trial,
        ask(json!({
            "channel_ids": "C0RANDOM,C0SECRET,C0RANDOM", "custom_message": " Come! ",
            "real_name": "{\"full_name\": \"Joe Smith\"}",
        })),
    );
    assert_eq!(
        (&*joe.name, &*joe.real_name, joe.email.as_deref()),
        ("joe", "Joe Smith", Some("joe@email.test"))
    );
    assert!(joe.removed && joe.is_invited() && !joe.has_come());
    let invited = joe.invited.unwrap();
    assert_eq!(
        (invited.by, invited.channels),
        (id("U0ADA"), vec![id("C0RANDOM"), id("C0SECRET")])
    );
    assert_eq!(invited.link, "07".repeat(16));
    assert_eq!(
        (&*mail.to, mail.letter.user),
        ("joe@email.test", Some(joe.id))
    );
    assert_eq!(mail.letter.message.as_deref(), Some("Come!"));
    assert_eq!(mail.letter.link, format!("{}-{}", joe.id, invited.link));
    assert_eq!(mail.letter.expires, Timestamp::LATEST);
}

#[test]
fn guests_come_as_what_is_said() {
    let trial = Trial::of("U0ADA");
    let until = at(5000).ts();
    for (more, guest, expires) in [
        (json!({}), None, None),
        (json!({"is_restricted": false}), None, None),
        (
            json!({"is_restricted": true, "guest_expiration_ts": until}),
            Some(Guest::MultiChannel),
            Some(at(5000)),
        ),
        (
            json!({"is_restricted": true, "is_ultra_restricted": true}),
            Some(Guest::SingleChannel),
            None,
        ),
        (
            json!({"is_ultra_restricted": "1", "guest_expiration_ts": until}),
            Some(Guest::SingleChannel),
            Some(at(5000)),
        ),
    ] {
        let (joe, mail) = done(&trial, ask(more.clone()));
        assert_eq!((joe.guest, joe.expires), (guest, expires), "{more}");
        let told = expires.unwrap_or(Timestamp::LATEST);
        assert_eq!(mail.letter.expires, told, "{more}");
    }
}

#[test]
fn who_is_invited_again_is_the_same_person() {
    let again = ask(json!({"email": "bob@acme.test", "resend": true, "is_restricted": true}));
    for (state, kept) in [(Stage::Pending, true), (Stage::Withdrawn, false)] {
        let mut trial = Trial::of("U0ADA");
        invited(&mut trial, state);
        person(&mut trial.seed, "U0BOB").role = Role::Admin;
        let (bob, mail) = done(&trial, again.clone());
        assert_eq!((bob.id, &*bob.name), (id("U0BOB"), "bob"));
        assert_eq!(
            (bob.guest, bob.role),
            (Some(Guest::MultiChannel), Role::Member)
        );
        let invited = bob.invited.unwrap();
        assert_eq!(invited.channels, vec![id("C0RANDOM")]);
        // A link that was sent stays good, unless the invitation was taken back.
        assert_eq!(invited.link == "abc", kept, "{state:?}");
        assert_eq!(mail.letter.link, format!("U0BOB-{}", invited.link));
    }
    // What was taken back needs no `resend`.
    let mut trial = Trial::of("U0ADA");
    invited(&mut trial, Stage::Withdrawn);
    done(&trial, ask(json!({"email": "bob@acme.test"})));
}

#[test]
fn an_address_of_another_workspace_is_free_and_handles_are_made_of_it() {
    let trial = Trial::of("U0ADA");
    for (email, name) in [
        ("wes@acme-west.test", "wes"),
        ("gil@globex.test", "gil"),
        ("-o'neil+x=@a.test", "oneilx"),
        ("'@a.test", "guest"),
    ] {
        let (user, _) = done(&trial, ask(json!({"email": email})));
        assert_eq!(user.name, name, "{email}");
    }
}

#[test]
fn channels_that_are_private_or_the_admin_is_not_in_will_do() {
    let mut trial = Trial::of("U0ADA");
    place(&mut trial.seed, "C0HIDDEN").no_guests = true;
    done(
        &trial,
        ask(json!({"channel_ids": ["C0HIDDEN", "C0GENERAL", "C0SHARED"]})),
    );
}
