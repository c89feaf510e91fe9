//! The codes and warnings of every method, each brought about on each method it applies to.

use super::WORLD;
use crate::{
    app::{Answer, App},
    seen::saw,
};
use guestlist_methods::{
    CATALOGUE, Entry,
    common::{Common, Warning},
    handle::Run,
};
use guestlist_server::{RateLimits, Settings};
use serde_json::Value;
use strum::VariantArray;

const FORM: &str = "application/x-www-form-urlencoded";

/// Servers in the states that concern a whole server.
struct Servers {
    usual: App,
    maintenance: App,
    methods_retired: App,
    endpoints_retired: App,
    /// Nobody calls a second time.
    limited: App,
    /// Its database is overwritten.
    damaged: App,
}

impl Servers {
    async fn start() -> Self {
        let names: Vec<_> = CATALOGUE.iter().map(|entry| entry.spec.name).collect();
        let names = names.join(", ");
        let with = |setting: &str| format!("{WORLD}\nserver: {{{setting}}}\n");
        let blocked = "blocked_methods: [conversations.invite]";
        assert!(WORLD.contains(blocked));
        let damaged = App::with(WORLD).await;
        damaged.damage();
        Self {
            usual: App::with(&WORLD.replace(blocked, &format!("blocked_methods: [{names}]"))).await,
            maintenance: App::with(&with("maintenance: true")).await,
            methods_retired: App::with(&with(&format!("deprecated_methods: [{names}]"))).await,
            endpoints_retired: App::with(&with(&format!("deprecated_endpoints: [{names}]"))).await,
            limited: App::with_settings(
                WORLD,
                Settings {
                    rate_limits: RateLimits::Times(0.001),
                    ..Settings::default()
                },
            )
            .await,
            damaged,
        }
    }

    /// Which server, asked in which way, answers a code; `None` where nothing brings it about.
    fn way(&self, code: Common, entry: &Entry) -> Option<(&App, Way)> {
        use Way::{Body, Nowhere, Short, Token, Twice};
        let scopes = &entry.spec.scopes;
        let for_people = scopes.bot.every().is_empty() && !scopes.user.every().is_empty();
        let good = match for_people {
            _ if is_for_apps(entry) => "xapp-app",
            true => "xoxp-ada",
            false => "xoxb-bot",
        };
        let usual = |way| Some((&self.usual, way));
        match code {
            Common::RequestTimeout => usual(Short(100)),
            Common::InvalidArguments => usual(Short(99_999_999)),
            Common::MissingPostType => usual(Body(None, "a=1")),
            Common::InvalidPostType => usual(Body(Some("text/xml"), "<x/>")),
            Common::InvalidCharset => usual(Body(Some("application/json; charset=utf-16"), "{}")),
            Common::InvalidFormData => usual(Body(Some(FORM), "a=%")),
            Common::InvalidJson => usual(Body(Some("application/json"), "{")),
            Common::JsonNotObject => usual(Body(Some("application/json"), "[]")),
            Common::InvalidArrayArg => usual(Body(Some(FORM), "foo[7]=1")),
            Common::InvalidArgName => usual(Body(Some(FORM), "a-b=1")),
            Common::UnknownMethod => usual(Nowhere),
            Common::ServiceUnavailable => Some((&self.maintenance, Token(good))),
            Common::MethodDeprecated => Some((&self.methods_retired, Token(good))),
            Common::DeprecatedEndpoint => Some((&self.endpoints_retired, Token(good))),
            Common::InternalError => Some((&self.damaged, Token(good))),
            Common::Ratelimited => Some((&self.limited, Twice(good))),
            Common::NotAuthed => usual(Token("")),
            Common::InvalidAuth => usual(Token("xoxb-far")),
            Common::TokenRevoked => usual(Token("xoxb-revoked")),
            Common::TokenExpired => usual(Token("xoxb-late")),
            Common::AccountInactive => usual(Token("xoxb-gone")),
            Common::Accesslimited => usual(Token("xoxp-net")),
            Common::OrgLoginRequired => usual(Token("xoxp-moves")),
            Common::TeamAddedToOrg => usual(Token("xoxp-joins")),
            Common::EnterpriseIsRestricted => usual(Token("xoxp-shut")),
            // T0WEST, which every call of this kind names, is not among what it was granted.
            Common::TeamAccessNotGranted => usual(Token("xoxb-org")),
            Common::TwoFactorSetupRequired => usual(Token("xoxp-one-factor")),
            Common::IsBot => usual(Token("xoxb-legacy")),
            Common::NotAllowedTokenType if is_for_apps(entry) => usual(Token("xoxb-bot")),
            Common::NotAllowedTokenType => usual(Token("xapp-app")),
            Common::MissingScope if is_for_apps(entry) => usual(Token("xapp-narrow")),
            Common::MissingScope if entry.spec.scopes.bot.every().is_empty() => {
                usual(Token("xoxp-narrow"))
            }
            Common::MissingScope => usual(Token("xoxb-narrow")),
            // The commit's path, which all methods that write share: see `full.rs`.
            Common::FatalError => None,
        }
    }
}

/// How a call is made that is to be refused.
enum Way {
    /// With this token.
    Token(&'static str),
    /// With this token, twice.
    Twice(&'static str),
    /// With this content type and body.
    Body(Option<&'static str>, &'static str),
    /// With the beginning of a body of so many bytes.
    Short(u32),
    /// Of a method that does not exist.
    Nowhere,
}

async fn call(app: &App, entry: &Entry, way: Way) -> Answer {
    let path = format!("/api/{}", entry.spec.name);
    match way {
        Way::Token(token) => {
            let arguments = [("team_id", "T0WEST")];
            app.post(entry.spec.name, token, &arguments).await
        }
        Way::Twice(token) => {
            // The first call is answered; of a token's end it only says what it would do.
            let arguments = [("test", "1")];
            app.post(entry.spec.name, token, &arguments).await;
            app.post(entry.spec.name, token, &arguments).await
        }
        Way::Body(kind, body) => {
            let headers: Vec<_> = kind
                .into_iter()
                .map(|kind| ("Content-Type", kind))
                .collect();
            app.send("POST", &path, &headers, body.as_bytes()).await
        }
        Way::Short(length) => {
            let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n");
            let request = format!("{head}Content-Length: {length}\r\n\r\na=");
            app.raw(request.as_bytes()).await
        }
        Way::Nowhere => app.send("GET", "/api/no.such.method", &[], b"").await,
    }
}

/// Whoever asks why is told every check before the one that refused, and what would have passed it.
fn told_why(why: &Value, code: &str) {
    assert_eq!(why["answer"]["error"], code, "{why}");
    let refused = &why["refused_by"];
    assert_eq!(refused["passed"], false, "{why}");
    if code == "internal_error" {
        return;
    }
    assert!(refused["remedy"].is_string(), "{why}");
    let checks = why["checks"].as_array().unwrap();
    let (last, before) = checks.split_last().unwrap();
    assert_eq!(last, refused, "{why}");
    assert!(before.iter().all(|check| check["passed"] == true), "{why}");
}

/// Whether a method is for apps themselves, whose tokens act for nobody.
fn is_for_apps(entry: &Entry) -> bool {
    matches!(entry.run, Run::App(_))
}

/// Whether a method can come to a code at all.
fn applies(entry: &Entry, code: Common) -> bool {
    let before_the_token = [
        Common::RequestTimeout,
        Common::MissingPostType,
        Common::InvalidPostType,
        Common::InvalidCharset,
        Common::InvalidFormData,
        Common::InvalidJson,
        Common::JsonNotObject,
        Common::InvalidArrayArg,
        Common::InvalidArgName,
        Common::UnknownMethod,
        Common::ServiceUnavailable,
        Common::InvalidArguments,
    ];
    // What is asked of whomever a token acts for.
    let of_callers = [
        Common::Accesslimited,
        Common::OrgLoginRequired,
        Common::TeamAddedToOrg,
        Common::EnterpriseIsRestricted,
        Common::TeamAccessNotGranted,
        Common::TwoFactorSetupRequired,
        Common::IsBot,
    ];
    let scopes = &entry.spec.scopes;
    match code {
        code if is_for_apps(entry) && of_callers.contains(&code) => false,
        Common::NotAllowedTokenType if entry.also_by_app.is_some() => false,
        // What is about the token itself is answered whichever workspace is named.
        Common::TeamAccessNotGranted => !scopes.bot.is_empty() || !scopes.user.is_empty(),
        Common::MissingScope => !scopes.bot.every().is_empty() || !scopes.user.every().is_empty(),
        Common::IsBot if entry.spec.successor().is_some() => !scopes.user.every().is_empty(),
        Common::IsBot => !scopes.bot.every().is_empty(),
        code => entry.needs_token || before_the_token.contains(&code),
    }
}

#[tokio::test]
async fn each_common_code_on_each_method() {
    let servers = Servers::start().await;
    for code in Common::VARIANTS {
        let text: &str = (*code).into();
        let mut seen = 0;
        for entry in CATALOGUE.iter().filter(|entry| applies(entry, *code)) {
            if let Some((app, way)) = servers.way(*code, entry) {
                let answer = call(app, entry, way).await;
                assert_eq!(answer.error(), text, "{}", entry.spec.name);
                told_why(&app.why(&answer).await, text);
                seen += 1;
            }
        }
        let documented = strum::EnumProperty::get_str(code, "state").is_some();
        if *code != Common::FatalError {
            assert_eq!(seen > 0, documented, "{text}: reached on {seen} methods");
        }
        if seen > 0 {
            saw("*", text);
        }
    }
}

#[tokio::test]
async fn each_common_warning_on_each_method() {
    let app = App::with(WORLD).await;
    for warning in Warning::VARIANTS {
        let (kind, body) = match warning {
            Warning::MissingCharset => ("application/json", "{}"),
            Warning::SuperfluousCharset => {
                ("application/x-www-form-urlencoded; charset=utf-8", "a=1")
            }
        };
        let text: &str = (*warning).into();
        for entry in CATALOGUE {
            let path = format!("/api/{}", entry.spec.name);
            for headers in [
                vec![("Content-Type", kind)],
                vec![("Content-Type", kind), ("Authorization", "Bearer xoxb-bot")],
            ] {
                let answer = app
                    .send("POST", &path, &headers, body.as_bytes())
                    .await
                    .json();
                let warnings = answer["response_metadata"]["warnings"].as_array();
                assert!(
                    warnings.is_some_and(|all| all.contains(&text.into())),
                    "{path}: {answer}"
                );
            }
        }
        saw("*", text);
    }
}
