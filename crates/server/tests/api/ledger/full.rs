//! `fatal_error`: a disk that is full when the commit is written.
//!
//! A limit on the size of files stands in for the disk. It counts for a whole process, so the test
//! runs itself again as a child of which only this is asked.

use super::WORLD;
use crate::{app::App, seen::saw};
use guestlist_server::Settings;
use guestlist_store::Clock;
use std::process::Command;

const CHILD: &str = "GUESTLIST_TEST_FULL_DISK";
const TEST: &str = "ledger::full::a_disk_that_is_full_at_the_commit";

/// Whether this is the child. The parent runs it and waits for its verdict.
fn is_child() -> bool {
    if std::env::var_os(CHILD).is_some() {
        return true;
    }
    if Command::new("prlimit").arg("--version").output().is_err() {
        eprintln!("skipped: no prlimit here to stand in for a full disk");
        return false;
    }
    let child = Command::new("sh")
        // A write past the limit is to fail, not to kill.
        .args(["-c", "trap '' XFSZ && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = [child.stdout, child.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(child.status.success(), "{}\n{}", said[0], said[1]);
    false
}

/// Lets files grow to so many bytes. (The hard limit stays where it is.)
fn room(bytes: &str) {
    let process = std::process::id().to_string();
    let set = Command::new("prlimit")
        .args(["--pid", &process, &format!("--fsize={bytes}:")])
        .status();
    assert!(set.unwrap().success());
}

#[tokio::test]
async fn a_disk_that_is_full_at_the_commit() {
    if !is_child() {
        return;
    }
    let app = App::embedded(WORLD, Settings::default(), Clock::default()).await;
    room("1024");
    let invite = |users| [("channel", "C0HELP"), ("users", users)];
    let answer = app
        .post("conversations.invite", "xoxp-ada", &invite("U0BEN"))
        .await;
    room("unlimited");
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (500, "fatal_error")
    );
    saw("*", "fatal_error");
    // With room again the server goes on by itself, and what was asked stands whole or not at all.
    let (ben, bot) = ("U0BEN", "U0BOT");
    let again = app
        .call("conversations.invite", "xoxp-ada", &invite(ben))
        .await;
    assert!(
        again["ok"] == true || again["error"] == "already_in_channel",
        "{again}"
    );
    app.ok("conversations.invite", "xoxp-ada", &invite(bot))
        .await;
}
