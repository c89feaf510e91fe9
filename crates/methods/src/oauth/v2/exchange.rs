//! `oauth.v2.exchange`: makes a token that lives for ever one that is renewed.
//! <https://docs.slack.dev/reference/methods/oauth.v2.exchange>

use super::granted::GrantedObject;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::Scopes;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Exchange {}

impl Contract for Exchange {
    const SPEC: Spec = Spec {
        name: "oauth.v2.exchange",
        about: "Exchanges the token that it is called with, which lives for ever, for one that lives for twelve hours and one that renews it. The old one dies when the new one is renewed for the first time.",
        verb: Verb::Post,
        json: false,
        tier: Tier::Three,
        scopes: Scopes::NONE,
        args: &[
            Arg::required(
                "client_id",
                "string",
                "4123121235.9872358710",
                "The app's client id.",
            ),
            Arg::required(
                "client_secret",
                "string",
                "33fea0113f5b1",
                "The app's client secret.",
            ),
        ],
        success: r#"{"ok": true, "access_token": "xoxe.xoxb-1-abcdefg", "token_type": "bot", "scope": "channels:join,chat:write", "expires_in": 43200, "refresh_token": "xoxe-1-abcdefg", "bot_user_id": "U0KRQLJ9H", "app_id": "A0KRD7HC3", "team": {"id": "T9TK3CUKW", "name": "Slack Softball Team"}, "enterprise": null, "is_enterprise_install": false}"#,
        failure: r#"{"ok": false, "error": "token_rotation_not_enabled"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = GrantedObject;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            client_id: given.required("client_id")?.into_owned(),
            client_secret: given.required("client_secret")?.into_owned(),
        })
    }
}

/// Who asks.
#[derive(Clone)]
pub struct Args {
    /// The app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// Why the token stays what it is.
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
    /// What the token stands for is revoked.
    #[strum(props(never = "a revoked token is `token_revoked` before the method is asked"))]
    AuthorizationNotFound,
    /// The client secret is not the app's.
    #[strum(props(state = "another secret than the app's"))]
    BadClientSecret,
    /// No app has this client id.
    #[strum(props(state = "a client id that no app has"))]
    InvalidClientId,
    /// This token cannot be exchanged.
    #[strum(props(
        state = "a token of another app, one that expires already, or one that is neither a bot's nor a person's"
    ))]
    InvalidToken,
    /// The token was exchanged before.
    #[strum(props(state = "the app has a refresh token for the same bot or person"))]
    TokenAlreadyExchanged,
    /// The app's tokens do not expire.
    #[strum(props(state = "an app whose manifest does not have `token_rotation_enabled`"))]
    TokenRotationNotEnabled,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Exchange, GrantedObject};
    use crate::{
        credentials::{Asked, Install, proof},
        handle::Good,
    };
    use guestlist_domain::{
        Actor, Facts, Moment, Plan, Stop,
        install::{self, Granted, NotGranted},
    };

    impl Install for Exchange {
        type Outcome = Granted;

        fn decide(
            facts: &Facts,
            asked: &Asked<Args>,
            moment: &mut Moment,
        ) -> Result<(Actor, Plan<Granted>), Stop<NotGranted>> {
            let caller = asked.caller()?;
            let args = &asked.args;
            let proof = proof(&args.client_id, Some(&args.client_secret), None);
            let mint = |secret| asked.mint(secret);
            let plan = install::renewable(facts, &proof, &caller.token, &mint, moment)?;
            let actor = Actor {
                team: caller.token.team,
                user: Some(caller.id()),
                app: caller.token.app,
            };
            Ok((actor, plan))
        }

        fn code(refusal: NotGranted) -> Error {
            match refusal {
                NotGranted::InvalidClientId => Error::InvalidClientId,
                NotGranted::BadClientSecret | NotGranted::PkceNotAllowed => Error::BadClientSecret,
                NotGranted::RotationNotEnabled => Error::TokenRotationNotEnabled,
                NotGranted::AlreadyExchanged => Error::TokenAlreadyExchanged,
                // Those of codes and refresh tokens do not come.
                NotGranted::InvalidToken
                | NotGranted::OtherApp
                | NotGranted::OrgInstalled
                | NotGranted::InvalidCode
                | NotGranted::BadRedirectUri
                | NotGranted::InvalidCodeVerifier
                | NotGranted::InvalidRefreshToken => Error::InvalidToken,
            }
        }

        fn reply(asked: &Asked<Args>, granted: Granted) -> Good<GrantedObject> {
            GrantedObject::new(&granted, &asked.drawn).into()
        }
    }
}
