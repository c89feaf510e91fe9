//! Calls that have to succeed.

use crate::connector::{
    outcome::{ended, failed, refused},
    target::Target,
};
use anyhow::Result;
use guestlist_client::{Arguments, Envelope, Failure};
use serde_json::Value;

/// The body of an answer that has to be good.
pub(super) async fn ask(target: &Target, method: &str, arguments: &Arguments) -> Result<Value> {
    good(method, target.client.raw(method, arguments).await)
}

pub(super) fn good(method: &str, answer: Result<Envelope, Failure>) -> Result<Value> {
    let envelope = answer.map_err(|failure| failed(&failure))?;
    match envelope.error() {
        None => Ok(envelope.body),
        Some(code) => {
            let needed = envelope.body["needed"].as_str();
            let needed = needed
                .map(|scope| format!(" (it needs {scope})"))
                .unwrap_or_default();
            Err(ended(
                refused(code),
                format!("{method} was refused: {code}{needed}"),
            ))
        }
    }
}
