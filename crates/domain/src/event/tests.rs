mod seeing;

use super::{
    audience::{Audience, Installation},
    *,
};
use crate::{
    channel::{ChannelKind, Connection},
    facts::Membership,
    id::AppId,
    message::{Text, What},
    seed::Seed,
    token::{Token, TokenHash, TokenKind},
    user::{Standing, User},
    workspace::{App, Events, OAuth, Workspace},
};
use std::str::FromStr;

fn id<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

const WHEN: Timestamp = Timestamp(1_700_000_000_000_000);

fn at(change: u32) -> Position {
    Position { seq: 7, change }
}

fn channel(text: &str, kind: ChannelKind) -> Channel {
    Channel::new(id(text), id("T0ACME"), kind, "ops", id("U0ADA"), WHEN)
}

/// Acme, Acme West of the same organisation, and Globex of none; Ada of Acme.
fn facts(channel: &Channel) -> Facts {
    let mut facts = Facts::complete();
    for (team, enterprise) in [
        ("T0ACME", Some("E0ACME")),
        ("T0WEST", Some("E0ACME")),
        ("T0GLOBEX", None),
    ] {
        let mut workspace = Workspace::new(id(team), team, "x");
        workspace.enterprise = enterprise.map(id);
        facts.put_workspace(id(team), Some(Arc::new(workspace)));
    }
    let ada = User::new(id("U0ADA"), id("T0ACME"), "ada");
    facts.put_standing(ada.id, Some(Standing::from(&ada)));
    facts.put_channel(channel.id, Some(Arc::new(channel.clone())));
    facts
}

fn joined(channel: &Channel, user: &str) -> Change {
    Change::Joined {
        channel: channel.id,
        user: id(user),
        inviter: None,
        ts: WHEN,
    }
}

fn app(text: &str, team: &str, subscribe: &[&str]) -> Arc<App> {
    Arc::new(App {
        id: id(text),
        team: id(team),
        name: "app".to_owned(),
        created: WHEN,
        bot_user: None,
        bot: None,
        signing_secret: None,
        client_id: None,
        client_secret: None,
        allowed_addresses: Vec::new(),
        events: Some(Events {
            subscribe: subscribe.iter().map(|name| (*name).to_owned()).collect(),
            ..Events::default()
        }),
        oauth: OAuth::default(),
        interactivity: Default::default(),
    })
}

fn installation(app: &str, team: &str, user: &str, scopes: &[&str]) -> Installation {
    let bytes = format!("{app}{team}{user}");
    let mut hash = [0; 32];
    hash[..bytes.len()].copy_from_slice(bytes.as_bytes());
    let bot = user.contains("BOT");
    Installation {
        token: Arc::new(Token {
            hash: TokenHash(hash),
            team: id(team),
            kind: if bot { TokenKind::Bot } else { TokenKind::User },
            app: Some(id(app)),
            user: Some(id(user)),
            scopes: scopes
                .iter()
                .map(|scope| (*scope).to_owned())
                .collect::<Vec<_>>()
                .into(),
            expires_at: None,
            revoked: false,
            workspaces: Vec::new(),
            channels: Vec::new(),
        }),
        user: id(user),
        is_bot: bot,
        is_guest: false,
        is_removed: false,
        teams: vec![id(team)],
        enterprise: (team != "T0GLOBEX").then(|| id("E0ACME")),
    }
}

/// Who is told of somebody's coming: the app, the user it acts for, and the kind on its side.
fn told(
    audience: &Audience,
    facts: &Facts,
    channel: &Channel,
) -> Vec<(AppId, UserId, ChannelKind)> {
    let events = of_change(facts, at(0), WHEN, &joined(channel, "U0ADA")).unwrap();
    audience
        .of(&events[0], WHEN)
        .into_iter()
        .map(|hearing| (hearing.app.id, hearing.through.unwrap().user, hearing.kind))
        .collect()
}

#[test]
fn ids_tell_events_apart_and_never_change() {
    let of = |seq, change, part| {
        EventId {
            at: Position { seq, change },
            part,
        }
        .to_string()
    };
    assert_eq!(of(1, 0, 0), "Ev000000100000");
    assert_eq!(of(36, 4, 3), "Ev00000100000Z");
    let mut all: Vec<_> = (1..40)
        .flat_map(|seq| (0..40).flat_map(move |change| (0..4).map(move |part| (seq, change, part))))
        .map(|(seq, change, part)| of(seq, change, part))
        .collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn a_context_names_the_event_and_the_app() {
    let of = |seq, change, part| Context {
        event: EventId {
            at: Position { seq, change },
            part,
        },
        app: id("A0GREET"),
    };
    assert_eq!(of(36, 4, 3).to_string(), "EC00000100000ZA0GREET");
    for context in [of(0, 0, 0), of(36, 4, 3), of(7_000_000_000, 1_000_000, 7)] {
        assert_eq!(context.to_string().parse(), Ok(context));
    }
    for broken in [
        "",
        "EC",
        "EC00000100000Z",
        "EC00000100000ZU0BEN",
        "Ev00000100000ZA0GREET",
        "EC0000010000+ZA0GREET",
        "EC00000100000zA0GREET",
        "EC00000100000é0A0GREET",
    ] {
        assert_eq!(broken.parse::<Context>(), Err(NotAContext), "{broken}");
    }
}

#[test]
fn what_a_change_comes_to() {
    use ChannelKind::{Im, Mpim, Private, Public};
    let text = |text: &str| Message {
        ts: WHEN,
        user: id("U0ADA"),
        what: What::Text(Box::new(Text {
            text: text.to_owned(),
            ..Text::default()
        })),
    };
    let edit = |channel: &Channel, what| Change::Edited {
        channel: Arc::new(channel.clone()),
        message: Message {
            ts: WHEN,
            user: id("U0ADA"),
            what,
        },
    };
    let left = |channel: &Channel| Change::Left {
        channel: channel.id,
        user: id("U0ADA"),
        by: None,
        ts: WHEN,
    };
    let renamed = || What::Renamed {
        old_name: "a".to_owned(),
        name: "b".to_owned(),
    };
    let posted = |channel: &Channel, message| Change::Posted {
        channel: channel.id,
        message,
    };
    let closed = |channel: &Channel, closed| Change::DmClosed {
        channel: channel.id,
        user: id("U0ADA"),
        closed,
    };
    let made = |channel: &Channel| Change::Created {
        channel: Arc::new(channel.clone()),
    };
    let public = channel("C0OPS", Public);
    let private = channel("C0HIDDEN", Private);
    let (im, mpim) = (channel("D0DM", Im), channel("C0MPIM", Mpim));
    let mention = text("<@U0BOT> and <@U0BEN|ben>, <@U0BOT>, <@nobody>, <@U0");
    for (channel, change, names) in [
        (
            &public,
            joined(&public, "U0ADA"),
            &["member_joined_channel", "message"][..],
        ),
        (&mpim, joined(&mpim, "U0ADA"), &["member_joined_channel"]),
        (&im, joined(&im, "U0ADA"), &[]),
        (
            &public,
            left(&public),
            &["member_left_channel", "message", "channel_left"],
        ),
        (
            &private,
            left(&private),
            &["member_left_channel", "message", "group_left"],
        ),
        (&public, made(&public), &["channel_created"]),
        (
            &public,
            edit(&public, renamed()),
            &["channel_rename", "message"],
        ),
        (
            &private,
            edit(&private, renamed()),
            &["group_rename", "message"],
        ),
        (
            &public,
            edit(&public, What::Archived),
            &["channel_archive", "message"],
        ),
        (
            &private,
            edit(&private, What::Unarchived),
            &["group_unarchive", "message"],
        ),
        (
            &public,
            edit(&public, What::Topic("t".to_owned())),
            &["message"],
        ),
        (&im, posted(&im, text("hello")), &["message"]),
        (
            &public,
            posted(&public, mention),
            &["message", "app_mention", "app_mention"],
        ),
        (&im, made(&im), &["im_open"]),
        (&mpim, made(&mpim), &["group_open"]),
        (&im, closed(&im, true), &["im_close"]),
        (&mpim, closed(&mpim, false), &["group_open"]),
    ] {
        let events = of_change(&facts(channel), at(3), WHEN, &change).unwrap();
        let found: Vec<_> = events
            .iter()
            .map(|event| event.what.name(channel.kind))
            .collect();
        assert_eq!(found, names, "{change:?}");
        assert!(events.iter().all(|event| event.id.at == at(3)));
    }
}

#[test]
fn who_moves_is_told_of_where_they_were_and_where_they_are() {
    let facts = facts(&channel("C0OPS", ChannelKind::Public));
    let mut user = User::new(id("U0ADA"), id("T0ACME"), "ada");
    user.teams = vec![id("T0WEST")];
    let user = Arc::new(user);
    let alone = Arc::new(User::new(id("U0ADA"), id("T0WEST"), "ada"));
    let (acme, west): (TeamId, TeamId) = (id("T0ACME"), id("T0WEST"));
    let came = |user: &Arc<User>| Change::Assigned {
        user: user.clone(),
        team: west,
    };
    let left = Change::Unassigned {
        user: alone.clone(),
        team: acme,
    };
    for (change, expected) in [
        (
            came(&user),
            &[(0, "team_join", &[west][..]), (7, "user_change", &[acme])][..],
        ),
        (came(&alone), &[(0, "team_join", &[west])]),
        (left, &[(0, "user_change", &[west, acme])]),
    ] {
        let events = of_change(&facts, at(3), WHEN, &change).unwrap();
        let told: Vec<_> = events
            .iter()
            .map(|event| {
                let Hearers::Teams(teams) = &event.hearers else {
                    panic!("{event:?}");
                };
                let name = event.what.name(ChannelKind::Public);
                (event.id.part, name, &teams[..])
            })
            .collect();
        assert_eq!(told, expected, "{change:?}");
    }
}

#[test]
fn a_fact_that_is_not_loaded_is_asked_for() {
    let channel = channel("C0OPS", ChannelKind::Public);
    let missing = of_change(&Facts::default(), at(0), WHEN, &joined(&channel, "U0ADA"));
    assert!(missing.is_err());
}

#[test]
fn who_hears_has_subscription_scope_and_sight() {
    use ChannelKind::{Private, Public};
    let event = "member_joined_channel";
    let bot = id::<UserId>("U0BOT");
    for (what, kind, subscribe, scopes, inside, hears) in [
        ("all of it", Public, event, "channels:read", true, true),
        (
            "another event",
            Public,
            "message",
            "channels:read",
            true,
            false,
        ),
        (
            "another scope",
            Public,
            event,
            "channels:history",
            true,
            false,
        ),
        ("not inside", Public, event, "channels:read", false, false),
        (
            "the scope of the other kind",
            Private,
            event,
            "channels:read",
            true,
            false,
        ),
        (
            "the scope of its kind",
            Private,
            event,
            "groups:read",
            true,
            true,
        ),
    ] {
        let channel = channel("C0OPS", kind);
        let mut audience = Audience::default();
        audience.subscribe(app("A0APP", "T0ACME", &[subscribe]));
        let places = inside.then_some(channel.id);
        audience.install(installation("A0APP", "T0ACME", "U0BOT", &[scopes]), places);
        let expected = if hears {
            vec![(id("A0APP"), bot, kind)]
        } else {
            Vec::new()
        };
        assert_eq!(
            told(&audience, &facts(&channel), &channel),
            expected,
            "{what}"
        );
    }
}

#[test]
fn an_app_on_both_sides_is_told_once_and_sees_its_own_side() {
    let mut channel = channel("C0SHARED", ChannelKind::Public);
    channel.connections.push(Connection {
        workspace: id("T0GLOBEX"),
        external_limited: false,
        name: None,
        private: Some(true),
        connected: WHEN,
    });
    let facts = facts(&channel);
    let both = ["channels:read", "groups:read"];
    let mut audience = Audience::default();
    for text in ["A0ONE", "A0TWO"] {
        audience.subscribe(app(text, "T0ACME", &["member_joined_channel"]));
    }
    let place = [channel.id];
    audience.install(installation("A0ONE", "T0ACME", "U0BOT", &both), place);
    audience.install(installation("A0ONE", "T0GLOBEX", "U1BOT", &both), place);
    audience.install(installation("A0TWO", "T0GLOBEX", "U2BOT", &both), place);
    assert_eq!(
        told(&audience, &facts, &channel),
        [
            (id("A0ONE"), id("U0BOT"), ChannelKind::Public),
            (id("A0TWO"), id("U2BOT"), ChannelKind::Private),
        ]
    );
    // A bot before a person; once the bot is gone, the person.
    let person = installation("A0ONE", "T0ACME", "U0EVE", &both);
    audience.install(person, place);
    for bot in ["U0BOT", "U1BOT"] {
        audience.apply(&Change::Left {
            channel: channel.id,
            user: id(bot),
            by: None,
            ts: WHEN,
        });
    }
    assert_eq!(
        told(&audience, &facts, &channel)[0],
        (id("A0ONE"), id("U0EVE"), ChannelKind::Public)
    );
}

/// An app that keeps the token of each workspace would find none for the organisation.
#[test]
fn a_workspaces_own_installation_hears_before_one_of_the_organisation() {
    let channel = channel("C0OPS", ChannelKind::Public);
    let facts = facts(&channel);
    let scopes = ["channels:read"];
    let mut audience = Audience::default();
    audience.subscribe(app("A0ONE", "T0ACME", &["member_joined_channel"]));
    let own = installation("A0ONE", "T0ACME", "U0BOT", &scopes);
    let wide = Installation {
        token: Arc::new(Token {
            // Before the other by its hash, which is not to decide.
            hash: TokenHash([0; 32]),
            kind: TokenKind::Org,
            workspaces: vec![id("T0ACME"), id("T0WEST")],
            ..Token::clone(&own.token)
        }),
        ..own.clone()
    };
    audience.install(wide, [channel.id]);
    audience.install(own.clone(), [channel.id]);
    let through = |audience: &Audience| {
        let events = of_change(&facts, at(0), WHEN, &joined(&channel, "U0ADA")).unwrap();
        audience.of(&events[0], WHEN)[0].through.unwrap().team
    };
    assert_eq!(through(&audience), Some(id("T0ACME")));
    // Without it the app is told all the same.
    audience.apply(&Change::TokenRevoked {
        team: own.token.team,
        hash: own.token.hash,
    });
    assert_eq!(through(&audience), None);
}

/// A bot is wherever its app was added; a person hears what they hear themselves, from the moment they come.
#[test]
fn a_person_hears_in_granted_workspaces_that_they_are_in() {
    let mut channel = Channel::clone(&channel("C0WEST", ChannelKind::Public));
    channel.team = id("T0WEST");
    let channel = Arc::new(channel);
    let facts = facts(&channel);
    for (user, is_bot) in [("U0BOT", true), ("U0EVE", false)] {
        let mut audience = Audience::default();
        audience.subscribe(app("A0ONE", "T0ACME", &["channel_created"]));
        let mut wide = installation("A0ONE", "T0ACME", user, &["channels:read"]);
        let token = Arc::make_mut(&mut wide.token);
        token.kind = TokenKind::Org;
        token.workspaces = vec![id("T0WEST")];
        audience.install(wide, []);
        let hears = |audience: &Audience| {
            let change = Change::Created {
                channel: channel.clone(),
            };
            let events = of_change(&facts, at(0), WHEN, &change).unwrap();
            audience.of(&events[0], WHEN).len() == 1
        };
        assert_eq!(hears(&audience), is_bot, "{user}");
        let mut there = User::new(id(user), id("T0ACME"), user);
        there.teams = vec![id("T0WEST")];
        audience.apply(&Change::Assigned {
            user: Arc::new(there),
            team: id("T0WEST"),
        });
        assert!(hears(&audience), "{user}");
    }
}

/// As `admin.teams.create` makes it, with the admin in its channels.
#[test]
fn who_is_in_channels_of_an_added_workspace_hears_what_is_done_there() {
    let mut channel = channel("C0WEST", ChannelKind::Public);
    channel.team = id("T0WEST");
    let facts = facts(&channel);
    let mut audience = Audience::default();
    audience.subscribe(app("A0ONE", "T0ACME", &["member_joined_channel"]));
    let mut wide = installation("A0ONE", "T0ACME", "U0EVE", &["channels:read"]);
    let token = Arc::make_mut(&mut wide.token);
    token.kind = TokenKind::Org;
    token.workspaces = vec![id("T0WEST")];
    wide.teams.push(id("T0WEST"));
    audience.install(wide, []);
    assert_eq!(told(&audience, &facts, &channel), []);
    let place = |user| (channel.team, channel.id, id(user), Membership::new(WHEN));
    let seed = Arc::new(Seed {
        members: vec![place("U0EVE"), place("U0NOBODY")],
        ..Seed::default()
    });
    audience.apply(&Change::Added { seed });
    let expected = (id("A0ONE"), id("U0EVE"), ChannelKind::Public);
    assert_eq!(told(&audience, &facts, &channel), [expected]);
}

#[test]
fn dead_tokens_and_ended_subscriptions_hear_nothing() {
    let channel = channel("C0OPS", ChannelKind::Public);
    let facts = facts(&channel);
    let new = || {
        let mut audience = Audience::default();
        audience.subscribe(app("A0APP", "T0ACME", &["member_joined_channel"]));
        audience
    };
    let install = installation("A0APP", "T0ACME", "U0BOT", &["channels:read"]);
    let mut expired = install.clone();
    Arc::make_mut(&mut expired.token).expires_at = Some(WHEN);
    let mut audience = new();
    audience.install(expired, [channel.id]);
    assert_eq!(told(&audience, &facts, &channel), []);

    let mut audience = new();
    audience.install(install.clone(), [channel.id]);
    assert_eq!(told(&audience, &facts, &channel).len(), 1);
    audience.apply(&Change::TokenRevoked {
        team: id("T0ACME"),
        hash: install.token.hash,
    });
    assert!(!audience.follows(id("U0BOT")));
    assert_eq!(told(&audience, &facts, &channel), []);

    // Whoever is removed may be back.
    let mut audience = new();
    audience.install(install.clone(), [channel.id]);
    let mut user = User::new(id("U0BOT"), id("T0ACME"), "bot");
    for (removed, joins) in [(true, false), (false, false), (true, false), (false, true)] {
        user.removed = removed;
        let user = Arc::new(user.clone());
        audience.apply(&match joins {
            true => Change::UserMade { user },
            false => Change::UserEdited { user, before: None },
        });
        assert_eq!(told(&audience, &facts, &channel).len(), !removed as usize);
    }

    // Whoever has left the token's workspace may come to it again; a token for the organisation stays good.
    for (kind, away) in [(TokenKind::Bot, 0), (TokenKind::Org, 1)] {
        let mut install = install.clone();
        let token = Arc::make_mut(&mut install.token);
        token.kind = kind;
        token.workspaces = vec![id("T0ACME")];
        let mut audience = new();
        audience.install(install, [channel.id]);
        let there = Arc::new(User::new(id("U0BOT"), id("T0ACME"), "bot"));
        let elsewhere = Arc::new(User::new(id("U0BOT"), id("T0WEST"), "bot"));
        let team = id("T0ACME");
        audience.apply(&Change::Unassigned {
            user: elsewhere,
            team,
        });
        assert_eq!(told(&audience, &facts, &channel).len(), away);
        audience.apply(&Change::Assigned { user: there, team });
        assert_eq!(told(&audience, &facts, &channel).len(), 1);
    }

    let mut audience = new();
    audience.install(install, [channel.id]);
    audience.subscribe(app("A0APP", "T0ACME", &[]));
    assert!(audience.is_empty());
    assert_eq!(told(&audience, &facts, &channel), []);
}

#[test]
fn three_retries_at_once_after_one_minute_and_after_five() {
    let waits: Vec<_> = (1..6).map(retry_after).collect();
    assert_eq!(waits, [Some(0), Some(60), Some(300), None, None]);
}
