//! Cursors: opaque to callers, the id at which the next page starts to us.
//! <https://docs.slack.dev/apis/web-api/pagination>

use crate::{arguments::Arguments, contract::BadArguments};
use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use std::{fmt::Display, str::FromStr};

/// The most rows on a page.
pub const MAX: usize = 1000;
/// The fewest candidates worth a query.
const LEAST_FETCH: usize = 32;

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

    /// The same for methods with a code of their own for a limit that is no number.
    pub fn read_strictly<E: Copy>(
        given: &Arguments,
        kind: &str,
        default: usize,
        invalid: E,
        invalid_limit: E,
    ) -> Result<Self, BadArguments<E>> {
        Self::read(given, kind, default, invalid).map_err(|bad| match bad {
            BadArguments::Invalid("limit", _) => BadArguments::Refused(invalid_limit),
            other => other,
        })
    }

    /// The same for methods with a code of their own for a limit that is not from 1 to [`MAX`].
    pub fn read_bounded<E: Copy>(
        given: &Arguments,
        kind: &str,
        default: usize,
        invalid: E,
        invalid_limit: E,
    ) -> Result<Self, BadArguments<E>> {
        let limit = given.integer::<E>("limit").unwrap_or_default();
        if limit.is_some_and(|limit| !(1..=MAX as i64).contains(&limit)) {
            return Err(BadArguments::Refused(invalid_limit));
        }
        Self::read_strictly(given, kind, default, invalid, invalid_limit)
    }
}

impl<T: Copy> Page<T> {
    /// Fills the page from `source`: its rows, and where the next page starts.
    ///
    /// `fetch` gets so many candidates, in order, from one on; `keep` makes a candidate a row or
    /// leaves it out. Candidates are fetched as long as the page is not full, and the next page
    /// starts at one that is kept: a cursor never names what its holder may not see.
    pub fn fill<S, C, R, E>(
        &self,
        source: &mut S,
        mut fetch: impl FnMut(&mut S, Option<T>, usize) -> Result<Vec<(T, C)>, E>,
        mut keep: impl FnMut(&mut S, C) -> Result<Option<R>, E>,
    ) -> Result<(Vec<R>, Option<T>), E> {
        let mut rows = Vec::new();
        let mut from = self.from;
        loop {
            // One for the start of the next page, and one where the next fetch begins.
            let chunk = (self.limit - rows.len() + 1).max(LEAST_FETCH);
            let mut candidates = fetch(source, from, chunk + 1)?;
            from = if candidates.len() > chunk {
                candidates.pop().map(|(id, _)| id)
            } else {
                None
            };
            for (id, candidate) in candidates {
                let Some(row) = keep(source, candidate)? else {
                    continue;
                };
                if rows.len() == self.limit {
                    return Ok((rows, Some(id)));
                }
                rows.push(row);
            }
            if from.is_none() {
                return Ok((rows, None));
            }
        }
    }
}

/// Reads a cursor; `None` when it is none that [`cursor`] wrote for the kind.
pub fn parse<T: FromStr>(text: &str, kind: &str) -> Option<T> {
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
        assert_eq!(
            read("dXNlcjpVMEc5V0ZYTlo=", "7"),
            Ok(Page {
                from: Some(id),
                limit: 7
            })
        );
        assert_eq!(
            read("", ""),
            Ok(Page {
                from: None,
                limit: 100
            })
        );
        assert_eq!(
            read("", "0"),
            Ok(Page {
                from: None,
                limit: 100
            })
        );
        assert_eq!(
            read("", "5000"),
            Ok(Page {
                from: None,
                limit: MAX
            })
        );
        for bad in ["x", "dXNlcjo=", "dGVhbTpDMDYxRkE1UEI=", "////"] {
            assert_eq!(
                read(bad, ""),
                Err(BadArguments::Refused("invalid_cursor")),
                "{bad}"
            );
        }
        assert!(matches!(
            read("", "many"),
            Err(BadArguments::Invalid("limit", _))
        ));
        let many = Arguments::from_iter([("limit", "many")]);
        let strict =
            Page::<UserId>::read_strictly(&many, "user", 100, "invalid_cursor", "invalid_limit");
        assert_eq!(strict, Err(BadArguments::Refused("invalid_limit")));
    }

    #[test]
    fn pages_are_full_whatever_is_left_out() {
        for (limit, every) in [(1, 1), (7, 3), (40, 97), (1000, 2), (5, 10_000)] {
            let (mut seen, mut from) = (Vec::new(), None);
            loop {
                let page = Page { from, limit };
                let fetch = |_: &mut (), from: Option<u32>, most: usize| {
                    Ok::<_, ()>(
                        (from.unwrap_or(0)..3000)
                            .take(most)
                            .map(|n| (n, n))
                            .collect(),
                    )
                };
                let keep = |_: &mut (), n: u32| Ok(n.is_multiple_of(every).then_some(n));
                let (rows, next) = page.fill(&mut (), fetch, keep).unwrap();
                assert!(next.is_none() || rows.len() == limit);
                assert!(next.is_none_or(|n| n.is_multiple_of(every)));
                seen.extend(rows);
                from = next;
                if from.is_none() {
                    break;
                }
            }
            assert_eq!(
                seen,
                (0..3000_u32)
                    .filter(|n| n.is_multiple_of(every))
                    .collect::<Vec<_>>(),
                "{limit} {every}"
            );
        }
    }
}
