//! Everything that touches the world: HTTP, call conventions, authentication, the control
//! interface.

mod answer;
mod authenticate;
pub mod control;
mod dispatch;
pub mod events;
mod floor;
mod gzip;
mod http;
mod link;
mod rate;
mod settings;
mod wire;

pub use events::Events;
pub use http::Server;
pub use settings::{RateLimits, Settings};
