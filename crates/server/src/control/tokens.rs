//! Tokens as they are told, listed and revoked. The command line uses the same functions on a
//! store that no server holds.

use super::{Problem, time_text};
use axum::http::StatusCode;
use guestlist_domain::{
    Actor, AppId, Change, ChannelId, Facts, Missing, Moment, Plan, Stop, TeamId, Timestamp, Token,
    TokenHash, TokenKind, UserId, install,
};
use guestlist_store::{Decide, Store, world::token_hash};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// What a new token is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewToken {
    /// Whom it acts as; the app's bot when absent. An `app_level` token acts as nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Where it is made; the user's own workspace, or the app's, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
    /// What it stands for; when absent the user and the app tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<TokenKind>,
    /// Its app; that of the bot when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// What it may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// When it dies, in RFC 3339; may be past already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// In how many seconds of the world's clock it dies, instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_seconds: Option<u32>,
    /// The workspaces an `org` token is granted; when empty, those that the app was added to, and for its
    /// first such token the one it is made in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<TeamId>,
    /// The channels a `workspace` token is granted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
}

/// A token as it is told: all but its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    /// What is left of its text.
    pub token_sha256: TokenHash,
    /// What it stands for.
    pub kind: TokenKind,
    /// The workspace it was made in.
    pub workspace: TeamId,
    /// Whom it acts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Its app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it dies, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// `live`, `expired`, `revoked`, or `user_removed` where whom it acts as is gone.
    pub state: String,
    /// The workspaces an `org` token is granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<TeamId>,
    /// The channels a `workspace` token is granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
}

impl TokenView {
    /// A token as it is now, `orphaned` if whom it acts as is gone.
    pub(super) fn new(token: &Token, orphaned: bool, now: Timestamp) -> Self {
        let expired = token.expires_at.is_some_and(|at| at <= now);
        let state = match (token.revoked, orphaned, expired) {
            (true, _, _) => "revoked",
            (false, true, _) => "user_removed",
            (false, false, true) => "expired",
            (false, false, false) => "live",
        };
        Self {
            token_sha256: token.hash,
            kind: token.kind,
            workspace: token.team,
            user: token.user,
            app: token.app,
            scopes: token.scopes.clone().into(),
            expires_at: token.expires_at.map(time_text),
            state: state.to_owned(),
            workspaces: token.workspaces.clone(),
            channels: token.channels.clone(),
        }
    }
}

/// A token just made. Its text is told this once and kept nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The text.
    pub token: String,
    /// The rest.
    #[serde(flatten)]
    pub view: TokenView,
}

/// Which token to revoke: by its text or by its hash.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Revoke {
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_sha256: Option<TokenHash>,
}

/// What came of revoking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Which token.
    pub token_sha256: TokenHash,
    /// It was revoked before; nothing changed.
    pub already: bool,
}

/// The tokens of these workspaces, of each once; every token where none is named.
pub async fn list(store: &Store, workspaces: BTreeSet<TeamId>) -> Result<Vec<TokenView>, Problem> {
    let now = store.clock().now();
    store
        .read_long(move |reader| {
            let mut views = Vec::new();
            let tokens = match workspaces.is_empty() {
                true => reader.tokens()?,
                false => {
                    let each = workspaces.iter().map(|team| reader.tokens_in(*team));
                    each.collect::<Result<Vec<_>, _>>()?.concat()
                }
            };
            for token in tokens {
                let user = token.user.map(|user| reader.user(user)).transpose()?;
                let orphaned = user
                    .flatten()
                    .is_some_and(|user| user.is_gone(now) || !token.is_good_in(user.all_teams()));
                views.push(TokenView::new(&token, orphaned, now));
            }
            Ok(views)
        })
        .await
}

/// Revokes a token for good.
pub async fn revoke(store: &Store, which: Revoke) -> Result<Revoked, Problem> {
    let hash = match (&which.token, which.token_sha256) {
        (Some(text), None) => token_hash(text),
        (None, Some(hash)) => hash,
        _ => {
            let message = "give either `token` or `token_sha256`";
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                message,
            ));
        }
    };
    let unknown = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "token_not_found",
            "there is no such token",
        )
    };
    let token = store
        .read(|reader| reader.token(hash))
        .await?
        .ok_or_else(unknown)?;
    Ok(store
        .write(Arc::new(End {
            team: token.team,
            hash,
        }))
        .await?)
}

/// Of an app's last token for somebody the app is told that it may act for them no more.
fn last_of_its_kind(
    facts: &Facts,
    token: &Token,
    moment: &mut Moment,
) -> Result<Option<Change>, Missing> {
    let (Some(app), Some(user)) = (token.app, token.user) else {
        return Ok(None);
    };
    let place = install::place_of(facts, token)?;
    let others = install::fellows(facts, app, place)?;
    if others
        .iter()
        .any(|other| other.user == Some(user) && other.hash != token.hash)
    {
        return Ok(None);
    }
    let bot = facts.user(user)?.is_some_and(|user| user.bot.is_some());
    Ok(Some(Change::Deauthorized {
        app,
        team: token.team,
        user,
        bot,
        org_wide: token.is_org_wide(),
        ts: moment.tick(),
    }))
}

/// The end of a token, as the store decides it.
struct End {
    team: TeamId,
    hash: TokenHash,
}

impl Decide for End {
    type Outcome = Revoked;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.team)
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Revoked>, Stop<Problem>> {
        let live = facts
            .token(self.team, self.hash)?
            .filter(|token| !token.revoked);
        let already = live.is_none();
        let mut changes = Vec::new();
        if let Some(token) = live {
            changes.push(Change::TokenRevoked {
                team: self.team,
                hash: self.hash,
            });
            changes.extend(last_of_its_kind(facts, token, moment)?);
        }
        Ok(Plan {
            changes,
            outcome: Revoked {
                token_sha256: self.hash,
                already,
            },
        })
    }
}
