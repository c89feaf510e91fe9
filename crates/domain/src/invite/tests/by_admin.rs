//! What is different when an admin invites.

use super::*;
use crate::invite::by_admin::{self, Failed, Refusal, Why};

type Change = fn(&mut Scene);

/// U0ME is an admin, and in no channel.
fn scene(change: Change) -> Scene {
    let mut scene = Scene::new();
    scene.user.role = Role::Admin;
    scene.facts.put_membership(id("C0OPS"), id("U0ME"), None);
    change(&mut scene);
    scene
}

/// Who comes in, and who does not.
fn ask(scene: Scene, people: &str) -> Result<(Vec<String>, Failed), Stop<Refusal>> {
    let channel = scene.channel.id;
    let (facts, caller) = scene.ready();
    let people = named(people);
    let ask = by_admin::Ask {
        caller: &caller,
        channel: Some(channel),
        people: &people,
    };
    let mut moment = Moment::new(Timestamp(1_000), Timestamp(0));
    let plan = by_admin::decide(&facts, &ask, &mut moment, &mut Blind)?;
    let joined = plan.changes.iter().map(|change| match change {
        crate::Change::Joined { user, .. } => user.to_string(),
        other => panic!("{other:?}"),
    });
    Ok((joined.collect(), plan.outcome))
}

#[test]
fn what_answers_the_whole_call() {
    use Refusal as No;
    let rows: &[(Change, Refusal)] = &[
        (|s| s.home.enterprise = None, No::NotAnEnterprise),
        (|s| s.user.role = Role::Member, No::NotAnAdmin),
        (|s| s.channel.team = id("T0EXT"), No::ChannelNotFound),
        (|s| s.channel.kind = ChannelKind::Im, No::Dm),
        (|s| s.channel.kind = ChannelKind::Mpim, No::Dm),
        (
            |s| (s.channel.org_wide, s.channel.mandatory) = (true, true),
            No::OrgWideDefault,
        ),
        (
            |s| (s.channel.org_wide, s.channel.general) = (true, true),
            No::OrgWideDefault,
        ),
        (|s| s.channel.general = true, No::General),
        (|s| s.org.ekm_suspended = true, No::EkmSuspended),
        (
            |s| s.channel.access_list = vec![id("U0ANN")],
            No::AccessDenied,
        ),
        (
            |s| {
                s.channel.team = id("T0EXT");
                connect(s, "T0HOME", true);
            },
            No::PostOnly,
        ),
        // The connection is another workspace's of the organisation.
        (
            |s| {
                s.channel.team = id("T0EXT");
                connect(s, "T0SIS", true);
            },
            No::PostOnly,
        ),
    ];
    for (n, (change, expected)) in rows.iter().enumerate() {
        assert_eq!(
            ask(scene(*change), "U0ANN"),
            Err(Stop::Refused(*expected)),
            "row {n}: {expected:?}"
        );
    }
}

#[test]
fn what_conversations_invite_asks_of_a_caller_is_not_asked_of_admins() {
    let rows: &[Change] = &[
        |_| {},
        |s| s.channel.kind = ChannelKind::Private,
        |s| s.home.who_may_invite = Who::Admins,
        // The method's own scope was looked at before.
        |s| s.token.scopes = Vec::new().into(),
        |s| s.channel.workspaces = vec![id("T0SIS")],
        |s| (s.channel.org_wide, s.channel.mandatory) = (true, false),
    ];
    for (n, change) in rows.iter().enumerate() {
        assert_eq!(
            ask(scene(*change), "U0ANN,U0BOT,U0BOB"),
            Ok((named_so("U0ANN,U0BOT,U0BOB"), vec![])),
            "row {n}"
        );
    }
}

fn named_so(people: &str) -> Vec<String> {
    people.split(',').map(str::to_owned).collect()
}

#[test]
fn whoever_can_comes_in_and_the_others_are_told() {
    use PersonRefusal as No;
    let people = "U0ANN,nonsense,U0EXT,U0GONE,U0IN,USLACKBOT,U0SIS,U0ME,U0BOB";
    let expected = [
        ("nonsense", No::UserNotFound),
        ("U0EXT", No::UserNotFound),
        ("U0GONE", No::Removed),
        ("U0IN", No::AlreadyInChannel),
        ("USLACKBOT", No::CantInvite),
        ("U0SIS", No::OrgUserNotInTeam),
    ];
    let expected = expected.map(|(person, no)| (person.to_owned(), Why::Person(no)));
    assert_eq!(
        ask(scene(|_| {}), people),
        Ok((named_so("U0ANN,U0ME,U0BOB"), expected.to_vec()))
    );
}

#[test]
fn a_channel_that_takes_nobody_is_said_of_each() {
    for (change, no) in [
        (
            (|s| s.channel.archived = true) as Change,
            ChannelRefusal::IsArchived,
        ),
        (|s| s.channel.migrating = true, ChannelRefusal::Migrating),
        (
            |s| (s.channel.archived, s.channel.migrating) = (true, true),
            ChannelRefusal::IsArchived,
        ),
    ] {
        let each = ["U0ANN", "nonsense", "U0IN"];
        let each = each.map(|person| (person.to_owned(), Why::Channel(no)));
        assert_eq!(
            ask(scene(change), "U0ANN,nonsense,U0IN"),
            Ok((vec![], each.to_vec()))
        );
    }
}
