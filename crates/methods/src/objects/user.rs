//! The user object.
//! <https://docs.slack.dev/reference/objects/user-object>

use guestlist_domain::{
    AppId, BotId, Caller, EnterpriseId, ScopeSet, TeamId, Timestamp, User, UserId,
    name::without_accents, workspace::Enterprise,
};
use serde::Serialize;

#[cfg(feature = "server")]
mod seen;

/// A user as one caller sees them.
#[derive(Debug, Serialize)]
pub struct UserObject {
    id: UserId,
    team_id: TeamId,
    name: String,
    deleted: bool,
    #[serde(flatten)]
    active: Option<Active>,
    profile: Profile,
    is_bot: bool,
    is_app_user: bool,
    /// Invited, and not there yet; told only then.
    #[serde(skip_serializing_if = "is_false")]
    is_invited_user: bool,
    updated: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_2fa: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_stranger: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_user: Option<EnterpriseUser>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for this form"
)]
fn is_false(so: &bool) -> bool {
    !so
}

/// What is not told of removed people.
#[derive(Debug, Serialize)]
struct Active {
    color: String,
    real_name: String,
    tz: String,
    tz_label: String,
    tz_offset: i32,
    #[serde(flatten)]
    roles: Option<Roles>,
    is_email_confirmed: bool,
    who_can_share_contact_card: &'static str,
}

/// What somebody is in the workspace from which they are seen.
#[derive(Debug, Serialize)]
struct Roles {
    is_admin: bool,
    is_owner: bool,
    is_primary_owner: bool,
    is_restricted: bool,
    is_ultra_restricted: bool,
}

#[derive(Debug, Serialize)]
struct EnterpriseUser {
    id: UserId,
    enterprise_id: EnterpriseId,
    enterprise_name: String,
    is_admin: bool,
    is_owner: bool,
    is_primary_owner: bool,
    teams: Vec<TeamId>,
}

/// A user's profile.
/// <https://docs.slack.dev/reference/objects/user-object#profile>
#[derive(Debug, Serialize)]
pub struct Profile {
    title: String,
    phone: String,
    skype: String,
    real_name: String,
    real_name_normalized: String,
    display_name: String,
    display_name_normalized: String,
    first_name: String,
    last_name: String,
    fields: Option<()>,
    status_text: String,
    status_text_canonical: String,
    status_emoji: String,
    status_emoji_display_info: [(); 0],
    status_expiration: i64,
    avatar_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_id: Option<BotId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_app_id: Option<AppId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    always_active: Option<bool>,
    /// Of guests whose time ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    guest_expiration_ts: Option<i64>,
    /// Of guests who were invited into the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    guest_invited_by: Option<UserId>,
    image_24: String,
    image_32: String,
    image_48: String,
    image_72: String,
    image_192: String,
    image_512: String,
    team: TeamId,
}

/// The scope that shows addresses.
pub const EMAIL_SCOPE: &str = "users:read.email";

/// Who looks at a user.
pub struct Viewer<'a> {
    /// Who; nobody where an app is told by itself.
    pub id: Option<UserId>,
    /// From where.
    pub team: TeamId,
    /// That workspace's organisation.
    pub enterprise: Option<&'a Enterprise>,
    /// With which scopes.
    pub scopes: &'a ScopeSet,
    /// An admin, or an owner, in person.
    pub is_admin: bool,
}

impl<'a> From<&'a Caller> for Viewer<'a> {
    fn from(caller: &'a Caller) -> Self {
        Self {
            id: Some(caller.id()),
            team: caller.team(),
            enterprise: caller.enterprise.as_deref(),
            scopes: &caller.token.scopes,
            is_admin: caller.user.is_admin() && caller.user.bot.is_none(),
        }
    }
}

impl UserObject {
    /// Somebody of another organisation: less is told of them, and nothing of what they are there. A
    /// stranger is in no conversation with the caller any more.
    #[must_use]
    pub fn external(mut self, is_stranger: bool) -> Self {
        self.is_stranger = Some(is_stranger);
        self.enterprise_user = None;
        self.locale = None;
        self.has_2fa = None;
        self.profile.guest_expiration_ts = None;
        self.profile.guest_invited_by = None;
        if let Some(active) = &mut self.active {
            active.roles = None;
        }
        self
    }

    /// With `locale`.
    #[must_use]
    pub fn locale(mut self) -> Self {
        self.locale = Some(super::conversation::LOCALE);
        self
    }
}

impl Profile {
    /// A profile as `caller` sees it: the address only with its scope.
    pub fn new(user: &User, caller: &Caller) -> Self {
        Self::seen(user, &caller.into())
    }

    fn seen(user: &User, viewer: &Viewer<'_>) -> Self {
        let real_name = real_name(user).to_owned();
        let (first, last) = real_name.split_once(' ').unwrap_or((&real_name, ""));
        let avatar = Avatar::of(user.id);
        Self {
            title: user.title.clone(),
            phone: String::new(),
            skype: String::new(),
            real_name_normalized: without_accents(&real_name),
            display_name: user.display_name.clone(),
            display_name_normalized: without_accents(&user.display_name),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            fields: None,
            status_text: String::new(),
            status_text_canonical: String::new(),
            status_emoji: String::new(),
            status_emoji_display_info: [],
            status_expiration: 0,
            email: user
                .email
                .clone()
                .filter(|_| viewer.scopes.holds(EMAIL_SCOPE)),
            bot_id: user.bot.map(|bot| bot.id),
            api_app_id: user.bot.and_then(|bot| bot.app),
            always_active: user.bot.map(|_| true),
            guest_invited_by: user
                .invited
                .as_ref()
                .filter(|_| user.guest.is_some())
                .map(|invited| invited.by),
            guest_expiration_ts: user.expires.map(Timestamp::seconds),
            image_24: avatar.image(24),
            image_32: avatar.image(32),
            image_48: avatar.image(48),
            image_72: avatar.image(72),
            image_192: avatar.image(192),
            image_512: avatar.image(512),
            avatar_hash: avatar.hash,
            team: user.team,
            real_name,
        }
    }
}

/// Somebody's pictures. Nothing is served where they would be.
pub(crate) struct Avatar {
    /// What names them.
    pub(crate) hash: String,
}

impl Avatar {
    /// Theirs.
    pub(crate) fn of(user: UserId) -> Self {
        let hash = format!("g{:011x}", user.key() & 0xfff_ffff_ffff);
        Self { hash }
    }

    /// Where the one of so many pixels' width would be.
    pub(crate) fn image(&self, size: u32) -> String {
        format!("https://avatars.invalid/{}-{size}.png", self.hash)
    }
}

fn real_name(user: &User) -> &str {
    if user.real_name.is_empty() {
        &user.name
    } else {
        &user.real_name
    }
}
