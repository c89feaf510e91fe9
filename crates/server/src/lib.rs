//! Everything that touches the world: HTTP, call conventions, authentication, the control
//! interface.

mod acting;
mod answer;
mod audit;
mod authenticate;
mod body;
pub mod control;
mod dispatch;
pub mod due;
mod endpoint;
pub mod events;
mod floor;
#[doc(hidden)]
pub mod fuzzing;
mod gzip;
mod http;
mod install;
mod interact;
mod join;
mod linger;
mod link;
mod logs;
mod mail;
mod metrics;
mod openapi;
#[cfg(feature = "otel")]
mod otel;
#[cfg(not(feature = "otel"))]
#[path = "otel/absent.rs"]
mod otel;
mod outgoing;
mod page;
mod rate;
mod record;
mod scim;
mod settings;
mod share;
mod stalled;
mod tireless;
mod tls;
mod trouble;
mod why;
mod wire;

pub use events::Events;
pub use http::Server;
pub use logs::{call_id, clean};
pub use mail::{MailServer, Sender, Smtp};
pub use openapi::openapi;
#[cfg(feature = "otel")]
pub use otel::{Otlp, Pairs, Sampler};
pub use rate::{Away, Limiter, Redis};
pub use settings::{Exposure, PublicUrl, RateLimits, Settings};
pub use tls::Authorities;
