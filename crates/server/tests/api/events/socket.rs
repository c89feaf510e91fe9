//! Socket Mode.

use super::{ADA, BOT, NOON, control, deliveries, settings, world};
use crate::app::App;
use futures_util::{SinkExt, StreamExt};
use guestlist_store::Clock;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

pub(crate) const APP: &str = "xapp-sample";

pub(super) fn yaml() -> String {
    world("member_joined_channel", "delivery: socket").replace(
        "    tokens:\n      - token: xoxb-sample-greeter",
        "    tokens:
      - {token: xapp-sample, app: A0GREET, scopes: [\"connections:write\"]}
      - {token: xapp-short, app: A0GREET, scopes: [\"connections:write\"], expires_at: 2023-11-15T00:00:00Z}
      - {token: xapp-narrow, app: A0GREET, scopes: [\"authorizations:read\"]}
      - token: xoxb-sample-greeter",
    )
}

pub(crate) struct Client(WebSocketStream<TcpStream>);

impl Client {
    pub(crate) async fn new(app: &App, more: &str) -> Self {
        let url = format!("{}{more}", open(app, APP).await);
        Self(connect(app, &url).await.unwrap())
    }

    /// One of another token.
    async fn by(app: &App, token: &str) -> Self {
        Self(connect(app, &open(app, token).await).await.unwrap())
    }

    /// The next message; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(30), self.0.next()).await;
            match next.expect("something comes") {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    pub(crate) async fn hello(&mut self) -> Value {
        let hello = self.next().await.unwrap();
        assert_eq!(hello["type"], "hello");
        hello
    }

    /// Told that there is nothing more for it.
    pub(super) async fn expect_end(&mut self) {
        let end = self.next().await.unwrap();
        let told = (end["type"].as_str(), end["reason"].as_str());
        assert_eq!(told, (Some("disconnect"), Some("link_disabled")), "{end}");
    }

    /// Acknowledges, and says something with that.
    pub(crate) async fn answer(&mut self, envelope: &Value, payload: Value) {
        let id = &envelope["envelope_id"];
        let said = json!({"envelope_id": id, "payload": payload}).to_string();
        self.0.send(Message::Text(said.into())).await.unwrap();
    }

    pub(super) async fn acknowledge(&mut self, envelope: &Value) {
        let said = json!({"envelope_id": envelope["envelope_id"]}).to_string();
        self.0.send(Message::Text(said.into())).await.unwrap();
    }
}

/// Where to connect to.
async fn open(app: &App, token: &str) -> String {
    let opened = app.ok("apps.connections.open", token, &[]).await;
    opened["url"].as_str().unwrap().to_owned()
}

async fn connect(
    app: &App,
    url: &str,
) -> Result<WebSocketStream<TcpStream>, tokio_tungstenite::tungstenite::Error> {
    let host = format!("ws://{}", app.address);
    let url = url.replace("ws://localhost", &host);
    let stream = TcpStream::connect(app.address).await.unwrap();
    client_async(url, stream).await.map(|(socket, _)| socket)
}

async fn server(clock: &Clock) -> App {
    App::with_clock(&yaml(), settings(), clock.clone()).await
}

/// Each node counts the connections that it has.
async fn one_node(clock: &Clock) -> App {
    App::alone(&yaml(), settings(), clock.clone()).await
}

async fn invite(app: &App, channel: &str, user: &str) {
    app.ok(
        "conversations.invite",
        BOT,
        &[("channel", channel), ("users", user)],
    )
    .await;
}

#[tokio::test]
async fn only_an_app_level_token_with_the_scope_opens_a_connection_and_once() {
    let app = server(&Clock::standing(NOON)).await;
    // The token counts in the header alone.
    let path = format!("/api/apps.connections.open?token={APP}");
    assert_eq!(app.send("GET", &path, &[], b"").await.error(), "not_authed");
    for (token, code) in [
        (BOT, "not_allowed_token_type"),
        (ADA, "not_allowed_token_type"),
        ("xapp-narrow", "missing_scope"),
        ("xapp-unknown", "invalid_auth"),
    ] {
        assert_eq!(
            app.refused("apps.connections.open", token, &[]).await,
            code,
            "{token}"
        );
    }
    assert_eq!(
        app.ok("auth.test", APP, &[]).await,
        json!({"ok": true, "app_name": "greeter", "app_id": "A0GREET"})
    );
    let opened = app.ok("apps.connections.open", APP, &[]).await;
    let url = opened["url"].as_str().unwrap();
    assert!(url.ends_with("&app_id=A0GREET"), "{url}");
    let mut first = Client(connect(&app, url).await.unwrap());
    let hello = first.hello().await;
    assert_eq!(hello["num_connections"], 1);
    assert_eq!(hello["connection_info"], json!({"app_id": "A0GREET"}));
    assert_eq!(hello["debug_info"]["approximate_connection_time"], 3600);
    assert_eq!(hello["debug_info"]["started"], "2023-11-14 22:13:20.000");
    assert!(connect(&app, url).await.is_err(), "the ticket is spent");
}

#[tokio::test]
async fn events_come_down_in_envelopes_until_they_are_acknowledged() {
    let clock = Clock::standing(NOON);
    let app = server(&clock).await;
    // Nobody is connected: it waits.
    invite(&app, "C0WELCOME", "U0BEN").await;
    deliveries(&app, "state=waiting", 1).await;
    let mut client = Client::new(&app, "").await;
    client.hello().await;
    let envelope = client.next().await.unwrap();
    assert_eq!(envelope["type"], "events_api");
    assert_eq!(envelope["accepts_response_payload"], false);
    assert_eq!(envelope["retry_attempt"], 0);
    assert_eq!(envelope["payload"]["type"], "event_callback");
    assert_eq!(envelope["payload"]["event"]["user"], "U0BEN");
    // Not acknowledged in three seconds: it comes again, the same event in another envelope.
    clock.advance(3_000_000);
    let again = client.next().await.unwrap();
    assert_eq!(again["payload"], envelope["payload"]);
    assert_ne!(again["envelope_id"], envelope["envelope_id"]);
    assert_eq!(again["retry_attempt"], 1);
    assert_eq!(again["retry_reason"], "http_timeout");
    client.acknowledge(&again).await;
    deliveries(&app, "state=delivered", 1).await;
}

#[tokio::test]
async fn an_app_that_is_gone_with_its_workspace_is_sent_away() {
    let clock = Clock::standing(NOON);
    let app = one_node(&clock).await;
    let mut client = Client::new(&app, "").await;
    client.hello().await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    assert_eq!(client.next().await.unwrap()["type"], "events_api");
    let all = json!({"workspaces": ["T0ACME", "T0GLOBEX"]});
    let (status, removed) = control(&app, "POST", "/world/remove", all).await;
    assert_eq!(status, 200, "{removed}");
    client.expect_end().await;
    assert_eq!(app.dead(APP).await, "invalid_auth");
    // What was under way to it is owed no more.
    clock.advance(3_000_000);
    deliveries(&app, "workspace=T0ACME", 0).await;
}

#[tokio::test]
async fn a_token_that_is_revoked_takes_its_connections_and_tickets_along() {
    let app = one_node(&Clock::standing(NOON)).await;
    let mut stolen = [Client::new(&app, "").await, Client::new(&app, "").await];
    for client in &mut stolen {
        client.hello().await;
    }
    let mut other = Client::by(&app, "xapp-short").await;
    other.hello().await;
    let ticket = open(&app, APP).await;
    let (status, _) = control(&app, "POST", "/tokens/revoke", json!({"token": APP})).await;
    assert_eq!(status, 200);
    assert!(connect(&app, &ticket).await.is_err());
    for client in &mut stolen {
        client.expect_end().await;
        // Whether they go or not.
        let end = tokio::time::timeout(Duration::from_secs(8), client.next()).await;
        assert_eq!(end.expect("it is closed before a client has to be"), None);
    }
    // The app's other token goes on.
    for channel in ["C0WELCOME", "C0OPS"] {
        invite(&app, channel, "U0BEN").await;
        let envelope = other.next().await.unwrap();
        assert_eq!(envelope["payload"]["event"]["channel"], channel);
        other.acknowledge(&envelope).await;
    }
    deliveries(&app, "state=delivered", 2).await;
}

#[tokio::test]
async fn a_token_that_expires_takes_its_connections_and_tickets_along() {
    let clock = Clock::standing(NOON);
    let app = one_node(&clock).await;
    // Warned and refreshed an hour after it began: this one begins half an hour before midnight.
    clock.advance(77 * 60_000_000);
    let mut short = Client::by(&app, "xapp-short").await;
    short.hello().await;
    clock.advance(29 * 60_000_000);
    let ticket = open(&app, "xapp-short").await;
    let mut long = Client::new(&app, "").await;
    long.hello().await;
    clock.advance(50_000_000);
    assert!(connect(&app, &ticket).await.is_err());
    short.expect_end().await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    assert_eq!(long.next().await.unwrap()["type"], "events_api");
}

#[tokio::test]
async fn what_a_broken_connection_did_not_acknowledge_comes_down_another() {
    let clock = Clock::standing(NOON);
    let app = one_node(&clock).await;
    let mut first = Client::new(&app, "").await;
    first.hello().await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    let envelope = first.next().await.unwrap();
    let mut second = Client::new(&app, "").await;
    assert_eq!(second.hello().await["num_connections"], 2);
    drop(first);
    let again = second.next().await.unwrap();
    assert_eq!(again["payload"], envelope["payload"]);
    second.acknowledge(&again).await;
    deliveries(&app, "state=delivered", 1).await;

    // The same after a restart of the server.
    invite(&app, "C0WELCOME", "U0DANA").await;
    let envelope = second.next().await.unwrap();
    let app = app.restarted(settings(), clock.clone()).await;
    let mut third = Client::new(&app, "").await;
    third.hello().await;
    let again = third.next().await.unwrap();
    assert_eq!(again["payload"], envelope["payload"]);
    third.acknowledge(&again).await;
    deliveries(&app, "state=delivered", 2).await;
}

#[tokio::test]
async fn connections_share_the_work_and_there_are_ten_at_most() {
    let app = one_node(&Clock::standing(NOON)).await;
    let mut clients = Vec::new();
    for number in 1..=10 {
        let mut client = Client::new(&app, "").await;
        assert_eq!(client.hello().await["num_connections"], number);
        clients.push(client);
    }
    let mut eleventh = Client::new(&app, "").await;
    assert_eq!(
        eleventh.next().await.unwrap()["reason"],
        "too_many_websockets"
    );
    assert_eq!(eleventh.next().await, None);
    // An app gets one thing at a time until it has acknowledged something.
    invite(&app, "C0WELCOME", "U0MIA").await;
    let first = clients[0].next().await.unwrap();
    clients[0].acknowledge(&first).await;
    deliveries(&app, "state=delivered", 1).await;
    // Two lanes, unacknowledged: two connections have one each, the idlest.
    invite(&app, "C0WELCOME", "U0BEN").await;
    invite(&app, "C0OPS", "U0BEN").await;
    let mut envelopes = Vec::new();
    for client in &mut clients[1..3] {
        envelopes.push(client.next().await.unwrap());
    }
    for (client, envelope) in clients[1..].iter_mut().zip(&envelopes) {
        client.acknowledge(envelope).await;
    }
    let channel = |envelope: &Value| envelope["payload"]["event"]["channel"].clone();
    let mut channels: Vec<_> = envelopes.iter().map(channel).collect();
    channels.sort_by_key(Value::to_string);
    assert_eq!(channels, ["C0OPS", "C0WELCOME"]);
    deliveries(&app, "state=delivered", 3).await;
}

#[tokio::test]
async fn who_was_slow_once_is_sent_things_again() {
    let clock = Clock::standing(NOON);
    let app = one_node(&clock).await;
    let mut slow = Client::new(&app, "").await;
    slow.hello().await;
    let mut other = Client::new(&app, "").await;
    other.hello().await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    let late = slow.next().await.unwrap();
    clock.advance(3_000_000);
    // What was not acknowledged comes down another, and is not waited for any more.
    let again = other.next().await.unwrap();
    assert_eq!(again["retry_reason"], "http_timeout");
    assert_eq!(again["payload"], late["payload"]);
    other.acknowledge(&again).await;
    deliveries(&app, "state=delivered", 1).await;
    invite(&app, "C0WELCOME", "U0DANA").await;
    let next = slow.next().await.unwrap();
    assert_ne!(next["payload"], late["payload"]);
    assert_eq!(next["retry_attempt"], 0);
    slow.acknowledge(&next).await;
    deliveries(&app, "state=delivered", 2).await;
}

#[tokio::test]
async fn a_connection_is_warned_and_then_refreshed() {
    let clock = Clock::standing(NOON);
    let app = server(&clock).await;
    let mut client = Client::new(&app, "&debug_reconnects=true").await;
    let hello = client.hello().await;
    assert_eq!(hello["debug_info"]["approximate_connection_time"], 360);
    clock.advance(350_000_000);
    assert_eq!(client.next().await.unwrap()["reason"], "warning");
    clock.advance(10_000_000);
    let end = client.next().await.unwrap();
    assert_eq!(end["type"], "disconnect");
    assert_eq!(end["reason"], "refresh_requested");
    // What happens now comes down the connection that follows.
    let mut next = Client::new(&app, "").await;
    assert_eq!(next.hello().await["num_connections"], 1);
    invite(&app, "C0WELCOME", "U0BEN").await;
    let envelope = next.next().await.unwrap();
    next.acknowledge(&envelope).await;
    deliveries(&app, "state=delivered", 1).await;
}

/// A client that leaves hears so: the official ones log an error otherwise.
#[tokio::test]
async fn who_says_goodbye_is_answered() {
    let app = server(&Clock::standing(NOON)).await;
    let mut client = Client::new(&app, "").await;
    client.hello().await;
    client.0.close(None).await.unwrap();
    let mut answered = false;
    while let Some(next) = client.0.next().await {
        answered |= matches!(next.expect("the end is a good one"), Message::Close(_));
    }
    assert!(answered);
}

/// An attempt is something that was sent: what falls due while nobody is connected is none.
#[tokio::test]
async fn nothing_is_tried_while_nobody_is_connected() {
    let clock = Clock::standing(NOON);
    let app = one_node(&clock).await;
    let mut client = Client::new(&app, "").await;
    client.hello().await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    // Two attempts, the second at once; the third is due in a minute.
    for attempt in 0..2 {
        assert_eq!(client.next().await.unwrap()["retry_attempt"], attempt);
        clock.advance(3_000_000);
    }
    let tried = async || {
        let found = deliveries(&app, "channel=C0WELCOME", 1).await;
        found[0]["attempts"].clone()
    };
    while tried().await != 2 {
        tokio::task::yield_now().await;
    }
    client.0.close(None).await.unwrap();
    while let Some(Ok(_)) = client.0.next().await {}

    clock.advance(60_000_000);
    // What happens later is recorded: by then the third would have been made.
    invite(&app, "C0OPS", "U0BEN").await;
    deliveries(&app, "channel=C0OPS", 1).await;
    deliveries(&app, "channel=C0OPS", 1).await;
    assert_eq!(tried().await, 2);
    let mut client = Client::new(&app, "").await;
    client.hello().await;
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let envelope = client.next().await.unwrap();
        attempts.push(envelope["retry_attempt"].as_i64().unwrap());
        client.acknowledge(&envelope).await;
    }
    attempts.sort_unstable();
    assert_eq!(attempts, [0, 2]);
}
