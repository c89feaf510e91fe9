//! Slash commands.

use super::{BOT, NOON, SECRET, app, world};
use crate::{
    app::App,
    events::{Client, Receiver, Reply, control, settings},
};
use guestlist_store::Clock;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Notify;

async fn typed(app: &App, user: &str, text: &str, channel: &str) -> (u16, Value) {
    let path = format!("/users/{user}/command");
    let body = json!({"text": text, "channel": channel});
    control(app, "POST", &path, body).await
}

/// Posts to an address where an app answers; the status and what is said.
async fn respond(app: &App, url: &str, body: &Value) -> (u16, String) {
    let path = url.find("/commands/").map(|at| &url[at..]).unwrap();
    let headers = [("Content-Type", "application/json")];
    let body = body.to_string();
    let answer = app.send("POST", path, &headers, body.as_bytes()).await;
    (answer.status, String::from_utf8(answer.body).unwrap())
}

async fn history(app: &App) -> Vec<Value> {
    let arguments = [("channel", "C0WELCOME")];
    let history = app.ok("conversations.history", BOT, &arguments).await;
    history["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_command_reaches_its_app_signed_and_whole_and_the_answer_is_seen() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    receiver.reply("/command", Reply::saying("they are <b>invited</b>"));
    let text = "/invite-guest @sol to #ops, #random and @nobody & more";
    let (status, answer) = typed(&app, "U0ADA", text, "C0WELCOME").await;
    assert_eq!(status, 200, "{answer}");
    let got = receiver.take(1).await.remove(0);
    let kind = "application/x-www-form-urlencoded";
    assert_eq!(
        (got.path.as_str(), got.headers["content-type"].as_str()),
        ("/command", kind)
    );
    assert_eq!(got.headers["x-slack-signature"], got.signed_with(SECRET));
    assert!(!got.headers.contains_key("x-slack-retry-num"));
    let mut fields = got.fields();
    let (hook, trigger) = (fields.remove("response_url"), fields.remove("trigger_id"));
    assert!(trigger.unwrap().split('.').count() == 3);
    let token = fields.remove("token").unwrap();
    assert_eq!(token.len(), 24);
    let escaped = "<@U0SOL|sol> to <#C0OPS|ops>, <#C0RANDOM|random> and @nobody &amp; more";
    let expected: HashMap<String, String> = [
        ("team_id", "T0ACME"),
        ("team_domain", "acme"),
        ("channel_id", "C0WELCOME"),
        ("channel_name", "welcome"),
        ("user_id", "U0ADA"),
        ("user_name", "ada"),
        ("api_app_id", "A0GREET"),
        ("is_enterprise_install", "false"),
        ("command", "/invite-guest"),
        ("text", escaped),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    assert_eq!(fields, expected);
    assert!(hook.unwrap().contains("/commands/T0ACME/"));
    assert_eq!(
        answer,
        json!({
            "app_id": "A0GREET",
            "command": "/invite-guest",
            "text": escaped,
            "answer": {
                "response_type": "ephemeral",
                "channel": "C0WELCOME",
                "ts": answer["answer"]["ts"],
                "text": "they are &lt;b&gt;invited&lt;/b&gt;",
            },
        })
    );
    // Nobody but her sees it.
    assert_eq!(history(&app).await, Vec::<Value>::new());
    // Nobody makes a mention by writing one down.
    let forged = "/invite-guest <@U0BEN> <!channel> &lt;b&gt; (@sol) a@sol";
    let (_, answer) = typed(&app, "U0ADA", forged, "C0WELCOME").await;
    assert_eq!(
        answer["text"],
        "&lt;@U0BEN&gt; &lt;!channel&gt; &amp;lt;b&amp;gt; (<@U0SOL|sol>) a@sol"
    );
    receiver.take(1).await;
    // What is not to be escaped comes as it was typed, and a private channel's name is not told.
    receiver.reply("/command", Reply::status(200));
    let (status, answer) = typed(&app, "U0CLEO", "/plain  @sol &c", "C0OPS").await;
    assert_eq!((status, &answer["answer"]), (200, &Value::Null), "{answer}");
    let fields = receiver.take(1).await.remove(0).fields();
    assert_eq!(
        (&*fields["text"], &*fields["channel_name"]),
        ("@sol &c", "privategroup")
    );
}

#[tokio::test]
async fn what_is_for_everybody_is_a_message_of_the_bot() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let blocks = json!([{"type": "divider"}]);
    let said = json!({"response_type": "in_channel", "text": "Welcome, sol", "blocks": blocks});
    receiver.reply("/command", Reply::saying(said.to_string()));
    let (status, answer) = typed(&app, "U0ADA", "/plain", "C0WELCOME").await;
    assert_eq!(status, 200, "{answer}");
    let history = history(&app).await;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["ts"], answer["answer"]["ts"]);
    assert_eq!(history[0]["text"], "Welcome, sol");
    assert_eq!(history[0]["bot_id"], "B0GREET");
    assert_eq!(history[0]["blocks"][0]["type"], "divider");
}

#[tokio::test]
async fn who_cannot_type_it_there_is_told_why() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    for (user, text, channel, status, code) in [
        ("U0ADA", "hello", "C0WELCOME", 422, "invalid_command"),
        ("U0ADA", "/", "C0WELCOME", 422, "invalid_command"),
        ("U0ADA", "/unheard-of", "C0WELCOME", 422, "unknown_command"),
        ("U0NOBODY", "/plain", "C0WELCOME", 422, "user_not_found"),
        ("U0OTTO", "/plain", "C0WELCOME", 422, "user_removed"),
        ("U0GREET", "/plain", "C0WELCOME", 422, "user_is_bot"),
        ("U0BEN", "/plain", "C0OPS", 422, "channel_not_found"),
        ("U0BEN", "/plain", "C0WELCOME", 422, "not_in_channel"),
        ("U0ADA", "/plain", "C0LAUNCH", 422, "is_archived"),
        // The app is not installed where they are.
        ("U0GIL", "/plain", "C0GLOBEX", 422, "unknown_command"),
        (
            "U0ADA",
            "/nowhere",
            "C0WELCOME",
            502,
            "app_missing_action_url",
        ),
        ("x", "/plain", "C0WELCOME", 404, "not_found"),
    ] {
        let (is, answer) = typed(&app, user, text, channel).await;
        assert_eq!(
            (is, answer["error"].as_str()),
            (status, Some(code)),
            "{user} {text}: {answer}"
        );
    }
    receiver.expect_none().await;
    app.ok("auth.revoke", BOT, &[]).await;
    let (_, answer) = typed(&app, "U0ADA", "/plain", "C0WELCOME").await;
    // What is left is a token of hers, which has no such scope.
    assert_eq!(answer["error"], "missing_scope");
}

#[tokio::test]
async fn an_app_that_fails_is_told_once_and_named() {
    let receiver = Receiver::new().await;
    let (app, clock) = app(&receiver).await;
    for (reply, code) in [
        (Reply::status(404), "http_client_error"),
        (Reply::status(401), "http_client_error"),
        (Reply::status(500), "http_service_error"),
        (Reply::status(304), "dispatch_failed"),
        (
            Reply::saying(r#"{"blocks": "none"}"#),
            "dispatch_unknown_error",
        ),
        (
            Reply::saying(r#"{"text": "a", "response_type": "loud"}"#),
            "dispatch_unknown_error",
        ),
    ] {
        receiver.reply("/command", reply);
        let (status, answer) = typed(&app, "U0ADA", "/plain", "C0WELCOME").await;
        assert_eq!(
            (status, answer["error"].as_str()),
            (502, Some(code)),
            "{answer}"
        );
        // Who finds the signature wrong most likely has another secret.
        let message = answer["message"].as_str().unwrap();
        let is_asked = message.contains("does its signing secret match?");
        assert_eq!(is_asked, message.contains("401"), "{message}");
        receiver.take(1).await;
    }
    // It is slow: three seconds of the world's time.
    receiver.reply("/command", Reply::never());
    let asked = typed(&app, "U0ADA", "/plain", "C0WELCOME");
    let passing = async {
        receiver.take(1).await;
        clock.advance(3_000_000);
    };
    let ((status, answer), ()) = tokio::join!(asked, passing);
    assert_eq!(
        (status, answer["error"].as_str()),
        (502, Some("operation_timeout")),
        "{answer}"
    );
    receiver.expect_none().await;
    if app.is_alone() {
        let page = app.send("GET", "/metrics", &[], b"").await;
        let page = String::from_utf8(page.body).unwrap();
        for line in [
            r#"guestlist_interactions_total{type="slash_commands",outcome="http_client_error"} 2"#,
            r#"guestlist_interactions_total{type="slash_commands",outcome="taken"} 2"#,
            r#"guestlist_interactions_total{type="slash_commands",outcome="operation_timeout"} 1"#,
            r#"guestlist_interactions_total{type="interactive",outcome="taken"} 0"#,
        ] {
            assert!(page.contains(line), "{line}: {page}");
        }
    }
}

#[tokio::test]
async fn an_app_answers_later_five_times_within_half_an_hour() {
    let receiver = Receiver::new().await;
    let (app, clock) = app(&receiver).await;
    typed(&app, "U0ADA", "/plain", "C0WELCOME").await;
    let hook = receiver
        .take(1)
        .await
        .remove(0)
        .fields()
        .remove("response_url")
        .unwrap();
    for (body, error) in [
        (json!([]), "invalid_payload"),
        (json!({}), "no_text"),
        (json!({"text": "a", "blocks": {}}), "invalid_blocks_format"),
        (
            json!({"text": "a", "response_type": "loud"}),
            "invalid_response_type",
        ),
    ] {
        let (status, said) = respond(&app, &hook, &body).await;
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((status, said), (400, json!({"ok": false, "error": error})));
    }
    // Whose path is another's is nobody's.
    let other = hook.replace("T0ACME", "T0GLOBEX");
    let (status, said) = respond(&app, &other, &json!({"text": "a"})).await;
    assert_eq!(
        (status, said.as_str()),
        (404, r#"{"ok":false,"error":"expired_url"}"#)
    );
    let both = json!({"text": "for all", "response_type": "in_channel"});
    for body in [
        both,
        json!({"text": "for her"}),
        json!({"delete_original": true}),
    ] {
        let said = respond(&app, &hook, &body).await;
        assert_eq!(said, (200, "ok".to_owned()));
    }
    assert_eq!(history(&app).await.len(), 1);
    // Two at once take the two that are left, and a third is one too many.
    let body = json!({"text": "more"});
    let ask = || respond(&app, &hook, &body);
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    let mut statuses = [a.0, b.0, c.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 404]);
    let (_, said) = respond(&app, &hook, &body).await;
    assert_eq!(said, r#"{"ok":false,"error":"used_url"}"#);

    typed(&app, "U0ADA", "/plain", "C0WELCOME").await;
    let hook = receiver
        .take(1)
        .await
        .remove(0)
        .fields()
        .remove("response_url")
        .unwrap();
    clock.advance(30 * 60 * 1_000_000);
    let (status, said) = respond(&app, &hook, &body).await;
    assert_eq!(
        (status, said.as_str()),
        (404, r#"{"ok":false,"error":"expired_url"}"#)
    );
}

#[tokio::test]
async fn over_socket_mode_the_acknowledgement_answers() {
    let clock = Clock::standing(NOON);
    let yaml = world("http://127.0.0.1:9", "        events: {delivery: socket}\n").replace(
        "    tokens:\n      - token: xoxb-sample-greeter",
        "    tokens:
      - {token: xapp-sample, app: A0GREET, scopes: [\"connections:write\"]}
      - token: xoxb-sample-greeter",
    );
    let app = App::with_clock(&yaml, settings(), clock.clone()).await;
    let (status, answer) = typed(&app, "U0ADA", "/plain", "C0WELCOME").await;
    assert_eq!(
        (status, answer["error"].as_str()),
        (502, Some("dispatch_failed")),
        "{answer}"
    );
    let mut client = Client::new(&app, "").await;
    client.hello().await;
    // Of two nodes one has the connection, and each is asked.
    for _ in 0..3 {
        let answering = async {
            let envelope = client.next().await.unwrap();
            client.answer(&envelope, json!("words")).await;
        };
        let ((status, answer), ()) =
            tokio::join!(typed(&app, "U0ADA", "/plain", "C0WELCOME"), answering);
        assert_eq!(
            (status, &answer["answer"]["text"]),
            (200, &json!("words")),
            "{answer}"
        );
    }
    let answering = async {
        let envelope = client.next().await.unwrap();
        assert_eq!(envelope["type"], "slash_commands");
        assert_eq!(envelope["accepts_response_payload"], true);
        let payload = &envelope["payload"];
        assert_eq!(
            (&payload["command"], &payload["text"]),
            (&json!("/plain"), &json!("a b"))
        );
        client.answer(&envelope, json!({"text": "heard"})).await;
    };
    let ((status, answer), ()) =
        tokio::join!(typed(&app, "U0ADA", "/plain a b", "C0WELCOME"), answering);
    assert_eq!(
        (status, &answer["answer"]["text"]),
        (200, &json!("heard")),
        "{answer}"
    );
    let waiting = Arc::new(Notify::new());
    let slow = async {
        client.next().await.unwrap();
        waiting.notify_one();
        clock.advance(3_000_000);
    };
    let ((_, answer), ()) = tokio::join!(typed(&app, "U0ADA", "/plain", "C0WELCOME"), slow);
    assert_eq!(answer["error"], "operation_timeout");
}

#[tokio::test]
async fn another_manifest_has_other_commands() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let manifest = |url: &str| {
        format!(
            "{{display_information: {{name: Doorman}}, features: {{slash_commands: [{{command: /let-in, url: '{url}'}}]}}}}"
        )
    };
    let path = "/apps/A0GREET/manifest";
    let held = json!({"app": "A0GREET"});
    control(&app, "POST", "/deliveries/pause", held).await;
    let ask = json!({"manifest": manifest(&format!("{}/command", receiver.base()))});
    let (status, told) = control(&app, "POST", path, ask).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["name"], "Doorman");
    assert_eq!(
        told["interactivity"]["slash_commands"][0]["command"],
        "/let-in"
    );
    // What somebody holds back stays so.
    let (_, apps) = control(&app, "GET", "/apps", Value::Null).await;
    assert_eq!(apps["apps"][0]["paused"], true, "{apps}");
    let (status, answer) = typed(&app, "U0ADA", "/let-in", "C0WELCOME").await;
    assert_eq!(status, 200, "{answer}");
    let (_, answer) = typed(&app, "U0ADA", "/plain", "C0WELCOME").await;
    assert_eq!(answer["error"], "unknown_command");
    for (path, manifest, status, code) in [
        (path, manifest("ftp://a"), 422, "invalid_manifest"),
        (
            "/apps/A0NONE/manifest",
            manifest("http://a"),
            404,
            "app_not_found",
        ),
        (
            "/apps/x/manifest",
            manifest("http://a"),
            404,
            "app_not_found",
        ),
    ] {
        let (is, told) = control(&app, "POST", path, json!({"manifest": manifest})).await;
        assert_eq!((is, told["error"].as_str()), (status, Some(code)), "{told}");
    }
}
