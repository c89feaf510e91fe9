//! What a client can be made of, and what it shows.

use super::*;

#[test]
fn methods_stand_below_the_base() {
    for (base, expected) in [
        ("http://127.0.0.1:3999/api", "http://127.0.0.1:3999/api/a.b"),
        (
            "http://127.0.0.1:3999/api/",
            "http://127.0.0.1:3999/api/a.b",
        ),
        ("http://127.0.0.1:3999", "http://127.0.0.1:3999/api/a.b"),
        ("https://gate.test/x/y/", "https://gate.test/x/y/a.b"),
        ("http://[::1]:1/z", "http://[::1]:1/z/a.b"),
    ] {
        let base = Base::read(base).unwrap();
        assert_eq!(base.method("a.b").unwrap().to_string(), expected);
    }
    for bad in [
        "",
        "localhost:3999",
        "ftp://x/api",
        "http://",
        "http://u:p@x/",
        "http://x/?a=b",
        "http://x:99999",
        "http://x:65616/api",
        "http://x:0",
        "http://x:",
        "http://x:+80",
        "http://x:-1",
        "http://x:abc",
        "http://x:x",
        "http://x:3999a/api",
        "https://[::1]:99999",
        "http://[::1]80",
    ] {
        assert!(Base::read(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_proxy_has_a_host_and_a_port_and_nothing_behind_it() {
    for good in [
        "http://y",
        "http://y:3128",
        "http://y:3128/",
        "http://me:p%40%2Fss@y:65535",
        "http://[::1]:3128",
    ] {
        let client = Client::builder("http://x").proxy(good).build();
        assert!(client.is_ok(), "{good}");
    }
    for bad in [
        "http://y:312800",
        "http://y:abc",
        "http://y:0",
        "http://y:",
        "http://",
        "http://y/path",
        "http://y?a=b",
        "http://y#a",
        // Of a password that is not encoded: each would have gone to another host or been cut off.
        "http://me:p/w@y:3128",
        "http://me:p#w@y:3128",
        "http://me:p?w@y:3128",
        "http://me:p@w@y:3128",
    ] {
        let error = Client::builder("http://x").proxy(bad).build().unwrap_err();
        assert!(matches!(error, SetupError::Proxy(_)), "{bad}: {error}");
        assert!(!error.to_string().contains("me:p"), "{error}");
    }
}

#[test]
fn calls_that_leave_this_machine_unencrypted_are_known() {
    for (base, expected) in [
        ("http://slack.test", true),
        ("HTTP://slack.test", true),
        ("http://localhost.slack.test", true),
        ("http://127.slack.test", true),
        ("http://10.0.0.1:3999", true),
        ("http://localhost:3999", false),
        ("http://LOCALHOST", false),
        ("http://127.0.0.2", false),
        ("http://[::1]:3999", false),
        ("https://slack.test", false),
    ] {
        let client = Client::builder(base).build().unwrap();
        assert_eq!(client.is_open(), expected, "{base}");
    }
}

#[test]
fn what_cannot_work_is_said_at_once() {
    let ca = Client::builder("https://x").ca(b"no certificate").build();
    assert!(matches!(ca, Err(SetupError::Ca(_))), "{ca:?}");
    for token in ["", " ", "xoxb-1\u{e9}", "a b"] {
        let client = Client::new("http://x", token);
        assert_eq!(client.unwrap_err(), SetupError::Token, "{token:?}");
    }
}

#[test]
fn passwords_are_not_shown() {
    for (url, shown) in [
        ("socks5://me:secret@y:1", "socks5://…@y:1: "),
        ("me:secret@y:1", "…@y:1: "),
        ("ftp://me:sec@secret@y", "ftp://…@y: "),
        ("y:1", "y:1: "),
    ] {
        let proxy = Client::builder("http://x").proxy(url).build();
        let base = Client::builder(url);
        assert!(!format!("{base:?}").contains("secret"));
        for error in [proxy.unwrap_err(), base.build().unwrap_err()] {
            let error = error.to_string();
            assert!(
                error.starts_with(shown) && !error.contains("secret"),
                "{error}"
            );
        }
    }
    let base = Client::builder("http://me:secret@x").build();
    let error = base.unwrap_err().to_string();
    assert!(error.starts_with("http://…@x: a base URL is"), "{error}");
}

#[test]
fn no_part_of_a_token_that_tells_is_left() {
    let token = "xoxb-12345678";
    for (text, expected) in [
        ("", ""),
        ("xoxb-12345678", "(redacted)"),
        (
            "a xoxb-12345678 b xoxb-12345678",
            "a (redacted) b (redacted)",
        ),
        ("cut xoxb-1234567", "cut (redacted)"),
        ("cut xoxb-123", "cut (redacted)"),
        ("both xoxb-12345678xoxb-1234", "both (redacted)(redacted)"),
        ("xoxb-12", "xoxb-12"),
        ("another is xoxb-12345999", "another is xoxb-12345999"),
    ] {
        assert_eq!(redacted(text, token), expected);
    }
    for short in ["", "t", "status"] {
        let text = "the status is text";
        assert_eq!(redacted(text, short), text);
    }
}

#[test]
fn tokens_are_not_shown() {
    let client = Client::new("http://x", "xoxb-secret").unwrap();
    assert!(!format!("{client:?}").contains("secret"));
    let builder = Client::builder("http://x").token("xoxb-secret");
    assert!(!format!("{builder:?}").contains("secret"));
}
