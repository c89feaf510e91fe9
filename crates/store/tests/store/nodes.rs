//! Two nodes on one PostgreSQL database. Without one these tests have nothing to say; the step
//! `postgres` of `cargo xtask test` has one.

use crate::{
    home::{Home, Rule, change, id},
    script::{join, joined, left, made, marked, posted, revoked},
};
use guestlist_domain::{
    Change, Channel, ChannelId, ChannelKind, Facts, Moment, Plan, Stop, Timestamp, UserId,
};
use guestlist_store::{
    Bookmark, Clock, Failure, Store, StoreError, Take,
    deliveries::{About, Owed, Room, State},
    testing,
    world::token_hash,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

const HOUR: i64 = 3_600_000_000;

/// A home and two nodes that serve it by these clocks.
fn two(clocks: [Clock; 2]) -> Option<(Home, [(Store, Home); 2])> {
    let home = Home::sample();
    if !home.is_elsewhere() {
        eprintln!("skipped: no PostgreSQL here");
        return None;
    }
    let nodes = clocks.map(|clock| {
        let node = home.killed();
        (node.open_by(clock), node)
    });
    Some((home, nodes))
}

#[tokio::test]
async fn what_one_has_answered_the_other_knows() {
    let Some((_home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    for _ in 0..20 {
        change(&one, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
        assert!(is_in(&other, "C0OPS", "U0BEN").await);
        change(&other, |moment| vec![left(moment, "C0OPS", "U0BEN")]).await;
        assert!(!is_in(&one, "C0OPS", "U0BEN").await);
    }
}

#[tokio::test]
async fn both_have_one_secret() {
    let Some((home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    let secret = one.shared_secret([7; 32]).await.unwrap();
    assert_eq!(secret, [7; 32]);
    assert_eq!(other.shared_secret([8; 32]).await.unwrap(), secret);
    let later = home.killed().open();
    assert_eq!(later.shared_secret([9; 32]).await.unwrap(), secret);
}

async fn is_in(store: &Store, channel: &str, user: &str) -> bool {
    let (channel, user) = (id(channel), id(user));
    let place = store.read(|reader| reader.look(|facts| facts.membership(channel, user)));
    let place: Result<_, StoreError> = place.await;
    place.unwrap().is_some()
}

/// The sample world is small, and its tables are analyzed: a planner left alone would read them whole.
#[tokio::test]
async fn what_a_batch_rests_on_is_looked_up_by_whole_keys() {
    let Some((home, _nodes)) = two(Default::default()) else {
        return;
    };
    let plans = testing::plans(&home.elsewhere());
    for plan in &plans {
        assert!(plan.contains("Index"), "{plan}");
        for no in ["Seq Scan", "Bitmap", "Hash", "Merge"] {
            assert!(!plan.contains(no), "{plan}");
        }
    }
    let member = |line: &str| line.contains("Index Cond") && line.contains("\"user\" = ");
    let by_whole_key = |plan: &&String| plan.lines().any(member);
    assert_eq!(plans.iter().filter(by_whole_key).count(), 1, "{plans:#?}");
}

#[tokio::test]
async fn of_calls_that_come_at_once_as_many_pass_as_the_bucket_holds() {
    const SECOND: i64 = 1_000_000_000;
    let Some((_home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    let now = one.clock().now().0 * 1000;
    let take = |name: &str| Take {
        team: id("T0ACME"),
        name: name.to_owned(),
        now,
        interval: SECOND,
        empty: now + 90 * SECOND,
    };
    let mut calls = Vec::new();
    for _ in 0..80 {
        for node in [&one, &other] {
            for name in ["one method", "another"] {
                let (node, take) = (node.clone(), take(name));
                calls.push(tokio::spawn(async move {
                    (name, node.take(&take).await.unwrap())
                }));
            }
        }
    }
    let mut passed = [0, 0];
    for call in calls {
        let (name, taken) = call.await.unwrap();
        match taken {
            Ok(()) => passed[usize::from(name == "another")] += 1,
            Err(wait) => assert_eq!(wait, SECOND),
        }
    }
    assert_eq!(passed, [90, 90]);
    // A second later there is one more, whoever asks.
    let mut later = take("another");
    later.now += SECOND;
    later.empty += SECOND;
    assert_eq!(other.take(&later).await.unwrap(), Ok(()));
    assert_eq!(one.take(&later).await.unwrap(), Err(SECOND));
}

/// Brings a guest into a channel if they are in none.
fn invite(channel: ChannelId, guest: UserId) -> Rule<()> {
    Rule::new(move |facts: &Facts, moment: &mut Moment| {
        facts.channel(channel)?;
        if facts.channel_count(guest)? > 0 {
            return Err(Stop::Refused("has a channel"));
        }
        Ok(Plan {
            outcome: (),
            changes: vec![join(moment, channel, guest)],
        })
    })
}

#[tokio::test]
async fn of_two_that_invite_one_guest_at_once_one_wins() {
    let Some((_home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    let guest: UserId = id("U0SOL");
    let channels: [ChannelId; 2] = [id("C0OPS"), id("C0RANDOM")];
    change(&one, |moment| vec![left(moment, "C0WELCOME", "U0SOL")]).await;
    for _ in 0..40 {
        let (a, b) = tokio::join!(
            invite(channels[0], guest).ask(&one),
            invite(channels[1], guest).ask(&other)
        );
        let won = [a, b].map(|outcome| match outcome {
            Ok(()) => true,
            Err(Failure::Refused(why)) => {
                assert_eq!(why, "has a channel");
                false
            }
            Err(error) => panic!("{error:?}"),
        });
        assert_ne!(won[0], won[1]);
        let channel = channels[usize::from(won[1])];
        change(&one, move |_| {
            vec![Change::Dropped {
                channel,
                user: guest,
            }]
        })
        .await;
    }
}

#[tokio::test]
async fn who_is_refused_keeps_nobody_waiting() {
    let Some((_home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    for node in [&one, &other, &one] {
        let refused = invite(id("C0OPS"), id("U0SOL")).ask(node).await;
        assert!(matches!(refused, Err(Failure::Refused("has a channel"))));
    }
    // Whoever waits for a lock for long begins anew, and that is counted.
    let conflicts = [&one, &other].map(|node| node.counts().unwrap().conflicts);
    assert_eq!(conflicts, [0, 0]);
}

#[tokio::test]
async fn all_nodes_follow_the_clock() {
    let Some((_home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    for by in [24 * HOUR, -HOUR] {
        let before = other.clock().now();
        assert!(one.move_clock(by).await.unwrap());
        let followed = async {
            while (other.clock().now().0 - before.0 - by).abs() > HOUR / 2 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = Duration::from_secs(10);
        tokio::time::timeout(in_time, followed).await.unwrap();
    }
    assert!(!other.move_clock(i64::MAX / 2).await.unwrap());

    // Moves at once are added up, and every node comes to the same.
    let ahead = || (one.clock().now().0 - Clock::default().now().0) / HOUR;
    let before = ahead();
    let (there, back) = tokio::join!(one.move_clock(3 * HOUR), other.move_clock(-HOUR));
    assert!(there.unwrap() && back.unwrap());
    let agree = async {
        while ahead() != before + 2
            || (one.clock().now().0 - other.clock().now().0).abs() > HOUR / 2
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), agree)
        .await
        .unwrap();
}

#[tokio::test]
async fn times_are_unique_in_a_channel_whatever_the_clocks_say() {
    let (behind, ahead) = (Clock::default(), Clock::default());
    behind.advance(-HOUR);
    ahead.advance(HOUR);
    let Some((_home, [(one, _), (other, _)])) = two([behind, ahead]) else {
        return;
    };
    let say = |store: &Store| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut said = Vec::new();
            for _ in 0..50 {
                let rule = Rule::new(|facts: &Facts, moment: &mut Moment| {
                    facts.channel(id("C0OPS"))?;
                    let message = posted(moment, "C0OPS", "U0ADA", "hello");
                    let ts = moment.last();
                    Ok(Plan {
                        outcome: ts,
                        changes: vec![message],
                    })
                });
                said.push(rule.ask(&store).await.unwrap());
            }
            said
        })
    };
    let (a, b) = tokio::join!(say(&one), say(&other));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a.is_sorted() && b.is_sorted());
    let all: BTreeSet<Timestamp> = a.into_iter().chain(b).collect();
    assert_eq!(all.len(), 100);
    let dump = one.dump().await.unwrap();
    let kept = dump.messages.iter().map(|(_, _, message)| message.ts);
    let kept: BTreeSet<Timestamp> = kept.collect();
    assert!(kept.is_superset(&all));
}

#[tokio::test]
async fn what_somebody_does_comes_after_what_they_did_whatever_the_clocks_say() {
    let (behind, ahead) = (Clock::default(), Clock::default());
    ahead.advance(HOUR);
    let Some((_home, [(one, _), (other, _)])) = two([behind, ahead]) else {
        return;
    };
    // In a DM neither coming nor marking leaves a message.
    let dm = "D0FRESH";
    let fresh = Change::Created {
        channel: Arc::new(Channel {
            parties: vec![id("U0ADA"), id("U0EMIL")],
            ..Channel::new(
                id(dm),
                id("T0ACME"),
                ChannelKind::Im,
                "",
                id("U0ADA"),
                Timestamp(0),
            )
        }),
    };
    let came = change(&other, move |moment| {
        vec![fresh.clone(), joined(moment, dm, "U0ADA")]
    });
    let came = came.await;
    let Some(Change::Joined { ts: since, .. }) = came.last() else {
        panic!("{came:?}");
    };
    let by_ada = |store: &Store, make: fn(&mut Moment) -> Change| {
        let store = store.clone();
        async move {
            let rule = Rule::new(move |facts: &Facts, moment: &mut Moment| {
                facts.channel(id("D0FRESH"))?;
                facts.membership(id("D0FRESH"), id("U0ADA"))?;
                let change = make(moment);
                Ok(Plan {
                    outcome: moment.last(),
                    changes: vec![change],
                })
            });
            rule.ask(&store).await.unwrap()
        }
    };
    let mark = |m: &mut Moment| marked(m, "D0FRESH", "U0ADA", Timestamp(0));
    let say = |m: &mut Moment| posted(m, "D0FRESH", "U0ADA", "hello");
    let first = by_ada(&one, mark).await;
    let again = by_ada(&other, mark).await;
    let said = by_ada(&one, say).await;
    assert!(
        *since < first && first < again && again < said,
        "{since:?} {first:?} {again:?} {said:?}"
    );
}

#[tokio::test]
async fn ids_that_both_make_at_once_are_two() {
    // By one clock that stands, both begin with the same ticks.
    let now = Clock::default().now();
    let Some((_home, [(one, _), (other, _)])) = two([Clock::standing(now), Clock::standing(now)])
    else {
        return;
    };
    let make = |name: &'static str| {
        Rule::new(move |_: &Facts, moment: &mut Moment| {
            let id = moment.channel_id('C');
            let (team, kind, by) = ("T0ACME".parse().unwrap(), ChannelKind::Public, "U0ADA");
            let channel = Channel::new(id, team, kind, name, by.parse().unwrap(), moment.now());
            Ok(Plan {
                outcome: id,
                changes: vec![Change::Created {
                    channel: Arc::new(channel),
                }],
            })
        })
    };
    let mut ids = BTreeSet::new();
    for _ in 0..20 {
        let (a, b) = tokio::join!(make("one").ask(&one), make("two").ask(&other));
        assert!(ids.insert(a.unwrap()));
        assert!(ids.insert(b.unwrap()));
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_on_one_is_dead_on_the_other_within_a_second() {
    let Some((_home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    let hash = token_hash("short-lived");
    let is_revoked = async || {
        let owner = other.owner(hash).await.unwrap();
        owner.is_none_or(|owner| owner.token.revoked)
    };
    // Nobody yet, which the other node was asked about and does not remember.
    assert!(is_revoked().await);
    change(&one, |_| vec![made("short-lived")]).await;
    assert!(!is_revoked().await);
    change(&one, |_| vec![revoked("short-lived")]).await;
    let dead = tokio::time::timeout(Duration::from_secs(1), async {
        while !is_revoked().await {
            tokio::task::yield_now().await;
        }
    });
    dead.await.unwrap();
}

/// Whatever connections are cut: what was answered is there, once, and nothing else is.
#[tokio::test]
async fn connections_that_are_cut_cost_no_answered_call() {
    let Some((home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    let write = |store: &Store, number: usize| {
        let store = store.clone();
        tokio::spawn(async move {
            let (mut done, mut unknown) = (Vec::new(), Vec::new());
            for call in 0..120 {
                let text = format!("{number}.{call}");
                let said = text.clone();
                let rule = Rule::new(move |facts: &Facts, moment: &mut Moment| {
                    facts.channel(id("C0OPS"))?;
                    Ok(Plan {
                        outcome: (),
                        changes: vec![posted(moment, "C0OPS", "U0ADA", &said)],
                    })
                });
                match rule.ask(&store).await {
                    Ok(()) => done.push(text),
                    Err(Failure::Store(StoreError::InDoubt(_))) => unknown.push(text),
                    Err(Failure::Store(_)) => {}
                    Err(refused) => panic!("{refused:?}"),
                }
            }
            (done, unknown)
        })
    };
    let writers = [write(&one, 1), write(&other, 2)];
    let place = home.elsewhere();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        testing::cut(&place);
        // A few calls come through between two cuts.
        for _ in 0..5 {
            let _ = one.is_empty().await;
            tokio::task::yield_now().await;
        }
    }
    let (mut done, mut unknown) = (Vec::new(), Vec::new());
    for writer in writers {
        let (d, u) = writer.await.unwrap();
        done.extend(d);
        unknown.extend(u);
    }
    let dump = home.killed().open().dump().await.unwrap();
    let texts = dump.messages.iter().filter_map(|(_, _, message)| {
        let guestlist_domain::message::What::Text(text) = &message.what else {
            return None;
        };
        text.text.contains('.').then(|| text.text.clone())
    });
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    let all = texts.len();
    texts.dedup();
    assert_eq!(texts.len(), all, "nothing is there twice");
    for text in &done {
        assert!(texts.contains(text), "{text} was answered and is lost");
    }
    let expected = |text: &&String| done.contains(text) || unknown.contains(text);
    let stray: Vec<_> = texts.iter().filter(|text| !expected(text)).collect();
    assert!(
        stray.iter().all(|text| !text.starts_with(['1', '2'])),
        "answered as failed, and there: {stray:?}"
    );
    let lost = one.counts().unwrap().reconnects + other.counts().unwrap().reconnects;
    assert!(lost > 0, "connections were cut");
    assert!(!done.is_empty());
}

/// An event of #ops, owed to an app.
fn owed(event_id: &str) -> Owed {
    let at = Timestamp(1_700_000_000_000_000);
    Owed {
        app: id("A0GREET"),
        team: id("T0ACME"),
        about: About::Channel(id("C0OPS")),
        event_id: event_id.to_owned(),
        kind: "member_joined_channel".to_owned(),
        at,
        until: Timestamp(at.0 + 2 * HOUR),
        body: "{}".to_owned(),
    }
}

#[tokio::test]
async fn what_came_of_a_delivery_counts_while_its_lane_is_claimed() {
    let Some((home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    let (mut one, mut other) = (one.deliveries().unwrap(), other.deliveries().unwrap());
    let mark = one.enter().unwrap().unwrap();
    one.record(&mark, &[owed("Ev1"), owed("Ev2")]).unwrap();
    let now = owed("").at;
    let lane = (owed("").app, owed("").about);
    let room = [Room {
        app: lane.0,
        lanes: 5,
        due: now,
    }];
    assert_eq!(one.claim(&room, now).unwrap(), [(lane, now)]);
    assert_eq!(other.claim(&room, now).unwrap(), []);
    let mut mine = one.first(lane).unwrap().unwrap();
    // It was silent for too long.
    testing::lapse(&home.elsewhere());
    assert_eq!(other.claim(&room, now).unwrap(), [(lane, now)]);
    let mut theirs = other.first(lane).unwrap().unwrap();
    assert_eq!(mine, theirs);
    mine.state = State::Failed;
    assert_eq!(one.conclude(&[mine]).unwrap(), [false]);
    assert_eq!(one.look(&[lane], now).unwrap(), []);
    theirs.state = State::Delivered;
    assert_eq!(other.conclude(&[theirs]).unwrap(), [true]);
    // The next is not due yet: whoever comes first then may have it.
    assert_eq!(other.look(&[lane], now).unwrap(), [(lane, now)]);
    let mut next = other.first(lane).unwrap().unwrap();
    assert_eq!(next.owed.event_id, "Ev2");
    next.due = Timestamp(now.0 + HOUR);
    assert_eq!(other.conclude(&[next]).unwrap(), [true]);
    assert_eq!(other.look(&[lane], now).unwrap(), []);
    let later = Timestamp(now.0 + HOUR);
    let room = room.map(|room| Room { due: later, ..room });
    assert_eq!(one.claim(&room, now).unwrap(), []);
    assert_eq!(one.claim(&room, later).unwrap(), [(lane, later)]);
    one.release(None).unwrap();
    assert_eq!(other.claim(&room, later).unwrap(), [(lane, later)]);
    let states = other.find(&Default::default(), 9).unwrap();
    let states: Vec<State> = states.iter().map(|one| one.state).collect();
    assert_eq!(states, [State::Delivered, State::Waiting]);
}

#[tokio::test]
async fn a_claim_that_nobody_goes_by_lapses() {
    let Some((home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    let (mut one, mut other) = (one.deliveries().unwrap(), other.deliveries().unwrap());
    let mark = one.enter().unwrap().unwrap();
    one.record(&mark, &[owed("Ev1")]).unwrap();
    let now = owed("").at;
    let lane = (owed("").app, owed("").about);
    let room = [Room {
        app: lane.0,
        lanes: 5,
        due: now,
    }];
    assert_eq!(one.claim(&room, now).unwrap(), [(lane, now)]);
    one.renew(&[lane].into()).unwrap();
    assert!(one.is_mine(lane));
    one.renew(&[].into()).unwrap();
    assert!(!one.is_mine(lane));
    // Until then nobody else has it.
    assert_eq!(other.claim(&room, now).unwrap(), []);
    testing::lapse(&home.elsewhere());
    one.renew(&[lane].into()).unwrap();
    assert_eq!(other.claim(&room, now).unwrap(), [(lane, now)]);
}

#[tokio::test]
async fn connections_that_are_gone_are_not_remembered_for_ever() {
    let Some((home, [(one, _), (other, _)])) = two(Default::default()) else {
        return;
    };
    for _ in 0..12 {
        let store = home.killed().open_by(Clock::default());
        change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
        change(&other, |moment| vec![left(moment, "C0OPS", "U0BEN")]).await;
        store.close().await;
    }
    let mut record = one.deliveries().unwrap();
    let mut mark = record.enter().unwrap().unwrap();
    let mut changes = Vec::new();
    loop {
        let rows = one.entries_after(&mark, None).unwrap();
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            changes.extend(row.entries.iter().flat_map(|entry| entry.changes.clone()));
            mark.pass(row);
        }
    }
    // Each effect after its cause, whoever wrote it.
    assert_eq!(changes.len(), 24);
    for pair in changes.chunks(2) {
        assert!(matches!(pair[0], Change::Joined { .. }), "{changes:?}");
        assert!(matches!(pair[1], Change::Left { .. }), "{changes:?}");
    }
    record.record(&mark, &[]).unwrap();
    let named = mark.lanes();
    assert!(named > 12, "{mark}");
    // Their connections end a moment after the stores have closed. Where that cannot be seen they stay.
    let can_see = testing::has_advisory_locks(&home.elsewhere());
    loop {
        let mut mark: Bookmark = record.enter().unwrap().unwrap();
        assert!(one.entries_after(&mark, None).unwrap().is_empty());
        record.trim_lanes(&mut mark);
        record.record(&mark, &[]).unwrap();
        if mark.lanes() < 5 || !can_see {
            assert!(can_see || mark.lanes() == named, "{mark}");
            break;
        }
        tokio::task::yield_now().await;
    }
    // The others are named still, and what comes is not missed.
    change(&other, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
    change(&one, |moment| vec![left(moment, "C0OPS", "U0BEN")]).await;
    let mark = record.followed().unwrap().unwrap();
    assert_eq!(one.entries_after(&mark, None).unwrap().len(), 2);
}
