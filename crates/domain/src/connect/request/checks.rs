//! What is looked at before a request to send an invitation is answered, in this order.

use super::{Changed, Refusal};
use crate::{
    channel::Channel,
    connect::{Actor, send},
    facts::{Facts, Stop},
    id::InvitationId,
    invitation::{Invitation, State},
    see,
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

/// Those of what is sent: for the request's channel, or another one if the approval says so, and with the rights that
/// it says.
pub(super) fn sent(
    facts: &Facts,
    checked: &Checked,
    changed: &Changed,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<Arc<Channel>, Stop<Refusal>> {
    use Refusal as No;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let asked = &checked.channel;
    let Changed {
        external_limited,
        channel: other,
        ..
    } = *changed;

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
    let (id, inviter) = (channel.id, &checked.inviter);
    must(!channel.archived, No::NoChannel, &|| {
        words::archived(&channel)
    })?;
    let inside = facts.membership(id, inviter.id)?.is_some();
    let visible = see::by_person(facts, inviter, &channel)?;
    must(visible, No::NoChannel, &|| {
        Told::new(
            "the inviter can see the channel",
            format!(
                "{id} is of kind {}; {} {} in it",
                words::kind(channel.kind),
                inviter.id,
                words::is(inside)
            ),
            format!("let somebody in {id} invite {}", inviter.id),
        )
    })?;
    let Some(home) = facts.workspace(channel.team)?.cloned() else {
        return Err(Stop::Refused(No::NoChannel));
    };
    let to = &checked.invitation.to;
    let limited = external_limited.unwrap_or(checked.invitation.external_limited);
    send::checks::sender(inviter, &home, watch)
        .and_then(|()| send::checks::kind(inviter, &home, limited, watch))
        .map_err(|no| match no {
            send::Refusal::NoExternalPermission => No::NotShareable,
            _ => No::NotPermitted,
        })
        .map_err(Stop::Refused)?;
    let org = match home.enterprise {
        Some(org) => facts.enterprise(org)?.map(AsRef::as_ref),
        None => None,
    };
    let by = (inviter.id, home.id, org);
    send::checks::offered(facts, &channel, by, &|held| held == to, now, watch)
        .map_err(|stop| stop.map(|_| No::NotShareable))?;
    let offers = facts.offers(id)?;
    let mut others = offers.iter().filter(|one| one.id != checked.invitation.id);
    let held = others.find(|one| one.is_open(now) && one.to == *to);
    demand(watch, held.is_none(), No::NotShareable, &|| {
        Told::new(
            "the recipient holds no other invitation to the channel",
            match held {
                Some(held) => format!("{} is {}", held.id, words::state(held.state)),
                None => format!("they hold none to {id}"),
            },
            "deny the request, or choose another channel",
        )
    })
    .map_err(Stop::Refused)?;
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
