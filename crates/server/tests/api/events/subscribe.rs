//! What an app is to get, and where, set while the server goes on.

use super::{
    SECRET, control, invite,
    receiver::{Receiver, Reply},
    settings,
};
use crate::{
    add::{LATE, added},
    app::App,
};
use guestlist_store::{Clock, world};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

#[tokio::test]
async fn a_url_is_set_once_it_has_answered_the_challenge() {
    let receiver = Receiver::new().await;
    let app = App::with_clock(world::SAMPLE, settings(), Clock::default()).await;
    let path = "/apps/A0GREET/events";
    let ask = json!({"request_url": receiver.url(), "subscribe": ["member_joined_channel"]});
    let (status, refused) = control(&app, "POST", path, ask.clone()).await;
    assert_eq!(
        (status, refused["error"].clone()),
        (422, json!("url_not_verified"))
    );
    let question = &receiver.take(1).await[0];
    assert_eq!(
        question.headers["x-slack-signature"],
        question.signed_with(SECRET)
    );

    receiver.reply("url_verification", Reply::challenge());
    let (status, set) = control(&app, "POST", path, ask.clone()).await;
    assert_eq!(
        (status, set["events"]["subscribe"].clone()),
        (200, json!(["member_joined_channel"]))
    );
    receiver.take(1).await;
    invite(&app, "C0WELCOME", "U0MIA").await;
    // Once this has come, the journal is followed.
    assert_eq!(receiver.take(1).await[0].user(), "U0MIA");
    for (who, subscribe) in [("U0BEN", json!([])), ("U0DANA", ask["subscribe"].clone())] {
        let ask = json!({"subscribe": subscribe});
        assert_eq!(control(&app, "POST", path, ask).await.0, 200);
        invite(&app, "C0WELCOME", who).await;
    }
    // From there on, and not what was before.
    assert_eq!(receiver.take(1).await[0].user(), "U0DANA");
    let (_, apps) = control(&app, "GET", "/apps", Value::Null).await;
    assert_eq!(apps["apps"][0]["events"]["request_url"], receiver.url());

    for (ask, code) in [
        (json!({"request_url": "ftp://127.0.0.1:9/"}), "invalid_url"),
        (json!({"subscribe": ["Not an event"]}), "invalid_event"),
    ] {
        let (status, refused) = control(&app, "POST", path, ask).await;
        assert_eq!((status, refused["error"].clone()), (422, json!(code)));
    }
}

#[tokio::test]
async fn what_is_set_while_a_url_is_asked_stands_beside_it() {
    let receiver = Receiver::new().await;
    let app = App::with_clock(world::SAMPLE, settings(), Clock::default()).await;
    let path = "/apps/A0GREET/events";
    let gate = Arc::new(Notify::new());
    receiver.reply("url_verification", Reply::challenge().once(gate.clone()));
    let ask = json!({"request_url": receiver.url()});
    let meanwhile = async {
        receiver.take(1).await;
        let ask = json!({"subscribe": ["member_joined_channel"]});
        assert_eq!(control(&app, "POST", path, ask).await.0, 200);
        gate.notify_one();
    };
    let ((status, told), ()) = tokio::join!(control(&app, "POST", path, ask), meanwhile);
    assert_eq!(status, 200, "{told}");
    invite(&app, "C0WELCOME", "U0MIA").await;
    assert_eq!(receiver.take(1).await[0].user(), "U0MIA");
    let (_, apps) = control(&app, "GET", "/apps", Value::Null).await;
    assert_eq!(apps["apps"][0]["events"], told["events"]);
}

#[tokio::test]
async fn a_url_that_answered_another_app_is_not_set() {
    let receiver = Receiver::new().await;
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let (path, named) = ("/apps/A0LATE/events", "        name: later");
    added(&app, "", LATE).await;
    let gate = Arc::new(Notify::new());
    receiver.reply("url_verification", Reply::challenge().once(gate.clone()));
    let ask = json!({"request_url": receiver.url()});
    let meanwhile = async {
        receiver.take(1).await;
        let late = json!({"workspaces": ["T0LATE"]});
        assert_eq!(control(&app, "POST", "/world/remove", late).await.0, 200);
        let other = format!("{named}\n        signing_secret: {SECRET}");
        added(&app, "", &LATE.replace(named, &other)).await;
        gate.notify_one();
    };
    let ((status, refused), ()) = tokio::join!(control(&app, "POST", path, ask), meanwhile);
    assert_eq!((status, &refused["error"]), (409, &json!("app_changed")));
}

#[tokio::test]
async fn that_nothing_signed_the_challenge_is_said() {
    let receiver = Receiver::new().await;
    let app = App::with_settings(world::SAMPLE, settings()).await;
    added(&app, "", LATE).await;
    receiver.reply("url_verification", Reply::status(401));
    let ask = json!({"request_url": receiver.url()});
    let (_, unsigned) = control(&app, "POST", "/apps/A0LATE/events", ask.clone()).await;
    assert!(
        !receiver.take(1).await[0]
            .headers
            .contains_key("x-slack-signature")
    );
    let (_, signed) = control(&app, "POST", "/apps/A0GREET/events", ask).await;
    let said = "http_error 401; A0LATE has no signing secret";
    assert_eq!(unsigned["error"], "url_not_verified");
    assert!(
        unsigned["message"].as_str().unwrap().contains(said),
        "{unsigned}"
    );
    assert!(
        signed["message"]
            .as_str()
            .unwrap()
            .ends_with("http_error 401"),
        "{signed}"
    );
}
