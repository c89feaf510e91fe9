//! What is looked at before a request to send an invitation is answered, in this order.

use super::Refusal;
use crate::{
    channel::Channel,
    connect::{Actor, send},
    facts::{Facts, Stop},
    id::{ChannelId, InvitationId},
    invitation::{Invitation, Recipient, State},
    time::Timestamp,
    trail::{Told, Watch, demand},
    user::User,
    words,
};
use std::sync::Arc;

/// What is answered.
pub(super) struct Checked {
    pub(super) invitation: Arc<Invitation>,
    pub(super) channel: Arc<Channel>,
    pub(super) inviter: Arc<User>,
}

/// Those of approving and of denying.
pub(super) fn both(
    facts: &Facts,
    who: &Actor,
    id: Option<InvitationId>,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<Checked, Stop<Refusal>> {
    use Refusal as No;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    must(who.may_manage(), No::Restricted, &|| words::manager(who))?;
    let found = match id {
        Some(id) => facts.invitation(id)?.cloned(),
        None => None,
    };
    let channel = match &found {
        Some(found) => facts.channel(found.channel)?.cloned(),
        None => None,
    };
    let ours = channel.as_ref().map(|one| one.team) == Some(who.workspace.id);
    let here = ours && found.as_ref().is_some_and(|one| one.requested);
    must(here, No::NotFound, &|| {
        Told::new(
            "there is such a request in the caller's workspace",
            match (id, &found, &channel) {
                (None, ..) => "what was given is no invitation's id".to_owned(),
                (Some(id), Some(one), Some(channel)) => format!(
                    "{id} {} asked for first; its channel is of {}",
                    if one.requested { "was" } else { "was not" },
                    channel.team
                ),
                (Some(id), Some(_), None) => format!("the channel of {id} is not there"),
                (Some(id), None, _) => format!("there is no invitation {id}"),
            },
            "take the id from the event, or from conversations.requestSharedInvite.list",
        )
    })?;
    let (Some(invitation), Some(channel)) = (found, channel) else {
        return Err(Stop::Refused(No::NotFound));
    };
    let (state, at) = (invitation.state, invitation.state_at(now));
    let open = (state, at) == (State::Requested, State::Requested);
    let no = match state {
        State::Requested => No::Expired,
        State::RequestDenied => No::Denied,
        // Expired as a request, or after it was sent.
        State::Expired if invitation.reviewer.is_none() => No::Expired,
        _ => No::Approved,
    };
    must(open, no, &|| {
        Told::new(
            "nobody has answered it, and it is not too old",
            format!("{} is {}", invitation.id, words::state(at)),
            match at {
                State::Sent | State::PendingApproval | State::Approved => {
                    "nothing is left to do: it was sent"
                }
                _ => "let the inviter ask again",
            },
        )
    })?;
    let inviter = facts.user(invitation.inviter)?;
    let there = inviter.is_some_and(|inviter| !inviter.removed);
    must(there, No::NoInviter, &|| {
        Told::new(
            "the inviter is still there",
            match inviter {
                Some(inviter) => format!("{} has removed: {}", inviter.id, inviter.removed),
                None => format!("there is no {}", invitation.inviter),
            },
            "let somebody else ask",
        )
    })?;
    let Some(inviter) = inviter.cloned() else {
        return Err(Stop::Refused(No::NoInviter));
    };
    Ok(Checked {
        invitation,
        channel,
        inviter,
    })
}

/// Those of the channel that it is sent for: the request's, or another one if the approval says so.
pub(super) fn channel(
    facts: &Facts,
    checked: &Checked,
    other: Option<Option<ChannelId>>,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<Arc<Channel>, Stop<Refusal>> {
    use Refusal as No;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let asked = &checked.channel;

    let chosen = match other {
        None => Some(asked),
        Some(Some(other)) => facts.channel(other)?,
        Some(None) => None,
    };
    let fits = chosen.is_some_and(|one| one.team == asked.team && !one.kind.is_dm());
    must(fits, No::NoChannel, &|| {
        Told::new(
            "there is such a channel in the workspace",
            match (other, chosen) {
                (Some(None), _) => "what was given is no channel's id".to_owned(),
                (_, Some(one)) => {
                    format!("{} is {} of {}", one.id, words::kind(one.kind), one.team)
                }
                (Some(Some(other)), None) => format!("there is no {other}"),
                (None, None) => String::new(),
            },
            format!("name a channel of {}", asked.team),
        )
    })?;
    let Some(channel) = chosen.cloned() else {
        return Err(Stop::Refused(No::NoChannel));
    };
    let (id, inviter) = (channel.id, checked.inviter.id);
    must(!channel.archived, No::NoChannel, &|| {
        words::archived(&channel)
    })?;
    let inside = facts.membership(id, inviter)?.is_some();
    must(inside, No::NoChannel, &|| {
        Told::new(
            "the inviter is in the channel",
            format!("{inviter} {} in {id}", words::is(inside)),
            format!("let somebody in {id} invite {inviter}"),
        )
    })?;
    let held = |to: &Recipient| *to == checked.invitation.to;
    let org = match facts
        .workspace(channel.team)?
        .and_then(|home| home.enterprise)
    {
        Some(org) => facts.enterprise(org)?.map(AsRef::as_ref),
        None => None,
    };
    let by = (inviter, channel.team, org);
    send::checks::offered(facts, &channel, by, &held, now, watch)
        .map_err(|stop| stop.map(|_| No::NotShareable))?;
    Ok(channel)
}

/// Whether the words that go with it are short enough.
pub(super) fn words(text: &str, watch: &mut dyn Watch) -> Result<(), Refusal> {
    let length = text.chars().count();
    let fits = length <= crate::connect::MOST_MESSAGE;
    demand(watch, fits, Refusal::MessageTooLong, &|| {
        words::length(length)
    })
}
