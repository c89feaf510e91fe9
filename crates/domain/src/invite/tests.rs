//! The rule as a table: one world, one question a row, the answer expected.

mod barriers;
mod by_admin;

use super::*;
use crate::{
    App, Enterprise, EnterpriseId, Key, TeamId, Timestamp, Token, TokenHash, User, Workspace, act,
    channel::Connection,
    facts::Membership,
    scope::ByKind,
    trail::Blind,
    user::{Bot, Guest, Role},
    workspace::{Barrier, Who},
};
use std::sync::Arc;

const SCOPES: Scopes = Scopes::both(ByKind {
    public: &["channels:write.invites"],
    private: &["groups:write.invites"],
    im: &["im:write"],
    mpim: &["mpim:write"],
});

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A world that a row may change before it asks.
struct Scene {
    facts: Facts,
    home: Workspace,
    org: Enterprise,
    channel: Channel,
    token: Token,
    user: User,
}

impl Scene {
    /// T0HOME and T0SIS belong to E0ORG, T0EXT to nobody. U0ME calls, in C0OPS.
    fn new() -> Self {
        let org: EnterpriseId = id("E0ORG");
        let home = Workspace {
            enterprise: Some(org),
            ..Workspace::new(id("T0HOME"), "Home", "home")
        };
        let mut facts = Facts::complete();
        for (team, enterprise) in [("T0SIS", Some(org)), ("T0EXT", None)] {
            let workspace = Workspace {
                enterprise,
                ..Workspace::new(id(team), team, "x")
            };
            facts.put_workspace(workspace.id, Some(Arc::new(workspace)));
        }
        let mut person = |text: &str, team: &str, change: &dyn Fn(&mut User)| {
            let mut user = User::new(id(text), id(team), text);
            change(&mut user);
            facts.put_user(user.id, Some(Arc::new(user.clone())));
            user
        };
        let user = person("U0ME", "T0HOME", &|_| {});
        person("U0ANN", "T0HOME", &|_| {});
        person("U0BOB", "T0HOME", &|_| {});
        person("U0IN", "T0HOME", &|_| {});
        person("U0GONE", "T0HOME", &|u| u.removed = true);
        person("U0GUEST", "T0HOME", &|u| {
            u.guest = Some(Guest::MultiChannel)
        });
        person("U0ONE", "T0HOME", &|u| u.guest = Some(Guest::SingleChannel));
        person("U0BOT", "T0HOME", &|u| {
            u.bot = Some(Bot {
                id: id("B0BOT"),
                app: None,
            })
        });
        person("U0SIS", "T0SIS", &|_| {});
        person("U0BOTH", "T0SIS", &|u| u.teams.push(id("T0HOME")));
        person("U0EXT", "T0EXT", &|_| {});
        let channel = Channel::new(
            id("C0OPS"),
            home.id,
            ChannelKind::Public,
            "ops",
            user.id,
            Timestamp(1),
        );
        let org = Enterprise {
            id: org,
            name: "Org".into(),
            domain: "org".into(),
            ekm_suspended: false,
            blocked_methods: Vec::new(),
            added: Timestamp::default(),
        };
        let token = Token {
            hash: TokenHash([0; 32]),
            team: home.id,
            kind: TokenKind::User,
            app: None,
            user: Some(user.id),
            scopes: vec![
                "channels:write.invites".to_owned(),
                "groups:write.invites".into(),
            ]
            .into(),
            expires_at: None,
            revoked: false,
            workspaces: Vec::new(),
            channels: Vec::new(),
        };
        let mut scene = Self {
            facts,
            home,
            org,
            channel,
            token,
            user,
        };
        scene.join("C0OPS", "U0ME");
        scene.join("C0OPS", "U0IN");
        scene
    }

    fn join(&mut self, channel: &str, user: &str) {
        self.facts
            .put_membership(id(channel), id(user), Some(Membership::new(Timestamp(1))));
    }

    /// Everything is said: the facts, and who asks.
    fn ready(mut self) -> (Facts, Caller) {
        self.facts
            .put_workspace(self.home.id, Some(Arc::new(self.home.clone())));
        self.facts
            .put_channel(self.channel.id, Some(Arc::new(self.channel.clone())));
        let caller = Caller {
            token: Arc::new(self.token),
            user: Arc::new(self.user),
            workspace: Arc::new(self.home),
            enterprise: Some(Arc::new(self.org)),
            app: None::<Arc<App>>,
        };
        (self.facts, caller)
    }

    fn ask(
        self,
        people: &str,
        force: bool,
    ) -> Result<(bool, Vec<String>, Vec<PersonRefusal>), Stop<ChannelRefusal>> {
        let channel = self.channel.id;
        let (facts, caller) = self.ready();
        let people = named(people);
        let ask = Ask {
            caller: &caller,
            channel: Some(channel),
            kinds: act::CHANNELS,
            people: &people,
            force,
            scopes: &SCOPES,
        };
        let mut moment = Moment::new(Timestamp(1_000), Timestamp(0));
        let plan = decide(&facts, &ask, &mut moment, &mut Blind)?;
        let joined = plan
            .changes
            .iter()
            .map(|change| match change {
                Change::Joined { user, inviter, .. } if *inviter == Some(caller.id()) => {
                    user.to_string()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        Ok((
            plan.outcome.ok,
            joined,
            plan.outcome
                .failed
                .into_iter()
                .map(|(_, why)| why)
                .collect(),
        ))
    }
}

fn named(people: &str) -> Vec<Result<UserId, String>> {
    people
        .split(',')
        .map(|text| text.parse().map_err(|_| text.to_owned()))
        .collect()
}

#[test]
fn who_stops_everybody() {
    use ChannelRefusal as No;
    type Change = fn(&mut Scene);
    let rows: &[(Change, ChannelRefusal)] = &[
        (|s| s.channel.team = id("T0EXT"), No::ChannelNotFound),
        (|s| s.channel.kind = ChannelKind::Im, No::WrongKind),
        (|s| s.channel.kind = ChannelKind::Mpim, No::WrongKind),
        (|s| s.channel.archived = true, No::IsArchived),
        (|s| s.channel.migrating = true, No::Migrating),
        (|s| s.org.ekm_suspended = true, No::EkmSuspended),
        (
            |s| s.facts.put_membership(id("C0OPS"), id("U0ME"), None),
            No::NotInChannel,
        ),
        (
            |s| {
                s.channel.kind = ChannelKind::Private;
                s.facts.put_membership(id("C0OPS"), id("U0ME"), None);
            },
            No::ChannelNotFound,
        ),
        (
            |s| s.channel.access_list = vec![id("U0ANN")],
            No::AccessDenied,
        ),
        (|s| s.home.who_may_invite = Who::Admins, No::NoPermission),
        (|s| s.token.kind = TokenKind::Workspace, No::NoPermission),
    ];
    for (n, (change, expected)) in rows.iter().enumerate() {
        let mut scene = Scene::new();
        change(&mut scene);
        assert_eq!(
            scene.ask("U0ANN", true),
            Err(Stop::Refused(*expected)),
            "row {n}: {expected:?}"
        );
    }
}

#[test]
fn the_first_check_that_fails_answers() {
    let mut scene = Scene::new();
    scene.channel.archived = true;
    scene.channel.migrating = true;
    scene.org.ekm_suspended = true;
    scene.channel.access_list = vec![id("U0ANN")];
    assert_eq!(
        scene.ask("U0ANN", false),
        Err(Stop::Refused(ChannelRefusal::IsArchived))
    );
}

#[test]
fn the_scope_is_that_of_the_kind() {
    let mut scene = Scene::new();
    scene.token.scopes = vec!["groups:write.invites".to_owned()].into();
    scene.channel.archived = true;
    assert_eq!(
        scene.ask("U0ANN", false),
        Err(Stop::Scope(&["channels:write.invites"]))
    );
    let mut scene = Scene::new();
    scene.token.scopes = vec!["groups:write.invites".to_owned()].into();
    scene.channel.kind = ChannelKind::Private;
    assert!(scene.ask("U0ANN", false).is_ok());
}

#[test]
fn admins_may_where_only_admins_may() {
    let mut scene = Scene::new();
    scene.home.who_may_invite = Who::Admins;
    scene.user.role = Role::Admin;
    assert!(scene.ask("U0ANN", false).unwrap().0);
}

#[test]
fn who_cannot_be_invited() {
    use PersonRefusal as No;
    type Change = fn(&mut Scene);
    let rows: &[(&str, Change, PersonRefusal)] = &[
        ("U0NOBODY", |_| {}, No::UserNotFound),
        ("D0DM", |_| {}, No::UserNotFound),
        ("nonsense", |_| {}, No::UserNotFound),
        ("U0EXT", |_| {}, No::UserNotFound),
        ("U0ME", |_| {}, No::Oneself),
        ("U0GONE", |_| {}, No::Removed),
        ("U0IN", |_| {}, No::AlreadyInChannel),
        ("USLACKBOT", |_| {}, No::CantInvite),
        (
            "U0ANN",
            |s| {
                s.home.barriers = vec![Barrier {
                    from: [id("U0ANN")].into(),
                    to: [id("U0IN")].into(),
                }]
            },
            No::CantInvite,
        ),
        ("U0BOT", |s| s.channel.no_apps = true, No::AppCannotJoin),
        ("U0SIS", |_| {}, No::OrgUserNotInTeam),
        (
            "U0SIS",
            |s| s.channel.workspaces = vec![id("T0OTHER")],
            No::CantSeeChannel,
        ),
        // The organisation is the caller's, whoever is the host.
        (
            "U0SIS",
            |s| {
                s.channel.team = id("T0EXT");
                connect(s, "T0HOME", false);
            },
            No::OrgUserNotInTeam,
        ),
        (
            "U0EXT",
            |s| {
                let (host, sister) = (id("T0HOST"), id("T0EXT"));
                for team in [host, sister] {
                    let workspace = Workspace {
                        enterprise: Some(id("E0HOST")),
                        ..Workspace::new(team, "Host", "host")
                    };
                    s.facts.put_workspace(team, Some(Arc::new(workspace)));
                }
                s.channel.team = host;
                connect(s, "T0HOME", false);
            },
            No::UserNotFound,
        ),
        ("U0GUEST", |s| s.channel.general = true, No::GuestKeptOut),
        ("U0GUEST", |s| s.channel.mandatory = true, No::GuestKeptOut),
        ("U0GUEST", |s| s.channel.org_wide = true, No::GuestKeptOut),
        ("U0GUEST", |s| s.channel.no_guests = true, No::GuestKeptOut),
        ("U0ONE", |s| s.join("C0OTHER", "U0ONE"), No::GuestHasChannel),
        (
            "U0EXT",
            |s| {
                connect(s, "T0EXT", false);
                s.home.connect.invite_external_people = Who::Nobody;
            },
            No::NoExternalPermission,
        ),
        (
            "U0ANN",
            |s| {
                s.channel.team = id("T0EXT");
                connect(s, "T0HOME", true);
                s.token.scopes = vec!["groups:write.invites".to_owned()].into();
            },
            No::NoExternalPermission,
        ),
    ];
    for (person, change, expected) in rows {
        let mut scene = Scene::new();
        change(&mut scene);
        assert_eq!(
            scene.ask(person, false),
            Ok((false, vec![], vec![*expected])),
            "{person}: {expected:?}"
        );
    }
}

fn connect(scene: &mut Scene, team: &str, external_limited: bool) {
    scene.channel.connections.push(Connection {
        workspace: id(team),
        external_limited,
        name: None,
        private: None,
        connected: Timestamp(1),
    });
}

#[test]
fn who_can_be_invited() {
    type Change = fn(&mut Scene);
    let rows: &[(&str, Change)] = &[
        ("U0ANN", |_| {}),
        ("U0GUEST", |_| {}),
        ("U0ONE", |_| {}),
        ("U0BOT", |_| {}),
        ("U0BOTH", |_| {}),
        ("U0SIS", |s| s.channel.org_wide = true),
        ("U0SIS", |s| s.channel.workspaces = vec![id("T0SIS")]),
        ("U0EXT", |s| connect(s, "T0EXT", false)),
        ("U0ONE", |s| s.join("D0DM", "U0ONE")),
        ("U0ANN", |s| {
            s.home.barriers = vec![Barrier {
                from: [id("U0ANN")].into(),
                to: [id("U0BOB")].into(),
            }]
        }),
    ];
    for (person, change) in rows {
        let mut scene = Scene::new();
        change(&mut scene);
        assert_eq!(
            scene.ask(person, false),
            Ok((true, vec![(*person).to_owned()], vec![])),
            "{person}"
        );
    }
}

#[test]
fn several_at_once() {
    use PersonRefusal as No;
    for (people, force, expected) in [
        ("U0ANN,U0BOB", false, (true, vec!["U0ANN", "U0BOB"], vec![])),
        // One fails: nobody.
        (
            "U0ANN,U0NOBODY",
            false,
            (false, vec![], vec![No::UserNotFound]),
        ),
        // In the order given.
        (
            "U0IN,U0ME,U0ANN",
            false,
            (false, vec![], vec![No::AlreadyInChannel, No::Oneself]),
        ),
        // Removed people do not hold the others back.
        (
            "U0ANN,U0GONE,U0BOB",
            false,
            (false, vec!["U0ANN", "U0BOB"], vec![No::Removed]),
        ),
        (
            "U0ANN,U0GONE,U0ME",
            false,
            (false, vec![], vec![No::Removed, No::Oneself]),
        ),
        ("U0GONE", false, (false, vec![], vec![No::Removed])),
        // With force.
        (
            "U0ANN,U0NOBODY,U0GONE",
            true,
            (true, vec!["U0ANN"], vec![No::UserNotFound, No::Removed]),
        ),
        (
            "U0IN,U0NOBODY",
            true,
            (false, vec![], vec![No::AlreadyInChannel, No::UserNotFound]),
        ),
        ("U0GONE", true, (false, vec![], vec![No::Removed])),
    ] {
        let (ok, joined, failed) = Scene::new().ask(people, force).unwrap();
        let joined: Vec<&str> = joined.iter().map(String::as_str).collect();
        assert_eq!((ok, joined, failed), expected, "{people} force={force}");
    }
}

#[test]
fn what_is_not_loaded_is_asked_for() {
    let scene = Scene::new();
    let caller = Caller {
        token: Arc::new(scene.token),
        user: Arc::new(scene.user),
        workspace: Arc::new(scene.home),
        enterprise: None,
        app: None,
    };
    let people = [Ok(id("U0ANN"))];
    let ask = Ask {
        caller: &caller,
        channel: Some(id("C0OPS")),
        kinds: act::CHANNELS,
        people: &people,
        force: false,
        scopes: &SCOPES,
    };
    let mut facts = Facts::default();
    let mut asked = Vec::new();
    for _ in 0..20 {
        match decide(
            &facts,
            &ask,
            &mut Moment::new(Timestamp(1), Timestamp(0)),
            &mut Blind,
        ) {
            Err(Stop::Missing(keys)) => {
                let [key] = &keys[..] else { panic!("{keys:?}") };
                match key {
                    Key::Channel(id) => {
                        facts.put_channel(*id, Some(Arc::new(scene.channel.clone())))
                    }
                    Key::Member(channel, user) => {
                        facts.put_membership(
                            *channel,
                            *user,
                            scene.facts.membership(*channel, *user).unwrap(),
                        );
                    }
                    Key::Standing(user) => {
                        facts.put_standing(*user, scene.facts.standing(*user).unwrap())
                    }
                    Key::Workspace(team) => {
                        facts.put_workspace(*team, Some(caller.workspace.clone()))
                    }
                    other => panic!("{other:?}"),
                }
                asked.push(key.clone());
            }
            Ok(plan) => {
                assert_eq!(plan.changes.len(), 1);
                assert!(
                    needs(&ask).iter().all(|key| asked.contains(key)),
                    "{asked:?}"
                );
                return;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("asked for ever: {asked:?}");
}

#[test]
fn a_plan_shows_in_the_facts_of_the_next() {
    let mut facts = Facts::complete();
    let (channel, user): (ChannelId, UserId) = (id("C0OPS"), id("U0ANN"));
    let team: TeamId = id("T0HOME");
    facts.put_channel_count(user, 0);
    facts.put_member_count(channel, 5);
    let joined = |ts| Change::Joined {
        channel,
        user,
        inviter: None,
        ts: Timestamp(ts),
    };
    facts.apply(&joined(7));
    facts.apply(&joined(8));
    assert_eq!(facts.channel_count(user), Ok(1));
    assert_eq!(facts.member_count(channel), Ok(6));
    assert!(facts.membership(channel, user).unwrap().is_some());
    let left = Change::Left {
        channel,
        user,
        by: None,
        ts: Timestamp(9),
    };
    facts.apply(&left);
    facts.apply(&left);
    assert_eq!(facts.channel_count(user), Ok(0));
    assert_eq!(facts.member_count(channel), Ok(5));
    assert_eq!(facts.membership(channel, user), Ok(None));
    assert_eq!(facts.handle(team, "ops"), Ok(None));
}
