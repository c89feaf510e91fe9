//! Invitations of Slack Connect: what there is, and people answer them in a client, which tests have none of.

use super::{Problem, time_text};
use crate::acting;
use guestlist_domain::{
    ChannelId, Invitation, InvitationId, TeamId, Timestamp, UserId,
    connect::shape::share_url,
    invitation::{Recipient, State},
};
use guestlist_methods::Arguments;
use guestlist_store::{Store, StoreError};
use serde::{Deserialize, Serialize, de::IntoDeserializer};
use serde_json::{Value, json};
use std::sync::Arc;

/// Invitations in one answer.
const MOST: usize = 1000;
const USUAL: usize = 100;

/// What somebody does with an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Accepts it.
    Accept,
    /// Approves the acceptance, for their side.
    Approve,
    /// Does not accept it, or does not approve the acceptance.
    Decline,
    /// Takes back what nobody has accepted.
    Revoke,
}

impl Deed {
    /// As the path names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Revoke => "revoke",
        }
    }

    /// The one that the path names so.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Accept, Self::Approve, Self::Decline, Self::Revoke];
        all.into_iter().find(|deed| deed.name() == name)
    }
}

/// Who does it, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answering {
    /// Who.
    pub user: UserId,
    /// Which invitation.
    pub invitation: InvitationId,
    /// In which workspace; their own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
    /// What the channel is called there when accepted; as at the host's when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Private there.
    #[serde(default)]
    pub private: bool,
    /// The other party, which the inviting side names; who accepted when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_team: Option<String>,
}

/// Which invitations to list.
#[derive(Clone, Debug)]
pub struct WhichInvitations {
    /// Whose channel it is, or who accepted.
    workspace: Option<TeamId>,
    state: Option<State>,
    channel: Option<ChannelId>,
    limit: usize,
}

impl WhichInvitations {
    /// Reads a query.
    pub fn read(query: &str) -> Result<Self, Problem> {
        let mut which = Self {
            workspace: None,
            state: None,
            channel: None,
            limit: USUAL,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "workspace" => which.workspace = Some(super::workspace(&value)?),
                "state" => which.state = Some(state(&value)?),
                "channel" => {
                    let channel = value.parse();
                    which.channel = Some(channel.map_err(|_| {
                        let message = format!("`channel` is the id of one, not `{value}`");
                        Problem::invalid("invalid_channel", message)
                    })?);
                }
                "limit" => {
                    let limit = value.parse().ok();
                    let limit = limit.filter(|limit| (1..=MOST).contains(limit));
                    which.limit = limit.ok_or_else(|| {
                        let message =
                            format!("`limit` is a number from 1 to {MOST}, not `{value}`");
                        Problem::invalid("invalid_limit", message)
                    })?;
                }
                other => {
                    let message = format!("`{other}` is none of workspace, state, channel, limit");
                    return Err(Problem::invalid("invalid_request", message));
                }
            }
        }
        Ok(which)
    }
}

fn state(name: &str) -> Result<State, Problem> {
    State::deserialize(name.into_deserializer()).map_err(|error: serde::de::value::Error| {
        Problem::invalid("invalid_state", format!("`state`: {error}"))
    })
}

/// An invitation as it is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct InvitationView {
    /// Its id.
    pub invitation: InvitationId,
    /// Where it is in its life: `sent`, `requested`, `request_denied`, `revoked`, `expired`,
    /// `pending_approval`, `declined`, `approved` or `disconnected`.
    pub state: State,
    /// The workspace that owns the channel.
    pub workspace: TeamId,
    /// Where to.
    pub channel: ChannelId,
    /// Who sent it, or asked to.
    pub inviter: UserId,
    /// Whom it is for: an address or a user's id.
    pub to: String,
    /// The other side may only post.
    pub external_limited: bool,
    /// When it was made, in RFC 3339.
    pub created: String,
    /// When it lapses if nobody answers: what was sent, or its acceptance. Absent where all is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The workspace that accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<TeamId>,
    /// The sides that have yet to approve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaiting: Vec<TeamId>,
    /// The page on which it is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl InvitationView {
    fn new(workspace: TeamId, one: Invitation, state: State, site: &str) -> Self {
        let acceptance = one.acceptance.as_ref();
        let lapses = acceptance.map_or(one.expires, |acceptance| acceptance.expires);
        Self {
            invitation: one.id,
            state,
            workspace,
            channel: one.channel,
            inviter: one.inviter,
            to: match &one.to {
                Recipient::Email(address) => address.clone(),
                Recipient::User(user) => user.to_string(),
            },
            external_limited: one.external_limited,
            created: time_text(one.created),
            expires: matches!(
                state,
                State::Requested | State::Sent | State::PendingApproval
            )
            .then(|| time_text(lapses)),
            accepted_by: acceptance.map(|acceptance| acceptance.workspace),
            awaiting: match state {
                State::PendingApproval => {
                    acceptance.map_or_else(Vec::new, |acceptance| acceptance.awaiting.clone())
                }
                _ => Vec::new(),
            },
            url: match state {
                State::Sent => one.link.as_deref().map(|link| share_url(site, link)),
                _ => None,
            },
        }
    }
}

/// Invitations, the newest first.
pub async fn list_invitations(
    store: &Store,
    which: WhichInvitations,
) -> Result<Vec<InvitationView>, Problem> {
    let site = store.site();
    let read = store.read_long(move |reader| {
        let now: Timestamp = reader.now();
        let (mut found, mut passed) = (Vec::new(), 0);
        loop {
            let rows = reader.newest_invitations(passed, MOST)?;
            let last = rows.len() < MOST;
            passed += rows.len();
            for (team, one) in rows {
                let state = one.state_at(now);
                let accepted = one.acceptance.as_ref().map(|one| one.workspace);
                let is_theirs = |asked| asked == team || Some(asked) == accepted;
                let is_asked = which.workspace.is_none_or(is_theirs)
                    && which.state.is_none_or(|asked| asked == state)
                    && which.channel.is_none_or(|asked| asked == one.channel);
                if is_asked {
                    found.push(InvitationView::new(team, one, state, &site));
                }
                if found.len() == which.limit {
                    return Ok::<_, StoreError>(found);
                }
            }
            if last {
                return Ok(found);
            }
        }
    });
    Ok(read.await?)
}

/// Somebody answers an invitation; the method's reply.
pub async fn answer_invitation(
    store: &Store,
    deed: Deed,
    ask: Answering,
) -> Result<Value, Problem> {
    let known = store
        .read(|reader| reader.invitation(ask.invitation))
        .await?;
    let Some((host, invitation)) = known else {
        let message = format!("there is no invitation {}", ask.invitation);
        return Err(Problem::invalid("invite_not_found", message));
    };
    let caller = Arc::new(acting::caller(store, ask.user, ask.workspace).await?);
    let accepted = invitation.acceptance.as_ref().map(|one| one.workspace);
    if deed == Deed::Revoke || deed == Deed::Decline && accepted.is_none() {
        acting::end(store, caller, ask.invitation, deed == Deed::Revoke).await?;
        return Ok(json!({}));
    }
    let mut args = Arguments::default();
    let mut push = |name: &str, value: Value| args.push(name.to_owned(), value);
    push("invite_id", ask.invitation.to_string().into());
    let method = match deed {
        Deed::Accept => {
            let name = match ask.name {
                Some(name) => name,
                None => store
                    .read(|reader| {
                        reader.look(|facts| Ok(facts.channel(invitation.channel)?.cloned()))
                    })
                    .await?
                    .map_or_else(String::new, |channel| channel.name_in(host).to_owned()),
            };
            push("channel_name", name.into());
            push("is_private", ask.private.into());
            "conversations.acceptSharedInvite"
        }
        Deed::Approve | Deed::Decline | Deed::Revoke => {
            let other = match caller.workspace.id == host {
                true => accepted,
                false => None,
            };
            if let Some(target) = ask.target_team.or(other.map(|team| team.to_string())) {
                push("target_team", target.into());
            }
            match deed {
                Deed::Approve => "conversations.approveSharedInvite",
                _ => "conversations.declineSharedInvite",
            }
        }
    };
    acting::call(store, method, caller, &args).await
}
