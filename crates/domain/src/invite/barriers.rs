//! Whom information barriers keep out of a channel.

use crate::{
    channel::{Channel, ChannelKind},
    facts::{Facts, Key, Missing, Stop},
    id::UserId,
    workspace::Workspace,
};
use std::{collections::BTreeSet, sync::Arc};

/// Of which sides of barriers somebody is in a channel. Each person whom a barrier names is looked for once a decision,
/// however many are asked about; the channel's other members are not looked at.
pub(crate) struct Barriers {
    /// Whose barriers hold; `None` where none do.
    owner: Option<Arc<Workspace>>,
    /// Beside each barrier: whether somebody of either side is in the channel, as far as that keeps one of those out
    /// who are asked about.
    there: Vec<[bool; 2]>,
}

impl Barriers {
    /// Those that may keep some of `people` out. What has to be loaded for it is asked for together.
    pub(super) fn around<R>(
        facts: &Facts,
        channel: &Channel,
        people: impl Iterator<Item = UserId> + Clone,
    ) -> Result<Self, Stop<R>> {
        let (barriers, unknown) = Self::survey(facts, channel, people)?;
        match unknown.is_empty() {
            true => Ok(barriers),
            false => Err(Stop::Missing(keys(channel, unknown).collect())),
        }
    }

    /// The same, and those of whom it has yet to be learnt whether they are in the channel.
    fn survey(
        facts: &Facts,
        channel: &Channel,
        people: impl Iterator<Item = UserId> + Clone,
    ) -> Result<(Self, BTreeSet<UserId>), Missing> {
        let owner = match channel.kind {
            ChannelKind::Public | ChannelKind::Private => facts.workspace(channel.team)?.cloned(),
            _ => None,
        };
        let (mut there, mut unknown) = (Vec::new(), BTreeSet::new());
        for barrier in owner.iter().flat_map(|owner| &owner.barriers) {
            let [from, to] = barrier.sides();
            let mut is_there = |side: &BTreeSet<UserId>, beyond: &BTreeSet<UserId>| {
                people.clone().any(|user| beyond.contains(&user))
                    && is_one_there(facts, channel, side, &mut unknown)
            };
            there.push([is_there(from, to), is_there(to, from)]);
        }
        Ok((Self { owner, there }, unknown))
    }

    /// Whether they keep somebody out, one of those they were made for.
    pub(super) fn bar(&self, user: UserId) -> bool {
        let barriers = self.owner.iter().flat_map(|owner| &owner.barriers);
        barriers.zip(&self.there).any(|(barrier, there)| {
            let [from, to] = barrier.sides().map(|side| side.contains(&user));
            (from && there[1]) || (to && there[0])
        })
    }

    /// Somebody comes into the channel.
    pub(super) fn admit(&mut self, user: UserId) {
        let barriers = self.owner.iter().flat_map(|owner| &owner.barriers);
        for (barrier, there) in barriers.zip(&mut self.there) {
            let [from, to] = barrier.sides().map(|side| side.contains(&user));
            *there = [there[0] || from, there[1] || to];
        }
    }
}

/// Whether one of a side is known to be in the channel. If none is, those of whom nothing is known are `unknown`.
fn is_one_there(
    facts: &Facts,
    channel: &Channel,
    side: &BTreeSet<UserId>,
    unknown: &mut BTreeSet<UserId>,
) -> bool {
    let mut open = Vec::new();
    for user in side {
        match facts.membership(channel.id, *user) {
            Ok(Some(_)) => return true,
            Ok(None) => {}
            Err(_) => open.push(*user),
        }
    }
    unknown.extend(open);
    false
}

fn keys(channel: &Channel, people: BTreeSet<UserId>) -> impl Iterator<Item = Key> {
    let channel = channel.id;
    people
        .into_iter()
        .map(move |user| Key::Member(channel, user))
}

/// What has to be loaded before it is known which of `people` barriers keep out.
pub(crate) fn needs(
    facts: &Facts,
    channel: &Channel,
    people: &[UserId],
) -> Result<impl Iterator<Item = Key>, Missing> {
    let (_, unknown) = Barriers::survey(facts, channel, people.iter().copied())?;
    Ok(keys(channel, unknown))
}

/// Whether an information barrier stands between `user`, who is not in the channel, and somebody who is.
pub fn barred<R>(facts: &Facts, channel: &Channel, user: UserId) -> Result<bool, Stop<R>> {
    let people = std::iter::once(user);
    Ok(Barriers::around(facts, channel, people)?.bar(user))
}
