//! Shortcuts of the client and of messages.

use super::{BOT, app};
use crate::{
    app::App,
    events::{Receiver, control},
};
use serde_json::{Value, json};

async fn chosen(app: &App, user: &str, ask: Value) -> (u16, Value) {
    control(app, "POST", &format!("/users/{user}/shortcut"), ask).await
}

async fn payload(receiver: &Receiver) -> Value {
    let got = receiver.take(1).await.remove(0);
    assert_eq!(got.path, "/interactive");
    serde_json::from_str(&got.fields()["payload"]).unwrap()
}

#[tokio::test]
async fn a_global_shortcut_lets_its_app_open_a_modal() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let (status, told) = chosen(&app, "U0BEN", json!({"callback_id": "invite"})).await;
    assert_eq!(
        (status, &told),
        (200, &json!({"app_id": "A0GREET", "callback_id": "invite"}))
    );
    let payload = payload(&receiver).await;
    let trigger = payload["trigger_id"].as_str().unwrap();
    assert_eq!(
        payload,
        json!({
            "type": "shortcut",
            "user": {"id": "U0BEN", "username": "ben", "name": "ben", "team_id": "T0ACME"},
            "api_app_id": "A0GREET",
            "token": payload["token"],
            "team": {"id": "T0ACME", "domain": "acme"},
            "enterprise": null,
            "is_enterprise_install": false,
            "callback_id": "invite",
            "action_ts": payload["action_ts"],
            "trigger_id": trigger,
        })
    );
    let view = json!({"type": "modal", "title": {"type": "plain_text", "text": "A"}, "blocks": []});
    let arguments = [("trigger_id", trigger), ("view", &*view.to_string())];
    app.ok("views.open", BOT, &arguments).await;
}

#[tokio::test]
async fn a_shortcut_of_a_message_tells_it_and_lets_the_app_answer() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let arguments = [("channel", "C0WELCOME"), ("text", "hello")];
    let said = app
        .ok("chat.postMessage", "xoxp-sample-ada", &arguments)
        .await;
    let ts = said["ts"].as_str().unwrap();
    let ask = json!({"callback_id": "greet", "channel": "C0WELCOME", "ts": ts});
    let (status, told) = chosen(&app, "U0CLEO", ask).await;
    assert_eq!(status, 200, "{told}");
    let payload = payload(&receiver).await;
    assert_eq!(payload["type"], "message_action");
    assert_eq!(
        payload["channel"],
        json!({"id": "C0WELCOME", "name": "welcome"})
    );
    assert_eq!(
        (&payload["message"]["user"], &payload["message"]["text"]),
        (&json!("U0ADA"), &json!("hello"))
    );
    assert_eq!(
        (&payload["message_ts"], &payload["message"]["ts"]),
        (&json!(ts), &json!(ts))
    );
    // The message of a bot is signed as it is everywhere.
    let welcome = [("channel", "C0WELCOME"), ("text", "welcome")];
    let posted = app.ok("chat.postMessage", BOT, &welcome).await;
    let of_bot = json!({"callback_id": "greet", "channel": "C0WELCOME", "ts": posted["ts"]});
    chosen(&app, "U0CLEO", of_bot).await;
    let shown = self::payload(&receiver).await["message"]["bot_profile"].clone();
    assert!(shown["name"].is_string());
    assert_eq!(shown, posted["message"]["bot_profile"]);
    let url = payload["response_url"].as_str().unwrap();
    let path = url.find("/app/T0ACME/").map(|at| &url[at..]).unwrap();
    let headers = [("Content-Type", "application/json")];
    // Her message is not the app's to replace: the answer stands beside it.
    let body = json!({"response_type": "in_channel", "replace_original": true, "text": "hi"});
    let answer = app
        .send("POST", path, &headers, body.to_string().as_bytes())
        .await;
    assert_eq!(answer.status, 200);
    let history = app
        .ok("conversations.history", BOT, &[("channel", "C0WELCOME")])
        .await;
    let texts: Vec<_> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["text"])
        .collect();
    assert_eq!(texts, [&json!("hi"), &json!("welcome"), &json!("hello")]);
}

#[tokio::test]
async fn a_shortcut_that_cannot_be_chosen_says_why() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let other = json!({"workspace": "T0ACME", "manifest": "{display_information: {name: Other}, features: {shortcuts: [{name: A, type: global, callback_id: invite}]}}"});
    let (_, other) = control(&app, "POST", "/apps", other).await;
    let token = json!({"app": other["app_id"], "user": "U0ADA", "scopes": ["commands"]});
    for (user, ask, code) in [
        ("U0ADA", json!({"callback_id": "greet"}), "unknown_shortcut"),
        ("U0ADA", json!({"callback_id": "none"}), "unknown_shortcut"),
        (
            "U0ADA",
            json!({"callback_id": "invite", "app": "A0NONE"}),
            "unknown_shortcut",
        ),
        (
            "U0GIL",
            json!({"callback_id": "invite"}),
            "unknown_shortcut",
        ),
        (
            "U0ADA",
            json!({"callback_id": "invite", "channel": "C0WELCOME"}),
            "invalid_request",
        ),
        (
            "U0ADA",
            json!({"callback_id": "greet", "channel": "C0WELCOME", "ts": "now"}),
            "invalid_ts",
        ),
        (
            "U0ADA",
            json!({"callback_id": "greet", "channel": "C0WELCOME", "ts": "1.2"}),
            "message_not_found",
        ),
        (
            "U0BEN",
            json!({"callback_id": "greet", "channel": "C0OPS", "ts": "1.2"}),
            "channel_not_found",
        ),
    ] {
        let (status, told) = chosen(&app, user, ask.clone()).await;
        assert_eq!(
            (status, told["error"].as_str()),
            (422, Some(code)),
            "{ask}: {told}"
        );
    }
    let (status, made) = control(&app, "POST", "/tokens", token).await;
    assert_eq!(status, 201, "{made}");
    let (_, told) = chosen(&app, "U0ADA", json!({"callback_id": "invite"})).await;
    assert_eq!(told["error"], "several_apps", "{told}");
    receiver.expect_none().await;
    let (status, _) = chosen(
        &app,
        "U0ADA",
        json!({"callback_id": "invite", "app": "A0GREET"}),
    )
    .await;
    assert_eq!(status, 200);
}
