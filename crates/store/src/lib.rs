//! What is remembered: the journal, the tables that follow it, and the files worlds come from.

mod access;
pub mod backup;
mod call;
pub mod clock;
pub mod deliveries;
pub mod directory;
pub mod error;
mod filling;
#[doc(hidden)]
pub mod fuzzing;
mod journal;
mod load;
mod measures;
mod owners;
mod people;
mod postgres;
pub mod private;
mod progress;
mod reader;
mod rows;
mod secret;
pub mod sql;
mod sqlite;
mod store;
mod syncer;
mod tables;
#[doc(hidden)]
pub mod testing;
mod transfer;
pub mod world;
mod writer;

pub use call::{Apart, Decide};
pub use clock::Clock;
pub use deliveries::Deliveries;
pub use directory::Directory;
pub use error::{Failure, StoreError, chain};
pub use filling::{Loaded, is_empty, load_into};
pub use journal::{Bookmark, Dated, Row, Sealed};
pub use measures::{Counted, Histogram, Letters, Measured, Shared};
pub use owners::TokenOwner;
pub use postgres::{Counts, Postgres, bucket::Take, letters::Due};
pub use reader::{MailFilter, Reader, Thread, Told};
pub use secret::Drawn;
pub use store::{Fleeting, Store};
pub use transfer::{Moved, Place, Sum, Sums, move_store};
