//! What an operator can set about the server.

use guestlist_methods::Limits;
use std::{fmt, net::SocketAddr, str::FromStr, time::Duration};

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
    /// Limits that methods look at.
    pub limits: Limits,
    /// What this server calls itself in the headers that name machines.
    pub node: String,
    /// How many bytes of the newest calls to hold for whoever asks why; 0 holds none.
    pub remember: usize,
    /// What the control interface is opened with.
    pub control_token: String,
    /// Where `/metrics` is served.
    pub metrics: Exposure,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_body: 1 << 20,
            max_arguments: 10_000,
            read_timeout: Duration::from_secs(10),
            rate_limits: RateLimits::default(),
            limits: Limits::default(),
            node: "guestlist".to_owned(),
            remember: 4 << 20,
            control_token: String::new(),
            metrics: Exposure::default(),
        }
    }
}
