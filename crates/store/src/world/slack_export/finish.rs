//! Everything that was read, put together.

use super::{BOT_SCOPES, Imported, USER_SCOPES, convert::Import};
use crate::world::{Loaded, NewToken, index::Set, token_hash, token_text};
use guestlist_domain::{
    App, AppId, Channel, ScopeSet, Seed, TeamId, Timestamp, Token, TokenKind, User, UserId,
    Workspace, facts::Membership, time::SeededIds, user::Bot,
};

/// The name of the app that an import makes.
const APP: &str = "guestlist";

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
        self.settle_names();
        self.settle_invited(random);
        let notes = self.notes();
        let channels = self.channels.iter();
        let created = channels.map(|channel| channel.created).min();
        let created = created.unwrap_or(self.now);
        let leader = self.people.leader;
        let own = self.install();
        let home = self.people.home();
        let mut seed = Seed {
            workspaces: self.workspaces(name, domain, created),
            ..Seed::default()
        };
        self.put_people(&mut seed, created);
        self.put_channels(&mut seed);
        seed.enterprises = self.people.organisations.enterprises;
        let mut new_tokens = Vec::new();
        let bot = Some((TokenKind::Bot, own.user, BOT_SCOPES));
        let person = leader.map(|user| (TokenKind::User, user, USER_SCOPES));
        for (kind, user, scopes) in bot.into_iter().chain(person) {
            let text = token_text(kind, random());
            seed.tokens
                .push(token(&text, home, own.app, kind, user, scopes));
            new_tokens.push(NewToken {
                text,
                kind,
                user: Some(user),
                app: Some(own.app),
                team: home,
            });
        }
        Imported {
            loaded: Loaded { seed, new_tokens },
            notes,
        }
    }

    fn workspaces(&self, name: &str, domain: &str, created: Timestamp) -> Vec<Workspace> {
        let places = &self.people.organisations;
        let workspace = |(i, team): (usize, &TeamId)| {
            let id = team.to_string();
            let other = (id.as_str(), &*id.to_lowercase());
            let (name, domain) = if i == 0 { (name, domain) } else { other };
            Workspace {
                created,
                enterprise: places.of(*team),
                ..Workspace::new(*team, name, domain)
            }
        };
        places.teams.iter().enumerate().map(workspace).collect()
    }

    /// People and apps, in the order in which a world file lists them: by workspace, bots of apps last.
    fn put_people(&mut self, seed: &mut Seed, created: Timestamp) {
        let order = &self.people.organisations.order;
        let mut users = std::mem::take(&mut self.people.all);
        let unknown = |user: &&mut User| user.updated == Timestamp::default();
        for user in users.iter_mut().filter(unknown) {
            user.updated = created;
        }
        let mut apps = apps(&users, self.now);
        let bots: Set<UserId> = apps.iter().filter_map(|app| app.bot_user).collect();
        users.sort_by_key(|user| (order.get(&user.team), bots.contains(&user.id)));
        apps.sort_by_key(|app| order.get(&app.team));
        (seed.users, seed.apps) = (users, apps);
    }

    /// Conversations and who is in them, by workspace.
    fn put_channels(&mut self, seed: &mut Seed) {
        let order = &self.people.organisations.order;
        let channels = std::mem::take(&mut self.channels);
        let members = std::mem::take(&mut self.members);
        let mut rows: Vec<(Channel, Vec<UserId>)> = channels.into_iter().zip(members).collect();
        rows.sort_by_key(|(channel, _)| order.get(&channel.team));
        for (channel, members) in rows {
            let place = Membership::new(channel.created);
            let row = |user| (channel.team, channel.id, user, place);
            seed.members.extend(members.into_iter().map(row));
            seed.channels.push(channel);
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
            interactivity: Default::default(),
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
