//! What lives for minutes, in a store that one server has and in one that nodes share.

use crate::home::Home;
use guestlist_domain::Timestamp;
use guestlist_store::{Clock, Fleeting, Store};

const NOON: Timestamp = Timestamp(1_700_000_000_000_000);

fn new(name: &str, owner: &str, doc: &str) -> Fleeting {
    let until = Timestamp(NOON.0 + 60_000_000);
    Fleeting::new(name.to_owned(), owner.to_owned(), until, doc.to_owned())
}

async fn docs(store: &Store, owner: &str, beginning: &str) -> Vec<String> {
    let found = store.fleeting_of(owner, beginning).await.unwrap();
    found.into_iter().map(|one| one.doc).collect()
}

#[tokio::test]
async fn it_is_kept_once_replaced_as_it_was_found_and_gone_in_time() {
    let home = Home::sample();
    let clock = Clock::standing(NOON);
    let store = home.open_by(clock.clone());
    for name in ["a:1", "a:\0"] {
        assert_eq!(store.fleeting(name).await.unwrap(), None);
    }
    assert!(
        store
            .keep_fleeting(new("a:1", "U0ADA", "first é'"))
            .await
            .unwrap()
    );
    assert!(
        !store
            .keep_fleeting(new("a:1", "U0BEN", "second"))
            .await
            .unwrap()
    );
    assert!(
        store
            .keep_fleeting(new("b:1", "U0ADA", "other"))
            .await
            .unwrap()
    );
    assert!(
        store
            .keep_fleeting(new("a:2", "U0BEN", "his"))
            .await
            .unwrap()
    );
    assert_eq!(docs(&store, "U0ADA", "a:").await, ["first é'"]);
    assert_eq!(docs(&store, "U0ADA", "").await, ["first é'", "other"]);
    let found = store.fleeting("a:1").await.unwrap().unwrap();
    let next = |doc: &str| Some((doc.to_owned(), found.until));
    assert!(store.replace_fleeting(&found, next("next")).await.unwrap());
    // It has changed since.
    assert!(!store.replace_fleeting(&found, next("lost")).await.unwrap());
    assert!(!store.replace_fleeting(&found, None).await.unwrap());
    let found = store.fleeting("a:1").await.unwrap().unwrap();
    assert_eq!(found.doc, "next");
    assert!(store.replace_fleeting(&found, None).await.unwrap());
    assert_eq!(store.fleeting("a:1").await.unwrap(), None);
    clock.advance(60_000_000);
    assert_eq!(docs(&store, "U0ADA", "").await, Vec::<String>::new());
    assert_eq!(store.fleeting("b:1").await.unwrap(), None);
    // The name is free again.
    let again = Fleeting::new(
        "b:1".to_owned(),
        "U0BEN".to_owned(),
        Timestamp(NOON.0 + 120_000_000),
        "later".to_owned(),
    );
    assert!(store.keep_fleeting(again).await.unwrap());
    store.close().await;
}

#[tokio::test]
async fn nodes_on_one_database_have_the_same() {
    let home = Home::sample();
    if !home.is_elsewhere() {
        return;
    }
    let clock = Clock::standing(NOON);
    let one = home.open_by(clock.clone());
    let other = home.killed().open_by(clock.clone());
    assert!(
        one.keep_fleeting(new("a:1", "U0ADA", "first"))
            .await
            .unwrap()
    );
    let found = other.fleeting("a:1").await.unwrap().unwrap();
    let next = Some(("next".to_owned(), found.until));
    assert!(other.replace_fleeting(&found, next.clone()).await.unwrap());
    assert!(!one.replace_fleeting(&found, next).await.unwrap());
    assert_eq!(docs(&one, "U0ADA", "a:").await, ["next"]);
    one.close().await;
    other.close().await;
}
