//! Rows of Slack Connect invitations.

use super::{Build, Here};
use crate::world::{document, index::read, problem::Path, refs::Refs};
use guestlist_domain::{
    Invitation, Timestamp,
    invitation::{Acceptance, Expected, Recipient, Review, State, lapse},
};

impl Build<'_> {
    pub(super) fn invitations(
        &mut self,
        path: &Path<'_>,
        here: Here,
        invitations: Vec<document::Invitation>,
    ) {
        let path = path.key("invitations");
        for (i, from) in invitations.into_iter().enumerate() {
            if let Some(invitation) = self.invitation(&path.at(i), here, from) {
                self.pend(&invitation);
                self.seed.invitations.push((here.team, invitation));
            }
        }
    }

    /// What waits for approval shows on the channel.
    fn pend(&mut self, invitation: &Invitation) {
        let waits = invitation.state == State::PendingApproval;
        let team = invitation.acceptance.as_ref().filter(|_| waits);
        let mut channels = self.seed.channels.iter_mut();
        if let Some(acceptance) = team
            && let Some(channel) = channels.find(|channel| channel.id == invitation.channel)
        {
            channel.pending.push(acceptance.workspace);
        }
    }

    fn invitation(
        &mut self,
        path: &Path<'_>,
        here: Here,
        from: document::Invitation,
    ) -> Option<Invitation> {
        let refs = &mut self.refs;
        let channel = refs.channel(&path.key("channel"), &from.channel);
        if let Some(owner) = channel
            .and_then(|id| refs.index.channels.get(&id))
            .filter(|owner| **owner != here.team)
        {
            let what = format!(
                "{} is a channel of {owner}, which lists its own invitations",
                from.channel
            );
            refs.found.add(&path.key("channel"), what);
        }
        let created = refs.time(&path.key("created"), &from.created, refs.now);
        let updated = refs.time(&path.key("updated"), &from.updated, created);
        let accepted = matches!(
            from.state,
            State::PendingApproval | State::Approved | State::Disconnected
        );
        if accepted && from.acceptance.is_none() {
            refs.found.add(
                path,
                "in this state the key `acceptance` tells who accepted",
            );
        }
        let inviter = refs.user(&path.key("inviter"), &from.inviter);
        let to = recipient(refs, &path.key("to"), from.to);
        let acceptance = from
            .acceptance
            .map(|from| acceptance(refs, &path.key("acceptance"), from, updated));
        let expected = from
            .expected
            .map(|from| expected(refs, &path.key("expected"), from));
        Some(Invitation {
            id: read(&from.id)?,
            channel: channel?,
            inviter: inviter?,
            to: to?,
            external_limited: from.external_limited,
            message: from.message,
            requested: from.requested
                || matches!(from.state, State::Requested | State::RequestDenied),
            state: from.state,
            created,
            updated,
            expires: refs.time(&path.key("expires"), &from.expires, lapse(created)),
            reviewer: from
                .reviewer
                .and_then(|text| refs.user(&path.key("reviewer"), &text)),
            denial: from.denial,
            expected: expected.flatten(),
            link: from.link,
            conf_code: from.conf_code,
            acceptance: acceptance.flatten(),
        })
    }
}

fn recipient(refs: &mut Refs, path: &Path<'_>, from: document::Recipient) -> Option<Recipient> {
    match (from.email, from.user) {
        (Some(email), None) => refs.email(&path.key("email"), &email).map(Recipient::Email),
        (None, Some(user)) => refs.user(&path.key("user"), &user).map(Recipient::User),
        _ => {
            refs.found.add(path, "expected one of `email` and `user`");
            None
        }
    }
}

fn acceptance(
    refs: &mut Refs,
    path: &Path<'_>,
    from: document::Acceptance,
    updated: Timestamp,
) -> Option<Acceptance> {
    let at = refs.time(&path.key("at"), &from.at, updated);
    let workspace = refs.team(&path.key("workspace"), &from.workspace);
    let user = refs.user(&path.key("user"), &from.user);
    let expires = refs.time(&path.key("expires"), &from.expires, lapse(at));
    let awaiting = refs.list(&path.key("awaiting"), &from.awaiting, Refs::team);
    let reviews = path.key("reviews");
    let reviews = from
        .reviews
        .into_iter()
        .enumerate()
        .filter_map(|(i, from)| review(refs, &reviews.at(i), from, at));
    let reviews = reviews.collect();
    Some(Acceptance {
        workspace: workspace?,
        user: user?,
        name: from.name,
        private: from.private,
        at,
        expires,
        awaiting,
        reviews,
    })
}

fn review(
    refs: &mut Refs,
    path: &Path<'_>,
    from: document::Review,
    accepted: Timestamp,
) -> Option<Review> {
    Some(Review {
        workspace: refs.team(&path.key("workspace"), &from.workspace)?,
        user: from
            .user
            .and_then(|text| refs.user(&path.key("user"), &text)),
        at: refs.time(&path.key("at"), &from.at, accepted),
        approved: from.approved,
    })
}

fn expected(refs: &mut Refs, path: &Path<'_>, from: document::Expected) -> Option<Expected> {
    Some(Expected {
        user: refs.user(&path.key("user"), &from.user)?,
        answer: from.answer,
        at: refs.time_if_any(&path.key("at"), &Some(from.at))?,
    })
}
