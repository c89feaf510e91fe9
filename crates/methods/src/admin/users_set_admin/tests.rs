use super::UsersSetAdmin as SetAdmin;
use crate::{
    fixture::{id, person},
    trial::{Trial, refuses},
};
use guestlist_domain::{Change, user::Role, workspace::Status};
use serde_json::{Value, json};

fn ask(place: &str, user: &str) -> Value {
    json!({"team_id": place, "user_id": user})
}

#[test]
fn refusals() {
    refuses::<SetAdmin>(vec![
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
        ("not_an_admin", "U0BOB", ask("T0ACME", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0GLOBEX", "U0GUS"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0NONE", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("E0OTHER", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("acme", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0WEST", "U0WES"), |t| {
            t.seed.workspaces[1].status = Status::Deleted;
        }),
        ("user_not_found", "U0ADA", ask("T0ACME", "U0NOBODY"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0ACME", "bob"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0ACME", "U0WES"), |_| {}),
        ("user_not_found", "U0ADA", ask("E0ACME", "U0GUS"), |_| {}),
        (
            "invalid_role_for_user",
            "U0ADA",
            ask("T0ACME", "U0MIA"),
            |_| {},
        ),
        (
            "invalid_role_for_user",
            "U0ADA",
            ask("T0ACME", "U0GREET"),
            |_| {},
        ),
        (
            "failed_to_set_user_to_admin",
            "U0ADA",
            ask("T0ACME", "U0OLD"),
            |_| {},
        ),
        (
            "failed_to_set_user_to_admin",
            "U0ADA",
            ask("E0ACME", "U0WES"),
            |t| {
                t.seed.workspaces[1].status = Status::Deleted;
            },
        ),
        (
            "cannot_modify_primary_owner",
            "U0ADA",
            ask("T0ACME", "U0BOB"),
            |t| {
                person(&mut t.seed, "U0BOB").role = Role::PrimaryOwner;
            },
        ),
        (
            "invalid_permissions",
            "U0BOB",
            ask("T0ACME", "U0ADA"),
            |t| {
                person(&mut t.seed, "U0BOB").role = Role::Admin;
            },
        ),
        (
            "failed_to_set_admin_on_workspaces",
            "U0ADA",
            ask("T0ACME", "U0BOB"),
            |t| {
                person(&mut t.seed, "U0BOB").teams = vec![id("T0WEST")];
            },
        ),
    ]);
}

#[test]
fn members_and_owners_become_admins() {
    let nothing: fn(&mut Trial) = |_| {};
    for (caller, place, user, change) in [
        ("U0ADA", "T0ACME", "U0BOB", nothing),
        ("U0ADA", "E0ACME", "U0BOB", nothing),
        // Of another workspace of the organisation.
        ("U0ADA", "T0WEST", "U0WES", nothing),
        ("U0ADA", "E0ACME", "U0BOB", |t| {
            person(&mut t.seed, "U0BOB").teams = vec![id("T0WEST")];
        }),
        // An owner becomes less by another, or by themselves.
        ("U0ADA", "T0ACME", "U0BOB", |t| {
            person(&mut t.seed, "U0BOB").role = Role::Owner;
        }),
        ("U0ADA", "T0ACME", "U0ADA", nothing),
        // By an admin.
        ("U0WES", "T0ACME", "U0BOB", |t| {
            person(&mut t.seed, "U0WES").role = Role::Admin;
        }),
    ] {
        let mut trial = Trial::of(caller);
        change(&mut trial);
        let done = trial.done::<SetAdmin>(ask(place, user));
        assert_eq!(done.reply, json!({}));
        let [Change::UserEdited { user: edited, .. }] = &done.changes[..] else {
            panic!("{:?}", done.changes);
        };
        let mut expected = person(&mut trial.seed, user).clone();
        expected.role = Role::Admin;
        expected.updated = edited.updated;
        assert_eq!(**edited, expected, "{caller} {place}");
    }
}

#[test]
fn who_is_an_admin_already_stays_it() {
    let mut trial = Trial::of("U0ADA");
    person(&mut trial.seed, "U0BOB").role = Role::Admin;
    let done = trial.done::<SetAdmin>(ask("T0ACME", "U0BOB"));
    assert_eq!(done.changes, []);
}
