//! Many at once.

use crate::{
    home::{Home, Rule, change, id},
    script::join,
};
use guestlist_domain::{
    Actor, App, Change, Channel, ChannelId, ChannelKind, Facts, Message, Moment, Plan, Stop,
    Timestamp, UserId, message::What,
};
use guestlist_store::{Clock, Decide, Failure, Store, StoreError};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, mpsc},
};
use tokio::sync::oneshot;

fn user(n: u64) -> UserId {
    UserId::from_number('U', n).unwrap()
}

/// Invites those who are not in yet; refused when all are.
fn invite(channel: ChannelId, users: Vec<UserId>) -> Rule<Vec<(UserId, Timestamp)>> {
    Rule::new(move |facts: &Facts, moment: &mut Moment| {
        let (mut changes, mut came) = (Vec::new(), Vec::new());
        for user in &users {
            if facts.membership(channel, *user)?.is_none() {
                let change = join(moment, channel, *user);
                let Change::Joined { ts, .. } = change else {
                    unreachable!()
                };
                came.push((*user, ts));
                changes.push(change);
            }
        }
        if changes.is_empty() {
            Err(Stop::Refused("already_in_channel"))
        } else {
            Ok(Plan {
                changes,
                outcome: came,
            })
        }
    })
}

fn joins(messages: &[Message]) -> Vec<(UserId, Timestamp)> {
    messages
        .iter()
        .filter(|message| matches!(message.what, What::Joined { .. }))
        .map(|message| (message.user, message.ts))
        .collect()
}

async fn round(store: &Store, first: u64) -> Vec<(UserId, Timestamp)> {
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let store = store.clone();
            let (channel, own, shared) = (n % 3, user(first + 100 + n), user(first + n / 3 % 20));
            let channel = id(["C0OPS", "C0RANDOM", "C0WELCOME"][channel as usize]);
            // Every other one asks twice.
            let calls = [vec![own, shared], vec![shared, own], vec![shared]];
            tokio::spawn(async move {
                let mut came = Vec::new();
                for users in calls.into_iter().skip((n % 2) as usize) {
                    match invite(channel, users).ask(&store).await {
                        Ok(some) => came.extend(some),
                        Err(Failure::Refused("already_in_channel")) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
                came
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_comes_in_once() {
    let home = Home::sample();
    let mut newest = Timestamp(0);
    // The second round begins after a restart, and an hour earlier.
    for (first, offset) in [(0, 0), (10_000, -3_600_000_000)] {
        let clock = Clock::default();
        clock.advance(offset);
        let store = home.open_by(clock);
        let mut told = round(&store, first).await;
        assert!(told.iter().all(|(_, ts)| *ts > newest));
        newest = told.iter().map(|(_, ts)| *ts).max().unwrap();

        let mut shown = Vec::new();
        let mut people = 0;
        for channel in ["C0OPS", "C0RANDOM", "C0WELCOME"] {
            let read = store.read(|reader| {
                let channel = reader
                    .look(|facts| Ok(facts.channel(id(channel))?.cloned()))?
                    .unwrap();
                let messages =
                    reader.history(&channel, Timestamp(0), Timestamp(i64::MAX), true, 10_000)?;
                let members = reader.members(&channel, None, 10_000)?;
                Ok::<_, StoreError>((joins(&messages), members))
            });
            let (joins, members) = read.await.unwrap();
            let once: HashSet<UserId> = joins.iter().map(|(user, _)| *user).collect();
            assert_eq!(once.len(), joins.len(), "somebody came in twice");
            assert!(once.iter().all(|user| members.contains(user)));
            let (low, high) = (user(first), user(first + 9_999));
            shown.extend(
                joins
                    .into_iter()
                    .filter(|(user, _)| (low..=high).contains(user)),
            );
            people += members
                .iter()
                .filter(|user| (low..=high).contains(user))
                .count();
        }
        // Told exactly what happened.
        told.sort();
        shown.sort();
        assert_eq!(told, shown);
        assert_eq!(told.len(), people);
        let ticks: HashSet<Timestamp> = told.iter().map(|(_, ts)| *ts).collect();
        assert_eq!(ticks.len(), told.len(), "a tick was given twice");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_an_app_at_once_all_stand() {
    let home = Home::sample();
    let one = home.open();
    let other = match home.is_elsewhere() {
        true => home.killed().open(),
        false => one.clone(),
    };
    // As subscriptions are set, and as installing makes a bot: the app as it is, with a part that is new.
    let edit = |name: String| {
        Rule::new(move |facts: &Facts, _: &mut Moment| {
            let mut app = App::clone(facts.app(id("A0GREET"))?.unwrap());
            app.events
                .get_or_insert_default()
                .subscribe
                .push(name.clone());
            let app = Arc::new(app);
            Ok(Plan {
                outcome: (),
                changes: vec![Change::AppEdited { app }],
            })
        })
    };
    let (one, other) = (&one, &other);
    let edits = |store: &'static str| async move {
        let node = if store == "one" { one } else { other };
        for n in 0..40 {
            edit(format!("{store}_{n}")).ask(node).await.unwrap();
        }
    };
    tokio::join!(edits("one"), edits("other"));
    let seed = one.dump().await.unwrap();
    let app = seed
        .apps
        .iter()
        .find(|app| app.id == id("A0GREET"))
        .unwrap();
    assert_eq!(app.events.as_ref().unwrap().subscribe.len(), 80);
}

/// Readers come while the tables follow a long run in slices: what they see is whole calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_whole_calls() {
    const CALLS: u64 = 60;
    const PEOPLE: u64 = 400;
    let home = Home::sample();
    let store = home.open();
    let channel = |n: u64| ChannelId::from_number('C', n).unwrap();
    let writers: Vec<_> = (0..4)
        .map(|lane| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in (lane..CALLS).step_by(4) {
                    let made = change(&store, move |moment| {
                        let made = Channel::new(
                            channel(n),
                            id("T0ACME"),
                            ChannelKind::Public,
                            &format!("c{n}"),
                            user(0),
                            moment.now(),
                        );
                        let mut changes = vec![Change::Created {
                            channel: Arc::new(made),
                        }];
                        changes.extend(
                            (0..PEOPLE).map(|person| join(moment, channel(n), user(person))),
                        );
                        changes
                    });
                    made.await;
                }
            })
        })
        .collect();
    let readers: Vec<_> = (0..4)
        .map(|lane| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut seen, mut views) = (0, 0);
                while seen < CALLS {
                    let look = move |reader: &mut guestlist_store::Reader| {
                        let from = Some(channel(0));
                        let made =
                            reader.channels(id("T0ACME"), &[ChannelKind::Public], from, 1000)?;
                        let mut whole = 0;
                        for channel in made.iter().filter(|channel| channel.name.starts_with('c')) {
                            let members = reader.member_count(channel)?;
                            let history = reader.history(
                                channel,
                                Timestamp(0),
                                Timestamp(i64::MAX),
                                true,
                                1000,
                            )?;
                            assert_eq!(
                                (u64::from(members), history.len() as u64),
                                (PEOPLE, PEOPLE),
                                "{}",
                                channel.name
                            );
                            whole += 1;
                        }
                        Ok::<u64, StoreError>(whole)
                    };
                    let now = if lane % 2 == 0 {
                        store.read(look).await
                    } else {
                        store.read_long(look).await
                    };
                    let now = now.unwrap();
                    assert!(now >= seen, "{now} after {seen}");
                    (seen, views) = (now, views + 1);
                    // As a server's calls would, which wait for their sockets.
                    tokio::task::yield_now().await;
                }
                views
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
}

/// Long reads wait for each other, and meanwhile the tables go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_long_read_that_waited_sees_whole_calls() {
    let home = Home::sample();
    let store = home.open();
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let places = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    let mut readers = Vec::new();
    for _ in 0..places {
        let (store, released) = (store.clone(), released.clone());
        let (reading, reads) = oneshot::channel();
        readers.push(tokio::spawn(async move {
            let long = store.read_long(move |reader| {
                reader.tokens()?;
                let _ = reading.send(());
                let _ = released.lock().map(|released| released.recv());
                Ok::<_, StoreError>(())
            });
            long.await
        }));
        reads.await.unwrap();
    }
    // One more, which finds no place. Short calls all the while keep the writer from finishing.
    let one_more = tokio::spawn({
        let store = store.clone();
        async move {
            let read = store.read_long(|reader| {
                let random = reader.look(|facts| Ok(facts.channel(id("C0RANDOM"))?.cloned()))?;
                let random = random.unwrap();
                let all = (Timestamp(0), Timestamp(i64::MAX));
                let messages = reader.history(&random, all.0, all.1, true, 100_000)?;
                Ok::<_, StoreError>((reader.member_count(&random)?, messages.len()))
            });
            read.await
        }
    });
    for call in 0..10 {
        let crowd = change(&store, move |moment| {
            let people = (0..1000).map(|n| user(1000 * call + n));
            people
                .map(|person| join(moment, id("C0RANDOM"), person))
                .collect()
        });
        crowd.await;
    }
    for n in 0..200 {
        if n == 150 {
            (0..places).for_each(|_| release.send(()).unwrap());
        }
        change(&store, move |moment| {
            vec![join(moment, id("C0OPS"), user(n))]
        })
        .await;
    }
    let (members, messages) = one_more.await.unwrap().unwrap();
    assert_eq!((members, messages), (3 + 10_000, 10_000));
    for reader in readers {
        reader.await.unwrap().unwrap();
    }
}

/// A call that says that it is being decided, and is not done before somebody says so, or nobody is there to say it.
struct Gated {
    rereads: bool,
    entered: mpsc::Sender<bool>,
    gate: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Decide for Gated {
    type Outcome = ();
    type Refusal = ();

    fn actor(&self) -> Actor {
        Actor::nobody(id("T0ACME"))
    }

    fn rereads(&self) -> bool {
        self.rereads
    }

    fn decide(&self, _: &Facts, _: &mut Moment) -> Result<Plan<()>, Stop<()>> {
        let _ = self.entered.send(self.rereads);
        let _ = self.gate.lock().unwrap().recv();
        Ok(Plan::nothing(()))
    }
}

/// The embedded writer leaves them in the queue until it has done with those before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_are_decided_by_themselves_wait_like_others() {
    let home = Home::sample();
    if !home.is_elsewhere() {
        eprintln!("skipped: no PostgreSQL here");
        return;
    }
    let store = home.open();
    let (entered, enters) = mpsc::channel();
    let gate = || {
        let (go, gate) = mpsc::channel::<()>();
        (go, Arc::new(Mutex::new(gate)))
    };
    let ((go_first, first), (go_rest, rest)) = (gate(), gate());
    let call = |rereads| {
        let (store, entered) = (store.clone(), entered.clone());
        let gate = if rereads { rest.clone() } else { first.clone() };
        let call = Gated {
            rereads,
            entered,
            gate,
        };
        tokio::spawn(async move { store.write(Arc::new(call)).await.unwrap() })
    };
    let mut calls = vec![call(false)];
    enters.recv().unwrap();
    calls.extend((0..5).map(|_| call(true)));
    while store.measured().waiting < 5 {
        tokio::task::yield_now().await;
    }
    drop(go_first);
    // The first may be decided more than once.
    while !enters.recv().unwrap() {}
    assert_eq!(store.measured().waiting, 4);
    drop(go_rest);
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(store.measured().waiting, 0);
}
