//! People come to a workspace, change, go, and come back.

mod list;

pub use list::{UsersPage, WhichUsers, list_users};

use super::{Problem, time_text};
use axum::http::StatusCode;
use guestlist_domain::{
    Actor, AppId, ChannelId, EnterpriseId, Facts, Key, Moment, Plan, Stop, TeamId, User, UserId,
    invitation::address,
    name::{self, MAX_LEN},
    people::{self, About, Newcomer, NotTaken, invite::How},
    user::{Guest, Role},
};
use guestlist_store::{Decide, Store, world::read_time};
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;

/// What there is to say of a person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AboutUser {
    /// Their handle.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their full name.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub real_name: Option<String>,
    /// The name they are shown by.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Their job.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Their address; `null` for none.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub email: Option<Option<String>>,
    /// Their IANA time zone; `null` for none.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub tz: Option<Option<String>>,
    /// What they may do: `member`, `admin`, `owner`.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// `multi_channel` or `single_channel` for guests; `null` for full members.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub guest: Option<Option<Guest>>,
    /// When their time as a guest ends; `null` for never.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub expires: Option<Option<String>>,
}

/// What is given is something: `null` is no way to leave it out.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl AboutUser {
    /// The same for the rules, if it can be.
    pub(super) fn checked(self) -> Result<About, Problem> {
        let invalid = |message: String| Err(Problem::invalid("invalid_user", message));
        if let Some(name) = self.name.as_ref().filter(|name| !name::is_handle(name)) {
            return invalid(format!(
                "`name` is a handle: 1 to {MAX_LEN} lower-case letters, digits, `.`, `_` and `-`, with a letter or a digit among them, not `{}`",
                name.escape_debug()
            ));
        }
        for (key, text) in [
            ("real_name", &self.real_name),
            ("display_name", &self.display_name),
            ("title", &self.title),
        ] {
            if text.as_ref().is_some_and(|text| !name::is_shown(text)) {
                return invalid(format!(
                    "`{key}` has up to {MAX_LEN} characters that can be seen"
                ));
            }
        }
        let email = match self.email {
            Some(Some(text)) => match address(&text) {
                Some(email) => Some(Some(email)),
                None => return invalid(format!("`email` is an address, not `{text}`")),
            },
            other => other,
        };
        if let Some(Some(tz)) = &self.tz
            && jiff::tz::TimeZone::get(tz).is_err()
        {
            return invalid(format!(
                "`tz` is a time zone like Europe/Zurich, not `{tz}`"
            ));
        }
        let expires = match self.expires {
            Some(Some(text)) => match read_time(&text) {
                Ok(time) => Some(Some(time)),
                Err(why) => return invalid(format!("`expires`: `{text}`: {why}")),
            },
            other => other.map(|_| None),
        };
        Ok(About {
            name: self.name,
            real_name: self.real_name,
            display_name: self.display_name,
            title: self.title,
            email,
            tz: self.tz,
            role: self.role,
            guest: self.guest,
            expires,
            scim: None,
        })
    }
}

/// Somebody who is to come.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Where.
    pub workspace: TeamId,
    /// What there is to say of them; `name` is needed.
    #[serde(flatten)]
    pub about: AboutUser,
    /// Channels they are brought into, beside those that everybody is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
}

/// Somebody as they are.
#[derive(Debug, Serialize, Deserialize)]
pub struct UserView {
    /// Who.
    pub user: UserId,
    /// Their workspace.
    pub workspace: TeamId,
    /// Their handle.
    pub name: String,
    /// Their full name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub real_name: String,
    /// The name they are shown by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Their job.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// What they may do.
    pub role: Role,
    /// What kind of guest they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
    /// When their time as a guest ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The app, where it is a bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// They are gone.
    pub removed: bool,
    /// They are invited, and have not joined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invited: bool,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        Self {
            user: user.id,
            workspace: user.team,
            name: user.name.clone(),
            real_name: user.real_name.clone(),
            display_name: user.display_name.clone(),
            title: user.title.clone(),
            email: user.email.clone(),
            tz: user.tz.clone(),
            role: user.role,
            guest: user.guest,
            expires: user.expires.map(time_text),
            app: user.bot.and_then(|bot| bot.app),
            removed: user.removed && !user.is_invited(),
            invited: user.is_invited(),
        }
    }
}

fn no_such_user(id: UserId) -> Problem {
    Problem::invalid("user_not_found", format!("there is no user {id}"))
}

fn already_there(message: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, "already_there", message)
}

fn no_such_workspace(id: TeamId) -> Problem {
    let message = format!("there is no workspace {id} in use");
    Problem::invalid("workspace_not_found", message)
}

/// Somebody comes to a workspace.
pub async fn add_user(store: &Store, ask: NewUser) -> Result<UserView, Problem> {
    if ask.about.name.is_none() {
        let message = "the body: missing field `name`";
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            message,
        ));
    }
    let who = Newcomer {
        workspace: ask.workspace,
        about: ask.about.checked()?,
        channels: ask.channels,
    };
    let deed = Deed::Come(who);
    decide(store, vec![ask.workspace], deed).await
}

/// Something is another about a person.
pub async fn edit_user(store: &Store, user: UserId, about: AboutUser) -> Result<UserView, Problem> {
    let about = about.checked()?;
    let teams = teams(store, user).await?;
    let home = teams[0];
    let guest = matches!(about.guest, Some(Some(_)));
    let edited = decide(store, teams, Deed::Edit(user, about)).await?;
    if guest {
        store.sweep(home, user).await;
    }
    Ok(edited)
}

/// Somebody who was gone is back.
pub async fn restore_user(store: &Store, user: UserId) -> Result<UserView, Problem> {
    let teams = teams(store, user).await?;
    decide(store, teams, Deed::ComeBack(user)).await
}

/// How somebody joins who is invited.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Joining {
    /// What they are called, if not as the invitation says.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub real_name: Option<String>,
}

/// Somebody joins who is invited.
pub async fn join_user(store: &Store, user: UserId, how: Joining) -> Result<UserView, Problem> {
    join_by(store, user, None, how.real_name).await
}

/// The same by the end of a link, which has to be that of the invitation.
pub(crate) async fn join_by(
    store: &Store,
    user: UserId,
    link: Option<String>,
    real_name: Option<String>,
) -> Result<UserView, Problem> {
    let about = AboutUser {
        real_name,
        ..AboutUser::default()
    };
    let real_name = about.checked()?.real_name;
    let teams = teams(store, user).await?;
    let deed = Deed::Join {
        user,
        link,
        real_name,
    };
    decide(store, teams, deed).await
}

/// Somebody is gone from their workspace.
pub async fn remove_user(store: &Store, user: UserId) -> Result<UserView, Problem> {
    let teams = teams(store, user).await?;
    let home = teams[0];
    let removed = decide(store, teams, Deed::Go(user)).await?;
    store.sweep(home, user).await;
    Ok(removed)
}

/// The workspaces somebody is in, the one they belong to first before the others.
async fn teams(store: &Store, user: UserId) -> Result<Vec<TeamId>, Problem> {
    let known = store.read(|reader| reader.user(user)).await?;
    known
        .map(|user| user.all_teams().collect())
        .ok_or_else(|| no_such_user(user))
}

async fn decide(store: &Store, teams: Vec<TeamId>, deed: Deed) -> Result<UserView, Problem> {
    let usual = match deed {
        Deed::Come(_)
        | Deed::ComeBack(_)
        | Deed::Join { .. }
        | Deed::Edit(
            _,
            About {
                guest: Some(None), ..
            },
        ) => store.usual_channels(teams.clone()).await?,
        Deed::Edit(..) | Deed::Go(_) => Vec::new(),
    };
    let home = teams[0];
    let workspace = store.read(move |reader| reader.workspace(home)).await?;
    let doing = Doing {
        org: workspace.and_then(|workspace| workspace.enterprise),
        teams,
        deed,
        usual,
    };
    let user = store.write(Arc::new(doing)).await?;
    Ok(user.as_ref().into())
}

/// What is done about somebody.
enum Deed {
    Come(Newcomer),
    Edit(UserId, About),
    Go(UserId),
    ComeBack(UserId),
    Join {
        user: UserId,
        link: Option<String>,
        real_name: Option<String>,
    },
}

struct Doing {
    /// The organisation of the workspaces, as far as it was known.
    org: Option<EnterpriseId>,
    /// The workspaces it is about, the first of theirs before the others.
    teams: Vec<TeamId>,
    deed: Deed,
    usual: Vec<ChannelId>,
}

impl Decide for Doing {
    type Outcome = Arc<User>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.teams[0])
    }

    /// Where somebody is, others are kept from doing something about them.
    fn needs(&self) -> Vec<Key> {
        let alone = people::comings(self.org, self.teams.iter().copied());
        let usual = self.usual.iter().copied().map(Key::Channel);
        match &self.deed {
            Deed::Come(who) => {
                let named = who.channels.iter().copied().map(Key::Channel);
                alone.chain(usual).chain(named).collect()
            }
            Deed::ComeBack(user) | Deed::Edit(user, _) | Deed::Join { user, .. } => {
                let them = [Key::User(*user), Key::ChannelsOf(*user)];
                alone.chain(them).chain(usual).collect()
            }
            Deed::Go(user) => {
                let them = [Key::User(*user), Key::ChannelsOf(*user)];
                alone.chain(them).collect()
            }
        }
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Arc<User>>, Stop<Problem>> {
        match &self.deed {
            Deed::Come(who) => people::come(facts, who, &self.usual, moment),
            Deed::Edit(user, about) => people::edit(facts, *user, about, &self.usual, moment),
            Deed::Go(user) => people::remove(facts, *user, moment),
            Deed::ComeBack(user) => people::come_back(facts, *user, &self.usual, moment),
            Deed::Join {
                user,
                link,
                real_name,
            } => {
                let how = How {
                    link: link.as_deref(),
                    real_name: real_name.as_deref(),
                };
                people::invite::join(facts, *user, &how, &self.usual, moment)
            }
        }
        .map_err(|stop| stop.map(|why| self.not_taken(&why)))
    }
}

impl Doing {
    fn not_taken(&self, why: &NotTaken) -> Problem {
        let (code, message) = match why {
            NotTaken::NoWorkspace => return no_such_workspace(self.teams[0]),
            NotTaken::Nobody => ("user_not_found", "there is nobody of this id".to_owned()),
            NotTaken::Bot => (
                "invalid_user",
                "a bot is what its app makes of it, and goes with it".to_owned(),
            ),
            NotTaken::PrimaryOwner => (
                "invalid_user",
                "a workspace has one primary owner, who stays that".to_owned(),
            ),
            NotTaken::GuestWithRole => (
                "invalid_user",
                "a guest is no admin or owner: their role is `member`".to_owned(),
            ),
            NotTaken::NeverCame => (
                "invalid_user",
                "they have never been there: invite them, and let them join".to_owned(),
            ),
            NotTaken::NotInvited => (
                "not_invited",
                "they are not invited, or have joined already".to_owned(),
            ),
            NotTaken::EndOfMember => (
                "invalid_user",
                "`expires` is for guests: nobody else's time ends".to_owned(),
            ),
            NotTaken::Ended => (
                "invalid_user",
                "their time would have ended already: `expires` says until when they are guests"
                    .to_owned(),
            ),
            NotTaken::NoAddress => (
                "invalid_user",
                "who is invited has the address to which the invitation goes".to_owned(),
            ),
            NotTaken::NotOneChannel => (
                "invalid_user",
                "a single-channel guest is in one channel".to_owned(),
            ),
            NotTaken::AddressTaken(other) => {
                return already_there(format!("{other} has the address already"));
            }
            NotTaken::HandleTaken(other) => {
                let message = format!("{other} of the organisation has the handle already");
                return already_there(message);
            }
            NotTaken::NoChannel(channel) => (
                "channel_not_found",
                format!("{channel} is no channel of the workspace that people can be brought into"),
            ),
            NotTaken::NoGuests(channel) => (
                "user_is_restricted",
                format!("{channel} is closed to guests"),
            ),
        };
        Problem::invalid(code, message)
    }
}
