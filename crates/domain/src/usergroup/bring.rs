//! People of a group come into its default channels.

use crate::{
    caller::Caller,
    change::Change,
    facts::{Facts, Stop},
    id::{ChannelId, UserId},
    invite,
    see::Seen,
    time::Moment,
};

/// Brings people into channels, as an invitation by the caller would, save that the caller need not be there. Whoever
/// cannot come holds nobody back, and a channel that takes nobody is passed over.
pub(super) fn bring<R>(
    facts: &Facts,
    caller: &Caller,
    people: &[UserId],
    channels: &[ChannelId],
    moment: &mut Moment,
) -> Result<Vec<Change>, Stop<R>> {
    let mut changes = Vec::new();
    if people.is_empty() {
        return Ok(changes);
    }
    for id in channels {
        let Some(channel) = facts.channel(*id)? else {
            continue;
        };
        if channel.archived || channel.migrating {
            continue;
        }
        // Of many people each would be asked for alone.
        facts.roster(*id)?;
        let seen = Seen {
            channel: channel.clone(),
            team: caller.team(),
            membership: facts.membership(*id, caller.id())?,
        };
        changes.extend(invite::whoever_can(facts, caller, &seen, people, moment)?);
    }
    Ok(changes)
}
