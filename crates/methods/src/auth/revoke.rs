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
        about: "Ends the token that it is called with, and with it all that was allowed by the same consent: the app's other tokens for the same person or bot. A bot is gone from the workspace. Of an app with token rotation only the token itself dies.",
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
    const READS: bool = false;
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
    use guestlist_domain::{Facts, Key, Moment, Plan, Stop, Watch, install};

    impl Write for Revoke {
        /// Whether the token is dead.
        type Outcome = bool;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            vec![Key::Token(ask.caller.token.team, ask.caller.token.hash)]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<bool>, Stop<Error>> {
            if ask.args.test {
                return Ok(Plan::nothing(false));
            }
            let (team, hash) = (ask.caller.token.team, ask.caller.token.hash);
            // Two calls that came together both passed authentication; one of them is enough.
            let token = facts.token(team, hash)?.filter(|token| !token.revoked);
            let changes = match token {
                Some(token) => install::revoke(facts, token, moment)?,
                None => Vec::new(),
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
    fn a_bot_is_gone_with_its_tokens() {
        let mut trial = Trial::of("U0GREET");
        trial.scopes(&[]);
        let done = trial.done::<Revoke>(json!({}));
        let told: Vec<String> = done.changes.iter().map(named).collect();
        // It stays as long as it acts for the organisation, too.
        let alone = [
            "token_revoked",
            "token_revoked",
            "deauthorized",
            "uninstalled",
        ];
        assert_eq!(told, alone);
        trial.seed.tokens.retain(|token| !token.is_org_wide());
        let done = trial.done::<Revoke>(json!({}));
        let told: Vec<String> = done.changes.iter().map(named).collect();
        assert_eq!(
            told,
            [
                // Its token of the world, and the one that it is called with.
                "token_revoked",
                "token_revoked",
                "deauthorized",
                "dropped C0SECRET",
                "dropped C0SHARED",
                "dropped C0GENERAL",
                "user_edited",
                "uninstalled"
            ]
        );
    }

    fn named(change: &Change) -> String {
        if let Change::Dropped { channel, .. } = change {
            return format!("dropped {channel}");
        }
        let value = serde_json::to_value(change).unwrap();
        value.as_object().unwrap().keys().next().unwrap().clone()
    }

    #[test]
    fn a_person_takes_back_what_they_allowed_and_the_bot_stays() {
        let mut trial = Trial::of("U0BOB");
        trial.token.app = Some(crate::fixture::id("A0GREET"));
        let done = trial.done::<Revoke>(json!({}));
        let told: Vec<String> = done.changes.iter().map(named).collect();
        assert_eq!(told, ["token_revoked", "deauthorized"]);
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
