//! A disk that fills up, and has room again.
//!
//! A limit on the size of files stands in for the disk: past it, writes fail. It counts for a
//! whole process, so the test runs itself again as a child of which only this is asked.

use crate::{
    home::{Home, seed, try_change},
    model::after,
    script::{join, posted},
};
use guestlist_domain::{Change, Moment, UserId};
use guestlist_store::{Clock, Failure, StoreError, is_empty, world};
use std::process::Command;

const CHILD: &str = "GUESTLIST_TEST_FULL_DISK";

/// Whether this is the child. The parent runs it and waits for its verdict.
fn is_child(test: &str) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return true;
    }
    if Command::new("prlimit").arg("--version").output().is_err() {
        eprintln!("skipped: no prlimit here to stand in for a full disk");
        return false;
    }
    let me = std::env::current_exe().unwrap();
    let child = Command::new("sh")
        // A write past the limit is to fail, not to kill.
        .args(["-c", "trap '' XFSZ && exec \"$0\" \"$@\""])
        .arg(me)
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
    false
}

/// Lets files grow to so many bytes; `None`: to any size. (The hard limit stays where it is.)
fn room(bytes: Option<u64>) {
    let bytes = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let set = Command::new("prlimit")
        .args([
            "--pid",
            &std::process::id().to_string(),
            &format!("--fsize={bytes}:"),
        ])
        .status();
    assert!(set.unwrap().success());
}

/// Twenty people come, and somebody says so.
fn crowd(n: u64) -> impl Fn(&mut Moment) -> Vec<Change> + Send + Sync + 'static {
    move |moment| {
        let user = |i| UserId::from_number('U', 20 * n + i).unwrap();
        let mut changes: Vec<_> = (0..20)
            .map(|i| join(moment, "C0RANDOM".parse().unwrap(), user(i)))
            .collect();
        changes.push(posted(moment, "C0RANDOM", "U0ADA", &format!("crowd {n}")));
        changes
    }
}

#[tokio::test]
async fn a_full_disk_costs_no_answered_call() {
    if !is_child("full::a_full_disk_costs_no_answered_call") {
        return;
    }
    let home = Home::embedded_sample();
    let store = home.open();
    let start = store.dump().await.unwrap();
    let (mut answered, mut call) = (Vec::new(), 0);
    let (mut all_failed, mut all_unread) = (0, 0);
    // Most times there is room again after the first failure, whichever it is; sometimes later.
    let rounds = (1..24).map(|n| (3_000 * n, if n % 6 == 0 { 8 } else { 1 }));
    for (spare, patience) in rounds {
        let longest = [home.wal(), home.database()]
            .map(|file| std::fs::metadata(file).map_or(0, |file| file.len()));
        room(Some(longest.into_iter().max().unwrap() + spare));
        let (mut failed, mut unread, last) = (0, 0, call + 20);
        while failed + unread < patience && call < last {
            call += 1;
            match try_change(&store, crowd(call)).await {
                Ok(changes) => answered.extend(changes),
                Err(Failure::Store(_)) => failed += 1,
                Err(other) => panic!("{other:?}"),
            }
            // Reading needs room as well where the tables are behind. It may fail, not lie.
            match store.dump().await {
                Ok(dump) => assert!(
                    dump == after(&start, &answered),
                    "call {call}, {spare} bytes to spare"
                ),
                Err(_) => unread += 1,
            }
        }
        room(None);
        all_failed += failed;
        all_unread += unread;
        assert!(
            store.dump().await.unwrap() == after(&start, &answered),
            "{spare} bytes to spare, {unread} not read"
        );
        call += 1;
        answered.extend(try_change(&store, crowd(call)).await.unwrap());
        assert!(store.dump().await.unwrap() == after(&start, &answered));
    }
    assert!(
        all_failed > 0 && all_unread > 0,
        "{all_failed} {all_unread}"
    );
    assert!(home.killed().open().dump().await.unwrap() == after(&start, &answered));
    store.close().await;
    drop(store);
    assert!(home.open().dump().await.unwrap() == after(&start, &answered));
}

#[test]
fn a_world_without_room_is_not_loaded_at_all() {
    if !is_child("full::a_world_without_room_is_not_loaded_at_all") {
        return;
    }
    let home = Home::embedded();
    assert!(is_empty(&home.hold()).unwrap());
    room(Some(100_000));
    let mut big = seed(world::SAMPLE);
    let team = big.workspaces[0].id;
    big.users.extend((0..5_000).map(|n| {
        guestlist_domain::User::new(UserId::from_number('U', n).unwrap(), team, "somebody")
    }));
    home.load(&big, "big").unwrap_err();
    room(None);
    assert!(is_empty(&home.hold()).unwrap());
    home.load(&seed(world::SAMPLE), "small").unwrap();
}

#[tokio::test]
async fn once_the_disk_is_full_it_is_known_that_nothing_is_written() {
    if !is_child("full::once_the_disk_is_full_it_is_known_that_nothing_is_written") {
        return;
    }
    let home = Home::embedded_sample();
    let store = home.open();
    room(Some(1024));
    let first = try_change(&store, crowd(1)).await;
    assert!(
        matches!(first, Err(Failure::Store(StoreError::InDoubt(_)))),
        "{first:?}"
    );
    for n in 2..6 {
        let next = try_change(&store, crowd(n)).await;
        assert!(
            matches!(next, Err(Failure::Store(StoreError::Unavailable))),
            "{next:?}"
        );
    }
    room(None);
    try_change(&store, crowd(6)).await.unwrap();
    // And again: it was forgotten that it was full.
    room(Some(1024));
    let first = try_change(&store, crowd(7)).await;
    assert!(
        matches!(first, Err(Failure::Store(StoreError::InDoubt(_)))),
        "{first:?}"
    );
}

#[tokio::test]
async fn a_clock_that_could_not_be_kept_is_not_moved() {
    if !is_child("full::a_clock_that_could_not_be_kept_is_not_moved") {
        return;
    }
    const DAY: i64 = 86_400_000_000;
    let home = Home::embedded_sample();
    let clock = Clock::default();
    let store = home.open_by(clock.clone());
    let before = clock.now().0;
    let reopened = || {
        let clock = Clock::default();
        drop(home.killed().open_by(clock.clone()));
        clock.now().0
    };
    room(Some(1024));
    let moved = store.move_clock(2 * DAY).await;
    room(None);
    assert!(matches!(moved, Err(StoreError::Failed(_))), "{moved:?}");
    for now in [clock.now().0, reopened()] {
        assert!((before..before + DAY).contains(&now), "{now}");
    }
    // From there it goes on.
    assert!(store.move_clock(DAY).await.unwrap());
    for now in [clock.now().0, reopened()] {
        assert!((before + DAY..before + 2 * DAY).contains(&now), "{now}");
    }
}
