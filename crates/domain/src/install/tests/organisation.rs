//! Installing an app for an organisation, and adding it to workspaces.

use super::*;
use crate::{
    channel::{Channel, ChannelKind},
    workspace::Enterprise,
};

/// Home, where the app is listed, East and West are of one organisation. Ada is an admin in Home, Una in East.
pub(super) fn world(change: impl FnOnce(&mut App)) -> World {
    let mut world = World::new(|app| {
        app.oauth.org_deploy = true;
        change(app);
    });
    let org = id("E0ORG");
    world.facts.put_enterprise(
        org,
        Some(Arc::new(Enterprise {
            id: org,
            name: "Org".to_owned(),
            domain: "org".to_owned(),
            ekm_suspended: false,
            blocked_methods: Vec::new(),
            added: Timestamp::default(),
        })),
    );
    for team in ["T0HOME", "T0EAST", "T0WEST"] {
        let mut workspace = Workspace::new(id(team), team, team);
        workspace.enterprise = Some(org);
        world
            .facts
            .put_workspace(workspace.id, Some(Arc::new(workspace)));
    }
    for (user, team, role) in [
        ("U0ADA", "T0HOME", Role::Admin),
        ("U0UNA", "T0EAST", Role::Owner),
        ("U0FAY", "T0FAR", Role::Owner),
    ] {
        let mut user = User::new(id(user), id(team), user);
        user.role = role;
        world.facts.put_user(user.id, Some(Arc::new(user)));
    }
    world
}

impl World {
    pub(super) fn consents(
        &mut self,
        code: &str,
        place: Place,
        user: &str,
    ) -> Result<(), NotTaken> {
        let app = self.facts.app(id("A0APP")).unwrap().unwrap().clone();
        let request = Request::new(&app, scopes("a"), scopes("b"), None, None).unwrap();
        self.run(|facts, _, moment| {
            consent(facts, app.id, place, id(user), &request, hash(code), moment)
        })
        .map(|_| ())
    }

    /// Somebody has the app installed for the organisation.
    pub(super) fn installs(&mut self, code: &str, user: &str) -> (Granted, Vec<Change>) {
        self.consents(code, Place::Organisation(id("E0ORG")), user)
            .unwrap();
        self.exchange(code).unwrap()
    }

    pub(super) fn grants(&mut self, teams: &[&str]) -> Result<(Access, Vec<Change>), NotGrantable> {
        let teams: Vec<TeamId> = teams.iter().map(|team| id(team)).collect();
        self.run(|facts, _, moment| grant(facts, id("A0APP"), &teams, moment))
    }

    pub(super) fn ungrants(
        &mut self,
        teams: &[&str],
    ) -> Result<(Access, Vec<Change>), NotGrantable> {
        let teams: Vec<TeamId> = teams.iter().map(|team| id(team)).collect();
        self.run(|facts, _, moment| ungrant(facts, id("A0APP"), &teams, moment))
    }

    /// Uninstalls it, and gives what that changed.
    pub(super) fn uninstalls(&mut self, place: Place) -> Vec<Change> {
        let done = self.run(|facts, _, moment| -> Result<_, Stop<()>> {
            let changes = uninstall(facts, id("A0APP"), place, moment)?;
            Ok(Plan {
                changes,
                outcome: (),
            })
        });
        done.unwrap().1
    }

    /// Its tokens for the organisation: of which kinds, and for which workspaces.
    pub(super) fn wide(&self) -> Vec<(TokenKind, Vec<String>)> {
        let tokens = fellows(&self.facts, id("A0APP"), Place::Organisation(id("E0ORG")));
        let told = |token: &Arc<Token>| {
            let teams = token.workspaces.iter().map(ToString::to_string);
            (token.kind, teams.collect())
        };
        let mut told: Vec<_> = tokens.unwrap().into_iter().map(told).collect();
        told.sort_by_key(|(kind, _)| kind.name());
        told
    }

    pub(super) fn teams_of(&self, user: UserId) -> Vec<String> {
        let user = self.facts.user(user).unwrap().unwrap();
        user.all_teams().map(|team| team.to_string()).collect()
    }
}

pub(super) fn access(changes: &[Change]) -> Vec<(bool, Vec<TeamId>)> {
    let told = changes.iter().filter_map(|change| match change {
        Change::TeamAccess { granted, teams, .. } => Some((*granted, teams.clone())),
        _ => None,
    });
    told.collect()
}

#[test]
fn whose_consent_counts_for_an_organisation() {
    let (org, other) = (
        Place::Organisation(id("E0ORG")),
        Place::Organisation(id("E0NO")),
    );
    type Row = (Place, &'static str, fn(&mut World), Option<NotTaken>);
    let rows: [Row; 10] = [
        (org, "U0ADA", |_| {}, None),
        (org, "U0UNA", |_| {}, None),
        (org, "U0BOB", |_| {}, Some(NotTaken::NotAdmin)),
        (org, "U0FAY", |_| {}, Some(NotTaken::OrganisationNotFound)),
        (org, "U0NO", |_| {}, Some(NotTaken::UserNotFound)),
        (other, "U0ADA", |_| {}, Some(NotTaken::OrganisationNotFound)),
        (
            org,
            "U0ADA",
            |world| edit(world, |app| app.oauth.org_deploy = false),
            Some(NotTaken::NotOrgReady),
        ),
        (
            org,
            "U0ADA",
            |world| edit(world, |app| app.oauth.undistributed = true),
            None,
        ),
        (
            org,
            "U0ADA",
            |world| {
                edit(world, |app| {
                    app.team = id("T0FAR");
                    app.oauth.undistributed = true;
                });
            },
            Some(NotTaken::InvalidTeam),
        ),
        (
            org,
            "U0UNA",
            |world| {
                let mut una = User::clone(world.facts.user(id("U0UNA")).unwrap().unwrap());
                una.removed = true;
                world.facts.put_user(una.id, Some(Arc::new(una)));
            },
            Some(NotTaken::UserNotFound),
        ),
    ];
    for (place, user, change, refusal) in rows {
        let mut world = world(|_| {});
        change(&mut world);
        assert_eq!(world.consents("one", place, user).err(), refusal, "{user}");
    }
    // By the time the code is exchanged they have to be it still.
    let mut world = world(|_| {});
    world.consents("one", org, "U0ADA").unwrap();
    let mut ada = User::clone(world.facts.user(id("U0ADA")).unwrap().unwrap());
    ada.role = Role::Member;
    world.facts.put_user(ada.id, Some(Arc::new(ada)));
    assert_eq!(world.exchange("one").unwrap_err(), NotGranted::InvalidCode);
}

#[test]
fn an_app_is_installed_for_an_organisation_and_then_added_to_workspaces() {
    let mut world = world(|_| {});
    let (granted, _) = world.installs("one", "U0UNA");
    assert!(granted.org_wide);
    assert_eq!(granted.enterprise.map(|org| org.id), Some(id("E0ORG")));
    let kinds: Vec<_> = granted.issued.iter().map(|issued| issued.kind).collect();
    assert_eq!(kinds, [TokenKind::Bot, TokenKind::User]);
    let bot = granted.issued[0].user;
    let none = (TokenKind::Org, vec![]);
    assert_eq!(world.wide(), [none.clone(), none.clone()]);
    assert_eq!(world.teams_of(bot), ["T0HOME"]);

    let (access_now, changes) = world.grants(&["T0WEST", "T0EAST", "T0WEST"]).unwrap();
    let both = [id("T0EAST"), id("T0WEST")];
    assert_eq!(
        (&access_now.workspaces[..], &access_now.changed[..]),
        (&both[..], &both[..])
    );
    assert_eq!(access(&changes), [(true, both.to_vec())]);
    let wide = (
        TokenKind::Org,
        vec!["T0EAST".to_owned(), "T0WEST".to_owned()],
    );
    assert_eq!(world.wide(), [wide.clone(), wide]);
    assert_eq!(world.teams_of(bot), ["T0HOME", "T0EAST", "T0WEST"]);
    assert_eq!(world.teams_of(id("U0UNA")), ["T0EAST"]);
    // Once is enough.
    let (again, changes) = world.grants(&["T0EAST"]).unwrap();
    assert_eq!((again.changed, changes), (vec![], vec![]));
    assert_eq!(again.workspaces, both);

    // Out of one it is out of its channels, too, and no others.
    for (channel, team) in [
        ("C0EAST", "T0EAST"),
        ("C0WEST", "T0WEST"),
        ("C0HOME", "T0HOME"),
    ] {
        let (channel, kind): (ChannelId, _) = (id(channel), ChannelKind::Public);
        let made = Channel::new(channel, id(team), kind, "x", bot, world.now);
        world.facts.put_channel(channel, Some(Arc::new(made)));
        let place = Membership::new(world.now);
        world.facts.put_membership(channel, bot, Some(place));
    }
    let (left, changes) = world.ungrants(&["T0EAST", "T0HOME"]).unwrap();
    assert_eq!(left.workspaces, [id("T0WEST")]);
    assert_eq!(left.changed, [id("T0EAST")]);
    assert_eq!(access(&changes), [(false, vec![id("T0EAST")])]);
    assert_eq!(world.teams_of(bot), ["T0HOME", "T0WEST"]);
    for (channel, stays) in [("C0EAST", false), ("C0WEST", true), ("C0HOME", false)] {
        let place = world.facts.membership(id(channel), bot).unwrap();
        assert_eq!(place.is_some(), stays, "{channel}");
    }
    let (_, changes) = world.ungrants(&["T0EAST"]).unwrap();
    assert_eq!(changes, []);
}

#[test]
fn what_an_app_cannot_be_added_to() {
    let mut world = world(|_| {});
    let org = id("E0ORG");
    assert_eq!(
        world.grants(&["T0EAST"]).unwrap_err(),
        NotGrantable::NotInstalled(org)
    );
    // Of one workspace it is not for the organisation.
    world.consent("one", "T0EAST", "U0UNA", "a", "");
    world.exchange("one").unwrap();
    assert_eq!(
        world.ungrants(&["T0EAST"]).unwrap_err(),
        NotGrantable::NotInstalled(org)
    );
    world.installs("two", "U0ADA");
    let mut closed = Workspace::new(id("T0SHUT"), "Shut", "shut");
    (closed.enterprise, closed.status) = (Some(org), Status::Deleted);
    world.facts.put_workspace(closed.id, Some(Arc::new(closed)));
    for (teams, why) in [
        (&[][..], NotGrantable::Empty),
        (&["T0NO"], NotGrantable::TeamNotFound(id("T0NO"))),
        (&["T0SHUT"], NotGrantable::TeamNotFound(id("T0SHUT"))),
        (&["T0FAR"], NotGrantable::NoOrganisation(id("T0FAR"))),
    ] {
        assert_eq!(world.grants(teams).unwrap_err(), why, "{teams:?}");
    }
    let mut apart = Workspace::new(id("T0FAR"), "Far", "far");
    apart.enterprise = Some(id("E0FAR"));
    world.facts.put_workspace(apart.id, Some(Arc::new(apart)));
    assert_eq!(
        world.grants(&["T0WEST", "T0FAR"]).unwrap_err(),
        NotGrantable::Apart(id("T0FAR"), id("T0WEST"))
    );
    let unknown = world.run(|facts, _, moment| grant(facts, id("A0NO"), &[id("T0EAST")], moment));
    assert_eq!(unknown.unwrap_err(), NotGrantable::AppNotFound);
}

#[test]
fn what_is_renewed_is_for_the_organisation_still() {
    let mut world = world(|app| app.oauth.token_rotation = true);
    world.installs("one", "U0UNA");
    let first = world.drawn;
    world.grants(&["T0EAST"]).unwrap();
    let east = || vec!["T0EAST".to_owned()];
    let of = |kind| (kind, east());
    use TokenKind::{Org, OrgRefresh};
    let expected = [of(Org), of(Org), of(OrgRefresh), of(OrgRefresh)];
    assert_eq!(world.wide(), expected);
    for kind in [TokenKind::Bot, TokenKind::User] {
        let shown_token = hash(&minted(first, Secret::Refresh(kind)));
        let (granted, _) = world
            .run(|facts, mint, moment| refresh(facts, &shown(), shown_token, mint, moment))
            .unwrap();
        assert!(granted.org_wide);
        assert_eq!(granted.issued[0].kind, kind);
    }
    // Of each there are two now; a third renewal ends the oldest.
    let mut expected = [of(Org), of(Org), of(Org), of(Org)].to_vec();
    expected.extend([
        of(OrgRefresh),
        of(OrgRefresh),
        of(OrgRefresh),
        of(OrgRefresh),
    ]);
    assert_eq!(world.wide(), expected);
}

#[test]
fn a_token_that_lives_for_ever_is_exchanged_for_one_of_the_organisation() {
    let mut world = world(|_| {});
    let (granted, changes) = world.installs("one", "U0UNA");
    world.grants(&["T0WEST"]).unwrap();
    edit(&mut world, |app| app.oauth.token_rotation = true);
    let hash = changes.iter().find_map(|change| match change {
        Change::TokenMade { token } if token.user == Some(granted.issued[0].user) => {
            Some(token.hash)
        }
        _ => None,
    });
    let token = |world: &World| {
        let token = world.facts.token(id("T0HOME"), hash.unwrap());
        Token::clone(token.unwrap().unwrap())
    };
    let shown_token = token(&world);
    let exchanged = |world: &mut World| {
        world.run(|facts, mint, moment| renewable(facts, &shown(), &shown_token, mint, moment))
    };
    let (granted, _) = exchanged(&mut world).unwrap();
    assert!(granted.org_wide && granted.issued[0].rotating);
    assert_eq!(granted.issued[0].kind, TokenKind::Bot);
    assert_eq!(
        exchanged(&mut world).unwrap_err(),
        NotGranted::AlreadyExchanged
    );
}

#[test]
fn installing_again_adds_to_what_there_is() {
    let mut world = world(|_| {});
    let (first, _) = world.installs("one", "U0UNA");
    world.grants(&["T0EAST"]).unwrap();
    let (second, _) = world.installs("two", "U0ADA");
    assert_eq!(first.issued[0].user, second.issued[0].user);
    // Una's, Ada's, and two of the bot.
    let wide = (TokenKind::Org, vec!["T0EAST".to_owned()]);
    assert_eq!(world.wide(), vec![wide; 4]);
}

#[test]
fn a_workspace_cannot_have_what_its_organisation_has() {
    let mut world = world(|_| {});
    let east = Place::Workspace(id("T0EAST"));
    world.consents("early", east, "U0UNA").unwrap();
    // One that had it before goes on with it.
    world.consents("before", east, "U0UNA").unwrap();
    world.exchange("before").unwrap();
    world.installs("one", "U0ADA");
    assert_eq!(fellows(&world.facts, id("A0APP"), east).unwrap().len(), 2);
    assert_eq!(
        world.exchange("early").unwrap_err(),
        NotGranted::OrgInstalled
    );
    assert_eq!(
        world.consents("late", east, "U0UNA"),
        Err(NotTaken::OrgInstalled)
    );
    // Elsewhere that is nobody's business.
    let far = Place::Workspace(id("T0FAR"));
    assert_eq!(world.consents("far", far, "U0FAY"), Ok(()));
    world.uninstalls(Place::Organisation(id("E0ORG")));
    assert_eq!(world.consents("again", east, "U0UNA"), Ok(()));
}

#[test]
fn an_organisation_is_left_as_a_whole_and_a_workspace_alone() {
    let mut world = world(|_| {});
    let home = Place::Workspace(id("T0HOME"));
    world.consents("own", home, "U0ADA").unwrap();
    let (own, _) = world.exchange("own").unwrap();
    let (wide, _) = world.installs("one", "U0UNA");
    world.grants(&["T0WEST"]).unwrap();
    // Where the app is listed both act as the same bot.
    let bot = own.issued[0].user;
    assert_eq!(wide.issued[0].user, bot);

    let changes = world.uninstalls(home);
    let told = |changes: &[Change]| {
        let named = changes.iter().filter_map(|change| match change {
            Change::Deauthorized { user, org_wide, .. } => Some((Some(*user), *org_wide)),
            Change::Uninstalled { user, .. } => Some((*user, user.is_some())),
            _ => None,
        });
        named.collect::<Vec<_>>()
    };
    let mut holders = [(Some(bot), false), (Some(id("U0ADA")), false)];
    holders.sort();
    assert_eq!(told(&changes), [holders[0], holders[1], (None, false)]);
    assert!(!world.facts.user(bot).unwrap().unwrap().removed);
    assert_eq!(world.wide().len(), 2);

    let changes = world.uninstalls(Place::Organisation(id("E0ORG")));
    let mut holders = [(Some(bot), true), (Some(id("U0UNA")), true)];
    holders.sort();
    assert_eq!(told(&changes), [holders[0], holders[1], (Some(bot), true)]);
    assert_eq!(world.wide(), []);
    assert!(world.facts.user(bot).unwrap().unwrap().removed);
    // It comes back to none of the workspaces that it had been added to.
    let (again, _) = world.installs("two", "U0UNA");
    assert_eq!(again.issued[0].user, bot);
    assert_eq!(world.teams_of(bot), ["T0HOME"]);
    assert_eq!(world.wide(), vec![(TokenKind::Org, vec![]); 2]);
}

#[test]
fn a_bot_of_the_organisation_leaves_what_its_own_workspace_does_not_have() {
    let mut world = world(|_| {});
    let home = Place::Workspace(id("T0HOME"));
    world.installs("one", "U0UNA");
    world.uninstalls(Place::Organisation(id("E0ORG")));
    world.consents("own", home, "U0ADA").unwrap();
    let (own, _) = world.exchange("own").unwrap();
    let bot = own.issued[0].user;
    world.installs("two", "U0UNA");
    world.grants(&["T0EAST", "T0WEST"]).unwrap();
    assert_eq!(world.teams_of(bot), ["T0HOME", "T0EAST", "T0WEST"]);
    world.uninstalls(Place::Organisation(id("E0ORG")));
    assert_eq!(world.teams_of(bot), ["T0HOME"]);
    assert!(!world.facts.user(bot).unwrap().unwrap().removed);
    // What revokes the last token ends it as an uninstallation does.
    let token = world.facts.tokens_of(id("A0APP"), id("T0HOME")).unwrap();
    let tokens: Vec<_> = token.into_iter().cloned().collect();
    for token in tokens {
        world
            .run(|facts, _, moment| -> Result<_, Stop<()>> {
                let changes = revoke(facts, &token, moment)?;
                Ok(Plan {
                    changes,
                    outcome: (),
                })
            })
            .unwrap();
    }
    assert!(world.facts.user(bot).unwrap().unwrap().removed);
}
