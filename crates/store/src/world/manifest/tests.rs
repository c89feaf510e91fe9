use super::*;
use guestlist_domain::{Timestamp, workspace::Delivery};

const WHOLE: &str = include_str!("whole.yaml");

#[test]
fn what_matters_is_taken() {
    let read = manifest("m.yaml", WHOLE).unwrap_or_else(|e| panic!("{e}"));
    let oauth = &read.oauth;
    assert_eq!(read.name, "Greeter");
    assert_eq!(oauth.description, "Greets whoever is new");
    assert_eq!(oauth.bot_name, "Greeter Bot");
    assert_eq!(
        oauth.redirect_urls,
        [
            "https://greeter.test/slack",
            "http://127.0.0.1:3000/slack/oauth_redirect"
        ]
    );
    assert_eq!(oauth.bot_scopes.to_string(), "channels:join,chat:write");
    assert_eq!(oauth.user_scopes.to_string(), "channels:write");
    assert!(oauth.token_rotation && oauth.pkce && !oauth.undistributed);
    assert_eq!(read.allowed_addresses, ["10.0.0.0/8"]);
    let events = read.events.unwrap();
    assert_eq!(events.delivery, Delivery::Socket);
    assert_eq!(
        events.subscribe,
        ["member_joined_channel", "message.channels", "team_join"]
    );
    let does = read.interactivity;
    assert!(does.is_enabled);
    assert_eq!(
        does.request_url.as_deref(),
        Some("https://greeter.test/pressed")
    );
    let command = does.command("/greet").unwrap();
    assert!(command.should_escape);
    assert_eq!(command.usage_hint, "@somebody");
    assert_eq!(
        command.url.as_deref(),
        Some("https://greeter.test/commands")
    );
    assert_eq!(does.command("greet"), None);
    assert_eq!(does.shortcuts[0].kind, ShortcutKind::Message);
    assert_eq!(does.shortcuts[0].callback_id, "greet");
}

#[test]
fn json_says_the_same() {
    let value: Value = serde_saphyr::from_str(WHOLE).unwrap();
    let json = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(manifest("m.json", &json), manifest("m.yaml", WHOLE));
}

#[test]
fn what_is_wrong_is_told_with_line_and_field() {
    for (from, to, told) in [
        (
            "name: Greeter\n",
            "title: Greeter\n",
            "m.yaml:4: display_information: unknown key `title`",
        ),
        (
            "  name: Greeter\n",
            "",
            "m.yaml:3: display_information.name: an app needs a name",
        ),
        (
            "name: Greeter\n",
            "name: A name that is far too long for any app\n",
            "m.yaml:4: display_information.name: at most 35 characters, and these are 39",
        ),
        (
            "background_color: \"#004492\"",
            "long_description: too short",
            "m.yaml:6: display_information.long_description: at least 174 characters, and these are 9",
        ),
        (
            "app_home:",
            "unfurl_domains: [a.test, b.test, c.test, d.test, e.test, f.test]\n  app_home:",
            "m.yaml:22: features.unfurl_domains: at most 5, and these are 6",
        ),
        (
            "https://greeter.test/slack",
            "https://greeter.test/#slack",
            "m.yaml:26: oauth_config.redirect_urls[0]: `https://greeter.test/#slack`: a redirect URL has no `#`",
        ),
        (
            "- channels:join",
            "- Channels Join",
            "m.yaml:30: oauth_config.scopes.bot[0]: `Channels Join` is not written like a scope",
        ),
        (
            "- chat:write",
            "- channels:join",
            "m.yaml:31: oauth_config.scopes.bot[1]: channels:join is listed twice",
        ),
        (
            "bot_optional: [channels:join]",
            "bot_optional: [im:write]",
            "m.yaml:32: oauth_config.scopes.bot_optional[0]: `im:write` is not among the scopes of `bot`",
        ),
        (
            "socket_mode_enabled: true",
            "socket_mode_enabled: perhaps",
            "m.yaml:42: settings.socket_mode_enabled: expected true or false",
        ),
        (
            "10.0.0.0/8",
            "10.0.0.0",
            "m.yaml:45: settings.allowed_ip_address_ranges[0]: `10.0.0.0`: a network is written with its length, as 10.0.0.0/32",
        ),
        (
            "- team_join",
            "- Team Join",
            "m.yaml:41: settings.event_subscriptions.user_events[0]: `Team Join` is not written like an event",
        ),
        (
            "https://greeter.test/events",
            "greeter.test/events",
            "m.yaml:38: settings.event_subscriptions.request_url: `greeter.test/events`: a request URL is written https://host/path",
        ),
        (
            "command: /greet",
            "command: greet",
            "m.yaml:12: features.slash_commands[0].command: `greet`: a slash command is written /name",
        ),
        (
            "command: /greet",
            "command: /Greet all",
            "m.yaml:12: features.slash_commands[0].command: `/Greet all`: a slash command has no spaces, capitals or further slashes",
        ),
        (
            "command: /greet",
            "command: /greetings-to-whoever-is-new-here",
            "m.yaml:12: features.slash_commands[0].command: `/greetings-to-whoever-is-new-here`: at most 32 characters, and these are 33",
        ),
        (
            "  shortcuts:",
            "    - command: /greet\n  shortcuts:",
            "m.yaml:17: features.slash_commands[1].command: /greet is listed twice",
        ),
        (
            "url: https://greeter.test/commands",
            "url: ftp://greeter.test",
            "m.yaml:14: features.slash_commands[0].url: `ftp://greeter.test`: a request URL is written https://host/path",
        ),
        (
            "callback_id: greet",
            "callback_id: ' '",
            "m.yaml:20: features.shortcuts[0].callback_id: a shortcut needs a callback_id",
        ),
        (
            "type: message",
            "type: menu",
            "m.yaml:19: features.shortcuts[0].type",
        ),
        (
            "https://greeter.test/pressed",
            "greeter.test",
            "m.yaml:48: settings.interactivity.request_url: `greeter.test`: a request URL is written https://host/path",
        ),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let problems = manifest("m.yaml", &WHOLE.replacen(from, to, 1)).unwrap_err();
        let problems = problems.to_string();
        assert!(problems.starts_with(told), "{problems}\nis not\n{told}");
    }
}

#[test]
fn a_world_takes_a_manifest_and_gives_it_back() {
    let indented = WHOLE.replace('\n', "\n          ");
    let world = format!(
        "version: 1\nworkspaces:\n  - name: A\n    domain: a\n    apps:\n      - client_id: \"1.2\"\n        client_secret: s\n        distributed: false\n        manifest:\n          {indented}\n"
    );
    let read = |text: &str| {
        let mut random = || [0; 24];
        super::super::read("world.yaml", text, Timestamp(0), &mut random)
            .unwrap_or_else(|e| panic!("{e}"))
            .seed
    };
    let seed = read(&world);
    let app = &seed.apps[0];
    assert_eq!((app.name.as_str(), app.bot_user), ("Greeter", None));
    assert!(app.oauth.undistributed && app.oauth.token_rotation);
    assert_eq!(app.allowed_addresses, ["10.0.0.0/8"]);
    let yaml = super::super::to_yaml(&super::super::write(&seed)).unwrap();
    assert_eq!(read(&yaml), seed, "{yaml}");
}
