//! Requests to invite people.

use super::Reader;
use crate::{
    error::StoreError,
    sql::params,
    tables::{document, invite_requests},
};
use guestlist_domain::{InviteRequest, InviteRequestId, TeamId, invite_request::Stage};

impl Reader {
    /// Requests of a workspace in a state, from one on in the order of their ids, up to so many.
    pub fn invite_requests(
        &self,
        team: TeamId,
        stage: Stage,
        from: Option<InviteRequestId>,
        limit: usize,
    ) -> Result<Vec<InviteRequest>, StoreError> {
        invite_requests::listed(self.db()?, team, stage, from, limit)
    }

    /// Requests of one workspace or all, in one state or any, the newest first, up to so many.
    pub fn newest_invite_requests(
        &self,
        team: Option<TeamId>,
        stage: Option<Stage>,
        limit: usize,
    ) -> Result<Vec<InviteRequest>, StoreError> {
        let mut select = self.db()?.prepare_cached(
            "select id, doc from invite_request
             where (cast(?1 as bigint) is null or team = ?1) and (cast(?2 as bigint) is null or state = ?2)
             order by id desc limit ?3",
        )?;
        let team = team.map(TeamId::key);
        let stage = stage.map(Stage::number);
        let mut rows = select.query(params![team, stage, limit as i64])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let id = InviteRequestId::from_key(row.get(0)?);
            let doc = row.get_ref(1)?.as_str().unwrap_or_default();
            all.push(document("invite_request", id, doc)?);
        }
        Ok(all)
    }
}
