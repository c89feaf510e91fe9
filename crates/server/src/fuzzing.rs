//! What the fuzz targets call and nobody else: the ways in for what strangers send, without a
//! connection.

use crate::{Settings, answer, authenticate, gzip, scim, wire};
use futures_util::FutureExt;
use guestlist_domain::User;
use guestlist_methods::{
    Arguments,
    common::{Common, Warning},
    handle::Answer,
};
use http::{HeaderMap, Method, Uri};

/// A call as it was read.
#[derive(Debug)]
pub struct Call {
    /// The arguments, without the token.
    pub arguments: Arguments,
    /// The token given as an argument.
    pub token: Option<String>,
    /// What the body's type deserves to be told.
    pub warning: Option<Warning>,
}

/// Reads a call. Everything is there, so nothing may be waited for.
pub fn decode(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    settings: &Settings,
) -> Result<Call, (Common, Option<Warning>)> {
    let decoded = wire::decode(method, uri, headers, body, settings)
        .now_or_never()
        .expect("a body that is there is read without waiting")?;
    Ok(Call {
        arguments: decoded.arguments,
        token: decoded.token,
        warning: decoded.warning,
    })
}

/// The token of a call.
pub fn token<'a>(headers: &'a HeaderMap, argument: Option<&'a str>) -> Option<&'a str> {
    authenticate::token(headers, argument)
}

/// Unpacks a body to at most `limit` bytes; `None` when it is broken or holds more.
pub fn unpack(body: &[u8], limit: usize) -> Option<Vec<u8>> {
    gzip::decompress(body, limit).ok()
}

/// Packs an answer.
pub fn pack(body: &[u8]) -> Vec<u8> {
    gzip::compress(body)
}

/// What a body of SCIM makes of somebody, in each way in which it can be meant; and then once more, when that is said
/// back.
pub fn scim(body: &[u8], known: &User) -> Vec<[User; 2]> {
    scim::told(body, known)
}

/// Reads a filter of SCIM over people.
pub fn scim_filter(text: &str) {
    scim::read_filter(text);
}

/// The body of an answer.
pub fn body(answer: &Answer, warning: Option<Warning>) -> Vec<u8> {
    answer::body(answer, warning)
}
