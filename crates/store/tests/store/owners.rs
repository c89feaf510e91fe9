//! Whom a token stands for, and how soon a dead one is.

use crate::{
    home::{Home, change, id},
    script::{made, revoked},
};
use guestlist_store::world::token_hash;
use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

#[tokio::test]
async fn an_owner_is_everything_a_caller_is() {
    let home = Home::sample();
    let store = home.open();
    let owner = store
        .owner(token_hash("xoxb-sample-greeter"))
        .unwrap()
        .unwrap();
    let caller = owner.caller.as_ref().unwrap();
    assert_eq!((caller.id(), caller.team()), (id("U0GREET"), id("T0ACME")));
    assert_eq!(owner.app.as_ref().unwrap().id, id("A0GREET"));
    assert!(store.owner(token_hash("never made")).unwrap().is_none());
}

#[tokio::test]
async fn a_new_token_is_known_at_once_and_a_revoked_one_dead() {
    let home = Home::sample();
    let store = home.open();
    let hash = token_hash("fresh");
    assert!(store.owner(hash).unwrap().is_none());
    change(&store, |_| vec![made("fresh")]).await;
    for _ in 0..2 {
        assert!(!store.owner(hash).unwrap().unwrap().token.revoked);
    }
    change(&store, |_| vec![revoked("fresh")]).await;
    assert!(store.owner(hash).unwrap().unwrap().token.revoked);
    // Another's fate is its own.
    assert!(
        !store
            .owner(token_hash("xoxp-sample-ada"))
            .unwrap()
            .unwrap()
            .token
            .revoked
    );
}

/// Threads that ask all the time read the state before the end, some of them during it; none of
/// what they read may be remembered after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_read_before_the_end_is_not_remembered_after_it() {
    let home = Home::sample();
    let store = home.open();
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let names: Vec<String> = (0..40).map(|n| format!("short-lived {n}")).collect();
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        for name in &names {
                            store.owner(token_hash(name)).unwrap();
                        }
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            for name in &names {
                let (text, hash) = (name.clone(), token_hash(name));
                runtime.block_on(change(&store, move |_| vec![made(&text)]));
                let rounds = asked.load(Ordering::Relaxed);
                while asked.load(Ordering::Relaxed) == rounds {
                    thread::yield_now();
                }
                let text = name.clone();
                runtime.block_on(change(&store, move |_| vec![revoked(&text)]));
                for _ in 0..100 {
                    assert!(
                        store.owner(hash).unwrap().unwrap().token.revoked,
                        "{name} came back to life"
                    );
                }
            }
            over.store(true, Ordering::Relaxed);
        });
    });
}
