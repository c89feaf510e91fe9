//! Calls of which it is not known whether they were carried out.

use super::at;
use crate::{
    Server, directory,
    peer::{Peer, Say, answer, json},
};
use serde_json::{Value, json};

#[test]
fn a_gateways_error_is_no_refusal_also_when_it_is_json() {
    let place = directory();
    let peer = Peer::start(|_, _| answer("403 No", "", r#"{"message":"forbidden"}"#));
    let call = ["call", "conversations.invite", "channel=C1", "users=U1"];
    let came = at(&peer.base(), place.path(), &call);
    assert_eq!(came.code, 13, "{}", came.stderr);
    assert!(came.stderr.contains("forbidden") && !came.stderr.contains("refused"));
    let exchange = &came.json()[0];
    assert_eq!(exchange["json_body"], Value::Null);
    assert_eq!(exchange["text_body"], r#"{"message":"forbidden"}"#);
    assert_eq!(peer.requests().len(), 1);
}

#[test]
fn an_invitation_nobody_knows_of_is_no_refusal_and_no_success() {
    let place = directory();
    let call = ["call", "conversations.invite", "channel=C1", "users=U1,U2"];
    let body = [&call[..], &["--output", "body", "--max-tries", "1"]].concat();
    let members = r#"{"ok":true,"members":["U1"]}"#;
    let fatal = "{\"ok\":false,\"error\":\"fatal_error\"}";
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"ok\":true";
    // What the call came to, the exit code, and what is printed: never what members said.
    for (said, code, printed) in [
        ("", 8, ""),
        (cut, 16, "{\"ok\":true"),
        (
            "HTTP/1.1 504 Gateway Timeout\r\ncontent-length: 6\r\n\r\n<html>",
            13,
            "<html>",
        ),
        (
            "HTTP/1.1 500 Oh\r\ncontent-length: 34\r\n\r\n{\"ok\":false,\"error\":\"fatal_error\"}",
            8,
            "{\n  \"ok\": false,\n  \"error\": \"fatal_error\"\n}\n",
        ),
    ] {
        let peer = Peer::start(move |_, request| match request {
            _ if request.contains("conversations.members") => json(members),
            _ if said.is_empty() => Say::Nothing,
            _ if said == cut => Say::Last(said.into()),
            // A connection that is closed could take the question about it with it.
            _ => Say::This(said.into()),
        });
        let came = at(&peer.base(), place.path(), &body);
        assert_eq!((came.code, came.stdout.as_str()), (code, printed));
        assert!(
            came.stderr.ends_with(
                "; it is not known whether the call was carried out; in the channel by now: U1\n"
            ),
            "{}",
            came.stderr
        );
    }

    // The envelope has all in order; of a question asked on the way it says which.
    let peer = Peer::start(move |n, _| match n {
        0 => json(fatal),
        _ => json(r#"{"ok":false,"error":"missing_scope"}"#),
    });
    let came = at(&peer.base(), place.path(), &call);
    assert_eq!(came.code, 8, "{}", came.stderr);
    assert_eq!(
        came.stderr,
        "guestlist: conversations.invite answered fatal_error; it is not known whether the call was carried out\n"
    );
    let all = came.json();
    assert_eq!(
        (&all[0]["json_body"]["error"], &all[0]["method"]),
        (&json!("fatal_error"), &Value::Null)
    );
    assert_eq!(all[1]["method"], "conversations.members");
}

#[test]
fn a_write_behind_a_gateway_may_have_been_carried_out() {
    let place = directory();
    let peer = Peer::start(|_, _| answer("504 Gateway Timeout", "", "<html>"));
    let call = [
        "call",
        "conversations.inviteShared",
        "channel=C1",
        "emails=mia@partner.test",
    ];
    let came = at(&peer.base(), place.path(), &call);
    assert_eq!(came.code, 13);
    assert!(
        came.stderr
            .contains("it is not known whether the call was carried out"),
        "{}",
        came.stderr
    );
    assert_eq!(peer.requests().len(), 1);
}

#[test]
fn a_forced_invitation_succeeds_though_its_answer_was_lost() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let call = [
        "call",
        "conversations.invite",
        "channel=C0OPS",
        "users=U0BEN,U0OTTO",
        "force=true",
    ];
    // Before the server stands one that loses the first answer.
    let behind = server.base().to_owned();
    let directory = place.path().to_owned();
    let peer = Peer::start(move |n, request| {
        let method = request.split(' ').nth(1).unwrap_or_default();
        let method = method.trim_start_matches("/api/").to_owned();
        let form = request.split("\r\n\r\n").nth(1).unwrap_or_default();
        let pairs: Vec<(String, String)> = form
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.replace("%2C", ",")))
            .collect();
        let mut args = vec!["call".to_owned(), method];
        args.extend(pairs.iter().map(|(name, value)| format!("{name}={value}")));
        args.extend(["--output".to_owned(), "body".to_owned()]);
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let came = at(&behind, &directory, &args);
        if n == 0 {
            Say::Nothing
        } else {
            json(&came.stdout)
        }
    });
    let came = at(
        &peer.base(),
        place.path(),
        &[&call[..], &["--output", "body"]].concat(),
    );
    assert_eq!(came.code, 0, "{}", came.stderr);
    let body = came.json();
    assert_eq!(
        (&body["ok"], &body["channel"]["id"], &body["errors"]),
        (
            &json!(true),
            &json!("C0OPS"),
            &json!([{"user": "U0OTTO", "ok": false, "error": "user_not_found"}])
        )
    );
}
