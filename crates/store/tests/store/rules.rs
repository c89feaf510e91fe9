//! What the writer owes each rule, and what one rule cannot do to another's call.

use crate::{
    home::{Home, Rule, change, id, seed},
    script::{MORE, joined},
};
use guestlist_domain::{Change, ChannelId, Facts, Key, Moment, Plan, Stop, UserId, connect::Party};
use guestlist_store::{Failure, StoreError};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Everything in the sample world that a rule can look at, as text.
fn look(facts: &Facts) -> Result<String, Stop<&'static str>> {
    let (team, user) = (id("T0ACME"), id::<UserId>("U0SOL"));
    let channel: ChannelId = id("C0WELCOME");
    Ok(format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        facts.workspace(team)?.map(|workspace| &workspace.name),
        facts.enterprise(id("E0NONE"))?.map(|org| &org.name),
        facts.user(user)?.map(|user| &user.name),
        facts.user(id("U0NOBODY"))?.map(|user| &user.name),
        facts
            .standing(id("U0MIA"))?
            .and_then(|standing| standing.guest),
        facts.channel(channel)?.map(|channel| &channel.name),
        facts.membership(channel, user)?.is_some(),
        facts.membership(id("C0NONE"), user)?.is_some(),
        facts.handle(team, "welcome")?,
        facts.channel_count(user)?,
        facts.member_count(channel)?,
        facts
            .token(team, guestlist_store::world::token_hash("xoxp-sample-ada"))?
            .map(|token| token.user),
        facts.usergroups(team)?.len(),
        facts.named(Party::Team(team), "ben")?.first().copied(),
        facts.roster(id("C0GENERAL"))?,
        facts.invite_request(team, id("Ir0NONE"))?,
        facts.requested(team, "nia@acme.test")?,
    ))
}

const SEEN: &str = "Some(\"Acme\") None Some(\"sol\") None Some(MultiChannel) Some(\"welcome\") true false \
                    Some(C0WELCOME) 1 4 Some(Some(U0ADA)) 0 Some(U0BEN) () None None";

#[tokio::test]
async fn whatever_a_rule_looks_at_is_loaded() {
    let home = Home::sample();
    let store = home.open();
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let nothing_said = Rule::new(move |facts: &Facts, _: &mut Moment| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Plan::nothing(look(facts)?))
    });
    assert_eq!(nothing_said.ask(&store).await.unwrap(), SEEN);
    assert_eq!(
        tries.load(Ordering::Relaxed),
        18,
        "one look for each fact, and the last"
    );

    let home = Home::sample();
    let store = home.open();
    let needs = || {
        let team = id("T0ACME");
        vec![
            Key::Workspace(team),
            Key::Enterprise(id("E0NONE")),
            Key::User(id("U0SOL")),
            Key::User(id("U0NOBODY")),
            Key::Standing(id("U0MIA")),
            Key::Channel(id("C0WELCOME")),
            Key::Member(id("C0WELCOME"), id("U0SOL")),
            Key::Member(id("C0NONE"), id("U0SOL")),
            Key::Handle(team, "welcome".to_owned()),
            Key::ChannelCount(id("U0SOL")),
            Key::MemberCount(id("C0WELCOME")),
            Key::Token(team, guestlist_store::world::token_hash("xoxp-sample-ada")),
            Key::Usergroups(team),
            Key::Named(Party::Team(team), "ben".to_owned()),
            Key::Roster(id("C0GENERAL")),
            Key::InviteRequest(team, id("Ir0NONE")),
            Key::Requested(team, "nia@acme.test".to_owned()),
        ]
    };
    tries.store(0, Ordering::Relaxed);
    let counted = tries.clone();
    let all_said = Rule::needing(needs, move |facts, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Plan::nothing(look(facts)?))
    });
    assert_eq!(all_said.ask(&store).await.unwrap(), SEEN);
    assert_eq!(tries.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_is_missing_together_is_loaded_together() {
    let home = Home::sample();
    let store = home.open();
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let together = Rule::new(move |facts: &Facts, _: &mut Moment| {
        counted.fetch_add(1, Ordering::Relaxed);
        let (channel, people) = (id("C0WELCOME"), ["U0SOL", "U0MIA", "U0NOBODY"].map(id));
        let mut keys = vec![
            Key::Channel(channel),
            Key::Roster(id("C0GENERAL")),
            Key::Channel(id("C0NONE")),
        ];
        for user in people {
            keys.extend([Key::Standing(user), Key::Member(channel, user)]);
            keys.push(Key::ChannelCount(user));
        }
        facts.all(keys)?;
        Ok(Plan::nothing(look(facts)?))
    });
    assert_eq!(together.ask(&store).await.unwrap(), SEEN);
    // Of what is looked at beside them each is missed by itself.
    assert_eq!(tries.load(Ordering::Relaxed), 14);
}

#[tokio::test]
async fn what_was_absent_before_an_addition_is_looked_up_again_after_it() {
    let home = Home::sample();
    let store = home.open();
    let seen = || {
        Rule::new(|facts: &Facts, _: &mut Moment| {
            let (team, channel) = (id("T0MORE"), id("C0MORE"));
            let mora: UserId = id("U0MORA");
            Ok(Plan::nothing((
                facts.membership(channel, mora)?.is_some(),
                facts.handle(team, "more")?.is_some(),
                facts.channel_count(mora)?,
                facts.member_count(channel)?,
                facts.offers(channel)?.len(),
                facts.people_at("more", "ada@acme.test")?.len(),
                facts.bot_of(id("A0MORE"), team)?.is_some(),
                facts.tokens_of(id("A0MORE"), team)?.len(),
            )))
        })
    };
    let before = (false, false, 0, 0, 0, 0, false, 0);
    assert_eq!(seen().ask(&store).await.unwrap(), before);
    let added = |_: &mut Moment| {
        let seed = Arc::new(seed(MORE));
        vec![Change::Added { seed }]
    };
    change(&store, added).await;
    let after = (true, true, 1, 2, 1, 1, true, 1);
    assert_eq!(seen().ask(&store).await.unwrap(), after);
    let gone = |_: &mut Moment| {
        vec![Change::Removed {
            workspaces: vec![id("T0MORE"), id("T0MOST")],
            enterprises: vec![id("E0MORE")],
            apps: vec![id("A0MORE")],
        }]
    };
    change(&store, gone).await;
    assert_eq!(seen().ask(&store).await.unwrap(), before);
    change(&store, added).await;
    assert_eq!(seen().ask(&store).await.unwrap(), after);
    store.close().await;
}

#[tokio::test]
async fn a_refusal_writes_nothing_and_reaches_the_caller() {
    let home = Home::sample();
    let store = home.open();
    let before = store.dump().await.unwrap();
    let refused = Rule::<()>::new(|_: &Facts, _: &mut Moment| Err(Stop::Refused("no")))
        .ask(&store)
        .await;
    assert!(
        matches!(refused, Err(Failure::Refused("no"))),
        "{refused:?}"
    );
    let refused = Rule::<()>::new(|_: &Facts, _: &mut Moment| Err(Stop::Scope(&["a", "b"])))
        .ask(&store)
        .await;
    assert!(
        matches!(refused, Err(Failure::Scope(["a", "b"]))),
        "{refused:?}"
    );
    assert_eq!(store.dump().await.unwrap(), before);
}

#[tokio::test]
async fn a_rule_that_panics_fails_its_own_call_only() {
    let home = Home::sample();
    let store = home.open();
    // Polled together, they wait together: the three share a commit.
    let came = |user: &'static str| {
        Rule::new(move |_: &Facts, moment: &mut Moment| {
            Ok(Plan {
                changes: vec![joined(moment, "C0OPS", user)],
                outcome: (),
            })
        })
    };
    let (first, broken, second) = tokio::join!(
        came("U0BEN").ask(&store),
        Rule::<()>::new(|_: &Facts, _: &mut Moment| panic!("a mistake in a rule")).ask(&store),
        came("U0DANA").ask(&store),
    );
    assert!(
        matches!(broken, Err(Failure::Store(StoreError::Panicked))),
        "{broken:?}"
    );
    first.unwrap();
    second.unwrap();
    let broken = Rule::<()>::needing(|| panic!("a mistake in its needs"), |_, _| unreachable!())
        .ask(&store)
        .await;
    assert!(
        matches!(broken, Err(Failure::Store(StoreError::Panicked))),
        "{broken:?}"
    );
    came("U0EMIL").ask(&store).await.unwrap();
    let dump = store.dump().await.unwrap();
    for user in ["U0BEN", "U0DANA", "U0EMIL"] {
        assert!(
            dump.members
                .iter()
                .any(|member| (member.1, member.2) == (id("C0OPS"), id(user))),
            "{user}"
        );
    }
}
