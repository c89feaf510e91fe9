//! What happens by itself when its time has come: invitations lapse, and standing answers are
//! given. Found by the time it is due at, and looked for only when that time comes, the clock is
//! moved, or an invitation has changed.

use crate::trouble::Trouble;
use guestlist_domain::{Actor, Facts, InvitationId, Moment, Plan, Stop, TeamId, connect::due};
use guestlist_store::{Decide, Failure, Store, StoreError};
use std::{convert::Infallible, sync::Arc, time::Duration};

/// The most that is found in one look.
const MOST: usize = 256;
/// After a failure, and where nothing is due for long.
const PAUSE: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// One invitation's due, as the store decides it.
struct Due {
    team: TeamId,
    id: InvitationId,
    site: Arc<str>,
}

impl Decide for Due {
    type Outcome = bool;
    type Refusal = Infallible;

    fn actor(&self) -> Actor {
        Actor::nobody(self.team)
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<bool>, Stop<Infallible>> {
        let plan = due::decide(facts, self.id, &self.site, moment)?;
        Ok(Plan {
            outcome: !plan.changes.is_empty(),
            changes: plan.changes,
        })
    }
}

/// Does all that is due now, and what becomes due by it.
pub async fn settle(store: &Store) -> Result<(), StoreError> {
    loop {
        let due = store
            .read(|reader| {
                let ids = reader.due(reader.now(), MOST)?;
                let teams = ids.iter().map(|id| Ok((reader.invitation(*id)?, *id)));
                teams.collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        let mut done = false;
        for (known, id) in due {
            let Some((team, _)) = known else { continue };
            let site = store.site();
            done |= match store.write(Arc::new(Due { team, id, site })).await {
                Ok(changed) => changed,
                Err(Failure::Store(error)) => return Err(error),
                Err(Failure::Refused(never)) => match never {},
                Err(Failure::Scope(_) | Failure::Gone) => false,
            };
        }
        if !done {
            return Ok(());
        }
    }
}

/// Does what is due for as long as the server runs.
pub(crate) async fn watch(store: Store) {
    let mut trouble = Trouble::default();
    loop {
        let pause = match next(&store).await {
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
    settle(store).await?;
    let (now, due) = store
        .read(|reader| Ok::<_, StoreError>((reader.now(), reader.next_due()?)))
        .await?;
    let micros = due.map(|due| u64::try_from(due.0 - now.0).unwrap_or(0));
    // What is due already and was not done is not tried without a pause.
    Ok(micros.map_or(LONGEST, |micros| {
        Duration::from_micros(micros).clamp(Duration::from_millis(10), LONGEST)
    }))
}
