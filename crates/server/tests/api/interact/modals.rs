//! Modals: from the command that opens one to the invitation that comes of it.

use super::{BOT, SECRET, app};
use crate::{
    app::App,
    events::{Got, Receiver, Reply, control},
};
use guestlist_store::Clock;
use serde_json::{Value, json};

mod answers;

fn modal(more: Value) -> Value {
    let mut view = json!({
        "type": "modal",
        "callback_id": "invite",
        "private_metadata": "from welcome",
        "title": {"type": "plain_text", "text": "Guests"},
        "submit": {"type": "plain_text", "text": "Invite"},
        "blocks": [
            {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"},
             "element": {"type": "users_select", "action_id": "guest"}},
            {"type": "input", "block_id": "where", "label": {"type": "plain_text", "text": "Where"},
             "element": {"type": "conversations_select", "action_id": "room", "response_url_enabled": true}},
            {"type": "input", "block_id": "why", "optional": true, "dispatch_action": true,
             "label": {"type": "plain_text", "text": "Why"},
             "element": {"type": "plain_text_input", "action_id": "words", "max_length": 20}},
            {"type": "actions", "block_id": "help", "elements": [
                {"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}}]},
        ],
    });
    for (key, value) in more.as_object().unwrap() {
        view[key] = value.clone();
    }
    view
}

fn payload(got: &Got) -> Value {
    serde_json::from_str(&got.fields()["payload"]).unwrap()
}

/// Somebody types a command; the trigger that its app gets.
async fn trigger(app: &App, receiver: &Receiver) -> String {
    let typing = json!({"text": "/plain", "channel": "C0WELCOME"});
    let (status, told) = control(app, "POST", "/users/U0ADA/command", typing).await;
    assert_eq!(status, 200, "{told}");
    receiver
        .take(1)
        .await
        .remove(0)
        .fields()
        .remove("trigger_id")
        .unwrap()
}

async fn open(app: &App, receiver: &Receiver, view: &Value) -> String {
    let trigger = trigger(app, receiver).await;
    let arguments = [("trigger_id", &*trigger), ("view", &*view.to_string())];
    let opened = app.ok("views.open", BOT, &arguments).await;
    opened["view"]["id"].as_str().unwrap().to_owned()
}

async fn act(app: &App, view: &str, deed: &str, body: Value) -> (u16, Value) {
    let path = format!("/users/U0ADA/views/{view}/{deed}");
    control(app, "POST", &path, body).await
}

async fn views(app: &App) -> Vec<(String, bool)> {
    let (status, told) = control(app, "GET", "/users/U0ADA/views", Value::Null).await;
    assert_eq!(status, 200, "{told}");
    let views = told["views"].as_array().unwrap().iter();
    views
        .map(|one| {
            let id = one["view"]["id"].as_str().unwrap();
            (id.to_owned(), one["top"].as_bool().unwrap())
        })
        .collect()
}

fn filled() -> Value {
    json!({"values": {"guest": "U0BEN", "room": "C0WELCOME", "why/words": "for launch"}})
}

async fn with_modal() -> (App, Clock, Receiver, String) {
    let receiver = Receiver::new().await;
    let (app, clock) = app(&receiver).await;
    let view = open(&app, &receiver, &modal(json!({}))).await;
    (app, clock, receiver, view)
}

#[tokio::test]
async fn a_command_opens_a_modal_and_its_submission_invites() {
    let (app, _, receiver, view) = with_modal().await;
    assert_eq!(views(&app).await, [(view.clone(), true)]);
    let (status, done) = act(&app, &view, "submit", filled()).await;
    assert_eq!(
        (status, &done),
        (
            200,
            &json!({"app_id": "A0GREET", "response_action": "close"})
        )
    );
    let got = receiver.take(1).await.remove(0);
    assert_eq!(
        (got.path.as_str(), &got.headers["x-slack-signature"]),
        ("/interactive", &got.signed_with(SECRET))
    );
    let payload = payload(&got);
    let told = &payload["view"];
    assert_eq!(
        (&told["id"], &told["callback_id"], &told["private_metadata"]),
        (&json!(view), &json!("invite"), &json!("from welcome"))
    );
    assert_eq!(
        told["state"]["values"],
        json!({
            "who": {"guest": {"type": "users_select", "selected_user": "U0BEN"}},
            "where": {"room": {"type": "conversations_select", "selected_conversation": "C0WELCOME"}},
            "why": {"words": {"type": "plain_text_input", "value": "for launch"}},
        })
    );
    let url = payload["response_urls"][0]["response_url"]
        .as_str()
        .unwrap();
    assert_eq!(
        payload,
        json!({
            "type": "view_submission",
            "user": {"id": "U0ADA", "username": "ada", "name": "ada", "team_id": "T0ACME"},
            "api_app_id": "A0GREET",
            "token": payload["token"],
            "team": {"id": "T0ACME", "domain": "acme"},
            "enterprise": null,
            "is_enterprise_install": false,
            "trigger_id": payload["trigger_id"],
            "view": payload["view"],
            "response_urls": [{"block_id": "where", "action_id": "room", "channel_id": "C0WELCOME", "response_url": url}],
        })
    );
    let chosen = &told["state"]["values"];
    let (guest, room) = (
        &chosen["who"]["guest"]["selected_user"],
        &chosen["where"]["room"]["selected_conversation"],
    );
    let arguments = [
        ("channel", room.as_str().unwrap()),
        ("users", guest.as_str().unwrap()),
    ];
    app.ok("conversations.invite", BOT, &arguments).await;
    let path = url.find("/app/T0ACME/").map(|at| &url[at..]).unwrap();
    let said = json!({"response_type": "in_channel", "text": "ben is in"}).to_string();
    let headers = [("Content-Type", "application/json")];
    assert_eq!(
        app.send("POST", path, &headers, said.as_bytes())
            .await
            .status,
        200
    );
    let history = app
        .ok("conversations.history", BOT, &[("channel", "C0WELCOME")])
        .await;
    assert_eq!(history["messages"][0]["text"], "ben is in");
    assert_eq!(history["messages"][1]["subtype"], "channel_join");
    assert_eq!(views(&app).await, []);
    let (_, gone) = act(&app, &view, "submit", filled()).await;
    assert_eq!(gone["error"], "view_not_found");
}

#[tokio::test]
async fn what_is_wrong_with_a_submission_is_told_before_the_app_hears_of_it() {
    let (app, _, receiver, view) = with_modal().await;
    for (values, code) in [
        (json!({}), "missing_value"),
        (json!({"guest": "U0BEN"}), "missing_value"),
        (json!({"guest": null, "room": "C0OPS"}), "missing_value"),
        (
            json!({"guest": "U0NONE", "room": "C0OPS"}),
            "user_not_found",
        ),
        (
            json!({"guest": "U0BEN", "room": "C0NONE"}),
            "channel_not_found",
        ),
        (
            json!({"guest": "U0BEN", "room": "C0OPS", "words": "far, far more than that"}),
            "invalid_value",
        ),
        (
            json!({"guest": "U0BEN", "room": "C0OPS", "more": "x"}),
            "invalid_value",
        ),
        (json!({"guests": "U0BEN"}), "action_not_found"),
        (json!({"where/guest": "U0BEN"}), "action_not_found"),
    ] {
        let (status, told) = act(&app, &view, "submit", json!({"values": values})).await;
        assert_eq!(
            (status, told["error"].as_str()),
            (422, Some(code)),
            "{values}: {told}"
        );
    }
    for (user, id, deed, body, status, code) in [
        ("U0ADA", "V0", "submit", json!({}), 422, "view_not_found"),
        ("U0BEN", &*view, "submit", json!({}), 422, "view_not_found"),
        (
            "U0NONE",
            &*view,
            "dismiss",
            json!({}),
            422,
            "user_not_found",
        ),
        ("U0ADA", &*view, "look", json!({}), 404, "not_found"),
        (
            "U0ADA",
            &*view,
            "submit",
            json!({"value": {}}),
            400,
            "invalid_request",
        ),
        (
            "U0ADA",
            &*view,
            "click",
            json!({"action": "none"}),
            422,
            "action_not_found",
        ),
    ] {
        let path = format!("/users/{user}/views/{id}/{deed}");
        let (is, told) = control(&app, "POST", &path, body).await;
        assert_eq!(
            (is, told["error"].as_str()),
            (status, Some(code)),
            "{user} {deed}: {told}"
        );
    }
    receiver.expect_none().await;
    let silent = modal(json!({"submit": null, "blocks": [{"type": "divider"}]}));
    let view = open(&app, &receiver, &silent).await;
    let (_, told) = act(&app, &view, "submit", json!({})).await;
    assert_eq!(told["error"], "not_submittable");
}

#[tokio::test]
async fn an_input_is_filled_in_and_its_app_hears_of_it_when_the_view_is_submitted() {
    let (app, _, receiver, view) = with_modal().await;
    for (action, value) in [("guest", "U0BEN"), ("room", "C0WELCOME")] {
        let pressing = json!({"action": action, "value": value});
        let (status, told) = act(&app, &view, "click", pressing).await;
        let silent = json!({"app_id": "A0GREET", "told": false});
        assert_eq!((status, told), (200, silent));
    }
    receiver.expect_none().await;
    let (status, done) = act(&app, &view, "click", json!({"action": "more"})).await;
    assert_eq!((status, &done["told"]), (200, &json!(true)), "{done}");
    let pressed = payload(&receiver.take(1).await.remove(0));
    let chosen = &pressed["view"]["state"]["values"]["who"]["guest"];
    assert_eq!(chosen["selected_user"], "U0BEN");
    let (status, done) = act(&app, &view, "submit", json!({})).await;
    assert_eq!(status, 200, "{done}");
}

#[tokio::test]
async fn what_is_asked_for_elsewhere_is_filled_in_or_says_that_it_cannot_be() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let text = |words: &str| json!({"type": "plain_text", "text": words});
    let input = |block: &str, optional: bool, element: Value| json!({"type": "input", "block_id": block, "optional": optional, "label": text(block), "element": element});
    let blocks = |optional| {
        json!([
            input("scan", optional, json!({"type": "file_input", "action_id": "file"})),
            input("from", false, json!({"type": "external_select", "action_id": "found"})),
            input("in", false, json!({"type": "channels_select", "action_id": "public"})),
            {"type": "section", "text": text("Or"), "block_id": "or", "accessory":
                {"type": "overflow", "action_id": "deed", "options": [{"text": text("A"), "value": "a"}]}},
        ])
    };
    let values = json!({"found": {"text": "Sol", "value": "U0SOL"}, "public": "C0WELCOME"});
    let view = open(&app, &receiver, &modal(json!({"blocks": blocks(false)}))).await;
    let submit = |values: Value| act(&app, &view, "submit", json!({"values": values}));
    let (status, told) = submit(values.clone()).await;
    assert_eq!((status, &told["error"]), (422, &json!("missing_value")));
    let why = told["message"].as_str().unwrap();
    assert!(
        why.ends_with("`file` is a `file_input`, which cannot be filled in here"),
        "{why}"
    );
    for (values, code) in [
        (json!({"file": "x"}), "invalid_value"),
        (json!({"found": "U0SOL"}), "invalid_value"),
        (json!({"public": "C0OPS"}), "invalid_value"),
        (json!({"deed": "a"}), "invalid_value"),
    ] {
        let (status, told) = submit(values).await;
        assert_eq!(
            (status, told["error"].as_str()),
            (422, Some(code)),
            "{told}"
        );
    }
    act(
        &app,
        &view,
        "click",
        json!({"action": "deed", "value": "a"}),
    )
    .await;
    let told = payload(&receiver.take(1).await.remove(0));
    assert_eq!(told["actions"][0]["selected_option"]["value"], "a");
    assert_eq!(told["view"]["state"]["values"].get("or"), None);
    let view = open(&app, &receiver, &modal(json!({"blocks": blocks(true)}))).await;
    let (status, done) = act(&app, &view, "submit", json!({"values": values})).await;
    assert_eq!(status, 200, "{done}");
    let told = payload(&receiver.take(1).await.remove(0));
    let option = json!({"text": text("Sol"), "value": "U0SOL"});
    assert_eq!(
        told["view"]["state"]["values"],
        json!({
            "scan": {"file": {"type": "file_input", "files": []}},
            "from": {"found": {"type": "external_select", "selected_option": option}},
            "in": {"public": {"type": "channels_select", "selected_channel": "C0WELCOME"}},
        })
    );
}

#[tokio::test]
async fn a_menu_begins_with_the_conversation_of_the_command() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver).await;
    let blocks = json!([{"type": "actions", "block_id": "where", "elements": [
        {"type": "conversations_select", "action_id": "room", "default_to_current_conversation": true}]}]);
    open(&app, &receiver, &modal(json!({"blocks": blocks}))).await;
    let (_, told) = control(&app, "GET", "/users/U0ADA/views", Value::Null).await;
    let state = &told["views"][0]["view"]["state"]["values"];
    let room = &state["where"]["room"]["selected_conversation"];
    assert_eq!(room, "C0WELCOME", "{told}");
}

#[tokio::test]
async fn what_is_chosen_in_a_modal_stays_and_lets_the_app_push() {
    let (app, clock, receiver, view) = with_modal().await;
    let more = json!({"action": "words", "value": "hello"});
    let (status, told) = act(&app, &view, "click", more).await;
    assert_eq!(
        (status, &told["action"]["value"]),
        (200, &json!("hello")),
        "{told}"
    );
    let first = payload(&receiver.take(1).await.remove(0));
    assert_eq!(
        (&first["type"], &first["container"]),
        (
            &json!("block_actions"),
            &json!({"type": "view", "view_id": view})
        )
    );
    assert_eq!(
        first["view"]["state"]["values"]["why"]["words"]["value"],
        "hello"
    );
    assert_eq!(
        (
            first.get("channel"),
            first.get("response_url"),
            first.get("state")
        ),
        (None, None, None)
    );
    act(&app, &view, "click", json!({"action": "more"})).await;
    let second = payload(&receiver.take(1).await.remove(0));
    assert_eq!(
        second["view"]["state"]["values"]["why"]["words"]["value"],
        "hello"
    );
    let trigger = second["trigger_id"].as_str().unwrap();
    let over = modal(json!({"notify_on_close": true, "clear_on_close": true})).to_string();
    let arguments = [("trigger_id", trigger), ("view", &*over)];
    let pushed = app.ok("views.push", BOT, &arguments).await;
    let over = pushed["view"]["id"].as_str().unwrap();
    assert_eq!(pushed["view"]["root_view_id"], json!(view));
    assert_eq!(
        app.refused("views.push", BOT, &arguments).await,
        "exchanged_trigger_id"
    );
    // The app looks after the one below meanwhile, and whoever is late learns of it.
    let below = modal(json!({"notify_on_close": true})).to_string();
    let arguments = [("view_id", &*view), ("view", &*below)];
    let updated = app.ok("views.update", BOT, &arguments).await;
    assert_eq!(
        updated["view"]["state"]["values"]["why"]["words"]["value"],
        "hello"
    );
    let hash = first["view"]["hash"].as_str().unwrap();
    let arguments = [("view_id", &*view), ("view", &*below), ("hash", hash)];
    assert_eq!(
        app.refused("views.update", BOT, &arguments).await,
        "hash_conflict"
    );
    // Closing it closes both, and the app hears of each.
    let (status, done) = act(&app, over, "dismiss", json!({})).await;
    assert_eq!(
        (status, &done["closed"], &done["told"]),
        (200, &json!([over, view]), &json!([over, view])),
        "{done}"
    );
    for (got, id) in receiver.take(2).await.iter().zip([over, &view]) {
        let payload = payload(got);
        assert_eq!(
            (&payload["type"], &payload["view"]["id"]),
            (&json!("view_closed"), &json!(id))
        );
        assert_eq!(
            (&payload["is_cleared"], payload.get("trigger_id")),
            (&json!(true), None)
        );
    }
    assert_eq!(views(&app).await, []);
    // A trigger is good for three seconds.
    act_late(&app, &clock, &receiver).await;
}

async fn act_late(app: &App, clock: &Clock, receiver: &Receiver) {
    let late = trigger(app, receiver).await;
    clock.advance(3_000_000);
    let view = modal(json!({})).to_string();
    let arguments = [("trigger_id", &*late), ("view", &*view)];
    assert_eq!(
        app.refused("views.open", BOT, &arguments).await,
        "expired_trigger_id"
    );
    let arguments = [("trigger_id", "1.2.3"), ("view", &*view)];
    assert_eq!(
        app.refused("views.open", BOT, &arguments).await,
        "invalid_trigger_id"
    );
}

#[tokio::test]
async fn a_view_that_is_closed_quietly_is_closed_alone() {
    let (app, _, receiver, view) = with_modal().await;
    act(&app, &view, "click", json!({"action": "more"})).await;
    let trigger = payload(&receiver.take(1).await.remove(0));
    let over = modal(json!({"notify_on_close": true})).to_string();
    let arguments = [
        ("trigger_id", trigger["trigger_id"].as_str().unwrap()),
        ("view", &*over),
    ];
    let pushed = app.ok("views.push", BOT, &arguments).await;
    let over = pushed["view"]["id"].as_str().unwrap();
    // That the app cannot be told keeps nothing open.
    receiver.reply("/interactive", Reply::status(500));
    let (status, done) = act(&app, over, "dismiss", json!({})).await;
    assert_eq!(
        (status, &done),
        (200, &json!({"closed": [over], "told": []}))
    );
    assert_eq!(
        payload(&receiver.take(1).await.remove(0))["is_cleared"],
        false
    );
    assert_eq!(views(&app).await, [(view.clone(), true)]);
    let (_, done) = act(&app, &view, "dismiss", json!({"all": true})).await;
    assert_eq!(done, json!({"closed": [view], "told": []}));
    receiver.expect_none().await;
}

#[tokio::test]
async fn a_view_is_closed_also_where_its_app_is_gone() {
    let (app, _, receiver, _) = with_modal().await;
    let view = open(&app, &receiver, &modal(json!({"notify_on_close": true}))).await;
    app.ok("auth.revoke", BOT, &[]).await;
    app.ok("auth.revoke", "xoxp-sample-ada", &[]).await;
    let (_, told) = act(&app, &view, "submit", filled()).await;
    assert_eq!(told["error"], "app_not_installed");
    let (status, done) = act(&app, &view, "dismiss", json!({})).await;
    assert_eq!(
        (status, &done),
        (200, &json!({"closed": [view], "told": []}))
    );
    receiver.expect_none().await;
}
