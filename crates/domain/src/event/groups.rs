//! What happens to user groups.

use super::Happened;
use crate::change::Change;

/// What a change to a group comes to: whoever follows its people alone hears of them first.
pub(super) fn of_change(change: &Change) -> Vec<Happened> {
    match change {
        Change::UsergroupMade { group } => vec![Happened::UsergroupMade {
            group: group.clone(),
        }],
        Change::UsergroupEdited {
            group,
            added,
            removed,
            before,
        } => {
            let people = Happened::UsersOfGroupChanged {
                group: group.clone(),
                added: added.clone(),
                removed: removed.clone(),
                before: *before,
            };
            let edited = Happened::UsergroupEdited {
                group: group.clone(),
            };
            let same_people = added.is_empty() && removed.is_empty();
            let people = (!same_people).then_some(people);
            people.into_iter().chain([edited]).collect()
        }
        _ => Vec::new(),
    }
}
