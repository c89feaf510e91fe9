//! `guestlist invite`.

use crate::{
    Server,
    connector::{Came, at},
    directory,
    peer::{Peer, Say, answer, json},
};
use serde_json::{Value, json};
use std::{fs, path::Path};

#[path = "invite/interrupted.rs"]
mod interrupted;
#[path = "invite/preview.rs"]
mod preview;
#[path = "invite/resolve.rs"]
mod resolve;
#[path = "invite/stopped.rs"]
mod stopped;

fn outcomes(came: &Came) -> Vec<(String, String)> {
    let people = came.json()["people"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcome = |person: &Value| match &person["code"] {
        Value::Null => text(&person["outcome"]),
        code => text(code),
    };
    people
        .iter()
        .map(|person| (text(&person["person"]), outcome(person)))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

/// No journal is left behind.
fn is_clean(directory: &Path) -> bool {
    let mut files = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    !files.any(|name| name.to_string_lossy().ends_with(".journal"))
}

#[test]
fn people_are_found_and_each_has_a_line() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let run = |args: &[&str]| {
        at(
            server.base(),
            place.path(),
            &[&["invite", "--format", "json"][..], args].concat(),
        )
    };
    let list = "name,email,id,team\n,DANA@acme.test,,x\nemil,,,x\n,,U0OTTO,x\n,,U0SOL,x\n,no@acme.test,,x\n,,nonsense,x\n@dana,,,x\n";
    fs::write(place.path().join("list.csv"), list).unwrap();
    let expected = |added: &str| {
        pairs(&[
            ("U0ADA", "already_in"),
            ("ben@acme.test", added),
            ("DANA@acme.test", added),
            ("emil", added),
            ("U0OTTO", "user_not_found"),
            ("U0SOL", "ura_max_channels"),
            ("no@acme.test", "not_found"),
            ("nonsense", "not_found"),
        ])
    };
    let args = [
        "--channel",
        "C0OPS",
        "--user",
        "U0ADA",
        "--email",
        "ben@acme.test",
        "--from",
        "list.csv",
    ];
    let preview = run(&[&args[..], &["--dry-run"]].concat());
    assert_eq!(
        (preview.code, outcomes(&preview)),
        (4, expected("would_be_added")),
        "{}",
        preview.stderr
    );
    let came = run(&args);
    assert_eq!(
        (came.code, outcomes(&came)),
        (4, expected("added")),
        "{}",
        came.stderr
    );
    assert!(
        came.stderr
            .contains("C0OPS: 3 added, 1 already in, 2 refused, 2 not found"),
        "{}",
        came.stderr
    );
    assert!(is_clean(place.path()));

    let again = ["--channel", "C0OPS", "--user", "U0BEN,U0ADA"];
    assert_eq!(run(&again).code, 4);
    assert_eq!(run(&[&again[..], &["--ensure"]].concat()).code, 0);

    // Nobody was sent for: there is nothing to go on from.
    let came = run(&["--channel", "C0NOPE", "--user", "U0EMIL"]);
    assert!(
        came.code == 4 && came.stderr.contains("channel_not_found"),
        "{}",
        came.stderr
    );
    assert!(is_clean(place.path()) && !came.stderr.contains("journal"));
    // The channel's own refusals end it, and say so.
    for (channel, code) in [("C0RANDOM", "not_in_channel"), ("C0LAUNCH", "is_archived")] {
        for more in [&[][..], &["--dry-run"]] {
            let came = run(&[&["--channel", channel, "--user", "U0EMIL"][..], more].concat());
            assert_eq!(came.code, 4);
            assert!(came.stderr.contains(code), "{}", came.stderr);
        }
    }
    let came = run(&["--channel", "C0OPS"]);
    assert!(
        came.code == 2 && came.stderr.contains("nobody to invite"),
        "{}",
        came.stderr
    );
}

#[test]
fn the_people_of_a_group_are_invited() {
    let place = directory();
    let world = "\
version: 1
workspaces:
- name: Acme
  domain: acme
  users: [{id: U0ADA, name: ada}, {id: U0BEN, name: ben, email: ben@acme.test}, {id: U0DANA, name: dana}]
  channels: [{id: C0OPS, name: ops, members: [U0ADA, U0BOT]}]
  usergroups:
  - {id: S0CALL, name: On call, users: [U0ADA, U0BEN, U0DANA]}
  - {id: S0PAST, name: Past, users: [U0ADA], disabled: {}}
  apps: [{id: A0CALL, name: caller, bot_user: {id: U0BOT}}]
  tokens:
  - {token: xoxb-sample-greeter, app: A0CALL, scopes: [channels:manage, channels:read, usergroups:read, users:read, users:read.email]}
";
    fs::write(place.path().join("groups.yaml"), world).unwrap();
    let server = Server::start(place.path(), &["--world", "groups.yaml"]);
    let run = |more: &[&str]| {
        let args = [
            "invite",
            "--format",
            "json",
            "--channel",
            "C0OPS",
            "--group",
        ];
        at(server.base(), place.path(), &[&args[..], more].concat())
    };
    // Who is named besides is one person.
    let came = run(&["S0CALL", "--email", "ben@acme.test"]);
    let expected = [
        ("ben@acme.test", "added"),
        ("U0ADA", "already_in"),
        ("U0DANA", "added"),
    ];
    assert_eq!(
        (came.code, outcomes(&came)),
        (4, pairs(&expected)),
        "{}",
        came.stderr
    );
    assert!(is_clean(place.path()));
    let again = run(&["S0CALL", "--ensure"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    for group in ["S0PAST", "S0NONE"] {
        let came = run(&[group]);
        assert_eq!(came.code, 4, "{}", came.stderr);
        assert!(came.stderr.contains("no_such_subteam"), "{}", came.stderr);
    }
}

fn members(ids: &str) -> Say {
    json(&format!(r#"{{"ok":true,"members":[{ids}]}}"#))
}

#[test]
fn what_was_stopped_goes_on_where_it_was() {
    let place = directory();
    // First: two are added, the answer about the next two is lost, and nothing tells.
    let peer = Peer::start(|n, _| match n {
        0 => members(""),
        1 => json(r#"{"ok":true,"errors":[{"user":"U2","ok":false,"error":"cant_invite"}]}"#),
        2 => Say::Nothing,
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let base = peer.base();
    let args = [
        "invite",
        "--channel",
        "C1",
        "--user",
        "U1,U2,U3,U4,U5",
        "--batch",
        "2",
        "--format",
        "json",
        "--journal",
        "j",
    ];
    let came = at(&base, place.path(), &args);
    assert_eq!(came.code, 8, "{}", came.stderr);
    assert!(
        came.stderr.contains("j: what was done is kept there"),
        "{}",
        came.stderr
    );
    let stopped = [
        ("U1", "added"),
        ("U2", "cant_invite"),
        ("U3", "unknown"),
        ("U4", "unknown"),
        ("U5", "not_tried"),
    ];
    assert_eq!(outcomes(&came), pairs(&stopped));

    // The same list for another server is another job.
    let other = Peer::start(|_, _| members(""));
    let refused = at(&other.base(), place.path(), &args);
    assert!(
        refused.code == 2 && refused.stderr.contains("it is for the server"),
        "{}",
        refused.stderr
    );
    assert!(other.requests().is_empty());

    // Then, through a gateway at another port but for the same address: U3 had come in.
    let peer = Peer::start(|_, request| {
        if request.contains("conversations.members") {
            members(r#""U1","U3""#)
        } else {
            json(r#"{"ok":true}"#)
        }
    });
    let proxy = format!("http://{}", peer.address);
    let came = at(
        &base,
        place.path(),
        &[&args[..], &["--proxy", &proxy]].concat(),
    );
    assert_eq!(came.code, 4, "{}", came.stderr);
    let whole = [
        ("U1", "added"),
        ("U2", "cant_invite"),
        ("U3", "added"),
        ("U4", "added"),
        ("U5", "added"),
    ];
    assert_eq!(outcomes(&came), pairs(&whole));
    assert_eq!(
        peer.calls(),
        [
            "conversations.members channel=C1&limit=1000",
            "conversations.invite channel=C1&users=U4%2CU5&force=true",
        ],
        "who was refused is not asked for again, nor who is in"
    );
    assert!(!place.path().join("j").exists());
}

#[test]
fn one_list_can_go_to_several_servers_from_one_directory() {
    let place = directory();
    let args = ["invite", "--channel", "C1", "--user", "U1"];
    let lost = || {
        Peer::start(|n, _| match n {
            0 => members(""),
            1 => Say::Nothing,
            _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
        })
    };
    let journals = || {
        let files = fs::read_dir(place.path()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".journal")).count()
    };
    let staging = lost();
    assert_eq!(at(&staging.base(), place.path(), &args).code, 8);
    assert_eq!(at(&lost().base(), place.path(), &args).code, 8);
    assert_eq!(journals(), 2);
    // The same server finds its own again, however its address is written.
    let base = format!("{}/", staging.base().trim_end_matches('/'));
    assert_eq!(at(&base, place.path(), &args).code, 6);
    assert_eq!(journals(), 2);
}

#[test]
fn who_was_sent_for_is_not_called_untried() {
    for (said, told, code, words) in [
        (Said::Lost, "fatal_error", 8, "the connection ended"),
        (
            Said::Fatal,
            "missing_scope",
            8,
            "conversations.invite answered fatal_error; it is not known whether the call was carried out",
        ),
        (Said::Html, "missing_scope", 13, "is no JSON object"),
    ] {
        let place = directory();
        let peer = Peer::start(move |n, _| match n {
            0 => members(""),
            1 => match said {
                Said::Lost => Say::Nothing,
                Said::Fatal => json(r#"{"ok":false,"error":"fatal_error"}"#),
                Said::Html => answer("504 Gateway Timeout", "", "<html>"),
            },
            _ => json(&format!(r#"{{"ok":false,"error":"{told}"}}"#)),
        });
        let args = [
            "invite",
            "--channel",
            "C1",
            "--user",
            "U1,U2",
            "--batch",
            "1",
            "--max-tries",
            "1",
            "--journal",
            "j",
            "--format",
            "json",
        ];
        let came = at(&peer.base(), place.path(), &args);
        assert_eq!(came.code, code, "{}", came.stderr);
        assert!(
            came.stderr.contains(words) && came.stderr.contains("it is not known whether"),
            "{}",
            came.stderr
        );
        let expected = [("U1", "unknown"), ("U2", "not_tried")];
        assert_eq!(outcomes(&came), pairs(&expected));
        assert_eq!(came.json()["summary"]["unknown"], 1);

        // Still nothing tells, and nothing was sent now: of U1 that is no more than before.
        let gone = Peer::start(|_, _| json(r#"{"ok":false,"error":"missing_scope"}"#));
        let proxy = format!("http://{}", gone.address);
        let again = [&args[..], &["--proxy", &proxy]].concat();
        assert_eq!(
            outcomes(&at(&peer.base(), place.path(), &again)),
            pairs(&expected)
        );
    }

    // Who was turned away for the rate is not tried.
    let place = directory();
    let peer = Peer::start(|n, _| match n {
        0 => members(""),
        _ => answer("429 Slow", "retry-after: 9999\r\n", "{}"),
    });
    let args = inviting("U1");
    let came = at(&peer.base(), place.path(), &args);
    assert_eq!(
        (came.code, outcomes(&came)),
        (5, pairs(&[("U1", "not_tried")])),
        "{}",
        came.stderr
    );
}

/// Invites somebody, or several, to the same channel.
fn inviting(users: &'static str) -> [&'static str; 7] {
    [
        "invite",
        "--channel",
        "C1",
        "--user",
        users,
        "--format",
        "json",
    ]
}

/// How an answer to an invitation leaves open what was done.
#[derive(Clone, Copy)]
enum Said {
    Lost,
    Fatal,
    Html,
}

#[test]
fn who_came_in_by_a_lost_call_is_added_whatever_follows() {
    let place = directory();
    let peer = Peer::start(|n, _| match n {
        0 => members(""),
        1 => Say::Nothing,
        2 => members(r#""U1""#),
        _ => json(r#"{"ok":false,"error":"is_archived"}"#),
    });
    let args = inviting("U1,U2");
    let came = at(&peer.base(), place.path(), &args);
    assert_eq!(
        (came.code, outcomes(&came)),
        (4, pairs(&[("U1", "added"), ("U2", "not_tried")])),
        "{}",
        came.stderr
    );

    let refusal = r#"{"ok":false,"error":"cant_invite","errors":[{"user":"U2","ok":false,"error":"cant_invite"}]}"#;
    let peer = Peer::start(|n, _| match n {
        0 => members(""),
        1 => Say::Nothing,
        2 => members(r#""U1""#),
        3 => json(refusal),
        _ => json(r#"{"ok":true,"channel":{"id":"C1"}}"#),
    });
    let args = [&args[..], &["--journal", "j"]].concat();
    let came = at(&peer.base(), place.path(), &args);
    assert_eq!(
        (came.code, outcomes(&came)),
        (4, pairs(&[("U1", "added"), ("U2", "cant_invite")])),
        "{}",
        came.stderr
    );
    assert_eq!(peer.requests().len(), 5, "U1 is not invited again");
}

#[test]
fn pages_without_an_end_are_an_error() {
    let place = directory();
    let peer = Peer::start(|n, _| match n {
        0..9 => json(r#"{"ok":true,"members":[],"response_metadata":{"next_cursor":"again"}}"#),
        _ => members(""),
    });
    for (people, words) in [
        (["--user", "U1"], "its pages have no end"),
        (["--name", "ben"], "its pages have no end"),
    ] {
        let before = peer.requests().len();
        let args = [&["invite", "--channel", "C1"][..], &people].concat();
        let came = at(&peer.base(), place.path(), &args);
        assert!(
            came.code == 13 && came.stderr.contains(words),
            "{}",
            came.stderr
        );
        assert_eq!(peer.requests().len() - before, 2);
    }
}

#[test]
fn servers_without_force_are_asked_for_the_rest_again() {
    let place = directory();
    let peer = Peer::start(|n, _| match n {
        0 => members(""),
        // Nobody came in, since one failed.
        1 => json(
            r#"{"ok":false,"error":"cant_invite_self","errors":[{"user":"U2","ok":false,"error":"cant_invite_self"}]}"#,
        ),
        // It takes one in a call; and it does not say who failed.
        2 => json(r#"{"ok":false,"error":"too_many_users"}"#),
        3 => json(r#"{"ok":false,"error":"user_not_found"}"#),
        _ => json(r#"{"ok":true}"#),
    });
    let args = [
        "invite",
        "--channel",
        "C1",
        "--user",
        "U1,U2,U3",
        "--format",
        "json",
    ];
    let came = at(&peer.base(), place.path(), &args);
    let expected = [
        ("U1", "user_not_found"),
        ("U2", "cant_invite_self"),
        ("U3", "added"),
    ];
    assert_eq!(
        (came.code, outcomes(&came)),
        (4, pairs(&expected)),
        "{}",
        came.stderr
    );
    let users: Vec<_> = peer
        .calls()
        .iter()
        .skip(1)
        .map(|call| call.split('&').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(
        users,
        [
            "users=U1%2CU2%2CU3",
            "users=U1%2CU3",
            "users=U1",
            "users=U3"
        ]
    );
}
