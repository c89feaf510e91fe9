//! How a call ended, as an exit code and a sentence.

use crate::{
    exit::Ended,
    output::{self, NobodyReads},
};
use anyhow::{Error, Result};
use guestlist_client::Failure;
use http::StatusCode;
use serde_json::{Map, Value};

pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0   ok
  1   failed here; stderr says what and where
  2   the command line is wrong
  4   refused: the answer says why
  5   called too often, and waiting or trying any longer was not allowed
  6   refused for the token, or there is none
  7   not reached: nothing was sent
  8   no answer, or one that does not tell: it may have been carried out
  10  there is no such method
  11  an argument is missing; nothing was sent
  12  the parameters cannot be read; nothing was sent
  13  the answer is no JSON object with `ok`, or its pages have no end;
      where it may have been carried out, stderr says so
  14  the answer is a redirect
  15  the server's certificate does not verify; nothing was sent
  16  the answer was cut short: it may have been carried out, unless the status
      is 4xx
  130, 143  invite was stopped by SIGINT or SIGTERM";

pub(super) const REFUSED: u8 = 4;
pub(super) const RATE_LIMITED: u8 = 5;
pub(super) const AUTH: u8 = 6;
pub(super) const NOT_REACHED: u8 = 7;
pub(super) const NO_ANSWER: u8 = 8;
pub(super) const UNKNOWN_METHOD: u8 = 10;
pub(super) const MISSING_ARGUMENT: u8 = 11;
pub(super) const PARAMETERS: u8 = 12;
pub(super) const NOT_JSON: u8 = 13;
pub(super) const REDIRECT: u8 = 14;
pub(super) const CERTIFICATE: u8 = 15;
pub(super) const CUT: u8 = 16;

/// Codes that speak of the token rather than of what was asked.
const OF_THE_TOKEN: [&str; 13] = [
    "accesslimited",
    "account_inactive",
    "enterprise_is_restricted",
    "invalid_auth",
    "is_bot",
    "missing_scope",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "team_access_not_granted",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
];

/// An end with something to say. What a server said may be in it.
pub(super) fn ended(code: u8, said: impl AsRef<str>) -> Error {
    refusing(code, said.as_ref(), Map::new())
}

fn refusing(code: u8, said: &str, refused: Map<String, Value>) -> Error {
    Ended {
        code,
        said: output::plain(said),
        refused,
    }
    .into()
}

fn naming(code: &str) -> Map<String, Value> {
    Map::from_iter([("code".to_owned(), code.into())])
}

/// The end of a call that was refused; `body` is the answer's. What it tells beside the code is told, too:
/// the scope that is missing, or which argument is wrong.
pub(super) fn refusal(method: &str, body: &Value) -> Error {
    refusal_said(&format!("{method} was refused"), body)
}

/// The same of a refusal that is said in other words.
pub(super) fn refusal_said(said: &str, body: &Value) -> Error {
    let code = body["error"].as_str().unwrap_or("unknown");
    let mut told = naming(code);
    let mut more = Vec::new();
    for (field, words) in [("needed", "it needs"), ("provided", "the token has")] {
        if let Some(scopes) = body[field].as_str() {
            told.insert(field.to_owned(), scopes.into());
            more.push(format!("{words} {scopes}"));
        }
    }
    let messages = body["response_metadata"]["messages"].as_array();
    let messages = messages.into_iter().flatten().filter_map(Value::as_str);
    let messages: Vec<&str> = messages.collect();
    if !messages.is_empty() {
        more.extend(messages.iter().map(|message| (*message).to_owned()));
        told.insert("messages".to_owned(), messages.into());
    }
    let more = match more.as_slice() {
        [] => String::new(),
        more => format!(" ({})", more.join("; ")),
    };
    let said = format!("{said}: {code}{more}");
    refusing(refused(code), &said, told)
}

/// The end of a command that printed what it came to. How a call ended counts more than that
/// nobody reads of it, or that it cannot be written.
pub(super) fn after(printed: Result<()>, end: Result<()>) -> Result<()> {
    let Err(end) = end else { return printed };
    if let Err(error) = printed
        && !error.is::<NobodyReads>()
    {
        output::note(&format!("guestlist: {error:#}"));
    }
    Err(end)
}

/// The end of a call without an answer.
pub(super) fn failed(failure: &Failure) -> Error {
    let mut said = failure.chain();
    let code = match failure {
        Failure::RateLimited { .. } => RATE_LIMITED,
        Failure::Certificate { .. } => {
            said.push_str(certificate_hint(&said));
            CERTIFICATE
        }
        Failure::Proxy { status, .. } => {
            if *status == Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED) {
                said.push_str("; --proxy http://USER:PASSWORD@HOST:PORT says who asks");
            }
            NOT_REACHED
        }
        Failure::Redirect { .. } => REDIRECT,
        Failure::NotJson { .. } | Failure::Packed { .. } | Failure::TooLarge | Failure::Endless => {
            NOT_JSON
        }
        Failure::Cut { .. } => CUT,
        failure if failure.nothing_sent() => NOT_REACHED,
        _ => NO_ANSWER,
    };
    if failure.is_uncertain() {
        said.push_str(NOT_KNOWN);
    }
    let refused = match failure {
        Failure::RateLimited { .. } => naming("ratelimited"),
        _ => Map::new(),
    };
    refusing(code, &said, refused)
}

/// What to do about a certificate that does not verify.
fn certificate_hint(why: &str) -> &'static str {
    // A certificate that vouches for itself, as openssl makes it unless told otherwise. Trusting it does
    // not help.
    if why.contains("CaUsedAsEndEntity") {
        "; it is a CA's own certificate, which no server may show: make one with \
         basicConstraints=CA:FALSE and trust it with --ca, or have one signed by a CA and trust that"
    } else {
        "; --ca names a certificate to trust"
    }
}

const NOT_KNOWN: &str = "; it is not known whether the call was carried out";

/// The end of an invitation that was not made, since this would be its answer.
pub(super) fn would_be_refused(body: &Value) -> Error {
    refusal_said("conversations.invite would be refused", body)
}

/// The end of a call whose answer leaves open what was done.
pub(super) fn not_known(method: &str, code: &str) -> Error {
    let said = format!("{method} answered {code}{NOT_KNOWN}");
    refusing(NO_ANSWER, &said, naming(code))
}

/// Whether a call was refused with this code.
pub(super) fn is_refusal(error: &Error, code: &str) -> bool {
    let ended: Option<&Ended> = error.downcast_ref();
    ended.is_some_and(|ended| ended.refused.get("code").is_some_and(|of| of == code))
}

/// The same end with more to say.
pub(super) fn and(error: Error, more: &str) -> Error {
    match error.downcast::<Ended>() {
        Ok(Ended {
            code,
            said,
            refused,
        }) => refusing(code, &(said + more), refused),
        Err(other) => other,
    }
}

/// The exit code of a refusal.
pub(super) fn refused(code: &str) -> u8 {
    match code {
        "unknown_method" => UNKNOWN_METHOD,
        code if OF_THE_TOKEN.contains(&code) => AUTH,
        _ => REFUSED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Arc, time::Duration};

    #[test]
    fn every_end_has_its_code() {
        let source = || Arc::new(std::io::Error::other("why"));
        for (failure, code, words) in [
            (
                Failure::Unreachable {
                    address: "a:1".into(),
                    source: source(),
                },
                NOT_REACHED,
                "a:1 cannot be reached: why",
            ),
            (
                Failure::Certificate {
                    host: "a".into(),
                    source: source(),
                },
                CERTIFICATE,
                "the certificate of a does not verify: why; --ca names a certificate to trust",
            ),
            (
                Failure::Certificate {
                    host: "a".into(),
                    source: Arc::new(std::io::Error::other("Other(CaUsedAsEndEntity)")),
                },
                CERTIFICATE,
                "the certificate of a does not verify: Other(CaUsedAsEndEntity); it is a CA's own certificate, which no server may show: make one with basicConstraints=CA:FALSE and trust it with --ca, or have one signed by a CA and trust that",
            ),
            (
                Failure::Proxy {
                    address: "p:1".into(),
                    target: "a:1".into(),
                    status: Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED),
                    source: source(),
                },
                NOT_REACHED,
                "the proxy p:1 does not connect to a:1: why; --proxy http://USER:PASSWORD@HOST:PORT says who asks",
            ),
            (
                Failure::TimedOut(Duration::from_secs(10)),
                NO_ANSWER,
                "no answer within 10 s; it is not known whether the call was carried out",
            ),
            (
                Failure::Cut {
                    status: StatusCode::OK,
                    received: 3,
                    announced: Some(9),
                    source: source(),
                },
                CUT,
                "the answer was cut short: 3 bytes of its body came of 9 announced: why; it is not known whether the call was carried out",
            ),
            (
                Failure::RateLimited {
                    wait: Duration::from_secs(40),
                    tries: None,
                },
                RATE_LIMITED,
                "called too often: the next call may come in 40 s, later than this one may wait",
            ),
            (
                Failure::RateLimited {
                    wait: Duration::ZERO,
                    tries: Some(5),
                },
                RATE_LIMITED,
                "called too often: the next call may come in 0 s, and this one was tried 5 times, as often as it may",
            ),
            (
                Failure::NotJson {
                    status: StatusCode::GATEWAY_TIMEOUT,
                    content_type: None,
                    beginning: "<h1>".into(),
                },
                NOT_JSON,
                "the answer (status 504 Gateway Timeout) is no JSON object with `ok`; it begins \"<h1>\"; it is not known whether the call was carried out",
            ),
            (
                Failure::NotJson {
                    status: StatusCode::FORBIDDEN,
                    content_type: None,
                    beginning: "<h1>".into(),
                },
                NOT_JSON,
                "the answer (status 403 Forbidden) is no JSON object with `ok`; it begins \"<h1>\"",
            ),
        ] {
            let error = failed(&failure);
            let ended: &Ended = error.downcast_ref().unwrap();
            assert_eq!((ended.code, ended.said.as_str()), (code, words));
        }
        for (code, expected) in [
            ("not_in_channel", REFUSED),
            ("token_expired", AUTH),
            ("unknown_method", UNKNOWN_METHOD),
            ("never_heard_of", REFUSED),
        ] {
            assert_eq!(refused(code), expected);
        }
    }
}
