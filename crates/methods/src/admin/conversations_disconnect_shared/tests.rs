use super::ConversationsDisconnectShared as Disconnect;
use crate::{
    fixture::{id, join, person, place},
    trial::{Trial, refuses},
};
use guestlist_domain::{Change, channel::Connection, user::Role, workspace::Who};
use serde_json::{Value, json};

fn shared() -> Value {
    json!({"channel_id": "C0SHARED"})
}

fn leaving(teams: &str) -> Value {
    json!({"channel_id": "C0SHARED", "leaving_team_ids": teams})
}

/// Initech takes part in the shared channel, too, and belongs to an organisation.
fn three(trial: &mut Trial) {
    let seed = &mut trial.seed;
    place(seed, "C0SHARED").connections.push(Connection {
        workspace: id("T0INITECH"),
        external_limited: true,
        name: None,
        private: None,
        connected: crate::fixture::at(4),
    });
    let mut org = seed.enterprises[0].clone();
    org.id = id("E0INI");
    seed.enterprises.push(org);
    seed.workspaces[3].enterprise = Some(id("E0INI"));
    person(seed, "U0XEN").role = Role::Owner;
}

#[test]
fn refusals() {
    refuses::<Disconnect>(vec![
        ("invalid_arguments", "U0ADA", json!({}), |_| {}),
        ("not_an_enterprise", "U0GUS", shared(), |_| {}),
        ("not_an_admin", "U0BOB", shared(), |_| {}),
        ("not_an_admin", "U0GREET", shared(), |_| {}),
        ("feature_not_enabled", "U0ADA", shared(), |t| {
            t.seed.workspaces[0].connect.enabled = false;
        }),
        ("restricted_action", "U0ADA", shared(), |t| {
            t.seed.workspaces[0].connect.manage = Who::Nobody;
        }),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel_id": "C0NOWHERE"}),
            |_| {},
        ),
        ("channel_not_found", "U0XEN", shared(), |t| {
            three(t);
            place(&mut t.seed, "C0SHARED").connections.pop();
        }),
        (
            "channel_type_not_supported",
            "U0ADA",
            json!({"channel_id": "D0ADABOB"}),
            |_| {},
        ),
        (
            "not_supported",
            "U0ADA",
            json!({"channel_id": "C0GENERAL"}),
            |_| {},
        ),
        ("team_not_found", "U0ADA", leaving("T0NOWHERE"), |_| {}),
        ("team_not_found", "U0ADA", leaving("globex"), |_| {}),
        (
            "no_teams_to_disconnect",
            "U0ADA",
            json!({"channel_id": "C0SECRET"}),
            |_| {},
        ),
        ("leaving_team_required", "U0ADA", shared(), three),
        (
            "leaving_team_required",
            "U0ADA",
            leaving("T0GLOBEX,T0INITECH"),
            three,
        ),
        ("cannot_kick_home_team", "U0ADA", leaving("T0ACME"), |_| {}),
        ("cannot_kick_home_team", "U0XEN", leaving("E0ACME"), three),
        (
            "leaving_team_not_in_channel",
            "U0ADA",
            leaving("T0INITECH"),
            |_| {},
        ),
        // A stranger is as if it were not there.
        ("team_not_found", "U0ADA", leaving("T0INITECH"), |trial| {
            trial.seed.workspaces[3].realm = "theirs".to_owned();
        }),
        ("team_not_found", "U0ADA", leaving("E0INI"), |trial| {
            three(trial);
            place(&mut trial.seed, "C0SHARED").connections.pop();
            trial.seed.workspaces[3].realm = "theirs".to_owned();
        }),
        ("cannot_kick_team", "U0XEN", leaving("T0GLOBEX"), three),
    ]);
}

#[test]
fn who_goes_takes_a_copy_along_unless_it_could_only_post() {
    for (user, args, team, people, copied) in [
        ("U0ADA", shared(), "T0GLOBEX", &["U0GUS"][..], true),
        ("U0XEN", leaving("E0INI"), "T0INITECH", &["U0XEN"], false),
    ] {
        let mut trial = Trial::of(user);
        if user == "U0XEN" {
            three(&mut trial);
            join(&mut trial.seed, "C0SHARED", &["U0XEN"]);
        }
        let done = trial.done::<Disconnect>(args);
        let severed = done.changes.iter().find_map(|change| match change {
            Change::Severed {
                workspace,
                people,
                copy,
                channel,
                ..
            } => Some((*workspace, people.clone(), copy.clone(), channel.clone())),
            _ => None,
        });
        let (workspace, gone, copy, channel) = severed.expect("severed");
        assert_eq!(workspace, id(team));
        assert_eq!(gone, people.iter().map(|user| id(user)).collect::<Vec<_>>());
        assert!(channel.connection(workspace).is_none() && channel.former == [workspace]);
        assert_eq!(copy.is_some(), copied);
        if let Some(copy) = copy {
            assert!(copy.archived && copy.team == workspace && copy.name == "acme-shared");
        }
    }
}
