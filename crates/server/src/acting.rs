//! Acting as people: they accept, approve and decline invitations in a client or on a page. What is
//! asked here is decided by the rules behind the methods, and refused with their codes.

use crate::control::Problem;
use guestlist_domain::{
    Actor, Caller, Facts, InvitationId, Moment, Plan, Stop, TeamId, Token, TokenHash, TokenKind,
    UserId,
    connect::{
        self,
        review::{self, Refusal},
    },
};
use guestlist_methods::{
    Arguments, Entry,
    common::Common,
    find,
    handle::{Answer, Run},
};
use guestlist_store::{Decide, Store, StoreError};
use serde_json::Value;
use std::sync::Arc;

/// Whoever acts, as a method knows its caller; the token that nobody was ever given holds what the
/// methods ask for.
pub(crate) async fn caller(
    store: &Store,
    id: UserId,
    workspace: Option<TeamId>,
) -> Result<Caller, Problem> {
    let no = |code, message: String| Err(Problem::invalid(code, message));
    let found = store.read(|reader| {
        let Some(user) = reader.user(id)? else {
            return Ok(None);
        };
        let team = workspace.unwrap_or(user.team);
        let workspace = reader.workspace(team)?;
        let org = workspace
            .as_ref()
            .and_then(|workspace| workspace.enterprise);
        let enterprise = match org {
            Some(id) => reader.look(|facts| Ok(facts.enterprise(id)?.cloned()))?,
            None => None,
        };
        Ok::<_, StoreError>(Some((user, workspace, enterprise)))
    });
    let Some((user, workspace, enterprise)) = found.await? else {
        return no("user_not_found", format!("there is no user {id}"));
    };
    let Some(workspace) = workspace.filter(|workspace| user.is_in(workspace.id)) else {
        let message = format!("{} is not in that workspace", user.id);
        return no("user_not_in_workspace", message);
    };
    if user.is_gone(store.clock().now()) {
        let message = format!("{} is removed and does nothing any more", user.id);
        return no("user_removed", message);
    }
    let kind = match user.bot {
        Some(_) => TokenKind::Bot,
        None => TokenKind::User,
    };
    let scopes = [
        "conversations.connect:manage",
        "conversations.connect:write",
    ];
    let token = Token {
        hash: TokenHash([0; 32]),
        team: workspace.id,
        kind,
        app: user.bot.and_then(|bot| bot.app),
        user: Some(user.id),
        scopes: scopes.map(str::to_owned).to_vec().into(),
        expires_at: None,
        revoked: false,
        workspaces: Vec::new(),
        channels: Vec::new(),
    };
    Ok(Caller {
        token: Arc::new(token),
        user,
        workspace,
        enterprise,
        app: None,
    })
}

/// What a method answers to them.
pub(crate) async fn call(
    store: &Store,
    method: &'static str,
    caller: Arc<Caller>,
    args: &Arguments,
) -> Result<Value, Problem> {
    let entry = find(method).ok_or_else(|| Problem::failed(format!("no method {method}")))?;
    let answer = match entry.run {
        Run::Plain(run) => run(Some(&caller), args, store.clock().now()),
        Run::Store(run) => run(store, caller, args).await,
        Run::Open(run) => run(store, args).await,
        // People do not act with tokens of apps.
        Run::App(_) => Answer::refused(Common::NotAllowedTokenType),
    };
    match answer {
        Answer::Good { reply, .. } => {
            serde_json::from_slice(&reply).map_err(|error| Problem::failed(error.to_string()))
        }
        Answer::Refused { code, messages, .. } => Err(refused(entry, &code, &messages)),
    }
}

fn refused(entry: &Entry, code: &str, messages: &[String]) -> Problem {
    let mut errors = (entry.errors)().into_iter();
    match errors.find(|error| error.code == code) {
        Some(error) => Problem::invalid(error.code, error.sentence),
        // They were there when they were looked up.
        None if code == <&str>::from(Common::InvalidAuth) => Problem::invalid(
            "workspace_not_found",
            "the workspace was removed meanwhile, and who acts with it",
        ),
        None => {
            let message = format!("{code} {}", messages.join(" "));
            Problem::invalid("invalid_arguments", message.trim_end())
        }
    }
}

/// An end that no method brings about, as the store decides it.
struct End {
    /// The inviting side takes it back; else a recipient does not accept.
    revoke: bool,
    caller: Arc<Caller>,
    invitation: InvitationId,
    site: Arc<str>,
}

impl Decide for End {
    type Outcome = ();
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor {
            team: self.caller.team(),
            user: Some(self.caller.id()),
            app: None,
        }
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<Problem>> {
        let question = review::Ask {
            who: &connect::Actor::from(self.caller.as_ref()),
            invitation: Some(self.invitation),
            target: None,
            site: &self.site,
        };
        let rule = match self.revoke {
            true => review::revoke,
            false => review::turn_down,
        };
        rule(facts, &question, moment).map_err(|stop| {
            stop.map(|refusal| match refusal {
                Refusal::Inactive | Refusal::Done => {
                    Problem::invalid("inactive_invite", "the invitation is no longer open")
                }
                Refusal::Restricted => Problem::invalid(
                    "restricted_action",
                    "only who sent an invitation, and who may manage those of their workspace, takes it back",
                ),
                _ => Problem::invalid("invite_not_found", "the invitation is not theirs"),
            })
        })
    }
}

/// A recipient does not accept, or the inviting side takes it back.
pub(crate) async fn end(
    store: &Store,
    caller: Arc<Caller>,
    invitation: InvitationId,
    revoke: bool,
) -> Result<(), Problem> {
    let site = store.site();
    let asked = End {
        revoke,
        caller,
        invitation,
        site,
    };
    Ok(store.write(Arc::new(asked)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_a_workspace_is_gone_is_told_as_what_it_is() {
        let entry = find("conversations.acceptSharedInvite").unwrap();
        let said = |code| refused(entry, code, &[]).code;
        assert_eq!(said("invalid_auth"), "workspace_not_found");
        assert_eq!(said("name_taken"), "name_taken");
        assert_eq!(said("else"), "invalid_arguments");
    }
}
