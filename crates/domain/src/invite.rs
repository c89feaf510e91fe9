//! Inviting people to a channel: the one rule behind `conversations.invite` and
//! `channels.invite`. [`by_admin`] has what is different for admins, and the same checks of people.
//! <https://docs.slack.dev/reference/methods/conversations.invite>

pub(crate) mod barriers;
pub mod by_admin;

pub use barriers::barred;

use crate::{
    caller::Caller,
    change::{Change, Plan},
    channel::{Channel, ChannelKind},
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, UserId},
    scope::Scopes,
    see::{self, Seen},
    time::Moment,
    token::TokenKind,
    trail::{Blind, Told, Watch, demand},
    user::{Guest, Standing},
    words,
};
use barriers::Barriers;

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Where to; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// The kinds of conversation the method is for, as the caller's side sees them.
    pub kinds: &'a [ChannelKind],
    /// Whom, each once: an id, or the text that is none.
    pub people: &'a [Result<UserId, String>],
    /// Leave out who cannot be invited instead of inviting nobody.
    pub force: bool,
    /// The method's scopes.
    pub scopes: &'a Scopes,
}

/// Why nobody at all can be invited, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelRefusal {
    /// No such channel, or none the caller may know of.
    ChannelNotFound,
    /// A kind of conversation that the method is not for.
    WrongKind,
    /// Archived.
    IsArchived,
    /// Being moved.
    Migrating,
    /// The organisation has suspended its keys.
    EkmSuspended,
    /// The caller is not in it.
    NotInChannel,
    /// Closed to the caller by its access list.
    AccessDenied,
    /// Only admins add people here, or the workspace token was not granted this channel.
    NoPermission,
}

/// Why one person cannot be invited, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonRefusal {
    /// Nobody the caller could know.
    UserNotFound,
    /// The caller.
    Oneself,
    /// Once a member of the workspace, no more.
    Removed,
    /// Already in the channel.
    AlreadyInChannel,
    /// Slackbot, or barred from somebody in the channel.
    CantInvite,
    /// A bot, and the channel admits no apps.
    AppCannotJoin,
    /// In the organisation, not in the one workspace that has the channel.
    OrgUserNotInTeam,
    /// In none of the workspaces that share the channel.
    CantSeeChannel,
    /// A guest, and the channel is closed to guests.
    GuestKeptOut,
    /// A single-channel guest who has a channel.
    GuestHasChannel,
    /// Of a connected organisation, and the caller may not bring such people.
    NoExternalPermission,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The channel as the caller sees it.
    pub seen: Seen,
    /// Who could not be invited and why, in the order given.
    pub failed: Vec<(String, PersonRefusal)>,
    /// Whether the call succeeded; without, `failed` is not empty.
    pub ok: bool,
}

/// What is worth loading before the first attempt.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    keys(ask.caller, ask.channel, ask.people)
}

fn keys(
    caller: &Caller,
    channel: Option<ChannelId>,
    people: &[Result<UserId, String>],
) -> Vec<Key> {
    let Some(channel) = channel else {
        return Vec::new();
    };
    let mut keys = Vec::with_capacity(3 + 2 * people.len());
    keys.extend([
        Key::Channel(channel),
        Key::Member(channel, caller.id()),
        // Nearly always the one that owns the channel, whose settings are looked at.
        Key::Workspace(caller.team()),
    ]);
    for user in people.iter().flatten() {
        keys.extend([Key::Standing(*user), Key::Member(channel, *user)]);
    }
    keys
}

/// Decides who is invited. Everything that follows — memberships, messages, events — is in
/// the plan's changes and happens as one.
pub fn decide(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<Outcome>, Stop<ChannelRefusal>> {
    let seen = channel(facts, ask, watch)?;
    let inviting = Inviting {
        caller: ask.caller,
        seen: &seen,
        oneself: false,
    };
    let (mut welcome, failed) = inviting.sort(facts, ask.people, watch)?;

    // People in state "removed" do not hold the others back, though the answer is an error.
    let only_removed = failed
        .iter()
        .all(|(_, refusal)| *refusal == PersonRefusal::Removed);
    let ok = failed.is_empty() || (ask.force && !welcome.is_empty());
    if !ok && !only_removed {
        welcome.clear();
    }
    Ok(Plan {
        changes: joins(ask.caller, inviting.seen.channel.id, &welcome, moment),
        outcome: Outcome { seen, failed, ok },
    })
}

/// Whoever can come by the caller's invitation, the caller too; the others hold nobody back.
pub(crate) fn whoever_can<R>(
    facts: &Facts,
    caller: &Caller,
    seen: &Seen,
    people: &[UserId],
) -> Result<Vec<UserId>, Stop<R>> {
    let people: Vec<_> = people.iter().map(|user| Ok(*user)).collect();
    let inviting = Inviting {
        caller,
        seen,
        oneself: true,
    };
    let (welcome, _) = inviting.sort(facts, &people, &mut Blind)?;
    Ok(welcome)
}

/// They come in, as if the caller invited them. Who brings themselves in was invited by nobody.
pub(crate) fn joins(
    caller: &Caller,
    channel: ChannelId,
    welcome: &[UserId],
    moment: &mut Moment,
) -> Vec<Change> {
    let me = caller.id();
    welcome
        .iter()
        .map(|user| Change::Joined {
            channel,
            user: *user,
            inviter: (*user != me).then_some(me),
            ts: moment.tick(),
        })
        .collect()
}

/// Whether the caller's token was granted this channel, as those of old need it.
pub(crate) fn is_granted(caller: &Caller, channel: ChannelId) -> bool {
    caller.token.kind != TokenKind::Workspace || caller.token.channels.contains(&channel)
}

/// Whether the organisation has suspended its keys.
pub(crate) fn is_sealed(caller: &Caller) -> bool {
    let org = caller.enterprise.as_ref();
    org.is_some_and(|org| org.ekm_suspended)
}

/// Whether the channel's access list lets somebody invite.
pub(crate) fn is_listed(channel: &Channel, id: UserId) -> bool {
    channel.access_list.is_empty() || channel.access_list.contains(&id)
}

/// Who could not be invited and why, in the order given.
type Failed = Vec<(String, PersonRefusal)>;

/// Who brings people in, and where to.
struct Inviting<'a> {
    caller: &'a Caller,
    seen: &'a Seen,
    /// Whether the caller may bring themselves in.
    oneself: bool,
}

impl Inviting<'_> {
    /// Looks at each person in the order given: who is welcome, and who is not.
    fn sort<R>(
        &self,
        facts: &Facts,
        people: &[Result<UserId, String>],
        watch: &mut dyn Watch,
    ) -> Result<(Vec<UserId>, Failed), Stop<R>> {
        let mut welcome = Vec::new();
        let mut failed = Vec::new();
        let named = people.iter().flatten().copied();
        let mut barriers = Barriers::around(facts, &self.seen.channel, named)?;
        for given in people {
            match given {
                Err(text) => {
                    watch.about(&|| text.clone());
                    watch.saw(false, &|| stranger("this is no user's id"));
                    failed.push((text.clone(), PersonRefusal::UserNotFound));
                }
                Ok(user) => {
                    watch.about(&|| user.to_string());
                    match person(facts, self, *user, &barriers, watch) {
                        Ok(()) => {
                            barriers.admit(*user);
                            welcome.push(*user);
                        }
                        Err(Stop::Refused(refusal)) => failed.push((user.to_string(), refusal)),
                        Err(Stop::Missing(key)) => return Err(Stop::Missing(key)),
                        Err(Stop::Scope(needed)) => return Err(Stop::Scope(needed)),
                        Err(Stop::Gone) => return Err(Stop::Gone),
                    }
                }
            }
        }
        Ok((welcome, failed))
    }
}

/// The checks that do not depend on whom is invited.
fn channel(
    facts: &Facts,
    ask: &Ask<'_>,
    watch: &mut dyn Watch,
) -> Result<Seen, Stop<ChannelRefusal>> {
    use ChannelRefusal as No;
    let caller = ask.caller;
    let me = caller.id();
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    let found = see::channel(facts, caller, ask.channel)?;
    must(found.is_some(), No::ChannelNotFound, &|| {
        words::seen(facts, caller, ask.channel)
    })?;
    let Some(seen) = found else {
        return Err(Stop::Refused(No::ChannelNotFound));
    };
    let channel = &seen.channel;
    let id = channel.id;
    must(ask.kinds.contains(&seen.kind()), No::WrongKind, &|| {
        Told::new(
            "the method is for this kind of conversation",
            format!("{id} is of kind {}", words::kind(seen.kind())),
            format!(
                "name a conversation of kind {}",
                ask.kinds
                    .iter()
                    .map(|kind| words::kind(*kind))
                    .collect::<Vec<_>>()
                    .join(" or ")
            ),
        )
    })?;
    let scope = caller.scope_for(ask.scopes, seen.kind());
    watch.saw(scope.is_ok(), &|| {
        let needed = caller.column(ask.scopes).of(seen.kind()).join(" or ");
        Told::new(
            "the token holds a scope for this kind of conversation",
            format!(
                "a {} channel asks for {needed}; the token holds {}",
                words::kind(seen.kind()),
                caller.token.scopes
            ),
            format!("give the token the scope {needed}"),
        )
    });
    scope.map_err(Stop::Scope)?;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    must(!channel.archived, No::IsArchived, &|| {
        words::archived(channel)
    })?;
    must(!channel.migrating, No::Migrating, &|| {
        words::migrating(channel)
    })?;
    must(!is_sealed(caller), No::EkmSuspended, &|| {
        words::sealed(caller.enterprise.as_deref())
    })?;
    must(seen.is_member(), No::NotInChannel, &|| {
        words::member(&seen, me)
    })?;
    must(is_listed(channel, me), No::AccessDenied, &|| {
        words::listed(channel, me)
    })?;
    must(is_granted(caller, id), No::NoPermission, &|| {
        words::granted(caller, id)
    })?;
    let who = caller.workspace.who_may_invite;
    must(
        who.allows(caller.user.is_admin()),
        No::NoPermission,
        &|| {
            words::allowed(
                "the caller may invite in this workspace",
                &caller.workspace,
                ("who_may_invite", who),
                &caller.user,
            )
        },
    )?;
    Ok(seen)
}

/// The checks for one person. `barriers` know of those of the same call already found welcome.
fn person(
    facts: &Facts,
    inviting: &Inviting<'_>,
    id: UserId,
    barriers: &Barriers,
    watch: &mut dyn Watch,
) -> Result<(), Stop<PersonRefusal>> {
    use PersonRefusal as No;
    let Inviting {
        caller,
        seen,
        oneself,
    } = *inviting;
    let channel = &*seen.channel;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let where_to = channel.id;

    must(!id.is_slackbot(), No::CantInvite, &|| {
        Told::new("it is not Slackbot", id.to_string(), "leave Slackbot out")
    })?;
    let found = facts.standing(id)?;
    must(found.is_some(), No::UserNotFound, &|| {
        stranger(format!(
            "there is {} user {id}",
            if found.is_some() { "a" } else { "no" }
        ))
    })?;
    let Some(user) = found else {
        return Err(Stop::Refused(No::UserNotFound));
    };
    let place = place(facts, caller, channel, &user)?;
    must(place != Place::Stranger, No::UserNotFound, &|| {
        stranger(format!(
            "{id} is of {}, {where_to} of {}: {}",
            user.team,
            channel.team,
            place.in_words()
        ))
    })?;
    if !oneself {
        must(id != caller.id(), No::Oneself, &|| {
            Told::new(
                "it is not the caller",
                format!("the caller is {}", caller.id()),
                "leave the caller out",
            )
        })?;
    }
    must(!user.removed, No::Removed, &|| {
        Told::new(
            "they are a member of their workspace, and not removed",
            format!("{id} has removed: {}", user.removed),
            format!("give {id} their account back, or let them join who are only invited"),
        )
    })?;
    let inside = facts.membership(where_to, id)?.is_some();
    must(!inside, No::AlreadyInChannel, &|| {
        Told::new(
            "they are not in the channel yet",
            format!("{id} {} in {where_to}", words::is(inside)),
            format!("leave {id} out"),
        )
    })?;
    let barred = barriers.bar(id);
    must(!barred, No::CantInvite, &|| {
        Told::new(
            "no barrier stands between them and somebody in the channel or in the call",
            if barred {
                format!("a barrier of {} names {id} and one of those", channel.team)
            } else {
                format!("no barrier of {} keeps {id} out", channel.team)
            },
            "take the barrier away, or them",
        )
    })?;
    must(!(user.bot && channel.no_apps), No::AppCannotJoin, &|| {
        Told::new(
            "they are no bot, or the channel takes apps",
            format!("bot: {}; apps_allowed: {}", user.bot, !channel.no_apps),
            format!("set apps_allowed of {where_to} to true"),
        )
    })?;
    let elsewhere = place == Place::ElsewhereInOrg;
    let (no, remedy) = if channel.is_org_shared() {
        (
            No::CantSeeChannel,
            "share the channel with a workspace of theirs",
        )
    } else {
        (No::OrgUserNotInTeam, "add them to the caller's workspace")
    };
    must(!elsewhere, no, &|| {
        Told::new(
            "they are in a workspace that has the channel, or is connected to it",
            format!("{id} is of {}: {}", user.team, place.in_words()),
            remedy,
        )
    })?;
    let closed = channel.keeps_guests_out();
    must(!(user.guest.is_some() && closed), No::GuestKeptOut, &|| {
        Told::new(
            "they are no guest, or the channel takes guests",
            format!(
                "guest: {}; general: {}, mandatory: {}, org_wide: {}, guests_allowed: {}",
                user.guest.is_some(),
                channel.general,
                channel.mandatory,
                channel.org_wide,
                !channel.no_guests
            ),
            format!("make {id} a full member, or choose another channel"),
        )
    })?;
    let taken = if user.guest == Some(Guest::SingleChannel) {
        facts.channel_count(id)?
    } else {
        0
    };
    must(taken == 0, No::GuestHasChannel, &|| {
        Told::new(
            "they are no single-channel guest who has a channel",
            match user.guest {
                Some(Guest::SingleChannel) => format!("a single-channel guest; channels: {taken}"),
                _ => "no single-channel guest".to_owned(),
            },
            format!("make {id} a multi-channel guest, or take them out of the other channel"),
        )
    })?;
    must(!seen.is_post_only(), No::NoExternalPermission, &|| {
        full_rights(seen)
    })?;
    let external = !user.all_teams().any(|team| team == caller.team())
        && !see::same_org(facts, &caller.workspace, user.team)?;
    let who = caller.workspace.connect.invite_external_people;
    let may_bring = !external || who.allows(caller.user.is_admin());
    must(may_bring, No::NoExternalPermission, &|| {
        Told::new(
            "they are of the caller's organisation, or the caller may bring others",
            format!(
                "{id} is of {}; invite_external_people: {}",
                user.team,
                words::who(who)
            ),
            "set invite_external_people so that it allows the caller",
        )
    })
}

/// Where somebody stands to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In a workspace of the owning organisation that has the channel.
    Inside,
    /// In a workspace that takes part through Slack Connect.
    Connected,
    /// In the caller's organisation, not in a workspace that has the channel.
    ElsewhereInOrg,
    /// Nothing connects them.
    Stranger,
}

impl Place {
    fn in_words(self) -> &'static str {
        match self {
            Self::Inside => "a workspace that has the channel",
            Self::Connected => "a workspace connected to it",
            Self::ElsewhereInOrg => "another workspace of the caller's organisation",
            Self::Stranger => "nothing connects them",
        }
    }
}

fn place(
    facts: &Facts,
    caller: &Caller,
    channel: &Channel,
    user: &Standing,
) -> Result<Place, Missing> {
    if user.all_teams().any(|team| channel.is_in(team, false)) {
        return Ok(Place::Inside);
    }
    if user
        .all_teams()
        .any(|team| channel.connection(team).is_some())
    {
        return Ok(Place::Connected);
    }
    if channel.org_wide
        && let Some(owner) = facts.workspace(channel.team)?
        && see::same_org(facts, owner, user.team)?
    {
        return Ok(Place::Inside);
    }
    // Of the organisation on the other side nothing is told, not even that somebody is of it.
    Ok(match see::same_org(facts, &caller.workspace, user.team)? {
        true => Place::ElsewhereInOrg,
        false => Place::Stranger,
    })
}

fn full_rights(seen: &Seen) -> Told {
    Told::new(
        "the caller's side of the channel may invite",
        match seen.connection() {
            Some(side) => format!("external_limited: {}", side.external_limited),
            None => format!("{} has the channel itself", seen.team),
        },
        "let the host give this side full rights",
    )
}

fn stranger(saw: impl Into<String>) -> Told {
    Told::new(
        "there is such a person, and something connects them with the channel",
        saw,
        "name somebody of a workspace that has the channel",
    )
}

#[cfg(test)]
mod tests;
