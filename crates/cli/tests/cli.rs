//! The program as people and scripts start it.

#[path = "cli/add.rs"]
mod add;
#[path = "cli/broken.rs"]
mod broken;
#[path = "../../server/tests/api/certificates.rs"]
#[allow(dead_code, reason = "the tests of the API use more of it")]
mod certificates;
#[path = "cli/clock.rs"]
mod clock;
#[path = "cli/connector.rs"]
mod connector;
#[path = "cli/events.rs"]
mod events;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/interact.rs"]
mod interact;
#[path = "cli/invitation.rs"]
mod invitation;
#[path = "cli/invite.rs"]
mod invite;
#[path = "cli/invite_request.rs"]
mod invite_request;
#[path = "cli/journal.rs"]
mod journal;
#[path = "cli/limiter.rs"]
mod limiter;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/mail.rs"]
mod mail;
#[path = "cli/organisation.rs"]
mod organisation;
#[path = "../../client/tests/client/peer.rs"]
mod peer;
#[path = "../../server/tests/api/post_office.rs"]
#[allow(dead_code, reason = "the tests of the API use more of it")]
mod post_office;
#[path = "../../server/tests/api/redis.rs"]
#[allow(dead_code, reason = "the tests of the API use more of it")]
mod redis;
#[path = "cli/repeat.rs"]
mod repeat;
#[path = "cli/requests.rs"]
mod requests;
#[path = "cli/store.rs"]
mod store;
#[cfg(feature = "otel")]
#[path = "cli/traces.rs"]
mod traces;
#[path = "cli/user.rs"]
mod user;

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

/// The program in a directory, with none of the caller's settings.
fn guestlist(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guestlist"));
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        let is_ours = ["GUESTLIST_", "OTEL_"].map(|start| name_text.starts_with(start));
        if is_ours.contains(&true) || name_text == "SLACK_TOKEN" {
            command.env_remove(name);
        }
    }
    command.current_dir(directory).args(args);
    command
}

fn run(directory: &Path, args: &[&str]) -> Output {
    guestlist(directory, args).output().unwrap()
}

/// What a command that must succeed writes to stdout.
fn text(directory: &Path, args: &[&str]) -> String {
    let output = run(directory, args);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn json(directory: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&text(directory, args)).unwrap()
}

/// The code a command fails with, and its words.
fn failure(directory: &Path, args: &[&str]) -> (i32, String) {
    let output = run(directory, args);
    assert!(!output.status.success(), "{args:?}");
    assert!(
        output.stdout.is_empty(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    ready: String,
}

impl Server {
    fn start(directory: &Path, args: &[&str]) -> Self {
        let mut command = guestlist(directory, &["serve", "--listen", "127.0.0.1:0"]);
        command.args(args);
        Self::spawn(command)
    }

    fn spawn(command: Command) -> Self {
        Self::spawn_with(command, Stdio::piped())
    }

    /// With stderr elsewhere: much of it would fill a pipe that is read at the end.
    fn spawn_with(mut command: Command, stderr: Stdio) -> Self {
        command.stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        Self {
            child,
            stdout,
            ready,
        }
    }

    /// Stops it with SIGTERM; gives its code, the rest of stdout and all of stderr.
    fn stop(mut self) -> (Option<i32>, String, String) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("sh")
                .args(["-c", "kill -TERM \"$1\"", "sh", &id])
                .status()
                .unwrap()
                .success()
        );
        let (mut rest, mut errors) = (String::new(), String::new());
        self.stdout.read_to_string(&mut rest).unwrap();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut errors).unwrap();
        }
        (self.child.wait().unwrap().code(), rest, errors)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail on one that has ended, which is the usual case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_terminal_that_is_closed_ends_it_like_sigterm() {
    let place = directory();
    let mut server = Server::start(place.path(), &[]);
    let id = server.child.id().to_string();
    let hung_up = Command::new("sh")
        .args(["-c", "kill -HUP \"$1\"", "sh", &id])
        .status();
    assert!(hung_up.unwrap().success());
    assert_eq!(server.child.wait().unwrap().code(), Some(0));

    // Unless whoever started it wants it to outlive that.
    let mut command = Command::new("sh");
    let own = guestlist(place.path(), &["serve", "--listen", "127.0.0.1:0"]);
    command
        .args(["-c", "trap '' HUP && exec \"$0\" \"$@\""])
        .arg(own.get_program());
    command
        .args(own.get_args())
        .current_dir(place.path())
        .env_remove("GUESTLIST_STORE");
    let server = Server::spawn(command);
    let id = server.child.id().to_string();
    let hung_up = Command::new("sh")
        .args(["-c", "kill -HUP \"$1\"", "sh", &id])
        .status();
    assert!(hung_up.unwrap().success());
    let mut caller = broken::Caller::with(&server, "xoxb-sample-greeter");
    assert_eq!(caller.ask("auth.test", "").json["ok"], true);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn an_address_is_no_file_to_be_checked_and_its_password_is_not_told() {
    let place = directory();
    let (code, error) = failure(
        place.path(),
        &["store", "check", "postgres://me:secret@127.0.0.1/db"],
    );
    assert_eq!(code, 2);
    assert!(!error.contains("secret"), "{error}");
    assert!(error.contains("looks a file over"), "{error}");
}

#[test]
fn a_server_says_one_line_and_ends_when_told() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    assert!(
        server
            .ready
            .starts_with("guestlist is listening on http://127.0.0.1:"),
        "{}",
        server.ready
    );
    let (code, rest, errors) = server.stop();
    assert_eq!((code, rest.as_str()), (Some(0), ""), "{errors}");
    assert!(
        errors.contains("xoxb-sample-greeter") && errors.matches("\ncurl ").count() == 3,
        "{errors}"
    );
    let again = Server::start(place.path(), &["--log", "warn"]);
    assert_eq!(
        again.stop(),
        (Some(0), String::new(), String::new()),
        "the sample is told of once"
    );
}

#[test]
fn a_place_that_is_taken_costs_nobody_their_tokens() {
    let place = directory();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, words) = failure(place.path(), &["serve", "--listen", &address]);
    assert!(code == 1 && words.contains(&address), "{words}");
    let (_, _, words) = Server::start(place.path(), &[]).stop();
    assert!(words.contains("xoxb-sample-greeter"), "{words}");
}

/// As that of a node whose store is a database: it has no store in it, and is held by who serves.
#[test]
fn a_server_is_found_by_its_directory_wherever_its_store_is() {
    let (served, node) = (directory(), directory());
    let server = Server::start(served.path(), &[]);
    let data = node.path().join("guestlist-data");
    let mut held = guestlist_store::Directory::hold(&data).unwrap();
    let (code, words) = failure(node.path(), &["token", "list"]);
    assert!(code == 1 && words.contains("name its store too"), "{words}");
    let address = server.ready.trim().rsplit('/').next().unwrap();
    held.announce(Some(address)).unwrap();
    let token = served.path().join("guestlist-data/control-token");
    std::fs::copy(token, data.join("control-token")).unwrap();
    let list = ["token", "list"];
    assert_eq!(text(node.path(), &list), text(served.path(), &list));
    drop(held);
    let (code, words) = failure(node.path(), &list);
    assert!(
        code == 1 && words.contains("there is no store here"),
        "{words}"
    );
    let nowhere = directory();
    failure(nowhere.path(), &list);
    assert!(!nowhere.path().join("guestlist-data").exists());
}

#[test]
fn tokens_are_the_same_with_and_without_a_server() {
    let place = directory();
    let path = place.path();
    let server = Server::start(path, &[]);
    let create = [
        "token",
        "create",
        "--user",
        "U0BEN",
        "--scopes",
        "users:read",
        "--expires",
        "12h",
    ];
    let live = text(path, &create);
    assert!(
        live.starts_with("xoxp-") && live.lines().count() == 1,
        "{live}"
    );
    let (code, error) = failure(path, &["token", "create", "--user", "U0NOBODY"]);
    assert!(code == 1 && error.contains("U0NOBODY"), "{error}");
    let listed = json(path, &["token", "list", "--json"]);
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 3);
    let export = text(path, &["world", "export"]);
    assert_eq!(server.stop().0, Some(0));

    assert_eq!(json(path, &["token", "list", "--json"]), listed);
    assert_eq!(text(path, &["world", "export"]), export);
    let (code, error) = failure(path, &["token", "create", "--user", "U0NOBODY"]);
    assert!(code == 1 && error.contains("U0NOBODY"), "{error}");
    assert!(text(path, &create).starts_with("xoxp-"));
    let mut revoke = guestlist(path, &["token", "revoke", "-", "--json"]);
    let mut revoke = revoke
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    revoke
        .stdin
        .take()
        .unwrap()
        .write_all(live.as_bytes())
        .unwrap();
    let revoked: Value =
        serde_json::from_slice(&revoke.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(revoked["already"], false);
    let states = text(path, &["token", "list"]);
    assert_eq!(
        (
            states.matches(" revoked ").count(),
            states.matches(" live ").count()
        ),
        (1, 3),
        "{states}"
    );
}

#[test]
fn apps_are_made_of_manifests_with_and_without_a_server() {
    let place = directory();
    let path = place.path();
    let manifest = "display_information:\n  name: Greeter\noauth_config:\n  redirect_urls: [http://127.0.0.1:4000/slack]\n";
    std::fs::write(path.join("manifest.yaml"), manifest).unwrap();
    std::fs::write(path.join("bad.yaml"), manifest.replace("http:", "gopher:")).unwrap();
    let create = ["app", "create", "--manifest", "manifest.yaml", "--json"];
    let create = [&create[..], &["--workspace", "T0ACME"]].concat();
    let bad = ["app", "create", "--manifest", "bad.yaml"];
    let bad = [&bad[..], &["--workspace", "T0ACME"]].concat();
    let server = Server::start(path, &[]);
    let mut made = vec![json(path, &create)];
    let refused = failure(path, &bad);
    server.stop();
    made.push(json(path, &create));
    assert_eq!(failure(path, &bad), refused);
    assert_eq!(refused.0, 1);
    assert!(
        refused
            .1
            .contains("bad.yaml:4: oauth_config.redirect_urls[0]: `gopher://127.0.0.1:4000/slack`"),
        "{}",
        refused.1
    );
    let (_, words) = failure(path, &["app", "create", "--manifest", "manifest.yaml"]);
    assert!(words.contains("several workspaces"), "{words}");
    let (_, words) = failure(path, &["app", "create", "--manifest", "none.yaml"]);
    assert!(words.contains("none.yaml"), "{words}");

    let client = made[0]["client_id"].as_str().unwrap();
    let link =
        format!("http://127.0.0.1:3999/oauth/v2/authorize?client_id={client}&scope=chat:write");
    let install = ["app", "install", &link, "--as", "U0ADA"];
    let alone = text(path, &install);
    let server = Server::start(path, &[]);
    for told in [alone, text(path, &install)] {
        assert!(
            told.starts_with("http://127.0.0.1:4000/slack?code="),
            "{told}"
        );
    }
    server.stop();

    let listed = json(path, &["app", "list", "--json"]);
    for app in &made {
        for secret in ["client_secret", "signing_secret"] {
            assert_eq!(app[secret].as_str().unwrap().len(), 32, "{app}");
            assert!(!listed.to_string().contains(app[secret].as_str().unwrap()));
        }
        let same = |other: &&Value| other["app_id"] == app["app_id"];
        let listed = listed["apps"]
            .as_array()
            .unwrap()
            .iter()
            .find(same)
            .unwrap();
        assert_eq!(listed["client_id"], app["client_id"]);
        assert_eq!(listed["redirect_urls"][0], "http://127.0.0.1:4000/slack");
    }
    assert_ne!(made[0]["client_id"], made[1]["client_id"]);
    let table = text(path, &["app", "list"]);
    assert!(table.starts_with("WORKSPACE  APP"), "{table}");
}

#[test]
fn a_held_store_is_left_alone() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let address = server
        .ready
        .trim_end()
        .rsplit_once("http://")
        .unwrap()
        .1
        .to_owned();
    std::fs::write(place.path().join("world.yaml"), "version: 1\n").unwrap();
    for args in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["world", "import", "world.yaml"],
    ] {
        let (code, error) = failure(place.path(), args);
        assert!(
            code == 3 && error.contains(&address) && error.contains("guestlist-data"),
            "{error}"
        );
    }
    let wrong = guestlist(place.path(), &["token", "list"])
        .env("GUESTLIST_CONTROL_TOKEN", "0123456789abcdef")
        .output();
    let wrong = String::from_utf8(wrong.unwrap().stderr).unwrap();
    assert!(wrong.contains("GUESTLIST_CONTROL_TOKEN"), "{wrong}");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn worlds_are_loaded_once_and_whole() {
    let place = directory();
    let path = place.path();
    let world = "version: 1\nworkspaces:\n  - name: Acme\n    domain: acme\n    users: [{id: U0ADA, name: ada}]\n    tokens: [{user: U0ADA}]\n";
    std::fs::write(path.join("good.yaml"), world).unwrap();
    std::fs::write(
        path.join("bad.yaml"),
        "version: 1\nworkspaces:\n  - {nme: Acme}\n",
    )
    .unwrap();
    let (code, error) = failure(path, &["world", "import", "bad.yaml"]);
    assert!(
        code == 1 && error.contains("bad.yaml:3") && error.contains("nme"),
        "{error}"
    );
    let (_, error) = failure(path, &["serve", "--world", "bad.yaml"]);
    assert!(error.contains("bad.yaml:3"), "{error}");
    assert!(
        !path.join("guestlist-data").exists(),
        "a bad file leaves nothing behind"
    );
    assert_eq!(
        run(path, &["world", "check", "bad.yaml", "--json"])
            .status
            .code(),
        Some(1)
    );

    let server = Server::start(path, &["--world", "good.yaml"]);
    let (_, _, errors) = server.stop();
    assert!(
        errors.contains("xoxp-") && !errors.contains("curl"),
        "{errors}"
    );
    let (_, _, errors) = Server::start(path, &["--world", "good.yaml"]).stop();
    assert!(
        !errors.contains("xoxp-"),
        "the same file changes nothing: {errors}"
    );
    assert_eq!(
        json(path, &["world", "import", "good.yaml", "--json"])["loaded"],
        false
    );
    std::fs::write(path.join("other.yaml"), world.replace("Acme", "Other")).unwrap();
    for args in [
        &["world", "import", "other.yaml"][..],
        &["serve", "--world", "other.yaml", "--listen", "127.0.0.1:0"],
    ] {
        let (code, error) = failure(path, args);
        assert!(
            code == 1 && error.contains("guestlist-data holds another world than other.yaml"),
            "{error}"
        );
    }

    text(path, &["world", "export", "-o", "export.yaml"]);
    let loaded = json(
        path,
        &["world", "import", "export.yaml", "--data", "copy", "--json"],
    );
    assert_eq!(
        loaded["tokens"],
        Value::Array(Vec::new()),
        "hashes are enough"
    );
    assert_eq!(
        text(path, &["world", "export", "--data", "copy"]),
        text(path, &["world", "export"])
    );
}

#[test]
fn mistakes_are_told_with_code_2() {
    let place = directory();
    let (code, error) = failure(place.path(), &["docs", "conversation.invite"]);
    assert!(
        code == 2 && error.contains("conversations.invite"),
        "{error}"
    );
    let (code, error) = failure(place.path(), &["serve", "--threads", "none"]);
    assert!(code == 2 && error.contains("--threads"), "{error}");
    std::fs::write(place.path().join("empty.pem"), "none\n").unwrap();
    for file in ["empty.pem", "absent.pem"] {
        let (code, error) = failure(place.path(), &["serve", "--app-ca", file]);
        let told = format!("--app-ca: {file}: ");
        assert!(code == 2 && error.contains(&told), "{error}");
        assert!(!place.path().join("guestlist-data").exists());
    }
    let (code, error) = failure(place.path(), &["config", "--limits-away", "closed"]);
    assert!(code == 2 && error.contains("--limits-away: "), "{error}");
    let nobody = ["serve", "--limits", "redis://:hunter2@127.0.0.1:1"];
    let (code, error) = failure(place.path(), &nobody);
    let told = "--limits: calls cannot be counted at redis://:(redacted)@127.0.0.1:1/0";
    assert!(code == 1 && error.contains(told), "{error}");
    assert!(!place.path().join("guestlist-data").exists());
    let (code, error) = failure(place.path(), &["config", "--limits", "http://hunter2"]);
    assert!(code == 2 && !error.contains("hunter2"), "{error}");
    std::fs::write(place.path().join("guestlist.toml"), "lissten = 1\n").unwrap();
    let (code, error) = failure(place.path(), &["config"]);
    assert!(
        code == 2 && error.contains("guestlist.toml:1") && error.contains("`listen`"),
        "{error}"
    );
    assert_eq!(
        failure(
            place.path(),
            &[
                "token",
                "list",
                "--data",
                "nowhere",
                "--config",
                "/dev/null"
            ]
        )
        .0,
        1
    );
    assert!(!place.path().join("nowhere").exists());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = directory();
    let mut docs = guestlist(place.path(), &["docs", "conversations.invite"]);
    let mut docs = docs
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(docs.stdout.take());
    let output = docs.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn programs_can_read_the_pages() {
    let place = directory();
    let list = json(place.path(), &["docs", "--json"]);
    let page = json(place.path(), &["docs", "conversations.invite", "--json"]);
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .any(|method| method["name"] == page["name"])
    );
    assert!(
        page["errors"]
            .as_array()
            .unwrap()
            .iter()
            .any(|error| error["code"] == "cant_invite")
    );
    assert_eq!(
        json(place.path(), &["config", "--json"])["listen"]["value"],
        "127.0.0.1:3999"
    );
    assert!(text(place.path(), &["completions", "bash"]).contains("guestlist"));
    assert!(json(place.path(), &["world", "schema"])["properties"]["workspaces"].is_object());
}
