//! Where a Redis is, as an operator writes it.

use crate::settings::credentials;
use http::Uri;
use std::{fmt, path::PathBuf, str::FromStr};

/// What keys begin with when nothing else is said.
const PREFIX: &str = "guestlist";

/// A Redis or Valkey server, as `redis://user:password@host:6379/0?prefix=acme`.
#[derive(Clone, PartialEq, Eq)]
pub struct Redis {
    /// All of the way is encrypted.
    pub(super) tls: bool,
    /// Whom to trust instead of those the system does.
    pub(super) trusted: Option<PathBuf>,
    pub(super) host: String,
    pub(super) port: u16,
    /// The user may be empty.
    pub(super) credentials: Option<(String, String)>,
    pub(super) database: i64,
    /// What keys begin with. Servers with the same count together.
    pub(super) prefix: String,
}

impl FromStr for Redis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            "the place where calls are counted is written redis://user:password@host:6379/0?prefix=name, \
             or rediss://… with TLS (and sslrootcert=FILE)"
                .to_owned()
        };
        let uri: Uri = text.trim().parse().map_err(|_| form())?;
        let tls = match uri.scheme_str() {
            Some("redis") => false,
            Some("rediss") => true,
            _ => return Err(form()),
        };
        let authority = uri.authority().ok_or_else(form)?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(form());
        }
        let database = match uri.path().trim_matches('/') {
            "" => 0,
            number => number
                .parse::<u16>()
                .map_err(|_| "the database of a Redis is a number, as in redis://host:6379/0")?
                .into(),
        };
        let mut this = Self {
            tls,
            trusted: None,
            host,
            port: authority.port_u16().unwrap_or(6379),
            credentials: credentials(authority).ok_or_else(form)?,
            database,
            prefix: PREFIX.to_owned(),
        };
        let query = uri.query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "prefix" if !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic()) => {
                    this.prefix = value.into_owned();
                }
                "sslrootcert" if tls && !value.is_empty() => {
                    this.trusted = Some(value.into_owned().into());
                }
                "prefix" => return Err("prefix: one or more visible ASCII characters".to_owned()),
                "sslrootcert" => return Err("sslrootcert=FILE goes with rediss://".to_owned()),
                // What is not written like one may be part of a password.
                name if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
                    return Err(format!(
                        "there is no parameter `{name}`; there are prefix and sslrootcert"
                    ));
                }
                _ => return Err(form()),
            }
        }
        Ok(this)
    }
}

/// Without the password.
impl fmt::Display for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls { "rediss://" } else { "redis://" })?;
        if let Some((user, _)) = &self.credentials {
            write!(f, "{user}:(redacted)@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port)?,
            false => write!(f, "{}:{}", self.host, self.port)?,
        }
        write!(f, "/{}?prefix={}", self.database, self.prefix)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_shown_without_the_password() {
        for (text, shown) in [
            (
                "redis://localhost",
                "redis://localhost:6379/0?prefix=guestlist",
            ),
            ("redis://[::1]:7/3", "redis://[::1]:7/3?prefix=guestlist"),
            (
                "rediss://u%40x:p%2Fw@h:1/2?prefix=acme:ci&sslrootcert=/etc/ca.pem",
                "rediss://u@x:(redacted)@h:1/2?prefix=acme:ci",
            ),
            (
                "redis://:hunter2@h",
                "redis://:(redacted)@h:6379/0?prefix=guestlist",
            ),
        ] {
            let redis: Redis = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(redis.to_string(), shown);
        }
        let redis: Redis = "redis://u:p%2Fw@h".parse().unwrap();
        assert_eq!(redis.credentials, Some(("u".to_owned(), "p/w".to_owned())));
    }

    #[test]
    fn the_part_that_is_wrong_is_named() {
        for (text, told) in [
            ("redis://h/one", "is a number"),
            ("redis://h?prefix=a%20b", "prefix: "),
            ("redis://h?prefx=a", "no parameter `prefx`"),
            ("redis://h?sslrootcert=ca.pem", "rediss://"),
        ] {
            let why = text.parse::<Redis>().unwrap_err();
            assert!(why.contains(told), "{text}: {why}");
        }
    }

    #[test]
    fn what_is_no_place_is_told_without_what_was_given() {
        for text in [
            "",
            "localhost:6379",
            "http://localhost",
            "redis://",
            "redis://h/one",
            "redis://h/-1",
            "redis://hunter2@h",
            "redis://h?prefix=",
            "redis://h?prefix=a%20b",
            "redis://h?prefx=a",
            "redis://h?sslrootcert=ca.pem",
        ] {
            let why = text.parse::<Redis>().unwrap_err();
            assert!(!why.contains("hunter2"), "{text}: {why}");
        }
    }
}
