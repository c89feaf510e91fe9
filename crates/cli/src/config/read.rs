//! From text to values, the same for flags, variables and the file.

use super::Secret;
use crate::logs::Format;
use guestlist_domain::Timestamp;
use guestlist_methods::Limits;
use guestlist_server::{Exposure, PublicUrl, RateLimits};
use guestlist_store::world;
use std::{net::SocketAddr, str::FromStr, time::Duration};
use tracing_subscriber::filter::LevelFilter;

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric.parse().map_err(|_| {
        "an address is written 127.0.0.1:3999, [::1]:3999 or localhost:3999".to_owned()
    })
}

pub(super) fn bytes(text: &str) -> Result<usize, String> {
    let lower = text.trim().to_ascii_lowercase();
    let units = [
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("", 1),
    ];
    let (digits, unit) = units
        .iter()
        .find_map(|(name, unit)| {
            lower
                .strip_suffix(name)
                .map(|digits| (digits.trim_end(), *unit))
        })
        .unwrap_or_default();
    match digits
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
    {
        Some(bytes @ 1..) => Ok(bytes),
        _ => Err("a size is a number of bytes over 0, as 65536, 64KiB or 1MiB".to_owned()),
    }
}

/// A size, or 0 for nothing at all.
pub(super) fn bytes_or_none(text: &str) -> Result<usize, String> {
    match text.trim() {
        "0" => Ok(0),
        size => bytes(size).map_err(|_| {
            "a size is a number of bytes, as 65536, 64KiB or 1MiB; 0 is none".to_owned()
        }),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|seconds| *seconds > 0.0 && *seconds <= 3600.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a time is a number of seconds over 0 and at most 3600".to_owned())
}

pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    world::read_time(text.trim()).map_err(str::to_owned)
}

pub(super) fn seed(text: &str) -> Result<Secret, String> {
    match text.trim() {
        "" => Err("a seed is any text but none".to_owned()),
        seed => Ok(Secret(seed.to_owned())),
    }
}

pub(super) fn users_per_invite(text: &str) -> Result<usize, String> {
    const MOST: usize = Limits::MOST_USERS_PER_INVITE;
    match text.trim().parse() {
        Ok(users @ 1..=MOST) => Ok(users),
        _ => Err(format!("one call may invite from 1 to {MOST} people")),
    }
}

pub(super) fn rate_limits(text: &str) -> Result<RateLimits, String> {
    text.trim().parse().map_err(str::to_owned)
}

pub(super) fn public_url(text: &str) -> Result<PublicUrl, String> {
    text.parse().map_err(str::to_owned)
}

pub(super) fn any<T: FromStr<Err = String>>(text: &str) -> Result<T, String> {
    text.parse()
}

pub(super) fn threads(text: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(threads @ 1..=1024) => Ok(threads),
        _ => Err("the number of threads is from 1 to 1024".to_owned()),
    }
}

pub(super) fn level(text: &str) -> Result<LevelFilter, String> {
    Ok(match text.trim().to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return Err("a level is one of off, error, warn, info, debug, trace".to_owned()),
    })
}

pub(super) fn log_format(text: &str) -> Result<Format, String> {
    match text.trim() {
        "human" => Ok(Format::Human),
        "json" => Ok(Format::Json),
        _ => Err("a format is human or json".to_owned()),
    }
}

pub(super) fn exposure(text: &str) -> Result<Exposure, String> {
    match text.trim() {
        "on" => Ok(Exposure::Here),
        "off" => Ok(Exposure::Off),
        other => address(other).map(Exposure::At).map_err(|_| {
            "metrics are `on`, `off`, or at an address of their own, as 127.0.0.1:9100".to_owned()
        }),
    }
}
