//! `admin.teams.list`: the workspaces of an organisation.
//! <https://docs.slack.dev/reference/methods/admin.teams.list>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    paging::Page,
};
use guestlist_domain::{ByKind, Scopes, TeamId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum TeamsList {}

impl Contract for TeamsList {
    const SPEC: Spec = Spec {
        name: "admin.teams.list",
        about: "Lists the workspaces of the caller's organisation, page by page.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.teams:read"]),
        },
        args: &[
            Arg::optional(
                "limit",
                "integer",
                "50",
                "The most workspaces on a page, 1 to 1,000. Default 100.",
            ),
            Arg::optional(
                "cursor",
                "cursor",
                "dGVhbTpUMTIz",
                "Where to go on: the `next_cursor` of the page before. Default is the first page.",
            ),
        ],
        success: r#"{"ok": true, "teams": [{"id": "T1234", "name": "My Team", "discoverability": "hidden", "primary_owner": {"user_id": "W1234", "email": "bront@slack.com"}, "team_url": "https://subarachnoid.slack.com/"}], "response_metadata": {"next_cursor": ""}}"#,
        failure: r#"{"ok": false, "error": "not_an_admin"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let page = Page::read_bounded(
            given,
            CURSOR,
            100,
            Error::InvalidCursor,
            Error::InvalidLimit,
        )?;
        Ok(Args { page })
    }
}

const CURSOR: &str = "team";

/// Which page.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    /// The page.
    pub page: Page<TeamId>,
}

/// A page of workspaces.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub teams: Vec<Row>,
}

/// A workspace as admins are told of it.
#[derive(Debug, Serialize)]
pub struct Row {
    id: TeamId,
    name: String,
    /// `open`, `invite_only`, `closed`, or `hidden` of one that is not listed.
    discoverability: &'static str,
    /// Absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_owner: Option<PrimaryOwner>,
    team_url: String,
}

/// Whose a workspace is.
#[derive(Debug, Serialize)]
struct PrimaryOwner {
    user_id: UserId,
    /// Empty where there is none.
    email: String,
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
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// The cursor is none that this method gave.
    #[strum(props(state = "a `cursor` that does not lead to a workspace's id"))]
    InvalidCursor,
    /// The limit is no number from 1 to 1,000.
    #[strum(props(state = "a `limit` that is none from 1 to 1,000"))]
    InvalidLimit,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    NotAnAdmin,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, CURSOR, Error, PrimaryOwner, Reply, Row, TeamsList};
    use crate::{
        handle::{Ask, Good, Read},
        paging::cursor,
    };
    use guestlist_domain::{
        Workspace,
        admin::{self, NotAdmin},
        trail::Blind,
        workspace::{Discoverability, Status},
    };
    use guestlist_store::{Failure, Reader, StoreError};

    impl Read for TeamsList {
        /// To find the primary owner of a workspace everybody there is read through.
        fn is_long(_args: &Args) -> bool {
            true
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let caller = &ask.caller;
            admin::of_organisation(caller, &mut Blind).map_err(|no| {
                Failure::Refused(match no {
                    NotAdmin::NotAnEnterprise => Error::FeatureNotEnabled,
                    NotAdmin::NotAnAdmin => Error::NotAnAdmin,
                })
            })?;
            let all = reader.siblings(&caller.workspace)?;
            let (teams, next) = ask.args.page.fill(
                reader,
                |_, from, limit| {
                    let rest = all
                        .iter()
                        .filter(|one| one.status != Status::Deleted)
                        .filter(|one| from.is_none_or(|from| one.id >= from));
                    Ok::<_, StoreError>(rest.take(limit).map(|one| (one.id, one)).collect())
                },
                |_, one| Ok(Some(one)),
            )?;
            let rows = teams.into_iter().map(|one| row(one, reader));
            let teams = rows.collect::<Result<_, _>>()?;
            let next = next.map(|id| cursor(CURSOR, id));
            Ok(Good::from(Reply { teams }).page(next))
        }
    }

    fn row(workspace: &Workspace, reader: &Reader) -> Result<Row, StoreError> {
        let owner = reader.primary_owner(workspace.id)?;
        Ok(Row {
            id: workspace.id,
            name: workspace.name.clone(),
            discoverability: match workspace.discoverability {
                Discoverability::Open => "open",
                Discoverability::InviteOnly => "invite_only",
                Discoverability::Closed => "closed",
                Discoverability::Unlisted => "hidden",
            },
            primary_owner: owner.map(|owner| PrimaryOwner {
                user_id: owner.id,
                email: owner.email.unwrap_or_default(),
            }),
            team_url: format!("https://{}.slack.com/", workspace.domain),
        })
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use crate::fixture::{Scene, id, ids, person, token, town};
    use guestlist_domain::{
        Seed, TokenKind, Workspace,
        user::Role,
        workspace::{Discoverability, Status},
    };
    use serde_json::{Value, json};

    const METHOD: &str = "admin.teams.list";

    /// The town with more workspaces in its organisation: one that moves in, and one that is gone.
    fn seed() -> Seed {
        let mut seed = town();
        for (team, status, found) in [
            ("T0EAST", Status::Active, Discoverability::Open),
            ("T0GONE", Status::Deleted, Discoverability::Open),
            ("T0MOVES", Status::Migrating, Discoverability::InviteOnly),
            ("T0SHUT", Status::Active, Discoverability::Closed),
        ] {
            let domain = team[2..].to_ascii_lowercase();
            let mut workspace = Workspace::new(id(team), team, &domain);
            workspace.enterprise = Some(id("E0ACME"));
            workspace.status = status;
            workspace.discoverability = found;
            seed.workspaces.push(workspace);
        }
        let solo = token("solo", "T0GLOBEX", "U0GUS", TokenKind::User);
        person(&mut seed, "U0GUS").role = Role::Owner;
        seed.tokens.push(solo);
        seed
    }

    #[tokio::test]
    async fn refusals() {
        let row = |token, args, code| (METHOD, token, args, code);
        Scene::of(&seed())
            .refuses(&[
                row("solo", json!({}), "feature_not_enabled"),
                row("bob", json!({}), "not_an_admin"),
                row("mia", json!({}), "not_an_admin"),
                row("ada", json!({"cursor": "x"}), "invalid_cursor"),
                row("ada", json!({"cursor": "dXNlcjpVMA=="}), "invalid_cursor"),
                row("ada", json!({"limit": 0}), "invalid_limit"),
                row("ada", json!({"limit": 1001}), "invalid_limit"),
                row("ada", json!({"limit": -1}), "invalid_limit"),
                row("ada", json!({"limit": "many"}), "invalid_limit"),
            ])
            .await;
    }

    #[tokio::test]
    async fn all_of_the_organisation_that_are_there_are_listed_on_every_page() {
        let scene = Scene::of(&seed());
        let whole = scene.call("ada", METHOD, json!({})).await;
        // By their ids, of which longer ones are later.
        assert_eq!(
            ids(&whole["teams"]),
            ["T0ACME", "T0EAST", "T0SHUT", "T0WEST", "T0MOVES"]
        );
        for limit in 1..7 {
            let rows = scene.walk("ada", METHOD, json!({}), "teams", limit).await;
            assert_eq!(Value::from(rows), whole["teams"], "{limit}");
        }
    }

    #[tokio::test]
    async fn what_is_told_of_a_workspace() {
        let mut seed = seed();
        person(&mut seed, "U0ADA").role = Role::PrimaryOwner;
        // Of several the one that belongs to it; of those that do not, the first.
        person(&mut seed, "U0ADA").teams = ["T0WEST", "T0EAST", "T0SHUT"].map(id).to_vec();
        person(&mut seed, "U0WES").role = Role::PrimaryOwner;
        person(&mut seed, "U0WES").teams = ["T0ACME", "T0EAST"].map(id).to_vec();
        // Who is gone owns nothing, and words in a name make nobody an owner.
        person(&mut seed, "U0OLD").role = Role::PrimaryOwner;
        person(&mut seed, "U0BOB").real_name = r#""role":"primary_owner""#.to_owned();
        let scene = Scene::of(&seed);
        let answer = scene.call("ada", METHOD, json!({})).await;
        let row = |team: &str| {
            let rows = answer["teams"].as_array().unwrap();
            rows.iter().find(|row| row["id"] == team).unwrap().clone()
        };
        assert_eq!(
            row("T0ACME"),
            json!({
                "id": "T0ACME",
                "name": "Acme",
                "discoverability": "hidden",
                "primary_owner": {"user_id": "U0ADA", "email": "ada@acme.test"},
                "team_url": "https://acme.slack.com/",
            })
        );
        for (team, owner, found) in [
            ("T0WEST", Some("U0WES"), "hidden"),
            ("T0EAST", Some("U0ADA"), "open"),
            ("T0MOVES", None, "invite_only"),
            ("T0SHUT", Some("U0ADA"), "closed"),
        ] {
            let row = row(team);
            let told = row.get("primary_owner").map(|owner| &owner["user_id"]);
            assert_eq!(told, owner.map(Value::from).as_ref(), "{row}");
            assert_eq!(row["discoverability"], found);
        }
    }
}
