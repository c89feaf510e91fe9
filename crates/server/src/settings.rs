//! What an operator can set about the server.

use std::time::Duration;

/// Settings of one server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest body in bytes, before and after decompression.
    pub max_body: usize,
    /// The most arguments of a call.
    pub max_arguments: usize,
    /// How long a request's body may take to arrive.
    pub read_timeout: Duration,
    /// What this server calls itself in the headers that name machines.
    pub node: String,
    /// How many bytes of the newest calls to hold for whoever asks why; 0 holds none.
    pub remember: usize,
    /// What the control interface is opened with.
    pub control_token: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_body: 1 << 20,
            max_arguments: 10_000,
            read_timeout: Duration::from_secs(10),
            node: "guestlist".to_owned(),
            remember: 4 << 20,
            control_token: String::new(),
        }
    }
}
