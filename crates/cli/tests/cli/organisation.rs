//! An app for a whole organisation, with a server that has the store open and without.

use crate::{Server, broken::Caller, directory, failure, json, run, text};
use serde_json::json;
use std::fs;

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ORG, name: Org, domain: org}]
workspaces:
  - id: T0A
    name: A
    domain: a
    enterprise: E0ORG
    users: [{id: U0ADA, name: ada, role: owner}, {id: U0BEN, name: ben}]
    apps:
      - id: A0APP
        client_id: "1.1"
        client_secret: s3cret
        manifest:
          display_information: {name: Greeter}
          oauth_config: {redirect_urls: ["http://127.0.0.1:3000/slack"]}
          settings: {org_deploy_enabled: true}
  - {id: T0B, name: B, domain: b, enterprise: E0ORG, users: [{id: U0BO, name: bo}]}
"#;

const LINK: &str = "http://127.0.0.1:3999/oauth/v2/authorize?client_id=1.1&scope=users:read";

#[test]
fn an_app_is_installed_for_an_organisation_and_added_to_workspaces() {
    let place = directory();
    let path = place.path();
    fs::write(path.join("world.yaml"), WORLD).unwrap();
    let server = Server::start(path, &["--world", "world.yaml"]);
    let grant = ["app", "grant", "A0APP", "T0A,T0B"];
    let (code, error) = failure(path, &grant);
    assert!(
        code == 1 && error.contains("A0APP is not installed for the organisation E0ORG"),
        "{code}: {error}"
    );
    let (code, error) = failure(path, &["app", "install", LINK, "--as", "U0BEN", "--org"]);
    assert!(
        code == 1 && error.contains("owner or an admin"),
        "{code}: {error}"
    );
    let (code, _) = failure(
        path,
        &[
            "app",
            "install",
            LINK,
            "--as",
            "U0ADA",
            "--org",
            "--workspace",
            "T0A",
        ],
    );
    assert_eq!(code, 2);
    let location = text(path, &["app", "install", LINK, "--as", "U0ADA", "--org"]);
    let code = location.trim().split_once("?code=").unwrap().1.to_owned();
    let mut app = Caller::with(&server, "");
    let form = format!("client_id=1.1&client_secret=s3cret&code={code}");
    let granted = app.ask("oauth.v2.access", &form).json;
    assert_eq!(granted["is_enterprise_install"], true, "{granted}");
    let bot = granted["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        text(path, &grant),
        "A0APP was added to T0A, T0B; in E0ORG it is in T0A, T0B\n"
    );
    let mut caller = Caller::with(&server, &bot);
    assert_eq!(caller.ask("users.list", "team_id=T0B").json["ok"], true);
    assert_eq!(server.stop().0, Some(0));

    // Without a server it is the same; what was made so far is kept.
    let left = json(path, &["app", "ungrant", "A0APP", "T0A", "--json"]);
    assert_eq!(
        left,
        json!({"app_id": "A0APP", "organisation": "E0ORG", "workspaces": ["T0B"], "changed": ["T0A"]})
    );
    assert_eq!(
        text(path, &["app", "ungrant", "A0APP", "T0A"]),
        "A0APP was taken out of no workspaces; in E0ORG it is in T0B\n"
    );
    let token = ["token", "create", "--kind", "org", "--user", "U0ADA"];
    let more = ["--app", "A0APP", "--grant-workspaces", "T0A", "--json"];
    let made = json(path, &[&token[..], &more].concat());
    assert!(
        made["token"].as_str().unwrap().starts_with("xoxp-"),
        "{made}"
    );
    let (code, error) = failure(path, &["app", "grant", "A0APP", ""]);
    assert!(code == 2, "{code}: {error}");

    let server = Server::start(path, &[]);
    let mut caller = Caller::with(&server, &bot);
    let teams = caller.ask("auth.teams.list", "").json;
    assert_eq!(teams["teams"], json!([{"id": "T0B", "name": "B"}]));
    assert_eq!(server.stop().0, Some(0));
    text(path, &["world", "export", "-o", "now.yaml"]);
    assert!(run(path, &["world", "check", "now.yaml"]).status.success());
}
