//! Cursors: opaque to callers, the id at which the next page starts to us.
//! <https://docs.slack.dev/apis/web-api/pagination>

use crate::{arguments::Arguments, contract::BadArguments};
use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use std::{fmt::Display, str::FromStr};

/// The most rows on a page.
pub const MAX: usize = 1000;

/// Where a page starts and how many rows it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The first row, `None` for the first page.
    pub from: Option<T>,
    /// The most rows, at least 1.
    pub limit: usize,
}

/// Writes the cursor of the page that starts at `from`; `kind` is what the id is, as in `user`.
pub fn cursor(kind: &str, from: impl Display) -> String {
    STANDARD.encode(format!("{kind}:{from}"))
}

impl<T: FromStr> Page<T> {
    /// Reads `cursor` and `limit`. Limits below 1 are the default and those over [`MAX`] are
    /// [`MAX`]; a cursor that this method did not give is refused as `invalid`.
    pub fn read<E: Copy>(
        given: &Arguments,
        kind: &str,
        default: usize,
        invalid: E,
    ) -> Result<Self, BadArguments<E>> {
        let limit = match given.integer("limit")? {
            Some(limit) if limit >= 1 => usize::try_from(limit).unwrap_or(MAX).min(MAX),
            _ => default,
        };
        let from = match given.text("cursor").as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(parse(text, kind).ok_or(BadArguments::Refused(invalid))?),
        };
        Ok(Self { from, limit })
    }
}

fn parse<T: FromStr>(text: &str, kind: &str) -> Option<T> {
    let decoded = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    decoded.strip_prefix(kind)?.strip_prefix(':')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_domain::UserId;

    #[test]
    fn cursors_are_those_of_the_documentation() {
        assert_eq!(cursor("user", "U0G9WFXNZ"), "dXNlcjpVMEc5V0ZYTlo=");
    }

    #[test]
    fn pages() {
        let read = |cursor: &str, limit: &str| {
            let given = Arguments::from_iter([("cursor", cursor), ("limit", limit)]);
            Page::<UserId>::read(&given, "user", 100, "invalid_cursor")
        };
        let id: UserId = "U0G9WFXNZ".parse().unwrap();
        assert_eq!(read("dXNlcjpVMEc5V0ZYTlo=", "7"), Ok(Page { from: Some(id), limit: 7 }));
        assert_eq!(read("", ""), Ok(Page { from: None, limit: 100 }));
        assert_eq!(read("", "0"), Ok(Page { from: None, limit: 100 }));
        assert_eq!(read("", "5000"), Ok(Page { from: None, limit: MAX }));
        for bad in ["x", "dXNlcjo=", "dGVhbTpDMDYxRkE1UEI=", "////"] {
            assert_eq!(read(bad, ""), Err(BadArguments::Refused("invalid_cursor")), "{bad}");
        }
        assert!(matches!(read("", "many"), Err(BadArguments::Invalid("limit", _))));
    }
}
