//! What a call is given from outside and cannot be used, and what can.

use super::*;

#[test]
fn what_a_call_cannot_go_by_is_said_before_anything_is_sent() {
    let place = directory();
    let proxy = "http://me:pa/ss@127.0.0.1:1";
    for (base, variable, value, words) in [
        (
            "http://127.0.0.1:99999",
            "X",
            "",
            "http://127.0.0.1:99999: a base URL is ",
        ),
        (
            "http://slack.test",
            "HTTP_PROXY",
            "http://127.0.0.1:312800",
            "HTTP_PROXY=http://127.0.0.1:312800: a proxy is ",
        ),
        (
            "http://slack.test",
            "HTTP_PROXY",
            proxy,
            "HTTP_PROXY=http://…@127.0.0.1:1: a proxy is ",
        ),
        (
            "https://127.0.0.1:1",
            "SSL_CERT_FILE",
            "no/such.pem",
            "the CA certificate cannot be used: SSL_CERT_FILE: ",
        ),
    ] {
        let mut call = guestlist(place.path(), &["call", "api.test", "--base-url", base]);
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            call.env_remove(name);
        }
        let came = came(call.env(variable, value).output().unwrap());
        assert_eq!((came.code, came.stdout.as_str()), (2, ""), "{base}");
        let words = format!("guestlist: {words}");
        assert!(came.stderr.starts_with(&words), "{}", came.stderr);
        assert!(!came.stderr.contains("pa/ss"), "{}", came.stderr);
    }
}

#[test]
fn a_token_file_may_begin_with_a_byte_order_mark() {
    let place = directory();
    let peer = Peer::start(|_, _| json(r#"{"ok":true}"#));
    fs::write(
        place.path().join("token"),
        format!("\u{feff}{TOKEN}-of-a-file\r\n"),
    )
    .unwrap();
    let call = ["call", "auth.test", "--token-file", "token"];
    let came = at(&peer.base(), place.path(), &call);
    assert_eq!(came.code, 0, "{}", came.stderr);
    let sent = format!("authorization: Bearer {TOKEN}-of-a-file\r\n");
    assert!(peer.requests()[0].contains(&sent));
}
