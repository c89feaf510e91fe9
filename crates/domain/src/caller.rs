//! Who is calling.

use crate::{
    channel::ChannelKind,
    id::{TeamId, UserId},
    scope::{ByKind, Scopes},
    time::Timestamp,
    token::{Token, TokenKind},
    user::User,
    workspace::{App, Enterprise, LegacyMethods, Workspace},
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
    /// Whether nothing is done by this token any more: whom it acts as is removed, or has left its workspace.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.user.is_gone(now) || !self.token.is_good_in(self.user.all_teams())
    }

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
        match self.token.kind {
            TokenKind::User => false,
            TokenKind::Org => self.user.bot.is_some(),
            _ => true,
        }
    }

    /// Whether the retired method families are closed to the caller: by the workspace's setting,
    /// or by date, which counts for the workspace and for the app.
    pub fn is_past_legacy_methods(&self) -> bool {
        match self.workspace.legacy_methods {
            LegacyMethods::Always => false,
            LegacyMethods::Never => true,
            LegacyMethods::ByDate => {
                let app = self.app.as_ref().map(|app| app.created);
                self.workspace.created.max(app.unwrap_or_default()) >= LegacyMethods::CLOSED
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TokenHash, id::AppId};

    fn caller(setting: LegacyMethods, workspace: i64, app: Option<i64>) -> Caller {
        let team: TeamId = "T0A".parse().unwrap();
        let day = |day: i64| Timestamp(LegacyMethods::CLOSED.0 + day);
        let app_id: AppId = "A0A".parse().unwrap();
        Caller {
            token: Arc::new(Token {
                hash: TokenHash([0; 32]),
                team,
                kind: TokenKind::User,
                app: app.map(|_| app_id),
                user: None,
                scopes: Vec::new().into(),
                expires_at: None,
                revoked: false,
                workspaces: Vec::new(),
                channels: Vec::new(),
            }),
            user: Arc::new(User::new("U0A".parse().unwrap(), team, "a")),
            workspace: Arc::new(Workspace {
                legacy_methods: setting,
                created: day(workspace),
                ..Workspace::new(team, "A", "a")
            }),
            enterprise: None,
            app: app.map(|created| {
                Arc::new(App {
                    id: app_id,
                    team,
                    name: "app".to_owned(),
                    created: day(created),
                    bot_user: None,
                    bot: None,
                    signing_secret: None,
                    client_id: None,
                    client_secret: None,
                    allowed_addresses: Vec::new(),
                    events: None,
                    oauth: crate::workspace::OAuth::default(),
                    interactivity: Default::default(),
                })
            }),
        }
    }

    #[test]
    fn legacy_methods_end_by_setting_or_by_date() {
        use LegacyMethods::{Always, ByDate, Never};
        for (setting, workspace, app, closed) in [
            (ByDate, -1, Some(-1), false),
            (ByDate, -1, None, false),
            (ByDate, 0, Some(-1), true),
            (ByDate, 0, None, true),
            (ByDate, -1, Some(0), true),
            (Always, 0, Some(0), false),
            (Never, -1, Some(-1), true),
        ] {
            let caller = caller(setting, workspace, app);
            assert_eq!(
                caller.is_past_legacy_methods(),
                closed,
                "{setting:?}, workspace {workspace}, app {app:?}"
            );
        }
    }
}
