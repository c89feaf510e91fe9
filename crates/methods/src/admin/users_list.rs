//! `admin.users.list`: the people of an organisation, or of one of its workspaces.
//! <https://docs.slack.dev/reference/methods/admin.users.list>
//!
//! Nobody's coming or going is dated here, so neither `date_created` nor `deactivated_ts` is told.

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    paging::Page,
};
use guestlist_domain::{ByKind, Scopes, TeamId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersList {}

impl Contract for UsersList {
    const SPEC: Spec = Spec {
        name: "admin.users.list",
        about: "Lists the people and bots of the caller's organisation, or of one workspace of it, page by page.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Four,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.users:read"]),
        },
        args: &[
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace. Default is all of the organisation.",
            ),
            Arg::optional(
                "cursor",
                "cursor",
                "dXNlcjpVMEc5V0ZYTlo=",
                "Where to go on: the `next_cursor` of the page before. Default is the first page.",
            ),
            Arg::optional(
                "is_active",
                "boolean",
                "true",
                "Those who are in use, or with `false` those who are removed. Default `true`.",
            ),
            Arg::optional(
                "include_deactivated_user_workspaces",
                "boolean",
                "true",
                "Tell the workspaces of removed people, too. Not with `team_id`. Default `false`.",
            ),
            Arg::optional(
                "only_guests",
                "boolean",
                "true",
                "Guests alone. Default `false`.",
            ),
            Arg::optional(
                "include_admins",
                "boolean",
                "true",
                "Admins alone; with `include_owners` admins and owners. Not with `only_guests`. Default `false`.",
            ),
            Arg::optional(
                "include_owners",
                "boolean",
                "true",
                "Owners alone; with `include_admins` admins and owners. Not with `only_guests`. Default `false`.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "50",
                "The most on a page, up to 100. Default 100.",
            ),
        ],
        success: r#"{"ok": true, "users": [{"id": "W0L3P31SP", "email": "john.doe@slack.com", "is_admin": false, "is_owner": false, "is_primary_owner": false, "is_restricted": false, "is_ultra_restricted": false, "is_bot": false, "username": "john_doe", "full_name": "John Doe", "is_active": true, "expiration_ts": 0, "workspaces": ["T123"], "has_2fa": false, "has_sso": false}], "response_metadata": {"next_cursor": ""}}"#,
        failure: r#"{"ok": false, "error": "team_not_found"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let team = given.id("team_id");
        let mut page = Page::read(given, CURSOR, MOST, Error::InvalidCursor)?;
        page.limit = page.limit.min(MOST);
        let is_left_out = |text: &str| text.trim().is_empty();
        let removed = match given.text("is_active") {
            Some(text) if !is_left_out(&text) => !given.flag("is_active")?,
            _ => false,
        };
        let all_workspaces = given.flag("include_deactivated_user_workspaces")?;
        let guests = given.flag("only_guests")?;
        let admins = given.flag("include_admins")?;
        let owners = given.flag("include_owners")?;
        if guests && (admins || owners) {
            let why = "cannot be combined with include_admins or include_owners".to_owned();
            return Err(BadArguments::Invalid("only_guests", why));
        }
        Ok(Args {
            team,
            page,
            removed,
            all_workspaces,
            who: match (guests, admins, owners) {
                (true, ..) => Who::Guests,
                (_, true, true) => Who::AdminsAndOwners,
                (_, true, false) => Who::Admins,
                (_, false, true) => Who::Owners,
                _ => Who::All,
            },
        })
    }
}

const CURSOR: &str = "user";
/// The most users on a page.
const MOST: usize = 100;

/// Which users.
#[derive(Clone, Debug)]
pub struct Args {
    /// Of this workspace; `Some(None)` when what was given is no workspace's id.
    pub team: Option<Option<TeamId>>,
    /// The page.
    pub page: Page<UserId>,
    /// Those who are removed, not those in use.
    pub removed: bool,
    /// Tell the workspaces of removed people.
    pub all_workspaces: bool,
    /// Which of these.
    pub who: Who,
}

/// What those listed are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anything.
    All,
    /// Guests.
    Guests,
    /// Admins, owners not among them.
    Admins,
    /// Owners.
    Owners,
    /// Admins and owners.
    AdminsAndOwners,
}

/// A page of users.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub users: Vec<Row>,
}

/// A user as admins are told of them.
#[derive(Debug, Serialize)]
pub struct Row {
    id: UserId,
    email: String,
    is_admin: bool,
    is_owner: bool,
    is_primary_owner: bool,
    is_restricted: bool,
    is_ultra_restricted: bool,
    is_bot: bool,
    username: String,
    full_name: String,
    is_active: bool,
    expiration_ts: i64,
    workspaces: Vec<TeamId>,
    has_2fa: bool,
    has_sso: bool,
}

/// Why nobody is told.
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
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    InvalidAuth,
    /// The cursor is none that this method gave.
    #[strum(props(state = "a `cursor` that does not lead to a user's id"))]
    InvalidCursor,
    /// The organisation has no such workspace.
    #[strum(props(
        state = "a `team_id` of another organisation, of nothing, or of a workspace that is not in use"
    ))]
    TeamNotFound,
    /// Of one workspace it is not asked where else somebody was.
    #[strum(props(state = "`include_deactivated_user_workspaces` with a `team_id`"))]
    IncludeDeactivatedUserWorkspacesInvalid,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, CURSOR, Error, Reply, Row, UsersList, Who};
    use crate::{
        handle::{Ask, Good, Read},
        paging::cursor,
    };
    use guestlist_domain::{
        TeamId, User,
        admin::{self, NotAdmin},
        trail::Blind,
        user::{Guest, Role},
        workspace::Status,
    };
    use guestlist_store::{Failure, Reader};
    use std::collections::BTreeMap;

    impl Read for UsersList {
        /// Few may be what is asked for, among many.
        fn is_long(_args: &Args) -> bool {
            true
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            let no = |error| Err(Failure::Refused(error));
            match admin::of_organisation(caller, &mut Blind) {
                Err(NotAdmin::NotAnEnterprise) => return no(Error::FeatureNotEnabled),
                Err(NotAdmin::NotAnAdmin) => return no(Error::InvalidAuth),
                Ok(()) => {}
            }
            let teams: Vec<TeamId> = match args.team {
                Some(_) if args.all_workspaces => {
                    return no(Error::IncludeDeactivatedUserWorkspacesInvalid);
                }
                Some(team) => match reader.look(|facts| admin::workspace(facts, caller, team))? {
                    Some(workspace) => vec![workspace.id],
                    None => return no(Error::TeamNotFound),
                },
                None => {
                    let all = reader.siblings(&caller.workspace)?.into_iter();
                    all.filter(|one| one.status == Status::Active)
                        .map(|one| one.id)
                        .collect()
                }
            };
            let (users, next) = args.page.fill(
                reader,
                |reader, from, limit| {
                    // The first of each are the first of all, among others; who is in several comes once.
                    let mut first = BTreeMap::new();
                    for team in &teams {
                        let users = reader.users(*team, from, limit)?;
                        first.extend(users.into_iter().map(|user| (user.id, user)));
                    }
                    Ok::<_, Failure<Error>>(first.into_iter().take(limit).collect())
                },
                |_, user| Ok(is_asked(&user, args).then(|| Row::new(&user, args))),
            )?;
            let next = next.map(|user| cursor(CURSOR, user));
            Ok(Good::from(Reply { users }).page(next))
        }
    }

    fn is_asked(user: &User, args: &Args) -> bool {
        user.removed == args.removed
            // Who is invited only is not there yet.
            && user.has_come()
            && match args.who {
                Who::All => true,
                Who::Guests => user.guest.is_some(),
                Who::Admins => user.role == Role::Admin,
                Who::Owners => user.role >= Role::Owner,
                Who::AdminsAndOwners => user.role >= Role::Admin,
            }
    }

    impl Row {
        fn new(user: &User, args: &Args) -> Self {
            let all = std::iter::once(user.team).chain(user.teams.iter().copied());
            let told = !user.removed || args.all_workspaces;
            Self {
                id: user.id,
                email: user.email.clone().unwrap_or_default(),
                is_admin: user.role >= Role::Admin,
                is_owner: user.role >= Role::Owner,
                is_primary_owner: user.role == Role::PrimaryOwner,
                is_restricted: user.guest.is_some(),
                is_ultra_restricted: user.guest == Some(Guest::SingleChannel),
                is_bot: user.bot.is_some(),
                username: user.name.clone(),
                full_name: user.full_name().to_owned(),
                is_active: !user.removed,
                expiration_ts: user.expires.map_or(0, |end| end.seconds()),
                workspaces: all.filter(|_| told).collect(),
                has_2fa: user.bot.is_none() && !user.no_two_factor,
                has_sso: false,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;
