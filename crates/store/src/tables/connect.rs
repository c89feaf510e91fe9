//! The tables of Slack Connect: invitations, who takes part in what with whom, what apps are told,
//! and letters.

use super::{document, mail, owner, to_json};
use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, Params, params},
};
use guestlist_domain::{
    Change, ChannelId, Facts, Invitation, InvitationId, Key, Mail, TeamId, Timestamp, UserId,
    connect::event::{Audience, Event},
    invitation::Recipient,
};
use std::{collections::BTreeMap, sync::Arc};

const HOUR: i64 = 3_600_000_000;

/// The invitation that a link leads to, and the workspace that owns its channel.
pub(crate) fn linked(
    db: &Connection,
    link: &str,
) -> Result<Option<(TeamId, Arc<Invitation>)>, StoreError> {
    let id: Option<String> = db
        .prepare_cached("select id from invitation where link = ?1 limit 1")?
        .query_row([link], |row| row.get(0))
        .optional()?;
    match id.and_then(|id| id.parse().ok()) {
        Some(id) => invitation(db, id),
        None => Ok(None),
    }
}

/// An invitation, and the workspace that owns its channel.
pub(crate) fn invitation(
    db: &Connection,
    id: InvitationId,
) -> Result<Option<(TeamId, Arc<Invitation>)>, StoreError> {
    let row: Option<(i64, String)> = db
        .prepare_cached("select team, doc from invitation where id = ?1 limit 1")?
        .query_row([id.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(team, doc)| {
        let invitation = document("invitation", id, &doc)?;
        Ok((TeamId::from_key(team), Arc::new(invitation)))
    })
    .transpose()
}

/// Rows of one column.
pub(super) fn column<T>(
    db: &Connection,
    sql: &str,
    of: impl Params,
    read: impl Fn(i64) -> T,
) -> Result<Vec<T>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map(of, |row| row.get(0).map(&read))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn load_one(db: &Connection, facts: &mut Facts, key: &Key) -> Result<(), StoreError> {
    match key {
        Key::Invitation(id) => {
            let found = invitation(db, *id)?.map(|(_, invitation)| invitation);
            facts.put_invitation(*id, found);
        }
        Key::Offers(channel) => {
            let mut select = db.prepare_cached(
                "select id, doc from invitation where channel = ?1 and current order by id",
            )?;
            let mut rows = select.query([channel.to_string()])?;
            let mut current = Vec::new();
            while let Some(row) = rows.next()? {
                let id: String = row.get(0)?;
                let doc = row.get_ref(1)?.as_str().unwrap_or_default();
                current.push(Arc::new(document("invitation", id, doc)?));
            }
            facts.put_offers(*channel, current);
        }
        Key::Mailed(user, hour) => {
            let mut select = db.prepare_cached(
                "select id from invitation where mail and inviter = ?1 and made >= ?2 and made < ?3",
            )?;
            let rows = select.query_map(
                params![user.to_string(), hour * HOUR, (hour + 1) * HOUR],
                |row| row.get::<_, String>(0),
            )?;
            let ids: Vec<String> = rows.collect::<Result<_, _>>()?;
            let ids: Vec<_> = ids.iter().filter_map(|id| id.parse().ok()).collect();
            facts.put_mailed(*user, *hour, &ids);
        }
        Key::Links(a, b) => {
            let teams = |of: &TeamId| {
                column(
                    db,
                    "select team from workspace where team = ?1
                     or enterprise = (select enterprise from workspace where team = ?1)",
                    [of.key()],
                    TeamId::from_key,
                )
            };
            let channels = column(db, LINKS, [a.key(), b.key()], ChannelId::from_key)?;
            facts.put_links((*a, *b), (teams(a)?, teams(b)?), channels);
        }
        Key::Side(channel, team) => {
            let people = match owner(db, facts, *channel)? {
                Some(host) => column(
                    db,
                    "select m.user from member m join user u on u.team = ?3 and u.id = m.user
                     where m.team = ?1 and m.channel = ?2",
                    [host.key(), channel.key(), team.key()],
                    UserId::from_key,
                )?,
                None => Vec::new(),
            };
            facts.put_side(*channel, *team, people);
        }
        _ => {}
    }
    Ok(())
}

const LINKS: &str = "
  with a(team) as (select team from workspace where team = ?1
                   or enterprise = (select enterprise from workspace where team = ?1)),
       b(team) as (select team from workspace where team = ?2
                   or enterprise = (select enterprise from workspace where team = ?2))
  select s.channel from channel_share s where s.team in (select team from a) and s.owner in (select team from b) and s.handle is not null
  union select s.channel from channel_share s where s.team in (select team from b) and s.owner in (select team from a) and s.handle is not null
  union select s.channel from channel_share s join channel_share t on t.owner = s.owner and t.channel = s.channel
        where s.team in (select team from a) and t.team in (select team from b) and s.handle is not null and t.handle is not null
  order by 1";

/// What a run of changes leaves in these tables; see [`super::Rows`].
#[derive(Default)]
pub(crate) struct Rows {
    invitations: BTreeMap<InvitationId, (TeamId, Arc<Invitation>)>,
    raised: BTreeMap<Timestamp, (Arc<Event>, Audience)>,
    mails: BTreeMap<Timestamp, (TeamId, Arc<Mail>)>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.invitations.len() + self.raised.len() + self.mails.len()
    }

    pub(crate) fn add(&mut self, change: &Change) {
        match change {
            Change::Invitation {
                team, invitation, ..
            } => self.add_invitation(*team, invitation.clone()),
            Change::Raised {
                ts,
                event,
                audience,
            } => {
                self.raised.insert(*ts, (event.clone(), audience.clone()));
            }
            Change::Mail { team, mail, .. } => {
                self.mails.insert(mail.id, (*team, mail.clone()));
            }
            _ => {}
        }
    }

    pub(crate) fn add_invitation(&mut self, team: TeamId, invitation: Arc<Invitation>) {
        self.invitations.insert(invitation.id, (team, invitation));
    }

    /// What workspaces left that are gone is not written any more.
    pub(crate) fn remove(&mut self, workspaces: &[TeamId]) {
        self.invitations
            .retain(|_, (team, _)| !workspaces.contains(team));
        let of = |audience: &Audience| audience.teams.first().copied();
        self.raised
            .retain(|_, (_, audience)| of(audience).is_none_or(|team| !workspaces.contains(&team)));
        self.mails.retain(|_, (team, _)| !workspaces.contains(team));
    }

    /// Writes one row, if there is one left.
    pub(crate) fn write_one(&mut self, db: &Connection) -> Result<bool, StoreError> {
        if let Some((_, (team, invitation))) = self.invitations.pop_first() {
            put_invitation(db, team, &invitation)?;
        } else if let Some((ts, (event, audience))) = self.raised.pop_first() {
            put_raised(db, ts, &event, &audience)?;
        } else if let Some((_, (team, mail))) = self.mails.pop_first() {
            mail::put(db, team, &mail)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

pub(crate) fn put_invitation(
    db: &Connection,
    team: TeamId,
    invitation: &Invitation,
) -> Result<(), StoreError> {
    let id = invitation.id.to_string();
    db.prepare_cached(
        "insert or replace into invitation (team, id, doc, channel, inviter, made, mail, current, due, link)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        team.key(),
        id,
        to_json(invitation),
        invitation.channel.to_string(),
        invitation.inviter.to_string(),
        invitation.created.0,
        matches!(invitation.to, Recipient::Email(_)),
        invitation.is_current(),
        invitation.due().map(|due| due.0),
        invitation.link,
    ])?;
    let insert = "insert or ignore into invitation_side (team, id, owner)";
    match &invitation.to {
        Recipient::User(user) => db
            .prepare_cached(&format!(
                "{insert} select team, ?2, ?3 from user where id = ?1"
            ))?
            .execute(params![user.key(), id, team.key()])?,
        Recipient::Email(email) => db
            .prepare_cached(&format!(
                "{insert} select team, ?2, ?3 from user where email = ?1 and (flags & 1) = 0
                 and realm = (select w.realm from workspace w where w.team = ?3)"
            ))?
            .execute(params![email, id, team.key()])?,
    };
    if let Some(acceptance) = &invitation.acceptance {
        db.prepare_cached(&format!("{insert} values (?1, ?2, ?3)"))?
            .execute(params![acceptance.workspace.key(), id, team.key()])?;
    }
    Ok(())
}

fn put_raised(
    db: &Connection,
    ts: Timestamp,
    event: &Event,
    audience: &Audience,
) -> Result<(), StoreError> {
    let team = audience.teams.first().map_or(0, |team| team.key());
    db.prepare_cached(
        "insert or replace into outbox (team, ts, name, audience, doc) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        team,
        ts.0,
        event.name(),
        to_json(audience),
        to_json(event)
    ])?;
    Ok(())
}
