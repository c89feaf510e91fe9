//! What a page costs at most, and what the documentation says there is.

use super::{question::Question, read};
use guestlist_domain::{
    Actor, Change, EnterpriseId, Facts, Message, Moment, Plan, Stop, TeamId, Timestamp,
    audit::{EntryId, GROUPS, Log},
    message::What,
};
use guestlist_store::{
    Clock, Decide, Directory, Reader, Store, StoreError, load_into, testing, world,
};
use std::sync::Arc;

/// Ada joins and leaves a channel, several times in one call.
struct Visits(i64);

impl Decide for Visits {
    type Outcome = ();
    type Refusal = ();

    fn actor(&self) -> Actor {
        Actor::nobody(id("T0ACME"))
    }

    fn decide(&self, _: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<()>> {
        let (channel, user) = (id("C0OPS"), id("U0ADA"));
        let visit = |_| {
            let (inviter, by) = (None, None);
            let ts = moment.tick();
            let joined = Change::Joined {
                channel,
                user,
                inviter,
                ts,
            };
            let ts = moment.tick();
            [
                joined,
                Change::Left {
                    channel,
                    user,
                    by,
                    ts,
                },
            ]
        };
        Ok(Plan {
            changes: (0..self.0).flat_map(visit).collect(),
            outcome: (),
        })
    }
}

/// Ada comes, and says something of so many bytes.
struct Says(usize);

impl Decide for Says {
    type Outcome = ();
    type Refusal = ();

    fn actor(&self) -> Actor {
        Actor::nobody(id("T0ACME"))
    }

    fn decide(&self, _: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<()>> {
        let (channel, user, inviter) = (id("C0OPS"), id("U0ADA"), None);
        let joined = Change::Joined {
            channel,
            user,
            inviter,
            ts: moment.tick(),
        };
        let message = Message {
            ts: moment.tick(),
            user,
            what: What::Topic("x".repeat(self.0)),
        };
        Ok(Plan {
            changes: vec![joined, Change::Posted { channel, message }],
            outcome: (),
        })
    }
}

fn id<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

const WORLD: &str = r"
version: 1
enterprises: [{id: E0ACME, name: Acme Corp, domain: acme-corp}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    users: [{id: U0ADA, name: ada}]
    channels: [{id: C0OPS, name: ops, creator: U0ADA}]
";

async fn page(store: &Store, query: &str, most: usize) -> read::Page {
    let log = Log {
        org: id::<EnterpriseId>("E0ACME"),
        workspaces: vec![id::<TeamId>("T0ACME")],
        since: Timestamp::default(),
    };
    let question = Question::read(query).unwrap();
    let read = move |reader: &mut Reader| read::page(reader, &log, &question, most);
    store.read_long::<_, StoreError>(read).await.unwrap()
}

/// All pages: the ids of what is on them, and how many they were.
async fn all(store: &Store, query: &str, most: usize) -> (Vec<EntryId>, usize) {
    let (mut ids, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let query = format!("{query}&cursor={cursor}");
        let page = page(store, &query, most).await;
        ids.extend(page.entries.iter().map(|(_, entry)| entry.id));
        pages += 1;
        assert!(pages < 1000, "{query} goes round in circles");
        let Some(next) = page.next else {
            return (ids, pages);
        };
        cursor = super::question::cursor(next).replace('=', "%3D");
    }
}

/// A store of the world, in a directory that goes with it.
fn store() -> (tempfile::TempDir, Store) {
    let path = tempfile::tempdir().unwrap();
    let directory = Directory::hold(path.path()).unwrap();
    let directory = directory.with_store(testing::elsewhere());
    let seed = world::read("world", WORLD, Timestamp(0), &mut || [0; 24])
        .unwrap()
        .seed;
    load_into(&directory, &seed, "world", &mut |_, _| {}).unwrap();
    (path, Store::open(directory, Clock::default()).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_looks_at_so_many_changes_and_the_next_goes_on() {
    let (_path, store) = store();
    // Of which one row alone has more than most calls look at.
    for visits in [1, 20, 3, 1] {
        store.write(Arc::new(Visits(visits))).await.unwrap();
    }

    const CHANGES: usize = 50;
    let (whole, pages) = all(&store, "", 1000).await;
    assert_eq!((whole.len(), pages), (CHANGES, 1));
    assert!(whole.is_sorted_by(|newer, older| newer > older));
    for (query, most) in [
        ("", 1),
        ("", 7),
        ("", CHANGES - 1),
        ("", CHANGES),
        ("limit=3", 7),
        ("limit=7", 3),
    ] {
        let (ids, pages) = all(&store, query, most).await;
        assert_eq!(ids, whole, "{query} {most}");
        assert!(pages >= CHANGES.div_ceil(most), "{query} {most}: {pages}");
    }
    // Nothing is found, but not all at once.
    let nothing = page(&store, "action=user_login", 7).await;
    assert_eq!(nothing.entries, []);
    assert!(nothing.next.is_some());
    let (ids, pages) = all(&store, "action=user_channel_leave", 7).await;
    assert_eq!(ids.len(), CHANGES / 2);
    assert!(pages > CHANGES / 7);
}

/// A row is unpacked whole, so what it weighs counts as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_looks_at_so_many_bytes_and_the_next_goes_on() {
    let (_path, store) = store();
    for bytes in [10, 100_000, 10, 10, 100_000, 100_000] {
        store.write(Arc::new(Says(bytes))).await.unwrap();
    }
    let (whole, pages) = all(&store, "", 1_000_000).await;
    assert_eq!((whole.len(), pages), (6, 1));
    // One page for each heavy row, or for two, and one for the rest.
    for (query, most, expected) in [("", 90, 4), ("action=user_login", 90, 4), ("", 150, 2)] {
        let (ids, pages) = all(&store, query, most).await;
        let found = if query.is_empty() { &whole[..] } else { &[] };
        assert_eq!((&ids[..], pages), (found, expected), "{query} {most}");
    }
}

#[test]
fn every_action_is_in_the_documentation() {
    let page = include_str!("../../../../docs/audit.md");
    let mut group = "";
    let mut told: Vec<(&str, &str)> = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let (first, second) = (cells.next().unwrap_or_default(), cells.next());
        if GROUPS.iter().any(|(name, _)| first == format!("`{name}`")) {
            group = first.trim_matches('`');
        } else if !first.is_empty() {
            group = "";
        }
        let names = second.unwrap_or_default().split('`').skip(1).step_by(2);
        told.extend(
            names
                .filter(|_| !group.is_empty())
                .map(|name| (group, name)),
        );
    }
    let all: Vec<_> = GROUPS
        .iter()
        .flat_map(|(group, actions)| actions.iter().map(|action| (*group, action.name())))
        .collect();
    for one in &all {
        assert!(told.contains(one), "{one:?} is not in docs/audit.md");
    }
    for one in told {
        assert!(all.contains(&one), "{one:?} is in docs/audit.md alone");
    }
}
