//! What `--dry-run` says, and that the run says the same.

use super::*;

/// A world with Ben, whom C0OPS does not have, and somebody who was only invited.
fn preview_world(scopes: &str) -> String {
    format!(
        "\
version: 1
workspaces:
- name: Acme
  domain: acme
  users: [{{id: U0ADA, name: ada}}, {{id: U0BEN, name: ben}}, {{id: U0NIA, name: nia, email: nia@acme.test, invited: {{by: U0ADA}}}}]
  channels: [{{id: C0OPS, name: ops, members: [U0ADA, U0BOT]}}, {{id: C0PAST, name: past, archived: true, members: [U0ADA, U0BOT]}}]
  apps: [{{id: A0CALL, name: caller, bot_user: {{id: U0BOT}}}}]
  tokens:
  - {{token: xoxb-sample-greeter, app: A0CALL, scopes: [{scopes}]}}
"
    )
}

#[test]
fn a_preview_with_a_token_that_may_not_invite_says_so() {
    let place = directory();
    let world = preview_world("channels:read, users:read");
    fs::write(place.path().join("world.yaml"), world).unwrap();
    let server = Server::start(place.path(), &["--world", "world.yaml"]);
    let invite = ["invite", "--format", "json", "--channel"];
    for channel in ["C0OPS", "C0PAST"] {
        for more in [&[][..], &["--dry-run"]] {
            let args = [&invite[..], &[channel, "--user", "U0ADA,U0BEN"], more].concat();
            let came = at(server.base(), place.path(), &args);
            assert_eq!(came.code, 6, "{}", came.stderr);
            let report = came.json();
            assert_eq!(report["stopped"]["code"], "missing_scope");
            assert_eq!(report["stopped"]["provided"], "channels:read,users:read");
            let needed = report["stopped"]["needed"].as_str().unwrap();
            assert!(
                needed.contains("channels:write.invites,channels:manage"),
                "{needed}"
            );
            let expected = [("U0ADA", "already_in"), ("U0BEN", "not_tried")];
            assert_eq!(outcomes(&came), pairs(&expected), "{}", came.stderr);
        }
    }
    // Nobody has to be invited.
    for more in [&[][..], &["--dry-run"]] {
        let args = [&invite[..], &["C0OPS", "--user", "U0ADA", "--ensure"], more].concat();
        let came = at(server.base(), place.path(), &args);
        assert_eq!(came.code, 0, "{}", came.stderr);
    }
}

#[test]
fn a_preview_says_that_it_needs_a_scope_which_the_run_does_not() {
    let place = directory();
    let world = preview_world("channels:read, channels:manage");
    fs::write(place.path().join("world.yaml"), world).unwrap();
    let server = Server::start(place.path(), &["--world", "world.yaml"]);
    let invite = [
        "invite",
        "--format",
        "json",
        "--channel",
        "C0OPS",
        "--user",
        "U0BEN",
    ];
    let preview = [&invite[..], &["--dry-run"]].concat();
    let came = at(server.base(), place.path(), &preview);
    assert_eq!(came.code, 6, "{}", came.stderr);
    let stopped = &came.json()["stopped"];
    assert_eq!(stopped["needed"], "users:read");
    assert_eq!(stopped["provided"], "channels:manage,channels:read");
    let message = stopped["message"].as_str().unwrap();
    let words = "; a dry run looks up who each of them is, also where ids are given";
    assert!(message.ends_with(words), "{message}");
    assert_eq!(at(server.base(), place.path(), &invite).code, 0);
}

#[test]
fn a_preview_says_what_the_run_says() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let invite = ["invite", "--format", "json", "--channel", "C0GENERAL"];
    let sol = [&invite[..], &["--user", "U0SOL"]].concat();
    let preview = at(
        server.base(),
        place.path(),
        &[&sol[..], &["--dry-run"]].concat(),
    );
    let came = at(server.base(), place.path(), &sol);
    assert_eq!(outcomes(&preview), outcomes(&came), "{}", came.stderr);
    assert_eq!(outcomes(&came), pairs(&[("U0SOL", "user_is_restricted")]));
}

#[test]
fn a_preview_does_not_add_who_has_not_joined_yet() {
    let place = directory();
    let world = preview_world("channels:read, channels:manage, users:read, users:read.email");
    fs::write(place.path().join("world.yaml"), world).unwrap();
    let server = Server::start(place.path(), &["--world", "world.yaml"]);
    let users: Vec<String> = (0..60).map(|n| format!("U0NONE{n}")).collect();
    // One by one, and by the list.
    for more in ["U0NIA", &format!("U0NIA,{}", users.join(","))] {
        for dry in [&["--dry-run"][..], &[]] {
            let invite = ["invite", "--format", "json", "--channel", "C0OPS", "--user"];
            let args = [&invite[..], &[more], dry].concat();
            let came = at(server.base(), place.path(), &args);
            assert_eq!(came.code, 4, "{}", came.stderr);
            assert_eq!(outcomes(&came)[0], pairs(&[("U0NIA", "user_not_found")])[0]);
        }
    }
}
