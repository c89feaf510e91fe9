//! Why a call was answered as it was, as the control interface tells it.

use crate::{app::App, connect};
use serde_json::{Value, json};

const WORLD: &str = include_str!("../../../../docs/ledger/world.yaml");

fn names(why: &Value) -> Vec<(&str, bool)> {
    let checks = why["checks"].as_array().unwrap();
    let passed = |check: &Value| check["passed"] == true;
    checks
        .iter()
        .map(|check| (check["check"].as_str().unwrap(), passed(check)))
        .collect()
}

#[tokio::test]
async fn a_call_that_succeeds_passed_every_check() {
    let app = App::with(WORLD).await;
    let arguments = [("channel", "C0HELP"), ("users", "U0BEN")];
    let answer = app
        .post("conversations.invite", "xoxp-ada", &arguments)
        .await;
    assert_eq!(answer.json()["ok"], true);
    let why = app.why(&answer).await;
    assert_eq!(why["answer"], json!({"ok": true, "status": 200}));
    assert_eq!(why["refused_by"], Value::Null);
    assert_eq!(
        why["request"]["arguments"],
        json!({"channel": "C0HELP", "users": "U0BEN"})
    );
    assert_eq!(why["request"]["caller"]["user"], "U0ADA");
    let names = names(&why);
    assert_eq!(
        names[0].0,
        "the body arrived whole, in time and within the limit"
    );
    assert_eq!(names.last(), Some(&("the method's own rules", true)));
}

/// What decided is kept: what happens afterwards does not change what is told.
#[tokio::test]
async fn the_facts_are_those_of_that_time() {
    let app = App::with(WORLD).await;
    let arguments = [("channel", "C0BEN"), ("users", "U0MIA")];
    let answer = app
        .post("conversations.invite", "xoxp-ada", &arguments)
        .await;
    assert_eq!(answer.error(), "not_in_channel");
    app.ok("conversations.join", "xoxp-ada", &[("channel", "C0BEN")])
        .await;
    let why = app.why(&answer).await;
    assert_eq!(why["facts"], "as they were then");
    assert_eq!(
        why["refused_by"],
        json!({
            "check": "the caller is in the channel",
            "looked_at": "U0ADA is not in C0BEN",
            "passed": false,
            "remedy": "let U0ADA join C0BEN, or be invited to it",
        })
    );
    // And the remedy is one.
    app.ok("conversations.invite", "xoxp-ada", &arguments).await;
}

#[tokio::test]
async fn each_person_has_their_own_checks() {
    let app = App::with(WORLD).await;
    let users = [
        ("channel", "C0OPS"),
        ("users", "U0BEN,U0NOBODY,U0MIA"),
        ("force", "1"),
    ];
    let answer = app.post("conversations.invite", "xoxp-ada", &users).await;
    assert_eq!(answer.json()["ok"], true, "{}", answer.json());
    let why = app.why(&answer).await;
    let checks = why["checks"].as_array().unwrap();
    let failed: Vec<_> = checks
        .iter()
        .filter(|check| check["passed"] == false)
        .collect();
    let about: Vec<_> = failed.iter().map(|check| &check["about"]).collect();
    assert_eq!(about, ["U0BEN", "U0NOBODY"]);
    assert_eq!(failed[0]["check"], "they are not in the channel yet");
    assert!(checks.iter().any(|check| check["about"] == "U0MIA"));
}

/// Some scope of the method lets a call in; that of the conversation's kind is one of the rules.
#[tokio::test]
async fn the_scope_for_the_kind_is_among_the_rules() {
    let bot = "xoxb-bot, app: A0APP, scopes: [channels:manage]";
    assert!(WORLD.contains(bot));
    let app = App::with(&WORLD.replace(bot, "xoxb-bot, app: A0APP, scopes: [groups:write]")).await;
    let arguments = [("channel", "C0OPS"), ("users", "U0MIA")];
    let answer = app
        .post("conversations.invite", "xoxb-bot", &arguments)
        .await;
    assert_eq!(answer.error(), "missing_scope");
    let why = app.why(&answer).await;
    assert_eq!(
        why["refused_by"]["check"],
        "the token holds a scope for this kind of conversation"
    );
    assert_eq!(
        why["refused_by"]["remedy"],
        "give the token the scope channels:write.invites or channels:manage"
    );
    assert_eq!(names(&why).iter().filter(|(_, passed)| !passed).count(), 1);
}

/// Also where no rule of the method can be made again.
#[tokio::test]
async fn the_scope_for_the_kind_is_told_by_every_method() {
    let bot = "xoxb-bot, app: A0APP, scopes: [channels:manage]";
    let held = "xoxb-bot, app: A0APP, scopes: [channels:read, channels:manage, groups:history]";
    let app = App::with(&WORLD.replace(bot, held)).await;
    for (method, arguments, needed) in [
        (
            "conversations.list",
            ("types", "private_channel"),
            "groups:read",
        ),
        ("users.conversations", ("types", "im"), "im:read"),
        ("conversations.open", ("users", "U0BEN"), "im:write"),
        ("conversations.open", ("users", "U0BEN,U0MIA"), "mpim:write"),
        (
            "conversations.history",
            ("channel", "C0OPS"),
            "channels:history",
        ),
    ] {
        let answer = app.post(method, "xoxb-bot", &[arguments]).await;
        assert_eq!(answer.json()["needed"], needed, "{method}");
        let why = app.why(&answer).await;
        let refused = &why["refused_by"];
        let check = "the token holds a scope for this kind of conversation";
        assert_eq!(refused["check"], check, "{method}");
        let remedy = format!("give the token the scope {needed}");
        assert_eq!(refused["remedy"], remedy, "{method}");
        assert_eq!(names(&why).iter().filter(|(_, passed)| !passed).count(), 1);
    }
}

#[tokio::test]
async fn no_token_is_ever_told() {
    let app = App::with(WORLD).await;
    let secret = "xoxb-1234-very-secret";
    for answer in [
        app.post("auth.test", secret, &[("token", secret), ("note", secret)])
            .await,
        app.post(
            "conversations.invite",
            "xoxp-ada",
            &[("channel", secret), ("users", secret)],
        )
        .await,
        app.send("GET", &format!("/api/auth.test?token={secret}"), &[], b"")
            .await,
        app.send("GET", &format!("/api/{secret}"), &[], b"").await,
    ] {
        let why = app.why(&answer).await.to_string();
        assert!(why.contains("\"checks\""), "{why}");
        for hidden in [secret, "xoxp-ada", "very-secret"] {
            assert!(!why.contains(hidden), "{why}");
        }
    }
}

#[tokio::test]
async fn an_id_that_is_not_held_is_told_so() {
    let app = App::with(WORLD).await;
    let mut answer = app.post("auth.test", "xoxp-ada", &[]).await;
    answer
        .headers
        .insert("x-slack-req-id".to_owned(), "0".repeat(32));
    let why = app.why(&answer).await;
    assert!(
        why.to_string()
            .contains("no call with this x-slack-req-id is held"),
        "{why}"
    );
}

/// No bot may call the retired families, whatever its token holds.
#[tokio::test]
async fn a_bot_is_not_sent_for_another_bots_token() {
    let app = App::with(WORLD).await;
    let arguments = [("channel", "C0OPS"), ("user", "U0MIA")];
    let answer = app.post("channels.invite", "xoxb-bot", &arguments).await;
    assert_eq!(answer.error(), "is_bot");
    let why = app.why(&answer).await;
    assert_eq!(why["refused_by"]["remedy"], "use a user's token");
}

/// Slack Connect's rules tell their checks as inviting does: by the facts and the time of then.
#[tokio::test]
async fn slack_connect_tells_its_checks_as_they_were_then() {
    let app = connect::hurried(connect::WORLD).await;
    let id = connect::invite(&app, ("user_ids", "U0GBOT"), "false").await;
    let accept = [("channel_name", "acme-ops"), ("invite_id", id.as_str())];
    let refused = async |method: &str, token: &str, args: &[(&str, &str)]| {
        let answer = app.post(method, token, args).await;
        let why = app.why(&answer).await;
        assert_eq!(why["facts"], "as they were then", "{why}");
        let failed = names(&why).iter().filter(|(_, passed)| !passed).count();
        assert_eq!(failed, 1, "{why}");
        (answer.error().to_owned(), why["refused_by"].clone())
    };

    let private = [accept[0], accept[1], ("is_private", "1")];
    app.ok("conversations.acceptSharedInvite", "xoxb-glo", &private)
        .await;
    let (code, by) = refused("conversations.acceptSharedInvite", "xoxb-glo", &accept).await;
    assert_eq!(code, "invite_used");
    assert_eq!(
        by,
        json!({
            "check": "nobody has accepted it yet",
            "looked_at": format!("{id} is pending_approval"),
            "passed": false,
            "remedy": "let them invite you again",
        })
    );
    let (code, by) = refused(
        "conversations.approveSharedInvite",
        "xoxb-acme",
        &accept[1..],
    )
    .await;
    assert_eq!(code, "missing_target_team");
    assert_eq!(
        by["remedy"],
        "give target_team, the workspace that has accepted"
    );
    let again = [
        ("channel", "C0OPS"),
        ("user_ids", "U0GBOT"),
        ("external_limited", "false"),
    ];
    let (code, by) = refused("conversations.inviteShared", "xoxb-acme", &again).await;
    assert_eq!(code, "invite_lookup_error");
    assert_eq!(by["looked_at"], format!("{id} is pending_approval"));

    // Two weeks later it would be told something else.
    connect::clock(&app, 15 * 86_400).await;
    let (code, by) = refused("conversations.acceptSharedInvite", "xoxb-glo", &accept).await;
    assert_eq!(code, "invite_not_found");
    assert_eq!(by["looked_at"], format!("{id} is expired"));
}
