//! Triggers: that somebody did something with an app lets it show them something, once, and soon.
//! <https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses>

use guestlist_domain::{AppId, Caller, ChannelId, TeamId, Timestamp, UserId};
use guestlist_store::{Fleeting, Store, StoreError};
use serde::{Deserialize, Serialize};

/// How long a trigger is good for, in microseconds of the world's time.
const LIFE: i64 = 3_000_000;
/// How long it is known what it was, in microseconds.
const KNOWN: i64 = 3_600_000_000;

/// What somebody did with an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The app.
    pub app: AppId,
    /// Who did it.
    pub user: UserId,
    /// In which workspace.
    pub team: TeamId,
    /// When.
    pub made: Timestamp,
    /// The view it was done in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<String>,
    /// The conversation it was done in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// Something was shown for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spent: bool,
}

/// Why nothing is shown for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTrigger {
    /// There is none of this id, or it is another app's, or of another workspace than the token is good in.
    Invalid,
    /// It is too old.
    Expired,
    /// Something was shown for it.
    Exchanged,
}

/// Whether something of an app in a workspace is whoever calls'. An organisation-wide token is good in the workspaces
/// that it was added to.
pub(super) fn is_theirs(caller: &Caller, (app, team): (AppId, TeamId)) -> bool {
    let token = &caller.token;
    let is_there = match token.is_org_wide() {
        true => token.workspaces.contains(&team),
        false => caller.team() == team,
    };
    token.app == Some(app) && is_there
}

fn name(id: &str) -> String {
    format!("trigger:{id}")
}

impl Trigger {
    /// Keeps it; its id is made of `chance`, 32 characters that nobody guesses.
    pub async fn keep(&self, store: &Store, chance: &str) -> Result<String, StoreError> {
        let (made, team) = (self.made.0, self.team.key().unsigned_abs());
        let id = format!("{made}.{team}.{chance}");
        let doc = serde_json::to_string(self).unwrap_or_default();
        let until = Timestamp(made.saturating_add(KNOWN));
        let whose = (self.user.to_string(), self.team);
        let kept = Fleeting::new(name(&id), whose, until, doc);
        store.keep_fleeting(kept).await?;
        Ok(id)
    }

    /// The trigger of this id, if whoever calls may show something for it, and how it is kept.
    pub async fn find(
        store: &Store,
        id: &str,
        caller: &Caller,
    ) -> Result<Result<(Self, Fleeting), NoTrigger>, StoreError> {
        let Some(kept) = store.fleeting(&name(id)).await? else {
            return Ok(Err(NoTrigger::Invalid));
        };
        let known: Option<Self> = serde_json::from_str(&kept.doc).ok();
        let Some(trigger) = known.filter(|trigger| is_theirs(caller, (trigger.app, trigger.team)))
        else {
            return Ok(Err(NoTrigger::Invalid));
        };
        if trigger.spent {
            return Ok(Err(NoTrigger::Exchanged));
        }
        if store.clock().now().0 >= trigger.made.0.saturating_add(LIFE) {
            return Ok(Err(NoTrigger::Expired));
        }
        Ok(Ok((trigger, kept)))
    }

    /// The same, and it is spent.
    pub async fn exchange(
        store: &Store,
        id: &str,
        caller: &Caller,
    ) -> Result<Result<Self, NoTrigger>, StoreError> {
        loop {
            let (trigger, kept) = match Self::find(store, id, caller).await? {
                Ok(found) => found,
                Err(no) => return Ok(Err(no)),
            };
            let spent = Self {
                spent: true,
                ..trigger.clone()
            };
            let doc = serde_json::to_string(&spent).unwrap_or_default();
            let until = kept.until;
            if store.replace_fleeting(&kept, Some((doc, until))).await? {
                return Ok(Ok(trigger));
            }
        }
    }
}
