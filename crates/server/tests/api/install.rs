//! Installing an app, as a browser and the app see it.

mod organisation;
mod refusals;
mod tokens;

use crate::{
    app::{Answer, App},
    events::control,
};
use guestlist_server::{RateLimits, Settings};
use serde_json::{Value, json};

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0A
    name: "A & <b>Sons</b>"
    domain: a
    enterprise: E0ORG
    users:
      - {id: U0ADA, name: ada, real_name: Ada Park, role: owner}
      - {id: U0BEN, name: ben, real_name: "Ben <script>"}
      - {id: U0GUEST, name: guest, guest: multi_channel}
      - {id: U0GONE, name: gone, status: removed}
    channels: [{id: C0A, name: a, creator: U0ADA, members: [U0ADA]}]
    apps:
      - id: A0APP
        client_id: "1.1"
        client_secret: s3cret
        manifest:
          display_information: {name: Greeter, description: "Greets <i>everybody</i>"}
          oauth_config:
            redirect_urls: ["http://127.0.0.1:3000/slack"]
            scopes: {bot: [channels:join, chat:write, users:read], user: [channels:write, users:read]}
      - id: A0ROT
        client_id: "2.2"
        client_secret: s3cret
        manifest:
          display_information: {name: Rotating}
          oauth_config: {redirect_urls: ["http://127.0.0.1:3000/slack"], pkce_enabled: true}
          settings: {token_rotation_enabled: true}
      - id: A0OWN
        client_id: "3.3"
        client_secret: s3cret
        distributed: false
        manifest: {display_information: {name: Own}, settings: {org_deploy_enabled: true}, oauth_config: {redirect_urls: ["http://127.0.0.1:3000/slack"]}}
    tokens:
      - {token: xoxp-alone, user: U0ADA, scopes: [users:read]}
  - id: T0B
    name: B
    domain: b
    users: [{id: U0BO, name: bo}]
  - {id: T0DEL, name: Del, domain: del, status: deleted, users: [{id: U0DEL, name: del}]}
"#;

/// The SHA-256 of "verifier" in URL-safe Base64.
const CHALLENGE: &str = "iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ";

async fn app() -> App {
    let settings = Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    };
    App::with_settings(WORLD, settings).await
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

impl App {
    async fn page(&self, pairs: &[(&str, &str)]) -> (u16, String) {
        let path = format!("/oauth/v2/authorize?{}", query(pairs));
        let answer = self.send("GET", &path, &[], b"").await;
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(answer.headers["x-frame-options"], "DENY");
        let policy = &answer.headers["content-security-policy"];
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    async fn form(&self, headers: &[(&str, &str)], pairs: &[(String, String)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let mut all = vec![("Content-Type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send("POST", "/oauth/v2/authorize", &all, body.as_bytes())
            .await
    }

    /// Opens the page and answers its form.
    async fn answer(&self, link: &[(&str, &str)], user: &str, decision: &str) -> Answer {
        let (status, html) = self.page(link).await;
        assert_eq!(status, 200, "{html}");
        let mut fields = hidden(&html);
        fields.push(("user".to_owned(), user.to_owned()));
        fields.push(("decision".to_owned(), decision.to_owned()));
        let origin = [
            ("Origin", "http://localhost"),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        self.form(&origin, &fields).await
    }

    /// The code that an app is sent for somebody's consent.
    pub(crate) async fn code(&self, link: &[(&str, &str)], user: &str) -> String {
        let answer = self.answer(link, user, "allow").await;
        assert_eq!(answer.status, 302);
        sent(&answer, "code")
    }

    async fn basic(&self, credentials: &str, pairs: &[(&str, &str)]) -> Value {
        let header = format!("Basic {credentials}");
        let headers = [
            ("Authorization", header.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let body = query(pairs);
        let path = "/api/oauth.v2.access";
        self.send("POST", path, &headers, body.as_bytes())
            .await
            .json()
    }

    pub(crate) async fn access(&self, pairs: &[(&str, &str)]) -> Value {
        self.call("oauth.v2.access", "", pairs).await
    }

    async fn install(&self, client: &str, scope: &str, user_scope: &str) -> Value {
        let link = [
            ("client_id", client),
            ("scope", scope),
            ("user_scope", user_scope),
        ];
        let code = self.code(&link, "U0ADA").await;
        let pairs = [
            ("client_id", client),
            ("client_secret", "s3cret"),
            ("code", code.as_str()),
        ];
        let granted = self.access(&pairs).await;
        assert_eq!(granted["ok"], true, "{granted}");
        granted
    }
}

/// The fields of the form that takes the decision: those that are hidden, and what is chosen.
fn hidden(html: &str) -> Vec<(String, String)> {
    let form = html.split("<form method=\"post\"").nth(1).unwrap();
    let plain = |text: &str| {
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    };
    let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
    let hidden = fields.map(|field| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        (plain(name), plain(rest.split_once('"').unwrap().0))
    });
    hidden.chain(place(form)).collect()
}

/// The place that is chosen on a page where there is a choice.
pub(crate) fn place(form: &str) -> Option<(String, String)> {
    let (_, places) = form.split_once("<select id=\"team\" name=\"team\">")?;
    let (chosen, _) = places.split_once("\" selected>")?;
    let (_, id) = chosen.rsplit_once('"')?;
    Some(("team".to_owned(), id.to_owned()))
}

/// What a browser is sent to an app with.
fn sent(answer: &Answer, name: &str) -> String {
    let location = &answer.headers["location"];
    let (_, query) = location.split_once('?').unwrap();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(given, _)| given == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {location}"))
        .1
        .into_owned()
}

const LINK: [(&str, &str); 2] = [("client_id", "1.1"), ("scope", "chat:write,channels:join")];

#[tokio::test]
async fn the_page_shows_what_is_asked_and_no_markup_from_outside() {
    let app = app().await;
    let link = [
        ("client_id", "1.1"),
        ("scope", "chat:write,channels:join"),
        ("user_scope", "channels:write"),
        ("state", "\"><script>alert(1)</script>"),
    ];
    let (status, html) = app.page(&link).await;
    assert_eq!(status, 200);
    for there in [
        "Let Greeter into A &amp; &lt;b&gt;Sons&lt;/b&gt;?",
        "Greets &lt;i&gt;everybody&lt;/i&gt;",
        "<li><code>chat:write</code></li>",
        "<li><code>channels:write</code></li>",
        "<option value=\"U0ADA\" selected>Ada Park (ada, owner)</option>",
        "Ben &lt;script&gt; (ben)",
        "http://127.0.0.1:3000/slack",
        "<option value=\"T0B\">B</option>",
    ] {
        assert!(html.contains(there), "{there} is not in {html}");
    }
    for absent in ["<script", "<b>", "<i>", "U0GUEST", "U0GONE", "T0DEL"] {
        assert!(!html.contains(absent), "{absent} is in {html}");
    }
}

#[tokio::test]
async fn a_workspace_and_a_person_are_chosen() {
    let app = app().await;
    let (_, html) = app.page(&[LINK[0], LINK[1], ("team", "T0B")]).await;
    assert!(html.contains("<option value=\"T0B\" selected>") && html.contains("U0BO"));
    assert!(!html.contains("U0ADA"), "{html}");
    let (_, html) = app.page(&[LINK[0], LINK[1], ("find", "PARK")]).await;
    assert!(html.contains("U0ADA") && !html.contains("U0BEN"), "{html}");
    let (_, html) = app.page(&[LINK[0], LINK[1], ("find", "nobody")]).await;
    assert!(
        html.contains("Nobody found") && !html.contains("value=\"allow\""),
        "{html}"
    );
}

#[tokio::test]
async fn an_app_is_let_in_where_the_page_said_and_nowhere_else() {
    let app = app().await;
    let (_, html) = app.page(&LINK).await;
    let mut fields = hidden(&html);
    assert!(
        fields.contains(&("team".to_owned(), "T0A".to_owned())),
        "{fields:?}"
    );
    for field in &mut fields {
        if field.0 == "team" {
            field.1 = "T0B".to_owned();
        }
    }
    fields.push(("user".to_owned(), "U0BO".to_owned()));
    // Whoever chooses another one and allows it is shown what they are asked there.
    let decided = |fields: &[(String, String)], decision: &str| {
        let decision = ("decision".to_owned(), decision.to_owned());
        [fields, &[decision]].concat()
    };
    let answer = app.form(&[], &decided(&fields, "allow")).await;
    assert_eq!(answer.status, 409);
    let html = String::from_utf8(answer.body).unwrap();
    for there in [
        "Let Greeter into B?",
        "role=\"alert\">You chose another place",
        "<option value=\"T0B\" selected>",
        "<option value=\"U0BO\" selected>",
    ] {
        assert!(html.contains(there), "{there} is not in {html}");
    }
    // To cancel is the same everywhere.
    let answer = app.form(&[], &decided(&fields, "cancel")).await;
    assert_eq!(answer.status, 302);
    // What is shown then can be allowed.
    let mut fields = hidden(&html);
    fields.push(("user".to_owned(), "U0BO".to_owned()));
    let answer = app.form(&[], &decided(&fields, "allow")).await;
    assert_eq!(answer.status, 302);
    // Of the form all is sent by which the page is shown again.
    let all: Vec<_> = fields
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let (status, html) = app.page(&all).await;
    assert!(
        status == 200 && html.contains("Let Greeter into B?"),
        "{html}"
    );
    assert!(!html.contains("role=\"alert\""), "{html}");
}

/// Copies of a world know nothing of each other.
#[tokio::test]
async fn an_app_is_let_into_no_workspace_of_another_realm() {
    let app = app().await;
    let far = "{version: 1, workspaces: [{id: T0FAR, name: Far, domain: far, realm: far, users: [{id: U0FAY, name: fay, role: owner}]}]}";
    crate::add::added(&app, "", far).await;
    let (_, html) = app.page(&LINK).await;
    assert!(
        html.contains("\"T0B\"") && !html.contains("T0FAR"),
        "{html}"
    );
    let (status, _) = app.page(&[LINK[0], LINK[1], ("team", "T0FAR")]).await;
    assert_eq!(status, 400);
    let link = "http://localhost/oauth/v2/authorize?client_id=1.1&scope=chat:write";
    let ask = json!({"link": link, "user": "U0FAY", "workspace": "T0FAR"});
    let (status, refused) = control(&app, "POST", "/apps/install", ask).await;
    assert_eq!(
        (status, &refused["error"]),
        (400, &json!("invalid_team")),
        "{refused}"
    );
}

#[tokio::test]
async fn what_manages_slack_connect_is_for_owners_and_admins_to_give() {
    let app = app().await;
    let link = [
        ("client_id", "3.3"),
        ("scope", "conversations.connect:manage"),
    ];
    let (_, html) = app.page(&link).await;
    assert!(html.contains("It takes an owner or an admin"), "{html}");
    assert!(html.contains("U0ADA") && !html.contains("U0BEN"), "{html}");
    let refused = app.answer(&link, "U0BEN", "allow").await;
    let html = String::from_utf8(refused.body).unwrap();
    assert!(
        refused.status == 400 && html.contains("<code>restricted_action</code>"),
        "{html}"
    );
    assert_eq!(app.answer(&link, "U0ADA", "allow").await.status, 302);
}

#[tokio::test]
async fn from_the_page_to_tokens_that_work() {
    let app = app().await;
    let link = [
        ("client_id", "1.1"),
        ("scope", "chat:write,channels:join"),
        ("user_scope", "channels:write"),
        ("state", "s t"),
        ("redirect_uri", "http://127.0.0.1:3000/slack"),
    ];
    let answer = app.answer(&link, "U0BEN", "allow").await;
    assert_eq!(sent(&answer, "state"), "s t");
    let code = sent(&answer, "code");
    // "1.1:s3cret"
    let pairs = [
        ("code", code.as_str()),
        ("redirect_uri", "http://127.0.0.1:3000/slack"),
    ];
    let granted = app.basic("MS4xOnMzY3JldA==", &pairs).await;
    assert_eq!(granted["ok"], true, "{granted}");
    assert_eq!(granted["app_id"], "A0APP");
    assert_eq!(granted["token_type"], "bot");
    assert_eq!(granted["scope"], "channels:join,chat:write");
    assert_eq!(granted["team"]["id"], "T0A");
    assert_eq!(granted["enterprise"]["id"], "E0ORG");
    assert_eq!(granted["is_enterprise_install"], false);
    assert_eq!(granted["authed_user"]["id"], "U0BEN");
    assert_eq!(granted["authed_user"]["scope"], "channels:write");
    assert_eq!(granted["authed_user"]["token_type"], "user");
    assert!(granted.get("expires_in").is_none(), "{granted}");

    let bot = granted["access_token"].as_str().unwrap();
    let person = granted["authed_user"]["access_token"].as_str().unwrap();
    assert!(bot.starts_with("xoxb-") && person.starts_with("xoxp-"));
    let me = app.ok("auth.test", bot, &[]).await;
    assert_eq!(me["user_id"], granted["bot_user_id"]);
    assert_eq!(app.ok("auth.test", person, &[]).await["user_id"], "U0BEN");
    app.ok("conversations.join", bot, &[("channel", "C0A")])
        .await;
    app.ok(
        "chat.postMessage",
        bot,
        &[("channel", "C0A"), ("text", "Hello!")],
    )
    .await;
    // In the store there are hashes, and no text.
    let seed = app.store.dump().await.unwrap();
    let seed = format!("{seed:?}");
    assert!(!seed.contains(bot) && !seed.contains(person));
}

#[tokio::test]
async fn of_two_who_exchange_a_code_at_once_one_wins() {
    let app = app().await;
    for _ in 0..8 {
        let code = app.code(&LINK, "U0ADA").await;
        let pairs = [
            ("client_id", "1.1"),
            ("client_secret", "s3cret"),
            ("code", code.as_str()),
        ];
        let (a, b, c) = tokio::join!(app.access(&pairs), app.access(&pairs), app.access(&pairs));
        let answers = [a, b, c];
        let won = answers.iter().filter(|answer| answer["ok"] == true).count();
        let lost = answers
            .iter()
            .filter(|answer| answer["error"] == "invalid_code")
            .count();
        assert_eq!((won, lost), (1, 2), "{answers:?}");
    }
}

/// The same without the page, for tests and scripts.
#[tokio::test]
async fn somebody_lets_an_app_in_without_the_page() {
    let app = app().await;
    let link = |client: &str, more: &str| {
        format!(
            "http://localhost/oauth/v2/authorize?client_id={client}&scope=chat:write&state=a%20b{more}#top"
        )
    };
    let consent = async |ask: Value| control(&app, "POST", "/apps/install", ask).await;
    let (status, done) = consent(json!({"link": link("1.1", ""), "user": "U0BO"})).await;
    assert_eq!(status, 200, "{done}");
    let location = done["location"].as_str().unwrap();
    let (to, told) = location.split_once("?code=").unwrap();
    let (code, state) = told.split_once('&').unwrap();
    assert_eq!((to, state), ("http://127.0.0.1:3000/slack", "state=a+b"));
    let secret = [
        ("client_id", "1.1"),
        ("client_secret", "s3cret"),
        ("code", code),
    ];
    let granted = app.access(&secret).await;
    assert_eq!(
        (&granted["ok"], &granted["team"]["id"]),
        (&json!(true), &json!("T0B")),
        "{granted}"
    );
    // The app has a bot of its own there, for whom a token is made.
    let ask = json!({"app": "A0APP", "workspace": "T0B", "scopes": ["chat:write"]});
    let (status, made) = control(&app, "POST", "/tokens", ask).await;
    assert_eq!(
        (status, &made["user"]),
        (201, &granted["bot_user_id"]),
        "{made}"
    );

    let no = json!({"link": link("1.1", ""), "user": "U0ADA", "workspace": "T0A", "cancel": true});
    let (_, done) = consent(no).await;
    assert_eq!(
        done["location"],
        "http://127.0.0.1:3000/slack?error=access_denied&state=a+b"
    );
    for (ask, status, code) in [
        (
            json!({"link": link("9.9", ""), "user": "U0ADA"}),
            400,
            "invalid_client_id",
        ),
        (
            json!({"link": link("1.1", "&redirect_uri=http://evil.test/"), "user": "U0ADA"}),
            400,
            "bad_redirect_uri",
        ),
        (
            json!({"link": "nothing", "user": "U0ADA"}),
            400,
            "invalid_client_id",
        ),
        (
            json!({"link": link("1.1", ""), "user": "U0GUEST"}),
            400,
            "invalid_user",
        ),
        (
            json!({"link": link("1.1", ""), "user": "U0NONE"}),
            422,
            "user_not_found",
        ),
        (
            json!({"link": link("1.1", ""), "user": "U0ADA", "workspace": "T0NONE"}),
            400,
            "invalid_team",
        ),
        (
            json!({"link": link("3.3", ""), "user": "U0BO"}),
            400,
            "invalid_team_for_non_distributed_app",
        ),
        (json!({"user": "U0ADA"}), 400, "invalid_request"),
    ] {
        let (found, refused) = consent(ask.clone()).await;
        assert_eq!(
            (found, &refused["error"]),
            (status, &json!(code)),
            "{ask}: {refused}"
        );
    }
}
