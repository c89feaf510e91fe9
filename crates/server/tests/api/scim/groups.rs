//! Groups are the workspace's user groups.

use super::*;

async fn group(app: &App, id: &str) -> Value {
    let groups = app
        .ok(
            "usergroups.list",
            "xoxb-acme",
            &[("include_users", "1"), ("include_disabled", "1")],
        )
        .await;
    let found = groups["usergroups"].as_array().unwrap().iter();
    found.filter(|one| one["id"] == id).cloned().collect()
}

#[tokio::test]
async fn groups_are_made_changed_and_erased() {
    let app = scene().await;
    let body =
        json!({"displayName": "On Call", "members": [{"value": "U0BEN"}, {"value": "U0ANN"}]});
    let answer = ask(&app, "xoxp-ann", "POST", "v2/Groups", body).await;
    assert_eq!(answer.status, 201);
    let made = answer.json();
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        answer.headers["location"],
        made["meta"]["location"].as_str().unwrap()
    );
    assert_eq!(
        made["members"],
        json!([
            {"value": "U0BEN", "display": "Ben Park"}, {"value": "U0ANN", "display": "Ann Lee"},
        ])
    );
    let known = &group(&app, id).await[0];
    assert_eq!(
        (&known["name"], &known["handle"]),
        (&json!("On Call"), &json!("on-call"))
    );
    let ben = done(&app, "GET", "v2/Users/U0BEN", Value::Null).await;
    let groups = ben["groups"].as_array().unwrap();
    assert!(groups.contains(&json!({"value": id, "display": "On Call"})));

    let path = format!("v2/Groups/{id}");
    let change = operations(json!([
        {"op": "remove", "path": "members[value eq \"U0BEN\"]"},
        {"op": "add", "path": "members", "value": [{"value": "U0OWEN"}]},
        {"op": "replace", "value": {"id": id, "displayName": "Awake"}},
    ]));
    let changed = done(&app, "PATCH", &path, change).await;
    assert_eq!(changed["displayName"], "Awake");
    let known = &group(&app, id).await[0];
    assert_eq!(
        (&known["users"], &known["handle"]),
        (&json!(["U0ANN", "U0OWEN"]), &json!("on-call"))
    );
    let whole = json!({"displayName": "Awake"});
    assert_eq!(done(&app, "PUT", &path, whole).await["members"], json!([]));

    assert_eq!(ann(&app, "DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(group(&app, id).await, json!([]));
    let (status, told) = ann(&app, "DELETE", &path, Value::Null).await;
    assert_eq!((status, &told["detail"]), (404, &json!("no_such_group")));
}

#[tokio::test]
async fn whoever_comes_into_a_group_comes_into_its_channels() {
    let app = scene().await;
    let change = json!({"members": [{"value": "U0ANN"}, {"value": "U0OWEN"}, {"value": "U0BEN", "operation": "delete"}]});
    let crew = done(&app, "PATCH", "v1/Groups/S0CREW", change).await;
    let members: Vec<_> = crew["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["value"].clone())
        .collect();
    assert_eq!(members, ["U0ANN", "U0OWEN"]);
    let open = app
        .ok(
            "conversations.members",
            "xoxb-acme",
            &[("channel", "C0OPEN")],
        )
        .await;
    assert!(
        open["members"]
            .as_array()
            .unwrap()
            .contains(&json!("U0OWEN"))
    );
    // Of somebody who is deactivated the group knows at once.
    done(
        &app,
        "PATCH",
        "v2/Groups/S0CREW",
        operations(json!([{"op": "add", "path": "members", "value": {"value": "U0BEN"}}])),
    )
    .await;
    done(&app, "DELETE", "v2/Users/U0BEN", Value::Null).await;
    let crew = done(&app, "GET", "v2/Groups/S0CREW", Value::Null).await;
    assert!(!crew.to_string().contains("U0BEN"));
}

#[tokio::test]
async fn groups_are_listed_and_found() {
    let app = scene().await;
    for name in ["Alpha", "Beta"] {
        done(&app, "POST", "v2/Groups", json!({"displayName": name})).await;
    }
    let list = done(&app, "GET", "v2/Groups?count=2", Value::Null).await;
    assert_eq!((&list["totalResults"], ids(&list).len()), (&json!(3), 2));
    for (filter, expected) in [
        ("displayName eq \"crew\"", 1),
        ("displayName co 'a'", 2),
        ("members.value eq \"U0BEN\"", 1),
        ("id eq \"S0NONE\"", 0),
        ("members[value eq \"U0BEN\"]", 1),
        ("members[value eq \"U0ANN\"]", 0),
        (
            "urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq \"crew\"",
            1,
        ),
        // Which is not kept.
        ("externalId eq \"g1\"", 0),
    ] {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", filter)
            .finish();
        let list = done(&app, "GET", &format!("v2/Groups?{query}"), Value::Null).await;
        assert_eq!(ids(&list).len(), expected, "{filter}");
    }
    let short = done(
        &app,
        "GET",
        "v2/Groups/S0CREW?excludedAttributes=members",
        Value::Null,
    )
    .await;
    assert_eq!(
        (short.get("members"), &short["displayName"]),
        (None, &json!("Crew"))
    );
}

#[tokio::test]
async fn what_a_group_cannot_be_is_told() {
    let app = scene().await;
    let member = |id: &str| json!({"displayName": "New", "members": [{"value": id}]});
    let many: Vec<_> = (0..5001)
        .map(|n| json!({"value": format!("U{n}")}))
        .collect();
    for (body, status, code) in [
        (json!({}), 400, "missing_schema_element"),
        (json!({"displayName": "CREW"}), 409, "name_already_exists"),
        (json!({"displayName": "x".repeat(81)}), 400, "invalid_value"),
        (
            json!({"displayName": "New", "members": [7]}),
            400,
            "invalid_value",
        ),
        (member("U0NOBODY"), 400, "unknown_user"),
        (member("U0GIL"), 400, "unknown_user"),
        (member("U0WIN"), 400, "unknown_user"),
        (member("nobody"), 400, "unknown_user"),
        (
            member("U0GUS"),
            400,
            "unable_to_add_deleted_or_guest_to_group",
        ),
        (
            member("U0OTTO"),
            400,
            "unable_to_add_deleted_or_guest_to_group",
        ),
        (
            member("U0ABOT"),
            400,
            "unable_to_add_deleted_or_guest_to_group",
        ),
        (
            json!({"displayName": "New", "members": many}),
            400,
            "group_member_max_exceeded",
        ),
    ] {
        let (found, told) = ann(&app, "POST", "v2/Groups", body).await;
        assert_eq!(
            (found, told["detail"].as_str()),
            (status, Some(code)),
            "{told}"
        );
        assert_eq!(told["status"], status);
    }
    for (verb, body) in [
        ("GET", Value::Null),
        ("DELETE", Value::Null),
        ("PUT", json!({"displayName": "x"})),
        (
            "PATCH",
            operations(json!([{"op": "remove", "path": "members"}])),
        ),
    ] {
        for id in ["S0NONE", "U0BEN", "x"] {
            let (status, told) = ann(&app, verb, &format!("v2/Groups/{id}"), body.clone()).await;
            assert_eq!(
                (status, &told["detail"]),
                (404, &json!("no_such_group")),
                "{verb} {id}"
            );
        }
    }
}
