//! `guestlist invitation`, with a server that has the store open and without.

use crate::{Server, broken::Caller, directory, failure, json, text};
use serde_json::Value;
use std::path::Path;

fn listed(path: &Path, more: &[&str]) -> Vec<Value> {
    let mut args = vec!["invitation", "list", "--json"];
    args.extend(more);
    json(path, &args)["invitations"].as_array().unwrap().clone()
}

/// Sends one, and gives its id.
fn send(server: &Server, to: &str) -> String {
    let mut caller = Caller::with(server, "xoxb-sample-greeter");
    let asked = format!("channel=C0WELCOME&emails={to}");
    let sent = caller.ask("conversations.inviteShared", &asked).json;
    sent["invite_id"].as_str().expect("sent").to_owned()
}

#[test]
fn invitations_are_listed_and_answered_with_a_server_and_without() {
    let place = directory();
    let path = place.path();
    let server = Server::start(path, &[]);
    let first = send(&server, "hedy@globex.test");
    let second = send(&server, "gil@globex.test");
    let all = listed(path, &[]);
    let ids: Vec<_> = all.iter().map(|one| one["invitation"].clone()).collect();
    assert_eq!(ids, [&*second, &*first]);
    assert_eq!(all[0]["state"], "sent");
    assert_eq!(all[0]["to"], "gil@globex.test");
    assert!(
        all[0]["url"].as_str().unwrap().contains("/share/zt-"),
        "{all:?}"
    );
    let told = text(path, &["invitation", "list"]);
    assert!(
        told.contains(&second) && told.contains("gil@globex.test"),
        "{told}"
    );

    let (code, error) = failure(path, &["invitation", "accept", &second, "--as", "U0HEDY"]);
    assert!(
        code == 1 && error.contains("sent to another address"),
        "{code}: {error}"
    );
    let accept = [
        "invitation",
        "accept",
        &second,
        "--as",
        "U0GIL",
        "--name",
        "acme-welcome",
    ];
    assert_eq!(json(path, &accept)["channel_id"], "C0WELCOME");
    let approved = listed(path, &["--state", "approved", "--channel", "C0WELCOME"]);
    assert_eq!(approved.len(), 1);
    assert_eq!(approved[0]["accepted_by"], "T0GLOBEX");
    assert_eq!(approved[0].get("url"), None);
    assert_eq!(approved[0].get("expires"), None);
    assert!(all[0]["expires"].is_string());
    assert_eq!(server.stop().0, Some(0));

    text(path, &["invitation", "revoke", &first, "--as", "U0ADA"]);
    assert_eq!(
        listed(path, &["--state", "revoked"])[0]["invitation"],
        first
    );
    assert!(listed(path, &["--channel", "C0OPS"]).is_empty());
    assert_eq!(listed(path, &["--limit", "1"]).len(), 1);
    for (args, code, why) in [
        (&["invitation", "list", "--state", "lost"][..], 1, "`state`"),
        (&["invitation", "list", "--channel", "x"], 2, "--channel"),
        (
            &["invitation", "accept", "I0NONE", "--as", "U0GIL"],
            1,
            "there is no invitation I0NONE",
        ),
        (&["invitation", "accept", "I0NONE"], 2, "--as"),
    ] {
        let (found, error) = failure(path, args);
        assert!(found == code && error.contains(why), "{found}: {error}");
    }
}
