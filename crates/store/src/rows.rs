//! Folding: what a run of the journal's changes leaves in the tables.

use crate::{
    access::AccessRows,
    error::StoreError,
    postgres::{Session, apply},
    sql::{Connection, params},
    tables::{self, connect, put_channel, put_token},
};
use guestlist_domain::{
    Change, Channel, ChannelId, ChannelKind, InviteRequest, InviteRequestId, Message, TeamId,
    Timestamp, Token, TokenHash, UserId, Usergroup, UsergroupId,
    facts::{Mark, Membership},
    message::What,
};
mod added;
mod joined;
mod removed;
mod reworded;
mod said;
#[cfg(test)]
mod tests;

use added::Added;
use joined::{Join, Joined};
use removed::Removed;
use reworded::Reworded;
pub(crate) use said::put_posted;
use said::{Said, put_messages, put_reply, put_said};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    num::NonZeroI64,
    sync::Arc,
};

/// Where a conversation's rows belong.
#[derive(Clone, Copy)]
struct Home {
    team: i64,
    is_dm: bool,
}

/// The homes of conversations met so far: one that was made lately is in no table yet.
#[derive(Default)]
pub(crate) struct Homes(HashMap<ChannelId, Home, foldhash::fast::RandomState>);

impl Homes {
    fn get(&mut self, db: &Connection, id: ChannelId) -> Result<Home, StoreError> {
        if let Some(home) = self.0.get(&id) {
            return Ok(*home);
        }
        let home = db
            .prepare_cached("select team, kind from channel where id = ?1")?
            .query_row([id.key()], |row| {
                let kind: i64 = row.get(1)?;
                Ok(Home {
                    team: row.get(0)?,
                    is_dm: [ChannelKind::Im as i64, ChannelKind::Mpim as i64].contains(&kind),
                })
            })?;
        self.0.insert(id, home);
        Ok(home)
    }

    /// The home of a conversation that is at hand.
    pub(crate) fn learn(&mut self, channel: &Channel) {
        let (team, is_dm) = (channel.team.key(), channel.kind.is_dm());
        self.0.insert(channel.id, Home { team, is_dm });
    }

    /// The workspace that owns a conversation, if it was met.
    pub(crate) fn team(&self, id: ChannelId) -> Option<i64> {
        self.0.get(&id).map(|home| home.team)
    }

    /// About how many bytes they take.
    pub(crate) fn weight(&self) -> usize {
        48 * self.0.len()
    }
}

/// Rows that a run of changes leaves in the tables: per key the last word, in key order, so that
/// neighbouring rows are written together. Written in slices; writing all of it twice, or again
/// from the journal, comes to the same.
///
/// The many kinds are lists in the order of the changes. Sealed, they are in key order, the last
/// key first, each key once. Joins came after whatever is in the other lists.
#[derive(Default)]
pub(crate) struct Rows {
    removed: Removed,
    added: Added,
    channels: BTreeMap<ChannelId, Arc<Channel>>,
    joined: Joined,
    /// By workspace, channel, user.
    members: Vec<ByChannel>,
    /// By user and channel: the workspace, and whether they are in it. Made from `members` when
    /// sealed.
    places: Vec<ByPerson>,
    closed: BTreeMap<(i64, i64, i64), bool>,
    /// Who has marked what, since they came in.
    marks: BTreeMap<(i64, i64, i64), Mark>,
    /// By workspace, channel, time.
    messages: Vec<((i64, i64, i64), Said)>,
    reworded: Reworded,
    tokens: BTreeMap<TokenHash, Arc<Token>>,
    revoked: BTreeMap<TokenHash, TeamId>,
    usergroups: BTreeMap<UsergroupId, Arc<Usergroup>>,
    requests: BTreeMap<InviteRequestId, Arc<InviteRequest>>,
    /// Groups that are gone, none of which is among those above.
    erased: BTreeMap<UsergroupId, TeamId>,
    access: AccessRows,
    connect: connect::Rows,
    absent: Absent,
}

type ByChannel = ((i64, i64, i64), Option<Membership>);
type ByPerson = ((i64, i64), (i64, bool));

/// By channel and user: who is known to be in no row of `member`, and `place`, yet.
pub(crate) type Absent = HashSet<(i64, i64), foldhash::fast::RandomState>;

impl Rows {
    /// How many rows are still to be written; until sealed, without those by person.
    pub(crate) fn len(&self) -> usize {
        self.removed.len()
            + self.added.len()
            + self.channels.len()
            + self.joined.len()
            + self.members.len()
            + self.places.len()
            + self.closed.len()
            + self.marks.len()
            + self.messages.len()
            + self.reworded.len()
            + self.tokens.len()
            + self.revoked.len()
            + self.usergroups.len()
            + self.requests.len()
            + self.erased.len()
            + self.access.len()
            + self.connect.len()
    }

    /// About how many bytes they take without their texts.
    pub(crate) fn weight(&self) -> usize {
        const MEMBER: usize = size_of::<ByChannel>() + size_of::<ByPerson>();
        let others = self.len() - self.joined.len() - self.members.len() - self.messages.len();
        self.joined.weight()
            + MEMBER * self.members.len()
            + size_of::<((i64, i64, i64), Said)>() * self.messages.len()
            + 256 * others
    }

    /// Adds what a change leaves.
    pub(crate) fn add(
        &mut self,
        db: &Connection,
        homes: &mut Homes,
        change: &Change,
    ) -> Result<(), StoreError> {
        match change {
            Change::Joined {
                channel,
                user,
                inviter,
                ts,
            } => {
                let Home { team, is_dm } = homes.get(db, *channel)?;
                let (channel, user) = (channel.key(), user.key());
                self.marks.remove(&(team, channel, user));
                if is_dm {
                    let place = Membership::new(*ts);
                    self.members.push(((team, channel, user), Some(place)));
                    self.closed.remove(&(team, channel, user));
                } else {
                    let inviter = inviter.and_then(|id| NonZeroI64::new(id.key()));
                    self.joined.push(Join {
                        team,
                        channel,
                        user,
                        inviter,
                        ts: ts.0,
                    });
                }
            }
            Change::Left {
                channel, user, ts, ..
            } => {
                let team = homes.get(db, *channel)?.team;
                self.spread_joined();
                self.members.push(((team, channel.key(), user.key()), None));
                let message = Message {
                    ts: *ts,
                    user: *user,
                    what: What::Left,
                };
                self.messages
                    .push(((team, channel.key(), ts.0), (&message).into()));
            }
            Change::Created { channel } => {
                homes.0.insert(
                    channel.id,
                    Home {
                        team: channel.team.key(),
                        is_dm: channel.kind.is_dm(),
                    },
                );
                self.channels.insert(channel.id, channel.clone());
            }
            Change::Edited { channel, message } => {
                self.messages.push((
                    (channel.team.key(), channel.id.key(), message.ts.0),
                    message.into(),
                ));
                self.channels.insert(channel.id, channel.clone());
            }
            Change::Posted { channel, message } => {
                let team = homes.get(db, *channel)?.team;
                self.messages
                    .push(((team, channel.key(), message.ts.0), message.into()));
            }
            Change::Reworded {
                channel, message, ..
            } => {
                let team = homes.get(db, *channel)?.team;
                self.reworded.put(team, channel.key(), message);
            }
            Change::Deleted {
                channel, message, ..
            } => {
                let team = homes.get(db, *channel)?.team;
                self.reworded.delete(team, channel.key(), message);
            }
            Change::DmClosed {
                channel,
                user,
                closed,
            } => {
                let team = homes.get(db, *channel)?.team;
                self.closed
                    .insert((team, channel.key(), user.key()), *closed);
            }
            Change::Marked {
                channel,
                user,
                ts,
                at,
            } => {
                let team = homes.get(db, *channel)?.team;
                let mark = Mark { ts: *ts, at: *at };
                self.marks.insert((team, channel.key(), user.key()), mark);
            }
            Change::TokenMade { token } | Change::TokenEdited { token } => {
                self.tokens.insert(token.hash, token.clone());
            }
            Change::TokenRevoked { team, hash } => {
                self.revoked.insert(*hash, *team);
            }
            Change::Dropped { channel, user } => {
                let team = homes.get(db, *channel)?.team;
                self.spread_joined();
                self.members.push(((team, channel.key(), user.key()), None));
            }
            Change::UserMade { .. }
            | Change::UserEdited { .. }
            | Change::Assigned { .. }
            | Change::Unassigned { .. }
            | Change::AppMade { .. }
            | Change::AppEdited { .. }
            | Change::CodeMade { .. }
            | Change::CodeUsed { .. } => self.access.add(change),
            Change::Shared { channel, .. } => {
                self.channels.insert(channel.id, channel.clone());
            }
            Change::Severed {
                channel,
                people,
                copy,
                ts,
                ..
            } => self.add_severed(homes, channel, people, copy.as_ref(), *ts),
            Change::Invitation { .. } | Change::Raised { .. } | Change::Mail { .. } => {
                self.connect.add(change);
            }
            Change::UsergroupMade { group } | Change::UsergroupEdited { group, .. } => {
                self.erased.remove(&group.id);
                self.usergroups.insert(group.id, group.clone());
            }
            Change::InviteRequest { request } => {
                self.requests.insert(request.id, request.clone());
            }
            Change::UsergroupErased { team, group } => {
                self.usergroups.remove(group);
                self.erased.insert(*group, *team);
            }
            Change::Added { seed } => self.add_seed(homes, seed),
            Change::Removed {
                workspaces,
                enterprises,
                ..
            } => self.remove(workspaces, enterprises),
            // What one person was shown stands in the journal alone.
            Change::Shown { .. } => {}
            // Said for those who listen; what they say, others of the same entry do.
            Change::Deauthorized { .. }
            | Change::TeamAccess { .. }
            | Change::Uninstalled { .. } => {}
        }
        Ok(())
    }

    /// People go from a channel to the copy that their side keeps.
    fn add_severed(
        &mut self,
        homes: &mut Homes,
        channel: &Arc<Channel>,
        people: &[UserId],
        copy: Option<&Arc<Channel>>,
        since: Timestamp,
    ) {
        self.spread_joined();
        for channel in std::iter::once(channel).chain(copy) {
            let (team, is_dm) = (channel.team.key(), false);
            homes.0.insert(channel.id, Home { team, is_dm });
            self.channels.insert(channel.id, channel.clone());
        }
        let place = Membership::new(since);
        for user in people {
            let gone = (channel.team.key(), channel.id.key(), user.key());
            self.members.push((gone, None));
            if let Some(copy) = copy {
                let there = (copy.team.key(), copy.id.key(), user.key());
                self.members.push((there, Some(place)));
            }
        }
    }

    /// The same rows, ready to be written as sets: nothing is added any more.
    pub(crate) fn sealed(mut self) -> Self {
        self.spread_joined();
        self.seal();
        self
    }

    /// Makes them ready to be written.
    pub(crate) fn seal(&mut self) {
        self.joined.seal();
        last_words(&mut self.members);
        last_words(&mut self.messages);
        let by_person = |((team, channel, user), place): &ByChannel| {
            ((*user, *channel), (*team, place.is_some()))
        };
        self.places.clear();
        self.places.extend(self.members.iter().map(by_person));
        last_words(&mut self.places);
    }

    /// Says of whom no row is there yet.
    pub(crate) fn knowing(mut self, absent: Absent) -> Self {
        self.absent = absent;
        self
    }

    /// Whether people come into conversations that they are in no row of, and nothing else happens
    /// but that something is said, in answer to nothing.
    pub(crate) fn only_come(&self) -> bool {
        let others = self.len() - self.members.len() - self.places.len() - self.messages.len();
        let comes = |((_, channel, user), place): &ByChannel| {
            place.is_some() && self.absent.contains(&(*channel, *user))
        };
        let answers = |(_, said): &((i64, i64, i64), Said)| said.answers().is_some();
        others == 0
            && !self.members.is_empty()
            && self.members.iter().all(comes)
            && !self.messages.iter().any(answers)
    }

    /// Writes such people, together with rows of the journal.
    pub(crate) fn write_coming(self, db: &Session, notes: apply::Notes) -> Result<(), StoreError> {
        let said = self.messages.into_iter().map(apply::Said::from);
        Ok(apply::come(db, self.members, said, notes)?)
    }

    /// Writes up to `most` rows, a table after the other. Statements are looked up once a slice.
    pub(crate) fn write(&mut self, db: &Connection, most: usize) -> Result<(), StoreError> {
        let mut left = most;
        while left > 0 && self.removed.write_one(db)? {
            left -= 1;
        }
        while left > 0 && self.added.write_one(db)? {
            left -= 1;
        }
        while left > 0
            && let Some((_, channel)) = self.channels.pop_first()
        {
            left -= 1;
            put_channel(db, &channel)?;
        }
        if let Some(session) = db.postgres() {
            self.write_sets(session)?;
        }
        left = self.write_members(db, left)?;
        left = self.write_places(db, left)?;
        left = self.joined.write(db, left)?;
        while left > 0
            && let Some(((team, channel, user), closed)) = self.closed.pop_first()
        {
            left -= 1;
            db.prepare_cached(
                "update member set closed = ?4 where team = ?1 and channel = ?2 and user = ?3",
            )?
            .execute(params![team, channel, user, closed])?;
        }
        while left > 0
            && let Some(((team, channel, user), mark)) = self.marks.pop_first()
        {
            left -= 1;
            tables::put_mark(db, (team, channel, user), mark)?;
        }
        let mut put = put_messages(db)?;
        while left > 0
            && let Some(((team, channel, ts), said)) = self.messages.pop()
        {
            left -= 1;
            put_said(&mut put, team, channel, ts, &said)?;
            put_reply(db, (team, channel, ts), &said)?;
        }
        while left > 0 && self.reworded.write_one(db)? {
            left -= 1;
        }
        while left > 0
            && let Some((_, token)) = self.tokens.pop_first()
        {
            left -= 1;
            put_token(db, &token)?;
        }
        while left > 0
            && let Some((hash, _)) = self.revoked.pop_first()
        {
            left -= 1;
            if let Some(mut token) = tables::token(db, hash)? {
                Arc::make_mut(&mut token).revoked = true;
                put_token(db, &token)?;
            }
        }
        while left > 0
            && let Some((_, group)) = self.usergroups.pop_first()
        {
            left -= 1;
            tables::usergroups::put(db, &group)?;
        }
        while left > 0
            && let Some((group, team)) = self.erased.pop_first()
        {
            left -= 1;
            tables::usergroups::erase(db, team, group)?;
        }
        while left > 0
            && let Some((_, request)) = self.requests.pop_first()
        {
            left -= 1;
            tables::invite_requests::put(db, &request)?;
        }
        left = self.access.write(db, left)?;
        while left > 0 && self.connect.write_one(db)? {
            left -= 1;
        }
        Ok(())
    }

    /// The many kinds, where whole sets are written at once; leaves none of them.
    fn write_sets(&mut self, db: &Session) -> Result<(), StoreError> {
        apply::members(db, std::mem::take(&mut self.members), &self.absent)?;
        apply::places(db, std::mem::take(&mut self.places), &self.absent)?;
        let said = std::mem::take(&mut self.messages);
        let replies = said.iter().filter_map(|((team, channel, ts), said)| {
            let (thread, author) = said.answers()?;
            Some(([*team, *channel, thread, *ts], author.to_string()))
        });
        apply::replies(db, replies)?;
        Ok(apply::messages(
            db,
            said.into_iter().map(apply::Said::from),
        )?)
    }

    fn write_members(&mut self, db: &Connection, mut left: usize) -> Result<usize, StoreError> {
        let mut put = tables::put_members(db)?;
        let mut delete =
            db.prepare_cached("delete from member where team = ?1 and channel = ?2 and user = ?3")?;
        while left > 0
            && let Some(((team, channel, user), place)) = self.members.pop()
        {
            left -= 1;
            match place {
                Some(place) => {
                    put.execute(params![team, channel, user, place.since.0, place.closed])?
                }
                None => delete.execute([team, channel, user])?,
            };
        }
        Ok(left)
    }

    fn write_places(&mut self, db: &Connection, mut left: usize) -> Result<usize, StoreError> {
        let mut put = tables::put_places(db)?;
        let mut delete = db.prepare_cached("delete from place where user = ?1 and channel = ?2")?;
        while left > 0
            && let Some(((user, channel), (team, is_in))) = self.places.pop()
        {
            left -= 1;
            match is_in {
                true => put.execute([user, channel, team])?,
                false => delete.execute([user, channel])?,
            };
        }
        Ok(left)
    }
}

/// Brings rows into key order, the last key first, and leaves of each key what was added last.
fn last_words<K: Ord + Copy, V>(rows: &mut Vec<(K, V)>) {
    rows.reverse();
    // Stable: of one key, what was added last stays first.
    rows.sort_by_key(|(key, _)| Reverse(*key));
    rows.dedup_by_key(|(key, _)| *key);
}
