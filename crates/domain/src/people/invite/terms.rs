//! What somebody is invited to, whoever decides that they are: whether it can be, and what it comes to.

use super::{Refusal, join_code, open_channel, realm};
use crate::{
    change::Change,
    connect::{Edge, MOST_MESSAGE},
    facts::{Facts, Stop},
    hex,
    id::{ChannelId, TeamId},
    mail::{self, Letter},
    name::{self, MAX_LEN},
    time::{Moment, Timestamp},
    trail::{Told, Watch, demand},
    user::{Guest, Invited, Role, Stage, User},
    words,
    workspace::Workspace,
};
use std::sync::Arc;

/// What somebody is invited to.
#[derive(Debug)]
pub struct Terms<'a> {
    /// Into which channels, each once; `None` where what was given is no channel's id.
    pub channels: &'a [Option<ChannelId>],
    /// Somebody who is no guest may come into none of them.
    pub may_be_none: bool,
    /// In which words.
    pub message: Option<&'a str>,
    /// What they are called, as far as it is known.
    pub real_name: Option<&'a str>,
    /// Again, if they are invited and have not joined.
    pub resend: bool,
    /// As a guest of which kind.
    pub guest: Option<Guest>,
    /// Until when; `Some(None)` when what was given is no time.
    pub expires: Option<Option<Timestamp>>,
    /// What is drawn, and where links lead.
    pub edge: Edge<'a>,
}

/// Terms that can be, with what was found of them.
#[derive(Debug)]
pub(crate) struct Checked<'a> {
    terms: &'a Terms<'a>,
    workspace: &'a Workspace,
    email: &'a str,
    /// The channels, each with its name.
    channels: Vec<(ChannelId, String)>,
    /// Whoever has the address and has not come.
    known: Option<&'a Arc<User>>,
}

/// An invitation on its way.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Who is invited.
    pub(crate) user: Arc<User>,
    /// Its letter.
    pub(crate) letter: Option<Timestamp>,
    /// They are listed as invited, and the letter is written.
    pub(crate) changes: Vec<Change>,
}

impl Terms<'_> {
    /// Whether somebody, by their address in lower case, can be invited so into a workspace.
    pub(crate) fn check<'a>(
        &'a self,
        facts: &'a Facts,
        workspace: &'a Workspace,
        email: &'a str,
        now: Timestamp,
        watch: &mut dyn Watch,
    ) -> Result<Checked<'a>, Stop<Refusal>> {
        let team = workspace.id;
        let channels = self.channels(facts, team, watch)?;
        self.limits(now, watch)?;
        let known = self.holder(facts, team, email, watch)?;
        Ok(Checked {
            terms: self,
            workspace,
            email,
            channels,
            known,
        })
    }

    /// The channels they come into, each with its name.
    fn channels(
        &self,
        facts: &Facts,
        team: TeamId,
        watch: &mut dyn Watch,
    ) -> Result<Vec<(ChannelId, String)>, Stop<Refusal>> {
        let no = Refusal::Channels;
        let mut must =
            |holds, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
        let given = self.channels.len();
        let single = self.guest == Some(Guest::SingleChannel);
        let fits = match given {
            0 => self.may_be_none && self.guest.is_none(),
            1 => true,
            _ => !single,
        };
        must(fits, &|| {
            Told::new(
                "there is a channel to come into, and one only for a single-channel guest",
                format!("channels: {given}, single-channel guest: {single}"),
                "name a channel",
            )
        })?;
        let mut channels = Vec::new();
        for id in self.channels {
            let found = match id {
                Some(id) => open_channel(facts, team, *id)?,
                None => None,
            };
            must(found.is_some(), &|| {
                Told::new(
                    "it is a channel of the workspace, and not archived",
                    match id {
                        Some(id) => format!("{id} is none of {team}"),
                        None => "what was given is no channel's id".to_owned(),
                    },
                    format!("name channels of {team} that are in use"),
                )
            })?;
            let Some(channel) = found else {
                return Err(Stop::Refused(no));
            };
            let closed = channel.keeps_guests_out();
            must(self.guest.is_none() || !closed, &|| {
                Told::new(
                    "it takes guests, if a guest is invited",
                    format!("{} is closed to guests: {closed}", channel.id),
                    "name another channel",
                )
            })?;
            channels.push((channel.id, channel.name.clone()));
        }
        Ok(channels)
    }

    /// In which words, and until when.
    fn limits(&self, now: Timestamp, watch: &mut dyn Watch) -> Result<(), Stop<Refusal>> {
        let length = self.message.map_or(0, |text| text.chars().count());
        let fits = length <= MOST_MESSAGE;
        demand(watch, fits, Refusal::Message, &|| words::length(length)).map_err(Stop::Refused)?;
        let later = |at: Timestamp| at > now && at <= Timestamp::LATEST;
        let holds = match self.expires {
            None => true,
            Some(at) => self.guest.is_some() && at.is_some_and(later),
        };
        demand(watch, holds, Refusal::Expiration, &|| {
            Told::new(
                "the end, if there is one, is that of a guest, and still to come",
                match self.expires.flatten() {
                    Some(at) => format!("guest: {}, until {}", self.guest.is_some(), at.ts()),
                    None if self.expires.is_some() => "what was given is no time".to_owned(),
                    None => "there is none".to_owned(),
                },
                "give a time to come, for a guest alone",
            )
        })
        .map_err(Stop::Refused)
    }

    /// Whoever has the address and can be invited once more.
    fn holder<'f>(
        &self,
        facts: &'f Facts,
        team: TeamId,
        email: &str,
        watch: &mut dyn Watch,
    ) -> Result<Option<&'f Arc<User>>, Stop<Refusal>> {
        use Refusal as No;
        let mut holders = Vec::new();
        for id in facts.holders(realm(facts, team)?, email)? {
            holders.extend(facts.user(id)?);
        }
        let mut must = |holds, no, told: &dyn Fn() -> Told| {
            demand(watch, holds, no, told).map_err(Stop::Refused)
        };
        let active = holders.iter().find(|user| !user.removed);
        must(active.is_none(), No::AlreadyIn, &|| {
            Told::new(
                "nobody has an account with the address",
                match active {
                    Some(user) => format!("{} of {} has {email}", user.id, user.team),
                    None => format!("nobody has {email}"),
                },
                match active {
                    Some(user) if !user.is_in(team) => "bring them in by admin.users.assign",
                    _ => "bring them into channels by conversations.invite",
                },
            )
        })?;
        let known = holders
            .iter()
            .filter(|user| !user.has_come() && user.is_in(team))
            .max_by_key(|user| (user.is_invited(), user.id))
            .copied();
        let removed = holders.iter().find(|user| user.has_come());
        must(removed.is_none(), No::Removed, &|| {
            Told::new(
                "whoever has the address was not removed",
                match removed {
                    Some(user) => format!("{} has {email}, and was removed", user.id),
                    None => "nobody with it was".to_owned(),
                },
                match removed {
                    Some(user) => format!("restore them: guestlist user restore {}", user.id),
                    None => String::new(),
                },
            )
        })?;
        let invited = known.filter(|user| user.is_invited());
        must(
            self.resend || invited.is_none(),
            No::AlreadyInvited,
            &|| {
                Told::new(
                    "they are not invited yet, or it is asked to send it again",
                    match invited {
                        Some(user) => format!("{} is invited, resend: {}", user.id, self.resend),
                        None => format!("nobody is invited as {email}"),
                    },
                    "send it again by admin.users.invite with resend",
                )
            },
        )?;
        Ok(known)
    }
}

impl Checked<'_> {
    fn letter(&self, by: &User, user: &User) -> Letter {
        let names: Vec<&str> = self
            .channels
            .iter()
            .map(|(_, name)| name.as_str())
            .collect();
        let link = user.invited.as_ref().map(|invited| invited.link.as_str());
        Letter {
            invitation: None,
            user: Some(user.id),
            inviter: by.full_name().to_owned(),
            workspace: self.workspace.name.clone(),
            channel: names.join(", #"),
            message: self.terms.message.map(str::to_owned),
            external_limited: false,
            expires: user.expires.unwrap_or(Timestamp::LATEST),
            link: join_code(user.id, link.unwrap_or_default()),
        }
    }

    /// Somebody invites them.
    pub(crate) fn invite(self, by: &User, moment: &mut Moment) -> Sent {
        let (terms, email) = (self.terms, self.email);
        let (team, now) = (self.workspace.id, moment.now());
        let mut user = match self.known {
            Some(known) => User::clone(known),
            None => User::new(moment.user_id(), team, &handle(email)),
        };
        // A letter that was sent before leads to the same page, unless that invitation was taken back.
        let link = match &user.invited {
            Some(invited) if user.is_invited() => invited.link.clone(),
            _ => hex(&terms.edge.chance),
        };
        user.email = Some(email.to_owned());
        if let Some(name) = terms.real_name {
            name.clone_into(&mut user.real_name);
        }
        user.guest = terms.guest;
        if user.guest.is_some() {
            user.role = Role::Member;
        }
        user.expires = terms.expires.flatten();
        user.removed = true;
        user.updated = now;
        user.invited = Some(Invited {
            by: by.id,
            at: now,
            channels: self.channels.iter().map(|(id, _)| *id).collect(),
            link,
            state: Stage::Pending,
        });
        let letter = self.letter(by, &user);
        let written = mail::write(team, email, letter, terms.edge.post, moment);
        let letter = match &written {
            Change::Mail { mail, .. } => Some(mail.id),
            _ => None,
        };
        let user = Arc::new(user);
        Sent {
            user: user.clone(),
            letter,
            changes: vec![Change::UserMade { user }, written],
        }
    }
}

/// A handle made of an address: of what stands before the `@` what a handle can have.
fn handle(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let name: String = local
        .chars()
        .filter(|c| name::is_of_handle(*c))
        .skip_while(|c| !c.is_alphanumeric())
        .take(MAX_LEN)
        .collect();
    match name.as_str() {
        "" => "guest".to_owned(),
        _ => name,
    }
}
