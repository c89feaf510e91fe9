//! How calls are written and answers come back, whatever the method.

use crate::app::{App, parse};
use guestlist_server::Settings;
use guestlist_store::Clock;
use serde_json::json;
use std::{
    io::Write,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const BOT: (&str, &str) = ("Authorization", "Bearer xoxb-sample-greeter");

#[tokio::test]
async fn every_way_to_write_a_call() {
    let app = App::sample().await;
    let json_type = ("Content-Type", "application/json; charset=utf-8");
    let multipart = ("Content-Type", "multipart/form-data; boundary=X");
    let part = b"--X\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nC0OPS\r\n--X--\r\n";
    for (verb, query, headers, body) in [
        ("GET", "?channel=C0OPS", vec![BOT], &b""[..]),
        (
            "GET",
            "?channel=C0OPS&token=xoxb-sample-greeter",
            vec![],
            b"",
        ),
        ("POST", "", vec![BOT, FORM], b"channel=C0OPS"),
        (
            "POST",
            "",
            vec![FORM],
            b"channel=C0OPS&token=xoxb-sample-greeter",
        ),
        // The asynchronous Python client: arguments in the URL, an empty body.
        ("POST", "?channel=C0OPS", vec![BOT, FORM], b""),
        ("POST", "?channel=C0OPS", vec![BOT, json_type], b""),
        (
            "POST",
            "?channel=C0WELCOME",
            vec![BOT, FORM],
            b"channel=C0OPS",
        ),
        (
            "POST",
            "",
            vec![BOT, json_type],
            br#"{"channel":"C0OPS","include_locale":null}"#,
        ),
        (
            "POST",
            "",
            vec![BOT, ("Content-Type", "text/plain; charset=utf-8")],
            b"channel=C0OPS",
        ),
        ("POST", "", vec![BOT, multipart], part),
    ] {
        let answer = app
            .send(
                verb,
                &format!("/api/conversations.info{query}"),
                &headers,
                body,
            )
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json()["channel"]["id"],
            "C0OPS",
            "{verb} {query} {headers:?}: {}",
            answer.json()
        );
        assert!(answer.json().get("warning").is_none());
    }
}

#[tokio::test]
async fn what_is_written_wrong_is_refused() {
    let app = App::sample().await;
    let typed = |kind: &'static str| vec![BOT, ("Content-Type", kind)];
    for (headers, body, code) in [
        (vec![BOT], &b"channel=C0OPS"[..], "missing_post_type"),
        (typed("text/xml"), b"<x/>", "invalid_post_type"),
        (
            typed("application/json; charset=utf-16"),
            b"{}",
            "invalid_charset",
        ),
        (typed("application/json"), b"{", "invalid_json"),
        (typed("application/json"), b"[]", "json_not_object"),
        (
            typed("multipart/form-data; boundary=X"),
            b"nonsense",
            "invalid_form_data",
        ),
        (vec![BOT, FORM], b"channel=%", "invalid_form_data"),
        (vec![BOT, FORM], b"a-b=1", "invalid_arg_name"),
        (vec![BOT, FORM], b"a-b=1&foo[7]=1", "invalid_array_arg"),
        (vec![BOT, FORM], b"foo[7]=1", "invalid_array_arg"),
    ] {
        let answer = app
            .send("POST", "/api/conversations.info", &headers, body)
            .await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (200, code),
            "{headers:?}"
        );
    }
    // Of a call in JSON the token is in the header: it counts neither inside nor in the query.
    let body = br#"{"token":"xoxb-sample-greeter"}"#;
    let json_type = ("Content-Type", "application/json;charset=utf-8");
    assert_eq!(
        app.send("POST", "/api/auth.test", &[json_type], body)
            .await
            .error(),
        "not_authed"
    );
    let path = "/api/auth.test?token=xoxb-sample-greeter";
    let answer = app.send("POST", path, &[json_type], b"{}").await;
    assert_eq!(answer.error(), "not_authed");
}

#[tokio::test]
async fn the_order_of_the_ladder() {
    let app = App::sample().await;
    // Type before names, names before the method, the method before the token.
    let answer = app
        .send(
            "POST",
            "/api/no.such",
            &[("Content-Type", "text/xml")],
            b"a-b=1",
        )
        .await;
    assert_eq!(answer.error(), "invalid_post_type");
    let answer = app.send("POST", "/api/no.such", &[FORM], b"a-b=1").await;
    assert_eq!(answer.error(), "invalid_arg_name");
    let answer = app.send("POST", "/api/no.such", &[FORM], b"a=1").await;
    assert_eq!(answer.error(), "unknown_method");
    let answer = app
        .send("POST", "/api/conversations.invite", &[FORM], b"a=1")
        .await;
    assert_eq!(answer.error(), "not_authed");
}

#[tokio::test]
async fn warnings_ride_on_every_answer() {
    let app = App::sample().await;
    for (kind, body, token, ok, warning) in [
        (
            "application/json",
            &b"{}"[..],
            true,
            true,
            "missing_charset",
        ),
        ("application/json", b"{}", false, false, "missing_charset"),
        (
            "application/x-www-form-urlencoded; charset=utf-8",
            b"a=1",
            true,
            true,
            "superfluous_charset",
        ),
    ] {
        let mut headers = vec![("Content-Type", kind)];
        headers.extend(token.then_some(BOT));
        let answer = app
            .send("POST", "/api/auth.test", &headers, body)
            .await
            .json();
        assert_eq!(answer["ok"], ok);
        assert_eq!(answer["warning"], warning);
        assert_eq!(answer["response_metadata"]["warnings"], json!([warning]));
    }
}

#[tokio::test]
async fn a_missing_argument_is_named() {
    let app = App::sample().await;
    let answer = app
        .call("conversations.info", "xoxb-sample-greeter", &[])
        .await;
    assert_eq!(answer["error"], "invalid_arguments");
    assert_eq!(
        answer["response_metadata"]["messages"],
        json!(["[ERROR] missing required field: channel"])
    );
    // Present but empty is the look-up's affair.
    assert_eq!(
        app.refused(
            "conversations.info",
            "xoxb-sample-greeter",
            &[("channel", "")]
        )
        .await,
        "channel_not_found"
    );
}

#[tokio::test]
async fn api_test_echoes() {
    let app = App::sample().await;
    let answer = app.send("GET", "/api/api.test", &[], b"").await;
    assert_eq!(answer.json(), json!({"ok": true, "args": {}}));
    let answer = app
        .send("POST", "/api/api.test", &[FORM], b"foo=bar&error=oh")
        .await;
    assert_eq!(
        answer.json(),
        json!({"ok": false, "error": "oh", "args": {"foo": "bar", "error": "oh"}})
    );
}

#[tokio::test]
async fn compressed_both_ways() {
    let app = App::sample().await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(b"channel=C0OPS").unwrap();
    let packed = packed.finish().unwrap();
    let headers = [
        BOT,
        FORM,
        ("Content-Encoding", "gzip"),
        ("Accept-Encoding", "gzip, deflate, br"),
    ];
    let answer = app
        .send("POST", "/api/conversations.info", &headers, &packed)
        .await;
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert_eq!(answer.headers["vary"], "Accept-Encoding");
    let mut text = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::GzDecoder::new(&answer.body[..]),
        &mut text,
    )
    .unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["channel"]["id"],
        "C0OPS"
    );
}

#[tokio::test]
async fn the_headers_of_the_captured_answer() {
    let app = App::sample().await;
    let headers = [BOT, FORM, ("Accept-Encoding", "gzip")];
    let answer = app
        .send(
            "POST",
            "/api/conversations.invite",
            &headers,
            b"channel=C0RANDOM&users=U0EMIL",
        )
        .await;
    for name in [
        "date",
        "server",
        "x-powered-by",
        "access-control-allow-origin",
        "referrer-policy",
        "x-slack-backend",
        "x-slack-unique-id",
        "strict-transport-security",
        "access-control-allow-headers",
        "access-control-expose-headers",
        "x-oauth-scopes",
        "x-accepted-oauth-scopes",
        "expires",
        "cache-control",
        "pragma",
        "x-xss-protection",
        "x-content-type-options",
        "x-slack-req-id",
        "vary",
        "content-encoding",
        "content-length",
        "content-type",
        "x-envoy-upstream-service-time",
        "x-backend",
        "x-server",
        "x-slack-shared-secret-outcome",
        "via",
        "x-edge-backend",
        "x-slack-edge-shared-secret-outcome",
    ] {
        assert!(answer.headers.contains_key(name), "{name} is missing");
    }
    assert!(answer.headers["x-oauth-scopes"].starts_with("channels:history,channels:join,"));
    assert_eq!(
        answer.headers["content-type"],
        "application/json; charset=utf-8"
    );
}

#[tokio::test]
async fn a_browser_may_ask_first() {
    let app = App::sample().await;
    let answer = app
        .send(
            "OPTIONS",
            "/api/conversations.invite",
            &[("Origin", "https://example.test")],
            b"",
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert!(answer.headers["access-control-allow-headers"].contains("authorization"));
    assert!(answer.headers["access-control-allow-methods"].contains("POST"));
}

/// Whoever asks for the head alone, or means something else by it, has called nothing.
#[tokio::test]
async fn other_verbs_than_get_and_post_call_nothing() {
    let app = App::sample().await;
    let path = "/api/conversations.invite?channel=C0WELCOME&users=U0BEN";
    for verb in ["HEAD", "PUT", "PATCH", "DELETE", "BREW"] {
        let answer = app.send(verb, path, &[BOT], b"").await;
        assert_eq!(answer.status, 405, "{verb}");
        assert_eq!(answer.headers["allow"], "GET, POST, OPTIONS");
        let says = if verb == "HEAD" {
            ""
        } else {
            "methods are called with GET or POST\n"
        };
        assert_eq!(String::from_utf8_lossy(&answer.body), says, "{verb}");
    }
    let answer = app.send("GET", path, &[BOT], b"").await;
    assert_eq!(answer.json()["ok"], true, "nobody was invited before");
}

#[tokio::test]
async fn too_much_is_refused_and_the_connection_closed() {
    let app = App::sample().await;
    let body = vec![b'x'; (1 << 20) + 1];
    let answer = app.send("POST", "/api/api.test", &[FORM], &body).await;
    assert_eq!(answer.error(), "invalid_arguments");
    assert_eq!(answer.headers["connection"], "close");
    let message = answer.json()["response_metadata"]["messages"][0].to_string();
    assert!(message.contains("1048576 bytes"), "{message}");
    // The same in pieces whose sum nobody announced.
    let mut chunked = b"POST /api/api.test HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n".to_vec();
    for _ in 0..17 {
        chunked.extend(b"10000\r\n");
        chunked.extend([b'x'; 0x10000]);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    assert_eq!(app.raw(&chunked).await.error(), "invalid_arguments");
    // And as a small parcel that unpacks to much.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b'x'; 64 << 20]).unwrap();
    let answer = app
        .send(
            "POST",
            "/api/api.test",
            &[FORM, ("Content-Encoding", "gzip")],
            &bomb.finish().unwrap(),
        )
        .await;
    assert_eq!(answer.error(), "invalid_arguments");
}

#[tokio::test]
async fn ten_thousand_arguments_and_no_more() {
    let app = App::sample().await;
    let many = |n: usize| {
        (0..n)
            .map(|i| format!("a{i}=1"))
            .collect::<Vec<_>>()
            .join("&")
    };
    let answer = app
        .send("POST", "/api/api.test", &[FORM], many(10_000).as_bytes())
        .await;
    assert_eq!(answer.json()["args"].as_object().unwrap().len(), 10_000);
    let answer = app
        .send("POST", "/api/api.test", &[FORM], many(10_001).as_bytes())
        .await;
    assert_eq!(answer.error(), "invalid_arguments");
}

#[tokio::test]
async fn a_body_cut_short_times_out() {
    let app = App::sample().await;
    let request = b"POST /api/api.test HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let answer = app.raw(request).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (200, "request_timeout")
    );
}

#[tokio::test]
async fn a_slow_body_times_out() {
    let settings = Settings {
        read_timeout: Duration::from_millis(50),
        ..Settings::default()
    };
    let app = App::with_settings(guestlist_store::world::SAMPLE, settings).await;
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream
        .write_all(b"POST /api/api.test HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\na=")
        .await
        .unwrap();
    // The sending half stays open: only the clock ends this.
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(parse(&bytes).error(), "request_timeout");
}

#[tokio::test]
async fn the_answer_to_a_body_that_is_not_read_arrives() {
    let app = App::sample().await;
    let body = vec![b'x'; 5 << 20];
    for path in [
        "/api/api.test",
        "/scim/v2/Users",
        "/audit/v1/logs",
        "/control/v1/tokens",
        "/share/x",
        "/nowhere",
    ] {
        // It would not arrive of every one.
        for _ in 0..5 {
            let length = body.len().to_string();
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
            );
            let mut stream = TcpStream::connect(app.address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&body).await.expect(path);
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await.expect(path);
            let answer = parse(&bytes);
            if path.starts_with("/api/") {
                assert_eq!(answer.error(), "invalid_arguments");
            } else {
                assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn large_bodies_that_do_not_come_hold_up_no_small_ones_and_others_for_a_while() {
    let settings = Settings {
        read_timeout: Duration::from_secs(1),
        max_body: 32 << 20,
        ..Settings::default()
    };
    // Each node has a budget of its own.
    let sample = guestlist_store::world::SAMPLE;
    let app = App::alone(sample, settings, Clock::default()).await;
    let large = "x".repeat(100_000);
    let head = "POST /api/api.test HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 33554432\r\n\r\na=";
    let mut slow = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        let sent = format!("{head}{large}");
        stream.write_all(sent.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let began = Instant::now();
    let call = async |body: &str| {
        let asked = Instant::now();
        let answer = app
            .send("POST", "/api/api.test", &[FORM], body.as_bytes())
            .await;
        assert_eq!(answer.json()["ok"], true);
        asked.elapsed()
    };
    let body = format!("a={large}");
    let half = Duration::from_millis(500);
    loop {
        let (small, large) = tokio::join!(call("a=1"), call(&body));
        assert!(small < half, "{small:?}");
        if large > Duration::from_millis(100) {
            break;
        }
        // What was sent may not have come yet.
        assert!(began.elapsed() < half, "there is room for everybody");
    }
    for mut stream in slow {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(parse(&bytes).error(), "request_timeout");
    }
}

#[tokio::test]
async fn a_head_of_much_more_than_64_kib_is_not_read() {
    let app = App::sample().await;
    let long = "x".repeat(60_000);
    let headers = [("X-Long", long.as_str())];
    let answer = app.send("GET", "/api/api.test", &headers, b"").await;
    assert_eq!(answer.status, 200);

    let long = "x".repeat(200_000);
    let request = format!("GET /api/api.test HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n");
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    // Who goes on sending may not get to read the answer.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    assert!(bytes.is_empty() || parse(&bytes).status == 431);
}

#[tokio::test]
async fn health() {
    let app = App::sample().await;
    assert_eq!(app.send("GET", "/healthz", &[], b"").await.status, 200);
    assert_eq!(app.send("GET", "/readyz", &[], b"").await.status, 200);
    app.close().await;
    assert_eq!(app.send("GET", "/healthz", &[], b"").await.status, 200);
    let answer = app
        .send(
            "POST",
            "/api/conversations.invite",
            &[BOT, FORM],
            b"channel=C0OPS&users=U0BEN",
        )
        .await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (503, "service_unavailable")
    );
}
