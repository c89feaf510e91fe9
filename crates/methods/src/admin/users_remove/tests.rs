use super::UsersRemove as Remove;
use crate::{
    fixture::{at, channel, id, join, person},
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Change, ChannelKind,
    user::{Invited, Role, Stage},
    workspace::Status,
};
use serde_json::{Value, json};

fn ask(team: &str, user: &str) -> Value {
    json!({"team_id": team, "user_id": user})
}

fn invited(trial: &mut Trial, state: Stage) {
    let bob = person(&mut trial.seed, "U0BOB");
    bob.removed = true;
    bob.invited = Some(Invited {
        by: id("U0ADA"),
        at: at(1),
        channels: Vec::new(),
        link: "l".to_owned(),
        state,
    });
}

#[test]
fn refusals() {
    refuses::<Remove>(vec![
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
        (
            "invalid_permissions",
            "U0BOB",
            ask("T0ACME", "U0BOB"),
            |_| {},
        ),
        (
            "invalid_permissions",
            "U0BOB",
            ask("T0ACME", "U0ADA"),
            |t| {
                person(&mut t.seed, "U0BOB").role = Role::Admin;
            },
        ),
        ("team_not_found", "U0ADA", ask("T0GLOBEX", "U0GUS"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0NONE", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("E0ACME", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0WEST", "U0WES"), |t| {
            t.seed.workspaces[1].status = Status::Deleted;
        }),
        ("user_not_found", "U0ADA", ask("T0ACME", "U0NOBODY"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0ACME", "bob"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0ACME", "U0WES"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0ACME", "U0GUS"), |_| {}),
        (
            "failed_to_remove_user_from_workspace",
            "U0ADA",
            ask("T0ACME", "U0GREET"),
            |_| {},
        ),
        (
            "user_already_deleted",
            "U0ADA",
            ask("T0ACME", "U0OLD"),
            |_| {},
        ),
        (
            "user_already_deleted",
            "U0ADA",
            ask("T0ACME", "U0BOB"),
            |t| {
                invited(t, Stage::Withdrawn);
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
    ]);
}

fn dropped(changes: &[Change], user: &str) -> Vec<String> {
    let mut channels: Vec<_> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Dropped { channel, user: who } if *who == id(user) => Some(channel.to_string()),
            _ => None,
        })
        .collect();
    channels.sort();
    channels
}

#[test]
fn who_is_in_no_other_workspace_is_removed() {
    let trial = Trial::of("U0ADA");
    // Mia is a guest, and Ada the caller.
    for user in ["U0BOB", "U0MIA", "U0ADA"] {
        let done = trial.done::<Remove>(ask("T0ACME", user));
        assert_eq!(done.reply, json!({}));
        // All is asked for first, so the workspace is locked before the person.
        assert_eq!(done.extra_loads, 0, "{user}");
        let Some(Change::UserEdited { user: gone, .. }) = done.changes.last() else {
            panic!("{:?}", done.changes);
        };
        assert!(gone.removed && gone.id == id(user), "{gone:?}");
        let places = trial.seed.members.iter().filter(|(_, channel, who, _)| {
            let of = trial.seed.channels.iter().find(|one| one.id == *channel);
            *who == id(user) && of.is_some_and(|one| !one.kind.is_dm())
        });
        assert_eq!(dropped(&done.changes, user).len(), places.count(), "{user}");
        assert!(!dropped(&done.changes, user).is_empty(), "{user}");
    }
}

#[test]
fn an_invitation_is_taken_back() {
    let mut trial = Trial::of("U0ADA");
    invited(&mut trial, Stage::Pending);
    let done = trial.done::<Remove>(ask("T0ACME", "U0BOB"));
    let [Change::UserEdited { user, .. }] = &done.changes[..] else {
        panic!("{:?}", done.changes);
    };
    let state = user.invited.as_ref().map(|invited| invited.state);
    assert_eq!(state, Some(Stage::Withdrawn));
}

/// Bob is in both workspaces of the organisation, and in channels of either and of both.
fn in_both() -> Trial {
    let mut trial = Trial::of("U0ADA");
    person(&mut trial.seed, "U0BOB").teams = vec![id("T0WEST")];
    for (team, text, name) in [
        ("T0WEST", "C0WOPEN", "west-open"),
        ("T0WEST", "C0BOTHW", "both-of-west"),
        ("T0ACME", "C0ALLORG", "all-of-org"),
    ] {
        let made = channel(team, text, ChannelKind::Public, name, "U0ADA");
        trial.seed.channels.push(made);
        join(&mut trial.seed, text, &["U0BOB"]);
    }
    for one in &mut trial.seed.channels {
        one.org_wide |= one.id == id("C0ALLORG");
        if one.id == id("C0BOTHW") {
            one.workspaces = vec![id("T0ACME"), id("T0WEST")];
        }
    }
    trial
}

#[test]
fn who_leaves_one_of_several_keeps_what_the_others_have() {
    let trial = in_both();
    let done = trial.done::<Remove>(ask("T0WEST", "U0BOB"));
    let Some(Change::Unassigned { user, team }) = done.changes.last() else {
        panic!("{:?}", done.changes);
    };
    assert_eq!((*team, user.team), (id("T0WEST"), id("T0ACME")));
    assert!(user.teams.is_empty() && !user.removed);
    assert_eq!(dropped(&done.changes, "U0BOB"), ["C0WOPEN"]);
}

#[test]
fn who_leaves_where_they_belonged_first_belongs_to_another() {
    let mut trial = in_both();
    join(&mut trial.seed, "C0SHARED", &["U0BOB"]);
    let done = trial.done::<Remove>(ask("T0ACME", "U0BOB"));
    let Some(Change::Unassigned { user, team }) = done.changes.last() else {
        panic!("{:?}", done.changes);
    };
    assert_eq!((*team, user.team), (id("T0ACME"), id("T0WEST")));
    assert!(user.teams.is_empty() && !user.removed);
    let left = dropped(&done.changes, "U0BOB");
    for kept in ["C0WOPEN", "C0BOTHW", "C0ALLORG"] {
        assert!(!left.contains(&kept.to_owned()), "{left:?}");
    }
    assert!(left.contains(&"C0GENERAL".to_owned()), "{left:?}");
    // Also of what Acme shares with a partner.
    assert!(left.contains(&"C0SHARED".to_owned()), "{left:?}");

    // One that is in use comes before one that is not.
    let mut east = trial.seed.workspaces[1].clone();
    east.id = id("T0EAST");
    trial.seed.workspaces.push(east);
    trial.seed.workspaces[1].status = Status::Deleted;
    person(&mut trial.seed, "U0BOB").teams.push(id("T0EAST"));
    let done = trial.done::<Remove>(ask("T0ACME", "U0BOB"));
    let Some(Change::Unassigned { user, .. }) = done.changes.last() else {
        panic!("{:?}", done.changes);
    };
    assert_eq!(
        (user.team, &user.teams[..]),
        (id("T0EAST"), &[id("T0WEST")][..])
    );
}
