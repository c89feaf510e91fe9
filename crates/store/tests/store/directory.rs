//! One process a data directory, and one schema a guestlist.

use crate::home::{Home, change};
use crate::script::joined;
use guestlist_store::{Clock, Directory, Store, StoreError, chain, is_empty};
use std::{
    fs::{self, File, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::PathBuf,
};

/// `nobody`, as most systems number them.
const STRANGER: u32 = 65534;

fn held(home: &Home) -> (String, Option<String>) {
    match Directory::hold(home.path()) {
        Err(StoreError::Held {
            process,
            address,
            path,
            ..
        }) => {
            assert_eq!(path, home.path());
            (process, address)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_held_directory_tells_by_whom() {
    let home = Home::sample();
    let store = home.open();
    let me = std::process::id().to_string();
    assert_eq!(held(&home), (me.clone(), None));
    store.announce("127.0.0.1:4747").unwrap();
    assert_eq!(held(&home), (me.clone(), Some("127.0.0.1:4747".to_owned())));
    store.announce("127.0.0.1:80").unwrap();
    assert_eq!(held(&home), (me.clone(), Some("127.0.0.1:80".to_owned())));
    let text = Directory::hold(home.path()).unwrap_err().to_string();
    assert!(
        text.contains(&format!("(process {me}, at 127.0.0.1:80)")),
        "{text}"
    );

    store.close().await;
    drop(store);
    let store = home.open();
    assert_eq!(held(&home), (me, None), "the address was the last one's");
    drop(store);
}

/// The writer may have tables to bring up to date when nobody has the store any more; until that
/// is done nobody else may open it.
#[tokio::test]
async fn it_is_held_until_the_writer_is_done() {
    let home = Home::embedded_sample();
    let store = home.open();
    change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
    drop(store);
    held(&home);
    let directory = loop {
        match Directory::hold(home.path()) {
            Ok(directory) => break directory,
            Err(StoreError::Held { .. }) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    };
    let folded: i64 = home
        .sql()
        .query_row(
            "select value = (select max(seq) from journal) from meta where key = 'folded'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(folded, 1);
    Store::open(directory, Clock::default())
        .unwrap()
        .close()
        .await;
}

#[tokio::test]
async fn a_closed_store_is_let_go_at_once() {
    let home = Home::sample();
    for _ in 0..20 {
        let store = home.open();
        change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
        store.close().await;
    }
}

#[tokio::test]
async fn a_closed_stores_file_is_all_of_it() {
    let home = Home::embedded_sample();
    let store = home.open();
    change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
    let world = store.dump().await.unwrap();
    let log = home.database().with_extension("db-wal");
    assert!(log.metadata().unwrap().len() > 0);
    // Its readers are there still.
    store.close().await;
    assert_eq!(log.metadata().unwrap().len(), 0);
    let alone = Home::embedded();
    fs::copy(home.database(), alone.database()).unwrap();
    assert_eq!(alone.open().dump().await.unwrap(), world);
}

#[tokio::test]
async fn a_store_of_a_newer_guestlist_is_left_alone() {
    let home = Home::embedded_sample();
    home.sql().pragma_update(None, "user_version", 99).unwrap();
    let newer = |error: Option<StoreError>| match error {
        Some(StoreError::Newer { path, found, known }) => {
            assert_eq!((path, found), (home.database(), 99));
            assert!(known < 99);
        }
        other => panic!("{other:?}"),
    };
    newer(Store::open(home.hold(), Clock::default()).err());
    newer(is_empty(&home.hold()).err());
    newer(home.load(&Default::default(), "other").err());
}

/// A name that is mistyped makes no schema, and no store.
#[tokio::test]
async fn whoever_asks_whether_there_is_a_store_makes_none() {
    let home = Home::empty();
    let directory = home.hold();
    assert!(!directory.has_store().unwrap());
    assert!(!directory.has_store().unwrap());
    drop(directory);
    home.load(&Default::default(), "a world").unwrap();
    assert!(home.hold().has_store().unwrap());
}

fn lock_of(home: &Home) -> PathBuf {
    home.path().join("lock")
}

fn refusal(home: &Home) -> String {
    chain(&Directory::hold(home.path()).unwrap_err())
}

/// Whoever holds it names the address that commands send the control token to.
#[test]
fn the_lock_is_its_owners_alone() {
    let home = Home::empty();
    drop(home.hold());
    let found = lock_of(&home).metadata().unwrap();
    assert_eq!(found.mode() & 0o777, 0o600);
}

#[test]
fn a_lock_that_others_may_have_open_gives_way_to_another() {
    let home = Home::empty();
    drop(home.hold());
    let stranger = File::open(lock_of(&home)).unwrap();
    fs::set_permissions(lock_of(&home), Permissions::from_mode(0o644)).unwrap();
    let held = home.hold();
    let found = lock_of(&home).metadata().unwrap();
    assert_eq!(found.mode() & 0o777, 0o600);
    assert_ne!(found.ino(), stranger.metadata().unwrap().ino());
    // What they have open says nothing any more.
    drop(held);
    stranger.lock().unwrap();
    drop(home.hold());
}

#[test]
fn a_lock_that_others_may_hold_is_not_believed() {
    let home = Home::empty();
    let mut held = home.hold();
    held.announce(Some("127.0.0.1:4747")).unwrap();
    fs::set_permissions(lock_of(&home), Permissions::from_mode(0o644)).unwrap();
    let text = refusal(&home);
    assert!(
        text.contains("lock: cannot be trusted") && text.contains("restart the server"),
        "{text}"
    );
}

#[test]
fn a_lock_that_somebody_else_may_have_put_there_is_refused() {
    let home = Home::empty();
    let elsewhere = Home::empty();
    let target = elsewhere.path().join("target");
    for made in [false, true] {
        if made {
            fs::write(&target, "1\n127.0.0.1:4747\n").unwrap();
        }
        symlink(&target, lock_of(&home)).unwrap();
        let text = refusal(&home);
        assert!(text.contains("symbolic link"), "{text}");
        assert_eq!(target.exists(), made, "a file was made through a link");
        fs::remove_file(lock_of(&home)).unwrap();
    }
    fs::write(lock_of(&home), "").unwrap();
    if chown(lock_of(&home), Some(STRANGER), None).is_err() {
        eprintln!("skipped: only root gives files away");
        return;
    }
    let text = refusal(&home);
    assert!(text.contains("belongs to another user (65534)"), "{text}");
    // Root looks after the files of the user that serves, and leaves none that they cannot open.
    chown(home.path(), Some(STRANGER), None).unwrap();
    drop(home.hold());
    fs::remove_file(lock_of(&home)).unwrap();
    drop(home.hold());
    assert_eq!(lock_of(&home).metadata().unwrap().uid(), STRANGER);
}
