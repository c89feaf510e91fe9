//! `conversations.setTopic`: says what a channel talks about.
//! <https://docs.slack.dev/reference/methods/conversations.setTopic>

use super::{notes::MOST_CHARACTERS, scopes};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum SetTopic {}

impl Contract for SetTopic {
    const SPEC: Spec = Spec {
        name: "conversations.setTopic",
        about: "Sets the topic of a channel that the caller is in: what it talks about now.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: scopes::TOPIC,
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "The channel or group DM.",
            ),
            Arg::required(
                "topic",
                "string",
                "Launch on Friday",
                "The topic, up to 250 characters, kept as it is given; empty for none.",
            ),
        ],
        success: r#"{"ok": true, "channel": {"id": "C12345678", "name": "tips-and-tricks", "is_channel": true, "is_member": true, "topic": {"value": "Apply topically for best effects", "creator": "U12345678", "last_set": 1649952691}}}"#,
        failure: r#"{"ok": false, "error": "invalid_arguments", "response_metadata": {"messages": ["[ERROR] missing required field: topic"]}}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channel = given.required_id("channel")?;
        let topic = given.required("topic")?.into_owned();
        if topic.chars().count() > MOST_CHARACTERS {
            return Err(BadArguments::Refused(Error::TooLong));
        }
        Ok(Args { channel, topic })
    }
}

/// What to set where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// The topic; empty for none.
    pub topic: String,
}

/// The channel.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// With its topic, as the caller sees it.
    pub channel: Conversation,
}

/// Why it keeps the topic it has.
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
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// This kind of conversation has no topic.
    #[strum(props(state = "a DM between two"))]
    MethodNotSupportedForChannelType,
    /// The caller is not in the channel.
    #[strum(props(state = "a public channel the caller is not in"))]
    NotInChannel,
    /// The topic has more than 250 characters.
    #[strum(props(state = "a `topic` of 251 characters"))]
    TooLong,
    /// The caller may talk here, not set the topic.
    #[strum(props(state = "a guest's token, or a caller on a post-only side"))]
    UserIsRestricted,
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
    use super::{Args, Error, Reply, SetTopic};
    use crate::{
        contract::Contract,
        conversations::notes,
        handle::{Ask, Good, Refused, Write},
        objects::Conversation,
    };
    use guestlist_domain::{
        ChannelKind, Facts, Key, Moment, Plan, Stop, act, message::What, see::Seen,
    };

    impl Write for SetTopic {
        type Outcome = Seen;

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
        ) -> Result<Plan<Seen>, Stop<Error>> {
            let (caller, args) = (&ask.caller, &ask.args);
            let terms = act::Terms {
                scopes: &SetTopic::SPEC.scopes,
                kinds: &[ChannelKind::Public, ChannelKind::Private, ChannelKind::Mpim],
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                archived: Some(Error::IsArchived),
                migrating: None,
                ekm_suspended: Some(Error::EkmAccessDenied),
                outsider: Some(Error::NotInChannel),
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
            };
            let seen = act::on(facts, caller, args.channel, terms)?;
            notes::set(
                caller,
                seen,
                Error::UserIsRestricted,
                &args.topic,
                |c| &mut c.topic,
                What::Topic,
                moment,
            )
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
mod tests {
    use super::SetTopic;
    use crate::{
        fixture::{id, place},
        trial::{Trial, refuses},
    };
    use guestlist_domain::{Change, TokenKind, message::What};
    use serde_json::json;

    #[test]
    fn refusals() {
        let long = "é".repeat(251);
        refuses::<SetTopic>(vec![
            (
                "invalid_arguments",
                "U0ADA",
                json!({"channel": "C0RANDOM"}),
                |_| {},
            ),
            (
                "too_long",
                "U0ADA",
                json!({"channel": "C0RANDOM", "topic": long}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0SECRET", "topic": "x"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0ADA",
                json!({"channel": "D0ADABOB", "topic": "x"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0ADA",
                json!({"channel": "C0SECRET", "topic": "x"}),
                |t| t.scopes(&["channels:write.topic"]),
            ),
            (
                "is_archived",
                "U0ADA",
                json!({"channel": "C0PAST", "topic": "x"}),
                |_| {},
            ),
            (
                "ekm_access_denied",
                "U0ADA",
                json!({"channel": "C0RANDOM", "topic": "x"}),
                |t| {
                    t.seed.enterprises[0].ekm_suspended = true;
                },
            ),
            (
                "not_in_channel",
                "U0BOB",
                json!({"channel": "C0RANDOM", "topic": "x"}),
                |_| {},
            ),
            (
                "access_denied",
                "U0ADA",
                json!({"channel": "C0RANDOM", "topic": "x"}),
                |t| {
                    place(&mut t.seed, "C0RANDOM").access_list.push(id("U0BOB"));
                },
            ),
            (
                "no_permission",
                "U0GREET",
                json!({"channel": "C0SECRET", "topic": "x"}),
                |t| {
                    t.token.kind = TokenKind::Workspace;
                },
            ),
            (
                "user_is_restricted",
                "U0MIA",
                json!({"channel": "C0GUESTS", "topic": "x"}),
                |_| {},
            ),
            (
                "user_is_restricted",
                "U0GUS",
                json!({"channel": "C0SHARED", "topic": "x"}),
                |t| {
                    place(&mut t.seed, "C0SHARED").connections[0].external_limited = true;
                },
            ),
        ]);
    }

    #[test]
    fn members_set_it() {
        let full = "é".repeat(250);
        for (user, channel, value) in [
            ("U0BOB", "C0GENERAL", "Plans & <pans>"),
            ("U0GREET", "C0SECRET", &full),
            ("U0BOB", "G0TRIO", "The three of us"),
            ("U0GUS", "C0SHARED", "Ours"),
        ] {
            let done =
                Trial::of(user).done::<SetTopic>(json!({"channel": channel, "topic": value}));
            let [
                Change::Edited {
                    channel: edited,
                    message,
                },
            ] = &done.changes[..]
            else {
                panic!("{:?}", done.changes)
            };
            assert_eq!(
                (edited.topic.value.as_str(), edited.topic.creator),
                (value, Some(id(user)))
            );
            assert_eq!(
                (message.user, &message.what),
                (id(user), &What::Topic(value.to_owned()))
            );
            assert_eq!(done.reply["channel"]["topic"]["value"], value);
            assert_eq!(done.extra_loads, 0);
        }
    }

    #[test]
    fn what_it_is_already_leaves_no_message() {
        let mut trial = Trial::of("U0BOB");
        assert_eq!(
            trial
                .done::<SetTopic>(json!({"channel": "C0GENERAL", "topic": ""}))
                .changes,
            []
        );
        place(&mut trial.seed, "C0GENERAL").topic.value = "Talk".to_owned();
        assert_eq!(
            trial
                .done::<SetTopic>(json!({"channel": "C0GENERAL", "topic": "Talk"}))
                .changes,
            []
        );
        assert_eq!(
            trial
                .done::<SetTopic>(json!({"channel": "C0GENERAL", "topic": ""}))
                .changes
                .len(),
            1
        );
    }
}
