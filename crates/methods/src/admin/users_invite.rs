//! `admin.users.invite`: an admin invites somebody into a workspace by their address.
//! <https://docs.slack.dev/reference/methods/admin.users.invite>
//!
//! Documentation says of `resend` that an invitation may be sent again later, by hand in Slack's own pages. There
//! are none here: a call with `resend` sends it again to who is invited already, with what this call says of it.

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{
    ByKind, ChannelId, Scopes, TeamId, Timestamp,
    invitation::address,
    name::{self, MAX_LEN},
    user::Guest,
};
use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersInvite {}

impl Contract for UsersInvite {
    const SPEC: Spec = Spec {
        name: "admin.users.invite",
        about: "Invites somebody into a workspace of the caller's organisation by their address: a letter brings them a link by which they join, and come into the channels named.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.users:write"]),
        },
        args: &[
            Arg::required(
                "team_id",
                "team",
                "T1234567890",
                "The workspace, one that the caller is in.",
            ),
            Arg::required(
                "email",
                "string",
                "joe@email.com",
                "The address of whoever is invited.",
            ),
            Arg::required(
                "channel_ids",
                "channels",
                "C1A2B3C4D,C26Z25Y24",
                "The channels of the workspace they come into: ids with commas between, one at least; of a single-channel guest one alone.",
            ),
            Arg::optional(
                "custom_message",
                "string",
                "Come and join our team!",
                "Words that the letter brings along, up to 560 characters.",
            ),
            Arg::optional(
                "real_name",
                "string",
                r#"{"full_name":"Joe Smith"}"#,
                "What they are called: an object with `full_name`, or the name itself. They can say otherwise when they join.",
            ),
            Arg::optional(
                "resend",
                "boolean",
                "true",
                "Whether whoever is invited already gets another letter; default `false`.",
            ),
            Arg::optional(
                "is_restricted",
                "boolean",
                "true",
                "Whether they come as a multi-channel guest; default `false`.",
            ),
            Arg::optional(
                "is_ultra_restricted",
                "boolean",
                "true",
                "Whether they come as a single-channel guest, which counts more than `is_restricted`; default `false`.",
            ),
            Arg::optional(
                "guest_expiration_ts",
                "timestamp",
                "1893456000.000000",
                "When a guest's time ends; left out, they stay.",
            ),
            Arg::optional(
                "email_password_policy_enabled",
                "boolean",
                "true",
                "Whether they may sign in with a password; nobody signs in here, so it has no effect.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "already_in_team"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let missing: Vec<_> = ["team_id", "email", "channel_ids"]
            .into_iter()
            .filter(|name| given.get(name).is_none())
            .collect();
        if !missing.is_empty() {
            return Err(BadArguments::Missing(missing));
        }
        let text = |name: &str| given.text(name).map(|text| text.trim().to_owned());
        let channels = given.list("channel_ids").unwrap_or_default();
        given.flag("email_password_policy_enabled")?;
        let restricted = given.flag("is_restricted")?;
        let guest = match given.flag("is_ultra_restricted")? {
            true => Some(Guest::SingleChannel),
            false => restricted.then_some(Guest::MultiChannel),
        };
        Ok(Args {
            team: given.required_id("team_id")?,
            email: text("email").and_then(|text| address(&text)),
            channels: channels.iter().map(|text| text.parse().ok()).collect(),
            message: text("custom_message").filter(|text| !text.is_empty()),
            real_name: real_name(given)?,
            resend: given.flag("resend")?,
            guest,
            expires: given.timestamp("guest_expiration_ts"),
        })
    }
}

/// A name, as it is or in an object.
fn real_name(given: &Arguments) -> Result<Option<String>, BadArguments<Error>> {
    let wrong = || {
        let why = format!("must be a name of up to {MAX_LEN} characters that can be seen");
        Err(BadArguments::Invalid("real_name", why))
    };
    let object = match given.json("real_name") {
        Some(Ok(Value::Object(object))) => Some(object),
        _ => None,
    };
    let name = match object {
        Some(object) => match object.get("full_name") {
            Some(Value::String(name)) => name.clone(),
            _ => return wrong(),
        },
        None => given.text("real_name").unwrap_or_default().into_owned(),
    };
    let name = name.trim();
    if !name::is_shown(name) {
        return wrong();
    }
    Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
}

/// Whom to invite, and as what.
#[derive(Clone, Debug)]
pub struct Args {
    /// The workspace; `None` when what was given is no workspace's id.
    pub team: Option<TeamId>,
    /// The address, lower case; `None` when what was given is none.
    pub email: Option<String>,
    /// The channels, each once; `None` where what was given is no channel's id.
    pub channels: Vec<Option<ChannelId>>,
    /// The inviter's words.
    pub message: Option<String>,
    /// What they are called.
    pub real_name: Option<String>,
    /// Again, if they are invited already.
    pub resend: bool,
    /// As a guest of which kind.
    pub guest: Option<Guest>,
    /// When their time ends; `Some(None)` when what was given is no time.
    pub expires: Option<Option<Timestamp>>,
}

/// Nothing but `ok`: the letter is on its way.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why nobody was invited.
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
    /// Somebody of the organisation has the address.
    #[strum(props(
        state = "the address of somebody who is in the workspace, or in another one of the organisation"
    ))]
    AlreadyInTeam,
    /// Whoever has the address is invited already, and has not joined.
    #[strum(props(
        state = "the address of somebody with `invited` who has not joined, without `resend`"
    ))]
    AlreadyInTeamInvitedUser,
    /// The person could not be looked up.
    #[strum(props(
        never = "who has an address is read together with everything else that decides; where that fails, the answer is `internal_error`"
    ))]
    FailedLookingUpUser,
    /// The invitation could not be sent.
    #[strum(props(
        never = "the letter is stored with the invitation, and is sent afterwards, as often as it takes"
    ))]
    FailedToSendInvite,
    /// The caller may not invite into this workspace.
    #[strum(props(state = "an admin who is not in the workspace named"))]
    FailedToValidateCaller,
    /// Not all of the channels can be come into.
    #[strum(props(
        state = "no channel; one that is unknown, archived, a DM or of another workspace; for guests one that is closed to them; for a single-channel guest more than one"
    ))]
    FailedToValidateChannels,
    /// The message is too long.
    #[strum(props(state = "a `custom_message` of more than 560 characters"))]
    FailedToValidateCustomMessage,
    /// A guest's time cannot end then.
    #[strum(props(
        state = "a `guest_expiration_ts` that is no timestamp, is over, or comes without a kind of guest"
    ))]
    FailedToValidateExpiration,
    /// Nobody is invited into this workspace for now.
    #[strum(props(state = "a workspace of the organisation with another `status` than `active`"))]
    FailedToValidateTeam,
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// This is no address.
    #[strum(props(state = "an `email` that is not written name@domain"))]
    InvalidEmail,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    NotAnAdmin,
    /// There is no such workspace in the caller's organisation.
    #[strum(props(state = "an unknown id, or a workspace of another organisation"))]
    TeamNotFound,
    /// Whoever of the organisation has the address was removed.
    #[strum(props(state = "the address of somebody of the organisation with `status: removed`"))]
    UserDisabled,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, UsersInvite};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        people::invite::{self, Refusal, Terms},
    };

    impl Write for UsersInvite {
        type Outcome = ();
        const DRAWS: bool = true;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            invite::needs(&question(ask))
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            invite::decide(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    fn question(ask: &Ask<Args>) -> invite::Ask<'_> {
        let args = &ask.args;
        invite::Ask {
            caller: &ask.caller,
            team: args.team,
            email: args.email.as_deref(),
            terms: Terms {
                channels: &args.channels,
                may_be_none: false,
                message: args.message.as_deref(),
                real_name: args.real_name.as_deref(),
                resend: args.resend,
                guest: args.guest,
                expires: args.expires,
                edge: ask.edge(),
            },
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::NotAnEnterprise => Self::FeatureNotEnabled,
                Refusal::NotAnAdmin => Self::NotAnAdmin,
                Refusal::TeamNotFound => Self::TeamNotFound,
                Refusal::TeamNotActive => Self::FailedToValidateTeam,
                Refusal::NotInTeam => Self::FailedToValidateCaller,
                Refusal::InvalidEmail => Self::InvalidEmail,
                Refusal::Channels => Self::FailedToValidateChannels,
                Refusal::Message => Self::FailedToValidateCustomMessage,
                Refusal::Expiration => Self::FailedToValidateExpiration,
                Refusal::AlreadyIn => Self::AlreadyInTeam,
                Refusal::Removed => Self::UserDisabled,
                Refusal::AlreadyInvited => Self::AlreadyInTeamInvitedUser,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;
