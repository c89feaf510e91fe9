//! The world files of the steps `sdk` and `crash`: one workspace, as many people as wanted.

use std::fmt::Write;

pub(crate) const BOT: &str = "U0GREETER";
pub(crate) const OWNER: &str = "U0ADAPARK";
/// The bot's token: may do whatever the tests do.
pub(crate) const BOT_TOKEN: &str = "xoxb-acme-greeter";
/// The owner's own token.
pub(crate) const OWNER_TOKEN: &str = "xoxp-acme-ada";
/// A token of the bot that may look at people and do nothing else.
pub(crate) const NARROW_TOKEN: &str = "xoxb-acme-narrow";

/// A channel that everybody is in.
pub(crate) const GENERAL: &str = "C0GENERAL";
/// Client ids and secrets of the apps that can be installed: one whose tokens live for ever, one
/// whose tokens are renewed.
pub(crate) const INSTALLABLE: [(&str, &str); 2] = [("1000.1", "s3cret-1"), ("1000.2", "s3cret-2")];
/// Where they have codes sent. Nobody listens there: the stories play the browser, too.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:4000/slack/oauth_redirect";

/// The id of the nth ordinary member.
pub(crate) fn person(n: usize) -> String {
    format!("U0P{n:07}")
}

/// The id of the nth channel that has the bot as its only member.
pub(crate) fn channel(n: usize) -> String {
    format!("C0K{n:07}")
}

/// The world file.
pub(crate) fn yaml(people: usize, channels: usize) -> String {
    let [(plain, plain_secret), (rotating, rotating_secret)] = INSTALLABLE;
    let oauth = format!("oauth_config: {{redirect_urls: [\"{REDIRECT_URI}\"]}}");
    let mut text = format!(
        "version: 1
workspaces:
  - id: T0ACMECORP
    name: Acme
    domain: acme
    email_domain: acme.test
    apps:
      - {{id: A0GREETER, name: greeter, bot_user: {{id: {BOT}, name: greeter}}}}
      - {{name: plain, client_id: '{plain}', client_secret: {plain_secret}, manifest: {{{oauth}}}}}
      - {{name: rotating, client_id: '{rotating}', client_secret: {rotating_secret}, manifest: {{{oauth}, settings: {{token_rotation_enabled: true}}}}}}
    tokens:
      - token: {BOT_TOKEN}
        app: A0GREETER
        user: {BOT}
        scopes: [channels:manage, channels:read, channels:history, chat:write, users:read]
      - token: {OWNER_TOKEN}
        app: A0GREETER
        user: {OWNER}
        scopes: [channels:write, channels:read, channels:history]
      - {{token: {NARROW_TOKEN}, app: A0GREETER, user: {BOT}, scopes: [users:read]}}
    channels:
      - {{id: {GENERAL}, name: general, general: true, creator: {OWNER}, members: all}}
"
    );
    for n in 0..channels {
        let id = channel(n);
        let _ = writeln!(
            text,
            "      - {{id: {id}, name: load-{n}, creator: {BOT}, members: [{BOT}]}}"
        );
    }
    let _ = write!(
        text,
        "    users:
      - {{id: {OWNER}, name: ada, real_name: Ada Park, email: ada@acme.test, role: owner}}
"
    );
    for n in 0..people {
        let id = person(n);
        let _ = writeln!(
            text,
            "      - {{id: {id}, name: person{n}, real_name: Person {n}, email: person{n}@acme.test}}"
        );
    }
    text
}
