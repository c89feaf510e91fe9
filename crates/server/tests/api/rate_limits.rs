//! How often methods may be called, over the wire.

use crate::app::{Answer, App};
use guestlist_domain::Timestamp;
use guestlist_server::{RateLimits, Settings};
use guestlist_store::Clock;

/// Two workspaces, two apps in the first, and a person whose token belongs to no app.
pub(crate) const WORLD: &str = r"
version: 1
workspaces:
  - id: T0A
    name: A
    domain: a
    users: [{id: U0ADA, name: ada}, {id: U0BEN, name: ben}]
    channels:
      - {id: C0A, name: a, creator: U0ADA, members: [U0ADA, U0ONE, U0TWO]}
      - {id: C0B, name: b, creator: U0ADA, members: [U0ADA, U0ONE]}
    apps:
      - {id: A0ONE, name: one, bot_user: {id: U0ONE, name: one}}
      - {id: A0TWO, name: two, bot_user: {id: U0TWO, name: two}}
    tokens:
      - {token: xoxb-one, app: A0ONE, scopes: [channels:manage, channels:read, chat:write]}
      - {token: xoxb-one-again, app: A0ONE, scopes: [channels:manage, channels:read]}
      - {token: xoxb-two, app: A0TWO, scopes: [channels:manage, channels:read]}
      - {token: xapp-one, kind: app_level, app: A0ONE, scopes: [connections:write]}
      - {token: xoxp-ada, user: U0ADA, scopes: [channels:read]}
      - {token: xoxp-ben, user: U0BEN, scopes: [channels:read]}
  - id: T0B
    name: B
    domain: b
    users: [{id: U0ZOE, name: zoe}]
    tokens: [{token: xoxp-zoe, app: A0ONE, user: U0ZOE, scopes: [channels:read]}]
";

/// A server whose clock stands until it is moved.
async fn app(rate_limits: RateLimits) -> App {
    let settings = Settings {
        rate_limits,
        ..Settings::default()
    };
    let clock = Clock::standing(Timestamp::from_seconds(1_700_000_000));
    App::with_clock(WORLD, settings, clock).await
}

pub(crate) fn pass(app: &App, seconds: i64) {
    app.store.clock().advance(seconds * 1_000_000);
}

/// Calls until refused: how many were let through, and the refusal.
pub(crate) async fn drain(
    app: &App,
    method: &str,
    token: &str,
    arguments: &[(&str, &str)],
) -> (u32, Answer) {
    for taken in 0..1000 {
        let answer = app.post(method, token, arguments).await;
        if answer.status == 429 {
            return (taken, answer);
        }
    }
    panic!("{method} is never refused")
}

pub(crate) fn retry_after(answer: &Answer) -> i64 {
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (429, "ratelimited")
    );
    // As Slack's own: what the token holds, not what the method accepts.
    assert!(!answer.headers.contains_key("x-accepted-oauth-scopes"));
    answer.headers["retry-after"].parse().unwrap()
}

#[tokio::test]
async fn a_tier_is_kept_and_retry_after_is_true() {
    let app = app(RateLimits::Documented).await;
    for (method, arguments, at_once) in [
        // Tier 2, 3 and 4; what the call comes to does not matter.
        ("conversations.list", &[][..], 30),
        ("conversations.info", &[("channel", "C0A")], 75),
        ("conversations.invite", &[("channel", "C0NONE")], 75),
        ("conversations.members", &[("channel", "C0A")], 150),
    ] {
        let (taken, refused) = drain(&app, method, "xoxb-one", arguments).await;
        assert_eq!(taken, at_once, "{method}");
        let seconds = retry_after(&refused);
        pass(&app, seconds - 1);
        let again = app.post(method, "xoxb-one", arguments).await;
        assert_eq!(retry_after(&again), 1, "{method}: a second too early");
        pass(&app, 1);
        let answer = app.post(method, "xoxb-one", arguments).await;
        assert_eq!(answer.status, 200, "{method} after {seconds} s");
        pass(&app, 90);
        let (taken, _) = drain(&app, method, "xoxb-one", arguments).await;
        assert_eq!(
            taken, at_once,
            "{method}: full again after a minute and a half"
        );
    }
}

#[tokio::test]
async fn each_method_workspace_and_app_counts_for_itself() {
    let app = app(RateLimits::Documented).await;
    let list = "conversations.list";
    drain(&app, list, "xoxb-one", &[]).await;
    let status = async |method, token| app.post(method, token, &[]).await.status;
    assert_eq!(
        status(list, "xoxb-one-again").await,
        429,
        "another token of the app"
    );
    assert_eq!(status("auth.test", "xoxb-one").await, 200, "another method");
    assert_eq!(status(list, "xoxb-two").await, 200, "another app");
    assert_eq!(status(list, "xoxp-zoe").await, 200, "another workspace");
    drain(&app, list, "xoxp-ada", &[]).await;
    assert_eq!(status(list, "xoxp-ben").await, 200, "another person");
}

#[tokio::test]
async fn messages_count_by_channel() {
    let app = app(RateLimits::Documented).await;
    let to = |channel: &'static str| [("channel", channel), ("text", "hello")];
    let (taken, refused) = drain(&app, "chat.postMessage", "xoxb-one", &to("C0A")).await;
    assert_eq!((taken, retry_after(&refused)), (90, 1));
    let answer = app.post("chat.postMessage", "xoxb-one", &to("C0B")).await;
    assert_eq!(answer.status, 200);
    let (taken, _) = drain(&app, "auth.test", "xoxb-one", &[]).await;
    assert_eq!(taken, 900);
}

#[tokio::test]
async fn a_factor_and_off() {
    let app_with = app(RateLimits::Times(0.1)).await;
    let (taken, _) = drain(&app_with, "conversations.list", "xoxb-one", &[]).await;
    assert_eq!(taken, 3);
    let app_off = app(RateLimits::Off).await;
    for _ in 0..200 {
        assert_eq!(
            app_off
                .post("conversations.list", "xoxb-one", &[])
                .await
                .status,
            200
        );
    }
}

/// Methods that take no token are not limited, and calls refused before the limit take nothing.
#[tokio::test]
async fn what_does_not_count() {
    let app = app(RateLimits::Times(0.001)).await;
    for _ in 0..3 {
        assert_eq!(app.post("api.test", "", &[]).await.status, 200);
        assert_eq!(
            app.refused("conversations.list", "xoxb-none", &[]).await,
            "invalid_auth"
        );
    }
    app.ok("conversations.list", "xoxb-one", &[]).await;
    assert_eq!(
        app.refused("conversations.list", "xoxb-one", &[]).await,
        "ratelimited"
    );
}

#[tokio::test]
async fn nodes_count_together() {
    let app = app(RateLimits::Documented).await;
    let Some(other) = app.beside(Settings::default()).await else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    let ask = async |node: &App| {
        node.post("conversations.info", "xoxb-one", &[("channel", "C0A")])
            .await
    };
    let nodes = [&app, &other];
    for call in 0..75 {
        let answer = ask(nodes[call % 2]).await;
        assert_eq!(answer.status, 200, "{call}");
    }
    let [one, two] = [ask(&app).await, ask(&other).await];
    assert_eq!(retry_after(&one), retry_after(&two));
    pass(&app, retry_after(&one));
    assert_eq!(ask(&other).await.status, 200);
    assert_eq!(ask(&app).await.status, 429);
    // Another app's calls are its own.
    let theirs = other.post("conversations.info", "xoxb-two", &[("channel", "C0A")]);
    assert_eq!(theirs.await.status, 200);
}

/// An app that calls for itself is counted like any other, whichever node it asks.
#[tokio::test]
async fn apps_that_call_for_themselves_count() {
    const OPEN: &str = "apps.connections.open";
    let app = app(RateLimits::Documented).await;
    let other = app.beside(Settings::default()).await;
    let (taken, refused) = drain(&app, OPEN, "xapp-one", &[]).await;
    assert!(taken > 0);
    if let Some(other) = &other {
        assert_eq!(other.refused(OPEN, "xapp-one", &[]).await, "ratelimited");
    }
    pass(&app, retry_after(&refused));
    let node = other.as_ref().unwrap_or(&app);
    assert_eq!(node.post(OPEN, "xapp-one", &[]).await.status, 200);
    assert_eq!(app.refused(OPEN, "xapp-one", &[]).await, "ratelimited");
}
