//! `conversations.create`: makes a channel.
//! <https://docs.slack.dev/reference/methods/conversations.create>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use guestlist_domain::{
    ChannelKind, TeamId,
    name::{self, BadName},
};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Create {}

impl Contract for Create {
    const SPEC: Spec = Spec {
        name: "conversations.create",
        about: "Makes a public or private channel, with the caller as its first member.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: scopes::WRITE,
        args: &[
            Arg::required(
                "name",
                "string",
                "launch-plans",
                "Its name: up to 80 lower-case letters, digits, `-` and `_`. A name that is none is refused, not repaired.",
            ),
            Arg::optional(
                "is_private",
                "boolean",
                "true",
                "Make it private. Default `false`.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace to make it in. Needed with an organisation-wide token, ignored with any other.",
            ),
        ],
        success: r#"{"ok": true, "channel": {"id": "C0EAQDV4Z", "name": "endeavor", "is_channel": true, "creator": "U0123456", "is_member": true, "is_private": false, "last_read": "0000000000.000000", "latest": null, "unread_count": 0, "unread_count_display": 0, "previous_names": [], "priority": 0}}"#,
        failure: r#"{"ok": false, "error": "name_taken"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let name = given.required("name")?.into_owned();
        name::check(&name).map_err(|bad| BadArguments::Refused(bad.into()))?;
        let kind = if given.flag("is_private")? {
            ChannelKind::Private
        } else {
            ChannelKind::Public
        };
        Ok(Args {
            name,
            kind,
            team: given.id("team_id").flatten(),
        })
    }
}

/// What to make.
#[derive(Clone, Debug)]
pub struct Args {
    /// Its name, a valid one.
    pub name: String,
    /// Public or private.
    pub kind: ChannelKind,
    /// The workspace, for organisation-wide tokens.
    pub team: Option<TeamId>,
}

/// The channel.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As its maker sees it.
    pub channel: Conversation,
}

/// Why none was made.
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
    /// This channel cannot be made.
    #[strum(props(
        never = "whatever keeps a channel from being made here has a code that says what"
    ))]
    CannotCreateChannel,
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
    /// An argument that this token needs is not there; `arg` names it.
    #[strum(props(
        state = "an `org` token and no workspace in `team_id`",
        arg = "team_id"
    ))]
    MissingArgument,
    /// The workspace has a channel of this name, archived or hidden perhaps.
    #[strum(props(state = "the name of another channel of the workspace"))]
    NameTaken,
    /// The name is empty; an older code for it.
    #[strum(props(never = "an empty name answers `invalid_name_required`"))]
    NoChannel,
    /// The caller may not make channels.
    #[strum(props(
        state = "a guest's token, or `who_may_create_public` or `who_may_create_private` that excludes the caller"
    ))]
    RestrictedAction,
    /// Canvases are switched off for the caller's workspace.
    #[strum(props(never = "there are no canvases here"))]
    CanvasDisabledUserTeam,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
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
    use super::{Args, Create, Error, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
        objects::Conversation,
    };
    use guestlist_domain::{
        Change, Channel, ChannelKind, Facts, Key, Moment, Plan, Stop, TokenKind, Watch, act,
        facts::Membership, see::Seen,
    };
    use std::sync::Arc;

    impl Write for Create {
        type Outcome = Seen;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let name = Key::Handle(ask.caller.team(), ask.args.name.clone());
            vec![name, act::oneself(&ask.caller)]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Seen>, Stop<Error>> {
            let (caller, args) = (&ask.caller, &ask.args);
            let refuse = |no| Err(Stop::Refused(no));
            act::still_there(facts, caller)?;
            caller
                .scope_for(&Create::SPEC.scopes, args.kind)
                .map_err(Stop::Scope)?;
            if caller.token.kind == TokenKind::Org && args.team.is_none() {
                return refuse(Error::MissingArgument);
            }
            if caller
                .enterprise
                .as_ref()
                .is_some_and(|org| org.ekm_suspended)
            {
                return refuse(Error::EkmAccessDenied);
            }
            let who = match args.kind {
                ChannelKind::Public => caller.workspace.who_may_create_public,
                _ => caller.workspace.who_may_create_private,
            };
            if caller.user.guest.is_some() || !who.allows(caller.user.is_admin()) {
                return refuse(Error::RestrictedAction);
            }
            let team = caller.team();
            if facts.handle(team, &args.name)?.is_some() {
                return refuse(Error::NameTaken);
            }

            let id = moment.channel_id('C');
            let channel = Arc::new(Channel::new(
                id,
                team,
                args.kind,
                &args.name,
                caller.id(),
                moment.now(),
            ));
            let ts = moment.tick();
            let changes = vec![
                Change::Created {
                    channel: channel.clone(),
                },
                Change::Joined {
                    channel: id,
                    user: caller.id(),
                    inviter: None,
                    ts,
                },
            ];
            let membership = Some(Membership::new(ts));
            Ok(Plan {
                changes,
                outcome: Seen {
                    channel,
                    team,
                    membership,
                },
            })
        }

        fn reply(ask: &Ask<Args>, seen: Seen) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {
                channel: Conversation::whole(&seen, ask.caller.id()).untouched(),
            }
            .into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::Create;
    use crate::{
        fixture::id,
        trial::{Trial, refuses},
    };
    use guestlist_domain::{Change, ChannelKind, TokenKind, workspace::Who};
    use serde_json::{Value, json};

    #[test]
    fn refusals() {
        let long = "x".repeat(81);
        refuses::<Create>(vec![
            ("invalid_arguments", "U0BOB", json!({}), |_| {}),
            (
                "invalid_arguments",
                "U0BOB",
                json!({"name": "ops", "is_private": "maybe"}),
                |_| {},
            ),
            (
                "invalid_name_maxlength",
                "U0BOB",
                json!({"name": long}),
                |_| {},
            ),
            (
                "invalid_name_punctuation",
                "U0BOB",
                json!({"name": "-_"}),
                |_| {},
            ),
            (
                "invalid_name_required",
                "U0BOB",
                json!({"name": ""}),
                |_| {},
            ),
            (
                "invalid_name_specials",
                "U0BOB",
                json!({"name": "Ops"}),
                |_| {},
            ),
            ("missing_scope", "U0GREET", json!({"name": "ops"}), |t| {
                t.scopes(&["groups:write"])
            }),
            (
                "missing_scope",
                "U0GREET",
                json!({"name": "ops", "is_private": true}),
                |t| t.scopes(&["channels:manage"]),
            ),
            ("missing_scope", "U0BOB", json!({"name": "ops"}), |t| {
                t.scopes(&["channels:manage"])
            }),
            ("missing_argument", "U0GREET", json!({"name": "ops"}), |t| {
                t.token.kind = TokenKind::Org
            }),
            (
                "missing_argument",
                "U0GREET",
                json!({"name": "ops", "team_id": "ACME"}),
                |t| t.token.kind = TokenKind::Org,
            ),
            ("ekm_access_denied", "U0BOB", json!({"name": "ops"}), |t| {
                t.seed.enterprises[0].ekm_suspended = true
            }),
            ("restricted_action", "U0MIA", json!({"name": "ops"}), |_| {}),
            ("restricted_action", "U0BOB", json!({"name": "ops"}), |t| {
                t.seed.workspaces[0].who_may_create_public = Who::Admins;
            }),
            (
                "restricted_action",
                "U0ADA",
                json!({"name": "ops", "is_private": true}),
                |t| t.seed.workspaces[0].who_may_create_private = Who::Nobody,
            ),
            ("name_taken", "U0BOB", json!({"name": "random"}), |_| {}),
            ("name_taken", "U0BOB", json!({"name": "past"}), |_| {}),
            (
                "name_taken",
                "U0BOB",
                json!({"name": "secret", "is_private": true}),
                |_| {},
            ),
        ]);
    }

    #[test]
    fn the_maker_is_in_it() {
        for (user, args, kind) in [
            ("U0BOB", json!({"name": "ops"}), ChannelKind::Public),
            (
                "U0GREET",
                json!({"name": "ops", "is_private": "1"}),
                ChannelKind::Private,
            ),
            // Names are the workspace's own.
            ("U0GUS", json!({"name": "random"}), ChannelKind::Public),
        ] {
            let done = Trial::of(user).done::<Create>(args);
            let [
                Change::Created { channel },
                Change::Joined {
                    channel: joined,
                    user: who,
                    inviter: None,
                    ..
                },
            ] = &done.changes[..]
            else {
                panic!("{:?}", done.changes)
            };
            assert_eq!(
                (channel.kind, channel.creator, channel.id.letter()),
                (kind, id(user), 'C')
            );
            assert_eq!((joined, *who), (&channel.id, id(user)));
            assert_eq!(done.extra_loads, 0);
            let shown = &done.reply["channel"];
            assert_eq!(shown["is_member"], true);
            assert_eq!(shown["is_private"], kind == ChannelKind::Private);
            assert_eq!(shown["last_read"], "0000000000.000000");
            for (key, value) in [
                ("latest", Value::Null),
                ("unread_count", 0.into()),
                ("unread_count_display", 0.into()),
                ("priority", 0.into()),
            ] {
                assert_eq!(shown.get(key), Some(&value), "{key}");
            }
        }
    }

    #[test]
    fn nobody_makes_one_who_has_left_meanwhile() {
        let ask = json!({"name": "ops"});
        Trial::gone_meanwhile::<Create>("U0BOB", &ask);
        Trial::gone_meanwhile::<Create>("U0GREET", &ask);
    }

    #[test]
    fn an_org_token_names_the_workspace() {
        let mut trial = Trial::of("U0GREET");
        trial.token.kind = TokenKind::Org;
        assert_eq!(
            trial
                .done::<Create>(json!({"name": "ops", "team_id": "T0ACME"}))
                .changes
                .len(),
            2
        );
    }
}
