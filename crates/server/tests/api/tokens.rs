//! Tokens: who may call at all.

use crate::{app::App, events::control};
use guestlist_server::Settings;
use guestlist_store::Clock;
use serde_json::{Value, json};

/// A world with a token for each way to be refused.
const WORLD: &str = r"
version: 1
enterprises:
  - {id: E0ORG, name: Org, domain: org, blocked_methods: [conversations.join]}
workspaces:
  - id: T0A
    name: A
    domain: a
    enterprise: E0ORG
    two_factor_required: true
    users:
      - {id: U0ADA, name: ada, role: owner}
      - {id: U0GONE, name: gone, status: removed}
      - {id: U0NOTWO, name: notwo, two_factor: false}
    channels: [{id: C0A, name: a, creator: U0ADA, members: [U0ADA, U0BOT]}]
    apps:
      - {id: A0APP, name: app, bot_user: {id: U0BOT, name: bot}}
      - {id: A0FAR, name: far, bot_user: {id: U0FAR, name: far}, allowed_addresses: [10.0.0.0/8]}
      - {id: A0DEAD, name: dead, bot_user: {id: U0DEAD, name: dead}}
    tokens:
      - {token: xoxb-good, app: A0APP, user: U0BOT, scopes: [channels:manage]}
      - {token: xoxb-narrow, app: A0APP, user: U0BOT, scopes: [users:read]}
      - {token: xoxb-private, app: A0APP, user: U0BOT, scopes: [groups:write]}
      - {token: xoxb-far, app: A0FAR, user: U0FAR, scopes: [channels:manage]}
      - {token: xoxb-old, app: A0APP, user: U0BOT, scopes: [channels:manage], expires_at: 2020-01-01T00:00:00Z}
      - {token: xoxb-revoked, app: A0APP, user: U0BOT, scopes: [channels:manage], revoked: true}
      - {token: xoxp-gone, app: A0APP, user: U0GONE, scopes: [channels:write]}
      - {token: xoxp-notwo, app: A0APP, user: U0NOTWO, scopes: [channels:write]}
      - {token: xoxb-legacy, kind: legacy_bot, app: A0APP, user: U0BOT, scopes: [bot]}
      - {token: xapp-1, kind: app_level, app: A0APP, scopes: [connections:write]}
      - {token: xapp-revoked, kind: app_level, app: A0APP, scopes: [connections:write], revoked: true}
      - {token: xoxb-org-revoked, kind: org, app: A0APP, user: U0BOT, scopes: [channels:manage], revoked: true}
      - {token: xoxb-org, kind: org, app: A0APP, user: U0BOT, scopes: [channels:manage], workspaces: [T0A]}
  - id: T0B
    name: B
    domain: b
    enterprise: E0ORG
    users: [{id: U0BO, name: bo}]
    channels:
      - {id: C0B, name: b, creator: U0BO, members: [U0BO]}
      - {id: C0BOTH, name: both, creator: U0BO, members: [U0BO, U0BOT], workspaces: [T0A, T0B]}
  - id: T0DEL
    name: Del
    domain: del
    status: deleted
    users: [{id: U0DEL, name: del}]
    channels: [{id: C0DEL, name: del, creator: U0DEL}]
    apps: [{id: A0DEL, name: del, bot_user: {id: U0DELBOT, name: delbot}}]
    tokens:
      - {token: xoxb-del, app: A0DEL, user: U0DELBOT, scopes: [channels:manage]}
      - {token: xoxp-del, app: A0DEL, user: U0DEL, scopes: [channels:write]}
  - id: T0MIG
    name: Mig
    domain: mig
    status: migrating
    users: [{id: U0MIG, name: mig}]
    tokens: [{token: xoxp-mig, user: U0MIG, scopes: [channels:write]}]
  - id: T0JOIN
    name: Join
    domain: join
    status: joining_org
    users: [{id: U0JOIN, name: join}]
    tokens: [{token: xoxp-join, user: U0JOIN, scopes: [channels:write]}]
  - id: T0NET
    name: Net
    domain: net
    allowed_networks: [10.1.0.0/16]
    users: [{id: U0NET, name: net}]
    tokens: [{token: xoxp-net, user: U0NET, scopes: [channels:write]}]
";

#[tokio::test]
async fn each_kind_of_refusal() {
    let app = App::with(WORLD).await;
    let arguments = [("channel", "C0A"), ("users", "U0NOTWO")];
    for (token, code) in [
        ("", "not_authed"),
        ("xoxb-nobody", "invalid_auth"),
        ("nonsense", "invalid_auth"),
        ("xoxb-far", "invalid_auth"),
        ("xoxb-revoked", "token_revoked"),
        ("xoxb-old", "token_expired"),
        ("xapp-revoked", "token_revoked"),
        ("xoxb-org-revoked", "token_revoked"),
        ("xoxp-gone", "token_revoked"),
        ("xoxb-del", "account_inactive"),
        ("xoxp-del", "token_revoked"),
        ("xoxp-net", "accesslimited"),
        ("xoxp-mig", "org_login_required"),
        ("xoxp-join", "team_added_to_org"),
        ("xoxp-notwo", "two_factor_setup_required"),
        ("xoxb-legacy", "is_bot"),
        ("xapp-1", "not_allowed_token_type"),
        ("xoxb-narrow", "missing_scope"),
    ] {
        assert_eq!(
            app.refused("conversations.invite", token, &arguments).await,
            code,
            "{token}"
        );
    }
    app.ok("conversations.invite", "xoxb-good", &arguments)
        .await;
}

#[tokio::test]
async fn what_was_needed_and_what_was_held() {
    let app = App::with(WORLD).await;
    let arguments = [("channel", "C0A"), ("users", "U0NOTWO")];
    let answer = app
        .call("conversations.invite", "xoxb-narrow", &arguments)
        .await;
    assert_eq!(
        answer["needed"],
        "channels:write.invites,channels:manage,groups:write.invites,groups:write,im:write,mpim:write"
    );
    assert_eq!(answer["provided"], "users:read");
    // Scopes for another kind of conversation come to the channel and no further.
    let answer = app
        .call("conversations.invite", "xoxb-private", &arguments)
        .await;
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "channels:write.invites,channels:manage");
}

#[tokio::test]
async fn the_header_and_how_it_is_written() {
    let app = App::with(WORLD).await;
    for (header, code) in [
        ("Bearer ", "not_authed"),
        ("Basic eDp5", "not_authed"),
        ("bearer xoxb-good", "not_authed"),
        ("Bearer xoxb-nobody", "invalid_auth"),
    ] {
        let answer = app
            .send("GET", "/api/auth.test", &[("Authorization", header)], b"")
            .await;
        assert_eq!(answer.error(), code, "{header:?}");
    }
    // The header wins over the argument.
    let answer = app
        .send(
            "GET",
            "/api/auth.test?token=xoxb-nobody",
            &[("Authorization", "Bearer xoxb-good")],
            b"",
        )
        .await;
    assert_eq!(answer.json()["user_id"], "U0BOT");
    let answer = app.send("GET", "/api/auth.test?token=", &[], b"").await;
    assert_eq!(answer.error(), "not_authed");
}

#[tokio::test]
async fn organisation_wide_tokens() {
    let app = App::with(WORLD).await;
    let answer = app.ok("auth.test", "xoxb-org", &[("team_id", "T0A")]).await;
    assert_eq!(
        (&answer["team_id"], &answer["is_enterprise_install"]),
        (&"T0A".into(), &true.into())
    );
    let elsewhere = [("team_id", "T0NET")];
    let told = app.ok("auth.test", "xoxb-org", &elsewhere).await;
    assert_eq!(told["team_id"], "T0A");
    assert_eq!(
        app.refused("conversations.create", "xoxb-org", &elsewhere)
            .await,
        "team_access_not_granted"
    );
    assert_eq!(
        app.refused("conversations.join", "xoxb-org", &[("channel", "C0A")])
            .await,
        "enterprise_is_restricted"
    );
}

/// Without `team_id` the channel tells the workspace.
#[tokio::test]
async fn an_organisation_wide_token_and_a_channel() {
    let app = App::with(WORLD).await;
    // What lives only in workspaces of the organisation that were not granted is told from what is not there, or
    // elsewhere.
    for (channel, code) in [
        ("C0B", "team_access_not_granted"),
        ("C0DEL", "channel_not_found"),
        ("C0NOWHERE", "channel_not_found"),
    ] {
        let arguments = [("channel", channel), ("users", "U0BO")];
        let refused = app
            .refused("conversations.invite", "xoxb-org", &arguments)
            .await;
        assert_eq!(refused, code, "{channel}");
    }
    let arguments = [("channel", "C0A"), ("users", "U0NOTWO")];
    app.ok("conversations.invite", "xoxb-org", &arguments).await;
    // Of a channel that a granted workspace has, too, the call is made there.
    let arguments = [("channel", "C0BOTH"), ("users", "U0ADA")];
    let answer = app.ok("conversations.invite", "xoxb-org", &arguments).await;
    assert_eq!(answer["channel"]["context_team_id"], "T0A");
}

/// One official client names the channel so; it tells the workspace as `channel` does.
#[tokio::test]
async fn an_organisation_wide_token_and_a_channel_by_another_name() {
    let narrow = "xoxb-org, kind: org, app: A0APP, user: U0BOT, scopes: [channels:manage]";
    let wide = narrow.replace("channels:manage", "conversations.connect:manage");
    let app = App::with(&WORLD.replace(narrow, &wide)).await;
    for (method, team, code) in [
        ("approve", "C0A", "invite_not_found"),
        ("approve", "C0BOTH", "invite_not_found"),
        ("approve", "C0B", "team_access_not_granted"),
        ("approve", "T0B", "team_access_not_granted"),
        ("approve", "x", "team_access_not_granted"),
        ("deny", "C0A", "team_access_not_granted"),
    ] {
        let method = format!("conversations.requestSharedInvite.{method}");
        let arguments = [("team_id", team), ("invite_id", "I0NONE")];
        let refused = app.refused(&method, "xoxb-org", &arguments).await;
        assert_eq!(refused, code, "{method} {team}");
    }
}

#[tokio::test]
async fn an_argument_that_is_missing_is_named_beside_the_code() {
    let narrow = "xoxb-org, kind: org, app: A0APP, user: U0BOT, scopes: [channels:manage]";
    let scopes = "channels:manage, channels:read, users:read, conversations.connect:manage";
    let wide = narrow.replace("channels:manage", scopes);
    let app = App::with(&WORLD.replace(narrow, &wide)).await;
    for (method, given) in [
        ("bots.info", ("bot", "B0BOT")),
        ("conversations.create", ("name", "new")),
        ("conversations.list", ("limit", "1")),
        ("users.conversations", ("limit", "1")),
        ("users.list", ("limit", "1")),
    ] {
        assert_eq!(
            app.call(method, "xoxb-org", &[given]).await,
            json!({"ok": false, "error": "missing_argument", "arg": "team_id"}),
            "{method}"
        );
    }
    assert_eq!(
        app.call("team.externalTeams.disconnect", "xoxb-org", &[])
            .await,
        json!({"ok": false, "error": "missing_argument", "arg": "target_team"})
    );

    // And whoever asks why is told the same.
    let answer = app
        .post("conversations.listConnectInvites", "xoxb-org", &[])
        .await;
    let why = app.why(&answer).await;
    assert_eq!(answer.json()["arg"], "team_id");
    assert_eq!(why["answer"]["error"], "missing_argument", "{why}");
    assert_eq!(
        why["refused_by"]["looked_at"],
        "as its page says: an organisation-wide token and no `team_id`"
    );
}

#[tokio::test]
async fn a_revoked_token_is_dead_for_the_next_call() {
    let app = App::with(WORLD).await;
    app.ok("auth.test", "xoxb-good", &[]).await;
    let answer = app.ok("auth.revoke", "xoxb-good", &[("test", "1")]).await;
    assert_eq!(answer["revoked"], false);
    app.ok("auth.test", "xoxb-good", &[]).await;
    let answer = app.ok("auth.revoke", "xoxb-good", &[]).await;
    assert_eq!(answer["revoked"], true);
    assert_eq!(app.dead("xoxb-good").await, "token_revoked");
}

#[tokio::test]
async fn time_passes_and_tokens_expire() {
    let yaml = WORLD.replace("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");
    let app = App::with(&yaml).await;
    app.ok("auth.test", "xoxb-old", &[]).await;
    app.store.clock().advance(80 * 365 * 86_400 * 1_000_000);
    assert_eq!(
        app.refused("auth.test", "xoxb-old", &[]).await,
        "token_expired"
    );
}

/// The world's time is the store's: whoever opens it next finds it as it was moved.
#[tokio::test]
async fn the_clock_stays_moved_when_the_server_starts_again() {
    let yaml = WORLD.replace("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z");
    let mut app = App::with(&yaml).await;
    for _ in 0..2 {
        let forty_years = json!({"advance_seconds": 40 * 365 * 86_400_i64});
        let (status, told) = control(&app, "POST", "/clock", forty_years).await;
        assert_eq!(status, 200, "{told}");
        app = app.restarted(Settings::default(), Clock::default()).await;
        let (_, after) = control(&app, "GET", "/clock", Value::Null).await;
        assert!(after["ts"].as_str() > told["ts"].as_str(), "{told} {after}");
    }
    assert_eq!(
        app.refused("auth.test", "xoxb-old", &[]).await,
        "token_expired"
    );
    // A clock that is wrong by itself is right again.
    let alone = json!({"advance_seconds": -80 * 365 * 86_400_i64, "alone": true});
    let (status, _) = control(&app, "POST", "/clock", alone.clone()).await;
    assert_eq!(status, 200);
    let app = app.restarted(Settings::default(), Clock::default()).await;
    assert_eq!(
        app.refused("auth.test", "xoxb-old", &[]).await,
        "token_expired"
    );
    for _ in 0..2 {
        control(&app, "POST", "/clock", alone.clone()).await;
    }
    let (status, refused) = control(&app, "POST", "/clock", alone).await;
    assert_eq!((status, &refused["error"]), (422, &json!("invalid_time")));
}

#[tokio::test]
async fn maintenance_and_retired_methods() {
    let app = App::with(&format!("{WORLD}\nserver: {{maintenance: true}}")).await;
    let answer = app.post("auth.test", "xoxb-good", &[]).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (503, "service_unavailable")
    );
    let server = "server: {deprecated_methods: [conversations.kick], deprecated_endpoints: [conversations.leave]}";
    let app = App::with(&format!("{WORLD}\n{server}")).await;
    let arguments = [("channel", "C0A"), ("user", "U0ADA")];
    assert_eq!(
        app.refused("conversations.kick", "xoxb-good", &arguments)
            .await,
        "method_deprecated"
    );
    assert_eq!(
        app.refused("conversations.leave", "xoxb-good", &arguments)
            .await,
        "deprecated_endpoint"
    );
}
