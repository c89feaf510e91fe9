//! Trying pages that write: what they decide in a [`town`], without a store.
//!
//! Facts are loaded as the store loads them — what the page [`needs`](Write::needs), then what
//! the decision finds missing — so that a page which never comes to an end is found out.

use crate::{
    arguments::Arguments,
    contract::BadArguments,
    fixture::{at, id, token, town},
    handle::{Ask, Write},
    seen::saw,
};
use guestlist_domain::{
    Caller, Change, ChannelId, Facts, Key, Moment, Plan, Seed, Stop, Timestamp, Token, TokenKind,
    User, UserId,
    connect::Around,
    trail::{Told, Trail},
};
use serde_json::Value;
use std::sync::Arc;
use strum::{EnumProperty, VariantArray};

/// Where the server would be reached.
pub(crate) const SITE: &str = "http://guestlist.test";

/// A world, and whose call is tried in it.
pub(crate) struct Trial {
    /// The world.
    pub(crate) seed: Seed,
    /// The caller's token: at first one of the user's kind with every scope.
    pub(crate) token: Token,
    /// The channels that everybody is in of the workspaces somebody may come to.
    pub(crate) usual: Vec<ChannelId>,
    /// What has become of the caller since they were looked up.
    pub(crate) meanwhile: Option<fn(&mut User)>,
}

/// What a call came to.
pub(crate) struct Done {
    /// What it changes.
    pub(crate) changes: Vec<Change>,
    /// Its reply.
    pub(crate) reply: Value,
    /// Its warnings.
    pub(crate) warnings: Vec<&'static str>,
    /// Facts that the page did not say it needs.
    pub(crate) extra_loads: usize,
}

/// The code, the calling user, the arguments, and how the world differs from [`town`].
pub(crate) type Row = (&'static str, &'static str, Value, fn(&mut Trial));

impl Trial {
    /// A call by somebody of the [`town`].
    pub(crate) fn of(user: &str) -> Self {
        let seed = town();
        let wanted: UserId = id(user);
        let found: &User = seed
            .users
            .iter()
            .find(|user| user.id == wanted)
            .expect("the user is there");
        let kind = if found.bot.is_some() {
            TokenKind::Bot
        } else {
            TokenKind::User
        };
        let token = token("trial", &found.team.to_string(), user, kind);
        Self {
            seed,
            token,
            usual: Vec::new(),
            meanwhile: None,
        }
    }

    /// Tries a call by somebody who was removed, or has left the workspace, since they were looked up.
    pub(crate) fn gone_meanwhile<P: Write>(user: &str, args: &Value) {
        let left: [fn(&mut User); 2] =
            [|user| user.removed = true, |user| user.team = id("T0WEST")];
        for left in left {
            let mut trial = Self::of(user);
            trial.meanwhile = Some(left);
            let done = trial.run::<P>(args.clone()).map(|done| done.changes);
            assert_eq!(done, Err("gone"), "{} by {user}", P::SPEC.name);
            // Who has come to another workspace beside it is there still.
            trial.meanwhile = Some(|user| user.teams = vec![id("T0WEST")]);
            trial.done::<P>(args.clone());
        }
    }

    /// Leaves the token these scopes only.
    pub(crate) fn scopes(&mut self, scopes: &[&str]) {
        self.token.scopes = scopes
            .iter()
            .map(|scope| (*scope).to_owned())
            .collect::<Vec<_>>()
            .into();
    }

    /// A call; the code where it is refused before anything is looked at.
    pub(crate) fn ask<P: Write>(&self, args: Value) -> Result<Ask<P::Args>, &'static str> {
        let mut given = Arguments::default();
        for (name, value) in args.as_object().expect("arguments are an object") {
            given.push(name.clone(), value.clone());
        }
        if let Some(error) = P::closed_to(&self.caller()) {
            return Err(error.into());
        }
        let args = P::args(&given).map_err(|bad| match bad {
            BadArguments::Refused(error) => error.into(),
            _ => "invalid_arguments",
        })?;
        Ok(Ask {
            caller: Arc::new(self.caller()),
            args,
            around: Around {
                site: SITE.into(),
                post: true,
                chance: [7; 16],
            },
            usual: self.usual.clone(),
        })
    }

    /// Tries a call; the refusal's code where it is refused.
    pub(crate) fn run<P: Write>(&self, args: Value) -> Result<Done, &'static str> {
        let ask = self.ask::<P>(args)?;
        let world = self.facts();
        let mut facts = Facts::default();
        for key in P::needs(&ask) {
            copy(&world, &mut facts, &key);
        }
        let mut moment = Moment::new(at(1000), Timestamp::default());
        let mut extra_loads = 0;
        let Plan { changes, outcome } = loop {
            let mut trail = Trail::default();
            let decided = P::decide(&facts, &ask, &mut moment, &mut trail);
            if let Err(Stop::Missing(keys)) = decided {
                keys.iter().for_each(|key| copy(&world, &mut facts, key));
            } else {
                let has_refusals = match &decided {
                    Ok(plan) => P::has_refusals(&plan.outcome),
                    // Who is gone meanwhile is no refusal of the page's.
                    Err(stop) => !matches!(stop, Stop::Gone),
                };
                told(P::SPEC.name, &trail, has_refusals);
                match decided {
                    Ok(plan) => break plan,
                    Err(Stop::Refused(error)) => return Err(error.into()),
                    Err(Stop::Gone) => return Err("gone"),
                    Err(_) => return Err("missing_scope"),
                }
            }
            extra_loads += 1;
            assert!(extra_loads < 100, "the page asks for ever new facts");
        };
        for change in &changes {
            assert!(P::adds(&ask) || !matches!(change, Change::Added { .. }));
            facts.apply(change);
        }
        match P::reply(&ask, outcome) {
            Ok(good) => {
                let reply = serde_json::to_value(&good.reply).expect("a reply is JSON");
                assert!(reply.is_object(), "a reply is an object: {reply}");
                Ok(Done {
                    changes,
                    reply,
                    warnings: good.warnings,
                    extra_loads,
                })
            }
            Err(refused) => Err(refused.error.into()),
        }
    }

    /// Tries a call that is to succeed.
    pub(crate) fn done<P: Write>(&self, args: Value) -> Done {
        match self.run::<P>(args.clone()) {
            Ok(done) => done,
            Err(code) => panic!("{} {args}: {code}", P::SPEC.name),
        }
    }

    fn caller(&self) -> Caller {
        let seed = &self.seed;
        let user = seed
            .users
            .iter()
            .find(|user| Some(user.id) == self.token.user)
            .expect("the user is there");
        let workspace = seed
            .workspaces
            .iter()
            .find(|w| w.id == self.token.team)
            .expect("the workspace is there");
        let enterprise = seed
            .enterprises
            .iter()
            .find(|org| Some(org.id) == workspace.enterprise);
        Caller {
            token: Arc::new(self.token.clone()),
            user: Arc::new(user.clone()),
            workspace: Arc::new(workspace.clone()),
            enterprise: enterprise.cloned().map(Arc::new),
            app: seed
                .apps
                .iter()
                .find(|app| Some(app.id) == self.token.app)
                .cloned()
                .map(Arc::new),
        }
    }

    /// The whole world.
    fn facts(&self) -> Facts {
        let mut facts = Facts::complete();
        let seed = &self.seed;
        for org in &seed.enterprises {
            facts.put_enterprise(org.id, Some(Arc::new(org.clone())));
        }
        for workspace in &seed.workspaces {
            facts.put_workspace(workspace.id, Some(Arc::new(workspace.clone())));
        }
        for org in &seed.enterprises {
            let theirs = seed.workspaces.iter();
            let theirs = theirs.filter(|one| one.enterprise == Some(org.id));
            facts.put_siblings(org.id, theirs.cloned().collect());
        }
        for user in &seed.users {
            let mut user = user.clone();
            if let Some(change) = self.meanwhile.filter(|_| Some(user.id) == self.token.user) {
                change(&mut user);
            }
            facts.put_user(user.id, Some(Arc::new(user)));
        }
        for channel in &seed.channels {
            facts.put_handle(channel.team, &channel.handle(), Some(channel.id));
            facts.put_channel(channel.id, Some(Arc::new(channel.clone())));
        }
        for (_, invitation) in &seed.invitations {
            facts.put_invitation(invitation.id, Some(Arc::new(invitation.clone())));
        }
        for (_, channel, user, place) in &seed.members {
            facts.put_membership(*channel, *user, Some(*place));
        }
        for (_, channel, message) in &seed.messages {
            facts.put_message(*channel, message.ts, Some(Arc::new(message.clone())));
        }
        for workspace in &seed.workspaces {
            let groups = seed.usergroups.iter();
            let theirs = groups.filter(|group| group.team == workspace.id);
            let theirs = theirs.map(|group| (group.id, Arc::new(group.clone())));
            facts.put_usergroups(workspace.id, theirs.collect());
        }
        for request in &seed.invite_requests {
            facts.put_invite_request(request.id, Some(Arc::new(request.clone())));
            if request.state.is_pending() {
                facts.put_requested(request.team, &request.email, Some(request.id));
            }
        }
        for app in &seed.apps {
            facts.put_app(app.id, Some(Arc::new(app.clone())));
        }
        for token in seed.tokens.iter().chain([&self.token]) {
            facts.put_token(token.hash, Some(Arc::new(token.clone())));
        }
        facts
    }
}

/// The pages whose rules tell each of their checks.
const TOLD: &[&str] = &[
    "admin.conversations.invite",
    "admin.inviteRequests.approve",
    "admin.inviteRequests.deny",
    "admin.teams.create",
    "admin.users.assign",
    "admin.users.invite",
    "admin.users.remove",
    "admin.users.setAdmin",
    "admin.users.setRegular",
    "channels.invite",
    "conversations.acceptSharedInvite",
    "conversations.approveSharedInvite",
    "conversations.declineSharedInvite",
    "conversations.invite",
    "conversations.inviteShared",
    "conversations.requestSharedInvite.approve",
    "conversations.requestSharedInvite.deny",
    "groups.invite",
];

/// Whoever asks why is told what refused, and of no other check that it did.
fn told(page: &str, trail: &Trail, has_refusals: bool) {
    let checks = &trail.checks;
    assert_eq!(!checks.is_empty(), TOLD.contains(&page), "{page}");
    for check in checks {
        let Told {
            demand,
            saw,
            remedy,
        } = &check.told;
        assert!(!demand.is_empty() && !saw.is_empty(), "{page}: {check:?}");
        assert!(check.passed || !remedy.is_empty(), "{page}: {check:?}");
    }
    // Each person has checks of their own, of which the last may have refused.
    for checks in checks.chunk_by(|one, next| one.about == next.about) {
        let (last, before) = checks.split_last().expect("no run is empty");
        assert!(
            before.iter().all(|check| check.passed),
            "{page}: {before:?}"
        );
        assert!(last.passed || has_refusals, "{page}: {last:?}");
    }
    let refused = checks.iter().any(|check| !check.passed);
    assert!(
        checks.is_empty() || refused == has_refusals,
        "{page}: {checks:?}"
    );
}

/// Loads a fact from the whole world, in which none is missing.
fn copy(world: &Facts, facts: &mut Facts, key: &Key) {
    match key {
        Key::Enterprise(id) => facts.put_enterprise(*id, world.enterprise(*id).unwrap().cloned()),
        Key::Workspace(id) => facts.put_workspace(*id, world.workspace(*id).unwrap().cloned()),
        Key::User(id) => facts.put_user(*id, world.user(*id).unwrap().cloned()),
        Key::Standing(id) => facts.put_standing(*id, world.standing(*id).unwrap()),
        Key::Channel(id) => facts.put_channel(*id, world.channel(*id).unwrap().cloned()),
        Key::Member(channel, user) => {
            facts.put_membership(*channel, *user, world.membership(*channel, *user).unwrap());
        }
        Key::Handle(team, handle) => {
            facts.put_handle(*team, handle, world.handle(*team, handle).unwrap())
        }
        Key::ChannelCount(user) => {
            facts.put_channel_count(*user, world.channel_count(*user).unwrap())
        }
        Key::MemberCount(channel) => {
            facts.put_member_count(*channel, world.member_count(*channel).unwrap())
        }
        Key::Token(team, hash) => {
            facts.put_token(*hash, world.token(*team, *hash).unwrap().cloned())
        }
        Key::Invitation(id) => facts.put_invitation(*id, world.invitation(*id).unwrap().cloned()),
        Key::Offers(channel) => facts.put_offers(*channel, world.offers(*channel).unwrap()),
        Key::Mailed(user, hour) => {
            let sent = world.mailed(*user, *hour).unwrap();
            let ids: Vec<_> = (0..sent).map(|n| id(&format!("I0MAIL{n}"))).collect();
            facts.put_mailed(*user, *hour, &ids);
        }
        Key::Address(realm, address) => {
            facts.put_address(realm, address, world.people_at(realm, address).unwrap());
        }
        Key::Holders(place, address) => {
            facts.put_holders(*place, address, world.holders(*place, address).unwrap());
        }
        Key::Links(a, b) => {
            let known = world.links(*a, *b).unwrap();
            facts.put_links((*a, *b), (world.teams_of(*a), world.teams_of(*b)), known);
        }
        Key::Side(channel, team) => {
            facts.put_side(*channel, *team, world.side(*channel, *team).unwrap())
        }
        Key::Mail(id) => facts.put_mail(*id, world.mail(*id).unwrap().cloned()),
        Key::Message(channel, ts) => {
            facts.put_message(
                *channel,
                *ts,
                world.message(*channel, *ts).unwrap().cloned(),
            );
        }
        Key::Replies(channel, ts) => {
            facts.put_replies(*channel, *ts, world.replies(*channel, *ts).unwrap());
        }
        Key::App(id) => facts.put_app(*id, world.app(*id).unwrap().cloned()),
        Key::Bot(id) => facts.put_bot(*id, world.bot(*id).unwrap()),
        Key::Roster(channel) => {
            facts.put_everybody(*channel, world.known_members(*channel));
        }
        Key::Usergroups(team) => {
            facts.put_usergroups(*team, world.usergroups(*team).unwrap().clone());
        }
        Key::InviteRequest(team, id) => {
            facts.put_invite_request(*id, world.invite_request(*team, *id).unwrap().cloned());
        }
        Key::Requested(team, email) => {
            facts.put_requested(*team, email, world.requested(*team, email).unwrap());
        }
        Key::Named(place, name) => {
            facts.put_named(*place, name, world.named(*place, name).unwrap());
        }
        Key::Comings(_) => {}
        Key::Reach(id) => facts.put_reach(*id, world.reach(*id).unwrap().clone()),
        Key::Siblings(id) => facts.put_siblings(*id, world.siblings(*id).unwrap().to_vec()),
        Key::Link(link) => facts.put_link(link, world.link(link).unwrap()),
        Key::Client(client_id) => facts.put_client(client_id, world.client(client_id).unwrap()),
        Key::Code(hash) => facts.put_code(*hash, world.code(*hash).unwrap().cloned()),
        Key::BotOf(app, team) => {
            facts.put_bot_of(*app, *team, world.bot_of(*app, *team).unwrap());
        }
        Key::TokensOf(app, team) => {
            let tokens = world.tokens_of(*app, *team).unwrap();
            let tokens = tokens.into_iter().map(|token| Token::clone(token));
            facts.put_tokens_of(*app, *team, tokens.collect());
        }
        Key::OrgTokensOf(app) => {
            let tokens = world.org_tokens_of(*app).unwrap();
            let tokens = tokens.into_iter().map(|token| Token::clone(token));
            facts.put_org_tokens_of(*app, tokens.collect());
        }
        Key::ChannelsOf(user) => {
            facts.put_channels_of(*user, world.channels_of(*user).unwrap());
        }
    }
}

/// Tries each row, and checks that every code of the page with a `state` is among them.
pub(crate) fn refuses<P: Write>(rows: Vec<Row>) {
    let mut reached = Vec::new();
    for (code, user, args, change) in rows {
        let mut trial = Trial::of(user);
        change(&mut trial);
        match trial.run::<P>(args.clone()) {
            Err(given) => assert_eq!(given, code, "{} {args} by {user}", P::SPEC.name),
            Ok(done) => panic!(
                "{} {args} by {user} is not refused with {code}: {}",
                P::SPEC.name,
                done.reply
            ),
        }
        saw(P::SPEC.name, code);
        reached.push(code);
    }
    for error in P::Error::VARIANTS {
        let code: &str = (*error).into();
        assert!(
            error.get_str("state").is_none() || reached.contains(&code),
            "{}: {code} has no row",
            P::SPEC.name
        );
    }
}
