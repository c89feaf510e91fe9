//! `guestlist clock`, with a server that has the store open and without.

use crate::{Server, directory, failure, json, text};

#[test]
fn the_clock_is_told_and_moved_and_stays_moved() {
    let place = directory();
    let path = place.path();
    let server = Server::start(path, &[]);
    let now = || {
        json(path, &["clock", "--json"])["ts"]
            .as_str()
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    let before = now();
    text(path, &["clock", "--by", "14d"]);
    let later = now() - before;
    assert!((1_209_600.0..1_209_700.0).contains(&later), "{later}");
    assert_eq!(server.stop().0, Some(0));
    // The same without a server.
    text(path, &["clock", "--by=-14d"]);
    let back = now() - before;
    assert!((0.0..100.0).contains(&back), "{back}");
    let told = text(path, &["clock", "--to", "2040-01-01T00:00:00Z"]);
    assert!(told.starts_with("2040-01-01T00:00:0"), "{told}");
    let told = text(path, &["clock", "--to", "2040-01-01"]);
    assert!(told.starts_with("2040-01-01T00:00:0"), "{told}");
    let server = Server::start(path, &[]);
    assert!(text(path, &["clock"]).starts_with("2040-01-01T00:0"));
    for (args, code, why) in [
        (&["clock", "--by", "14"][..], 2, "written as 90s"),
        (&["clock", "--by", "400000d"], 1, "at most"),
        (&["clock", "--to", "tomorrow"], 2, "or 2030-01-01"),
        (&["clock", "--to", "6001-01-01T00:00:00Z"], 1, "at most"),
    ] {
        let (found, error) = failure(path, args);
        assert!(found == code && error.contains(why), "{found}: {error}");
    }
    assert_eq!(server.stop().0, Some(0));
}
