//! Installing, renewing, uninstalling, in a world in which time passes.

mod asking;
mod living;
mod organisation;
mod proof;

use super::*;
use crate::{
    facts::Membership,
    id::ChannelId,
    token::{Token, TokenKind},
    user::{Bot, Guest, Role},
    workspace::{OAuth, Workspace},
};
use std::{fmt::Debug, str::FromStr};

const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;

fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn hash(text: &str) -> TokenHash {
    let mut bytes = [0; 32];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    TokenHash(bytes)
}

fn scopes(text: &str) -> ScopeSet {
    let words = text.split(' ').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect::<Vec<_>>().into()
}

fn app() -> App {
    App {
        id: id("A0APP"),
        team: id("T0HOME"),
        name: "The App".to_owned(),
        created: Timestamp(0),
        bot_user: None,
        bot: None,
        signing_secret: None,
        client_id: Some("1.1".to_owned()),
        client_secret: Some("s3cret".to_owned()),
        allowed_addresses: Vec::new(),
        events: None,
        oauth: OAuth {
            redirect_urls: vec!["https://app.test/slack".to_owned()],
            ..OAuth::default()
        },
        interactivity: Default::default(),
    }
}

/// A world in which time passes, and every secret is new.
struct World {
    facts: Facts,
    now: Timestamp,
    last: Timestamp,
    drawn: usize,
}

impl World {
    fn new(change: impl FnOnce(&mut App)) -> Self {
        let mut facts = Facts::complete();
        for team in ["T0HOME", "T0FAR"] {
            let workspace = Workspace::new(id(team), team, team);
            facts.put_workspace(workspace.id, Some(Arc::new(workspace)));
        }
        let mut app = app();
        change(&mut app);
        facts.put_client("1.1", Some(app.id));
        facts.put_app(app.id, Some(Arc::new(app)));
        for (user, team) in [("U0ADA", "T0HOME"), ("U0BOB", "T0HOME"), ("U0FAY", "T0FAR")] {
            let user = User::new(id(user), id(team), user);
            facts.put_user(user.id, Some(Arc::new(user)));
        }
        Self {
            facts,
            now: Timestamp::from_seconds(1_700_000_000),
            last: Timestamp(0),
            drawn: 0,
        }
    }

    fn wait(&mut self, micros: i64) {
        self.now.0 += micros;
    }

    /// Asks a rule, and has what it decides happen.
    fn run<T, E>(
        &mut self,
        rule: impl FnOnce(&Facts, Mint<'_>, &mut Moment) -> Result<Plan<T>, Stop<E>>,
    ) -> Result<(T, Vec<Change>), E> {
        self.drawn += 1;
        let drawn = self.drawn;
        let mint = move |secret| hash(&minted(drawn, secret));
        let mut moment = Moment::new(self.now, self.last);
        let plan = match rule(&self.facts, &mint, &mut moment) {
            Ok(plan) => plan,
            Err(Stop::Refused(refusal)) => return Err(refusal),
            Err(_) => panic!("nothing is missing here, and no scope is asked for"),
        };
        self.last = moment.last();
        for change in &plan.changes {
            self.facts.apply(change);
        }
        Ok((plan.outcome, plan.changes))
    }

    fn consent(&mut self, code: &str, team: &str, user: &str, bot: &str, person: &str) {
        let app = self.facts.app(id("A0APP")).unwrap().unwrap().clone();
        let request = Request::new(&app, scopes(bot), scopes(person), None, None).unwrap();
        self.run(|facts, _, moment| {
            consent(
                facts,
                app.id,
                Place::Workspace(id(team)),
                id(user),
                &request,
                hash(code),
                moment,
            )
        })
        .unwrap();
    }

    fn exchange(&mut self, code: &str) -> Result<(Granted, Vec<Change>), NotGranted> {
        let code = hash(code);
        self.run(|facts, mint, moment| exchange(facts, &shown(), code, None, mint, moment))
    }

    fn refresh(&mut self, number: usize, kind: TokenKind) -> Result<usize, NotGranted> {
        let old = hash(&minted(number, Secret::Refresh(kind)));
        self.run(|facts, mint, moment| refresh(facts, &shown(), old, mint, moment))?;
        Ok(self.drawn)
    }

    /// The tokens of a kind that are alive, by the number of the call that made them.
    fn alive(&self, kind: TokenKind, rotating: bool) -> Vec<usize> {
        let tokens = self.facts.tokens_of(id("A0APP"), id("T0HOME")).unwrap();
        let is_alive = |number: &usize| {
            let wanted = match kind {
                TokenKind::Refresh => Secret::Refresh(TokenKind::Bot),
                kind => Secret::Access { kind, rotating },
            };
            let wanted = hash(&minted(*number, wanted));
            let expired = |token: &Token| token.expires_at.is_some_and(|at| at <= self.now);
            tokens
                .iter()
                .any(|token| token.hash == wanted && !expired(token))
        };
        (1..=self.drawn).filter(is_alive).collect()
    }
}

fn minted(number: usize, secret: Secret) -> String {
    match secret {
        Secret::Access { kind, rotating } => format!("{number} {} {rotating}", kind.name()),
        Secret::Refresh(kind) => format!("{number} renews {}", kind.name()),
    }
}

fn shown() -> Proof {
    Proof {
        client_id: "1.1".to_owned(),
        secret: Some("s3cret".to_owned()),
        verifier: None,
    }
}

fn edit(world: &mut World, change: impl FnOnce(&mut App)) {
    let mut app = App::clone(world.facts.app(id("A0APP")).unwrap().unwrap());
    change(&mut app);
    world.facts.put_app(app.id, Some(Arc::new(app)));
}

fn person(world: &mut World, change: impl FnOnce(&mut User)) {
    let mut user = User::clone(world.facts.user(id("U0BOB")).unwrap().unwrap());
    change(&mut user);
    world.facts.put_user(user.id, Some(Arc::new(user)));
}

#[test]
fn a_code_is_good_once_for_ten_minutes() {
    let mut world = World::new(|_| {});
    world.consent("one", "T0HOME", "U0ADA", "chat:write", "");
    world.wait(10 * MINUTE - 1);
    let (granted, _) = world.exchange("one").unwrap();
    assert_eq!(granted.user, Some(id("U0ADA")));
    assert_eq!(world.exchange("one").unwrap_err(), NotGranted::InvalidCode);
    world.consent("two", "T0HOME", "U0ADA", "chat:write", "");
    world.wait(10 * MINUTE);
    assert_eq!(world.exchange("two").unwrap_err(), NotGranted::InvalidCode);
    assert_eq!(world.exchange("none").unwrap_err(), NotGranted::InvalidCode);
}

#[test]
fn whoever_is_gone_lets_nobody_in() {
    let mut world = World::new(|_| {});
    world.consent("one", "T0HOME", "U0BOB", "chat:write", "");
    person(&mut world, |bob| bob.removed = true);
    assert_eq!(world.exchange("one").unwrap_err(), NotGranted::InvalidCode);
}

#[test]
fn a_bot_is_made_once_and_comes_back() {
    let mut world = World::new(|_| {});
    world.consent("one", "T0HOME", "U0ADA", "chat:write", "");
    let (first, _) = world.exchange("one").unwrap();
    let bot = first.issued[0].user;
    let user = world.facts.user(bot).unwrap().unwrap().clone();
    assert_eq!(
        (user.name.as_str(), user.real_name.as_str()),
        ("the_app", "The App")
    );
    let app = world.facts.app(id("A0APP")).unwrap().unwrap();
    assert_eq!(app.bot_user, Some(bot));

    world.consent("two", "T0HOME", "U0BOB", "users:read", "");
    let (second, _) = world.exchange("two").unwrap();
    assert_eq!(second.issued[0].user, bot);
    // What was consented to before is still allowed, by the old token and the new one.
    assert_eq!(second.issued[0].scopes, scopes("chat:write users:read"));
    for token in world.facts.tokens_of(id("A0APP"), id("T0HOME")).unwrap() {
        assert_eq!(token.scopes, scopes("chat:write users:read"));
    }
    assert_eq!(world.alive(TokenKind::Bot, false).len(), 2);

    let channel: ChannelId = id("C0OPS");
    let place = Membership::new(world.now);
    world.facts.put_membership(channel, bot, Some(place));
    let (_, changes) = world
        .run(|facts, _, moment| -> Result<_, Stop<()>> {
            let changes = uninstall(facts, id("A0APP"), Place::Workspace(id("T0HOME")), moment)?;
            Ok(Plan {
                changes,
                outcome: (),
            })
        })
        .unwrap();
    assert!(matches!(changes.last(), Some(Change::Uninstalled { .. })));
    assert_eq!(world.alive(TokenKind::Bot, false), []);
    assert!(world.facts.user(bot).unwrap().unwrap().removed);
    assert_eq!(world.facts.membership(channel, bot), Ok(None));

    world.consent("three", "T0HOME", "U0ADA", "chat:write", "");
    let (third, _) = world.exchange("three").unwrap();
    assert_eq!(third.issued[0].user, bot);
    assert_eq!(third.issued[0].scopes, scopes("chat:write"));
    assert!(!world.facts.user(bot).unwrap().unwrap().removed);
    assert_eq!(world.facts.membership(channel, bot), Ok(None));
}

#[test]
fn another_workspace_has_a_bot_of_its_own() {
    let mut world = World::new(|app| app.oauth.bot_name = "Größer & Söhne".to_owned());
    world.consent("one", "T0HOME", "U0ADA", "a", "");
    world.consent("two", "T0FAR", "U0FAY", "a", "");
    let (home, _) = world.exchange("one").unwrap();
    let (far, changes) = world.exchange("two").unwrap();
    assert_ne!(home.issued[0].user, far.issued[0].user);
    assert!(
        !changes
            .iter()
            .any(|change| matches!(change, Change::AppEdited { .. }))
    );
    let user = world.facts.user(far.issued[0].user).unwrap().unwrap();
    assert_eq!(
        (user.name.as_str(), user.team),
        ("größer___söhne", id("T0FAR"))
    );
}

#[test]
fn at_most_two_tokens_are_alive_and_a_refresh_token_is_good_once() {
    let mut world = World::new(|app| app.oauth.token_rotation = true);
    world.consent("one", "T0HOME", "U0ADA", "a", "b");
    let (granted, _) = world.exchange("one").unwrap();
    assert!(granted.issued.iter().all(|issued| issued.rotating));
    let first = world.drawn;
    let second = world.refresh(first, TokenKind::Bot).unwrap();
    assert_eq!(world.alive(TokenKind::Bot, true), [first, second]);
    let third = world.refresh(second, TokenKind::Bot).unwrap();
    assert_eq!(world.alive(TokenKind::Bot, true), [second, third]);
    // The person's token is another matter.
    assert_eq!(world.alive(TokenKind::User, true), [first]);

    // Should the answer have been lost, it can be asked for again, for a minute.
    world.wait(MINUTE - 1);
    let again = world.refresh(second, TokenKind::Bot).unwrap();
    assert_eq!(world.alive(TokenKind::Bot, true), [third, again]);
    world.wait(1);
    for used in [first, second] {
        let refused = world.refresh(used, TokenKind::Bot).unwrap_err();
        assert_eq!(refused, NotGranted::InvalidRefreshToken, "{used}");
    }
    world.wait(12 * HOUR);
    assert_eq!(world.alive(TokenKind::Bot, true), []);
    let late = world.refresh(third, TokenKind::Bot).unwrap();
    assert_eq!(world.alive(TokenKind::Bot, true), [late]);
    assert_eq!(
        world.refresh(99, TokenKind::Bot).unwrap_err(),
        NotGranted::InvalidRefreshToken
    );
    // A token opens nothing here, though it is the app's.
    let token = hash(&minted(
        late,
        Secret::Access {
            kind: TokenKind::Bot,
            rotating: true,
        },
    ));
    let refused = world.run(|facts, mint, moment| refresh(facts, &shown(), token, mint, moment));
    assert_eq!(refused.unwrap_err(), NotGranted::InvalidRefreshToken);
}

#[test]
fn without_a_secret_a_refresh_token_lives_for_thirty_days() {
    let mut world = World::new(|app| {
        app.oauth.token_rotation = true;
        app.oauth.pkce = true;
    });
    let public = Proof {
        secret: None,
        verifier: Some(hash("v")),
        ..shown()
    };
    let app = world.facts.app(id("A0APP")).unwrap().unwrap().clone();
    let request = Request::new(&app, scopes("a"), scopes(""), None, Some(hash("v"))).unwrap();
    world
        .run(|facts, _, moment| {
            consent(
                facts,
                app.id,
                Place::Workspace(id("T0HOME")),
                id("U0ADA"),
                &request,
                hash("c"),
                moment,
            )
        })
        .unwrap();
    world
        .run(|facts, mint, moment| exchange(facts, &public, hash("c"), None, mint, moment))
        .unwrap();
    let first = world.drawn;
    assert_eq!(world.alive(TokenKind::Refresh, true), [first]);
    world.wait(30 * 24 * HOUR);
    assert_eq!(world.alive(TokenKind::Refresh, true), []);
    assert_eq!(
        world.refresh(first, TokenKind::Bot).unwrap_err(),
        NotGranted::InvalidRefreshToken
    );
}

#[test]
fn what_was_got_with_the_secret_is_renewed_with_it() {
    let mut world = World::new(|app| {
        app.oauth.token_rotation = true;
        app.oauth.pkce = true;
    });
    world.consent("one", "T0HOME", "U0ADA", "a", "");
    world.exchange("one").unwrap();
    let first = world.drawn;
    let public = Proof {
        secret: None,
        verifier: None,
        ..shown()
    };
    let old = hash(&minted(first, Secret::Refresh(TokenKind::Bot)));
    let refused = world.run(|facts, mint, moment| refresh(facts, &public, old, mint, moment));
    assert_eq!(refused.unwrap_err(), NotGranted::BadClientSecret);
    world.refresh(first, TokenKind::Bot).unwrap();
}

#[test]
fn a_token_for_ever_is_exchanged_once_and_dies_with_the_first_renewal() {
    let mut world = World::new(|_| {});
    world.consent("one", "T0HOME", "U0ADA", "a", "");
    world.exchange("one").unwrap();
    let first = world.drawn;
    let old = hash(&minted(
        first,
        Secret::Access {
            kind: TokenKind::Bot,
            rotating: false,
        },
    ));
    let exchange_old = |world: &mut World| {
        let token = world
            .facts
            .token(id("T0HOME"), old)
            .unwrap()
            .unwrap()
            .clone();
        world
            .run(|facts, mint, moment| renewable(facts, &shown(), &token, mint, moment))
            .map(|_| world.drawn)
    };
    assert_eq!(
        exchange_old(&mut world).unwrap_err(),
        NotGranted::RotationNotEnabled
    );
    edit(&mut world, |app| app.oauth.token_rotation = true);
    let second = exchange_old(&mut world).unwrap();
    assert_eq!(world.alive(TokenKind::Bot, false), [first]);
    assert_eq!(world.alive(TokenKind::Bot, true), [second]);
    assert_eq!(
        exchange_old(&mut world).unwrap_err(),
        NotGranted::AlreadyExchanged
    );
    let third = world.refresh(second, TokenKind::Bot).unwrap();
    assert_eq!(world.alive(TokenKind::Bot, false), []);
    assert_eq!(world.alive(TokenKind::Bot, true), [second, third]);
}

#[test]
fn what_revoking_ends() {
    let names = |changes: &[Change]| -> Vec<&str> {
        let name = |change: &Change| match change {
            Change::TokenRevoked { .. } => "token",
            Change::Deauthorized { bot: true, .. } => "bot",
            Change::Deauthorized { .. } => "person",
            Change::UserEdited { user, .. } if user.removed => "gone",
            Change::Uninstalled { .. } => "uninstalled",
            other => panic!("{other:?}"),
        };
        changes.iter().map(name).collect()
    };
    for (rotation, bot, person, kind, expected) in [
        (
            false,
            "a",
            "b",
            TokenKind::Bot,
            &["token", "bot", "gone"][..],
        ),
        (false, "a", "b", TokenKind::User, &["token", "person"]),
        (
            false,
            "a",
            "",
            TokenKind::Bot,
            &["token", "bot", "gone", "uninstalled"],
        ),
        (
            false,
            "",
            "b",
            TokenKind::User,
            &["token", "person", "uninstalled"],
        ),
        (true, "a", "b", TokenKind::Bot, &["token"]),
        (true, "", "b", TokenKind::User, &["token"]),
    ] {
        let mut world = World::new(|app| app.oauth.token_rotation = rotation);
        world.consent("one", "T0HOME", "U0ADA", bot, person);
        world.exchange("one").unwrap();
        let secret = Secret::Access {
            kind,
            rotating: rotation,
        };
        let token = hash(&minted(world.drawn, secret));
        let token = world
            .facts
            .token(id("T0HOME"), token)
            .unwrap()
            .unwrap()
            .clone();
        let mut moment = Moment::new(world.now, world.last);
        let changes = revoke(&world.facts, &token, &mut moment).unwrap();
        assert_eq!(
            names(&changes),
            expected,
            "{rotation} {bot:?} {person:?} {kind:?}"
        );
    }
}
