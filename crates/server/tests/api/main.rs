//! Black-box tests: a server on a free port, spoken to over sockets.

mod app;
mod conventions;
mod invite;
mod ladder;
mod rate_limits;
mod refusals;
mod story;
mod tokens;
