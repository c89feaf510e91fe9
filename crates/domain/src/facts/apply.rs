//! Facts follow changes: whoever holds them need not load anew what was decided.

use super::{Facts, Mark, Membership};
use crate::{change::Change, message::What, seed::Seed};
use std::sync::Arc;

impl Facts {
    /// Makes the facts show what a change does.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Joined {
                channel, user, ts, ..
            } => {
                let was = self.membership(*channel, *user);
                self.put_membership(*channel, *user, Some(Membership::new(*ts)));
                self.shift_places(*channel, *user, true);
                if matches!(was, Ok(Some(_))) {
                    return;
                }
                self.shift_counts(*channel, *user, |count| count.saturating_add(1));
            }
            Change::Left { channel, user, .. } | Change::Dropped { channel, user } => {
                let was = self.membership(*channel, *user);
                self.put_membership(*channel, *user, None);
                self.shift_places(*channel, *user, false);
                if was == Ok(None) {
                    return;
                }
                self.shift_counts(*channel, *user, |count| count.saturating_sub(1));
            }
            Change::Created { channel } => {
                self.put_handle(channel.team, &channel.handle(), Some(channel.id));
                self.member_counts.insert(channel.id, 0);
                self.put_roster(channel.id, []);
                self.put_shared(channel);
            }
            Change::Edited { channel, message } => {
                if let What::Renamed { old_name, name } = &message.what {
                    self.put_handle(channel.team, old_name, None);
                    self.put_handle(channel.team, name, Some(channel.id));
                }
                self.channels.insert(channel.id, Some(channel.clone()));
            }
            Change::Posted { .. } | Change::Shown { .. } | Change::Raised { .. } => {}
            // Who looks at what was said is decided by itself.
            Change::Reworded { .. } | Change::Deleted { .. } => {}
            Change::Invitation { .. }
            | Change::Shared { .. }
            | Change::Severed { .. }
            | Change::Mail { .. } => self.apply_connect(change),
            Change::DmClosed {
                channel,
                user,
                closed,
            } => {
                if let Ok(Some(place)) = self.membership(*channel, *user) {
                    self.put_membership(
                        *channel,
                        *user,
                        Some(Membership {
                            closed: *closed,
                            ..place
                        }),
                    );
                }
            }
            Change::Marked {
                channel,
                user,
                ts,
                at,
            } => {
                if let Ok(Some(place)) = self.membership(*channel, *user) {
                    let mark = Some(Mark { ts: *ts, at: *at });
                    self.put_membership(*channel, *user, Some(Membership { mark, ..place }));
                }
            }
            Change::TokenMade { .. }
            | Change::TokenEdited { .. }
            | Change::TokenRevoked { .. }
            | Change::CodeMade { .. }
            | Change::CodeUsed { .. }
            | Change::UserMade { .. }
            | Change::UserEdited { .. }
            | Change::Assigned { .. }
            | Change::Unassigned { .. }
            | Change::AppMade { .. }
            | Change::AppEdited { .. } => self.apply_access(change),
            Change::UsergroupMade { group } | Change::UsergroupEdited { group, .. } => {
                self.apply_usergroup(group);
            }
            Change::InviteRequest { request } => self.apply_invite_request(request),
            Change::UsergroupErased { team, group } => self.erase_usergroup(*team, *group),
            Change::Added { seed } => self.apply_added(seed),
            // Whoever holds facts on forgets them after a removal.
            Change::Removed { .. } => {}
            Change::Deauthorized { .. }
            | Change::TeamAccess { .. }
            | Change::Uninstalled { .. } => {}
        }
    }

    /// Shows that what was added is there. What hangs on it (who is in what, which names are taken) is
    /// not shown: whoever holds facts on forgets them after an addition.
    fn apply_added(&mut self, seed: &Seed) {
        for enterprise in &seed.enterprises {
            self.put_enterprise(enterprise.id, Some(Arc::new(enterprise.clone())));
        }
        for workspace in &seed.workspaces {
            self.put_workspace(workspace.id, Some(Arc::new(workspace.clone())));
        }
        for user in &seed.users {
            self.put_standing(user.id, Some(user.into()));
            self.put_user(user.id, Some(Arc::new(user.clone())));
        }
        for channel in &seed.channels {
            self.put_channel(channel.id, Some(Arc::new(channel.clone())));
        }
        for (_, invitation) in &seed.invitations {
            self.put_invitation(invitation.id, Some(Arc::new(invitation.clone())));
        }
        for request in &seed.invite_requests {
            self.apply_invite_request(&Arc::new(request.clone()));
        }
        for app in &seed.apps {
            let app = Arc::new(app.clone());
            self.apply_access(&Change::AppMade { app });
        }
        for token in &seed.tokens {
            self.put_token(token.hash, Some(Arc::new(token.clone())));
        }
    }
}
