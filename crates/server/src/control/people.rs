//! People come to a workspace, and go.

use super::Problem;
use axum::http::StatusCode;
use guestlist_domain::{
    Actor, Channel, ChannelId, ChannelKind, Facts, Key, Moment, Plan, Stop, TeamId, User, UserId,
    invitation::address,
    people::{self, Newcomer, NotTaken},
    user::{Guest, Role},
};
use guestlist_store::{Decide, Reader, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// Channels looked at in one go.
const ROWS: usize = 1000;
/// How long after somebody is removed it is looked whether another node has brought them in meanwhile.
const SWEEP: Duration = Duration::from_millis(500);
/// The most characters of a handle or a name.
const MOST_NAME: usize = 80;

/// Somebody who is to come.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Where.
    pub workspace: TeamId,
    /// Their handle.
    pub name: String,
    /// Their full name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub real_name: String,
    /// Their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What they may do: `member`, `admin`, `owner`.
    #[serde(default)]
    pub role: Role,
    /// `multi_channel` or `single_channel` for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
    /// Channels they are brought into, beside those that everybody is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
}

/// Somebody who came, or is gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct UserView {
    /// Who.
    pub user: UserId,
    /// Their workspace.
    pub workspace: TeamId,
    /// Their handle.
    pub name: String,
    /// They are gone.
    pub removed: bool,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            user: user.id,
            workspace: user.team,
            name: user.name.clone(),
            removed: user.removed,
        }
    }
}

/// Somebody comes to a workspace.
pub async fn add_user(store: &Store, ask: NewUser) -> Result<UserView, Problem> {
    let invalid = |message: String| Err(Problem::invalid("invalid_user", message));
    for (key, text, least) in [("name", &ask.name, 1), ("real_name", &ask.real_name, 0)] {
        let length = text.chars().count();
        if length < least || length > MOST_NAME || text.chars().any(char::is_control) {
            let message = format!("`{key}` has {least} to {MOST_NAME} characters that can be seen");
            return invalid(message);
        }
    }
    if ask.role == Role::PrimaryOwner {
        return invalid("a workspace has one primary owner".to_owned());
    }
    let email = match &ask.email {
        None => None,
        Some(text) => match address(text) {
            Some(email) => Some(email),
            None => return invalid(format!("`email` is an address, not `{text}`")),
        },
    };
    let workspace = ask.workspace;
    let usual = store
        .read_long(move |reader| usual(reader, workspace))
        .await?;
    let who = Newcomer {
        workspace,
        name: ask.name,
        real_name: ask.real_name,
        email,
        role: ask.role,
        guest: ask.guest,
        channels: ask.channels,
    };
    let user = store.write(Arc::new(Come { who, usual })).await?;
    Ok(user.as_ref().into())
}

/// The channels that everybody of a workspace is in, as far as they can be told now.
fn usual(reader: &mut Reader, workspace: TeamId) -> Result<Vec<ChannelId>, StoreError> {
    let kinds = [ChannelKind::Public, ChannelKind::Private];
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let mut rows = reader.channels(workspace, &kinds, from, ROWS + 1)?;
        from = (rows.len() > ROWS)
            .then(|| rows.pop())
            .flatten()
            .map(|one| one.id);
        let is_usual = |one: &&Arc<Channel>| {
            one.team == workspace && (one.general || one.mandatory) && !one.archived
        };
        found.extend(rows.iter().filter(is_usual).map(|one| one.id));
        if from.is_none() {
            return Ok(found);
        }
    }
}

/// Somebody is gone from their workspace.
pub async fn remove_user(store: &Store, user: UserId) -> Result<UserView, Problem> {
    let known = store.read(|reader| reader.user(user)).await?;
    let Some(known) = known else {
        let message = format!("there is no user {user}");
        return Err(Problem::invalid("user_not_found", message));
    };
    if known.bot.is_some() {
        let message = format!("{user} is a bot: it goes with its app");
        return Err(Problem::invalid("invalid_user", message));
    }
    let go = Arc::new(Go {
        user,
        team: known.team,
    });
    store.write(go.clone()).await?;
    if store.is_shared() {
        // Another node may have been about to bring them into a channel: people are not locked for that.
        tokio::time::sleep(SWEEP).await;
        store.write(go).await?;
    }
    Ok(UserView {
        removed: true,
        ..known.as_ref().into()
    })
}

struct Come {
    who: Newcomer,
    usual: Vec<ChannelId>,
}

impl Decide for Come {
    type Outcome = Arc<User>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.who.workspace)
    }

    /// The first keeps others from taking the same address in the workspace meanwhile.
    fn needs(&self) -> Vec<Key> {
        let who = &self.who;
        let channels = self.usual.iter().chain(&who.channels).copied();
        let mut needs = vec![Key::Handle(who.workspace, String::new())];
        needs.extend(channels.map(Key::Channel));
        needs
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Arc<User>>, Stop<Problem>> {
        people::come(facts, &self.who, &self.usual, moment)
            .map_err(|stop| stop.map(|why| not_taken(&self.who, &why)))
    }
}

fn not_taken(who: &Newcomer, why: &NotTaken) -> Problem {
    let (code, message) = match why {
        NotTaken::NoWorkspace => (
            "workspace_not_found",
            format!("there is no workspace {} in use", who.workspace),
        ),
        NotTaken::GuestWithRole => ("invalid_user", "a guest has no role".to_owned()),
        NotTaken::NotOneChannel => (
            "invalid_user",
            "a single-channel guest is in one channel: name it".to_owned(),
        ),
        NotTaken::AddressTaken(other) => {
            let message = format!("{other} of the workspace has the address already");
            return Problem::new(StatusCode::CONFLICT, "already_there", message);
        }
        NotTaken::NoChannel(channel) => (
            "channel_not_found",
            format!("{channel} is no channel of the workspace that people can be brought into"),
        ),
    };
    Problem::invalid(code, message)
}

struct Go {
    user: UserId,
    team: TeamId,
}

impl Decide for Go {
    type Outcome = ();
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.team)
    }

    fn needs(&self) -> Vec<Key> {
        vec![Key::User(self.user), Key::ChannelsOf(self.user)]
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<Problem>> {
        Ok(Plan {
            changes: people::leave(facts, self.user, moment)?,
            outcome: (),
        })
    }
}
