//! What an app is told of the tokens it was granted.

use guestlist_domain::{AppId, EnterpriseId, TeamId, UserId};
use serde::Serialize;

/// A token, and what renews it.
#[derive(Debug, Default, Serialize)]
pub struct TokenObject {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// The person who consented, with their token if the app asked for one.
#[derive(Debug, Serialize)]
pub struct AuthedUser {
    id: UserId,
    #[serde(flatten)]
    token: TokenObject,
}

/// A workspace or an organisation.
#[derive(Debug, Serialize)]
pub struct Named<I> {
    id: I,
    name: String,
}

/// Everything.
#[derive(Debug, Serialize)]
pub struct GrantedObject {
    #[serde(flatten)]
    token: TokenObject,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    app_id: AppId,
    /// `null` of an organisation-wide installation.
    team: Option<Named<TeamId>>,
    enterprise: Option<Named<EnterpriseId>>,
    is_enterprise_install: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    authed_user: Option<AuthedUser>,
}

#[cfg(feature = "server")]
mod server {
    use super::{AuthedUser, GrantedObject, Named, TokenObject};
    use guestlist_domain::{
        TokenKind,
        install::{Granted, Issued, Secret},
    };
    use guestlist_store::Drawn;

    impl TokenObject {
        fn new(issued: &Issued, drawn: &Drawn) -> Self {
            let Issued {
                kind,
                ref scopes,
                rotating,
                ..
            } = *issued;
            Self {
                access_token: Some(drawn.text(Secret::Access { kind, rotating })),
                token_type: Some(kind.name()),
                scope: Some(scopes.to_string()),
                expires_in: rotating.then_some(12 * 60 * 60),
                refresh_token: rotating.then(|| drawn.text(Secret::Refresh(kind))),
            }
        }
    }

    impl GrantedObject {
        /// What was granted, with the texts that are told this once.
        pub fn new(granted: &Granted, drawn: &Drawn) -> Self {
            let of = |kind| granted.issued.iter().find(|issued| issued.kind == kind);
            let (bot, person) = (of(TokenKind::Bot), of(TokenKind::User));
            let authed_user = granted.user.map(|id| AuthedUser {
                id,
                token: person.map_or_else(TokenObject::default, |issued| {
                    TokenObject::new(issued, drawn)
                }),
            });
            // Renewed, a person's token stands where a bot's does.
            let renewed = person.filter(|_| authed_user.is_none());
            Self {
                token: bot.or(renewed).map_or_else(TokenObject::default, |issued| {
                    TokenObject::new(issued, drawn)
                }),
                bot_user_id: bot.map(|issued| issued.user),
                user_id: renewed.map(|issued| issued.user),
                app_id: granted.app,
                team: (!granted.org_wide).then(|| Named {
                    id: granted.workspace.id,
                    name: granted.workspace.name.clone(),
                }),
                enterprise: granted.enterprise.as_ref().map(|org| Named {
                    id: org.id,
                    name: org.name.clone(),
                }),
                is_enterprise_install: granted.org_wide,
                authed_user,
            }
        }
    }
}
