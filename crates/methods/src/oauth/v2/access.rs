//! `oauth.v2.access`: makes tokens of a code, or renews tokens.
//! <https://docs.slack.dev/reference/methods/oauth.v2.access>

use super::granted::GrantedObject;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::Scopes;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Access {}

impl Contract for Access {
    const SPEC: Spec = Spec {
        name: "oauth.v2.access",
        about: "Exchanges the code that a person's consent was answered with for tokens, or a refresh token for a new token. Needs no token, but the app's client id and secret, best as HTTP Basic authentication.",
        verb: Verb::Post,
        json: false,
        tier: Tier::Special(100),
        scopes: Scopes::NONE,
        args: &[
            Arg::optional(
                "client_id",
                "string",
                "4724469134.4644010092847",
                "The app's client id, unless it comes as the name of HTTP Basic authentication.",
            ),
            Arg::optional(
                "client_secret",
                "string",
                "33fea0113f5b1",
                "The app's client secret, unless it comes as the password of HTTP Basic authentication.",
            ),
            Arg::optional(
                "code",
                "string",
                "4724469134.4644010092847.232b4e6d82c3",
                "The code that came back to `redirect_uri`. Good once, for ten minutes.",
            ),
            Arg::optional(
                "code_verifier",
                "string",
                "secret12345",
                "The verifier whose challenge came with the request for consent (PKCE); then the secret is not needed.",
            ),
            Arg::optional(
                "grant_type",
                "string",
                "authorization_code",
                "`authorization_code` or `refresh_token`. Default `authorization_code`.",
            ),
            Arg::optional(
                "redirect_uri",
                "string",
                "https://example.com/slack",
                "The same as in the request for consent, if there was one.",
            ),
            Arg::optional(
                "refresh_token",
                "string",
                "xoxe-1-abcdefg",
                "With `grant_type=refresh_token`: what came with the token that is to be renewed.",
            ),
        ],
        success: r#"{"ok": true, "access_token": "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy", "token_type": "bot", "scope": "channels:join,chat:write", "bot_user_id": "U0KRQLJ9H", "app_id": "A0KRD7HC3", "team": {"id": "T9TK3CUKW", "name": "Slack Softball Team"}, "enterprise": null, "is_enterprise_install": false, "authed_user": {"id": "U1234"}}"#,
        failure: r#"{"ok": false, "error": "invalid_client_id"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = GrantedObject;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let text = |name: &str| {
            let text = given.text(name).map(|text| text.trim().to_owned());
            text.filter(|text| !text.is_empty())
        };
        let grant = match text("grant_type").as_deref() {
            None | Some("authorization_code") => Grant::Code {
                code: text("code").unwrap_or_default(),
                redirect_uri: text("redirect_uri"),
            },
            Some("refresh_token") => Grant::Refresh {
                token: text("refresh_token").unwrap_or_default(),
            },
            Some(_) => return Err(BadArguments::Refused(Error::InvalidGrantType)),
        };
        Ok(Args {
            client_id: text("client_id").unwrap_or_default(),
            client_secret: text("client_secret"),
            code_verifier: text("code_verifier"),
            grant,
        })
    }
}

/// Who asks, and for what.
#[derive(Clone)]
pub struct Args {
    /// The app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<String>,
    /// What it may show instead.
    pub code_verifier: Option<String>,
    /// What is exchanged.
    pub grant: Grant,
}

/// What is exchanged.
#[derive(Clone)]
pub enum Grant {
    /// A code.
    Code {
        /// Its text.
        code: String,
        /// Where it came to.
        redirect_uri: Option<String>,
    },
    /// A refresh token.
    Refresh {
        /// Its text.
        token: String,
    },
}

/// Why there are no tokens.
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
    /// The client secret is not the app's.
    #[strum(props(
        state = "another secret than the app's, or none and no `code_verifier` to go with a challenge"
    ))]
    BadClientSecret,
    /// The redirect URL is not the one that the code was asked for with.
    #[strum(props(
        state = "`redirect_uri` differs from that of the request for consent, or only one of the two has one"
    ))]
    BadRedirectUri,
    /// The app is installed across the organisation and cannot be installed in one workspace.
    #[strum(props(
        state = "the code of a workspace, and by now the app holds tokens for the workspace's whole organisation"
    ))]
    CannotInstallAnOrgInstalledApp,
    /// No app has this client id.
    #[strum(props(state = "a client id that no app has, or none"))]
    InvalidClientId,
    /// The code is good for nothing.
    #[strum(props(
        state = "a code that is unknown, another app's, used, or older than ten minutes; or whose person or workspace is gone by now"
    ))]
    InvalidCode,
    /// There is no such kind of grant.
    #[strum(props(state = "a `grant_type` other than `authorization_code` and `refresh_token`"))]
    InvalidGrantType,
    /// The refresh token is good for nothing.
    #[strum(props(
        state = "a refresh token that is unknown, another app's, revoked, expired, or used more than a minute ago"
    ))]
    InvalidRefreshToken,
    /// No scopes were asked for.
    #[strum(props(never = "the page that asks for consent gives no code without scopes"))]
    NoScopes,
    /// The consent was asked for at another address than `/oauth/v2/authorize`.
    #[strum(props(never = "there is no other address"))]
    OauthAuthorizationUrlMismatch,
    /// This is not yet for everybody.
    #[strum(props(never = "nothing here is a preview for some"))]
    PreviewFeatureNotAvailable,
    /// The person has not confirmed their address.
    #[strum(props(never = "addresses come from the world and count as confirmed"))]
    UserEmailUnverified,
    /// The app may not use PKCE.
    #[strum(props(
        state = "a `code_verifier` from an app whose manifest does not have `pkce_enabled`"
    ))]
    PkceNotAllowed,
    /// The verifier does not go with the challenge.
    #[strum(props(
        state = "a `code_verifier` whose SHA-256 is not the `code_challenge` of the request for consent, or only one of the two"
    ))]
    InvalidCodeVerifier,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Access, Args, Error, Grant, GrantedObject};
    use crate::{
        credentials::{Asked, Install, proof},
        handle::Good,
    };
    use guestlist_domain::{
        Actor, Facts, Moment, Plan, Stop,
        install::{self, Granted, NotGranted},
    };
    use guestlist_store::world::token_hash;

    impl Install for Access {
        type Outcome = Granted;

        fn decide(
            facts: &Facts,
            asked: &Asked<Args>,
            moment: &mut Moment,
        ) -> Result<(Actor, Plan<Granted>), Stop<NotGranted>> {
            let args = &asked.args;
            let proof = proof(
                &args.client_id,
                args.client_secret.as_deref(),
                args.code_verifier.as_deref(),
            );
            let mint = |secret| asked.mint(secret);
            let plan = match &args.grant {
                Grant::Code { code, redirect_uri } => {
                    let redirect_uri = redirect_uri.as_deref();
                    install::exchange(facts, &proof, token_hash(code), redirect_uri, &mint, moment)
                }
                Grant::Refresh { token } => {
                    install::refresh(facts, &proof, token_hash(token), &mint, moment)
                }
            }?;
            let actor = Actor {
                team: plan.outcome.workspace.id,
                user: plan.outcome.user,
                app: Some(plan.outcome.app),
            };
            Ok((actor, plan))
        }

        fn code(refusal: NotGranted) -> Error {
            match refusal {
                NotGranted::InvalidClientId => Error::InvalidClientId,
                NotGranted::BadClientSecret => Error::BadClientSecret,
                NotGranted::InvalidCode => Error::InvalidCode,
                NotGranted::BadRedirectUri => Error::BadRedirectUri,
                NotGranted::PkceNotAllowed => Error::PkceNotAllowed,
                NotGranted::InvalidCodeVerifier => Error::InvalidCodeVerifier,
                NotGranted::OrgInstalled => Error::CannotInstallAnOrgInstalledApp,
                // The others are answers to a token that is exchanged, which this is not.
                NotGranted::InvalidRefreshToken
                | NotGranted::RotationNotEnabled
                | NotGranted::InvalidToken
                | NotGranted::AlreadyExchanged
                | NotGranted::OtherApp => Error::InvalidRefreshToken,
            }
        }

        fn reply(asked: &Asked<Args>, granted: Granted) -> Good<GrantedObject> {
            GrantedObject::new(&granted, &asked.drawn).into()
        }
    }
}
