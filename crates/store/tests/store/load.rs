//! Filling a store, and reading it back.

use crate::{
    home::{Home, seed},
    model::sorted,
};
use guestlist_domain::Seed;
use guestlist_store::{Loaded, is_empty, load_into, world};
use std::panic::{AssertUnwindSafe, catch_unwind};

const EVERY_KEY: &str = include_str!("../../src/world/tests/every_key.yaml");

#[tokio::test]
async fn what_was_loaded_is_read_back() {
    for yaml in [world::SAMPLE, EVERY_KEY] {
        let (home, seed) = (Home::empty(), seed(yaml));
        assert_eq!(home.load(&seed, "yaml").unwrap(), Loaded::Now);
        let store = home.open();
        assert_eq!(store.dump().await.unwrap(), sorted(seed));
        store.close().await;
    }
}

#[tokio::test]
async fn an_export_loads_to_what_it_was_taken_from() {
    let (home, copy) = (Home::empty(), Home::empty());
    home.load(&seed(EVERY_KEY), "yaml").unwrap();
    let dump = home.open().dump().await.unwrap();
    copy.load(&dump, "dump").unwrap();
    assert_eq!(copy.open().dump().await.unwrap(), dump);
}

#[test]
fn a_store_is_filled_once() {
    let home = Home::empty();
    assert!(is_empty(&home.hold()).unwrap());
    let (one, other) = (seed(world::SAMPLE), seed(EVERY_KEY));
    assert_eq!(home.load(&one, "one").unwrap(), Loaded::Now);
    assert!(!is_empty(&home.hold()).unwrap());
    assert_eq!(home.load(&one, "one").unwrap(), Loaded::AlreadyThere);
    assert_eq!(home.load(&other, "other").unwrap(), Loaded::OtherThere);
    // What counts is where it came from, not what is in it now.
    assert_eq!(
        home.load(&Seed::default(), "one").unwrap(),
        Loaded::AlreadyThere
    );
}

#[tokio::test]
async fn progress_is_told_to_the_end() {
    let (home, world) = (Home::empty(), seed(world::SAMPLE));
    let mut told = Vec::new();
    load_into(&home.hold(), &world, "x", &mut |done, total| {
        told.push((done, total))
    })
    .unwrap();
    let total =
        world.users.len() + world.channels.len() + world.members.len() + world.messages.len();
    assert_eq!(told, [(total, total)]);
}

/// Whether nobody was here before, or a store that was opened without a world.
#[tokio::test]
async fn a_load_that_breaks_off_leaves_nothing() {
    for opened_before in [false, true] {
        let (home, world) = (Home::empty(), seed(world::SAMPLE));
        if opened_before {
            home.open().close().await;
        }
        let broken = catch_unwind(AssertUnwindSafe(|| {
            load_into(&home.hold(), &world, "x", &mut |_, _| {
                panic!("the terminal is gone")
            })
        }));
        assert!(broken.is_err());
        assert!(is_empty(&home.hold()).unwrap());
        let store = home.open();
        assert_eq!(store.dump().await.unwrap(), Seed::default());
        assert_eq!(store.origin().await.unwrap(), None);
        store.close().await;
        drop(store);
        assert_eq!(home.load(&world, "y").unwrap(), Loaded::Now);
        assert_eq!(home.open().dump().await.unwrap(), sorted(world));
    }
}
