//! Worlds with something wrong in them: the line, the field, the words.

use super::*;

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
                "  - {kind: im, members: [U0GIL, U0PAN]}",
                "channels[2].members: none of them is of T0ACME",
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
fn tokens() {
    table(
        "tokens",
        &[
            (
                "  - {token: xoxb-0, app: A0APP}",
                "tokens[1].token: this token is given twice",
            ),
            (
                "  - {token: xoxb-1, kind: user, user: U0ADA}",
                "tokens[1].kind: a token that begins with `xoxb-` is no user token",
            ),
            (
                "  - {token: one, user: U0ADA}",
                "tokens[1].token: its beginning tells no kind: give `kind`",
            ),
            (
                "  - {token: 'xoxp a', user: U0ADA}",
                "tokens[1].token: a token is made of visible ASCII characters",
            ),
            (
                "  - {token: xoxb-1, user: U0ADA}",
                "tokens[1].user: a bot token acts as a bot, and U0ADA is a person",
            ),
            (
                "  - {token: xoxp-1, user: U0BOT}",
                "tokens[1].user: a user token acts as a person, and U0BOT is a bot",
            ),
            (
                "  - {token: xoxp-1, app: A0APP}",
                "tokens[1]: a user token needs a `user`",
            ),
            (
                "  - {token: xoxp-1, user: U0NO}",
                "tokens[1].user: there is no user U0NO",
            ),
            (
                "  - {token: xoxp-1, user: U0GIL}",
                "tokens[1].user: U0GIL is not in T0ACME",
            ),
            (
                "  - {token: xoxb-1, app: A0BARE}",
                "tokens[1]: a bot token needs a `user`",
            ),
            (
                "  - {token: xoxb-1, app: A0NO, user: U0BOT}",
                "tokens[1].app: there is no app A0NO",
            ),
            (
                "  - {token: xapp-1, app: A0APP, user: U0BOT}",
                "tokens[1].user: an app_level token acts as nobody",
            ),
            (
                "  - {token: xapp-1}",
                "tokens[1]: an app_level token needs an `app`",
            ),
            (
                "  - {token: xoxe-1-x, user: U0ADA}",
                "tokens[1]: a refresh token renews an app's: it needs an `app`",
            ),
            ("  - {}", "tokens[1]: a token needs a `user` or an `app`"),
            (
                "  - {user: U0ADA, workspaces: [T0TWO]}",
                "tokens[1].workspaces: only an org token is granted workspaces",
            ),
            (
                "  - {user: U0ADA, channels: [C0GEN]}",
                "tokens[1].channels: only a workspace token is granted channels",
            ),
            (
                "  - {kind: org, app: A0APP, workspaces: [T0GLO]}",
                "tokens[1].workspaces[0]: T0GLO is not of the same organisation as T0ACME",
            ),
            (
                "  - {kind: workspace, app: A0APP, channels: [C0NO]}",
                "tokens[1].channels[0]: there is no channel C0NO",
            ),
            (
                "  - {token: xoxp-1, token_sha256: aa, user: U0ADA}",
                "tokens[1]: a token is given by its text or by its hash, not both",
            ),
            (
                "  - {token_sha256: aa, user: U0ADA}",
                "tokens[1].token_sha256: a token hash is 64 hexadecimal digits",
            ),
            (
                "  - {user: U0ADA, expires_at: later}",
                "tokens[1].expires_at: `later`: a time is written 2019-05-01T00:00:00Z, or 1556668800.000000",
            ),
            (
                "  - {user: U0ADA, kind: admin}",
                "tokens[1].kind: `admin` is none of bot, user, legacy_bot, workspace, app_level, org, refresh",
            ),
        ],
    );
    let globex = "version: 1\nworkspaces: [{name: A, domain: a, apps: [{name: x, bot_user: {id: U0X}}], tokens: [{kind: org, user: U0X}]}]";
    let made = seed(&globex.replace("kind: org, ", "")).workspaces[0].id;
    let expected = format!(
        "world.yaml:2: workspaces[0].tokens[0]: an org token is made in an organisation, and {made} is of none"
    );
    assert_eq!(told(globex), expected);
}

#[test]
fn the_rest_of_a_workspace() {
    table(
        "workspace",
        &[
            (
                "  status: gone",
                "status: `gone` is none of active, deleted, migrating, joining_org",
            ),
            (
                "  created: yesterday",
                "created: `yesterday`: a time is written 2019-05-01T00:00:00Z, or 1556668800.000000",
            ),
            (
                "  created: 1969-12-31",
                "created: `1969-12-31`: a time is not before 1970",
            ),
            (
                "  created: 6000-01-01",
                "created: `6000-01-01`: a time is not after the year 5999",
            ),
            (
                "  created: 127174492800",
                "created: `127174492800`: a time is not after the year 5999",
            ),
            (
                "  allowed_networks: [10.0.0.1]",
                "allowed_networks[0]: `10.0.0.1`: a network is written with its length, as 10.0.0.1/32",
            ),
            (
                "  allowed_networks: [10.0.0.0/8, 1.2.3.4/33]",
                "allowed_networks[1]: `1.2.3.4/33`: the length of this network is 0 to 32",
            ),
            (
                "  who_may_invite: nobody",
                "who_may_invite: `nobody` is none of everyone, admins",
            ),
            (
                "  barriers: [{from: [U0ADA], to: [U0NO]}]",
                "barriers[0].to[0]: there is no user U0NO",
            ),
            (
                "  invitations: [{channel: C0GLO, inviter: U0ADA, to: {user: U0GIL}}]",
                "invitations[0].channel: C0GLO is a channel of T0GLO, which lists its own invitations",
            ),
            (
                "  invitations: [{channel: C0NO, inviter: U0ADA, to: {user: U0GIL}}]",
                "invitations[0].channel: there is no channel C0NO",
            ),
            (
                "  invitations: [{channel: C0GEN, inviter: U0ADA, to: {}}]",
                "invitations[0].to: expected one of `email` and `user`",
            ),
            (
                "  invitations: [{channel: C0GEN, inviter: U0ADA, to: {email: x}}]",
                "invitations[0].to.email: `x`: an e-mail address is written name@domain",
            ),
            (
                "  invitations: [{channel: C0GEN, inviter: U0ADA, to: {user: U0GIL}, state: approved}]",
                "invitations[0]: in this state the key `acceptance` tells who accepted",
            ),
            (
                "  invitations: [{channel: C0GEN, inviter: U0ADA, to: {user: U0GIL}, acceptance: {workspace: T0GLO, user: U0NO}}]",
                "invitations[0].acceptance.user: there is no user U0NO",
            ),
        ],
    );
    table(
        "apps",
        &[
            (
                "  - {id: A0APP, name: x}",
                "apps[2].id: A0APP is used twice",
            ),
            (
                "  - {name: x, allowed_addresses: [any]}",
                "apps[2].allowed_addresses[0]: `any`: a network is written 10.0.0.0/8 or 2001:db8::/32",
            ),
            (
                "  - {name: x, bot_user: {app: A0APP}}",
                "apps[2].bot_user.app: a bot_user belongs to the app that lists it",
            ),
            (
                "  - {created: 2020-01-01}",
                "apps[2].name: an app needs a name, here or in its manifest",
            ),
            (
                "  - {manifest: {display_information: {name: x}, oauth_config: {redirect_urls: [javascript://x]}}}",
                "apps[2].manifest.oauth_config.redirect_urls[0]: `javascript://x`: a redirect URL begins with https://",
            ),
            (
                "  - {name: x, client_id: '1.1', manifest: {settings: {token_rotation: true}}}",
                "apps[2].manifest.settings: unknown key `token_rotation`; known are event_subscriptions, socket_mode_enabled, token_rotation_enabled, allowed_ip_address_ranges, function_runtime, hermes_app_type, incoming_webhooks, interactivity, is_hosted, is_mcp_enabled, org_deploy_enabled, siws_links",
            ),
            (
                "  - {name: x, client_id: '1.0'}",
                "apps[2].client_id: another app has the client id 1.0",
            ),
            (
                "  - {name: x, events: {delivery: mail}}",
                "apps[2].events.delivery: `mail` is none of http, socket",
            ),
        ],
    );
    let alone = "version: 1\nworkspaces:\n- {name: A, domain: a, enterprise: E0NO,\n   channels: [{name: x, org_wide: true}]}";
    assert_eq!(
        told(alone),
        "world.yaml:3: workspaces[0].enterprise: there is no enterprise E0NO\n\
         world.yaml:4: workspaces[0].channels[0].creator: there is nobody in the workspace who could have made it"
    );
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
