use crate::fixture::{Scene, id, ids, person, sorted, token, town, user};
use guestlist_domain::{
    Timestamp, TokenKind,
    user::{Invited, Role, Stage},
    workspace::Status,
};
use serde_json::{Value, json};

const METHOD: &str = "admin.users.list";

/// The town, with a second admin, and Wes in both workspaces of the organisation.
fn scene() -> Scene {
    let mut seed = town();
    let wes = person(&mut seed, "U0WES");
    wes.role = Role::Admin;
    wes.teams = vec![id("T0ACME")];
    person(&mut seed, "U0GUS").role = Role::Owner;
    person(&mut seed, "U0MIA").expires = Some(Timestamp::from_seconds(4_000_000_000));
    // Who is invited only is in no list.
    let mut soon = user("T0ACME", "U0SOON", "soon");
    soon.removed = true;
    soon.invited = Some(Invited {
        by: id("U0ADA"),
        at: Timestamp::default(),
        channels: Vec::new(),
        link: "soon".to_owned(),
        state: Stage::default(),
    });
    seed.users.push(soon);
    let mut closed = seed.workspaces[1].clone();
    closed.id = id("T0CLOSED");
    closed.domain = "closed".to_owned();
    closed.status = Status::Deleted;
    seed.workspaces.push(closed);
    let solo = token("solo", "T0GLOBEX", "U0GUS", TokenKind::User);
    seed.tokens.push(solo);
    Scene::of(&seed)
}

#[tokio::test]
async fn refusals() {
    let row = |token, args, code| (METHOD, token, args, code);
    scene()
        .refuses(&[
            row("solo", json!({}), "feature_not_enabled"),
            row("bob", json!({}), "invalid_auth"),
            row("ada", json!({"cursor": "x"}), "invalid_cursor"),
            row("ada", json!({"team_id": "T0GLOBEX"}), "team_not_found"),
            row("ada", json!({"team_id": "T0NONE"}), "team_not_found"),
            row("ada", json!({"team_id": "T0CLOSED"}), "team_not_found"),
            row("ada", json!({"team_id": "acme"}), "team_not_found"),
            row(
                "ada",
                json!({"team_id": "T0ACME", "include_deactivated_user_workspaces": true}),
                "include_deactivated_user_workspaces_invalid",
            ),
            row("ada", json!({"limit": "many"}), "invalid_arguments"),
            row("ada", json!({"is_active": "maybe"}), "invalid_arguments"),
            row(
                "ada",
                json!({"only_guests": true, "include_admins": true}),
                "invalid_arguments",
            ),
            row(
                "ada",
                json!({"only_guests": true, "include_owners": true}),
                "invalid_arguments",
            ),
        ])
        .await;
}

#[tokio::test]
async fn who_is_listed() {
    let scene = scene();
    let all = vec!["U0ADA", "U0BOB", "U0GREET", "U0MIA", "U0WES"];
    for (token, args, expected) in [
        ("ada", json!({}), all.clone()),
        // An admin of another workspace of the organisation, and what stands for the default.
        ("wes", json!({"is_active": "", "team_id": ""}), all.clone()),
        ("ada", json!({"team_id": "T0ACME"}), all),
        ("ada", json!({"team_id": "T0WEST"}), vec!["U0WES"]),
        ("ada", json!({"is_active": false}), vec!["U0OLD"]),
        ("ada", json!({"only_guests": true}), vec!["U0MIA"]),
        ("ada", json!({"include_admins": true}), vec!["U0WES"]),
        ("ada", json!({"include_owners": true}), vec!["U0ADA"]),
        (
            "ada",
            json!({"include_owners": 1, "include_admins": 1}),
            vec!["U0ADA", "U0WES"],
        ),
        (
            "ada",
            json!({"team_id": "T0WEST", "only_guests": true}),
            vec![],
        ),
    ] {
        let answer = scene.call(token, METHOD, args.clone()).await;
        assert_eq!(sorted(&answer["users"]), expected, "{args}: {answer}");
        assert_eq!(answer["response_metadata"]["next_cursor"], "");
    }
}

#[tokio::test]
async fn everybody_comes_once_whatever_the_page() {
    let scene = scene();
    let whole = scene.call("ada", METHOD, json!({"limit": 5000})).await;
    assert_eq!(ids(&whole["users"]).len(), 5);
    for limit in 1..6 {
        let rows = scene.walk("ada", METHOD, json!({}), "users", limit).await;
        assert_eq!(Value::from(rows), whole["users"], "{limit}");
    }
}

#[tokio::test]
async fn what_is_told_of_somebody() {
    let scene = scene();
    let answer = scene.call("ada", METHOD, json!({})).await;
    let told = |answer: &Value, who: &str| {
        let rows = answer["users"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == who).unwrap().clone()
    };
    assert_eq!(
        told(&answer, "U0ADA"),
        json!({
            "id": "U0ADA", "email": "ada@acme.test", "is_admin": true, "is_owner": true, "is_primary_owner": false,
            "is_restricted": false, "is_ultra_restricted": false, "is_bot": false, "username": "ada",
            "full_name": "Ada Park", "is_active": true, "expiration_ts": 0, "workspaces": ["T0ACME"],
            "has_2fa": true, "has_sso": false,
        })
    );
    let greeter = told(&answer, "U0GREET");
    assert_eq!(
        ["is_bot", "email", "has_2fa"].map(|key| greeter[key].clone()),
        [json!(true), json!(""), json!(false)]
    );
    let mia = told(&answer, "U0MIA");
    assert_eq!(
        (&mia["is_restricted"], &mia["expiration_ts"]),
        (&json!(true), &json!(4_000_000_000_i64))
    );
    assert_eq!(
        told(&answer, "U0WES")["workspaces"],
        json!(["T0WEST", "T0ACME"])
    );

    for (all, workspaces) in [(false, json!([])), (true, json!(["T0ACME"]))] {
        let args = json!({"is_active": false, "include_deactivated_user_workspaces": all});
        let answer = scene.call("ada", METHOD, args).await;
        let otto = told(&answer, "U0OLD");
        assert_eq!(otto["workspaces"], workspaces);
        assert_eq!(otto["is_active"], false);
    }
}
