//! What a side says to an acceptance, what a recipient says who does not accept, and the sender who
//! thinks again.
//! <https://docs.slack.dev/reference/methods/conversations.approveSharedInvite>

use super::{Actor, Party, accept, event::About, people_at, reads_at, shared, step};
use crate::{
    change::{Change, Plan},
    channel::Channel,
    facts::{Facts, Missing, Stop},
    id::{InvitationId, TeamId},
    invitation::{Acceptance, Invitation, Recipient, Review, Sharing, State, Step},
    time::Moment,
    trail::Watch,
};
use checks::Checked;
use std::sync::Arc;

mod checks;

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who says it, for which side.
    pub who: &'a Actor,
    /// Which invitation; `None` when what was given is no invitation's id.
    pub invitation: Option<InvitationId>,
    /// The other party, which the inviting side has to name; the inner `None` when what was given
    /// names none.
    pub target: Option<Option<Party>>,
    /// Where this server is reached.
    pub site: &'a str,
}

/// Why nothing comes of it, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// They may not say it for their side.
    Restricted,
    /// What was given is no invitation's id.
    InvalidLink,
    /// No such invitation, or one that neither comes from their side nor goes to it.
    NotFound,
    /// Their side invites and pays nothing.
    NotPaid,
    /// The invitation was taken back, has lapsed, or was never let be sent.
    Inactive,
    /// Their side invites and has not named the other.
    NoTarget,
    /// Nobody has accepted, or not the party named.
    NoAcceptance,
    /// The acceptance was declined or has lapsed.
    Over,
    /// The sides are connected, or were.
    Done,
    /// Their side has nothing left to say.
    Said,
    /// The channel is gone.
    NoChannel,
    /// The channel is being moved.
    Migrating,
}

/// Says yes. With the last yes the sides are connected.
pub fn approve(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<()>, Stop<Refusal>> {
    let checked = checks::both(facts, ask, moment.now(), watch)?;
    checks::approval(&checked, ask.who, watch).map_err(Stop::Refused)?;
    let Checked {
        invitation,
        channel,
        acceptance,
        side,
    } = checked;
    let now = moment.now();
    let said = said(acceptance, ask.who, side, true, moment);
    let done = said.awaiting.is_empty();
    let partner = said.workspace;
    let mut next = Invitation::clone(&invitation);
    next.updated = now;
    next.acceptance = Some(said);
    if done {
        next.state = State::Approved;
    }
    let (next, change) = step(channel.team, Step::Approved, next);
    let mut changes = vec![change];
    let (channel, more) = if done {
        accept::connect(facts, &channel, &next, moment)?
    } else {
        (channel, Vec::new())
    };
    let about = About {
        facts,
        invitation: &next,
        channel: &channel,
        site: ask.site,
    };
    changes.push(about.approved(partner, (side, ask.who.user.id), moment)?);
    changes.extend(more);
    Ok(Plan {
        changes,
        outcome: (),
    })
}

/// Says no, which ends it.
pub fn decline(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<()>, Stop<Refusal>> {
    let Checked {
        invitation,
        channel,
        acceptance,
        side,
    } = checks::both(facts, ask, moment.now(), watch)?;
    let said = said(acceptance, ask.who, side, false, moment);
    let partner = said.workspace;
    let next = Invitation {
        acceptance: Some(said),
        ..Invitation::clone(&invitation)
    };
    let (channel, change) = shared(
        &channel,
        Sharing::Dropped,
        partner,
        moment.now(),
        |channel| channel.pending.retain(|pending| *pending != partner),
    );
    let mut changes = ended(facts, next, &channel, ask, (side, partner), moment)?;
    changes.insert(1, change);
    Ok(Plan {
        changes,
        outcome: (),
    })
}

/// The recipient does not accept. Others than whom it is meant for find no such invitation.
pub fn turn_down(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
) -> Result<Plan<()>, Stop<Refusal>> {
    let refuse = |no| Err(Stop::Refused(no));
    let (invitation, channel) = found(facts, ask)?;
    let user = &ask.who.user;
    let meant = match &invitation.to {
        Recipient::User(to) => *to == user.id,
        Recipient::Email(to) => reads_at(facts, channel.team, ask.who, to)?,
    };
    if !meant {
        return refuse(Refusal::NotFound);
    }
    match invitation.state_at(moment.now()) {
        State::Sent => {}
        State::PendingApproval | State::Approved | State::Disconnected => {
            return refuse(Refusal::Done);
        }
        _ => return refuse(Refusal::Inactive),
    }
    let team = ask.who.workspace.id;
    let next = Invitation::clone(&invitation);
    Ok(Plan {
        changes: ended(facts, next, &channel, ask, (team, team), moment)?,
        outcome: (),
    })
}

/// The inviting side takes back what nobody has accepted yet: who sent it, or who may manage.
pub fn revoke(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
) -> Result<Plan<()>, Stop<Refusal>> {
    let refuse = |no| Err(Stop::Refused(no));
    let (invitation, channel) = found(facts, ask)?;
    if channel.team != ask.who.workspace.id {
        return refuse(Refusal::NotFound);
    }
    if ask.who.user.id != invitation.inviter && !ask.who.may_manage() {
        return refuse(Refusal::Restricted);
    }
    match invitation.state_at(moment.now()) {
        State::Sent | State::Requested => {}
        // From here on it is a side's to say no.
        State::PendingApproval | State::Approved | State::Disconnected => {
            return refuse(Refusal::Done);
        }
        _ => return refuse(Refusal::Inactive),
    }
    let next = Invitation {
        state: State::Revoked,
        updated: moment.now(),
        expected: None,
        ..Invitation::clone(&invitation)
    };
    Ok(Plan {
        changes: vec![step(channel.team, Step::Revoked, next).1],
        outcome: (),
    })
}

/// The invitation is declined by `side`; `partner` is the side that was invited.
fn ended(
    facts: &Facts,
    mut next: Invitation,
    channel: &Channel,
    ask: &Ask<'_>,
    (side, partner): (TeamId, TeamId),
    moment: &mut Moment,
) -> Result<Vec<Change>, Missing> {
    next.state = State::Declined;
    next.updated = moment.now();
    next.expected = None;
    let (next, change) = step(channel.team, Step::Declined, next);
    let about = About {
        facts,
        invitation: &next,
        channel,
        site: ask.site,
    };
    let raised = about.declined(partner, (side, ask.who.user.id), moment)?;
    Ok(vec![change, raised])
}

/// The acceptance with what one side says.
fn said(
    mut acceptance: Acceptance,
    who: &Actor,
    side: TeamId,
    approved: bool,
    moment: &Moment,
) -> Acceptance {
    acceptance.awaiting.retain(|team| *team != side);
    acceptance.reviews.push(Review {
        workspace: side,
        user: Some(who.user.id),
        at: moment.now(),
        approved,
    });
    acceptance
}

/// The invitation that is asked about, and its channel.
fn found(facts: &Facts, ask: &Ask<'_>) -> Result<(Arc<Invitation>, Arc<Channel>), Stop<Refusal>> {
    let Some(id) = ask.invitation else {
        return Err(Stop::Refused(Refusal::InvalidLink));
    };
    let Some(invitation) = facts.invitation(id)?.cloned() else {
        return Err(Stop::Refused(Refusal::NotFound));
    };
    let Some(channel) = facts.channel(invitation.channel)?.cloned() else {
        return Err(Stop::Refused(Refusal::NotFound));
    };
    Ok((invitation, channel))
}

/// Whether an invitation goes to somebody's organisation: it was accepted there, or is meant for
/// one of its people.
fn reaches(
    facts: &Facts,
    who: &Actor,
    host: TeamId,
    invitation: &Invitation,
) -> Result<bool, Missing> {
    if let Some(acceptance) = &invitation.acceptance {
        return Ok(acceptance.workspace == who.workspace.id);
    }
    let people = match &invitation.to {
        Recipient::User(user) => vec![*user],
        Recipient::Email(email) => people_at(facts, host, email)?,
    };
    for id in people {
        if let Some(user) = facts.user(id)?
            && user.is_in(who.workspace.id)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
