//! `auth.test`: who am I?
//! <https://docs.slack.dev/reference/methods/auth.test>

use crate::{
    arguments::Arguments,
    contract::{BadArguments, Contract, NoErrors, Spec, Tier, Verb},
};
use guestlist_domain::{AppId, BotId, EnterpriseId, Scopes, TeamId, UserId};
use serde::Serialize;

/// The method.
pub enum Test {}

impl Contract for Test {
    const SPEC: Spec = Spec {
        name: "auth.test",
        about: "Tells whom the token stands for and in which workspace; of an app-level token, which app.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Special(600),
        scopes: Scopes::NONE,
        args: &[],
        success: r#"{"ok": true, "url": "https://acme.slack.com/", "team": "Acme", "user": "greeter", "team_id": "T0ACME", "user_id": "U0GREET", "bot_id": "B0GREET", "is_enterprise_install": false}"#,
        failure: r#"{"ok": false, "error": "invalid_auth"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = ();
    type Reply = Reply;
    type Error = NoErrors;

    fn args(_given: &Arguments) -> Result<(), BadArguments<NoErrors>> {
        Ok(())
    }
}

/// Whom it stands for.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Reply {
    /// A person or a bot.
    Caller(Caller),
    /// An app: the token is its own, and acts as nobody.
    App {
        /// Its name.
        app_name: String,
        /// The app.
        app_id: AppId,
    },
}

/// The caller.
#[derive(Debug, Serialize)]
pub struct Caller {
    /// The address of the workspace, of an organisation-wide token that of the organisation, with a slash at the end.
    pub url: String,
    /// The workspace's name.
    pub team: String,
    /// The user's handle.
    pub user: String,
    /// The workspace.
    pub team_id: TeamId,
    /// The user.
    pub user_id: UserId,
    /// The bot, for bots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<BotId>,
    /// The app, where the token has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<AppId>,
    /// The organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_id: Option<EnterpriseId>,
    /// Whether the token is an organisation-wide one.
    pub is_enterprise_install: bool,
    /// In how many seconds the token dies, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
}

#[cfg(feature = "server")]
mod server {
    use super::{Caller, Reply, Test};
    use crate::{
        contract::NoErrors,
        handle::{AppCall, ForApp, Good, Plain, Refused},
    };
    use guestlist_domain::{self as domain, Timestamp, TokenKind};

    impl Plain for Test {
        fn answer(
            caller: Option<&domain::Caller>,
            _args: (),
            now: Timestamp,
        ) -> Result<Good<Reply>, Refused<NoErrors>> {
            // The catalogue asks for a token, so there is a caller.
            let caller = caller.expect("auth.test is asked with a token");
            Ok(Reply::Caller(Caller {
                url: url(caller),
                team: caller.workspace.name.clone(),
                user: caller.user.name.clone(),
                team_id: caller.team(),
                user_id: caller.id(),
                bot_id: caller.user.bot.map(|bot| bot.id),
                app_id: caller.user.bot.and(caller.token.app),
                enterprise_id: caller.enterprise.as_ref().map(|org| org.id),
                is_enterprise_install: caller.token.kind == TokenKind::Org,
                expires_in: caller
                    .token
                    .expires_at
                    .map(|at| at.seconds() - now.seconds()),
            })
            .into())
        }
    }

    fn url(caller: &domain::Caller) -> String {
        match &caller.enterprise {
            Some(org) if caller.token.kind == TokenKind::Org => {
                format!("https://{}.enterprise.slack.com/", org.domain)
            }
            _ => format!("https://{}.slack.com/", caller.workspace.domain),
        }
    }

    impl ForApp for Test {
        fn answer(call: &AppCall<'_>, _args: ()) -> Result<Good<Reply>, Refused<NoErrors>> {
            Ok(Reply::App {
                app_name: call.app.name.clone(),
                app_id: call.app.id,
            }
            .into())
        }
    }
}
