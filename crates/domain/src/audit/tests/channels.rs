//! What becomes of channels, and who is told of it.

use super::*;
use crate::{
    audit::shape::ChannelKnown,
    invitation::{Acceptance, Invitation, Recipient, Sharing, State, Step, lapse},
    message::{Message, What},
};

#[test]
fn whoever_joins_is_the_actor_and_the_inviter_a_detail() {
    let call = call(
        "T0ACME",
        Some("U0ADA"),
        vec![joined("C0SEC", "U0BEN", Some("U0ADA"))],
    );
    let entries = entries(&acme(), &call);
    let entry = &entries[0];
    assert_eq!(entry.action, Action::UserChannelJoin);
    assert_eq!(entry.actor, person("U0BEN", "T0WEST", true));
    let known = ChannelKnown {
        name: "ops".to_owned(),
        privacy: "private",
        is_shared: false,
        is_org_shared: false,
        teams_shared_with: Vec::new(),
    };
    let channel = channel_of(entry);
    assert_eq!((channel.id, &channel.known), (id("C0SEC"), &Some(known)));
    let inviter = entry.details.inviter.as_ref().unwrap();
    assert_eq!(inviter.user, person("U0ADA", "T0ACME", true));
    let place = Workspace::new(id("T0ACME"), "T0ACME", "x");
    assert_eq!(entry.location, Names::of(&place));
}

#[test]
fn who_is_in_a_channel() {
    for (change, expected, detail) in [
        (joined("C0OPS", "U0ADA", None), "user_channel_join", ""),
        // Who comes by themselves is invited by nobody.
        (
            joined("C0OPS", "U0ADA", Some("U0ADA")),
            "user_channel_join",
            "",
        ),
        (
            joined("C0OPS", "U0MIA", Some("U0ADA")),
            "guest_channel_join",
            "inviter",
        ),
        (left("C0OPS", "U0ADA", None), "user_channel_leave", ""),
        (
            left("C0OPS", "U0BEN", Some("U0ADA")),
            "user_channel_leave",
            "kicker",
        ),
        (
            left("C0OPS", "U0MIA", Some("U0ADA")),
            "guest_channel_leave",
            "kicker",
        ),
        // DMs are nobody's to watch.
        (joined("D0IM", "U0ADA", None), "", ""),
    ] {
        let call = call("T0ACME", Some("U0ADA"), vec![change.clone()]);
        let entries = entries(&acme(), &call);
        let told: Vec<_> = entries.iter().map(|entry| entry.action.name()).collect();
        let expected: Vec<_> = Some(expected)
            .filter(|name| !name.is_empty())
            .into_iter()
            .collect();
        assert_eq!(told, expected, "{change:?}");
        if let Some(entry) = entries.first() {
            let foretold = foretold(&change).unwrap();
            assert!(foretold.actions.contains(&entry.action));
            assert_eq!(foretold.actor.to_string(), entry.actor.id);
            assert_eq!(foretold.channel.to_string(), entry.entity.id());
            let (inviter, kicker) = (&entry.details.inviter, &entry.details.kicker);
            let told = (inviter.is_some(), kicker.is_some());
            assert_eq!(
                told,
                (detail == "inviter", detail == "kicker"),
                "{change:?}"
            );
        }
    }
}

#[test]
fn a_partner_is_told_of_the_time_it_takes_part() {
    // The clock tells nothing: it stands, or was set back. Ticks do.
    let at = |ts: Timestamp, clock: i64, team: &str, mut change: Change| {
        if let Change::Joined { ts: tick, .. } | Change::Left { ts: tick, .. } = &mut change {
            *tick = ts;
        }
        change::Entry {
            at: before(clock),
            ..call(team, None, vec![change])
        }
    };
    let (of_acme, of_globex) = (
        joined("C0BOTH", "U0ADA", None),
        joined("C0BOTH", "U0GIL", None),
    );
    let gone = left("C0BOTH", "U0ADA", None);
    for clock in [0, 9, 10, 11, 1000] {
        for (call, acme_hears, globex_hears) in [
            (at(WHEN, clock, "T0ACME", of_acme.clone()), true, true),
            (at(before(9), clock, "T0ACME", of_acme.clone()), true, true),
            (at(before(9), clock, "T0ACME", gone.clone()), true, true),
            (at(WHEN, clock, "T0GLO", of_globex.clone()), true, true),
            // Before the two were connected this time.
            (
                at(before(10), clock, "T0ACME", of_acme.clone()),
                true,
                false,
            ),
            (
                at(before(11), clock, "T0ACME", of_acme.clone()),
                true,
                false,
            ),
            (at(before(11), clock, "T0ACME", gone.clone()), true, false),
            (
                at(before(11), clock, "T0GLO", of_globex.clone()),
                true,
                true,
            ),
            // In a channel of one alone.
            (
                at(WHEN, clock, "T0ACME", joined("C0OPS", "U0ADA", None)),
                true,
                false,
            ),
            (
                at(WHEN, clock, "T0GLO", joined("C0GLO", "U0GIL", None)),
                false,
                true,
            ),
        ] {
            for (log, hears) in [(acme(), acme_hears), (globex(), globex_hears)] {
                assert_eq!(
                    entries(&log, &call).len(),
                    usize::from(hears),
                    "{call:?} {log:?}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_told_of_dms() {
    let mut dm = channel("D0IM", "T0ACME", ChannelKind::Im);
    dm.connect([id("T0GLO")]);
    let dm = Arc::new(dm);
    let shared = |step| Change::Shared {
        channel: dm.clone(),
        step,
        with: id("T0GLO"),
    };
    let invited = |step| {
        let mut to_dm = Invitation::clone(&invitation(Recipient::User(id("U0GIL")), true));
        to_dm.channel = id("D0IM");
        Change::Invitation {
            team: id("T0ACME"),
            step,
            invitation: Arc::new(to_dm),
        }
    };
    for change in [
        shared(Sharing::Connected),
        shared(Sharing::Reconnected),
        shared(Sharing::Upgraded),
        Change::Severed {
            channel: dm.clone(),
            workspace: id("T0GLO"),
            people: vec![id("U0GIL")],
            copy: None,
            ts: WHEN,
        },
        Change::Edited {
            channel: dm.clone(),
            message: Message {
                ts: WHEN,
                user: id("U0ADA"),
                what: What::Archived,
            },
        },
        Change::Created {
            channel: dm.clone(),
        },
        invited(Step::Sent),
        invited(Step::Accepted),
        joined("D0IM", "U0ADA", None),
        left("D0IM", "U0ADA", None),
    ] {
        let call = call("T0ACME", Some("U0ADA"), vec![change]);
        for log in [acme(), globex()] {
            assert_eq!(entries(&log, &call), [], "{call:?}");
        }
    }
}

#[test]
fn each_side_has_its_own_sight_of_a_shared_channel_and_of_the_others_people() {
    let call = call(
        "T0GLO",
        Some("U0GIL"),
        vec![joined("C0BOTH", "U0GIL", Some("U0ADA"))],
    );
    for (log, name, privacy, other, ours, location) in [
        (acme(), "ops", "public", "T0GLO", false, "T0ACME"),
        (globex(), "away", "private", "T0ACME", true, "T0GLO"),
    ] {
        let entry = entries(&log, &call).remove(0);
        let known = ChannelKnown {
            name: name.to_owned(),
            privacy,
            is_shared: true,
            is_org_shared: false,
            teams_shared_with: vec![id(other)],
        };
        assert_eq!(channel_of(&entry).known, Some(known));
        assert_eq!(entry.actor, person("U0GIL", "T0GLO", ours));
        assert_eq!(entry.actor.email.is_some(), ours);
        assert_eq!(entry.location.id, id(location));
    }
    // Who has the channel no more is told of their own people, and not what it is called by now.
    let call = self::call("T0GLO", None, vec![joined("C0OPS", "U0GIL", None)]);
    let entry = entries(&globex(), &call).remove(0);
    let channel = channel_of(&entry);
    assert_eq!((channel.id, &channel.known), (id("C0OPS"), &None));
}

#[test]
fn what_becomes_of_a_channel() {
    let edited = |channel: Channel, what: What| Change::Edited {
        channel: Arc::new(channel),
        message: Message {
            ts: WHEN,
            user: id("U0ADA"),
            what,
        },
    };
    let created = |kind| Change::Created {
        channel: Arc::new(channel("C0NEW", "T0ACME", kind)),
    };
    let public = || channel("C0OPS", "T0ACME", ChannelKind::Public);
    let private = || channel("C0SEC", "T0ACME", ChannelKind::Private);
    let renamed = || What::Renamed {
        old_name: "a".to_owned(),
        name: "ops".to_owned(),
    };
    let none: &[&str] = &[];
    for (change, ours, theirs) in [
        (
            created(ChannelKind::Public),
            &["public_channel_created"][..],
            none,
        ),
        (
            created(ChannelKind::Private),
            &["private_channel_created"],
            none,
        ),
        (created(ChannelKind::Im), none, none),
        (created(ChannelKind::Mpim), none, none),
        (
            edited(public(), What::Archived),
            &["public_channel_archive"],
            none,
        ),
        (
            edited(private(), What::Archived),
            &["private_channel_archive"],
            none,
        ),
        (
            edited(public(), What::Unarchived),
            &["public_channel_unarchive"],
            none,
        ),
        (
            edited(private(), What::Unarchived),
            &["private_channel_unarchive"],
            none,
        ),
        (edited(public(), renamed()), &["channel_renamed"], none),
        (edited(public(), What::Topic("t".to_owned())), none, none),
        // It is private on the partner's side, and has a name of its own there.
        (
            edited(shared(before(1)), What::Archived),
            &["public_channel_archive"],
            &["private_channel_archive"],
        ),
        (
            edited(shared(before(1)), renamed()),
            &["channel_renamed"],
            none,
        ),
    ] {
        let call = call("T0ACME", Some("U0ADA"), vec![change]);
        assert_eq!(actions(&acme(), &call), ours, "{call:?}");
        assert_eq!(actions(&globex(), &call), theirs, "{call:?}");
    }
}

fn invitation(to: Recipient, acceptance: bool) -> Arc<Invitation> {
    let acceptance = acceptance.then(|| Acceptance {
        workspace: id("T0GLO"),
        user: id("U0GIL"),
        name: Some("theirs".to_owned()),
        private: false,
        at: WHEN,
        expires: lapse(WHEN),
        awaiting: Vec::new(),
        reviews: Vec::new(),
    });
    Arc::new(Invitation {
        id: id("I0ONE"),
        channel: id("C0OPS"),
        inviter: id("U0ADA"),
        to,
        external_limited: true,
        message: Some("words".to_owned()),
        requested: false,
        state: State::Sent,
        created: WHEN,
        updated: WHEN,
        expires: lapse(WHEN),
        reviewer: None,
        denial: None,
        expected: None,
        link: Some("link".to_owned()),
        conf_code: Some("code".to_owned()),
        acceptance,
    })
}

#[test]
fn the_steps_of_an_invitation() {
    const PRE: &str = "external_shared_channel_invite_";
    let none: &[&str] = &[];
    for (step, by, accepted, ours, theirs) in [
        (Step::Requested, "T0ACME", false, &["requested"][..], none),
        (
            Step::RequestApproved,
            "T0ACME",
            false,
            &["request_approved", "created", "sent"],
            none,
        ),
        (
            Step::RequestDenied,
            "T0ACME",
            false,
            &["request_denied"],
            none,
        ),
        (Step::Sent, "T0ACME", false, &["created", "sent"], none),
        (Step::Revoked, "T0ACME", false, &["revoked"], none),
        (Step::Expired, "T0ACME", false, &["expired"], none),
        (Step::Expired, "T0ACME", true, &["expired"], &["expired"]),
        (Step::Accepted, "T0GLO", true, &["accepted"], &["accepted"]),
        (Step::Approved, "T0ACME", true, &["approved"], &["approved"]),
        (Step::Approved, "T0GLO", true, &["approved"], &["approved"]),
        (Step::Declined, "T0ACME", true, &["declined"], &["declined"]),
        // The recipient says no before anybody accepted.
        (Step::Declined, "T0GLO", false, &["declined"], &["declined"]),
        (Step::Disconnected, "T0ACME", true, none, none),
        (Step::AnswerFailed, "T0ACME", false, none, none),
    ] {
        let change = Change::Invitation {
            team: id("T0ACME"),
            step,
            invitation: invitation(Recipient::User(id("U0GIL")), accepted),
        };
        let call = call(by, None, vec![change]);
        for (log, expected) in [(acme(), ours), (globex(), theirs)] {
            let expected: Vec<_> = expected.iter().map(|name| format!("{PRE}{name}")).collect();
            assert_eq!(
                actions(&log, &call),
                expected,
                "{step:?} {accepted} {log:?}"
            );
        }
    }
}

#[test]
fn an_invitation_names_the_other_side_and_tells_no_secret() {
    let told = |log: &Log, to: Recipient, accepted: bool| {
        let change = Change::Invitation {
            team: id("T0ACME"),
            step: Step::Accepted,
            invitation: invitation(to, accepted),
        };
        let entry = entries(log, &call("T0GLO", None, vec![change])).remove(0);
        let all = format!("{entry:?}");
        for secret in ["\"link\"", "\"code\"", "\"words\""] {
            assert!(!all.contains(secret), "{all}");
        }
        let actor = if accepted { "U0GIL" } else { NOBODY };
        assert_eq!(entry.actor.id, actor);
        let details = entry.details;
        assert_eq!(details.invite_id, Some(id("I0ONE")));
        assert_eq!(details.is_external_limited, Some(true));
        let user = details.external_user_id.map(|user| user.to_string());
        let told = [
            details.external_organization_id,
            details.external_organization_name,
            user,
            details.external_user_email,
        ];
        told.map(Option::unwrap_or_default)
    };
    let gil = || Recipient::User(id("U0GIL"));
    let mail = || Recipient::Email("gil@glo.test".to_owned());
    for (to, accepted, expected) in [
        (gil(), false, ["E0GLO", "Globex Corp", "U0GIL", ""]),
        (mail(), false, ["", "", "", "gil@glo.test"]),
        (
            mail(),
            true,
            ["E0GLO", "Globex Corp", "U0GIL", "gil@glo.test"],
        ),
    ] {
        assert_eq!(told(&acme(), to, accepted), expected);
    }
    // To who is invited the other side is who invites, whatever address they were invited by.
    let expected = ["E0ACME", "Acme Corp", "U0ADA", ""];
    assert_eq!(told(&globex(), mail(), true), expected);
}

#[test]
fn who_shares_a_channel() {
    let change = |step| Change::Shared {
        channel: Arc::new(shared(WHEN)),
        step,
        with: id("T0GLO"),
    };
    for (step, expected) in [
        (Sharing::Connected, Some("connected")),
        (Sharing::Reconnected, Some("reconnected")),
        (Sharing::Upgraded, Some("access_upgraded")),
        (Sharing::Downgraded, Some("access_downgraded")),
        (Sharing::Pending, None),
        (Sharing::Dropped, None),
        (Sharing::Ended, None),
    ] {
        let call = call("T0ACME", Some("U0ADA"), vec![change(step)]);
        let expected: Vec<_> = expected
            .map(|name| format!("external_shared_channel_{name}"))
            .into_iter()
            .collect();
        for (log, other) in [(acme(), "E0GLO"), (globex(), "E0ACME")] {
            assert_eq!(actions(&log, &call), expected);
            for entry in entries(&log, &call) {
                let told = entry.details.external_organization_id;
                assert_eq!(told.as_deref(), Some(other));
            }
        }
    }
    // The copy is the leaving side's own; the other sees the channel.
    let mut copy = channel("C0COPY", "T0GLO", ChannelKind::Private);
    copy.frozen = Some(crate::channel::Frozen {
        of: id("C0OPS"),
        host: id("T0ACME"),
        until: WHEN,
    });
    let severed = Change::Severed {
        channel: Arc::new(channel("C0OPS", "T0ACME", ChannelKind::Public)),
        workspace: id("T0GLO"),
        people: vec![id("U0GIL")],
        copy: Some(Arc::new(copy)),
        ts: WHEN,
    };
    let call = call("T0ACME", Some("U0ADA"), vec![severed]);
    for (log, channel, of) in [
        (acme(), "C0OPS", None),
        (globex(), "C0COPY", Some(id("C0OPS"))),
    ] {
        let entry = entries(&log, &call).remove(0);
        assert_eq!(entry.action, Action::Disconnected);
        let seen = channel_of(&entry);
        assert_eq!(seen.id, id(channel));
        assert_eq!(seen.original_connected_channel_id, of);
        assert_eq!(entry.details.disconnecting_team, Some(id("T0GLO")));
    }
}
