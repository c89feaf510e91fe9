//! The pictures of workspaces and bots. Nothing is served where they would be.
//! <https://docs.slack.dev/reference/methods/team.info>
//! <https://docs.slack.dev/reference/methods/bots.info>

use guestlist_domain::{BotId, TeamId};
use serde::Serialize;

/// A workspace's pictures.
#[derive(Debug, Serialize)]
pub struct Icon {
    image_34: String,
    image_44: String,
    image_68: String,
    image_88: String,
    image_102: String,
    image_132: String,
    image_default: bool,
}

impl Icon {
    /// A workspace's.
    pub fn of(team: TeamId) -> Self {
        let image = |size: u32| format!("https://avatars.invalid/{team}-{size}.png");
        Self {
            image_34: image(34),
            image_44: image(44),
            image_68: image(68),
            image_88: image(88),
            image_102: image(102),
            image_132: image(132),
            image_default: true,
        }
    }
}

/// A bot's pictures.
#[derive(Debug, Serialize)]
pub struct BotIcons {
    image_36: String,
    image_48: String,
    image_72: String,
}

impl BotIcons {
    /// A bot's.
    pub fn of(bot: BotId) -> Self {
        let image = |size: u32| format!("https://avatars.invalid/{bot}-{size}.png");
        Self {
            image_36: image(36),
            image_48: image(48),
            image_72: image(72),
        }
    }
}
