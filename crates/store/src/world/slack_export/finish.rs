//! Everything that was read, put together.

use super::{BOT_SCOPES, Imported, USER_SCOPES, convert::Import};
use crate::world::{
    Loaded, NewToken,
    index::{Map, Set},
    token_hash, token_text,
};
use guestlist_domain::{
    App, AppId, ScopeSet, Seed, TeamId, Timestamp, Token, TokenKind, User, UserId, Workspace,
    time::SeededIds, user::Bot,
};

/// The name of the app that an import makes.
const APP: &str = "guestlist";
/// The most names a note gives.
const NAMED: usize = 10;

/// The app that an import makes, and its bot.
#[derive(Clone, Copy)]
struct Own {
    app: AppId,
    user: UserId,
}

impl Import {
    /// All rows, with an app and two tokens to begin with.
    pub(super) fn finish(
        mut self,
        name: &str,
        domain: &str,
        random: &mut dyn FnMut() -> [u8; 24],
    ) -> Imported {
        let notes = self.notes();
        let created = self
            .channels
            .iter()
            .map(|channel| channel.created)
            .min()
            .unwrap_or(self.now);
        let leader = self.people.leader;
        let own = self.install();
        let teams = &self.people.teams;
        let order: Map<TeamId, usize> = teams
            .iter()
            .enumerate()
            .map(|(i, team)| (*team, i))
            .collect();

        let mut users = self.people.all;
        for user in users
            .iter_mut()
            .filter(|user| user.updated == Timestamp::default())
        {
            user.updated = created;
        }
        let mut apps = apps(&users, self.now);
        let bots: Set<UserId> = apps.iter().filter_map(|app| app.bot_user).collect();
        // The order in which a world file lists them: by workspace, bots of apps last.
        users.sort_by_key(|user| (order.get(&user.team), bots.contains(&user.id)));
        apps.sort_by_key(|app| order.get(&app.team));

        let mut seed = Seed {
            users,
            apps,
            channels: self.channels,
            members: self.members,
            ..Seed::default()
        };
        for (i, team) in teams.iter().enumerate() {
            let id = team.to_string();
            let (name, domain) = if i == 0 {
                (name, domain)
            } else {
                (id.as_str(), &*id.to_lowercase())
            };
            seed.workspaces.push(Workspace {
                created,
                ..Workspace::new(*team, name, domain)
            });
        }
        let mut new_tokens = Vec::new();
        let bot = Some((TokenKind::Bot, own.user, BOT_SCOPES));
        for (kind, user, scopes) in bot
            .into_iter()
            .chain(leader.map(|user| (TokenKind::User, user, USER_SCOPES)))
        {
            let text = token_text(kind, random());
            let token = token(&text, teams[0], own.app, kind, user, scopes);
            new_tokens.push(NewToken {
                text,
                kind,
                user: token.user,
                app: token.app,
                team: token.team,
            });
            seed.tokens.push(token);
        }
        Imported {
            loaded: Loaded { seed, new_tokens },
            notes,
        }
    }

    /// Adds the bot user of an app of ours.
    fn install(&mut self) -> Own {
        let app = self.ids.make(SeededIds::app);
        let mut user = User::new(self.ids.make(SeededIds::user), self.people.home(), APP);
        user.bot = Some(Bot {
            id: self.ids.make(SeededIds::bot),
            app: Some(app),
        });
        let own = Own { app, user: user.id };
        self.people.all.push(user);
        own
    }

    /// What was changed or left out.
    fn notes(&self) -> Vec<String> {
        let people = &self.people;
        let placeholders: Vec<String> = people.placeholders.iter().map(UserId::to_string).collect();
        let some = |count: usize, what: String| (count > 0).then_some(what);
        [
            some(
                self.unknown.len(),
                format!(
                    "members of channels left out, because users.json does not have them: {}",
                    list(&self.unknown)
                ),
            ),
            some(
                placeholders.len(),
                format!(
                    "people made, as removed, because something speaks of them: {}",
                    list(&placeholders)
                ),
            ),
            some(
                self.renamed.len(),
                format!("channels given another name: {}", list(&self.renamed)),
            ),
            some(
                people.addresses_dropped,
                format!(
                    "e-mail addresses left out, malformed or held by another: {}",
                    people.addresses_dropped
                ),
            ),
            some(
                people.zones_dropped,
                format!("time zones left out, unknown: {}", people.zones_dropped),
            ),
            some(
                self.dms_dropped,
                format!(
                    "DMs left out, without people or between the same as another: {}",
                    self.dms_dropped
                ),
            ),
            some(
                people.teams.len() - 1,
                format!(
                    "workspaces made for people of other organisations: {}",
                    list(&people.teams[1..])
                ),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// How many, and the first of them.
fn list<T: ToString>(items: &[T]) -> String {
    let mut distinct: Vec<String> = Vec::new();
    for item in items {
        let text = item.to_string();
        if distinct.len() <= NAMED && !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    let more = if distinct.len() > NAMED { ", …" } else { "" };
    distinct.truncate(NAMED);
    format!("{} ({}{more})", items.len(), distinct.join(", "))
}

/// The apps behind bots, as far as an export tells of them.
fn apps(users: &[User], now: Timestamp) -> Vec<App> {
    let mut known = Set::default();
    let mut apps = Vec::new();
    for user in users {
        let Some(Bot {
            id: bot,
            app: Some(app),
        }) = user.bot
        else {
            continue;
        };
        if !known.insert(app) {
            continue;
        }
        apps.push(App {
            id: app,
            team: user.team,
            name: if user.real_name.is_empty() {
                user.name.clone()
            } else {
                user.real_name.clone()
            },
            created: now,
            bot_user: Some(user.id),
            bot: Some(bot),
            signing_secret: None,
            client_id: None,
            client_secret: None,
            allowed_addresses: Vec::new(),
            events: None,
            oauth: guestlist_domain::workspace::OAuth::default(),
        });
    }
    apps
}

fn token(
    text: &str,
    team: TeamId,
    app: AppId,
    kind: TokenKind,
    user: UserId,
    scopes: &[&str],
) -> Token {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Token {
        hash: token_hash(text),
        team,
        kind,
        app: Some(app),
        user: Some(user),
        scopes: ScopeSet::from(scopes),
        expires_at: None,
        revoked: false,
        workspaces: Vec::new(),
        channels: Vec::new(),
    }
}
