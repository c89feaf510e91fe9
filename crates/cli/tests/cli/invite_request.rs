//! `guestlist invite-request`, with a server that has the store open and without.

use crate::{Server, broken::Caller, directory, failure, json, run, text};
use std::fs;

const MORE: &str = r#"
version: 1
enterprises: [{id: E0MORE, name: More, domain: more}]
workspaces:
  - id: T0MORE
    name: More
    domain: more
    enterprise: E0MORE
    created: 2020-01-01
    invitations_need_approval: true
    users:
      - {id: U0MAX, name: max, role: owner, email: max@more.test}
      - {id: U0MEL, name: mel, email: mel@more.test}
    channels: [{id: C0MORE, name: more, creator: U0MAX, created: 2020-01-01, members: [U0MAX, U0MEL]}]
    invite_requests: [{id: Ir0OLD, email: old@more.test, requesters: [U0MEL]}]
    tokens: [{token: xoxp-more-max, user: U0MAX, scopes: ["admin.invites:read", "admin.invites:write"]}]
"#;

const ASK: [&str; 10] = [
    "invite-request",
    "create",
    "--as",
    "U0MEL",
    "--email",
    "nia@more.test",
    "--channel",
    "C0MORE",
    "--reason",
    "Starts on Monday",
];

#[test]
fn members_ask_and_admins_decide_with_a_server_and_without() {
    let place = directory();
    let path = place.path();
    fs::write(path.join("more.yaml"), MORE).unwrap();
    let server = Server::start(path, &[]);
    text(path, &["world", "add", "more.yaml"]);
    let nia = text(path, &ASK).trim().to_owned();
    assert!(nia.starts_with("Ir"), "{nia}");
    let (code, error) = failure(path, &ASK);
    assert!(
        code == 1 && error.contains(&format!("by {nia}")) && error.contains("[already_requested]"),
        "{code}: {error}"
    );
    let mut caller = Caller::with(&server, "xoxp-more-max");
    let listed = caller
        .ask("admin.inviteRequests.list", "team_id=T0MORE")
        .json;
    assert_eq!(
        listed["invite_requests"].as_array().unwrap().len(),
        2,
        "{listed}"
    );
    let args = format!("team_id=T0MORE&invite_request_id={nia}");
    assert_eq!(
        caller.ask("admin.inviteRequests.approve", &args).json["ok"],
        true
    );
    let told = text(path, &["invite-request", "list", "--state", "approved"]);
    assert!(told.contains(&nia) && told.contains("by U0MAX"), "{told}");
    assert_eq!(server.stop().0, Some(0));

    // The same without a server: what was asked is there still.
    let (code, error) = failure(path, &["invite-request", "approve", &nia, "--as", "U0MAX"]);
    assert!(
        code == 1 && error.contains("[already_processed]"),
        "{code}: {error}"
    );
    let deny = [
        "invite-request",
        "deny",
        "Ir0OLD",
        "--as",
        "U0MAX",
        "--json",
    ];
    let denied = json(path, &deny);
    assert_eq!(
        (
            &denied["request"]["state"],
            &denied["request"]["decided_by"]
        ),
        (&"denied".into(), &"U0MAX".into())
    );
    let at_once = json(
        path,
        &[
            "invite-request",
            "create",
            "--as",
            "U0MAX",
            "--email",
            "noa@more.test",
            "--guest",
            "single_channel",
            "--channel",
            "C0MORE",
            "--expires",
            "2999-01-01",
            "--json",
        ],
    );
    assert_eq!(at_once["invited"]["guest"], "single_channel", "{at_once}");
    for (args, expected, word) in [
        (&["--guest", "none"][..], 2, "none"),
        (&["--expires", "soon"], 1, "soon"),
        (&["--workspace", "T0ACME"], 1, "[user_not_in_workspace]"),
    ] {
        let mut ask = ASK.to_vec();
        ask.extend(args);
        let (code, error) = failure(path, &ask);
        assert!(code == expected && error.contains(word), "{code}: {error}");
    }
    let (code, error) = failure(path, &["invite-request", "list", "--state", "sent"]);
    assert!(
        code == 1 && error.contains("[invalid_state]"),
        "{code}: {error}"
    );
    text(path, &["world", "export", "-o", "now.yaml"]);
    assert!(run(path, &["world", "check", "now.yaml"]).status.success());
    let now = fs::read_to_string(path.join("now.yaml")).unwrap();
    assert!(
        now.contains(&nia) && now.contains("invitations_need_approval: true"),
        "{now}"
    );
}
