//! The life of a connection, step by step over facts that show each step before the next.

use super::{
    Actor, Edge, Party, accept, due, request, review, rights,
    send::{self, Refusal as NotSent},
    sever,
};
use crate::{
    Caller, Change, ChannelId, Enterprise, Facts, InvitationId, Moment, Plan, Stop, TeamId,
    Timestamp, Token, TokenHash, TokenKind, User, UserId, Workspace,
    channel::{Channel, ChannelKind},
    connect::event::Event,
    facts::Membership,
    invitation::{Invitation, LIFE_SECONDS, OnInvite, StandingAnswer, State},
    see,
    user::{Bot, Role},
    workspace::Approval,
};
use std::{fmt::Debug, str::FromStr, sync::Arc};

fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Acme (of an organisation), Globex and Initech. Acme's `C0OLD` is shared with both of them, so
/// that everybody is known to everybody; `C0OPS` is shared with nobody.
struct World {
    facts: Facts,
    now: Timestamp,
    last: Timestamp,
}

const SITE: &str = "http://guestlist.test";

impl World {
    fn new() -> Self {
        let mut facts = Facts::complete();
        let org = Enterprise {
            id: id("E0ACME"),
            name: "Acme Corp".to_owned(),
            domain: "acme".to_owned(),
            ekm_suspended: false,
            blocked_methods: Vec::new(),
        };
        facts.put_enterprise(org.id, Some(Arc::new(org)));
        for (team, enterprise) in [("T0ACME", Some("E0ACME")), ("T0GLO", None), ("T0INI", None)] {
            let mut workspace = Workspace::new(id(team), team, team);
            workspace.enterprise = enterprise.map(id);
            facts.put_workspace(workspace.id, Some(Arc::new(workspace)));
        }
        for (user, team, bot) in [
            ("U0ADA", "T0ACME", false),
            ("U0GREET", "T0ACME", true),
            ("U0GIL", "T0GLO", false),
            ("U0GUS", "T0GLO", false),
            ("U0GBOT", "T0GLO", true),
            ("U0XEN", "T0INI", false),
        ] {
            let mut one = User::new(id(user), id(team), &user[2..].to_lowercase());
            one.email = (!bot).then(|| format!("{}@{team}.test", one.name).to_lowercase());
            one.role = if user == "U0GUS" {
                Role::Member
            } else {
                Role::Owner
            };
            one.bot = bot.then(|| Bot {
                id: id("B0BOT"),
                app: Some(id("A0APP")),
            });
            facts.put_user(one.id, Some(Arc::new(one)));
        }
        let now = Timestamp::from_seconds(1_700_000_000);
        let mut world = Self {
            facts,
            now,
            last: Timestamp(0),
        };
        for channel in ["C0OLD", "C0OPS"] {
            let channel = Channel::new(
                id(channel),
                id("T0ACME"),
                ChannelKind::Public,
                &channel[2..].to_lowercase(),
                id("U0ADA"),
                now,
            );
            world
                .facts
                .put_handle(channel.team, &channel.name, Some(channel.id));
            world.facts.put_channel(channel.id, Some(Arc::new(channel)));
        }
        world.edit("C0OLD", |old| {
            for team in ["T0GLO", "T0INI"] {
                old.connections.push(crate::channel::Connection {
                    workspace: id(team),
                    external_limited: false,
                    name: None,
                    private: false,
                    connected: now,
                });
            }
        });
        for user in ["U0ADA", "U0GREET"] {
            let place = Membership {
                since: now,
                closed: false,
            };
            world
                .facts
                .put_membership(id("C0OPS"), id(user), Some(place));
        }
        world
    }

    fn edit(&mut self, channel: &str, edit: impl FnOnce(&mut Channel)) {
        let mut channel = Channel::clone(self.channel(channel));
        edit(&mut channel);
        self.facts.put_channel(channel.id, Some(Arc::new(channel)));
    }

    fn workspace(&mut self, team: &str, edit: impl FnOnce(&mut Workspace)) {
        let known = self.facts.workspace(id(team)).unwrap().unwrap();
        let mut workspace = Workspace::clone(known);
        edit(&mut workspace);
        self.facts
            .put_workspace(workspace.id, Some(Arc::new(workspace)));
    }

    fn channel(&self, channel: &str) -> &Channel {
        self.facts.channel(id(channel)).unwrap().unwrap()
    }

    fn actor(&self, user: &str) -> Actor {
        let user = self.facts.user(id(user)).unwrap().unwrap().clone();
        let workspace = self.facts.workspace(user.team).unwrap().unwrap().clone();
        Actor { user, workspace }
    }

    fn caller(&self, user: &str) -> Caller {
        let Actor { user, workspace } = self.actor(user);
        let kind = match user.bot {
            Some(_) => TokenKind::Bot,
            None => TokenKind::User,
        };
        let token = Token {
            hash: TokenHash([0; 32]),
            team: user.team,
            kind,
            app: None,
            user: Some(user.id),
            scopes: Vec::new().into(),
            expires_at: None,
            revoked: false,
            workspaces: Vec::new(),
            channels: Vec::new(),
        };
        let enterprise = workspace.enterprise;
        Caller {
            token: Arc::new(token),
            user,
            enterprise: enterprise.and_then(|org| self.facts.enterprise(org).unwrap().cloned()),
            workspace,
            app: None,
        }
    }

    /// Lets a rule decide, and the world show what it decided.
    fn run<T, R>(
        &mut self,
        rule: impl FnOnce(&Facts, &mut Moment) -> Result<Plan<T>, Stop<R>>,
    ) -> Result<(T, Vec<Event>), R> {
        let mut moment = Moment::new(self.now, self.last);
        let plan = match rule(&self.facts, &mut moment) {
            Ok(plan) => plan,
            Err(Stop::Refused(refusal)) => return Err(refusal),
            Err(Stop::Missing(_) | Stop::Scope(_)) => panic!("a complete world lacks nothing"),
        };
        self.last = moment.last();
        let mut events = Vec::new();
        for change in &plan.changes {
            self.facts.apply(change);
            if let Change::Raised { event, .. } = change {
                events.push(Event::clone(event));
            }
        }
        Ok((plan.outcome, events))
    }

    fn send(&mut self, by: &str, to: &str, limited: bool) -> Result<Arc<Invitation>, NotSent> {
        let caller = self.caller(by);
        let emails: Vec<String> = to
            .contains('@')
            .then(|| to.to_owned())
            .into_iter()
            .collect();
        let user = (!to.contains('@')).then(|| to.parse().ok());
        let ask = send::Ask {
            caller: &caller,
            channel: Some(id("C0OPS")),
            emails: &emails,
            user,
            external_limited: limited,
            message: None,
            edge: Edge {
                chance: [9; 16],
                site: SITE,
            },
        };
        self.run(|facts, moment| send::decide(facts, &ask, moment))
            .map(|(outcome, _)| outcome.invitation)
    }

    fn accept(&mut self, by: &str, invitation: InvitationId) -> Result<bool, accept::Refusal> {
        let who = self.actor(by);
        let ask = accept::Ask {
            who: &who,
            which: Some(accept::Which::Id(invitation)),
            name: "acme-ops",
            private: false,
            site: SITE,
        };
        self.run(|facts, moment| accept::decide(facts, &ask, moment))
            .map(|(outcome, _)| outcome.implicit_approval)
    }

    fn review(
        &mut self,
        by: &str,
        invitation: InvitationId,
        target: Option<&str>,
        approve: bool,
    ) -> Result<Vec<&'static str>, review::Refusal> {
        let who = self.actor(by);
        let ask = review::Ask {
            who: &who,
            invitation: Some(invitation),
            target: target.map(|target| target.parse().ok()),
            site: SITE,
        };
        self.run(|facts, moment| {
            if approve {
                review::approve(facts, &ask, moment)
            } else {
                review::decline(facts, &ask, moment)
            }
        })
        .map(|((), events)| events.iter().map(Event::name).collect())
    }

    fn due(&mut self, invitation: InvitationId) -> Vec<&'static str> {
        let done = self.run::<_, ()>(|facts, moment| {
            Ok(due::decide(facts, invitation, SITE, moment).unwrap())
        });
        done.unwrap().1.iter().map(Event::name).collect()
    }

    fn sever(&mut self, by: &str, leaving: &[&str]) -> Result<(), sever::Refusal> {
        let caller = self.caller(by);
        let leaving: Vec<Option<Party>> = leaving.iter().map(|text| text.parse().ok()).collect();
        self.run(|facts, moment| {
            sever::disconnect(facts, &caller, Some(id("C0OPS")), &leaving, moment)
        })
        .map(|_| ())
    }

    fn state(&self, invitation: InvitationId) -> State {
        self.facts
            .invitation(invitation)
            .unwrap()
            .unwrap()
            .state_at(self.now)
    }

    fn pass(&mut self, seconds: i64) {
        self.now = Timestamp(self.now.0 + seconds * 1_000_000);
    }

    fn is_in(&self, channel: ChannelId, user: &str) -> bool {
        self.facts.membership(channel, id(user)).unwrap().is_some()
    }

    fn sees(&self, user: &str, channel: ChannelId) -> Option<see::Seen> {
        see::channel(&self.facts, &self.caller(user), Some(channel)).unwrap()
    }
}

#[test]
fn where_nobody_reviews_accepting_connects() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", false).unwrap();
    assert_eq!(sent.state, State::Sent);
    assert_eq!(world.accept("U0GIL", sent.id), Ok(true));
    assert_eq!(world.state(sent.id), State::Approved);
    let channel = world.channel("C0OPS");
    assert_eq!(channel.name_in(id("T0GLO")), "acme-ops");
    assert_eq!(channel.name_in(id("T0ACME")), "ops");
    assert!(world.is_in(id("C0OPS"), "U0GIL") && !world.is_in(id("C0OPS"), "U0GUS"));
    assert!(world.sees("U0GUS", id("C0OPS")).is_some());
    assert!(world.sees("U0XEN", id("C0OPS")).is_none());
    assert_eq!(
        world.facts.handle(id("T0GLO"), "acme-ops"),
        Ok(Some(id("C0OPS")))
    );
}

#[test]
fn each_side_that_reviews_has_to_say_yes_in_any_order() {
    for order in [["U0ADA", "U0GIL"], ["U0GIL", "U0ADA"]] {
        let mut world = World::new();
        for team in ["T0ACME", "T0GLO"] {
            world.workspace(team, |team| team.connect.approval = Approval::Required);
        }
        let sent = world.send("U0GREET", "U0GBOT", true).unwrap().id;
        assert_eq!(world.accept("U0GBOT", sent), Ok(false));
        assert_eq!(world.channel("C0OPS").pending, [id::<TeamId>("T0GLO")]);
        assert!(world.sees("U0GBOT", id("C0OPS")).is_none());
        let target = |by: &str| (by == "U0ADA").then_some("T0GLO");
        let [first, second] = order;
        let raised = world.review(first, sent, target(first), true);
        assert_eq!(raised, Ok(vec!["shared_channel_invite_approved"]));
        assert_eq!(
            world.review(first, sent, target(first), true),
            Err(review::Refusal::Said)
        );
        assert_eq!(world.state(sent), State::PendingApproval);
        let raised = world.review(second, sent, target(second), true).unwrap();
        assert_eq!(
            raised,
            [
                "shared_channel_invite_approved",
                "channel_shared",
                "channel_shared"
            ]
        );
        assert_eq!(world.state(sent), State::Approved);
        assert!(world.channel("C0OPS").pending.is_empty());
        let seen = world.sees("U0GBOT", id("C0OPS")).unwrap();
        assert!(seen.is_member() && seen.is_post_only() && seen.is_private());
        assert_eq!(
            world.review(first, sent, target(first), true),
            Err(review::Refusal::Done)
        );
    }
}

#[test]
fn of_two_acceptances_one_wins() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    assert_eq!(world.accept("U0GUS", sent), Ok(true));
    assert_eq!(world.accept("U0GIL", sent), Err(accept::Refusal::Used));
    assert!(world.is_in(id("C0OPS"), "U0GUS") && !world.is_in(id("C0OPS"), "U0GIL"));
}

#[test]
fn whoever_holds_an_invitation_gets_no_second_one() {
    let mut world = World::new();
    let first = world.send("U0GREET", "gil@t0glo.test", true).unwrap();
    let again = world.send("U0ADA", "GIL@t0glo.test", false).unwrap();
    assert_eq!(first, again);
    assert_eq!(
        world.accept("U0GUS", first.id),
        Err(accept::Refusal::WrongEmail)
    );
    world.workspace("T0GLO", |team| team.connect.approval = Approval::Required);
    assert_eq!(world.accept("U0GIL", first.id), Ok(false));
    assert_eq!(
        world.send("U0ADA", "gil@t0glo.test", true),
        Err(NotSent::Awaiting)
    );
}

#[test]
fn fourteen_days_end_an_invitation_and_fourteen_more_an_acceptance() {
    let mut world = World::new();
    world.workspace("T0GLO", |team| team.connect.approval = Approval::Required);
    let first = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.pass(LIFE_SECONDS - 1);
    assert_eq!(world.accept("U0GIL", first), Ok(false));
    world.pass(LIFE_SECONDS - 1);
    assert_eq!(world.due(first), [""; 0]);
    assert_eq!(world.state(first), State::PendingApproval);
    world.pass(1);
    // Refused at once, written down when somebody comes to it.
    assert_eq!(
        world.review("U0GIL", first, None, true),
        Err(review::Refusal::Over)
    );
    assert_eq!(world.channel("C0OPS").pending.len(), 1);
    world.due(first);
    assert_eq!(world.channel("C0OPS").pending.len(), 0);
    let stored = world.facts.invitation(first).unwrap().unwrap();
    assert_eq!(stored.state, State::Expired);

    let second = world.send("U0GREET", "U0GIL", false).unwrap().id;
    assert_ne!(first, second);
    world.pass(LIFE_SECONDS);
    assert_eq!(
        world.accept("U0GIL", second),
        Err(accept::Refusal::NotFound)
    );
    assert_eq!(
        world.review("U0GIL", second, None, false),
        Err(review::Refusal::Inactive)
    );
}

#[test]
fn a_no_ends_it_whoever_says_it() {
    let mut world = World::new();
    world.workspace("T0ACME", |team| team.connect.approval = Approval::Required);
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    assert_eq!(
        world.review("U0ADA", sent, Some("T0GLO"), false),
        Err(review::Refusal::NoAcceptance)
    );
    assert_eq!(world.accept("U0GIL", sent), Ok(true));
    assert_eq!(
        world.review("U0ADA", sent, None, false),
        Err(review::Refusal::NoTarget)
    );
    assert_eq!(
        world.review("U0XEN", sent, None, false),
        Err(review::Refusal::NotFound)
    );
    assert_eq!(
        world.review("U0GUS", sent, None, false),
        Err(review::Refusal::Restricted)
    );
    let raised = world.review("U0ADA", sent, Some("T0GLO"), false);
    assert_eq!(raised, Ok(vec!["shared_channel_invite_declined"]));
    assert_eq!(world.state(sent), State::Declined);
    assert!(world.channel("C0OPS").pending.is_empty());
    assert_eq!(world.accept("U0GIL", sent), Err(accept::Refusal::NotFound));
}

#[test]
fn a_request_is_sent_or_denied_once() {
    let mut world = World::new();
    world.workspace("T0ACME", |team| team.connect.review_before_sending = true);
    let asked = world.send("U0GREET", "U0GIL", true).unwrap().id;
    assert_eq!(world.state(asked), State::Requested);
    assert_eq!(world.accept("U0GIL", asked), Err(accept::Refusal::NotFound));
    let owner = world.actor("U0ADA");
    let changed = request::Changed {
        external_limited: Some(false),
        ..request::Changed::default()
    };
    world.pass(3600);
    let (sent, _) = world
        .run(|facts, moment| request::approve(facts, &owner, Some(asked), &changed, SITE, moment))
        .unwrap();
    assert!(!sent.external_limited && sent.state == State::Sent);
    assert_eq!(sent.expires.0 - world.now.0, LIFE_SECONDS * 1_000_000);
    let again = world.run(|facts, moment| request::deny(facts, &owner, Some(asked), None, moment));
    assert_eq!(again.err(), Some(request::Refusal::Approved));

    let other = world.send("U0GREET", "U0XEN", true).unwrap().id;
    world
        .run(|facts, moment| request::deny(facts, &owner, Some(other), Some("no"), moment))
        .unwrap();
    assert_eq!(world.state(other), State::RequestDenied);
    let again = world
        .run(|facts, moment| request::approve(facts, &owner, Some(other), &changed, SITE, moment));
    assert_eq!(again.err(), Some(request::Refusal::Denied));
}

#[test]
fn who_has_a_standing_answer_gives_it_when_its_time_has_come() {
    for (answer, state) in [
        (StandingAnswer::AutoAccept, State::Approved),
        (StandingAnswer::AutoDecline, State::Declined),
    ] {
        let mut world = World::new();
        let after = 3 * 86_400;
        world.workspace("T0GLO", |team| {
            team.connect.on_invite = Some(OnInvite { answer, after });
        });
        let sent = world.send("U0GREET", "gil@t0glo.test", false).unwrap().id;
        world.pass(i64::from(after) - 1);
        assert_eq!(world.due(sent), [""; 0]);
        assert_eq!(world.state(sent), State::Sent);
        world.pass(1);
        assert!(!world.due(sent).is_empty());
        assert_eq!(world.state(sent), state);
        assert_eq!(world.due(sent), [""; 0]);
    }
}

#[test]
fn an_answer_that_cannot_be_given_is_not_tried_for_ever() {
    let mut world = World::new();
    world.workspace("T0GLO", |team| {
        team.connect.on_invite = Some(OnInvite {
            answer: StandingAnswer::AutoAccept,
            after: 0,
        });
    });
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.edit("C0OPS", |channel| channel.migrating = true);
    world.due(sent);
    let known = world.facts.invitation(sent).unwrap().unwrap();
    assert_eq!((known.state, known.expected), (State::Sent, None));
    assert_eq!(known.due(), Some(known.expires));
}

#[test]
fn who_is_disconnected_keeps_a_frozen_copy_and_may_come_back() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.accept("U0GIL", sent).unwrap();
    assert_eq!(
        world.sever("U0XEN", &[]),
        Err(sever::Refusal::NotAnEnterprise)
    );
    assert_eq!(world.sever("U0ADA", &["T0ACME"]), Err(sever::Refusal::Host));
    assert_eq!(
        world.sever("U0ADA", &["T0INI"]),
        Err(sever::Refusal::NotInChannel)
    );
    assert_eq!(world.sever("U0ADA", &[]), Ok(()));
    assert_eq!(world.state(sent), State::Disconnected);
    assert!(world.sees("U0GIL", id("C0OPS")).is_none());
    assert!(!world.is_in(id("C0OPS"), "U0GIL"));

    let copy = world.facts.handle(id("T0GLO"), "acme-ops");
    assert_eq!(copy, Ok(None), "the name is free again");
    let copy = copy_of(&world, "T0GLO");
    assert!(copy.archived && copy.id != id("C0OPS") && copy.name == "acme-ops");
    assert!(world.is_in(copy.id, "U0GIL"));
    assert_eq!(world.sever("U0ADA", &[]), Err(sever::Refusal::NotShared));

    let again = world.send("U0GREET", "U0GIL", true).unwrap().id;
    assert_ne!(sent, again);
    assert_eq!(world.accept("U0GIL", again), Ok(true));
    let channel = world.channel("C0OPS");
    assert!(channel.former.is_empty() && channel.connections[0].external_limited);

    // A side that could only post keeps nothing.
    world.sever("U0ADA", &["T0GLO"]).unwrap();
    assert_eq!(copy_of(&world, "T0GLO").id, copy.id);
}

/// The one copy that a workspace has; it is found as the channels its people are in are.
fn copy_of(world: &World, team: &str) -> Channel {
    let ids = (0..).map(|n| Moment::new(world.now, Timestamp(world.now.0 - 1 + n)).channel_id('C'));
    let mut found = ids.take(64).filter_map(|id| {
        let channel = world.facts.channel(id).unwrap()?;
        (channel.team == id_of(team) && channel.frozen.is_some()).then(|| Channel::clone(channel))
    });
    found.next().expect("a copy")
}

fn id_of(team: &str) -> TeamId {
    id(team)
}

#[test]
fn partners_are_let_do_more_and_less() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", true).unwrap().id;
    world.accept("U0GIL", sent).unwrap();
    let caller = world.caller("U0ADA");
    for limited in [false, true] {
        let target = Some(Party::Team(id("T0GLO")));
        world
            .run(|facts, moment| {
                rights::set(facts, &caller, Some(id("C0OPS")), target, limited, moment)
            })
            .unwrap();
        let side = &world.channel("C0OPS").connections[0];
        assert_eq!(side.external_limited, limited);
    }
    let partner = world.caller("U0GIL");
    let target = Some(Party::Team(id("T0GLO")));
    let refused = world.run(|facts, moment| {
        rights::set(facts, &partner, Some(id("C0OPS")), target, false, moment)
    });
    assert_eq!(refused.err(), Some(rights::Refusal::Restricted));
}

#[test]
fn an_organisation_goes_with_all_that_is_shared() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.accept("U0GIL", sent).unwrap();
    let caller = world.caller("U0ADA");
    world
        .run(|facts, moment| sever::disconnect_party(facts, &caller, Some(id("T0GLO")), moment))
        .unwrap();
    for channel in ["C0OLD", "C0OPS"] {
        assert!(world.channel(channel).connection(id("T0GLO")).is_none());
    }
    assert!(world.channel("C0OLD").connection(id("T0INI")).is_some());
    let again = world
        .run(|facts, moment| sever::disconnect_party(facts, &caller, Some(id("T0GLO")), moment));
    assert_eq!(again.err(), Some(sever::PartnerRefusal::InvalidTarget));
    let nobody: UserId = id("U0GIL");
    assert_eq!(world.facts.side(id("C0OPS"), id("T0GLO")), Ok(Vec::new()));
    assert!(
        world
            .facts
            .membership(id("C0OPS"), nobody)
            .unwrap()
            .is_none()
    );
}
