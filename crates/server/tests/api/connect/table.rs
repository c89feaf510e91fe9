//! Events of Slack Connect, held against the table of their keys.

use super::*;

fn table() -> Value {
    serde_json::from_str(include_str!("../../../../../reference/events/connect.json")).unwrap()
}

/// Checks keys and types, down to the last.
fn check(shape: &Value, value: &Value, table: &Value, at: &str) {
    match shape {
        Value::String(name) => match name.as_str() {
            "s" => assert!(value.is_string(), "{at}: {value}"),
            "i" => assert!(value.is_i64(), "{at}: {value}"),
            "b" => assert!(value.is_boolean(), "{at}: {value}"),
            other => check(&table["shapes"][other], value, table, at),
        },
        Value::Array(one) => {
            let entries = value.as_array().unwrap_or_else(|| panic!("{at}: {value}"));
            assert!(!entries.is_empty(), "{at}");
            entries
                .iter()
                .for_each(|entry| check(&one[0], entry, table, at));
        }
        Value::Object(keys) => {
            let object = value.as_object().unwrap_or_else(|| panic!("{at}: {value}"));
            let mut known = Map::new();
            for (key, shape) in keys {
                let name = key.trim_end_matches('?');
                known.insert(name.to_owned(), Value::Null);
                match object.get(name) {
                    Some(value) => check(shape, value, table, &format!("{at}.{name}")),
                    None => assert!(key.ends_with('?'), "{at}.{name} is missing"),
                }
            }
            for key in object.keys() {
                assert!(known.contains_key(key), "{at}.{key} is known to nobody");
            }
        }
        other => panic!("{at}: no shape {other}"),
    }
}

#[tokio::test]
async fn events_have_the_keys_and_types_of_the_table() {
    let app = world().await;
    // A bot is invited, accepts, and all sides approve; then somebody else declines.
    let id = invite(&app, ("user_ids", "U0GBOT"), "false").await;
    acts(
        &app,
        "accept",
        json!({"user": "U0GBOT", "invitation": id, "name": "acme-ops"}),
    )
    .await;
    acts(&app, "approve", json!({"user": "U0ADA", "invitation": id})).await;
    acts(&app, "approve", json!({"user": "U0GBOT", "invitation": id})).await;
    let id = invite(&app, ("emails", "xen@initech.test"), "true").await;
    acts(&app, "decline", json!({"user": "U0XEN", "invitation": id})).await;
    app.ok(
        "admin.conversations.disconnectShared",
        "xoxp-ada",
        &[("channel_id", "C0OPS")],
    )
    .await;
    let reviewed = WORLD.replacen("approval: required", "review_before_sending: true", 1);
    let other = hurried(&reviewed).await;
    invite(&other, ("emails", "xen@initech.test"), "true").await;

    let mut told = events(&app).await;
    told.extend(events(&other).await);
    let table = table();
    let mut missing: Vec<&String> = table["events"].as_object().unwrap().keys().collect();
    for event in &told {
        let name = event["name"].as_str().unwrap();
        check(
            &table["events"][name]["payload"],
            &event["event"],
            &table,
            name,
        );
        assert_eq!(event["event"]["type"], event["name"]);
        if let Some(ts) = event["event"].get("event_ts") {
            assert_eq!(*ts, event["ts"]);
        }
        missing.retain(|known| *known != name);
    }
    assert_eq!(missing, [""; 0], "events that nothing raised");
    // Who is told: who holds the scope and has subscribed.
    let apps = |name: &str| {
        let event = told.iter().find(|event| event["name"] == name).unwrap();
        event["apps"].clone()
    };
    assert_eq!(
        apps("shared_channel_invite_received"),
        json!([{"workspace": "T0GLO", "app": "A0GLO"}])
    );
    assert_eq!(
        apps("shared_channel_invite_accepted"),
        json!([{"workspace": "T0ACME", "app": "A0GREET"}])
    );
    let shared: Vec<_> = told
        .iter()
        .filter(|event| event["name"] == "channel_shared")
        .collect();
    assert_eq!(shared.len(), 2);
    assert_eq!(shared[0]["event"]["connected_team_id"], "T0GLO");
    assert_eq!(shared[1]["event"]["connected_team_id"], "T0ACME");
    // A page after an event, and of one name.
    let after = format!(
        "events?after={}&name=channel_unshared",
        told[0]["ts"].as_str().unwrap()
    );
    let (_, page) = control(&app, "GET", &after, Value::Null).await;
    assert_eq!(
        names(page["events"].as_array().unwrap()),
        ["channel_unshared"; 2]
    );
    for (query, code) in [
        ("?after=x", "invalid_time"),
        ("?before=1", "invalid_request"),
    ] {
        let (status, answer) = control(&app, "GET", &format!("events{query}"), Value::Null).await;
        assert_eq!((status, &answer["error"]), (422, &json!(code)));
    }
}
