//! `users.identity`: who signs in with an app.
//! <https://docs.slack.dev/reference/methods/users.identity>

use crate::{
    arguments::Arguments,
    contract::{BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Icon,
};
use guestlist_domain::{ByKind, Scopes, TeamId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The scope that shows the address.
pub const EMAIL: &str = "identity.email";
/// The scope that shows the pictures.
pub const AVATAR: &str = "identity.avatar";
/// The scope that shows the workspace's name and what else there is of it.
pub const TEAM: &str = "identity.team";

/// The method.
pub enum Identity {}

impl Contract for Identity {
    const SPEC: Spec = Spec {
        name: "users.identity",
        about: "Tells who the caller is: the name and the ids, with `identity.email` the address, with `identity.avatar` the pictures, with `identity.team` the workspace's name.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["identity:read", "identity.basic"]),
        },
        args: &[],
        success: r#"{"ok": true, "user": {"name": "Sonny Whether", "id": "U0G9QF9C6", "email": "bobby@example.com"}, "team": {"id": "T0G9PQBBK"}}"#,
        failure: r#"{"ok": false, "error": "missing_scope", "needed": "identity:read,identity.basic", "provided": "users:read"}"#,
        warnings: &[],
    };
    type Args = ();
    type Reply = Reply;
    type Error = Error;

    fn args(_given: &Arguments) -> Result<(), BadArguments<Error>> {
        Ok(())
    }
}

/// Who it is.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The person.
    pub user: Person,
    /// Their workspace.
    pub team: Team,
}

/// A person, as far as the token's scopes show them.
#[derive(Debug, Serialize)]
pub struct Person {
    name: String,
    id: UserId,
    /// With its scope, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pictures: Option<Pictures>,
}

#[derive(Debug, Serialize)]
struct Pictures {
    image_24: String,
    image_32: String,
    image_48: String,
    image_72: String,
    image_192: String,
    image_512: String,
}

/// The workspace of the token, as far as its scopes show it.
#[derive(Debug, Serialize)]
pub struct Team {
    id: TeamId,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<More>,
}

#[derive(Debug, Serialize)]
struct More {
    name: String,
    domain: String,
    #[serde(flatten)]
    icon: Icon,
}

/// Why it is not told.
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
    /// There is no such user.
    #[strum(props(never = "who is asked about is whom the token stands for, and is there"))]
    InvalidUserId,
    /// The address was never confirmed.
    #[strum(props(
        never = "every address here counts as confirmed but those of people who have not joined, whom no token stands for"
    ))]
    EmailNotVerified,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{AVATAR, EMAIL, Error, Identity, More, Person, Pictures, Reply, TEAM, Team};
    use crate::{
        handle::{Good, Plain, Refused},
        objects::{Icon, user::Avatar},
    };
    use guestlist_domain::{Caller, Timestamp};

    impl Plain for Identity {
        fn answer(
            caller: Option<&Caller>,
            _args: (),
            _now: Timestamp,
        ) -> Result<Good<Reply>, Refused<Error>> {
            // The catalogue asks for a token, so there is a caller.
            let caller = caller.expect("users.identity is asked with a token");
            let (user, team) = (&caller.user, &caller.workspace);
            let shows = |scope: &str| caller.token.scopes.holds(scope);
            let pictures = || {
                let avatar = Avatar::of(user.id);
                Pictures {
                    image_24: avatar.image(24),
                    image_32: avatar.image(32),
                    image_48: avatar.image(48),
                    image_72: avatar.image(72),
                    image_192: avatar.image(192),
                    image_512: avatar.image(512),
                }
            };
            let more = || More {
                name: team.name.clone(),
                domain: team.domain.clone(),
                icon: Icon::of(team.id),
            };
            Ok(Reply {
                user: Person {
                    name: user.full_name().to_owned(),
                    id: user.id,
                    email: user.email.clone().filter(|_| shows(EMAIL)),
                    pictures: shows(AVATAR).then(pictures),
                },
                team: Team {
                    id: team.id,
                    more: shows(TEAM).then(more),
                },
            }
            .into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use crate::fixture::{Scene, person, token_with, town};
    use guestlist_domain::TokenKind;
    use serde_json::{Value, json};

    const METHOD: &str = "users.identity";

    #[tokio::test]
    async fn each_scope_shows_its_part_and_no_other() {
        let mut seed = town();
        let basic = |more: &[&'static str]| [&["identity.basic"], more].concat();
        for (text, user, scopes) in [
            ("least", "U0ADA", vec!["identity:read"]),
            ("basic", "U0ADA", basic(&[])),
            ("email", "U0ADA", basic(&["identity.email"])),
            ("avatar", "U0ADA", basic(&["identity.avatar"])),
            ("team", "U0ADA", basic(&["identity.team"])),
            // Another method's scope shows nothing here.
            ("other", "U0ADA", basic(&["users:read", "users:read.email"])),
            ("none", "U0BOB", basic(&["identity.email"])),
            ("guest", "U0MIA", basic(&[])),
        ] {
            let token = token_with(text, "T0ACME", user, TokenKind::User, &scopes);
            seed.tokens.push(token);
        }
        person(&mut seed, "U0BOB").email = None;
        let scene = Scene::of(&seed);
        let tell = async |token: &str| scene.call(token, METHOD, json!({})).await;

        let least = json!({
            "ok": true,
            "user": {"name": "Ada Park", "id": "U0ADA"},
            "team": {"id": "T0ACME"},
        });
        for token in ["least", "basic", "other"] {
            assert_eq!(tell(token).await, least, "{token}");
        }
        let with = |part: &str, more: &Value| {
            let mut told = least.clone();
            for (key, value) in more.as_object().unwrap() {
                told[part][key] = value.clone();
            }
            told
        };
        let email = json!({"email": "ada@acme.test"});
        assert_eq!(tell("email").await, with("user", &email));

        let info = json!({"user": "U0ADA"});
        let info = scene.call("ada", "users.info", info).await;
        let sizes = [24, 32, 48, 72, 192, 512].map(|size| format!("image_{size}"));
        let images = sizes.map(|key| {
            let image = info["user"]["profile"][&key].clone();
            assert!(image.is_string(), "{info}");
            (key, image)
        });
        let images = Value::Object(images.into_iter().collect());
        assert_eq!(tell("avatar").await, with("user", &images));

        let info = scene.call("ada", "team.info", json!({})).await;
        let mut more = info["team"]["icon"].clone();
        more["name"] = json!("Acme");
        more["domain"] = json!("acme");
        assert_eq!(tell("team").await, with("team", &more));

        // Nobody has an address made up for them, and the handle stands in for a name.
        let told = tell("none").await;
        assert_eq!(told["user"], json!({"name": "bob", "id": "U0BOB"}));
        assert_eq!(tell("guest").await["user"]["id"], "U0MIA");
    }
}
