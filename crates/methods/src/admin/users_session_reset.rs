//! `admin.users.session.reset`: ends somebody's sessions, of which this server has none.
//! <https://docs.slack.dev/reference/methods/admin.users.session.reset>
//!
//! Sessions are what people have who are signed in on a device. Here nobody signs in: there are tokens of apps, of
//! which documentation does not say that they end. So who may do it to whom is checked, and nothing ends.

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, Scopes, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersSessionReset {}

impl Contract for UsersSessionReset {
    const SPEC: Spec = Spec {
        name: "admin.users.session.reset",
        about: "Ends the sessions of somebody of the caller's organisation. Nobody signs in to this server, so there are none; tokens stay good.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.users:write"]),
        },
        args: &[
            Arg::required("user_id", "user", "W12345678", "Whose sessions."),
            Arg::optional(
                "mobile_only",
                "boolean",
                "true",
                "Those on phones alone. Default `false`.",
            ),
            Arg::optional(
                "web_only",
                "boolean",
                "true",
                "Those in browsers alone. Default `false`.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "cannot_reset_bot"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let user = given.required_id("user_id")?;
        for which in ["mobile_only", "web_only"] {
            given.flag(which)?;
        }
        Ok(Args { user })
    }
}

/// Whose sessions.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    /// Whose; `None` when what was given is no user's id.
    pub user: Option<UserId>,
}

/// Nothing but `ok`.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why the sessions stay.
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
    /// Bots have no sessions.
    #[strum(props(state = "a bot's `user_id`"))]
    CannotResetBot,
    /// The primary owner's sessions are theirs to end.
    #[strum(props(state = "a user with `role: primary_owner`, and a caller who is another"))]
    CannotResetPrimaryOwner,
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    NotAnAdmin,
    /// The organisation has nobody of this id.
    #[strum(props(state = "an unknown id, or somebody of another organisation"))]
    UserNotFound,
    /// The sessions could not be ended.
    #[strum(props(never = "there are no sessions, so that ending them does not fail"))]
    UserSessionResetFailed,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, UsersSessionReset};
    use crate::handle::{Ask, Good, Read};
    use guestlist_domain::{
        admin::{self, NotAdmin},
        see,
        trail::Blind,
        user::Role,
    };
    use guestlist_store::{Failure, Reader};

    impl Read for UsersSessionReset {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let caller = &ask.caller;
            let no = |error| Err(Failure::Refused(error));
            match admin::of_organisation(caller, &mut Blind) {
                Err(NotAdmin::NotAnEnterprise) => return no(Error::FeatureNotEnabled),
                Err(NotAdmin::NotAnAdmin) => return no(Error::NotAnAdmin),
                Ok(()) => {}
            }
            let user = match ask.args.user {
                Some(id) => reader.user(id)?,
                None => None,
            };
            let Some(user) = user else {
                return no(Error::UserNotFound);
            };
            if !reader.look(|facts| see::same_org(facts, &caller.workspace, user.team))? {
                return no(Error::UserNotFound);
            }
            if user.bot.is_some() {
                return no(Error::CannotResetBot);
            }
            if user.role == Role::PrimaryOwner && user.id != caller.id() {
                return no(Error::CannotResetPrimaryOwner);
            }
            Ok(Reply {}.into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use crate::fixture::{Scene, person, town};
    use guestlist_domain::user::Role;
    use serde_json::json;

    const METHOD: &str = "admin.users.session.reset";

    /// Ada is the primary owner, Wes an admin.
    fn scene() -> Scene {
        let mut seed = town();
        person(&mut seed, "U0ADA").role = Role::PrimaryOwner;
        person(&mut seed, "U0WES").role = Role::Admin;
        person(&mut seed, "U0GUS").role = Role::Owner;
        Scene::of(&seed)
    }

    #[tokio::test]
    async fn refusals() {
        let row = |token, user: &str, code| (METHOD, token, json!({"user_id": user}), code);
        scene()
            .refuses(&[
                (METHOD, "ada", json!({}), "invalid_arguments"),
                (
                    METHOD,
                    "ada",
                    json!({"user_id": "U0BOB", "web_only": "perhaps"}),
                    "invalid_arguments",
                ),
                row("gus", "U0GIL", "feature_not_enabled"),
                row("bob", "U0BOB", "not_an_admin"),
                row("ada", "U0NOBODY", "user_not_found"),
                row("ada", "bob", "user_not_found"),
                row("ada", "U0GUS", "user_not_found"),
                row("ada", "U0GREET", "cannot_reset_bot"),
                row("wes", "U0ADA", "cannot_reset_primary_owner"),
            ])
            .await;
    }

    #[tokio::test]
    async fn who_may_is_answered_and_tokens_stay_good() {
        let scene = scene();
        for (token, args) in [
            ("ada", json!({"user_id": "U0BOB"})),
            ("ada", json!({"user_id": "U0WES", "mobile_only": true})),
            ("wes", json!({"user_id": "U0BOB", "web_only": 1})),
            // Themselves.
            ("ada", json!({"user_id": "U0ADA"})),
        ] {
            let answer = scene.call(token, METHOD, args.clone()).await;
            assert_eq!(answer, json!({"ok": true}), "{args}");
        }
        for token in ["ada", "bob", "wes"] {
            let owner = scene.caller(token).await;
            assert!(!owner.token.revoked, "{token}");
        }
    }
}
