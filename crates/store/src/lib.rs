//! What is remembered: the journal, the tables that follow it, and the files worlds come from.

mod access;
pub mod backup;
pub mod clock;
pub mod deliveries;
pub mod directory;
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
mod journal;
mod load;
mod measures;
mod reader;
mod rows;
mod secret;
pub mod seed;
mod sqlite;
mod store;
mod tables;
pub mod world;
mod writer;

pub use clock::Clock;
pub use deliveries::Deliveries;
pub use directory::Directory;
pub use error::{Failure, StoreError, chain};
pub use journal::Row;
pub use measures::{Counted, Histogram, Measured};
pub use reader::{MailFilter, Reader, Told};
pub use secret::Drawn;
pub use store::{Loaded, Store, TokenOwner, is_empty, load_into};
pub use writer::Decide;
