//! `guestlist requests`: what a running server holds of calls.

use crate::{Server, broken::Caller, directory, failure, text};
use serde_json::Value;

#[test]
fn calls_are_told_in_lines_and_as_json_refused_ones_too() {
    let place = directory();
    let path = place.path();
    let server = Server::start(path, &[]);
    assert_eq!(text(path, &["requests"]), "");
    let mut caller = Caller::with(&server, "xoxb-sample-greeter");
    let invited = caller.ask("conversations.invite", "channel=C0WELCOME&users=U0BEN");
    assert_eq!(invited.json["ok"], true, "{}", invited.json);
    caller.ask("conversations.invite", "channel=C0WELCOME&users=U0BEN");
    caller.ask("auth.test", "");

    let told = text(path, &["requests"]);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    let asked = " T0ACME U0GREET A0GREET conversations.invite";
    let both = [("ok", lines[0]), ("already_in_channel", lines[1])];
    for (came, line) in both {
        let expected = format!("{asked} {came} channel=C0WELCOME users=U0BEN");
        assert!(line.ends_with(&expected), "{line}");
    }
    assert!(lines[2].ends_with(" auth.test ok"), "{told}");

    let refused = ["requests", "--json", "--refused", "--workspace", "T0ACME"];
    let refused: Value = serde_json::from_str(&text(path, &refused)).unwrap();
    assert_eq!(refused["error"], "already_in_channel");
    assert_eq!(refused["errors"][0]["user"], "U0BEN");
    let id = refused["id"].as_str().unwrap();
    let rest = text(path, &["requests", "--after", id]);
    assert_eq!(rest, format!("{}\n", lines[2]));
    assert_eq!(text(path, &["requests", "--method", "auth.test"]), rest);
    let (code, error) = failure(path, &["requests", "--after", "0"]);
    assert!(
        code == 1 && error.contains("no call with this x-slack-req-id is held"),
        "{code}: {error}"
    );
    assert_eq!(server.stop().0, Some(0));
    let (code, error) = failure(path, &["requests"]);
    assert!(
        code == 1 && error.contains("no server holds"),
        "{code}: {error}"
    );
}
