//! Tokens, of all or of one app.

use super::Reader;
use crate::{
    error::StoreError,
    tables::{self, document},
};
use guestlist_domain::{AppId, TeamId, Token, TokenHash};
use std::sync::Arc;

impl Reader {
    /// Every token, by workspace.
    pub fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let mut select = self
            .db()?
            .prepare_cached("select hash, doc from token order by team, hash")?;
        let mut rows = select.query([])?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next()? {
            tokens.push(document(
                "token",
                "of the list",
                row.get_ref(1)?.as_str().unwrap_or_default(),
            )?);
        }
        Ok(tokens)
    }

    /// The tokens made in a workspace, dead ones too.
    pub fn tokens_in(&self, team: TeamId) -> Result<Vec<Token>, StoreError> {
        let mut select = self
            .db()?
            .prepare_cached("select doc from token where team = ?1 order by hash")?;
        let mut rows = select.query([team.key()])?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next()? {
            let doc = row.get_ref(0)?.as_str().unwrap_or_default();
            tokens.push(document("token", "of a workspace", doc)?);
        }
        Ok(tokens)
    }

    /// An app's tokens, dead ones too, by workspace.
    pub fn tokens_of(&self, app: AppId) -> Result<Vec<Arc<Token>>, StoreError> {
        let mut select = self
            .db()?
            .prepare_cached("select doc from token where app = ?1 order by team, hash")?;
        let mut rows = select.query([app.to_string()])?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next()? {
            let doc = row.get_ref(0)?.as_str().unwrap_or_default();
            tokens.push(Arc::new(document("token", "of an app", doc)?));
        }
        Ok(tokens)
    }

    /// A token, whichever workspace it belongs to.
    pub fn token(&self, hash: TokenHash) -> Result<Option<Arc<Token>>, StoreError> {
        tables::token(self.db()?, hash)
    }
}
