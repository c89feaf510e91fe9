//! `guestlist user`, with a server that has the store open and without.

use crate::{Server, broken::Caller, directory, failure, json, run, text};

#[test]
fn people_come_and_go_with_a_server_and_without() {
    let place = directory();
    let path = place.path();
    let server = Server::start(path, &[]);
    let come = [
        "user",
        "add",
        "--workspace",
        "T0ACME",
        "--name",
        "nia",
        "--email",
        "nia@acme.test",
        "--channel",
        "C0WELCOME",
    ];
    let nia = text(path, &come).trim().to_owned();
    assert!(nia.starts_with('U'), "{nia}");
    let mut caller = Caller::with(&server, "xoxb-sample-greeter");
    let members = caller
        .ask("conversations.members", "channel=C0WELCOME")
        .json;
    assert!(
        members["members"]
            .as_array()
            .unwrap()
            .contains(&nia.clone().into()),
        "{members}"
    );
    let (code, error) = failure(path, &come);
    assert!(
        code == 1 && error.contains(&format!("{nia} has the address already")),
        "{code}: {error}"
    );
    assert_eq!(server.stop().0, Some(0));

    assert!(run(path, &["user", "remove", &nia]).status.success());
    // Her address is free again, and the export is a world.
    let back = text(path, &come);
    assert_ne!(back.trim(), nia);
    text(path, &["world", "export", "-o", "now.yaml"]);
    assert!(run(path, &["world", "check", "now.yaml"]).status.success());
    let again = json(
        path,
        &[
            "user",
            "add",
            "--workspace",
            "T0GLOBEX",
            "--name",
            "nia",
            "--role",
            "admin",
            "--json",
        ],
    );
    assert_eq!(again["workspace"], "T0GLOBEX");
    let (code, error) = failure(
        path,
        &[
            "user",
            "add",
            "--workspace",
            "T0ACME",
            "--name",
            "x",
            "--role",
            "king",
        ],
    );
    assert!(code == 2 && error.contains("king"), "{code}: {error}");
    let (code, error) = failure(path, &["user", "remove", "U0GREET"]);
    assert!(
        code == 1 && error.contains("a bot") && error.contains("[invalid_user]"),
        "{code}: {error}"
    );

    // What is another about her, with a server and without.
    let nia = back.trim();
    let server = Server::start(path, &[]);
    let title = |title| {
        [
            "user", "edit", nia, "--title", title, "--guest", "none", "--json",
        ]
    };
    assert_eq!(json(path, &title("Sales"))["title"], "Sales");
    let (code, error) = failure(
        path,
        &[
            "user",
            "edit",
            nia,
            "--role",
            "admin",
            "--guest",
            "single_channel",
        ],
    );
    assert!(
        code == 1 && error.contains("[invalid_user]"),
        "{code}: {error}"
    );
    assert!(run(path, &["user", "remove", nia]).status.success());
    assert_eq!(server.stop().0, Some(0));
    assert_eq!(
        json(path, &["user", "restore", nia, "--json"])["title"],
        "Sales"
    );
    assert_eq!(
        json(path, &title("Head of Sales"))["title"],
        "Head of Sales"
    );
    let listed = json(path, &["user", "list", "--workspace", "T0ACME", "--json"]);
    let found = listed["users"].as_array().unwrap();
    assert!(found.iter().any(|user| user["title"] == "Head of Sales"));
    let shown = text(path, &["user", "list"]);
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains(nia)).collect();
    assert!(
        lines.len() == 1 && lines[0].contains("member") && lines[0].contains("nia@acme.test"),
        "{shown}"
    );
    assert!(
        shown.contains("removed") && shown.contains("bot of A0GREET"),
        "{shown}"
    );

    // A guest for a time: said, said otherwise, and taken back.
    let come = [
        "user",
        "add",
        "--workspace",
        "T0ACME",
        "--name",
        "uma",
        "--guest",
        "multi_channel",
        "--expires",
        "5030-05-01",
    ];
    let uma = text(path, &come).trim().to_owned();
    assert!(
        text(path, &["user", "list"]).contains("multi_channel guest until 5030-05-01T00:00:00Z")
    );
    let until = |time| {
        let edit = ["user", "edit", &uma, "--expires", time, "--json"];
        json(path, &edit).get("expires").cloned()
    };
    assert_eq!(until("5031-05-01"), Some("5031-05-01T00:00:00Z".into()));
    assert_eq!(until("never"), None);
    let (code, error) = failure(path, &["user", "edit", nia, "--expires", "5030-05-01"]);
    assert!(
        code == 1 && error.contains("`expires` is for guests"),
        "{code}: {error}"
    );
}

#[test]
fn who_is_invited_joins_with_a_server_and_without() {
    let place = directory();
    let path = place.path();
    let world = r#"
version: 1
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    users:
      - {id: U0ADA, name: ada, role: owner}
      - {id: U0NIA, name: nia, email: nia@acme.test, invited: {by: U0ADA, channels: [C0OPS]}}
      - {id: U0UMA, name: uma, email: uma@acme.test, invited: {by: U0ADA, channels: [C0OPS]}}
    channels: [{id: C0OPS, name: ops, creator: U0ADA, members: [U0ADA]}]
"#;
    std::fs::write(path.join("invited.yaml"), world).unwrap();
    let server = Server::start(path, &["--world", "invited.yaml"]);
    let listed = text(path, &["user", "list"]);
    assert_eq!(listed.matches("invited").count(), 2, "{listed}");
    let join = [
        "user",
        "join",
        "U0NIA",
        "--real-name",
        "Nia Okoro",
        "--json",
    ];
    let nia = json(path, &join);
    assert_eq!(
        (&nia["real_name"], nia.get("invited")),
        (&"Nia Okoro".into(), None)
    );
    let (code, error) = failure(path, &join);
    assert!(
        code == 1 && error.contains("[not_invited]"),
        "{code}: {error}"
    );
    assert_eq!(server.stop().0, Some(0));
    // What has become of them is in the file, and it is a world.
    text(path, &["world", "export", "-o", "now.yaml"]);
    assert!(run(path, &["world", "check", "now.yaml"]).status.success());
    let uma = json(path, &["user", "join", "U0UMA", "--json"]);
    assert_eq!(uma["removed"], false);
}
