//! Adding an app that is installed for an organisation to workspaces of it, and taking it out of them.

use super::Problem;
use axum::http::StatusCode;
use guestlist_domain::{
    Actor, AppId, EnterpriseId, Facts, Moment, Plan, Stop, TeamId,
    install::{self, Access, NotGrantable},
};
use guestlist_store::{Decide, Store};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most workspaces at a time.
const MOST: usize = 1000;

/// To which workspaces an app is added, or out of which it is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granting {
    /// Workspaces of one organisation.
    pub workspaces: Vec<TeamId>,
}

/// Where an app is by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessView {
    /// The app.
    pub app_id: AppId,
    /// The organisation that it is installed for.
    pub organisation: EnterpriseId,
    /// The workspaces that it is added to.
    pub workspaces: Vec<TeamId>,
    /// Those among what was named that it was not added to before, or not taken out of.
    pub changed: Vec<TeamId>,
}

/// Adds an app to workspaces of an organisation that it is installed for; with `granted: false` it is taken out.
pub async fn change_access(
    store: &Store,
    app: AppId,
    ask: Granting,
    granted: bool,
) -> Result<AccessView, Problem> {
    let Some(first) = ask.workspaces.first().copied() else {
        return Err(refused(app, &NotGrantable::Empty));
    };
    if ask.workspaces.len() > MOST {
        let message = format!("at most {MOST} workspaces at a time");
        return Err(Problem::invalid("invalid_request", message));
    }
    let teams = ask.workspaces;
    let deciding = Deciding {
        app,
        first,
        teams,
        granted,
    };
    let access = store.write(Arc::new(deciding)).await?;
    Ok(AccessView {
        app_id: app,
        organisation: access.organisation,
        workspaces: access.workspaces,
        changed: access.changed,
    })
}

/// The change, as the store decides it.
struct Deciding {
    app: AppId,
    first: TeamId,
    teams: Vec<TeamId>,
    granted: bool,
}

impl Decide for Deciding {
    type Outcome = Access;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor {
            app: Some(self.app),
            ..Actor::nobody(self.first)
        }
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Access>, Stop<Problem>> {
        let decided = match self.granted {
            true => install::grant(facts, self.app, &self.teams, moment),
            false => install::ungrant(facts, self.app, &self.teams, moment),
        };
        decided.map_err(|stop| stop.map(|why| refused(self.app, &why)))
    }
}

fn refused(app: AppId, why: &NotGrantable) -> Problem {
    let (code, message) = match why {
        NotGrantable::AppNotFound => {
            let message = format!("there is no app {app}");
            return Problem::new(StatusCode::NOT_FOUND, "app_not_found", message);
        }
        NotGrantable::Empty => (
            "workspace_required",
            "name the workspaces: at least one".to_owned(),
        ),
        NotGrantable::TeamNotFound(team) => (
            "workspace_not_found",
            format!("there is no workspace {team}, or it is not in use"),
        ),
        NotGrantable::NoOrganisation(team) => {
            ("no_organisation", format!("{team} is of no organisation"))
        }
        NotGrantable::Apart(one, other) => (
            "no_organisation",
            format!("{one} and {other} are not of one organisation"),
        ),
        NotGrantable::NotInstalled(org) => (
            "not_installed",
            format!("{app} is not installed for the organisation {org}"),
        ),
    };
    Problem::invalid(code, message)
}
