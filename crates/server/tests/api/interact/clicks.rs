//! Buttons and menus of messages.

use super::{BOT, NOON, SECRET, app, world};
use crate::{
    app::App,
    events::{Got, Receiver, Reply, control, settings},
};
use guestlist_store::Clock;
use serde_json::{Value, json};

fn blocks() -> Value {
    json!([
        {"type": "section", "text": {"type": "mrkdwn", "text": "Who?"}, "block_id": "who",
         "accessory": {"type": "users_select", "action_id": "guest", "placeholder": {"type": "plain_text", "text": "Somebody"}}},
        {"type": "actions", "block_id": "deeds", "elements": [
            {"type": "button", "action_id": "add", "value": "me", "text": {"type": "plain_text", "text": "Add me"}},
            {"type": "static_select", "action_id": "size", "options": [
                {"text": {"type": "plain_text", "text": "Small"}, "value": "s"},
                {"text": {"type": "plain_text", "text": "Large"}, "value": "l"}]},
            {"type": "multi_conversations_select", "action_id": "where", "max_selected_items": 2},
            {"type": "checkboxes", "action_id": "terms", "options": [
                {"text": {"type": "plain_text", "text": "One"}, "value": "1"},
                {"text": {"type": "plain_text", "text": "Two"}, "value": "2"}]},
            {"type": "datepicker", "action_id": "until", "initial_date": "2023-12-01"},
            {"type": "timepicker", "action_id": "at"},
        ]},
        {"type": "actions", "block_id": "more", "elements": [
            {"type": "button", "action_id": "twice", "text": {"type": "plain_text", "text": "A"}}]},
        {"type": "actions", "elements": [
            {"type": "button", "action_id": "twice", "text": {"type": "plain_text", "text": "B"}}]},
    ])
}

async fn post(app: &App) -> String {
    let blocks = blocks().to_string();
    let arguments = [
        ("channel", "C0WELCOME"),
        ("text", "Join"),
        ("blocks", &*blocks),
    ];
    let posted = app.ok("chat.postMessage", BOT, &arguments).await;
    posted["ts"].as_str().unwrap().to_owned()
}

async fn clicked(app: &App, user: &str, ts: &str, more: Value) -> (u16, Value) {
    let mut body = json!({"channel": "C0WELCOME", "ts": ts});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    control(app, "POST", &format!("/users/{user}/click"), body).await
}

fn payload(got: &Got) -> Value {
    serde_json::from_str(&got.fields()["payload"]).unwrap()
}

/// Posts to an address where an app answers; the status.
async fn respond(app: &App, payload: &Value, body: Value) -> u16 {
    let url = payload["response_url"].as_str().unwrap();
    let path = url.find("/actions/T0ACME/").map(|at| &url[at..]).unwrap();
    let headers = [("Content-Type", "application/json")];
    let body = body.to_string();
    app.send("POST", path, &headers, body.as_bytes())
        .await
        .status
}

async fn history(app: &App) -> Vec<Value> {
    let arguments = [("channel", "C0WELCOME")];
    let history = app.ok("conversations.history", BOT, &arguments).await;
    history["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_button_reaches_its_app_whole_and_the_app_answers_in_its_place() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let ts = post(&app).await;
    let (status, told) = clicked(&app, "U0ADA", &ts, json!({"action": "add"})).await;
    assert_eq!(status, 200, "{told}");
    let got = receiver.take(1).await.remove(0);
    assert_eq!(got.path, "/interactive");
    assert_eq!(got.headers["x-slack-signature"], got.signed_with(SECRET));
    let payload = payload(&got);
    let action = json!({
        "type": "button", "action_id": "add", "block_id": "deeds", "value": "me",
        "text": {"type": "plain_text", "text": "Add me"}, "action_ts": told["action"]["action_ts"],
    });
    assert_eq!(
        (&told["app_id"], &told["action"]),
        (&json!("A0GREET"), &action)
    );
    let mut message = payload["message"].clone();
    assert_eq!(message["blocks"].as_array().unwrap().len(), 4);
    // A block that was given no name has one.
    assert_eq!(
        message["blocks"][3]["block_id"].as_str().map(str::len),
        Some(5)
    );
    message
        .as_object_mut()
        .unwrap()
        .retain(|key, _| ["type", "ts", "bot_id", "app_id", "text"].contains(&&**key));
    assert_eq!(
        message,
        json!({"type": "message", "ts": ts, "bot_id": "B0GREET", "app_id": "A0GREET", "text": "Join"})
    );
    assert_eq!(
        payload,
        json!({
            "type": "block_actions",
            "user": {"id": "U0ADA", "username": "ada", "name": "ada", "team_id": "T0ACME"},
            "api_app_id": "A0GREET",
            "token": payload["token"],
            "container": {"type": "message", "message_ts": ts, "channel_id": "C0WELCOME", "is_ephemeral": false},
            "trigger_id": payload["trigger_id"],
            "team": {"id": "T0ACME", "domain": "acme"},
            "enterprise": null,
            "is_enterprise_install": false,
            "channel": {"id": "C0WELCOME", "name": "welcome"},
            "message": payload["message"],
            "state": {"values": {
                "who": {"guest": {"type": "users_select", "selected_user": null}},
                "deeds": {
                    "size": {"type": "static_select", "selected_option": null},
                    "where": {"type": "multi_conversations_select", "selected_conversations": []},
                    "terms": {"type": "checkboxes", "selected_options": []},
                    "until": {"type": "datepicker", "selected_date": "2023-12-01"},
                    "at": {"type": "timepicker", "selected_time": null},
                },
            }},
            "response_url": payload["response_url"],
            "actions": [action],
        })
    );
    let status = respond(
        &app,
        &payload,
        json!({"replace_original": true, "text": "ada is in"}),
    )
    .await;
    assert_eq!(status, 200);
    let messages = history(&app).await;
    assert_eq!(
        (messages.len(), &messages[0]["text"]),
        (1, &json!("ada is in"))
    );
    assert_eq!(
        (&messages[0]["ts"], &messages[0]["blocks"]),
        (&json!(ts), &Value::Null)
    );
    // Now there is nothing to press.
    let (_, told) = clicked(&app, "U0ADA", &ts, json!({"action": "add"})).await;
    assert_eq!(told["error"], "action_not_found");
    assert_eq!(
        respond(&app, &payload, json!({"delete_original": true})).await,
        200
    );
    assert_eq!(history(&app).await.len(), 0);
    assert_eq!(
        respond(&app, &payload, json!({"delete_original": true})).await,
        400
    );
}

#[tokio::test]
async fn what_is_chosen_is_told_as_its_element_has_it() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let ts = post(&app).await;
    let option = |text: &str, value: &str| json!({"text": {"type": "plain_text", "text": text}, "value": value});
    for (action, value, field, told) in [
        ("guest", json!("U0SOL"), "selected_user", json!("U0SOL")),
        ("size", json!("l"), "selected_option", option("Large", "l")),
        (
            "where",
            json!(["C0OPS", "C0RANDOM"]),
            "selected_conversations",
            json!(["C0OPS", "C0RANDOM"]),
        ),
        (
            "where",
            json!("C0OPS"),
            "selected_conversations",
            json!(["C0OPS"]),
        ),
        (
            "terms",
            json!(["2"]),
            "selected_options",
            json!([option("Two", "2")]),
        ),
        ("terms", Value::Null, "selected_options", json!([])),
        (
            "until",
            json!("2024-02-29"),
            "selected_date",
            json!("2024-02-29"),
        ),
        ("at", json!("09:30"), "selected_time", json!("09:30")),
        // They are told as apps expect them.
        (
            "until",
            json!("2024-2-9"),
            "selected_date",
            json!("2024-02-09"),
        ),
        ("at", json!("9:05"), "selected_time", json!("09:05")),
    ] {
        let more = json!({"action": action, "value": value});
        let (status, answer) = clicked(&app, "U0ADA", &ts, more).await;
        assert_eq!((status, &answer["action"][field]), (200, &told), "{answer}");
        let payload = payload(&receiver.take(1).await.remove(0));
        assert_eq!(payload["actions"], json!([answer["action"]]));
        assert_eq!(payload["actions"][0].get("options"), None);
        let block = if action == "guest" { "who" } else { "deeds" };
        assert_eq!(payload["state"]["values"][block][action][field], told);
    }
    for (more, code) in [
        (
            json!({"action": "guest", "value": "U0NONE"}),
            "user_not_found",
        ),
        (
            json!({"action": "guest", "value": "U0OTTO"}),
            "user_not_found",
        ),
        (
            json!({"action": "guest", "value": "U0GIL"}),
            "user_not_found",
        ),
        (json!({"action": "guest", "value": "ada"}), "invalid_value"),
        (
            json!({"action": "guest", "value": ["U0ADA", "U0BEN"]}),
            "invalid_value",
        ),
        (json!({"action": "size", "value": "xl"}), "invalid_value"),
        (
            json!({"action": "size", "value": {"value": "l"}}),
            "invalid_value",
        ),
        (
            json!({"action": "where", "value": ["C0NONE"]}),
            "channel_not_found",
        ),
        (
            json!({"action": "where", "value": ["C0OPS", "C0OPS"]}),
            "invalid_value",
        ),
        (
            json!({"action": "where", "value": ["C0OPS", "C0RANDOM", "C0GENERAL"]}),
            "invalid_value",
        ),
        (
            json!({"action": "until", "value": "2023-02-29"}),
            "invalid_value",
        ),
        (json!({"action": "at", "value": "25:00"}), "invalid_value"),
        (json!({"action": "add", "value": "you"}), "invalid_value"),
        (json!({"action": "twice"}), "action_not_found"),
        (json!({"action": "add", "block": "who"}), "action_not_found"),
        (json!({"action": "none"}), "action_not_found"),
        (json!({"action": "add", "ts": "1.2"}), "message_not_found"),
        (json!({"action": "add", "ts": "soon"}), "invalid_ts"),
        (
            json!({"action": "add", "channel": "C0NONE"}),
            "channel_not_found",
        ),
    ] {
        let (status, answer) = clicked(&app, "U0ADA", &ts, more.clone()).await;
        assert_eq!(
            (status, answer["error"].as_str()),
            (422, Some(code)),
            "{more}: {answer}"
        );
    }
    receiver.expect_none().await;
    let (status, _) = clicked(
        &app,
        "U0ADA",
        &ts,
        json!({"action": "twice", "block": "more"}),
    )
    .await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn what_one_person_was_shown_they_alone_press() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let blocks = json!([{"type": "actions", "elements": [{"type": "button", "action_id": "yes", "text": {"type": "plain_text", "text": "Yes"}}]}]);
    let said = json!({"text": "Sure?", "blocks": blocks}).to_string();
    receiver.reply("/command", Reply::saying(said));
    let typing = json!({"text": "/plain", "channel": "C0WELCOME"});
    let (_, typed) = control(&app, "POST", "/users/U0ADA/command", typing).await;
    let ts = typed["answer"]["ts"].as_str().unwrap();
    receiver.take(1).await;
    let arguments = [
        ("channel", "C0WELCOME"),
        ("user", "U0ADA"),
        ("text", "Sure?"),
        ("blocks", &*blocks.to_string()),
    ];
    let shown = app.ok("chat.postEphemeral", BOT, &arguments).await;
    for ts in [ts, shown["message_ts"].as_str().unwrap()] {
        let (status, told) = clicked(&app, "U0ADA", ts, json!({"action": "yes"})).await;
        assert_eq!(status, 200, "{told}");
        let payload = payload(&receiver.take(1).await.remove(0));
        assert_eq!(payload["container"]["is_ephemeral"], true);
        assert_eq!(payload["message"]["text"], "Sure?");
        assert_eq!(
            respond(
                &app,
                &payload,
                json!({"replace_original": true, "text": "Done"})
            )
            .await,
            200
        );
        let (_, told) = clicked(&app, "U0CLEO", ts, json!({"action": "yes"})).await;
        assert_eq!(told["error"], "message_not_found");
    }
    assert_eq!(history(&app).await.len(), 0);
}

#[tokio::test]
async fn only_apps_that_take_it_are_told_what_is_done_to_their_messages() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let arguments = [
        ("channel", "C0WELCOME"),
        ("text", "Hers"),
        ("blocks", &*blocks().to_string()),
    ];
    let hers = app
        .ok("chat.postMessage", "xoxp-sample-ada", &arguments)
        .await;
    let (_, told) = clicked(
        &app,
        "U0CLEO",
        hers["ts"].as_str().unwrap(),
        json!({"action": "add"}),
    )
    .await;
    assert_eq!(told["error"], "not_interactive");
    let ts = post(&app).await;
    receiver.reply("/interactive", Reply::status(500));
    let (status, told) = clicked(&app, "U0CLEO", &ts, json!({"action": "add"})).await;
    assert_eq!(
        (status, &told["error"]),
        (502, &json!("http_service_error")),
        "{told}"
    );
    receiver.take(1).await;
    let manifest = json!({"manifest": "{display_information: {name: Mute}}"});
    control(&app, "POST", "/apps/A0GREET/manifest", manifest).await;
    let (status, told) = clicked(&app, "U0CLEO", &ts, json!({"action": "add"})).await;
    assert_eq!(
        (status, &told["error"]),
        (502, &json!("app_missing_action_url")),
        "{told}"
    );
    receiver.expect_none().await;
}

#[tokio::test]
async fn what_is_pressed_has_the_ids_that_all_see() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let button = |words: &str| json!([{"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": words}}]}]);
    let ids = |blocks: &Value| {
        let block = &blocks[0];
        let ids = [&block["block_id"], &block["elements"][0]["action_id"]];
        ids.map(|id| id.as_str().unwrap_or_default().to_owned())
    };
    let press = async |ts: &str, [block, action]: &[String; 2]| {
        let which = json!({"block": block, "action": action});
        let (status, told) = clicked(&app, "U0ADA", ts, which).await;
        assert_eq!(status, 200, "{told}");
        let payload = payload(&receiver.take(1).await.remove(0));
        let pressed = &payload["actions"][0];
        assert_eq!(
            (&pressed["block_id"], &pressed["action_id"]),
            (&json!(block), &json!(action))
        );
        assert_eq!(
            ids(&payload["message"]["blocks"]),
            [block.clone(), action.clone()]
        );
        payload
    };
    let first = button("A").to_string();
    let place = ("channel", "C0WELCOME");
    let posted = app
        .ok("chat.postMessage", BOT, &[place, ("blocks", &first)])
        .await;
    let ts = posted["ts"].as_str().unwrap();
    let shown = history(&app).await[0]["blocks"].clone();
    assert_eq!(posted["message"]["blocks"], shown);
    press(ts, &ids(&shown)).await;

    let second = button("B").to_string();
    let arguments = [place, ("ts", ts), ("blocks", &*second)];
    let updated = app.ok("chat.update", BOT, &arguments).await;
    let after = history(&app).await[0]["blocks"].clone();
    assert_eq!(updated["message"]["blocks"], after);
    assert_ne!(ids(&after), ids(&shown));
    let payload = press(ts, &ids(&after)).await;

    let third = json!({"replace_original": true, "blocks": button("C")});
    assert_eq!(respond(&app, &payload, third).await, 200);
    let after = history(&app).await[0]["blocks"].clone();
    press(ts, &ids(&after)).await;

    // What one person is shown.
    let arguments = [place, ("user", "U0ADA"), ("blocks", &*first)];
    let only = app.ok("chat.postEphemeral", BOT, &arguments).await;
    press(only["message_ts"].as_str().unwrap(), &ids(&shown)).await;
}

#[tokio::test]
async fn what_was_stored_without_ids_has_some_when_it_is_pressed() {
    let receiver = Receiver::new().await;
    let blocks = r#"[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"A"}},{"type":"button","action_id":"b","text":{"type":"plain_text","text":"B"}}]}]"#;
    let old = format!(
        "        purpose: Who is new
        messages:
          - {{user: U0GREET, bot_id: B0GREET, text: Old, ts: \"1600000000.000100\", blocks: '{blocks}'}}
"
    );
    let yaml = world(&receiver.base(), "").replace("        purpose: Who is new\n", &old);
    let app = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    let before = history(&app).await;
    assert_eq!(before[0]["blocks"].to_string(), blocks);
    let mut named = Vec::new();
    for _ in 0..2 {
        let which = json!({"action": "b"});
        let (status, told) = clicked(&app, "U0ADA", "1600000000.000100", which).await;
        assert_eq!(status, 200, "{told}");
        let payload = payload(&receiver.take(1).await.remove(0));
        let told = &payload["actions"][0]["block_id"];
        assert_eq!(*told, payload["message"]["blocks"][0]["block_id"]);
        named.push(told.clone());
    }
    assert_eq!(named[0].as_str().map(str::len), Some(5));
    assert_eq!(named[0], named[1]);
    assert_eq!(history(&app).await, before);
}
