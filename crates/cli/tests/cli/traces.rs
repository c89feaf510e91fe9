//! Traces as operators set them, by the variables that OpenTelemetry has for it.

use crate::{Server, broken::Caller, directory, failure, guestlist, text};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    thread,
};

#[test]
fn spans_go_where_the_environment_says_and_no_later_than_the_end() {
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", collector.local_addr().unwrap());
    let came = thread::spawn(move || {
        let mut stream = BufReader::new(collector.accept().unwrap().0);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let from = head.len();
            assert!(stream.read_line(&mut head).unwrap() > 0, "{head}");
            if let Some(value) = head[from..].strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        stream.get_mut().write_all(answer).unwrap();
        (head, String::from_utf8(body).unwrap())
    });
    let place = directory();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2"),
        ("OTEL_SERVICE_NAME", "invitations"),
    ];
    let shown = guestlist(place.path(), &["config"])
        .envs(variables)
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains(&format!("{address}/v1/traces")) && !shown.contains("hunter2"),
        "{shown}"
    );
    let mut command = guestlist(place.path(), &["serve", "--listen", "127.0.0.1:0"]);
    command.envs(variables);
    let server = Server::spawn(command);
    let answered = Caller::with(&server, "xoxb-sample-greeter").ask("auth.test", "");
    assert_eq!(server.stop().0, Some(0));
    let (head, body) = came.join().unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("x-key: hunter2\r\n"), "{head}");
    for part in ["invitations", "POST /api/auth.test", &answered.req_id] {
        assert!(body.contains(part), "{body}");
    }
    assert!(!body.contains("xoxb-"), "{body}");
}

#[test]
fn what_cannot_be_had_is_told() {
    let place = directory();
    for (args, told) in [
        (&["--traces", "localhost:4318"][..], "--traces: the address"),
        (
            &["--traces-sampler", "often"],
            "--traces-sampler: \"often\": a sampler",
        ),
        (
            &["--traces", "http://h", "--traces-ca", "absent.pem"],
            "--traces-ca: absent.pem: cannot be read",
        ),
    ] {
        let (code, words) = failure(place.path(), &[&["serve"], args].concat());
        assert!(code == 2 && words.contains(told), "{words}");
    }
    assert!(!place.path().join("guestlist-data").exists());
    let shown = text(place.path(), &["config", "--traces", "off"]);
    assert!(
        shown.contains("traces") && shown.contains("--traces"),
        "{shown}"
    );
    // Variables that others share trouble nobody but who serves.
    let refused = |args: &[&str]| {
        let output = guestlist(place.path(), args)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317")
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
            .output()
            .unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        words.contains("OTEL_EXPORTER_OTLP_PROTOCOL: \"grpc\"")
    };
    assert!(refused(&["serve"]) && refused(&["config"]) && !refused(&["token", "list"]));
}
