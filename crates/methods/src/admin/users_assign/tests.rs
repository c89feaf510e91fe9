use super::UsersAssign as Assign;
use crate::{
    fixture::{at, channel, id, join, person, place, user},
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Change, ChannelKind, User,
    channel::Connection,
    user::{Guest, Invited, Role, Stage},
    workspace::{Barrier, Status},
};
use serde_json::{Value, json};
use std::sync::Arc;

fn ask(team: &str, user: &str) -> Value {
    json!({"team_id": team, "user_id": user})
}

fn into(team: &str, user: &str, more: Value) -> Value {
    let mut ask = ask(team, user);
    let more = more.as_object().expect("arguments").clone();
    ask.as_object_mut().expect("arguments").extend(more);
    ask
}

/// West has channels of every kind, of which Ada is in none.
fn west(trial: &mut Trial) {
    use ChannelKind::{Im, Private, Public};
    for (text, kind, name) in [
        ("C0WGEN", Public, "west-general"),
        ("C0WOPEN", Public, "west-open"),
        ("C0WSHUT", Private, "west-shut"),
        ("C0WPAST", Public, "west-past"),
        ("D0WEST", Im, ""),
    ] {
        trial
            .seed
            .channels
            .push(channel("T0WEST", text, kind, name, "U0WES"));
        join(&mut trial.seed, text, &["U0WES"]);
    }
    let mut channels = trial.seed.channels.iter_mut();
    let mut of = |text: &str| {
        let id = id(text);
        channels.find(|one| one.id == id).expect("it is there")
    };
    of("C0WGEN").general = true;
    of("C0WPAST").archived = true;
    trial.usual = vec![id("C0WGEN")];
}

/// A channel of Globex in which West takes part, and Ada is.
fn partners(trial: &mut Trial, external_limited: bool) {
    let seed = &mut trial.seed;
    let mut made = channel("T0GLOBEX", "C0GLO", ChannelKind::Public, "glo", "U0GUS");
    made.connections.push(Connection {
        workspace: id("T0WEST"),
        external_limited,
        name: None,
        private: None,
        connected: at(1),
    });
    seed.channels.push(made);
    join(seed, "C0GLO", &["U0GUS", "U0ADA"]);
}

fn invited(trial: &mut Trial) {
    let bob = person(&mut trial.seed, "U0BOB");
    bob.removed = true;
    bob.invited = Some(Invited {
        by: id("U0ADA"),
        at: at(1),
        channels: Vec::new(),
        link: "l".to_owned(),
        state: Stage::Pending,
    });
}

#[test]
fn refusals() {
    let guest = |more: Value| into("T0WEST", "U0MIA", more);
    let open = json!({"is_restricted": true, "channel_ids": "C0WOPEN"});
    refuses::<Assign>(vec![
        (
            "invalid_arguments",
            "U0ADA",
            json!({"team_id": "T0WEST"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"user_id": "U0BOB"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0ADA",
            into("T0WEST", "U0BOB", json!({"is_restricted": "perhaps"})),
            |_| {},
        ),
        (
            "feature_not_enabled",
            "U0XEN",
            ask("T0INITECH", "U0XEN"),
            |_| {},
        ),
        ("not_an_admin", "U0BOB", ask("T0WEST", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0GLOBEX", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0NONE", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("E0ACME", "U0BOB"), |_| {}),
        ("team_not_found", "U0ADA", ask("T0WEST", "U0BOB"), |t| {
            t.seed.workspaces[1].status = Status::Deleted;
        }),
        ("user_not_found", "U0ADA", ask("T0WEST", "U0NOBODY"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0WEST", "bob"), |_| {}),
        // Of a partner, and of nobody.
        ("user_not_found", "U0ADA", ask("T0WEST", "U0GUS"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0WEST", "U0XEN"), |_| {}),
        ("user_not_found", "U0ADA", ask("T0WEST", "U0BOB"), invited),
        ("user_is_bot", "U0ADA", ask("T0WEST", "U0GREET"), |_| {}),
        (
            "user_already_team_member",
            "U0ADA",
            ask("T0ACME", "U0BOB"),
            |_| {},
        ),
        (
            "user_already_team_member",
            "U0ADA",
            ask("T0WEST", "U0BOB"),
            |t| {
                person(&mut t.seed, "U0BOB").teams = vec![id("T0WEST")];
            },
        ),
        (
            "invalid_role_for_user",
            "U0ADA",
            ask("T0WEST", "U0MIA"),
            |_| {},
        ),
        (
            "invalid_role_for_user",
            "U0ADA",
            into("T0WEST", "U0BOB", open.clone()),
            west,
        ),
        (
            "invalid_role_for_user",
            "U0ADA",
            guest(json!({"is_ultra_restricted": true, "channel_ids": "C0WOPEN"})),
            |t| {
                west(t);
                person(&mut t.seed, "U0MIA").guest = Some(Guest::SingleChannel);
            },
        ),
        (
            "invitor_cannot_see_channel",
            "U0ADA",
            into("T0WEST", "U0BOB", json!({"channel_ids": "C0NONE"})),
            west,
        ),
        (
            "invitor_cannot_see_channel",
            "U0ADA",
            into("T0WEST", "U0BOB", json!({"channel_ids": "west-open"})),
            west,
        ),
        // Of another workspace.
        (
            "invitor_cannot_see_channel",
            "U0ADA",
            into(
                "T0WEST",
                "U0BOB",
                json!({"channel_ids": "C0WOPEN,C0GENERAL"}),
            ),
            west,
        ),
        (
            "invitor_cannot_see_channel",
            "U0ADA",
            into("T0WEST", "U0BOB", json!({"channel_ids": "C0WSHUT"})),
            west,
        ),
        (
            "invitor_cannot_see_channel",
            "U0ADA",
            into("T0WEST", "U0BOB", json!({"channel_ids": "C0WPAST"})),
            west,
        ),
        (
            "invitor_cannot_see_channel",
            "U0WES",
            into("T0WEST", "U0BOB", json!({"channel_ids": "D0WEST"})),
            |t| {
                west(t);
                person(&mut t.seed, "U0WES").role = Role::Admin;
            },
        ),
        // What others are invited into by nobody in her place.
        (
            "invitor_cannot_see_channel",
            "U0ADA",
            into("T0WEST", "U0BOB", json!({"channel_ids": "C0WOPEN"})),
            |t| {
                west(t);
                place(&mut t.seed, "C0WOPEN").access_list = vec![id("U0WES")];
            },
        ),
        (
            "invitor_cannot_see_channel",
            "U0ADA",
            into("T0WEST", "U0BOB", json!({"channel_ids": "C0WOPEN"})),
            |t| {
                west(t);
                let west = id("T0WEST");
                let mut workspaces = t.seed.workspaces.iter_mut();
                let west = workspaces.find(|one| one.id == west).expect("it is there");
                west.barriers.push(Barrier {
                    from: [id("U0BOB")].into(),
                    to: [id("U0WES")].into(),
                });
            },
        ),
        (
            "invitor_cannot_see_channel",
            "U0ADA",
            into("T0WEST", "U0BOB", json!({"channel_ids": "C0GLO"})),
            |t| partners(t, true),
        ),
        (
            "invited_user_not_created",
            "U0ADA",
            guest(json!({"is_restricted": true})),
            west,
        ),
        (
            "invited_user_not_created",
            "U0ADA",
            guest(json!({"is_restricted": true, "channel_ids": "C0WOPEN,C0WGEN"})),
            west,
        ),
        (
            "invited_user_not_created",
            "U0ADA",
            guest(open.clone()),
            |t| {
                west(t);
                person(&mut t.seed, "U0MIA").expires = Some(at(900));
            },
        ),
        (
            "invited_user_not_created",
            "U0ADA",
            ask("T0WEST", "U0BOB"),
            |t| {
                person(&mut t.seed, "U0WES").email = person(&mut t.seed, "U0BOB").email.clone();
            },
        ),
        (
            "invited_user_not_reactivated",
            "U0ADA",
            into(
                "T0WEST",
                "U0OLD",
                json!({"is_ultra_restricted": true, "channel_ids": "C0WOPEN,C0WGEN"}),
            ),
            west,
        ),
        (
            "invited_user_not_reactivated",
            "U0ADA",
            into("T0WEST", "U0OLD", open),
            |t| {
                west(t);
                let otto = person(&mut t.seed, "U0OLD");
                otto.guest = Some(Guest::MultiChannel);
                otto.expires = Some(at(900));
            },
        ),
        (
            "invited_user_not_reactivated",
            "U0ADA",
            ask("T0ACME", "U0OLD"),
            |t| {
                person(&mut t.seed, "U0BOB").email = person(&mut t.seed, "U0OLD").email.clone();
            },
        ),
    ]);
}

/// Who came where, and by whom they were brought into which channels.
fn assigned(changes: &[Change]) -> (Arc<User>, Vec<(String, bool)>) {
    let [Change::Assigned { user, .. }, joins @ ..] = changes else {
        panic!("{changes:?}");
    };
    let joined = joins.iter().map(|change| match change {
        Change::Joined {
            channel,
            user: who,
            inviter,
            ..
        } if *who == user.id => (channel.to_string(), *inviter == Some(id("U0ADA"))),
        _ => panic!("{change:?}"),
    });
    (user.clone(), joined.collect())
}

#[test]
fn people_come_into_what_is_named_and_what_everybody_is_in() {
    let mut trial = Trial::of("U0ADA");
    west(&mut trial);
    person(&mut trial.seed, "U0BOB").role = Role::Admin;
    let named = into("T0WEST", "U0BOB", json!({"channel_ids": ["C0WOPEN"]}));
    let done = trial.done::<Assign>(named);
    assert_eq!((done.reply, done.extra_loads > 0), (json!({}), true));
    let (bob, joined) = assigned(&done.changes);
    let mut expected = person(&mut trial.seed, "U0BOB").clone();
    expected.teams = vec![id("T0WEST")];
    expected.updated = bob.updated;
    assert_eq!(*bob, expected);
    let expected = [("C0WOPEN".to_owned(), true), ("C0WGEN".to_owned(), false)];
    assert_eq!(joined, expected);

    // A private channel that the admin is in; and who is in a channel that both workspaces have stays in it.
    join(&mut trial.seed, "C0WSHUT", &["U0ADA"]);
    join(&mut trial.seed, "C0WGEN", &["U0BOB"]);
    let named = into("T0WEST", "U0BOB", json!({"channel_ids": "C0WSHUT"}));
    let (_, joined) = assigned(&trial.done::<Assign>(named).changes);
    assert_eq!(joined, [("C0WSHUT".to_owned(), true)]);

    // A partner's channel, in which their side has full rights.
    partners(&mut trial, false);
    let named = into("T0WEST", "U0BOB", json!({"channel_ids": "C0GLO"}));
    let (_, joined) = assigned(&trial.done::<Assign>(named).changes);
    assert_eq!(joined, [("C0GLO".to_owned(), true)]);
}

#[test]
fn guests_come_into_what_is_named_alone() {
    let mut trial = Trial::of("U0ADA");
    west(&mut trial);
    person(&mut trial.seed, "U0MIA").expires = Some(at(5000));
    let open = json!({"is_restricted": true, "channel_ids": "C0WOPEN"});
    let done = trial.done::<Assign>(into("T0WEST", "U0MIA", open));
    let (mia, joined) = assigned(&done.changes);
    assert_eq!(
        (mia.guest, mia.expires),
        (Some(Guest::MultiChannel), Some(at(5000)))
    );
    assert_eq!(joined, [("C0WOPEN".to_owned(), true)]);
}

#[test]
fn who_was_removed_is_back_in_this_workspace_alone() {
    let mut trial = Trial::of("U0ADA");
    west(&mut trial);
    trial.seed.users.push(User {
        teams: vec![id("T0WEST")],
        role: Role::Owner,
        removed: true,
        ..user("T0ACME", "U0ZOE", "zoe")
    });
    let otto = person(&mut trial.seed, "U0OLD");
    otto.guest = Some(Guest::MultiChannel);
    otto.expires = Some(at(900));
    for (who, more, guest, into_channels) in [
        ("U0ZOE", json!({}), None, &["C0WGEN"][..]),
        ("U0OLD", json!({}), None, &["C0WGEN"]),
        (
            "U0ZOE",
            json!({"is_ultra_restricted": 1, "channel_ids": "C0WOPEN"}),
            Some(Guest::SingleChannel),
            &["C0WOPEN"],
        ),
    ] {
        let done = trial.done::<Assign>(into("T0WEST", who, more));
        let (back, joined) = assigned(&done.changes);
        assert!(!back.removed && back.teams.is_empty() && back.expires.is_none());
        assert_eq!(
            (back.team, back.role, back.guest),
            (id("T0WEST"), Role::Member, guest)
        );
        let joined: Vec<_> = joined.iter().map(|(channel, _)| channel.as_str()).collect();
        assert_eq!(joined, into_channels);
    }
}
