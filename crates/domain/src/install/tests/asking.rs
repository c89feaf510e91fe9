//! What an app may ask for, where it may be answered, and whose consent is taken.

use super::*;

#[test]
fn what_can_be_a_redirect_url() {
    for (url, pkce, good) in [
        ("https://app.test", false, true),
        ("https://app.test/a/b?c=d", false, true),
        ("http://127.0.0.1:3000/slack/oauth_redirect", false, true),
        ("http://[::1]:3000/", false, true),
        ("myapp://callback", true, true),
        ("myapp://callback", false, false),
        ("", false, false),
        ("app.test/a", false, false),
        ("https://", false, false),
        ("https:///a", false, false),
        ("https://:80/a", false, false),
        ("https://app.test/#a", false, false),
        ("https://app.test/a b", false, false),
        ("https://app.test/\"", false, false),
        ("https://app.test\\@evil.test", false, false),
        ("https://a@app.test/", false, false),
        ("https://app.test/a/../b", false, false),
        ("https://app.test/a/%2E%2e/b", false, false),
        ("https://app.test/a\r\nSet-Cookie:x", false, false),
        ("javascript://app.test/%0aalert(1)", true, false),
        ("JavaScript://x", true, false),
        ("data://x", true, false),
        ("1app://x", true, false),
    ] {
        assert_eq!(registrable(url, pkce).is_ok(), good, "{url:?}");
    }
}

#[test]
fn a_registered_url_covers_itself_and_what_is_below() {
    for (registered, asked, covered) in [
        ("https://app.test/a", "https://app.test/a", true),
        ("https://app.test/a", "https://app.test/a/b?c=d", true),
        ("https://app.test/a", "https://app.test/a?c=d", true),
        ("https://app.test/a/", "https://app.test/a/b", true),
        ("https://app.test", "https://app.test/anything", true),
        ("https://app.test/a?b=c", "https://app.test/a?b=c", true),
        ("https://app.test/a?b=c", "https://app.test/a?b=c/d", false),
        ("https://app.test/a", "https://app.test/ab", false),
        ("https://app.test/a", "https://app.test/", false),
        ("https://app.test/a", "http://app.test/a", false),
        ("https://app.test", "https://app.test.evil.test/", false),
        ("https://app.test", "https://app.test:8443/", false),
        ("https://app.test", "https://app.test@evil.test/", false),
        ("https://app.test/a", "https://app.test/a/../b", false),
        ("https://app.test/a", "https://app.test/a/#b", false),
    ] {
        assert_eq!(
            covers(registered, asked, false),
            covered,
            "{registered} {asked}"
        );
    }
}

#[test]
fn what_an_app_may_ask_for() {
    let listed = |app: &mut App| {
        app.oauth.bot_scopes = scopes("chat:write users:read");
        app.oauth.user_scopes = scopes("channels:write");
    };
    let open = |_: &mut App| {};
    let desktop = |app: &mut App| {
        app.oauth.pkce = true;
        app.oauth.redirect_urls = vec!["myapp://back".to_owned()];
    };
    let nowhere = |app: &mut App| app.oauth.redirect_urls.clear();
    let challenge = Some(hash("challenge"));
    type Row = (
        fn(&mut App),
        &'static str,
        &'static str,
        Option<&'static str>,
        bool,
        Result<(), NotAsked>,
    );
    let invalid = |scope: &str| Err(NotAsked::InvalidScope(scope.to_owned()));
    let rows: Vec<Row> = vec![
        (listed, "chat:write", "", None, false, Ok(())),
        (
            listed,
            "users:read chat:write",
            "channels:write",
            Some("https://app.test/slack/x"),
            false,
            Ok(()),
        ),
        (
            listed,
            "channels:write",
            "",
            None,
            false,
            invalid("channels:write"),
        ),
        (listed, "", "chat:write", None, false, invalid("chat:write")),
        (open, "anything:goes", "", None, false, Ok(())),
        (open, "Not/a/scope", "", None, false, invalid("Not/a/scope")),
        (open, "", "", None, false, Err(NotAsked::NoScopes)),
        (
            open,
            "a",
            "",
            Some("https://evil.test/"),
            false,
            Err(NotAsked::BadRedirectUri),
        ),
        (nowhere, "a", "", None, false, Err(NotAsked::BadRedirectUri)),
        (open, "a", "", None, true, Err(NotAsked::PkceNotAllowed)),
        (desktop, "", "a", None, true, Ok(())),
        (desktop, "a", "", None, true, Err(NotAsked::BotOnDesktop)),
    ];
    for (change, bot, person, uri, with_challenge, expected) in rows {
        let mut app = app();
        change(&mut app);
        let uri = uri.map(str::to_owned);
        let challenge = challenge.filter(|_| with_challenge);
        let asked = Request::new(&app, scopes(bot), scopes(person), uri, challenge);
        assert_eq!(asked.map(|_| ()), expected, "{bot:?} {person:?}");
    }
}

#[test]
fn whose_consent_is_taken() {
    type Row = (
        &'static str,
        &'static str,
        &'static str,
        fn(&mut World),
        Option<NotTaken>,
    );
    let rows: [Row; 9] = [
        ("A0APP", "T0HOME", "U0ADA", |_| {}, None),
        ("A0APP", "T0FAR", "U0FAY", |_| {}, None),
        (
            "A0NONE",
            "T0HOME",
            "U0ADA",
            |_| {},
            Some(NotTaken::AppNotFound),
        ),
        (
            "A0APP",
            "T0NONE",
            "U0ADA",
            |_| {},
            Some(NotTaken::TeamNotFound),
        ),
        (
            "A0APP",
            "T0FAR",
            "U0FAY",
            |world| edit(world, |app| app.oauth.undistributed = true),
            Some(NotTaken::InvalidTeam),
        ),
        (
            "A0APP",
            "T0HOME",
            "U0FAY",
            |_| {},
            Some(NotTaken::UserNotFound),
        ),
        (
            "A0APP",
            "T0HOME",
            "U0BOB",
            |world| person(world, |bob| bob.removed = true),
            Some(NotTaken::UserNotFound),
        ),
        (
            "A0APP",
            "T0HOME",
            "U0BOB",
            |world| person(world, |bob| bob.guest = Some(Guest::MultiChannel)),
            Some(NotTaken::UserNotFound),
        ),
        (
            "A0APP",
            "T0HOME",
            "U0BOB",
            |world| {
                person(world, |bob| {
                    bob.bot = Some(Bot {
                        id: id("B0B"),
                        app: None,
                    })
                })
            },
            Some(NotTaken::UserNotFound),
        ),
    ];
    for (app_id, team, user, change, refusal) in rows {
        let mut world = World::new(|_| {});
        change(&mut world);
        let request = Request::new(&app(), scopes("a"), scopes(""), None, None).unwrap();
        let taken = world.run(|facts, _, moment| {
            consent(
                facts,
                id(app_id),
                Place::Workspace(id(team)),
                id(user),
                &request,
                hash("code"),
                moment,
            )
        });
        assert_eq!(taken.err(), refusal, "{app_id} {team} {user}");
    }
}

#[test]
fn what_only_admins_can_give() {
    for (bot, person, for_admins) in [
        ("conversations.connect:manage", "", true),
        ("chat:write conversations.connect:manage", "", true),
        ("", "admin.conversations:write", true),
        ("", "admin", true),
        (
            "conversations.connect:read conversations.connect:write",
            "chat:write",
            false,
        ),
    ] {
        let request = Request::new(&app(), scopes(bot), scopes(person), None, None).unwrap();
        assert_eq!(request.is_for_admins(), for_admins, "{bot} {person}");
        for role in [Role::Member, Role::Admin, Role::Owner] {
            let mut world = World::new(|_| {});
            self::person(&mut world, |bob| bob.role = role);
            let taken = world.run(|facts, _, moment| {
                let (app, place, bob) = (id("A0APP"), Place::Workspace(id("T0HOME")), id("U0BOB"));
                consent(facts, app, place, bob, &request, hash("code"), moment)
            });
            let refused = for_admins && role == Role::Member;
            assert_eq!(
                taken.err(),
                refused.then_some(NotTaken::NotAdmin),
                "{bot} {role:?}"
            );
            // Nor does the code bring tokens to somebody who is an admin no more.
            self::person(&mut world, |bob| bob.role = Role::Member);
            assert_eq!(
                world.exchange("code").is_ok(),
                !for_admins,
                "{bot} {person}"
            );
        }
    }
}
