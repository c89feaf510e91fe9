//! `guestlist token`.

use crate::{
    args::CreateArgs,
    config::Config,
    data::Data,
    output::{note, notes, print, print_json, print_list},
    span,
};
use anyhow::{Context, Result, bail};
use guestlist_domain::TokenKind;
use guestlist_methods::doubts;
use guestlist_server::control::{self, Made, NewToken, Revoke, Revoked, TokenView};
use serde::Deserialize;
use std::{collections::BTreeSet, io::BufRead};

/// When a token is to die.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// So many seconds after it was made.
    In(u32),
    /// At a time; the store reads it.
    At(String),
}

/// Reads `12h` and the like, or a time.
pub(crate) fn expiry(text: &str) -> Result<Expiry, String> {
    const WHY: &str = "written as 90s, 30m, 12h or 7d, or as a time like 2030-05-01T00:00:00Z";
    if text.contains('-') {
        return Ok(Expiry::At(text.to_owned()));
    }
    let seconds = span::seconds(text).ok_or_else(|| WHY.to_owned())?;
    match u32::try_from(seconds) {
        Ok(seconds) => Ok(Expiry::In(seconds)),
        Err(_) if seconds < 0 => Err(WHY.to_owned()),
        Err(_) => Err("at most 136 years".to_owned()),
    }
}

pub(crate) async fn create(config: &Config, args: &CreateArgs) -> Result<()> {
    let (expires_in_seconds, expires_at) = match args.expires.clone() {
        None => (None, None),
        Some(Expiry::In(seconds)) => (Some(seconds), None),
        Some(Expiry::At(time)) => (None, Some(time)),
    };
    let ask = NewToken {
        user: args.user,
        workspace: args.workspace,
        kind: args.kind,
        app: args.app,
        scopes: args
            .scopes
            .iter()
            .map(|scope| scope.trim().to_owned())
            .filter(|scope| !scope.is_empty())
            .collect(),
        expires_at,
        expires_in_seconds,
        workspaces: args.grant_workspaces.clone(),
        channels: args.grant_channels.clone(),
    };
    let data = Data::open(config).await?;
    let made = match &data {
        Data::Ours(store) => control::create(store, ask).await?,
        Data::Theirs(server) => server.post::<Made>("/tokens", &ask).await?,
    };
    data.close().await;
    if args.json {
        return print_json(&made);
    }
    let view = &made.view;
    let whom = view
        .user
        .map(|user| format!(" for {user}"))
        .unwrap_or_default();
    let until = view
        .expires_at
        .as_ref()
        .map(|time| format!(", until {time}"))
        .unwrap_or_default();
    note(&format!(
        "made {} token{whom} in {}{until}; this is the only time it is shown:",
        with_article(view.kind.name()),
        view.workspace
    ));
    print(&format!("{}\n", made.token))?;
    if view.state == "user_removed" {
        notes(&[format!(
            "it is good for nothing{whom}, who is gone: restore them, or make it for somebody else"
        )]);
    }
    notes(&doubts(view.kind, &view.scopes));
    Ok(())
}

#[derive(Deserialize)]
struct Listed {
    tokens: Vec<TokenView>,
}

pub(crate) async fn list(config: &Config, as_json: bool) -> Result<()> {
    let data = Data::open(config).await?;
    let tokens = match &data {
        Data::Ours(store) => control::list(store, BTreeSet::new()).await?,
        Data::Theirs(server) => server.get::<Listed>("/tokens").await?.tokens,
    };
    data.close().await;
    let id = |id: Option<String>| id.unwrap_or_else(|| "-".to_owned());
    let heads = [
        "WORKSPACE",
        "KIND",
        "USER",
        "APP",
        "STATE",
        "EXPIRES",
        "SHA-256",
        "SCOPES",
    ];
    print_list(as_json, "tokens", &tokens, &heads, |token| {
        vec![
            token.workspace.to_string(),
            token.kind.name().to_owned(),
            id(token.user.map(|user| user.to_string())),
            id(token.app.map(|app| app.to_string())),
            token.state.clone(),
            id(token.expires_at.clone()),
            token.token_sha256.to_string(),
            some(&token.scopes),
        ]
    })
}

/// The first of many scopes: `--json` has them all.
fn some(scopes: &[String]) -> String {
    const SHOWN: usize = 3;
    let first = scopes.iter().take(SHOWN).map(String::as_str);
    let text = first.collect::<Vec<_>>().join(",");
    match scopes.len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// As it is spoken: a user.
fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}

pub(crate) async fn revoke(config: &Config, given: &str, as_json: bool) -> Result<()> {
    let given = if given == "-" {
        from_stdin()?
    } else {
        given.to_owned()
    };
    let which = match given.parse() {
        Ok(hash) => Revoke {
            token: None,
            token_sha256: Some(hash),
        },
        Err(_) => Revoke {
            token: Some(given),
            token_sha256: None,
        },
    };
    let data = Data::open(config).await?;
    let revoked = match &data {
        Data::Ours(store) => control::revoke(store, which).await?,
        Data::Theirs(server) => server.post::<Revoked>("/tokens/revoke", &which).await?,
    };
    data.close().await;
    if as_json {
        return print_json(&revoked);
    }
    note(if revoked.already {
        "it was revoked before"
    } else {
        "revoked"
    });
    Ok(())
}

fn from_stdin() -> Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("cannot read the token from stdin")?;
    match line.trim() {
        "" => bail!("stdin gave no token"),
        token => Ok(token.to_owned()),
    }
}

/// What a new token cannot do that somebody may expect of it.
fn doubts(kind: TokenKind, held: &[String]) -> Vec<String> {
    if held.is_empty() {
        let none = "it holds no scopes, which most methods ask for; --scopes gives some";
        return vec![none.to_owned()];
    }
    if kind == TokenKind::AppLevel {
        return Vec::new();
    }
    doubts::scopes(held.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_no_use_are_told() {
        let scopes = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let of = |kind, texts: &[&str]| doubts(kind, &scopes(texts)).join("; ");
        assert_eq!(of(TokenKind::User, &["users:read", "channels:write"]), "");
        assert!(of(TokenKind::User, &[]).contains("holds no scopes"));
        assert_eq!(
            of(TokenKind::Bot, &["channels:manage", "chanels:read"]),
            "no method here asks for the scope chanels:read"
        );
        assert_eq!(of(TokenKind::AppLevel, &["connections:write"]), "");
        assert_eq!(some(&scopes(&["a", "b", "c"])), "a,b,c");
        assert_eq!(
            some(&scopes(&["a", "b", "c", "d", "e"])),
            "a,b,c and 2 more"
        );
    }

    #[test]
    fn expiries_are_read() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("12h", 43_200), ("7d", 604_800)] {
            assert_eq!(expiry(text), Ok(Expiry::In(seconds)), "{text}");
        }
        assert_eq!(
            expiry("2030-05-01T00:00:00Z"),
            Ok(Expiry::At("2030-05-01T00:00:00Z".to_owned()))
        );
        for text in ["", "12", "h", "1w", "1é", "99999999d"] {
            assert!(expiry(text).is_err(), "{text}");
        }
    }
}
