//! Calls over the sample world that leave every kind of change, some of them undoing others.

use crate::home::{id, seed};
use guestlist_domain::{
    App, Change, Channel, ChannelId, ChannelKind, InviteRequest, Message, Moment, Timestamp, Token,
    TokenKind, User, UserId, Usergroup,
    invite_request::{Approval, State},
    message::{Text, What},
    user::Bot,
    workspace::OAuth,
};
use guestlist_store::world::token_hash;
use std::sync::Arc;

/// One call's changes.
pub(crate) type Call = fn(&mut Moment) -> Vec<Change>;

/// Each leads from the state that the one before leaves.
pub(crate) const SCRIPT: &[Call] = &[
    |m| vec![joined(m, "C0OPS", "U0BEN")],
    // How far they have read is forgotten of who leaves, and of nobody else.
    |m| {
        let ts = m.tick();
        vec![
            marked(m, "C0OPS", "U0ADA", ts),
            marked(m, "C0OPS", "U0ADA", Timestamp(0)),
            marked(m, "C0RANDOM", "U0ADA", ts),
            marked(m, "C0RANDOM", "U0DANA", ts),
            marked(m, "D0ADABEN", "U0BEN", ts),
            left(m, "C0RANDOM", "U0DANA"),
            posted(m, "C0RANDOM", "U0ADA", "She will be back"),
        ]
    },
    |m| {
        vec![
            joined(m, "C0RANDOM", "U0DANA"),
            marked(m, "C0RANDOM", "U0BEN", Timestamp(1)),
            left(m, "C0RANDOM", "U0BEN"),
            joined(m, "C0RANDOM", "U0BEN"),
            marked(m, "C0RANDOM", "U0DANA", Timestamp(2)),
        ]
    },
    |m| {
        let mut changes = vec![Change::Created {
            channel: Arc::new(fresh(m)),
        }];
        changes.extend(["U0ADA", "U0BEN", "U0CLEO"].map(|user| joined(m, "C0FRESH", user)));
        changes
    },
    |m| vec![renamed(m, "fresh", "fresher"), left(m, "C0FRESH", "U0BEN")],
    |m| {
        vec![
            renamed(m, "fresher", "freshest"),
            posted(m, "C0FRESH", "U0CLEO", "Again?"),
        ]
    },
    |m| {
        let mut dm = Channel::new(
            id("D0FRESH"),
            id("T0ACME"),
            ChannelKind::Im,
            "",
            id("U0ADA"),
            m.tick(),
        );
        dm.parties = vec![id("U0ADA"), id("U0EMIL")];
        let mut changes = vec![Change::Created {
            channel: Arc::new(dm),
        }];
        changes.extend(["U0ADA", "U0EMIL"].map(|user| joined(m, "D0FRESH", user)));
        changes.push(closed("D0FRESH", "U0EMIL", true));
        changes
    },
    |_| {
        vec![
            closed("D0ADABEN", "U0BEN", true),
            closed("D0ADABEN", "U0ADA", true),
        ]
    },
    |m| {
        vec![
            closed("D0ADABEN", "U0ADA", false),
            posted(m, "D0ADABEN", "U0BEN", "Are you there?"),
        ]
    },
    |m| vec![joined(m, "D0FRESH", "U0EMIL")],
    |_| vec![made("fresh")],
    |_| {
        vec![
            made("short-lived"),
            revoked("short-lived"),
            revoked("xoxb-sample-greeter"),
        ]
    },
    |m| {
        let (ts, user) = (m.tick(), id("U0ADA"));
        let channel = Channel {
            archived: true,
            updated: ts,
            name: "freshest".to_owned(),
            ..fresh(m)
        };
        vec![Change::Edited {
            channel: Arc::new(channel),
            message: Message {
                ts,
                user,
                what: What::Archived,
            },
        }]
    },
    // Gone and back at once, somebody has marked nothing any more.
    |m| {
        vec![
            left(m, "C0RANDOM", "U0DANA"),
            joined(m, "C0RANDOM", "U0DANA"),
        ]
    },
    |m| vec![left(m, "C0OPS", "U0BEN")],
    // Workspaces come, and things happen in them.
    |_| {
        vec![Change::Added {
            seed: Arc::new(seed(MORE)),
        }]
    },
    |m| {
        vec![
            left(m, "C0MORE", "U0MORA"),
            joined(m, "C0MORE", "U0MORB"),
            posted(m, "C0MORE", "U0MORB", "Where is she?"),
            marked(m, "C0MORE", "U0MORBOT", Timestamp(3)),
        ]
    },
    // They go, and come again with what they had at first.
    |_| {
        vec![Change::Removed {
            workspaces: vec![id("T0MORE"), id("T0MOST")],
            enterprises: vec![id("E0MORE")],
            apps: vec![id("A0MORE")],
        }]
    },
    |_| {
        vec![Change::Added {
            seed: Arc::new(seed(MORE)),
        }]
    },
    |m| vec![joined(m, "C0MORE", "U0MORB")],
    // Somebody leaves the workspace they belonged to first, and comes to it again.
    |_| {
        vec![
            Change::Dropped {
                channel: id("C0MORE"),
                user: id("U0MORA"),
            },
            unassigned("T0MOST", &[], "T0MORE"),
        ]
    },
    |m| {
        vec![
            assigned("T0MOST", &["T0MORE"], "T0MORE"),
            joined(m, "C0MORE", "U0MORA"),
        ]
    },
    // Somebody answers a message.
    |m| {
        let parent = m.tick();
        let mut reply = posted(m, "C0RANDOM", "U0ADA", "Yes");
        if let Change::Posted { message, .. } = &mut reply
            && let What::Text(text) = &mut message.what
        {
            text.thread_ts = Some(parent);
        }
        vec![reply]
    },
    // A user group is made and gone again; one of its id comes later.
    |m| {
        let group = Arc::new(usergroup(m, "Gone", &["U0ADA"]));
        let erased = Change::UsergroupErased {
            team: group.team,
            group: group.id,
        };
        vec![Change::UsergroupMade { group }, erased]
    },
    // A user group is made, and who is in it changes.
    |m| {
        vec![Change::UsergroupMade {
            group: Arc::new(usergroup(m, "On call", &[])),
        }]
    },
    |m| {
        let group = Arc::new(usergroup(m, "Awake", &["U0ADA", "U0BEN"]));
        vec![
            Change::UsergroupEdited {
                added: group.users.clone(),
                removed: Vec::new(),
                before: group.created,
                group,
            },
            joined(m, "C0OPS", "U0BEN"),
        ]
    },
    // Somebody is asked for twice, and others are; one of the requests is approved, and one denied.
    |m| {
        let first = request(m, "Ir0FIRST", "first@email.test");
        let second = request(m, "Ir0SECOND", "second@email.test");
        [first, second].map(asked).into()
    },
    |m| {
        let mut first = request(m, "Ir0FIRST", "first@email.test");
        first.requesters.push(id("U0ADA"));
        vec![
            asked(first),
            asked(request(m, "Ir0THIRD", "third@email.test")),
        ]
    },
    |m| {
        let mut first = request(m, "Ir0FIRST", "first@email.test");
        first.state = State::Approved(Approval {
            by: id("U0ADA"),
            at: m.now(),
            invite: m.invitation_id(),
            inviter: id("U0BEN"),
            user: id("U0BEN"),
            letter: Some(m.tick()),
        });
        let mut second = request(m, "Ir0SECOND", "second@email.test");
        second.state = State::Denied {
            by: id("U0ADA"),
            at: m.now(),
        };
        vec![asked(first), asked(second)]
    },
    // An app is installed, asks for more, and is gone with its bot.
    |m| {
        let app = app();
        let made = Change::AppMade {
            app: Arc::new(app.clone()),
        };
        let mut installed = vec![made, made_of(&app, &["chat:write"]), user_made()];
        installed.push(Change::AppEdited {
            app: Arc::new(App {
                bot_user: Some(id("U0FRESHBOT")),
                ..app
            }),
        });
        installed.push(joined(m, "C0RANDOM", "U0FRESHBOT"));
        installed.push(joined(m, "C0WELCOME", "U0FRESHBOT"));
        installed
    },
    |_| {
        let Change::TokenMade { token } = made_of(&app(), &["chat:write", "users:read"]) else {
            return Vec::new();
        };
        vec![Change::TokenEdited { token }]
    },
    |m| {
        let (app, team, user) = (id("A0FRESH"), id("T0ACME"), id("U0FRESHBOT"));
        let dropped = |channel: &str| Change::Dropped {
            channel: id(channel),
            user,
        };
        vec![
            revoked("xoxb-of-the-app"),
            Change::Deauthorized {
                app,
                team,
                user,
                bot: true,
                org_wide: false,
                ts: m.tick(),
            },
            Change::TeamAccess {
                app,
                team,
                user,
                granted: true,
                teams: vec![team],
                ts: m.tick(),
            },
            dropped("C0RANDOM"),
            dropped("C0WELCOME"),
            Change::UserEdited {
                user: Arc::new(User {
                    removed: true,
                    ..bot()
                }),
                before: Some(Arc::new(bot())),
            },
            Change::Uninstalled {
                app,
                team,
                user: None,
                ts: m.tick(),
            },
        ]
    },
];

/// What is added: of each kind something.
pub(crate) const MORE: &str = r#"
version: 1
enterprises: [{id: E0MORE, name: More, domain: more}]
workspaces:
  - id: T0MORE
    name: More
    domain: more
    realm: more
    enterprise: E0MORE
    created: 2019-05-01
    users:
      - {id: U0MORA, name: mora, email: ada@acme.test}
      - {id: U0MORB, name: morb}
    channels:
      - id: C0MORE
        name: more
        created: 2019-05-01
        members: [U0MORA, U0MORBOT]
        messages: [{user: U0MORA, text: Hello, ts: "1580774400.000100"}]
      - {id: D0MORE, kind: im, created: 2019-05-01, members: [U0MORA, {user: U0MORB, closed: true, last_read: 2019-05-02, marked: 2019-05-03}]}
    invitations:
      - {id: I0MORE, channel: C0MORE, inviter: U0MORA, to: {email: gil@globex.test}, state: sent, created: 2020-02-20}
    invite_requests:
      - {id: Ir0MORE, email: new@more.test, requesters: [U0MORA]}
    usergroups:
      - {id: S0MORE, name: More, handle: more-of-us, users: [U0MORA], channels: [C0MORE]}
    apps:
      - {id: A0MORE, name: more, created: 2019-05-01, client_id: "8.8", bot_user: {id: U0MORBOT, bot_id: B0MORE}}
    tokens:
      - {token: xoxb-more, app: A0MORE, scopes: [channels:read]}
  - {id: T0MOST, name: Most, domain: most, realm: more, enterprise: E0MORE, created: 2019-05-01, users: [{id: U0MORA}]}
"#;

fn request(moment: &Moment, text: &str, email: &str) -> InviteRequest {
    InviteRequest {
        id: id(text),
        team: id("T0ACME"),
        email: email.to_owned(),
        requesters: vec![id("U0BEN")],
        channels: vec![id("C0OPS")],
        guest: None,
        real_name: "New".to_owned(),
        expires: None,
        reason: String::new(),
        created: moment.now(),
        state: State::Pending,
    }
}

fn asked(request: InviteRequest) -> Change {
    Change::InviteRequest {
        request: Arc::new(request),
    }
}

fn usergroup(moment: &Moment, name: &str, users: &[&str]) -> Usergroup {
    Usergroup {
        id: id("S0FRESH"),
        team: id("T0ACME"),
        name: name.to_owned(),
        handle: "fresh-group".to_owned(),
        description: String::new(),
        creator: id("U0ADA"),
        created: Timestamp(0),
        updater: id("U0ADA"),
        updated: moment.now(),
        disabled: None,
        channels: vec![id("C0OPS")],
        users: users.iter().map(|user| id(user)).collect(),
    }
}

/// She is in these workspaces, and new in one of them.
pub(crate) fn assigned(home: &str, more: &[&str], team: &str) -> Change {
    let (user, team) = (mora(home, more), id(team));
    Change::Assigned { user, team }
}

/// She is in these workspaces, and has left another.
pub(crate) fn unassigned(home: &str, more: &[&str], team: &str) -> Change {
    let (user, team) = (mora(home, more), id(team));
    Change::Unassigned { user, team }
}

fn mora(home: &str, more: &[&str]) -> Arc<User> {
    let mut user = User::new(id("U0MORA"), id(home), "mora");
    user.teams = more.iter().map(|team| id(team)).collect();
    user.email = Some("ada@acme.test".to_owned());
    Arc::new(user)
}

fn app() -> App {
    App {
        id: id("A0FRESH"),
        team: id("T0ACME"),
        name: "fresh".to_owned(),
        created: Timestamp(0),
        bot_user: None,
        bot: None,
        signing_secret: None,
        client_id: Some("7.7".to_owned()),
        client_secret: None,
        allowed_addresses: Vec::new(),
        events: None,
        oauth: OAuth::default(),
        interactivity: Default::default(),
    }
}

fn bot() -> User {
    let mut user = User::new(id("U0FRESHBOT"), id("T0ACME"), "fresh");
    user.bot = Some(Bot {
        id: id("B0FRESH"),
        app: Some(id("A0FRESH")),
    });
    user
}

fn user_made() -> Change {
    Change::UserMade {
        user: Arc::new(bot()),
    }
}

fn made_of(app: &App, scopes: &[&str]) -> Change {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Change::TokenMade {
        token: Arc::new(Token {
            hash: token_hash("xoxb-of-the-app"),
            team: app.team,
            kind: TokenKind::Bot,
            app: Some(app.id),
            user: Some(id("U0FRESHBOT")),
            scopes: scopes.into(),
            expires_at: None,
            revoked: false,
            workspaces: Vec::new(),
            channels: Vec::new(),
        }),
    }
}

/// A rule's `Joined`.
pub(crate) fn joined(moment: &mut Moment, channel: &str, user: &str) -> Change {
    join(moment, id(channel), id(user))
}

pub(crate) fn join(moment: &mut Moment, channel: ChannelId, user: UserId) -> Change {
    Change::Joined {
        channel,
        user,
        inviter: Some(id("U0ADA")),
        ts: moment.tick(),
    }
}

pub(crate) fn left(moment: &mut Moment, channel: &str, user: &str) -> Change {
    Change::Left {
        channel: id(channel),
        user: id(user),
        by: Some(id("U0ADA")),
        ts: moment.tick(),
    }
}

pub(crate) fn posted(moment: &mut Moment, channel: &str, user: &str, text: &str) -> Change {
    let text = Text {
        text: text.to_owned(),
        ..Text::default()
    };
    let message = Message {
        ts: moment.tick(),
        user: id(user),
        what: What::Text(Box::new(text)),
    };
    Change::Posted {
        channel: id(channel),
        message,
    }
}

pub(crate) fn closed(channel: &str, user: &str, closed: bool) -> Change {
    Change::DmClosed {
        channel: id(channel),
        user: id(user),
        closed,
    }
}

/// Somebody has read up to then.
pub(crate) fn marked(moment: &mut Moment, channel: &str, user: &str, ts: Timestamp) -> Change {
    Change::Marked {
        channel: id(channel),
        user: id(user),
        ts,
        at: moment.tick(),
    }
}

/// A token of Ben's with this text.
pub(crate) fn made(text: &str) -> Change {
    let token = Token {
        hash: token_hash(text),
        team: id("T0ACME"),
        kind: TokenKind::User,
        app: Some(id("A0GREET")),
        user: Some(id("U0BEN")),
        scopes: vec!["chat:write".to_owned()].into(),
        expires_at: None,
        revoked: false,
        workspaces: Vec::new(),
        channels: Vec::new(),
    };
    Change::TokenMade {
        token: Arc::new(token),
    }
}

pub(crate) fn revoked(text: &str) -> Change {
    Change::TokenRevoked {
        team: id("T0ACME"),
        hash: token_hash(text),
    }
}

fn fresh(moment: &Moment) -> Channel {
    Channel::new(
        id("C0FRESH"),
        id("T0ACME"),
        ChannelKind::Private,
        "fresh",
        id("U0ADA"),
        moment.now(),
    )
}

fn renamed(moment: &mut Moment, old_name: &str, name: &str) -> Change {
    let (ts, user) = (moment.tick(), id("U0ADA"));
    let what = What::Renamed {
        old_name: old_name.to_owned(),
        name: name.to_owned(),
    };
    let channel = Channel {
        name: name.to_owned(),
        updated: ts,
        ..fresh(moment)
    };
    Change::Edited {
        channel: Arc::new(channel),
        message: Message { ts, user, what },
    }
}
