//! `apps.uninstall`: takes an app out of a workspace.
//! <https://docs.slack.dev/reference/methods/apps.uninstall>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::Scopes;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Uninstall {}

impl Contract for Uninstall {
    const SPEC: Spec = Spec {
        name: "apps.uninstall",
        about: "Takes the app out of the workspace that the token is of: all its tokens there die, and its bot is gone from the workspace and its channels.",
        verb: Verb::Post,
        json: false,
        tier: Tier::One,
        scopes: Scopes::NONE,
        args: &[
            Arg::required(
                "client_id",
                "string",
                "56579136444.26251006572",
                "The app's client id.",
            ),
            Arg::required(
                "client_secret",
                "string",
                "f25b5ceaf8a3c",
                "The app's client secret.",
            ),
        ],
        success: r#"{"ok": true, "uninstalled": true}"#,
        failure: r#"{"ok": false, "error": "client_id_token_mismatch"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            client_id: given.required("client_id")?.into_owned(),
            client_secret: given.required("client_secret")?.into_owned(),
        })
    }
}

/// Which app.
#[derive(Clone)]
pub struct Args {
    /// The app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// The app is gone.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Always `true`.
    pub uninstalled: bool,
}

/// Why the app stays.
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
    #[strum(props(state = "another secret than the app's"))]
    BadClientSecret,
    /// The client id and the token are of two apps.
    #[strum(props(state = "a token of another app, or of none"))]
    ClientIdTokenMismatch,
    /// No app has this client id.
    #[strum(props(state = "a client id that no app has"))]
    InvalidClientId,
    /// The bot may not do this.
    #[strum(props(never = "a bot may take its own app out"))]
    NoPermission,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, Uninstall};
    use crate::{
        credentials::{Asked, Install, proof},
        handle::Good,
    };
    use guestlist_domain::{
        Actor, Facts, Moment, Plan, Stop,
        install::{self, NotGranted},
    };

    impl Install for Uninstall {
        type Outcome = ();

        fn decide(
            facts: &Facts,
            asked: &Asked<Args>,
            moment: &mut Moment,
        ) -> Result<(Actor, Plan<()>), Stop<NotGranted>> {
            let caller = asked.caller()?;
            let args = &asked.args;
            let proof = proof(&args.client_id, Some(&args.client_secret), None);
            let (app, _) = install::prove(facts, &proof)?;
            if caller.token.app != Some(app.id) {
                return Err(Stop::Refused(NotGranted::OtherApp));
            }
            let team = caller.token.team;
            let place = install::place_of(facts, &caller.token)?;
            let changes = install::uninstall(facts, app.id, place, moment)?;
            let actor = Actor {
                team,
                user: Some(caller.id()),
                app: Some(app.id),
            };
            Ok((
                actor,
                Plan {
                    changes,
                    outcome: (),
                },
            ))
        }

        fn code(refusal: NotGranted) -> Error {
            match refusal {
                NotGranted::InvalidClientId => Error::InvalidClientId,
                NotGranted::BadClientSecret | NotGranted::PkceNotAllowed => Error::BadClientSecret,
                // Those of codes and tokens that are exchanged do not come.
                NotGranted::OtherApp
                | NotGranted::InvalidToken
                | NotGranted::AlreadyExchanged
                | NotGranted::RotationNotEnabled
                | NotGranted::InvalidCode
                | NotGranted::BadRedirectUri
                | NotGranted::InvalidCodeVerifier
                | NotGranted::OrgInstalled
                | NotGranted::InvalidRefreshToken => Error::ClientIdTokenMismatch,
            }
        }

        fn reply(_asked: &Asked<Args>, (): ()) -> Good<Reply> {
            Reply { uninstalled: true }.into()
        }
    }
}
