//! Offering a channel to somebody of another organisation.
//! <https://docs.slack.dev/reference/methods/conversations.inviteShared>

use super::{Edge, event::About, is_ours, notice, people_at, shape, step};
use crate::{
    caller::Caller,
    change::Plan,
    channel::Channel,
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, UserId},
    invitation::{Expected, Invitation, Recipient, State, Step, lapse},
    mail::{self, Letter},
    time::{Moment, Timestamp},
    trail::Watch,
    user::User,
};
use std::sync::Arc;

pub(super) mod checks;

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Which channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// Addresses to invite.
    pub emails: &'a [String],
    /// Whom to invite instead; the inner `None` when what was given is no user's id.
    pub user: Option<Option<UserId>>,
    /// The other side may only post.
    pub external_limited: bool,
    /// Words that go with it.
    pub message: Option<&'a str>,
    /// What is handed in.
    pub edge: Edge<'a>,
}

/// Why nobody is invited, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller is a guest.
    Guest,
    /// The workspace pays nothing.
    NotPaid,
    /// Slack Connect is off in the workspace.
    Off,
    /// No such channel, or none the caller may know of.
    ChannelNotFound,
    /// A DM or a group DM.
    WrongKind,
    /// Archived.
    Archived,
    /// The caller is not in it.
    NotInChannel,
    /// The workspace token was not granted it.
    NoPermission,
    /// Its access list does not name the caller.
    AccessDenied,
    /// The organisation has suspended its keys.
    EkmSuspended,
    /// The general channel, or one that everybody must be in.
    Mandatory,
    /// Several workspaces of the organisation have it.
    CrossWorkspace,
    /// It may not be shared, or is being moved.
    NotSupported,
    /// It belongs to another organisation.
    NotOwner,
    /// Shared in the old way, and there is a partner already.
    LegacyLimit,
    /// As many organisations are in it as may be.
    ConnectionLimit,
    /// There would be too many, were all open invitations accepted.
    PendingLimit,
    /// As many people are in it as may be.
    MemberLimit,
    /// A bot named nobody.
    NoRecipient,
    /// A person named nobody, or the workspace does not let the caller send this kind.
    Restricted,
    /// More than one address.
    TooManyEmails,
    /// No address.
    InvalidEmail,
    /// Too many words.
    MessageTooLong,
    /// A link among the words.
    UrlInMessage,
    /// The caller may not bring external people.
    NoExternalPermission,
    /// Nobody of another organisation that the caller's has to do with.
    UserNotFound,
    /// They are in the channel.
    AlreadyInChannel,
    /// Too many by e-mail in this hour.
    Quota,
    /// They have accepted already; that waits for approval.
    Awaiting,
    /// Their workspace cannot take part.
    RecipientOut,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The invitation; an older one where the recipient holds one still.
    pub invitation: Arc<Invitation>,
    /// Whether the channel is shared in the old way.
    pub legacy: bool,
}

/// What is worth loading before the first attempt.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    let mut keys = Vec::new();
    if let Some(channel) = ask.channel {
        keys.extend([
            Key::Channel(channel),
            Key::Member(channel, ask.caller.id()),
            Key::Offers(channel),
        ]);
    }
    keys.extend(ask.user.flatten().map(Key::User));
    keys
}

/// Decides whether an invitation is sent, or asked to be let sent.
pub fn decide(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<Outcome>, Stop<Refusal>> {
    let seen = checks::channel(facts, ask, moment.now(), watch)?;
    let channel = &seen.channel;
    let email = checks::words(ask, watch).map_err(Stop::Refused)?;
    let to = checks::recipient(facts, ask, channel, email, watch)?;
    let earlier = checks::earlier(facts, ask, channel, &to, moment.now(), watch)?;
    let legacy = channel.legacy_shared;
    if let Some(invitation) = earlier {
        return Ok(Plan::nothing(Outcome { invitation, legacy }));
    }

    let now = moment.now();
    let requested = ask.caller.workspace.connect.review_before_sending;
    let invitation = Invitation {
        id: moment.invitation_id(),
        channel: channel.id,
        inviter: ask.caller.id(),
        to: to.recipient,
        external_limited: ask.external_limited,
        message: ask.message.map(str::to_owned),
        requested,
        state: if requested {
            State::Requested
        } else {
            State::Sent
        },
        created: now,
        updated: now,
        expires: lapse(now),
        reviewer: None,
        denial: None,
        expected: None,
        link: Some(link(&ask.edge.chance)),
        conf_code: Some(conf_code(&ask.edge.chance)),
        acceptance: None,
    };
    let mut plan = if requested {
        let (invitation, change) = step(channel.team, Step::Requested, invitation);
        let about = About {
            facts,
            invitation: &invitation,
            channel,
            site: ask.edge.site,
        };
        let raised = about.requested(moment)?;
        Plan {
            changes: vec![change, raised],
            outcome: invitation,
        }
    } else {
        send(
            facts,
            channel,
            invitation,
            Step::Sent,
            (ask.edge.site, ask.edge.post),
            moment,
        )?
    };
    let changes = std::mem::take(&mut plan.changes);
    Ok(Plan {
        changes,
        outcome: Outcome {
            invitation: plan.outcome,
            legacy,
        },
    })
}

/// Sends an invitation: the person is told, or the bot's app, or a letter goes to the address; who
/// answers by themselves is expected to.
pub(super) fn send(
    facts: &Facts,
    channel: &Channel,
    mut invitation: Invitation,
    why: Step,
    (site, post): (&str, bool),
    moment: &mut Moment,
) -> Result<Plan<Arc<Invitation>>, Missing> {
    let now = moment.now();
    invitation.expected = expected(facts, channel, &invitation.to, now)?;
    let to = match invitation.to {
        Recipient::User(user) => facts.user(user)?.cloned(),
        Recipient::Email(_) => None,
    };
    let (invitation, change) = step(channel.team, why, invitation);
    let mut changes = vec![change];
    match to.as_deref() {
        Some(User {
            id,
            team,
            bot: Some(bot),
            ..
        }) => {
            let about = About {
                facts,
                invitation: &invitation,
                channel,
                site,
            };
            debug_assert_eq!(Recipient::User(*id), invitation.to);
            changes.push(about.received((*team, bot.app), moment)?);
        }
        Some(user) => {
            let from = facts.workspace(channel.team)?;
            let words = invitation.message.as_deref().unwrap_or_default();
            let text = format!(
                "<@{}> from {} invites you to #{}: {}{}{words}",
                invitation.inviter,
                from.map_or("another workspace", |from| from.name.as_str()),
                channel.name,
                shape::share_url(site, invitation.link.as_deref().unwrap_or_default()),
                if words.is_empty() { "" } else { "\n" },
            );
            let told = notice::slackbot(facts, (user.team, user.id), text, moment)?;
            changes.extend(told);
        }
        None => {}
    }
    if let Recipient::Email(address) = &invitation.to {
        let letter = letter(facts, channel, &invitation)?;
        changes.push(mail::write(channel.team, address, letter, post, moment));
    }
    Ok(Plan {
        changes,
        outcome: invitation,
    })
}

/// What the letter with an invitation tells.
fn letter(facts: &Facts, channel: &Channel, invitation: &Invitation) -> Result<Letter, Missing> {
    let inviter = facts.user(invitation.inviter)?;
    let workspace = facts.workspace(channel.team)?;
    Ok(Letter {
        invitation: Some(invitation.id),
        user: None,
        inviter: inviter.map_or_else(String::new, |inviter| inviter.full_name().to_owned()),
        workspace: workspace.map_or_else(String::new, |workspace| workspace.name.clone()),
        channel: channel.name.clone(),
        message: invitation.message.clone(),
        external_limited: invitation.external_limited,
        expires: invitation.expires,
        link: invitation.link.clone().unwrap_or_default(),
    })
}

/// Who will answer by themselves, and what: the recipient, or of those who read mail at the
/// address the first who does.
fn expected(
    facts: &Facts,
    channel: &Channel,
    to: &Recipient,
    now: Timestamp,
) -> Result<Option<Expected>, Missing> {
    let people = match to {
        Recipient::User(user) => vec![*user],
        Recipient::Email(email) => people_at(facts, channel.team, email)?,
    };
    for id in people {
        let Some(user) = facts.user(id)? else {
            continue;
        };
        let Some(home) = facts.workspace(user.team)? else {
            continue;
        };
        if is_ours(facts, home, channel.team)? {
            continue;
        }
        if let Some(habit) = user.on_invite.or(home.connect.on_invite) {
            let after = i64::from(habit.after).saturating_mul(1_000_000);
            return Ok(Some(Expected {
                user: id,
                answer: habit.answer,
                at: Timestamp(now.0.saturating_add(after)),
            }));
        }
    }
    Ok(None)
}

/// Whether somebody could click on something in it.
pub(super) fn has_url(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["://", "www.", "mailto:"]
        .iter()
        .any(|sign| words.contains(sign))
}

/// The end of a link that nobody guesses.
pub fn link(chance: &[u8; 16]) -> String {
    let digit =
        |byte: &u8| char::from(b"abcdefghjkmnpqrstuvwxyz0123456789"[usize::from(byte % 32)]);
    format!("zt-{}", chance.iter().map(digit).collect::<String>())
}

/// Six digits that go with it.
pub fn conf_code(chance: &[u8; 16]) -> String {
    let number = chance.iter().rev().fold(0_u32, |number, byte| {
        number.wrapping_mul(257) + u32::from(*byte)
    });
    format!("{:03}-{:03}", number / 1000 % 1000, number % 1000)
}
