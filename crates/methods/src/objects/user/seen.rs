//! How somebody sees a user, with the time where that user is.

use super::{Active, EnterpriseUser, Profile, Roles, UserObject, Viewer, real_name};
use guestlist_domain::{
    Caller, Timestamp, User, UserId,
    user::{Guest, Role},
    workspace::Enterprise,
};
use jiff::tz::TimeZone;

impl UserObject {
    /// A user as `caller` sees them now.
    pub fn new(user: &User, caller: &Caller, now: Timestamp) -> Self {
        Self::seen(user, &caller.into(), now)
    }

    /// A user as somebody sees them at a time.
    pub fn seen(user: &User, viewer: &Viewer<'_>, now: Timestamp) -> Self {
        let real_name = real_name(user);
        let deleted = user.removed && !user.is_invited();
        let (tz, tz_label, tz_offset) = zone(user.tz.as_deref(), now);
        Self {
            id: user.id,
            team_id: if user.is_in(viewer.team) {
                viewer.team
            } else {
                user.team
            },
            name: user.name.clone(),
            deleted,
            active: (!deleted).then(|| Active {
                color: color(user.id),
                real_name: real_name.to_owned(),
                tz,
                tz_label,
                tz_offset,
                roles: Some(Roles {
                    is_admin: user.role >= Role::Admin,
                    is_owner: user.role >= Role::Owner,
                    is_primary_owner: user.role == Role::PrimaryOwner,
                    is_restricted: user.guest.is_some(),
                    is_ultra_restricted: user.guest == Some(Guest::SingleChannel),
                }),
                is_email_confirmed: user.bot.is_none() && !user.is_invited(),
                who_can_share_contact_card: "EVERYONE",
            }),
            profile: Profile::seen(user, viewer),
            is_bot: user.bot.is_some() && !user.id.is_slackbot(),
            is_app_user: viewer.id == Some(user.id) && user.bot.is_none(),
            is_invited_user: user.is_invited(),
            updated: user.updated.seconds(),
            // Of colleagues, to those who may know.
            has_2fa: (viewer.is_admin && user.is_in(viewer.team) && !user.removed)
                .then_some(user.bot.is_none() && !user.no_two_factor),
            is_stranger: None,
            locale: None,
            enterprise_user: viewer.enterprise.map(|org| enterprise_user(user, org)),
        }
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
