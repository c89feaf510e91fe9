//! Installing an app for an organisation: the page, the exchange, workspaces, and the way back.

use super::{App, control, hidden};
use crate::events::{deliveries, settings};
use serde_json::{Value, json};

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: "Org & <b>Co</b>", domain: org}, {id: E0FAR, name: Far, domain: far}]
workspaces:
  - id: T0A
    name: A
    domain: a
    enterprise: E0ORG
    users:
      - {id: U0ADA, name: ada, real_name: Ada Park, role: owner}
      - {id: U0BEN, name: ben, real_name: Ben Chu}
    channels: [{id: C0A, name: a, creator: U0ADA, members: [U0ADA]}]
    apps:
      - id: A0APP
        client_id: "1.1"
        client_secret: s3cret
        events: {delivery: socket, subscribe: [team_access_granted, team_access_revoked, tokens_revoked, app_uninstalled, member_joined_channel]}
        manifest:
          display_information: {name: Greeter}
          oauth_config:
            redirect_urls: ["http://127.0.0.1:3000/slack"]
            scopes: {bot: [channels:join, channels:read, users:read], user: ["admin.users:write", channels:read]}
          settings: {org_deploy_enabled: true}
      - id: A0ROT
        client_id: "2.2"
        client_secret: s3cret
        manifest:
          display_information: {name: Rotating}
          oauth_config: {redirect_urls: ["http://127.0.0.1:3000/slack"]}
          settings: {token_rotation_enabled: true, org_deploy_enabled: true}
      - id: A0OLD
        client_id: "3.3"
        client_secret: s3cret
        manifest: {display_information: {name: Old}, oauth_config: {redirect_urls: ["http://127.0.0.1:3000/slack"]}}
  - id: T0B
    name: B
    domain: b
    enterprise: E0ORG
    users:
      - {id: U0UNA, name: una, real_name: Una Rey, role: admin}
      - {id: U0BO, name: bo}
    channels: [{id: C0B, name: b, creator: U0BO, members: [U0BO]}]
  - {id: T0C, name: C, domain: c, enterprise: E0FAR, users: [{id: U0CY, name: cy, role: owner}]}
  - {id: T0D, name: D, domain: d, users: [{id: U0DI, name: di, role: owner}]}
"#;

async fn app() -> App {
    App::with_settings(WORLD, settings()).await
}

const SCOPES: [(&str, &str); 2] = [
    ("scope", "channels:join,channels:read,users:read"),
    ("user_scope", "admin.users:write,channels:read"),
];

fn link<'a>(client: &'a str, team: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut link = vec![("client_id", client), ("team", team)];
    link.extend(SCOPES);
    link
}

impl App {
    /// The tokens that an app gets for somebody's consent.
    async fn exchanged(&self, client: &str, code: &str) -> Value {
        let pairs = [
            ("client_id", client),
            ("client_secret", "s3cret"),
            ("code", code),
        ];
        self.access(&pairs).await
    }

    /// Una has an app installed for the organisation.
    async fn install_for_all(&self, client: &str) -> Value {
        let code = self.code(&link(client, "E0ORG"), "U0UNA").await;
        let granted = self.exchanged(client, &code).await;
        assert_eq!(granted["ok"], true, "{granted}");
        granted
    }

    async fn change_access(&self, deed: &str, app: &str, teams: &[&str]) -> (u16, Value) {
        let path = format!("/apps/{app}/{deed}");
        control(self, "POST", &path, json!({"workspaces": teams})).await
    }
}

#[tokio::test]
async fn an_organisation_can_be_chosen_by_its_admins() {
    let app = app().await;
    let (status, html) = app.page(&link("1.1", "T0A")).await;
    assert_eq!(status, 200);
    let option = "<option value=\"E0ORG\">All of Org &amp; &lt;b&gt;Co&lt;/b&gt;</option>";
    assert!(html.contains(option), "{html}");
    assert!(html.contains("<label for=\"team\">Where</label>"), "{html}");
    let (_, html) = app.page(&link("1.1", "E0ORG")).await;
    assert!(
        html.contains("Let Greeter into all of Org &amp; &lt;b&gt;Co&lt;/b&gt;?"),
        "{html}"
    );
    assert!(html.contains("<option value=\"E0ORG\" selected>"), "{html}");
    // Of all of its workspaces those who are admins, and nobody else.
    for (name, shown) in [
        ("Ada Park", true),
        ("Una Rey", true),
        ("Ben Chu", false),
        ("(cy", false),
    ] {
        assert_eq!(html.contains(name), shown, "{name}: {html}");
    }
    // An app that is not ready for it is for workspaces.
    let (status, html) = app
        .page(&[("client_id", "3.3"), ("scope", "users:read")])
        .await;
    assert!(status == 200 && !html.contains("E0ORG"), "{html}");
    for (client, team, code) in [
        ("3.3", "E0ORG", "org_deploy_not_enabled"),
        ("1.1", "E0NO", "invalid_team"),
    ] {
        let pairs = [
            ("client_id", client),
            ("scope", "users:read"),
            ("team", team),
        ];
        let (status, html) = app.page(&pairs).await;
        assert!(status == 400 && html.contains(code), "{team}: {html}");
    }
    // What the page does not offer is not taken either.
    for (user, team, code) in [
        ("U0BEN", "E0ORG", "restricted_action"),
        ("U0CY", "E0ORG", "invalid_team"),
        ("U0DI", "E0ORG", "invalid_team"),
        ("U0NO", "E0ORG", "invalid_user"),
        ("U0ADA", "E0NO", "invalid_team"),
        ("U0ADA", "x", "invalid_team"),
    ] {
        let shown = if team == "E0ORG" { team } else { "T0A" };
        let (_, html) = app.page(&link("1.1", shown)).await;
        let mut fields = hidden(&html);
        fields.retain(|(name, _)| name != "team");
        for (name, value) in [("user", user), ("decision", "allow"), ("team", team)] {
            fields.push((name.to_owned(), value.to_owned()));
        }
        let origin = [("Origin", "http://localhost")];
        let answer = app.form(&origin, &fields).await;
        let told = String::from_utf8(answer.body).unwrap();
        assert!(
            answer.status == 400 && told.contains(code),
            "{user} {team}: {told}"
        );
    }
}

/// The keys that Bolt's installation stores read, of an installation for an organisation.
#[tokio::test]
async fn from_the_page_to_workspaces_and_back() {
    let app = app().await;
    let granted = app.install_for_all("1.1").await;
    let expected = json!({
        "ok": true, "app_id": "A0APP", "token_type": "bot",
        "access_token": granted["access_token"], "scope": "channels:join,channels:read,users:read",
        "bot_user_id": granted["bot_user_id"],
        "team": null, "enterprise": {"id": "E0ORG", "name": "Org & <b>Co</b>"},
        "is_enterprise_install": true,
        "authed_user": {
            "id": "U0UNA", "scope": "admin.users:write,channels:read", "token_type": "user",
            "access_token": granted["authed_user"]["access_token"],
        },
    });
    assert_eq!(granted, expected);
    let bot = granted["access_token"].as_str().unwrap();
    let person = granted["authed_user"]["access_token"].as_str().unwrap();
    assert!(bot.starts_with("xoxb-") && person.starts_with("xoxp-"));

    // It is there, and in no workspace yet; what admins of the organisation do goes without.
    let me = app.ok("auth.test", bot, &[]).await;
    assert_eq!(
        (&me["is_enterprise_install"], &me["enterprise_id"]),
        (&json!(true), &json!("E0ORG"))
    );
    assert_eq!(me["user_id"], granted["bot_user_id"]);
    assert_eq!(
        app.ok("auth.teams.list", bot, &[]).await["teams"],
        json!([])
    );
    for token in [bot, person] {
        let refused = app
            .refused("conversations.list", token, &[("team_id", "T0B")])
            .await;
        assert_eq!(refused, "team_access_not_granted");
    }
    app.ok(
        "admin.users.assign",
        person,
        &[("team_id", "T0A"), ("user_id", "U0BO")],
    )
    .await;

    // It is added to workspaces, at once.
    let (status, access) = app.change_access("grant", "A0APP", &["T0B"]).await;
    assert_eq!(status, 200, "{access}");
    assert_eq!(
        access,
        json!({"app_id": "A0APP", "organisation": "E0ORG", "workspaces": ["T0B"], "changed": ["T0B"]})
    );
    app.granted(bot, &["T0B"]).await;
    let teams = app.ok("auth.teams.list", bot, &[]).await;
    assert_eq!(teams["teams"], json!([{"id": "T0B", "name": "B"}]));
    for token in [bot, person] {
        app.ok("conversations.list", token, &[("team_id", "T0B")])
            .await;
    }
    let users = app.ok("users.list", bot, &[("team_id", "T0B")]).await;
    let users = users["members"].as_array().unwrap();
    assert!(
        users
            .iter()
            .any(|user| user["id"] == granted["bot_user_id"]),
        "{users:?}"
    );
    app.ok("conversations.join", bot, &[("channel", "C0B")])
        .await;
    let refused = app
        .refused("conversations.join", bot, &[("channel", "C0A")])
        .await;
    assert_eq!(refused, "team_access_not_granted");
    let (_, again) = app.change_access("grant", "A0APP", &["T0B"]).await;
    assert_eq!(again["changed"], json!([]));

    let (status, access) = app.change_access("ungrant", "A0APP", &["T0B", "T0A"]).await;
    assert_eq!(
        (status, &access["workspaces"], &access["changed"]),
        (200, &json!([]), &json!(["T0B"]))
    );
    app.granted(bot, &[]).await;
    let refused = app
        .refused("conversations.info", bot, &[("channel", "C0B")])
        .await;
    assert_eq!(refused, "team_access_not_granted");
    // It is out of the channel, too: once more in the workspace it is not in it.
    app.change_access("grant", "A0APP", &["T0B"]).await;
    app.granted(bot, &["T0B"]).await;
    let there = app
        .ok("conversations.info", bot, &[("channel", "C0B")])
        .await;
    assert_eq!(there["channel"]["is_member"], false);

    let pairs = [("client_id", "1.1"), ("client_secret", "s3cret")];
    let gone = app.ok("apps.uninstall", bot, &pairs).await;
    assert_eq!(gone["uninstalled"], true);
    for (token, code) in [(bot, "token_revoked"), (person, "token_revoked")] {
        assert_eq!(app.dead(token).await, code);
    }
    let (status, gone) = app.change_access("grant", "A0APP", &["T0B"]).await;
    assert_eq!((status, &gone["error"]), (422, &json!("not_installed")));

    // The app was told of each, as of something of its organisation.
    let told = deliveries(&app, "app=A0APP", 7).await;
    let mut told: Vec<_> = told.iter().map(|one| &one["body"]).collect();
    told.sort_by_key(|body| body["event_id"].as_str().unwrap().to_owned());
    let of: Vec<_> = told
        .iter()
        .map(|body| {
            let event = &body["event"];
            (
                event["type"].as_str().unwrap(),
                &event["team_ids"],
                &event["tokens"],
            )
        })
        .collect();
    let (b, none) = (json!(["T0B"]), Value::Null);
    let bots = json!({"oauth": [], "bot": [granted["bot_user_id"]]});
    let people = json!({"oauth": ["U0UNA"], "bot": []});
    assert_eq!(of[0], ("team_access_granted", &b, &none));
    assert_eq!(of[1].0, "member_joined_channel");
    assert_eq!(of[2], ("team_access_revoked", &b, &none));
    assert_eq!(of[3], ("team_access_granted", &b, &none));
    let mut ended = [of[4], of[5]];
    ended.sort_by_key(|(_, _, tokens)| tokens.to_string());
    let mut expected = [
        ("tokens_revoked", &none, &bots),
        ("tokens_revoked", &none, &people),
    ];
    expected.sort_by_key(|(_, _, tokens)| tokens.to_string());
    assert_eq!(ended, expected);
    assert_eq!(of[6], ("app_uninstalled", &none, &none));
    for body in told {
        let through = &body["authorizations"][0];
        assert_eq!(through["is_enterprise_install"], true, "{body}");
        assert_eq!(
            (&through["enterprise_id"], &through["team_id"]),
            (&json!("E0ORG"), &none),
            "{body}"
        );
    }
}

#[tokio::test]
async fn what_is_renewed_stays_for_the_organisation() {
    let app = app().await;
    let granted = app.install_for_all("2.2").await;
    assert_eq!(granted["is_enterprise_install"], true);
    app.change_access("grant", "A0ROT", &["T0A", "T0B"]).await;
    let renew = async |app: &App, token: &Value| {
        let pairs = [
            ("client_id", "2.2"),
            ("client_secret", "s3cret"),
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
        ];
        let renewed = app.access(&pairs).await;
        assert_eq!(renewed["ok"], true, "{renewed}");
        assert_eq!(
            (&renewed["team"], &renewed["is_enterprise_install"]),
            (&Value::Null, &json!(true)),
            "{renewed}"
        );
        renewed
    };
    // An export has what it takes, too.
    let seed = app.store.dump().await.unwrap();
    let yaml = guestlist_store::world::to_yaml(&guestlist_store::world::write(&seed)).unwrap();
    let again = App::with_settings(&yaml, settings()).await;
    for app in [&app, &again] {
        let bot = renew(app, &granted["refresh_token"]).await;
        assert_eq!(
            (&bot["token_type"], &bot["bot_user_id"]),
            (&json!("bot"), &granted["bot_user_id"])
        );
        let person = renew(app, &granted["authed_user"]["refresh_token"]).await;
        assert_eq!(
            (&person["token_type"], &person["user_id"]),
            (&json!("user"), &json!("U0UNA"))
        );
        for token in [&bot, &person] {
            let token = token["access_token"].as_str().unwrap();
            let teams = app.ok("auth.teams.list", token, &[]).await;
            assert_eq!(teams["teams"].as_array().unwrap().len(), 2, "{teams}");
        }
        assert_eq!(
            app.dead(granted["refresh_token"].as_str().unwrap()).await,
            "invalid_auth"
        );
    }
}

/// What an organisation has a workspace of it cannot have for itself.
#[tokio::test]
async fn what_is_there_for_an_organisation_cannot_be_installed_in_a_workspace() {
    let app = app().await;
    let early = app.code(&link("1.1", "T0A"), "U0ADA").await;
    app.install_for_all("1.1").await;
    let late = app.exchanged("1.1", &early).await;
    assert_eq!(
        late["error"], "cannot_install_an_org_installed_app",
        "{late}"
    );
    let answer = app.answer(&link("1.1", "T0A"), "U0ADA", "allow").await;
    let told = String::from_utf8(answer.body).unwrap();
    assert!(
        answer.status == 400 && told.contains("cannot_install_an_org_installed_app"),
        "{told}"
    );
    // Elsewhere, and another app, are no business of its.
    app.code(&link("1.1", "T0D"), "U0DI").await;
    app.code(&link("2.2", "T0A"), "U0ADA").await;
}

/// The same without the page.
#[tokio::test]
async fn an_admin_lets_an_app_into_an_organisation_without_the_page() {
    let app = app().await;
    let consent = async |ask: Value| control(&app, "POST", "/apps/install", ask).await;
    let link = "http://localhost/oauth/v2/authorize?client_id=1.1&scope=users:read&state=s";
    let (status, done) = consent(json!({"link": link, "user": "U0ADA", "org": true})).await;
    assert_eq!(status, 200, "{done}");
    let location = done["location"].as_str().unwrap();
    let code = location
        .split_once("?code=")
        .unwrap()
        .1
        .split('&')
        .next()
        .unwrap();
    let granted = app.exchanged("1.1", code).await;
    assert_eq!(granted["is_enterprise_install"], true, "{granted}");
    for (ask, status, code) in [
        (
            json!({"link": link, "user": "U0BEN", "org": true}),
            400,
            "restricted_action",
        ),
        (
            json!({"link": link, "user": "U0DI", "org": true}),
            422,
            "no_organisation",
        ),
        (
            json!({"link": link, "user": "U0ADA", "org": true, "workspace": "T0A"}),
            422,
            "invalid_request",
        ),
        (
            json!({"link": link.replace("1.1", "3.3"), "user": "U0ADA", "org": true}),
            400,
            "org_deploy_not_enabled",
        ),
    ] {
        let (given, told) = consent(ask).await;
        assert_eq!((given, &told["error"]), (status, &json!(code)), "{told}");
    }
    for (id, teams, status, code) in [
        ("A0NO", &["T0A"][..], 404, "app_not_found"),
        ("nonsense", &["T0A"], 404, "app_not_found"),
        ("A0APP", &[], 422, "workspace_required"),
        ("A0APP", &["T0NO"], 422, "workspace_not_found"),
        ("A0APP", &["T0D"], 422, "no_organisation"),
        ("A0APP", &["T0A", "T0C"], 422, "no_organisation"),
        ("A0APP", &["T0C"], 422, "not_installed"),
        ("A0ROT", &["T0A"], 422, "not_installed"),
        ("A0APP", &["x"], 400, "invalid_request"),
    ] {
        let (given, told) = app.change_access("grant", id, teams).await;
        assert_eq!(
            (given, &told["error"]),
            (status, &json!(code)),
            "{id} {teams:?}: {told}"
        );
    }
    let (given, told) = control(&app, "POST", "/apps/A0APP/grant", json!({"teams": ["T0A"]})).await;
    assert_eq!(
        (given, &told["error"]),
        (400, &json!("invalid_request")),
        "{told}"
    );
    // Many at once come to the same.
    let all = tokio::join!(
        app.change_access("grant", "A0APP", &["T0A"]),
        app.change_access("grant", "A0APP", &["T0B"]),
        app.change_access("grant", "A0APP", &["T0A", "T0B"]),
    );
    assert!(
        [all.0, all.1, all.2]
            .iter()
            .all(|(status, _)| *status == 200)
    );
    let bot = granted["access_token"].as_str().unwrap();
    app.granted(bot, &["T0A", "T0B"]).await;
    let told = deliveries(&app, "type=team_access_granted", 2).await;
    assert_eq!(told.len(), 2);
}

/// What a person takes back is theirs alone; what the bot's last token ends is all of it.
#[tokio::test]
async fn a_token_of_an_organisation_is_revoked() {
    let app = app().await;
    let granted = app.install_for_all("1.1").await;
    app.change_access("grant", "A0APP", &["T0A"]).await;
    let bot = granted["access_token"].as_str().unwrap();
    let person = granted["authed_user"]["access_token"].as_str().unwrap();
    app.granted(bot, &["T0A"]).await;
    app.ok("auth.revoke", person, &[]).await;
    app.ok("users.list", bot, &[("team_id", "T0A")]).await;
    app.ok("auth.revoke", bot, &[]).await;
    let told = deliveries(&app, "app=A0APP&type=app_uninstalled", 1).await;
    assert_eq!(told[0]["body"]["enterprise_id"], "E0ORG");
    let (_, tokens) = control(&app, "GET", "/tokens", Value::Null).await;
    let tokens = tokens["tokens"].as_array().unwrap();
    assert!(
        tokens.iter().all(|one| one["state"] == "revoked"),
        "{tokens:?}"
    );
}
