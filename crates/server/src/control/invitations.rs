//! People answer invitations in a client, which tests have none of.

use super::Problem;
use crate::acting;
use guestlist_domain::{InvitationId, TeamId, UserId};
use guestlist_methods::Arguments;
use guestlist_store::Store;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

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
    /// The one that the path names so.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "accept" => Some(Self::Accept),
            "approve" => Some(Self::Approve),
            "decline" => Some(Self::Decline),
            "revoke" => Some(Self::Revoke),
            _ => None,
        }
    }
}

/// Who does it, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answering {
    /// Who.
    pub user: UserId,
    /// Which invitation.
    pub invitation: InvitationId,
    /// In which workspace; their own when left out.
    #[serde(default)]
    pub workspace: Option<TeamId>,
    /// What the channel is called there when accepted; as at the host's when left out.
    #[serde(default)]
    pub name: Option<String>,
    /// Private there.
    #[serde(default)]
    pub private: bool,
    /// The other party, which the inviting side names; who accepted when left out.
    #[serde(default)]
    pub target_team: Option<String>,
}

/// Somebody answers an invitation; the method's reply.
pub(super) async fn answer(store: &Store, deed: Deed, ask: Answering) -> Result<Value, Problem> {
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
