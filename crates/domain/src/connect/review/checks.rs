//! What is looked at before a side says yes or no to an acceptance, in this order.

use super::{Ask, Refusal, reaches};
use crate::{
    channel::Channel,
    connect::{Actor, Party},
    facts::{Facts, Missing, Stop},
    id::TeamId,
    invitation::{Acceptance, Invitation, State},
    time::Timestamp,
    trail::{Told, Watch, demand},
    words,
    workspace::Plan as Paid,
};
use std::sync::Arc;

/// What is answered, and for which side.
pub(super) struct Checked {
    pub(super) invitation: Arc<Invitation>,
    pub(super) channel: Arc<Channel>,
    pub(super) acceptance: Acceptance,
    /// The workspace for which it is said.
    pub(super) side: TeamId,
}

/// Those of approving and of declining.
pub(super) fn both(
    facts: &Facts,
    ask: &Ask<'_>,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<Checked, Stop<Refusal>> {
    use Refusal as No;
    let workspace = &ask.who.workspace;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    must(ask.who.may_manage(), No::Restricted, &|| {
        words::manager(ask.who)
    })?;
    must(ask.invitation.is_some(), No::InvalidLink, &|| {
        Told::new(
            "what was given is an invitation's id",
            match ask.invitation {
                Some(id) => id.to_string(),
                None => "it is none".to_owned(),
            },
            "give the invite_id",
        )
    })?;
    let (invitation, channel) = match super::found(facts, ask) {
        Ok(found) => found,
        Err(Stop::Refused(no)) => {
            return must(false, no, &|| there(ask, "there is none")).and(Err(Stop::Refused(no)));
        }
        Err(stop) => return Err(stop),
    };
    let inviting = channel.team == workspace.id;
    let reached = inviting || reaches(facts, ask.who, channel.team, &invitation)?;
    must(reached, No::NotFound, &|| {
        let how = match (inviting, reached) {
            (true, _) => "it comes from",
            (_, true) => "it goes to",
            _ => "it neither comes from nor goes to",
        };
        there(ask, &format!("{how} {}", ask.who.workspace.id))
    })?;
    let pays = !inviting || workspace.plan != Paid::Free;
    must(pays, No::NotPaid, &|| {
        Told::new(
            "an inviting workspace has a paid plan",
            format!("{} has plan: {}", workspace.id, words::plan(workspace.plan)),
            format!("give {} a paid plan", workspace.id),
        )
    })?;
    let state = invitation.state_at(now);
    let accepted = invitation.acceptance.as_ref();
    let gone = match state {
        State::Revoked | State::RequestDenied => true,
        State::Expired | State::Declined => accepted.is_none(),
        _ => false,
    };
    let is_so = || format!("{} is {}", invitation.id, words::state(state));
    must(!gone, No::Inactive, &|| {
        Told::new(
            "it was not taken back, turned down or left to lapse",
            is_so(),
            "let it be sent again",
        )
    })?;
    must(!inviting || ask.target.is_some(), No::NoTarget, &|| {
        Told::new(
            "the inviting side names the other",
            match ask.target {
                Some(_) => "target_team is given".to_owned(),
                None if inviting => format!("no target_team, and {} invites", workspace.id),
                None => format!("{} does not invite", workspace.id),
            },
            "give target_team, the workspace that has accepted",
        )
    })?;
    must(accepted.is_some(), No::NoAcceptance, &|| {
        Told::new(
            "somebody has accepted it",
            is_so(),
            "let the other side accept it first",
        )
    })?;
    let Some(acceptance) = accepted else {
        return Err(Stop::Refused(No::NoAcceptance));
    };
    let named = is_named(facts, ask, inviting, &channel, acceptance)?;
    must(named, No::NoAcceptance, &|| {
        Told::new(
            "the party named is the other side",
            format!(
                "accepted for {}; target_team {} {}",
                acceptance.workspace,
                words::is(named),
                if inviting { "that" } else { "a side of it" }
            ),
            match inviting {
                true => format!("give target_team {}", acceptance.workspace),
                false => format!("give target_team {}, or none", channel.team),
            },
        )
    })?;
    let done = matches!(state, State::Approved | State::Disconnected);
    must(!done, No::Done, &|| {
        Told::new(
            "the sides are not connected yet, and never were",
            is_so(),
            match state {
                State::Disconnected => "let it be sent again",
                _ => "nothing is left to do: the sides are connected",
            },
        )
    })?;
    must(state == State::PendingApproval, No::Over, &|| {
        Told::new(
            "the acceptance waits for approval",
            is_so(),
            "let it be sent and accepted again",
        )
    })?;
    let side = if inviting {
        channel.team
    } else {
        acceptance.workspace
    };
    let acceptance = acceptance.clone();
    Ok(Checked {
        invitation,
        channel,
        acceptance,
        side,
    })
}

/// Those of approving alone.
pub(super) fn approval(
    checked: &Checked,
    who: &Actor,
    watch: &mut dyn Watch,
) -> Result<(), Refusal> {
    use Refusal as No;
    let Checked {
        channel,
        acceptance,
        side,
        ..
    } = checked;
    let id = channel.id;
    let mut must = |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told);

    let open = !channel.archived && !channel.unshareable;
    must(open, No::NoChannel, &|| {
        Told::new(
            "the channel may be shared still",
            format!(
                "{id} has archived: {}, shareable: {}",
                channel.archived, !channel.unshareable
            ),
            format!("unarchive {id}, or make it shareable"),
        )
    })?;
    must(!channel.migrating, No::Migrating, &|| {
        words::migrating(channel)
    })?;
    let waits = acceptance.awaiting.contains(side);
    must(waits, No::Said, &|| {
        let others = acceptance.awaiting.iter().map(TeamId::to_string);
        Told::new(
            "the caller's side has yet to say yes",
            format!(
                "{} speaks for {side}; it waits for {}",
                who.user.id,
                others.collect::<Vec<_>>().join(", ")
            ),
            "nothing is left to do for this side",
        )
    })
}

fn there(ask: &Ask<'_>, saw: &str) -> Told {
    let id = ask
        .invitation
        .map_or_else(String::new, |id| format!("{id}: "));
    Told::new(
        "there is such an invitation from or to the caller's workspace",
        format!("{id}{saw}"),
        "take the id from the event, or from conversations.listConnectInvites",
    )
}

/// Whether the party named is the other side; the invited one may leave it out, or name itself.
fn is_named(
    facts: &Facts,
    ask: &Ask<'_>,
    inviting: bool,
    channel: &Channel,
    acceptance: &Acceptance,
) -> Result<bool, Missing> {
    let is = |party: Party, team| party.is(facts, team);
    match ask.target {
        None => Ok(true),
        Some(None) => Ok(false),
        Some(Some(party)) if inviting => is(party, acceptance.workspace),
        Some(Some(party)) => Ok(is(party, channel.team)? || is(party, ask.who.workspace.id)?),
    }
}
