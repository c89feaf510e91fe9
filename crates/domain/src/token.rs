//! Tokens: kept as hashes, never as text.

use crate::{
    hex,
    id::{AppId, ChannelId, TeamId, UserId},
    scope::ScopeSet,
    time::Timestamp,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;

/// The SHA-256 of a token's text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for TokenHash {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WHY: &str = "a token hash is 64 hexadecimal digits";
        let bytes = text.as_bytes();
        if bytes.len() != 64 {
            return Err(WHY);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(bytes.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| WHY)?;
            // A sign would be taken for a digit.
            if pair.starts_with('+') {
                return Err(WHY);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| WHY)?;
        }
        Ok(Self(hash))
    }
}

impl Serialize for TokenHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// `xoxb-`: an app's bot user in one workspace.
    Bot,
    /// `xoxp-`: a person who let an app act for them.
    User,
    /// `xoxb-` with the one scope `bot`, of a classic app.
    LegacyBot,
    /// `xoxa-`: retired workspace tokens, good for granted channels only.
    Workspace,
    /// `xapp-`: the app itself, across installations.
    AppLevel,
    /// `xoxb-` or `xoxp-` of an organisation-wide installation: the app's bot, or a person who let an app act
    /// for them in all of their organisation.
    Org,
    /// `xoxe-1-`: good for nothing but new tokens (`oauth.v2.access`).
    Refresh,
    /// `xoxe-1-`, too: good for nothing but new tokens of an organisation-wide installation.
    OrgRefresh,
}

impl TokenKind {
    /// The kind that the text of a token tells, where it does.
    pub fn from_prefix(token: &str) -> Option<Self> {
        let kinds = [
            ("xoxb-", Self::Bot),
            ("xoxe.xoxb-", Self::Bot),
            ("xoxp-", Self::User),
            ("xoxe.xoxp-", Self::User),
            ("xoxe-", Self::Refresh),
            ("xoxa-", Self::Workspace),
            ("xapp-", Self::AppLevel),
        ];
        kinds
            .into_iter()
            .find(|(prefix, _)| token.starts_with(prefix))
            .map(|(_, kind)| kind)
    }

    /// Whether it was made for a whole organisation.
    pub const fn is_org_wide(self) -> bool {
        matches!(self, Self::Org | Self::OrgRefresh)
    }

    /// The kind that alone may hold these scopes, where that can be told: those of apps themselves.
    /// <https://docs.slack.dev/authentication/tokens>
    pub fn of_scopes(scopes: &[String]) -> Option<Self> {
        const OF_APPS: [&str; 3] = [
            "connections:write",
            "authorizations:read",
            "app_configurations:write",
        ];
        let of_app = |scope: &String| OF_APPS.contains(&scope.as_str());
        (!scopes.is_empty() && scopes.iter().all(of_app)).then_some(Self::AppLevel)
    }

    /// Whether it only renews others.
    pub const fn is_refresh(self) -> bool {
        matches!(self, Self::Refresh | Self::OrgRefresh)
    }

    /// The kind that its text tells: an organisation-wide token is written as that of a bot or of a person.
    pub const fn as_written(self, is_bot: bool) -> Self {
        match self {
            Self::Org if is_bot => Self::Bot,
            Self::Org => Self::User,
            kind => kind,
        }
    }

    /// How a new token of this kind begins; one for a whole organisation that acts as a bot.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Bot | Self::LegacyBot | Self::Org => "xoxb-",
            Self::User => "xoxp-",
            Self::Workspace => "xoxa-",
            Self::AppLevel => "xapp-",
            Self::Refresh | Self::OrgRefresh => "xoxe-1-",
        }
    }

    /// The name in world files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::User => "user",
            Self::LegacyBot => "legacy_bot",
            Self::Workspace => "workspace",
            Self::AppLevel => "app_level",
            Self::Org => "org",
            Self::Refresh => "refresh",
            Self::OrgRefresh => "org_refresh",
        }
    }
}

impl Token {
    /// Whether it was made for a whole organisation.
    pub fn is_org_wide(&self) -> bool {
        self.kind.is_org_wide()
    }

    /// Whether it is good where somebody is: in the workspace it was made in, or granted for an organisation.
    pub fn is_good_in(&self, mut teams: impl Iterator<Item = TeamId>) -> bool {
        self.is_org_wide() || teams.any(|team| team == self.team)
    }
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What is left of its text.
    #[serde(rename = "token_sha256")]
    pub hash: TokenHash,
    /// The workspace it was made in.
    pub team: TeamId,
    /// What it stands for.
    pub kind: TokenKind,
    /// Its app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// Whom it acts as; an app-level token acts as nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// What it may do.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub scopes: ScopeSet,
    /// After this it answers `token_expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Dead for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
    /// The workspaces an organisation-wide token was granted: those that its app was added to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<TeamId>,
    /// The channels a workspace token was granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_64_hexadecimal_digits() {
        let text = "0123456789abcdefABCDEF0000000000".repeat(2);
        let hash: TokenHash = text.parse().unwrap();
        assert_eq!(hash.to_string(), text.to_lowercase());
        for bad in [
            "",
            "0",
            &"0".repeat(66),
            &"+f".repeat(32),
            &"-1".repeat(32),
            &"é".repeat(32),
        ] {
            assert!(bad.parse::<TokenHash>().is_err(), "{bad}");
        }
    }
}
