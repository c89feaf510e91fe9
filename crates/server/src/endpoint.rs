//! What is called and is no method: the endpoints of SCIM and of the Audit Logs. Each states by which name it is
//! counted, traced and asked why, and how often it may be called.

use crate::{audit, rate::Pace, scim};

/// Something of its own that is served beside the methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interface {
    /// Below `/scim/`.
    Scim,
    /// Below `/audit/`.
    Audit,
}

impl Interface {
    /// How its paths begin.
    fn base(self) -> &'static str {
        match self {
            Self::Scim => "/scim",
            Self::Audit => "/audit",
        }
    }

    /// What it refuses with: each code with the sentence of what it means.
    pub(crate) fn codes(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Scim => scim::codes(),
            Self::Audit => audit::codes(),
        }
    }
}

/// An endpoint with the verb by which it is called, of all versions together.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// `scim.Users.create`; of whatever is called that is no endpoint, `scim.unknown`.
    pub(crate) name: &'static str,
    /// Its path below the version, `/Users/{id}`; none where nothing is.
    pub(crate) path: Option<&'static str>,
    /// The scope that the caller's token holds; none where no token is asked for.
    pub(crate) scope: Option<&'static str>,
    /// How often it may be called: it takes from each.
    pub(crate) paces: &'static [&'static Pace],
    /// Of what it is.
    pub(crate) of: Interface,
}

impl Endpoint {
    /// Its path as one of many: of a version, with no id in it.
    pub(crate) fn route(&self, version: &str) -> Option<String> {
        Some(format!("{}/{version}{}", self.of.base(), self.path?))
    }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Endpoint> {
    scim::ENDPOINTS.iter().chain(audit::ENDPOINTS).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_methods::{doubts, find};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_nobody_elses() {
        let names: Vec<_> = all().map(|one| one.name).collect();
        assert_eq!(BTreeSet::from_iter(&names).len(), names.len());
        for one in all() {
            assert!(find(one.name).is_none(), "{}", one.name);
            let family = one.of.base().trim_start_matches('/');
            assert!(one.name.starts_with(&format!("{family}.")), "{}", one.name);
            assert_eq!(one.path.is_none(), one.name.ends_with(".unknown"));
        }
    }

    #[test]
    fn a_scope_that_is_asked_for_is_of_use() {
        for one in all() {
            let doubts = doubts::scopes(one.scope);
            assert!(doubts.is_empty(), "{}: {doubts:?}", one.name);
        }
    }

    #[test]
    fn routes_name_nobody() {
        let routes: BTreeSet<_> = all().filter_map(|one| one.route("v2")).collect();
        for route in ["/scim/v2/Users", "/scim/v2/Groups/{id}", "/audit/v2/logs"] {
            assert!(routes.contains(route), "{route}: {routes:?}");
        }
    }

    #[test]
    fn codes_are_told_once_and_with_a_sentence() {
        for interface in [Interface::Scim, Interface::Audit] {
            let codes = interface.codes();
            let once: BTreeSet<_> = codes.iter().map(|(code, _)| code).collect();
            assert_eq!(once.len(), codes.len(), "{codes:?}");
            for (code, sentence) in codes {
                assert!(
                    sentence.ends_with('.') && !sentence.starts_with(' '),
                    "{code}"
                );
            }
        }
    }
}
