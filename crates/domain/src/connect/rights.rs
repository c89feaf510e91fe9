//! What a partner may do in a channel.
//! <https://docs.slack.dev/reference/methods/conversations.externalInvitePermissions.set>

use super::{Actor, Party, shared};
use crate::{
    change::Plan,
    facts::{Facts, Stop},
    id::ChannelId,
    invitation::Sharing,
    see,
    time::Moment,
};

/// Why it stays as it is, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They may not change it, or their workspace is not the host.
    Restricted,
    /// No such channel.
    ChannelNotFound,
    /// The party named takes no part in it.
    InvalidTarget,
    /// Shared in the old way, or it may not be shared at all.
    NotSupported,
}

/// Lets a partner post only, or invite and change its side as well.
pub fn set(
    facts: &Facts,
    caller: &crate::Caller,
    channel: Option<ChannelId>,
    target: Option<Party>,
    external_limited: bool,
    moment: &Moment,
) -> Result<Plan<()>, Stop<Refusal>> {
    let refuse = |no| Err(Stop::Refused(no));
    let who = Actor::from(caller);
    if !who.may_manage() {
        return refuse(Refusal::Restricted);
    }
    let Some(seen) = see::channel(facts, caller, channel)? else {
        return refuse(Refusal::ChannelNotFound);
    };
    let channel = &seen.channel;
    if channel.kind.is_dm() {
        return refuse(Refusal::ChannelNotFound);
    }
    if channel.team != who.workspace.id {
        return refuse(Refusal::Restricted);
    }
    let mut partner = None;
    for side in &channel.connections {
        if let Some(party) = target
            && party.is(facts, side.workspace)?
        {
            partner = Some(side);
        }
    }
    let Some(partner) = partner else {
        return refuse(Refusal::InvalidTarget);
    };
    if channel.legacy_shared || channel.unshareable {
        return refuse(Refusal::NotSupported);
    }
    if partner.external_limited == external_limited {
        return Ok(Plan::nothing(()));
    }
    let (team, how) = if external_limited {
        (partner.workspace, Sharing::Downgraded)
    } else {
        (partner.workspace, Sharing::Upgraded)
    };
    let (_, change) = shared(channel, how, team, moment.now(), |channel| {
        for side in &mut channel.connections {
            if side.workspace == team {
                side.external_limited = external_limited;
            }
        }
    });
    Ok(Plan {
        changes: vec![change],
        outcome: (),
    })
}
