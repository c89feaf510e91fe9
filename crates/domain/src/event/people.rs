//! What happens to people.

use super::{
    Event, EventId, Happened, Hearers, Position,
    here::{aside, organisation_of},
};
use crate::{
    change::Change,
    facts::{Facts, Missing},
    time::Timestamp,
};

/// The part of `user_change` beside `team_join`.
const BESIDE_JOINING: u8 = 7;

/// The events of a change to somebody.
pub(super) fn of_change(
    facts: &Facts,
    at: Position,
    when: Timestamp,
    change: &Change,
) -> Result<Vec<Event>, Missing> {
    let (Change::UserMade { user }
    | Change::UserEdited { user, .. }
    | Change::Assigned { user, .. }
    | Change::Unassigned { user, .. }) = change
    else {
        return Ok(Vec::new());
    };
    let told = |what, teams| aside(at, when, what, Hearers::Teams(teams));
    let joined = |org| Happened::TeamJoined {
        user: user.clone(),
        org,
    };
    let changed = |org| Happened::UserChanged {
        user: user.clone(),
        org,
    };
    let org = || organisation_of(facts, user);
    let all = user.all_teams();
    Ok(match change {
        // Of who is invited nobody hears before they have joined.
        Change::UserMade { .. } | Change::UserEdited { .. } if !user.has_come() => Vec::new(),
        // Nor of whose account is made, and who is not there; until they are.
        Change::UserMade { .. } if user.removed => Vec::new(),
        Change::UserEdited { .. } if user.is_awaited() => Vec::new(),
        Change::UserEdited { before, .. }
            if !before.as_ref().is_some_and(|before| before.is_awaited()) =>
        {
            vec![told(changed(org()?), all.collect())]
        }
        // New in one workspace, and changed for the others.
        Change::Assigned { team, .. } => {
            let others: Vec<_> = all.filter(|one| one != team).collect();
            let mut events = vec![told(joined(org()?), vec![*team])];
            if !others.is_empty() {
                events.push(Event {
                    id: EventId {
                        at,
                        part: BESIDE_JOINING,
                    },
                    ..told(changed(org()?), others)
                });
            }
            events
        }
        // The workspace that they have left is told, too.
        Change::Unassigned { team, .. } => {
            vec![told(changed(org()?), all.chain([*team]).collect())]
        }
        _ => vec![told(joined(org()?), all.collect())],
    })
}
