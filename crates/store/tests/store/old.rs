//! Stores of older versions open, and nothing of them is lost.

use crate::{
    home::{Home, change, id},
    script::{joined, left},
};
use guestlist_domain::{Change, ChannelId, ChannelKind, Seed, TeamId, UserId, message::What};
use guestlist_store::StoreError;

fn members(dump: &Seed, channel: ChannelId) -> Vec<String> {
    let of = |(_, at, user, _): &(TeamId, ChannelId, UserId, _)| {
        (*at == channel).then(|| user.to_string())
    };
    dump.members.iter().filter_map(of).collect()
}

/// Three of its calls are in the tables, two in the journal alone.
#[tokio::test]
async fn version_1_with_a_journal_ahead_of_its_tables() {
    let home = Home::embedded();
    home.sql()
        .execute_batch(include_str!("version_1.sql"))
        .unwrap();
    let store = home.open();
    let before = store.dump().await.unwrap();
    let random = id("C0RANDOM");
    assert_eq!(
        members(&before, random),
        ["U0ADA", "U0BEN", "U0MIA", "U0DANA", "U0EMIL", "U0GREET"]
    );
    let made = before
        .channels
        .iter()
        .find(|channel| channel.name == "old-days");
    assert_eq!(members(&before, made.unwrap().id), ["U0GREET"]);
    let said: Vec<_> = before
        .messages
        .iter()
        .filter(|(_, channel, _)| *channel == random)
        .map(|(_, _, message)| (message.user.to_string(), message.what.clone()))
        .collect();
    let join = |user: &str, inviter: Option<&str>| {
        let inviter = inviter.map(id);
        (user.to_owned(), What::Joined { inviter })
    };
    assert_eq!(said.len(), 4);
    assert_eq!(said[0], join("U0GREET", None));
    assert_eq!(said[1], join("U0EMIL", Some("U0GREET")));
    assert!(matches!(&said[2].1, What::Text(text) if text.text == "Hello all"));
    assert_eq!(said[3], join("U0MIA", Some("U0GREET")));

    // By person, too, those whom the tables and those whom the journal brought.
    for (user, channels) in [
        ("U0EMIL", vec!["C0RANDOM"]),
        ("U0MIA", vec!["C0RANDOM"]),
        ("U0GREET", vec!["C0RANDOM", "C4BGQ2BJ0KS"]),
    ] {
        let read = store.read(|reader| {
            let kinds = [ChannelKind::Public];
            let found = reader.channels_of(id(user), &kinds, None, 100)?;
            Ok::<_, StoreError>(found.iter().map(|c| c.id.to_string()).collect::<Vec<_>>())
        });
        let found = read.await.unwrap();
        for channel in channels {
            assert!(
                found.iter().any(|id| id == channel),
                "{user} in {channel}: {found:?}"
            );
        }
    }

    // It goes on from there, in the new form, and comes back from a kill.
    let newest = before.messages.iter().map(|(_, _, m)| m.ts).max().unwrap();
    let done = change(&store, |moment| {
        vec![
            left(moment, "C0RANDOM", "U0MIA"),
            joined(moment, "C0OPS", "U0MIA"),
        ]
    });
    let Change::Left { ts, .. } = done.await[0] else {
        unreachable!()
    };
    assert!(ts > newest, "ticks go on");
    let copy = home.killed().open().dump().await.unwrap();
    assert_eq!(copy, store.dump().await.unwrap());
    assert!(!members(&copy, random).contains(&"U0MIA".to_owned()));
    assert!(members(&copy, id("C0OPS")).contains(&"U0MIA".to_owned()));
}
