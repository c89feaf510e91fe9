//! What is written shows in reads at once.

use crate::{
    home::{Home, Rule, change, id, seed, try_change},
    model::after,
    script::{SCRIPT, closed, joined, left, posted},
};
use guestlist_domain::{
    Actor, Channel, ChannelId, ChannelKind, Facts, Key, Moment, Plan, Stop, Timestamp, UserId,
    message::What,
};
use guestlist_store::{Apart, Decide, Failure, StoreError, world};
use std::sync::Arc;

#[tokio::test]
async fn every_kind_of_change_shows_at_once() {
    let (home, mut done) = (Home::sample(), Vec::new());
    let store = home.open();
    let start = store.dump().await.unwrap();
    for call in SCRIPT {
        done.extend(change(&store, call).await);
        assert_eq!(store.dump().await.unwrap(), after(&start, &done));
    }
    store.close().await;
    assert_eq!(
        store.dump().await.unwrap(),
        after(&start, &done),
        "reads go on after the end"
    );
    let refused = try_change(&store, |moment| vec![joined(moment, "C0OPS", "U0DANA")]).await;
    assert!(
        matches!(refused, Err(Failure::Store(StoreError::Unavailable))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn all_of_it_as_one_call_comes_to_the_same() {
    let home = Home::sample();
    let store = home.open();
    let start = store.dump().await.unwrap();
    let done = change(&store, |moment| {
        SCRIPT.iter().flat_map(|call| call(moment)).collect()
    })
    .await;
    assert_eq!(store.dump().await.unwrap(), after(&start, &done));
}

#[tokio::test]
async fn each_reading_shows_it() {
    let home = Home::sample();
    let store = home.open();
    let (ops, ben): (ChannelId, UserId) = (id("C0OPS"), id("U0BEN"));

    change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
    let read = store.read(|reader| {
        let channel = reader
            .look(|facts| Ok(facts.channel(ops)?.cloned()))?
            .unwrap();
        let newest = reader
            .history(&channel, Timestamp(0), Timestamp(i64::MAX), true, 1)?
            .remove(0);
        assert_eq!(
            (newest.user, &newest.what),
            (
                ben,
                &What::Joined {
                    inviter: Some(id("U0ADA"))
                }
            )
        );
        let place = reader.look(|facts| facts.membership(ops, ben))?.unwrap();
        assert_eq!((place.since, place.closed), (newest.ts, false));
        assert!(reader.members(&channel, None, 10)?.contains(&ben));
        assert_eq!(reader.member_count(&channel)?, 4);
        let of_ben = reader.channels_of(ben, &[ChannelKind::Private], None, 10)?;
        assert_eq!(
            of_ben.iter().map(|channel| channel.id).collect::<Vec<_>>(),
            [ops]
        );
        Ok::<_, StoreError>(())
    });
    read.await.unwrap();

    change(&store, |moment| {
        vec![
            left(moment, "C0OPS", "U0BEN"),
            closed("D0ADABEN", "U0BEN", true),
        ]
    })
    .await;
    let read = store.read_long(move |reader| {
        assert_eq!(reader.look(|facts| facts.membership(ops, ben))?, None);
        assert!(
            reader
                .channels_of(ben, &[ChannelKind::Private], None, 10)?
                .is_empty()
        );
        assert!(
            reader
                .look(|facts| facts.membership(id("D0ADABEN"), ben))?
                .unwrap()
                .closed
        );
        Ok::<_, StoreError>(())
    });
    read.await.unwrap();

    // The script's channel gets its name, changes it twice, and is archived.
    for call in SCRIPT {
        change(&store, call).await;
    }
    let read = store.read(|reader| {
        let named = |name: &'static str| move |facts: &Facts| facts.handle(id("T0ACME"), name);
        assert_eq!(reader.look(named("fresh"))?, None);
        assert_eq!(reader.look(named("freshest"))?, Some(id("C0FRESH")));
        let channels: Vec<_> = reader.channels(id("T0ACME"), &[ChannelKind::Private], None, 10)?;
        let found = |channel: &&Arc<Channel>| channel.id == id("C0FRESH");
        assert!(channels.iter().find(found).unwrap().archived);
        Ok::<_, StoreError>(())
    });
    read.await.unwrap();
}

#[tokio::test]
async fn the_next_decision_sees_it_before_the_tables_do() {
    let home = Home::sample();
    let store = home.open();
    let came = change(&store, |moment| {
        vec![
            joined(moment, "C0OPS", "U0BEN"),
            posted(moment, "C0OPS", "U0BEN", "Hello"),
        ]
    });
    came.await;
    let seen = Rule::new(|facts: &Facts, _: &mut Moment| {
        Ok(Plan::nothing(facts.membership(id("C0OPS"), id("U0BEN"))?))
    });
    assert!(seen.ask(&store).await.unwrap().is_some());
    change(&store, |moment| vec![left(moment, "C0OPS", "U0BEN")]).await;
    let seen = Rule::needing(
        || {
            vec![
                Key::Member(id("C0OPS"), id("U0BEN")),
                Key::Channel(id("C0OPS")),
            ]
        },
        |facts, _| Ok(Plan::nothing(facts.membership(id("C0OPS"), id("U0BEN"))?)),
    );
    assert_eq!(seen.ask(&store).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_loaded_is_remembered() {
    let home = Home::sample();
    let store = home.open();
    assert!(!store.is_empty().await.unwrap());
    assert_eq!(store.origin().await.unwrap().as_deref(), Some("sample"));
    assert_eq!(*store.server_state(), seed(world::SAMPLE).server);
    let home = Home::empty();
    let store = home.open();
    assert!(store.is_empty().await.unwrap());
    assert_eq!(store.origin().await.unwrap(), None);
}

/// Ends the writer as a mistake of ours would.
struct Deadly;

impl Decide for Deadly {
    type Outcome = ();
    type Refusal = ();

    fn actor(&self) -> Actor {
        Actor::nobody(id("T0ACME"))
    }

    fn apart(&self) -> Option<Apart> {
        panic!("as a mistake of ours would")
    }

    fn decide(&self, _: &Facts, _: &mut Moment) -> Result<Plan<()>, Stop<()>> {
        Ok(Plan::nothing(()))
    }
}

#[tokio::test]
async fn without_a_writer_the_store_is_not_ready() {
    let home = Home::sample();
    let store = home.open();
    store.is_ready().await.unwrap();
    assert!(store.measured().available);
    change(&store, |moment| vec![joined(moment, "C0OPS", "U0DANA")]).await;
    let refused = store.write(Arc::new(Deadly)).await;
    assert!(matches!(
        refused,
        Err(Failure::Store(StoreError::Unavailable))
    ));
    // On PostgreSQL it is a thread that ends.
    while store.is_ready().await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!store.measured().available);
    // What happened can be read all the same, also where the tables do not show it.
    let beginning = store.beginning();
    let entries = store
        .glance_long(move |reader| reader.entries_after(&beginning, None))
        .await;
    assert_eq!(entries.unwrap().len(), 1);
    let shown = store.read_long(|_| Ok::<_, StoreError>(())).await;
    assert_eq!(shown.is_ok(), home.is_elsewhere());
}
