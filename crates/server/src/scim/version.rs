//! The two versions of SCIM, which differ in the names of schemas, in errors, and in how a part is changed.

use super::{attributes::Object, problem::Problem};

/// A version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// SCIM 1.1, below `/scim/v1/`.
    One,
    /// SCIM 2.0, below `/scim/v2/`.
    Two,
}

/// Keys by which a body of either version names an extension.
pub(super) const EXTENSIONS: [[&str; 3]; 2] = [
    [
        "urn:scim:schemas:extension:enterprise:1.0",
        "urn:scim:schemas:extension:slack:guest:1.0",
        "urn:scim:schemas:extension:slack:profile:1.0",
    ],
    [
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:slack:guest:2.0:User",
        "urn:ietf:params:scim:schemas:extension:slack:profile:2.0:User",
    ],
];

impl Version {
    /// Its part of a path.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::One => "v1",
            Self::Two => "v2",
        }
    }

    /// The schema of people.
    pub(super) fn user(self) -> &'static str {
        match self {
            Self::One => "urn:scim:schemas:core:1.0",
            Self::Two => "urn:ietf:params:scim:schemas:core:2.0:User",
        }
    }

    /// The schema of groups.
    pub(super) fn group(self) -> &'static str {
        match self {
            Self::One => "urn:scim:schemas:core:1.0",
            Self::Two => "urn:ietf:params:scim:schemas:core:2.0:Group",
        }
    }

    /// An attribute's name without the schema of people or groups before it, written in any case: without either
    /// version's.
    pub(super) fn bare(attribute: &str) -> &str {
        let schemas = [Self::One, Self::Two].map(|one| [one.user(), one.group()]);
        let rest = |schema| after(attribute, schema)?.strip_prefix(':');
        schemas
            .into_iter()
            .flatten()
            .find_map(rest)
            .unwrap_or(attribute)
    }

    fn extension(self, which: usize) -> &'static str {
        EXTENSIONS[usize::from(self == Self::Two)][which]
    }

    /// What an enterprise says of somebody.
    pub(super) fn enterprise(self) -> &'static str {
        self.extension(0)
    }

    /// That somebody is a guest.
    pub(super) fn guest(self) -> &'static str {
        self.extension(1)
    }

    /// What else is in a profile.
    pub(super) fn profile(self) -> &'static str {
        self.extension(2)
    }

    /// Of somebody nothing is said by a key of the other version, which would be lost.
    pub(super) fn refuse_other(self, body: &Object) -> Result<(), Problem> {
        let others = EXTENSIONS[usize::from(self == Self::One)];
        match (0..).zip(others).find(|(_, urn)| body.contains_key(*urn)) {
            None => Ok(()),
            Some((which, urn)) => Err(Problem::value(format!(
                "`{urn}` is of another version: below /scim/{}/ it is `{}`",
                self.name(),
                self.extension(which)
            ))),
        }
    }

    /// The schema of lists.
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::One => "urn:scim:schemas:core:1.0",
            Self::Two => "urn:ietf:params:scim:api:messages:2.0:ListResponse",
        }
    }

    /// The schema of errors, which version 1 has none of.
    pub(super) fn error(self) -> &'static str {
        "urn:ietf:params:scim:api:messages:2.0:Error"
    }

    /// The schema of a body that changes a part.
    pub(super) fn patch(self) -> &'static str {
        match self {
            Self::One => self.user(),
            Self::Two => "urn:ietf:params:scim:api:messages:2.0:PatchOp",
        }
    }
}

/// What follows a beginning that is written in any case.
pub(super) fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start)
        .then(|| &text[start.len()..])
}
