//! `guestlist journal`, with a server that has the store open and without.

use crate::{Server, broken::Caller, directory, failure, run, text};
use serde_json::Value;

#[test]
fn the_journal_is_the_same_with_a_server_and_without_and_goes_on_where_it_ended() {
    let place = directory();
    let path = place.path();
    let server = Server::start(path, &[]);
    let mut caller = Caller::with(&server, "xoxb-sample-greeter");
    let invited = caller.ask(
        "conversations.invite",
        "channel=C0WELCOME&users=U0BEN,U0DANA",
    );
    assert_eq!(invited.json["ok"], true, "{}", invited.json);
    let told = text(path, &["journal"]);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    let who = " T0ACME U0GREET A0GREET joined ";
    let whom = "channel=C0WELCOME user=U0BEN inviter=U0GREET ts=";
    assert!(lines[0].contains(&format!("{who}{whom}")), "{told}");
    let as_json = text(path, &["journal", "--json"]);
    let entry: Value = serde_json::from_str(&as_json).unwrap();
    assert_eq!(entry["changes"][1]["user"], "U0DANA");
    assert_eq!(server.stop().0, Some(0));

    assert_eq!(text(path, &["journal"]), told);
    assert_eq!(text(path, &["journal", "--json"]), as_json);
    let end = entry["place"].as_str().unwrap();
    let more = ["journal", "--json", "--after", end];
    assert_eq!(text(path, &more), "");
    let made = [
        "token",
        "create",
        "--user",
        "U0BEN",
        "--scopes",
        "users:read",
    ];
    assert!(run(path, &made).status.success());
    let after: Value = serde_json::from_str(&text(path, &more)).unwrap();
    assert_eq!(after["changes"][0]["change"], "token_made");
    assert_eq!(after["changes"][0]["user"], "U0BEN");

    let (code, error) = failure(path, &["journal", "--after", "-x"]);
    assert!(code == 1 && error.contains("not `-x`"), "{code}: {error}");
}
