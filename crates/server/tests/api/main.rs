//! Black-box tests: a server on a free port, spoken to over sockets.

mod accounts;
mod add;
mod admin;
mod app;
mod audit;
mod certificates;
mod connect;
mod conventions;
mod endpoints;
mod events;
mod guests;
mod install;
mod interact;
mod invite;
mod invite_requests;
mod joining;
mod journal;
mod ladder;
mod ledger;
mod limiter;
mod lists;
mod mail;
mod messages;
mod metrics;
mod organisation;
mod people;
mod post_office;
mod rate_limits;
mod redis;
mod refusals;
mod remove;
mod requests;
mod scim;
#[path = "../../../../tests/seen.rs"]
mod seen;
mod shapes;
mod share;
mod staff;
mod story;
mod teams;
mod threads;
mod tokens;
#[cfg(feature = "otel")]
mod traces;
mod usergroups;
mod why;
