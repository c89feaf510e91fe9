//! Checks of single values.

use guestlist_domain::Timestamp;
use std::net::IpAddr;

/// Reads a time: RFC 3339, a date alone, or seconds since 1970 with up to six decimals.
pub fn time(text: &str) -> Result<Timestamp, &'static str> {
    const WHY: &str = "a time is written 2019-05-01T00:00:00Z, or 1556668800.000000";
    let time = if let Some(ts) = Timestamp::parse_ts(text) {
        ts
    } else {
        let midnight = if text.len() == 10 { "T00:00:00Z" } else { "" };
        let time: jiff::Timestamp = format!("{text}{midnight}").parse().map_err(|_| WHY)?;
        Timestamp(time.as_microsecond())
    };
    if time < Timestamp::default() {
        Err("a time is not before 1970")
    } else if time > Timestamp::LATEST {
        Err("a time is not after the year 5999")
    } else {
        Ok(time)
    }
}

/// Writes a time so that [`time`] reads it.
pub fn time_text(time: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(time.0).map_or_else(|_| time.ts(), |time| time.to_string())
}

/// Checks an address and gives it in lower case.
pub(super) fn email(text: &str) -> Result<String, &'static str> {
    guestlist_domain::invitation::address(text).ok_or("an e-mail address is written name@domain")
}

/// Whether it names a time zone of the IANA database.
pub(super) fn is_time_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// Checks a network in CIDR notation.
pub(super) fn network(text: &str) -> Result<(), String> {
    let Some((address, bits)) = text.split_once('/') else {
        return Err(match text.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => format!("a network is written with its length, as {text}/32"),
            Ok(IpAddr::V6(_)) => format!("a network is written with its length, as {text}/128"),
            Err(_) => "a network is written 10.0.0.0/8 or 2001:db8::/32".to_owned(),
        });
    };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return Err(format!("`{address}` is no IP address")),
    };
    match bits.parse::<u8>() {
        Ok(bits) if bits <= most => Ok(()),
        _ => Err(format!("the length of this network is 0 to {most}")),
    }
}

/// Checks a channel's name. Weaker than the rule for new names, because channels of old
/// may have, say, a point in theirs.
pub(super) fn channel_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("a channel needs a name");
    }
    if name.chars().count() > guestlist_domain::name::MAX_LEN {
        return Err("a channel's name has at most 80 characters");
    }
    if name.contains(|c: char| {
        c.is_whitespace() || c.is_control() || c.is_uppercase() || matches!(c, '#' | '@' | ',')
    }) {
        return Err("a channel's name has no capitals, spaces, `#`, `@` or commas");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, micros) in [
            ("2019-05-01T00:00:00Z", 1_556_668_800_000_000),
            ("2019-05-01", 1_556_668_800_000_000),
            ("2019-05-01T02:00:00.5+02:00", 1_556_668_800_500_000),
            ("1556668800", 1_556_668_800_000_000),
            ("1556668800.000001", 1_556_668_800_000_001),
            ("5999-12-31T23:59:59.999999Z", Timestamp::LATEST.0),
        ] {
            assert_eq!(time(text), Ok(Timestamp(micros)), "{text}");
            assert_eq!(
                time(&time_text(Timestamp(micros))),
                Ok(Timestamp(micros)),
                "{text}"
            );
        }
        for text in [
            "",
            "yesterday",
            "2019-13-01",
            "2019-05-01T00:00:00",
            "1969-12-31",
            "-1",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(email("Ada@Acme.test"), Ok("ada@acme.test".to_owned()));
        let longest = email(&format!("{}@a.test", "İ".repeat(21))).unwrap();
        assert_eq!((longest.len(), email(&longest)), (70, Ok(longest.clone())));
        for bad in [
            "",
            "ada",
            "@acme.test",
            "ada@",
            "a b@acme.test",
            "ada@acme..test",
            "ada@.test",
            "a@b@c",
            "ada@acme.test.",
            &format!("{}@a.test", "İ".repeat(120)),
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn networks() {
        for good in ["10.0.0.0/8", "0.0.0.0/0", "::1/128", "2001:db8::/32"] {
            assert_eq!(network(good), Ok(()), "{good}");
        }
        for bad in [
            "10.0.0.1",
            "::1",
            "10.0.0/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "x/8",
            "any",
            "::/129",
        ] {
            assert!(network(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names() {
        for good in ["ops", "node.js", "café_2", "日本"] {
            assert_eq!(channel_name(good), Ok(()), "{good}");
        }
        for bad in ["", "Ops", "o ps", "#ops", "a,b", &"x".repeat(81)] {
            assert!(channel_name(bad).is_err(), "{bad}");
        }
    }
}
