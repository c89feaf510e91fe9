//! Facts for all waiting calls at once: the kinds that inviting looks at, each kind in one
//! statement, all statements in one round trip. Others are loaded one by one (`tables::load`).

use super::{
    locks::{self, Array, Locks},
    session::Session,
};
use crate::{error::StoreError, tables::entity};
use guestlist_domain::{
    ChannelId, ChannelKind, Facts, Key, TeamId, Timestamp, UserId, facts::Membership,
    user::Standing,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

const CHANNELS: &str = "
  select k.id, c.doc, (select max(m.ts) from message m where m.team = c.team and m.channel = c.id)
  from unnest($1::bigint[]) as k(id) left join channel c on c.id = k.id";
// With a limit each is looked up by the whole key: where the database believes channels to be small,
// it would rather read everybody in them.
const MEMBERS: &str = "
  select k.channel, k.person, m.since, m.closed
  from unnest($1::bigint[], $2::bigint[]) as k(channel, person)
  left join channel c on c.id = k.channel
  left join lateral (
    select since, closed from member
    where team = c.team and channel = c.id and \"user\" = k.person limit 1) m on true";
const STANDINGS: &str = "
  select k.id, u.home, u.flags
  from unnest($1::bigint[]) as k(id) left join \"user\" u on u.id = k.id and u.team = u.home";
const USERS: &str = "
  select k.id, u.doc
  from unnest($1::bigint[]) as k(id) left join \"user\" u on u.id = k.id and u.team = u.home";
const WORKSPACES: &str = "
  select k.id, w.doc from unnest($1::bigint[]) as k(id) left join workspace w on w.team = k.id";

const CHANNELS_OF: &str = "
  select p.\"user\", p.channel
  from place p join channel c on c.team = p.team and c.id = p.channel
  where p.\"user\" = any($1) and c.kind = any($2)";

/// Loads how many channels people are in, DMs not counted.
pub(super) fn load_counts(
    db: &Session,
    facts: &mut Facts,
    people: &[UserId],
) -> Result<(), StoreError> {
    let kinds = [ChannelKind::Public as i32, ChannelKind::Private as i32];
    let params = vec![
        Array::Ints(people.iter().map(|user| user.key()).collect()),
        Array::SmallInts(kinds.to_vec()),
    ];
    let mut channels: BTreeMap<UserId, HashSet<ChannelId>> = BTreeMap::new();
    for row in db.ask(&db.prepare_own(CHANNELS_OF)?, params)? {
        let user = UserId::from_key(row.get(0));
        let channel = ChannelId::from_key(row.get(1));
        channels.entry(user).or_default().insert(channel);
    }
    for user in people {
        let older = channels.remove(user).unwrap_or_default();
        facts.put_channel_count(*user, facts.count_channels(*user, &older));
    }
    Ok(())
}

/// Loads what can be loaded in sets, and returns the newest time that anything was said in one of
/// `locked`, the conversations of which locks are held. Who turns out to be a guest or a bot, and is
/// not among those who are `held`, is locked and looked at again.
pub(super) fn load(
    db: &Session,
    facts: &mut Facts,
    keys: &[Key],
    locked: Vec<i64>,
    held: &mut Locks,
) -> Result<Timestamp, StoreError> {
    let (mut places, mut standings) = (BTreeSet::new(), BTreeSet::new());
    let (mut users, mut workspaces) = (BTreeSet::new(), BTreeSet::new());
    for key in keys.iter().filter(|key| !facts.knows(key)) {
        match key {
            Key::Member(channel, user) => {
                places.insert((channel.key(), user.key()));
            }
            Key::Standing(user) => {
                standings.insert(user.key());
            }
            Key::User(user) => {
                users.insert(user.key());
            }
            Key::Workspace(team) => {
                workspaces.insert(team.key());
            }
            _ => {}
        }
    }
    let list = |set: BTreeSet<i64>| {
        (!set.is_empty()).then(|| vec![Array::Ints(set.into_iter().collect())])
    };
    let (in_channels, people): (Vec<i64>, Vec<i64>) = places.into_iter().unzip();
    let places = (!people.is_empty()).then(|| vec![Array::Ints(in_channels), Array::Ints(people)]);
    let channels = (!locked.is_empty()).then(|| vec![Array::Ints(locked)]);
    let mut questions = Vec::new();
    for (sql, params) in [
        (CHANNELS, channels),
        (MEMBERS, places),
        (STANDINGS, list(standings)),
        (USERS, list(users)),
        (WORKSPACES, list(workspaces)),
    ] {
        if let Some(params) = params {
            questions.push((sql, db.prepare_own(sql)?, params));
        }
    }
    // Nothing else may be asked before all of these are answered: see `Session::answer`.
    let asked: Vec<_> = questions
        .into_iter()
        .map(|(sql, statement, params)| (sql, db.question(&statement, params)))
        .collect();
    let mut newest = Timestamp::default();
    let mut changeable = Vec::new();
    for (sql, asked) in asked {
        for row in db.answer(asked)? {
            let id: i64 = row.get(0);
            match sql {
                CHANNELS => {
                    let ts: Option<i64> = row.get(2);
                    newest = newest.max(Timestamp(ts.unwrap_or_default()));
                    let id = ChannelId::from_key(id);
                    // What an earlier call of the batch has made of it is in no table yet.
                    if !facts.knows(&Key::Channel(id)) {
                        facts.put_channel(id, entity("channel", id, row.get(1))?);
                    }
                }
                MEMBERS => {
                    let since: Option<i64> = row.get(2);
                    let place = since.map(|since| Membership {
                        since: Timestamp(since),
                        closed: row.get(3),
                    });
                    let (channel, user) = (ChannelId::from_key(id), UserId::from_key(row.get(1)));
                    facts.put_membership(channel, user, place);
                }
                STANDINGS => {
                    let flags: Option<i64> = row.get(2);
                    changeable.extend(
                        flags
                            .filter(|flags| flags & locks::GUEST_OR_BOT != 0)
                            .map(|_| id),
                    );
                    put_standing(facts, UserId::from_key(id), row.get(1), flags);
                }
                USERS => {
                    let id = UserId::from_key(id);
                    facts.put_user(id, entity("user", id, row.get(1))?);
                }
                _ => {
                    let id = TeamId::from_key(id);
                    facts.put_workspace(id, entity("workspace", id, row.get(1))?);
                }
            }
        }
    }
    let more = Locks::of_standings(changeable.into_iter()).beyond(held);
    let people = more.standings();
    if !people.is_empty() {
        more.take(db)?;
        held.extend(more);
        for row in db.ask(&db.prepare_own(STANDINGS)?, vec![Array::Ints(people)])? {
            put_standing(facts, UserId::from_key(row.get(0)), row.get(1), row.get(2));
        }
    }
    Ok(newest)
}

/// How the database goes about each question: for tests.
pub(super) fn plans(db: &Session) -> Result<Vec<String>, StoreError> {
    let mut plans = Vec::new();
    for (sql, keys) in [
        (CHANNELS, "'{1}'"),
        (MEMBERS, "'{1}', '{1}'"),
        (STANDINGS, "'{1}'"),
        (USERS, "'{1}'"),
        (WORKSPACES, "'{1}'"),
    ] {
        let name = format!("question_{}", plans.len());
        db.batch(&format!("prepare {name} as {sql}"))?;
        let explain = db.prepare(&format!("explain execute {name}({keys})"))?;
        let lines = db.query(&explain, Vec::new())?;
        let lines: Vec<String> = lines.iter().map(|row| row.get(0)).collect();
        plans.push(lines.join("\n"));
    }
    Ok(plans)
}

/// Those in several workspaces are not told by their flags, and loaded one by one.
fn put_standing(facts: &mut Facts, id: UserId, home: Option<i64>, flags: Option<i64>) {
    let (Some(home), Some(flags)) = (home, flags) else {
        facts.put_standing(id, None);
        return;
    };
    if let Some(standing) = Standing::from_flags(TeamId::from_key(home), flags) {
        facts.put_standing(id, Some(standing));
    }
}
