//! Reading of Slack Connect.

use super::{Reader, channel_row};
use crate::{
    error::StoreError,
    sql::params,
    tables::{connect, document, people},
};
use guestlist_domain::{
    AppId, Channel, Invitation, InvitationId, TeamId, Timestamp, UserId,
    connect::event::{Audience, Event},
};
use serde_json::value::RawValue;
use std::sync::Arc;

/// Something that apps are told.
#[derive(Debug)]
pub struct Told {
    /// When; it names the event.
    pub ts: Timestamp,
    /// The event's name.
    pub name: String,
    /// Whom it is for.
    pub audience: Audience,
    /// The payload, word for word.
    pub payload: Box<RawValue>,
}

impl Reader {
    /// An invitation, and the workspace that owns its channel.
    pub fn invitation(
        &self,
        id: InvitationId,
    ) -> Result<Option<(TeamId, Arc<Invitation>)>, StoreError> {
        connect::invitation(self.db()?, id)
    }

    /// The invitation that a link leads to, and the workspace that owns its channel.
    pub fn linked(&self, link: &str) -> Result<Option<(TeamId, Arc<Invitation>)>, StoreError> {
        connect::linked(self.db()?, link)
    }

    /// Invitations that a workspace sends, or that go to it, in the order of their texts, from
    /// `from` on, each with the workspace that owns its channel.
    pub fn invitations(
        &self,
        team: TeamId,
        from: Option<InvitationId>,
        limit: usize,
    ) -> Result<Vec<(TeamId, Invitation)>, StoreError> {
        let mut select = self.db()?.prepare_cached(
            "select team, id, doc from (
               select team, id, doc from invitation where team = ?1 and id >= ?2
               union all
               select i.team, i.id, i.doc from invitation_side s
               join invitation i on i.team = s.owner and i.id = s.id
               where s.team = ?1 and s.id >= ?2 and s.owner <> ?1
             ) as sent order by id limit ?3",
        )?;
        let from = from.map(|id| id.to_string()).unwrap_or_default();
        let mut rows = select.query(params![team.key(), from, limit as i64])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(1)?;
            let doc = row.get_ref(2)?.as_str().unwrap_or_default();
            all.push((
                TeamId::from_key(row.get(0)?),
                document("invitation", id, doc)?,
            ));
        }
        Ok(all)
    }

    /// Invitations of all workspaces, the newest first, after so many; each with the workspace that owns
    /// its channel.
    pub fn newest_invitations(
        &self,
        after: usize,
        limit: usize,
    ) -> Result<Vec<(TeamId, Invitation)>, StoreError> {
        let mut select = self.db()?.prepare_cached(
            "select team, id, doc from invitation order by made desc, id desc limit ?1 offset ?2",
        )?;
        let mut rows = select.query([limit as i64, after as i64])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let id: String = row.get(1)?;
            let doc = row.get_ref(2)?.as_str().unwrap_or_default();
            let team = TeamId::from_key(row.get(0)?);
            all.push((team, document("invitation", id, doc)?));
        }
        Ok(all)
    }

    /// Who reads mail at an address (lower case), in all workspaces of a realm.
    pub fn people_at(&self, realm: &str, address: &str) -> Result<Vec<UserId>, StoreError> {
        people::at(self.db()?, realm, address)
    }

    /// The channels that a workspace shares with other organisations, its own and others', in the
    /// order of their ids. Frozen copies and channels with former partners are among them.
    pub fn shared_channels(&self, team: TeamId) -> Result<Vec<Arc<Channel>>, StoreError> {
        let mut select = self.db()?.prepare_cached(
            "select id, doc from channel where team = ?1 and shared
             union
             select c.id, c.doc from channel_share s
             join channel c on c.team = s.owner and c.id = s.channel
             where s.team = ?1 and s.handle is not null
             order by 1",
        )?;
        let mut rows = select.query([team.key()])?;
        let mut channels = Vec::new();
        while let Some(row) = rows.next()? {
            channels.push(channel_row(row)?);
        }
        Ok(channels)
    }

    /// What apps are told after a time, oldest first; under one name only, if one is given.
    pub fn told(
        &self,
        after: Timestamp,
        name: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Told>, StoreError> {
        let mut select = self.db()?.prepare_cached(
            "select ts, name, audience, doc from outbox
             where ts > ?1 and (?2 = '' or name = ?2) order by ts limit ?3",
        )?;
        let mut rows = select.query(params![after.0, name.unwrap_or_default(), limit as i64])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let ts = Timestamp(row.get(0)?);
            let text = |at: usize| Ok::<_, StoreError>(row.get::<_, String>(at)?);
            all.push(Told {
                ts,
                name: text(1)?,
                audience: document("outbox", ts.ts(), &text(2)?)?,
                payload: document("outbox", ts.ts(), &text(3)?)?,
            });
        }
        Ok(all)
    }

    /// The apps an event is for, each with the workspace in which it is told: those that hold one
    /// of the scopes by a living token and have subscribed to it; of a private channel those whose user is in it now.
    pub fn listeners(&self, told: &Told) -> Result<Vec<(TeamId, AppId)>, StoreError> {
        let mut select = self
            .db()?
            .prepare_cached("select hash, doc from token where team = ?1")?;
        let mut inside = self.db()?.prepare_cached(
            "select exists (select 1 from place where user = ?1 and channel = ?2)",
        )?;
        let place = match told.audience.members {
            true => {
                let event: Event = document("outbox", told.ts.ts(), told.payload.get())?;
                Some(event.channel())
            }
            false => None,
        };
        let mut listeners: Vec<(TeamId, AppId)> = Vec::new();
        for team in &told.audience.teams {
            let mut rows = select.query([team.key()])?;
            while let Some(row) = rows.next()? {
                let doc = row.get_ref(1)?.as_str().unwrap_or_default();
                let token: guestlist_domain::Token = document("token", "of an app", doc)?;
                let Some(app) = token.app.filter(|_| !token.revoked) else {
                    continue;
                };
                let holds = told
                    .audience
                    .scopes
                    .iter()
                    .any(|scope| token.scopes.holds(scope));
                let meant = told.audience.app.is_none_or(|only| only == app);
                if !holds || !meant || listeners.iter().any(|(_, known)| *known == app) {
                    continue;
                }
                let sees = match (place, token.user) {
                    (Some(place), Some(user)) => {
                        inside.query_row([user.key(), place.key()], |row| row.get(0))?
                    }
                    (place, _) => place.is_none(),
                };
                if !sees {
                    continue;
                }
                let subscribed = self.app(app)?.and_then(|app| app.events.clone());
                if subscribed.is_some_and(|events| events.subscribe.contains(&told.name)) {
                    listeners.push((*team, app));
                }
            }
        }
        Ok(listeners)
    }
}
