//! `team.externalTeams.disconnect`: ends every channel shared with another organisation.
//! <https://docs.slack.dev/reference/methods/team.externalTeams.disconnect>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{Scopes, TeamId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum ExternalTeamsDisconnect {}

impl Contract for ExternalTeamsDisconnect {
    const SPEC: Spec = Spec {
        name: "team.externalTeams.disconnect",
        about: "Ends every channel that the caller's organisation and another share, at once. What both have from a third stays.",
        verb: Verb::Post,
        json: false,
        tier: Tier::One,
        scopes: Scopes::all(&["conversations.connect:manage"]),
        args: &[Arg::required(
            "target_team",
            "team",
            "T726G27TT",
            "A workspace of the other organisation.",
        )],
        success: r#"{"ok": true, "job_enqueued": true}"#,
        failure: r#"{"ok": false, "error": "invalid_target_team"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let target = given
            .required_id("target_team")
            .map_err(|_: BadArguments<Error>| BadArguments::Refused(Error::MissingArgument))?;
        Ok(Args { target })
    }
}

/// Whom to disconnect.
#[derive(Clone, Debug)]
pub struct Args {
    /// The workspace; `None` when what was given is no workspace's id.
    pub target: Option<TeamId>,
}

/// That it is done.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Always true; nothing is left to be done later.
    pub job_enqueued: bool,
}

/// Why it stays connected.
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
    /// It has to be said whom; `arg` names the argument.
    #[strum(props(state = "no `target_team`", arg = "target_team"))]
    MissingArgument,
    /// The caller may not disconnect.
    #[strum(props(state = "a guest's token; `connect: {manage: …}` that excludes the caller"))]
    RestrictedAction,
    /// No channel is shared with that workspace.
    #[strum(props(
        state = "an unknown id, a workspace of the caller's own organisation, or one with which no channel is shared"
    ))]
    InvalidTargetTeam,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, ExternalTeamsDisconnect, Reply};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        connect::sever::{self, PartnerRefusal},
    };

    impl Write for ExternalTeamsDisconnect {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let links = |target| Key::Links(ask.caller.team(), target);
            ask.args.target.map(links).into_iter().collect()
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            sever::disconnect_party(facts, &ask.caller, ask.args.target, moment)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply { job_enqueued: true }.into())
        }
    }

    impl From<PartnerRefusal> for Error {
        fn from(refusal: PartnerRefusal) -> Self {
            match refusal {
                PartnerRefusal::Restricted => Self::RestrictedAction,
                PartnerRefusal::InvalidTarget => Self::InvalidTargetTeam,
            }
        }
    }
}
