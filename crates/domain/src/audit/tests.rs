use super::*;
use crate::{
    change::Actor,
    channel::{Channel, ChannelKind, Connection},
    id::AppId,
    seed::Seed,
    token::TokenHash,
    user::{Guest, User},
    workspace::{App, Enterprise, OAuth, Workspace},
};
use std::str::FromStr;

mod channels;
mod people;

fn id<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

const WHEN: Timestamp = Timestamp(1_700_000_000_000_000);

fn before(micros: i64) -> Timestamp {
    Timestamp(WHEN.0 - micros)
}

fn user(text: &str, team: &str) -> User {
    let mut user = User::new(id(text), id(team), &text.to_lowercase());
    user.email = Some(format!("{}@x.test", text.to_lowercase()));
    user
}

fn channel(text: &str, team: &str, kind: ChannelKind) -> Channel {
    Channel::new(id(text), id(team), kind, "ops", id("U0ADA"), before(100))
}

/// A channel of Acme's that Globex takes part in since some time, as `away` and privately.
fn shared(since: Timestamp) -> Channel {
    let mut channel = channel("C0BOTH", "T0ACME", ChannelKind::Public);
    channel.connections.push(Connection {
        workspace: id("T0GLO"),
        external_limited: false,
        name: Some("away".to_owned()),
        private: Some(true),
        connected: since,
    });
    channel
}

/// Acme and West of one organisation, Globex of another; people of each, some channels and an app.
fn facts() -> Facts {
    let mut facts = Facts::complete();
    for (org, name) in [("E0ACME", "Acme Corp"), ("E0GLO", "Globex Corp")] {
        let org = Enterprise {
            id: id(org),
            name: name.to_owned(),
            domain: org.to_lowercase(),
            ekm_suspended: false,
            blocked_methods: Vec::new(),
            added: Timestamp::default(),
        };
        facts.put_enterprise(org.id, Some(Arc::new(org)));
    }
    for (team, org) in [
        ("T0ACME", "E0ACME"),
        ("T0WEST", "E0ACME"),
        ("T0GLO", "E0GLO"),
    ] {
        let mut workspace = Workspace::new(id(team), team, "x");
        workspace.enterprise = Some(id(org));
        facts.put_workspace(workspace.id, Some(Arc::new(workspace)));
    }
    let mut mia = user("U0MIA", "T0ACME");
    mia.guest = Some(Guest::MultiChannel);
    for one in [
        user("U0ADA", "T0ACME"),
        user("U0BEN", "T0WEST"),
        user("U0GIL", "T0GLO"),
        mia,
    ] {
        facts.put_user(one.id, Some(Arc::new(one)));
    }
    let mut im = channel("D0IM", "T0ACME", ChannelKind::Im);
    im.name = String::new();
    for one in [
        channel("C0OPS", "T0ACME", ChannelKind::Public),
        channel("C0SEC", "T0ACME", ChannelKind::Private),
        channel("C0GLO", "T0GLO", ChannelKind::Public),
        shared(before(10)),
        im,
    ] {
        facts.put_channel(one.id, Some(Arc::new(one)));
    }
    let app = app();
    facts.put_app(app.id, Some(Arc::new(app)));
    facts
}

fn app() -> App {
    App {
        id: id("A0APP"),
        team: id("T0ACME"),
        name: "greeter".to_owned(),
        created: WHEN,
        bot_user: None,
        bot: None,
        signing_secret: Some("signs".to_owned()),
        client_id: Some("1.1".to_owned()),
        client_secret: Some("secret".to_owned()),
        allowed_addresses: Vec::new(),
        events: None,
        oauth: OAuth::default(),
        interactivity: Default::default(),
    }
}

fn acme() -> Log {
    Log {
        org: id("E0ACME"),
        workspaces: vec![id("T0ACME"), id("T0WEST")],
        since: Timestamp::default(),
    }
}

fn globex() -> Log {
    Log {
        org: id("E0GLO"),
        workspaces: vec![id("T0GLO")],
        since: Timestamp::default(),
    }
}

fn call(team: &str, user: Option<&str>, changes: Vec<Change>) -> change::Entry {
    change::Entry {
        at: WHEN,
        by: Actor {
            team: id(team),
            user: user.map(id),
            app: None,
        },
        changes,
    }
}

/// The entries that all changes of a call come to.
fn entries(log: &Log, call: &change::Entry) -> Vec<Entry> {
    let facts = facts();
    let changes = 0..call.changes.len();
    let of = |index: usize| {
        let at = Position {
            seq: 7,
            change: u32::try_from(index).unwrap(),
        };
        of_change(&facts, log, call, index, at).unwrap()
    };
    changes.flat_map(of).collect()
}

/// Their actions.
fn actions(log: &Log, call: &change::Entry) -> Vec<&'static str> {
    let entries = entries(log, call).into_iter();
    entries.map(|entry| entry.action.name()).collect()
}

/// Somebody as an organisation sees them, with their address where they are `ours`.
fn person(text: &str, team: &str, ours: bool) -> Person {
    Person::new(&user(text, team), ours)
}

fn channel_of(entry: &Entry) -> &ChannelSeen {
    match &entry.entity {
        Entity::Channel(channel) => channel,
        other => panic!("{other:?}"),
    }
}

fn joined(channel: &str, user: &str, inviter: Option<&str>) -> Change {
    Change::Joined {
        channel: id(channel),
        user: id(user),
        inviter: inviter.map(id),
        ts: WHEN,
    }
}

fn left(channel: &str, user: &str, by: Option<&str>) -> Change {
    Change::Left {
        channel: id(channel),
        user: id(user),
        by: by.map(id),
        ts: WHEN,
    }
}

fn token(kind: TokenKind, scopes: &[&str]) -> Arc<Token> {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Arc::new(Token {
        hash: TokenHash([7; 32]),
        team: id("T0ACME"),
        kind,
        app: Some(id("A0APP")),
        user: Some(id("U0ADA")),
        scopes: scopes.into(),
        expires_at: None,
        revoked: false,
        workspaces: Vec::new(),
        channels: Vec::new(),
    })
}

#[test]
fn consent_to_an_app_is_told_once() {
    let used = || Change::CodeUsed {
        hash: TokenHash([1; 32]),
    };
    let made = |kind, scopes: &[&str]| Change::TokenMade {
        token: token(kind, scopes),
    };
    let wider = |kind, scopes: &[&str]| Change::TokenEdited {
        token: token(kind, scopes),
    };
    let (bot, person, refresh) = (TokenKind::Bot, TokenKind::User, TokenKind::Refresh);
    let none: &[&str] = &[];
    for (changes, expected, scopes) in [
        (
            vec![
                used(),
                made(bot, &["a"]),
                made(refresh, &["a"]),
                made(person, &["b"]),
            ],
            &["app_installed"][..],
            [&["b"][..], &[], &["a"]],
        ),
        (
            vec![
                used(),
                wider(refresh, &["a", "b"]),
                wider(person, &["a", "b"]),
                made(person, &["a", "b"]),
            ],
            &["app_scopes_expanded"],
            [none, &["a", "b"], none],
        ),
        // Renewing, and what an operator makes, is nobody's consent.
        (
            vec![made(bot, &["a"]), made(refresh, &["a"])],
            none,
            [none; 3],
        ),
        (vec![wider(refresh, &["a"])], none, [none; 3]),
    ] {
        let call = call("T0ACME", Some("U0ADA"), changes);
        assert_eq!(actions(&acme(), &call), expected);
        assert_eq!(actions(&globex(), &call), none);
        if let Some(entry) = entries(&acme(), &call).first() {
            let details = &entry.details;
            let told = [&details.scopes, &details.new_scopes, &details.bot_scopes];
            assert_eq!(told, scopes);
            assert_eq!(details.installer_user_id, Some(id("U0ADA")));
            assert_eq!(entry.entity, Entity::App(AppSeen::new(&app())));
        }
    }
    let gone = Change::Uninstalled {
        app: id::<AppId>("A0APP"),
        team: id("T0ACME"),
        user: None,
        ts: WHEN,
    };
    let call = call("T0ACME", None, vec![gone]);
    assert_eq!(actions(&acme(), &call), ["app_uninstalled"]);
    assert_eq!(actions(&globex(), &call), none);
}

#[test]
fn a_log_begins_with_its_organisation() {
    let mut seed = Seed::default();
    for (team, org) in [
        ("T0ACME", Some("E0ACME")),
        ("T0WEST", Some("E0ACME")),
        ("T0X", None),
    ] {
        let mut workspace = Workspace::new(id(team), team, "x");
        workspace.enterprise = org.map(id);
        seed.workspaces.push(workspace);
    }
    let org = facts().enterprise(id("E0ACME")).unwrap().cloned().unwrap();
    seed.enterprises.push(Enterprise::clone(&org));
    let added = Change::Added {
        seed: Arc::new(seed),
    };
    let removed = Change::Removed {
        workspaces: vec![id("T0ACME")],
        enterprises: vec![id("E0ACME")],
        apps: Vec::new(),
    };
    for change in [&added, &removed] {
        assert!(
            acme().begins_with(change) && !globex().begins_with(change),
            "{change:?}"
        );
    }
    assert!(!acme().begins_with(&joined("C0OPS", "U0ADA", None)));
    let call = call("T0ACME", None, vec![added]);
    assert_eq!(actions(&acme(), &call), ["workspace_created"; 2]);
    let entries = entries(&acme(), &call);
    assert_eq!(entries[1].entity.id(), "T0WEST");
    // Nobody asked for it who is anybody.
    assert_eq!(entries[0].actor, Person::placeholder("USLACKUSER"));
    assert_eq!(actions(&globex(), &call), [""; 0]);
}

#[test]
fn ids_are_uuids_of_their_place() {
    let id = |seq, change, part| EntryId {
        at: Position { seq, change },
        part,
    };
    assert_eq!(
        id(7, 2, 1).uuid(WHEN),
        "018bcfe5-6800-8000-8000-1c0000020001"
    );
    let largest = id((1 << 32) - 1, (1 << 26) - 1, (1 << 16) - 1);
    assert_eq!(largest.uuid(WHEN), "018bcfe5-6800-8fff-bfff-ffffffffffff");
    let few: Vec<_> = (0..3u32)
        .chain([1 << 12, 1 << 16, (1 << 20) - 1])
        .flat_map(|n| [id(i64::from(n), 0, 0), id(0, n + 1, 0), id(3, 0, n + 1)])
        .map(|id| id.uuid(WHEN))
        .collect();
    let mut distinct = few.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), few.len(), "{few:?}");
}

#[test]
fn what_two_organisations_are_told_has_an_id_each() {
    let mut seed = Seed::default();
    for n in 0..5000u32 {
        let mut workspace = Workspace::new(TeamId::from_key(i64::from(n)), "T", "x");
        let org = if n % 2 == 0 { "E0ACME" } else { "E0GLO" };
        workspace.enterprise = Some(id(org));
        seed.workspaces.push(workspace);
    }
    let call = call(
        "T0ACME",
        None,
        vec![Change::Added {
            seed: Arc::new(seed),
        }],
    );
    let mut ids: Vec<String> = [acme(), globex()]
        .iter()
        .flat_map(|log| entries(log, &call))
        .map(|entry| entry.id.uuid(WHEN))
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5000);
}

#[test]
fn an_app_of_the_whole_organisation() {
    let mut facts = facts();
    let mut bot = user("U0BOT", "T0ACME");
    bot.bot = Some(crate::user::Bot {
        id: id("B0BOT"),
        app: Some(id("A0APP")),
    });
    facts.put_user(bot.id, Some(Arc::new(bot)));
    let told = |log: &Log, changes: &[Change]| -> Vec<(&'static str, String, Details)> {
        let call = call("T0ACME", Some("U0ADA"), changes.to_vec());
        let entries = (0..changes.len()).flat_map(|index| {
            let at = Position { seq: 7, change: 0 };
            of_change(&facts, log, &call, index, at).unwrap()
        });
        let of = |entry: Entry| {
            assert_eq!(entry.entity.id(), "A0APP");
            let place = entry.location.id.to_string();
            (entry.action.name(), place, entry.details)
        };
        entries.map(of).collect()
    };
    let held = |kind, user: &str, scopes: &[&str]| {
        Arc::new(Token {
            user: Some(id(user)),
            ..Token::clone(&token(kind, scopes))
        })
    };
    let (org, refresh) = (TokenKind::Org, TokenKind::OrgRefresh);
    let consent = |edited: bool| {
        let of = |token| match edited {
            true => Change::TokenEdited { token },
            false => Change::TokenMade { token },
        };
        [
            Change::CodeUsed {
                hash: TokenHash([1; 32]),
            },
            of(held(refresh, "U0BOT", &["a"])),
            of(held(org, "U0BOT", &["a"])),
            of(held(org, "U0ADA", &["b"])),
        ]
    };
    for (edited, action) in [(false, "org_app_installed"), (true, "app_scopes_expanded")] {
        let all = told(&acme(), &consent(edited));
        let [(name, place, details)] = &all[..] else {
            panic!("{all:?}");
        };
        assert_eq!((*name, place.as_str()), (action, "T0ACME"));
        assert_eq!(details.bot_scopes, ["a"]);
        let of_person = match edited {
            true => &details.new_scopes,
            false => &details.scopes,
        };
        assert_eq!(*of_person, ["b"]);
    }
    let access = |granted| Change::TeamAccess {
        app: id("A0APP"),
        team: id("T0ACME"),
        user: id("U0BOT"),
        granted,
        teams: vec![id("T0ACME"), id("T0WEST")],
        ts: WHEN,
    };
    let gone = Change::Uninstalled {
        app: id("A0APP"),
        team: id("T0ACME"),
        user: Some(id("U0BOT")),
        ts: WHEN,
    };
    for (change, action, places) in [
        (
            access(true),
            "org_app_workspace_added",
            &["T0ACME", "T0WEST"][..],
        ),
        (
            access(false),
            "org_app_workspace_removed",
            &["T0ACME", "T0WEST"],
        ),
        (gone, "org_app_uninstalled", &["T0ACME"]),
    ] {
        let all = told(&acme(), std::slice::from_ref(&change));
        let all: Vec<_> = all
            .iter()
            .map(|(name, at, _)| (*name, at.as_str()))
            .collect();
        let expected: Vec<_> = places.iter().map(|place| (action, *place)).collect();
        assert_eq!(all, expected);
        assert_eq!(told(&globex(), &[change]), []);
    }
}

#[test]
fn actions_have_names_of_their_own() {
    let all: Vec<_> = GROUPS.iter().flat_map(|(_, actions)| *actions).collect();
    let mut names: Vec<_> = all.iter().map(|action| action.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
}
