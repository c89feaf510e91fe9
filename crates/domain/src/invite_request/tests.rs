use super::*;
use crate::{
    change::Change,
    channel::{Channel, ChannelKind},
    connect::Edge,
    facts::{Facts, Membership, Stop},
    people::invite::Refusal,
    time::Moment,
    user::{Bot, Invited, Role, Stage as Joining, User},
    workspace::{Status, Workspace},
};
use std::sync::Arc;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

/// What is known, and when.
struct Scene {
    facts: Facts,
    moment: Moment,
}

/// A workspace where invitations need approval. Ann is an admin, Ben a member who is in the private #ops and in #open,
/// Gus a guest, Otto gone, Ivy invited, Eve of another workspace.
fn scene() -> Scene {
    let mut facts = Facts::complete();
    let team: TeamId = id("T0ACME");
    let mut workspace = Workspace::new(team, "Acme", "acme");
    workspace.invitations_need_approval = true;
    facts.put_workspace(team, Some(Arc::new(workspace)));
    for (text, edit) in [
        ("U0ANN", (|user| user.role = Role::Admin) as fn(&mut User)),
        ("U0BEN", |_| {}),
        ("U0CLEO", |_| {}),
        ("U0GUS", |user| user.guest = Some(Guest::MultiChannel)),
        ("U0BOT", |user| {
            user.bot = Some(Bot {
                id: id("B0BOT"),
                app: None,
            });
        }),
        ("U0OTTO", |user| user.removed = true),
        ("U0IVY", |user| {
            user.removed = true;
            user.invited = Some(Invited {
                by: id("U0ANN"),
                at: NOW,
                channels: Vec::new(),
                link: "x".to_owned(),
                state: Joining::Pending,
            });
        }),
        ("U0EVE", |user| user.team = id("T0ELSE")),
    ] {
        let mut user = User::new(id(text), team, &text[2..].to_lowercase());
        user.email = Some(format!("{}@acme.test", user.name));
        edit(&mut user);
        facts.put_user(user.id, Some(Arc::new(user)));
    }
    for (text, kind) in [
        ("C0OPEN", ChannelKind::Public),
        ("C0OPS", ChannelKind::Private),
        ("C0PAST", ChannelKind::Public),
        ("C0SHUT", ChannelKind::Public),
    ] {
        let name = text[2..].to_lowercase();
        let mut channel = Channel::new(id(text), team, kind, &name, id("U0BEN"), NOW);
        channel.archived = text == "C0PAST";
        channel.no_guests = text == "C0SHUT";
        facts.put_channel(channel.id, Some(Arc::new(channel)));
        facts.put_membership(id(text), id("U0BEN"), Some(Membership::new(NOW)));
    }
    let moment = Moment::new(NOW, NOW);
    Scene { facts, moment }
}

fn wish<'a>(who: &str, email: &'a str, channels: &'a [Option<ChannelId>]) -> Wish<'a> {
    Wish {
        who: id(who),
        team: id("T0ACME"),
        org: None,
        email: Some(email),
        channels,
        guest: None,
        real_name: "",
        expires: None,
        reason: "",
        edge: Edge {
            chance: [7; 16],
            site: "http://guestlist.test",
            post: true,
        },
    }
}

/// Asks, and makes the facts show it.
fn asked(scene: &mut Scene, wish: &Wish<'_>) -> Result<Asked, NotAsked> {
    match ask(&scene.facts, wish, &mut scene.moment) {
        Ok(plan) => {
            for change in &plan.changes {
                scene.facts.apply(change);
            }
            Ok(plan.outcome)
        }
        Err(Stop::Refused(why)) => Err(why),
        Err(stop) => panic!("{stop:?}"),
    }
}

fn request(scene: &mut Scene, wish: &Wish<'_>) -> InviteRequest {
    match asked(scene, wish) {
        Ok(Asked::Requested(request)) => request.as_ref().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_may_ask() {
    let barred = |why| Err(NotAsked::Barred(why));
    for (who, expected) in [
        ("U0NO", barred(Barred::Nobody)),
        ("U0EVE", barred(Barred::NotInTeam)),
        ("U0OTTO", barred(Barred::Removed)),
        ("U0IVY", barred(Barred::Removed)),
        ("U0BOT", barred(Barred::Bot)),
        ("U0GUS", barred(Barred::Guest)),
    ] {
        let found = asked(&mut scene(), &wish(who, "nia@acme.test", &[]));
        assert_eq!(found.map(|_| ()), expected, "{who}");
    }
    let mut scene = scene();
    let mut moves = Workspace::new(id("T0ACME"), "Acme", "acme");
    moves.status = Status::Migrating;
    scene.facts.put_workspace(moves.id, Some(Arc::new(moves)));
    let found = asked(&mut scene, &wish("U0ANN", "nia@acme.test", &[]));
    assert_eq!(found.map(|_| ()), barred(Barred::TeamNotActive));
}

#[test]
fn what_cannot_be_asked_for() {
    let long = "é".repeat(MOST_REASON + 1);
    type Edit<'a> = &'a dyn Fn(&mut Wish<'_>);
    let cases: [(&str, &str, Edit<'_>, NotAsked); 12] = [
        (
            "nia",
            "",
            &|w| w.email = None,
            NotAsked::Invite(Refusal::InvalidEmail),
        ),
        ("ben", "", &|_| {}, NotAsked::Invite(Refusal::AlreadyIn)),
        ("otto", "", &|_| {}, NotAsked::Invite(Refusal::Removed)),
        (
            "ivy",
            "",
            &|_| {},
            NotAsked::Invite(Refusal::AlreadyInvited),
        ),
        (
            "nia",
            "C0PAST",
            &|_| {},
            NotAsked::Invite(Refusal::Channels),
        ),
        (
            "nia",
            "C0NONE",
            &|_| {},
            NotAsked::Invite(Refusal::Channels),
        ),
        // Cleo does not see it.
        (
            "nia",
            "C0OPS",
            &|w| w.who = id("U0CLEO"),
            NotAsked::Invite(Refusal::Channels),
        ),
        (
            "nia",
            "C0SHUT",
            &|w| w.guest = Some(Guest::MultiChannel),
            NotAsked::Invite(Refusal::Channels),
        ),
        (
            "nia",
            "",
            &|w| w.guest = Some(Guest::MultiChannel),
            NotAsked::Invite(Refusal::Channels),
        ),
        (
            "nia",
            "",
            &|w| w.expires = Some(later(60)),
            NotAsked::Invite(Refusal::Expiration),
        ),
        (
            "nia",
            "C0OPEN",
            &|w| {
                w.guest = Some(Guest::MultiChannel);
                w.expires = Some(NOW);
            },
            NotAsked::Invite(Refusal::Expiration),
        ),
        (
            "nia",
            "",
            &|w| w.guest = Some(Guest::SingleChannel),
            NotAsked::Invite(Refusal::Channels),
        ),
    ];
    for (name, channel, edit, expected) in cases {
        let email = format!("{name}@acme.test");
        let channels: Vec<_> = channel.parse().ok().map(Some).into_iter().collect();
        let mut wish = wish("U0BEN", &email, &channels);
        edit(&mut wish);
        let found = asked(&mut scene(), &wish);
        assert_eq!(found.map(|_| ()), Err(expected), "{wish:?}");
    }
    let mut wish = wish("U0BEN", "nia@acme.test", &[]);
    wish.reason = &long;
    let found = asked(&mut scene(), &wish);
    assert_eq!(found.map(|_| ()), Err(NotAsked::Reason));
}

#[test]
fn a_request_is_what_was_wished_and_invites_nobody_yet() {
    let mut scene = scene();
    let channels = [Some(id("C0OPS"))];
    let mut wish = wish("U0BEN", "nia@acme.test", &channels);
    wish.guest = Some(Guest::SingleChannel);
    wish.expires = Some(later(60));
    wish.real_name = "Nia";
    wish.reason = "A week of help";
    let made = request(&mut scene, &wish);
    let expected = InviteRequest {
        id: made.id,
        team: id("T0ACME"),
        email: "nia@acme.test".to_owned(),
        requesters: vec![id("U0BEN")],
        channels: vec![id("C0OPS")],
        guest: Some(Guest::SingleChannel),
        real_name: "Nia".to_owned(),
        expires: Some(later(60)),
        reason: "A week of help".to_owned(),
        created: NOW,
        state: State::Pending,
    };
    assert_eq!(made, expected);
    assert!(made.id.to_string().starts_with("Ir"));
    let holders = scene.facts.holders(id("T0ACME"), "nia@acme.test").unwrap();
    assert!(holders.is_empty());
}

#[test]
fn whoever_asks_for_the_same_joins_the_request_until_it_is_decided() {
    let mut scene = scene();
    let channels = [Some(id("C0OPEN"))];
    let first = request(&mut scene, &wish("U0BEN", "nia@acme.test", &channels));
    let again = asked(&mut scene, &wish("U0BEN", "nia@acme.test", &[]));
    assert_eq!(again.map(|_| ()), Err(NotAsked::Already(first.id)));
    let second = request(&mut scene, &wish("U0CLEO", "nia@acme.test", &[]));
    let both = InviteRequest {
        requesters: vec![id("U0BEN"), id("U0CLEO")],
        ..first.clone()
    };
    assert_eq!(second, both);
    let other = request(&mut scene, &wish("U0CLEO", "noa@acme.test", &[]));
    assert_ne!(other.id, first.id);

    let denied = InviteRequest {
        state: State::Denied {
            by: id("U0ANN"),
            at: NOW,
        },
        ..second
    };
    scene.facts.apply(&Change::InviteRequest {
        request: Arc::new(denied),
    });
    let anew = request(&mut scene, &wish("U0BEN", "nia@acme.test", &[]));
    assert_eq!(anew.requesters, vec![id("U0BEN")]);
}

#[test]
fn admins_and_where_nobody_has_to_decide_everybody_invite_at_once() {
    let mut open = scene();
    let mut workspace = Workspace::clone(open.facts.workspace(id("T0ACME")).unwrap().unwrap());
    workspace.invitations_need_approval = false;
    open.facts
        .put_workspace(workspace.id, Some(Arc::new(workspace)));
    for (mut scene, who) in [(scene(), "U0ANN"), (open, "U0BEN")] {
        let found = asked(&mut scene, &wish(who, "nia@acme.test", &[]));
        let Ok(Asked::Invited(nia)) = found else {
            panic!("{found:?}");
        };
        assert!(nia.is_invited());
        assert_eq!(nia.invited.as_ref().unwrap().by, id(who));
    }
}
