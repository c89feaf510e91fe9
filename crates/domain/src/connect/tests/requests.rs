//! Requests to send an invitation, and what becomes of them.

use super::world::{EDGE, World, id};
use crate::{
    InvitationId,
    channel::{Channel, ChannelKind},
    connect::{accept, request, step},
    facts::Membership,
    invitation::{Invitation, LIFE_SECONDS, State, Step},
    trail::Blind,
    user::Role,
    workspace::{self, Who, Workspace},
};
use std::sync::Arc;

#[test]
fn a_request_is_sent_or_denied_once() {
    let mut world = World::new();
    world.workspace("T0ACME", |team| team.connect.review_before_sending = true);
    let asked = world.send("U0GREET", "U0GIL", true).unwrap().id;
    assert_eq!(world.state(asked), State::Requested);
    assert_eq!(world.accept("U0GIL", asked), Err(accept::Refusal::NotFound));
    let owner = world.actor("U0ADA");
    let changed = request::Changed {
        external_limited: Some(false),
        ..request::Changed::default()
    };
    world.pass(3600);
    let sent = let_send(&mut world, asked, &changed).unwrap();
    assert!(!sent.external_limited && sent.state == State::Sent);
    assert_eq!(sent.expires.0 - world.now.0, LIFE_SECONDS * 1_000_000);
    let again = world
        .run(|facts, moment| request::deny(facts, &owner, Some(asked), None, moment, &mut Blind));
    assert_eq!(again.err(), Some(request::Refusal::Approved));

    let other = world.send("U0GREET", "U0XEN", true).unwrap().id;
    world
        .run(|facts, moment| {
            request::deny(facts, &owner, Some(other), Some("no"), moment, &mut Blind)
        })
        .unwrap();
    assert_eq!(world.state(other), State::RequestDenied);
    let again = let_send(&mut world, other, &changed);
    assert_eq!(again.err(), Some(request::Refusal::Denied));
}

#[test]
fn a_request_that_is_approved_for_another_channel_is_of_the_old_one_no_more() {
    let mut world = World::new();
    world.workspace("T0ACME", |team| team.connect.review_before_sending = true);
    world.edit("C0OPS", |ops| ops.id = id("C0NEW"));
    let place = Membership::new(world.now);
    world
        .facts
        .put_membership(id("C0NEW"), id("U0GREET"), Some(place));
    let asked = world.send("U0GREET", "U0GIL", true).unwrap().id;
    let changed = request::Changed {
        channel: Some(Some(id("C0NEW"))),
        ..request::Changed::default()
    };
    let_send(&mut world, asked, &changed).unwrap();
    let offers = |channel| -> Vec<_> {
        let offers = world.facts.offers(id(channel)).unwrap();
        offers.iter().map(|one| one.id).collect()
    };
    assert_eq!((offers("C0OPS"), offers("C0NEW")), (vec![], vec![asked]));
    assert_ne!(world.send("U0GREET", "U0GIL", true).unwrap().id, asked);
}

/// U0ADA lets a request be sent.
fn let_send(
    world: &mut World,
    asked: InvitationId,
    changed: &request::Changed,
) -> Result<Arc<Invitation>, request::Refusal> {
    let owner = world.actor("U0ADA");
    let sent = world.run(|facts, moment| {
        request::approve(
            facts,
            &owner,
            Some(asked),
            changed,
            EDGE,
            moment,
            &mut Blind,
        )
    });
    sent.map(|(sent, _)| sent)
}

/// Approves what U0GREET asked to send to U0GIL, after a change of the world.
fn approve(
    world: &mut World,
    changed: request::Changed,
    change: impl FnOnce(&mut World),
) -> Result<State, request::Refusal> {
    world.workspace("T0ACME", |team| team.connect.review_before_sending = true);
    let asked = world.send("U0GREET", "U0GIL", true).unwrap().id;
    change(world);
    let_send(world, asked, &changed).map(|sent| sent.state)
}

#[test]
fn a_request_is_sent_only_as_its_inviter_may_send() {
    use request::{Changed, Refusal as No};
    let full = || Changed {
        external_limited: Some(false),
        ..Changed::default()
    };
    type Change = fn(&mut Workspace);
    let rows: [(Change, Changed, Result<State, No>); 7] = [
        (|_| {}, Changed::default(), Ok(State::Sent)),
        (
            |team| team.connect.send_full = Who::Admins,
            Changed::default(),
            Ok(State::Sent),
        ),
        (
            |team| team.connect.send_full = Who::Admins,
            full(),
            Err(No::NotPermitted),
        ),
        (
            |team| team.connect.send_post_only = Who::Nobody,
            Changed::default(),
            Err(No::NotPermitted),
        ),
        (
            |team| team.plan = workspace::Plan::Free,
            full(),
            Err(No::NotPermitted),
        ),
        (
            |team| team.connect.enabled = false,
            full(),
            Err(No::NotPermitted),
        ),
        (
            |team| team.connect.invite_external_people = Who::Nobody,
            full(),
            Err(No::NotShareable),
        ),
    ];
    for (row, (change, changed, expected)) in rows.into_iter().enumerate() {
        let mut world = World::new();
        world.person("U0GREET", |greet| greet.role = Role::Member);
        let sent = approve(&mut world, changed, |world| {
            world.workspace("T0ACME", change);
        });
        assert_eq!(sent, expected, "{row}");
    }
}

#[test]
fn a_request_is_for_a_channel_that_its_inviter_can_see() {
    use request::Refusal as No;
    for (kind, inside, expected) in [
        (ChannelKind::Public, false, Ok(State::Sent)),
        (ChannelKind::Private, true, Ok(State::Sent)),
        (ChannelKind::Private, false, Err(No::NoChannel)),
    ] {
        for other in [None, Some(Some(id("C0OTHER")))] {
            let mut world = World::new();
            let (of, now) = (other.map_or(id("C0OPS"), |other| other.unwrap()), world.now);
            let one = Channel::new(of, id("T0ACME"), kind, "other", id("U0ADA"), now);
            world.facts.put_channel(id("C0OTHER"), Some(Arc::new(one)));
            let changed = request::Changed {
                channel: other,
                ..request::Changed::default()
            };
            let sent = approve(&mut world, changed, |world| {
                if other.is_none() {
                    world.edit("C0OPS", |ops| ops.kind = kind);
                }
                let place = inside.then(|| Membership::new(world.now));
                world.facts.put_membership(of, id("U0GREET"), place);
            });
            assert_eq!(sent, expected, "{kind:?} {inside} {other:?}");
        }
    }
}

#[test]
fn a_request_does_not_become_a_second_invitation_to_a_channel() {
    let mut world = World::new();
    let first = world.send("U0ADA", "U0GIL", true).unwrap().id;
    let new = Channel::new(
        id("C0NEW"),
        id("T0ACME"),
        ChannelKind::Public,
        "new",
        id("U0ADA"),
        world.now,
    );
    world.facts.put_channel(new.id, Some(Arc::new(new)));
    let changed = request::Changed {
        channel: Some(Some(id("C0NEW"))),
        ..request::Changed::default()
    };
    // The first is to another channel when the second is asked for, and to the same when it is approved.
    let moved = |world: &mut World, to| {
        let known = world.facts.invitation(first).unwrap().unwrap().clone();
        let next = Invitation {
            channel: id(to),
            ..Invitation::clone(&known)
        };
        let (_, change) = step(id("T0ACME"), Step::Sent, next);
        world.facts.apply(&change);
    };
    moved(&mut world, "C0NEW");
    let sent = approve(&mut world, changed.clone(), |_| {});
    assert_eq!(sent, Err(request::Refusal::NotShareable));
    let sent = approve(&mut world, request::Changed::default(), |_| {});
    assert_eq!(sent, Ok(State::Sent));
}
