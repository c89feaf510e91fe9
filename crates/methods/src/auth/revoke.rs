//! `auth.revoke`: ends a token.
//! <https://docs.slack.dev/reference/methods/auth.revoke>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::Scopes;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Revoke {}

impl Contract for Revoke {
    const SPEC: Spec = Spec {
        name: "auth.revoke",
        about: "Ends the token that it is called with: no later call is answered to it.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: Scopes::NONE,
        args: &[Arg::optional(
            "test",
            "boolean",
            "true",
            "Only try: the token lives on. Default `false`.",
        )],
        success: r#"{"ok": true, "revoked": true}"#,
        failure: r#"{"ok": false, "error": "invalid_auth"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            test: given.flag("test")?,
        })
    }
}

/// Whether it is meant.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    /// Only try.
    pub test: bool,
}

/// What became of the token.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Whether it is dead.
    pub revoked: bool,
}

/// Why it lives.
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
    /// This kind of token cannot be revoked so.
    #[strum(props(
        never = "every token that acts for a person or a bot here is shown as a bearer token"
    ))]
    NotBearerToken,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, Revoke};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{Change, Facts, Key, Moment, Plan, Stop};

    impl Write for Revoke {
        /// Whether the token is dead.
        type Outcome = bool;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            vec![Key::Token(ask.caller.token.team, ask.caller.token.hash)]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            _moment: &mut Moment,
        ) -> Result<Plan<bool>, Stop<Error>> {
            if ask.args.test {
                return Ok(Plan::nothing(false));
            }
            let (team, hash) = (ask.caller.token.team, ask.caller.token.hash);
            // Two calls that came together both passed authentication; one of them is enough.
            let dead = facts.token(team, hash)?.is_none_or(|token| token.revoked);
            let changes = if dead {
                Vec::new()
            } else {
                vec![Change::TokenRevoked { team, hash }]
            };
            Ok(Plan {
                changes,
                outcome: true,
            })
        }

        fn reply(_ask: &Ask<Args>, revoked: bool) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply { revoked }.into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::Revoke;
    use crate::trial::{Trial, refuses};
    use guestlist_domain::Change;
    use serde_json::json;

    #[test]
    fn refusals() {
        refuses::<Revoke>(vec![(
            "invalid_arguments",
            "U0BOB",
            json!({"test": "perhaps"}),
            |_| {},
        )]);
    }

    #[test]
    fn revoking() {
        for (args, revoked) in [
            (json!({}), true),
            (json!({"test": 0}), true),
            (json!({"test": true}), false),
        ] {
            let mut trial = Trial::of("U0BOB");
            trial.scopes(&[]);
            let done = trial.done::<Revoke>(args);
            let change = Change::TokenRevoked {
                team: trial.token.team,
                hash: trial.token.hash,
            };
            assert_eq!(done.changes, if revoked { vec![change] } else { vec![] });
            assert_eq!(
                (done.reply, done.extra_loads),
                (json!({"revoked": revoked}), 0)
            );
        }
    }

    #[test]
    fn twice_at_the_same_time_is_revoked_once() {
        let mut trial = Trial::of("U0BOB");
        trial.token.revoked = true;
        let done = trial.done::<Revoke>(json!({}));
        assert_eq!(
            (done.changes, done.reply),
            (vec![], json!({"revoked": true}))
        );
    }
}
