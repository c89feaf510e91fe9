//! `conversations.rename`: gives a channel another name.
//! <https://docs.slack.dev/reference/methods/conversations.rename>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use guestlist_domain::{
    ChannelId,
    name::{self, BadName},
};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Rename {}

impl Contract for Rename {
    const SPEC: Spec = Spec {
        name: "conversations.rename",
        about: "Gives a channel another name. Its creator may, a bot too, and the workspace's admins.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: scopes::WRITE,
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "The public or private channel.",
            ),
            Arg::required(
                "name",
                "string",
                "launch-plans",
                "The new name: up to 80 lower-case letters, digits, `-` and `_`. Its own name changes nothing.",
            ),
        ],
        success: r#"{"ok": true, "channel": {"id": "C012AB3CD", "name": "general", "is_channel": true, "is_member": true, "previous_names": ["specifics", "abstractions", "etc"]}}"#,
        failure: r#"{"ok": false, "error": "not_in_channel"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channel = given.required_id("channel")?;
        let name = given.required("name")?.into_owned();
        name::check(&name).map_err(|bad| BadArguments::Refused(bad.into()))?;
        Ok(Args { channel, name })
    }
}

/// What to call what.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// The new name, a valid one.
    pub name: String,
}

/// The channel.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// With its new name, as the caller sees it.
    pub channel: Conversation,
}

/// Why it keeps its name.
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
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// The name is no channel's name.
    #[strum(props(never = "each fault a name can have here has a code of its own"))]
    InvalidName,
    /// The name is longer than 80 characters.
    #[strum(props(state = "a `name` of 81 characters"))]
    InvalidNameMaxlength,
    /// The name is made of nothing but `-` and `_`.
    #[strum(props(state = "a `name` like `--`"))]
    InvalidNamePunctuation,
    /// The name is empty.
    #[strum(props(state = "an empty `name`"))]
    InvalidNameRequired,
    /// The name has characters, upper case among them, that names do not have.
    #[strum(props(state = "a `name` like `Ops` or `#ops`"))]
    InvalidNameSpecials,
    /// Archived channels keep their names.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// This kind of conversation has no name to give.
    #[strum(props(state = "a DM or a group DM"))]
    MethodNotSupportedForChannelType,
    /// The workspace has another channel of this name.
    #[strum(props(state = "the name of another channel of the workspace, archived ones too"))]
    NameTaken,
    /// The channel is not the caller's to name.
    #[strum(props(
        state = "a caller who neither made the channel nor is an admin; a guest; anybody of a connected workspace"
    ))]
    NotAuthorized,
    /// The caller is not in the channel.
    #[strum(props(state = "a public channel the caller is not in"))]
    NotInChannel,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is closed to the caller.
    #[strum(props(state = "a channel whose `access_list` does not name the caller"))]
    AccessDenied,
    /// The workspace token was not granted this channel.
    #[strum(props(state = "a `workspace` token whose `channels` do not name the channel"))]
    NoPermission,
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
    use super::{Args, Error, Rename, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
        objects::Conversation,
    };
    use guestlist_domain::{Facts, Key, Moment, Plan, Stop, Watch, act, message::What, see::Seen};

    impl Write for Rename {
        type Outcome = Seen;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let (caller, args) = (&ask.caller, &ask.args);
            let Some(channel) = args.channel else {
                return Vec::new();
            };
            let handle = Key::Handle(caller.team(), args.name.clone());
            vec![
                Key::Channel(channel),
                Key::Member(channel, caller.id()),
                handle,
            ]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Seen>, Stop<Error>> {
            let (caller, name) = (&ask.caller, &ask.args.name);
            let terms = act::Terms {
                scopes: &Rename::SPEC.scopes,
                kinds: act::CHANNELS,
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                archived: Some(Error::IsArchived),
                migrating: None,
                ekm_suspended: Some(Error::EkmAccessDenied),
                outsider: Some(Error::NotInChannel),
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
            };
            let seen = act::on(facts, caller, ask.args.channel, terms)?;
            let channel = &seen.channel;
            let theirs = channel.creator == caller.id() || caller.user.is_admin();
            if !theirs || caller.user.guest.is_some() || seen.connection().is_some() {
                return Err(Stop::Refused(Error::NotAuthorized));
            }
            if channel.name == *name {
                return Ok(Plan::nothing(seen));
            }
            // A channel that workspaces share has its name in the one that owns it.
            if facts.handle(channel.team, name)?.is_some() {
                return Err(Stop::Refused(Error::NameTaken));
            }
            let old_name = channel.name.clone();
            let what = What::Renamed {
                old_name: old_name.clone(),
                name: name.clone(),
            };
            let (seen, change) = act::edit(caller, &seen, what, moment, |channel| {
                channel.previous_names.retain(|previous| previous != name);
                channel.previous_names.insert(0, old_name);
                channel.name.clone_from(name);
            });
            Ok(Plan {
                changes: vec![change],
                outcome: seen,
            })
        }

        fn reply(ask: &Ask<Args>, seen: Seen) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {
                channel: Conversation::whole(&seen, ask.caller.id()),
            }
            .into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;
