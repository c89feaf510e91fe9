use super::*;
use crate::{sql::Connection, sqlite};
use guestlist_domain::{Moment, Seed};

const CHANNELS: u64 = 3;
const PEOPLE: u64 = 4;
const TEAM: i64 = 7;

/// People come, go, speak, and take back what they said, in some order.
fn changes(seed: u64) -> Vec<Change> {
    let mut state = seed;
    let mut draw = |of: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % of
    };
    let mut moment = Moment::new(Timestamp(1_000_000), Timestamp(0));
    let mut said: Vec<(ChannelId, Arc<Message>)> = Vec::new();
    let mut next = || {
        let channel = format!("C0{}", draw(CHANNELS)).parse().unwrap();
        let user: UserId = format!("U0{}", draw(PEOPLE)).parse().unwrap();
        let inviter = (draw(2) == 0).then(|| "U0INVITER".parse().unwrap());
        let ts = moment.tick();
        let what = draw(13);
        if (8..11).contains(&what) && !said.is_empty() {
            let (channel, message) = said.swap_remove(draw(said.len() as u64) as usize);
            if what == 8 {
                return Change::Deleted {
                    channel,
                    message,
                    ts,
                };
            }
            let now = Message {
                what: What::Tombstone,
                ..Message::clone(&message)
            };
            return Change::Reworded {
                channel,
                message: Arc::new(now),
                before: message,
                ts,
            };
        }
        match what {
            0 => Change::Left {
                channel,
                user,
                by: None,
                ts,
            },
            1 => Change::Dropped { channel, user },
            11 | 12 => Change::Marked {
                channel,
                user,
                ts: Timestamp(ts.0 - i64::try_from(draw(9)).unwrap()),
                at: ts,
            },
            2 | 3 => {
                let message = Message {
                    ts,
                    user,
                    what: What::Left,
                };
                said.push((channel, Arc::new(message.clone())));
                Change::Posted { channel, message }
            }
            _ => Change::Joined {
                channel,
                user,
                inviter,
                ts,
            },
        }
    };
    (0..60).map(|_| next()).collect()
}

fn homes() -> Homes {
    let home = Home {
        team: TEAM,
        is_dm: false,
    };
    let ids = (0..CHANNELS).map(|n| format!("C0{n}").parse().unwrap());
    Homes(ids.map(|id| (id, home)).collect())
}

fn fold(db: &Connection, changes: &[Change], slice: usize) {
    let (mut rows, mut homes) = (Rows::default(), homes());
    for change in changes {
        rows.add(db, &mut homes, change).unwrap();
    }
    rows.seal();
    while rows.len() > 0 {
        let before = rows.len();
        rows.write(db, slice).unwrap();
        assert!(rows.len() >= before.saturating_sub(slice));
        assert!(rows.len() < before);
    }
}

/// All that changes like these leave.
fn tables(db: &Connection) -> Vec<String> {
    let all = [
        "select json_array('member', team, channel, user, since, closed, last_read, marked) from member order by team, channel, user",
        "select json_array('place', user, channel, team) from place order by user, channel",
        "select json_array('message', team, channel, ts, joined, inviter, doc) from message order by team, channel, ts",
    ];
    let mut rows = Vec::new();
    for sql in all {
        let mut select = db.sqlite().unwrap().prepare(sql).unwrap();
        let texts = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.extend(texts.map(Result::unwrap));
    }
    rows
}

#[test]
fn one_run_leaves_what_its_changes_leave_one_by_one() {
    let mut marks = 0;
    for seed in 0..40 {
        let changes = changes(seed);
        let one_by_one = sqlite::in_memory().unwrap();
        for change in &changes {
            fold(&one_by_one, std::slice::from_ref(change), usize::MAX);
        }
        let expected = tables(&one_by_one);
        assert!(expected.iter().any(|row| row.contains("place")));
        marks += expected
            .iter()
            .filter(|row| row.contains("member") && !row.ends_with("null]"))
            .count();
        for slice in [1, 7, usize::MAX] {
            let db = sqlite::in_memory().unwrap();
            fold(&db, &changes, slice);
            assert_eq!(tables(&db), expected, "seed {seed}, slices of {slice}");
            // After a crash the whole run is written again.
            fold(&db, &changes, slice);
            assert_eq!(tables(&db), expected, "seed {seed}, twice");
        }
    }
    assert!(marks > 40, "{marks} are marked");
}

#[test]
fn joins_are_light_until_somebody_goes() {
    let (db, mut homes) = (sqlite::in_memory().unwrap(), homes());
    let mut rows = Rows::default();
    let joined = |user: &str, ts| Change::Joined {
        channel: "C00".parse().unwrap(),
        user: user.parse().unwrap(),
        inviter: None,
        ts: Timestamp(ts),
    };
    for (ts, user) in (1..).zip(["U01", "U02", "U03"]) {
        rows.add(&db, &mut homes, &joined(user, ts)).unwrap();
    }
    assert_eq!((rows.len(), rows.weight()), (9, 3 * 48));
    let gone = Change::Dropped {
        channel: "C00".parse().unwrap(),
        user: "U02".parse().unwrap(),
    };
    rows.add(&db, &mut homes, &gone).unwrap();
    assert_eq!(rows.joined.len(), 0);
    rows.add(&db, &mut homes, &joined("U02", 4)).unwrap();
    assert_eq!(rows.joined.len(), 3);
}

#[test]
fn what_comes_again_after_it_was_erased_is_not_erased() {
    let team = "T0ACME".parse().unwrap();
    let group: UsergroupId = "S0CREW".parse().unwrap();
    let erased = Change::UsergroupErased { team, group };
    let creator = "U0ADA".parse().unwrap();
    let seed = Seed {
        usergroups: vec![Usergroup {
            id: group,
            team,
            name: "Crew".to_owned(),
            handle: "crew".to_owned(),
            description: String::new(),
            creator,
            created: Timestamp(0),
            updater: creator,
            updated: Timestamp(0),
            disabled: None,
            channels: Vec::new(),
            users: Vec::new(),
        }],
        ..Seed::default()
    };
    let db = sqlite::in_memory().unwrap();
    let mut homes = homes();
    let mut rows = Rows::default();
    rows.add(&db, &mut homes, &erased).unwrap();
    rows.add_seed(&mut homes, &seed);
    assert!(rows.erased.is_empty() && rows.usergroups.contains_key(&group));
    // With its workspace it is gone already.
    let mut rows = Rows::default();
    rows.add(&db, &mut homes, &erased).unwrap();
    rows.remove(&["T0ELSE".parse().unwrap()], &[]);
    assert_eq!(rows.erased.len(), 1);
    rows.remove(&[team], &[]);
    assert!(rows.erased.is_empty());
}
