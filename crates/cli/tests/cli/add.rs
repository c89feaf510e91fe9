//! `guestlist world add`, with a server that has the store open and without.

use crate::{Server, broken::Caller, directory, failure, guestlist, json, run};
use serde_json::{Value, json};
use std::{fs, io::Write, path::Path, process::Stdio};

const MORE: &str = r#"
version: 1
workspaces:
  - id: T0MORE
    name: More
    domain: more
    users: [{id: U0MO, name: mo, role: owner}, {id: U0MAX, name: max}]
    channels: [{id: C0MORE, name: more, created: 2024-01-01, members: [U0MO]}]
    tokens: [{token: xoxp-more, user: U0MO, scopes: [channels:write]}]
"#;

/// Somebody of a copy brings in somebody else.
fn invite(server: &Server, copy: &Value) -> Value {
    let id = |id: &str| copy["ids"][id].as_str().unwrap_or(id).to_owned();
    let mut caller = Caller::with(server, copy["tokens"][0]["token"].as_str().unwrap());
    let asked = format!("channel={}&users={}", id("C0MORE"), id("U0MAX"));
    caller.ask("conversations.invite", &asked).json
}

fn add(path: &Path, more: &[&str]) -> Value {
    let mut args = vec!["world", "add", "more.yaml", "--json"];
    args.extend(more);
    json(path, &args)
}

#[test]
fn workspaces_are_added_with_a_server_and_without() {
    let place = directory();
    let path = place.path();
    fs::write(path.join("more.yaml"), MORE).unwrap();
    let (code, error) = failure(path, &["world", "add", "more.yaml"]);
    assert!(
        code == 1 && error.contains("there is no store here"),
        "{error}"
    );

    let server = Server::start(path, &[]);
    let kept = add(path, &[]);
    assert_eq!(kept["workspaces"], json!(["T0MORE"]));
    assert_eq!(invite(&server, &kept)["ok"], true);
    let (code, error) = failure(path, &["world", "add", "more.yaml"]);
    assert!(
        code == 1 && error.contains("already there: T0MORE, U0MO"),
        "{code}: {error}"
    );
    let copy = add(path, &["--new-ids"]);
    assert_eq!(invite(&server, &copy)["ok"], true);
    assert_eq!(server.stop().0, Some(0));

    let told = run(path, &["world", "add", "--new-ids", "more.yaml"]);
    let (out, err) = (
        String::from_utf8(told.stdout).unwrap(),
        String::from_utf8(told.stderr).unwrap(),
    );
    assert!(out.contains("xoxp-") && !out.contains("xoxp-more"), "{out}");
    assert!(err.contains("workspaces 1, users 2, channels 1"), "{err}");
    let last = add(path, &["--new-ids"]);
    let server = Server::start(path, &[]);
    assert_eq!(invite(&server, &last)["ok"], true);
    assert_eq!(invite(&server, &kept)["error"], "already_in_channel");

    // They go again, with a server and without; what was under these ids can come anew.
    let gone = json(path, &["world", "remove", "T0MORE", "--json"]);
    assert_eq!(gone["workspaces"], json!(["T0MORE"]));
    let left = json(path, &["world", "list", "--json"]);
    let left = left["workspaces"].as_array().unwrap();
    assert!(left.len() > 3 && left.iter().all(|one| one["workspace"] != "T0MORE"));
    let (code, error) = failure(path, &["world", "remove", "T0MORE"]);
    assert!(
        code == 1 && error.contains("there is no workspace T0MORE"),
        "{code}: {error}"
    );
    let again = ["world", "remove", "T0MORE", "--missing-ok"];
    let told = run(path, &again);
    assert_eq!(
        String::from_utf8(told.stderr).unwrap(),
        "not there: T0MORE\n"
    );
    let kept = add(path, &[]);
    assert_eq!(invite(&server, &kept)["ok"], true);
    assert_eq!(server.stop().0, Some(0));
    let told = run(path, &["world", "remove", "T0MORE"]);
    assert_eq!(String::from_utf8(told.stderr).unwrap(), "removed T0MORE\n");
    assert_eq!(add(path, &[])["workspaces"], json!(["T0MORE"]));

    // What came with others goes with them.
    let two = |id: &str| format!("{{id: T0{id}, name: {id}, domain: {id}, enterprise: E0ORG}}");
    let org = "version: 1\nenterprises: [{id: E0ORG, name: Org, domain: org}]";
    let org = format!("{org}\nworkspaces: [{}, {}]\n", two("ONE"), two("TWO"));
    fs::write(path.join("more.yaml"), org).unwrap();
    add(path, &[]);
    let (code, error) = failure(path, &["world", "remove", "T0ONE"]);
    assert!(
        code == 1 && error.contains("T0ONE shares E0ORG with T0TWO"),
        "{code}: {error}"
    );
    let gone = ["world", "remove", "T0ONE", "--tied", "--json"];
    assert_eq!(json(path, &gone)["workspaces"], json!(["T0ONE", "T0TWO"]));
}

#[test]
fn a_file_can_come_by_stdin() {
    let place = directory();
    let path = place.path();
    let piped = |args: &[&str], text: &str| {
        let mut child = guestlist(path, args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let done = child.wait_with_output().unwrap();
        let texts = [done.stdout, done.stderr].map(|text| String::from_utf8(text).unwrap());
        (done.status.code(), texts.concat())
    };
    let (code, told) = piped(&["world", "check", "-"], MORE);
    assert!(
        code == Some(0) && told.starts_with("stdin: workspaces 1"),
        "{told}"
    );
    let (code, told) = piped(&["world", "check", "-"], "version: 2");
    assert!(
        code == Some(1) && told.contains("stdin:1: version"),
        "{told}"
    );
    let (code, told) = piped(&["world", "check", "-"], "PK");
    assert!(code == Some(1) && told.contains("save it first"), "{told}");
    let (code, told) = piped(&["world", "import", "-"], MORE);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = piped(&["world", "add", "--new-ids", "--json", "-"], MORE);
    assert!(code == Some(0) && told.contains("T0MORE"), "{told}");
}

#[test]
fn what_is_wrong_with_a_file_is_told_by_its_name_and_line() {
    let place = directory();
    let path = place.path();
    let server = Server::start(path, &[]);
    fs::write(
        path.join("more.yaml"),
        MORE.replace("role: owner", "role: king"),
    )
    .unwrap();
    let (code, error) = failure(path, &["world", "add", "more.yaml"]);
    assert!(
        code == 1 && error.contains("more.yaml:7: workspaces[0].users[0].role"),
        "{code}: {error}"
    );
    fs::write(
        path.join("more.yaml"),
        format!("{MORE}server: {{maintenance: true}}\n"),
    )
    .unwrap();
    let (code, error) = failure(path, &["world", "add", "more.yaml"]);
    assert!(
        code == 1 && error.contains("switches of the whole server"),
        "{code}: {error}"
    );
    fs::write(path.join("an.zip"), "PK").unwrap();
    let (_, error) = failure(path, &["world", "add", "an.zip"]);
    assert!(error.contains("an.zip"), "{error}");
    assert_eq!(server.stop().0, Some(0));
}
