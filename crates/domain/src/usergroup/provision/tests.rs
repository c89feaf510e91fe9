use super::*;
use crate::{
    Channel, ChannelId, ChannelKind, TeamId, TokenHash,
    time::Timestamp,
    token::{Token, TokenKind},
    user::{Guest, Role, User},
    workspace::Workspace,
};

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn moment() -> Moment {
    Moment::new(NOW, NOW)
}

fn named(texts: &[&str]) -> Vec<Named> {
    let read = |text: &&str| text.parse().map_err(|_| (*text).to_owned());
    texts.iter().map(read).collect()
}

/// Ann is an admin, Ben and Cleo are members, Gus is a guest, Otto is gone, Eve is elsewhere; #ops is a channel.
fn scene(as_user: &str) -> (Facts, Caller) {
    let mut facts = Facts::complete();
    let team: TeamId = id("T0ACME");
    let workspace = Arc::new(Workspace::new(team, "Acme", "acme"));
    facts.put_workspace(team, Some(workspace.clone()));
    facts.put_usergroups(team, std::collections::BTreeMap::new());
    for (text, edit) in [
        ("U0ANN", (|user| user.role = Role::Admin) as fn(&mut User)),
        ("U0BEN", |_| {}),
        ("U0CLEO", |_| {}),
        ("U0GUS", |user| user.guest = Some(Guest::MultiChannel)),
        ("U0OTTO", |user| user.removed = true),
        ("U0EVE", |user| user.team = id("T0ELSE")),
    ] {
        let mut user = User::new(id(text), team, &text[2..].to_lowercase());
        edit(&mut user);
        facts.put_user(user.id, Some(Arc::new(user)));
    }
    let ops: ChannelId = id("C0OPS");
    let channel = Channel::new(ops, team, ChannelKind::Public, "ops", id("U0ANN"), NOW);
    facts.put_handle(team, "ops", Some(ops));
    facts.put_channel(ops, Some(Arc::new(channel)));
    let user = facts.user(id(as_user)).unwrap().unwrap().clone();
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
    let caller = Caller {
        token: Arc::new(token),
        user,
        workspace,
        enterprise: None,
        app: None,
    };
    (facts, caller)
}

fn made(facts: &mut Facts, caller: &Caller, name: &str, people: &[&str]) -> Arc<Usergroup> {
    // Later than whatever was made before.
    let made = facts.usergroups(caller.team()).unwrap().len() as i64;
    let moment = &mut Moment::new(NOW, Timestamp(NOW.0 + made));
    let plan = create(facts, caller, name, &[Edit::Set(named(people))], moment).unwrap();
    plan.changes.iter().for_each(|change| facts.apply(change));
    plan.outcome
}

fn people(group: &Usergroup) -> Vec<String> {
    group.users.iter().map(ToString::to_string).collect()
}

#[test]
fn handles_come_from_names_and_give_way() {
    let (mut facts, caller) = scene("U0ANN");
    for (name, handle) in [
        ("On Call", "on-call"),
        ("Ops", "ops-2"),
        ("Here", "here-2"),
        ("!!!", "group-1"),
        ("???", "group-1-2"),
        ("On  call", "on-call-2"),
    ] {
        assert_eq!(
            made(&mut facts, &caller, name, &[]).handle,
            handle,
            "{name}"
        );
    }
    let taken = create(&facts, &caller, "on CALL", &[], &mut moment());
    assert_eq!(
        taken.unwrap_err(),
        Stop::Refused(Refusal::Wrong(BadAbout::NameTaken))
    );
}

#[test]
fn edits_follow_one_another() {
    let (mut facts, caller) = scene("U0ANN");
    let group = made(&mut facts, &caller, "Team", &["U0BEN", "U0BEN"]);
    assert_eq!(people(&group), ["U0BEN"]);
    for (edits, expected) in [
        (
            vec![Edit::Add(named(&["U0CLEO", "U0BEN"]))],
            &["U0BEN", "U0CLEO"][..],
        ),
        (vec![Edit::Remove(named(&["U0BEN", "U0NOBODY"]))], &[]),
        (vec![Edit::Set(named(&[]))], &[]),
        (
            vec![Edit::Set(named(&["U0CLEO"])), Edit::Add(named(&["U0ANN"]))],
            &["U0CLEO", "U0ANN"],
        ),
    ] {
        let plan = change(&facts, &caller, Some(group.id), &edits, &mut moment()).unwrap();
        assert_eq!(people(&plan.outcome), expected, "{edits:?}");
    }
    let called = [Edit::Name("A".to_owned()), Edit::Name("Crew".to_owned())];
    let plan = change(&facts, &caller, Some(group.id), &called, &mut moment()).unwrap();
    let (name, handle) = (&plan.outcome.name, &plan.outcome.handle);
    assert_eq!((name.as_str(), handle.as_str()), ("Crew", "team"));
}

#[test]
fn who_is_no_member_is_named() {
    let unknown = |text: &str| Refusal::UnknownUser(text.to_owned());
    for (by, person, expected) in [
        ("U0BEN", "U0BEN", Refusal::NotAdmin),
        ("U0ANN", "U0NOBODY", unknown("U0NOBODY")),
        ("U0ANN", "someone", unknown("someone")),
        ("U0ANN", "U0EVE", unknown("U0EVE")),
        ("U0ANN", "U0GUS", Refusal::NoMember(id("U0GUS"))),
        ("U0ANN", "U0OTTO", Refusal::NoMember(id("U0OTTO"))),
    ] {
        let (facts, caller) = scene(by);
        let made = create(
            &facts,
            &caller,
            "Team",
            &[Edit::Add(named(&[person]))],
            &mut moment(),
        );
        assert_eq!(made.unwrap_err(), Stop::Refused(expected), "{person}");
    }
    let (mut facts, caller) = scene("U0ANN");
    let group = made(&mut facts, &caller, "Team", &[]);
    let many =
        (0..=MAX_MEMBERS as i64).map(|n| Ok(UserId::from_key(id::<UserId>("U100000").key() + n)));
    let many: Vec<Named> = many.collect();
    for person in many.iter().flatten() {
        let user = User::new(*person, id("T0ACME"), "many");
        facts.put_standing(*person, Some((&user).into()));
    }
    let all = |people: &[Named]| {
        let edits = [Edit::Set(people.to_vec())];
        change(&facts, &caller, Some(group.id), &edits, &mut moment())
    };
    assert_eq!(all(&many).unwrap_err(), Stop::Refused(Refusal::TooMany));
    assert_eq!(all(&many[1..]).unwrap().outcome.users.len(), MAX_MEMBERS);
}

#[test]
fn a_group_that_is_gone_is_gone() {
    let (mut facts, caller) = scene("U0ANN");
    let group = made(&mut facts, &caller, "Team", &["U0BEN"]);
    let plan = erase(&facts, &caller, Some(group.id), &mut moment()).unwrap();
    let [
        Change::UsergroupEdited {
            group: last,
            removed,
            ..
        },
        Change::UsergroupErased { .. },
    ] = &plan.changes[..]
    else {
        panic!("{:?}", plan.changes);
    };
    assert!(last.disabled.is_some() && last.users.is_empty());
    assert_eq!(removed, &group.users);
    plan.changes.iter().for_each(|change| facts.apply(change));
    let again = erase(&facts, &caller, Some(group.id), &mut moment());
    assert_eq!(again.unwrap_err(), Stop::Refused(Refusal::NoSuchGroup));
    // Its name and handle are free.
    assert_eq!(made(&mut facts, &caller, "Team", &[]).handle, "team");
}

#[test]
fn in_which_order_people_are_named_is_no_change() {
    let (mut facts, caller) = scene("U0ANN");
    let group = made(&mut facts, &caller, "Team", &["U0BEN", "U0ANN"]);
    let said = [Edit::Set(named(&["U0ANN", "U0BEN"]))];
    let plan = change(&facts, &caller, Some(group.id), &said, &mut moment()).unwrap();
    assert_eq!((&plan.outcome, plan.changes.len()), (&group, 0));
}
