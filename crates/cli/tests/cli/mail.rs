//! `guestlist mail`, and letters of a server that is killed.

use crate::{
    Server, directory, failure, guestlist, json,
    post_office::{PostOffice, Way},
    run, text,
};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    sync::{Mutex, mpsc},
};

/// Invites somebody to a channel of the sample world, and does not look at the answer.
fn ask(server: &Server, method: &str, body: &str) -> String {
    let address = server.ready.trim().rsplit('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST /api/{method} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer xoxb-sample-greeter\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn invite(server: &Server, address: &str) {
    let body = format!("channel=C0WELCOME&emails={address}");
    let answer = ask(server, "conversations.inviteShared", &body);
    assert!(answer.contains("\"ok\":true"), "{answer}");
}

fn posting(path: &Path, office: &PostOffice, more: &[&str]) -> Command {
    let mut command = guestlist(path, &["serve", "--listen", "127.0.0.1:0"]);
    command.args(more);
    command.env("GUESTLIST_SMTP", format!("smtp://{}", office.address));
    command.env("GUESTLIST_MAIL_FROM", "g@guestlist.test");
    command
}

#[test]
fn letters_are_listed_shown_and_sent_with_and_without_a_server() {
    let place = directory();
    let path = place.path();
    let server = Server::start(path, &["--public-url", "https://guests.example.com"]);
    invite(&server, "gil%40globex.test");
    invite(&server, "ben%40globex.test");
    let (list, show) = (["mail", "list", "--json"], |id: &str| {
        ["mail".to_owned(), "show".to_owned(), id.to_owned()]
    });
    let listed = json(path, &list);
    let first = listed["mail"][1]["id"].as_str().unwrap().to_owned();
    let shown = show(&first);
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    let letter = text(path, &shown);
    assert!(
        letter.starts_with("To: gil@globex.test\nSubject: Greeter"),
        "{letter}"
    );
    assert!(
        letter.contains("\nState: kept\n")
            && letter.contains("\nhttps://guests.example.com/share/zt-")
    );
    let table = text(path, &["mail", "list", "--to", "ben@globex.test"]);
    assert!(
        table.starts_with("MAIL ") && table.lines().count() == 2,
        "{table}"
    );
    assert!(
        text(path, &["mail", "list", "--state", "dead"])
            .lines()
            .count()
            == 1
    );
    let send = ["mail", "send", &first];
    let (code, error) = failure(path, &send);
    assert!(code == 1 && error.contains("`smtp`"), "{error}");
    let (code, error) = failure(path, &["mail", "show", "1.000000"]);
    assert!(code == 1 && error.contains("no letter 1.000000"), "{error}");
    assert_eq!(server.stop().0, Some(0));

    // The same without a server; where links lead is then a matter of settings.
    let with = |args: &[&str]| {
        let mut command = guestlist(path, args);
        command.env("GUESTLIST_PUBLIC_URL", "https://guests.example.com");
        command.env("GUESTLIST_SMTP", "smtp://127.0.0.1:1");
        command.env("GUESTLIST_MAIL_FROM", "g@guestlist.test");
        command.output().unwrap()
    };
    let again: Value = serde_json::from_slice(&with(&list).stdout).unwrap();
    assert_eq!(again, listed);
    assert_eq!(String::from_utf8(with(&shown).stdout).unwrap(), letter);
    assert!(failure(path, &send).1.contains("`smtp`"));
    assert!(with(&send).status.success());

    // What was queued so is sent by the next server; what was kept is not.
    let office = PostOffice::open();
    let server = Server::spawn(posting(path, &office, &[]));
    while office.letters().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(office.letters()[0].to, ["gil@globex.test"]);
    let states = || {
        let listed = json(path, &list);
        let states = listed["mail"].as_array().unwrap().iter();
        states
            .map(|one| one["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    while states() != ["kept", "sent"] {
        std::thread::yield_now();
    }
    assert_eq!(server.stop().0, Some(0));
    assert_eq!(office.letters().len(), 1);
}

#[test]
fn a_server_that_is_killed_loses_no_letter_and_sends_none_that_was_refused() {
    let place = directory();
    let path = place.path();
    // Letters are taken, and the answer that says so does not come.
    let (taken, take) = mpsc::channel();
    let (taken, take) = (Mutex::new(taken), take);
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let office = PostOffice::start(Way::Plain, None, move |_, command| {
        if command.starts_with("RCPT") {
            let _ = taken.lock().unwrap().send(command.to_owned());
            let _ = wait.lock().unwrap().recv();
        }
        None
    });
    let server = Server::spawn(posting(path, &office, &["--rate-limits", "off"]));
    for n in 0..8 {
        invite(&server, &format!("p{n}%40globex.test"));
    }
    let refused = ask(
        &server,
        "conversations.inviteShared",
        "channel=C0WELCOME&emails=x%40y.test&message=www.x",
    );
    assert!(refused.contains("url_in_message"), "{refused}");
    // The first is on its way when the process is killed.
    take.recv().unwrap();
    drop(server);
    drop(go);

    let second = PostOffice::open();
    let server = Server::spawn(posting(path, &second, &[]));
    while second.letters().len() < 8 {
        std::thread::yield_now();
    }
    let mut to: Vec<_> = second
        .letters()
        .into_iter()
        .flat_map(|one| one.to)
        .collect();
    to.sort();
    let expected: Vec<_> = (0..8).map(|n| format!("p{n}@globex.test")).collect();
    assert_eq!(to, expected);
    while json(path, &["mail", "list", "--state", "sent", "--json"])["mail"]
        .as_array()
        .unwrap()
        .len()
        < 8
    {
        std::thread::yield_now();
    }
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_password_is_shown_nowhere() {
    let place = directory();
    let path = place.path();
    for (name, value, code) in [
        ("GUESTLIST_SMTP", "smtps://post:hunter2@mail.example.com", 0),
        ("GUESTLIST_SMTP", "smtp://post:hunter2@mail.example.com", 2),
        (
            "GUESTLIST_SMTP",
            "smtps://post:hunter2@mail.example.com/x",
            2,
        ),
    ] {
        let mut command = guestlist(path, &["config"]);
        command
            .env(name, value)
            .env("GUESTLIST_MAIL_FROM", "a@b.test");
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(!said.contains("hunter2") && said.contains(name), "{said}");
        assert_eq!(
            said.contains("smtps://post:(redacted)@mail.example.com:465"),
            code == 0,
            "{said}"
        );
    }
    let (code, error) = failure(path, &["serve", "--smtp", "smtp://localhost"]);
    assert!(
        code == 2 && error.contains("`mail_from` is needed"),
        "{error}"
    );
    let missing = [
        "serve",
        "--smtp",
        "smtps://localhost",
        "--mail-from",
        "a@b.test",
        "--smtp-ca",
        "none.pem",
    ];
    let (code, error) = failure(path, &missing);
    assert!(code == 2 && error.contains("none.pem"), "{error}");
    assert!(run(path, &["mail", "list"]).status.code() == Some(1));
}
