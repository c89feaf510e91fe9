//! Facts for all waiting calls at once: the kinds that inviting looks at, in one statement behind those
//! that lock. Others are loaded one by one (`tables::load`).

use super::{
    locks::{self, Array, Locks},
    session::{Asked, Session},
};
use crate::{
    error::StoreError,
    rows::{Absent, Homes},
    tables::{self, entity},
};
use guestlist_domain::{
    ChannelId, ChannelKind, Facts, Key, TeamId, Timestamp, UserId, facts::Membership,
    user::Standing,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

// A row that is not there is not answered. Where a conversation is at home is looked up if it is not told.
// With a limit each is looked up by the whole key: where the database believes channels to be small,
// it would rather read everybody in them. A time is asked for only beyond one that is known: the newest
// of all costs four times as much, since the database takes in all of them that share a page.
const FACTS: &str = "
  select 0 as kind, max((
      select max(m.ts) from message m
      where m.team = coalesce(k.team, (select c.team from channel c where c.id = k.id limit 1))
        and m.channel = k.id and m.ts > $9::bigint)) as id,
    cast(null as bigint) as a, cast(null as bigint) as b, cast(null as boolean) as closed, cast(null as text) as doc,
    cast(null as bigint) as last_read, cast(null as bigint) as marked
  from unnest($1::bigint[], $2::bigint[]) as k(team, id)
  union all
  select 1, k.channel, k.person, m.since, m.closed, null, m.last_read, m.marked
  from unnest($3::bigint[], $4::bigint[], $5::bigint[]) as k(team, channel, person)
  cross join lateral (
    select since, closed, last_read, marked from member
    where team = coalesce(k.team, (select c.team from channel c where c.id = k.channel limit 1))
      and channel = k.channel and \"user\" = k.person limit 1) m
  union all
  select 2, k.id, u.home, u.flags, null, null, null, null
  from unnest($6::bigint[]) as k(id) join \"user\" u on u.id = k.id and u.team = u.home
  union all
  select 3, k.id, null, null, null, u.doc, null, null
  from unnest($7::bigint[]) as k(id) join \"user\" u on u.id = k.id and u.team = u.home
  union all
  select 4, k.id, null, null, null, w.doc, null, null
  from unnest($8::bigint[]) as k(id) join workspace w on w.team = k.id";
const STANDINGS: &str = "
  select k.id, u.home, u.flags
  from unnest($1::bigint[]) as k(id) join \"user\" u on u.id = k.id and u.team = u.home";

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

/// Loads what can be loaded in sets.
pub(super) struct Loading<'a> {
    pub(super) db: &'a Session,
    pub(super) facts: &'a mut Facts,
    /// Of what locks are held.
    pub(super) held: &'a mut Locks,
    /// What is known of conversations for good.
    pub(super) homes: &'a mut Homes,
    /// Who was found to be in no row.
    pub(super) absent: &'a mut Absent,
    /// No tick up to this one is given any more.
    pub(super) last: Timestamp,
}

impl Loading<'_> {
    /// Loads facts, and the conversations that were just locked: `locked` are asked for and `asked` is
    /// their answer to come. Returns the newest time that anything was said in one of them, or that somebody
    /// among those asked for came or marked it, if that is later than the last tick. Who turns out to be a guest or a bot, and is not among those who are held, is
    /// locked and looked at again.
    pub(super) fn load(
        &mut self,
        keys: &[Key],
        locked: Vec<i64>,
        asked: Option<Asked>,
    ) -> Result<Timestamp, StoreError> {
        let (mut places, mut standings) = (BTreeSet::new(), BTreeSet::new());
        let (mut users, mut workspaces) = (BTreeSet::new(), BTreeSet::new());
        for key in keys.iter().filter(|key| !self.facts.knows(key)) {
            match key {
                Key::Member(channel, user) => {
                    places.insert((*channel, *user));
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
        let list = |set: &BTreeSet<i64>| Array::Ints(set.iter().copied().collect());
        let home = |id: ChannelId| self.homes.team(id);
        let locked: Vec<ChannelId> = locked.into_iter().map(ChannelId::from_key).collect();
        let mut params = vec![
            Array::MaybeInts(locked.iter().map(|id| home(*id)).collect()),
            Array::Ints(locked.iter().map(|id| id.key()).collect()),
            Array::MaybeInts(places.iter().map(|(channel, _)| home(*channel)).collect()),
            Array::Ints(places.iter().map(|(channel, _)| channel.key()).collect()),
            Array::Ints(places.iter().map(|(_, user)| user.key()).collect()),
            list(&standings),
            list(&users),
            list(&workspaces),
        ];
        let facts = if params.iter().all(Array::is_empty) {
            None
        } else {
            let statement = self.db.prepare_own(FACTS)?;
            params.push(Array::Int(self.last.0));
            Some(self.db.question(&statement, params))
        };
        if let Some(asked) = asked {
            self.put_channels(locked, asked)?;
        }
        let mut newest = Timestamp::default();
        let mut guests_and_bots = Vec::new();
        if let Some(asked) = facts {
            for row in self.db.answer(asked)? {
                let (kind, id): (i32, Option<i64>) = (row.get(0), row.get(1));
                // Only a newer time can be absent.
                let id = id.unwrap_or_default();
                match kind {
                    0 => newest = newest.max(Timestamp(id)),
                    1 => {
                        let place = Membership {
                            since: Timestamp(row.get(3)),
                            closed: row.get(4),
                            mark: tables::mark(row.get(6), row.get(7)),
                        };
                        // Neither need have left a message, and another node's clock may be ahead.
                        let marked = place.mark.map_or(place.since, |mark| mark.at);
                        newest = newest.max(place.since).max(marked);
                        let key = (ChannelId::from_key(id), UserId::from_key(row.get(2)));
                        places.remove(&key);
                        self.facts.put_membership(key.0, key.1, Some(place));
                    }
                    2 => {
                        standings.remove(&id);
                        let flags: i64 = row.get(3);
                        if flags & locks::GUEST_OR_BOT != 0 {
                            guests_and_bots.push(id);
                        }
                        put_standing(self.facts, id, row.get(2), flags);
                    }
                    3 => {
                        users.remove(&id);
                        let user = entity("user", id, row.get(5))?;
                        self.facts.put_user(UserId::from_key(id), user);
                    }
                    _ => {
                        workspaces.remove(&id);
                        let team = entity("workspace", id, row.get(5))?;
                        self.facts.put_workspace(TeamId::from_key(id), team);
                    }
                }
            }
        }
        // What is left is not there.
        for (channel, user) in places {
            self.facts.put_membership(channel, user, None);
            self.absent.insert((channel.key(), user.key()));
        }
        for id in standings {
            self.facts.put_standing(UserId::from_key(id), None);
        }
        for id in users {
            self.facts.put_user(UserId::from_key(id), None);
        }
        for id in workspaces {
            self.facts.put_workspace(TeamId::from_key(id), None);
        }
        self.hold(guests_and_bots)?;
        Ok(newest)
    }

    /// Takes in the conversations that were locked.
    fn put_channels(&mut self, locked: Vec<ChannelId>, asked: Asked) -> Result<(), StoreError> {
        let mut absent: BTreeSet<ChannelId> = locked.into_iter().collect();
        for row in self.db.answer(asked)? {
            let key: i64 = row.get(0);
            let id = ChannelId::from_key(key);
            absent.remove(&id);
            // What an earlier call of the batch has made of it is in no table yet.
            if self.facts.knows(&Key::Channel(id)) {
                continue;
            }
            let channel = entity("channel", key, row.get(1))?;
            if let Some(channel) = &channel {
                self.homes.learn(channel);
            }
            self.facts.put_channel(id, channel);
        }
        for id in absent {
            if !self.facts.knows(&Key::Channel(id)) {
                self.facts.put_channel(id, None);
            }
        }
        Ok(())
    }

    /// Locks guests and bots who are not locked yet, and looks at them again.
    fn hold(&mut self, guests_and_bots: Vec<i64>) -> Result<(), StoreError> {
        let more = Locks::of_standings(guests_and_bots.into_iter()).beyond(self.held);
        let people = more.standings();
        if people.is_empty() {
            return Ok(());
        }
        more.take(self.db)?;
        self.held.extend(more);
        let statement = self.db.prepare_own(STANDINGS)?;
        let mut absent: BTreeSet<i64> = people.iter().copied().collect();
        for row in self.db.ask(&statement, vec![Array::Ints(people)])? {
            absent.remove(&row.get(0));
            put_standing(self.facts, row.get(0), row.get(1), row.get(2));
        }
        for id in absent {
            self.facts.put_standing(UserId::from_key(id), None);
        }
        Ok(())
    }
}

/// How the database goes about each question: for tests.
pub(super) fn plans(db: &Session) -> Result<Vec<String>, StoreError> {
    let mut plans = Vec::new();
    for (sql, keys) in [
        (locks::CHANNELS, "'{1}'"),
        (
            FACTS,
            "'{1}', '{1}', '{1}', '{1}', '{1}', '{1}', '{1}', '{1}', 1",
        ),
        (STANDINGS, "'{1}'"),
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
fn put_standing(facts: &mut Facts, id: i64, home: i64, flags: i64) {
    if let Some(standing) = Standing::from_flags(TeamId::from_key(home), flags) {
        facts.put_standing(UserId::from_key(id), Some(standing));
    }
}
