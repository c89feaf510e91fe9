//! What is told of groups.

use super::settled;
use crate::fixture::{Scene, at, ids};
use serde_json::json;

const LIST: &str = "usergroups.list";
const USERS: &str = "usergroups.users.list";

#[tokio::test]
async fn groups_are_listed_with_what_is_asked_for() {
    let scene = Scene::of(&settled());
    // Guests may look, and bots.
    for token in ["ada", "mia", "bot"] {
        let told = scene.call(token, LIST, json!({})).await;
        assert_eq!(ids(&told["usergroups"]), ["S0LEADS", "S0ONCALL"], "{token}");
        let first = &told["usergroups"][0];
        assert_eq!((first.get("users"), first.get("user_count")), (None, None));
    }
    let all = json!({"include_disabled": true, "include_users": "1", "include_count": 1});
    let told = scene.call("bob", LIST, all).await;
    assert_eq!(ids(&told["usergroups"]), ["S0PAST", "S0LEADS", "S0ONCALL"]);
    let past = json!({
        "id": "S0PAST", "team_id": "T0ACME", "is_usergroup": true, "is_subteam": true,
        "name": "Past", "description": "", "handle": "past-ones", "is_external": false,
        "date_create": at(5).seconds(), "date_update": at(6).seconds(),
        "date_delete": at(7).seconds(), "auto_type": null, "auto_provision": false,
        "enterprise_subteam_id": "", "created_by": "U0ADA", "updated_by": "U0ADA",
        "deleted_by": "U0ADA", "prefs": {"channels": ["C0RANDOM"], "groups": []},
        "users": ["U0ADA", "U0BOB"], "user_count": 2,
    });
    assert_eq!(told["usergroups"][0], past);
    // Groups are a workspace's own.
    let elsewhere = scene.call("wes", LIST, json!({})).await;
    assert_eq!(elsewhere["usergroups"], json!([]));
    let org = scene.call("org", LIST, json!({"team_id": "T0ACME"})).await;
    assert_eq!(org["usergroups"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_people_of_a_group_are_told_also_while_it_is_disabled() {
    let scene = Scene::of(&settled());
    for (args, users) in [
        (json!({"usergroup": "S0ONCALL"}), json!(["U0ADA"])),
        (json!({"usergroup": "S0LEADS"}), json!(["U0ADA", "U0BOB"])),
        (
            json!({"usergroup": "S0PAST", "include_disabled": true}),
            json!(["U0ADA", "U0BOB"]),
        ),
    ] {
        let told = scene.call("bob", USERS, args.clone()).await;
        assert_eq!(told["users"], users, "{args}");
    }
}
