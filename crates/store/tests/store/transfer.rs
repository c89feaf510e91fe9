//! A store that is moved holds what it held, its history and the order of it too.

use crate::{
    home::{Home, change, id},
    script::{SCRIPT, joined},
};
use guestlist_domain::{Seed, Timestamp};
use guestlist_store::{
    Clock, Moved, Place, Store, StoreError, Sums, chain,
    deliveries::{About, Owed},
    move_store, testing,
};
use std::{
    fs,
    time::{Duration, Instant},
};

async fn moved(from: &Place, to: &Place) -> Result<Sums, StoreError> {
    Ok(all_moved(from, to).await?.sums)
}

async fn all_moved(from: &Place, to: &Place) -> Result<Moved, StoreError> {
    move_store(from, to, Clock::default(), &mut |_, done, total| {
        assert!(done <= total);
    })
    .await
}

/// Owes an app something, in whichever store.
fn owe(store: &Store) {
    let mut record = store.deliveries().unwrap();
    let owed = Owed {
        app: id("A0GREET"),
        team: id("T0ACME"),
        about: About::Channel(id("C0OPS")),
        event_id: "Ev1".to_owned(),
        kind: "channel_archive".to_owned(),
        at: Timestamp(1),
        until: Timestamp(2),
        body: "{}".to_owned(),
    };
    record.add(&owed).unwrap();
}

/// A home on SQLite with a life behind it.
async fn lived() -> Home {
    let home = Home::embedded_sample();
    let store = home.open();
    for call in SCRIPT {
        change(&store, call).await;
    }
    store.close().await;
    home
}

async fn dump(home: &Home) -> Seed {
    let store = home.open();
    let dump = store.dump().await.unwrap();
    store.close().await;
    dump
}

#[tokio::test]
async fn to_another_directory() {
    let (home, other) = (lived().await, Home::embedded());
    let (from, to) = (home.place(), other.place());
    let store = home.open();
    // Two calls at once are one row of the journal.
    tokio::join!(
        change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]),
        change(&store, |moment| vec![joined(moment, "C0OPS", "U0CLEO")]),
    );
    store.close().await;
    drop(store);
    let sums = moved(&from, &to).await.unwrap();
    assert_eq!(sums["journal"].rows, SCRIPT.len() as u64 + 1);
    assert_eq!(dump(&home).await, dump(&other).await);
    // Into a store that holds something nothing is moved, and from nowhere neither.
    let refused = moved(&from, &to).await.unwrap_err().to_string();
    assert!(refused.contains("holds a world already"), "{refused}");
    let nowhere = Home::embedded().place();
    let refused = moved(&nowhere, &to).await.unwrap_err().to_string();
    assert!(refused.contains("there is no store here"), "{refused}");
}

/// How far the journal was followed is said by a row's number, and the rows that come have others.
#[tokio::test]
async fn nothing_is_moved_to_where_a_record_of_deliveries_is() {
    let home = lived().await;
    let there = |other: &Home| {
        let refused = other.path().join("deliveries.db");
        format!("{}: is there already", refused.display())
    };
    let empty = Home::embedded();
    let store = empty.open();
    owe(&store);
    store.close().await;
    drop(store);
    let gone = lived().await;
    let store = gone.open();
    owe(&store);
    store.close().await;
    drop(store);
    fs::remove_file(gone.database()).unwrap();
    for other in [empty, gone] {
        let error = moved(&home.place(), &other.place()).await.unwrap_err();
        assert_eq!(error.to_string(), there(&other));
    }
}

/// What a database says when it lets nobody in is told once, with its address.
#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let Ok(address) = std::env::var("POSTGRES_FOR_TESTS") else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    let (server, _) = address.rsplit_once('/').unwrap();
    let absent = Place::Postgres(Box::new(format!("{server}/absent").parse().unwrap()));
    let home = Home::embedded();
    let error = moved(&absent, &home.place()).await.unwrap_err();
    assert_eq!(
        chain(&error),
        format!("{absent} cannot be used: database \"absent\" does not exist (3D000)")
    );
}

#[tokio::test]
async fn to_postgres_and_back() {
    let Some(postgres) = testing::elsewhere() else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    let (home, back, other) = (lived().await, Home::embedded(), Home::embedded());
    let elsewhere = postgres.clone();
    let there = Place::Postgres(Box::new(postgres.clone()));
    let store = home.open();
    owe(&store);
    store.close().await;
    drop(store);
    let Moved { sums, owed } = all_moved(&home.place(), &there).await.unwrap();
    assert_eq!(owed, 1);
    let store = Store::open(back.hold().with_store(Some(postgres)), Clock::default()).unwrap();
    let before = dump(&home).await;
    assert_eq!(store.dump().await.unwrap(), before);
    // Nobody is owed there what happened before.
    let record = store.deliveries().unwrap();
    let mark = record.followed().unwrap().unwrap();
    assert!(store.entries_after(&mark, None).unwrap().is_empty());
    assert!(record.find(&Default::default(), 9).unwrap().is_empty());
    owe(&store);
    // Life goes on there, and all of it comes back.
    change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
    let after = store.dump().await.unwrap();
    store.close().await;
    drop(store);
    // Not while a node is seen to serve it, and nothing is left behind.
    if testing::has_advisory_locks(&elsewhere) {
        let node = Store::open(
            back.hold().with_store(Some(elsewhere.clone())),
            Clock::default(),
        )
        .unwrap();
        let refused = all_moved(&there, &other.place()).await.unwrap_err();
        let told = refused.to_string();
        assert!(
            matches!(refused, StoreError::Served { writers: 1, .. }),
            "{told}"
        );
        assert!(told.contains("1 guestlist server:"), "{told}");
        assert!(!told.contains("@"), "{told}");
        // Of one whose connections were cut that is seen again, though nobody has it write.
        testing::cut(&elsewhere);
        let deadline = Instant::now() + Duration::from_secs(30);
        while testing::servers(&elsewhere) == 0 {
            assert!(Instant::now() < deadline, "it is seen no more");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        node.close().await;
        drop(node);
    }
    let Moved { sums: again, owed } = all_moved(&there, &back.place()).await.unwrap();
    assert_eq!(owed, 1);
    assert_eq!(again["journal"].rows, sums["journal"].rows + 1);
    assert_eq!(dump(&back).await, after);
    assert_ne!(after, before);
}
