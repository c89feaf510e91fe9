//! Black-box tests: a server on a free port, spoken to over sockets.

mod app;
mod conventions;
mod events;
mod invite;
mod rate_limits;
mod story;
mod tokens;
