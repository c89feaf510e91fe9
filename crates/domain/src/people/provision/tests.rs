use super::*;
use crate::{
    TokenHash,
    channel::{Channel, ChannelKind},
    facts::Membership,
    time::Timestamp,
    token::{Token, TokenKind},
    user::{Bot, Guest, Invited, Stage},
    workspace::Workspace,
};

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn moment() -> Moment {
    Moment::new(NOW, NOW)
}

/// Ann is an admin, Pia the primary owner, Ben a member who is in #ops, Gus a guest, Otto gone, Ivy invited.
fn scene(as_user: &str) -> (Facts, Realm) {
    let mut facts = Facts::complete();
    let team: TeamId = id("T0ACME");
    let workspace = Arc::new(Workspace::new(team, "Acme", "acme"));
    facts.put_workspace(team, Some(workspace.clone()));
    let mut people = Vec::new();
    for (text, name, role, guest, removed) in [
        ("U0ANN", "ann", Role::Admin, None, false),
        ("U0PIA", "pia", Role::PrimaryOwner, None, false),
        ("U0OWEN", "owen", Role::Owner, None, false),
        ("U0BEN", "ben", Role::Member, None, false),
        (
            "U0GUS",
            "gus",
            Role::Member,
            Some(Guest::MultiChannel),
            false,
        ),
        ("U0OTTO", "otto", Role::Member, None, true),
        ("U0IVY", "ivy", Role::Member, None, true),
        ("U0BOT", "bot", Role::Member, None, false),
    ] {
        let mut user = User::new(id(text), team, name);
        user.email = Some(format!("{name}@acme.test"));
        user.role = role;
        user.guest = guest;
        user.removed = removed;
        if name == "ivy" {
            user.invited = Some(Invited {
                by: id("U0ANN"),
                at: NOW,
                channels: Vec::new(),
                link: "x".to_owned(),
                state: Stage::Pending,
            });
        }
        if name == "bot" {
            user.bot = Some(Bot {
                id: id("B0BOT"),
                app: None,
            });
        }
        if name == "ben" {
            user.scim.insert("externalId".to_owned(), "00u1".to_owned());
        }
        people.push(Arc::new(user));
    }
    for user in &people {
        facts.put_user(user.id, Some(user.clone()));
    }
    let ops: ChannelId = id("C0OPS");
    let channel = Channel::new(ops, team, ChannelKind::Public, "ops", id("U0ANN"), NOW);
    facts.put_handle(team, "ops", Some(ops));
    facts.put_channel(ops, Some(Arc::new(channel)));
    let place = Membership::new(NOW);
    facts.put_membership(ops, id("U0BEN"), Some(place));
    let user = people.iter().find(|user| user.id == id(as_user)).unwrap();
    let token = Token {
        hash: TokenHash([0; 32]),
        team,
        kind: TokenKind::User,
        app: None,
        user: Some(user.id),
        scopes: vec!["admin".to_owned()].into(),
        expires_at: None,
        revoked: false,
        workspaces: Vec::new(),
        channels: Vec::new(),
    };
    let caller = Arc::new(Caller {
        token: Arc::new(token),
        user: user.clone(),
        workspace,
        enterprise: None,
        app: None,
    });
    let realm = Realm {
        caller,
        workspaces: vec![team],
        usual: Vec::new(),
    };
    (facts, realm)
}

fn person(edit: impl FnOnce(&mut Person)) -> Person {
    let mut person = Person::default();
    edit(&mut person);
    person
}

fn called(name: &str) -> Person {
    person(|person| person.about.name = Some(name.to_owned()))
}

fn mailed(email: &str) -> Person {
    person(|person| person.about.email = Some(Some(email.to_owned())))
}

fn known_by(path: &str, text: &str) -> Person {
    let pair = (path.to_owned(), text.to_owned());
    person(|person| person.about.scim = Some([pair].into()))
}

fn guest() -> Person {
    person(|person| person.about.guest = Some(Some(Guest::MultiChannel)))
}

fn active(active: bool) -> Person {
    person(|person| person.active = Some(active))
}

#[test]
fn whom_nobody_manages_and_what_nobody_becomes() {
    use Refusal as No;
    for (by, who, person, expected) in [
        ("U0BEN", "U0GUS", active(false), No::NotAdmin),
        ("U0ANN", "U0NOBODY", active(false), No::NoSuchUser),
        ("U0ANN", "U0IVY", active(false), No::NoSuchUser),
        ("U0ANN", "U0BOT", active(false), No::Bot),
        ("U0ANN", "U0OWEN", called("x"), No::Owner),
        ("U0ANN", "U0PIA", called("x"), No::Owner),
        ("U0ANN", "U0PIA", active(false), No::PrimaryOwner),
        ("U0PIA", "U0PIA", active(false), No::PrimaryOwner),
        ("U0PIA", "U0ANN", guest(), No::NoGuest),
        ("U0ANN", "U0BEN", called("gus"), No::UserNameTaken),
        ("U0ANN", "U0BEN", called("otto"), No::UserNameTaken),
        ("U0ANN", "U0BEN", called("ops"), No::UserNameTaken),
        ("U0ANN", "U0BEN", mailed("gus@acme.test"), No::EmailTaken),
        ("U0ANN", "U0BEN", mailed("otto@acme.test"), No::EmailTaken),
        (
            "U0ANN",
            "U0BEN",
            known_by(scim::SECOND_EMAIL, "gus@acme.test"),
            No::EmailTaken,
        ),
        (
            "U0ANN",
            "U0BEN",
            known_by(scim::EXTERNAL_ID, "00u2"),
            No::ExternalId,
        ),
        (
            "U0ANN",
            "U0GUS",
            person(|person| person.about.expires = Some(Some(NOW))),
            No::Ended,
        ),
    ] {
        let (facts, realm) = scene(by);
        let changed = change(&facts, &realm, Some(id(who)), &person, &mut moment());
        assert_eq!(
            changed,
            Err(Stop::Refused(expected)),
            "{who} by {by}: {person:?}"
        );
    }
}

#[test]
fn of_another_organisation_nobody_has_an_account() {
    let (mut facts, realm) = scene("U0PIA");
    let user = User::new(id("U0EVE"), id("T0ELSE"), "eve");
    facts.put_user(user.id, Some(Arc::new(user)));
    let found = account(&facts, &realm, Some(id("U0EVE")));
    assert_eq!(found, Err(Stop::Refused(Refusal::NoSuchUser)));
}

#[test]
fn who_goes_is_as_they_were_left() {
    let (mut facts, realm) = scene("U0ANN");
    let ben: UserId = id("U0BEN");
    let leaving = Person {
        active: Some(false),
        ..called("benno")
    };
    let plan = change(&facts, &realm, Some(ben), &leaving, &mut moment()).unwrap();
    let dropped = Change::Dropped {
        channel: id("C0OPS"),
        user: ben,
    };
    let user = plan.outcome.clone();
    assert_eq!((user.name.as_str(), user.removed), ("benno", true));
    let before = Some(facts.user(ben).unwrap().unwrap().clone());
    assert_eq!(plan.changes, [dropped, Change::UserEdited { user, before }]);
    plan.changes.iter().for_each(|change| facts.apply(change));

    // Once is enough.
    let again = change(&facts, &realm, Some(ben), &leaving, &mut moment()).unwrap();
    assert!(again.changes.is_empty());
    // They are back as a guest, since a guest is there.
    let plan = change(&facts, &realm, Some(ben), &guest(), &mut moment()).unwrap();
    let user = plan.outcome;
    assert_eq!(
        (user.removed, user.guest),
        (false, Some(Guest::MultiChannel))
    );
    // Unless it is said that they are not.
    let not = Person {
        active: Some(false),
        ..guest()
    };
    let plan = change(&facts, &realm, Some(ben), &not, &mut moment()).unwrap();
    assert!(plan.outcome.removed && plan.outcome.guest.is_some());
}

#[test]
fn the_id_they_are_known_by_stays() {
    let (facts, realm) = scene("U0ANN");
    let cleared = person(|person| person.about.scim = Some(scim::Attributes::new()));
    let plan = change(&facts, &realm, Some(id("U0BEN")), &cleared, &mut moment()).unwrap();
    assert_eq!(plan.changes, []);
    let told = known_by("locale", "de-CH");
    let plan = change(&facts, &realm, Some(id("U0BEN")), &told, &mut moment()).unwrap();
    let kept: Vec<_> = plan.outcome.scim.iter().collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
}

#[test]
fn accounts_are_made_and_an_invitation_holds_no_address() {
    let (mut facts, realm) = scene("U0ANN");
    let new = |name: &str, email: &str| {
        let mut person = called(name);
        person.about.email = Some(Some(email.to_owned()));
        person
    };
    for (name, email, expected) in [
        ("ben", "new@acme.test", Refusal::UserNameTaken),
        ("new", "otto@acme.test", Refusal::EmailTaken),
    ] {
        let made = create(&facts, &realm, &new(name, email), &mut moment());
        assert_eq!(made, Err(Stop::Refused(expected)), "{name} {email}");
    }
    let plan = create(
        &facts,
        &realm,
        &new("ivy.lee", "ivy@acme.test"),
        &mut moment(),
    )
    .unwrap();
    assert_eq!(plan.outcome.role, Role::Member);
    plan.changes.iter().for_each(|change| facts.apply(change));
    let again = create(&facts, &realm, &new("ivy2", "ivy@acme.test"), &mut moment());
    assert_eq!(again, Err(Stop::Refused(Refusal::EmailTaken)));

    let absent = Person {
        active: Some(false),
        ..new("late", "late@acme.test")
    };
    let plan = create(&facts, &realm, &absent, &mut moment()).unwrap();
    let user = plan.outcome;
    assert!(user.removed);
    let made = Change::UserMade { user: user.clone() };
    assert_eq!(plan.changes, std::slice::from_ref(&made));
    facts.apply(&made);

    // Whatever is said of them, that is not forgotten until they are there.
    let who = Some(user.id);
    let told = known_by("locale", "de-CH");
    let plan = change(&facts, &realm, who, &told, &mut moment()).unwrap();
    assert!(plan.outcome.is_awaited() && plan.outcome.scim.len() == 2);
    plan.changes.iter().for_each(|change| facts.apply(change));
    let plan = change(&facts, &realm, who, &active(true), &mut moment()).unwrap();
    assert!(!plan.outcome.is_awaited() && plan.outcome.scim.len() == 1);
    plan.changes.iter().for_each(|change| facts.apply(change));
    let plan = change(&facts, &realm, who, &active(false), &mut moment()).unwrap();
    assert!(plan.outcome.removed && !plan.outcome.is_awaited());
}

#[test]
fn a_second_address_becomes_the_first_where_nobody_has_it() {
    let (mut facts, realm) = scene("U0ANN");
    let ben: UserId = id("U0BEN");
    // Otto is gone, and holds his address all the same.
    for (second, expected) in [
        ("otto@acme.test", Some(Refusal::EmailTaken)),
        ("ben@home.test", None),
    ] {
        let mut user = User::clone(facts.user(ben).unwrap().unwrap());
        user.scim
            .insert(scim::SECOND_EMAIL.to_owned(), second.to_owned());
        facts.put_user(ben, Some(Arc::new(user)));
        let mut swapped = mailed(second);
        let pair = (scim::SECOND_EMAIL.to_owned(), "ben@acme.test".to_owned());
        swapped.about.scim = Some([pair].into());
        let told = change(&facts, &realm, Some(ben), &swapped, &mut moment());
        assert_eq!(told.err(), expected.map(Stop::Refused), "{second}");
        // It stays the second, whoever has it as theirs.
        let same = known_by(scim::SECOND_EMAIL, second);
        assert!(change(&facts, &realm, Some(ben), &same, &mut moment()).is_ok());
    }
}

#[test]
fn who_is_invited_holds_no_handle_and_joins_with_another() {
    let (mut facts, realm) = scene("U0ANN");
    let mut ivy = called("ivy");
    ivy.about.email = Some(Some("ivy.lee@acme.test".to_owned()));
    let plan = create(&facts, &realm, &ivy, &mut moment()).unwrap();
    plan.changes.iter().for_each(|change| facts.apply(change));
    let how = crate::people::invite::How {
        link: None,
        real_name: None,
    };
    let join =
        |facts: &Facts| crate::people::invite::join(facts, id("U0IVY"), &how, &[], &mut moment());
    assert_eq!(join(&facts).unwrap().outcome.name, "ivy-2");
    // What is taken already gives way to the next.
    let other = called("ivy-2");
    let plan = change(&facts, &realm, Some(id("U0BEN")), &other, &mut moment()).unwrap();
    plan.changes.iter().for_each(|change| facts.apply(change));
    assert_eq!(join(&facts).unwrap().outcome.name, "ivy-3");
    // Where nobody has it they are called as they were invited.
    let (facts, _) = scene("U0ANN");
    assert_eq!(join(&facts).unwrap().outcome.name, "ivy");
}
