//! Databases that lack what PostgreSQL has. The step `postgres` runs all tests of the store on one once more.

use crate::{
    home::{Home, change, seed},
    script::{joined, left},
};
use guestlist_store::{Clock, Loaded, testing, world};
use std::thread;

#[tokio::test]
async fn nodes_that_start_together_make_one_store() {
    let (Some(has), Some(lacks)) = (testing::elsewhere(), testing::elsewhere()) else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    for place in [has, testing::lacking(lacks)] {
        let nodes: Vec<_> = (0..6).map(|_| Home::at(place.clone())).collect();
        let fill = |home: &Home| home.load(&seed(world::SAMPLE), "sample").unwrap();
        let loaded: Vec<Loaded> = thread::scope(|scope| {
            let filling: Vec<_> = nodes
                .iter()
                .map(|home| scope.spawn(|| fill(home)))
                .collect();
            filling.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let first = loaded.iter().filter(|loaded| **loaded == Loaded::Now);
        assert_eq!(first.count(), 1, "{loaded:?}");
        // And serve it.
        let stores: Vec<_> = nodes
            .iter()
            .map(|home| home.open_by(Clock::default()))
            .collect();
        for pair in stores.chunks(2) {
            change(&pair[0], |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
            change(&pair[1], |moment| vec![left(moment, "C0OPS", "U0BEN")]).await;
        }
    }
}
