//! The family's pages, asked in the fixture's world.

use crate::fixture::*;
use guestlist_domain::{Workspace, workspace::Status};
use serde_json::{Value, json};

const INFO: &str = "team.info";

#[tokio::test]
async fn info_tells_of_the_callers_workspace_and_its_siblings() {
    let scene = Scene::new();
    for (token, args, expected) in [
        ("ada", json!({}), "T0ACME"),
        ("bot", json!({"team": "", "domain": ""}), "T0ACME"),
        ("ada", json!({"team": "T0ACME"}), "T0ACME"),
        ("ada", json!({"team": "T0WEST"}), "T0WEST"),
        ("wes", json!({"domain": "ACME"}), "T0ACME"),
        ("ada", json!({"team": "T0WEST", "domain": "acme"}), "T0WEST"),
        ("mia", json!({"team": "T0ACME"}), "T0ACME"),
        ("gus", json!({"team": "T0GLOBEX"}), "T0GLOBEX"),
    ] {
        assert_eq!(
            scene.call(token, INFO, args.clone()).await["team"]["id"],
            expected,
            "{token} {args}"
        );
    }
    let acme = &scene.call("ada", INFO, json!({})).await["team"];
    assert_eq!(
        (&acme["name"], &acme["url"]),
        (&json!("Acme"), &json!("https://acme.slack.com/"))
    );
    assert_eq!(
        (&acme["domain"], &acme["email_domain"]),
        (&json!("acme"), &json!("acme.test"))
    );
    assert_eq!(
        (&acme["enterprise_id"], &acme["enterprise_name"]),
        (&json!("E0ACME"), &json!("Acme Corp"))
    );
    assert_eq!(acme["icon"]["image_default"], true);
    for size in [34, 44, 68, 88, 102, 132] {
        assert!(acme["icon"][format!("image_{size}")].is_string(), "{size}");
    }
    let globex = &scene.call("gus", INFO, json!({})).await["team"];
    assert_eq!(
        (&globex["enterprise_id"], &globex["enterprise_name"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn info_tells_of_those_with_whom_a_channel_is_shared() {
    let mut seed = town();
    let scene = Scene::of(&seed);
    let globex = scene.call("wes", INFO, json!({"team": "T0GLOBEX"})).await;
    let globex = &globex["team"];
    assert_eq!(
        (&globex["name"], &globex["enterprise_id"]),
        (&json!("Globex"), &Value::Null)
    );
    let acme = scene.call("gus", INFO, json!({"team": "T0ACME"})).await;
    assert_eq!(acme["team"]["enterprise_id"], "E0ACME");
    // As long as it is shared.
    place(&mut seed, "C0SHARED").connections.clear();
    let asked = json!({"team": "T0GLOBEX"});
    let refused = Scene::of(&seed).refusal("ada", INFO, asked).await;
    assert_eq!(refused, "team_not_found");
}

#[tokio::test]
async fn other_workspaces_are_not_there() {
    let mut seed = town();
    let mut gone = Workspace::new(id("T0GONE"), "Acme Gone", "acme-gone");
    gone.enterprise = Some(id("E0ACME"));
    gone.status = Status::Deleted;
    seed.workspaces.push(gone);
    let rows = [
        (INFO, "ada", json!({"team": "T0INITECH"}), "team_not_found"),
        (INFO, "xen", json!({"team": "T0ACME"}), "team_not_found"),
        (INFO, "ada", json!({"team": "T0NOWHERE"}), "team_not_found"),
        (INFO, "ada", json!({"team": "E0ACME"}), "team_not_found"),
        (INFO, "ada", json!({"domain": "globex"}), "team_not_found"),
        (
            INFO,
            "ada",
            json!({"domain": "acme-gone"}),
            "team_not_found",
        ),
        (
            INFO,
            "gus",
            json!({"domain": "globex"}),
            "team_not_on_enterprise",
        ),
        (
            INFO,
            "mia",
            json!({"team": "T0WEST"}),
            "fail_to_get_teams_for_restricted_user",
        ),
        (
            INFO,
            "mia",
            json!({"team": "T0GLOBEX"}),
            "fail_to_get_teams_for_restricted_user",
        ),
    ];
    Scene::of(&seed).refuses(&rows).await;
}
