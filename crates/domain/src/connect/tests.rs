//! The life of a connection, step by step over facts that show each step before the next.

mod requests;
mod world;

use super::{Party, accept, review, rights, send::Refusal as NotSent, sever};
use crate::{
    Moment, TeamId, Timestamp, UserId,
    channel::{Channel, ChannelKind},
    invitation::{LIFE_SECONDS, OnInvite, StandingAnswer, State},
    user::{Guest, Role, User},
    workspace::Approval,
};
use world::{World, id};

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
