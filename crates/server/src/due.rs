//! What happens by itself when its time has come: invitations lapse, standing answers are given, and guests whose
//! time has ended are removed. Found by the time it is due at, and looked for only when that time comes, the clock
//! is moved, or something that is due once has changed.

use crate::{tireless::tireless, trouble::Trouble};
use guestlist_domain::{
    Actor, Facts, InvitationId, Key, Moment, Plan, Stop, TeamId, Timestamp, UserId, connect::due,
    people,
};
use guestlist_store::{Decide, Failure, Reader, Store, StoreError};
use std::{convert::Infallible, sync::Arc, time::Duration};

/// The most of a kind that is found in one look.
const MOST: usize = 256;
/// After a failure, and where nothing is due for long.
const PAUSE: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// To whom or what something happens.
#[derive(Clone, Copy, PartialEq)]
enum Whose {
    Invitation(InvitationId),
    Guest(UserId),
}

/// What is due, as the store decides it.
struct Due {
    team: TeamId,
    whose: Whose,
    site: Arc<str>,
}

impl Decide for Due {
    type Outcome = bool;
    type Refusal = Infallible;

    fn actor(&self) -> Actor {
        Actor::nobody(self.team)
    }

    fn needs(&self) -> Vec<Key> {
        match self.whose {
            Whose::Invitation(id) => vec![Key::Invitation(id)],
            Whose::Guest(id) => vec![Key::User(id), Key::ChannelsOf(id)],
        }
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<bool>, Stop<Infallible>> {
        let plan = match self.whose {
            Whose::Invitation(id) => due::decide(facts, id, &self.site, moment)?,
            Whose::Guest(id) => people::expire(facts, id, moment)?,
        };
        Ok(Plan {
            outcome: !plan.changes.is_empty(),
            changes: plan.changes,
        })
    }
}

/// What is due at a time, each with the workspace in which it happens.
fn find(reader: &mut Reader, now: Timestamp) -> Result<Vec<(TeamId, Whose)>, StoreError> {
    let mut found = Vec::new();
    for id in reader.due(now, MOST)? {
        if let Some((team, _)) = reader.invitation(id)? {
            found.push((team, Whose::Invitation(id)));
        }
    }
    let guests = reader.ended(now, MOST)?.into_iter();
    found.extend(guests.map(|(team, id)| (team, Whose::Guest(id))));
    Ok(found)
}

/// Does all that is due now, and what becomes due by it. Tells up to when everything is done.
pub async fn settle(store: &Store) -> Result<Timestamp, StoreError> {
    let (mut before, mut done) = (Vec::new(), false);
    loop {
        let (now, due) = store
            .read(|reader| {
                let now = reader.now();
                Ok::<_, StoreError>((now, find(reader, now)?))
            })
            .await?;
        // Of what is found another may have done all meanwhile, and there is more.
        if due.is_empty() || (due == before && !done) {
            return Ok(now);
        }
        done = false;
        for (team, whose) in due.iter().copied() {
            let site = store.site();
            done |= match store.write(Arc::new(Due { team, whose, site })).await {
                Ok(changed) => changed,
                Err(Failure::Store(error)) => return Err(error),
                Err(Failure::Refused(never)) => match never {},
                Err(Failure::Scope(_) | Failure::Gone) => false,
            };
        }
        before = due;
    }
}

/// Does what is due for as long as the server runs.
pub(crate) async fn watch(store: Store) {
    tireless("what is due", || watching(&store)).await;
}

async fn watching(store: &Store) {
    let mut trouble = Trouble::default();
    loop {
        let pause = match next(store).await {
            Ok(pause) => {
                trouble.is_over("what is due can be done again");
                pause
            }
            Err(error) => {
                trouble.met(&error, "what is due cannot be done");
                PAUSE
            }
        };
        tokio::select! {
            () = store.clock().woken() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Does what is due, and tells how long nothing will be.
async fn next(store: &Store) -> Result<Duration, StoreError> {
    let settled = settle(store).await?;
    let (now, due) = store
        .read(move |reader| {
            let due = [reader.next_due()?, reader.next_end(settled)?];
            Ok::<_, StoreError>((reader.now(), due.into_iter().flatten().min()))
        })
        .await?;
    // Where time stands, whoever moves it wakes who waits.
    let due = due.filter(|due| *due <= now || !store.clock().stands());
    let micros = due.map(|due| u64::try_from(due.0 - now.0).unwrap_or(0));
    // What is due already and was not done is not tried without a pause.
    Ok(micros.map_or(LONGEST, |micros| {
        Duration::from_micros(micros).clamp(Duration::from_millis(10), LONGEST)
    }))
}
