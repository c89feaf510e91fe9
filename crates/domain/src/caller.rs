//! Who is calling.

use crate::{
    channel::ChannelKind,
    id::{TeamId, UserId},
    scope::{ByKind, Scopes},
    token::{Token, TokenKind},
    user::User,
    workspace::{App, Enterprise, Workspace},
};
use std::sync::Arc;

/// A caller whose token was found alive. Holding one is the proof: no rule can be asked
/// without it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token they showed.
    pub token: Arc<Token>,
    /// Whom it acts as.
    pub user: Arc<User>,
    /// The workspace it acts in.
    pub workspace: Arc<Workspace>,
    /// That workspace's organisation.
    pub enterprise: Option<Arc<Enterprise>>,
    /// The token's app.
    pub app: Option<Arc<App>>,
}

impl Caller {
    /// The calling user's id.
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// The workspace it acts in.
    pub fn team(&self) -> TeamId {
        self.workspace.id
    }

    /// Whether a bot calls.
    pub fn is_bot(&self) -> bool {
        self.token.kind != TokenKind::User
    }

    /// The column of a method's scopes that counts for this kind of token.
    pub fn column(&self, scopes: &Scopes) -> ByKind {
        if self.is_bot() {
            scopes.bot
        } else {
            scopes.user
        }
    }

    /// Checks the scope for one kind of conversation; the alternatives are what was needed.
    pub fn scope_for(
        &self,
        scopes: &Scopes,
        kind: ChannelKind,
    ) -> Result<(), &'static [&'static str]> {
        let needed = self.column(scopes).of(kind);
        if !needed.is_empty() && self.token.scopes.holds_any(needed) {
            Ok(())
        } else {
            Err(needed)
        }
    }
}
