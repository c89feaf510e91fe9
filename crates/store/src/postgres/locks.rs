//! What a decision rests on must not change before it is committed: the rows to lock for it.
//!
//! Nothing wider than needed: a conversation stands for who is in it, what was said in it and
//! who is invited to it; guests stand for the channels they are in; a workspace for the names in
//! it. Who is brought in and no guest is not locked, so that channels do not wait for each other.

use super::session::{Asked, Session};
use crate::sql::Result;
use guestlist_domain::{Key, connect::Party};
use std::collections::BTreeSet;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// Rows by what they are of, each kind in the order in which it is locked.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks {
    /// Organisations: who of their workspaces is called what, and has which address.
    orgs: BTreeSet<i64>,
    /// Workspaces: names of conversations and addresses of people, which organisations are connected, whether they go.
    teams: BTreeSet<i64>,
    channels: BTreeSet<i64>,
    /// People who may turn out to be guests or bots.
    standings: BTreeSet<i64>,
    /// People, whoever they are: how many channels they are in, what they sent.
    people: BTreeSet<i64>,
    apps: BTreeSet<i64>,
    tokens: BTreeSet<Vec<u8>>,
    codes: BTreeSet<Vec<u8>>,
    invitations: BTreeSet<String>,
    mails: BTreeSet<i64>,
    /// A row of `meta` that nobody else locks: one adds workspaces at a time, or takes them out.
    metas: BTreeSet<String>,
}

/// The bits of `Standing::flags` that say who is a guest, of either kind, or a bot.
pub(super) const GUEST_OR_BOT: i64 = 2 | 4 | 8;

/// The statements, in the order in which kinds are locked.
const METAS: &str = "select count(*) from (
  select 1 from meta where key = any($1) order by key for no key update) as locked";
const ORGS: &str = "select count(*) from (
  select 1 from enterprise where id = any($1) order by id for no key update) as locked";
const TEAMS: &str = "select count(*) from (
  select 1 from workspace where team = any($1) order by team for no key update) as locked";
// Whoever waits for a row is told what it was left as: what is locked is loaded by the same statement.
pub(super) const CHANNELS: &str =
    "select id, doc from channel where id = any($1) order by id for no key update";
const GUESTS: &str = "select count(*) from (
  select 1 from \"user\" where id = any($1) and team = home and (flags & 6) <> 0
  order by id for no key update) as locked";
const BOTS: &str = "select count(*) from (
  select 1 from \"user\" where id = any($1) and team = home and (flags & 14) = 8
  order by id for share) as locked";
// All rows of theirs: whoever leaves the workspace they belonged to first takes that row away.
const PEOPLE: &str = "select count(*) from (
  select 1 from \"user\" where id = any($1) order by id, team for no key update) as locked";
const APPS: &str = "select count(*) from (
  select 1 from app where id = any($1) order by id for no key update) as locked";
const TOKENS: &str = "select count(*) from (
  select 1 from token where hash = any($1) order by hash for no key update) as locked";
const CODES: &str = "select count(*) from (
  select 1 from code where hash = any($1) order by hash for no key update) as locked";
const INVITATIONS: &str = "select count(*) from (
  select 1 from invitation where id = any($1) order by id for no key update) as locked";
const MAILS: &str = "select count(*) from (
  select 1 from mail where id = any($1) order by id for no key update) as locked";

// Whoever decides anything shares a lock of no row, whoever takes workspaces out has it alone: what was looked
// at is still there when it is written.
const SHARED: &str = "select pg_advisory_xact_lock_shared(
  cast(cast(cast(cast('workspace' as regclass) as oid) as bigint) % 2147483648 as int), 0)";
// While it waits, all others wait behind it: not for long, and then once more.
const ALONE: [&str; 3] = [
    "select set_config('lock_timeout', '300ms', true)",
    "select pg_advisory_xact_lock(
  cast(cast(cast(cast('workspace' as regclass) as oid) as bigint) % 2147483648 as int), 0)",
    "select set_config('lock_timeout', '2s', true)",
];

/// Keeps workspaces there until the transaction ends, or everybody else from deciding anything. Where there are
/// no such locks, what is decided meanwhile may be left of a workspace that is taken out.
pub(super) fn of_workspaces(db: &Session, alone: bool) -> Result<()> {
    if !db.capabilities().advisory_locks {
        return Ok(());
    }
    let statements = if alone { &ALONE[..] } else { &[SHARED] };
    for sql in statements {
        db.tell(&db.prepare_own(sql)?, Vec::<Array>::new())?;
    }
    Ok(())
}

impl Locks {
    /// The locks for a fact. A client id is looked up before its app is known.
    pub(super) fn add(&mut self, key: &Key) {
        match key {
            Key::Channel(id)
            | Key::Member(id, _)
            | Key::MemberCount(id)
            | Key::Offers(id)
            | Key::Roster(id) => {
                self.channels.insert(id.key());
            }
            Key::Side(id, _) | Key::Message(id, _) | Key::Replies(id, _) => {
                self.channels.insert(id.key());
            }
            Key::User(id) => {
                self.standings.insert(id.key());
            }
            Key::ChannelCount(id) | Key::ChannelsOf(id) | Key::Mailed(id, _) => {
                self.people.insert(id.key());
            }
            Key::Comings(Party::Org(org))
            | Key::Holders(Party::Org(org), _)
            | Key::Named(Party::Org(org), _) => {
                self.orgs.insert(org.key());
            }
            Key::Handle(team, _)
            | Key::Comings(Party::Team(team))
            | Key::Holders(Party::Team(team), _)
            | Key::Named(Party::Team(team), _)
            | Key::Reach(team)
            | Key::InviteRequest(team, _)
            | Key::Requested(team, _)
            | Key::Usergroups(team) => {
                self.teams.insert(team.key());
            }
            Key::Links(a, b) => {
                self.teams.extend([a.key(), b.key()]);
            }
            Key::App(app) | Key::BotOf(app, _) | Key::TokensOf(app, _) | Key::OrgTokensOf(app) => {
                self.apps.insert(app.key());
            }
            Key::Token(_, hash) => {
                self.tokens.insert(hash.0.to_vec());
            }
            Key::Code(hash) => {
                self.codes.insert(hash.0.to_vec());
            }
            Key::Invitation(id) => {
                self.invitations.insert(id.to_string());
            }
            Key::Mail(id) => {
                self.mails.insert(id.0);
            }
            // Few are guests or bots: who is, is locked when that is known (`load`).
            Key::Standing(_)
            | Key::Enterprise(_)
            // Who asks adds, or takes out, and holds the lock of those.
            | Key::Siblings(_)
            | Key::Workspace(_)
            | Key::Address(..)
            | Key::Client(_)
            | Key::Bot(_)
            | Key::Link(_) => {}
        }
    }

    /// The lock of whoever adds workspaces or takes them out.
    pub(super) fn of_additions() -> Self {
        Self {
            metas: BTreeSet::from(["additions".to_owned()]),
            ..Self::default()
        }
    }

    /// Locks for people who have turned out to be guests or bots.
    pub(super) fn of_standings(people: impl Iterator<Item = i64>) -> Self {
        Self {
            standings: people.collect(),
            ..Self::default()
        }
    }

    /// What is among these and not among those, which are held.
    pub(super) fn beyond(&self, held: &Self) -> Self {
        fn rest<T: Ord + Clone>(all: &BTreeSet<T>, held: &BTreeSet<T>) -> BTreeSet<T> {
            all.difference(held).cloned().collect()
        }
        Self {
            orgs: rest(&self.orgs, &held.orgs),
            teams: rest(&self.teams, &held.teams),
            channels: rest(&self.channels, &held.channels),
            standings: rest(&self.standings, &held.standings),
            people: rest(&self.people, &held.people),
            apps: rest(&self.apps, &held.apps),
            tokens: rest(&self.tokens, &held.tokens),
            codes: rest(&self.codes, &held.codes),
            invitations: rest(&self.invitations, &held.invitations),
            mails: rest(&self.mails, &held.mails),
            metas: rest(&self.metas, &held.metas),
        }
    }

    /// Adds all of those.
    pub(super) fn extend(&mut self, more: Self) {
        self.orgs.extend(more.orgs);
        self.teams.extend(more.teams);
        self.channels.extend(more.channels);
        self.standings.extend(more.standings);
        self.people.extend(more.people);
        self.apps.extend(more.apps);
        self.tokens.extend(more.tokens);
        self.codes.extend(more.codes);
        self.invitations.extend(more.invitations);
        self.mails.extend(more.mails);
        self.metas.extend(more.metas);
    }

    /// The people among them.
    pub(super) fn standings(&self) -> Vec<i64> {
        self.standings.iter().copied().collect()
    }

    /// The conversations among them.
    pub(super) fn channels(&self) -> Vec<i64> {
        self.channels.iter().copied().collect()
    }

    /// Takes the locks. What is asked next sees what whoever held them before has left. If there are
    /// conversations among them, they are the answer: id and document of each that exists.
    pub(super) fn take(&self, db: &Session) -> Result<Option<Asked>> {
        let mut conversations = None;
        let ints = |set: &BTreeSet<i64>| Array::Ints(set.iter().copied().collect());
        let blobs = |set: &BTreeSet<Vec<u8>>| Array::Blobs(set.iter().cloned().collect());
        let texts = |set: &BTreeSet<String>| Array::Texts(set.iter().cloned().collect());
        for (sql, keys) in [
            (METAS, texts(&self.metas)),
            (ORGS, ints(&self.orgs)),
            (TEAMS, ints(&self.teams)),
            (CHANNELS, ints(&self.channels)),
            (GUESTS, ints(&self.standings)),
            (BOTS, ints(&self.standings)),
            (PEOPLE, ints(&self.people)),
            // Once more: who was removed and is now in another workspace has none of the rows that were waited for.
            (PEOPLE, ints(&self.people)),
            (APPS, ints(&self.apps)),
            (TOKENS, blobs(&self.tokens)),
            (CODES, blobs(&self.codes)),
            (INVITATIONS, texts(&self.invitations)),
            (MAILS, ints(&self.mails)),
        ] {
            if !keys.is_empty() {
                let statement = db.prepare_own(sql)?;
                if sql == CHANNELS {
                    conversations = Some(db.question(&statement, vec![keys]));
                } else {
                    db.tell(&statement, vec![keys])?;
                }
            }
        }
        Ok(conversations)
    }
}

/// A parameter that is a list, or a number beside lists.
#[derive(Debug)]
pub(crate) enum Array {
    Int(i64),
    Ints(Vec<i64>),
    SmallInts(Vec<i32>),
    MaybeInts(Vec<Option<i64>>),
    Bools(Vec<bool>),
    Texts(Vec<String>),
    Blobs(Vec<Vec<u8>>),
}

impl Array {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Int(_) => false,
            Self::Ints(list) => list.is_empty(),
            Self::SmallInts(list) => list.is_empty(),
            Self::MaybeInts(list) => list.is_empty(),
            Self::Bools(list) => list.is_empty(),
            Self::Texts(list) => list.is_empty(),
            Self::Blobs(list) => list.is_empty(),
        }
    }
}

impl ToSql for Array {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Int(number) => number.to_sql(ty, out),
            Self::Ints(list) => list.to_sql(ty, out),
            Self::SmallInts(list) => list.to_sql(ty, out),
            Self::MaybeInts(list) => list.to_sql(ty, out),
            Self::Bools(list) => list.to_sql(ty, out),
            Self::Texts(list) => list.to_sql(ty, out),
            Self::Blobs(list) => list.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
