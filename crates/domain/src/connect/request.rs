//! Letting invitations be sent, where a workspace reviews them before.
//! <https://docs.slack.dev/reference/methods/conversations.requestSharedInvite.approve>

use super::{Actor, Edge, MOST_MESSAGE, is_ours, notice, send, step};
use crate::{
    change::Plan,
    channel::Channel,
    facts::{Facts, Stop},
    id::{ChannelId, InvitationId},
    invitation::{Invitation, State, Step, lapse},
    time::Moment,
    user::User,
};
use std::sync::Arc;

/// Words that go with a request's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The words.
    pub text: String,
    /// They stand instead of what the inviter wrote, not after it.
    pub instead: bool,
}

/// What an approval changes about the invitation.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// The other side may only post, or more.
    pub external_limited: Option<bool>,
    /// Another channel; the inner `None` when what was given is no channel's id.
    pub channel: Option<Option<ChannelId>>,
    /// Words.
    pub words: Option<Words>,
}

/// Why nothing comes of it, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They may not answer requests.
    Restricted,
    /// No such request in their organisation.
    NotFound,
    /// It was approved.
    Approved,
    /// It was denied.
    Denied,
    /// It has lapsed.
    Expired,
    /// The inviter is gone.
    NoInviter,
    /// The channel is gone, or the inviter is not in it.
    NoChannel,
    /// The channel may not be shared.
    NotShareable,
    /// Too many words.
    MessageTooLong,
}

/// Lets an invitation be sent.
pub fn approve(
    facts: &Facts,
    who: &Actor,
    id: Option<InvitationId>,
    changed: &Changed,
    edge: Edge<'_>,
    moment: &mut Moment,
) -> Result<Plan<Arc<Invitation>>, Stop<Refusal>> {
    let Checked {
        invitation,
        mut channel,
        ..
    } = check(facts, who, id, moment)?;
    if let Some(other) = changed.channel {
        let other = match other {
            Some(other) => facts.channel(other)?.cloned(),
            None => None,
        };
        let kept = other.filter(|other| other.team == channel.team && !other.kind.is_dm());
        let Some(kept) = kept else {
            return Err(Stop::Refused(Refusal::NoChannel));
        };
        channel = kept;
    }
    let in_it = facts.membership(channel.id, invitation.inviter)?.is_some();
    if channel.archived || !in_it {
        return Err(Stop::Refused(Refusal::NoChannel));
    }
    if channel.unshareable || channel.migrating {
        return Err(Stop::Refused(Refusal::NotShareable));
    }
    let mut next = Invitation::clone(&invitation);
    if let Some(words) = &changed.words {
        let before = next.message.take().filter(|_| !words.instead);
        let text = match before {
            Some(before) if !words.text.is_empty() => format!("{before}\n{}", words.text),
            Some(before) => before,
            None => words.text.clone(),
        };
        if text.chars().count() > MOST_MESSAGE {
            return Err(Stop::Refused(Refusal::MessageTooLong));
        }
        next.message = Some(text).filter(|text| !text.is_empty());
    }
    let now = moment.now();
    next.channel = channel.id;
    next.external_limited = changed.external_limited.unwrap_or(next.external_limited);
    next.state = State::Sent;
    next.reviewer = Some(who.user.id);
    next.updated = now;
    next.expires = lapse(now);
    Ok(send::send(
        facts,
        &channel,
        next,
        Step::RequestApproved,
        (edge.site, edge.post),
        moment,
    )?)
}

/// Does not let an invitation be sent; its inviter is told.
pub fn deny(
    facts: &Facts,
    who: &Actor,
    id: Option<InvitationId>,
    words: Option<&str>,
    moment: &mut Moment,
) -> Result<Plan<Arc<Invitation>>, Stop<Refusal>> {
    let Checked {
        invitation,
        channel,
        inviter,
    } = check(facts, who, id, moment)?;
    let words = words.filter(|words| !words.is_empty());
    if words.is_some_and(|words| words.chars().count() > MOST_MESSAGE) {
        return Err(Stop::Refused(Refusal::MessageTooLong));
    }
    let next = Invitation {
        state: State::RequestDenied,
        reviewer: Some(who.user.id),
        denial: words.map(str::to_owned),
        updated: moment.now(),
        ..Invitation::clone(&invitation)
    };
    let (next, change) = step(channel.team, Step::RequestDenied, next);
    let mut changes = vec![change];
    let text = format!(
        "<@{}> did not let your invitation to #{} be sent{}{}",
        who.user.id,
        channel.name,
        if words.is_some() { ": " } else { "." },
        words.unwrap_or_default(),
    );
    changes.extend(notice::slackbot(
        facts,
        (channel.team, inviter.id),
        text,
        moment,
    )?);
    Ok(Plan {
        changes,
        outcome: next,
    })
}

struct Checked {
    invitation: Arc<Invitation>,
    channel: Arc<Channel>,
    inviter: Arc<User>,
}

fn check(
    facts: &Facts,
    who: &Actor,
    id: Option<InvitationId>,
    moment: &Moment,
) -> Result<Checked, Stop<Refusal>> {
    use Refusal as No;
    let refuse = |no| Err(Stop::Refused(no));
    if !who.may_manage() {
        return refuse(No::Restricted);
    }
    let invitation = match id {
        Some(id) => facts.invitation(id)?.filter(|one| one.requested).cloned(),
        None => None,
    };
    let Some(invitation) = invitation else {
        return refuse(No::NotFound);
    };
    let Some(channel) = facts.channel(invitation.channel)?.cloned() else {
        return refuse(No::NotFound);
    };
    if !is_ours(facts, &who.workspace, channel.team)? {
        return refuse(No::NotFound);
    }
    match (invitation.state, invitation.state_at(moment.now())) {
        (State::Requested, State::Requested) => {}
        (State::Requested, _) => return refuse(No::Expired),
        (State::RequestDenied, _) => return refuse(No::Denied),
        // Expired as a request, or after it was sent.
        (State::Expired, _) if invitation.reviewer.is_none() => return refuse(No::Expired),
        _ => return refuse(No::Approved),
    }
    let inviter = facts.user(invitation.inviter)?.cloned();
    let Some(inviter) = inviter.filter(|inviter| !inviter.removed) else {
        return refuse(No::NoInviter);
    };
    Ok(Checked {
        invitation,
        channel,
        inviter,
    })
}
