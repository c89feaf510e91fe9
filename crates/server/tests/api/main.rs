//! Black-box tests: a server on a free port, spoken to over sockets.

mod app;
mod connect;
mod conventions;
mod invite;
mod story;
mod tokens;
