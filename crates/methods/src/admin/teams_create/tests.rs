use super::TeamsCreate;
use crate::{
    fixture::{Scene, id, ids, person, token, town},
    handle::Write,
    trial::{Trial, refuses},
};
use guestlist_domain::{Change, TeamId, TokenKind, user::Role, workspace::Status};
use serde_json::{Value, json};

const METHOD: &str = "admin.teams.create";

/// Arguments of a workspace that can be made, some of them others.
fn new(others: &[(&str, &str)]) -> Value {
    let mut args = json!({"team_domain": "acme-east", "team_name": "Acme East"});
    for (name, value) in others {
        args[*name] = (*value).into();
    }
    args
}

#[test]
fn refusals() {
    let long = "é".repeat(256);
    let domain = |domain: &str| new(&[("team_domain", domain)]);
    let name = |name: &str| new(&[("team_name", name)]);
    let ada = |code, args| (code, "U0ADA", args, (|_| {}) as fn(&mut Trial));
    refuses::<TeamsCreate>(vec![
        ada(
            "must_provide_team_domain",
            json!({"team_name": "Acme East"}),
        ),
        ada("must_provide_team_domain", domain("  ")),
        ada("must_provide_team_name", json!({"team_domain": "east"})),
        ada("must_provide_team_name", name("")),
        ada("bad_url", domain("twenty-two-characters-")),
        ada("bad_url", domain("abcdefghijklmnopqrstuv")),
        ada("bad_url", domain("acme.east")),
        ada("bad_url", domain("-east")),
        ada("bad_url", domain("east-")),
        ada("bad_url", domain("öst")),
        ada("bad_url", domain(&"x".repeat(100_000))),
        ada("could_not_create_workspace", name(&long)),
        ada(
            "could_not_create_workspace",
            new(&[("team_description", &long)]),
        ),
        ada(
            "discoverability_setting_invalid",
            new(&[("team_discoverability", "hidden")]),
        ),
        ada("domain_taken", domain("ACME-west")),
        ada("domain_taken", domain("acme")),
        ada("name_taken_in_org", name(" acme WEST ")),
        ("not_an_admin", "U0BOB", new(&[]), |_| {}),
        // Who may not make any is told of none that are there.
        ("not_an_admin", "U0BOB", domain("acme"), |_| {}),
        ("feature_not_enabled", "U0GUS", new(&[]), |_| {}),
    ]);
    Trial::gone_meanwhile::<TeamsCreate>("U0ADA", &new(&[]));
    // So is whoever is no admin any more.
    let mut trial = Trial::of("U0ADA");
    trial.meanwhile = Some(|user| user.role = Role::Member);
    let refused = trial.run::<TeamsCreate>(new(&[])).map(|done| done.changes);
    assert_eq!(refused, Err("not_an_admin"));
}

#[test]
fn who_may_make_none_is_told_so_whatever_is_there() {
    for (user, may) in [("U0ADA", true), ("U0BOB", false), ("U0GUS", false)] {
        let ask = Trial::of(user).ask::<TeamsCreate>(new(&[]));
        let ask = ask.expect("the arguments are good");
        assert_eq!(TeamsCreate::adds(&ask), may, "{user}");
        assert_eq!(TeamsCreate::needs(&ask).is_empty(), !may, "{user}");
    }
}

#[test]
fn a_name_is_free_again_once_its_workspace_is_deleted_and_others_do_not_matter() {
    for (change, domain, name) in [
        (
            (|trial| trial.seed.workspaces[1].status = Status::Deleted) as fn(&mut Trial),
            "acme-west",
            "Acme West",
        ),
        // Of another organisation.
        (|_| {}, "globex", "Globex"),
        (|_| {}, "Acme-21-Characters-Ab", "x"),
    ] {
        let mut trial = Trial::of("U0ADA");
        change(&mut trial);
        let args = new(&[("team_domain", domain), ("team_name", name)]);
        let done = trial.done::<TeamsCreate>(args);
        assert_eq!(done.extra_loads, 0);
        let [Change::Added { seed }, Change::Assigned { user, team }] = &done.changes[..] else {
            panic!("{:?}", done.changes)
        };
        let workspace = &seed.workspaces[0];
        assert_eq!((workspace.id, done.reply), (*team, json!({"team": team})));
        assert_eq!(workspace.domain, domain.to_lowercase());
        assert_eq!(workspace.enterprise, Some(id("E0ACME")));
        assert_eq!((user.id, user.team), (id("U0ADA"), id("T0ACME")));
        assert_eq!((&user.teams, user.role), (&vec![*team], Role::Owner));
    }
}

#[tokio::test]
async fn a_workspace_is_there_at_once_with_whoever_made_it() {
    let mut seed = town();
    person(&mut seed, "U0ADA").role = Role::PrimaryOwner;
    seed.tokens
        .push(token("west", "T0WEST", "U0ADA", TokenKind::User));
    person(&mut seed, "U0ADA").teams = vec![id("T0WEST")];
    let scene = Scene::of(&seed);
    let args = new(&[
        ("team_name", "  Acme East  "),
        ("team_description", "The east"),
        ("team_discoverability", "closed"),
    ]);
    let made = scene.call("ada", METHOD, args.clone()).await;
    let team = made["team"].as_str().expect("an id").to_owned();

    // Whoever asks again, from wherever, is told that it is there.
    for token in ["ada", "west"] {
        let again = scene.refusal(token, METHOD, args.clone()).await;
        assert_eq!(again, "domain_taken");
    }
    let list = scene.call("ada", "admin.teams.list", json!({})).await;
    let rows = list["teams"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["id"] == team);
    assert_eq!(
        row,
        Some(&json!({
            "id": team,
            "name": "Acme East",
            "discoverability": "closed",
            "primary_owner": {"user_id": "U0ADA", "email": "ada@acme.test"},
            "team_url": "https://acme-east.slack.com/",
        }))
    );
    let info = json!({"domain": "acme-east"});
    let info = scene.call("ada", "team.info", info).await;
    assert_eq!(info["team"]["enterprise_id"], "E0ACME", "{info}");
    let users = json!({"team_id": team});
    let users = scene.call("ada", "admin.users.list", users).await;
    assert_eq!(ids(&users["users"]), ["U0ADA"]);
    // Somebody may come, and is in the channel that everybody is in.
    let assign = json!({"team_id": team, "user_id": "U0BOB"});
    let assigned = scene.call("ada", "admin.users.assign", assign).await;
    assert_eq!(assigned["ok"], true, "{assigned}");
    let dump = scene.store.dump().await.expect("the store answers");
    let team: TeamId = id(&team);
    let there = dump.channels.iter().filter(|one| one.team == team);
    let mut names: Vec<_> = there
        .map(|one| {
            let inside = dump
                .members
                .iter()
                .filter(|(_, channel, ..)| *channel == one.id);
            let inside: Vec<_> = inside.map(|(_, _, user, _)| user.to_string()).collect();
            let said = dump
                .messages
                .iter()
                .filter(|(_, channel, _)| *channel == one.id);
            (
                one.name.clone(),
                one.general,
                inside.join(" "),
                said.count(),
            )
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            ("general".to_owned(), true, "U0ADA U0BOB".to_owned(), 2),
            ("random".to_owned(), false, "U0ADA".to_owned(), 1),
        ]
    );
    let workspace = dump.workspaces.iter().find(|one| one.id == team);
    assert_eq!(workspace.expect("it is there").description, "The east");
}

#[tokio::test]
async fn of_those_who_make_the_same_at_once_one_does() {
    let scene = Scene::new();
    let call = || scene.call("ada", METHOD, new(&[]));
    let (one, two, three) = tokio::join!(call(), call(), call());
    let answers = [one, two, three];
    let made = answers.iter().filter(|answer| answer["ok"] == true);
    assert_eq!(made.count(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer["ok"] == false) {
        assert_eq!(answer["error"], "domain_taken");
    }
}
