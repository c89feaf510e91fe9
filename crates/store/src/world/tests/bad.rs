//! Worlds with something wrong in them: the line, the field, the words.

use super::*;

mod workspaces;

/// A world in which `fragment` is one line, put where `section` says.
fn world(section: &str, fragment: &str) -> String {
    let mut text = String::new();
    for line in BASE.lines() {
        match line.trim_start().strip_prefix("# ") {
            Some(marked) if marked == section => text.extend([fragment, "\n"]),
            Some(_) => {}
            None => text.extend([line, "\n"]),
        }
    }
    text
}

const BASE: &str = "\
version: 1
enterprises: [{id: E0ACME, name: Acme, domain: acme}]
workspaces:
- id: T0ACME
  name: Acme
  domain: acme
  enterprise: E0ACME
  # workspace
  users:
  - {id: U0ADA, name: ada, email: ada@acme.test}
  - {id: U0MIA, name: mia, guest: multi_channel}
  # users
  channels:
  - {id: C0GEN, name: general, general: true, members: all}
  - {id: D0ONE, kind: im, members: [U0ADA, U0BOT]}
  # channels
  apps:
  - {id: A0APP, name: app, bot_user: {id: U0BOT, bot_id: B0BOT}}
  - {id: A0BARE, name: bare, client_id: '1.0'}
  # apps
  tokens:
  - {token: xoxb-0, app: A0APP}
  # tokens
- {id: T0TWO, name: Two, domain: two, enterprise: E0ACME, users: [{id: U0PAN, name: pan}]}
- {id: T0GLO, name: Globex, domain: globex, users: [{id: U0GIL, name: gil}], channels: [{id: C0GLO, name: general}]}
";

pub(super) fn told(text: &str) -> String {
    load(text).expect_err(text).to_string()
}

#[test]
fn who_is_invited_is_in_no_channel() {
    let nia = "  - {id: U0NIA, name: nia, email: nia@a.test, invited: {by: U0ADA}}";
    let text = world("users", nia).replace(
        "general: true, members: all",
        "general: true, members: [U0ADA, U0NIA]",
    );
    let problem = "U0NIA is invited, and in no channel before they join";
    assert_eq!(
        told(&text),
        format!("world.yaml:13: workspaces[0].channels[0].members[1]: {problem}")
    );
}

/// Each fragment has one problem, at its line, below `workspaces[0]`.
fn table(section: &str, cases: &[(&str, &str)]) {
    for (fragment, problem) in cases {
        let text = world(section, fragment);
        let line = text.lines().count()
            - text
                .lines()
                .rev()
                .position(|line| line == *fragment)
                .unwrap();
        assert_eq!(
            told(&text),
            format!("world.yaml:{line}: workspaces[0].{problem}"),
            "{fragment}"
        );
    }
}

#[test]
fn the_base_is_good() {
    load(&world("nothing", "")).unwrap_or_else(|problems| panic!("{problems}"));
}

#[test]
fn people() {
    const NAME: &str =
        "users[2].name: a name is needed, or the id alone of somebody described elsewhere";
    table(
        "users",
        &[
            (
                "  - {id: U0ADA, name: other}",
                "users[2].id: U0ADA is used twice",
            ),
            (
                "  - {id: u0x, name: x}",
                "users[2].id: `u0x`: an id is made of the letters A to Z and digits",
            ),
            (
                "  - {id: C0X, name: x}",
                "users[2].id: `C0X`: the id starts with the letter of another kind",
            ),
            ("  - {id: U0X, name: ''}", NAME),
            ("  - {}", NAME),
            (
                "  - {name: x, email: ADA@acme.test}",
                "users[2].email: U0ADA of this workspace has ada@acme.test already",
            ),
            (
                "  - {name: x, email: no}",
                "users[2].email: `no`: an e-mail address is written name@domain",
            ),
            (
                "  - {name: x, tz: Mars/Olympus}",
                "users[2].tz: `Mars/Olympus` is no time zone, such as Europe/Zurich",
            ),
            (
                "  - {name: x, guest: multi_channel, role: admin}",
                "users[2].guest: a guest has no role",
            ),
            (
                "  - {name: x, email: x@a.test, invited: {}}",
                "users[2].invited: the key `by` is missing",
            ),
            (
                "  - {name: x, email: x@a.test, invited: {by: U0NOPE}}",
                "users[2].invited.by: there is no user U0NOPE",
            ),
            (
                "  - {name: x, email: x@a.test, invited: {by: U0GIL}}",
                "users[2].invited.by: U0GIL is nobody of this workspace or its organisation",
            ),
            (
                "  - {name: x, invited: {by: U0MIA}}",
                "users[2].invited: `email` says where the invitation goes",
            ),
            (
                "  - {name: x, bot_id: B0X, email: x@a.test, invited: {by: U0MIA}}",
                "users[2].invited: a bot is installed, and not invited",
            ),
            (
                "  - {name: x, email: x@a.test, guest: single_channel, invited: {by: U0MIA}}",
                "users[2].invited.channels: a single-channel guest is invited into one channel",
            ),
            (
                "  - {name: x, email: x@a.test, invited: {by: U0MIA, channels: [C0NOPE]}}",
                "users[2].invited.channels[0]: there is no channel C0NOPE",
            ),
            (
                "  - {name: x, email: x@a.test, invited: {by: U0MIA, link: a-b}}",
                "users[2].invited.link: a link ends in up to 64 letters and digits",
            ),
            (
                "  - {name: x, email: x@a.test, invited: {by: U0MIA, at: soon}}",
                "users[2].invited.at: `soon`: a time is written 2019-05-01T00:00:00Z, or 1556668800.000000",
            ),
            (
                "  - {name: x, expires: 2030-01-31}",
                "users[2].expires: the time of a guest ends, nobody else's",
            ),
            (
                "  - {name: x, guest: multi_channel, expires: soon}",
                "users[2].expires: `soon`: a time is written 2019-05-01T00:00:00Z, or 1556668800.000000",
            ),
            (
                "  - {name: x, guest: multi_channel, bot_id: B0X}",
                "users[2].guest: a bot is no guest",
            ),
            (
                "  - {name: x, bot_id: U0X}",
                "users[2].bot_id: `U0X`: the id starts with the letter of another kind",
            ),
            (
                "  - {name: x, app: A0NO}",
                "users[2].app: there is no app A0NO",
            ),
            (
                "  - {id: USLACKBOT, name: x}",
                "users[2].id: Slackbot is in every workspace without being listed",
            ),
            (
                "  - {id: U0GIL}",
                "users[2].id: U0GIL is of T0GLO, which is not of the same organisation",
            ),
            (
                "  - {id: U0ADA}",
                "users[2].id: U0ADA is in this workspace already",
            ),
            (
                "  - {id: U0NO}",
                "users[2].id: nobody with the id U0NO is described in this file; a person needs a name",
            ),
            (
                "  - {id: u}",
                "users[2].id: `u`: an id needs a letter for its kind and at least one more character",
            ),
            (
                "  - {name: x, updated: soon}",
                "users[2].updated: `soon`: a time is written 2019-05-01T00:00:00Z, or 1556668800.000000",
            ),
            (
                "  - {name: x, status: gone}",
                "users[2].status: `gone` is none of active, removed",
            ),
        ],
    );
}

#[test]
fn of_two_with_one_id_the_second_is_told() {
    for (fragment, line) in [
        (
            "  - {id: U0BOT, name: x}",
            "world.yaml:16: workspaces[0].apps[0].bot_user.id: U0BOT is used twice",
        ),
        (
            "  - {name: x, bot_id: B0BOT}",
            "world.yaml:16: workspaces[0].apps[0].bot_user.bot_id: B0BOT is used twice",
        ),
        (
            "  - {id: U0PAN, name: x}",
            "world.yaml:20: workspaces[1].users[0].id: U0PAN is used twice",
        ),
    ] {
        assert_eq!(told(&world("users", fragment)).lines().next(), Some(line));
    }
}

#[test]
fn channels() {
    table(
        "channels",
        &[
            (
                "  - {id: C0GEN, name: x}",
                "channels[2].id: C0GEN is used twice",
            ),
            (
                "  - {name: general}",
                "channels[2].name: C0GEN of this workspace has the name general already",
            ),
            ("  - {}", "channels[2].name: a channel needs a name"),
            (
                "  - {name: Ops}",
                "channels[2].name: a channel's name has no capitals, spaces, `#`, `@` or commas",
            ),
            (
                "  - {name: x, general: true}",
                "channels[2].general: C0GEN is this workspace's general channel",
            ),
            (
                "  - {id: D0X, name: x}",
                "channels[2].id: the id of a DM begins with D, and only a DM's",
            ),
            (
                "  - {name: x, creator: U0NO}",
                "channels[2].creator: there is no user U0NO",
            ),
            (
                "  - {name: x, members: [U0ADA, U0NO]}",
                "channels[2].members[1]: there is no user U0NO",
            ),
            (
                "  - {name: x, members: [T0ACME]}",
                "channels[2].members[0]: `T0ACME`: the id starts with the letter of another kind",
            ),
            (
                "  - {name: x, members: [U0ADA, U0ADA]}",
                "channels[2].members[1]: U0ADA is listed twice",
            ),
            (
                "  - {name: x, members: [USLACKBOT]}",
                "channels[2].members[0]: Slackbot cannot be named here",
            ),
            (
                "  - {name: x, members: [U0GIL]}",
                "channels[2].members[0]: U0GIL is of no workspace that has this channel",
            ),
            (
                "  - {name: x, members: [U0PAN]}",
                "channels[2].members[0]: U0PAN is of no workspace that has this channel",
            ),
            (
                "  - {name: x, org_wide: true, members: [U0GIL]}",
                "channels[2].members[0]: U0GIL is of no workspace that has this channel",
            ),
            (
                "  - {name: x, members: [{user: U0NO}]}",
                "channels[2].members[0].user: there is no user U0NO",
            ),
            (
                "  - {name: x, members: [{user: U0ADA, closed: true}]}",
                "channels[2].members[0].closed: only a DM can be closed",
            ),
            (
                "  - {name: x, members: [{user: U0ADA, last_read: soon}]}",
                "channels[2].members[0].last_read: `soon`: a time is written 2019-05-01T00:00:00Z, or 1556668800.000000",
            ),
            (
                "  - {name: x, members: [{user: U0ADA, marked: 2020-02-06}]}",
                "channels[2].members[0].marked: says when they marked what they have read, and not what: `last_read`",
            ),
            (
                "  - {name: x, created: 2020-01-01, members: [{user: U0ADA, last_read: 2020-02-07, marked: 2020-02-06}]}",
                "channels[2].members[0].marked: nobody has read what is said later than they marked it: `last_read`",
            ),
            (
                "  - {name: x, created: 2020-01-01, members: [{user: U0ADA, since: 2020-03-01, last_read: 2020-02-01, marked: 2020-02-06}]}",
                "channels[2].members[0].marked: nobody marks what they have read before they come in: `since`",
            ),
            (
                "  - {name: x, access_list: [U0NO]}",
                "channels[2].access_list[0]: there is no user U0NO",
            ),
            (
                "  - {name: x, workspaces: [T0ACME, T0GLO]}",
                "channels[2].workspaces[1]: T0GLO is not of the same organisation as T0ACME",
            ),
            (
                "  - {name: x, workspaces: [T0NO]}",
                "channels[2].workspaces[0]: there is no workspace T0NO",
            ),
            (
                "  - {name: x, connections: [{workspace: T0NO}]}",
                "channels[2].connections[0].workspace: there is no workspace T0NO",
            ),
            (
                "  - {name: x, connections: [{workspace: T0TWO}]}",
                "channels[2].connections[0].workspace: T0TWO is of the same organisation: list it under `workspaces`",
            ),
            (
                "  - {name: x, connections: [{workspace: T0GLO}, {workspace: T0GLO}]}",
                "channels[2].connections[1].workspace: T0GLO is listed twice",
            ),
            (
                "  - {name: x, topic: {value: a, creator: U0NO}}",
                "channels[2].topic.creator: there is no user U0NO",
            ),
            (
                "  - {kind: im, members: all}",
                "channels[2].members: a DM lists its members",
            ),
            (
                "  - {kind: im, members: [U0ADA], name: x}",
                "channels[2].name: a DM has no name",
            ),
            (
                "  - {kind: im, members: [U0ADA, U0MIA, U0BOT]}",
                "channels[2].members: a DM is between two, or one alone",
            ),
            (
                "  - {kind: im, members: [U0GIL]}",
                "channels[2].members: none of them is of T0ACME or its organisation",
            ),
            (
                "  - {kind: im, members: [U0BOT, U0ADA]}",
                "channels[2].members: D0ONE is between the same people",
            ),
            (
                "  - {kind: mpim, members: [U0ADA]}",
                "channels[2].members: a group DM is between several",
            ),
            (
                "  - {kind: room, name: x}",
                "channels[2].kind: `room` is none of public, private, im, mpim",
            ),
        ],
    );
}

#[test]
fn messages() {
    const OTHER: &str = "is not told by a message of this subtype";
    for (message, problem) in [
        ("{user: U0NO, text: a}", ".user: there is no user U0NO"),
        ("{user: U0ADA}", ": a message needs a text"),
        (
            "{user: U0ADA, text: a, ts: now}",
            ".ts: `now`: a time is written 2019-05-01T00:00:00Z, or 1556668800.000000",
        ),
        (
            "{user: U0ADA, subtype: channel_join, text: a}",
            &format!(".text: {OTHER}"),
        ),
        (
            "{user: U0ADA, text: a, inviter: U0MIA}",
            &format!(".inviter: {OTHER}"),
        ),
        (
            "{user: U0ADA, subtype: channel_join, inviter: U0NO}",
            ".inviter: there is no user U0NO",
        ),
        (
            "{user: U0ADA, subtype: channel_name, name: a}",
            ": the key `old_name` is missing",
        ),
        (
            "{user: U0ADA, text: a, blocks: '{}'}",
            ".blocks: expected the text of an array in JSON",
        ),
        (
            "{user: U0ADA, text: a, metadata: '{x'}",
            ".metadata: malformed JSON: key must be a string at line 1 column 2",
        ),
        (
            "{user: U0ADA, text: a, bot_id: U0X}",
            ".bot_id: `U0X`: the id starts with the letter of another kind",
        ),
    ] {
        let fragment = format!("  - {{name: x, messages: [{{user: U0ADA, text: b}}, {message}]}}");
        table(
            "channels",
            &[(&fragment, &format!("channels[2].messages[1]{problem}"))],
        );
    }
    let twice = "  - {name: x, messages: [{user: U0ADA, text: a, ts: '1.0'}, {user: U0ADA, text: b, ts: '1'}]}";
    table(
        "channels",
        &[(
            twice,
            "channels[2].messages[1].ts: 0000000001.000000 is used twice in this channel",
        )],
    );
}

#[test]
fn usergroups() {
    for (group, problem) in [
        ("{name: ''}", "[1].name: a name is needed"),
        (
            "{name: on call, handle: x}",
            "[1].name: S0ONE of this workspace has `on call` already",
        ),
        (
            "{name: x, handle: on-call}",
            "[1].handle: S0ONE of this workspace has `on-call` already",
        ),
        (
            "{name: x, handle: here}",
            "[1].handle: `here` means something else in a message",
        ),
        (
            "{name: x, handle: On call}",
            "[1].handle: `On call` is no handle: lower-case letters, digits, `-` and `_`",
        ),
        (
            "{name: x, users: [U0MIA]}",
            "[1].users[0]: U0MIA is no full member of this workspace, and so in none of its groups",
        ),
        (
            "{name: x, users: [U0BOT]}",
            "[1].users[0]: U0BOT is no full member of this workspace, and so in none of its groups",
        ),
        (
            "{name: x, users: [U0PAN]}",
            "[1].users[0]: U0PAN is no full member of this workspace, and so in none of its groups",
        ),
        (
            "{name: x, users: [U0ADA, U0ADA]}",
            "[1].users[1]: U0ADA is listed twice",
        ),
        (
            "{name: x, channels: [C0NONE]}",
            "[1].channels[0]: there is no channel C0NONE",
        ),
        ("{id: S0ONE, name: x}", "[1].id: S0ONE is used twice"),
        (
            "{name: x, updater: U0NO}",
            "[1].updater: there is no user U0NO",
        ),
    ] {
        let fragment = format!("  usergroups: [{{id: S0ONE, name: On Call}}, {group}]");
        table("workspace", &[(&fragment, &format!("usergroups{problem}"))]);
    }
}

#[test]
fn invite_requests() {
    for (request, problem) in [
        (
            "{email: x, requesters: [U0ADA]}",
            "[1].email: `x`: an e-mail address is written name@domain",
        ),
        (
            "{email: New@acme.test, requesters: [U0ADA]}",
            "[1].email: Ir0ONE of this workspace has `new@acme.test` already",
        ),
        (
            "{email: x@acme.test, requesters: []}",
            "[1].requesters: somebody asked for it",
        ),
        (
            "{email: x@acme.test, requesters: [U0NO]}",
            "[1].requesters[0]: there is no user U0NO",
        ),
        (
            "{email: x@acme.test, requesters: [U0BOT]}",
            "[1].requesters[0]: U0BOT is no person of this workspace",
        ),
        (
            "{email: x@acme.test, requesters: [U0ADA, U0ADA]}",
            "[1].requesters[1]: U0ADA is listed twice",
        ),
        (
            "{email: x@acme.test, requesters: [U0ADA], channels: [C0GLO]}",
            "[1].channels[0]: C0GLO is no channel of this workspace's own",
        ),
        (
            "{email: x@acme.test, requesters: [U0ADA], guest: multi_channel}",
            "[1].channels: a guest comes into a channel, a single-channel guest into one alone",
        ),
        (
            "{email: x@acme.test, requesters: [U0ADA], expires: 2030-01-01}",
            "[1].expires: the time of a guest ends, nobody else's",
        ),
        (
            "{id: Ir0ONE, email: x@acme.test, requesters: [U0ADA]}",
            "[1].id: Ir0ONE is used twice",
        ),
        (
            "{id: I0ONE, email: x@acme.test, requesters: [U0ADA]}",
            "[1].id: `I0ONE`: the id starts with the letter of another kind",
        ),
        (
            "{email: x@acme.test, requesters: [U0ADA], denied: {by: U0BOT}}",
            "[1].denied.by: U0BOT is nobody of this workspace or its organisation",
        ),
        (
            "{email: x@acme.test, requesters: [U0ADA], denied: {by: U0ADA}, approved: {by: U0ADA, user: U0ADA}}",
            "[1].denied: it is approved or denied, not both",
        ),
        (
            "{email: x@acme.test, requesters: [U0ADA], approved: {by: U0ADA, user: U0NO}}",
            "[1].approved.user: there is no user U0NO",
        ),
        (
            "{email: x@acme.test, requesters: [U0ADA], real_name: \"a\\nb\"}",
            "[1].real_name: a name has at most 80 characters that can be seen",
        ),
    ] {
        let first = "{id: Ir0ONE, email: new@acme.test, requesters: [U0ADA]}";
        let fragment = format!("  invite_requests: [{first}, {request}]");
        let problem = format!("invite_requests{problem}");
        table("workspace", &[(&fragment, &problem)]);
    }
    let long = "x".repeat(561);
    let fragment =
        format!("  invite_requests: [{{email: x@acme.test, requesters: [U0ADA], reason: {long}}}]");
    let problem = "invite_requests[0].reason: a reason has at most 560 characters";
    table("workspace", &[(&fragment, problem)]);
}

#[test]
fn an_organisation_is_of_one_realm() {
    assert_eq!(
        told(&world("workspace", "  realm: north")),
        "world.yaml:20: workspaces[1].realm: workspaces of one organisation are of one realm"
    );
}

#[test]
fn problems_come_by_line_whatever_finds_them() {
    let text = told(&world(
        "users",
        "  - {name: x, email: x}\n  - {id: U0ADA, name: x, updated: x}\n  - {id: U0NO}",
    ));
    let fields: Vec<&str> = text
        .lines()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    let expected = [
        "users[2].email",
        "users[3].id",
        "users[3].updated",
        "users[4].id",
    ];
    assert_eq!(
        fields,
        expected.map(|field| format!("workspaces[0].{field}"))
    );
}
