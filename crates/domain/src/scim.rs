//! What identity providers say of people (SCIM) and nothing else here has a place for.
//!
//! It is kept with the person, as texts by the path of the attribute: `name.givenName`, `phoneNumbers.1.type`. What
//! has a place of its own (the handle, the address, the job, …) is not among it.

use crate::{invitation::address, name::is_of_handle};
use std::{collections::BTreeMap, fmt};

/// Attributes of somebody, by their paths.
pub type Attributes = BTreeMap<String, String>;

/// The most characters of most of them.
pub const MAX_TEXT: usize = 256;
/// The most bytes of an address on the web.
pub const MAX_URL: usize = 2048;
/// The most characters of a handle that is given by an identity provider.
pub const MAX_USER_NAME: usize = 21;

/// The id that the identity provider knows somebody by.
pub const EXTERNAL_ID: &str = "externalId";
/// The first part of somebody's name.
pub const GIVEN_NAME: &str = "name.givenName";
/// The last part of somebody's name.
pub const FAMILY_NAME: &str = "name.familyName";
/// Somebody's second e-mail address, lower case.
pub const SECOND_EMAIL: &str = "emails.1.value";

/// `false` with whoever was deactivated when their account was made, and has not been there since.
pub const ACTIVE: &str = "active";

/// Every path there is, in the order in which the attributes are shown.
pub const PATHS: [&str; 33] = [
    EXTERNAL_ID,
    ACTIVE,
    GIVEN_NAME,
    FAMILY_NAME,
    "name.honorificPrefix",
    "profileUrl",
    "userType",
    "preferredLanguage",
    "locale",
    "emails.0.type",
    SECOND_EMAIL,
    "emails.1.type",
    "photos.0.value",
    "photos.0.type",
    "addresses.0.streetAddress",
    "addresses.0.locality",
    "addresses.0.region",
    "addresses.0.postalCode",
    "addresses.0.country",
    "addresses.0.type",
    "phoneNumbers.0.value",
    "phoneNumbers.0.type",
    "phoneNumbers.1.value",
    "phoneNumbers.1.type",
    "roles.0.value",
    "roles.0.type",
    "enterprise.employeeNumber",
    "enterprise.costCenter",
    "enterprise.organization",
    "enterprise.division",
    "enterprise.department",
    "enterprise.manager.managerId",
    "profile.startDate",
];

/// Why a text cannot be an attribute's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAttribute {
    /// There is no attribute of this path.
    Unknown,
    /// There is nothing in it.
    Empty,
    /// It is longer than [`MAX_TEXT`] characters, or [`MAX_URL`] bytes.
    TooLong,
    /// A character in it cannot be seen.
    Unseen,
    /// It is no e-mail address in lower case.
    NoAddress,
    /// It is not `false`.
    NotFalse,
}

impl fmt::Display for BadAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such attribute"),
            Self::Empty => f.write_str("there is nothing in it"),
            Self::TooLong => write!(
                f,
                "it has at most {MAX_TEXT} characters, an address on the web {MAX_URL} bytes"
            ),
            Self::Unseen => f.write_str("a character in it cannot be seen"),
            Self::NotFalse => f.write_str("it is `false`, or left out"),
            Self::NoAddress => f.write_str("it is an e-mail address, name@domain, in lower case"),
        }
    }
}

/// Whether a text can be that of the attribute at a path.
pub fn check(path: &str, text: &str) -> Result<(), BadAttribute> {
    if !PATHS.contains(&path) {
        return Err(BadAttribute::Unknown);
    }
    if text.trim().is_empty() {
        return Err(BadAttribute::Empty);
    }
    if path == SECOND_EMAIL && address(text).as_deref() != Some(text) {
        return Err(BadAttribute::NoAddress);
    }
    if path == ACTIVE && text != "false" {
        return Err(BadAttribute::NotFalse);
    }
    let is_long = match path {
        "profileUrl" | "photos.0.value" => text.len() > MAX_URL,
        _ => text.chars().count() > MAX_TEXT,
    };
    if is_long {
        return Err(BadAttribute::TooLong);
    }
    // Of a street address there are several lines.
    let is_seen = |c: char| !c.is_control() || (c == '\n' && path.ends_with("streetAddress"));
    match text.chars().all(is_seen) {
        true => Ok(()),
        false => Err(BadAttribute::Unseen),
    }
}

/// About how many bytes they take.
pub(crate) fn weight(attributes: &Attributes) -> usize {
    let one = |(path, text): (&String, &String)| 2 * size_of::<String>() + path.len() + text.len();
    attributes.iter().map(one).sum()
}

/// The handle that is made of a name as an identity provider gives it: in lower case, with `_` for whatever handles do
/// not have.
pub fn handle(user_name: &str) -> String {
    let letters = user_name.trim().chars().flat_map(char::to_lowercase);
    letters
        .map(|c| if is_of_handle(c) { c } else { '_' })
        .collect()
}

/// The two parts of a full name: as they were given, if it was made of them, or the last word and what is before it.
pub fn parts(full: &str, given: &Attributes) -> (String, String) {
    let part = |path| given.get(path).map_or("", String::as_str);
    let (first, last) = (part(GIVEN_NAME), part(FAMILY_NAME));
    if joined(first, last) == full {
        return (first.to_owned(), last.to_owned());
    }
    let full = full.trim();
    match full.rsplit_once(char::is_whitespace) {
        Some((first, last)) => (first.trim_end().to_owned(), last.to_owned()),
        None => (full.to_owned(), String::new()),
    }
}

/// The full name that is made of two parts.
pub fn joined(given: &str, family: &str) -> String {
    format!("{} {}", given.trim(), family.trim())
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_made_of_names() {
        for (name, expected) in [
            ("ada", "ada"),
            (" Ada.Park ", "ada.park"),
            ("ada@acme.test", "ada_acme.test"),
            ("O'Neil x", "o_neil_x"),
            ("Zoë", "zoë"),
            ("", ""),
        ] {
            assert_eq!(handle(name), expected, "{name:?}");
        }
    }

    #[test]
    fn names_fall_into_parts() {
        let given = |first: &str, last: &str| {
            let pairs = [(GIVEN_NAME, first), (FAMILY_NAME, last)];
            pairs
                .map(|(path, text)| (path.to_owned(), text.to_owned()))
                .into()
        };
        for (full, kept, first, last) in [
            ("Ada Park", Attributes::new(), "Ada", "Park"),
            (
                "Ada van der Park",
                given("Ada", "van der Park"),
                "Ada",
                "van der Park",
            ),
            ("Ada van der Park", Attributes::new(), "Ada van der", "Park"),
            // Somebody is called something else since.
            ("Ada Lane", given("Ada", "van der Park"), "Ada", "Lane"),
            ("Ada", Attributes::new(), "Ada", ""),
            ("", Attributes::new(), "", ""),
        ] {
            let (found, rest) = parts(full, &kept);
            assert_eq!((found.as_str(), rest.as_str()), (first, last), "{full}");
        }
    }

    #[test]
    fn attributes_are_bounded() {
        let long = "é".repeat(MAX_TEXT + 1);
        for (path, text, expected) in [
            ("title", "x", Err(BadAttribute::Unknown)),
            (SECOND_EMAIL, "Ada@acme.test", Err(BadAttribute::NoAddress)),
            (SECOND_EMAIL, "ada@acme.test", Ok(())),
            (ACTIVE, "true", Err(BadAttribute::NotFalse)),
            (ACTIVE, "false", Ok(())),
            ("locale", "en-US", Ok(())),
            ("locale", " ", Err(BadAttribute::Empty)),
            ("locale", "en\nUS", Err(BadAttribute::Unseen)),
            ("addresses.0.streetAddress", "1 Road\nTown", Ok(())),
            ("locale", &long, Err(BadAttribute::TooLong)),
            ("locale", &long["é".len()..], Ok(())),
            ("photos.0.value", &long, Ok(())),
            (
                "photos.0.value",
                &long.repeat(5),
                Err(BadAttribute::TooLong),
            ),
        ] {
            assert_eq!(check(path, text), expected, "{path}");
        }
    }
}
