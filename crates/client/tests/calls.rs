//! The client against a listener that says what a test wants it to say.

use guestlist_client::{CallError, Client, Refusal};
use guestlist_methods::{
    api,
    conversations::invite::{Error, Invite},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A server for one call; resolves to the request it read.
async fn once(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/prefix/api/", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = String::new();
        while !request.contains("users=") {
            let mut bytes = [0; 4096];
            let n = stream.read(&mut bytes).await.unwrap();
            request.push_str(std::str::from_utf8(&bytes[..n]).unwrap());
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        request
    });
    (base, served)
}

const ARGUMENTS: &[(&str, &str)] = &[("channel", "C1"), ("users", "U1,U2")];

#[tokio::test]
async fn a_call_and_its_refusal() {
    let (base, served) = once(
        "HTTP/1.1 200 OK\r\ncontent-length: 109\r\nx-slack-req-id: 1\r\n\r\n\
         {\"ok\":false,\"error\":\"user_not_found\",\"errors\":[{\"user\":\"U1\",\"ok\":false,\
         \"error\":\"user_not_found\"},\"nonsense\"]}",
    )
    .await;
    let client = Client::new(&base, "xoxb-1").unwrap();
    let refused = client.call_as::<Invite>(ARGUMENTS).await.unwrap_err();
    assert_eq!(refused.to_string(), "refused: user_not_found");
    let Refusal::Own { error, envelope } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(error, Error::UserNotFound);
    assert_eq!(envelope.headers["x-slack-req-id"], "1");
    assert_eq!(
        envelope.person_errors::<Error>()[0],
        ("U1".to_owned(), Ok(Error::UserNotFound))
    );
    let request = served.await.unwrap();
    assert!(
        request.starts_with("POST /prefix/api/conversations.invite HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: Bearer xoxb-1\r\n"),
        "{request}"
    );
    assert!(request.ends_with("channel=C1&users=U1%2CU2"), "{request}");
}

#[tokio::test]
async fn a_code_that_is_not_the_methods_own_is_kept_as_text() {
    let (base, _served) =
        once("HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 34\r\n\r\n{\"ok\":false,\"error\":\"ratelimited\"}").await;
    let refused = Client::new(&base, "x")
        .unwrap()
        .call_as::<Invite>(ARGUMENTS)
        .await
        .unwrap_err();
    let Refusal::Other { code, envelope } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(code, "ratelimited");
    assert_eq!(envelope.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn what_is_no_answer_says_so() {
    let (base, _served) = once("HTTP/1.1 502 Bad\r\ncontent-length: 6\r\n\r\n<html>").await;
    let error = Client::new(&base, "x")
        .unwrap()
        .call("x", ARGUMENTS)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the answer (status 502 Bad Gateway) is not JSON; it begins \"<html>\""
    );

    let (base, _served) = once("HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n{\"ok\":tr").await;
    let error = Client::new(&base, "x")
        .unwrap()
        .call("x", ARGUMENTS)
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Broken(_)), "{error:?}");

    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let client = Client::new(&format!("http://{gone}"), "x").unwrap();
    let error = client.call("x", ARGUMENTS).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }), "{error:?}");

    for base in ["", "localhost:3999", "ftp://x", "https://x/api"] {
        assert!(
            matches!(Client::new(base, "x"), Err(CallError::BaseUrl(_))),
            "{base}"
        );
    }
}

#[tokio::test]
async fn a_method_without_codes_of_its_own_refuses_with_others() {
    let (base, _served) =
        once("HTTP/1.1 200 OK\r\ncontent-length: 29\r\n\r\n{\"ok\":false,\"error\":\"my_own\"}")
            .await;
    let client = Client::new(&base, "x").unwrap();
    let refused = client.call_as::<api::test::Test>(ARGUMENTS).await;
    assert!(
        matches!(&refused, Err(Refusal::Other { code, .. }) if code == "my_own"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limit = Duration::from_millis(30);
    let client = Client::new(
        &format!("http://{}", listener.local_addr().unwrap()),
        "xoxb-secret",
    );
    let client = client.unwrap().timeout(limit);
    let error = client.call("x", ARGUMENTS).await.unwrap_err();
    assert!(
        matches!(error, CallError::TimedOut(after) if after == limit),
        "{error:?}"
    );
    assert!(!format!("{client:?}").contains("secret"));
}
