//! Proxies, TLS and time.

use crate::{
    built, once,
    peer::{CA, Line, Peer, Say, answer, json, tls},
};
use guestlist_client::{Arguments, Client, Failure, Policy};
use std::{
    error::Error,
    io::{Read, Write, copy},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

const OK: &str = r#"{"ok":true}"#;

fn secure(peer: &Peer) -> String {
    format!("https://{}/api", peer.address)
}

/// A server that answers a greeting of TLS in plain words.
fn not_tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}/api", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    base
}

#[tokio::test]
async fn a_certificate_counts_only_with_its_ca() {
    let peer = Peer::over(tls(), |_, _| json(OK));
    let (trusting, _) = built(Client::builder(&secure(&peer)).ca(CA));
    assert!(
        trusting
            .raw("api.test", &Arguments::new())
            .await
            .unwrap()
            .is_ok()
    );
    assert_eq!(peer.requests().len(), 1);

    let (careful, skip) = built(Client::builder(&secure(&peer)));
    let account = careful.perform("api.test", &Arguments::new()).await;
    let failure = account.end.unwrap_err();
    assert!(
        matches!(failure, Failure::Certificate { .. }) && failure.nothing_sent(),
        "{failure:?}"
    );
    assert_eq!(
        failure.to_string(),
        "the certificate of 127.0.0.1 does not verify"
    );
    assert!(skip.waited().is_empty(), "another attempt would end alike");
    assert_eq!(peer.requests().len(), 1, "nothing was sent");

    let (client, _) = built(Client::builder(&not_tls()).ca(CA).policy(Policy::once()));
    let failure = client.raw("api.test", &Arguments::new()).await.unwrap_err();
    assert!(
        matches!(failure, Failure::Tls { .. }) && failure.nothing_sent(),
        "{failure:?}"
    );
}

#[tokio::test]
async fn plain_calls_go_through_a_proxy_with_the_whole_address() {
    let proxy = Peer::start(|_, _| json(OK));
    let named = format!("http://me:pass@{}", proxy.address);
    let client = Client::builder("http://slack.test/api")
        .token("xoxb-1")
        .proxy(&named);
    let (client, _) = built(client);
    assert!(
        client
            .raw("api.test", &Arguments::new())
            .await
            .unwrap()
            .is_ok()
    );
    let request = &proxy.requests()[0];
    assert!(
        request.starts_with("POST http://slack.test/api/api.test HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("proxy-authorization: Basic bWU6cGFzcw==\r\n"),
        "{request}"
    );
}

/// A proxy that connects whatever address it is told to one server.
fn tunnel(to: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heads = asked.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).unwrap_or(0) == 0 {
                    break;
                }
                head.push(byte[0]);
            }
            heads.lock().unwrap().push(String::from_utf8(head).unwrap());
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
            let mut server = TcpStream::connect(&to).unwrap();
            let (mut back_from, mut back_to) =
                (server.try_clone().unwrap(), stream.try_clone().unwrap());
            thread::spawn(move || copy(&mut back_from, &mut back_to));
            thread::spawn(move || copy(&mut stream, &mut server));
        }
    });
    (address, asked)
}

#[tokio::test]
async fn encrypted_calls_go_through_a_tunnel() {
    let peer = Peer::over(tls(), |_, _| json(OK));
    let (proxy, asked) = tunnel(peer.address.clone());
    let builder = Client::builder("https://localhost:7/api")
        .token("xoxb-secret")
        .ca(CA);
    let (client, _) = built(builder.proxy(&format!("http://me:pass@{proxy}")));
    assert!(
        client
            .raw("api.test", &Arguments::new())
            .await
            .unwrap()
            .is_ok()
    );
    let asked = asked.lock().unwrap().join("");
    assert!(
        asked.starts_with("CONNECT localhost:7 HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked.contains("Proxy-Authorization: Basic bWU6cGFzcw==\r\n"),
        "{asked}"
    );
    assert!(
        !asked.contains("secret"),
        "the token is for the server alone"
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    for (status, why) in [
        (
            "407 Who Are You",
            "it answers 407 Proxy Authentication Required",
        ),
        ("403 Forbidden", "it answers 403 Forbidden"),
        ("502 Bad Gateway", "it answers 502 Bad Gateway"),
        ("", "invalid HTTP status-code parsed"),
    ] {
        let proxy = Peer::start(move |_, _| answer(status, "", ""));
        let failure = through(&proxy).await;
        assert_eq!(
            failure.to_string(),
            format!(
                "the proxy {} does not connect to localhost:7",
                proxy.address
            )
        );
        assert_eq!(failure.source().unwrap().to_string(), why);
        assert!(failure.nothing_sent());
    }
    for (said, why) in [
        (Say::Nothing, "connection closed before message completed"),
        (
            Say::Last(b"220 mail.test ESMTP\r\n\r\n".into()),
            "invalid HTTP version parsed",
        ),
    ] {
        let said = Mutex::new(Some(said));
        let proxy = Peer::start(move |_, _| said.lock().unwrap().take().unwrap());
        let failure = through(&proxy).await;
        assert_eq!(failure.source().unwrap().to_string(), why);
        assert!(failure.nothing_sent());
    }
}

/// Why an encrypted call does not get through this proxy.
async fn through(proxy: &Peer) -> Failure {
    let builder = Client::builder("https://localhost:7/api").policy(Policy::once());
    let (client, _) = built(builder.proxy(&format!("http://{}", proxy.address)));
    client.raw("api.test", &Arguments::new()).await.unwrap_err()
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let limit = Duration::from_millis(30);
    let peer = Peer::start(|_, _| Say::Wait);
    let builder = Client::builder(&peer.base())
        .answer_timeout(limit)
        .policy(Policy::once());
    let failure = builder
        .build()
        .unwrap()
        .raw("x.y", &Arguments::new())
        .await
        .unwrap_err();
    assert!(
        matches!(failure, Failure::TimedOut(after) if after == limit),
        "{failure:?}"
    );
    assert!(failure.is_uncertain());
}

#[tokio::test]
async fn what_came_before_an_answer_stalled_is_told() {
    for (status, uncertain) in [("200 OK", true), ("403 No", false)] {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 9\r\n\r\n{{\"o");
        let peer = Peer::start(move |_, _| Say::This(head.clone().into()));
        let builder = Client::builder(&peer.base())
            .answer_timeout(Duration::from_millis(50))
            .policy(Policy::once());
        let client = builder.build().unwrap();
        let account = client.perform("x.y", &Arguments::new()).await;
        let exchange = account.answer().unwrap();
        assert!(status.starts_with(exchange.status.as_str()));
        assert_eq!(&exchange.body[..], b"{\"o");
        assert_eq!(account.is_uncertain(), uncertain, "{account:?}");
        assert_eq!(
            account.end.unwrap_err().chain(),
            "the answer was cut short: 3 bytes of its body came of 9 announced: the rest did not come within 0.05 s"
        );
    }
}

#[tokio::test]
async fn nothing_was_sent_before_there_is_a_connection() {
    // Whoever listens there takes the connection and says nothing: neither TLS nor as a proxy.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    for builder in [
        Client::builder(&format!("https://{silent}")),
        Client::builder("https://localhost:7").proxy(&format!("http://{silent}")),
    ] {
        let builder = builder.answer_timeout(Duration::from_millis(50));
        let client = builder.policy(Policy::once()).build().unwrap();
        let failure = client.raw("x.y", &Arguments::new()).await.unwrap_err();
        assert!(
            matches!(failure, Failure::Unreachable { .. }) && !failure.is_uncertain(),
            "{failure:?}"
        );
        assert!(
            failure
                .chain()
                .ends_with("cannot be reached: no connection within 0.05 s"),
            "{}",
            failure.chain()
        );
    }
}

#[tokio::test]
async fn a_proxy_that_wants_to_know_who_asks_is_asked_once() {
    let (https, http) = ("https://localhost:7/api", "http://localhost:7/api");
    for (base, status, asked) in [
        (https, "407 Who", 1),
        (https, "403 No", 1),
        (https, "502 Bad", 5),
        (http, "407 Who", 1),
    ] {
        let proxy = Peer::start(move |_, _| answer(status, "", "<html>"));
        let builder = Client::builder(base);
        let (client, _) = built(builder.proxy(&format!("http://{}", proxy.address)));
        let account = client.perform("api.test", &Arguments::new()).await;
        assert_eq!(proxy.requests().len(), asked, "{account:?}");
        let told = account.attempts[0].to_string();
        let code = &status[..3];
        assert!(told.contains(&format!(": it answers {code} ")), "{told}");
        let failure = account.end.unwrap_err();
        let words = format!(
            "the proxy {} does not connect to localhost:7",
            proxy.address
        );
        assert_eq!(failure.to_string(), words);
        assert!(failure.nothing_sent() && !failure.is_uncertain());
    }
    // A server that answers so is no proxy.
    let peer = Peer::start(|_, _| answer("407 Who", "", "<html>"));
    let failure = once(&peer.base()).raw("api.test", &Arguments::new()).await;
    assert!(
        matches!(failure, Err(Failure::NotJson { .. })),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let connections = Arc::new(Mutex::new(0));
    let counted = connections.clone();
    let wrap = move |stream| -> Box<dyn Line> {
        *counted.lock().unwrap() += 1;
        Box::new(stream)
    };
    let peer = Peer::over(wrap, |_, _| json(OK));
    let client = once(&peer.base());
    for _ in 0..3 {
        client.raw("api.test", &Arguments::new()).await.unwrap();
    }
    assert_eq!(*connections.lock().unwrap(), 1);
}
