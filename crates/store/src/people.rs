//! What goes with people who come to workspaces and leave them.

use crate::{
    Decide,
    error::{Failure, StoreError, chain},
    reader::Reader,
    store::Store,
};
use guestlist_domain::{
    Actor, Channel, ChannelId, ChannelKind, Facts, Key, Moment, Plan, Stop, TeamId, UserId, people,
};
use std::{convert::Infallible, sync::Arc, time::Duration};

/// Channels looked at in one go.
const ROWS: usize = 1000;
/// How long after somebody is gone or made a guest it is looked whether another node has brought them in meanwhile.
const SWEEP: Duration = Duration::from_millis(500);

impl Store {
    /// The channels that everybody of some workspaces is in, as far as they can be told now.
    pub async fn usual_channels(
        &self,
        workspaces: Vec<TeamId>,
    ) -> Result<Vec<ChannelId>, StoreError> {
        if workspaces.is_empty() {
            return Ok(Vec::new());
        }
        self.read_long(move |reader| {
            let mut found = Vec::new();
            for workspace in workspaces {
                add_usual(reader, workspace, &mut found)?;
            }
            Ok(found)
        })
        .await
    }

    /// Somebody has left, or may not be everywhere any more. Where nodes share the store another one may have been
    /// about to bring them into a channel where they cannot be: people are not locked for that. It is looked for a
    /// little later, on behalf of `workspace`, even if nobody waits for it any more. That they have left stands
    /// whatever comes of this: if it fails, the log says so.
    pub async fn sweep(&self, workspace: TeamId, user: UserId) {
        if !self.is_shared() {
            return;
        }
        let store = self.clone();
        let sweeping = tokio::spawn(async move {
            tokio::time::sleep(SWEEP).await;
            match store.write(Arc::new(Sweep { workspace, user })).await {
                Ok(()) | Err(Failure::Scope(_) | Failure::Gone) => {}
                Err(Failure::Refused(never)) => match never {},
                Err(Failure::Store(error)) => {
                    tracing::error!(%user, error = %chain(&error), "whether somebody is left in channels is not known");
                }
            }
        });
        // It ends with an error only where it panicked, which is logged as such.
        let _ = sweeping.await;
    }
}

fn add_usual(
    reader: &mut Reader,
    workspace: TeamId,
    found: &mut Vec<ChannelId>,
) -> Result<(), StoreError> {
    let kinds = [ChannelKind::Public, ChannelKind::Private];
    let mut from = None;
    loop {
        let mut rows = reader.channels(workspace, &kinds, from, ROWS + 1)?;
        let next = (rows.len() > ROWS).then(|| rows.pop()).flatten();
        from = next.map(|one| one.id);
        let is_usual = |one: &&Arc<Channel>| {
            one.team == workspace && (one.general || one.mandatory) && !one.archived
        };
        found.extend(rows.iter().filter(is_usual).map(|one| one.id));
        if from.is_none() {
            return Ok(());
        }
    }
}

struct Sweep {
    workspace: TeamId,
    user: UserId,
}

impl Decide for Sweep {
    type Outcome = ();
    type Refusal = Infallible;

    fn actor(&self) -> Actor {
        Actor::nobody(self.workspace)
    }

    fn needs(&self) -> Vec<Key> {
        vec![Key::User(self.user), Key::ChannelsOf(self.user)]
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<Infallible>> {
        Ok(Plan {
            changes: people::sweep(facts, self.user, moment)?,
            outcome: (),
        })
    }
}
