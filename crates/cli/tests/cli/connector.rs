//! `guestlist call` and `guestlist connector`, against guestlist and against a peer that misbehaves.

use crate::{
    Server, directory, guestlist,
    peer::{CA, Peer, Say, answer, json, tls, tls_with},
    text,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    net::TcpListener,
    path::Path,
    process::{Output, Stdio},
};

#[path = "connector/doubt.rs"]
mod doubt;
#[path = "connector/given.rs"]
mod given;
#[path = "connector/shown.rs"]
mod shown;

pub(crate) const TOKEN: &str = "xoxb-sample-greeter";

impl Server {
    pub(crate) fn base(&self) -> &str {
        self.ready.trim().rsplit(' ').next().unwrap()
    }
}

/// What a call comes to: its code, stdout, stderr.
pub(crate) struct Came {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Came {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }
}

/// Runs the program against a server, with a token. The token is never shown, whatever happens.
pub(crate) fn at(base: &str, directory: &Path, args: &[&str]) -> Came {
    let mut command = guestlist(directory, args);
    command
        .env("GUESTLIST_BASE_URL", base)
        .env("GUESTLIST_TOKEN", TOKEN);
    came(command.output().unwrap())
}

fn came(output: Output) -> Came {
    let came = Came {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(
        !came.stdout.contains(TOKEN) && !came.stderr.contains(TOKEN),
        "the token is shown"
    );
    came
}

#[test]
fn the_seeds_example_comes_from_real_state() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let call = [
        "call",
        "conversations.invite",
        "channel=C0RANDOM",
        "user=U0EMIL",
    ];
    let came = at(server.base(), place.path(), &call);
    assert_eq!(came.code, 4);
    assert_eq!(
        came.stderr,
        "guestlist: conversations.invite was refused: not_in_channel\n"
    );
    let exchanges = came.json();
    let [exchange] = exchanges.as_array().unwrap().as_slice() else {
        panic!("{exchanges}")
    };
    let fields: Vec<_> = exchange.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["status_code", "response_headers", "reason", "json_body"]
    );
    assert_eq!(exchange["status_code"], 200);
    assert_eq!(exchange["reason"], "OK");
    assert_eq!(
        exchange["json_body"],
        json!({"ok": false, "error": "not_in_channel"})
    );

    // The headers are those the page tells of, all 29.
    let page = text(
        place.path(),
        &["connector", "describe", "conversations.invite"],
    );
    let (_, table) = page
        .split_once("| Header | Type |\n|--------|------|\n")
        .unwrap();
    let mut told: Vec<_> = table
        .lines()
        .map(|row| row.split('|').nth(1).unwrap().trim().to_owned())
        .collect();
    let headers = exchange["response_headers"].as_object().unwrap();
    let mut sent: Vec<_> = headers.keys().cloned().collect();
    told.sort();
    sent.sort();
    assert_eq!((told.len(), &told), (29, &sent));
    assert!(headers.values().all(Value::is_string));
    assert_eq!(headers["content-encoding"], "gzip");
    assert_eq!(
        headers["content-length"], "57",
        "as many bytes as the seed's"
    );

    let schema = [
        "connector",
        "describe",
        "conversations.invite",
        "--format",
        "json-schema",
    ];
    let schema: Value = serde_json::from_str(&text(place.path(), &schema)).unwrap();
    let output = &schema["properties"]["output"]["items"]["properties"];
    assert_eq!(
        output["response_headers"]["properties"]
            .as_object()
            .unwrap()
            .len(),
        29
    );
}

#[test]
fn parameters_in_every_spelling() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let base = server.base();
    fs::write(place.path().join("p.json"), r#"{"foo":"file","n":[1,2]}"#).unwrap();
    for (args, expected) in [
        (vec!["foo=a=b"], json!({"foo": "a=b"})),
        (
            vec!["--parameters", r#"{"foo":"json","ok":true}"#],
            json!({"foo": "json", "ok": "true"}),
        ),
        (
            vec!["--parameters", "@p.json", "foo=pair"],
            json!({"foo": "pair", "n": "1,2"}),
        ),
    ] {
        let args = [&["call", "api.test", "--output", "body"][..], &args].concat();
        let came = at(base, place.path(), &args);
        assert_eq!(
            (came.code, &came.json()["args"]),
            (0, &expected),
            "{}",
            came.stderr
        );
    }
    // Parameters from stdin, the token from a file; then the token from stdin and from the usual variable.
    fs::write(place.path().join("token"), format!("{TOKEN}\n")).unwrap();
    let who = ["call", "auth.test", "--output", "body", "--base-url", base];
    for (more, stdin, variable) in [
        (
            &["--token-file", "token", "--parameters", "-"][..],
            "{}",
            "",
        ),
        (&["--token-file", "-"][..], TOKEN, ""),
        (&[][..], "", TOKEN),
    ] {
        let mut command = guestlist(place.path(), &[&who[..], more].concat());
        command.env("SLACK_TOKEN", variable).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        let came = came(child.wait_with_output().unwrap());
        assert_eq!(
            (came.code, &came.json()["user_id"]),
            (0, &json!("U0GREET")),
            "{}",
            came.stderr
        );
    }
    let members = [
        "call",
        "conversations.members",
        "channel=C0OPS",
        "--output",
        "table",
    ];
    let came = at(base, place.path(), &members);
    assert!(
        came.stdout.ends_with("\nMEMBERS\nU0ADA\nU0CLEO\nU0GREET\n"),
        "{}",
        came.stdout
    );
}

#[test]
fn what_cannot_be_sent_is_not_sent() {
    let place = directory();
    let peer = Peer::start(|_, _| json(r#"{"ok":false,"error":"invalid_arguments"}"#));
    let invite = "conversations.invite";
    for (args, code, words) in [
        (
            vec!["conversationsinvite"],
            10,
            "did you mean conversations.invite",
        ),
        (
            vec![invite, "users=U1"],
            11,
            "conversations.invite needs `channel`",
        ),
        (
            vec![invite, "--parameters", "{"],
            12,
            "--parameters: not JSON: EOF",
        ),
        (vec![invite, "channel"], 12, "`channel` is not key=value"),
        (
            vec![invite, "token=xoxb-secret"],
            12,
            "a token is not given as an argument",
        ),
        (
            vec![invite, "channel=C1", "users=U1", "users=U2"],
            12,
            "`users` is given twice",
        ),
        (
            vec!["api.test", "--proxy", "socks5://x"],
            2,
            "a proxy is http://",
        ),
        (
            vec!["api.test", "--base-url", "localhost"],
            2,
            "a base URL is http://",
        ),
        (
            vec!["api.test", "--ca", "missing.pem"],
            1,
            "missing.pem cannot be read",
        ),
        (
            vec!["api.test", "--max-time", "0"],
            2,
            "a number of seconds above 0",
        ),
        (
            vec!["auth.test", "--token-file", "-", "--parameters", "-"],
            2,
            "not both",
        ),
    ] {
        let came = at(&peer.base(), place.path(), &[&["call"][..], &args].concat());
        assert_eq!(came.code, code, "{args:?}: {}", came.stderr);
        assert!(came.stderr.contains(words), "{args:?}: {}", came.stderr);
        assert!(!came.stderr.contains("xoxb-secret"));
        // A program reads a list, unless the command line or this machine is at fault.
        let printed = if code > 2 { "[]\n" } else { "" };
        assert_eq!(came.stdout, printed, "{args:?}");
    }
    let mut nobody = guestlist(place.path(), &["call", "auth.test"]);
    let came = came(
        nobody
            .env("GUESTLIST_BASE_URL", peer.base())
            .output()
            .unwrap(),
    );
    assert!(
        came.code == 6 && came.stderr.contains("there is no token") && came.stdout == "[]\n",
        "{}",
        came.stderr
    );
    assert!(peer.requests().is_empty());

    let as_is = ["call", invite, "--as-is"];
    assert_eq!(at(&peer.base(), place.path(), &as_is).code, 4);
    assert_eq!(
        peer.calls(),
        ["conversations.invite "],
        "what somebody insists on is sent"
    );
}

#[test]
fn answers_that_are_none_show_what_came() {
    let place = directory();
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\n<h1>";
    let moved = "HTTP/1.1 301 Gone There\r\nlocation: https://x.test/\r\ncontent-length: 0\r\n\r\n";
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"ok\":true";
    for (said, code, words, status, came_text) in [
        (
            html,
            13,
            "is no JSON object with `ok`; it begins \"<h1>\"",
            200,
            "<h1>",
        ),
        (
            moved,
            14,
            "is a redirect (status 301) to https://x.test/",
            301,
            "",
        ),
        (
            cut,
            16,
            "10 bytes of its body came of 50 announced",
            200,
            "{\"ok\":true",
        ),
    ] {
        let peer = Peer::start(move |_, _| Say::Last(said.into()));
        let came = at(&peer.base(), place.path(), &["call", "views.publish"]);
        assert_eq!(came.code, code, "{}", came.stderr);
        assert!(came.stderr.contains(words), "{}", came.stderr);
        let exchange = &came.json()[0];
        assert_eq!(exchange["status_code"], status);
        assert_eq!(exchange["json_body"], Value::Null);
        assert_eq!(exchange["text_body"], came_text);
        assert_eq!(peer.requests().len(), 1);
        let body = at(
            &peer.base(),
            place.path(),
            &["call", "views.publish", "--output", "body"],
        );
        assert_eq!((body.code, body.stdout.as_str()), (code, came_text));
    }
}

#[test]
fn ends_without_an_answer() {
    let place = directory();
    let once = ["call", "views.publish", "--max-tries", "1"];
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let came = at(&format!("http://{gone}"), place.path(), &once);
    assert_eq!((came.code, came.stdout.as_str()), (7, "[]\n"));
    assert!(
        came.stderr.contains(&format!("{gone} cannot be reached")),
        "{}",
        came.stderr
    );

    let peer = Peer::start(|_, _| Say::Nothing);
    let came = at(&peer.base(), place.path(), &once);
    assert_eq!((came.code, came.stdout.as_str()), (8, "[]\n"));
    assert!(
        came.stderr
            .contains("it is not known whether the call was carried out")
    );

    let silent = Peer::start(|_, _| Say::Wait);
    let late = [&once[..], &["--answer-timeout", "0.05"]].concat();
    let came = at(&silent.base(), place.path(), &late);
    assert!(
        came.code == 8 && came.stderr.contains("no answer within 0.05 s"),
        "{}",
        came.stderr
    );

    let encrypted = Peer::over(tls(), |_, _| json(r#"{"ok":true}"#));
    let base = format!("https://{}/api", encrypted.address);
    let came = at(&base, place.path(), &once);
    assert_eq!(came.code, 15, "{}", came.stderr);
    assert!(
        came.stderr
            .contains("the certificate of 127.0.0.1 does not verify"),
        "{}",
        came.stderr
    );
    fs::write(place.path().join("ca.pem"), CA).unwrap();
    let trusting = [&once[..], &["--ca", "ca.pem"]].concat();
    assert_eq!(at(&base, place.path(), &trusting).code, 0);
    assert_eq!(encrypted.requests().len(), 1);

    // One that vouches for itself as a CA: trusting it does not help, and it is said what does.
    let authority = include_bytes!("../../../client/tests/client/certs/authority.pem");
    let encrypted = Peer::over(tls_with(authority), |_, _| json(r#"{"ok":true}"#));
    fs::write(place.path().join("ca.pem"), authority).unwrap();
    let base = format!("https://{}/api", encrypted.address);
    let came = at(&base, place.path(), &trusting);
    assert_eq!(came.code, 15, "{}", came.stderr);
    assert!(
        came.stderr
            .contains("make one with basicConstraints=CA:FALSE and trust it with --ca"),
        "{}",
        came.stderr
    );
}

#[test]
fn a_refusal_says_what_the_answer_says_of_it() {
    let place = directory();
    for (body, code, words) in [
        (
            r#"{"ok":false,"error":"missing_scope","needed":"channels:read","provided":"chat:write,users:read"}"#,
            6,
            "was refused: missing_scope (it needs channels:read; the token has chat:write,users:read)",
        ),
        (
            r#"{"ok":false,"error":"invalid_arguments","response_metadata":{"messages":["[ERROR] missing: channel","[ERROR] bad: limit"]}}"#,
            4,
            "was refused: invalid_arguments ([ERROR] missing: channel; [ERROR] bad: limit)",
        ),
    ] {
        let peer = Peer::start(move |_, _| json(body));
        let came = at(&peer.base(), place.path(), &["call", "views.publish"]);
        let said = format!("guestlist: views.publish {words}\n");
        assert_eq!((came.code, came.stderr), (code, said));
    }
}

#[test]
fn retries_are_told_in_order() {
    let place = directory();
    let limited = r#"{"ok":false,"error":"ratelimited"}"#;
    let peer = Peer::start(move |n, _| match n {
        0 => answer("429 Too Many Requests", "retry-after: 0\r\n", limited),
        _ => json(r#"{"ok":true}"#),
    });
    let came = at(&peer.base(), place.path(), &["call", "users.list", "-v"]);
    assert_eq!(came.code, 0, "{}", came.stderr);
    let statuses: Vec<_> = came
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["status_code"].clone())
        .collect();
    assert_eq!(statuses, [429, 200]);
    let told: Vec<_> = came.stderr.lines().collect();
    assert!(
        told[0].contains("429 Too Many Requests, ratelimited; again in"),
        "{told:?}"
    );
    assert!(told[1].contains("200 OK; this is the answer"), "{told:?}");

    let peer = Peer::start(move |_, _| answer("429 Too Many", "retry-after: 60\r\n", limited));
    let came = at(&peer.base(), place.path(), &["call", "users.list"]);
    assert!(
        came.code == 5 && came.stderr.contains("in 60 s"),
        "{}",
        came.stderr
    );
    let once = ["call", "users.list", "--max-tries", "1"];
    let came = at(&peer.base(), place.path(), &once);
    assert!(
        came.code == 5 && came.stderr.contains("this one may be tried only once"),
        "{}",
        came.stderr
    );
    assert_eq!(came.json()[0]["status_code"], 429);

    let peer = Peer::start(move |_, _| json(r#"{"ok":false,"error":"invalid_auth"}"#));
    assert_eq!(
        at(&peer.base(), place.path(), &["call", "users.list"]).code,
        6
    );
}
