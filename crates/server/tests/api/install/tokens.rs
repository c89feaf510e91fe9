//! Tokens for codes, renewed tokens, the way back.

use super::*;
use crate::seen::saw;
use guestlist_methods::find;
use guestlist_server::control;
use std::collections::BTreeSet;

/// Each code with a state, and none missing.
fn all_reached(method: &str, rows: &[(Vec<(&str, &str)>, &str)]) {
    for error in (find(method).unwrap().errors)() {
        let reached = rows.iter().any(|(_, code)| *code == error.code);
        if reached {
            saw(method, error.code);
        }
        assert!(
            error.state.is_none() || reached,
            "{method}: no call is answered {}",
            error.code
        );
    }
}

#[tokio::test]
async fn refusals_of_access() {
    let app = app().await;
    let mine = || vec![("client_id", "1.1"), ("client_secret", "s3cret")];
    let public = || vec![("client_id", "2.2")];
    let plain = app.code(&LINK, "U0ADA").await;
    let elsewhere = [
        ("client_id", "2.2"),
        ("scope", "a"),
        ("redirect_uri", "http://127.0.0.1:3000/slack"),
    ];
    let elsewhere = app.code(&elsewhere, "U0ADA").await;
    let challenged = [
        ("client_id", "2.2"),
        ("scope", "a"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let challenged = app.code(&challenged, "U0ADA").await;
    // Of an app that its organisation has by the time the code is exchanged.
    let own = [("client_id", "3.3"), ("scope", "a")];
    let own = app.code(&own, "U0ADA").await;
    let wide = json!({"app": "A0OWN", "user": "U0ADA", "kind": "org"});
    let (status, made) = control(&app, "POST", "/tokens", wide).await;
    assert_eq!(status, 201, "{made}");
    let with = |mut pairs: Vec<(&'static str, &'static str)>, more: &[(&'static str, &str)]| {
        let mut all: Vec<(&str, String)> =
            pairs.drain(..).map(|(n, v)| (n, v.to_owned())).collect();
        all.extend(more.iter().map(|(n, v)| (*n, (*v).to_owned())));
        all
    };
    let rows = [
        (with(vec![], &[]), "invalid_client_id"),
        (
            with(vec![("client_id", "9.9")], &[("code", &plain)]),
            "invalid_client_id",
        ),
        (
            with(
                vec![("client_id", "1.1"), ("client_secret", "x")],
                &[("code", &plain)],
            ),
            "bad_client_secret",
        ),
        (
            with(vec![("client_id", "1.1")], &[("code", &plain)]),
            "bad_client_secret",
        ),
        (with(mine(), &[]), "invalid_code"),
        (with(mine(), &[("code", "1.1.x")]), "invalid_code"),
        (with(mine(), &[("code", &challenged)]), "invalid_code"),
        (
            with(
                mine(),
                &[
                    ("code", &plain),
                    ("redirect_uri", "http://127.0.0.1:3000/slack"),
                ],
            ),
            "bad_redirect_uri",
        ),
        (
            with(
                vec![("client_id", "2.2"), ("client_secret", "s3cret")],
                &[("code", &elsewhere)],
            ),
            "bad_redirect_uri",
        ),
        (
            with(mine(), &[("grant_type", "password")]),
            "invalid_grant_type",
        ),
        (
            with(mine(), &[("grant_type", "refresh_token")]),
            "invalid_refresh_token",
        ),
        (
            with(mine(), &[("code", &plain), ("code_verifier", "verifier")]),
            "pkce_not_allowed",
        ),
        (
            with(
                public(),
                &[("code", &challenged), ("code_verifier", "other")],
            ),
            "invalid_code_verifier",
        ),
        (
            with(public(), &[("code", &challenged)]),
            "invalid_code_verifier",
        ),
        (
            with(
                vec![("client_id", "3.3"), ("client_secret", "s3cret")],
                &[("code", &own)],
            ),
            "cannot_install_an_org_installed_app",
        ),
    ];
    let mut told = Vec::new();
    for (pairs, code) in &rows {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = app.access(&pairs).await;
        assert_eq!(answer["error"], *code, "{pairs:?}: {answer}");
        told.push((pairs, *code));
    }
    all_reached("oauth.v2.access", &told);
    // Nothing of this has used the codes up.
    let answer = app
        .access(&[
            ("client_id", "1.1"),
            ("client_secret", "s3cret"),
            ("code", &plain),
        ])
        .await;
    assert_eq!(answer["ok"], true, "{answer}");
    let answer = app
        .access(&[
            ("client_id", "2.2"),
            ("code", &challenged),
            ("code_verifier", "verifier"),
        ])
        .await;
    assert_eq!(answer["ok"], true, "{answer}");
}

#[tokio::test]
async fn tokens_are_renewed_and_age() {
    let app = app().await;
    let granted = app.install("2.2", "users:read", "users:read").await;
    let text = |answer: &Value, key: &str| answer[key].as_str().unwrap().to_owned();
    let (token, renews) = (
        text(&granted, "access_token"),
        text(&granted, "refresh_token"),
    );
    assert!(token.starts_with("xoxe.xoxb-1-") && renews.starts_with("xoxe-1-"));
    assert_eq!(granted["expires_in"], 43_200);
    let person = &granted["authed_user"];
    assert!(text(person, "access_token").starts_with("xoxe.xoxp-1-"));
    app.ok("users.list", &token, &[]).await;
    // What renews opens nothing.
    assert_eq!(app.refused("auth.test", &renews, &[]).await, "invalid_auth");

    let refresh = |renews: String| {
        let app = &app;
        async move {
            let pairs = [
                ("client_id", "2.2"),
                ("client_secret", "s3cret"),
                ("grant_type", "refresh_token"),
                ("refresh_token", renews.as_str()),
            ];
            app.access(&pairs).await
        }
    };
    app.store.clock().advance(12 * 3600 * 1_000_000 + 1_000_000);
    assert_eq!(app.refused("auth.test", &token, &[]).await, "token_expired");
    let second = refresh(renews.clone()).await;
    assert_eq!(second["token_type"], "bot");
    assert_eq!(second["bot_user_id"], granted["bot_user_id"]);
    assert!(second.get("authed_user").is_none(), "{second}");
    app.ok("auth.test", &text(&second, "access_token"), &[])
        .await;
    app.store.clock().advance(61 * 1_000_000);
    assert_eq!(refresh(renews).await["error"], "invalid_refresh_token");
    // A person's comes where the bot's would.
    let renewed = refresh(text(person, "refresh_token")).await;
    assert_eq!(renewed["token_type"], "user");
    assert_eq!(renewed["user_id"], "U0ADA");
    app.ok("auth.test", &text(&renewed, "access_token"), &[])
        .await;
    // Revoking ends the one token.
    app.ok("auth.revoke", &text(&renewed, "access_token"), &[])
        .await;
    app.ok("auth.test", &text(&second, "access_token"), &[])
        .await;
}

#[tokio::test]
async fn refusals_of_exchange_and_uninstall() {
    let app = app().await;
    let plain = app.install("1.1", "chat:write", "").await;
    let plain = plain["access_token"].as_str().unwrap().to_owned();
    let rotating = app.install("2.2", "chat:write", "").await;
    let rotating = rotating["access_token"].as_str().unwrap().to_owned();
    let first = [("client_id", "1.1"), ("client_secret", "s3cret")];
    let second = [("client_id", "2.2"), ("client_secret", "s3cret")];
    let wrong = [("client_id", "1.1"), ("client_secret", "x")];
    let nobody = [("client_id", "9.9"), ("client_secret", "x")];

    // A token made before the app rotates its tokens.
    let made = control::NewToken {
        user: Some("U0BEN".parse().unwrap()),
        app: Some("A0ROT".parse().unwrap()),
        ..Default::default()
    };
    let old = control::create(&app.store, made).await.unwrap().token;
    let mut rows = vec![];
    for (method, token, pairs, code) in [
        ("oauth.v2.exchange", &plain, &nobody, "invalid_client_id"),
        ("oauth.v2.exchange", &plain, &wrong, "bad_client_secret"),
        (
            "oauth.v2.exchange",
            &plain,
            &first,
            "token_rotation_not_enabled",
        ),
        ("oauth.v2.exchange", &plain, &second, "invalid_token"),
        ("oauth.v2.exchange", &rotating, &second, "invalid_token"),
        ("apps.uninstall", &plain, &nobody, "invalid_client_id"),
        ("apps.uninstall", &plain, &wrong, "bad_client_secret"),
        (
            "apps.uninstall",
            &plain,
            &second,
            "client_id_token_mismatch",
        ),
        (
            "apps.uninstall",
            &"xoxp-alone".to_owned(),
            &second,
            "client_id_token_mismatch",
        ),
    ] {
        assert_eq!(
            app.refused(method, token, pairs).await,
            code,
            "{method} {pairs:?}"
        );
        rows.push((method, code));
    }
    let granted = app.ok("oauth.v2.exchange", &old, &second).await;
    assert_eq!(
        (&granted["token_type"], &granted["user_id"]),
        (&"user".into(), &"U0BEN".into())
    );
    assert_eq!(
        app.refused("oauth.v2.exchange", &old, &second).await,
        "token_already_exchanged"
    );
    rows.push(("oauth.v2.exchange", "token_already_exchanged"));
    app.ok("auth.test", &old, &[]).await;
    let renews = granted["refresh_token"].as_str().unwrap();
    let pairs = [
        second[0],
        second[1],
        ("grant_type", "refresh_token"),
        ("refresh_token", renews),
    ];
    assert_eq!(app.access(&pairs).await["ok"], true);
    assert_eq!(app.dead(&old).await, "token_revoked");
    for method in ["oauth.v2.exchange", "apps.uninstall"] {
        let codes: Vec<_> = rows
            .iter()
            .filter(|row| row.0 == method)
            .map(|row| (vec![], row.1))
            .collect();
        all_reached(method, &codes);
        assert_eq!(app.refused(method, &plain, &[]).await, "invalid_arguments");
    }
}

#[tokio::test]
async fn an_app_is_uninstalled_and_comes_back() {
    let app = app().await;
    let granted = app
        .install("1.1", "chat:write,channels:join", "users:read")
        .await;
    let text = |answer: &Value, key: &str| answer[key].as_str().unwrap().to_owned();
    let (bot, token) = (
        text(&granted, "bot_user_id"),
        text(&granted, "access_token"),
    );
    let person = text(&granted["authed_user"], "access_token");
    app.ok("conversations.join", &token, &[("channel", "C0A")])
        .await;
    app.ok(
        "apps.uninstall",
        &token,
        &[("client_id", "1.1"), ("client_secret", "s3cret")],
    )
    .await;
    for token in [&token, &person] {
        assert_eq!(app.dead(token).await, "token_revoked");
    }
    let user = app.ok("users.info", "xoxp-alone", &[("user", &bot)]).await;
    assert_eq!(user["user"]["deleted"], true);
    let again = app.install("1.1", "chat:write", "").await;
    assert_eq!(text(&again, "bot_user_id"), bot);
    let token = text(&again, "access_token");
    // It is in no channel, as after the first time.
    let code = app
        .refused(
            "chat.postMessage",
            &token,
            &[("channel", "C0A"), ("text", "x")],
        )
        .await;
    assert_eq!(code, "not_in_channel");
}

#[tokio::test]
async fn what_is_installed_survives_an_export() {
    let app = app().await;
    let granted = app.install("2.2", "users:read", "").await;
    let seed = app.store.dump().await.unwrap();
    let yaml = guestlist_store::world::to_yaml(&guestlist_store::world::write(&seed)).unwrap();
    let again = App::with(&yaml).await;
    let token = granted["access_token"].as_str().unwrap();
    let me = again.ok("auth.test", token, &[]).await;
    assert_eq!(me["user_id"], granted["bot_user_id"]);
    let renews = granted["refresh_token"].as_str().unwrap();
    let pairs = [
        ("client_id", "2.2"),
        ("client_secret", "s3cret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", renews),
    ];
    let renewed = again.access(&pairs).await;
    assert_eq!(renewed["bot_user_id"], granted["bot_user_id"], "{renewed}");
}

#[tokio::test]
async fn an_app_made_while_the_server_runs_is_installed() {
    let app = app().await;
    let made = control::create_app(
        &app.store,
        control::NewApp {
            manifest: "display_information: {name: Late}\noauth_config: {redirect_urls: [\"http://127.0.0.1:3000/slack\"]}".to_owned(),
            file: "manifest".to_owned(),
            workspace: Some("T0B".parse().unwrap()),
            undistributed: true,
        },
    )
    .await
    .unwrap();
    let client_id = made.view.client_id.unwrap();
    let link = [("client_id", client_id.as_str()), ("scope", "chat:write")];
    let code = app.code(&link, "U0BO").await;
    let pairs = [
        ("client_id", client_id.as_str()),
        ("client_secret", made.client_secret.as_str()),
        ("code", code.as_str()),
    ];
    let granted = app.access(&pairs).await;
    assert_eq!(granted["team"]["id"], "T0B", "{granted}");
    let apps = control::list_apps(&app.store, BTreeSet::new())
        .await
        .unwrap();
    let late = apps
        .iter()
        .find(|app| app.app_id == made.view.app_id)
        .unwrap();
    assert_eq!(
        late.bot_user.map(|id| id.to_string()).as_deref(),
        granted["bot_user_id"].as_str()
    );
    let link = [link[0], link[1], ("team", "T0A")];
    let (status, html) = app.page(&link).await;
    assert!(
        status == 400 && html.contains("invalid_team_for_non_distributed_app"),
        "{html}"
    );
}
