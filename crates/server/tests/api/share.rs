//! The page of an invitation's link, as a browser sees it.

mod refusals;

use crate::{
    app::{Answer, App, CONTROL_TOKEN},
    install::place,
};
use guestlist_server::{RateLimits, Settings};
use serde_json::{Value, json};

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0GLO, name: Globex Group, domain: globex-group}]
workspaces:
  - id: T0ACME
    name: "Acme <i>& Sons</i>"
    domain: acme
    connect: {approval: required}
    users:
      - {id: U0ADA, name: ada, real_name: "Ada <script>alert(1)</script>", role: owner}
    channels:
      - {id: C0OPS, name: ops, creator: U0ADA, members: [U0ADA], topic: "secret <b>topic</b>"}
      - {id: C0OLD, name: old, kind: private, creator: U0ADA, members: [U0ADA], connections: [{workspace: T0GLO, name: old}]}
      - {id: C0SHUT, name: shut, creator: U0ADA, members: [U0ADA], archived: true}
    tokens:
      - {token: xoxp-ada, user: U0ADA, scopes: [channels:read, channels:write, groups:read, groups:write, conversations.connect:write, conversations.connect:manage]}
    invitations:
      - {id: I0REV, channel: C0OLD, inviter: U0ADA, to: {email: gil@globex.test}, state: revoked, link: zt-revoked}
      - {id: I0ASK, channel: C0OLD, inviter: U0ADA, to: {email: gil@globex.test}, state: requested, requested: true, link: zt-asked}
      - {id: I0DEN, channel: C0OLD, inviter: U0ADA, to: {email: gil@globex.test}, state: request_denied, requested: true, reviewer: U0ADA, link: zt-denied}
      - {id: I0END, channel: C0OLD, inviter: U0ADA, to: {email: gil@globex.test}, state: disconnected, link: zt-ended, acceptance: {workspace: T0GLO, user: U0GIL}}
      - {id: I0SHUT, channel: C0SHUT, inviter: U0ADA, to: {email: gil@globex.test}, link: zt-shut}
  - id: T0GLO
    name: Globex
    domain: globex
    enterprise: E0GLO
    who_may_create_public: admins
    users:
      - {id: U0GIL, name: gil, real_name: Gil Ray, email: gil@globex.test}
      - {id: U0GUS, name: gus, email: gus@globex.test, role: owner}
      - {id: U0GEO, name: geo, email: geo@globex.test, guest: multi_channel}
      - {id: U0GONE, name: gone, email: gone@globex.test, status: removed}
    channels: [{id: C0TAKEN, name: ops, creator: U0GIL, members: [U0GIL]}]
    apps: [{id: A0GLO, name: globot, bot_user: {id: U0GBOT}}]
    tokens:
      - {token: xoxp-gil, user: U0GIL, scopes: [channels:read, groups:read]}
  - {id: T0GLTWO, name: Globex Two, domain: globex-two, enterprise: E0GLO, users: [{id: U0GIL}, {id: U0GIA, name: gia}]}
  - id: T0INI
    name: Initech
    domain: initech
    who_may_create_private: nobody
    users:
      - {id: U0XEN, name: xen, email: xen@initech.test}
      - {id: U0TWIN, name: twin, email: gus@globex.test}
  - {id: T0OFF, name: Off, domain: off, connect: {enabled: false}, users: [{id: U0OFF, name: off, email: off@off.test}]}
"#;

async fn world() -> App {
    let settings = Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    };
    App::with_settings(WORLD, settings).await
}

/// Sends an invitation; the path of its link.
async fn invited(app: &App, to: (&str, &str), limited: &str) -> String {
    let args = [
        ("channel", "C0OPS"),
        to,
        ("external_limited", limited),
        ("message", "Come <u>and</u> see.\nAda"),
    ];
    let answer = app
        .ok("conversations.inviteShared", "xoxp-ada", &args)
        .await;
    let seed = app.store.dump().await.unwrap();
    let mut all = seed.invitations.iter();
    let sent = all.find(|(_, one)| json!(one.id) == answer["invite_id"]);
    format!("/share/{}", sent.unwrap().1.link.as_deref().unwrap())
}

pub(crate) async fn page(app: &App, path: &str) -> (u16, String) {
    let answer = app.send("GET", path, &[], b"").await;
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers["x-frame-options"], "DENY");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let policy = &answer.headers["content-security-policy"];
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    let html = String::from_utf8(answer.body).unwrap();
    assert!(
        !html.contains("<script") && html.contains("<html lang=\"en\">"),
        "{html}"
    );
    (answer.status, html)
}

/// The fields that the page's form sends unseen, and the workspace that is chosen.
pub(crate) fn hidden(html: &str) -> Vec<(String, String)> {
    let form = html.split("<form method=\"post\"").nth(1).expect(html);
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
    let field = |field: &str| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split_once('"').unwrap().0.to_owned())
    };
    fields.map(field).chain(place(form)).collect()
}

pub(crate) async fn submit(
    app: &App,
    path: &str,
    headers: &[(&str, &str)],
    fields: &[(String, String)],
) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
    all.extend(headers);
    app.send("POST", path, &all, body.as_bytes()).await
}

/// Opens the page and answers it.
pub(crate) async fn answer(
    app: &App,
    path: &str,
    choose: &[(&str, &str)],
    decision: &str,
) -> (u16, String) {
    let (status, html) = page(app, path).await;
    assert_eq!(status, 200, "{html}");
    let mut fields = hidden(&html);
    for (name, value) in choose.iter().chain(&[("decision", decision)]) {
        fields.retain(|(given, _)| given != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    let origin = [
        ("Origin", "http://localhost"),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    let answer = submit(app, path, &origin, &fields).await;
    if answer.status == 303 {
        assert_eq!(answer.headers["location"], path);
    }
    (answer.status, String::from_utf8(answer.body).unwrap())
}

async fn control(app: &App, path: &str, body: Value) -> (u16, Value) {
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let path = format!("/control/v1/{path}");
    let answer = app
        .send("POST", &path, &headers, body.to_string().as_bytes())
        .await;
    (answer.status, answer.json())
}

fn has(html: &str, there: &[&str], absent: &[&str]) {
    for text in there {
        assert!(html.contains(text), "{text} is not in {html}");
    }
    for text in absent {
        assert!(!html.contains(text), "{text} is in {html}");
    }
}

const GIL: (&str, &str) = ("emails", "gil@globex.test");

#[tokio::test]
async fn the_page_tells_who_invites_whom_to_what_and_no_markup_from_outside() {
    let app = world().await;
    let path = invited(&app, GIL, "false").await;
    let (status, html) = page(&app, &path).await;
    assert_eq!(status, 200);
    let there = [
        "<h1>Ada &lt;script&gt;alert(1)&lt;/script&gt; invites you to #ops</h1>",
        "<b>Acme &lt;i&gt;&amp; Sons&lt;/i&gt;</b>",
        "<blockquote>Come &lt;u&gt;and&lt;/u&gt; see.<br>\nAda</blockquote>",
        "<dd>gil@globex.test</dd>",
        "<dd>read, post and bring others in</dd>",
        "<label for=\"user\">You are</label>",
        "<option value=\"U0GIL\" selected>Gil Ray (gil)</option>",
        "<option value=\"T0GLO\" selected>Globex</option>",
        "<option value=\"T0GLTWO\">Globex Two</option>",
        // The channel's own name is taken there.
        "<label for=\"name\">",
        "value=\"ops-2\" required maxlength=\"80\"",
        "<legend>On your side it is</legend>",
        "value=\"public\" checked",
        "value=\"private\">",
        "formnovalidate>Decline</button>",
    ];
    has(
        &html,
        &there,
        &["topic", "<u>", "<i>", "U0GUS", "Initech", "T0ACME"],
    );
    // Without a workspace to choose from there is no finder; a side that may only post is private.
    let path = invited(&app, ("emails", "xen@initech.test"), "true").await;
    let (_, html) = page(&app, &path).await;
    has(
        &html,
        &[
            "<h2>In Initech</h2>",
            "<dd>read and post</dd>",
            "the channel is private",
            "value=\"ops\"",
        ],
        &["type=\"radio\"", "name=\"find\""],
    );
    let path = invited(&app, ("emails", "nobody@nowhere.test"), "false").await;
    let (status, html) = page(&app, &path).await;
    assert_eq!(status, 200);
    has(&html, &["nobody here has"], &["<form", "Accept"]);
}

#[tokio::test]
async fn accepting_connects_and_the_link_is_good_once() {
    let app = world().await;
    let path = invited(&app, GIL, "false").await;
    let choose = [
        ("user", "U0GIL"),
        ("name", " #acme-ops "),
        ("privacy", "private"),
    ];
    let (status, _) = answer(&app, &path, &choose, "accept").await;
    assert_eq!(status, 303);
    let (status, html) = page(&app, &path).await;
    assert_eq!(status, 200);
    has(
        &html,
        &[
            "The invitation is accepted",
            "comes to Globex as soon as Acme",
        ],
        &["<form", "<i>"],
    );
    // The same form again, and a link that was opened before, do nothing more.
    let seed = app.store.dump().await.unwrap();
    let sent = |seed: &guestlist_domain::Seed| {
        let mut all = seed.invitations.iter();
        all.find(|(_, one)| one.link.as_deref() == path.strip_prefix("/share/"))
            .unwrap()
            .1
            .clone()
    };
    let invitation = sent(&seed);
    let approve = json!({"user": "U0ADA", "invitation": invitation.id});
    assert_eq!(control(&app, "invitations/approve", approve).await.0, 200);
    let (_, html) = page(&app, &path).await;
    has(
        &html,
        &["The channel is connected", "is in Globex now, as #acme-ops"],
        &["<form"],
    );
    let info = app
        .ok("conversations.info", "xoxp-gil", &[("channel", "C0OPS")])
        .await;
    assert_eq!(info["channel"]["name"], "acme-ops");
    assert_eq!(info["channel"]["is_private"], true);
    assert_eq!(info["channel"]["is_member"], true);
}

#[tokio::test]
async fn a_channel_comes_to_the_workspace_that_was_shown() {
    let app = world().await;
    let path = invited(&app, GIL, "false").await;
    let choose = [
        ("user", "U0GIL"),
        ("team", "T0GLTWO"),
        ("privacy", "private"),
        ("name", "x"),
    ];
    for decision in ["accept", "decline"] {
        let (status, html) = answer(&app, &path, &choose, decision).await;
        assert_eq!(status, 409);
        // Of another workspace nothing was said yet.
        let there = [
            "role=\"alert\">You chose another place",
            "<option value=\"T0GLTWO\" selected>",
            "The channel’s name in Globex Two",
            "value=\"ops\" required",
            "value=\"public\" checked",
        ];
        has(&html, &there, &["value=\"x\""]);
    }
    let shown = format!("{path}?shown=T0GLO&team=T0GLTWO&name=x&find=");
    let (_, html) = page(&app, &shown).await;
    has(
        &html,
        &["<option value=\"T0GLTWO\" selected>"],
        &["value=\"x\"", "role=\"alert\""],
    );
    let mut fields = hidden(&html);
    for (name, value) in [
        ("user", "U0GIL"),
        ("name", "x"),
        ("privacy", "private"),
        ("decision", "accept"),
    ] {
        fields.push((name.to_owned(), value.to_owned()));
    }
    assert_eq!(submit(&app, &path, &[], &fields).await.status, 303);
    let (_, html) = page(&app, &path).await;
    has(&html, &["comes to Globex Two as soon as"], &[]);
}

#[tokio::test]
async fn of_two_who_send_the_form_one_wins() {
    let app = world().await;
    let path = invited(&app, GIL, "true").await;
    let (_, html) = page(&app, &path).await;
    let mut fields = hidden(&html);
    for (name, value) in [("user", "U0GIL"), ("name", "acme"), ("decision", "accept")] {
        fields.push((name.to_owned(), value.to_owned()));
    }
    let (one, two) = tokio::join!(
        submit(&app, &path, &[], &fields),
        submit(&app, &path, &[], &fields)
    );
    let late = [one, two].into_iter().filter(|answer| answer.status != 303);
    for answer in late {
        has(
            &String::from_utf8(answer.body).unwrap(),
            &["The invitation is accepted"],
            &[],
        );
    }
    let seed = app.store.dump().await.unwrap();
    let channel = seed
        .channels
        .iter()
        .find(|channel| json!(channel.id) == "C0OPS")
        .unwrap();
    assert_eq!(channel.pending.len(), 1);
    // A decision that comes later finds it accepted.
    for field in &mut fields {
        if field.0 == "decision" {
            field.1 = "decline".to_owned();
        }
    }
    let answer = submit(&app, &path, &[], &fields).await;
    has(
        &String::from_utf8(answer.body).unwrap(),
        &["The invitation is accepted"],
        &[],
    );
}

#[tokio::test]
async fn declining_ends_it() {
    let app = world().await;
    let path = invited(&app, GIL, "true").await;
    let (status, _) = answer(&app, &path, &[("user", "U0GIL"), ("name", "")], "decline").await;
    assert_eq!(status, 303);
    let (status, html) = page(&app, &path).await;
    assert_eq!(status, 410);
    has(
        &html,
        &["The invitation was declined", "Nothing is shared"],
        &["<form"],
    );
    // Of somebody invited by their id, their colleagues may accept and not decline.
    let path = invited(&app, ("user_ids", "U0GUS"), "true").await;
    let (_, html) = page(&app, &path).await;
    has(
        &html,
        &["<option value=\"U0GUS\" selected>", "U0GIL"],
        &["U0GEO", "U0GONE", "U0GBOT"],
    );
    let (status, html) = answer(&app, &path, &[("user", "U0GIL"), ("name", "x")], "decline").await;
    assert_eq!(status, 422);
    has(
        &html,
        &[
            "role=\"alert\">Only gus can decline",
            "<option value=\"U0GIL\" selected>",
        ],
        &[],
    );
    let (status, _) = answer(&app, &path, &[("user", "U0GIL"), ("name", "x")], "accept").await;
    assert_eq!(status, 303);
}

#[tokio::test]
async fn who_is_connected_already_is_told_how_to_come_in() {
    let app = world().await;
    let path = invited(&app, GIL, "false").await;
    let (_, html) = page(&app, &path).await;
    has(
        &html,
        &["After you accept, Acme &lt;i&gt;&amp; Sons&lt;/i&gt; has to approve"],
        &[],
    );
    let choose = [
        ("user", "U0GIL"),
        ("name", "acme-ops"),
        ("privacy", "private"),
    ];
    assert_eq!(answer(&app, &path, &choose, "accept").await.0, 303);
    let seed = app.store.dump().await.unwrap();
    let waits = seed.invitations.iter().map(|(_, one)| one);
    let mut waits = waits.filter(|one| {
        one.acceptance
            .as_ref()
            .is_some_and(|one| !one.awaiting.is_empty())
    });
    let id = waits.next_back().unwrap().id.to_string();
    let approve = [("invite_id", id.as_str()), ("target_team", "T0GLO")];
    app.ok("conversations.approveSharedInvite", "xoxp-ada", &approve)
        .await;
    // A colleague, at another workspace of the organisation as well.
    let path = invited(&app, ("user_ids", "U0GIA"), "false").await;
    let (status, html) = page(&app, &path).await;
    assert_eq!(status, 200);
    has(
        &html,
        &["Globex takes part in the channel already, as #acme-ops."],
        &["value=\"accept\""],
    );
}

#[tokio::test]
async fn links_lead_to_the_public_address_by_which_the_page_is_then_reached() {
    let settings = Settings {
        rate_limits: RateLimits::Off,
        public_url: Some("https://guestlist.example.com".parse().unwrap()),
        ..Settings::default()
    };
    let app = App::with_settings(WORLD, settings).await;
    let args = [("channel", "C0OPS"), GIL, ("external_limited", "false")];
    let sent = app
        .ok("conversations.inviteShared", "xoxp-ada", &args)
        .await;
    let url = sent["url"].as_str().unwrap();
    let path = url.strip_prefix("https://guestlist.example.com").unwrap();
    for (host, status) in [
        ("guestlist.example.com", 200),
        ("localhost", 200),
        ("evil.test", 403),
    ] {
        let asked = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(app.raw(asked.as_bytes()).await.status, status, "{host}");
    }
}
