//! Requests to invite people into a workspace: people make them in a client, and admins decide there.

use super::{AboutUser, Problem, UserView, limit, time_text};
use crate::acting;
use axum::http::StatusCode;
use guestlist_domain::{
    Actor, Caller, ChannelId, EnterpriseId, Facts, InviteRequest, InviteRequestId, Key, Moment,
    Plan, Stop, TeamId, UserId,
    connect::Around,
    invite_request::{
        self, Asked, Barred, MOST_REASON, NotApproved, NotAsked, Stage, State, Undecided, Wish,
    },
    people::{About, invite::Refusal},
    trail::Blind,
    user::Guest,
};
use guestlist_store::{Decide, Store, StoreError};
use serde::{Deserialize, Serialize, de::IntoDeserializer};
use std::sync::Arc;

/// Requests in one answer when it is not said how many.
const USUAL: usize = 100;

/// Somebody wishes that somebody be invited.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInviteRequest {
    /// Who asks.
    pub user: UserId,
    /// In which workspace; their own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
    /// Whom, by their address.
    pub email: String,
    /// Into which channels, beside those that everybody is in; a guest into one at least.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
    /// `multi_channel` or `single_channel` for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_name: Option<String>,
    /// When their time as a guest ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Why they are to come, for whoever decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What came of it: a request, or where it needed none whoever is invited.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeRequest {
    /// An admin is to decide.
    Request(InviteRequestView),
    /// They are invited.
    Invited(UserView),
}

/// An admin decides about a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deciding {
    /// Who.
    pub user: UserId,
    /// Which request.
    pub request: InviteRequestId,
    /// Of which workspace; their own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
}

/// What they decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The person is invited.
    Approve,
    /// They are not.
    Deny,
}

impl Decision {
    /// As the path names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }

    /// The one that the path names so.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Approve, Self::Deny];
        all.into_iter().find(|decision| decision.name() == name)
    }
}

/// A request as it is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct InviteRequestView {
    /// Its id.
    pub request: InviteRequestId,
    /// Where it is in its life: `pending`, `approved` or `denied`.
    pub state: Stage,
    /// Into which workspace.
    pub workspace: TeamId,
    /// Whom.
    pub email: String,
    /// Who asked, the first before the others.
    pub requesters: Vec<UserId>,
    /// Into which channels.
    pub channels: Vec<ChannelId>,
    /// As which kind of guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
    /// What they are called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub real_name: String,
    /// When their time as a guest ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Why they are to come.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was first asked, in RFC 3339.
    pub created: String,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<UserId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<String>,
    /// Who is invited by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited: Option<UserId>,
}

impl From<&InviteRequest> for InviteRequestView {
    fn from(one: &InviteRequest) -> Self {
        let (decided, invited) = match &one.state {
            State::Pending => (None, None),
            State::Approved(approval) => (Some((approval.by, approval.at)), Some(approval.user)),
            State::Denied { by, at } => (Some((*by, *at)), None),
        };
        Self {
            request: one.id,
            state: one.state.stage(),
            workspace: one.team,
            email: one.email.clone(),
            requesters: one.requesters.clone(),
            channels: one.channels.clone(),
            guest: one.guest,
            real_name: one.real_name.clone(),
            expires: one.expires.map(time_text),
            reason: one.reason.clone(),
            created: time_text(one.created),
            decided_by: decided.map(|(by, _)| by),
            decided: decided.map(|(_, at)| time_text(at)),
            invited,
        }
    }
}

/// Which requests to list.
#[derive(Clone, Copy, Debug)]
pub struct WhichInviteRequests {
    workspace: Option<TeamId>,
    state: Option<Stage>,
    limit: usize,
}

impl WhichInviteRequests {
    /// Reads a query.
    pub fn read(query: &str) -> Result<Self, Problem> {
        let mut which = Self {
            workspace: None,
            state: None,
            limit: USUAL,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "workspace" => which.workspace = Some(super::workspace(&value)?),
                "state" => which.state = Some(state(&value)?),
                "limit" => which.limit = limit(&value)?,
                other => {
                    let message = format!("`{other}` is none of workspace, state, limit");
                    return Err(Problem::invalid("invalid_request", message));
                }
            }
        }
        Ok(which)
    }
}

fn state(name: &str) -> Result<Stage, Problem> {
    Stage::deserialize(name.into_deserializer()).map_err(|error: serde::de::value::Error| {
        Problem::invalid("invalid_state", format!("`state`: {error}"))
    })
}

/// Requests, the newest first.
pub async fn list_invite_requests(
    store: &Store,
    which: WhichInviteRequests,
) -> Result<Vec<InviteRequestView>, Problem> {
    let WhichInviteRequests {
        workspace,
        state,
        limit,
    } = which;
    let read = store.read_long(move |reader| {
        let found = reader.newest_invite_requests(workspace, state, limit)?;
        Ok::<_, StoreError>(found.iter().map(InviteRequestView::from).collect())
    });
    Ok(read.await?)
}

/// Somebody asks that somebody be invited.
pub async fn create_invite_request(
    store: &Store,
    ask: NewInviteRequest,
) -> Result<MadeRequest, Problem> {
    let asker = acting::caller(store, ask.user, ask.workspace).await?;
    let about = AboutUser {
        email: Some(Some(ask.email)),
        real_name: ask.real_name,
        expires: ask.expires.map(Some),
        ..AboutUser::default()
    };
    let mut channels = Vec::new();
    for channel in ask.channels {
        if !channels.contains(&Some(channel)) {
            channels.push(Some(channel));
        }
    }
    let wishing = Wishing {
        who: ask.user,
        team: asker.team(),
        org: asker.workspace.enterprise,
        about: about.checked()?,
        channels,
        guest: ask.guest,
        reason: ask.reason.unwrap_or_default().trim().to_owned(),
        around: around(store)?,
    };
    Ok(match store.write(Arc::new(wishing)).await? {
        Asked::Requested(request) => MadeRequest::Request(request.as_ref().into()),
        Asked::Invited(user) => MadeRequest::Invited(user.as_ref().into()),
    })
}

/// An admin decides about a request.
pub async fn decide_invite_request(
    store: &Store,
    decision: Decision,
    ask: Deciding,
) -> Result<InviteRequestView, Problem> {
    let caller = acting::caller(store, ask.user, None).await?;
    let deed = Deed {
        team: ask.workspace.unwrap_or(caller.team()),
        request: ask.request,
        caller,
        decision,
        around: around(store)?,
    };
    let request = store.write(Arc::new(deed)).await?;
    Ok(request.as_ref().into())
}

/// What letters and links are made of.
fn around(store: &Store) -> Result<Around, Problem> {
    let drawn = store
        .draw()
        .map_err(|error| Problem::failed(format!("no randomness: {error}")))?;
    Ok(Around {
        chance: drawn.chance(),
        ..store.undrawn()
    })
}

struct Wishing {
    who: UserId,
    team: TeamId,
    org: Option<EnterpriseId>,
    about: About,
    channels: Vec<Option<ChannelId>>,
    guest: Option<Guest>,
    reason: String,
    around: Around,
}

impl Wishing {
    fn wish(&self) -> Wish<'_> {
        Wish {
            who: self.who,
            team: self.team,
            org: self.org,
            email: self.about.email.as_ref().and_then(Option::as_deref),
            channels: &self.channels,
            guest: self.guest,
            real_name: self.about.real_name.as_deref().unwrap_or_default(),
            expires: self.about.expires.flatten(),
            reason: &self.reason,
            edge: self.around.edge(),
        }
    }
}

impl Decide for Wishing {
    type Outcome = Asked;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        acted(self.team, self.who)
    }

    fn needs(&self) -> Vec<Key> {
        invite_request::needs_of(&self.wish())
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Asked>, Stop<Problem>> {
        invite_request::ask(facts, &self.wish(), moment)
            .map_err(|stop| stop.map(|why| not_asked(why, self.who)))
    }
}

struct Deed {
    caller: Caller,
    team: TeamId,
    request: InviteRequestId,
    decision: Decision,
    around: Around,
}

impl Deed {
    fn question(&self) -> invite_request::Ask<'_> {
        invite_request::Ask {
            caller: &self.caller,
            team: Some(self.team),
            request: Some(self.request),
            in_client: true,
            edge: self.around.edge(),
        }
    }
}

impl Decide for Deed {
    type Outcome = Arc<InviteRequest>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        acted(self.caller.team(), self.caller.id())
    }

    fn needs(&self) -> Vec<Key> {
        invite_request::needs(&self.question())
    }

    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<Arc<InviteRequest>>, Stop<Problem>> {
        let question = self.question();
        match self.decision {
            Decision::Approve => invite_request::approve(facts, &question, moment, &mut Blind),
            Decision::Deny => invite_request::deny(facts, &question, moment, &mut Blind)
                .map_err(|stop| stop.map(NotApproved::Undecided)),
        }
        .map_err(|stop| stop.map(|why| self.not_approved(why)))
    }
}

impl Deed {
    fn not_approved(&self, why: NotApproved) -> Problem {
        let (code, message) = match why {
            NotApproved::NotSent(why) => ("failed_to_send_invite", not_invited(why).message),
            NotApproved::Undecided(Undecided::NotAnAdmin) => {
                let message = format!("{} is neither admin nor owner", self.caller.id());
                ("not_an_admin", message)
            }
            NotApproved::Undecided(Undecided::NotAnEnterprise | Undecided::TeamNotFound) => {
                let message = format!("there is no workspace {} in use of theirs", self.team);
                ("workspace_not_found", message)
            }
            NotApproved::Undecided(Undecided::NoSuchRequest) => {
                let message = format!("{} has no request {}", self.team, self.request);
                ("invite_request_not_found", message)
            }
            NotApproved::Undecided(Undecided::AlreadyProcessed) => {
                let message = format!("{} was approved or denied before", self.request);
                return Problem::new(StatusCode::CONFLICT, "already_processed", message);
            }
        };
        Problem::invalid(code, message)
    }
}

fn acted(team: TeamId, user: UserId) -> Actor {
    Actor {
        team,
        user: Some(user),
        app: None,
    }
}

fn not_asked(why: NotAsked, who: UserId) -> Problem {
    let (code, message) = match why {
        NotAsked::Barred(why) => match why {
            Barred::Nobody => ("user_not_found", format!("there is no user {who}")),
            Barred::NotInTeam => (
                "user_not_in_workspace",
                format!("{who} is not in that workspace"),
            ),
            Barred::Removed => (
                "user_removed",
                format!("{who} is removed and does nothing any more"),
            ),
            Barred::Bot => (
                "invalid_user",
                format!("{who} is a bot: apps invite by admin.users.invite"),
            ),
            Barred::Guest => (
                "user_is_restricted",
                format!("{who} is a guest, and guests invite nobody"),
            ),
            Barred::TeamNotActive => (
                "workspace_not_found",
                "the workspace is not in use".to_owned(),
            ),
        },
        NotAsked::Reason => (
            "invalid_reason",
            format!("`reason` has at most {MOST_REASON} characters"),
        ),
        NotAsked::Already(id) => {
            let message = format!("{who} asked for it already, by {id}");
            return Problem::new(StatusCode::CONFLICT, "already_requested", message);
        }
        NotAsked::Invite(why) => return not_invited(why),
    };
    Problem::invalid(code, message)
}

/// Why somebody cannot be invited so.
fn not_invited(why: Refusal) -> Problem {
    let conflict = |code, message: &str| Problem::new(StatusCode::CONFLICT, code, message);
    match why {
        Refusal::Channels => Problem::invalid(
            "channel_not_found",
            "`channels` are channels of the workspace that are in use and that whoever asks sees; a guest comes into one that takes guests, a single-channel guest into one alone",
        ),
        Refusal::Expiration => Problem::invalid(
            "invalid_user",
            "`expires` is a time to come, and for guests alone",
        ),
        Refusal::AlreadyIn => {
            conflict("already_there", "somebody of the workspace has the address")
        }
        Refusal::AlreadyInvited => conflict("already_invited", "they are invited already"),
        Refusal::Removed => conflict(
            "user_disabled",
            "whoever has the address was removed from the workspace: restore them",
        ),
        Refusal::InvalidEmail => {
            Problem::invalid("invalid_user", "`email` is an address, as name@domain")
        }
        // Who asks, and where, was looked at before, and a wish has no words for the letter.
        Refusal::Message
        | Refusal::NotAnEnterprise
        | Refusal::NotAnAdmin
        | Refusal::TeamNotFound
        | Refusal::NotInTeam
        | Refusal::TeamNotActive => {
            Problem::invalid("workspace_not_found", "nobody is invited there")
        }
    }
}
