//! Admins invite people to any channel of their organisation, whether they are in it or not. Of each
//! person the same is asked as by [`super::decide`]; who cannot be invited holds nobody back.
//! <https://docs.slack.dev/reference/methods/admin.conversations.invite>

use super::{ChannelRefusal, Inviting, PersonRefusal, full_rights, joins};
use crate::{
    admin::{self, NotAdmin},
    caller::Caller,
    change::Plan,
    channel::Channel,
    facts::{Facts, Key, Stop},
    id::{ChannelId, UserId},
    see::{self, Seen},
    time::Moment,
    trail::{Told, Watch, demand},
    words,
};

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Where to; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// Whom, each once: an id, or the text that is none.
    pub people: &'a [Result<UserId, String>],
}

/// Why nobody at all can be invited, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is no admin.
    NotAnAdmin,
    /// No such channel in the organisation.
    ChannelNotFound,
    /// A DM or a group DM.
    Dm,
    /// Everybody of the organisation is in it anyway.
    OrgWideDefault,
    /// Everybody of the workspace is in it anyway.
    General,
    /// The organisation has suspended its keys.
    EkmSuspended,
    /// Closed to the caller by its access list.
    AccessDenied,
    /// The organisation's side of the channel may only post.
    PostOnly,
}

impl From<NotAdmin> for Refusal {
    fn from(no: NotAdmin) -> Self {
        match no {
            NotAdmin::NotAnEnterprise => Self::NotAnEnterprise,
            NotAdmin::NotAnAdmin => Self::NotAnAdmin,
        }
    }
}

/// Why one person was not invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The channel takes nobody for now.
    Channel(ChannelRefusal),
    /// It is about them.
    Person(PersonRefusal),
}

/// Who could not be invited and why, in the order given; everybody else is in.
pub type Failed = Vec<(String, Why)>;

/// What is worth loading before the first attempt.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    super::keys(ask.caller, ask.channel, ask.people)
}

/// Decides who is invited.
pub fn decide(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<Failed>, Stop<Refusal>> {
    let seen = channel(facts, ask, watch)?;
    if let Err(no) = takes_people(&seen.channel, watch) {
        let given = ask.people.iter().map(|person| match person {
            Ok(user) => user.to_string(),
            Err(text) => text.clone(),
        });
        return Ok(Plan {
            changes: Vec::new(),
            outcome: given.map(|person| (person, Why::Channel(no))).collect(),
        });
    }
    let inviting = Inviting {
        caller: ask.caller,
        seen: &seen,
        oneself: true,
    };
    let (welcome, failed) = inviting.sort(facts, ask.people, watch)?;
    let because = |(person, no)| (person, Why::Person(no));
    Ok(Plan {
        changes: joins(ask.caller, seen.channel.id, &welcome, moment),
        outcome: failed.into_iter().map(because).collect(),
    })
}

/// The checks that answer the whole call.
fn channel(facts: &Facts, ask: &Ask<'_>, watch: &mut dyn Watch) -> Result<Seen, Stop<Refusal>> {
    use Refusal as No;
    let caller = ask.caller;
    let me = caller.id();
    admin::of_organisation(caller, watch).map_err(|no| Stop::Refused(no.into()))?;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    let found = see::by_admin(facts, caller, ask.channel)?;
    must(found.is_some(), No::ChannelNotFound, &|| {
        words::seen_by_admin(facts, caller, ask.channel)
    })?;
    let Some(seen) = found else {
        return Err(Stop::Refused(No::ChannelNotFound));
    };
    let channel = &seen.channel;
    let id = channel.id;
    must(!channel.kind.is_dm(), No::Dm, &|| {
        Told::new(
            "it is a public or private channel",
            format!("{id} is of kind {}", words::kind(channel.kind)),
            "name a channel",
        )
    })?;
    let of_all = channel.org_wide && (channel.general || channel.mandatory);
    must(!of_all, No::OrgWideDefault, &|| {
        Told::new(
            "it is not the organisation's default channel",
            format!(
                "{id} has org_wide: {}, general: {}, mandatory: {}",
                channel.org_wide, channel.general, channel.mandatory
            ),
            "choose another channel",
        )
    })?;
    must(!channel.general, No::General, &|| {
        Told::new(
            "it is not the general channel",
            format!("{id} has general: {}", channel.general),
            "choose another channel",
        )
    })?;
    let sealed = caller
        .enterprise
        .as_ref()
        .is_some_and(|org| org.ekm_suspended);
    must(!sealed, No::EkmSuspended, &|| {
        words::sealed(caller.enterprise.as_deref())
    })?;
    let listed = channel.access_list.is_empty() || channel.access_list.contains(&me);
    must(listed, No::AccessDenied, &|| words::listed(channel, me))?;
    must(!seen.is_post_only(), No::PostOnly, &|| full_rights(&seen))?;
    Ok(seen)
}

/// What keeps everybody out for now. The method documents no code for it, so it is said of each person.
fn takes_people(channel: &Channel, watch: &mut dyn Watch) -> Result<(), ChannelRefusal> {
    use ChannelRefusal as No;
    demand(watch, !channel.archived, No::IsArchived, &|| {
        words::archived(channel)
    })?;
    demand(watch, !channel.migrating, No::Migrating, &|| {
        words::migrating(channel)
    })
}
