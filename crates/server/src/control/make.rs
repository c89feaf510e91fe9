//! The making of a token, by the rules that hold for the tokens of a world file.

use super::{
    Problem,
    tokens::{Made, NewToken, TokenView},
};
use guestlist_domain::{
    Actor, App, AppId, Change, Facts, Missing, Moment, Plan, ScopeSet, Stop, TeamId, Timestamp,
    Token, TokenKind, User, UserId, Workspace,
    install::{self, Place},
};
use guestlist_store::{
    Decide, Store,
    world::{token_hash, token_text},
};
use std::sync::Arc;

/// Makes a token.
pub async fn create(store: &Store, mut ask: NewToken) -> Result<Made, Problem> {
    let expires = expiry(&ask)?;
    check_scopes(&ask.scopes)?;
    if ask.app.is_some() && ask.user.is_none() {
        ask.kind = ask.kind.or_else(|| TokenKind::of_scopes(&ask.scopes));
    }
    let known = store.read(|reader| {
        let user = ask.user.map(|id| reader.user(id)).transpose()?.flatten();
        let app = ask.app.or(user.as_deref().and_then(of_bot));
        Ok::<_, Problem>((user, app.map(|id| reader.app(id)).transpose()?.flatten()))
    });
    let (user, app) = known.await?;
    check_known(&ask, user.as_deref(), app.as_deref())?;
    let team = ask
        .workspace
        .or(user.as_ref().map(|user| user.team))
        .or(app.as_ref().map(|app| app.team));
    let team = team.ok_or_else(|| {
        Problem::invalid("user_required", "say whom the token is for, or which app")
    })?;
    let drawn = store
        .draw()
        .map_err(|error| Problem::failed(format!("no randomness: {error}")))?;
    let random = drawn.bytes("token");
    let (text, token, orphaned) = store
        .write(Arc::new(Make {
            ask,
            expires,
            team,
            app,
            random,
        }))
        .await?;
    Ok(Made {
        token: text,
        view: TokenView::new(&token, orphaned, store.clock().now()),
    })
}

fn of_bot(user: &User) -> Option<AppId> {
    user.bot.and_then(|bot| bot.app)
}

fn check_scopes(scopes: &[String]) -> Result<(), Problem> {
    match scopes.iter().find(|scope| !ScopeSet::is_scope(scope)) {
        None => Ok(()),
        Some(scope) => Err(Problem::invalid(
            "invalid_scope",
            format!("`{scope}` is not written like a scope"),
        )),
    }
}

/// What is there stays there: apps are not removed, and people only marked so. Therefore they may be
/// looked at beforehand.
fn check_known(ask: &NewToken, user: Option<&User>, app: Option<&App>) -> Result<(), Problem> {
    let no_app = |why: String| Err(Problem::invalid("app_not_found", why));
    match (ask.user, user, ask.app, app) {
        (Some(id), None, _, _) => Err(no_user(id)),
        (_, _, Some(id), None) => no_app(format!("there is no app {id}")),
        (_, Some(user), _, Some(app)) if of_bot(user).is_some_and(|of| of != app.id) => {
            no_app(format!("{} is not the bot of {}", user.id, app.id))
        }
        _ => Ok(()),
    }
}

fn no_user(id: UserId) -> Problem {
    Problem::invalid("user_not_found", format!("there is no user {id}"))
}

/// When a token dies: at a time, or so many seconds after it is made.
#[derive(Clone, Copy)]
enum Expiry {
    Never,
    At(Timestamp),
    In(u32),
}

fn expiry(ask: &NewToken) -> Result<Expiry, Problem> {
    let wrong = |why: String| Err(Problem::invalid("invalid_time", why));
    match (&ask.expires_at, ask.expires_in_seconds) {
        (None, None) => Ok(Expiry::Never),
        (None, Some(seconds)) => Ok(Expiry::In(seconds)),
        (Some(text), None) => match text
            .parse::<jiff::Timestamp>()
            .map(jiff::Timestamp::as_microsecond)
        {
            Ok(micros @ 0..) => Ok(Expiry::At(Timestamp(micros))),
            Ok(_) => wrong(format!("`{text}` is before 1970")),
            Err(_) => wrong(format!("`{text}` is not a time like 2030-05-01T00:00:00Z")),
        },
        (Some(_), Some(_)) => {
            wrong("`expires_at` and `expires_in_seconds` exclude each other".to_owned())
        }
    }
}

/// The making of a token, as the store decides it.
struct Make {
    ask: NewToken,
    expires: Expiry,
    team: TeamId,
    app: Option<Arc<App>>,
    /// Drawn beforehand: a decision may be taken more than once and must not draw.
    random: [u8; 24],
}

impl Make {
    fn user<'f>(&self, facts: &'f Facts) -> Result<Option<&'f User>, Stop<Problem>> {
        let acts = !matches!(self.ask.kind, Some(TokenKind::AppLevel | TokenKind::User));
        let bot = match &self.app {
            // Of several workspaces that it is installed in each has a bot of its own.
            Some(app) if acts && self.ask.user.is_none() => {
                facts.bot_of(app.id, self.team)?.or(app.bot_user)
            }
            _ => None,
        };
        match self.ask.user.or(bot) {
            None => Ok(None),
            Some(id) => match facts.user(id)? {
                Some(user) => Ok(Some(user)),
                None => Err(Stop::Refused(no_user(id))),
            },
        }
    }

    fn kind(&self, user: Option<&User>) -> Result<TokenKind, Problem> {
        let wrong = |why: String| Err(Problem::invalid("invalid_kind", why));
        let kind = match (self.ask.kind, user) {
            (Some(kind), _) => kind,
            (None, Some(user)) if user.bot.is_some() => TokenKind::Bot,
            (None, Some(_)) => TokenKind::User,
            // Of an app that is not installed; a token of the app itself is another thing.
            (None, None) => {
                let app = self.app.as_ref().map(|app| app.id.to_string());
                let why = format!(
                    "{} is not installed and has no bot: say which user the token acts as, or the kind app_level",
                    app.as_deref().unwrap_or("the app")
                );
                return Err(Problem::invalid("user_required", why));
            }
        };
        let name = kind.name();
        match (kind, user) {
            (TokenKind::Refresh | TokenKind::OrgRefresh, _) => {
                wrong(format!("{name} tokens come with the token that they renew"))
            }
            (TokenKind::AppLevel, Some(_)) => {
                wrong(format!("{name} tokens act as nobody: leave the user out"))
            }
            (TokenKind::AppLevel, None) if self.app.is_none() => {
                wrong(format!("{name} tokens need an app"))
            }
            (TokenKind::AppLevel, None) => Ok(kind),
            (_, None) => Err(Problem::invalid(
                "user_required",
                format!("{name} tokens need a user"),
            )),
            (TokenKind::User, Some(user)) if user.bot.is_some() => wrong(format!(
                "{name} tokens act as people, and {} is a bot",
                user.id
            )),
            (TokenKind::Bot | TokenKind::LegacyBot, Some(user)) if user.bot.is_none() => wrong(
                format!("{name} tokens act as bots, and {} is a person", user.id),
            ),
            _ => Ok(kind),
        }
    }

    /// What an organisation-wide token is granted that names nothing: what the app's others are that are alive. The
    /// first is granted the workspace it is made in.
    fn granted(
        &self,
        home: &Workspace,
        facts: &Facts,
        moment: &Moment,
    ) -> Result<Vec<TeamId>, Missing> {
        if let (Some(app), Some(org)) = (&self.app, home.enterprise) {
            let place = Place::Organisation(org);
            let others = install::living(facts, app.id, place, moment.now())?;
            if !others.is_empty() {
                return Ok(install::listed(&others));
            }
        }
        Ok(vec![home.id])
    }

    /// What only some kinds are granted, checked against the world.
    fn check_grants(
        &self,
        kind: TokenKind,
        home: &Workspace,
        facts: &Facts,
    ) -> Result<(), Stop<Problem>> {
        let wrong = |why: String| Err(Stop::Refused(Problem::invalid("invalid_grant", why)));
        let (org, team) = (home.enterprise, home.id);
        if kind != TokenKind::Org && !self.ask.workspaces.is_empty() {
            return wrong("only an org token is granted workspaces".to_owned());
        }
        if kind != TokenKind::Workspace && !self.ask.channels.is_empty() {
            return wrong("only a workspace token is granted channels".to_owned());
        }
        if kind == TokenKind::Org && org.is_none() {
            return wrong(format!(
                "an org token is made in an organisation, and {team} is of none"
            ));
        }
        for id in &self.ask.workspaces {
            if facts
                .workspace(*id)?
                .is_none_or(|workspace| workspace.enterprise != org)
            {
                return wrong(format!(
                    "{id} is no workspace of the same organisation as {team}"
                ));
            }
        }
        for id in &self.ask.channels {
            if facts.channel(*id)?.is_none() {
                return wrong(format!("there is no channel {id}"));
            }
        }
        Ok(())
    }
}

impl Decide for Make {
    /// Its text, the token, and whether whom it acts as is gone.
    type Outcome = (String, Arc<Token>, bool);
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.team)
    }

    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<Self::Outcome>, Stop<Problem>> {
        let Some(home) = facts.workspace(self.team)? else {
            let message = format!("there is no workspace {}", self.team);
            return Err(Stop::Refused(Problem::invalid(
                "workspace_not_found",
                message,
            )));
        };
        let user = self.user(facts)?;
        let kind = self.kind(user).map_err(Stop::Refused)?;
        self.check_grants(kind, home, facts)?;
        if let Some(user) = user
            && !user.is_in(home.id)
        {
            let message = format!("{} is not in the workspace {}", user.id, home.id);
            return Err(Stop::Refused(Problem::invalid(
                "user_not_in_workspace",
                message,
            )));
        }
        let mut scopes = self.ask.scopes.clone();
        if kind == TokenKind::LegacyBot && scopes.is_empty() {
            scopes.push("bot".to_owned());
        }
        let mut workspaces = self.ask.workspaces.clone();
        if kind == TokenKind::Org && workspaces.is_empty() {
            workspaces = self.granted(home, facts, moment)?;
        }
        let is_bot = user.is_none_or(|user| user.bot.is_some());
        let text = token_text(kind.as_written(is_bot), self.random);
        let token = Arc::new(Token {
            hash: token_hash(&text),
            team: home.id,
            kind,
            app: self.app.as_ref().map(|app| app.id),
            user: user.map(|user| user.id),
            scopes: scopes.into(),
            expires_at: match self.expires {
                Expiry::Never => None,
                Expiry::At(time) => Some(time),
                Expiry::In(seconds) => Some(Timestamp(
                    moment
                        .now()
                        .0
                        .saturating_add(i64::from(seconds) * 1_000_000),
                )),
            },
            revoked: false,
            workspaces,
            channels: self.ask.channels.clone(),
        });
        Ok(Plan {
            changes: vec![Change::TokenMade {
                token: token.clone(),
            }],
            outcome: (
                text,
                token,
                user.is_some_and(|user| user.is_gone(moment.now())),
            ),
        })
    }
}
