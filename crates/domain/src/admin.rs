//! Admins of an organisation: what its methods for them ask first. Roles are those of a workspace, and an admin of
//! any stands for an admin of the organisation.

use crate::{
    caller::Caller,
    facts::{Facts, Missing},
    id::{EnterpriseId, TeamId},
    see,
    trail::{Watch, demand},
    user::Role,
    words,
    workspace::{Status, Workspace},
};
use std::sync::Arc;

/// Why the caller is no admin of an organisation, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdmin {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is neither admin nor owner.
    NotAnAdmin,
}

/// Whether the caller is an admin of an organisation.
pub fn of_organisation(caller: &Caller, watch: &mut dyn Watch) -> Result<(), NotAdmin> {
    let home = &caller.workspace;
    demand(
        watch,
        home.enterprise.is_some(),
        NotAdmin::NotAnEnterprise,
        &|| words::in_an_organisation(home),
    )?;
    any(caller, watch)
}

/// Whether the caller is an admin, of an organisation or of a workspace without.
pub fn any(caller: &Caller, watch: &mut dyn Watch) -> Result<(), NotAdmin> {
    demand(watch, caller.user.is_admin(), NotAdmin::NotAnAdmin, &|| {
        words::admin(&caller.user)
    })
}

/// Why the caller is no owner of an organisation, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOwner {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is no owner.
    NotAnOwner,
}

/// The organisation of which the caller is an owner: as of admins, an owner of any of its workspaces is.
pub fn owned_by(caller: &Caller) -> Result<EnterpriseId, NotOwner> {
    let org = caller.workspace.enterprise;
    let org = org.ok_or(NotOwner::NotAnEnterprise)?;
    match caller.user.role >= Role::Owner {
        true => Ok(org),
        false => Err(NotOwner::NotAnOwner),
    }
}

/// A workspace of the caller's organisation, or the caller's own, in use or not.
pub fn ours<'f>(
    facts: &'f Facts,
    caller: &Caller,
    id: Option<TeamId>,
) -> Result<Option<&'f Arc<Workspace>>, Missing> {
    match id {
        Some(id) if see::same_org(facts, &caller.workspace, id)? => facts.workspace(id),
        _ => Ok(None),
    }
}

/// The same, if it is in use.
pub fn workspace(
    facts: &Facts,
    caller: &Caller,
    id: Option<TeamId>,
) -> Result<Option<Arc<Workspace>>, Missing> {
    let in_use = |one: &&Arc<Workspace>| one.status == Status::Active;
    Ok(ours(facts, caller, id)?.filter(in_use).cloned())
}
