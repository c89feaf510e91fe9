//! Rows of requests to invite people.

use super::{Build, Here};
use crate::world::{
    document::{self, Approved, Denied},
    index::{Map, read},
    problem::Path,
    refs::Refs,
};
use guestlist_domain::{
    InviteRequest, TeamId, Timestamp, UserId,
    invite_request::{Approval, MOST_REASON, State},
    user::Guest,
};

/// The most characters of a name.
const MOST_NAME: usize = 80;

impl Build<'_> {
    /// Makes the rows of a workspace's requests. People and channels are there.
    pub(super) fn invite_requests(
        &mut self,
        path: &Path<'_>,
        here: Here,
        requests: Vec<document::InviteRequest>,
    ) {
        let path = path.key("invite_requests");
        let mut pending = Map::default();
        for (i, from) in requests.into_iter().enumerate() {
            let path = path.at(i);
            let Some(request) = self.invite_request(&path, here, from) else {
                continue;
            };
            if request.state.is_pending() {
                self.claim(
                    &path.key("email"),
                    &mut pending,
                    request.email.clone(),
                    &request.id.to_string(),
                );
            }
            self.seed.invite_requests.push(request);
        }
    }

    fn invite_request(
        &mut self,
        path: &Path<'_>,
        here: Here,
        from: document::InviteRequest,
    ) -> Option<InviteRequest> {
        let refs = &mut self.refs;
        let mut must = |holds: bool, key: &'static str, what: &str| {
            if !holds {
                refs.found.add(&path.key(key), what);
            }
        };
        must(
            !from.requesters.is_empty(),
            "requesters",
            "somebody asked for it",
        );
        must(
            from.reason.chars().count() <= MOST_REASON,
            "reason",
            &format!("a reason has at most {MOST_REASON} characters"),
        );
        let name = from.real_name.trim();
        let is_name = name.chars().count() <= MOST_NAME && !name.chars().any(char::is_control);
        let told = format!("a name has at most {MOST_NAME} characters that can be seen");
        must(is_name, "real_name", &told);
        let fits = match from.guest {
            None => true,
            Some(Guest::MultiChannel) => !from.channels.is_empty(),
            Some(Guest::SingleChannel) => from.channels.len() == 1,
        };
        must(
            fits,
            "channels",
            "a guest comes into a channel, a single-channel guest into one alone",
        );
        must(
            from.guest.is_some() || from.expires.is_none(),
            "expires",
            "the time of a guest ends, nobody else's",
        );
        must(
            from.approved.is_none() || from.denied.is_none(),
            "denied",
            "it is approved or denied, not both",
        );
        let email = refs.email(&path.key("email"), &from.email);
        let requesters = refs.list(
            &path.key("requesters"),
            &from.requesters,
            |refs, path, text| person(refs, path, here.team, text),
        );
        let channels = refs.list(&path.key("channels"), &from.channels, |refs, path, text| {
            let id = refs.channel(path, text)?;
            if refs.index.channels.get(&id) != Some(&here.team) {
                let what = format!("{text} is no channel of this workspace's own");
                refs.found.add(path, what);
            }
            Some(id)
        });
        let expires = refs.time_if_any(&path.key("expires"), &from.expires);
        let created = refs.time(&path.key("created"), &from.created, here.created);
        let first = requesters.first().copied();
        let state = match (from.approved, from.denied) {
            (Some(approved), _) => {
                let path = path.key("approved");
                State::Approved(approval(refs, &path, here, &approved, (created, first))?)
            }
            (None, Some(Denied { by, at })) => {
                let path = path.key("denied");
                State::Denied {
                    by: decider(refs, &path.key("by"), here.team, &by)?,
                    at: refs.time(&path.key("at"), &at, created),
                }
            }
            (None, None) => State::Pending,
        };
        Some(InviteRequest {
            id: read(&from.id)?,
            team: here.team,
            email: email?,
            requesters,
            channels,
            guest: from.guest,
            real_name: name.to_owned(),
            expires,
            reason: from.reason,
            created,
            state,
        })
    }
}

/// How one was approved that was made then, by this one before others.
fn approval(
    refs: &mut Refs,
    path: &Path<'_>,
    here: Here,
    from: &Approved,
    (created, first): (Timestamp, Option<UserId>),
) -> Option<Approval> {
    let by = decider(refs, &path.key("by"), here.team, &from.by);
    let inviter = match &from.inviter {
        Some(inviter) => decider(refs, &path.key("inviter"), here.team, inviter),
        None => first,
    };
    let user = person(refs, &path.key("user"), here.team, &from.user);
    Some(Approval {
        by: by?,
        at: refs.time(&path.key("at"), &from.at, created),
        invite: read(&from.invite)?,
        inviter: inviter?,
        user: user?,
        letter: None,
    })
}

/// A person of the workspace, be they gone or not there yet.
fn person(refs: &mut Refs, path: &Path<'_>, team: TeamId, text: &str) -> Option<UserId> {
    let id = refs.user(path, text)?;
    let known = refs.index.people.get(&id);
    if known.is_some_and(|one| one.bot || !one.teams().any(|theirs| theirs == team)) {
        let what = format!("{text} is no person of this workspace");
        refs.found.add(path, what);
    }
    Some(id)
}

/// A person of the workspace or of its organisation, whose admins decide here as well.
fn decider(refs: &mut Refs, path: &Path<'_>, team: TeamId, text: &str) -> Option<UserId> {
    let id = refs.user(path, text)?;
    let known = refs.index.people.get(&id);
    let ours = |theirs| refs.index.same_org(team, theirs);
    if known.is_some_and(|one| one.bot || !one.teams().any(ours)) {
        let what = format!("{text} is nobody of this workspace or its organisation");
        refs.found.add(path, what);
    }
    Some(id)
}
