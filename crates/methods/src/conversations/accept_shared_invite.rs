//! `conversations.acceptSharedInvite`: accepts an invitation to a channel of another organisation.
//! <https://docs.slack.dev/reference/methods/conversations.acceptSharedInvite>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{
    ChannelId, InvitationId, Scopes, TeamId,
    connect::accept::Which,
    name::{self, BadName},
};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum AcceptSharedInvite {}

impl Contract for AcceptSharedInvite {
    const SPEC: Spec = Spec {
        name: "conversations.acceptSharedInvite",
        about: "Accepts an invitation to a channel of another organisation. Where no side reviews, the caller is in the channel from then on.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes::all(&["conversations.connect:write"]),
        args: &[
            Arg::required(
                "channel_name",
                "string",
                "puppies-r-us",
                "What the channel is to be called in the caller's workspace.",
            ),
            Arg::optional(
                "invite_id",
                "invitation",
                "I02UKAJ6RJA",
                "The invitation. Either this or `channel_id` is given.",
            ),
            Arg::optional(
                "channel_id",
                "channel",
                "C1234567890",
                "The channel to which the caller's workspace is invited.",
            ),
            Arg::optional(
                "is_private",
                "boolean",
                "true",
                "Make it private in the caller's workspace. A side that may only post is private whatever is said. Default `false`.",
            ),
            Arg::optional(
                "free_trial_accepted",
                "boolean",
                "true",
                "Without meaning here: workspaces that pay nothing may accept. `free_trial_accept` is understood too.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace to accept it in, for callers who are in several. Organisation-wide tokens name one.",
            ),
        ],
        success: r#"{"ok": true, "implicit_approval": true, "channel_id": "C1234567890", "invite_id": "I02UKAJ6RJA", "can_open_scdm": false}"#,
        failure: r#"{"ok": false, "error": "invite_used"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let name = given.required("channel_name")?.into_owned();
        let which = match (
            given.id::<InvitationId>("invite_id"),
            given.id::<ChannelId>("channel_id"),
        ) {
            (Some(id), None) => id.map(Which::Id),
            (None, Some(id)) => id.map(Which::To),
            _ => {
                let why = "either `invite_id` or `channel_id` is given".to_owned();
                return Err(BadArguments::Invalid("invite_id", why));
            }
        };
        let private = given
            .flag("is_private")
            .map_err(|_: BadArguments<Error>| BadArguments::Refused(Error::InvalidPrivacy))?;
        for spelling in ["free_trial_accepted", "free_trial_accept"] {
            given.flag::<Error>(spelling)?;
        }
        if has_emoji(&name) {
            return Err(BadArguments::Refused(Error::InvalidEmojiNotAllowed));
        }
        name::check(&name).map_err(|bad| BadArguments::Refused(bad.into()))?;
        Ok(Args {
            name,
            which,
            private,
            team: given.id("team_id"),
        })
    }
}

/// Whether a picture is among the characters, or the name of one between colons.
fn has_emoji(name: &str) -> bool {
    let picture = |c: char| matches!(u32::from(c), 0x2600..=0x27BF | 0x1F000..=0x1FAFF);
    let named = name.split(':').collect::<Vec<_>>();
    let between = named.len() > 2
        && named[1..named.len() - 1]
            .iter()
            .any(|part| !part.is_empty());
    name.contains(picture) || between
}

/// Which invitation, and what becomes of the channel here.
#[derive(Clone, Debug)]
pub struct Args {
    /// What it is called, a valid name.
    pub name: String,
    /// The invitation; `None` when what was given is no id of one.
    pub which: Option<Which>,
    /// Private here.
    pub private: bool,
    /// The workspace; the inner `None` when what was given is no workspace's id.
    pub team: Option<Option<TeamId>>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The caller's side has nothing left to say.
    pub implicit_approval: bool,
    /// The channel, under the id it has everywhere.
    pub channel_id: ChannelId,
    /// The invitation.
    pub invite_id: InvitationId,
    /// Always false: there are no direct messages between organisations here.
    pub can_open_scdm: bool,
}

/// Why it was not accepted.
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
    /// The channel is being moved.
    #[strum(props(state = "a channel with `migrating: true`"))]
    ChannelConversionInProgress,
    /// As many organisations are in the channel as may be.
    #[strum(props(state = "a channel that has come to its `connection_limit` since, or 250"))]
    ConnectionLimitExceeded,
    /// The invitation was sent to another address.
    #[strum(props(state = "an invitation by e-mail, and a caller with another address or none"))]
    EmailDoesNotMatch,
    /// A trial cannot be begun.
    #[strum(props(never = "no trial is needed: workspaces that pay nothing may accept"))]
    FailedToStartTrial,
    /// The caller's organisation is in the channel.
    #[strum(props(
        state = "a channel with a connection to a workspace of the caller's organisation"
    ))]
    HasAlreadyConnectedToOrg,
    /// The name has a picture in it.
    #[strum(props(state = "a `channel_name` with an emoji or `:smile:`"))]
    InvalidEmojiNotAllowed,
    /// The inviting workspace can take part no more.
    #[strum(props(
        state = "an inviting workspace that is deleted, migrating, or has `connect: {enabled: false}`"
    ))]
    InvalidHostTeam,
    /// What was given is no invitation's id.
    #[strum(props(state = "an `invite_id` or `channel_id` that is no id of the kind"))]
    InvalidLink,
    /// The name cannot be one.
    #[strum(props(never = "the codes beside it say what is wrong with the name"))]
    InvalidName,
    /// The name is longer than 80 characters.
    #[strum(props(state = "a `channel_name` of more than 80 characters"))]
    InvalidNameMaxlength,
    /// The name is nothing but punctuation.
    #[strum(props(state = "a `channel_name` of `-` and `_` alone"))]
    InvalidNamePunctuation,
    /// There is no name.
    #[strum(props(state = "an empty `channel_name`"))]
    InvalidNameRequired,
    /// The name has characters that names do not have.
    #[strum(props(
        state = "a `channel_name` with capitals, spaces or other signs than `-` and `_`"
    ))]
    InvalidNameSpecials,
    /// The invitation comes from the caller's own organisation.
    #[strum(props(state = "a caller of the host's organisation"))]
    InviteFromSameOrg,
    /// There is no such invitation that is open.
    #[strum(props(
        state = "an unknown id; an invitation that is revoked, declined, expired or still a request; a channel that is archived or may not be shared since"
    ))]
    InviteNotFound,
    /// What was said about privacy is neither yes nor no.
    #[strum(props(state = "an `is_private` that is no boolean"))]
    InvalidPrivacy,
    /// The invitation was sent to another organisation.
    #[strum(props(state = "an invitation by user id, and a caller of another organisation"))]
    InvalidRecipientTeam,
    /// The caller's workspace cannot take part.
    #[strum(props(never = "tokens of such workspaces are refused before the page is asked"))]
    InvalidTargetTeam,
    /// The invitation was accepted already.
    #[strum(props(
        state = "an invitation that waits for approval, led to a connection, or did once"
    ))]
    InviteUsed,
    /// The caller's organisation has accepted an invitation that waits for approval.
    #[strum(props(
        state = "another invitation to the channel, accepted in a workspace of the caller's organisation"
    ))]
    IsPendingConnectedToOrg,
    /// A channel shared in the old way goes on with old partners only.
    #[strum(props(
        state = "a channel with `legacy_shared: true` that does not name the workspace under `former`"
    ))]
    LegacyConnectionInvalidOrg,
    /// A channel shared in the old way takes no third organisation.
    #[strum(props(state = "a channel with `legacy_shared: true` and a connection"))]
    LegacyConnectionLimitExceeded,
    /// Another channel of the caller's workspace has the name.
    #[strum(props(
        state = "a `channel_name` that a channel of the workspace has, or a connected one there"
    ))]
    NameTaken,
    /// Slack Connect is off in the caller's workspace.
    #[strum(props(state = "`connect: {enabled: false}`"))]
    NotAllowedForGridWorkspace,
    /// The caller's workspace pays nothing.
    #[strum(props(never = "workspaces that pay nothing may accept, though not invite"))]
    NotPaid,
    /// The caller may not make private channels.
    #[strum(props(state = "`is_private`, and `who_may_create_private` that excludes the caller"))]
    RestrictedAction,
    /// There is no such workspace.
    #[strum(props(state = "a `team_id` that is no workspace's"))]
    TeamNotFound,
    /// The caller may not make public channels.
    #[strum(props(state = "`who_may_create_public` that excludes the caller"))]
    UserCannotCreateChannel,
    /// Guests accept nothing.
    #[strum(props(state = "a guest's token"))]
    UserIsRestricted,
    /// The caller is not in that workspace.
    #[strum(props(state = "a `team_id` of a workspace that the caller is not in"))]
    UserNotFound,
    /// The channel has to be private, and the caller may not make such.
    #[strum(props(
        state = "an invitation to post only, and `who_may_create_private` that excludes the caller"
    ))]
    UserRequiredToAcceptAsPrivateButCannot,
}

impl Code for Error {}

impl From<BadName> for Error {
    fn from(bad: BadName) -> Self {
        match bad {
            BadName::Required => Self::InvalidNameRequired,
            BadName::TooLong => Self::InvalidNameMaxlength,
            BadName::Specials => Self::InvalidNameSpecials,
            BadName::Punctuation => Self::InvalidNamePunctuation,
        }
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{AcceptSharedInvite, Args, Error, Reply};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        connect::{
            Actor,
            accept::{self, Outcome, Refusal, Which},
        },
        trail::{Told, demand},
    };

    impl Write for AcceptSharedInvite {
        type Outcome = Outcome;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let invitation = ask.args.which.map(|which| match which {
                Which::Id(id) => Key::Invitation(id),
                Which::To(channel) => Key::Offers(channel),
            });
            invitation.into_iter().collect()
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<Outcome>, Stop<Error>> {
            let mut who = Actor::from(ask.caller.as_ref());
            if let Some(team) = ask.args.team {
                let found = match team {
                    Some(team) => facts.workspace(team)?,
                    None => None,
                };
                demand(watch, found.is_some(), Error::TeamNotFound, &|| {
                    Told::new(
                        "there is such a workspace",
                        match (team, found) {
                            (Some(team), Some(_)) => format!("there is {team}"),
                            (Some(team), None) => format!("there is no {team}"),
                            (None, _) => "what was given is no workspace's id".to_owned(),
                        },
                        "give the team_id of a workspace that you are in",
                    )
                })
                .map_err(Stop::Refused)?;
                let Some(workspace) = found else {
                    return Err(Stop::Refused(Error::TeamNotFound));
                };
                let inside = who.user.is_in(workspace.id);
                demand(watch, inside, Error::UserNotFound, &|| {
                    Told::new(
                        "the caller is in that workspace",
                        format!("{} is of {}", who.user.id, who.user.team),
                        "give the team_id of a workspace that you are in",
                    )
                })
                .map_err(Stop::Refused)?;
                who.workspace = workspace.clone();
            }
            let question = accept::Ask {
                who: &who,
                which: ask.args.which,
                name: &ask.args.name,
                private: ask.args.private,
                site: &ask.around.site,
            };
            accept::decide(facts, &question, moment, watch).map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, outcome: Outcome) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {
                implicit_approval: outcome.implicit_approval,
                channel_id: outcome.invitation.channel,
                invite_id: outcome.invitation.id,
                can_open_scdm: false,
            }
            .into())
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::Guest => Self::UserIsRestricted,
                Refusal::Off => Self::NotAllowedForGridWorkspace,
                Refusal::InvalidLink => Self::InvalidLink,
                Refusal::NotFound => Self::InviteNotFound,
                Refusal::Used => Self::InviteUsed,
                Refusal::SameOrg => Self::InviteFromSameOrg,
                Refusal::WrongTeam => Self::InvalidRecipientTeam,
                Refusal::WrongEmail => Self::EmailDoesNotMatch,
                Refusal::HostOut => Self::InvalidHostTeam,
                Refusal::Migrating => Self::ChannelConversionInProgress,
                Refusal::Connected => Self::HasAlreadyConnectedToOrg,
                Refusal::Pending => Self::IsPendingConnectedToOrg,
                Refusal::LegacyLimit => Self::LegacyConnectionLimitExceeded,
                Refusal::LegacyOrg => Self::LegacyConnectionInvalidOrg,
                Refusal::ConnectionLimit => Self::ConnectionLimitExceeded,
                Refusal::NoPrivate => Self::RestrictedAction,
                Refusal::HasToBePrivate => Self::UserRequiredToAcceptAsPrivateButCannot,
                Refusal::NoPublic => Self::UserCannotCreateChannel,
                Refusal::NameTaken => Self::NameTaken,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;
