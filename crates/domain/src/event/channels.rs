//! What happens to conversations, and in them.

use super::{
    Event, Happened, Hearers, Here, Position,
    here::{home, is_bot, organisation},
};
use crate::{
    change::Change,
    channel::ChannelKind,
    facts::{Facts, Missing},
    id::UserId,
    message::{Message, What},
    time::Timestamp,
};

/// The events of a change to a conversation, to who is in it or to what was said there.
pub(super) fn of_change(
    facts: &Facts,
    at: Position,
    when: Timestamp,
    change: &Change,
) -> Result<Vec<Event>, Missing> {
    let here = match change {
        Change::Created { channel } => Some(Here::at(facts, at, channel.created, channel)?),
        Change::Edited { channel, message } => Some(Here::at(facts, at, message.ts, channel)?),
        Change::Posted { channel, message } => Here::of(facts, at, message.ts, *channel)?,
        Change::Joined { channel, ts, .. }
        | Change::Left { channel, ts, .. }
        | Change::Reworded { channel, ts, .. }
        | Change::Deleted { channel, ts, .. } => Here::of(facts, at, *ts, *channel)?,
        Change::DmClosed { channel, .. } | Change::Dropped { channel, .. } => {
            Here::of(facts, at, when, *channel)?
        }
        _ => None,
    };
    let Some(here) = here else {
        return Ok(Vec::new());
    };
    match change {
        Change::Joined { user, inviter, .. } => here.joined(facts, *user, *inviter),
        Change::Left { user, by, .. } => here.left(facts, *user, *by),
        Change::Created { .. } => Ok(vec![here.created()]),
        Change::Edited { message, .. } => here.edited(facts, message),
        Change::Posted { message, .. } => here.said(facts, message),
        Change::Reworded {
            message, before, ..
        } => Ok(vec![here.reworded(facts, message, before)?]),
        Change::Deleted { message, .. } => Ok(vec![here.deleted(facts, message)?]),
        Change::DmClosed { user, closed, .. } => Ok(vec![here.closed(*user, *closed)]),
        Change::Dropped { user, .. } => here.dropped(facts, *user),
        _ => Ok(Vec::new()),
    }
}

impl Here {
    fn joined(
        &self,
        facts: &Facts,
        user: UserId,
        inviter: Option<UserId>,
    ) -> Result<Vec<Event>, Missing> {
        if self.channel.kind == ChannelKind::Im {
            return Ok(Vec::new());
        }
        let team = home(facts, user)?.unwrap_or(self.channel.team);
        let joined = Happened::MemberJoined {
            user,
            team,
            enterprise: organisation(facts, team)?,
            inviter,
        };
        let mut events = vec![self.event(joined, Hearers::Members)];
        if !self.channel.kind.is_dm() {
            let message = Message {
                ts: self.ts,
                user,
                what: What::Joined { inviter },
            };
            events.extend(self.said(facts, &message)?);
        }
        Ok(events)
    }

    fn left(&self, facts: &Facts, user: UserId, by: Option<UserId>) -> Result<Vec<Event>, Missing> {
        let message = Message {
            ts: self.ts,
            user,
            what: What::Left,
        };
        let mut events = vec![self.member_left(facts, user)?];
        events.extend(self.said(facts, &message)?);
        let actor = by.unwrap_or(user);
        events.push(self.event(Happened::Left { actor }, Hearers::One(user)));
        Ok(events)
    }

    fn member_left(&self, facts: &Facts, user: UserId) -> Result<Event, Missing> {
        let team = home(facts, user)?.unwrap_or(self.channel.team);
        Ok(self.event(Happened::MemberLeft { user, team }, Hearers::Members))
    }

    /// Without a message. A bot that is gone leaves no trace at all.
    fn dropped(&self, facts: &Facts, user: UserId) -> Result<Vec<Event>, Missing> {
        if self.channel.kind.is_dm() || is_bot(facts, user)? {
            return Ok(Vec::new());
        }
        Ok(vec![self.member_left(facts, user)?])
    }

    fn created(&self) -> Event {
        let channel = self.channel.clone();
        if !channel.kind.is_dm() {
            return self.event(Happened::Created { channel }, Hearers::Workspace);
        }
        let user = channel.creator;
        self.event(Happened::Opened { user }, Hearers::One(user))
    }

    fn edited(&self, facts: &Facts, message: &Message) -> Result<Vec<Event>, Missing> {
        let user = message.user;
        let what = match &message.what {
            What::Renamed { .. } => Some(Happened::Renamed {
                channel: self.channel.clone(),
            }),
            What::Archived => Some(Happened::Archived { user }),
            What::Unarchived => Some(Happened::Unarchived { user }),
            What::Topic(_) | What::Purpose(_) => None,
            What::Text(_) | What::Joined { .. } | What::Left | What::Tombstone => None,
        };
        let what = what.map(|what| self.event(what, Hearers::Workspace));
        let mut events: Vec<_> = what.into_iter().collect();
        events.extend(self.said(facts, message)?);
        Ok(events)
    }

    fn closed(&self, user: UserId, closed: bool) -> Event {
        let what = match closed {
            true => Happened::Closed { user },
            false => Happened::Opened { user },
        };
        self.event(what, Hearers::One(user))
    }
}
