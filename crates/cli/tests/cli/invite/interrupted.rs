//! An invitation that is told to stop, or killed, on the way.

use super::{stopped::is_about, *};
use crate::{connector::TOKEN, guestlist};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc,
};

/// Starts the program, with a token.
fn started(base: &str, place: &Path, args: &[&str]) -> Child {
    let mut command = guestlist(place, args);
    command
        .env("GUESTLIST_BASE_URL", base)
        .env("GUESTLIST_TOKEN", TOKEN)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

#[test]
fn long_waits_are_told_as_they_begin() {
    let slow = Peer::start(|_, _| answer("429 Slow", "retry-after: 90\r\n", "{}"));
    // The near end of a connection: nobody listens there, and nobody else can while it is held.
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let held = std::net::TcpStream::connect(held.local_addr().unwrap()).unwrap();
    let gone = held.local_addr().unwrap();
    for (base, words) in [
        (slow.base(), "conversations.members: 429 Slow; again in 90."),
        (
            format!("http://{gone}"),
            "cannot be reached: tcp connect error: Connection refused ",
        ),
    ] {
        let place = directory();
        let mut child = started(&base, place.path(), &inviting("U1"));
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(line.contains(words), "{line}");
    }
}

#[cfg(unix)]
fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    let kill = Command::new("sh")
        .args(["-c", "kill \"$1\" \"$2\"", "sh", signal, &id])
        .status();
    assert!(kill.unwrap().success());
}

/// Stops an invitation once it has said these words. The report, and what stderr says from then on.
#[cfg(unix)]
fn stopped_after(words: &str, mut child: Child) -> (Value, String) {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(words) {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "no {words}");
    }
    send("-TERM", &child);
    let output = child.wait_with_output().unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(output.status.code(), Some(143), "{rest}");
    (serde_json::from_slice(&output.stdout).unwrap(), rest)
}

#[cfg(unix)]
#[test]
fn who_was_turned_away_before_it_was_stopped_is_not_tried() {
    let slow: fn() -> Say = || answer("429 Slow", "retry-after: 90\r\n", "{}");
    let away = || {
        let body = r#"{"ok":false,"error":"service_unavailable"}"#;
        answer("503 Away", "", body)
    };
    for (say, words) in [
        (slow, "conversations.invite: 429 Slow; again in "),
        (
            away,
            "conversations.invite: 503 Away, service_unavailable; again in ",
        ),
    ] {
        let place = directory();
        let peer = Peer::start(move |n, _| match n {
            0 => members(""),
            _ => say(),
        });
        let args = [&inviting("U1,U2")[..], &["-v"]].concat();
        let child = started(&peer.base(), place.path(), &args);
        let (report, rest) = stopped_after(words, child);
        for person in report["people"].as_array().unwrap() {
            assert_eq!(person["outcome"], "not_tried", "{report}");
        }
        assert!(
            is_clean(place.path()) && !rest.contains("is kept"),
            "{rest}"
        );
    }
}

#[cfg(unix)]
#[test]
fn who_waits_for_their_turn_when_it_is_stopped_is_not_tried() {
    let place = directory();
    let people: Vec<String> = (1..=51).map(|n| format!("U{n}")).collect();
    let people = people.join(",");
    let peer = Peer::start(|_, request| {
        if is_about(request, "conversations.members") {
            members("")
        } else {
            json(r#"{"ok":true}"#)
        }
    });
    let args = [
        &["invite", "--channel", "C1", "--user", &people][..],
        &["--batch", "1", "--journal", "j", "--format", "json"],
    ]
    .concat();
    let child = started(&peer.base(), place.path(), &args);
    let (report, rest) = stopped_after("to stay within its rate limit", child);
    assert_eq!(report["summary"]["added"], 50, "{report}");
    assert_eq!(report["people"][50]["outcome"], "not_tried", "{report}");
    assert!(rest.contains("j: what was done is kept there"), "{rest}");

    let before = peer.calls().len();
    let came = at(&peer.base(), place.path(), &args);
    assert_eq!(came.json()["summary"]["added"], 51, "{}", came.stderr);
    assert_eq!(
        peer.calls()[before..],
        [
            "conversations.members channel=C1&limit=1000",
            "conversations.invite channel=C1&users=U51&force=true",
        ]
    );
}

#[test]
fn who_was_being_sent_for_in_a_crash_is_unknown() {
    let place = directory();
    let (tell, told) = mpsc::channel();
    let peer = Peer::start(move |n, _| match n {
        0 => members(""),
        1 => {
            let _ = tell.send(());
            Say::Wait
        }
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let args = [&inviting("U1")[..], &["--journal", "j"]].concat();
    let mut child = started(&peer.base(), place.path(), &args);
    told.recv().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let came = at(&peer.base(), place.path(), &args);
    assert_eq!(
        (came.code, outcomes(&came)),
        (6, pairs(&[("U1", "unknown")])),
        "{}",
        came.stderr
    );
}

#[cfg(unix)]
#[test]
fn who_is_told_to_stop_says_what_is_kept() {
    for (signal, code, words) in [("-TERM", 143, "SIGTERM"), ("-INT", 130, "SIGINT")] {
        let place = directory();
        let (tell, told) = mpsc::channel();
        let peer = Peer::start(move |n, _| match n {
            0 => members(""),
            1 => json(r#"{"ok":true}"#),
            _ => {
                let _ = tell.send(());
                Say::Wait
            }
        });
        let args = [
            &inviting("U1,U2,U3")[..],
            &["--batch", "1", "--journal", "j"],
        ]
        .concat();
        let child = started(&peer.base(), place.path(), &args);
        told.recv().unwrap();
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(
            stderr.contains("j: what was done is kept there"),
            "{stderr}"
        );
        assert!(stderr.contains(&format!("stopped by {words}")), "{stderr}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let people = ["added", "unknown", "not_tried"];
        for (at, outcome) in people.iter().enumerate() {
            assert_eq!(report["people"][at]["outcome"], *outcome, "{report}");
        }
        assert!(place.path().join("j").exists());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_done_is_kept_until_it_is_told() {
    let place = directory();
    let peer = Peer::start(|_, request| {
        if is_about(request, "conversations.members") {
            members("")
        } else {
            json(r#"{"ok":true}"#)
        }
    });
    let args = [&inviting("U1")[..], &["--journal", "j"]].concat();
    let mut command = guestlist(place.path(), &args);
    command
        .env("GUESTLIST_BASE_URL", peer.base())
        .env("GUESTLIST_TOKEN", TOKEN)
        .stdout(fs::File::options().write(true).open("/dev/full").unwrap());
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("j: what was done is kept there"),
        "{stderr}"
    );
    let came = at(&peer.base(), place.path(), &args);
    assert_eq!(
        (came.code, outcomes(&came)),
        (0, pairs(&[("U1", "added")])),
        "{}",
        came.stderr
    );
    assert_eq!(peer.requests().len(), 2, "nobody is sent for again");
    assert!(!place.path().join("j").exists());
}
