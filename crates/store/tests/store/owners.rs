//! Whom a token stands for, and how soon a dead one is.

use crate::{
    home::{Home, change, id, seed},
    script::{MORE, assigned, made, revoked, unassigned},
};
use guestlist_domain::{Change, Timestamp, UserId};
use guestlist_store::{
    Postgres, Store, StoreError, TokenOwner, testing,
    world::{SAMPLE, token_hash},
};
use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use tokio_postgres::{Config, NoTls};

async fn owned(store: &Store, token: &str) -> Option<Arc<TokenOwner>> {
    store.owner(token_hash(token)).await.unwrap()
}

#[tokio::test]
async fn an_owner_is_everything_a_caller_is() {
    let home = Home::sample();
    let store = home.open();
    let owner = owned(&store, "xoxb-sample-greeter").await.unwrap();
    let caller = owner.caller.as_ref().unwrap();
    assert_eq!((caller.id(), caller.team()), (id("U0GREET"), id("T0ACME")));
    assert_eq!(owner.app.as_ref().unwrap().id, id("A0GREET"));
    for _ in 0..2 {
        assert!(owned(&store, "never made").await.is_none());
    }
}

#[tokio::test]
async fn a_new_token_is_known_at_once_and_a_revoked_one_dead() {
    let home = Home::sample();
    let store = home.open();
    for _ in 0..2 {
        assert!(owned(&store, "fresh").await.is_none());
    }
    change(&store, |_| vec![made("fresh")]).await;
    for _ in 0..2 {
        assert!(!owned(&store, "fresh").await.unwrap().token.revoked);
    }
    change(&store, |_| vec![revoked("fresh")]).await;
    assert!(owned(&store, "fresh").await.unwrap().token.revoked);
    // Another's fate is its own.
    let other = owned(&store, "xoxp-sample-ada").await.unwrap();
    assert!(!other.token.revoked);
    // Those that come with their workspace, too.
    assert!(owned(&store, "xoxb-more").await.is_none());
    let added = Arc::new(seed(MORE));
    change(&store, move |_| {
        vec![Change::Added {
            seed: added.clone(),
        }]
    })
    .await;
    assert!(owned(&store, "xoxb-more").await.is_some());
}

/// The facts that calls begin with are left to them by whoever shows a token that nobody has met.
#[tokio::test]
async fn a_stranger_costs_the_next_reader_no_facts() {
    let home = Home::embedded_sample();
    let store = home.open();
    let asks = AtomicUsize::new(0);
    let looks = async || {
        let before = asks.load(Ordering::Relaxed);
        let known = store.read(|reader| {
            reader.look(|facts| {
                asks.fetch_add(1, Ordering::Relaxed);
                Ok(facts.user(id("U0ADA"))?.is_some())
            })
        });
        assert!(known.await.unwrap());
        asks.load(Ordering::Relaxed) - before
    };
    // Once it misses a fact, once it has it.
    assert_eq!(looks().await, 2);
    assert_eq!(looks().await, 1);
    assert!(owned(&store, "never made").await.is_none());
    assert_eq!(looks().await, 1);
    change(&store, |_| vec![made("fresh")]).await;
    assert!(owned(&store, "fresh").await.is_some());
    assert_eq!(looks().await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn strangers_take_no_more_connections_than_there_are_places() {
    let Ok(address) = std::env::var("POSTGRES_FOR_TESTS") else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    let schema = format!("t_{}_strangers", std::process::id());
    let (server, query) = address.split_once('?').unwrap_or((&address, ""));
    let place: Postgres = format!("{server}?{query}&schema={schema}").parse().unwrap();
    let home = Home::at(place.clone());
    home.load(&seed(SAMPLE), "sample").unwrap();
    let store = home.open();
    // Nobody can look a token up for the time being.
    let (mut database, connection) = server
        .parse::<Config>()
        .unwrap()
        .connect(NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let held = database.transaction().await.unwrap();
    let lock = format!("lock table {schema}.token in access exclusive mode");
    held.batch_execute(&lock).await.unwrap();
    let ask = |number: usize| {
        let store = store.clone();
        tokio::spawn(async move { owned(&store, &format!("stranger {number}")).await })
    };
    let asked: Vec<_> = (0..64).map(ask).collect();
    let connections = loop {
        // Sixteen for reading, and those for writing, for what is watched, and for what is measured.
        let connections = testing::connections(&place);
        let waiting = store
            .measured()
            .shared
            .map_or(0, |shared| shared.waiting_reads);
        if waiting == 64 - 16 || connections > 19 {
            break connections;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    held.rollback().await.unwrap();
    assert!(connections <= 19, "{connections}");
    for asked in asked {
        assert!(asked.await.unwrap().is_none());
    }
    // Who reads beside the places gives back no more than there are, either.
    let together = Barrier::new(20);
    tokio::task::block_in_place(|| {
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    let read = store.glance(|_| Ok::<_, StoreError>(together.wait()));
                    read.unwrap();
                });
            }
        });
    });
    assert_eq!(store.measured().idle_readers, 16);
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
                            runtime.block_on(owned(&store, name));
                        }
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            for name in &names {
                let text = name.clone();
                runtime.block_on(change(&store, move |_| vec![made(&text)]));
                let rounds = asked.load(Ordering::Relaxed);
                while asked.load(Ordering::Relaxed) == rounds {
                    thread::yield_now();
                }
                let text = name.clone();
                runtime.block_on(change(&store, move |_| vec![revoked(&text)]));
                for _ in 0..100 {
                    let owner = runtime.block_on(owned(&store, name)).unwrap();
                    assert!(owner.token.revoked, "{name} came back to life");
                }
            }
            over.store(true, Ordering::Relaxed);
        });
    });
}

/// In which workspaces she is listed, and in which she can be found by her address.
async fn listed(store: &Store) -> Vec<(&'static str, bool)> {
    let mora: UserId = id("U0MORA");
    let mut found = Vec::new();
    for team in ["T0MORE", "T0MOST"] {
        let listed = store.read(|reader| {
            let users = reader.users(id(team), None, 10)?;
            let mut holders = reader
                .users_by_email(id(team), "ada@acme.test")?
                .into_iter();
            let listed = users.iter().any(|user| user.id == mora);
            Ok::<_, StoreError>((listed, holders.any(|user| user.id == mora)))
        });
        if let (true, by_address) = listed.await.unwrap() {
            found.push((team, by_address));
        }
    }
    found
}

#[tokio::test]
async fn who_has_left_a_workspace_is_nobody_there_and_their_token_good_for_nothing() {
    let token = "      - {token: xoxb-more,";
    let hers = "      - {token: xoxp-hers, app: A0MORE, user: U0MORA, scopes: [users:read]}\n";
    let world = MORE.replace(token, &format!("{hers}{token}"));
    let home = Home::empty();
    home.load(&seed(&world), "test").unwrap();
    let mut store = home.open();
    let is_gone = async |store: &Store| {
        let owner = owned(store, "xoxp-hers").await.unwrap();
        owner.caller.as_ref().unwrap().is_gone(Timestamp(0))
    };
    assert!(!is_gone(&store).await);
    assert_eq!(listed(&store).await, [("T0MORE", true), ("T0MOST", true)]);
    change(&store, |_| vec![unassigned("T0MOST", &[], "T0MORE")]).await;
    for _ in 0..2 {
        assert!(is_gone(&store).await);
        assert_eq!(listed(&store).await, [("T0MOST", true)]);
        // The same for who serves it next.
        store.close().await;
        drop(store);
        store = home.open();
    }
    change(&store, |_| vec![assigned("T0MOST", &["T0MORE"], "T0MORE")]).await;
    assert!(!is_gone(&store).await);
    assert_eq!(listed(&store).await, [("T0MORE", true), ("T0MOST", true)]);
    // Of several in one fold the last counts.
    change(&store, |_| {
        vec![
            unassigned("T0MORE", &[], "T0MOST"),
            assigned("T0MORE", &["T0MOST"], "T0MOST"),
            unassigned("T0MOST", &[], "T0MORE"),
        ]
    })
    .await;
    assert_eq!(listed(&store).await, [("T0MOST", true)]);
}
