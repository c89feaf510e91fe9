//! What apps are told: events, each derived from one change of the journal and from nothing
//! that may have changed since.
//!
//! A change carries what its events say; where that depends on how things stood, as in Slack
//! Connect, the change is the event ([`Change::Raised`]). What it does not carry never changes: the
//! owner of a conversation, the organisation of a workspace. So an event is the same whenever it is
//! derived, and so is its id; only a bot's name beside its message ([`Author`]), and the workspace to which
//! somebody belongs first, which they may have left meanwhile, are told as they are by then. Who is told is
//! [`audience`]'s business.

pub mod audience;
mod groups;
mod here;
mod id;
mod kind;
mod retry;
mod said;

pub use here::Author;
pub use id::{Context, EventId, NotAContext, Position};
pub use kind::SUBSCRIPTIONS;
pub use retry::{STALE_SECONDS, retry_after};

use crate::{
    change::Change,
    channel::{Channel, ChannelKind},
    connect,
    facts::{Facts, Missing},
    id::{AppId, EnterpriseId, TeamId, UserId},
    invite_request::InviteRequest,
    message::{Message, What},
    time::Timestamp,
    user::User,
    usergroup::Usergroup,
    workspace::{Enterprise, Workspace},
};
use here::{Here, aside, home, is_bot, organisation, organisation_of};
use std::sync::Arc;

/// Something that happened, as apps are told of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// `member_joined_channel`.
    MemberJoined {
        /// Who.
        user: UserId,
        /// The workspace they belong to first.
        team: TeamId,
        /// That workspace's organisation.
        enterprise: Option<EnterpriseId>,
        /// Who invited them, if anybody did.
        inviter: Option<UserId>,
    },
    /// `member_left_channel`.
    MemberLeft {
        /// Who.
        user: UserId,
        /// The workspace they belong to first.
        team: TeamId,
    },
    /// `channel_left` or `group_left`: for whoever left, or was removed.
    Left {
        /// Who did it: themselves, or who removed them.
        actor: UserId,
    },
    /// `message`, of any subtype.
    Said {
        /// The message.
        message: Arc<Message>,
        /// Who wrote it, where somebody did.
        author: Option<Author>,
    },
    /// `message` with the subtype `message_changed`.
    Reworded {
        /// The message as it is now.
        message: Arc<Message>,
        /// As it was.
        before: Arc<Message>,
        /// Who wrote it.
        author: Option<Author>,
    },
    /// `message` with the subtype `message_deleted`.
    Deleted {
        /// The message as it was.
        before: Arc<Message>,
        /// Who wrote it.
        author: Option<Author>,
    },
    /// `app_mention`: a message that names the app's bot.
    Mentioned {
        /// The message.
        message: Arc<Message>,
        /// Who wrote it.
        author: Option<Author>,
    },
    /// `channel_created`.
    Created {
        /// As it was made.
        channel: Arc<Channel>,
    },
    /// `channel_rename` or `group_rename`.
    Renamed {
        /// As it is now.
        channel: Arc<Channel>,
    },
    /// `channel_archive` or `group_archive`.
    Archived {
        /// Who did it.
        user: UserId,
    },
    /// `channel_unarchive` or `group_unarchive`.
    Unarchived {
        /// Who did it.
        user: UserId,
    },
    /// `im_open`, or `group_open` for a group DM: for whoever has opened it, or has it open again.
    Opened {
        /// Who.
        user: UserId,
    },
    /// `im_close`, or `group_close` for a group DM: for whoever closed it.
    Closed {
        /// Who.
        user: UserId,
    },
    /// `team_join`: somebody is new in a workspace.
    TeamJoined {
        /// As they are.
        user: Arc<User>,
        /// Their organisation.
        org: Option<Arc<Enterprise>>,
    },
    /// `user_change`.
    UserChanged {
        /// As they are now.
        user: Arc<User>,
        /// Their organisation.
        org: Option<Arc<Enterprise>>,
    },
    /// `subteam_created`.
    UsergroupMade {
        /// As it was made.
        group: Arc<Usergroup>,
    },
    /// `subteam_updated`.
    UsergroupEdited {
        /// As it is now.
        group: Arc<Usergroup>,
    },
    /// `subteam_members_changed`.
    UsersOfGroupChanged {
        /// As it is now.
        group: Arc<Usergroup>,
        /// Who is new in it.
        added: Vec<UserId>,
        /// Who is in it no more.
        removed: Vec<UserId>,
        /// When it was changed the time before.
        before: Timestamp,
    },
    /// `invite_requested`: somebody asks in a workspace that somebody be invited.
    InviteRequested {
        /// The request as it is now.
        request: Arc<InviteRequest>,
        /// The workspace.
        workspace: Arc<Workspace>,
    },
    /// `tokens_revoked`: the app may act for somebody no more.
    TokensRevoked {
        /// For whom.
        user: UserId,
        /// Whether that is the app's own bot.
        bot: bool,
    },
    /// `app_uninstalled`: the app is gone from a workspace, or from an organisation.
    Uninstalled,
    /// `team_access_granted`: an app that is installed for an organisation was added to workspaces of it.
    AccessGranted {
        /// Which.
        teams: Vec<TeamId>,
    },
    /// `team_access_revoked`: it was taken out of them.
    AccessRevoked {
        /// Which.
        teams: Vec<TeamId>,
    },
    /// Of Slack Connect: what is told, word for word.
    Connect(Arc<connect::event::Event>),
}

/// Who of those with subscription and scope may know of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Hearers {
    /// Who is in the conversation.
    Members,
    /// Who is in a workspace where the conversation is a public channel, but for guests; and its members.
    Workspace,
    /// One user.
    One(UserId),
    /// One member, named in a message.
    Named(UserId),
    /// Who is in one of these workspaces.
    Teams(Vec<TeamId>),
    /// Who is in one of the workspaces, holds one of the scopes there and may see the channel.
    Sides(connect::event::Audience),
    /// An app in a workspace, whatever it may see there, or no more.
    App {
        /// Which.
        app: AppId,
        /// Where; of an organisation the workspace in which its tokens were made.
        team: TeamId,
        /// For whom it acts, or acted.
        through: Option<Through>,
    },
}

/// For whom an app acts, or acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Through {
    /// The person, or the app's own bot user.
    pub user: UserId,
    /// Whether it is the bot user.
    pub bot: bool,
    /// In all of an organisation.
    pub org_wide: bool,
}

/// An event before anybody is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// `event_ts`.
    pub ts: Timestamp,
    /// The conversation it belongs to: events of one conversation reach an app in their order.
    pub channel: Option<Arc<Channel>>,
    /// The organisation of the workspace that owns the conversation.
    pub enterprise: Option<EnterpriseId>,
    /// What happened.
    pub what: Happened,
    /// Who may know.
    pub hearers: Hearers,
}

/// The part of `user_change` beside `team_join`.
const BESIDE_JOINING: u8 = 7;

/// The events of a change, decided `when` and standing `at` a place in the journal.
pub fn of_change(
    facts: &Facts,
    at: Position,
    when: Timestamp,
    change: &Change,
) -> Result<Vec<Event>, Missing> {
    let mut events = Vec::new();
    match change {
        Change::Joined {
            channel,
            user,
            inviter,
            ts,
        } => {
            let Some(here) = Here::of(facts, at, *ts, *channel)? else {
                return Ok(events);
            };
            if here.channel.kind == ChannelKind::Im {
                return Ok(events);
            }
            let team = home(facts, *user)?.unwrap_or(here.channel.team);
            let enterprise = organisation(facts, team)?;
            let (user, inviter) = (*user, *inviter);
            events.push(here.event(
                Happened::MemberJoined {
                    user,
                    team,
                    enterprise,
                    inviter,
                },
                Hearers::Members,
            ));
            if !here.channel.kind.is_dm() {
                events.extend(here.said(
                    facts,
                    &Message {
                        ts: *ts,
                        user,
                        what: What::Joined { inviter },
                    },
                )?);
            }
        }
        Change::Left {
            channel,
            user,
            by,
            ts,
        } => {
            let Some(here) = Here::of(facts, at, *ts, *channel)? else {
                return Ok(events);
            };
            let team = home(facts, *user)?.unwrap_or(here.channel.team);
            let user = *user;
            events.push(here.event(Happened::MemberLeft { user, team }, Hearers::Members));
            let message = Message {
                ts: *ts,
                user,
                what: What::Left,
            };
            events.extend(here.said(facts, &message)?);
            let actor = by.unwrap_or(user);
            events.push(here.event(Happened::Left { actor }, Hearers::One(user)));
        }
        Change::Created { channel } => {
            let here = Here::at(facts, at, channel.created, channel)?;
            events.push(if channel.kind.is_dm() {
                let user = channel.creator;
                here.event(Happened::Opened { user }, Hearers::One(user))
            } else {
                let what = Happened::Created {
                    channel: channel.clone(),
                };
                here.event(what, Hearers::Workspace)
            });
        }
        Change::Edited { channel, message } => {
            let here = Here::at(facts, at, message.ts, channel)?;
            let user = message.user;
            let what = match &message.what {
                What::Renamed { .. } => Some(Happened::Renamed {
                    channel: channel.clone(),
                }),
                What::Archived => Some(Happened::Archived { user }),
                What::Unarchived => Some(Happened::Unarchived { user }),
                What::Topic(_) | What::Purpose(_) => None,
                What::Text(_) | What::Joined { .. } | What::Left | What::Tombstone => None,
            };
            events.extend(what.map(|what| here.event(what, Hearers::Workspace)));
            events.extend(here.said(facts, message)?);
        }
        Change::Posted { channel, message } => {
            if let Some(here) = Here::of(facts, at, message.ts, *channel)? {
                events.extend(here.said(facts, message)?);
            }
        }
        Change::Reworded {
            channel,
            message,
            before,
            ts,
        } => {
            if let Some(here) = Here::of(facts, at, *ts, *channel)? {
                events.push(here.reworded(facts, message, before)?);
            }
        }
        Change::Deleted {
            channel,
            message,
            ts,
        } => {
            if let Some(here) = Here::of(facts, at, *ts, *channel)? {
                events.push(here.deleted(facts, message)?);
            }
        }
        Change::DmClosed {
            channel,
            user,
            closed,
        } => {
            if let Some(here) = Here::of(facts, at, when, *channel)? {
                let user = *user;
                let what = if *closed {
                    Happened::Closed { user }
                } else {
                    Happened::Opened { user }
                };
                events.push(here.event(what, Hearers::One(user)));
            }
        }
        Change::Raised {
            ts,
            event,
            audience,
        } => {
            let what = Happened::Connect(event.clone());
            let channel = facts.channel(event.channel())?.cloned();
            let enterprise = match &channel {
                Some(channel) => organisation(facts, channel.team)?,
                None => None,
            };
            events.push(Event {
                channel,
                enterprise,
                ..aside(at, *ts, what, Hearers::Sides(audience.clone()))
            });
        }
        // Of who is invited nobody hears before they have joined.
        Change::UserMade { user } | Change::UserEdited { user, .. } if !user.has_come() => {}
        // Nor of whose account is made, and who is not there; until they are.
        Change::UserMade { user } if user.removed => {}
        Change::UserEdited { user, .. } if user.is_awaited() => {}
        Change::UserMade { user } | Change::UserEdited { user, .. } => {
            let teams = Hearers::Teams(user.all_teams().collect());
            let org = organisation_of(facts, user)?;
            let user = user.clone();
            let is_new = match change {
                Change::UserEdited { before, .. } => {
                    before.as_ref().is_some_and(|before| before.is_awaited())
                }
                _ => true,
            };
            let what = match is_new {
                true => Happened::TeamJoined { user, org },
                false => Happened::UserChanged { user, org },
            };
            events.push(aside(at, when, what, teams));
        }
        // New in one workspace, and changed for the others.
        Change::Assigned { user, team } => {
            let others: Vec<_> = user.all_teams().filter(|one| one != team).collect();
            let org = organisation_of(facts, user)?;
            let (user, new) = (user.clone(), Hearers::Teams(vec![*team]));
            let what = Happened::TeamJoined {
                user: user.clone(),
                org: org.clone(),
            };
            events.push(aside(at, when, what, new));
            if !others.is_empty() {
                let what = Happened::UserChanged { user, org };
                events.push(Event {
                    id: EventId {
                        at,
                        part: BESIDE_JOINING,
                    },
                    ..aside(at, when, what, Hearers::Teams(others))
                });
            }
        }
        // The workspace that they have left is told, too.
        Change::Unassigned { user, team } => {
            let teams = user.all_teams().chain([*team]).collect();
            let org = organisation_of(facts, user)?;
            let user = user.clone();
            let what = Happened::UserChanged { user, org };
            events.push(aside(at, when, what, Hearers::Teams(teams)));
        }
        Change::UsergroupMade { group } | Change::UsergroupEdited { group, .. } => {
            let hearers = || Hearers::Teams(vec![group.team]);
            let happened = groups::of_change(change).into_iter();
            events.extend(happened.map(|what| aside(at, when, what, hearers())));
        }
        // Whether it is approved no event tells.
        Change::InviteRequest { request } if !request.state.is_pending() => {}
        Change::InviteRequest { request } => {
            if let Some(workspace) = facts.workspace(request.team)? {
                let what = Happened::InviteRequested {
                    request: request.clone(),
                    workspace: workspace.clone(),
                };
                events.push(aside(at, when, what, Hearers::Teams(vec![request.team])));
            }
        }
        Change::Deauthorized {
            app,
            team,
            user,
            bot,
            org_wide,
            ts,
        } => {
            let (app, team, user, bot) = (*app, *team, *user, *bot);
            let what = Happened::TokensRevoked { user, bot };
            let through = Some(Through {
                user,
                bot,
                org_wide: *org_wide,
            });
            let hearers = Hearers::App { app, team, through };
            events.push(Event {
                enterprise: organisation(facts, team)?,
                ..aside(at, *ts, what, hearers)
            });
        }
        Change::Uninstalled {
            app,
            team,
            user,
            ts,
        } => {
            // Of a workspace the envelope's own says which; of an organisation an authorization does.
            let through = match user {
                Some(user) => Some(Through {
                    user: *user,
                    bot: is_bot(facts, *user)?,
                    org_wide: true,
                }),
                None => None,
            };
            let (app, team) = (*app, *team);
            let hearers = Hearers::App { app, team, through };
            events.push(Event {
                enterprise: organisation(facts, team)?,
                ..aside(at, *ts, Happened::Uninstalled, hearers)
            });
        }
        Change::TeamAccess {
            app,
            team,
            user,
            granted,
            teams,
            ts,
        } => {
            let (app, team, user, teams) = (*app, *team, *user, teams.clone());
            let what = match granted {
                true => Happened::AccessGranted { teams },
                false => Happened::AccessRevoked { teams },
            };
            let through = Some(Through {
                user,
                bot: is_bot(facts, user)?,
                org_wide: true,
            });
            let hearers = Hearers::App { app, team, through };
            events.push(Event {
                enterprise: organisation(facts, team)?,
                ..aside(at, *ts, what, hearers)
            });
        }
        // What is to be told of these is raised beside them.
        Change::Invitation { .. } | Change::Shared { .. } | Change::Severed { .. } => {}
        // What is there from the beginning is no event.
        Change::Added { .. } => {}
        // What was told before it says so.
        Change::UsergroupErased { .. } => {}
        // Who would be told of this is gone with it.
        Change::Removed { .. } => {}
        // What one person is shown no app is told.
        Change::Shown { .. } => {}
        // How far somebody has read is for their own clients alone, which are told by other means than events.
        Change::Marked { .. } => {}
        // Letters are for people outside, not for apps.
        Change::Mail { .. } => {}
        // Without a message. A bot that is gone leaves no trace at all.
        Change::Dropped { channel, user } => {
            let here = Here::of(facts, at, when, *channel)?;
            if let Some(here) = here.filter(|here| !here.channel.kind.is_dm())
                && !is_bot(facts, *user)?
            {
                let (user, team) = (*user, home(facts, *user)?.unwrap_or(here.channel.team));
                events.push(here.event(Happened::MemberLeft { user, team }, Hearers::Members));
            }
        }
        Change::TokenMade { .. }
        | Change::TokenEdited { .. }
        | Change::TokenRevoked { .. }
        | Change::CodeMade { .. }
        | Change::CodeUsed { .. }
        | Change::AppMade { .. }
        | Change::AppEdited { .. } => {}
    }
    Ok(events)
}

#[cfg(test)]
mod tests;
