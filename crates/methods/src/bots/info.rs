//! `bots.info`: a bot.
//! <https://docs.slack.dev/reference/methods/bots.info>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::BotIcons,
};
use guestlist_domain::{AppId, BotId, Scopes, TeamId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Info {}

impl Contract for Info {
    const SPEC: Spec = Spec {
        name: "bots.info",
        about: "Tells about a bot of the workspace or its organisation.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: Scopes::all(&["users:read"]),
        args: &[
            Arg::optional(
                "bot",
                "bot",
                "B12345678",
                "The bot's own id, not its user's. Without it no bot is found.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace, for organisation-wide tokens, which must name one. Ignored for others.",
            ),
        ],
        success: r#"{"ok": true, "bot": {"id": "B123456", "deleted": false, "name": "beforebot", "updated": 1449272004, "app_id": "A123456", "user_id": "U123456", "icons": {"image_36": "https://...", "image_48": "https://...", "image_72": "https://..."}}}"#,
        failure: r#"{"ok": false, "error": "bot_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            bot: given.id("bot").flatten(),
            team: given.id("team_id").flatten(),
        })
    }
}

/// Which bot.
#[derive(Clone, Debug)]
pub struct Args {
    /// The bot; `None` when there was none or what was given is no bot's id.
    pub bot: Option<BotId>,
    /// The workspace an organisation-wide token is used for.
    pub team: Option<TeamId>,
}

/// The bot.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// What is told of it.
    pub bot: BotObject,
}

/// A bot.
#[derive(Debug, Serialize)]
pub struct BotObject {
    id: BotId,
    deleted: bool,
    name: String,
    updated: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_id: Option<AppId>,
    user_id: UserId,
    icons: BotIcons,
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
    /// There is no such bot for the caller.
    #[strum(props(state = "no `bot`, an unknown id, or a bot of another organisation"))]
    BotNotFound,
    /// One of several bots asked for is not there.
    #[strum(props(never = "a call asks for one `bot`; there is no argument for several"))]
    BotsNotFound,
    /// An argument that this token needs is missing; `arg` names it.
    #[strum(props(state = "an organisation-wide token and no `team_id`", arg = "team_id"))]
    MissingArgument,
    /// There is no such workspace.
    #[strum(props(
        never = "a `team_id` that the token was not granted answers `team_access_not_granted` before the page is asked"
    ))]
    TeamNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, BotObject, Error, Info, Reply};
    use crate::{
        handle::{Ask, Good, Read},
        objects::BotIcons,
    };
    use guestlist_domain::{BotId, Caller, TokenKind, User};
    use guestlist_store::{Failure, Reader, StoreError};

    impl Read for Info {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            if caller.token.kind == TokenKind::Org && args.team.is_none() {
                return Err(Failure::Refused(Error::MissingArgument));
            }
            let not_found = Failure::Refused(Error::BotNotFound);
            let Some(id) = args.bot else {
                return Err(not_found);
            };
            let Some(user) = user_of(id, caller, reader)? else {
                return Err(not_found);
            };
            let app = user.bot.and_then(|bot| bot.app);
            let name = match app {
                Some(app) => reader.app(app)?.map(|app| app.name.clone()),
                None => None,
            };
            let bot = BotObject {
                id,
                deleted: user.removed,
                name: name.unwrap_or_else(|| user.name.clone()),
                updated: user.updated.seconds(),
                app_id: app,
                user_id: user.id,
                icons: BotIcons::of(id),
            };
            Ok(Reply { bot }.into())
        }
    }

    /// The user of a bot in the caller's workspace, or else in another of its organisation.
    fn user_of(bot: BotId, caller: &Caller, reader: &Reader) -> Result<Option<User>, StoreError> {
        if let Some(user) = reader.user_by_bot(caller.team(), bot)? {
            return Ok(Some(user));
        }
        for sibling in reader.siblings(&caller.workspace)? {
            if let Some(user) = reader.user_by_bot(sibling.id, bot)? {
                return Ok(Some(user));
            }
        }
        Ok(None)
    }
}
