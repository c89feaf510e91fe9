//! Rows of tokens.

use super::{Build, Here};
use crate::world::{NewToken, document, problem::Path, refs::Refs, token_hash, token_text};
use guestlist_domain::{AppId, ScopeSet, Token, TokenHash, TokenKind, UserId};

/// What a token's text is given as.
enum Given {
    Text(String),
    Hash(TokenHash),
    Nothing,
}

impl Build<'_> {
    pub(super) fn tokens(&mut self, path: &Path<'_>, here: Here, tokens: Vec<document::Token>) {
        let path = path.key("tokens");
        for (i, token) in tokens.into_iter().enumerate() {
            self.token(&path.at(i), here, token);
        }
    }

    fn token(&mut self, path: &Path<'_>, here: Here, from: document::Token) {
        let Some(given) = self.given(path, &from) else {
            return;
        };
        let app = from
            .app
            .as_ref()
            .and_then(|text| self.refs.app(&path.key("app"), text));
        let user = from
            .user
            .as_ref()
            .and_then(|text| self.refs.user(&path.key("user"), text));
        let Some(kind) = self.kind(path, &given, &from, app, user) else {
            return;
        };
        let acts = !matches!(kind, TokenKind::AppLevel | TokenKind::User);
        let bot_user = app.and_then(|app| self.refs.index.apps.get(&app).copied().flatten());
        let user = user.or(bot_user.filter(|_| acts && from.user.is_none()));
        self.actor(path, here, kind, app, user, &from);
        self.grants(path, here, kind, &from);
        let (hash, text) = match given {
            Given::Hash(hash) => (hash, None),
            Given::Text(text) => (token_hash(&text), Some(text)),
            Given::Nothing => {
                let person = user.and_then(|user| self.refs.index.people.get(&user));
                let written = kind.as_written(person.is_none_or(|person| person.bot));
                let text = token_text(written, (self.random)());
                (token_hash(&text), Some(text))
            }
        };
        if !self.hashes.insert(hash) {
            let key = if text.is_some() {
                "token"
            } else {
                "token_sha256"
            };
            self.refs
                .found
                .add(&path.key(key), "this token is given twice");
        }
        self.new_tokens.extend(text.map(|text| NewToken {
            text,
            kind,
            user,
            app,
            team: here.team,
        }));
        let token = Token {
            hash,
            team: here.team,
            kind,
            app,
            user,
            scopes: ScopeSet::from(from.scopes),
            expires_at: self
                .refs
                .time_if_any(&path.key("expires_at"), &from.expires_at),
            revoked: from.revoked,
            workspaces: self
                .refs
                .list(&path.key("workspaces"), &from.workspaces, Refs::team),
            channels: self
                .refs
                .list(&path.key("channels"), &from.channels, Refs::channel),
        };
        self.seed.tokens.push(token);
    }

    fn given(&mut self, path: &Path<'_>, from: &document::Token) -> Option<Given> {
        match (&from.token, &from.token_sha256) {
            (Some(_), Some(_)) => self.refs.found.add(
                path,
                "a token is given by its text or by its hash, not both",
            ),
            (Some(text), None)
                if text.is_empty() || text.contains(|c: char| !c.is_ascii_graphic()) =>
            {
                self.refs.found.add(
                    &path.key("token"),
                    "a token is made of visible ASCII characters",
                );
            }
            (Some(text), None) => return Some(Given::Text(text.clone())),
            (None, Some(hash)) => match hash.parse() {
                Ok(hash) => return Some(Given::Hash(hash)),
                Err(why) => self.refs.found.add(&path.key("token_sha256"), why),
            },
            (None, None) => return Some(Given::Nothing),
        }
        None
    }

    fn kind(
        &mut self,
        path: &Path<'_>,
        given: &Given,
        from: &document::Token,
        app: Option<AppId>,
        user: Option<UserId>,
    ) -> Option<TokenKind> {
        if let Given::Text(text) = given {
            match (from.kind, TokenKind::from_prefix(text)) {
                // Of an organisation-wide one it tells whom it acts as: see `actor`.
                (Some(TokenKind::Org), Some(TokenKind::User)) => return Some(TokenKind::Org),
                (Some(kind), Some(told)) if kind.prefix() != told.prefix() => {
                    let what = format!(
                        "a token that begins with `{}` is no {} token",
                        told.prefix(),
                        kind.name()
                    );
                    self.refs.found.add(&path.key("kind"), what);
                    return None;
                }
                (None, None) => {
                    self.refs.found.add(
                        &path.key("token"),
                        "its beginning tells no kind: give `kind`",
                    );
                    return None;
                }
                (kind, told) => return kind.or(told),
            }
        }
        if from.kind.is_some() {
            return from.kind;
        }
        let is_bot = |user| {
            self.refs
                .index
                .people
                .get(&user)
                .is_some_and(|person| person.bot)
        };
        let has_bot = |app| self.refs.index.apps.get(&app).copied().flatten().is_some();
        let kind = match (user, app) {
            (Some(user), _) if is_bot(user) => Some(TokenKind::Bot),
            (Some(_), _) => Some(TokenKind::User),
            (None, Some(app)) if has_bot(app) => Some(TokenKind::Bot),
            (None, Some(_)) => Some(TokenKind::AppLevel),
            (None, None) => None,
        };
        // With a bad user or app the problem is told already.
        if kind.is_none() && from.user.is_none() && from.app.is_none() {
            self.refs
                .found
                .add(path, "a token needs a `user` or an `app`");
        }
        kind
    }

    /// Checks whom it acts as.
    fn actor(
        &mut self,
        path: &Path<'_>,
        here: Here,
        kind: TokenKind,
        app: Option<AppId>,
        user: Option<UserId>,
        from: &document::Token,
    ) {
        let (index, found) = (&self.refs.index, &mut self.refs.found);
        let path_of_user = path.key("user");
        if kind == TokenKind::AppLevel {
            if user.is_some() {
                found.add(&path_of_user, "an app_level token acts as nobody");
            }
            if app.is_none() && from.app.is_none() {
                found.add(path, "app_level tokens need an `app`");
            }
            return;
        }
        if kind.is_refresh() && app.is_none() && from.app.is_none() {
            found.add(path, "a refresh token renews an app's: it needs an `app`");
        }
        let Some(user) = user else {
            if from.user.is_none() {
                found.add(path, format_args!("{} tokens need a `user`", kind.name()));
            }
            return;
        };
        let Some(person) = index.people.get(&user) else {
            return;
        };
        match kind {
            TokenKind::User if person.bot => {
                found.add(
                    &path_of_user,
                    format_args!("user tokens act as people, and {user} is a bot"),
                );
            }
            TokenKind::Org => {
                let told = from.token.as_deref().and_then(TokenKind::from_prefix);
                if let Some(told) = told.filter(|told| *told != kind.as_written(person.bot)) {
                    let (others, is) = match person.bot {
                        true => ("people", "a bot"),
                        false => ("bots", "a person"),
                    };
                    let what = format!(
                        "org tokens that begin with `{}` act as {others}, and {user} is {is}",
                        told.prefix()
                    );
                    found.add(&path_of_user, what);
                }
            }
            TokenKind::Bot | TokenKind::LegacyBot if !person.bot => {
                let kind = kind.name();
                found.add(
                    &path_of_user,
                    format_args!("{kind} tokens act as bots, and {user} is a person"),
                );
            }
            _ => {}
        }
        let reaches =
            |team| team == here.team || (kind.is_org_wide() && index.same_org(team, here.team));
        // Whoever has left leaves tokens that are good for nothing.
        if !from.revoked && !person.teams().any(reaches) {
            found.add(
                &path_of_user,
                format_args!("{user} is not in {}", here.team),
            );
        }
    }

    /// Checks what it was granted beyond scopes.
    fn grants(&mut self, path: &Path<'_>, here: Here, kind: TokenKind, from: &document::Token) {
        let (index, found) = (&self.refs.index, &mut self.refs.found);
        if kind.is_org_wide() && index.teams.get(&here.team).copied().flatten().is_none() {
            found.add(
                path,
                format_args!(
                    "an {} token is made in an organisation, and {} is of none",
                    kind.name(),
                    here.team
                ),
            );
        }
        if !kind.is_org_wide() && !from.workspaces.is_empty() {
            found.add(
                &path.key("workspaces"),
                "only an org token is granted workspaces",
            );
        }
        if kind != TokenKind::Workspace && !from.channels.is_empty() {
            found.add(
                &path.key("channels"),
                "only a workspace token is granted channels",
            );
        }
        let workspaces = path.key("workspaces");
        for (i, text) in from.workspaces.iter().enumerate() {
            if text.parse().is_ok_and(|team| {
                index.teams.contains_key(&team) && !index.same_org(here.team, team)
            }) {
                let what = format!("{text} is not of the same organisation as {}", here.team);
                found.add(&workspaces.at(i), what);
            }
        }
    }
}
