//! How the program ends.

use crate::{control_client::Refusal, output};
use anyhow::Error;
use guestlist_server::control::Problem;
use guestlist_store::StoreError;
use serde_json::{Map, Value};
use std::{fmt, process::ExitCode};

/// The command line or a setting is wrong: code 2.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// How a call of a method ended, with the code of its kind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: u8,
    /// What is to be said; nothing when it was told already.
    pub(crate) said: String,
    /// The code of a refusal and what the answer says with it, for programs.
    pub(crate) refused: Map<String, Value>,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl std::error::Error for Ended {}

/// What went wrong was told already.
#[derive(Debug)]
pub(crate) struct Told;

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl std::error::Error for Told {}

/// Tells what went wrong, and with which code to end.
pub(crate) fn code(result: Result<(), Error>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    if error.is::<output::NobodyReads>() {
        return ExitCode::SUCCESS;
    }
    let number = number(&error);
    let told = error
        .downcast_ref()
        .is_some_and(|ended: &Ended| ended.said.is_empty());
    if !error.is::<Told>() && !told {
        let hint = if error
            .chain()
            .any(|cause| cause.downcast_ref().is_some_and(is_held))
        {
            "; stop that one first, or name another directory"
        } else {
            ""
        };
        let refusal = refusal(&error).map_or_else(String::new, |code| format!(" [{code}]"));
        output::note(&format!("guestlist: {error:#}{refusal}{hint}"));
    }
    ExitCode::from(number)
}

/// The code of what the control interface refused, here or at a server.
fn refusal(error: &Error) -> Option<&str> {
    error.chain().find_map(|cause| {
        let here = cause.downcast_ref().map(|problem: &Problem| problem.code);
        here.or_else(|| Some(cause.downcast_ref::<Refusal>()?.code.as_str()))
    })
}

/// Another guestlist has the store open.
const HELD: u8 = 3;

/// Whether another guestlist holds the data directory.
fn is_held(cause: &StoreError) -> bool {
    matches!(cause, StoreError::Held { .. })
}

/// The code that an error ends with.
pub(crate) fn number(error: &Error) -> u8 {
    let held = |cause: &StoreError| is_held(cause) || matches!(cause, StoreError::Served { .. });
    if let Some(ended) = error.downcast_ref::<Ended>() {
        ended.code
    } else if error.is::<Usage>() {
        2
    } else if error
        .chain()
        .any(|cause| cause.downcast_ref().is_some_and(held))
    {
        HELD
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn causes_tell_the_code() {
        let held = || StoreError::Held {
            path: "data".into(),
            process: "7".to_owned(),
            address: None,
            store: None,
        };
        assert_eq!(
            number(&Err::<(), _>(held()).context("cannot open").unwrap_err()),
            3
        );
        let served = StoreError::Served {
            place: "postgres://localhost/acme".to_owned(),
            writers: 2,
        };
        assert_eq!(number(&served.into()), 3);
        assert_eq!(number(&Error::new(Usage(String::new()))), 2);
        assert_eq!(number(&anyhow::anyhow!("else")), 1);
    }
}
