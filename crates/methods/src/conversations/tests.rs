//! Stories of the family's pages.

mod connect;
mod reads;
mod threads;
