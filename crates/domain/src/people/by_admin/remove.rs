//! An admin takes somebody out of a workspace.
//! <https://docs.slack.dev/reference/methods/admin.users.remove>

use super::{Ask, Refusal, found, needs, open_to};
use crate::{
    change::Plan,
    connect::Party,
    facts::{Facts, Key, Stop},
    people::{self, NotTaken, places},
    time::Moment,
    trail::{Watch, demand},
    words,
};

/// What is worth loading before the first attempt: they leave the workspace's user groups, too.
pub fn needs_to_remove(ask: &Ask<'_>) -> Vec<Key> {
    let mut needs = needs(ask);
    if let Some(Party::Team(team)) = ask.place {
        needs.push(Key::Usergroups(team));
    }
    needs
}

/// Takes them out of the workspace that is named, and of the channels that go with it. Whoever is in no other is
/// removed; of who has not joined yet the invitation is taken back.
pub fn remove(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<()>, Stop<Refusal>> {
    use Refusal as No;
    let user = found(facts, ask, watch)?;
    let Some(Party::Team(team)) = ask.place else {
        return Err(Stop::Refused(No::NoSuchPlace));
    };
    let person = user.bot.is_none();
    demand(watch, person, No::NoMember, &|| words::person(&user)).map_err(Stop::Refused)?;
    open_to(ask, &user, user.removed && !user.is_invited(), watch)?;
    let changes = if user.teams.is_empty() || user.removed {
        people::remove(facts, user.id, moment)
            .map_err(|stop| stop.map(NotTaken::into))?
            .changes
    } else {
        places::leave(facts, user.id, team, moment)?
    };
    Ok(Plan {
        changes,
        outcome: (),
    })
}
