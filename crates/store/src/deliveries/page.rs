//! Deliveries as they are told to whoever watches them.

use super::{Deliveries, Delivery, Filter};
use crate::error::StoreError;

/// Deliveries that were found, and from where to look on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// As [`Deliveries::find`] has them.
    pub deliveries: Vec<Delivery>,
    /// The change after which nothing has been told: as `since` it finds what comes next.
    pub since: i64,
}

impl Deliveries {
    /// Deliveries, at most `limit`. Without `since` the next look is for what changes from now on.
    pub fn page(&self, filter: &Filter, limit: usize) -> Result<Page, StoreError> {
        // Before the rows are read: what another node changes meanwhile is told twice rather than never.
        let newest = match filter.since {
            None => Some(self.newest_change()?),
            Some(_) => None,
        };
        let deliveries = self.find(filter, limit)?;
        let last = deliveries.iter().map(|delivery| delivery.change).max();
        let since = newest.or(last).or(filter.since).unwrap_or(0);
        Ok(Page { deliveries, since })
    }

    fn newest_change(&self) -> Result<i64, StoreError> {
        let sql = "select coalesce(max(change), 0) from delivery";
        Ok(self.db.query_row(sql, [], |row| row.get(0))?)
    }
}
