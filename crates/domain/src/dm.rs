//! Direct messages: finding the conversation between some people, or making it. People of other
//! organisations are spoken to by those who are in a channel with them.
//! <https://docs.slack.dev/reference/methods/conversations.open>

use crate::{
    caller::Caller,
    change::Change,
    channel::{Channel, ChannelKind, Note, dm_handle},
    connect::shared,
    facts::{Facts, Key, Membership, Missing, Stop},
    id::{ChannelId, TeamId, UserId},
    invitation::Sharing,
    see::{self, Seen},
    time::{Moment, Timestamp},
    user::User,
};
use std::{collections::HashSet, sync::Arc};

/// The most people beside the caller.
pub const MOST_OTHERS: usize = 8;

/// Why there can be no such conversation, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A bot asks to talk to itself.
    Oneself,
    /// Nobody the caller could know.
    UserNotFound,
    /// Once a member of the workspace, no more.
    UserDisabled,
    /// In another workspace of the organisation, or barred from the caller.
    UserNotVisible,
    /// Two of the others are barred from each other, or no channel has all who are of other organisations.
    Combination,
}

/// A conversation that is open for the caller once its changes are made.
#[derive(Clone, Debug)]
pub struct Opened {
    /// As the caller sees it afterwards.
    pub seen: Seen,
    /// What is to be done; nothing when it was open.
    pub changes: Vec<Change>,
    /// Whether it is made only now.
    pub new: bool,
}

/// The kind of conversation the caller has with `others`.
pub fn kind(others: &[UserId]) -> ChannelKind {
    if others.len() > 1 {
        ChannelKind::Mpim
    } else {
        ChannelKind::Im
    }
}

/// What is worth loading before [`open`].
pub fn needs(caller: &Caller, others: &[UserId]) -> Vec<Key> {
    let people = others.iter().filter(|id| !id.is_slackbot());
    people
        .map(|id| Key::User(*id))
        .chain([Key::Handle(caller.team(), handle(caller, others))])
        .collect()
}

/// The conversation of the caller with `others`, among whom the caller is not; with nobody it
/// is the one with themselves. `None` when there is none and none may be made.
pub fn open(
    facts: &Facts,
    caller: &Caller,
    others: &[UserId],
    may_make: bool,
    moment: &mut Moment,
) -> Result<Option<Opened>, Stop<Refusal>> {
    if others.is_empty() && caller.is_bot() {
        return Err(Stop::Refused(Refusal::Oneself));
    }
    let known = facts.handle(caller.team(), &handle(caller, others))?;
    let mut outside = Vec::new();
    for (at, id) in others.iter().enumerate() {
        if let Some(home) = person(facts, caller, *id, kind(others), known.is_some())? {
            outside.push((*id, home));
        }
        if others[..at].iter().any(|other| barred(caller, *id, *other)) {
            return Err(Stop::Refused(Refusal::Combination));
        }
    }
    let strangers = || meet(facts, outside.iter().map(|(id, _)| *id)).map(|meet| !meet);
    if known.is_none() && outside.len() > 1 && strangers()? {
        return Err(Stop::Refused(Refusal::Combination));
    }
    if let Some(id) = known
        && let Some(channel) = facts.channel(id)?
    {
        let membership = facts.membership(id, caller.id())?;
        let (channel, mut changes) = follow(facts, channel, &outside, moment.now())?;
        let seen = Seen {
            channel,
            team: caller.team(),
            membership,
        };
        let mut opened = resume(caller, seen, moment);
        changes.append(&mut opened.changes);
        return Ok(Some(Opened { changes, ..opened }));
    }
    if may_make {
        let homes = outside.into_iter().map(|(_, home)| home);
        make(facts, caller, others, homes, moment).map(Some)
    } else {
        Ok(None)
    }
}

/// A conversation that exists, open for the caller.
pub fn resume(caller: &Caller, mut seen: Seen, moment: &mut Moment) -> Opened {
    let (channel, user) = (seen.channel.id, caller.id());
    let change = match seen.membership {
        Some(place) if !place.closed => None,
        Some(_) => Some(Change::DmClosed {
            channel,
            user,
            closed: false,
        }),
        None => Some(Change::Joined {
            channel,
            user,
            inviter: None,
            ts: moment.tick(),
        }),
    };
    let place = seen.membership;
    seen.membership = Some(Membership {
        closed: false,
        ..place.unwrap_or_else(|| Membership::new(moment.now()))
    });
    Opened {
        seen,
        changes: change.into_iter().collect(),
        new: false,
    }
}

/// A DM comes to where people of other organisations are at home now, if they have left every workspace that takes
/// part in it. Inside its owner's organisation nobody is connected.
fn follow(
    facts: &Facts,
    dm: &Arc<Channel>,
    outside: &[(UserId, TeamId)],
    now: Timestamp,
) -> Result<(Arc<Channel>, Vec<Change>), Missing> {
    let (mut dm, mut changes) = (dm.clone(), Vec::new());
    for (id, home) in outside {
        let has = |user: &Arc<User>| user.all_teams().any(|team| dm.sides().any(|at| at == team));
        let reached = facts.user(*id)?.is_none_or(has);
        if reached {
            continue;
        }
        let of_owner = match facts.workspace(dm.team)? {
            Some(owner) => see::same_org(facts, owner, *home)?,
            None => true,
        };
        if of_owner {
            continue;
        }
        let to = *home;
        let (there, change) = shared(&dm, Sharing::Connected, to, now, |dm| dm.connect([to]));
        dm = there;
        changes.push(change);
    }
    Ok((dm, changes))
}

fn handle(caller: &Caller, others: &[UserId]) -> String {
    dm_handle(&[others, &[caller.id()]].concat())
}

fn barred(caller: &Caller, a: UserId, b: UserId) -> bool {
    caller
        .workspace
        .barriers
        .iter()
        .any(|barrier| barrier.separates(a, b))
}

/// Whether there is a channel that all of them are in.
fn meet(facts: &Facts, people: impl IntoIterator<Item = UserId>) -> Result<bool, Missing> {
    let mut common: Option<HashSet<ChannelId>> = None;
    for id in people {
        let theirs = facts.channels_of(id)?.into_iter();
        common = Some(match common {
            Some(common) => theirs.filter(|channel| common.contains(channel)).collect(),
            None => theirs.collect(),
        });
    }
    Ok(common.is_some_and(|common| !common.is_empty()))
}

/// Whether the caller can speak to somebody; the workspace where they are at home, if that is another
/// organisation's. Who did so once can go on, whether they meet in a channel still or not.
fn person(
    facts: &Facts,
    caller: &Caller,
    id: UserId,
    kind: ChannelKind,
    known: bool,
) -> Result<Option<TeamId>, Stop<Refusal>> {
    let refuse = |no| Err(Stop::Refused(no));
    // Slackbot is nobody's row in the store and talks to one person at a time.
    if id.is_slackbot() && kind == ChannelKind::Im {
        return Ok(None);
    }
    let Some(user) = facts.user(id)? else {
        return refuse(Refusal::UserNotFound);
    };
    let here = user.is_in(caller.team());
    let outside = !here && !see::same_org(facts, &caller.workspace, user.team)?;
    if outside && !known && !meet(facts, [caller.id(), id])? {
        return refuse(Refusal::UserNotFound);
    }
    if user.removed {
        return refuse(Refusal::UserDisabled);
    }
    if outside {
        return Ok(Some(user.team));
    }
    if !here || barred(caller, caller.id(), id) {
        return refuse(Refusal::UserNotVisible);
    }
    Ok(None)
}

fn make(
    facts: &Facts,
    caller: &Caller,
    others: &[UserId],
    homes: impl Iterator<Item = TeamId>,
    moment: &mut Moment,
) -> Result<Opened, Stop<Refusal>> {
    let kind = kind(others);
    let id = moment.channel_id(if kind == ChannelKind::Im { 'D' } else { 'C' });
    let now = moment.now();
    let mut channel = Channel::new(id, caller.team(), kind, "", caller.id(), now);
    let mut bots = Vec::new();
    if channel.kind == ChannelKind::Mpim {
        bots.extend(caller.is_bot().then_some(caller.id()));
        let mut names = vec![caller.user.name.as_str()];
        for other in others {
            let other = facts.user(*other)?;
            names.extend(other.map(|user| user.name.as_str()));
            bots.extend(other.filter(|user| user.bot.is_some()).map(|user| user.id));
        }
        let note = |value| Note {
            value,
            creator: Some(caller.id()),
            last_set: now,
        };
        channel.name = format!("mpdm-{}-1", names.join("--"));
        channel.topic = note("Group messaging".to_owned());
        channel.purpose = note(format!("Group messaging with: @{}", names.join(" @")));
    }
    channel.parties = [others, &[caller.id()]].concat();
    channel.parties.sort();
    channel.connect(homes);
    let channel = Arc::new(channel);
    let mut changes = vec![Change::Created {
        channel: channel.clone(),
    }];
    // Bots come in first, so that their apps hear of everybody else.
    let (first, rest): (Vec<UserId>, Vec<UserId>) =
        channel.parties.iter().partition(|user| bots.contains(user));
    for user in first.into_iter().chain(rest) {
        changes.push(Change::Joined {
            channel: id,
            user,
            inviter: None,
            ts: moment.tick(),
        });
    }
    let membership = Some(Membership::new(now));
    Ok(Opened {
        seen: Seen {
            channel,
            team: caller.team(),
            membership,
        },
        changes,
        new: true,
    })
}
