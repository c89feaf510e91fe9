//! What an app does in a morning, start to end, and again after the server comes back.

use crate::app::App;

const ADA: &str = "xoxp-sample-ada";
const BOT: &str = "xoxb-sample-greeter";

#[tokio::test]
async fn a_channel_from_its_making_to_its_end() {
    let app = App::sample().await;
    let made = app
        .ok("conversations.create", BOT, &[("name", "launch-2027")])
        .await;
    let id = made["channel"]["id"].as_str().unwrap().to_owned();
    let channel = ("channel", id.as_str());
    assert_eq!(
        app.refused("conversations.create", BOT, &[("name", "launch-2027")])
            .await,
        "name_taken"
    );
    app.ok(
        "conversations.invite",
        BOT,
        &[channel, ("users", "U0ADA,U0BEN,U0DANA")],
    )
    .await;
    app.ok(
        "chat.postMessage",
        BOT,
        &[channel, ("text", "Welcome <@U0ADA>, <@U0BEN>, <@U0DANA>!")],
    )
    .await;
    app.ok(
        "conversations.setTopic",
        ADA,
        &[channel, ("topic", "Lift-off")],
    )
    .await;
    app.ok(
        "conversations.setPurpose",
        ADA,
        &[channel, ("purpose", "To the moon")],
    )
    .await;
    app.ok("conversations.kick", ADA, &[channel, ("user", "U0DANA")])
        .await;
    app.ok("conversations.leave", ADA, &[channel]).await;
    assert_eq!(
        app.refused("conversations.invite", ADA, &[channel, ("users", "U0DANA")])
            .await,
        "not_in_channel"
    );
    app.ok("conversations.join", ADA, &[channel]).await;
    let history = app.ok("conversations.history", BOT, &[channel]).await;
    let told: Vec<&str> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["subtype"].as_str().unwrap_or("-"))
        .collect();
    assert_eq!(
        told,
        [
            "channel_join",
            "channel_leave",
            "channel_leave",
            "channel_purpose",
            "channel_topic",
            "-",
            "channel_join",
            "channel_join",
            "channel_join",
            "channel_join",
        ]
    );
    app.ok(
        "conversations.rename",
        BOT,
        &[channel, ("name", "launch-done")],
    )
    .await;
    app.ok("conversations.archive", BOT, &[channel]).await;
    assert_eq!(
        app.refused("conversations.invite", BOT, &[channel, ("users", "U0DANA")])
            .await,
        "is_archived"
    );
    let info = app.ok("conversations.info", BOT, &[channel]).await;
    assert_eq!(info["channel"]["name"], "launch-done");
    assert_eq!(info["channel"]["previous_names"][0], "launch-2027");
    assert_eq!(info["channel"]["is_archived"], true);
    app.ok("conversations.unarchive", ADA, &[channel]).await;
    app.ok("conversations.invite", BOT, &[channel, ("users", "U0DANA")])
        .await;
}

#[tokio::test]
async fn a_dm_is_one_however_often_it_is_opened() {
    let app = App::sample().await;
    let first = app
        .ok("conversations.open", BOT, &[("users", "U0BEN")])
        .await;
    let again = app
        .ok(
            "conversations.open",
            BOT,
            &[("users", "U0BEN"), ("return_im", "true")],
        )
        .await;
    assert_eq!(first["channel"]["id"], again["channel"]["id"]);
    assert_eq!(again["already_open"], true);
    assert_eq!(again["channel"]["user"], "U0BEN");
    let id = first["channel"]["id"].as_str().unwrap();
    app.ok("conversations.close", BOT, &[("channel", id)]).await;
    assert_eq!(
        app.ok("conversations.close", BOT, &[("channel", id)]).await["already_closed"],
        true
    );
}

#[tokio::test]
async fn what_was_loaded_can_be_read_back() {
    let app = App::sample().await;
    app.ok(
        "conversations.invite",
        ADA,
        &[("channel", "C0OPS"), ("users", "U0BEN")],
    )
    .await;
    let seed = app.store.dump().await.unwrap();
    assert_eq!(seed.users.len(), 11);
    assert!(
        seed.members
            .iter()
            .any(|(_, channel, user, _)| channel.to_string() == "C0OPS"
                && user.to_string() == "U0BEN")
    );
}
