//! What the pages of `admin.inviteRequests.*` have in common: how requests are named, decided and listed.

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments},
    paging::{MAX, Page, parse},
};
use guestlist_domain::{InviteRequestId, TeamId};

const CURSOR: &str = "invite_request";
const USUAL: usize = 100;

pub(super) const TEAM: Arg = Arg::optional(
    "team_id",
    "team",
    "T1234567890",
    "The workspace where it was asked for. Default is the token's own.",
);

/// The arguments of a page that decides.
pub(super) const DECIDING: &[Arg] = &[
    Arg::required(
        "invite_request_id",
        "string",
        "Ir1234",
        "The request, as `admin.inviteRequests.list` tells its id.",
    ),
    TEAM,
];

/// The arguments of a page that lists.
pub(super) const LISTING: &[Arg] = &[
    TEAM,
    Arg::optional(
        "cursor",
        "string",
        "5cweb43",
        "Where to go on: the `next_cursor` of the page before. Default is the first page.",
    ),
    Arg::optional(
        "limit",
        "integer",
        "100",
        "The most on a page, 1 to 1,000. Default 100.",
    ),
];

/// Which request is decided.
#[derive(Clone, Copy, Debug)]
pub struct Deciding {
    /// Of this workspace; `Some(None)` when what was given is no workspace's id.
    pub team: Option<Option<TeamId>>,
    /// The request; `None` when what was given is no request's id.
    pub request: Option<InviteRequestId>,
}

impl Deciding {
    pub(super) fn read<E>(given: &Arguments) -> Result<Self, BadArguments<E>> {
        Ok(Self {
            team: given.id("team_id"),
            request: given.required_id("invite_request_id")?,
        })
    }
}

/// Which requests are listed.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Of this workspace; `Some(None)` when what was given is no workspace's id.
    pub team: Option<Option<TeamId>>,
    /// The page.
    pub page: Page<InviteRequestId>,
}

impl Listing {
    /// No code is documented for a cursor or a limit that is none.
    pub(super) fn read<E>(given: &Arguments) -> Result<Self, BadArguments<E>> {
        let limit = match given.integer("limit")? {
            None => USUAL,
            Some(limit) => match usize::try_from(limit) {
                Ok(limit) if (1..=MAX).contains(&limit) => limit,
                _ => {
                    let why = "must be a number from 1 to 1,000".to_owned();
                    return Err(BadArguments::Invalid("limit", why));
                }
            },
        };
        let from = match given.text("cursor").as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(parse(text, CURSOR).ok_or_else(|| {
                let why = "must be the next_cursor of a page before".to_owned();
                BadArguments::Invalid("cursor", why)
            })?),
        };
        Ok(Self {
            team: given.id("team_id"),
            page: Page { from, limit },
        })
    }
}

#[cfg(feature = "server")]
pub(super) use server::{Unlisted, list, needs, question};

#[cfg(feature = "server")]
mod server {
    use super::{CURSOR, Deciding, Listing};
    use crate::{handle::Ask, paging::cursor};
    use guestlist_domain::{
        InviteRequest, Key, Workspace,
        admin::{self, NotAdmin},
        invite_request::{self, Stage},
        trail::Blind,
    };
    use guestlist_store::{Failure, Reader};
    use std::sync::Arc;

    pub(crate) fn needs(ask: &Ask<Deciding>) -> Vec<Key> {
        invite_request::needs(&question(ask))
    }

    pub(crate) fn question(ask: &Ask<Deciding>) -> invite_request::Ask<'_> {
        invite_request::Ask {
            caller: &ask.caller,
            team: ask.args.team.unwrap_or(Some(ask.caller.team())),
            request: ask.args.request,
            in_client: false,
            edge: ask.edge(),
        }
    }

    /// A page of requests, with their workspace, and the cursor of the next one.
    pub(crate) type Found = (Vec<InviteRequest>, Arc<Workspace>, Option<String>);

    /// Why none are listed.
    pub(crate) enum Unlisted {
        /// The caller's workspace belongs to no organisation.
        NotAnEnterprise,
        /// The caller is no admin.
        NotAnAdmin,
        /// No such workspace in the organisation, or it is not in use.
        TeamNotFound,
    }

    pub(crate) fn list<E: From<Unlisted>>(
        ask: &Ask<Listing>,
        stage: Stage,
        reader: &mut Reader,
    ) -> Result<Found, Failure<E>> {
        let Ask { caller, args, .. } = ask;
        let no = |why: Unlisted| Failure::Refused(why.into());
        admin::of_organisation(caller, &mut Blind).map_err(|why| {
            no(match why {
                NotAdmin::NotAnEnterprise => Unlisted::NotAnEnterprise,
                NotAdmin::NotAnAdmin => Unlisted::NotAnAdmin,
            })
        })?;
        let team = args.team.unwrap_or(Some(caller.team()));
        let workspace = reader
            .look(|facts| admin::workspace(facts, caller, team))?
            .ok_or_else(|| no(Unlisted::TeamNotFound))?;
        let (requests, next) = args.page.fill(
            reader,
            |reader, from, limit| {
                let found = reader.invite_requests(workspace.id, stage, from, limit)?;
                Ok::<_, Failure<E>>(found.into_iter().map(|one| (one.id, one)).collect())
            },
            |_, one| Ok(Some(one)),
        )?;
        let next = next.map(|id| cursor(CURSOR, id));
        Ok((requests, workspace, next))
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;
