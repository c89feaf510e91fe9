use super::UsersSetRegular as SetRegular;
use crate::{
    fixture::{at, id, person},
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Change,
    user::{Guest, Role},
    workspace::Status,
};
use serde_json::{Value, json};

fn ask(place: &str, user: &str) -> Value {
    json!({"team_id": place, "user_id": user})
}

fn bob(trial: &mut Trial, role: Role) {
    person(&mut trial.seed, "U0BOB").role = role;
}

#[test]
fn refusals() {
    refuses::<SetRegular>(vec![
        (
            "invalid_arguments",
            "U0ADA",
            json!({"team_id": "T0ACME"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"user_id": "U0BOB"}),
            |_| {},
        ),
        (
            "feature_not_enabled",
            "U0XEN",
            ask("T0INITECH", "U0XEN"),
            |_| {},
        ),
        ("not_an_admin", "U0BOB", ask("T0ACME", "U0MIA"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0GLOBEX", "U0GUS"), |_| {}),
        ("team_not_found", "U0ADA", ask("E0OTHER", "U0MIA"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0WEST", "U0WES"), |t| {
            t.seed.workspaces[1].status = Status::Deleted;
        }),
        ("user_not_found", "U0ADA", ask("T0ACME", "U0NOBODY"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0ACME", "mia"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0WEST", "U0MIA"), |_| {}),
        ("user_not_found", "U0ADA", ask("E0ACME", "U0GUS"), |_| {}),
        (
            "invalid_role_for_user",
            "U0ADA",
            ask("T0ACME", "U0GREET"),
            |_| {},
        ),
        (
            "failed_to_set_user_to_regular",
            "U0ADA",
            ask("T0ACME", "U0OLD"),
            |_| {},
        ),
        (
            "failed_to_set_user_to_regular",
            "U0ADA",
            ask("T0ACME", "U0MIA"),
            |t| {
                person(&mut t.seed, "U0MIA").expires = Some(at(900));
            },
        ),
        (
            "failed_to_set_user_to_regular",
            "U0ADA",
            ask("E0ACME", "U0WES"),
            |t| {
                person(&mut t.seed, "U0WES").role = Role::Admin;
                t.seed.workspaces[1].status = Status::Deleted;
            },
        ),
        (
            "cannot_modify_primary_owner",
            "U0ADA",
            ask("T0ACME", "U0BOB"),
            |t| {
                bob(t, Role::PrimaryOwner);
            },
        ),
        // Admins make no owner less.
        (
            "invalid_role_for_user",
            "U0BOB",
            ask("T0ACME", "U0ADA"),
            |t| {
                bob(t, Role::Admin);
            },
        ),
        (
            "cannot_set_org_admin_to_regular_at_workspace_level",
            "U0ADA",
            ask("T0ACME", "U0BOB"),
            |t| {
                bob(t, Role::Admin);
                person(&mut t.seed, "U0BOB").teams = vec![id("T0WEST")];
            },
        ),
        (
            "cannot_set_this_guest_to_regular_at_team_level",
            "U0ADA",
            ask("T0ACME", "U0MIA"),
            |t| {
                person(&mut t.seed, "U0MIA").teams = vec![id("T0WEST")];
            },
        ),
    ]);
}

#[test]
fn guests_admins_and_owners_become_regular_members() {
    let nothing: fn(&mut Trial) = |_| {};
    for (caller, place, user, change, joins) in [
        ("U0ADA", "T0ACME", "U0MIA", nothing, true),
        (
            "U0ADA",
            "T0ACME",
            "U0MIA",
            |t| {
                person(&mut t.seed, "U0MIA").guest = Some(Guest::SingleChannel);
                person(&mut t.seed, "U0MIA").expires = Some(at(5000));
            },
            true,
        ),
        (
            "U0ADA",
            "E0ACME",
            "U0MIA",
            |t| {
                person(&mut t.seed, "U0MIA").teams = vec![id("T0WEST")];
            },
            true,
        ),
        ("U0ADA", "T0ACME", "U0BOB", |t| bob(t, Role::Admin), false),
        ("U0ADA", "T0ACME", "U0BOB", |t| bob(t, Role::Owner), false),
        (
            "U0ADA",
            "E0ACME",
            "U0BOB",
            |t| {
                bob(t, Role::Admin);
                person(&mut t.seed, "U0BOB").teams = vec![id("T0WEST")];
            },
            false,
        ),
        // Themselves.
        ("U0ADA", "T0ACME", "U0ADA", nothing, false),
    ] {
        let mut trial = Trial::of(caller);
        trial.usual = vec![id("C0GENERAL")];
        change(&mut trial);
        let done = trial.done::<SetRegular>(ask(place, user));
        assert_eq!(done.reply, json!({}));
        let [Change::UserEdited { user: edited, .. }, more @ ..] = &done.changes[..] else {
            panic!("{:?}", done.changes);
        };
        let mut expected = person(&mut trial.seed, user).clone();
        expected.role = Role::Member;
        expected.guest = None;
        expected.expires = None;
        expected.updated = edited.updated;
        assert_eq!(**edited, expected, "{caller} {place}");
        let joined: Vec<_> = more
            .iter()
            .map(|change| match change {
                Change::Joined { channel, .. } => channel.to_string(),
                _ => panic!("{change:?}"),
            })
            .collect();
        assert_eq!(joined, vec!["C0GENERAL"; usize::from(joins)], "{user}");
    }
}

#[test]
fn who_is_regular_already_stays_it() {
    let mut trial = Trial::of("U0ADA");
    assert_eq!(trial.done::<SetRegular>(ask("T0ACME", "U0BOB")).changes, []);
    // In several workspaces, too.
    person(&mut trial.seed, "U0BOB").teams = vec![id("T0WEST")];
    assert_eq!(trial.done::<SetRegular>(ask("T0ACME", "U0BOB")).changes, []);
}
