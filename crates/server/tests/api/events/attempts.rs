//! How often an app is told, how long it has, and whom that holds up.

use super::*;

#[tokio::test]
async fn what_fails_is_tried_at_once_after_a_minute_and_after_five() {
    let receiver = Receiver::new().await;
    let (app, clock) = app(&receiver, "member_joined_channel").await;
    receiver.reply("U0BEN", Reply::status(500));
    invite(&app, "C0WELCOME", "U0BEN").await;
    // Behind it in its lane; and one in another lane, which does not wait.
    invite(&app, "C0WELCOME", "U0DANA").await;
    invite(&app, "C0OPS", "U0EMIL").await;
    let mut got = receiver.take(3).await;
    got.sort_by_key(|one| one.user());
    let users: Vec<_> = got.iter().map(|one| one.user()).collect();
    assert_eq!(users, ["U0BEN", "U0BEN", "U0EMIL"]);
    assert_eq!(
        got[0].body, got[1].body,
        "each attempt is the same, byte for byte"
    );
    let retry = got
        .iter()
        .find(|one| one.headers.contains_key("x-slack-retry-num"));
    let headers = &retry.unwrap().headers;
    assert_eq!(headers["x-slack-retry-num"], "1");
    assert_eq!(headers["x-slack-retry-reason"], "http_error");
    deliveries(&app, "type=member_joined_channel&state=delivered", 1).await;
    for (number, seconds) in [("2", 60), ("3", 300)] {
        waits(&app, number.parse::<u64>().unwrap()).await;
        clock.advance((seconds - 1) * 1_000_000);
        receiver.expect_none().await;
        clock.advance(1_000_000);
        let got = receiver.take(1).await;
        assert_eq!(got[0].headers["x-slack-retry-num"], number);
        assert_eq!(
            got[0].headers["x-slack-signature"],
            got[0].signed_with(SECRET)
        );
    }
    // It is given up, and what was behind it follows.
    assert_eq!(receiver.take(1).await[0].user(), "U0DANA");
    let failed = deliveries(&app, "state=failed", 1).await;
    assert_eq!(failed[0]["attempts"], 4);
    assert_eq!(failed[0]["reason"], "http_error");
    assert_eq!(failed[0]["status"], 500);
    let delivered = deliveries(&app, "state=delivered", 2).await;
    let id = failed[0]["event_id"].clone();
    assert!(delivered.iter().all(|one| one["event_id"] != id));

    // A tester may have it once more, by its id or with whatever else failed.
    receiver.reply("U0BEN", Reply::status(200));
    for ask in [
        json!({"app": "A0GREET", "state": "failed"}),
        json!({"event_id": id}),
    ] {
        let (status, done) = control(&app, "POST", "/deliveries/redeliver", ask).await;
        assert_eq!((status, &done["redelivered"]), (200, &json!(1)), "{done}");
        assert_eq!(receiver.take(1).await[0].user(), "U0BEN");
        deliveries(&app, "state=delivered", 3).await;
    }
    for (ask, status, code) in [
        (json!({}), 422, "invalid_request"),
        (json!({"app": "A0GREET"}), 422, "invalid_request"),
        (json!({"state": "failed"}), 422, "invalid_request"),
        (
            json!({"app": "A0GREET", "state": "lost"}),
            422,
            "invalid_state",
        ),
        (
            json!({"app": "A0NONE", "state": "failed"}),
            404,
            "app_not_found",
        ),
        (
            json!({"app": "A0GREET", "state": "failed"}),
            404,
            "delivery_not_found",
        ),
    ] {
        let (got, problem) = control(&app, "POST", "/deliveries/redeliver", ask).await;
        assert_eq!(
            (got, &problem["error"]),
            (status, &json!(code)),
            "{problem}"
        );
    }
    let (status, problem) = control(&app, "GET", "/deliveries?app=A0NONE", Value::Null).await;
    assert_eq!((status, &problem["error"]), (404, &json!("app_not_found")));
}

#[tokio::test]
async fn what_comes_after_an_answer_is_all_that_its_since_finds() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel").await;
    let find = async |query: &str| {
        let path = format!("/deliveries?{query}");
        let (status, found) = control(&app, "GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{found}");
        let number = found["deliveries"].as_array().unwrap().len();
        (number, found["since"].as_i64().unwrap())
    };
    assert_eq!(find("limit=0&at_least=0").await, (0, 0));
    for (channel, user) in [("C0WELCOME", "U0BEN"), ("C0OPS", "U0DANA")] {
        invite(&app, channel, user).await;
        receiver.take(1).await;
    }
    deliveries(&app, "state=delivered", 2).await;
    let (_, newest) = find("").await;
    for (query, number) in [
        ("limit=0&at_least=0", 0),
        ("limit=1", 1),
        ("state=failed", 0),
        ("channel=C0WELCOME", 1),
    ] {
        assert_eq!(find(query).await, (number, newest), "{query}");
    }
    assert_eq!(find(&format!("since={newest}")).await, (0, newest));
    // Page by page everything is found.
    let (number, first) = find("since=0&limit=1").await;
    assert!(number == 1 && first < newest, "{first}");
    assert_eq!(find(&format!("since={first}")).await, (1, newest));
    invite(&app, "C0OPS", "U0EMIL").await;
    let query = format!("since={newest}&state=delivered&wait_seconds=30");
    assert_eq!(find(&query).await.0, 1);
}

#[tokio::test]
async fn an_app_can_decline_further_attempts() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel").await;
    receiver.reply("U0BEN", Reply::status(404).header("X-Slack-No-Retry: 1"));
    invite(&app, "C0WELCOME", "U0BEN,U0DANA").await;
    let users: Vec<_> = receiver
        .take(2)
        .await
        .iter()
        .map(|one| one.user())
        .collect();
    assert_eq!(users, ["U0BEN", "U0DANA"]);
    let failed = deliveries(&app, "state=failed", 1).await;
    assert_eq!(failed[0]["attempts"], 1);
}

#[tokio::test]
async fn two_redirects_are_followed_and_a_third_is_not() {
    let receiver = Receiver::new().await;
    let (app, _) = app(&receiver, "member_joined_channel").await;
    receiver.reply(
        "/slack/events",
        Reply::status(302).header("Location: /once"),
    );
    receiver.reply(
        "/once",
        Reply::status(301).header(&format!("Location: {}/twice", receiver.base())),
    );
    invite(&app, "C0WELCOME", "U0BEN").await;
    let paths: Vec<_> = receiver
        .take(3)
        .await
        .iter()
        .map(|one| one.path.clone())
        .collect();
    assert_eq!(paths, ["/slack/events", "/once", "/twice"]);
    deliveries(&app, "state=delivered", 1).await;

    receiver.reply("/twice", Reply::status(302).header("Location: /thrice"));
    invite(&app, "C0OPS", "U0BEN").await;
    let paths: Vec<_> = receiver
        .take(6)
        .await
        .iter()
        .map(|one| one.path.clone())
        .collect();
    assert_eq!(paths.last().unwrap(), "/twice");
    assert_eq!(waits(&app, 2).await["reason"], "too_many_redirects");
}

#[tokio::test]
async fn an_app_has_three_seconds_and_its_slowness_is_its_own() {
    let receiver = Receiver::new().await;
    let (app, clock) = app(&receiver, "member_joined_channel").await;
    receiver.reply("U0BEN", Reply::never());
    // Until it has acknowledged something it gets one event at a time.
    invite(&app, "C0OPS", "U0MIA").await;
    deliveries(&app, "state=delivered", 1).await;
    receiver.take(1).await;
    invite(&app, "C0WELCOME", "U0BEN").await;
    assert_eq!(receiver.take(1).await[0].user(), "U0BEN");
    // Another conversation's event does not wait for it.
    invite(&app, "C0OPS", "U0DANA").await;
    assert_eq!(receiver.take(1).await[0].user(), "U0DANA");
    receiver.reply("U0BEN", Reply::status(200));
    clock.advance(3_000_000);
    let again = receiver.take(1).await;
    assert_eq!(again[0].headers["x-slack-retry-reason"], "http_timeout");
    deliveries(&app, "state=delivered", 3).await;
}

#[tokio::test]
async fn a_dead_app_holds_up_no_other() {
    let (dead, alive) = (Receiver::new().await, Receiver::new().await);
    let subscribed = |receiver: &Receiver| {
        format!(
            "events: {{request_url: \"{}\", subscribe: [member_joined_channel]}}",
            receiver.url()
        )
    };
    // Another app of the same workspace, whose bot is in the channel, too.
    let yaml = guestlist_store::world::SAMPLE
        .replace(
            "        client_id: \"1000000000.1\"",
            &format!("        {}\n        client_id: \"1000000000.1\"", subscribed(&dead)),
        )
        .replacen(
            "    apps:\n",
            &format!(
                "    apps:\n      - {{id: A0OTHER, name: other, bot_user: {{id: U0OTHER}}, {}}}\n",
                subscribed(&alive)
            ),
            1,
        )
        .replacen(
            "    tokens:\n",
            "    tokens:\n      - {token: xoxb-other, app: A0OTHER, scopes: [channels:join, channels:read]}\n",
            1,
        );
    let app = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    dead.reply("event_callback", Reply::never());
    app.ok(
        "conversations.join",
        "xoxb-other",
        &[("channel", "C0WELCOME")],
    )
    .await;
    for user in ["U0BEN", "U0DANA", "U0EMIL"] {
        invite(&app, "C0WELCOME", user).await;
    }
    let users: Vec<_> = alive.take(4).await.iter().map(|one| one.user()).collect();
    assert_eq!(users, ["U0OTHER", "U0BEN", "U0DANA", "U0EMIL"]);
    deliveries(&app, "app=A0OTHER&state=delivered", 4).await;
    assert_eq!(dead.take(1).await[0].user(), "U0OTHER");
    deliveries(&app, "app=A0GREET&state=waiting", 4).await;
}

#[tokio::test]
async fn however_many_apps_hang_one_that_answers_is_told_at_once() {
    let (dead, alive) = (Receiver::new().await, Receiver::new().await);
    // More than attempts can be under way.
    let numbers = 0..600;
    let each = |line: &dyn Fn(usize) -> String| numbers.clone().map(line).collect::<String>();
    let app = |id: &str, receiver: &Receiver| {
        format!(
            "      - {{id: A0{id}, name: {}, bot_user: {{id: U0{id}}}, events: {{request_url: \"{}\", subscribe: [member_joined_channel]}}}}\n",
            id.to_lowercase(),
            receiver.url(),
        )
    };
    let token =
        |id: &str| format!("      - {{token: xoxb-{id}, app: A0{id}, scopes: [channels:read]}}\n");
    let bots = each(&|i| format!(", U0DEAD{i}"));
    let apps = each(&|i| app(&format!("DEAD{i}"), &dead));
    let tokens = each(&|i| token(&format!("DEAD{i}")));
    let yaml = format!(
        "version: 1
workspaces:
  - id: T0MANY
    name: Many
    domain: many
    users:
      - {{id: U0ADA, name: ada, role: primary_owner}}
      - {{id: U0BEN, name: ben}}
      - {{id: U0DANA, name: dana}}
    channels:
      - {{id: C0DEAD, name: dead, members: [U0ADA{bots}]}}
      - {{id: C0ALIVE, name: alive, members: [U0ADA, U0ALIVE]}}
    apps:
{apps}{}    tokens:
{tokens}{}      - {{token: xoxp-ada, user: U0ADA, scopes: [channels:write]}}
",
        app("ALIVE", &alive),
        token("ALIVE"),
    );
    let app = App::with_clock(&yaml, settings(), Clock::standing(NOON)).await;
    dead.reply("event_callback", Reply::never());
    let invite = async |channel: &str, user: &str| {
        let ask = [("channel", channel), ("users", user)];
        app.ok("conversations.invite", "xoxp-ada", &ask).await;
    };
    invite("C0ALIVE", "U0BEN").await;
    assert_eq!(alive.take(1).await[0].user(), "U0BEN");
    deliveries(&app, "state=delivered", 1).await;
    invite("C0DEAD", "U0BEN").await;
    dead.take(384).await;
    invite("C0ALIVE", "U0DANA").await;
    assert_eq!(alive.take(1).await[0].user(), "U0DANA");
    dead.expect_none().await;
}
