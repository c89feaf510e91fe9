//! Letting invitations be sent, where a workspace reviews them before.
//! <https://docs.slack.dev/reference/methods/conversations.requestSharedInvite.approve>

use super::{Actor, Edge, notice, send, step};
use crate::{
    change::Plan,
    facts::{Facts, Stop},
    id::{ChannelId, InvitationId},
    invitation::{Invitation, State, Step, lapse},
    time::Moment,
    trail::Watch,
};
use checks::Checked;
use std::sync::Arc;

mod checks;

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
    /// The channel is gone, or the inviter cannot see it.
    NoChannel,
    /// The inviter may not send such an invitation.
    NotPermitted,
    /// The channel may not be shared, or not by the inviter, there is room for nobody else, or the recipient holds
    /// another invitation to it.
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
    watch: &mut dyn Watch,
) -> Result<Plan<Arc<Invitation>>, Stop<Refusal>> {
    let checked = checks::both(facts, who, id, moment.now(), watch)?;
    let channel = checks::sent(facts, &checked, changed, moment.now(), watch)?;
    let mut next = Invitation::clone(&checked.invitation);
    if let Some(words) = &changed.words {
        let before = next.message.take().filter(|_| !words.instead);
        let text = match before {
            Some(before) if !words.text.is_empty() => format!("{before}\n{}", words.text),
            Some(before) => before,
            None => words.text.clone(),
        };
        checks::words(&text, watch).map_err(Stop::Refused)?;
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
    watch: &mut dyn Watch,
) -> Result<Plan<Arc<Invitation>>, Stop<Refusal>> {
    let Checked {
        invitation,
        channel,
        inviter,
    } = checks::both(facts, who, id, moment.now(), watch)?;
    let words = words.filter(|words| !words.is_empty());
    checks::words(words.unwrap_or_default(), watch).map_err(Stop::Refused)?;
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
