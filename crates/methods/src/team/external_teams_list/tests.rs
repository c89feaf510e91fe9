use crate::fixture::{Scene, accepted, id, offer, place, post, token, town};
use guestlist_domain::{TokenKind, channel::Connection, invitation::State, workspace::Who};
use serde_json::json;

/// Globex is connected, Initech was, and Hooli is about to be.
fn scene() -> Scene {
    let mut seed = town();
    let mut hooli = seed.workspaces[3].clone();
    (hooli.id, hooli.name) = (id("T0HOOLI"), "Hooli".to_owned());
    seed.workspaces.push(hooli);
    place(&mut seed, "C0SECRET").former.push(id("T0INITECH"));
    place(&mut seed, "C0RANDOM").pending.push(id("T0HOOLI"));
    place(&mut seed, "C0HIDDEN").connections.push(Connection {
        workspace: id("T0GLOBEX"),
        external_limited: true,
        name: None,
        private: Some(true),
        connected: crate::fixture::at(4),
    });
    accepted(
        offer(&mut seed, "I0ONE", "C0RANDOM", "U0GIL", State::Sent),
        &["T0ACME"],
    );
    post(
        &mut seed,
        "C0SHARED",
        "U0ADA",
        crate::fixture::at(500),
        "hello",
    );
    seed.tokens
        .push(token("mia2", "T0ACME", "U0MIA", TokenKind::User));
    Scene::of(&seed)
}

#[tokio::test]
async fn refusals() {
    let scene = scene();
    scene
        .refuses(&[
            ("team.externalTeams.list", "mia", json!({}), "not_allowed"),
            (
                "team.externalTeams.list",
                "bob",
                json!({}),
                "restricted_action",
            ),
            (
                "team.externalTeams.list",
                "ada",
                json!({"workspace_filter": "T0GLOBEX"}),
                "invalid_workspace_filter",
            ),
            (
                "team.externalTeams.list",
                "ada",
                json!({"workspace_filter": "T0WEST"}),
                "user_cannot_manage_workspace",
            ),
            (
                "team.externalTeams.list",
                "ada",
                json!({"sort_field": "size"}),
                "invalid_arguments",
            ),
            (
                "team.externalTeams.list",
                "ada",
                json!({"limit": 26}),
                "invalid_arguments",
            ),
            (
                "team.externalTeams.list",
                "ada",
                json!({"cursor": "?"}),
                "invalid_arguments",
            ),
            (
                "team.externalTeams.list",
                "ada",
                json!({"slack_connect_pref_filter": "tea"}),
                "invalid_arguments",
            ),
        ])
        .await;
}

#[tokio::test]
async fn partners_of_yesterday_today_and_tomorrow() {
    let scene = scene();
    let all = scene
        .call("bot", "team.externalTeams.list", json!({}))
        .await;
    let told: Vec<_> = all["organizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["team_name"].as_str().unwrap(),
                row["connection_status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Globex", "CONNECTED"),
            ("Hooli", "IN_REVIEW"),
            ("Initech", "DISCONNECTED")
        ]
    );
    assert_eq!(all["total_count"], 3);
    let globex = &all["organizations"][0];
    assert_eq!(globex["public_channel_count"], 1);
    assert_eq!(globex["private_channel_count"], 1);
    assert_eq!(
        globex["last_active_timestamp"],
        crate::fixture::at(500).seconds()
    );
    assert_eq!(
        globex["connected_workspaces"],
        json!([{"workspace_id": "T0ACME", "workspace_name": "Acme"}])
    );
    // From the other side.
    let theirs = scene
        .call("gus", "team.externalTeams.list", json!({}))
        .await;
    assert_eq!(theirs["error"], "restricted_action");

    for (args, expected) in [
        (
            json!({"sort_direction": "desc"}),
            vec!["Initech", "Hooli", "Globex"],
        ),
        (
            json!({"sort_field": "last_active_timestamp", "sort_direction": "desc"}),
            vec!["Globex", "Initech", "Hooli"],
        ),
        (
            json!({"connection_status_filter": "DISCONNECTED"}),
            vec!["Initech"],
        ),
        (json!({"connection_status_filter": "BLOCKED"}), vec![]),
        (
            json!({"slack_connect_pref_filter": "profile_visibility"}),
            vec![],
        ),
        (json!({"workspace_filter": "T0WEST"}), vec![]),
    ] {
        let answer = scene
            .call("bot", "team.externalTeams.list", args.clone())
            .await;
        let rows = answer["organizations"].as_array().unwrap();
        let names: Vec<_> = rows
            .iter()
            .map(|row| row["team_name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{args}");
    }
    let walked = scene
        .walk(
            "bot",
            "team.externalTeams.list",
            json!({}),
            "organizations",
            2,
        )
        .await;
    assert_eq!(walked.len(), 3);
}

#[tokio::test]
async fn disconnecting_an_organisation() {
    let mut seed = town();
    seed.workspaces[2].connect.manage = Who::Nobody;
    let scene = Scene::of(&seed);
    scene
        .refuses(&[
            (
                "team.externalTeams.disconnect",
                "bot",
                json!({}),
                "missing_argument",
            ),
            (
                "team.externalTeams.disconnect",
                "bob",
                json!({"target_team": "T0GLOBEX"}),
                "restricted_action",
            ),
            (
                "team.externalTeams.disconnect",
                "gus",
                json!({"target_team": "T0ACME"}),
                "restricted_action",
            ),
            (
                "team.externalTeams.disconnect",
                "bot",
                json!({"target_team": "T0INITECH"}),
                "invalid_target_team",
            ),
            (
                "team.externalTeams.disconnect",
                "bot",
                json!({"target_team": "T0WEST"}),
                "invalid_target_team",
            ),
            (
                "team.externalTeams.disconnect",
                "bot",
                json!({"target_team": "U0GIL"}),
                "invalid_target_team",
            ),
        ])
        .await;
    let done = scene
        .call(
            "bot",
            "team.externalTeams.disconnect",
            json!({"target_team": "T0GLOBEX"}),
        )
        .await;
    assert_eq!(done, json!({"ok": true, "job_enqueued": true}));
    let gone = scene
        .refusal("gus", "conversations.info", json!({"channel": "C0SHARED"}))
        .await;
    assert_eq!(gone, "channel_not_found");
    let again = scene
        .refusal(
            "bot",
            "team.externalTeams.disconnect",
            json!({"target_team": "T0GLOBEX"}),
        )
        .await;
    assert_eq!(again, "invalid_target_team");
}
