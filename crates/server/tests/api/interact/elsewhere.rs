//! People of other organisations, apps of a whole organisation, and servers that start again.

use super::{BOT, NOON, app, world};
use crate::{
    app::App,
    events::{Receiver, Reply, control, settings},
};
use guestlist_store::Clock;
use serde_json::{Value, json};

#[tokio::test]
async fn people_of_another_organisation_press_buttons_and_have_no_commands() {
    let receiver = Receiver::new().await;
    let clock = Clock::standing(NOON);
    let shared = "      - {id: C0SHARED, name: shared, creator: U0ADA, members: [U0ADA, U0GREET, U0GIL], connections: [{workspace: T0GLOBEX}]}\n      - {id: D0ADABEN";
    let yaml = world(&receiver.base(), "").replace("      - {id: D0ADABEN", shared);
    let app = App::with_clock(&yaml, settings(), clock).await;
    let blocks = json!([{"type": "actions", "elements": [{"type": "button", "action_id": "yes", "text": {"type": "plain_text", "text": "Yes"}}]}]).to_string();
    let arguments = [
        ("channel", "C0SHARED"),
        ("text", "Sure?"),
        ("blocks", &*blocks),
    ];
    let posted = app.ok("chat.postMessage", BOT, &arguments).await;
    let ask = json!({"channel": "C0SHARED", "ts": posted["ts"], "action": "yes"});
    let (status, told) = control(&app, "POST", "/users/U0GIL/click", ask).await;
    assert_eq!(status, 200, "{told}");
    let payload = receiver
        .take(1)
        .await
        .remove(0)
        .fields()
        .remove("payload")
        .unwrap();
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!(payload["user"]["team_id"], "T0GLOBEX");
    assert_eq!(payload["team"], json!({"id": "T0ACME", "domain": "acme"}));
    for (path, ask) in [
        (
            "/users/U0GIL/command",
            json!({"text": "/plain", "channel": "C0SHARED"}),
        ),
        (
            "/users/U0GIL/shortcut",
            json!({"callback_id": "greet", "channel": "C0SHARED", "ts": posted["ts"]}),
        ),
    ] {
        let (status, told) = control(&app, "POST", path, ask).await;
        let unknown = ["unknown_command", "unknown_shortcut"];
        assert!(
            status == 422 && unknown.iter().any(|code| told["error"] == *code),
            "{told}"
        );
    }
    // What the bot shows him is a modal of his own.
    let trigger = payload["trigger_id"].as_str().unwrap();
    let view = json!({"type": "modal", "title": {"type": "plain_text", "text": "A"}, "blocks": []})
        .to_string();
    app.ok(
        "views.open",
        BOT,
        &[("trigger_id", trigger), ("view", &*view)],
    )
    .await;
    let (_, told) = control(&app, "GET", "/users/U0GIL/views", Value::Null).await;
    let id = told["views"][0]["view"]["id"].as_str().unwrap();
    let path = format!("/users/U0GIL/views/{id}/dismiss");
    let (status, done) = control(&app, "POST", &path, Value::Null).await;
    assert_eq!((status, &done["closed"]), (200, &json!([id])), "{done}");
}

#[tokio::test]
async fn an_app_of_an_organisation_has_its_commands_where_it_was_added() {
    let receiver = Receiver::new().await;
    let yaml = format!(
        r#"
version: 1
enterprises: [{{id: E0ACME, name: Acme Corp, domain: acme-corp}}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    users: [{{id: U0ADA, name: ada, role: primary_owner}}]
    channels: [{{id: C0ALL, name: all, general: true, creator: U0ADA, members: [U0ADA]}}]
    apps:
      - id: A0GREET
        name: greeter
        bot_user: {{id: U0GREET, name: greeter, bot_id: B0GREET}}
        manifest:
          features: {{slash_commands: [{{command: /plain, url: "{}/command"}}]}}
          settings: {{org_deploy_enabled: true}}
    tokens:
      - {{token: xoxb-org, kind: org, app: A0GREET, scopes: [commands, chat:write], workspaces: [T0WEST]}}
  - id: T0WEST
    name: West
    domain: west
    enterprise: E0ACME
    users: [{{id: U0WES, name: wes, role: primary_owner}}]
    channels: [{{id: C0WEST, name: west, general: true, creator: U0WES, members: [U0WES]}}]
"#,
        receiver.base()
    );
    let app = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    let said = json!({"response_type": "in_channel", "text": "here"}).to_string();
    receiver.reply("/command", Reply::saying(said));
    let ask = json!({"text": "/plain", "channel": "C0WEST"});
    let (status, told) = control(&app, "POST", "/users/U0WES/command", ask).await;
    assert_eq!(
        (status, &told["answer"]["text"]),
        (200, &json!("here")),
        "{told}"
    );
    let fields = receiver.take(1).await.remove(0).fields();
    for (name, value) in [
        ("team_id", "T0WEST"),
        ("team_domain", "west"),
        ("enterprise_id", "E0ACME"),
        ("enterprise_name", "Acme Corp"),
        ("is_enterprise_install", "true"),
    ] {
        assert_eq!(fields[name], value, "{name}");
    }
    let ask = json!({"text": "/plain", "channel": "C0ALL"});
    let (_, told) = control(&app, "POST", "/users/U0ADA/command", ask).await;
    assert_eq!(told["error"], "unknown_command", "{told}");
}

#[tokio::test]
async fn what_is_under_way_is_there_after_a_restart_where_nodes_share_it() {
    let receiver = Receiver::new().await;
    let (app, clock) = app(&receiver).await;
    let ask = json!({"text": "/plain", "channel": "C0WELCOME"});
    control(&app, "POST", "/users/U0ADA/command", ask).await;
    let fields = receiver.take(1).await.remove(0).fields();
    let view = json!({"type": "modal", "title": {"type": "plain_text", "text": "A"}, "blocks": []})
        .to_string();
    let arguments = [("trigger_id", &*fields["trigger_id"]), ("view", &*view)];
    app.ok("views.open", BOT, &arguments).await;
    let shared = app.elsewhere.is_some();
    let app = app.restarted(settings(), clock).await;
    let (status, told) = control(&app, "GET", "/users/U0ADA/views", Value::Null).await;
    let open = told["views"].as_array().unwrap().len();
    assert_eq!((status, open), (200, usize::from(shared)), "{told}");
    let url = &fields["response_url"];
    let path = url.find("/commands/").map(|at| &url[at..]).unwrap();
    let headers = [("Content-Type", "application/json")];
    let answer = app
        .send("POST", path, &headers, br#"{"text": "late"}"#)
        .await;
    assert_eq!(answer.status, if shared { 200 } else { 404 });
    // Its manifest is no such thing.
    let ask = json!({"text": "/plain", "channel": "C0WELCOME"});
    let (status, _) = control(&app, "POST", "/users/U0ADA/command", ask).await;
    assert_eq!(status, 200);
}
