//! What is told of a call that is under way.

use crate::{
    built, client,
    peer::{Peer, Say, answer, json},
};
use guestlist_client::{Arguments, Client, Failure, Source, Witness};
use std::{net::TcpListener, sync::Arc, time::Duration};

const OK: &str = r#"{"ok":true}"#;
const INVITE: &str = "conversations.invite";

/// Remembers what it was told, each thing once in a row.
#[derive(Default)]
struct Told {
    told: Vec<&'static str>,
    keeps_back: bool,
}

impl Told {
    fn note(&mut self, what: &'static str) {
        if self.told.last() != Some(&what) {
            self.told.push(what);
        }
    }
}

impl Witness for Told {
    fn sends(&mut self) -> Result<(), Source> {
        self.note("sends");
        match self.keeps_back {
            true => Err(Arc::new(std::io::Error::other("no room"))),
            false => Ok(()),
        }
    }

    fn came_to_nothing(&mut self) {
        self.note("nothing");
    }
}

fn arguments() -> Arguments {
    Arguments::from_iter([("channel", "C1"), ("users", "U1"), ("force", "true")])
}

#[tokio::test]
async fn what_comes_to_nothing_is_told_until_an_answer_is_lost() {
    let away = r#"{"ok":false,"error":"service_unavailable"}"#;
    let turned_away = || answer("429 Slow", "retry-after: 1\r\n", "{}");
    for (lost, told) in [
        (
            false,
            &["sends", "nothing", "sends", "nothing", "sends"][..],
        ),
        // What was lost may still be on its way, whatever the tries after it come to.
        (true, &["sends"]),
    ] {
        let peer = Peer::start(move |n, request| match n {
            _ if request.contains("members") => json(r#"{"ok":true,"members":[]}"#),
            0 if lost => Say::Nothing,
            0..3 => turned_away(),
            3 => answer("503 Away", "", away),
            _ => json(OK),
        });
        let (client, _) = client(&peer.base());
        let mut witness = Told::default();
        let arguments = arguments();
        let account = client.perform_before(&mut witness, INVITE, &arguments);
        assert!(account.await.end.is_ok());
        match lost {
            true => assert_eq!(witness.told, told),
            false => assert_eq!(witness.told[..5], *told),
        }
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_before_there_is_a_connection_came_to_nothing() {
    // Whoever listens there takes the connection and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap();
    for (scheme, told) in [("https", &["sends", "nothing"][..]), ("http", &["sends"])] {
        let (client, _) = built(Client::builder(&format!("{scheme}://{silent}")));
        let mut witness = Told::default();
        let arguments = arguments();
        let call = client.perform_before(&mut witness, INVITE, &arguments);
        let given_up = tokio::time::timeout(Duration::from_millis(100), call).await;
        assert!(given_up.is_err());
        assert_eq!(witness.told, told, "{scheme}");
    }
}

#[tokio::test]
async fn a_call_that_is_kept_back_is_not_sent() {
    let peer = Peer::start(|_, _| json(OK));
    let (client, _) = client(&peer.base());
    let mut witness = Told {
        keeps_back: true,
        ..Told::default()
    };
    let arguments = arguments();
    let account = client.perform_before(&mut witness, INVITE, &arguments);
    let failure = account.await.end.unwrap_err();
    assert!(matches!(failure, Failure::KeptBack(_)), "{failure:?}");
    assert_eq!(failure.chain(), "the call was kept back: no room");
    assert!(peer.requests().is_empty());
}
