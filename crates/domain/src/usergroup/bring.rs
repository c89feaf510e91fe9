//! People of a group come into its default channels.

use crate::{
    caller::Caller,
    change::Change,
    channel::{Channel, ChannelKind},
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, TeamId, UserId},
    invite,
    see::Seen,
    time::Moment,
};
use std::{collections::BTreeSet, sync::Arc};

/// Of so many people each is looked for alone; of more, everybody in the channel is read.
const FEW: usize = 16;

/// Brings people into channels, as an invitation by the caller would, save that the caller need not be there. Whoever
/// cannot come holds nobody back, and a channel that takes nobody is passed over.
pub(super) fn bring<R>(
    facts: &Facts,
    caller: &Caller,
    people: &[UserId],
    channels: &[ChannelId],
    moment: &mut Moment,
) -> Result<Vec<Change>, Stop<R>> {
    if people.is_empty() || channels.is_empty() || invite::is_sealed(caller) {
        return Ok(Vec::new());
    }
    // Each time something is missing all is decided anew: so what is looked at is asked for together.
    facts.all(first(people, channels))?;
    let channels = open(facts, caller, channels)?;
    facts.all(then(facts, caller, people, &channels)?)?;
    facts.all(across(facts, people, &channels)?)?;
    let mut arrivals = Vec::with_capacity(channels.len());
    for channel in channels {
        let seen = Seen {
            membership: facts.membership(channel.id, caller.id())?,
            channel,
            team: caller.team(),
        };
        let welcome = invite::whoever_can(facts, caller, &seen, people)?;
        arrivals.push((seen.channel.id, welcome));
    }
    // Nothing is missing any more: no tick is given twice.
    let joins = arrivals
        .iter()
        .flat_map(|(channel, welcome)| invite::joins(caller, *channel, welcome, moment));
    Ok(joins.collect())
}

fn first(people: &[UserId], channels: &[ChannelId]) -> impl Iterator<Item = Key> {
    let channels = channels.iter().map(|channel| Key::Channel(*channel));
    channels.chain(people.iter().map(|user| Key::Standing(*user)))
}

/// The channels that take people whom the caller brings.
fn open(
    facts: &Facts,
    caller: &Caller,
    channels: &[ChannelId],
) -> Result<Vec<Arc<Channel>>, Missing> {
    let mut open = Vec::with_capacity(channels.len());
    for id in channels {
        let takes = |channel: &&Arc<Channel>| {
            matches!(channel.kind, ChannelKind::Public | ChannelKind::Private)
                && !channel.archived
                && !channel.migrating
                && invite::is_listed(channel, caller.id())
                && invite::is_granted(caller, channel.id)
        };
        open.extend(facts.channel(*id)?.filter(takes).cloned());
    }
    Ok(open)
}

/// Who is in the channels, and the workspaces of channels and people.
fn then(
    facts: &Facts,
    caller: &Caller,
    people: &[UserId],
    channels: &[Arc<Channel>],
) -> Result<Vec<Key>, Missing> {
    let mut keys = Vec::new();
    let mut teams: BTreeSet<TeamId> = channels.iter().map(|channel| channel.team).collect();
    for user in people {
        teams.extend(facts.standing(*user)?.map(|standing| standing.team));
    }
    keys.extend(teams.into_iter().map(Key::Workspace));
    for channel in channels {
        if people.len() > FEW {
            keys.push(Key::Roster(channel.id));
        } else {
            let people = people.iter().chain([&caller.user.id]);
            keys.extend(people.map(|user| Key::Member(channel.id, *user)));
        }
    }
    Ok(keys)
}

/// Whoever stands beyond a barrier from the people may be in a channel, too.
fn across(
    facts: &Facts,
    people: &[UserId],
    channels: &[Arc<Channel>],
) -> Result<Vec<Key>, Missing> {
    let mut keys = Vec::new();
    for channel in channels {
        keys.extend(invite::barriers::needs(facts, channel, people)?);
    }
    Ok(keys)
}
