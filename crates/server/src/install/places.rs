//! Where an app can be installed: in workspaces, and for the organisations that these are of.

use super::{Refused, failed};
use crate::page;
use guestlist_domain::{App, Enterprise, TeamId, Workspace, install::Place, workspace::Status};
use guestlist_store::Store;
use std::{collections::BTreeSet, sync::Arc};

/// Everywhere an app can be installed, and where somebody looks at it.
pub(super) struct Places {
    workspaces: Vec<Workspace>,
    /// None unless the app is ready for them.
    organisations: Vec<Arc<Enterprise>>,
}

/// What was chosen.
pub(super) enum Chosen<'a> {
    Workspace(&'a Workspace),
    /// With its workspaces.
    Organisation(&'a Enterprise, Vec<TeamId>),
}

/// Reads the id of a workspace, or of an organisation.
pub(super) fn named(text: &str) -> Option<Place> {
    match text.parse() {
        Ok(team) => Some(Place::Workspace(team)),
        Err(_) => text.parse().ok().map(Place::Organisation),
    }
}

impl Places {
    pub(super) async fn of(store: &Store, app: &App) -> Result<Self, Refused> {
        let (home, is_ready) = (app.team, app.oauth.org_deploy);
        let read = move |reader: &mut guestlist_store::Reader| {
            let all = reader.workspaces()?;
            let mut orgs = Vec::new();
            if is_ready {
                let ids: BTreeSet<_> = all.iter().filter_map(|one| one.enterprise).collect();
                for id in ids {
                    orgs.extend(reader.look(|facts| Ok(facts.enterprise(id)?.cloned()))?);
                }
            }
            Ok((all, orgs))
        };
        let (mut workspaces, mut organisations) = page::look(store, read).await.map_err(failed)?;
        let listed = workspaces.iter().find(|one| one.id == home);
        let realm = listed.map(|one| one.realm.clone()).unwrap_or_default();
        let org = listed.and_then(|one| one.enterprise);
        workspaces.retain(|one| one.status == Status::Active && one.realm == realm);
        organisations.retain(|org| workspaces.iter().any(|one| one.enterprise == Some(org.id)));
        if app.oauth.undistributed {
            organisations.retain(|one| Some(one.id) == org);
            workspaces
                .retain(|one| one.id == home || is_ready && org.is_some() && one.enterprise == org);
        }
        Ok(Self {
            workspaces,
            organisations,
        })
    }

    /// What can be chosen, by id, with what it is called.
    pub(super) fn choices(&self, app: &App) -> Vec<(String, String)> {
        let is_open = |one: &&Workspace| !app.oauth.undistributed || one.id == app.team;
        let workspaces = self.workspaces.iter().filter(is_open);
        let workspaces = workspaces.map(|one| (one.id.to_string(), one.name.clone()));
        let organisations = self.organisations.iter();
        let organisations =
            organisations.map(|one| (one.id.to_string(), format!("All of {}", one.name)));
        workspaces.chain(organisations).collect()
    }

    /// What a link or a form names; without that, the workspace that lists the app, or the first.
    pub(super) fn choose(&self, app: &App, named: Option<&str>) -> Result<Chosen<'_>, Refused> {
        let find = |team: TeamId| self.workspaces.iter().find(|one| one.id == team);
        let is_open = |team: TeamId| !app.oauth.undistributed || team == app.team;
        let Some(text) = named else {
            let chosen = find(app.team).or(self.workspaces.first());
            return chosen.map(Chosen::Workspace).ok_or(Refused::InvalidTeam);
        };
        let no = || match app.oauth.undistributed {
            true => Refused::TeamOfUndistributed,
            false => Refused::InvalidTeam,
        };
        match self::named(text) {
            Some(Place::Workspace(team)) => {
                let chosen = find(team).filter(|_| is_open(team));
                chosen.map(Chosen::Workspace).ok_or_else(no)
            }
            Some(Place::Organisation(_)) if !app.oauth.org_deploy => Err(Refused::NotOrgReady),
            Some(Place::Organisation(id)) => {
                let org = self.organisations.iter().find(|one| one.id == id);
                let org = org.ok_or_else(no)?;
                let of = self
                    .workspaces
                    .iter()
                    .filter(|one| one.enterprise == Some(id));
                Ok(Chosen::Organisation(org, of.map(|one| one.id).collect()))
            }
            None => Err(no()),
        }
    }
}

impl Chosen<'_> {
    /// Its id, as the form gives it back.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Workspace(one) => one.id.to_string(),
            Self::Organisation(one, _) => one.id.to_string(),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Workspace(one) => &one.name,
            Self::Organisation(one, _) => &one.name,
        }
    }

    pub(super) fn is_organisation(&self) -> bool {
        matches!(self, Self::Organisation(..))
    }

    /// The workspaces whose people can be asked.
    pub(super) fn teams(&self) -> Vec<TeamId> {
        match self {
            Self::Workspace(one) => vec![one.id],
            Self::Organisation(_, teams) => teams.clone(),
        }
    }
}
