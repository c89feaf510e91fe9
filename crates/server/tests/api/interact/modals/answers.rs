//! What an app answers to a submission, and what it does meanwhile.

use super::{act, filled, modal, open, payload, views, with_modal};
use crate::{
    app::App,
    events::{Receiver, Reply},
    interact::BOT,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

#[tokio::test]
async fn an_app_answers_a_submission_in_five_ways() {
    let (app, _, receiver, view) = with_modal().await;
    let submit = async |view: &str, said: Value| {
        receiver.reply("/interactive", Reply::saying(said.to_string()));
        let answer = act(&app, view, "submit", filled()).await;
        receiver.take(1).await;
        answer
    };
    let errors = json!({"response_action": "errors", "errors": {"who": "they are in already"}});
    let (status, done) = submit(&view, errors).await;
    assert_eq!(
        (status, &done["errors"]),
        (200, &json!({"who": "they are in already"})),
        "{done}"
    );
    assert_eq!(done["view"]["id"], json!(view));
    for said in [
        json!({"response_action": "errors", "errors": {"nobody": "x"}}),
        json!({"response_action": "errors"}),
        json!({"response_action": "sing"}),
        json!({"response_action": 7}),
        json!({"response_action": "update"}),
        json!({"response_action": "push", "view": modal(json!({"title": null}))}),
        json!("done"),
    ] {
        let (status, told) = submit(&view, said.clone()).await;
        assert_eq!(
            (status, told["error"].as_str()),
            (502, Some("dispatch_unknown_error")),
            "{said}: {told}"
        );
    }
    let update =
        json!({"response_action": "update", "view": modal(json!({"callback_id": "again"}))});
    let (_, done) = submit(&view, update).await;
    assert_eq!(
        (&done["view"]["id"], &done["view"]["callback_id"]),
        (&json!(view), &json!("again"))
    );
    let push = json!({"response_action": "push", "view": modal(json!({"callback_id": "over"}))});
    let (_, done) = submit(&view, push.clone()).await;
    let over = done["view"]["id"].as_str().unwrap().to_owned();
    assert_eq!(done["view"]["previous_view_id"], json!(view));
    assert_eq!(
        views(&app).await,
        [(view.clone(), false), (over.clone(), true)]
    );
    let (_, told) = act(&app, &view, "submit", filled()).await;
    assert_eq!(told["error"], "view_not_on_top");
    let (_, done) = submit(&over, push.clone()).await;
    let top = done["view"]["id"].as_str().unwrap().to_owned();
    let (status, told) = submit(&top, push.clone()).await;
    assert_eq!(
        (status, &told["error"]),
        (502, &json!("dispatch_unknown_error")),
        "{told}"
    );
    // An empty answer closes the one on top.
    let (_, done) = submit(&top, json!({})).await;
    assert_eq!(
        (&done["response_action"], &done["view"]["id"]),
        (&json!("close"), &json!(over))
    );
    let (_, done) = submit(&over, json!({"response_action": "clear"})).await;
    assert_eq!(done["response_action"], "clear");
    assert_eq!(views(&app).await, []);
}

/// A submission during which the app does something else before it answers this.
async fn meanwhile(
    app: &App,
    receiver: &Receiver,
    view: &str,
    said: Value,
    (method, more): (&str, Value),
) -> (u16, Value) {
    let gate = Arc::new(Notify::new());
    let reply = Reply::saying(said.to_string()).once(gate.clone());
    receiver.reply("/interactive", reply);
    let other = async {
        let told = payload(&receiver.take(1).await.remove(0));
        let over = modal(more).to_string();
        let arguments = [
            ("view_id", view),
            ("trigger_id", told["trigger_id"].as_str().unwrap()),
            ("view", &*over),
        ];
        app.ok(method, BOT, &arguments).await;
        gate.notify_one();
    };
    let (answer, ()) = tokio::join!(act(app, view, "submit", filled()), other);
    receiver.reply("/interactive", Reply::status(200));
    answer
}

#[tokio::test]
async fn an_app_may_change_a_view_while_its_submission_is_answered() {
    let (app, _, receiver, view) = with_modal().await;
    let update = |name: &str| ("views.update", json!({"callback_id": name}));
    // What it puts there itself is newer than what it answers.
    let said =
        json!({"response_action": "update", "view": modal(json!({"callback_id": "loading"}))});
    let (status, done) = meanwhile(&app, &receiver, &view, said, update("done")).await;
    assert_eq!(
        (status, &done["view"]["callback_id"]),
        (200, &json!("done")),
        "{done}"
    );
    let (status, done) = meanwhile(&app, &receiver, &view, json!({}), update("bye")).await;
    assert_eq!(
        (status, &done["response_action"]),
        (200, &json!("close")),
        "{done}"
    );
    assert_eq!(views(&app).await, []);
    // What it puts on top goes with what it clears, and there is no place for another.
    let push = || ("views.push", json!({}));
    let view = open(&app, &receiver, &modal(json!({}))).await;
    let said = json!({"response_action": "push", "view": modal(json!({}))});
    let (status, done) = meanwhile(&app, &receiver, &view, said, push()).await;
    assert_eq!(
        (status, &done["error"]),
        (502, &json!("dispatch_unknown_error")),
        "{done}"
    );
    assert_eq!(views(&app).await.len(), 2);
    let view = open(&app, &receiver, &modal(json!({}))).await;
    let clear = json!({"response_action": "clear"});
    let (status, done) = meanwhile(&app, &receiver, &view, clear, push()).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(views(&app).await.len(), 2);
}

#[tokio::test]
async fn what_was_typed_stays_in_a_view_that_stays_open() {
    let (app, _, receiver, view) = with_modal().await;
    let errors = json!({"response_action": "errors", "errors": {"who": "no"}});
    receiver.reply("/interactive", Reply::saying(errors.to_string()));
    let (_, done) = act(&app, &view, "submit", filled()).await;
    assert_eq!(
        done["view"]["state"]["values"]["why"]["words"]["value"],
        "for launch"
    );
    let wrong = json!({"response_action": "errors", "errors": {"who": 7}});
    receiver.reply("/interactive", Reply::saying(wrong.to_string()));
    let (status, told) = act(&app, &view, "submit", json!({})).await;
    assert_eq!(
        (status, &told["error"]),
        (502, &json!("dispatch_unknown_error")),
        "{told}"
    );
    receiver.reply("/interactive", Reply::status(500));
    let other = json!({"values": {"guest": "U0SOL"}});
    let (status, _) = act(&app, &view, "submit", other).await;
    assert_eq!(status, 502);
    let update = modal(json!({"callback_id": "again"}));
    let said = json!({"response_action": "update", "view": update});
    receiver.reply("/interactive", Reply::saying(said.to_string()));
    let (_, done) = act(&app, &view, "submit", json!({})).await;
    let values = &done["view"]["state"]["values"];
    assert_eq!(
        (
            &values["who"]["guest"]["selected_user"],
            &values["why"]["words"]["value"]
        ),
        (&json!("U0SOL"), &json!("for launch")),
        "{done}"
    );
}

#[tokio::test]
async fn what_cannot_be_shown_says_where() {
    let (app, _, receiver, view) = with_modal().await;
    let blocks = json!([{"type": "zzz"}, {"type": "actions", "elements": []}]);
    let bad = modal(json!({"blocks": blocks, "submit_disabled": true}));
    let faults = [
        "invalid additional property: submit_disabled [json-pointer:/view]",
        "unsupported type: zzz [json-pointer:/view/blocks/0/type]",
        "must provide at least 1 items [json-pointer:/view/blocks/1/elements]",
    ];
    let told = faults.map(|fault| format!("[ERROR] {fault}"));
    for (method, which) in [
        ("views.open", "trigger_id"),
        ("views.push", "trigger_id"),
        ("views.update", "view_id"),
    ] {
        let arguments = [(which, &*view), ("view", &*bad.to_string())];
        let answer = app.call(method, BOT, &arguments).await;
        assert_eq!(
            (&answer["error"], &answer["response_metadata"]["messages"]),
            (&json!("invalid_arguments"), &json!(told)),
            "{method}"
        );
    }
    for action in ["update", "push"] {
        let said = json!({"response_action": action, "view": bad});
        receiver.reply("/interactive", Reply::saying(said.to_string()));
        let (status, told) = act(&app, &view, "submit", filled()).await;
        receiver.take(1).await;
        let why = told["message"].as_str().unwrap();
        assert!(status == 502 && why.contains(&faults.join(", ")), "{why}");
    }
}
