//! `auth.teams.list`: the workspaces that an organisation-wide token is granted.
//! <https://docs.slack.dev/reference/methods/auth.teams.list>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Icon,
    paging::Page,
};
use guestlist_domain::{Scopes, TeamId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum TeamsList {}

impl Contract for TeamsList {
    const SPEC: Spec = Spec {
        name: "auth.teams.list",
        about: "Lists the workspaces that an organisation-wide token is granted.",
        verb: Verb::Post,
        json: false,
        tier: Tier::Two,
        scopes: Scopes::NONE,
        args: &[
            Arg::optional(
                "cursor",
                "cursor",
                "dGVhbTpUMTIz",
                "Where the page starts: the `next_cursor` of the page before.",
            ),
            Arg::optional(
                "include_icon",
                "boolean",
                "false",
                "With `icon`. Default `false`.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "50",
                "The most workspaces on a page, 1 to 1,000. Default 100.",
            ),
        ],
        success: r#"{"ok": true, "teams": [{"id": "T12345678", "name": "Shinichi's workspace"}, {"id": "T12345679", "name": "Migi's workspace"}], "response_metadata": {"next_cursor": ""}}"#,
        failure: r#"{"ok": false, "error": "invalid_auth"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let include_icon = given.flag("include_icon")?;
        let page = Page::read_bounded(
            given,
            "team",
            100,
            Error::InvalidCursor,
            Error::InvalidLimit,
        )?;
        Ok(Args { page, include_icon })
    }
}

/// Which page.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    /// Which page.
    pub page: Page<TeamId>,
    /// With `icon`.
    pub include_icon: bool,
}

/// The workspaces.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub teams: Vec<TeamRow>,
}

/// A workspace.
#[derive(Debug, Serialize)]
pub struct TeamRow {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Its pictures, with `include_icon`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Icon>,
}

/// Why nothing is listed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    IntoStaticStr,
    EnumString,
    VariantArray,
    EnumMessage,
    EnumProperty,
)]
#[strum(serialize_all = "snake_case")]
pub enum Error {
    /// The cursor leads nowhere.
    #[strum(props(state = "a `cursor` that this method did not give"))]
    InvalidCursor,
    /// The limit is no number from 1 to 1,000.
    #[strum(props(state = "a `limit` that is none from 1 to 1,000"))]
    InvalidLimit,
    /// The token is not organisation-wide.
    #[strum(props(state = "a token of one workspace"))]
    InvalidAuth,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, TeamRow, TeamsList};
    use crate::{
        handle::{Ask, Good, Read},
        objects::Icon,
        paging::cursor,
    };
    use guestlist_domain::TokenKind;
    use guestlist_store::{Failure, Reader, StoreError};

    impl Read for TeamsList {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            if ask.caller.token.kind != TokenKind::Org {
                return Err(Failure::Refused(Error::InvalidAuth));
            }
            let mut granted = ask.caller.token.workspaces.clone();
            granted.sort();
            let (teams, next) = ask.args.page.fill(
                reader,
                |_, from, limit| {
                    let rest = granted
                        .iter()
                        .filter(|id| from.is_none_or(|from| **id >= from));
                    Ok::<_, StoreError>(rest.take(limit).map(|id| (*id, *id)).collect())
                },
                |reader, id| {
                    let row = |name: &String| TeamRow {
                        id,
                        name: name.clone(),
                        icon: ask.args.include_icon.then(|| Icon::of(id)),
                    };
                    Ok(reader.workspace(id)?.map(|workspace| row(&workspace.name)))
                },
            )?;
            let next = next.map(|id| cursor("team", id));
            Ok(Good::from(Reply { teams }).page(next))
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use crate::fixture::Scene;
    use serde_json::json;

    #[tokio::test]
    async fn refusals() {
        let scene = Scene::new();
        scene
            .refuses(&[
                ("auth.teams.list", "bot", json!({}), "invalid_auth"),
                (
                    "auth.teams.list",
                    "org",
                    json!({"limit": 0}),
                    "invalid_limit",
                ),
                (
                    "auth.teams.list",
                    "org",
                    json!({"limit": 1001}),
                    "invalid_limit",
                ),
                (
                    "auth.teams.list",
                    "org",
                    json!({"limit": "x"}),
                    "invalid_limit",
                ),
                (
                    "auth.teams.list",
                    "org",
                    json!({"cursor": "x"}),
                    "invalid_cursor",
                ),
            ])
            .await;
    }

    #[tokio::test]
    async fn granted_workspaces_page_by_page() {
        let scene = Scene::new();
        for limit in 1..4 {
            let rows = scene
                .walk("org", "auth.teams.list", json!({}), "teams", limit)
                .await;
            let expected = [
                json!({"id": "T0ACME", "name": "Acme"}),
                json!({"id": "T0WEST", "name": "Acme West"}),
            ];
            assert_eq!(rows, expected);
        }
    }
}
