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
mod postgres;
mod reader;
mod rows;
mod secret;
pub mod seed;
pub mod sql;
mod sqlite;
mod store;
mod tables;
#[doc(hidden)]
pub mod testing;
mod transfer;
pub mod world;
mod writer;

pub use clock::Clock;
pub use deliveries::Deliveries;
pub use directory::Directory;
pub use error::{Failure, StoreError, chain};
pub use journal::Row;
pub use measures::{Counted, Histogram, Measured};
pub use postgres::{Counts, Postgres, bucket::Take};
pub use reader::{MailFilter, Reader, Told};
pub use secret::Drawn;
pub use store::{Loaded, Store, TokenOwner, is_empty, load_into};
pub use transfer::{Place, Sum, Sums, move_store};
pub use writer::Decide;
