//! What the ledger rests on: each code brought about from outside, in the world of
//! `docs/ledger/world.yaml`.

mod common;
mod full;
mod invite;

/// The world that the ledger's document names.
const WORLD: &str = include_str!("../../../../docs/ledger/world.yaml");
