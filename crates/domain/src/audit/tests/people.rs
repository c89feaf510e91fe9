//! What becomes of people.

use super::*;
use crate::user::{Bot, Invited, Role, Stage};

#[test]
fn what_becomes_of_people() {
    type Edit = fn(&mut User);
    let none: &[&str] = &[];
    let guest: Edit = |user| user.guest = Some(Guest::MultiChannel);
    let table: &[(Edit, Edit, &[&str])] = &[
        (|_| (), |user| user.removed = true, &["user_deactivated"]),
        (guest, |user| user.removed = true, &["guest_deactivated"]),
        (
            |user| user.removed = true,
            |user| user.removed = false,
            &["user_reactivated"],
        ),
        // An identity provider made them so, and they were never there.
        (
            |user| {
                user.removed = true;
                user.scim
                    .insert(crate::scim::ACTIVE.to_owned(), "false".to_owned());
            },
            |user| {
                user.removed = false;
                user.scim.clear();
            },
            &["user_joined_workspace"],
        ),
        (
            |user| (user.removed, user.guest) = (true, Some(Guest::SingleChannel)),
            |user| user.removed = false,
            &["guest_reactivated"],
        ),
        (|_| (), guest, &["role_change_to_guest"]),
        (guest, |user| user.guest = None, &["role_change_to_user"]),
        (guest, |user| user.guest = Some(Guest::SingleChannel), none),
        (
            |_| (),
            |user| user.role = Role::Admin,
            &["role_change_to_admin"],
        ),
        (
            |_| (),
            |user| user.role = Role::Owner,
            &["role_change_to_owner"],
        ),
        (
            |user| user.role = Role::Owner,
            |user| user.role = Role::Member,
            &["role_change_to_user"],
        ),
        (
            guest,
            |user| user.expires = Some(WHEN),
            &["guest_expiration_set"],
        ),
        (
            |user| (user.guest, user.expires) = (Some(Guest::MultiChannel), Some(WHEN)),
            |user| user.expires = None,
            &["guest_expiration_cleared"],
        ),
        (|_| (), |user| user.email = None, &["user_email_updated"]),
        (
            |_| (),
            |user| user.name = "other".to_owned(),
            &["user_username_updated"],
        ),
        (
            |_| (),
            |user| user.title = "Boss".to_owned(),
            &["user_profile_updated"],
        ),
        (
            |_| (),
            |user| (user.role, user.removed, user.real_name) = (Role::Admin, true, "A".to_owned()),
            &[
                "user_deactivated",
                "role_change_to_admin",
                "user_profile_updated",
            ],
        ),
        (
            |_| (),
            |user| user.tz = Some("Europe/Berlin".to_owned()),
            none,
        ),
        // A bot goes with its app.
        (
            |user| {
                user.bot = Some(Bot {
                    id: id("B0A"),
                    app: None,
                })
            },
            |user| user.removed = true,
            none,
        ),
    ];
    for (had, got, expected) in table {
        let mut before = user("U0BEN", "T0WEST");
        had(&mut before);
        let mut after = before.clone();
        got(&mut after);
        let change = |before| Change::UserEdited {
            user: Arc::new(after.clone()),
            before,
        };
        let edited = call(
            "T0ACME",
            Some("U0ADA"),
            vec![change(Some(Arc::new(before.clone())))],
        );
        assert_eq!(actions(&acme(), &edited), *expected, "{before:?} {after:?}");
        assert_eq!(actions(&globex(), &edited), none);
        for entry in entries(&acme(), &edited) {
            assert_eq!(
                (entry.actor.id.as_str(), entry.entity.id().as_str()),
                ("U0ADA", "U0BEN")
            );
        }
        // A row of an older version does not say what was before.
        let old = call("T0ACME", Some("U0ADA"), vec![change(None)]);
        assert_eq!(actions(&acme(), &old), none);
    }
}

#[test]
fn addresses_and_handles_are_told_as_they_were_and_are() {
    let before = user("U0BEN", "T0WEST");
    let after = User {
        email: None,
        name: "benno".to_owned(),
        ..before.clone()
    };
    let change = Change::UserEdited {
        user: Arc::new(after),
        before: Some(Arc::new(before)),
    };
    let entries = entries(&acme(), &call("T0ACME", Some("U0ADA"), vec![change]));
    let values = |entry: &Entry| {
        let Details {
            previous_value,
            new_value,
            ..
        } = entry.details.clone();
        (entry.action.name(), previous_value, new_value)
    };
    let text = |text: &str| Some(text.to_owned());
    let told: Vec<_> = entries.iter().map(values).collect();
    assert_eq!(
        told,
        [
            ("user_email_updated", text("u0ben@x.test"), None),
            ("user_username_updated", text("u0ben"), text("benno")),
        ]
    );
}

#[test]
fn a_guest_whose_time_ends_has_expired_unless_somebody_removes_them() {
    let mut before = user("U0MIA", "T0ACME");
    before.guest = Some(Guest::MultiChannel);
    for (expires, by, expected) in [
        (Some(WHEN), None, "guest_expired"),
        (Some(WHEN), Some("U0ADA"), "guest_deactivated"),
        (Some(Timestamp(WHEN.0 + 1)), None, "guest_deactivated"),
        (None, None, "guest_deactivated"),
    ] {
        before.expires = expires;
        let after = User {
            removed: true,
            ..before.clone()
        };
        let change = Change::UserEdited {
            user: Arc::new(after),
            before: Some(Arc::new(before.clone())),
        };
        assert_eq!(
            actions(&acme(), &call("T0ACME", by, vec![change])),
            [expected]
        );
    }
}

#[test]
fn who_comes() {
    let made = |guest: Option<Guest>, stage: Option<Stage>| {
        let mut user = user("U0NEW", "T0ACME");
        user.guest = guest;
        user.invited = stage.map(|state| Invited {
            by: id("U0ADA"),
            at: WHEN,
            channels: Vec::new(),
            link: "secret".to_owned(),
            state,
        });
        Arc::new(user)
    };
    let guest = Some(Guest::MultiChannel);
    let none: &[&str] = &[];
    let assigned = |team: &str, teams: &[&str], to: &str| {
        let mut user = user("U0BEN", team);
        user.teams = teams.iter().map(|team| id(team)).collect();
        Change::Assigned {
            user: Arc::new(user),
            team: id(to),
        }
    };
    let bot = || {
        let mut user = user("U0BOT", "T0ACME");
        user.bot = Some(Bot {
            id: id("B0BOT"),
            app: None,
        });
        Arc::new(user)
    };
    for (change, expected) in [
        (
            Change::UserMade {
                user: made(None, None),
            },
            &["user_created", "user_joined_workspace"][..],
        ),
        (
            Change::UserMade {
                user: made(guest, None),
            },
            &["guest_created", "guest_joined_workspace"],
        ),
        (
            Change::UserMade {
                user: Arc::new(User {
                    expires: Some(WHEN),
                    ..User::clone(&made(guest, Some(Stage::Joined)))
                }),
            },
            &[
                "guest_created",
                "guest_joined_workspace",
                "guest_expiration_set",
            ],
        ),
        // Nobody is there before they join.
        (
            Change::UserMade {
                user: made(None, Some(Stage::Pending)),
            },
            none,
        ),
        (
            Change::UserMade {
                user: made(None, Some(Stage::Joined)),
            },
            &["user_created", "user_joined_workspace"],
        ),
        // An identity provider says that they are gone from the start.
        (
            Change::UserMade {
                user: Arc::new(User {
                    removed: true,
                    ..User::clone(&made(None, None))
                }),
            },
            &["user_created"],
        ),
        (Change::UserMade { user: bot() }, none),
        (
            assigned("T0WEST", &["T0ACME"], "T0ACME"),
            &["user_joined_workspace"],
        ),
        // They were removed, and are in this one alone.
        (
            assigned("T0ACME", &[], "T0ACME"),
            &["user_reactivated", "user_joined_workspace"],
        ),
    ] {
        let call = call("T0ACME", Some("U0ADA"), vec![change]);
        assert_eq!(actions(&acme(), &call), expected, "{call:?}");
        assert_eq!(actions(&globex(), &call), none);
    }
}

#[test]
fn who_is_not_known_any_more_has_an_id() {
    for (change, expected) in [
        (
            joined("C0OPS", "U0GONE", Some("U0WENT")),
            "user_channel_join",
        ),
        (
            left("C0OPS", "U0GONE", Some("U0WENT")),
            "user_channel_leave",
        ),
    ] {
        let call = call("T0ACME", None, vec![change]);
        let entry = entries(&acme(), &call).remove(0);
        assert_eq!(entry.action.name(), expected);
        assert_eq!(entry.actor, Person::placeholder("U0GONE"));
        let by = entry.details.inviter.or(entry.details.kicker).unwrap();
        assert_eq!(by.user, Person::placeholder("U0WENT"));
        // Nor is it told to those whose channel it is not.
        assert_eq!(entries(&globex(), &call), []);
    }
}
