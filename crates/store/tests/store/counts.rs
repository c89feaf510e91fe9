//! Counts are loaded as they are after every call so far, whatever the tables show yet.

use crate::{
    home::{Home, Rule, change, id},
    script::{joined, left},
};
use guestlist_domain::{Change, Channel, ChannelKind, Facts, Moment, Plan};
use guestlist_store::Store;
use std::sync::Arc;

async fn channels_of(store: &Store, user: &'static str) -> u32 {
    let look =
        move |facts: &Facts, _: &mut Moment| Ok(Plan::nothing(facts.channel_count(id(user))?));
    Rule::new(look).ask(store).await.unwrap()
}

async fn members_of(store: &Store, channel: &'static str) -> u32 {
    let look =
        move |facts: &Facts, _: &mut Moment| Ok(Plan::nothing(facts.member_count(id(channel))?));
    Rule::new(look).ask(store).await.unwrap()
}

#[tokio::test]
async fn a_guest_who_was_just_removed_is_in_no_channel() {
    let home = Home::sample();
    let store = home.open();
    change(&store, |moment| vec![left(moment, "C0WELCOME", "U0SOL")]).await;
    assert_eq!(channels_of(&store, "U0SOL").await, 0);
}

#[tokio::test]
async fn a_guest_who_just_came_is_in_one_channel() {
    let home = Home::sample();
    let store = home.open();
    change(&store, |moment| vec![joined(moment, "C0RANDOM", "U0MIA")]).await;
    assert_eq!(channels_of(&store, "U0MIA").await, 1);
    // A channel and a DM that no table has yet: the one counts, the other does not.
    let made = |moment: &mut Moment| {
        let made = |text: &str, kind| Change::Created {
            channel: Arc::new(Channel::new(
                id(text),
                id("T0ACME"),
                kind,
                text,
                id("U0BEN"),
                moment.now(),
            )),
        };
        let mut changes = vec![
            made("C0FRESH", ChannelKind::Public),
            made("D0FRESH", ChannelKind::Im),
        ];
        changes.extend(["C0FRESH", "D0FRESH"].map(|channel| joined(moment, channel, "U0BEN")));
        changes
    };
    change(&store, made).await;
    assert_eq!(
        channels_of(&store, "U0BEN").await,
        4,
        "general, random, launch and the new one"
    );
}

#[tokio::test]
async fn members_who_just_came_and_went_count() {
    let home = Home::sample();
    let store = home.open();
    change(&store, |moment| {
        ["U0BEN", "U0DANA", "U0EMIL"]
            .map(|user| joined(moment, "C0OPS", user))
            .into()
    })
    .await;
    change(&store, |moment| {
        vec![
            left(moment, "C0OPS", "U0CLEO"),
            left(moment, "C0OPS", "U0DANA"),
        ]
    })
    .await;
    assert_eq!(members_of(&store, "C0OPS").await, 4);
    // Known now, it follows the calls.
    change(&store, |moment| vec![joined(moment, "C0OPS", "U0MIA")]).await;
    assert_eq!(members_of(&store, "C0OPS").await, 5);
}

#[tokio::test]
async fn calls_of_the_same_batch_count_too() {
    let home = Home::sample();
    let store = home.open();
    let (_, sol, _, ops) = tokio::join!(
        change(&store, |moment| vec![left(moment, "C0WELCOME", "U0SOL")]),
        channels_of(&store, "U0SOL"),
        change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]),
        members_of(&store, "C0OPS"),
    );
    assert_eq!((sol, ops), (0, 4));
}
