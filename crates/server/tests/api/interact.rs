//! What people do with apps: slash commands, and what apps answer.

mod clicks;
mod commands;
mod elsewhere;
mod modals;
mod shortcuts;
mod standing;

use crate::{
    app::App,
    events::{Receiver, settings},
};
use guestlist_domain::Timestamp;
use guestlist_store::Clock;

pub(crate) const NOON: Timestamp = Timestamp(1_700_000_000_000_000);
pub(crate) const BOT: &str = "xoxb-sample-greeter";
pub(crate) const SECRET: &str = "5a3c1e0b9f7d42688c0e6a1b3d5f7a90";

/// The sample world, whose app takes what people do at `base`, or over Socket Mode.
pub(crate) fn world(base: &str, more: &str) -> String {
    guestlist_store::world::SAMPLE
        .replace(
            "        client_id: \"1000000000.1\"",
            &format!(
                "{more}        manifest:
          features:
            slash_commands:
              - {{command: /invite-guest, url: \"{base}/command\", should_escape: true}}
              - {{command: /plain, url: \"{base}/command\"}}
              - {{command: /nowhere}}
            shortcuts:
              - {{name: Invite, type: global, callback_id: invite}}
              - {{name: Greet, type: message, callback_id: greet}}
          settings: {{interactivity: {{is_enabled: true, request_url: \"{base}/interactive\"}}}}
        client_id: \"1000000000.1\""
            ),
        )
        .replace(
            "scopes: [channels:history, channels:join",
            "scopes: [commands, channels:history, channels:join",
        )
}

/// A server with a clock that stands, whose app takes what people do at `receiver`.
pub(crate) async fn app(receiver: &Receiver) -> (App, Clock) {
    let clock = Clock::standing(NOON);
    let yaml = world(&receiver.base(), "");
    let app = App::with_clock(&yaml, settings(), clock.clone()).await;
    (app, clock)
}
