//! What calls come to.

use super::{settled, trial};
use crate::{
    fixture::{id, place, user},
    trial::{Done, Trial},
    usergroups::{
        create::Create, disable::Disable, enable::Enable, update::Update, users_update::UsersUpdate,
    },
};
use guestlist_domain::{
    Change, ChannelId, TokenKind, UserId, Usergroup,
    workspace::{Barrier, Who},
};
use serde_json::json;

/// Who comes into which channel by a call, by whose invitation.
fn joins(done: &Done) -> Vec<(ChannelId, UserId, Option<UserId>)> {
    let join = |change: &Change| match change {
        Change::Joined {
            channel,
            user,
            inviter,
            ..
        } => Some((*channel, *user, *inviter)),
        _ => None,
    };
    done.changes.iter().filter_map(join).collect()
}

/// The group as a call leaves it, who is new in it, and who is in it no more.
fn edited(done: &Done) -> (&Usergroup, &[UserId], &[UserId]) {
    match &done.changes[0] {
        Change::UsergroupEdited {
            group,
            added,
            removed,
            ..
        } => (group, added, removed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_group_is_made_with_nobody_in_it() {
    let args = json!({
        "name": "Night Shift", "description": "Owls", "channels": "C0RANDOM,C0SECRET",
        "include_count": true,
    });
    let done = trial("U0ADA").done::<Create>(args);
    let [Change::UsergroupMade { group }] = &done.changes[..] else {
        panic!("{:?}", done.changes)
    };
    assert_eq!(
        (
            group.id.letter(),
            &*group.name,
            &*group.handle,
            &*group.description
        ),
        ('S', "Night Shift", "night-shift", "Owls")
    );
    assert_eq!((group.creator, group.updater), (id("U0ADA"), id("U0ADA")));
    let told = &done.reply["usergroup"];
    assert_eq!(
        (&told["users"], &told["user_count"], &told["date_delete"]),
        (&json!([]), &json!(0), &json!(0))
    );
    assert_eq!(
        told["prefs"],
        json!({"channels": ["C0RANDOM", "C0SECRET"], "groups": []})
    );
}

#[test]
fn where_everyone_may_members_and_bots_may() {
    for (user, may) in [("U0BOB", true), ("U0GREET", true), ("U0MIA", false)] {
        let mut trial = trial(user);
        trial.seed.workspaces[0].who_may_manage_usergroups = Who::Everyone;
        let made = trial.run::<Create>(json!({"name": "x", "handle": ""}));
        assert_eq!(made.err(), (!may).then_some("permission_denied"), "{user}");
    }
    let mut org = trial("U0GREET");
    org.token.kind = TokenKind::Org;
    org.seed.workspaces[0].who_may_manage_usergroups = Who::Everyone;
    let args = json!({"name": "x", "team_id": "T0ACME"});
    assert_eq!(org.done::<Create>(args).changes.len(), 1);
}

#[test]
fn who_is_new_comes_into_the_default_channels() {
    let mut trial = trial("U0ADA");
    trial.seed.usergroups[0].channels = ["C0RANDOM", "C0HIDDEN", "C0PAST", "C0GONE"]
        .map(id)
        .to_vec();
    // Ada is not in the hidden channel, and brings people there all the same.
    let args = json!({"usergroup": "S0ONCALL", "users": "U0TESS,U0BOB", "include_count": true});
    let done = trial.done::<UsersUpdate>(args.clone());
    let (group, added, removed) = edited(&done);
    assert_eq!(group.users, [id("U0TESS"), id("U0BOB")]);
    assert_eq!(added, [id("U0TESS"), id("U0BOB")]);
    assert_eq!(removed, [id("U0ADA")]);
    let (ada, bob, tess) = (id("U0ADA"), id("U0BOB"), id("U0TESS"));
    let expected = [
        (id("C0RANDOM"), tess, Some(ada)),
        (id("C0RANDOM"), bob, Some(ada)),
        (id("C0HIDDEN"), tess, Some(ada)),
    ];
    assert_eq!(joins(&done), expected);
    assert_eq!(done.reply["usergroup"]["user_count"], 2);

    // Whoever cannot come holds nobody back, and is in the group.
    trial.seed.workspaces[0].barriers.push(Barrier {
        from: [tess].into(),
        to: [ada].into(),
    });
    let done = trial.done::<UsersUpdate>(args);
    assert_eq!(joins(&done), expected[1..]);
    assert_eq!(edited(&done).1, [tess, bob]);
    // Who adds themselves was invited by nobody.
    let args = json!({"usergroup": "S0LEADS", "users": "U0BOB"});
    trial.seed.usergroups[1].channels = vec![id("C0GUESTS")];
    assert_eq!(joins(&trial.done::<UsersUpdate>(args.clone())), []);
    trial.seed.usergroups[1].users = vec![bob];
    let args = json!({"usergroup": "S0LEADS", "users": "U0BOB,U0ADA"});
    let done = trial.done::<UsersUpdate>(args);
    assert_eq!(joins(&done), [(id("C0GUESTS"), ada, None)]);
}

#[test]
fn who_is_in_it_comes_into_channels_that_are_new() {
    let mut trial = trial("U0ADA");
    let args = json!({
        "usergroup": "S0LEADS", "name": "Leaders", "description": "All of them",
        "channels": ["C0GENERAL", "C0RANDOM"],
    });
    let done = trial.done::<Update>(args);
    let (group, added, removed) = edited(&done);
    assert_eq!(
        (&*group.name, &*group.handle, &*group.description),
        ("Leaders", "leads", "All of them")
    );
    assert_eq!((added, removed), (&[][..], &[][..]));
    assert_eq!(
        joins(&done),
        [(id("C0RANDOM"), id("U0BOB"), Some(id("U0ADA")))]
    );
    // A channel that is there already may be named again, though the caller does not see it; none is named, none is left.
    trial.seed.usergroups[1].channels = vec![id("C0HIDDEN")];
    let kept = json!({"usergroup": "S0LEADS", "channels": "C0HIDDEN", "name": "x"});
    assert_eq!(joins(&trial.done::<Update>(kept)), []);
    let done = trial.done::<Update>(json!({"usergroup": "S0LEADS", "channels": ""}));
    assert_eq!(edited(&done).0.channels, []);
}

#[test]
fn nobody_is_brought_where_the_caller_could_not_invite() {
    let args = json!({"usergroup": "S0ONCALL", "users": "U0TESS"});
    let brought = |change: &dyn Fn(&mut Trial)| {
        let mut trial = trial("U0ADA");
        trial.seed.usergroups[0].channels = ["C0RANDOM", "C0GUESTS"].map(id).to_vec();
        change(&mut trial);
        let done = trial.done::<UsersUpdate>(args.clone());
        assert_eq!(edited(&done).1, [id("U0TESS")]);
        let joins = joins(&done).into_iter();
        joins
            .map(|(channel, ..)| channel.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(brought(&|_| {}), ["C0RANDOM", "C0GUESTS"]);
    let listed = |trial: &mut Trial| {
        place(&mut trial.seed, "C0RANDOM").access_list = vec![id("U0BOB")];
    };
    assert_eq!(brought(&listed), ["C0GUESTS"]);
    let granted = |trial: &mut Trial| {
        trial.token.kind = TokenKind::Workspace;
        trial.token.channels = vec![id("C0RANDOM")];
    };
    assert_eq!(brought(&granted), ["C0RANDOM"]);
    let sealed = |trial: &mut Trial| trial.seed.enterprises[0].ekm_suspended = true;
    assert!(brought(&sealed).is_empty());
    // A world file may name a DM; nobody comes into one.
    let dm = |trial: &mut Trial| trial.seed.usergroups[0].channels = vec![id("D0ADABOB")];
    assert!(brought(&dm).is_empty());
}

#[test]
fn what_is_looked_at_is_asked_for_together() {
    let mut trial = trial("U0ADA");
    let many: Vec<UserId> = (0..300).map(|n| id(&format!("U0N{n}"))).collect();
    for text in many.iter().map(ToString::to_string) {
        trial.seed.users.push(user("T0ACME", &text, &text));
    }
    let channels = ["C0RANDOM", "C0GENERAL", "C0GUESTS", "C0SECRET"].map(id);
    trial.seed.usergroups[1].users = many.clone();
    trial.seed.usergroups[1].channels = channels.to_vec();
    trial.seed.usergroups[1].disabled = trial.seed.usergroups[2].disabled;
    trial.seed.workspaces[0].barriers.push(Barrier {
        from: [many[0]].into(),
        to: many[1..].iter().copied().collect(),
    });
    let group = json!({"usergroup": "S0LEADS"});
    let done = trial.done::<Enable>(group.clone());
    // The first of them comes, and keeps the others out.
    assert_eq!(joins(&done).len(), 4);
    assert!(done.extra_loads < 5, "{}", done.extra_loads);

    trial.seed.usergroups[1].users = many[..2].to_vec();
    let done = trial.done::<Enable>(group);
    assert_eq!(joins(&done).len(), 4);
    assert!(done.extra_loads < 5, "{}", done.extra_loads);
    let named = "C0RANDOM,C0GENERAL,C0GUESTS,C0SECRET";
    let args = json!({"name": "New", "handle": "new", "channels": named});
    assert_eq!(trial.done::<Create>(args).extra_loads, 0);
}

#[test]
fn what_is_so_already_changes_nothing() {
    let trial = trial("U0ADA");
    let same =
        json!({"usergroup": "S0LEADS", "name": "Leads", "handle": "leads", "users": "U0ADA,U0BOB"});
    for done in [
        trial.done::<Update>(same.clone()),
        trial.done::<UsersUpdate>(same.clone()),
        trial.done::<Enable>(same),
        trial.done::<Disable>(json!({"usergroup": "S0PAST"})),
    ] {
        assert_eq!(done.changes, []);
        assert_eq!(done.reply["usergroup"]["users"], json!(["U0ADA", "U0BOB"]));
    }
    // The handle stays good, whatever else has come to be called so.
    let mut later = Trial::of("U0ADA");
    later.seed = settled();
    place(&mut later.seed, "C0RANDOM").name = "leads".to_owned();
    let args = json!({"usergroup": "S0LEADS", "handle": "leads", "description": "x"});
    assert_eq!(later.done::<Update>(args).changes.len(), 1);
}

#[test]
fn a_disabled_group_keeps_its_people_who_come_when_it_is_enabled() {
    let trial = trial("U0ADA");
    let done = trial.done::<Disable>(json!({"usergroup": "S0LEADS"}));
    let (group, added, removed) = edited(&done);
    assert_eq!(
        (added, removed, joins(&done)),
        (&[][..], &[][..], Vec::new())
    );
    assert_eq!(group.users, [id("U0ADA"), id("U0BOB")]);
    let told = &done.reply["usergroup"];
    assert_eq!(told["deleted_by"], "U0ADA");
    assert_eq!(told["date_delete"], told["date_update"]);

    // Nobody is brought anywhere by a group that is not in use.
    let args = json!({"usergroup": "S0PAST", "users": "U0TESS"});
    assert_eq!(joins(&trial.done::<UsersUpdate>(args)), []);
    let done = trial.done::<Enable>(json!({"usergroup": "S0PAST"}));
    assert_eq!(edited(&done).0.disabled, None);
    assert_eq!(
        joins(&done),
        [(id("C0RANDOM"), id("U0BOB"), Some(id("U0ADA")))]
    );
}
