//! Where an event happens, and what is looked up of those whom it is about.

use super::{Event, EventId, Happened, Hearers, Position};
use crate::{
    channel::Channel,
    facts::{Facts, Missing},
    id::{ChannelId, EnterpriseId, TeamId, UserId},
    time::Timestamp,
    user::User,
    workspace::{App, Enterprise},
};
use std::sync::Arc;

/// An event that belongs to no conversation.
pub(super) fn aside(at: Position, ts: Timestamp, what: Happened, hearers: Hearers) -> Event {
    Event {
        id: EventId {
            at,
            part: what.part(),
        },
        ts,
        channel: None,
        enterprise: None,
        what,
        hearers,
    }
}

pub(super) fn home(facts: &Facts, user: UserId) -> Result<Option<TeamId>, Missing> {
    Ok(facts.standing(user)?.map(|standing| standing.team))
}

pub(super) fn is_bot(facts: &Facts, user: UserId) -> Result<bool, Missing> {
    Ok(facts.standing(user)?.is_some_and(|standing| standing.bot))
}

pub(super) fn organisation_of(
    facts: &Facts,
    user: &User,
) -> Result<Option<Arc<Enterprise>>, Missing> {
    match organisation(facts, user.team)? {
        Some(org) => Ok(facts.enterprise(org)?.cloned()),
        None => Ok(None),
    }
}

pub(super) fn organisation(facts: &Facts, team: TeamId) -> Result<Option<EnterpriseId>, Missing> {
    Ok(facts.workspace(team)?.and_then(|w| w.enterprise))
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Author {
    /// The person, or the bot's user.
    pub user: Arc<User>,
    /// The bot's app.
    pub app: Option<Arc<App>>,
}

impl Author {
    pub(super) fn of(facts: &Facts, user: UserId) -> Result<Option<Self>, Missing> {
        let Some(user) = facts.user(user)?.cloned() else {
            return Ok(None);
        };
        let app = match user.bot.and_then(|bot| bot.app) {
            Some(app) => facts.app(app)?.cloned(),
            None => None,
        };
        Ok(Some(Self { user, app }))
    }
}

/// The conversation of a change, and when.
pub(super) struct Here {
    pub(super) at: Position,
    pub(super) ts: Timestamp,
    pub(super) channel: Arc<Channel>,
    pub(super) enterprise: Option<EnterpriseId>,
}

impl Here {
    pub(super) fn of(
        facts: &Facts,
        at: Position,
        ts: Timestamp,
        channel: ChannelId,
    ) -> Result<Option<Self>, Missing> {
        match facts.channel(channel)? {
            Some(channel) => Self::at(facts, at, ts, channel).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn at(
        facts: &Facts,
        at: Position,
        ts: Timestamp,
        channel: &Arc<Channel>,
    ) -> Result<Self, Missing> {
        Ok(Self {
            at,
            ts,
            channel: channel.clone(),
            enterprise: organisation(facts, channel.team)?,
        })
    }

    pub(super) fn event(&self, what: Happened, hearers: Hearers) -> Event {
        Event {
            id: EventId {
                at: self.at,
                part: what.part(),
            },
            ts: self.ts,
            channel: Some(self.channel.clone()),
            enterprise: self.enterprise,
            what,
            hearers,
        }
    }
}
