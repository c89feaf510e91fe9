//! What a node does because others deliver from the same record. Of an embedded store every lane is
//! the one server's, and nothing here does anything.

use super::{Deliveries, Lane, Room, Standing};
use crate::{error::StoreError, postgres::claims::Claims};
use guestlist_domain::Timestamp;
use std::collections::BTreeSet;

impl Deliveries {
    /// How the record stands that nodes share; `None` where nobody else delivers.
    pub fn standing(&self) -> Result<Option<Standing>, StoreError> {
        let shared = self.claims.is_some();
        shared.then(|| Claims::standing(&self.db)).transpose()
    }

    /// Claims lanes in which something is due and that no other node has, and tells when.
    pub fn claim(
        &mut self,
        room: &[Room],
        now: Timestamp,
    ) -> Result<Vec<(Lane, Timestamp)>, StoreError> {
        match &mut self.claims {
            Some(claims) if !room.is_empty() => claims.claim(&self.db, room, now),
            _ => Ok(Vec::new()),
        }
    }

    /// Keeps these of the lanes that this node has claimed: without that they are free after six
    /// seconds. What it has claimed beside them lapses.
    pub fn renew(&mut self, lanes: &BTreeSet<Lane>) -> Result<(), StoreError> {
        let claims = self.claims.as_mut();
        claims.map_or(Ok(()), |claims| claims.renew(&self.db, lanes))
    }

    /// Lets other nodes have these lanes; `None` is all that this node has.
    pub fn release(&mut self, lanes: Option<&[Lane]>) -> Result<(), StoreError> {
        match (&mut self.claims, lanes) {
            (None, _) | (_, Some([])) => Ok(()),
            (Some(claims), Some(lanes)) => claims.release(&self.db, lanes),
            (Some(claims), None) => claims.release_all(&self.db),
        }
    }

    /// Whether a lane is this node's to deliver; without other nodes each is.
    pub fn is_mine(&self, lane: Lane) -> bool {
        let claims = self.claims.as_ref();
        claims.is_none_or(|claims| claims.holds(lane))
    }

    /// Whether a node delivers what is in a lane just now; `false` where there is but one, which
    /// knows by itself.
    pub fn is_claimed(&self, lane: Lane) -> Result<bool, StoreError> {
        match &self.claims {
            Some(_) => Claims::is_claimed(&self.db, lane),
            None => Ok(false),
        }
    }
}
