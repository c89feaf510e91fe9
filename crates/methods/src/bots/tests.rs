//! The family's pages, asked in the fixture's world.

use crate::fixture::*;
use guestlist_domain::user::Bot;
use serde_json::{Value, json};

const INFO: &str = "bots.info";

#[tokio::test]
async fn info_tells_of_bots_of_the_organisation() {
    let mut seed = town();
    let mut imported = user("T0ACME", "U0IMPORT", "importer");
    imported.bot = Some(Bot {
        id: id("B0IMPORT"),
        app: None,
    });
    imported.removed = true;
    seed.users.push(imported);
    let scene = Scene::of(&seed);
    for token in ["ada", "bot", "wes"] {
        let bot = &scene.call(token, INFO, json!({"bot": "B0GREET"})).await["bot"];
        assert_eq!(
            (&bot["id"], &bot["user_id"]),
            (&json!("B0GREET"), &json!("U0GREET")),
            "{token}"
        );
        assert_eq!(
            (&bot["name"], &bot["app_id"]),
            (&json!("greeter"), &json!("A0GREET")),
            "{token}"
        );
        assert_eq!(
            (&bot["deleted"], &bot["updated"]),
            (&json!(false), &json!(at(0).seconds())),
            "{token}"
        );
        assert!(bot["icons"]["image_36"].is_string());
    }
    let bot = &scene.call("ada", INFO, json!({"bot": "B0IMPORT"})).await["bot"];
    assert_eq!(
        (&bot["name"], &bot["deleted"], &bot["app_id"]),
        (&json!("importer"), &json!(true), &Value::Null)
    );
    let args = json!({"bot": "B0GREET", "team_id": "T0WEST"});
    assert_eq!(scene.call("org", INFO, args).await["bot"]["id"], "B0GREET");
}

#[tokio::test]
async fn info_refuses_what_is_no_bot_of_theirs() {
    let rows = [
        (INFO, "bot", json!({}), "bot_not_found"),
        (INFO, "ada", json!({"bot": ""}), "bot_not_found"),
        (INFO, "ada", json!({"bot": "U0GREET"}), "bot_not_found"),
        (INFO, "ada", json!({"bot": "B0NOWHERE"}), "bot_not_found"),
        (INFO, "gus", json!({"bot": "B0GREET"}), "bot_not_found"),
        (INFO, "org", json!({"bot": "B0GREET"}), "missing_argument"),
    ];
    Scene::new().refuses(&rows).await;
}
