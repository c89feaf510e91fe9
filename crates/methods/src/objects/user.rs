//! The user object.
//! <https://docs.slack.dev/reference/objects/user-object>

use guestlist_domain::{
    AppId, BotId, Caller, EnterpriseId, ScopeSet, TeamId, Timestamp, User, UserId,
    user::{Guest, Role},
    workspace::Enterprise,
};
use jiff::tz::TimeZone;
use serde::Serialize;

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
    updated: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_stranger: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise_user: Option<EnterpriseUser>,
}

/// What is not told of removed people.
#[derive(Debug, Serialize)]
struct Active {
    color: String,
    real_name: String,
    tz: String,
    tz_label: String,
    tz_offset: i32,
    is_admin: bool,
    is_owner: bool,
    is_primary_owner: bool,
    is_restricted: bool,
    is_ultra_restricted: bool,
    is_email_confirmed: bool,
    who_can_share_contact_card: &'static str,
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
}

impl<'a> From<&'a Caller> for Viewer<'a> {
    fn from(caller: &'a Caller) -> Self {
        Self {
            id: Some(caller.id()),
            team: caller.team(),
            enterprise: caller.enterprise.as_deref(),
            scopes: &caller.token.scopes,
        }
    }
}

impl UserObject {
    /// A user as `caller` sees them now.
    pub fn new(user: &User, caller: &Caller, now: Timestamp) -> Self {
        Self::seen(user, &caller.into(), now)
    }

    /// A user as somebody sees them at a time.
    pub fn seen(user: &User, viewer: &Viewer<'_>, now: Timestamp) -> Self {
        let real_name = real_name(user);
        let (tz, tz_label, tz_offset) = zone(user.tz.as_deref(), now);
        Self {
            id: user.id,
            team_id: if user.is_in(viewer.team) {
                viewer.team
            } else {
                user.team
            },
            name: user.name.clone(),
            deleted: user.removed,
            active: (!user.removed).then(|| Active {
                color: color(user.id),
                real_name: real_name.to_owned(),
                tz,
                tz_label,
                tz_offset,
                is_admin: user.role >= Role::Admin,
                is_owner: user.role >= Role::Owner,
                is_primary_owner: user.role == Role::PrimaryOwner,
                is_restricted: user.guest.is_some(),
                is_ultra_restricted: user.guest == Some(Guest::SingleChannel),
                is_email_confirmed: user.bot.is_none(),
                who_can_share_contact_card: "EVERYONE",
            }),
            profile: Profile::seen(user, viewer),
            is_bot: user.bot.is_some() && !user.id.is_slackbot(),
            is_app_user: viewer.id == Some(user.id) && user.bot.is_none(),
            updated: user.updated.seconds(),
            is_stranger: None,
            locale: None,
            enterprise_user: viewer.enterprise.map(|org| enterprise_user(user, org)),
        }
    }

    /// Somebody of another organisation: less is told of them. A stranger is in no conversation
    /// with the caller any more.
    #[must_use]
    pub fn external(mut self, is_stranger: bool) -> Self {
        self.is_stranger = Some(is_stranger);
        self.enterprise_user = None;
        self.locale = None;
        self
    }

    /// With `locale`.
    #[must_use]
    pub fn locale(mut self) -> Self {
        self.locale = Some(super::conversation::LOCALE);
        self
    }
}

/// A time zone, what it is called at a time, and how many seconds it is ahead of UTC then. What Slack calls it
/// in words is told nowhere: beside UTC it is the zone's abbreviation, which changes with the season.
fn zone(name: Option<&str>, now: Timestamp) -> (String, String, i32) {
    let known = name.and_then(|name| TimeZone::get(name).ok());
    let now = jiff::Timestamp::from_microsecond(now.0).unwrap_or_default();
    match (name, known) {
        (Some(name), Some(zone)) if !UTC.contains(&name) => {
            let info = zone.to_offset_info(now);
            let label = info.abbreviation().to_owned();
            (name.to_owned(), label, info.offset().seconds())
        }
        _ => {
            let name = name.unwrap_or("Etc/UTC").to_owned();
            (name, "Coordinated Universal Time".to_owned(), 0)
        }
    }
}

/// Names of UTC.
const UTC: &[&str] = &["Etc/UTC", "UTC"];

fn enterprise_user(user: &User, org: &Enterprise) -> EnterpriseUser {
    EnterpriseUser {
        id: user.id,
        enterprise_id: org.id,
        enterprise_name: org.name.clone(),
        is_admin: false,
        is_owner: false,
        is_primary_owner: false,
        teams: std::iter::once(user.team)
            .chain(user.teams.iter().copied())
            .collect(),
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
        let hash = format!("g{:011x}", user.id.key() & 0xfff_ffff_ffff);
        let image = |size: u32| format!("https://avatars.invalid/{hash}-{size}.png");
        Self {
            title: user.title.clone(),
            phone: String::new(),
            skype: String::new(),
            real_name_normalized: real_name.clone(),
            display_name: user.display_name.clone(),
            display_name_normalized: user.display_name.clone(),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            fields: None,
            status_text: String::new(),
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
            image_24: image(24),
            image_32: image(32),
            image_48: image(48),
            image_72: image(72),
            image_192: image(192),
            image_512: image(512),
            avatar_hash: hash,
            team: user.team,
            real_name,
        }
    }
}

fn real_name(user: &User) -> &str {
    if user.real_name.is_empty() {
        &user.name
    } else {
        &user.real_name
    }
}

/// Six hex digits, the same for a user each time.
fn color(id: UserId) -> String {
    format!(
        "{:06x}",
        (id.key().wrapping_mul(0x9E37_79B9) >> 8) & 0xff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_go_with_the_season() {
        let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
        let (winter, summer) = (at("2026-01-15T12:00:00Z"), at("2026-07-15T12:00:00Z"));
        for (name, time, label, offset) in [
            (Some("Europe/Zurich"), winter, "CET", 3600),
            (Some("Europe/Zurich"), summer, "CEST", 7200),
            (Some("America/Los_Angeles"), summer, "PDT", -25_200),
            (Some("Etc/UTC"), summer, "Coordinated Universal Time", 0),
            (
                Some("Mars/Olympus"),
                summer,
                "Coordinated Universal Time",
                0,
            ),
            (None, summer, "Coordinated Universal Time", 0),
        ] {
            let told = (
                name.unwrap_or("Etc/UTC").to_owned(),
                label.to_owned(),
                offset,
            );
            assert_eq!(zone(name, time), told);
        }
    }
}
