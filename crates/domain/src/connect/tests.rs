//! The life of a connection, step by step over facts that show each step before the next.

mod world;

use super::{Party, accept, request, review, rights, send::Refusal as NotSent, sever, step};
use crate::{
    Moment, TeamId, Timestamp, UserId,
    channel::{Channel, ChannelKind},
    facts::Membership,
    invitation::{Invitation, LIFE_SECONDS, OnInvite, StandingAnswer, State},
    trail::Blind,
    user::{Guest, Role, User},
    workspace::{self, Approval, Who, Workspace},
};
use std::sync::Arc;
use world::{EDGE, World, id};

#[test]
fn where_nobody_reviews_accepting_connects() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", false).unwrap();
    assert_eq!(sent.state, State::Sent);
    assert_eq!(world.accept("U0GIL", sent.id), Ok(true));
    assert_eq!(world.state(sent.id), State::Approved);
    let channel = world.channel("C0OPS");
    assert_eq!(channel.name_in(id("T0GLO")), "acme-ops");
    assert_eq!(channel.name_in(id("T0ACME")), "ops");
    assert!(world.is_in(id("C0OPS"), "U0GIL") && !world.is_in(id("C0OPS"), "U0GUS"));
    assert!(world.sees("U0GUS", id("C0OPS")).is_some());
    assert!(world.sees("U0XEN", id("C0OPS")).is_none());
    assert_eq!(
        world.facts.handle(id("T0GLO"), "acme-ops"),
        Ok(Some(id("C0OPS")))
    );
}

#[test]
fn each_side_has_the_channel_public_or_private_for_itself() {
    use ChannelKind::{Private, Public};
    for (host, private, limited, kind) in [
        (Private, Some(false), false, Public),
        (Private, Some(true), false, Private),
        (Private, Some(false), true, Private),
        (Private, None, false, Private),
        (Public, Some(false), false, Public),
        (Public, Some(true), false, Private),
        (Public, None, false, Public),
        (Public, None, true, Private),
        (ChannelKind::Mpim, Some(false), false, ChannelKind::Mpim),
    ] {
        let mut world = World::new();
        world.edit("C0OLD", |old| {
            old.kind = host;
            old.connections[0].private = private;
            old.connections[0].external_limited = limited;
        });
        let old = world.channel("C0OLD");
        assert_eq!(old.kind_in(id("T0ACME")), host);
        let what = format!("{host:?} {private:?} {limited}");
        assert_eq!(old.kind_in(id("T0GLO")), kind, "{what}");
        let seen = world.sees("U0GUS", id("C0OLD")).map(|seen| seen.kind());
        assert_eq!(seen, (kind == Public).then_some(Public), "{what}");
    }

    // As whoever accepts chooses, also of the copy that is left.
    let mut world = World::new();
    world.edit("C0OPS", |ops| ops.kind = Private);
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.accept("U0GIL", sent).unwrap();
    let seen = world.sees("U0GUS", id("C0OPS")).map(|seen| seen.kind());
    assert_eq!(seen, Some(Public));
    assert!(world.sees("U0XEN", id("C0OPS")).is_none());
    world.sever("U0ADA", &[]).unwrap();
    assert_eq!(copy_of(&world, "T0GLO").kind, Public);
}

#[test]
fn each_side_that_reviews_has_to_say_yes_in_any_order() {
    for order in [["U0ADA", "U0GIL"], ["U0GIL", "U0ADA"]] {
        let mut world = World::new();
        for team in ["T0ACME", "T0GLO"] {
            world.workspace(team, |team| team.connect.approval = Approval::Required);
        }
        let sent = world.send("U0GREET", "U0GBOT", true).unwrap().id;
        assert_eq!(world.accept("U0GBOT", sent), Ok(false));
        assert_eq!(world.channel("C0OPS").pending, [id::<TeamId>("T0GLO")]);
        assert!(world.sees("U0GBOT", id("C0OPS")).is_none());
        let target = |by: &str| (by == "U0ADA").then_some("T0GLO");
        let [first, second] = order;
        let raised = world.review(first, sent, target(first), true);
        assert_eq!(raised, Ok(vec!["shared_channel_invite_approved"]));
        assert_eq!(
            world.review(first, sent, target(first), true),
            Err(review::Refusal::Said)
        );
        assert_eq!(world.state(sent), State::PendingApproval);
        let raised = world.review(second, sent, target(second), true).unwrap();
        assert_eq!(
            raised,
            [
                "shared_channel_invite_approved",
                "channel_shared",
                "channel_shared"
            ]
        );
        assert_eq!(world.state(sent), State::Approved);
        assert!(world.channel("C0OPS").pending.is_empty());
        let seen = world.sees("U0GBOT", id("C0OPS")).unwrap();
        assert!(seen.is_member() && seen.is_post_only() && seen.is_private());
        assert_eq!(
            world.review(first, sent, target(first), true),
            Err(review::Refusal::Done)
        );
    }
}

#[test]
fn of_two_acceptances_one_wins() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    assert_eq!(world.accept("U0GUS", sent), Ok(true));
    assert_eq!(world.accept("U0GIL", sent), Err(accept::Refusal::Used));
    assert!(world.is_in(id("C0OPS"), "U0GUS") && !world.is_in(id("C0OPS"), "U0GIL"));
}

#[test]
fn whoever_holds_an_invitation_gets_no_second_one() {
    let mut world = World::new();
    let first = world.send("U0GREET", "gil@t0glo.test", true).unwrap();
    let again = world.send("U0ADA", "GIL@t0glo.test", false).unwrap();
    assert_eq!(first, again);
    assert_eq!(
        world.accept("U0GUS", first.id),
        Err(accept::Refusal::WrongEmail)
    );
    world.workspace("T0GLO", |team| team.connect.approval = Approval::Required);
    assert_eq!(world.accept("U0GIL", first.id), Ok(false));
    assert_eq!(
        world.send("U0ADA", "gil@t0glo.test", true),
        Err(NotSent::Awaiting)
    );
}

#[test]
fn fourteen_days_end_an_invitation_and_fourteen_more_an_acceptance() {
    let mut world = World::new();
    world.workspace("T0GLO", |team| team.connect.approval = Approval::Required);
    let first = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.pass(LIFE_SECONDS - 1);
    assert_eq!(world.accept("U0GIL", first), Ok(false));
    world.pass(LIFE_SECONDS - 1);
    assert_eq!(world.due(first), [""; 0]);
    assert_eq!(world.state(first), State::PendingApproval);
    world.pass(1);
    // Refused at once, written down when somebody comes to it.
    assert_eq!(
        world.review("U0GIL", first, None, true),
        Err(review::Refusal::Over)
    );
    assert_eq!(world.channel("C0OPS").pending.len(), 1);
    world.due(first);
    assert_eq!(world.channel("C0OPS").pending.len(), 0);
    let stored = world.facts.invitation(first).unwrap().unwrap();
    assert_eq!(stored.state, State::Expired);

    let second = world.send("U0GREET", "U0GIL", false).unwrap().id;
    assert_ne!(first, second);
    world.pass(LIFE_SECONDS);
    assert_eq!(
        world.accept("U0GIL", second),
        Err(accept::Refusal::NotFound)
    );
    assert_eq!(
        world.review("U0GIL", second, None, false),
        Err(review::Refusal::Inactive)
    );
}

#[test]
fn a_no_ends_it_whoever_says_it() {
    let mut world = World::new();
    world.workspace("T0ACME", |team| team.connect.approval = Approval::Required);
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    assert_eq!(
        world.review("U0ADA", sent, Some("T0GLO"), false),
        Err(review::Refusal::NoAcceptance)
    );
    assert_eq!(world.accept("U0GIL", sent), Ok(true));
    assert_eq!(
        world.review("U0ADA", sent, None, false),
        Err(review::Refusal::NoTarget)
    );
    assert_eq!(
        world.review("U0XEN", sent, None, false),
        Err(review::Refusal::NotFound)
    );
    assert_eq!(
        world.review("U0GUS", sent, None, false),
        Err(review::Refusal::Restricted)
    );
    let raised = world.review("U0ADA", sent, Some("T0GLO"), false);
    assert_eq!(raised, Ok(vec!["shared_channel_invite_declined"]));
    assert_eq!(world.state(sent), State::Declined);
    assert!(world.channel("C0OPS").pending.is_empty());
    assert_eq!(world.accept("U0GIL", sent), Err(accept::Refusal::NotFound));
}

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
    let (sent, _) = world
        .run(|facts, moment| {
            request::approve(
                facts,
                &owner,
                Some(asked),
                &changed,
                EDGE,
                moment,
                &mut Blind,
            )
        })
        .unwrap();
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
    let again = world.run(|facts, moment| {
        request::approve(
            facts,
            &owner,
            Some(other),
            &changed,
            EDGE,
            moment,
            &mut Blind,
        )
    });
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
    let owner = world.actor("U0ADA");
    let changed = request::Changed {
        channel: Some(Some(id("C0NEW"))),
        ..request::Changed::default()
    };
    world
        .run(|facts, moment| {
            request::approve(
                facts,
                &owner,
                Some(asked),
                &changed,
                EDGE,
                moment,
                &mut Blind,
            )
        })
        .unwrap();
    let offers = |channel| -> Vec<_> {
        let offers = world.facts.offers(id(channel)).unwrap();
        offers.iter().map(|one| one.id).collect()
    };
    assert_eq!((offers("C0OPS"), offers("C0NEW")), (vec![], vec![asked]));
    assert_ne!(world.send("U0GREET", "U0GIL", true).unwrap().id, asked);
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
    let owner = world.actor("U0ADA");
    let asked = Some(asked);
    world
        .run(|facts, moment| {
            request::approve(facts, &owner, asked, &changed, EDGE, moment, &mut Blind)
        })
        .map(|(sent, _)| sent.state)
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
        let (_, change) = step(id("T0ACME"), crate::invitation::Step::Sent, next);
        world.facts.apply(&change);
    };
    moved(&mut world, "C0NEW");
    let sent = approve(&mut world, changed.clone(), |_| {});
    assert_eq!(sent, Err(request::Refusal::NotShareable));
    let sent = approve(&mut world, request::Changed::default(), |_| {});
    assert_eq!(sent, Ok(State::Sent));
}

#[test]
fn who_has_a_standing_answer_gives_it_when_its_time_has_come() {
    for (answer, state) in [
        (StandingAnswer::AutoAccept, State::Approved),
        (StandingAnswer::AutoDecline, State::Declined),
    ] {
        let mut world = World::new();
        let after = 3 * 86_400;
        world.workspace("T0GLO", |team| {
            team.connect.on_invite = Some(OnInvite { answer, after });
        });
        let sent = world.send("U0GREET", "gil@t0glo.test", false).unwrap().id;
        world.pass(i64::from(after) - 1);
        assert_eq!(world.due(sent), [""; 0]);
        assert_eq!(world.state(sent), State::Sent);
        world.pass(1);
        assert!(!world.due(sent).is_empty());
        assert_eq!(world.state(sent), state);
        assert_eq!(world.due(sent), [""; 0]);
    }
}

#[test]
fn who_is_gone_answers_nothing_by_themselves() {
    for answer in [StandingAnswer::AutoAccept, StandingAnswer::AutoDecline] {
        for to in ["U0GIL", "gil@t0glo.test"] {
            let mut world = World::new();
            world.workspace("T0GLO", |team| {
                team.connect.on_invite = Some(OnInvite { answer, after: 60 });
            });
            let sent = world.send("U0GREET", to, false).unwrap().id;
            world.person("U0GIL", |gil| gil.removed = true);
            world.pass(60);
            assert_eq!(world.due(sent), [""; 0], "{to}");
            let known = world.facts.invitation(sent).unwrap().unwrap();
            assert_eq!((known.state, known.expected), (State::Sent, None), "{to}");
        }
    }
}

#[test]
fn whoever_accepted_comes_in_only_as_one_who_still_could() {
    type Change = fn(&mut User);
    let became: [(&str, Change); 4] = [
        ("removed", |gil| gil.removed = true),
        ("elsewhere", |gil| gil.team = id("T0INI")),
        ("single", |gil| gil.guest = Some(Guest::SingleChannel)),
        ("multi", |gil| gil.guest = Some(Guest::MultiChannel)),
    ];
    for (what, change) in became {
        let mut world = World::new();
        world.workspace("T0GLO", |team| team.connect.approval = Approval::Required);
        world.person("U0GUS", |gus| gus.role = Role::Owner);
        let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
        assert_eq!(world.accept("U0GIL", sent), Ok(false));
        world.person("U0GIL", change);
        world.review("U0GUS", sent, None, true).unwrap();
        assert_eq!(world.state(sent), State::Approved);
        assert!(!world.is_in(id("C0OPS"), "U0GIL"), "{what}");
        // The sides are connected all the same: others come in.
        assert!(world.sees("U0GUS", id("C0OPS")).is_some(), "{what}");
    }
}

#[test]
fn an_answer_that_cannot_be_given_is_not_tried_for_ever() {
    let mut world = World::new();
    world.workspace("T0GLO", |team| {
        team.connect.on_invite = Some(OnInvite {
            answer: StandingAnswer::AutoAccept,
            after: 0,
        });
    });
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.edit("C0OPS", |channel| channel.migrating = true);
    world.due(sent);
    let known = world.facts.invitation(sent).unwrap().unwrap();
    assert_eq!((known.state, known.expected), (State::Sent, None));
    assert_eq!(known.due(), Some(known.expires));
}

#[test]
fn who_is_disconnected_keeps_a_frozen_copy_and_may_come_back() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.accept("U0GIL", sent).unwrap();
    assert_eq!(
        world.sever("U0XEN", &[]),
        Err(sever::Refusal::NotAnEnterprise)
    );
    assert_eq!(world.sever("U0ADA", &["T0ACME"]), Err(sever::Refusal::Host));
    assert_eq!(
        world.sever("U0ADA", &["T0INI"]),
        Err(sever::Refusal::NotInChannel)
    );
    // As facts that outlive a call have it.
    let gil: UserId = id("U0GIL");
    world.facts.put_channels_of(gil, []);
    assert_eq!(world.sever("U0ADA", &[]), Ok(()));
    assert_eq!(world.state(sent), State::Disconnected);
    assert!(world.sees("U0GIL", id("C0OPS")).is_none());
    assert!(!world.is_in(id("C0OPS"), "U0GIL"));

    let copy = world.facts.handle(id("T0GLO"), "acme-ops");
    assert_eq!(copy, Ok(None), "the name is free again");
    let copy = copy_of(&world, "T0GLO");
    assert!(copy.archived && copy.id != id("C0OPS") && copy.name == "acme-ops");
    let until = copy.frozen.map(|frozen| frozen.until);
    assert!(until.is_some() && world.channel("C0OPS").kept == until);
    assert!(world.is_in(copy.id, "U0GIL"));
    let places = world.facts.channels_of(gil).unwrap();
    assert!(places.contains(&copy.id) && !places.contains(&id("C0OPS")));
    assert_eq!(world.sever("U0ADA", &[]), Err(sever::Refusal::NotShared));

    let again = world.send("U0GREET", "U0GIL", true).unwrap().id;
    assert_ne!(sent, again);
    assert_eq!(world.accept("U0GIL", again), Ok(true));
    let channel = world.channel("C0OPS");
    assert!(channel.former.is_empty() && channel.connections[0].external_limited);

    // A side that could only post keeps nothing.
    world.sever("U0ADA", &["T0GLO"]).unwrap();
    assert_eq!(copy_of(&world, "T0GLO").id, copy.id);
}

/// The one copy that a workspace has; it is found as the channels its people are in are.
fn copy_of(world: &World, team: &str) -> Channel {
    let ids = (0..).map(|n| Moment::new(world.now, Timestamp(world.now.0 - 1 + n)).channel_id('C'));
    let mut found = ids.take(64).filter_map(|id| {
        let channel = world.facts.channel(id).unwrap()?;
        (channel.team == id_of(team) && channel.frozen.is_some()).then(|| Channel::clone(channel))
    });
    found.next().expect("a copy")
}

fn id_of(team: &str) -> TeamId {
    id(team)
}

#[test]
fn partners_are_let_do_more_and_less() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", true).unwrap().id;
    world.accept("U0GIL", sent).unwrap();
    let caller = world.caller("U0ADA");
    for limited in [false, true] {
        let target = Some(Party::Team(id("T0GLO")));
        world
            .run(|facts, moment| {
                rights::set(facts, &caller, Some(id("C0OPS")), target, limited, moment)
            })
            .unwrap();
        let side = &world.channel("C0OPS").connections[0];
        assert_eq!(side.external_limited, limited);
    }
    let partner = world.caller("U0GIL");
    let target = Some(Party::Team(id("T0GLO")));
    let refused = world.run(|facts, moment| {
        rights::set(facts, &partner, Some(id("C0OPS")), target, false, moment)
    });
    assert_eq!(refused.err(), Some(rights::Refusal::Restricted));
}

#[test]
fn an_organisation_goes_with_all_that_is_shared() {
    let mut world = World::new();
    let sent = world.send("U0GREET", "U0GIL", false).unwrap().id;
    world.accept("U0GIL", sent).unwrap();
    let caller = world.caller("U0ADA");
    world
        .run(|facts, moment| sever::disconnect_party(facts, &caller, Some(id("T0GLO")), moment))
        .unwrap();
    for channel in ["C0OLD", "C0OPS"] {
        assert!(world.channel(channel).connection(id("T0GLO")).is_none());
    }
    assert!(world.channel("C0OLD").connection(id("T0INI")).is_some());
    let again = world
        .run(|facts, moment| sever::disconnect_party(facts, &caller, Some(id("T0GLO")), moment));
    assert_eq!(again.err(), Some(sever::PartnerRefusal::InvalidTarget));
    let nobody: UserId = id("U0GIL");
    assert_eq!(world.facts.side(id("C0OPS"), id("T0GLO")), Ok(Vec::new()));
    assert!(
        world
            .facts
            .membership(id("C0OPS"), nobody)
            .unwrap()
            .is_none()
    );
}
