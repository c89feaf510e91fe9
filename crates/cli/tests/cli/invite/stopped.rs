//! Invitations that end early: what is reported, what is kept, and how it goes on.

use super::*;

const GATEWAY: &str = r#"{"message":"Endpoint request timed out"}"#;

pub(super) fn is_about(request: &str, method: &str) -> bool {
    request.contains(&format!("/{method} "))
}

#[test]
fn who_came_in_behind_a_gateways_json_error_is_added() {
    let place = directory();
    let peer = Peer::start(|n, request| match n {
        0 => members(""),
        1 => answer("504 Late", "content-type: application/json\r\n", GATEWAY),
        _ if is_about(request, "conversations.members") => members(r#""U1","U2""#),
        _ => json(r#"{"ok":true,"channel":{"id":"C1"}}"#),
    });
    let came = at(&peer.base(), place.path(), &inviting("U1,U2"));
    assert_eq!(
        (came.code, outcomes(&came)),
        (0, pairs(&[("U1", "added"), ("U2", "added")])),
        "{}",
        came.stderr
    );
}

#[test]
fn a_run_that_did_nothing_reports_why_and_leaves_no_journal() {
    let scope = r#"{"ok":false,"error":"missing_scope","needed":"users:read.email","provided":"chat:write"}"#;
    let refused = |code: &str| format!(r#"{{"ok":false,"error":"{code}"}}"#);
    let email = ["--email", "ben@acme.test"];
    let group = ["--group", "S1"];
    let id = ["--user", "U1"];
    let dry = ["--user", "U1", "--dry-run"];
    for (people, about, said, exit, code) in [
        (
            &email[..],
            "users.lookupByEmail",
            scope.to_owned(),
            6,
            "missing_scope",
        ),
        (
            &group,
            "usergroups.users.list",
            refused("unknown_method"),
            10,
            "unknown_method",
        ),
        (
            &id,
            "conversations.members",
            scope.to_owned(),
            6,
            "missing_scope",
        ),
        (
            &id,
            "conversations.invite",
            refused("not_in_channel"),
            4,
            "not_in_channel",
        ),
        (
            &id,
            "conversations.invite",
            refused("is_archived"),
            4,
            "is_archived",
        ),
        (
            &id,
            "conversations.invite",
            "429".to_owned(),
            5,
            "ratelimited",
        ),
        (
            &email,
            "users.lookupByEmail",
            "429".to_owned(),
            5,
            "ratelimited",
        ),
        (&dry, "auth.test", scope.to_owned(), 6, "missing_scope"),
    ] {
        let place = directory();
        let peer = Peer::start(move |_, request| {
            if is_about(request, about) && said == "429" {
                answer("429 Slow", "retry-after: 9999\r\n", "{}")
            } else if is_about(request, about) {
                json(&said)
            } else if is_about(request, "conversations.info") {
                json(r#"{"ok":true,"channel":{"id":"C1","is_member":true}}"#)
            } else {
                members("")
            }
        });
        let invite = ["invite", "--channel", "C1", "--max-tries", "2", "--format"];
        let run = |format: &str| {
            let args = [&invite[..], &[format], people].concat();
            at(&peer.base(), place.path(), &args)
        };
        let came = run("json");
        let why = format!("stopped: {code}");
        assert_eq!(came.code, exit, "{}", came.stderr);
        let report = came.json();
        assert_eq!(report["stopped"]["exit_code"], exit);
        assert_eq!(report["stopped"]["code"], code);
        if code == "missing_scope" {
            assert_eq!(report["stopped"]["needed"], "users:read.email");
            assert_eq!(report["stopped"]["provided"], "chat:write");
            let words = "missing_scope (it needs users:read.email; the token has chat:write)";
            assert!(came.stderr.contains(words), "{}", came.stderr);
        }
        assert_eq!(report["people"].as_array().unwrap().len(), 1);
        assert_eq!(report["people"][0]["person"], people[1]);
        assert_eq!(report["people"][0]["outcome"], "not_tried");
        assert_eq!(report["people"][0]["why"], why);
        let csv = run("csv").stdout;
        assert!(csv.ends_with(&format!(",not_tried,,{why}\n")), "{csv}");
        let table = run("table").stdout;
        assert!(
            table.contains("not tried") && table.contains(&why),
            "{table}"
        );
        assert!(is_clean(place.path()), "{about}");
        assert!(!came.stderr.contains("is kept there"), "{}", came.stderr);
    }
}

#[test]
fn look_ups_that_end_early_report_everybody() {
    let place = directory();
    let peer = Peer::start(|n, _| match n {
        0 => json(r#"{"ok":true,"user":{"id":"U2"}}"#),
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let people = [
        "--user",
        "U1,nonsense,U1",
        "--email",
        "a@x.test,b@x.test,c@x.test",
    ];
    let args = [
        &["invite", "--channel", "C1", "--format", "json"][..],
        &people,
    ]
    .concat();
    let came = at(&peer.base(), place.path(), &args);
    let expected = [
        ("U1", "not_tried"),
        ("nonsense", "not_found"),
        ("a@x.test", "not_tried"),
        ("b@x.test", "not_tried"),
        ("c@x.test", "not_tried"),
    ];
    assert_eq!(outcomes(&came), pairs(&expected), "{}", came.stderr);
    assert_eq!(came.json()["people"][2]["id"], "U2");
}

/// A run that added U1, and of which it is not known whether U2 came in: what is left of it is `j`.
fn interrupted(base: &str, proxy: &str, place: &Path) {
    let args = [
        &inviting("U1,U2")[..],
        &["--batch", "1", "--journal", "j", "--proxy", proxy],
    ];
    let came = at(base, place, &args.concat());
    assert_eq!(
        outcomes(&came),
        pairs(&[("U1", "added"), ("U2", "unknown")]),
        "{}",
        came.stderr
    );
}

#[test]
fn with_ensure_the_channel_is_believed_rather_than_the_journal() {
    for (more, code, first, calls) in [
        (&["--ensure"][..], 0, "users=U1", 2),
        (&[], 0, "users=U2", 1),
    ] {
        let place = directory();
        let base = "http://guestlist.invalid/api";
        let peer = Peer::start(|n, _| match n {
            0 => members(""),
            1 => json(r#"{"ok":true}"#),
            2 => Say::Nothing,
            _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
        });
        interrupted(base, &format!("http://{}", peer.address), place.path());

        // U1 was removed since.
        let peer = Peer::start(|_, request| {
            if is_about(request, "conversations.members") {
                members("")
            } else {
                json(r#"{"ok":true}"#)
            }
        });
        let proxy = format!("http://{}", peer.address);
        let same = ["--batch", "1", "--journal", "j", "--proxy", &proxy];
        let args = [&inviting("U1,U2")[..], &same, more].concat();
        let came = at(base, place.path(), &args);
        assert_eq!(
            (came.code, outcomes(&came)),
            (code, pairs(&[("U1", "added"), ("U2", "added")])),
            "{}",
            came.stderr
        );
        let invited = peer.calls();
        let invited: Vec<_> = invited
            .iter()
            .filter(|call| call.starts_with("conversations.invite "))
            .collect();
        assert_eq!(invited.len(), calls, "{invited:?}");
        assert!(invited[0].contains(first), "{invited:?}");
        assert!(!place.path().join("j").exists());
    }
}

#[test]
fn the_same_server_may_be_named_in_another_way() {
    let place = directory();
    let peer = Peer::start(|n, _| match n {
        0 => members(""),
        1 => json(r#"{"ok":true}"#),
        2 => Say::Nothing,
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let proxy = format!("http://{}", peer.address);
    interrupted("http://guestlist.invalid", &proxy, place.path());
    let same = ["--batch", "1", "--journal", "j", "--proxy", &proxy];
    let args = [&inviting("U1,U2")[..], &same].concat();
    let came = at("http://guestlist.invalid/api/", place.path(), &args);
    assert_eq!(came.code, 6, "{}", came.stderr);
    let other = at("http://elsewhere.invalid", place.path(), &args);
    let words = "it is for the server http://guestlist.invalid/api, and this is for http://elsewhere.invalid/api;";
    assert!(
        other.code == 2 && other.stderr.contains(words),
        "{}",
        other.stderr
    );
}

#[test]
fn who_may_have_been_sent_for_is_not_called_untried_before_they_are_looked_up() {
    let place = directory();
    let peer = Peer::start(|n, request| match n {
        _ if is_about(request, "users.lookupByEmail") => json(r#"{"ok":true,"user":{"id":"U1"}}"#),
        1 => members(""),
        2 => Say::Nothing,
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let gone = Peer::start(|_, _| json(r#"{"ok":false,"error":"missing_scope"}"#));
    let args = ["--email", "a@x.test", "--journal", "j", "--format", "json"];
    for (peer, code) in [(peer, 8), (gone, 6)] {
        let proxy = format!("http://{}", peer.address);
        let base = "http://guestlist.invalid";
        let args = [&["invite", "--channel", "C1", "--proxy", &proxy], &args[..]];
        let came = at(base, place.path(), &args.concat());
        assert_eq!(
            (came.code, outcomes(&came)),
            (code, pairs(&[("a@x.test", "unknown")])),
            "{}",
            came.stderr
        );
        assert!(place.path().join("j").exists());
    }
}

#[test]
fn refusals_of_the_whole_call_leave_nothing_to_go_on_from() {
    let place = directory();
    let peer = Peer::start(|n, _| match n {
        0 => members(""),
        1 => json(r#"{"ok":false,"error":"too_many_users"}"#),
        _ => json(r#"{"ok":false,"error":"is_archived"}"#),
    });
    let came = at(&peer.base(), place.path(), &inviting("U1,U2,U3"));
    let expected = ["U1", "U2", "U3"].map(|id| (id, "not_tried"));
    assert_eq!(
        (came.code, outcomes(&came)),
        (4, pairs(&expected)),
        "{}",
        came.stderr
    );
    assert!(is_clean(place.path()));
    for words in ["is kept there", "0 of 3 done"] {
        assert!(!came.stderr.contains(words), "{}", came.stderr);
    }
}

#[test]
fn who_others_brought_in_between_two_calls_is_not_called_added() {
    let place = directory();
    let in_already = json!({"ok": false, "error": "already_in_channel", "errors": [
        {"user": "U1", "ok": false, "error": "already_in_channel"},
    ]});
    let in_already = in_already.to_string();
    let peer = Peer::start(move |n, _| match n {
        0 => members(""),
        1 => json(r#"{"ok":false,"error":"too_many_users"}"#),
        2 => json(&in_already),
        _ => json(r#"{"ok":true,"channel":{"id":"C1"}}"#),
    });
    let came = at(&peer.base(), place.path(), &inviting("U1,U2"));
    let expected = [("U1", "already_in"), ("U2", "added")];
    assert_eq!(outcomes(&came), pairs(&expected), "{}", came.stderr);
}

#[test]
fn a_list_of_nobody_is_done() {
    let place = directory();
    let peer = Peer::start(|_, _| members(""));
    fs::write(place.path().join("list.csv"), "id,team\n,\n").unwrap();
    let args = [
        "invite",
        "--channel",
        "C1",
        "--format",
        "json",
        "--from",
        "list.csv",
    ];
    let came = at(&peer.base(), place.path(), &args);
    assert_eq!(came.code, 0, "{}", came.stderr);
    assert_eq!(came.json()["people"], json!([]));
    assert!(came.stderr.contains("there is nothing to do"));
    assert!(peer.requests().is_empty());
}

#[test]
fn who_others_brought_in_is_not_called_added() {
    let place = directory();
    let in_already = json!({"ok": false, "error": "already_in_channel", "errors": [
        {"user": "U1", "ok": false, "error": "already_in_channel"},
    ]});
    let in_already = in_already.to_string();
    // A call that was one too many was not carried out; one whose answer was lost may have been.
    for (first, outcome) in [
        (answer("429 Slow", "retry-after: 0\r\n", "{}"), "already_in"),
        (answer("504 Late", "", GATEWAY), "added"),
    ] {
        let Say::This(first) = first else { return };
        let in_already = in_already.clone();
        let peer = Peer::start(move |n, request| match n {
            _ if is_about(request, "conversations.members") => members(""),
            1 => Say::This(first.clone()),
            _ => json(&in_already),
        });
        let came = at(&peer.base(), place.path(), &inviting("U1"));
        assert_eq!(
            outcomes(&came),
            pairs(&[("U1", outcome)]),
            "{}",
            came.stderr
        );
    }
}

#[test]
fn a_refusal_of_one_without_errors_does_not_stop_the_others() {
    let place = directory();
    for code in ["user_disabled", "no_external_invite_permission"] {
        let peer = Peer::start(move |_, request| {
            if is_about(request, "conversations.members") {
                members("")
            } else if request.contains("U1") {
                json(&json!({"ok": false, "error": code}).to_string())
            } else {
                json(r#"{"ok":true,"channel":{"id":"C1"}}"#)
            }
        });
        let came = at(&peer.base(), place.path(), &inviting("U1,U2"));
        let expected = [("U1", code), ("U2", "added")];
        assert_eq!(outcomes(&came), pairs(&expected), "{}", came.stderr);
    }
}

#[test]
fn a_file_that_is_no_journal_stays_and_nobody_is_sent_for() {
    let place = directory();
    let peer = Peer::start(|_, _| json(r#"{"ok":true}"#));
    fs::write(place.path().join("notes"), "no line ends here").unwrap();
    for (file, why) in [
        ("notes", "it has no line that is whole"),
        ("/dev/full", "it is no regular file"),
    ] {
        let args = [&inviting("U1")[..], &["--journal", file]].concat();
        let came = at(&peer.base(), place.path(), &args);
        assert_eq!(came.code, 2, "{}", came.stderr);
        let words = format!("{file}: this is no journal: {why}");
        assert!(came.stderr.contains(&words), "{}", came.stderr);
    }
    let notes = fs::read_to_string(place.path().join("notes")).unwrap();
    assert_eq!(notes, "no line ends here");
    assert!(peer.requests().is_empty());
}
