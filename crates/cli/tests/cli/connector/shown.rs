//! What is shown of a call, and what is not: to people, to terminals, and to readers that went away.

use super::*;

#[test]
fn a_token_that_comes_back_is_not_shown() {
    let place = directory();
    let peer = Peer::start(|_, request| {
        json(&serde_json::json!({"ok": true, "seen": request}).to_string())
    });
    let came = at(&peer.base(), place.path(), &["call", "api.test"]);
    assert!(came.stdout.contains("Bearer (redacted)"), "{}", came.stdout);

    // `came` looks for the whole token; of one that was cut off no beginning is left, either.
    let refusal = |error: &str| json!({"ok": false, "error": error}).to_string();
    let repeated = refusal(&format!("bad Bearer {TOKEN}"));
    let filled = format!("{}{TOKEN}", "x".repeat(285));
    let begins = "xoxb-sam";
    for (said, code) in [
        (answer("200 OK", "", &refusal(TOKEN)), 4),
        (answer(&format!("401 No {TOKEN}"), "", &repeated), 4),
        (
            answer("200 OK", &format!("content-type: {TOKEN}\r\n"), &filled),
            13,
        ),
        (
            answer("200 OK", &format!("content-encoding: {TOKEN}\r\n"), "{}"),
            13,
        ),
        (cut("your token is xoxb-sample-greet"), 16),
        (
            answer("200 OK", "", &refusal("your token is xoxb-sample-greet")),
            4,
        ),
    ] {
        let (Say::This(said) | Say::Last(said)) = said else {
            unreachable!()
        };
        let peer = Peer::start(move |_, _| Say::Last(said.clone()));
        for output in ["envelope", "body", "table"] {
            let args = ["call", "views.publish", "-v", "--output", output];
            let came = at(&peer.base(), place.path(), &args);
            assert_eq!(came.code, code, "{}", came.stderr);
            let stdout = came.stdout.replace(&filled, "");
            assert!(stdout.contains("(redacted)") || code == 13, "{stdout}");
            assert!(!stdout.contains(begins), "{stdout}");
            // The error code of a whole answer may end as the token begins.
            let stderr = came.stderr.replace("your token is xoxb-sample-greet", "");
            assert!(!stderr.contains(begins), "{stderr}");
        }
    }

    // Also where the report or a message of `invite` would have it.
    for about in ["conversations.invite", "conversations.members"] {
        let repeated =
            json!({"ok": false, "error": TOKEN, "errors": [{"user": "U1", "error": TOKEN}]});
        let peer = Peer::start(move |_, request| {
            if request.contains(about) {
                json(&repeated.to_string())
            } else {
                json(r#"{"ok":true,"members":[]}"#)
            }
        });
        let invite = ["invite", "--channel", "C1", "--user", "U1", "-v"];
        let came = at(&peer.base(), place.path(), &invite);
        assert_eq!(came.code, 4, "{}", came.stderr);
        assert!(came.stderr.contains("(redacted)"), "{}", came.stderr);
    }
}

/// An answer whose body ends early.
fn cut(body: &str) -> Say {
    let length = body.len() + 9;
    Say::Last(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").into())
}

#[test]
fn what_a_server_says_does_not_steer_the_terminal() {
    let place = directory();
    let error = "\u{1b}[31mred\u{7}\nsecond \u{202e}line";
    let c1 = "\u{9b}\u{7f}";
    let body = json!({"ok": false, "error": error, "\u{1b}key": c1, "list": [{"\u{9b}2J": c1}]})
        .to_string();
    let peer = Peer::start(move |_, _| json(&body));
    for (output, code) in [("table", 4), ("envelope", 4), ("body", 4)] {
        let args = ["call", "views.publish", "-v", "--output", output];
        let came = at(&peer.base(), place.path(), &args);
        assert_eq!(came.code, code);
        let escaped = "\\u{1b}[31mred\\u{7}\\nsecond \\u{202e}line";
        let refused = format!("guestlist: views.publish was refused: {escaped}\n");
        assert!(came.stderr.ends_with(&refused), "{}", came.stderr);
        assert_eq!(came.stderr.lines().count(), 2, "{}", came.stderr);
        assert!(output != "table" || came.stdout.contains(escaped));
        if output == "body" {
            assert_eq!(came.json()["error"], error);
            assert_eq!(came.json()["list"][0]["\u{9b}2J"], c1);
        }
        let written = [came.stdout, came.stderr].concat();
        let steering =
            |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
        assert!(!written.contains(steering), "{written:?}");
    }
    // What is no JSON comes as it is, unless it goes to a terminal.
    let raw = "\u{1b}[31mred\r\n";
    let peer = Peer::start(move |_, _| answer("200 OK", "", raw));
    let args = ["call", "api.test", "--output", "body"];
    assert_eq!(at(&peer.base(), place.path(), &args).stdout, raw);
}

#[test]
fn a_call_that_failed_has_failed_also_when_nobody_reads() {
    let place = directory();
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = format!("http://{gone}");
    let refusing = Peer::start(|_, _| json(r#"{"ok":false,"error":"not_in_channel"}"#));
    let well = Peer::start(|_, _| json(r#"{"ok":true,"members":["U1"]}"#));
    let call = ["call", "views.publish", "--max-tries", "1"];
    let body = [&call[..], &["--output", "body"]].concat();
    let invite = [
        "invite",
        "--channel",
        "C1",
        "--user",
        "U1",
        "--max-tries",
        "1",
    ];
    for (base, args, code, words) in [
        (&nobody, &call[..], 7, "cannot be reached"),
        (&refusing.base(), &call, 4, "was refused: not_in_channel"),
        (&refusing.base(), &body, 4, "was refused: not_in_channel"),
        (&nobody, &invite, 7, "cannot be reached"),
        (&refusing.base(), &invite, 4, "was refused: not_in_channel"),
        // U1 was in already.
        (&well.base(), &invite, 4, "1 already in"),
        (&well.base(), &call, 0, ""),
        (&nobody, &["docs"], 0, ""),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = guestlist(place.path(), args);
        command
            .env("GUESTLIST_BASE_URL", base)
            .env("GUESTLIST_TOKEN", TOKEN)
            .stdout(writer)
            .stderr(Stdio::piped());
        let came = came(command.spawn().unwrap().wait_with_output().unwrap());
        assert_eq!(came.code, code, "{args:?}: {}", came.stderr);
        assert!(came.stderr.contains(words), "{args:?}: {}", came.stderr);
    }
}

#[test]
fn a_proxy_of_a_variable_that_cannot_be_used_is_refused() {
    let place = directory();
    let peer = Peer::start(|_, _| json(r#"{"ok":true}"#));
    let (plain, secure) = ("http://slack.invalid", "https://slack.invalid");
    for (base, variables, code, words) in [
        (
            secure,
            &[("HTTPS_PROXY", "notaurl://")][..],
            2,
            "HTTPS_PROXY=notaurl://: a proxy is http://",
        ),
        (
            plain,
            &[("http_proxy", "socks5://me:secret@y:1")],
            2,
            "http_proxy=socks5://…@y:1: ",
        ),
        (
            plain,
            &[("ALL_PROXY", "https://y:1")],
            2,
            "ALL_PROXY=https://y:1: ",
        ),
        // One that is not asked does not matter.
        (
            plain,
            &[("HTTPS_PROXY", "notaurl://"), ("HTTP_PROXY", "127.0.0.1:1")],
            7,
            "the proxy 127.0.0.1:1",
        ),
        (
            plain,
            &[("ALL_PROXY", "notaurl://"), ("NO_PROXY", ".invalid")],
            7,
            "slack.invalid:80 cannot be reached",
        ),
        (&peer.base(), &[("ALL_PROXY", "notaurl://")], 0, ""),
    ] {
        let args = ["call", "api.test", "--max-tries", "1", "--base-url", base];
        let mut command = guestlist(place.path(), &args);
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.envs(variables.iter().copied());
        let came = came(command.output().unwrap());
        assert_eq!(came.code, code, "{variables:?}: {}", came.stderr);
        assert!(
            came.stderr.contains(words),
            "{variables:?}: {}",
            came.stderr
        );
    }
}
