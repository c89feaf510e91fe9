//! What the consent page refuses.

use super::*;

#[tokio::test]
async fn what_is_asked_wrongly_is_told_and_leads_nowhere() {
    let app = app().await;
    for (link, code) in [
        (
            &[("client_id", "9.9"), ("scope", "chat:write")][..],
            "invalid_client_id",
        ),
        (&[("scope", "chat:write")], "invalid_client_id"),
        (&[LINK[0]], "no_scopes"),
        (&[LINK[0], ("scope", "admin")], "invalid_scope"),
        (
            &[LINK[0], LINK[1], ("redirect_uri", "https://evil.test/")],
            "bad_redirect_uri",
        ),
        (&[LINK[0], LINK[1], ("team", "T0NONE")], "invalid_team"),
        (&[LINK[0], LINK[1], ("team", "T0DEL")], "invalid_team"),
        (
            &[("client_id", "3.3"), LINK[1], ("team", "T0B")],
            "invalid_team_for_non_distributed_app",
        ),
        (
            &[
                LINK[0],
                LINK[1],
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ],
            "pkce_not_allowed",
        ),
        (
            &[("client_id", "2.2"), LINK[1], ("code_challenge", CHALLENGE)],
            "invalid_code_challenge",
        ),
        (
            &[
                ("client_id", "2.2"),
                LINK[1],
                ("code_challenge", "x"),
                ("code_challenge_method", "S256"),
            ],
            "invalid_code_challenge",
        ),
    ] {
        let (status, html) = app.page(link).await;
        assert_eq!(status, 400, "{link:?}");
        assert!(
            html.contains(&format!("<code>{code}</code>")),
            "{code}: {html}"
        );
        assert!(!html.contains("<form"), "{html}");
    }
}

#[tokio::test]
async fn only_this_servers_own_form_is_taken() {
    let app = app().await;
    let (_, html) = app.page(&LINK).await;
    let mut fields = hidden(&html);
    fields.push(("user".to_owned(), "U0ADA".to_owned()));
    fields.push(("decision".to_owned(), "allow".to_owned()));
    let changed = |name: &str, value: &str| {
        let mut fields = fields.clone();
        for (given, text) in &mut fields {
            if given == name {
                *text = value.to_owned();
            }
        }
        fields
    };
    for (headers, fields, status, code) in [
        (
            &[("Origin", "http://evil.test")][..],
            fields.clone(),
            403,
            "forbidden_origin",
        ),
        (
            &[("Origin", "null")],
            fields.clone(),
            403,
            "forbidden_origin",
        ),
        (
            &[("Sec-Fetch-Site", "cross-site")],
            fields.clone(),
            403,
            "forbidden_origin",
        ),
        (&[], changed("seal", ""), 403, "stale_form"),
        (&[], changed("scope", "users:read"), 403, "stale_form"),
        (&[], changed("client_id", "2.2"), 403, "stale_form"),
        (&[], changed("shown", "T0B"), 403, "stale_form"),
        (&[], changed("user", "U0BO"), 400, "invalid_user"),
        (&[], changed("user", "U0GUEST"), 400, "invalid_user"),
        (&[], changed("user", "U0GONE"), 400, "invalid_user"),
        (&[], changed("user", "nobody"), 400, "invalid_user"),
        (&[], changed("team", "T0DEL"), 400, "invalid_team"),
        (&[], changed("decision", ""), 400, "invalid_form_data"),
    ] {
        let answer = app.form(headers, &fields).await;
        let html = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, status, "{code}: {html}");
        assert!(
            html.contains(&format!("<code>{code}</code>")),
            "{code}: {html}"
        );
        assert!(!answer.headers.contains_key("location"));
    }
    let answer = app.form(&[], &fields).await;
    assert_eq!(answer.status, 302);
}

#[tokio::test]
async fn a_name_that_is_not_this_machines_leads_nowhere() {
    let app = app().await;
    let path = format!("/oauth/v2/authorize?{}", query(&LINK));
    for (host, status) in [("evil.test", 403), ("127.0.0.1:1", 200)] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = app.raw(head.as_bytes()).await;
        assert_eq!(answer.status, status, "{host}");
    }
}

#[tokio::test]
async fn who_cancels_is_sent_back_without_a_code() {
    let app = app().await;
    let link = [
        LINK[0],
        LINK[1],
        ("state", "a b&c"),
        ("redirect_uri", "http://127.0.0.1:3000/slack/x?y=z"),
    ];
    let answer = app.answer(&link, "U0ADA", "cancel").await;
    assert_eq!(answer.status, 302);
    assert_eq!(
        answer.headers["location"],
        "http://127.0.0.1:3000/slack/x?y=z&error=access_denied&state=a+b%26c"
    );
}
