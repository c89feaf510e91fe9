//! The workspaces there are, and taking some out while the server goes on.

use super::Problem;
use axum::http::StatusCode;
use guestlist_domain::{
    Actor, EnterpriseId, Facts, Key, Moment, Plan, Stop, TeamId, Workspace,
    facts::Tie,
    remove::{self, No, Removal, Removed},
    workspace::Status,
};
use guestlist_store::{Apart, Decide, Store, chain};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most of what they share that is named.
const MOST_NAMED: usize = 10;

/// A workspace.
#[derive(Debug, Serialize, Deserialize)]
pub struct WorkspaceView {
    /// Its id.
    pub workspace: TeamId,
    /// Its name.
    pub name: String,
    /// Its sub-domain.
    pub domain: String,
    /// Its organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<EnterpriseId>,
    /// Its realm, if it has one of its own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub realm: String,
    /// Where it is in its life.
    pub status: Status,
}

/// Every workspace, in the order of their keys.
pub async fn list_workspaces(store: &Store) -> Result<Vec<WorkspaceView>, Problem> {
    let all = store.read_long(|reader| reader.workspaces()).await?;
    let view = |one: Workspace| WorkspaceView {
        workspace: one.id,
        name: one.name,
        domain: one.domain,
        enterprise: one.enterprise,
        realm: one.realm,
        status: one.status,
    };
    Ok(all.into_iter().map(view).collect())
}

/// What to do where a workspace that is named is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Do nothing, and say so.
    #[default]
    Refuse,
    /// Go on: it may have been taken out before.
    Ok,
}

/// Workspaces that are to go.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveWorkspaces {
    /// Their ids.
    pub workspaces: Vec<TeamId>,
    /// Whether those that share something with them are to go, too.
    #[serde(default)]
    pub tied: bool,
    /// What to do where one is not there.
    #[serde(default)]
    pub missing: Missing,
}

/// Workspaces that are gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemovedWorkspaces {
    /// Those that were taken out: as they were named, then those that shared something with them.
    pub workspaces: Vec<TeamId>,
    /// Those that were not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<TeamId>,
}

/// Takes workspaces out of a store, with all that is in them: all or nothing.
pub async fn remove_workspaces(
    store: &Store,
    ask: RemoveWorkspaces,
) -> Result<RemovedWorkspaces, Problem> {
    let first = ask.workspaces.first().copied();
    let first = first.ok_or_else(|| problem(No::Empty))?;
    let removal = Removal {
        workspaces: ask.workspaces,
        tied: ask.tied,
        may_be_gone: ask.missing == Missing::Ok,
    };
    let removed = store.write(Arc::new(Remove { first, removal })).await?;
    if let Err(error) = store.forget_takes(&removed.workspaces).await {
        // They are gone. What was counted there ends by itself.
        tracing::debug!(error = %chain(&error), "how often was called there is not forgotten yet");
    }
    if let Err(error) = store.forget_fleeting(&removed.workspaces).await {
        tracing::debug!(error = %chain(&error), "what is under way there is not forgotten yet");
    }
    Ok(RemovedWorkspaces {
        workspaces: removed.workspaces,
        missing: removed.missing,
    })
}

/// A removal, as the store decides it.
struct Remove {
    /// The journal has it under the first workspace.
    first: TeamId,
    removal: Removal,
}

impl Decide for Remove {
    type Outcome = Removed;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.first)
    }

    fn needs(&self) -> Vec<Key> {
        remove::needs(&self.removal.workspaces)
    }

    fn apart(&self) -> Option<Apart> {
        Some(Apart::Removes)
    }

    fn decide(&self, facts: &Facts, _: &mut Moment) -> Result<Plan<Removed>, Stop<Problem>> {
        remove::decide(facts, &self.removal).map_err(|stop| stop.map(problem))
    }
}

fn problem(no: No) -> Problem {
    match no {
        No::Empty => Problem::invalid("invalid_request", "`workspaces` names none"),
        No::Unknown(team) => {
            let message = format!("there is no workspace {team}");
            Problem::invalid("workspace_not_found", message)
        }
        No::Tied { ties, with } => {
            let named = |(team, Tie { with, by }): &(TeamId, Tie)| {
                format!("{team} shares {by} with {with}")
            };
            let mut told: Vec<_> = ties.iter().take(MOST_NAMED).map(named).collect();
            if let more @ 1.. = ties.len().saturating_sub(MOST_NAMED) {
                told.push(format!("and so on, {more} more"));
            }
            let message = format!("{}; they can only go together", told.join(", "));
            Problem {
                with,
                ..Problem::new(StatusCode::CONFLICT, "workspaces_tied", message)
            }
        }
    }
}
