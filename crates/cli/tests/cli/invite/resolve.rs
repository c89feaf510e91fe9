//! Addresses that become ids before anybody is invited.

use super::*;

#[test]
fn many_addresses_are_found_by_reading_the_list_once() {
    let place = directory();
    let list: String = (0..60).map(|n| format!("p{n}@x.test\n")).collect();
    fs::write(place.path().join("list.csv"), format!("email\n{list}")).unwrap();
    let page = |from: usize, next: &str| {
        let users: Vec<_> = (from..from + 30)
            .map(|n| json!({"id": format!("U{n}"), "profile": {"email": format!("P{n}@x.test")}}))
            .collect();
        json(
            &json!({"ok": true, "members": users, "response_metadata": {"next_cursor": next}})
                .to_string(),
        )
    };
    let peer = Peer::start(move |_, request| {
        if request.contains("cursor=2") {
            page(30, "")
        } else if request.contains("usergroups.users.list") {
            json(r#"{"ok":true,"users":["U7","U99"]}"#)
        } else if request.contains("users.list") {
            page(0, "2")
        } else if request.contains("conversations.members") {
            members("")
        } else {
            json(r#"{"ok":true}"#)
        }
    });
    let args = [
        "invite",
        "--channel",
        "C1",
        "--from",
        "list.csv",
        "--group",
        "S1",
        "--format",
        "csv",
    ];
    let came = at(&peer.base(), place.path(), &args);
    assert_eq!(came.code, 0, "{}", came.stderr);
    assert_eq!(
        came.stdout.lines().count(),
        62,
        "60 with an address, and one more of the group"
    );
    let calls = peer.calls();
    let called = |method: &str| calls.iter().filter(|call| call.starts_with(method)).count();
    assert_eq!(
        (
            called("users.list "),
            called("users.lookupByEmail"),
            called("conversations.invite ")
        ),
        (2, 0, 1),
        "{calls:?}"
    );
}

#[test]
fn who_sees_no_addresses_is_told_which_scope_is_missing() {
    let place = directory();
    let list: String = (0..60).map(|n| format!("p{n}@x.test\n")).collect();
    fs::write(place.path().join("list.csv"), format!("email\n{list}")).unwrap();
    let one_of_each = ["--name", "ben", "--email", "ben@acme.test"];
    for (people, header, provided, code) in [
        (
            &["--from", "list.csv"][..],
            "x-oauth-scopes: users:read\r\n",
            "users:read".into(),
            6,
        ),
        (&one_of_each, "", Value::Null, 6),
        // Then nobody has one.
        (
            &one_of_each,
            "x-oauth-scopes: users:read, users:read.email\r\n",
            Value::Null,
            4,
        ),
    ] {
        let peer = Peer::start(move |_, request| {
            if request.contains("users.list") {
                answer(
                    "200 OK",
                    header,
                    r#"{"ok":true,"members":[{"id":"U1","name":"ben"}]}"#,
                )
            } else if request.contains("conversations.members") {
                members("")
            } else {
                json(r#"{"ok":true}"#)
            }
        });
        let invite = ["invite", "--channel", "C1", "--format", "json"];
        let came = at(&peer.base(), place.path(), &[&invite[..], people].concat());
        assert_eq!(came.code, code, "{}", came.stderr);
        let stopped = &came.json()["stopped"];
        if code == 4 {
            assert_eq!(stopped, &Value::Null);
            continue;
        }
        assert_eq!(stopped["exit_code"], 6);
        assert_eq!(stopped["code"], "missing_scope");
        assert_eq!(stopped["needed"], "users:read.email");
        assert_eq!(stopped["provided"], provided);
        assert_eq!(came.json()["people"][0]["why"], "stopped: missing_scope");
        let words = "this token does not see addresses: missing_scope (it needs users:read.email";
        assert!(came.stderr.contains(words), "{}", came.stderr);
    }
}
