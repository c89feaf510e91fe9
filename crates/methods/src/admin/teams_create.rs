//! `admin.teams.create`: adds a workspace to the organisation.
//! <https://docs.slack.dev/reference/methods/admin.teams.create>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, Scopes, TeamId, workspace::Discoverability};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum TeamsCreate {}

impl Contract for TeamsCreate {
    const SPEC: Spec = Spec {
        name: "admin.teams.create",
        about: "Adds a workspace to the caller's organisation, with the caller and two channels in it.",
        verb: Verb::Post,
        json: true,
        tier: Tier::One,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.teams:write"]),
        },
        args: &[
            Arg::required(
                "team_domain",
                "string",
                "slacksoftballteam",
                "Its sub-domain: up to 21 letters, digits and hyphens, none of them first or last. Capitals become small.",
            ),
            Arg::required(
                "team_name",
                "string",
                "Slack Softball Team",
                "Its name, up to 255 characters; spaces around it are dropped.",
            ),
            Arg::optional(
                "team_description",
                "string",
                "For people who play softball",
                "What it is for, up to 250 characters. Default is nothing.",
            ),
            Arg::optional(
                "team_discoverability",
                "string",
                "invite_only",
                "Who may find it and join: `open`, `closed`, `invite_only` or `unlisted`. Default `unlisted`.",
            ),
        ],
        success: r#"{"ok": true, "team": "T12345"}"#,
        failure: r#"{"ok": false, "error": "domain_taken"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let text = |name| {
            let text = given.text(name).unwrap_or_default();
            text.trim().to_owned()
        };
        let refuse = |error| Err(BadArguments::Refused(error));
        let domain = text("team_domain").to_ascii_lowercase();
        if domain.is_empty() {
            return refuse(Error::MustProvideTeamDomain);
        }
        let name = text("team_name");
        if name.is_empty() {
            return refuse(Error::MustProvideTeamName);
        }
        if !is_domain(&domain) {
            return refuse(Error::BadUrl);
        }
        let description = text("team_description");
        let is_long = |text: &str, most| text.chars().count() > most;
        if is_long(&name, MOST_OF_NAME) || is_long(&description, MOST_OF_DESCRIPTION) {
            return refuse(Error::CouldNotCreateWorkspace);
        }
        let discoverability = match text("team_discoverability").as_str() {
            "open" => Discoverability::Open,
            "closed" => Discoverability::Closed,
            "invite_only" => Discoverability::InviteOnly,
            "unlisted" | "" => Discoverability::Unlisted,
            _ => return refuse(Error::DiscoverabilitySettingInvalid),
        };
        Ok(Args {
            name,
            domain,
            description,
            discoverability,
        })
    }
}

/// The most characters of a domain.
const MOST_OF_DOMAIN: usize = 21;
/// The most characters of a name.
const MOST_OF_NAME: usize = 255;
/// The most characters of a description.
const MOST_OF_DESCRIPTION: usize = 250;

fn is_domain(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.len() <= MOST_OF_DOMAIN
        && text.bytes().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What to add.
#[derive(Clone, Debug)]
pub struct Args {
    /// Its name.
    pub name: String,
    /// Its sub-domain, in lower case.
    pub domain: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Who may find it and join.
    pub discoverability: Discoverability,
}

/// The workspace.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Its id.
    pub team: TeamId,
}

/// Why it is not added.
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
    /// The domain cannot be one.
    #[strum(props(
        state = "a `team_domain` of more than 21 characters, with others than letters, digits and `-`, or with `-` first or last"
    ))]
    BadUrl,
    /// The workspace cannot be made.
    #[strum(props(
        state = "a `team_name` of more than 255 characters, or a `team_description` of more than 250"
    ))]
    CouldNotCreateWorkspace,
    /// There is no such setting.
    #[strum(props(
        state = "a `team_discoverability` that is none of `open`, `closed`, `invite_only` and `unlisted`"
    ))]
    DiscoverabilitySettingInvalid,
    /// Another workspace has the domain.
    #[strum(props(state = "the domain of a workspace of the organisation"))]
    DomainTaken,
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// No domain was given.
    #[strum(props(state = "`team_domain` is absent or empty"))]
    MustProvideTeamDomain,
    /// No name was given.
    #[strum(props(state = "`team_name` is absent or empty"))]
    MustProvideTeamName,
    /// Another workspace of the organisation has the name.
    #[strum(props(state = "the name of a workspace of the organisation, in whatever case"))]
    NameTakenInOrg,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    NotAnAdmin,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, TeamsCreate};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, TeamId, Watch,
        add::by_admin::{self, Refusal},
    };

    impl Write for TeamsCreate {
        type Outcome = TeamId;

        // Who may not at all is told so without a wait for others, and without making others wait.
        fn adds(ask: &Ask<Args>) -> bool {
            by_admin::depends(&question(ask))
        }

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            by_admin::needs(&question(ask))
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<TeamId>, Stop<Error>> {
            by_admin::decide(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, team: TeamId) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply { team }.into())
        }
    }

    fn question(ask: &Ask<Args>) -> by_admin::Ask<'_> {
        let args = &ask.args;
        by_admin::Ask {
            caller: &ask.caller,
            name: &args.name,
            domain: &args.domain,
            description: &args.description,
            discoverability: args.discoverability,
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::NotAnEnterprise => Self::FeatureNotEnabled,
                Refusal::NotAnAdmin => Self::NotAnAdmin,
                Refusal::DomainTaken => Self::DomainTaken,
                Refusal::NameTaken => Self::NameTakenInOrg,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;
