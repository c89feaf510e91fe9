//! What an error of the database says about a batch.

use crate::{error::StoreError, sql};
use tokio_postgres::error::SqlState;

/// Whether it passes: the batch is decided anew.
pub(super) fn passes(error: &StoreError) -> bool {
    let (lost, code) = match error {
        StoreError::Failed(cause) => match cause.as_ref() {
            sql::Error::Postgres(error) => (cause.is_away(), error.code()),
            cause => (cause.is_away(), None),
        },
        _ => (false, None),
    };
    let passes = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        // A time that another node has given, or a row that it was the first to make.
        SqlState::UNIQUE_VIOLATION,
        // Not by one statement: then by several.
        SqlState::FEATURE_NOT_SUPPORTED,
    ];
    lost || code.is_some_and(|code| passes.contains(code))
}

/// Whether the database itself has said that a commit has failed. It may also be the connection
/// that did, or the database that was ending.
pub(super) fn is_final(error: &sql::Error) -> bool {
    match error {
        sql::Error::Postgres(error) => error
            .code()
            .is_some_and(|code| !code.code().starts_with("57")),
        _ => false,
    }
}

/// Whether the database cannot do what it was told.
pub(super) fn is_lacking(error: &StoreError) -> bool {
    let StoreError::Failed(cause) = error else {
        return false;
    };
    match cause.as_ref() {
        sql::Error::Postgres(error) => error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED),
        _ => false,
    }
}

/// The same error, of which nobody knows whether it was one.
pub(super) fn in_doubt(error: StoreError) -> StoreError {
    match error {
        StoreError::Failed(cause) => StoreError::InDoubt(cause),
        error => error,
    }
}
