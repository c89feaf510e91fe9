//! What an operator can set about the server.

#[cfg(feature = "otel")]
use crate::otel::Otlp;
use crate::{mail::Smtp, rate::Limiter, tls::Authorities};
use guestlist_methods::Limits;
use http::{Uri, uri::Authority};
use percent_encoding::percent_decode_str;
use std::{fmt, net::SocketAddr, str::FromStr, sync::Arc, time::Duration};

/// How often methods may be called.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum RateLimits {
    /// As documented.
    #[default]
    Documented,
    /// As often as anybody likes.
    Off,
    /// So many times as often as documented.
    Times(f64),
}

impl RateLimits {
    /// The documented figures are multiplied by this; `None` for no limits.
    pub fn factor(self) -> Option<f64> {
        match self {
            Self::Documented => Some(1.0),
            Self::Off => None,
            Self::Times(factor) => Some(factor),
        }
    }
}

impl FromStr for RateLimits {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "documented" => Ok(Self::Documented),
            "off" => Ok(Self::Off),
            factor => factor
                .parse()
                .ok()
                .filter(|factor| (0.001..=1_000_000.0).contains(factor))
                .map(Self::Times)
                .ok_or("rate limits are `documented`, `off`, or a factor from 0.001 to 1000000"),
        }
    }
}

impl fmt::Display for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Documented => f.write_str("documented"),
            Self::Off => f.write_str("off"),
            Self::Times(factor) => factor.fmt(f),
        }
    }
}

/// Where people reach the server, for links to it: `https://guestlist.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Uri);

impl PublicUrl {
    /// The name, and the port if it is not the usual one, as a browser sends it with a request.
    pub fn host(&self) -> &str {
        self.0
            .authority()
            .map_or("", |authority| authority.as_str())
    }
}

impl FromStr for PublicUrl {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let uri = uri.parse::<Uri>().ok().filter(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && matches!(uri.path(), "" | "/")
                && uri.query().is_none()
                && uri
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'))
        });
        uri.map(Self)
            .ok_or("an address for links is written https://guestlist.example.com, without a path")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}",
            self.0.scheme_str().unwrap_or("http"),
            self.host()
        )
    }
}

/// User and password before the host of an address, decoded; `None` if they are not written
/// `user:password@`.
pub(crate) fn credentials(authority: &Authority) -> Option<Option<(String, String)>> {
    let Some((given, _)) = authority.as_str().rsplit_once('@') else {
        return Some(None);
    };
    let decoded = |text| percent_decode_str(text).decode_utf8().ok();
    let (user, password) = given.split_once(':')?;
    Some(Some((
        decoded(user)?.into_owned(),
        decoded(password)?.into_owned(),
    )))
}

/// Where `/metrics` is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exposure {
    /// Beside `/healthz`, where calls are answered.
    #[default]
    Here,
    /// Nowhere.
    Off,
    /// On an address of its own, with `/healthz` and `/readyz`, and not where calls are answered.
    At(SocketAddr),
}

/// Settings of one server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest body in bytes, before and after decompression.
    pub max_body: usize,
    /// The most arguments of a call.
    pub max_arguments: usize,
    /// How long a request's body may take to arrive.
    pub read_timeout: Duration,
    /// How often methods may be called.
    pub rate_limits: RateLimits,
    /// Where calls are counted together with other servers'; else in the store if that is shared, and
    /// here if it is not.
    pub limiter: Option<Limiter>,
    /// Limits that methods look at.
    pub limits: Limits,
    /// How many bytes of the newest calls to hold for whoever asks why; 0 holds none.
    pub remember: usize,
    /// What the control interface is opened with.
    pub control_token: String,
    /// Where people reach the server; where it listens when absent.
    pub public_url: Option<PublicUrl>,
    /// What letters are handed to; they are kept when absent.
    pub mail: Option<Arc<Smtp>>,
    /// Who vouches for the certificates of apps at `https://` URLs, beside those the system trusts.
    pub app_authorities: Authorities,
    /// Where `/metrics` is served.
    pub metrics: Exposure,
    /// Where spans go; nothing is traced when absent.
    #[cfg(feature = "otel")]
    pub traces: Option<Otlp>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_body: 1 << 20,
            max_arguments: 10_000,
            read_timeout: Duration::from_secs(10),
            rate_limits: RateLimits::default(),
            limiter: None,
            limits: Limits::default(),
            remember: 4 << 20,
            control_token: String::new(),
            metrics: Exposure::default(),
            public_url: None,
            mail: None,
            app_authorities: Authorities::default(),
            #[cfg(feature = "otel")]
            traces: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_for_links() {
        for (text, shown, host) in [
            (
                "https://Guestlist.example.com/",
                "https://guestlist.example.com",
                "guestlist.example.com",
            ),
            (
                "http://10.0.0.7:3999",
                "http://10.0.0.7:3999",
                "10.0.0.7:3999",
            ),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), url.host()), (shown, host));
        }
        for text in [
            "",
            "guestlist.example.com",
            "ftp://h",
            "http://h/path",
            "http://h?q=1",
            "http://u@h",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
