//! While the record of deliveries takes nothing new.

use super::{
    control, deliveries, invite,
    receiver::{Receiver, Reply},
    settings,
};
use crate::app::App;
use guestlist_store::{Clock, testing, world};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn what_can_be_done_without_recording_goes_on() {
    let receiver = Receiver::new().await;
    receiver.reply("url_verification", Reply::challenge());
    let app = App::embedded(world::SAMPLE, settings(), Clock::default()).await;
    let ask = json!({"request_url": receiver.url(), "subscribe": ["member_joined_channel"]});
    let (status, set) = control(&app, "POST", "/apps/A0GREET/events", ask).await;
    assert_eq!(status, 200, "{set}");
    receiver.take(1).await;
    invite(&app, "C0WELCOME", "U0MIA").await;
    receiver.take(1).await;

    let record = app.file("deliveries.db");
    let refuse =
        "create trigger refuse before insert on delivery begin select raise(abort, 'no'); end";
    testing::in_file(&record, refuse);
    invite(&app, "C0WELCOME", "U0BEN").await;
    // Before it was tried to record that, and after.
    for _ in 0..50 {
        let asked = control(&app, "GET", "/deliveries", Value::Null);
        let asked = tokio::time::timeout(Duration::from_secs(10), asked).await;
        let (status, found) = asked.unwrap();
        let found = found["deliveries"].as_array().unwrap().len();
        assert_eq!((status, found), (200, 1));
    }

    testing::in_file(&record, "drop trigger refuse");
    assert_eq!(receiver.take(1).await[0].user(), "U0BEN");
    deliveries(&app, "state=delivered", 2).await;
}
