//! Stories of the family's pages.

mod reads;
