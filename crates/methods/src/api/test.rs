//! `api.test`: answers what it was asked.
//! <https://docs.slack.dev/reference/methods/api.test>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Contract, NoErrors, Spec, Tier, Verb},
};
use guestlist_domain::Scopes;
use serde::Serialize;
use serde_json::{Map, Value};

/// The method.
pub enum Test {}

impl Contract for Test {
    const SPEC: Spec = Spec {
        name: "api.test",
        about: "Checks the way there and back: answers the arguments of the call, or the error it names. Needs no token.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Four,
        scopes: Scopes::NONE,
        args: &[Arg::optional(
            "error",
            "string",
            "my_error",
            "An error code to answer with.",
        )],
        success: r#"{"ok": true, "args": {"foo": "bar"}}"#,
        failure: r#"{"ok": false, "error": "my_error", "args": {"error": "my_error"}}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Args;
    type Reply = Reply;
    type Error = NoErrors;

    fn args(given: &Arguments) -> Result<Args, BadArguments<NoErrors>> {
        let error = given
            .text("error")
            .filter(|text| !text.is_empty())
            .map(|text| text.into_owned());
        let args = given
            .iter()
            .filter(|(name, _)| *name != "token")
            .map(|(n, v)| (n.to_owned(), v.clone()))
            .collect();
        Ok(Args { error, args })
    }
}

/// Everything given, and the error to answer with.
#[derive(Debug)]
pub struct Args {
    /// The error asked for.
    pub error: Option<String>,
    /// All arguments but the token.
    pub args: Map<String, Value>,
}

/// The arguments again.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As they were given.
    pub args: Map<String, Value>,
}

/// Answers. Not a [`Plain`](crate::handle::Plain) page: the error it answers is the caller's own.
#[cfg(feature = "server")]
pub fn run(
    _caller: Option<&guestlist_domain::Caller>,
    given: &Arguments,
    _now: guestlist_domain::Timestamp,
) -> crate::handle::Answer {
    use crate::handle::{Answer, Good};
    match Test::args(given) {
        Ok(Args { error: None, args }) => Good::from(Reply { args }).into(),
        Ok(Args {
            error: Some(code),
            args,
        }) => {
            let extra = Map::from_iter([("args".to_owned(), Value::Object(args))]);
            Answer::Refused {
                code: code.into(),
                extra,
                messages: Vec::new(),
            }
        }
        Err(bad) => bad.into(),
    }
}
