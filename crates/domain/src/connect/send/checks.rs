//! What is looked at before an invitation is sent, in this order.

use super::{Ask, Refusal, has_url};
use crate::{
    caller::Caller,
    channel::Channel,
    connect::{MOST_MESSAGE, is_ours, most_organisations, takes_part},
    facts::{Facts, Missing, Stop, hour},
    id::{TeamId, UserId},
    invitation::{Invitation, Recipient, State, address},
    see::{self, Seen},
    time::Timestamp,
    token::TokenKind,
    trail::{Told, Watch, demand},
    user::User,
    words,
    workspace::{Enterprise, Plan as Paid, Workspace},
};
use std::sync::Arc;

/// Those that do not depend on whom is invited.
pub(super) fn channel(
    facts: &Facts,
    ask: &Ask<'_>,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<Seen, Stop<Refusal>> {
    use Refusal as No;
    let caller = ask.caller;
    let (me, home) = (caller.id(), &caller.workspace);
    sender(&caller.user, home, watch).map_err(Stop::Refused)?;
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
    must(!channel.kind.is_dm(), No::WrongKind, &|| {
        Told::new(
            "it is a public or a private channel",
            format!("{id} is of kind {}", words::kind(channel.kind)),
            "name a channel",
        )
    })?;
    must(!channel.archived, No::Archived, &|| {
        words::archived(channel)
    })?;
    must(seen.is_member(), No::NotInChannel, &|| {
        words::member(&seen, me)
    })?;
    let granted = caller.token.kind != TokenKind::Workspace || caller.token.channels.contains(&id);
    must(granted, No::NoPermission, &|| words::granted(caller, id))?;
    let held = |to: &Recipient| match to {
        Recipient::User(user) => ask.user == Some(Some(*user)),
        Recipient::Email(email) => ask.emails.iter().any(|one| one.eq_ignore_ascii_case(email)),
    };
    let by = (me, home.id, caller.enterprise.as_deref());
    offered(facts, channel, by, &held, now, watch)?;
    Ok(seen)
}

/// Those of who sends, whatever it is.
pub(in crate::connect) fn sender(
    user: &User,
    home: &Workspace,
    watch: &mut dyn Watch,
) -> Result<(), Refusal> {
    use Refusal as No;
    let mut must = |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told);

    must(user.guest.is_none(), No::Guest, &|| words::no_guest(user))?;
    must(home.plan != Paid::Free, No::NotPaid, &|| {
        Told::new(
            "the inviting workspace has a paid plan",
            format!("{} has plan: {}", home.id, words::plan(home.plan)),
            format!("give {} a paid plan", home.id),
        )
    })?;
    must(home.connect.enabled, No::Off, &|| words::connect_on(home))
}

/// Those of a channel as one that a member of it offers to another organisation: when they send an invitation,
/// and again when it is let be sent, since either may have changed meanwhile. `held` tells whether a recipient is
/// the one who is invited.
pub(in crate::connect) fn offered(
    facts: &Facts,
    channel: &Channel,
    (sender, home, org): (UserId, TeamId, Option<&Enterprise>),
    held: &dyn Fn(&Recipient) -> bool,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<(), Stop<Refusal>> {
    use Refusal as No;
    let id = channel.id;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    let listed = channel.access_list.is_empty() || channel.access_list.contains(&sender);
    must(listed, No::AccessDenied, &|| words::listed(channel, sender))?;
    let sealed = org.is_some_and(|org| org.ekm_suspended);
    must(!sealed, No::EkmSuspended, &|| words::sealed(org))?;
    let mandatory = channel.general || channel.mandatory;
    must(!mandatory, No::Mandatory, &|| {
        Told::new(
            "nobody has to be in the channel",
            format!(
                "{id} has general: {}, mandatory: {}",
                channel.general, channel.mandatory
            ),
            "choose another channel",
        )
    })?;
    must(!channel.is_org_shared(), No::CrossWorkspace, &|| {
        Told::new(
            "one workspace of the organisation has the channel",
            format!(
                "{id} has org_wide: {}, and {} further workspaces",
                channel.org_wide,
                channel.workspaces.len()
            ),
            "choose a channel of one workspace",
        )
    })?;
    let fixed = channel.unshareable || channel.migrating;
    must(!fixed, No::NotSupported, &|| words::shareable(channel))?;
    let theirs = channel.connection(home).is_some();
    must(!theirs, No::NotOwner, &|| {
        Told::new(
            "the channel is one of the caller's own organisation",
            format!("{id} is of {}, seen from {}", channel.team, home),
            format!("let somebody of {} invite them", channel.team),
        )
    })?;
    let taken = 1 + channel.connections.len();
    let most = most_organisations(channel);
    let room = |saw: String| {
        Told::new(
            "there is room for another organisation",
            saw,
            format!("end a connection of {id}, or take back an invitation to it"),
        )
    };
    must(
        !(channel.legacy_shared && taken > 1),
        No::LegacyLimit,
        &|| {
            Told::new(
                "a channel shared in the old way has no partner yet",
                format!(
                    "{id} has legacy_shared: {}; partners: {}",
                    channel.legacy_shared,
                    taken - 1
                ),
                format!("end the connection of {id}"),
            )
        },
    )?;
    must(taken < most, No::ConnectionLimit, &|| {
        room(format!("organisations in {id}: {taken} of {most}"))
    })?;
    let offers = facts.offers(id)?;
    let open = offers.iter().filter(|one| one.is_open(now)).count();
    // Where they hold one already none is added.
    let again = offers.iter().any(|one| one.is_open(now) && held(&one.to));
    let fits = taken + open < most || again;
    must(fits, No::PendingLimit, &|| {
        room(format!(
            "organisations in {id}: {taken} of {most}; open invitations: {open}"
        ))
    })?;
    let limit = channel.member_limit;
    let members = match limit {
        0 => 0,
        _ => facts.member_count(id)?,
    };
    must(limit == 0 || members < limit, No::MemberLimit, &|| {
        Told::new(
            "there is room for another person",
            match limit {
                0 => format!("{id} has no member_limit"),
                _ => format!("people in {id}: {members} of {limit}"),
            },
            format!("raise the member_limit of {id}, or let somebody leave"),
        )
    })?;
    Ok(())
}

/// Those of the words, and of who may send what.
pub(super) fn words(ask: &Ask<'_>, watch: &mut dyn Watch) -> Result<Option<String>, Refusal> {
    use Refusal as No;
    let caller = ask.caller;
    let mut must = |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told);

    let named = !ask.emails.is_empty() || ask.user.is_some();
    let no = match caller.is_bot() {
        true => No::NoRecipient,
        false => No::Restricted,
    };
    must(named, no, &|| {
        Told::new(
            "somebody is named",
            format!(
                "emails: {}; user_ids: {}",
                ask.emails.len(),
                usize::from(ask.user.is_some())
            ),
            "give one address in emails, or one id in user_ids",
        )
    })?;
    must(ask.emails.len() <= 1, No::TooManyEmails, &|| {
        Told::new(
            "no more than one address is given",
            format!("emails: {}", ask.emails.len()),
            "make a call for each address",
        )
    })?;
    let given = ask.emails.first();
    let email = given.map(|given| address(given));
    must(email != Some(None), No::InvalidEmail, &|| {
        Told::new(
            "the address is one that mail can go to",
            given.map_or("none is given".to_owned(), |given| format!("{given:?}")),
            "write it as name@domain",
        )
    })?;
    let message = ask.message.unwrap_or_default();
    let length = message.chars().count();
    must(length <= MOST_MESSAGE, No::MessageTooLong, &|| {
        words::length(length)
    })?;
    must(!has_url(message), No::UrlInMessage, &|| {
        Told::new(
            "the message has no link in it",
            "whether it has ://, www. or mailto:",
            "take the link out",
        )
    })?;
    kind(&caller.user, &caller.workspace, ask.external_limited, watch)?;
    Ok(email.flatten())
}

/// Those of what kind of invitation somebody may send, as the settings of their workspace have it.
pub(in crate::connect) fn kind(
    user: &User,
    home: &Workspace,
    external_limited: bool,
    watch: &mut dyn Watch,
) -> Result<(), Refusal> {
    use Refusal as No;
    let mut must = |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told);
    let admin = user.is_admin();

    let external = home.connect.invite_external_people;
    must(external.allows(admin), No::NoExternalPermission, &|| {
        words::allowed(
            "the inviter may bring people from outside",
            home,
            ("connect.invite_external_people", external),
            user,
        )
    })?;
    let (name, kind) = match external_limited {
        true => ("connect.send_post_only", home.connect.send_post_only),
        false => ("connect.send_full", home.connect.send_full),
    };
    must(kind.allows(admin), No::Restricted, &|| {
        words::allowed(
            "the inviter may send this kind of invitation",
            home,
            (name, kind),
            user,
        )
    })
}

/// Who is invited.
pub(super) struct To {
    pub(super) recipient: Recipient,
    /// Their workspace, where it is known.
    workspace: Option<Arc<Workspace>>,
}

/// Those of whom is invited.
pub(super) fn recipient(
    facts: &Facts,
    ask: &Ask<'_>,
    channel: &Channel,
    email: Option<String>,
    watch: &mut dyn Watch,
) -> Result<To, Stop<Refusal>> {
    use Refusal as No;
    let caller = ask.caller;
    let home = &caller.workspace;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let outside = |id: UserId, inside: bool| {
        Told::new(
            "they are not in the channel yet",
            format!("{id} {} in {}", words::is(inside), channel.id),
            "leave them out",
        )
    };

    if let Some(email) = email {
        let people = facts.people_at(&home.realm, &email)?;
        let mut of_others = people.is_empty();
        for user in &people {
            let inside = facts.membership(channel.id, *user)?.is_some();
            must(!inside, No::AlreadyInChannel, &|| outside(*user, inside))?;
            let standing = facts.standing(*user)?;
            of_others |= match standing {
                Some(standing) => !is_ours(facts, home, standing.team)?,
                None => true,
            };
        }
        must(of_others, No::UserNotFound, &|| {
            // Nobody but colleagues could accept it, and they may not.
            let whose = match (people.is_empty(), of_others) {
                (true, _) => "nobody here has this address",
                (_, true) => "somebody of another organisation has this address",
                _ => "only people of the caller's own organisation have this address",
            };
            Told::new(
                "the address is somebody's of another organisation, or nobody's yet",
                whose,
                "invite colleagues with conversations.invite",
            )
        })?;
        return Ok(To {
            recipient: Recipient::Email(email),
            workspace: None,
        });
    }

    let user = match ask.user.flatten() {
        Some(id) => facts.user(id)?,
        None => None,
    };
    let here = user.is_some_and(|user| !user.removed);
    must(here, No::UserNotFound, &|| {
        Told::new(
            "there is such a user",
            match (ask.user.flatten(), user) {
                (None, _) => "what was given is no user's id".to_owned(),
                (Some(id), None) => format!("there is no user {id}"),
                (Some(id), Some(user)) => format!("{id} has removed: {}", user.removed),
            },
            "name somebody by their id",
        )
    })?;
    let Some(user) = user else {
        return Err(Stop::Refused(No::UserNotFound));
    };
    let inside = facts.membership(channel.id, user.id)?.is_some();
    must(!inside, No::AlreadyInChannel, &|| outside(user.id, inside))?;
    let ours = is_ours(facts, home, user.team)?;
    must(!ours, No::UserNotFound, &|| {
        Told::new(
            "they are of another organisation",
            format!("{} is of {}, the caller of {}", user.id, user.team, home.id),
            "invite colleagues with conversations.invite",
        )
    })?;
    let known = is_known(facts, caller, user.team)?;
    must(known, No::UserNotFound, &|| {
        Told::new(
            "a channel connects their organisation with the caller's already",
            match known {
                true => format!("{} and {} share a channel", home.id, user.team),
                false => format!("{} and {} share no channel", home.id, user.team),
            },
            "invite them by their address",
        )
    })?;
    Ok(To {
        recipient: Recipient::User(user.id),
        workspace: facts.workspace(user.team)?.cloned(),
    })
}

/// Whether the two organisations have a channel in common.
fn is_known(facts: &Facts, caller: &Caller, team: TeamId) -> Result<bool, Missing> {
    Ok(!facts.links(caller.team(), team)?.is_empty())
}

/// Those of the invitations that are there. Returns the one that the recipient holds already.
pub(super) fn earlier(
    facts: &Facts,
    ask: &Ask<'_>,
    channel: &Channel,
    to: &To,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<Option<Arc<Invitation>>, Stop<Refusal>> {
    use Refusal as No;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    let offers = facts.offers(channel.id)?;
    let mut held = offers.iter().filter(|one| one.is_open(now));
    let earlier = held.find(|one| one.to == to.recipient).cloned();
    let awaits = earlier
        .as_ref()
        .is_some_and(|one| one.state == State::PendingApproval);
    must(!awaits, No::Awaiting, &|| {
        Told::new(
            "no invitation that they accepted waits for approval",
            match &earlier {
                Some(one) => format!("{} is {}", one.id, words::state(one.state)),
                None => "they hold none to the channel".to_owned(),
            },
            "let the invitation that waits be approved or declined",
        )
    })?;
    let able = to.workspace.as_deref().is_none_or(takes_part);
    must(able, No::RecipientOut, &|| {
        Told::new(
            "their workspace takes part in Slack Connect",
            match &to.workspace {
                Some(theirs) => words::part(theirs),
                None => "it is not known before they accept".to_owned(),
            },
            to.workspace
                .as_deref()
                .map_or_else(String::new, words::part_remedy),
        )
    })?;
    let counted = matches!(to.recipient, Recipient::Email(_)) && earlier.is_none();
    let quota = ask.caller.workspace.connect.email_quota_per_hour;
    let sent = match counted {
        true => facts.mailed(ask.caller.id(), hour(now))?,
        false => 0,
    };
    must(!counted || sent < quota, No::Quota, &|| {
        Told::new(
            "the caller has not sent too many by e-mail in this hour",
            match counted {
                true => format!("sent in this hour of the clock: {sent} of {quota}"),
                false => "none is sent by e-mail".to_owned(),
            },
            "wait for the next hour, or raise connect.email_quota_per_hour",
        )
    })?;
    Ok(earlier)
}
