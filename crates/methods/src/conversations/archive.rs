//! `conversations.archive`: closes a channel for writing.
//! <https://docs.slack.dev/reference/methods/conversations.archive>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Archive {}

impl Contract for Archive {
    const SPEC: Spec = Spec {
        name: "conversations.archive",
        about: "Archives a channel that the caller is in. Its members stay, and its name stays taken.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: scopes::WRITE,
        args: &[Arg::required(
            "channel",
            "channel",
            "C1234567890",
            "The public or private channel.",
        )],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "channel_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            channel: given.required_id("channel")?,
        })
    }
}

/// What to archive.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
}

/// Nothing.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why it is as it was.
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
    /// The channel is archived already.
    #[strum(props(state = "a channel with `archived: true`"))]
    AlreadyArchived,
    /// The general channel is never archived.
    #[strum(props(state = "a channel with `general: true`"))]
    CantArchiveGeneral,
    /// A channel in which everybody has to be is never archived.
    #[strum(props(state = "a channel with `mandatory: true`"))]
    CantArchiveRequired,
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// This kind of conversation cannot be archived.
    #[strum(props(state = "a DM or a group DM"))]
    MethodNotSupportedForChannelType,
    /// The caller is not in the channel.
    #[strum(props(state = "a public channel the caller is not in"))]
    NotInChannel,
    /// The caller may not archive channels.
    #[strum(props(
        state = "a guest's token, or a caller whose workspace takes part through Slack Connect without being the host"
    ))]
    RestrictedAction,
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

#[cfg(feature = "server")]
mod server {
    use super::{Archive, Args, Error, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{Facts, Key, Moment, Plan, Stop, Watch, act, message::What};

    impl Write for Archive {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let Some(channel) = ask.args.channel else {
                return Vec::new();
            };
            vec![Key::Channel(channel), Key::Member(channel, ask.caller.id())]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            let caller = &ask.caller;
            let terms = act::Terms {
                scopes: &Archive::SPEC.scopes,
                kinds: act::CHANNELS,
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                archived: Some(Error::AlreadyArchived),
                migrating: None,
                ekm_suspended: Some(Error::EkmAccessDenied),
                outsider: Some(Error::NotInChannel),
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
            };
            let seen = act::on(facts, caller, ask.args.channel, terms)?;
            let refuse = |no| Err(Stop::Refused(no));
            if caller.user.guest.is_some() || seen.connection().is_some() {
                return refuse(Error::RestrictedAction);
            }
            if seen.channel.general {
                return refuse(Error::CantArchiveGeneral);
            }
            if seen.channel.mandatory {
                return refuse(Error::CantArchiveRequired);
            }
            let (_, change) = act::edit(caller, &seen, What::Archived, moment, |channel| {
                channel.archived = true
            });
            Ok(Plan {
                changes: vec![change],
                outcome: (),
            })
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::Archive;
    use crate::{
        fixture::{id, place},
        trial::{Trial, refuses},
    };
    use guestlist_domain::{Change, TokenKind, message::What};
    use serde_json::json;

    #[test]
    fn refusals() {
        refuses::<Archive>(vec![
            ("invalid_arguments", "U0BOB", json!({}), |_| {}),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0SECRET"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0BOB",
                json!({"channel": "D0ADABOB"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0ADA",
                json!({"channel": "C0SECRET"}),
                |t| t.scopes(&["channels:write"]),
            ),
            (
                "already_archived",
                "U0ADA",
                json!({"channel": "C0PAST"}),
                |_| {},
            ),
            (
                "ekm_access_denied",
                "U0ADA",
                json!({"channel": "C0RANDOM"}),
                |t| t.seed.enterprises[0].ekm_suspended = true,
            ),
            (
                "not_in_channel",
                "U0BOB",
                json!({"channel": "C0RANDOM"}),
                |_| {},
            ),
            (
                "access_denied",
                "U0ADA",
                json!({"channel": "C0RANDOM"}),
                |t| {
                    place(&mut t.seed, "C0RANDOM").access_list.push(id("U0BOB"));
                },
            ),
            (
                "no_permission",
                "U0GREET",
                json!({"channel": "C0SECRET"}),
                |t| t.token.kind = TokenKind::Workspace,
            ),
            (
                "restricted_action",
                "U0MIA",
                json!({"channel": "C0GUESTS"}),
                |_| {},
            ),
            (
                "restricted_action",
                "U0GUS",
                json!({"channel": "C0SHARED"}),
                |_| {},
            ),
            (
                "cant_archive_general",
                "U0ADA",
                json!({"channel": "C0GENERAL"}),
                |_| {},
            ),
            (
                "cant_archive_required",
                "U0ADA",
                json!({"channel": "C0RANDOM"}),
                |t| place(&mut t.seed, "C0RANDOM").mandatory = true,
            ),
        ]);
    }

    #[test]
    fn archiving_says_so_in_the_history_and_removes_nobody() {
        for (user, channel) in [
            ("U0BOB", "C0HIDDEN"),
            ("U0GREET", "C0SECRET"),
            ("U0ADA", "C0SHARED"),
        ] {
            let done = Trial::of(user).done::<Archive>(json!({"channel": channel}));
            let [
                Change::Edited {
                    channel: edited,
                    message,
                },
            ] = &done.changes[..]
            else {
                panic!("{:?}", done.changes)
            };
            assert!(edited.archived && edited.id == id(channel) && edited.updated == message.ts);
            assert_eq!((message.user, &message.what), (id(user), &What::Archived));
            assert_eq!(done.reply, json!({}));
            assert_eq!(done.extra_loads, 0);
        }
    }
}
