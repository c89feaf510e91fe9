//! People: who came, changed and went.

use super::{Action, Details, Entity, Here, Said};
use crate::{
    change::Change,
    facts::Missing,
    user::{Role, User},
};

impl Here<'_> {
    /// What a change of people comes to. Bots come and go with their apps.
    pub(super) fn of_user(&self, change: &Change) -> Result<Vec<Said>, Missing> {
        let (Change::UserMade { user }
        | Change::UserEdited { user, .. }
        | Change::Assigned { user, .. }) = change
        else {
            return Ok(Vec::new());
        };
        if user.bot.is_some() || !self.log.has_any(user.all_teams()) {
            return Ok(Vec::new());
        }
        let is_guest = user.guest.is_some();
        let guest_or = |guest, member| if is_guest { guest } else { member };
        let joined = guest_or(Action::GuestJoinedWorkspace, Action::UserJoinedWorkspace);
        let back = guest_or(Action::GuestReactivated, Action::UserReactivated);
        let (actions, team) = match change {
            // Who is invited is told of once they join.
            Change::UserMade { user } if user.has_come() => {
                let created = guest_or(Action::GuestCreated, Action::UserCreated);
                // Who is made gone, as identity providers may, has joined nothing.
                let joins = (!user.removed).then_some(joined);
                let ends = user.expires.filter(|_| is_guest);
                let ends = ends.map(|_| Action::GuestExpirationSet);
                let actions = [Some(created), joins, ends];
                let actions = actions.into_iter().flatten().collect();
                (actions, user.team)
            }
            // Who was in no workspace any more is in this one alone.
            Change::Assigned { user, team } if user.team == *team => (vec![back, joined], *team),
            Change::Assigned { team, .. } => (vec![joined], *team),
            Change::UserEdited {
                user,
                before: Some(before),
            } if before.has_come() && user.has_come() => {
                // Who was never there does not come back.
                let comes = if before.is_awaited() { joined } else { back };
                (self.edited(before, user, comes), user.team)
            }
            _ => return Ok(Vec::new()),
        };
        let before = match change {
            Change::UserEdited { before, .. } => before.as_deref(),
            _ => None,
        };
        let said = actions.into_iter().map(|action| {
            let entity = Entity::User(self.person(user.id)?);
            Ok(Said {
                details: details(action, before, user),
                ..self.said(action, entity, team)?
            })
        });
        said.collect()
    }

    /// What is another about somebody; `comes` if they are there now and were not.
    fn edited(&self, before: &User, user: &User, comes: Action) -> Vec<Action> {
        let mut actions = Vec::new();
        match (before.removed, user.removed) {
            (false, true) => actions.push(self.went(before)),
            (true, false) => actions.push(comes),
            _ => {}
        }
        let (was_guest, is_guest) = (before.guest.is_some(), user.guest.is_some());
        match (was_guest, is_guest) {
            (false, true) => actions.push(Action::RoleChangeToGuest),
            (true, true) => {}
            (_, false) if was_guest || before.role != user.role => actions.push(match user.role {
                Role::Member => Action::RoleChangeToUser,
                Role::Admin => Action::RoleChangeToAdmin,
                Role::Owner | Role::PrimaryOwner => Action::RoleChangeToOwner,
            }),
            _ => {}
        }
        if is_guest && before.expires != user.expires {
            actions.push(match user.expires {
                Some(_) => Action::GuestExpirationSet,
                None => Action::GuestExpirationCleared,
            });
        }
        if before.email != user.email {
            actions.push(Action::UserEmailUpdated);
        }
        if before.name != user.name {
            actions.push(Action::UserUsernameUpdated);
        }
        let names = |user: &User| {
            let (real, display) = (user.real_name.clone(), user.display_name.clone());
            (real, display, user.title.clone())
        };
        if names(before) != names(user) {
            actions.push(Action::UserProfileUpdated);
        }
        actions
    }

    /// How somebody went: a guest whose time was over, and whom nobody removed, by themselves.
    fn went(&self, before: &User) -> Action {
        let is_over = before.leaves().is_some_and(|at| at <= self.call.at);
        match before.guest {
            Some(_) if is_over && self.call.by.user.is_none() => Action::GuestExpired,
            Some(_) => Action::GuestDeactivated,
            None => Action::UserDeactivated,
        }
    }
}

fn details(action: Action, before: Option<&User>, user: &User) -> Details {
    let values = |of: fn(&User) -> Option<String>| Details {
        previous_value: before.and_then(of),
        new_value: of(user),
        ..Details::default()
    };
    match action {
        Action::UserEmailUpdated => values(|user| user.email.clone()),
        Action::UserUsernameUpdated => values(|user| Some(user.name.clone())),
        Action::GuestExpirationSet => Details {
            expires_on: user.expires.map(crate::Timestamp::seconds),
            ..Details::default()
        },
        Action::UserProfileUpdated => Details {
            previous_profile: before.map(Into::into),
            new_profile: Some(user.into()),
            ..Details::default()
        },
        _ => Details::default(),
    }
}
