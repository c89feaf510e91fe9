//! Nobody hears of a channel that they could not see, and of whoever is in it no more they hear.

use super::*;
use crate::user::Guest;

/// Whether an app hears of a channel that is made, through somebody who is in it or not.
fn hears_of_making(audience: &Audience, channel: &Channel) -> bool {
    let change = Change::Created {
        channel: Arc::new(channel.clone()),
    };
    let events = of_change(&facts(channel), at(0), WHEN, &change).unwrap();
    !audience.of(&events[0], WHEN).is_empty()
}

#[test]
fn a_guest_hears_only_of_channels_they_are_in() {
    let channel = channel("C0OPS", ChannelKind::Public);
    for (is_guest, places, hears) in [
        (false, None, true),
        (true, None, false),
        (true, Some(channel.id), true),
    ] {
        let mut audience = Audience::default();
        audience.subscribe(app("A0ONE", "T0ACME", &["channel_created"]));
        let eve = Installation {
            is_guest,
            ..installation("A0ONE", "T0ACME", "U0EVE", &["channels:read"])
        };
        audience.install(eve, places);
        assert_eq!(hears_of_making(&audience, &channel), hears, "{is_guest}");
        // From the moment they are something else.
        let mut user = User::new(id("U0EVE"), id("T0ACME"), "eve");
        user.guest = (!is_guest).then_some(Guest::MultiChannel);
        let user = Arc::new(user);
        audience.apply(&Change::UserEdited { user, before: None });
        let hears = is_guest || places.is_some();
        assert_eq!(hears_of_making(&audience, &channel), hears, "{is_guest}");
    }
}

#[test]
fn what_an_installation_is_says_whether_its_user_is_a_guest() {
    let channel = channel("C0OPS", ChannelKind::Public);
    for guest in [None, Some(Guest::SingleChannel)] {
        let mut facts = facts(&channel);
        let mut eve = User::new(id("U0EVE"), id("T0ACME"), "eve");
        eve.guest = guest;
        facts.put_standing(eve.id, Some(Standing::from(&eve)));
        let token = installation("A0ONE", "T0ACME", "U0EVE", &[]).token;
        let found = Installation::of(&facts, &token).unwrap().unwrap();
        assert_eq!(found.is_guest, guest.is_some());
    }
}

#[test]
fn a_side_that_has_a_partners_private_channel_public_hears_of_it() {
    let mut channel = channel("C0OPS", ChannelKind::Private);
    channel.connections.push(Connection {
        workspace: id("T0GLOBEX"),
        external_limited: false,
        name: None,
        private: Some(false),
        connected: WHEN,
    });
    let mut audience = Audience::default();
    for (text, team, bot) in [("A0ONE", "T0ACME", "U0BOT"), ("A0TWO", "T0GLOBEX", "U1BOT")] {
        audience.subscribe(app(text, team, &["channel_archive", "group_archive"]));
        audience.install(
            installation(text, team, bot, &["channels:read", "groups:read"]),
            [],
        );
    }
    let change = Change::Edited {
        message: Message {
            ts: WHEN,
            user: id("U0ADA"),
            what: What::Archived,
        },
        channel: Arc::new(channel.clone()),
    };
    let events = of_change(&facts(&channel), at(0), WHEN, &change).unwrap();
    let hearings = audience.of(&events[0], WHEN);
    let told: Vec<_> = hearings.iter().map(|one| (one.app.id, one.kind)).collect();
    assert_eq!(told, [(id("A0TWO"), ChannelKind::Public)]);
}

#[test]
fn of_people_who_are_in_a_channel_no_more_its_members_hear_and_of_bots_nobody() {
    for (kind, is_bot, hears) in [
        (ChannelKind::Public, false, true),
        (ChannelKind::Private, false, true),
        (ChannelKind::Mpim, false, false),
        (ChannelKind::Public, true, false),
    ] {
        let channel = channel("C0OPS", kind);
        let mut facts = facts(&channel);
        let gone = Standing {
            bot: is_bot,
            removed: true,
            ..Standing::from(&User::new(id("U0GIL"), id("T0GLOBEX"), "gil"))
        };
        facts.put_standing(id("U0GIL"), Some(gone));
        let change = Change::Dropped {
            channel: channel.id,
            user: id("U0GIL"),
        };
        let events = of_change(&facts, at(0), WHEN, &change).unwrap();
        let expected = hears.then_some(Happened::MemberLeft {
            user: id("U0GIL"),
            team: id("T0GLOBEX"),
        });
        let all: Vec<_> = events.iter().map(|event| event.what.clone()).collect();
        assert_eq!(all, Vec::from_iter(expected), "{kind:?} {is_bot}");
        assert!(
            events
                .iter()
                .all(|one| one.hearers == Hearers::Members && one.ts == WHEN)
        );
    }
}
