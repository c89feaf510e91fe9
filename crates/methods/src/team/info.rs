//! `team.info`: a workspace.
//! <https://docs.slack.dev/reference/methods/team.info>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Icon,
};
use guestlist_domain::{Enterprise, EnterpriseId, Scopes, TeamId, Workspace};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Info {}

impl Contract for Info {
    const SPEC: Spec = Spec {
        name: "team.info",
        about: "Tells about the caller's workspace, another one of its organisation, or one with which a channel is shared.",
        verb: Verb::Get,
        json: true,
        tier: Tier::Three,
        scopes: Scopes::all(&["team:read"]),
        args: &[
            Arg::optional(
                "domain",
                "string",
                "acme-west",
                "The workspace by its sub-domain, among those of the caller's organisation; only looked at without `team`.",
            ),
            Arg::optional(
                "team",
                "team",
                "T1234567890",
                "The workspace by its id. Default is the caller's.",
            ),
        ],
        success: r#"{"ok": true, "team": {"id": "T12345", "name": "My Team", "url": "https://example.slack.com/", "domain": "example", "email_domain": "example.com", "icon": {"image_34": "https://...", "image_44": "https://...", "image_68": "https://...", "image_88": "https://...", "image_102": "https://...", "image_132": "https://...", "image_default": true}, "is_verified": false, "enterprise_id": "E1234A12AB", "enterprise_name": "Umbrella Corporation", "enterprise_domain": "umbrella"}}"#,
        failure: r#"{"ok": false, "error": "team_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let domain = given
            .text("domain")
            .map(|domain| domain.trim().to_lowercase());
        Ok(Args {
            team: given.id("team"),
            domain: domain.filter(|domain| !domain.is_empty()),
        })
    }
}

/// Which workspace.
#[derive(Clone, Debug)]
pub struct Args {
    /// By id; `Some(None)` when what was given is no workspace's id.
    pub team: Option<Option<TeamId>>,
    /// By sub-domain, lower case.
    pub domain: Option<String>,
}

/// The workspace.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// What is told of it.
    pub team: TeamObject,
}

/// A workspace.
#[derive(Debug, Serialize)]
pub struct TeamObject {
    id: TeamId,
    name: String,
    url: String,
    domain: String,
    email_domain: String,
    icon: Icon,
    is_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_id: Option<EnterpriseId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_domain: Option<String>,
}

impl TeamObject {
    /// A workspace of an organisation, or of none.
    pub fn new(workspace: &Workspace, enterprise: Option<&Enterprise>) -> Self {
        Self {
            id: workspace.id,
            name: workspace.name.clone(),
            url: format!("https://{}.slack.com/", workspace.domain),
            domain: workspace.domain.clone(),
            email_domain: workspace.email_domain.clone(),
            icon: Icon::of(workspace.id),
            is_verified: false,
            enterprise_id: enterprise.map(|org| org.id),
            enterprise_name: enterprise.map(|org| org.name.clone()),
            enterprise_domain: enterprise.map(|org| org.domain.clone()),
        }
    }
}

/// Why it is not told.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    IntoStaticStr,
    EnumString,
    VariantArray,
    EnumMessage,
    EnumProperty,
)]
#[strum(serialize_all = "snake_case")]
pub enum Error {
    /// There is no such organisation.
    #[strum(props(
        never = "organisations cannot be asked for; another id than a workspace's answers `team_not_found`"
    ))]
    EnterpriseNotFound,
    /// Guests are told of no workspace but the one they are in.
    #[strum(props(state = "a guest who asks for another workspace than their own"))]
    FailToGetTeamsForRestrictedUser,
    /// The calling user is not there.
    #[strum(props(never = "a token that acts for nobody is refused before the page is asked"))]
    MissingUser,
    /// There is no such organisation.
    #[strum(props(
        never = "organisations cannot be asked for; a domain of none of its workspaces answers `team_not_found`"
    ))]
    OrgNotFound,
    /// There is no such workspace for the caller.
    #[strum(props(
        state = "a `team` that is no workspace of the caller's organisation, nor one of another with which it shares a channel; a `domain` of none of its own; a deleted workspace"
    ))]
    TeamNotFound,
    /// Workspaces are found by domain inside an organisation only.
    #[strum(props(
        state = "a `domain`, asked for from a workspace that belongs to no organisation"
    ))]
    TeamNotOnEnterprise,
    /// The calling user is not there.
    #[strum(props(never = "a token that acts for nobody is refused before the page is asked"))]
    UserNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Info, Reply, TeamObject};
    use crate::handle::{Ask, Good, Read};
    use guestlist_domain::{Caller, TeamId, Workspace, workspace::Status};
    use guestlist_store::{Failure, Reader, StoreError};
    use std::sync::Arc;

    impl Read for Info {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            let team = match find(args, caller, reader)? {
                Found::Ours(workspace) => {
                    let workspace = workspace.as_ref().unwrap_or(&caller.workspace);
                    TeamObject::new(workspace, caller.enterprise.as_deref())
                }
                Found::Partner(workspace) => {
                    let org = match workspace.enterprise {
                        Some(id) => reader.look(|facts| Ok(facts.enterprise(id)?.cloned()))?,
                        None => None,
                    };
                    TeamObject::new(&workspace, org.as_deref())
                }
            };
            Ok(Reply { team }.into())
        }
    }

    /// What was asked for.
    enum Found {
        /// A workspace of the caller's organisation; `None` is the caller's own.
        Ours(Option<Arc<Workspace>>),
        /// One of another organisation.
        Partner(Arc<Workspace>),
    }

    fn find(args: &Args, caller: &Caller, reader: &mut Reader) -> Result<Found, Failure<Error>> {
        let is_wanted = |workspace: &Workspace| match (args.team, &args.domain) {
            (Some(team), _) => team == Some(workspace.id),
            (None, Some(domain)) => *domain == workspace.domain.to_lowercase(),
            (None, None) => true,
        };
        if args.team.is_none() && args.domain.is_some() && caller.enterprise.is_none() {
            return Err(Failure::Refused(Error::TeamNotOnEnterprise));
        }
        if is_wanted(&caller.workspace) {
            return Ok(Found::Ours(None));
        }
        if caller.user.guest.is_some() {
            return Err(Failure::Refused(Error::FailToGetTeamsForRestrictedUser));
        }
        let siblings = reader.siblings(&caller.workspace)?;
        let found = siblings
            .into_iter()
            .find(|w| is_wanted(w) && w.status != Status::Deleted);
        if found.is_some() {
            return Ok(Found::Ours(found.map(Arc::new)));
        }
        let partner = match args.team.flatten() {
            Some(team) => partner(caller, team, reader)?,
            None => None,
        };
        let partner = partner.map(Found::Partner);
        partner.ok_or(Failure::Refused(Error::TeamNotFound))
    }

    /// A workspace of an organisation with which the caller's shares a channel.
    fn partner(
        caller: &Caller,
        team: TeamId,
        reader: &mut Reader,
    ) -> Result<Option<Arc<Workspace>>, StoreError> {
        reader.look(|facts| {
            let Some(workspace) = facts.workspace(team)?.cloned() else {
                return Ok(None);
            };
            let is_known = !facts.links(caller.team(), team)?.is_empty();
            Ok(Some(workspace).filter(|one| is_known && one.status != Status::Deleted))
        })
    }
}
