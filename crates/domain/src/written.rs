//! What becomes of a message once it is written: its author changes it, or it is deleted.

use crate::{
    caller::Caller,
    change::Change,
    channel::Channel,
    facts::{Facts, Missing, Stop},
    id::{ChannelId, UserId},
    message::{Message, Text, What},
    see::{self, Seen},
    time::{Moment, Timestamp},
};
use std::sync::Arc;

/// Why a message stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such message, or no more.
    NotFound,
    /// The caller may not do this to it.
    NotYours,
}

/// What is written in a DM opens it for whoever had closed it. One that is made just now is open, and no store knows of it.
pub fn reopens(facts: &Facts, channel: &Channel) -> Result<Vec<Change>, Missing> {
    let mut changes = Vec::new();
    for user in channel.parties.iter().copied() {
        let place = facts.membership(channel.id, user)?;
        if place.is_some_and(|place| place.closed) {
            changes.push(Change::DmClosed {
                channel: channel.id,
                user,
                closed: false,
            });
        }
    }
    Ok(changes)
}

/// A message that somebody wrote, in a conversation that the caller sees.
fn written(
    facts: &Facts,
    channel: ChannelId,
    ts: Option<Timestamp>,
) -> Result<Arc<Message>, Stop<Refusal>> {
    let found = match ts {
        Some(ts) => facts.message(channel, ts)?,
        None => None,
    };
    let kept = match facts.channel(channel)? {
        Some(channel) => channel.kept,
        None => None,
    };
    match found {
        None => Err(Stop::Refused(Refusal::NotFound)),
        // A copy of the channel shows it as it was.
        Some(message) if kept.is_some_and(|until| message.ts <= until) => {
            Err(Stop::Refused(Refusal::NotYours))
        }
        Some(message) => match &message.what {
            What::Text(_) => Ok(message.clone()),
            What::Tombstone => Err(Stop::Refused(Refusal::NotFound)),
            // That somebody came, or named the channel, is nobody's to take back.
            What::Joined { .. }
            | What::Left
            | What::Topic(_)
            | What::Purpose(_)
            | What::Renamed { .. }
            | What::Archived
            | What::Unarchived => Err(Stop::Refused(Refusal::NotYours)),
        },
    }
}

/// A message that the caller wrote. Whose it is tells the user that the token acts as: of an app's tokens
/// each has messages of its own.
pub fn own(
    facts: &Facts,
    caller: &Caller,
    channel: ChannelId,
    ts: Option<Timestamp>,
) -> Result<Arc<Message>, Stop<Refusal>> {
    by(facts, caller.id(), channel, ts)
}

/// A message that somebody wrote, if they did.
pub fn by(
    facts: &Facts,
    author: UserId,
    channel: ChannelId,
    ts: Option<Timestamp>,
) -> Result<Arc<Message>, Stop<Refusal>> {
    let message = written(facts, channel, ts)?;
    match message.user == author {
        true => Ok(message),
        false => Err(Stop::Refused(Refusal::NotYours)),
    }
}

/// A message as it is from now on, marked as edited, and the change to make.
pub fn reword(
    channel: ChannelId,
    before: Arc<Message>,
    text: Text,
    moment: &mut Moment,
) -> (Arc<Message>, Change) {
    if let What::Text(said) = &before.what {
        moment.skip_to(said.edited.unwrap_or_default());
    }
    let ts = moment.tick();
    let text = Text {
        edited: Some(ts),
        ..text
    };
    let message = Arc::new(Message {
        what: What::Text(Box::new(text)),
        ..Message::clone(&before)
    });
    let change = Change::Reworded {
        channel,
        message: message.clone(),
        before,
        ts,
    };
    (message, change)
}

/// Deletes a message: the caller's own, or as an admin that of anybody of their organisation in a channel.
/// Of a message that others have answered a tombstone is left.
pub fn delete(
    facts: &Facts,
    caller: &Caller,
    seen: &Seen,
    ts: Option<Timestamp>,
    moment: &mut Moment,
) -> Result<Change, Stop<Refusal>> {
    let channel = seen.channel.id;
    let message = written(facts, channel, ts)?;
    if message.user != caller.id() {
        let moderates = caller.user.is_admin() && !seen.kind().is_dm();
        let is_ours = match facts.standing(message.user)?.filter(|_| moderates) {
            Some(author) => see::same_org(facts, &caller.workspace, author.team)?,
            None => false,
        };
        if !is_ours {
            return Err(Stop::Refused(Refusal::NotYours));
        }
    }
    take_back(facts, channel, message, moment)
}

/// Deletes a message that may be deleted. Of one that others have answered a tombstone is left.
pub fn take_back(
    facts: &Facts,
    channel: ChannelId,
    message: Arc<Message>,
    moment: &mut Moment,
) -> Result<Change, Stop<Refusal>> {
    let answered = facts.replies(channel, message.ts)? > 0;
    // Nothing would lead to the answers of a reply that is gone.
    if answered && message.answers().is_some() {
        return Err(Stop::Refused(Refusal::NotYours));
    }
    let ts = moment.tick();
    Ok(match answered {
        false => Change::Deleted {
            channel,
            message,
            ts,
        },
        true => Change::Reworded {
            channel,
            message: Arc::new(Message {
                what: What::Tombstone,
                ..Message::clone(&message)
            }),
            before: message,
            ts,
        },
    })
}
