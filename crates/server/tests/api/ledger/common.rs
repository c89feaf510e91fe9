//! The codes and warnings of every method, each brought about on each method it applies to.

use super::WORLD;
use crate::{
    app::{Answer, App},
    seen::saw,
};
use guestlist_methods::{
    CATALOGUE, Entry,
    common::{Common, Warning},
};
use strum::VariantArray;

const FORM: &str = "application/x-www-form-urlencoded";

/// Servers in the states that concern a whole server.
struct Servers {
    usual: App,
    maintenance: App,
    methods_retired: App,
    endpoints_retired: App,
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
            damaged,
        }
    }

    /// Makes `method` answer `code`; `None` where nothing brings it about.
    async fn provoke(&self, entry: &Entry, code: Common) -> Option<Answer> {
        let app = &self.usual;
        let path = format!("/api/{}", entry.spec.name);
        let form = |body: &'static str| (Some(FORM), body.as_bytes());
        let kind = |kind: &'static str| (Some(kind), &b"{}"[..]);
        let (content_type, body) = match code {
            Common::RequestTimeout => {
                let head = format!(
                    "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 100\r\n\r\na="
                );
                return Some(app.raw(head.as_bytes()).await);
            }
            Common::InvalidArguments => {
                let head = format!(
                    "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 99999999\r\n\r\n"
                );
                return Some(app.raw(head.as_bytes()).await);
            }
            Common::MissingPostType => (None, &b"a=1"[..]),
            Common::InvalidPostType => kind("text/xml"),
            Common::InvalidCharset => kind("application/json; charset=utf-16"),
            Common::InvalidFormData => form("a=%"),
            Common::InvalidJson => (Some("application/json"), &b"{"[..]),
            Common::JsonNotObject => (Some("application/json"), &b"[]"[..]),
            Common::InvalidArrayArg => form("foo[7]=1"),
            Common::InvalidArgName => form("a-b=1"),
            Common::UnknownMethod => {
                return Some(app.send("GET", "/api/no.such.method", &[], b"").await);
            }
            Common::Ratelimited => return None,
            // The commit's path, which all methods that write share: see `full.rs`.
            Common::FatalError => return None,
            Common::ServiceUnavailable => {
                return Some(self.call(&self.maintenance, entry, "xoxb-bot").await);
            }
            Common::MethodDeprecated => {
                return Some(self.call(&self.methods_retired, entry, "xoxb-bot").await);
            }
            Common::DeprecatedEndpoint => {
                return Some(self.call(&self.endpoints_retired, entry, "xoxb-bot").await);
            }
            Common::InternalError => {
                return Some(self.call(&self.damaged, entry, "xoxb-bot").await);
            }
            Common::NotAuthed => return Some(self.call(app, entry, "").await),
            Common::InvalidAuth => return Some(self.call(app, entry, "xoxb-far").await),
            Common::TokenRevoked => return Some(self.call(app, entry, "xoxb-revoked").await),
            Common::TokenExpired => return Some(self.call(app, entry, "xoxb-late").await),
            Common::AccountInactive => return Some(self.call(app, entry, "xoxb-gone").await),
            Common::Accesslimited => return Some(self.call(app, entry, "xoxp-net").await),
            Common::OrgLoginRequired => return Some(self.call(app, entry, "xoxp-moves").await),
            Common::TeamAddedToOrg => return Some(self.call(app, entry, "xoxp-joins").await),
            Common::EnterpriseIsRestricted => {
                return Some(self.call(app, entry, "xoxp-shut").await);
            }
            Common::TeamAccessNotGranted => {
                let arguments = [("team_id", "T0WEST")];
                return Some(app.post(entry.spec.name, "xoxb-org", &arguments).await);
            }
            Common::TwoFactorSetupRequired => {
                return Some(self.call(app, entry, "xoxp-one-factor").await);
            }
            Common::IsBot => return Some(self.call(app, entry, "xoxb-legacy").await),
            Common::NotAllowedTokenType => return Some(self.call(app, entry, "xapp-app").await),
            Common::MissingScope => {
                let user_only = entry.spec.scopes.bot.every().is_empty();
                let token = if user_only {
                    "xoxp-narrow"
                } else {
                    "xoxb-narrow"
                };
                return Some(self.call(app, entry, token).await);
            }
        };
        let headers: Vec<_> = content_type
            .into_iter()
            .map(|kind| ("Content-Type", kind))
            .collect();
        Some(app.send("POST", &path, &headers, body).await)
    }

    async fn call(&self, app: &App, entry: &Entry, token: &str) -> Answer {
        app.post(entry.spec.name, token, &[]).await
    }
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
    let scopes = &entry.spec.scopes;
    match code {
        Common::MissingScope => !scopes.bot.every().is_empty() || !scopes.user.every().is_empty(),
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
            if let Some(answer) = servers.provoke(entry, *code).await {
                assert_eq!(answer.error(), text, "{}", entry.spec.name);
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
