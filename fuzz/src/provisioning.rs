//! What identity providers send.

use crate::first_line;
use guestlist_domain::{TeamId, Timestamp, User, user::Guest};
use guestlist_server::fuzzing;
use std::str::FromStr;

fn id<T: FromStr>(text: &str) -> T {
    let Ok(id) = text.parse() else {
        unreachable!("{text} is an id")
    };
    id
}

/// Somebody nothing is known of, a member of whom everything is, and a guest.
fn known() -> [User; 3] {
    let team: TeamId = id("T0ACME");
    let nobody = User::new(id("U0NEW"), team, "new");
    let mut member = User::new(id("U0ADA"), team, "ada");
    member.real_name = "Ada  van der Park".to_owned();
    member.email = Some("ada@acme.test".to_owned());
    member.tz = Some("Europe/Zurich".to_owned());
    for (path, text) in [
        ("externalId", "00u1"),
        ("emails.1.value", "ada@home.test"),
        ("phoneNumbers.0.value", "1"),
        ("phoneNumbers.1.value", "2"),
        ("enterprise.manager.managerId", "U0PIA"),
    ] {
        member.scim.insert(path.to_owned(), text.to_owned());
    }
    let mut guest = User::new(id("U0GUS"), team, "gus");
    guest.email = Some("gus@partner.test".to_owned());
    guest.guest = Some(Guest::SingleChannel);
    guest.expires = Some(Timestamp(1_900_000_000_123_456));
    [nobody, member, guest]
}

/// The body of a call of SCIM, whole or of a part, or on its first line a filter and the rest a body. Whoever is said
/// back as they were shown stays as they are, and all that is kept can be kept.
pub fn scim(data: &[u8]) {
    let (filter, rest) = first_line(data);
    fuzzing::scim_filter(&String::from_utf8_lossy(filter));
    for known in &known() {
        for body in [data, rest] {
            for [first, again] in fuzzing::scim(body, known) {
                assert_eq!(first, again);
                for (path, text) in &first.scim {
                    assert_eq!(guestlist_domain::scim::check(path, text), Ok(()), "{path}");
                }
                assert!(first.name == known.name || first.name.chars().count() <= 21);
            }
        }
    }
}
