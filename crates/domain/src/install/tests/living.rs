//! What an installation for an organisation comes to as tokens, people and workspaces end.

use super::{
    organisation::{access, world},
    *,
};
use crate::channel::{Channel, ChannelKind};

impl World {
    /// Revokes a token and nothing else, as an operator does.
    fn ends(&mut self, token: &Token) {
        let (team, hash) = (token.team, token.hash);
        self.facts.apply(&Change::TokenRevoked { team, hash });
    }

    fn all_wide(&self) -> Vec<Token> {
        let tokens = fellows(&self.facts, id("A0APP"), Place::Organisation(id("E0ORG")));
        tokens
            .unwrap()
            .into_iter()
            .map(|one| Token::clone(one))
            .collect()
    }

    /// Somebody is in a new channel of a workspace.
    fn joins(&mut self, user: UserId, channel: &str, team: &str) {
        let (channel, kind): (ChannelId, _) = (id(channel), ChannelKind::Private);
        let made = Channel::new(channel, id(team), kind, "x", user, self.now);
        self.facts.put_channel(channel, Some(Arc::new(made)));
        let place = Membership::new(self.now);
        self.facts.put_membership(channel, user, Some(place));
    }

    fn is_in(&self, user: UserId, channel: &str) -> bool {
        let place = self.facts.membership(id(channel), user);
        place.unwrap().is_some()
    }

    fn removes(&mut self, user: &str) {
        let mut user = User::clone(self.facts.user(id(user)).unwrap().unwrap());
        user.removed = true;
        self.facts.put_user(user.id, Some(Arc::new(user)));
    }

    fn closes(&mut self, team: &str) {
        let mut workspace = Workspace::clone(self.facts.workspace(id(team)).unwrap().unwrap());
        workspace.status = Status::Deleted;
        let workspace = Arc::new(workspace);
        self.facts.put_workspace(workspace.id, Some(workspace));
    }
}

#[test]
fn a_token_is_exchanged_as_it_is_by_now() {
    let mut world = world(|app| app.oauth.token_rotation = false);
    let (granted, _) = world.installs("one", "U0UNA");
    world.grants(&["T0WEST"]).unwrap();
    edit(&mut world, |app| app.oauth.token_rotation = true);
    // What a call began with, before others came first.
    let stale = world.all_wide();
    let [bot, person] = [0, 1].map(|at: usize| {
        stale
            .iter()
            .find(|one| one.user == Some(granted.issued[at].user))
    });
    let (bot, person) = (bot.unwrap(), person.unwrap());
    assert_eq!(bot.workspaces, [id("T0WEST")]);
    world.ungrants(&["T0WEST"]).unwrap();
    world
        .run(|facts, mint, moment| renewable(facts, &shown(), bot, mint, moment))
        .unwrap();
    assert_eq!(world.wide().len(), 4);
    assert!(world.wide().iter().all(|(_, teams)| teams.is_empty()));
    world.ends(person);
    let refused = world.run(|facts, mint, moment| renewable(facts, &shown(), person, mint, moment));
    assert_eq!(refused.unwrap_err(), NotGranted::InvalidToken);
}

#[test]
fn a_bot_that_a_workspace_gives_up_leaves_its_channels() {
    let mut world = world(|_| {});
    let home = Place::Workspace(id("T0HOME"));
    world.consents("own", home, "U0ADA").unwrap();
    let bot = world.exchange("own").unwrap().0.issued[0].user;
    world.installs("one", "U0UNA");
    world.grants(&["T0WEST"]).unwrap();
    world.joins(bot, "C0HOME", "T0HOME");
    world.joins(bot, "C0WEST", "T0WEST");
    let changes = world.uninstalls(home);
    let dropped = |change: &&Change| matches!(change, Change::Dropped { .. });
    assert_eq!(changes.iter().filter(dropped).count(), 1);
    assert!(!world.is_in(bot, "C0HOME"));
    assert!(world.is_in(bot, "C0WEST"));
    assert_eq!(world.teams_of(bot), ["T0HOME", "T0WEST"]);
}

#[test]
fn a_bot_without_a_living_token_comes_back_to_nothing() {
    type End = fn(&mut World, &Token);
    let ends: [End; 2] = [
        |world, token| world.ends(token),
        |world, token| {
            let expired = Token {
                expires_at: Some(world.now),
                ..token.clone()
            };
            world.facts.put_token(token.hash, Some(Arc::new(expired)));
        },
    ];
    for end in ends {
        let mut world = world(|_| {});
        let bot = world.installs("one", "U0UNA").0.issued[0].user;
        world.grants(&["T0EAST", "T0WEST"]).unwrap();
        world.joins(bot, "C0WEST", "T0WEST");
        // A further consent changes nothing of where it is.
        world.installs("two", "U0ADA");
        assert_eq!(world.teams_of(bot), ["T0HOME", "T0EAST", "T0WEST"]);
        assert!(world.is_in(bot, "C0WEST"));
        for token in world.all_wide() {
            end(&mut world, &token);
        }
        world.wait(1);
        let (again, _) = world.installs("three", "U0UNA");
        assert_eq!(again.issued[0].user, bot);
        assert_eq!(world.teams_of(bot), ["T0HOME"]);
        assert!(!world.is_in(bot, "C0WEST"));
        let living = living(
            &world.facts,
            id("A0APP"),
            Place::Organisation(id("E0ORG")),
            world.now,
        );
        assert_eq!(listed(&living.unwrap()), []);
    }
}

#[test]
fn an_app_is_installed_as_far_as_its_tokens_live() {
    type Change = fn(&mut World, &str);
    let east = Place::Workspace(id("T0EAST"));
    let org_deploy = |world: &mut World, _: &str| edit(world, |app| app.oauth.org_deploy = false);
    let rows: [(Change, bool); 4] = [
        (|_, _| {}, true),
        (|world, user| world.removes(user), false),
        (|world, _| world.closes("T0HOME"), false),
        (org_deploy, false),
    ];
    for (at, (change, lives)) in rows.into_iter().enumerate() {
        let mut world = world(|_| {});
        let app = world.facts.app(id("A0APP")).unwrap().unwrap().clone();
        // A person's token alone.
        let request = Request::new(&app, scopes(""), scopes("b"), None, None).unwrap();
        let org = Place::Organisation(id("E0ORG"));
        let (app, ada) = (app.id, id("U0ADA"));
        world
            .run(|facts, _, moment| consent(facts, app, org, ada, &request, hash("one"), moment))
            .unwrap();
        world.exchange("one").unwrap();
        change(&mut world, "U0ADA");
        let refusal = lives.then_some(NotTaken::OrgInstalled);
        let consented = world.consents("own", east, "U0UNA");
        assert_eq!(consented.err(), refusal, "row {at}");
        let granted = world.grants(&["T0EAST"]);
        // What was made by hand can be added to workspaces, ready for organisations or not.
        assert_eq!(granted.is_ok(), lives || at == 3, "row {at}");
    }
}

#[test]
fn tokens_are_made_where_they_are_good_for_something() {
    // The workspace that lists the app, before its bot is there and after.
    for before in [true, false] {
        let mut world = world(|_| {});
        if !before {
            world.installs("one", "U0UNA");
        }
        world.closes("T0HOME");
        let (granted, changes) = world.installs("two", "U0UNA");
        let made = changes.iter().filter_map(|change| match change {
            Change::TokenMade { token } => Some(token.team),
            _ => None,
        });
        assert_eq!(made.collect::<Vec<_>>(), [id("T0EAST"); 2], "{before}");
        world.grants(&["T0WEST"]).unwrap();
        let bot = granted.issued[0].user;
        assert!(world.teams_of(bot).contains(&"T0WEST".to_owned()));
    }
}

#[test]
fn what_one_token_lacked_has_changed() {
    let mut world = world(|_| {});
    world.installs("one", "U0UNA");
    let mut token = world.all_wide().remove(0);
    token.workspaces = vec![id("T0WEST")];
    world.facts.put_token(token.hash, Some(Arc::new(token)));
    let (now, changes) = world.grants(&["T0WEST"]).unwrap();
    assert_eq!(now.changed, [id("T0WEST")]);
    assert_eq!(access(&changes), [(true, vec![id("T0WEST")])]);
    assert_eq!(world.grants(&["T0WEST"]).unwrap().0.changed, []);
}
