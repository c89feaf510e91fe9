//! On PostgreSQL those who come into a channel are written by one statement, where the database can.

use crate::{
    home::{Home, Rule, change, id, seed},
    script::{MORE, join, left, unassigned},
};
use guestlist_domain::{ChannelId, Facts, Moment, Plan, TeamId, UserId};
use guestlist_store::{Store, StoreError, testing};

fn elsewhere() -> Option<(Home, Store)> {
    let home = Home::sample();
    if !home.is_elsewhere() {
        eprintln!("skipped: no PostgreSQL here");
        return None;
    }
    let store = home.open();
    Some((home, store))
}

fn come(channel: &str, user: &str) -> Rule<()> {
    let (channel, user): (ChannelId, UserId) = (id(channel), id(user));
    Rule::new(move |facts: &Facts, moment: &mut Moment| {
        facts.channel(channel)?;
        facts.membership(channel, user)?;
        Ok(Plan {
            outcome: (),
            changes: vec![join(moment, channel, user)],
        })
    })
}

/// Whether somebody is in a channel, by its members and by their places.
async fn is_in(store: &Store, channel: &str, user: &str) -> [bool; 2] {
    let (channel, user): (ChannelId, UserId) = (id(channel), id(user));
    let look = move |facts: &Facts| {
        let member = facts.membership(channel, user)?.is_some();
        Ok([member, facts.channels_of(user)?.contains(&channel)])
    };
    let found: Result<_, StoreError> = store.read(|reader| reader.look(look)).await;
    found.unwrap()
}

fn conflicts(store: &Store) -> u64 {
    store.counts().unwrap().conflicts
}

#[tokio::test]
async fn who_comes_goes_and_comes_again_meets_no_row() {
    let Some((_home, store)) = elsewhere() else {
        return;
    };
    for _ in 0..3 {
        come("C0OPS", "U0BEN").ask(&store).await.unwrap();
        assert_eq!(is_in(&store, "C0OPS", "U0BEN").await, [true, true]);
        change(&store, |moment| vec![left(moment, "C0OPS", "U0BEN")]).await;
        assert_eq!(is_in(&store, "C0OPS", "U0BEN").await, [false, false]);
    }
    assert_eq!(conflicts(&store), 0);
}

#[tokio::test]
async fn a_row_that_should_not_be_there_is_borne() {
    let Some((home, store)) = elsewhere() else {
        return;
    };
    let (channel, user, team): (ChannelId, UserId, TeamId) =
        (id("C0OPS"), id("U0BEN"), id("T0ACME"));
    let row = [user.key(), channel.key(), team.key()].map(|key| key.to_string());
    let place = format!("insert into place values ({})", row.join(", "));
    testing::beside(&home.elsewhere(), &place);
    come("C0OPS", "U0BEN").ask(&store).await.unwrap();
    assert_eq!(is_in(&store, "C0OPS", "U0BEN").await, [true, true]);
    assert_eq!(conflicts(&store), 1);
}

/// As another node would have brought her in while she left.
#[tokio::test]
async fn who_is_still_where_they_cannot_be_is_found_a_little_later() {
    let home = Home::empty();
    if !home.is_elsewhere() {
        return eprintln!("skipped: no PostgreSQL here");
    }
    home.load(&seed(MORE), "test").unwrap();
    let store = home.open();
    let (team, mora): (TeamId, UserId) = (id("T0MORE"), id("U0MORA"));
    store.sweep(team, mora).await;
    assert_eq!(is_in(&store, "C0MORE", "U0MORA").await, [true, true]);
    change(&store, |_| vec![unassigned("T0MOST", &[], "T0MORE")]).await;
    store.sweep(team, mora).await;
    assert_eq!(is_in(&store, "C0MORE", "U0MORA").await, [false, false]);
}

/// As a connection is reset by whoever had them leave: nobody waits for the answer any more.
#[tokio::test]
async fn who_is_looked_for_is_found_though_nobody_waits() {
    let home = Home::empty();
    if !home.is_elsewhere() {
        return eprintln!("skipped: no PostgreSQL here");
    }
    home.load(&seed(MORE), "test").unwrap();
    let store = home.open();
    let (team, mora): (TeamId, UserId) = (id("T0MORE"), id("U0MORA"));
    change(&store, |_| vec![unassigned("T0MOST", &[], "T0MORE")]).await;
    // Begun, and given up before it can have ended.
    tokio::select! {
        biased;
        () = store.sweep(team, mora) => unreachable!("it waits first"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(is_in(&store, "C0MORE", "U0MORA").await, [true, true]);
    let gone = async {
        while is_in(&store, "C0MORE", "U0MORA").await != [false, false] {
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(30);
    assert!(tokio::time::timeout(patience, gone).await.is_ok());
}

/// Some that speak PostgreSQL's language refuse a statement that writes into several tables.
const REFUSE: &str = "
create function refuse() returns trigger language plpgsql as $$ begin
  if current_query() like '%with joined as%' then
    raise exception 'one table at a time' using errcode = '0A000';
  end if;
  return new;
end $$;
create trigger refuse before insert on journal for each row execute function refuse();";

#[tokio::test]
async fn where_one_statement_may_not_write_into_several_tables_several_do() {
    let Some((home, store)) = elsewhere() else {
        return;
    };
    testing::beside(&home.elsewhere(), REFUSE);
    for user in ["U0BEN", "U0DANA", "U0EMIL"] {
        come("C0OPS", user).ask(&store).await.unwrap();
        assert_eq!(is_in(&store, "C0OPS", user).await, [true, true]);
        // It is found out once.
        assert_eq!(conflicts(&store), 1);
    }
}
