//! Who is told what is wrong.

use super::{group, settled};
use crate::{
    fixture::{Scene, id},
    trial::{Row, Trial, refuses},
    usergroups::{
        create::Create, disable::Disable, enable::Enable, update::Update, users_update::UsersUpdate,
    },
};
use guestlist_domain::{
    TokenKind,
    workspace::{Plan, Who},
};
use serde_json::{Value, json};

fn settle(trial: &mut Trial) {
    trial.seed = settled();
}

fn unpaid(trial: &mut Trial) {
    settle(trial);
    trial.seed.workspaces[0].plan = Plan::Free;
}

fn org_wide(trial: &mut Trial) {
    settle(trial);
    trial.token.kind = TokenKind::Org;
}

fn everyone(trial: &mut Trial) {
    settle(trial);
    trial.seed.workspaces[0].who_may_manage_usergroups = Who::Everyone;
}

fn nobody(trial: &mut Trial) {
    settle(trial);
    trial.seed.workspaces[0].who_may_manage_usergroups = Who::Nobody;
}

/// Only a channel connects Acme with others.
fn apart(trial: &mut Trial) {
    settle(trial);
    trial.seed.workspaces[2..]
        .iter_mut()
        .for_each(|one| one.realm = one.domain.clone());
}

/// What keeps people from managing groups, whatever they would do.
fn barred(unpaid_is: &'static str, args: &Value) -> Vec<Row> {
    vec![
        (unpaid_is, "U0ADA", args.clone(), unpaid),
        ("permission_denied", "U0BOB", args.clone(), settle),
        ("permission_denied", "U0GREET", args.clone(), settle),
        ("permission_denied", "U0MIA", args.clone(), everyone),
        ("permission_denied", "U0ADA", args.clone(), nobody),
    ]
}

/// What cannot be said of a group.
fn wrong(args: &Value) -> Vec<Row> {
    let with = |more: Value| {
        let mut args = args.clone();
        for (name, value) in more.as_object().unwrap() {
            args[name] = value.clone();
        }
        args
    };
    let many: Vec<_> = (0..21).map(|n| format!("C0N{n}")).collect();
    let rows = [
        ("missing_subteam_name", json!({"name": " "})),
        ("name_too_long", json!({"name": "x".repeat(81)})),
        (
            "name_already_exists",
            json!({"name": "leads", "handle": "x"}),
        ),
        (
            "name_already_exists",
            json!({"name": "Past", "handle": "x"}),
        ),
        (
            "description_too_long",
            json!({"description": "x".repeat(141)}),
        ),
        ("bad_handle", json!({"handle": "@on-call-2"})),
        ("bad_handle", json!({"handle": "--"})),
        ("forbidden_handle", json!({"handle": "here"})),
        ("forbidden_handle", json!({"handle": "slackbot"})),
        ("handle_already_exists", json!({"handle": "past-ones"})),
        ("handle_already_exists", json!({"handle": "secret"})),
        ("handle_already_exists", json!({"handle": "otto"})),
        ("handle_already_exists", json!({"handle": "greeter"})),
        ("too_many_linked_channels", json!({"channels": many})),
        (
            "invalid_channel_provided",
            json!({"channels": "C0RANDOM,C0NONE"}),
        ),
        ("invalid_channel_provided", json!({"channels": "C0PAST"})),
        ("invalid_channel_provided", json!({"channels": "C0HIDDEN"})),
        ("invalid_channel_provided", json!({"channels": "D0ADABOB"})),
        ("invalid_channel_provided", json!({"channels": "random"})),
        ("invalid_group_provided", json!({"channels": "G0TRIO"})),
        ("invalid_group_provided", json!({"channels": "G0NONE"})),
    ];
    let row = |(code, more)| -> Row { (code, "U0ADA", with(more), settle) };
    rows.map(row).into()
}

#[test]
fn making() {
    let args = json!({"name": "New ones"});
    let mut rows = barred("plan_upgrade_required", &args);
    rows.extend(wrong(&args));
    let org = "target_team_must_be_specified_in_org_context";
    rows.extend([
        (org, "U0GREET", args.clone(), org_wide as fn(&mut Trial)),
        ("missing_subteam_name", "U0ADA", json!({}), settle),
        ("bad_handle", "U0ADA", json!({"name": "!!"}), settle),
        (
            "handle_already_exists",
            "U0ADA",
            json!({"name": "Bob"}),
            settle,
        ),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"name": "x", "include_count": "maybe"}),
            settle,
        ),
    ]);
    refuses::<Create>(rows);
}

#[test]
fn changing() {
    let args = json!({"usergroup": "S0ONCALL"});
    let mut rows = barred("paid_teams_only", &args);
    rows.extend(wrong(&args));
    rows.extend([
        (
            "missing_argument",
            "U0GREET",
            args,
            org_wide as fn(&mut Trial),
        ),
        ("invalid_arguments", "U0ADA", json!({"name": "x"}), settle),
        (
            "no_such_subteam",
            "U0ADA",
            json!({"usergroup": "S0NONE"}),
            settle,
        ),
        (
            "no_such_subteam",
            "U0ADA",
            json!({"usergroup": "on-call"}),
            settle,
        ),
        (
            "no_such_subteam",
            "U0ADA",
            json!({"usergroup": "S0WEST", "name": "x"}),
            |t| {
                settle(t);
                let mut west = group("S0WEST", "West", "west", &[]);
                west.team = id("T0WEST");
                t.seed.usergroups.push(west);
            },
        ),
        (
            "bad_handle",
            "U0ADA",
            json!({"usergroup": "S0ONCALL", "handle": ""}),
            settle,
        ),
    ]);
    refuses::<Update>(rows);
}

#[test]
fn switching() {
    let (args, none) = (
        json!({"usergroup": "S0ONCALL"}),
        json!({"usergroup": "S0NONE"}),
    );
    let rows = |org: &'static str| {
        let mut rows = barred("plan_upgrade_required", &args);
        rows.extend([
            (org, "U0GREET", args.clone(), org_wide as fn(&mut Trial)),
            ("invalid_arguments", "U0ADA", json!({}), settle),
            ("no_such_subteam", "U0ADA", none.clone(), settle),
        ]);
        rows
    };
    refuses::<Enable>(rows("missing_argument"));
    refuses::<Disable>(rows("target_team_must_be_specified_in_org_context"));
}

#[test]
fn naming_people() {
    let args = json!({"usergroup": "S0ONCALL", "users": "U0BOB"});
    let users = |users: Value| json!({"usergroup": "S0ONCALL", "users": users});
    let many: Vec<_> = (0..1001).map(|n| format!("U0N{n}")).collect();
    let mut rows = barred("plan_upgrade_required", &args);
    rows.extend([
        (
            "missing_argument",
            "U0GREET",
            args,
            org_wide as fn(&mut Trial),
        ),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"users": "U0BOB"}),
            settle,
        ),
        (
            "no_such_subteam",
            "U0ADA",
            json!({"usergroup": "S0NONE", "users": "U0BOB"}),
            settle,
        ),
        (
            "no_users_provided",
            "U0ADA",
            json!({"usergroup": "S0ONCALL"}),
            settle,
        ),
        ("no_users_provided", "U0ADA", users(json!("")), settle),
        (
            "subteam_max_users_exceeded",
            "U0ADA",
            users(json!(many)),
            settle,
        ),
        (
            "invalid_users",
            "U0ADA",
            users(json!("U0BOB,U0NONE")),
            settle,
        ),
        ("invalid_users", "U0ADA", users(json!("bob")), settle),
        ("invalid_users", "U0ADA", users(json!("U0OLD")), settle),
        ("invalid_users", "U0ADA", users(json!("U0GREET")), settle),
        ("invalid_users", "U0ADA", users(json!("U0MIA")), settle),
        (
            "single_channel_guests_cannot_be_added",
            "U0ADA",
            users(json!("U0SOL")),
            settle,
        ),
        (
            "failed_for_some_users",
            "U0ADA",
            users(json!("U0WES")),
            settle,
        ),
        (
            "failed_for_some_users",
            "U0ADA",
            users(json!("U0GUS")),
            settle,
        ),
        (
            "failed_for_some_users",
            "U0ADA",
            users(json!("U0XEN")),
            settle,
        ),
        ("invalid_users", "U0ADA", users(json!("U0XEN")), apart),
        (
            "failed_for_some_users",
            "U0ADA",
            users(json!("U0GUS")),
            apart,
        ),
    ]);
    refuses::<UsersUpdate>(rows);
}

#[tokio::test]
async fn reading() {
    let mut seed = settled();
    seed.workspaces[3].plan = Plan::Free;
    let of = |group: &str| json!({"usergroup": group});
    Scene::of(&seed)
        .refuses(&[
            ("usergroups.list", "xen", json!({}), "plan_upgrade_required"),
            ("usergroups.list", "org", json!({}), "missing_argument"),
            (
                "usergroups.list",
                "ada",
                json!({"include_users": "maybe"}),
                "invalid_arguments",
            ),
            (
                "usergroups.users.list",
                "xen",
                of("S0ONCALL"),
                "plan_upgrade_required",
            ),
            (
                "usergroups.users.list",
                "ada",
                json!({}),
                "invalid_arguments",
            ),
            (
                "usergroups.users.list",
                "ada",
                of("S0NONE"),
                "no_such_subteam",
            ),
            (
                "usergroups.users.list",
                "ada",
                of("U0ADA"),
                "no_such_subteam",
            ),
            (
                "usergroups.users.list",
                "ada",
                of("S0PAST"),
                "no_such_subteam",
            ),
            (
                "usergroups.users.list",
                "wes",
                of("S0ONCALL"),
                "no_such_subteam",
            ),
        ])
        .await;
}
