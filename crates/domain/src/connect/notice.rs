//! What Slackbot tells people.

use crate::{
    change::Change,
    channel::{Channel, ChannelKind, dm_handle},
    facts::{Facts, Missing},
    id::{TeamId, UserId},
    message::{Message, Text, What},
    time::Moment,
};
use std::sync::Arc;

/// Slackbot writes to somebody, in the DM that the two have or get. Bots are not written to.
pub(super) fn slackbot(
    facts: &Facts,
    (team, user): (TeamId, UserId),
    text: String,
    moment: &mut Moment,
) -> Result<Vec<Change>, Missing> {
    let Ok(slackbot) = UserId::SLACKBOT.parse() else {
        return Ok(Vec::new());
    };
    if facts.user(user)?.is_none_or(|user| user.bot.is_some()) {
        return Ok(Vec::new());
    }
    let parties = [slackbot, user];
    let (id, mut changes) = match facts.handle(team, &dm_handle(&parties))? {
        Some(id) => {
            let closed = facts
                .membership(id, user)?
                .is_some_and(|place| place.closed);
            let reopened = Change::DmClosed {
                channel: id,
                user,
                closed: false,
            };
            (id, if closed { vec![reopened] } else { Vec::new() })
        }
        None => {
            let id = moment.channel_id('D');
            let mut dm = Channel::new(id, team, ChannelKind::Im, "", slackbot, moment.now());
            dm.parties = parties.to_vec();
            dm.parties.sort();
            let mut changes = vec![Change::Created {
                channel: Arc::new(dm),
            }];
            changes.extend(parties.map(|user| Change::Joined {
                channel: id,
                user,
                inviter: None,
                ts: moment.tick(),
            }));
            (id, changes)
        }
    };
    let text = Text {
        text,
        ..Text::default()
    };
    changes.push(Change::Posted {
        channel: id,
        message: Message {
            ts: moment.tick(),
            user: slackbot,
            what: What::Text(Box::new(text)),
        },
    });
    Ok(changes)
}
