//! From a token to a caller: steps 6 to 10 of the order of checks.

use base64::{Engine, prelude::BASE64_STANDARD};
use guestlist_domain::{
    App, Caller, ChannelId, Enterprise, Scopes, TeamId, Timestamp, Token, TokenHash, TokenKind,
    workspace::{Status, Workspace},
};
use guestlist_methods::{Arguments, Entry, Spec, common::Common, handle::Answer};
use guestlist_store::{Failure, Reader, Store, StoreError, TokenOwner};
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use std::{net::IpAddr, sync::Arc};

/// The token of a call: `Authorization: Bearer` before an argument. Empty is none, and so is
/// another scheme, or this one in other letters: the word is case-sensitive, says
/// <https://docs.slack.dev/authentication/installing-with-oauth>.
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

/// The client id and secret of an app in HTTP Basic authentication.
pub(crate) fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    scheme
        .eq_ignore_ascii_case("basic")
        .then(|| (id.to_owned(), secret.to_owned()))
}

/// Whose token it is, alive or not. What only renews others opens nothing itself.
pub(crate) async fn owner(
    store: &Store,
    token: &str,
) -> Result<Option<Arc<TokenOwner>>, StoreError> {
    let hash = TokenHash(Sha256::digest(token.as_bytes()).into());
    let owner = store.owner(hash).await?;
    Ok(owner.filter(|owner| !owner.token.kind.is_refresh()))
}

/// Who shows a token: whose it is, if it is anybody's, and from where and when it is shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'s> {
    pub(crate) owner: Option<&'s TokenOwner>,
    pub(crate) from: IpAddr,
    pub(crate) at: Timestamp,
}

impl<'s> Shown<'s> {
    /// Whose token it is, if it is alive and its app may be called from there: steps 6 and 7, which all tokens go
    /// through.
    fn alive(self) -> Result<&'s TokenOwner, Common> {
        let owner = self.owner.ok_or(Common::InvalidAuth)?;
        let app = owner.app.as_ref();
        if app.is_some_and(|app| excludes(&app.allowed_addresses, self.from)) {
            return Err(Common::InvalidAuth);
        }
        alive(owner, self.at).map(|()| owner)
    }

    /// Whether an app shows its own token, alive or not.
    pub(crate) fn is_app_level(self) -> bool {
        let kind = self.owner.map(|owner| owner.token.kind);
        kind == Some(TokenKind::AppLevel)
    }

    /// Which app's token it is, on methods that apps call for themselves.
    pub(crate) fn app(self) -> Result<AppToken, Common> {
        let owner = self.alive()?;
        match (&owner.app, owner.token.kind) {
            (Some(app), TokenKind::AppLevel) => Ok(AppToken {
                app: app.clone(),
                token: owner.token.clone(),
            }),
            _ => Err(Common::NotAllowedTokenType),
        }
    }
}

/// Whom a token stands for, if it is alive and may be used from there for this method.
pub(crate) async fn caller(
    store: &Store,
    entry: &Entry,
    shown: Shown<'_>,
    given: &Arguments,
) -> Result<Arc<Caller>, Answer> {
    let spec = entry.spec;
    let owner = shown.alive().map_err(Answer::refused)?;
    let Some(caller) = &owner.caller else {
        return Err(Answer::refused(Common::NotAllowedTokenType));
    };
    let caller = in_team(store, caller, spec, given)
        .await
        .map_err(|failed| match failed {
            Failure::Refused(code) => Answer::refused(code),
            Failure::Store(error) => Answer::failed(&error),
            Failure::Gone => Answer::refused(Common::InvalidAuth),
            Failure::Scope(needed) => Answer::missing_scope(needed, caller),
        })?;
    welcome(&caller, spec, shown.from).map_err(Answer::refused)?;
    kind(&caller, spec).map_err(Answer::refused)?;
    match (entry.closed_to)(&caller) {
        Some(code) => Err(Answer::refused(code)),
        None => Ok(caller),
    }
}

/// Whose token it is, if it is alive and somebody is acted as who may be from `from`: for what is no method. An
/// organisation-wide token is judged as where a method is called for all of the organisation: in which workspaces it
/// was granted does not matter, and who has left its workspace is where they belong.
pub(crate) async fn person(
    store: &Store,
    token: &str,
    from: IpAddr,
) -> Result<Result<Arc<Caller>, Common>, StoreError> {
    let owner = owner(store, token).await?;
    let shown = Shown {
        owner: owner.as_deref(),
        from,
        at: store.clock().now(),
    };
    let owner = match shown.alive() {
        Ok(owner) => owner,
        Err(no) => return Ok(Err(no)),
    };
    let caller = match &owner.caller {
        Some(caller) if caller.token.is_org_wide() => at_home(store, caller).await?,
        Some(caller) => caller.clone(),
        None => return Ok(Err(Common::NotAllowedTokenType)),
    };
    let welcome = admits(&caller, from).and_then(|()| two_factor(&caller));
    Ok(welcome.map(|()| caller))
}

/// Whether a token is good in the workspace that it is used in.
pub(crate) fn may_act(caller: &Caller) -> bool {
    !caller.token.is_org_wide() || may_act_in(caller, &caller.workspace)
}

/// An app that showed its own token, alive and from where it may be used.
pub(crate) struct AppToken {
    pub(crate) app: Arc<App>,
    pub(crate) token: Arc<Token>,
}

/// Step 7: the token, whom it stands for, and the workspace it was made in are alive.
pub(crate) fn alive(owner: &TokenOwner, now: Timestamp) -> Result<(), Common> {
    let token = &owner.token;
    if token.revoked {
        return Err(Common::TokenRevoked);
    }
    if token.expires_at.is_some_and(|at| at <= now) {
        return Err(Common::TokenExpired);
    }
    let gone =
        |caller: &Arc<Caller>| caller.is_gone(now) || caller.workspace.status == Status::Deleted;
    match &owner.caller {
        Some(caller) if gone(caller) && caller.is_bot() => Err(Common::AccountInactive),
        Some(caller) if gone(caller) => Err(Common::TokenRevoked),
        _ => Ok(()),
    }
}

/// Step 8: the network, and the workspace.
fn admits(caller: &Caller, from: IpAddr) -> Result<(), Common> {
    let workspace = &caller.workspace;
    // `alive` looked at the workspace the token was made in; this may be another.
    if workspace.status == Status::Deleted {
        return Err(Common::AccountInactive);
    }
    if excludes(&workspace.allowed_networks, from) {
        return Err(Common::Accesslimited);
    }
    match workspace.status {
        Status::Migrating => return Err(Common::OrgLoginRequired),
        Status::JoiningOrg => return Err(Common::TeamAddedToOrg),
        Status::Active | Status::Deleted => {}
    }
    Ok(())
}

/// The last of step 9: a second factor, where the workspace asks for one.
fn two_factor(caller: &Caller) -> Result<(), Common> {
    let asked = caller.workspace.two_factor_required && caller.user.bot.is_none();
    match asked && caller.user.no_two_factor {
        true => Err(Common::TwoFactorSetupRequired),
        false => Ok(()),
    }
}

/// Steps 8 and 9: the network, the workspace and its organisation.
fn welcome(caller: &Caller, spec: &Spec, from: IpAddr) -> Result<(), Common> {
    admits(caller, from)?;
    let (token, workspace) = (&caller.token, &caller.workspace);
    let blocks = |org: &Arc<Enterprise>| org.blocked_methods.iter().any(|name| name == spec.name);
    if caller.enterprise.as_ref().is_some_and(blocks) {
        return Err(Common::EnterpriseIsRestricted);
    }
    let needs_none = is_for_organisation(caller, spec) || is_about_token(spec);
    if token.is_org_wide() && !needs_none && !may_act_in(caller, workspace) {
        return Err(Common::TeamAccessNotGranted);
    }
    two_factor(caller)
}

/// Step 10: the kind of token. Any may ask whom it stands for.
fn kind(caller: &Caller, spec: &Spec) -> Result<(), Common> {
    let Scopes { bot, user } = &spec.scopes;
    let legacy = spec.successor().is_some();
    match (bot.is_empty(), user.is_empty()) {
        (true, false) if caller.is_bot() && legacy => Err(Common::IsBot),
        (true, false) if caller.is_bot() => Err(Common::NotAllowedTokenType),
        (false, true) if !caller.is_bot() => Err(Common::NotAllowedTokenType),
        (false, _) if caller.token.kind == TokenKind::LegacyBot => Err(Common::IsBot),
        _ => Ok(()),
    }
}

/// Whether an organisation-wide token is good in a workspace: it was granted, and a person is in it
/// themselves. A bot acts wherever its app was added.
fn may_act_in(caller: &Caller, workspace: &Workspace) -> bool {
    caller.token.workspaces.contains(&workspace.id)
        && (caller.is_bot() || caller.user.is_in(workspace.id))
}

/// Whether a method is called by people for all of their organisation. The workspace that they name is the one that
/// they manage, which they need not be in, nor the app added to.
fn is_for_organisation(caller: &Caller, spec: &Spec) -> bool {
    spec.name.starts_with("admin.") && !caller.is_bot()
}

/// Whether a method is about the token itself, which any may call for.
fn is_about_token(spec: &Spec) -> bool {
    let Scopes { bot, user } = &spec.scopes;
    bot.is_empty() && user.is_empty()
}

/// The caller in the workspace of the call. What is about the token, or for all of an organisation, is asked where it
/// was made. Else only organisation-wide tokens have a choice: the
/// workspace that `team_id` names, else one that has the channel named, else their own; where they may not act in
/// that, the first in which they may.
async fn in_team(
    store: &Store,
    caller: &Arc<Caller>,
    spec: &Spec,
    given: &Arguments,
) -> Result<Arc<Caller>, Failure<Common>> {
    if !caller.token.is_org_wide() {
        return Ok(caller.clone());
    }
    // SDKs can be told to add a `team_id` to all their calls, `auth.test` too.
    if is_for_organisation(caller, spec) || is_about_token(spec) {
        return Ok(at_home(store, caller).await?);
    }
    let refused = || Failure::Refused(Common::TeamAccessNotGranted);
    let is_own = |workspace: &Workspace| {
        workspace.id == caller.team() || same_org(caller, workspace.enterprise)
    };
    let channel = given.id::<ChannelId>("channel").flatten();
    // One official client sends that method's channel so.
    let misnamed = match spec.name {
        "conversations.requestSharedInvite.approve" => given.id("team_id").flatten(),
        _ => None,
    };
    let named = match given.id::<TeamId>("team_id") {
        None => None,
        Some(None) if misnamed.is_some() => None,
        Some(None) => return Err(refused()),
        Some(Some(team)) => {
            let workspace = store.read(|reader| reader.workspace(team)).await?;
            Some(workspace.filter(|one| is_own(one)).ok_or_else(refused)?)
        }
    };
    let workspace = match (named, channel.or(misnamed)) {
        (Some(workspace), _) => workspace,
        (None, None) => return Ok(usual(store, caller).await?),
        (None, Some(channel)) => {
            let ours = store
                .read(|reader| ours_with(reader, channel, caller.team(), is_own))
                .await?;
            match ours.iter().find(|one| may_act_in(caller, one)) {
                Some(workspace) => workspace.clone(),
                // A channel elsewhere is nothing this caller may know of; the method says so.
                None if ours.is_empty() => return Ok(usual(store, caller).await?),
                None => return Err(refused()),
            }
        }
    };
    Ok(Arc::new(Caller {
        workspace,
        ..Caller::clone(caller)
    }))
}

/// The caller of an organisation-wide token where nothing tells the workspace.
async fn usual(store: &Store, caller: &Arc<Caller>) -> Result<Arc<Caller>, StoreError> {
    if may_act_in(caller, &caller.workspace) {
        return Ok(caller.clone());
    }
    let mut granted = caller.token.workspaces.clone();
    granted.sort_unstable();
    let first = store.read(|reader| {
        for team in &granted {
            let known = reader.workspace(*team)?;
            let usable =
                known.filter(|one| one.status == Status::Active && may_act_in(caller, one));
            if usable.is_some() {
                return Ok(usable);
            }
        }
        Ok::<_, StoreError>(None)
    });
    Ok(match first.await? {
        Some(workspace) => Arc::new(Caller {
            workspace,
            ..Caller::clone(caller)
        }),
        None => caller.clone(),
    })
}

/// The caller where the token was made; a person who has left that workspace, where they belong first.
async fn at_home(store: &Store, caller: &Arc<Caller>) -> Result<Arc<Caller>, StoreError> {
    if caller.is_bot() || caller.user.is_in(caller.team()) {
        return Ok(caller.clone());
    }
    let home = store.read(|reader| reader.workspace(caller.user.team));
    Ok(match home.await? {
        Some(workspace) => Arc::new(Caller {
            workspace,
            ..Caller::clone(caller)
        }),
        None => caller.clone(),
    })
}

/// Those workspaces that have a channel and are meant: first the one that owns it, then `own`.
fn ours_with(
    reader: &mut Reader,
    channel: ChannelId,
    own: TeamId,
    is_meant: impl Fn(&Workspace) -> bool,
) -> Result<Vec<Arc<Workspace>>, StoreError> {
    let Some(channel) = reader.look(|facts| Ok(facts.channel(channel)?.cloned()))? else {
        return Ok(Vec::new());
    };
    let all = channel.org_wide.then_some(own).into_iter();
    let mut teams: Vec<_> = channel.sides().chain(all).collect();
    teams.extend(&channel.workspaces);
    teams.sort_by_key(|team| (*team != channel.team, *team != own));
    let mut found = Vec::new();
    for team in teams {
        found.extend(reader.workspace(team)?.filter(|one| is_meant(one)));
    }
    Ok(found)
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
