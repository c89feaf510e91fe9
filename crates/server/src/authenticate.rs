//! From a token to a caller: steps 6 to 10 of the ladder of checks.

use guestlist_domain::{Caller, TeamId, Timestamp, TokenHash, TokenKind, workspace::Status};
use guestlist_methods::{Arguments, Entry, common::Common, handle::Answer};
use guestlist_store::Store;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use std::{net::IpAddr, sync::Arc};

/// The token of a call: `Authorization: Bearer` before an argument. Empty is none, and so is
/// another scheme.
pub(crate) fn token<'a>(headers: &'a HeaderMap, argument: Option<&'a str>) -> Option<&'a str> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    [bearer, argument]
        .into_iter()
        .flatten()
        .map(str::trim)
        .find(|token| !token.is_empty())
}

/// Whose token it is, if it is alive and may be used from `from` for this method.
pub(crate) async fn caller(
    store: &Store,
    entry: &Entry,
    token: &str,
    given: &Arguments,
    from: IpAddr,
) -> Result<Arc<Caller>, Answer> {
    let hash = TokenHash(Sha256::digest(token.as_bytes()).into());
    let owner = match store.owner(hash) {
        Ok(Some(owner)) => owner,
        Ok(None) => return Err(Answer::refused(Common::InvalidAuth)),
        Err(error) => return Err(Answer::failed(&error)),
    };
    if owner
        .app
        .as_ref()
        .is_some_and(|app| excludes(&app.allowed_addresses, from))
    {
        return Err(Answer::refused(Common::InvalidAuth));
    }
    let Some(caller) = &owner.caller else {
        return Err(Answer::refused(Common::NotAllowedTokenType));
    };
    let caller = match in_team(store, caller, given).await {
        Ok(caller) => caller,
        Err(code) => return Err(Answer::refused(code)),
    };
    check(&caller, entry, store.clock().now(), from).map_err(Answer::refused)?;
    Ok(caller)
}

/// Steps 7 to 10.
fn check(caller: &Caller, entry: &Entry, now: Timestamp, from: IpAddr) -> Result<(), Common> {
    let token = &caller.token;
    let workspace = &caller.workspace;
    if token.revoked {
        return Err(Common::TokenRevoked);
    }
    if token.expires_at.is_some_and(|at| at <= now) {
        return Err(Common::TokenExpired);
    }
    if caller.user.removed || workspace.status == Status::Deleted {
        return Err(if caller.is_bot() {
            Common::AccountInactive
        } else {
            Common::TokenRevoked
        });
    }
    if excludes(&workspace.allowed_networks, from) {
        return Err(Common::Accesslimited);
    }
    match workspace.status {
        Status::Migrating => return Err(Common::OrgLoginRequired),
        Status::JoiningOrg => return Err(Common::TeamAddedToOrg),
        Status::Active | Status::Deleted => {}
    }
    let name = entry.spec.name;
    if caller
        .enterprise
        .as_ref()
        .is_some_and(|org| org.blocked_methods.iter().any(|blocked| blocked == name))
    {
        return Err(Common::EnterpriseIsRestricted);
    }
    if token.kind == TokenKind::Org && !token.workspaces.contains(&workspace.id) {
        return Err(Common::TeamAccessNotGranted);
    }
    if workspace.two_factor_required && caller.user.no_two_factor && caller.user.bot.is_none() {
        return Err(Common::TwoFactorSetupRequired);
    }
    // Whoever a token stands for may be asked of any token.
    let for_granular_tokens = !entry.spec.scopes.bot.every().is_empty();
    if token.kind == TokenKind::LegacyBot && for_granular_tokens {
        return Err(Common::IsBot);
    }
    Ok(())
}

/// The caller in the workspace that `team_id` names; only organisation-wide tokens can choose.
async fn in_team(
    store: &Store,
    caller: &Arc<Caller>,
    given: &Arguments,
) -> Result<Arc<Caller>, Common> {
    if caller.token.kind != TokenKind::Org {
        return Ok(caller.clone());
    }
    let team = match given.id::<TeamId>("team_id") {
        None => return Ok(caller.clone()),
        Some(None) => return Err(Common::TeamAccessNotGranted),
        Some(Some(team)) => team,
    };
    let workspace = store
        .read(|reader| reader.workspace(team))
        .await
        .map_err(|_| Common::InternalError)?;
    let workspace = workspace
        .filter(|workspace| workspace.id == caller.team() || same_org(caller, workspace.enterprise))
        .ok_or(Common::TeamAccessNotGranted)?;
    Ok(Arc::new(Caller {
        workspace,
        ..Caller::clone(caller)
    }))
}

fn same_org(caller: &Caller, org: Option<guestlist_domain::EnterpriseId>) -> bool {
    org.is_some() && org == caller.workspace.enterprise
}

/// Whether a list of networks leaves this address out. An empty list leaves nobody out; world
/// files are checked, so each entry is a network.
fn excludes(networks: &[String], from: IpAddr) -> bool {
    let from = from.to_canonical();
    !networks.is_empty()
        && !networks.iter().any(|network| {
            network
                .parse::<ipnet::IpNet>()
                .is_ok_and(|network| network.contains(&from))
        })
}
