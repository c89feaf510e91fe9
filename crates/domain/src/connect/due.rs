//! What happens by itself when its time has come: invitations and acceptances lapse, and those who
//! have a standing answer give it.

use super::{
    Actor, accept,
    review::{self},
    shared, step,
};
use crate::{
    change::Plan,
    facts::{Facts, Missing},
    id::InvitationId,
    invitation::{Expected, Invitation, Sharing, StandingAnswer, State, Step},
    time::Moment,
    trail::Blind,
};

/// Does what is due of an invitation; nothing when nothing is.
pub fn decide(
    facts: &Facts,
    id: InvitationId,
    site: &str,
    moment: &mut Moment,
) -> Result<Plan<()>, Missing> {
    let Some(invitation) = facts.invitation(id)?.cloned() else {
        return Ok(Plan::nothing(()));
    };
    if invitation.due().is_none_or(|due| due > moment.now()) {
        return Ok(Plan::nothing(()));
    }
    if invitation.state_at(moment.now()) == State::Expired {
        return expire(facts, &invitation, moment);
    }
    let Some(expected) = invitation.expected else {
        return Ok(Plan::nothing(()));
    };
    match answer(facts, &invitation, expected, site, moment)? {
        Some(plan) => Ok(plan),
        // It cannot be given, and would not be the next moment: the invitation waits for another.
        None => {
            let Some(channel) = facts.channel(invitation.channel)? else {
                return Ok(Plan::nothing(()));
            };
            let next = Invitation {
                expected: None,
                ..Invitation::clone(&invitation)
            };
            Ok(Plan {
                changes: vec![step(channel.team, Step::AnswerFailed, next).1],
                outcome: (),
            })
        }
    }
}

fn expire(facts: &Facts, invitation: &Invitation, moment: &Moment) -> Result<Plan<()>, Missing> {
    let Some(channel) = facts.channel(invitation.channel)? else {
        return Ok(Plan::nothing(()));
    };
    let now = moment.now();
    let next = Invitation {
        state: State::Expired,
        updated: now,
        expected: None,
        ..invitation.clone()
    };
    let mut changes = vec![step(channel.team, Step::Expired, next).1];
    if let Some(acceptance) = &invitation.acceptance {
        let team = acceptance.workspace;
        let (_, change) = shared(channel, Sharing::Dropped, team, now, |channel| {
            channel.pending.retain(|pending| *pending != team);
        });
        changes.push(change);
    }
    Ok(Plan {
        changes,
        outcome: (),
    })
}

/// The answer as somebody gives it who has a standing one; `None` when they cannot.
fn answer(
    facts: &Facts,
    invitation: &Invitation,
    expected: Expected,
    site: &str,
    moment: &mut Moment,
) -> Result<Option<Plan<()>>, Missing> {
    let Some(user) = facts.user(expected.user)?.cloned() else {
        return Ok(None);
    };
    // Nor by hand, or on the page of the link.
    if user.is_gone(moment.now()) {
        return Ok(None);
    }
    let Some(workspace) = facts.workspace(user.team)?.cloned() else {
        return Ok(None);
    };
    let Some(channel) = facts.channel(invitation.channel)? else {
        return Ok(None);
    };
    let is_bound = false;
    let who = Actor {
        user,
        workspace,
        is_bound,
    };
    let given = match expected.answer {
        StandingAnswer::AutoAccept => {
            let name = accept::free_name(facts, who.workspace.id, &channel.name, channel.id)?;
            let ask = accept::Ask {
                who: &who,
                which: Some(accept::Which::Id(invitation.id)),
                name: &name,
                private: channel.is_private_in(channel.team),
                site,
            };
            accept::decide(facts, &ask, moment, &mut Blind)
                .map(|plan| plan.changes)
                .map_err(|stop| stop.map(|_| ()))
        }
        StandingAnswer::AutoDecline => {
            let ask = review::Ask {
                who: &who,
                invitation: Some(invitation.id),
                target: None,
                site,
            };
            review::turn_down(facts, &ask, moment)
                .map(|plan| plan.changes)
                .map_err(|stop| stop.map(|_| ()))
        }
    };
    match given {
        Ok(changes) => Ok(Some(Plan {
            changes,
            outcome: (),
        })),
        Err(stop) => stop.missing().map_or(Ok(None), Err),
    }
}
