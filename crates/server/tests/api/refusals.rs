//! `docs/refusals.md` is true: each of its calls, made here, is answered as the page says.

use crate::app::App;
use guestlist_domain::Timestamp;
use guestlist_methods::{common::Common, contract::documented, find};
use guestlist_server::Settings;
use guestlist_store::Clock;
use serde_json::Value;
use std::collections::HashSet;

const PAGE: &str = include_str!("../../../../docs/refusals.md");
const WORLD: &str = include_str!("../../../../docs/worlds/refusals.yaml");

/// A line of the page's consoles that does something.
enum Line<'p> {
    /// Serve the world with this in addition.
    Serve(&'p str),
    /// Make a call so often; the last answer is the next line.
    Call(usize, &'p str, Value),
}

fn lines() -> Vec<Line<'static>> {
    let mut lines = PAGE.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ ") else {
            continue;
        };
        if let Some(rest) = command.strip_prefix("(cat docs/worlds/refusals.yaml; echo '") {
            found.push(Line::Serve(rest.split('\'').next().unwrap()));
        } else if command.starts_with("cargo run ") || command.starts_with("API=") {
            // The server that the calls before and after are made to.
        } else {
            let (times, call) = repeated(command);
            let answer = lines.next().unwrap_or_default();
            let answer = serde_json::from_str(answer).unwrap_or_else(|e| panic!("{command}: {e}"));
            found.push(Line::Call(times, call, answer));
        }
    }
    found
}

/// `for n in $(seq 3); do CALL; echo; done | tail -n 1`, or just a call.
fn repeated(command: &str) -> (usize, &str) {
    let Some(rest) = command.strip_prefix("for n in $(seq ") else {
        return (1, command);
    };
    let (times, rest) = rest.split_once("); do ").unwrap();
    let call = rest.strip_suffix("; echo; done | tail -n 1").unwrap();
    (times.parse().unwrap(), call)
}

/// What a shell makes of a line, as far as the page needs one.
fn words(line: &str) -> Vec<String> {
    let many: String = (1..=1001).map(|n| format!("U{n},")).collect();
    let line = line.replace("$(printf 'U%s,' $(seq 1001))", &many);
    assert!(!line.contains("$("), "this is no shell: {line}");
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, ' ') => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            _ => word.push(c),
        }
    }
    assert_eq!(quote, None, "{line}");
    words
}

/// What curl sends.
fn request(call: &str) -> (String, Vec<u8>) {
    let mut words = words(call).into_iter();
    assert_eq!(
        (words.next().as_deref(), words.next().as_deref()),
        (Some("curl"), Some("-s")),
        "{call}"
    );
    let url = words.next().unwrap();
    let method = url
        .strip_prefix("$API/")
        .unwrap_or_else(|| panic!("{call}"));
    let mut body = Vec::new();
    let mut kind = "application/x-www-form-urlencoded".to_owned();
    let mut length = None;
    while let Some(option) = words.next() {
        let value = words.next().unwrap();
        match (option.as_str(), value.split_once(':')) {
            ("-d", _) => body.push(value),
            ("-H", Some(("Content-Type", value))) => kind = value.trim().to_owned(),
            ("-H", Some(("Content-Length", value))) => length = Some(value.trim().to_owned()),
            _ => panic!("{option} {value} in {call}"),
        }
    }
    let body = body.join("&");
    let length = length.unwrap_or(body.len().to_string());
    let mut request = format!(
        "POST /api/{method} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n"
    );
    // As curl has it, an empty header is none.
    if !kind.is_empty() {
        request.push_str(&format!("Content-Type: {kind}\r\n"));
    }
    request.push_str(&format!("\r\n{body}"));
    (method.to_owned(), request.into_bytes())
}

#[tokio::test]
async fn every_call_of_the_page_is_answered_as_it_says() {
    let serve = async |more: &str| {
        let world = format!("{WORLD}\n{more}\n");
        let clock = Clock::standing(Timestamp::from_seconds(1_750_000_000));
        App::with_clock(&world, Settings::default(), clock).await
    };
    let mut app = serve("").await;
    let mut calls = 0;
    for line in lines() {
        match line {
            Line::Serve(more) => app = serve(more).await,
            Line::Call(times, call, expected) => {
                let (_, request) = request(call);
                for _ in 1..times {
                    app.raw(&request).await;
                }
                let answer = app.raw(&request).await;
                assert_eq!(answer.json(), expected, "{call}");
                let status = match expected["error"].as_str() {
                    Some("ratelimited") => 429,
                    Some("service_unavailable") => 503,
                    _ => 200,
                };
                assert_eq!(answer.status, status, "{call}");
                calls += 1;
            }
        }
    }
    assert!(calls > 80, "only {calls} calls were found on the page");
}

/// The page leaves nothing out that a world can bring about.
#[test]
fn every_refusal_is_on_the_page() {
    let shown: HashSet<(String, String)> = lines()
        .into_iter()
        .filter_map(|line| match line {
            Line::Call(_, call, answer) => {
                let (method, _) = request(call);
                Some((method, answer["error"].as_str()?.to_owned()))
            }
            Line::Serve(_) => None,
        })
        .collect();
    let is_shown = |method: &str, code: &str| shown.contains(&(method.to_owned(), code.to_owned()));
    let own = |method: &str| (find(method).unwrap().errors)();
    for error in documented::<Common>() {
        let shown = is_shown("conversations.invite", error.code)
            || is_shown("conversations.invites", error.code);
        let by_a_disk = ["internal_error", "fatal_error"].contains(&error.code);
        assert_eq!(shown, !by_a_disk, "{}", error.code);
    }
    for method in [
        "conversations.invite",
        "channels.invite",
        "admin.conversations.invite",
    ] {
        for error in own(method).iter().filter(|error| error.state.is_some()) {
            assert!(is_shown(method, error.code), "{method}: {}", error.code);
        }
    }
}
