//! Stories of the family's pages.

mod connect;
mod gone;
mod reads;
mod threads;
