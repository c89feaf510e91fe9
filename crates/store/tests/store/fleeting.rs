//! What lives for minutes, in a store that one server has and in one that nodes share.

use crate::home::Home;
use guestlist_domain::Timestamp;
use guestlist_store::{Clock, Fleeting, Store};

const NOON: Timestamp = Timestamp(1_700_000_000_000_000);

fn new(name: &str, owner: &str, doc: &str) -> Fleeting {
    let until = Timestamp(NOON.0 + 60_000_000);
    let whose = (owner.to_owned(), "T0ACME".parse().unwrap());
    Fleeting::new(name.to_owned(), whose, until, doc.to_owned())
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
    let mut again = new("b:1", "U0BEN", "later");
    again.until = Timestamp(NOON.0 + 120_000_000);
    assert!(store.keep_fleeting(again).await.unwrap());
    store.close().await;
}

#[tokio::test]
async fn it_goes_with_its_workspace() {
    let home = Home::sample();
    let store = home.open_by(Clock::standing(NOON));
    let mut other = new("a:2", "U0ADA", "theirs");
    other.team = "T0GLOBEX".parse().unwrap();
    for one in [new("a:1", "U0ADA", "ours"), other] {
        assert!(store.keep_fleeting(one).await.unwrap());
    }
    let gone = ["T0ACME".parse().unwrap()];
    store.forget_fleeting(&gone).await.unwrap();
    assert_eq!(docs(&store, "U0ADA", "").await, ["theirs"]);
    store.close().await;
}

/// In a world whose clock stands nothing ends by itself.
#[tokio::test]
async fn of_too_much_what_is_there_the_longest_goes() {
    let home = Home::sample();
    if home.is_elsewhere() {
        // A database would take minutes for so many.
        return;
    }
    let clock = Clock::standing(NOON);
    let store = home.open_by(clock.clone());
    let name = |i: u32| format!("a:{i}");
    for i in 0..21_000 {
        let one = new(&name(i), "U0ADA", "");
        assert!(store.keep_fleeting(one).await.unwrap(), "{i}");
    }
    let found = async |i: u32| store.fleeting(&name(i)).await.unwrap().is_some();
    assert_eq!(
        [found(0).await, found(900).await, found(1_100).await],
        [false, false, true]
    );
    assert!(found(20_999).await);
    // What was changed ends when it was said to then.
    let last = store.fleeting(&name(20_999)).await.unwrap().unwrap();
    let later = Timestamp(NOON.0 + 120_000_000);
    let next = Some(("next".to_owned(), later));
    assert!(store.replace_fleeting(&last, next).await.unwrap());
    clock.advance(60_000_000);
    assert_eq!(docs(&store, "U0ADA", "a:").await, ["next"]);
    assert!(store.keep_fleeting(new("b", "U0ADA", "")).await.unwrap());
    assert_eq!(docs(&store, "U0ADA", "a:").await, ["next"]);
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
