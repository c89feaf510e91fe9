//! Copies, and looking them over.

use crate::{
    home::{Home, change, seed},
    script::{SCRIPT, posted},
};
use guestlist_store::{
    Clock, Store, StoreError,
    backup::{back_up, check, restore},
    chain, move_store,
    world::SAMPLE,
};
use std::{fs, sync::mpsc};
use tokio::sync::oneshot;

fn quiet() -> impl FnMut(u64, u64) {
    |done, all| assert!(done <= all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_the_store_as_it_stood() {
    let (home, place) = (Home::embedded_sample(), Home::embedded());
    let store = home.open();
    let copy = place.path().join("copy");
    for (number, call) in SCRIPT.iter().enumerate() {
        change(&store, call).await;
        // The tables have not followed yet, as a rule; the journal has.
        if number % 3 == 0 {
            let file = copy.with_extension(number.to_string());
            let copied = back_up(home.path(), &file, &mut quiet()).unwrap();
            assert_eq!(copied.bytes, file.metadata().unwrap().len());
            let checked = check(&file, &mut quiet()).unwrap();
            assert_eq!(checked.problems, [""; 0]);
            assert_eq!(
                (checked.journal, copied.journal),
                (number as i64 + 1, number as i64 + 1)
            );
            let other = Home::embedded();
            let directory = other.hold();
            assert_eq!(restore(&file, &directory, &mut quiet()).unwrap(), copied);
            drop(directory);
            let restored = other.open();
            assert_eq!(restored.dump().await.unwrap(), store.dump().await.unwrap());
            restored.close().await;
        }
    }
    let before = fs::read(copy.with_extension("0")).unwrap();
    let again = back_up(home.path(), &copy.with_extension("0"), &mut quiet());
    assert!(
        matches!(again, Err(StoreError::Directory { .. })),
        "{again:?}"
    );
    assert_eq!(fs::read(copy.with_extension("0")).unwrap(), before);
}

/// What a kill leaves when the two databases are taken away: a log that SQLite would play back into
/// whatever gets its database's name.
#[tokio::test]
async fn no_store_begins_beside_the_log_of_another() {
    let (home, source) = (Home::embedded_sample(), Home::embedded_sample());
    let store = home.open();
    change(&store, |moment| {
        vec![posted(moment, "C0OPS", "U0ADA", "hi")]
    })
    .await;
    let log = fs::read(home.wal()).unwrap();
    let copy = source.path().join("copy");
    back_up(home.path(), &copy, &mut quiet()).unwrap();
    for name in [
        "guestlist.db-wal",
        "guestlist.db-journal",
        "deliveries.db-wal",
    ] {
        let left = Home::embedded();
        let file = left.path().join(name);
        fs::write(&file, &log).unwrap();
        let opened = Store::open(left.hold(), Clock::default()).map(drop);
        let filled = left.load(&seed(SAMPLE), "sample").map(drop);
        let restored = restore(&copy, &left.hold(), &mut quiet()).map(drop);
        let (from, to) = (source.place(), left.place());
        let moved = move_store(&from, &to, Clock::default(), &mut |_, _, _| {}).await;
        for begun in [opened, filled, restored, moved.map(drop)] {
            let told = chain(&begun.unwrap_err());
            let names = told.contains(&format!("{name}: is there already"));
            assert!(names && told.contains("move every file named "), "{told}");
        }
        assert!(!left.database().exists());
        assert_eq!(fs::read(&file).unwrap(), log);
        // In an empty one nothing is.
        fs::write(&file, "").unwrap();
        restore(&copy, &left.hold(), &mut quiet()).unwrap();
        assert_eq!(
            left.open().dump().await.unwrap(),
            store.dump().await.unwrap()
        );
    }
    // Neither does a copy, nor the record of deliveries alone.
    fs::write(source.path().join("next-wal"), &log).unwrap();
    let copied = back_up(home.path(), &source.path().join("next"), &mut quiet());
    assert!(copied.is_err_and(|error| error.to_string().contains("next-wal")));
    fs::write(source.path().join("deliveries.db-wal"), &log).unwrap();
    let opened = source.open().deliveries().map(drop);
    assert!(opened.is_err_and(|error| error.to_string().contains("deliveries.db-wal")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_in_a_store_is_found() {
    let home = Home::embedded_sample();
    let store = home.open();
    for call in SCRIPT {
        change(&store, call).await;
    }
    store.dump().await.unwrap();
    store.close().await;
    let sound = check(&home.database(), &mut quiet()).unwrap();
    assert_eq!(sound.problems, [""; 0]);
    assert_eq!(sound.left_out, [""; 0]);
    assert_eq!(
        (sound.journal, sound.folded),
        (SCRIPT.len() as i64, SCRIPT.len() as i64)
    );
    for table in ["journal", "user", "channel", "member", "message", "token"] {
        let rows = sound.rows.iter().find(|(name, _)| *name == table).unwrap();
        assert!(rows.1 > 0, "{table}");
    }

    // Whoever made checkpoints may not have let go yet: the file alone is to have it all.
    let merged = home.sql();
    let is_busy = || {
        let truncate = "pragma wal_checkpoint(truncate)";
        merged.query_row(truncate, [], |row| row.get::<_, bool>(0))
    };
    // Busy at once, whatever the patience, while somebody else makes one.
    while is_busy().unwrap() {}
    drop(merged);

    for (sql, words) in [
        (
            "delete from journal where seq = 3",
            "the journal: row 4 comes where row 3 should be",
        ),
        (
            "update journal set entries = x'0107' where seq = 2",
            "the journal: row 2",
        ),
        ("delete from journal", "whose newest is 0"),
        (
            "update channel set doc = '{' where id = (select min(id) from channel)",
            "of table channel cannot be read",
        ),
        (
            "update user set doc = 'null'",
            "of table user cannot be read",
        ),
        (
            "update token set doc = '{}'",
            "of table token cannot be read",
        ),
        (
            "update message set doc = '[' where joined is null",
            "of table message cannot be read",
        ),
        (
            "delete from channel where id = (select channel from member limit 1)",
            "a member's conversation is not there",
        ),
        (
            "delete from user where id = (select user from member limit 1)",
            "a member is no user",
        ),
        (
            "delete from place where user = (select min(user) from place)",
            "and not listed as being there",
        ),
        (
            "delete from member where user = (select min(user) from member)",
            "and is not in it",
        ),
        ("delete from workspace", "a token's workspace is not there"),
        ("delete from workspace", "a user's workspace is not there"),
    ] {
        let damaged = Home::with_files(&fs::read(home.database()).unwrap(), b"");
        assert!(damaged.sql().execute(sql, []).unwrap() > 0, "{sql}");
        let problems = check(&damaged.database(), &mut quiet()).unwrap().problems;
        assert!(
            problems.iter().any(|problem| problem.contains(words)),
            "{sql}: {problems:?}"
        );
    }

    let older = Home::with_files(&fs::read(home.database()).unwrap(), b"");
    older.sql().pragma_update(None, "user_version", 1).unwrap();
    let checked = check(&older.database(), &mut quiet()).unwrap();
    assert!(checked.left_out[0].contains("schema 1"), "{checked:?}");
    older.sql().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(
        check(&older.database(), &mut quiet()),
        Err(StoreError::Newer { .. })
    ));
    let other = rusqlite::Connection::open(home.path().join("other.db")).unwrap();
    other
        .execute_batch("create table t (x); pragma user_version = 1")
        .unwrap();
    let error = check(&home.path().join("other.db"), &mut quiet()).unwrap_err();
    assert!(
        error.to_string().contains("is no store of guestlist"),
        "{error}"
    );
}

/// A reader, as a copy is one, keeps the WAL from starting over. When it is gone, so is what the
/// file grew to meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wal_that_has_grown_shrinks_again() {
    const MIB: usize = 1 << 20;
    let home = Home::embedded_sample();
    let store = home.open();
    let post = |text: usize| {
        let text = "x".repeat(text);
        change(&store, move |m| vec![posted(m, "C0OPS", "U0ADA", &text)])
    };
    let ((looking, looks), (release, released)) = (oneshot::channel(), mpsc::channel::<()>());
    let reader = store.clone();
    let reader = tokio::spawn(async move {
        let look = reader.read_long(move |reader| {
            reader.tokens()?;
            let _ = looking.send(());
            let _ = released.recv();
            Ok::<_, StoreError>(())
        });
        look.await
    });
    looks.await.unwrap();
    let wal = || home.wal().metadata().unwrap().len();
    while wal() < 80 << 20 {
        post(2 * MIB).await;
    }
    // The tables follow in the background, and the log grows by that.
    let (before, told, after) = (wal(), store.measured().wal_bytes, wal());
    assert!((before..=after).contains(&told), "{before} {told} {after}");
    drop(release);
    reader.await.unwrap().unwrap();
    while wal() > 64 << 20 {
        post(1).await;
        tokio::task::yield_now().await;
    }
    store.close().await;
}
