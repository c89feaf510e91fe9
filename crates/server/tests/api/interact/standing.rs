//! How things stand when something is done, and when it is answered.

use super::{NOON, world};
use crate::{
    app::App,
    events::{Receiver, control, settings},
};
use guestlist_store::Clock;
use serde_json::{Value, json};

const ADMIN: &str = "xoxp-admin";
const GLOBEX: &str = "xoxb-globex";

/// Acme and Globex share a channel, and have the app both.
async fn app(receiver: &Receiver) -> App {
    let yaml = world(&receiver.base(), "")
        .replace(
            "version: 1\n",
            "version: 1\nenterprises: [{id: E0ACME, name: Acme Corp, domain: acme-corp}]\n",
        )
        .replace(
            "    domain: acme\n",
            "    domain: acme\n    enterprise: E0ACME\n",
        )
        .replace(
            "      - {id: D0ADABEN",
            "      - {id: C0SHARED, name: shared, creator: U0ADA, members: [U0ADA, U0GREET, U0GIL, U0HEDY, U0GBOT], connections: [{workspace: T0GLOBEX, name: shared}]}
      - {id: D0ADABEN",
        )
        .replace(
            "    tokens:\n",
            "    tokens:\n      - {token: xoxp-admin, user: U0ADA, scopes: [\"admin.conversations:write\"]}\n",
        )
        .replace(
            "      - {id: U0GIL",
            "      - {id: U0GBOT, name: greeter, bot_id: B0GBOT, app: A0GREET}
      - {id: U0GIL",
        )
        .replace("      - {id: U0OTTO", "      - {id: U0WES}\n      - {id: U0OTTO")
        + "    tokens:
      - {token: xoxb-globex, app: A0GREET, user: U0GBOT, scopes: [commands, \"chat:write\"]}
  - id: T0WEST
    name: West
    domain: west
    enterprise: E0ACME
    users: [{id: U0WES, name: wes, role: primary_owner}]
";
    App::with_clock(&yaml, settings(), Clock::standing(NOON)).await
}

async fn hook(app: &App, receiver: &Receiver, user: &str, channel: &str) -> String {
    let typing = json!({"text": "/plain", "channel": channel});
    let path = format!("/users/{user}/command");
    let (status, told) = control(app, "POST", &path, typing).await;
    assert_eq!(status, 200, "{told}");
    let mut fields = receiver.take(1).await.remove(0).fields();
    fields.remove("response_url").unwrap()
}

async fn respond(app: &App, url: &str, kind: &str) -> (u16, Value) {
    let path = url.find("/commands/").or_else(|| url.find("/actions/"));
    let body = json!({"text": "late", "response_type": kind}).to_string();
    let headers = [("Content-Type", "application/json")];
    let path = &url[path.unwrap()..];
    let answer = app.send("POST", path, &headers, body.as_bytes()).await;
    let said = match answer.status {
        200 => Value::Null,
        _ => answer.json()["error"].clone(),
    };
    (answer.status, said)
}

#[tokio::test]
async fn a_button_is_told_to_the_app_where_it_speaks_from() {
    let receiver = Receiver::new().await;
    let app = app(&receiver).await;
    let blocks = json!([{"type": "actions", "elements": [{"type": "button", "action_id": "yes", "text": {"type": "plain_text", "text": "Yes"}}]}]).to_string();
    for (bot, user, team, theirs) in [
        (super::BOT, "U0GIL", "T0ACME", "T0GLOBEX"),
        (GLOBEX, "U0ADA", "T0GLOBEX", "T0ACME"),
    ] {
        let arguments = [
            ("channel", "C0SHARED"),
            ("text", "Sure?"),
            ("thread_ts", "1600000000.000100"),
            ("blocks", &*blocks),
        ];
        let posted = app.ok("chat.postMessage", bot, &arguments).await;
        let body = json!({"channel": "C0SHARED", "ts": posted["ts"], "action": "yes"});
        let (status, told) = control(&app, "POST", &format!("/users/{user}/click"), body).await;
        assert_eq!(status, 200, "{told}");
        let fields = receiver.take(1).await.remove(0).fields();
        let payload: Value = serde_json::from_str(&fields["payload"]).unwrap();
        assert_eq!(
            (&payload["team"]["id"], &payload["user"]["team_id"]),
            (&json!(team), &json!(theirs))
        );
        assert_eq!(payload["container"]["thread_ts"], "1600000000.000100");
        // The trigger is for that installation alone.
        let view =
            json!({"type": "modal", "title": {"type": "plain_text", "text": "A"}, "blocks": []});
        let arguments = [
            ("trigger_id", payload["trigger_id"].as_str().unwrap()),
            ("view", &*view.to_string()),
        ];
        let opened = app.ok("views.open", bot, &arguments).await;
        assert_eq!(opened["view"]["team_id"], team);
        let url = payload["response_url"].as_str().unwrap();
        assert_eq!(respond(&app, url, "in_channel").await.0, 200);
    }
}

#[tokio::test]
async fn an_answer_comes_too_late_for_what_has_changed() {
    let receiver = Receiver::new().await;
    let app = app(&receiver).await;
    let gil = hook(&app, &receiver, "U0GIL", "C0SHARED").await;
    let cleo = hook(&app, &receiver, "U0CLEO", "C0OPS").await;
    let ada = hook(&app, &receiver, "U0ADA", "C0WELCOME").await;
    for url in [&gil, &cleo, &ada] {
        assert_eq!(respond(&app, url, "ephemeral").await, (200, Value::Null));
    }
    // She has left a channel that nobody sees from outside.
    let whom = [("channel", "C0OPS"), ("user", "U0CLEO")];
    app.ok("conversations.kick", "xoxp-sample-ada", &whom).await;
    let said = respond(&app, &cleo, "ephemeral").await;
    assert_eq!(said, (400, json!("user_not_in_channel")));
    assert_eq!(respond(&app, &cleo, "in_channel").await.0, 200);
    // The organisations have parted.
    let which = [("channel_id", "C0SHARED"), ("leaving_team_ids", "T0GLOBEX")];
    app.ok("admin.conversations.disconnectShared", ADMIN, &which)
        .await;
    for kind in ["in_channel", "ephemeral"] {
        let said = respond(&app, &gil, kind).await;
        assert_eq!(said, (400, json!("channel_not_found")));
    }
    // The app is gone.
    for token in [super::BOT, "xoxp-sample-ada"] {
        app.ok("auth.revoke", token, &[]).await;
    }
    let said = respond(&app, &ada, "in_channel").await;
    assert_eq!(said, (400, json!("app_not_installed")));
}

#[tokio::test]
async fn whoever_is_in_a_workspace_is_named_there_wherever_they_belong_first() {
    let receiver = Receiver::new().await;
    let app = app(&receiver).await;
    let typing = json!({"text": "/invite-guest @wes @gil", "channel": "C0WELCOME"});
    let (_, told) = control(&app, "POST", "/users/U0ADA/command", typing).await;
    assert_eq!(told["text"], "<@U0WES|wes> @gil", "{told}");
}

#[tokio::test]
async fn what_is_under_way_goes_with_its_workspace() {
    let receiver = Receiver::new().await;
    let (app, _) = super::app(&receiver).await;
    let url = hook(&app, &receiver, "U0ADA", "C0WELCOME").await;
    let gone = json!({"workspaces": ["T0ACME"]});
    let (status, told) = control(&app, "POST", "/world/remove", gone).await;
    assert_eq!(status, 200, "{told}");
    let said = respond(&app, &url, "in_channel").await;
    assert_eq!(said, (404, json!("expired_url")));
}
