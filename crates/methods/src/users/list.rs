//! `users.list`: everybody in a workspace.
//! <https://docs.slack.dev/reference/methods/users.list>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::UserObject,
    paging::Page,
};
use guestlist_domain::{Scopes, TeamId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum List {}

impl Contract for List {
    const SPEC: Spec = Spec {
        name: "users.list",
        about: "Lists the workspace's people and bots, removed ones too, page by page or all at once.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Two,
        scopes: Scopes::all(&["users:read"]),
        args: &[
            Arg::optional(
                "cursor",
                "cursor",
                "dXNlcjpVMEc5V0ZYTlo=",
                "Where to go on: the `next_cursor` of the page before. Default is the first page.",
            ),
            Arg::optional(
                "include_locale",
                "boolean",
                "true",
                "Tell their locales. Default `false`.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "20",
                "The most users on the page, up to 1,000. Default 0: all of them, which workspaces of over 10,000 refuse.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace, for organisation-wide tokens, which must name one. Ignored for others.",
            ),
        ],
        success: r#"{"ok": true, "members": [{"id": "W012A3CDE", "team_id": "T012AB3C4", "name": "spengler", "deleted": false, "real_name": "Egon Spengler", "profile": {"real_name": "Egon Spengler", "display_name": "spengler", "team": "T012AB3C4"}, "is_bot": false, "updated": 1502138686}], "cache_ts": 1498777272, "response_metadata": {"next_cursor": "dXNlcjpVMEc5V0ZYTlo="}}"#,
        failure: r#"{"ok": false, "error": "invalid_cursor"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let page = Page::read(given, CURSOR, UNLIMITED, Error::InvalidCursor)?;
        Ok(Args {
            all: page.limit == UNLIMITED,
            page,
            include_locale: given.flag("include_locale")?,
            team: given.id("team_id").flatten(),
        })
    }
}

const CURSOR: &str = "user";
/// The most users that are answered at once: 10,000, and Slackbot.
pub const UNLIMITED: usize = 10_001;

/// Which users, and what to tell.
#[derive(Clone, Debug)]
pub struct Args {
    /// No limit was given: all of them.
    pub all: bool,
    /// The page.
    pub page: Page<UserId>,
    /// With `locale`.
    pub include_locale: bool,
    /// The workspace an organisation-wide token is used for.
    pub team: Option<TeamId>,
}

/// A page of users.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub members: Vec<UserObject>,
    /// When they were read, in seconds.
    pub cache_ts: i64,
}

/// Why they are not told.
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
    /// The cursor is none that this method gave.
    #[strum(props(state = "a `cursor` that does not lead to a user's id"))]
    InvalidCursor,
    /// The workspace is too large to be listed at once.
    #[strum(props(state = "more than 10,000 users and no `limit`"))]
    LimitRequired,
    /// An argument that this token needs is missing; `arg` names it.
    #[strum(props(state = "an organisation-wide token and no `team_id`", arg = "team_id"))]
    MissingArgument,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, CURSOR, Error, List, Reply};
    use crate::users::look;
    use crate::{
        handle::{Ask, Good, Read},
        objects::UserObject,
        paging::cursor,
    };
    use guestlist_domain::{Caller, TokenKind, User, UserId};
    use guestlist_store::{Failure, Reader};

    impl Read for List {
        fn is_long(args: &Args) -> bool {
            args.all
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            if caller.token.kind == TokenKind::Org && args.team.is_none() {
                return Err(Failure::Refused(Error::MissingArgument));
            }
            let now = reader.now();
            let (members, next) = args.page.fill(
                reader,
                |reader, from, limit| {
                    let users = reader.users(caller.team(), from, limit)?;
                    let users = with_slackbot(caller, users, from, limit);
                    Ok::<_, Failure<Error>>(users.into_iter().map(|user| (user.id, user)).collect())
                },
                |_, user| {
                    let shown = UserObject::new(&user, caller, now);
                    Ok(Some(if args.include_locale {
                        shown.locale()
                    } else {
                        shown
                    }))
                },
            )?;
            if args.all && next.is_some() {
                return Err(Failure::Refused(Error::LimitRequired));
            }
            let reply = Reply {
                members,
                cache_ts: reader.now().seconds(),
            };
            Ok(Good::from(reply).page(next.map(|user| cursor(CURSOR, user))))
        }
    }

    /// Adds Slackbot, who is in no table, to up to `limit` users from an id on, in the order of their ids.
    fn with_slackbot(
        caller: &Caller,
        mut users: Vec<User>,
        from: Option<UserId>,
        limit: usize,
    ) -> Vec<User> {
        let slackbot = UserId::slackbot();
        if from.is_none_or(|from| from <= slackbot) {
            let place = users.partition_point(|user| user.id < slackbot);
            users.insert(place, look::slackbot(caller));
            users.truncate(limit);
        }
        users
    }
}
