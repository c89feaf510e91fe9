//! What a workspace has beside people and channels.

use super::*;

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
                "tokens[1].user: bot tokens act as bots, and U0ADA is a person",
            ),
            (
                "  - {token: xoxp-1, user: U0BOT}",
                "tokens[1].user: user tokens act as people, and U0BOT is a bot",
            ),
            (
                "  - {token: xoxb-1, kind: org, user: U0ADA}",
                "tokens[1].user: org tokens that begin with `xoxb-` act as bots, and U0ADA is a person",
            ),
            (
                "  - {token: xoxp-1, kind: org, user: U0BOT}",
                "tokens[1].user: org tokens that begin with `xoxp-` act as people, and U0BOT is a bot",
            ),
            (
                "  - {token: xoxp-1, kind: org, user: U0GIL}",
                "tokens[1].user: U0GIL is not in T0ACME",
            ),
            (
                "  - {token: xapp-1, kind: org, user: U0ADA}",
                "tokens[1].kind: a token that begins with `xapp-` is no org token",
            ),
            (
                "  - {token: xoxp-1, app: A0APP}",
                "tokens[1]: user tokens need a `user`",
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
                "tokens[1]: bot tokens need a `user`",
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
                "tokens[1]: app_level tokens need an `app`",
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
                "tokens[1].kind: `admin` is none of bot, user, legacy_bot, workspace, app_level, org, refresh, org_refresh",
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
                "apps[2].manifest.settings: unknown key `token_rotation`; known are event_subscriptions, socket_mode_enabled, token_rotation_enabled, org_deploy_enabled, allowed_ip_address_ranges, interactivity, function_runtime, hermes_app_type, incoming_webhooks, is_hosted, is_mcp_enabled, siws_links",
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
