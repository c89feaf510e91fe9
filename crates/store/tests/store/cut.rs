//! A WAL that ends anywhere — cut short, or torn by the write that was under way — leaves the
//! calls up to some moment, each whole.

use crate::{
    home::{Home, change},
    model::after,
    script::{SCRIPT, join, joined, left, posted},
};
use guestlist_domain::{Change, Seed, UserId};
use guestlist_store::{Store, StoreError};
use std::{fs, sync::mpsc};
use tokio::sync::oneshot;

/// A world that was written to while nothing of the WAL went into the database.
struct Written {
    start: Seed,
    /// Each call's changes, in the journal's order.
    calls: Vec<Vec<Change>>,
    database: Vec<u8>,
    wal: Vec<u8>,
}

/// Lets `write` work on the sample world. A reader that looks at the state before keeps
/// checkpoints out, so that every state in between is the database and the WAL's beginning.
async fn written<W: Future<Output = Vec<Vec<Change>>>>(write: impl FnOnce(Store) -> W) -> Written {
    let home = Home::embedded_sample();
    let store = home.open();
    let start = store.dump().await.unwrap();
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
    let database = fs::read(home.database()).unwrap();
    let mut calls = write(store).await;
    let wal = fs::read(home.wal()).unwrap();
    assert!(
        database == fs::read(home.database()).unwrap(),
        "a checkpoint came through"
    );
    drop(release);
    reader.await.unwrap().unwrap();
    calls.sort_by_key(|changes| {
        changes.iter().find_map(|change| match change {
            Change::Joined { ts, .. } | Change::Left { ts, .. } => Some(*ts),
            _ => None,
        })
    });
    Written {
        start,
        calls,
        database,
        wal,
    }
}

impl Written {
    /// What is left of the calls when the WAL ends at `end`: how many, all before the others.
    async fn survive(&self, end: usize, torn: bool) -> usize {
        let mut wal = self.wal.clone();
        if torn {
            wal[end..].iter_mut().for_each(|byte| *byte ^= 0x5a);
        } else {
            wal.truncate(end);
        }
        let home = Home::with_files(&self.database, &wal);
        let store = home.open();
        let dump = store.dump().await.unwrap();
        // Each call leaves messages that no other leaves.
        let messages = dump.messages.len() - self.start.messages.len();
        let mut sum = 0;
        let lengths = self.calls.iter().map(|changes| {
            sum += changes
                .iter()
                .filter(|change| !matches!(change, Change::TokenMade { .. }))
                .count();
            sum
        });
        let kept = lengths.take_while(|sum| *sum <= messages).count();
        assert!(
            dump == after(&self.start, self.calls[..kept].iter().flatten()),
            "cut at {end}: {kept} calls and a part"
        );

        // It goes on from there.
        let more = change(&store, |moment| vec![joined(moment, "C0RANDOM", "U0EMIL")]).await;
        let dump = store.dump().await.unwrap();
        assert!(
            dump == after(
                &self.start,
                self.calls[..kept].iter().flatten().chain(&more)
            ),
            "after a cut at {end}"
        );
        store.close().await;
        kept
    }

    /// Cuts in `cuts` places. No call that is on disk whole is lost: the further the cut, the more.
    async fn cut(&self, cuts: usize) {
        let step = self.wal.len() / cuts;
        let mut before = 0;
        for n in 0..=cuts {
            // Frame borders, and anywhere within frames.
            let end = (n * step + n * 7919 % step).min(self.wal.len());
            let kept = self.survive(end, n % 3 == 2).await;
            assert!(
                kept >= before,
                "{kept} calls with the WAL up to {end}, {before} with less"
            );
            before = kept;
        }
        assert_eq!(self.survive(0, false).await, 0);
        assert_eq!(self.survive(self.wal.len(), false).await, self.calls.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_call_is_there_whole_or_not_at_all() {
    let written = written(async |store| {
        let mut calls = Vec::new();
        for n in 0..16 {
            let alone = change(&store, move |moment| {
                vec![
                    joined(moment, "C0OPS", "U0BEN"),
                    posted(moment, "C0OPS", "U0BEN", &format!("alone {n}")),
                ]
            });
            calls.push(alone.await);
            let together = ["U0DANA", "U0EMIL", "U0MIA"].map(|user| {
                change(&store, move |moment| {
                    vec![
                        joined(moment, "C0OPS", user),
                        posted(moment, "C0OPS", user, &format!("together {n}")),
                        left(moment, "C0OPS", user),
                    ]
                })
            });
            let [one, two, three] = together;
            let (one, two, three) = tokio::join!(one, two, three);
            calls.extend([one, two, three]);
            if n % 4 == 3 {
                // The tables follow, and are in the WAL as well.
                store.dump().await.unwrap();
            }
        }
        calls
    });
    written.await.cut(60).await;
}

/// The tables follow long runs in slices, between calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_were_half_way_catch_up() {
    let written = written(async |store| {
        let mut calls = Vec::new();
        for call in 0..10 {
            let crowd = change(&store, move |moment| {
                let user = |n: u64| UserId::from_number('U', 1000 * call + n).unwrap();
                (0..1000)
                    .map(|n| join(moment, "C0RANDOM".parse().unwrap(), user(n)))
                    .collect()
            });
            calls.push(crowd.await);
        }
        for n in 0..300 {
            calls.push(
                change(&store, move |moment| {
                    vec![
                        posted(moment, "C0OPS", "U0ADA", &format!("{n}")),
                        joined(moment, "C0OPS", "U0BEN"),
                    ]
                })
                .await,
            );
        }
        calls
    });
    written.await.cut(24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_script_cut_anywhere_opens() {
    let written = written(async |store| {
        for call in SCRIPT {
            change(&store, call).await;
        }
        Vec::new()
    });
    let written = written.await;
    for end in (0..written.wal.len()).step_by(written.wal.len() / 40) {
        let home = Home::with_files(&written.database, &written.wal[..end]);
        home.open().dump().await.unwrap();
    }
}
