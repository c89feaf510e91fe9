//! Three organisations, and what their people do.

use super::super::{
    Actor, Edge, Party, accept, due, review,
    send::{self, Refusal as NotSent},
    sever,
};
use crate::{
    Caller, Change, ChannelId, Enterprise, Facts, InvitationId, Moment, Plan, Stop, Timestamp,
    Token, TokenHash, TokenKind, User, Workspace,
    channel::{Channel, ChannelKind},
    connect::event::Event,
    facts::Membership,
    invitation::{Invitation, State},
    see,
    trail::Blind,
    user::{Bot, Role},
};
use std::{fmt::Debug, str::FromStr, sync::Arc};

pub(super) fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Acme (of an organisation), Globex and Initech. Acme's `C0OLD` is shared with both of them, so
/// that everybody is known to everybody; `C0OPS` is shared with nobody.
pub(super) struct World {
    pub(super) facts: Facts,
    pub(super) now: Timestamp,
    pub(super) last: Timestamp,
}

const SITE: &str = "http://guestlist.test";
pub(super) const EDGE: Edge<'static> = Edge {
    chance: [9; 16],
    site: SITE,
    post: true,
};

impl World {
    pub(super) fn new() -> Self {
        let mut facts = Facts::complete();
        let org = Enterprise {
            id: id("E0ACME"),
            name: "Acme Corp".to_owned(),
            domain: "acme".to_owned(),
            ekm_suspended: false,
            blocked_methods: Vec::new(),
            added: Timestamp::default(),
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
                    private: None,
                    connected: now,
                });
            }
        });
        for user in ["U0ADA", "U0GREET"] {
            let place = Membership::new(now);
            world
                .facts
                .put_membership(id("C0OPS"), id(user), Some(place));
        }
        world
    }

    pub(super) fn edit(&mut self, channel: &str, edit: impl FnOnce(&mut Channel)) {
        let mut channel = Channel::clone(self.channel(channel));
        edit(&mut channel);
        self.facts.put_channel(channel.id, Some(Arc::new(channel)));
    }

    pub(super) fn workspace(&mut self, team: &str, edit: impl FnOnce(&mut Workspace)) {
        let known = self.facts.workspace(id(team)).unwrap().unwrap();
        let mut workspace = Workspace::clone(known);
        edit(&mut workspace);
        self.facts
            .put_workspace(workspace.id, Some(Arc::new(workspace)));
    }

    pub(super) fn person(&mut self, user: &str, edit: impl FnOnce(&mut User)) {
        let known = self.facts.user(id(user)).unwrap().unwrap();
        let mut user = User::clone(known);
        edit(&mut user);
        self.facts.put_user(user.id, Some(Arc::new(user)));
    }

    pub(super) fn channel(&self, channel: &str) -> &Channel {
        self.facts.channel(id(channel)).unwrap().unwrap()
    }

    pub(super) fn actor(&self, user: &str) -> Actor {
        let user = self.facts.user(id(user)).unwrap().unwrap().clone();
        let workspace = self.facts.workspace(user.team).unwrap().unwrap().clone();
        let is_bound = false;
        Actor {
            user,
            workspace,
            is_bound,
        }
    }

    pub(super) fn caller(&self, user: &str) -> Caller {
        let Actor {
            user, workspace, ..
        } = self.actor(user);
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
    pub(super) fn run<T, R>(
        &mut self,
        rule: impl FnOnce(&Facts, &mut Moment) -> Result<Plan<T>, Stop<R>>,
    ) -> Result<(T, Vec<Event>), R> {
        let mut moment = Moment::new(self.now, self.last);
        let plan = match rule(&self.facts, &mut moment) {
            Ok(plan) => plan,
            Err(Stop::Refused(refusal)) => return Err(refusal),
            Err(_) => panic!("a complete world lacks nothing"),
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

    pub(super) fn send(
        &mut self,
        by: &str,
        to: &str,
        limited: bool,
    ) -> Result<Arc<Invitation>, NotSent> {
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
            edge: EDGE,
        };
        self.run(|facts, moment| send::decide(facts, &ask, moment, &mut Blind))
            .map(|(outcome, _)| outcome.invitation)
    }

    pub(super) fn accept(
        &mut self,
        by: &str,
        invitation: InvitationId,
    ) -> Result<bool, accept::Refusal> {
        let who = self.actor(by);
        let ask = accept::Ask {
            who: &who,
            which: Some(accept::Which::Id(invitation)),
            name: "acme-ops",
            private: false,
            site: SITE,
        };
        self.run(|facts, moment| accept::decide(facts, &ask, moment, &mut Blind))
            .map(|(outcome, _)| outcome.implicit_approval)
    }

    pub(super) fn review(
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
                review::approve(facts, &ask, moment, &mut Blind)
            } else {
                review::decline(facts, &ask, moment, &mut Blind)
            }
        })
        .map(|((), events)| events.iter().map(Event::name).collect())
    }

    pub(super) fn due(&mut self, invitation: InvitationId) -> Vec<&'static str> {
        let done = self.run::<_, ()>(|facts, moment| {
            Ok(due::decide(facts, invitation, SITE, moment).unwrap())
        });
        done.unwrap().1.iter().map(Event::name).collect()
    }

    pub(super) fn sever(&mut self, by: &str, leaving: &[&str]) -> Result<(), sever::Refusal> {
        let caller = self.caller(by);
        let leaving: Vec<Option<Party>> = leaving.iter().map(|text| text.parse().ok()).collect();
        self.run(|facts, moment| {
            sever::disconnect(facts, &caller, Some(id("C0OPS")), &leaving, moment)
        })
        .map(|_| ())
    }

    pub(super) fn state(&self, invitation: InvitationId) -> State {
        self.facts
            .invitation(invitation)
            .unwrap()
            .unwrap()
            .state_at(self.now)
    }

    pub(super) fn pass(&mut self, seconds: i64) {
        self.now = Timestamp(self.now.0 + seconds * 1_000_000);
    }

    pub(super) fn is_in(&self, channel: ChannelId, user: &str) -> bool {
        self.facts.membership(channel, id(user)).unwrap().is_some()
    }

    pub(super) fn sees(&self, user: &str, channel: ChannelId) -> Option<see::Seen> {
        see::channel(&self.facts, &self.caller(user), Some(channel)).unwrap()
    }
}
