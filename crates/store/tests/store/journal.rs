//! The journal alone brings the tables to where they were.

use crate::{
    home::{Home, Rule, change, id},
    model::after,
    script::{SCRIPT, closed, joined, posted},
};
use guestlist_domain::{Change, Facts, Moment, Plan, Timestamp};
use guestlist_store::{Clock, Place, Reader, Row, Store, StoreError, move_store, testing};
use std::sync::{Mutex, mpsc};
use tokio::sync::oneshot;

/// Micros in an hour.
const HOUR: i64 = 3_600_000_000;

#[tokio::test]
async fn a_killed_store_comes_back_whole() {
    let home = Home::sample();
    let store = home.open();
    let (start, mut done) = (store.dump().await.unwrap(), Vec::new());
    for call in SCRIPT {
        done.extend(change(&store, call).await);
        // Before the tables follow, most times: they wait for a moment without calls.
        let copy = home.killed();
        assert_eq!(copy.open().dump().await.unwrap(), after(&start, &done));
    }
    let copy = home.killed();
    assert_eq!(
        copy.open().dump().await.unwrap(),
        store.dump().await.unwrap()
    );
}

/// Nobody drops the store in order: its runtime is gone and the writer with it.
#[test]
fn a_runtime_that_is_dropped_is_as_good_as_a_kill() {
    let home = Home::sample();
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    let (start, done) = first.block_on(async {
        let store = home.open();
        let start = store.dump().await.unwrap();
        let mut done = Vec::new();
        for call in SCRIPT {
            done.extend(change(&store, call).await);
        }
        (start, done)
    });
    drop(first);
    assert_eq!(
        runtime()
            .block_on(async { home.open().dump().await })
            .unwrap(),
        after(&start, &done)
    );
}

/// Rows that are in the tables already are written again after a kill between two slices.
#[tokio::test]
async fn following_the_journal_twice_changes_nothing() {
    let home = Home::embedded_sample();
    let store = home.open();
    for call in SCRIPT {
        change(&store, call).await;
    }
    let end = store.dump().await.unwrap();
    store.close().await;
    drop(store);
    let database = || std::fs::read(home.database()).unwrap();
    // Busy as long as the checkpointer is about to end.
    let sql = home.sql();
    let checkpoint = || sql.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0));
    while checkpoint().unwrap() {
        tokio::task::yield_now().await;
    }
    for from in 0..=SCRIPT.len() {
        let copy = Home::with_files(&database(), &[]);
        copy.sql()
            .execute(
                "update meta set value = ?1 where key = 'folded'",
                [from.to_string()],
            )
            .unwrap();
        let store = copy.open();
        assert_eq!(store.dump().await.unwrap(), end, "from {from}");
        store.close().await;
        drop(store);
        let folded: String = copy
            .sql()
            .query_row("select value from meta where key = 'folded'", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(folded, SCRIPT.len().to_string());
    }
}

#[tokio::test]
async fn ticks_go_on_from_the_last_whatever_the_clock_says() {
    let home = Home::sample();
    let clocks = [0, -HOUR, HOUR, -2 * HOUR, 0, -24 * HOUR];
    let mut last = 0;
    for (n, offset) in clocks.into_iter().enumerate() {
        let clock = Clock::default();
        clock.advance(offset);
        let store = home.open_by(clock.clone());
        for _ in 0..3 {
            for change in change(&store, |moment| {
                ["U0BEN", "U0DANA"]
                    .map(|user| joined(moment, "C0OPS", user))
                    .into()
            })
            .await
            {
                let Change::Joined { ts, .. } = change else {
                    unreachable!()
                };
                assert!(ts.0 > last, "{} after {last} in run {n}", ts.0);
                last = ts.0;
            }
            // Backwards while it runs, too.
            clock.advance(-HOUR);
        }
        if n % 2 == 0 {
            store.close().await;
        } else {
            // Killed: the next run finds the journal ahead of the tables.
            change(&store, |moment| vec![joined(moment, "C0OPS", "U0MIA")]).await;
            last = store
                .dump()
                .await
                .unwrap()
                .messages
                .iter()
                .map(|(_, _, message)| message.ts.0)
                .max()
                .unwrap();
            store.close().await;
        }
    }
    let messages = home.open().dump().await.unwrap().messages;
    let in_ops = messages
        .iter()
        .filter(|(_, channel, _)| *channel == id("C0OPS"))
        .count();
    assert_eq!(
        in_ops,
        clocks.len() * 6 + clocks.len() / 2,
        "none has taken the place of another"
    );
}

/// A world that was loaded has ticks of its own: ids and times in it stay unique.
#[tokio::test]
async fn ticks_go_on_from_those_of_the_world_that_was_loaded() {
    let ahead = Clock::default();
    ahead.advance(24 * HOUR);
    let home = Home::sample();
    let store = home.open_by(ahead);
    // Leaves no message, yet times and an id that nobody else may have.
    let made = change(&store, SCRIPT[6]).await;
    let newest = made.iter().filter_map(|change| match change {
        Change::Joined { ts, .. } => Some(*ts),
        _ => None,
    });
    let newest = newest.max().unwrap();
    let export = store.dump().await.unwrap();
    let copy = Home::empty();
    copy.load(&export, "export").unwrap();
    let next = change(&copy.open(), |moment| {
        vec![joined(moment, "C0OPS", "U0BEN")]
    })
    .await;
    let Change::Joined { ts, .. } = next[0] else {
        unreachable!()
    };
    assert!(ts > newest, "{ts:?} after {newest:?}");
}

/// Calls of two workspaces that share a commit, and in which order they were decided.
async fn together(store: &Store) -> Vec<Change> {
    let says = |team: &str, text: &'static str| {
        let plan = move |_: &Facts, moment: &mut Moment| {
            let said = posted(moment, "C0OPS", "U0ADA", text);
            Ok(Plan {
                outcome: said.clone(),
                changes: vec![said],
            })
        };
        Rule::new(plan).of(id(team))
    };
    // It is decided until the others wait.
    let (deciding, decides) = oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let (deciding, released) = (Mutex::new(Some(deciding)), Mutex::new(released));
    let holds = Rule::new(move |_: &Facts, _: &mut Moment| {
        deciding
            .lock()
            .unwrap()
            .take()
            .map(|deciding| deciding.send(()));
        let _ = released.lock().unwrap().recv();
        Ok(Plan {
            outcome: (),
            changes: Vec::new(),
        })
    });
    let held = tokio::spawn({
        let store = store.clone();
        async move { holds.ask(&store).await }
    });
    decides.await.unwrap();
    let release = async move { release.send(()).unwrap() };
    let (first, second, third, fourth, ()) = tokio::join!(
        says("T0GLOBEX", "first").ask(store),
        says("T0ACME", "second").ask(store),
        says("T0ACME", "third").ask(store),
        says("T0GLOBEX", "fourth").ask(store),
        release,
    );
    held.await.unwrap().unwrap();
    [first, second, third, fourth].map(Result::unwrap).into()
}

/// What each of the journal's rows says.
fn rows(store: &Store) -> Vec<Vec<Change>> {
    let rows = store.entries_after(&store.beginning(), None).unwrap();
    let changes = |row: &Row| {
        let changes = row.entries.iter().flat_map(|entry| &entry.changes);
        changes.cloned().collect()
    };
    rows.iter().map(changes).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_of_many_workspaces_that_share_a_commit_keep_their_order() {
    let home = Home::sample();
    let store = home.open();
    let done = together(&store).await;
    let rows = rows(&store);
    assert_eq!(rows.concat(), done);
    // Nobody waits for more rows than the order needs.
    let sizes: Vec<_> = rows.iter().map(Vec::len).collect();
    let expected: &[usize] = match home.is_elsewhere() {
        true => &[1, 2, 1],
        false => &[4],
    };
    assert_eq!(sizes, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn and_they_keep_it_when_the_store_is_moved() {
    let Some(postgres) = testing::elsewhere() else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    let (home, there) = (Home::embedded_sample(), Home::at(postgres));
    let store = home.open();
    let mut done = together(&store).await;
    done.extend(together(&store).await);
    store.close().await;
    drop(store);
    let (from, to) = (home.place(), Place::Postgres(Box::new(there.elsewhere())));
    move_store(&from, &to, Clock::default(), &mut |_, _, _| {})
        .await
        .unwrap();
    assert_eq!(rows(&there.open()).concat(), done);
}

/// What is read backwards from a time: of each row its time, and what it says.
async fn back(store: &Store, time: Timestamp) -> Vec<(Timestamp, Vec<Change>)> {
    let read = move |reader: &mut Reader| {
        let mut back = Vec::new();
        let mut from = reader.upto(time)?;
        while let Some(upto) = from {
            let rows = reader.rows_back(upto)?;
            from = rows.last().map(|oldest| oldest.seq() - 1);
            for row in rows {
                let row = row.open()?;
                let entries = row.row.entries.into_iter();
                back.push((row.at, entries.flat_map(|entry| entry.changes).collect()));
            }
        }
        Ok::<_, StoreError>(back)
    };
    store.read_long(read).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_read_backwards_from_a_time() {
    const NOON: i64 = 1_900_000_000_000_000;
    const ROWS: i64 = 150;
    let home = Home::sample();
    let clock = Clock::standing(Timestamp(NOON));
    let store = home.open_by(clock.clone());
    let nothing: Vec<(Timestamp, Vec<Change>)> = Vec::new();
    assert_eq!(back(&store, Timestamp(i64::MAX)).await, nothing);
    let mut all = Vec::new();
    for _ in 0..ROWS / 2 {
        // By calls of which half take no tick, and have their time all the same.
        for call in [SCRIPT[0], |_: &mut Moment| {
            vec![closed("D0ADABEN", "U0ADA", true)]
        }] {
            let at = clock.now();
            all.push((at, change(&store, call).await));
            clock.advance(HOUR);
        }
    }
    all.reverse();
    assert_eq!(back(&store, Timestamp(i64::MAX)).await, all);
    for hours in [-1, 0, 1, 63, 64, 65, ROWS - 1, ROWS + 1] {
        let time = Timestamp(NOON + hours * HOUR);
        let expected = all.iter().filter(|(at, _)| *at <= time);
        let expected: Vec<_> = expected.cloned().collect();
        assert_eq!(back(&store, time).await, expected, "{hours}");
        // A start adds nothing and forgets nothing.
        if hours == 64 {
            let before = Timestamp(time.0 - HOUR / 2);
            assert_eq!(back(&store, before).await, expected[1..], "{hours}");
        }
    }
    // Time that is set back is not: what is done then comes last.
    clock.advance(-100 * HOUR);
    let done = change(&store, |_: &mut Moment| {
        vec![closed("D0ADABEN", "U0ADA", false)]
    })
    .await;
    let newest = back(&store, Timestamp(i64::MAX)).await.remove(0);
    assert_eq!(newest.1, done);
    assert!(newest.0 >= all[0].0, "{newest:?}");
}

/// So that few rows are held at once, however much was done in each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_of_it_is_read_backwards_at_once_than_a_megabyte() {
    let home = Home::sample();
    let store = home.open();
    for _ in 0..5 {
        change(&store, |moment: &mut Moment| {
            vec![posted(moment, "C0OPS", "U0ADA", &"x".repeat(400_000))]
        })
        .await;
    }
    let read = |reader: &mut Reader| {
        let (mut reads, mut from) = (Vec::new(), reader.upto(Timestamp(i64::MAX))?);
        while let Some(upto) = from {
            let rows = reader.rows_back(upto)?;
            assert!(rows.iter().all(|row| row.bytes() > 400_000));
            from = rows.last().map(|oldest| oldest.seq() - 1);
            reads.push(rows.len());
        }
        Ok::<_, StoreError>(reads)
    };
    let reads = store.read_long(read).await.unwrap();
    assert_eq!(reads.iter().sum::<usize>(), 5);
    assert!(reads.iter().all(|rows| *rows <= 3), "{reads:?}");
}

/// Where it was in doubt whether a commit was done, a row says that it was not; its time is any.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_in_which_nothing_was_done_has_no_time() {
    const NOON: i64 = 1_900_000_000_000_000;
    let home = Home::sample();
    if !home.is_elsewhere() {
        eprintln!("skipped: no PostgreSQL here");
        return;
    }
    let clock = Clock::standing(Timestamp(NOON));
    let store = home.open_by(clock.clone());
    let first = change(&store, SCRIPT[0]).await;
    clock.advance(HOUR);
    change(&store, |moment: &mut Moment| {
        vec![posted(moment, "C0OPS", "U0ADA", "late")]
    })
    .await;
    let void =
        r"insert into journal (team, lane, number, last, entries) values (1, 999, 1, 5, '\x01')";
    testing::beside(&home.elsewhere(), void);
    assert_eq!(
        back(&store, Timestamp(NOON)).await,
        [(Timestamp(NOON), first)]
    );
    let newest = |reader: &mut Reader| {
        let rows = reader.rows_back(i64::MAX)?;
        rows.iter()
            .map(|row| row.open())
            .collect::<Result<Vec<_>, StoreError>>()
    };
    let rows = store.read_long(newest).await.unwrap();
    let past: Vec<_> = rows
        .iter()
        .map(|row| row.is_past(Timestamp(NOON + HOUR)))
        .collect();
    assert_eq!(past, [false, false, true]);
}
