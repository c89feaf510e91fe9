//! Calls that have to succeed.

use crate::connector::{
    outcome::{failed, refusal},
    target::Target,
};
use anyhow::Result;
use guestlist_client::{Arguments, Envelope, Failure};
use serde_json::Value;
use std::collections::HashSet;

/// The body of an answer that has to be good.
pub(super) async fn ask(target: &Target, method: &str, arguments: &Arguments) -> Result<Value> {
    Ok(answer(target, method, arguments).await?.body)
}

/// The same with all that came.
pub(super) async fn answer(
    target: &Target,
    method: &str,
    arguments: &Arguments,
) -> Result<Envelope> {
    good(method, target.client.raw(method, arguments).await)
}

/// The scopes of the token, as an answer tells them beside its body.
pub(super) fn scopes(answer: &Envelope) -> Option<&str> {
    answer.headers.get("x-oauth-scopes")?.to_str().ok()
}

/// The cursors of pages as they come.
#[derive(Default)]
pub(super) struct Pages(HashSet<String>);

impl Pages {
    /// Where the next page begins, if there is one. A cursor that came before would lead round
    /// and round.
    pub(super) fn next<'b>(&mut self, body: &'b Value) -> Result<Option<&'b str>> {
        let cursor = body["response_metadata"]["next_cursor"].as_str();
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
            return Ok(None);
        };
        if self.0.insert(cursor.to_owned()) {
            Ok(Some(cursor))
        } else {
            Err(failed(&Failure::Endless))
        }
    }
}

pub(super) fn good(method: &str, answer: Result<Envelope, Failure>) -> Result<Envelope> {
    let envelope = answer.map_err(|failure| failed(&failure))?;
    match envelope.error() {
        None => Ok(envelope),
        Some(_) => Err(refusal(method, &envelope.body)),
    }
}
