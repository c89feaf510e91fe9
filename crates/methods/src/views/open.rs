//! `views.open`: opens a view for whoever did something with the app within the last three seconds.
//! <https://docs.slack.dev/reference/methods/views.open>

use super::definition::Definition;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::Scopes;
use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Open {}

impl Contract for Open {
    const SPEC: Spec = Spec {
        name: "views.open",
        about: "Opens a view for whoever did something with the app within the last three seconds.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Four,
        scopes: Scopes::NONE,
        args: &[
            Arg::required(
                "view",
                "json",
                "{\"type\": \"modal\", \"title\": {\"type\": \"plain_text\", \"text\": \"Guests\"}, \"blocks\": []}",
                "A JSON object of up to 250 KB: `type` (`modal`), `title`, `blocks` (up to 100) and, as needed, `submit`, `close`, `private_metadata`, `callback_id`, `external_id`, `clear_on_close`, `notify_on_close`.",
            ),
            Arg::optional(
                "trigger_id",
                "string",
                "12345.98765.abcd2358fdea",
                "That somebody did something with the app within the last three seconds; good once.",
            ),
            Arg::optional(
                "interactivity_pointer",
                "string",
                "12345.98765.abcd2358fdea",
                "The same by another name; one of the two is needed.",
            ),
        ],
        success: r#"{"ok": true, "view": {"id": "VMHU10V25", "team_id": "T8N4K1JN", "type": "modal", "title": {"type": "plain_text", "text": "Guests"}, "submit": {"type": "plain_text", "text": "Invite"}, "close": null, "blocks": [{"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who?"}, "element": {"type": "users_select", "action_id": "guest"}}], "private_metadata": "", "callback_id": "invite", "external_id": "", "state": {"values": {}}, "hash": "156772938.1827394", "clear_on_close": false, "notify_on_close": false, "root_view_id": "VMHU10V25", "previous_view_id": null, "app_id": "AA4928AQ", "app_installed_team_id": "T8N4K1JN", "bot_id": "BA13894H"}}"#,
        failure: r#"{"ok": false, "error": "expired_trigger_id"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let trigger = given.text("trigger_id").filter(|id| !id.trim().is_empty());
        let trigger = trigger.or_else(|| given.text("interactivity_pointer"));
        let Some(trigger) = trigger.filter(|id| !id.trim().is_empty()) else {
            return Err(BadArguments::Missing(vec!["trigger_id"]));
        };
        Ok(Args {
            trigger: trigger.trim().to_owned(),
            view: Definition::given(given, Error::ViewTooLarge)?,
        })
    }
}

/// What to show, and what for.
#[derive(Clone, Debug)]
pub struct Args {
    /// The trigger's id.
    pub trigger: String,
    /// The view.
    pub view: Definition,
}

/// The view.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As it is shown.
    pub view: Value,
}

/// Why it is not shown.
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
    /// Another open view of the workspace has this `external_id`.
    #[strum(props(state = "an `external_id` of a view that is open"))]
    DuplicateExternalId,
    /// Something was shown for this trigger already.
    #[strum(props(state = "a `trigger_id` that was used"))]
    ExchangedTriggerId,
    /// The trigger is too old.
    #[strum(props(state = "a `trigger_id` of three seconds ago"))]
    ExpiredTriggerId,
    /// There is no such trigger for this app.
    #[strum(props(state = "a `trigger_id` that nobody was given, or another app"))]
    InvalidTriggerId,
    /// The view is too large.
    #[strum(props(state = "a `view` of over 250,000 bytes"))]
    ViewTooLarge,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Open, Reply};
    use crate::{
        handle::{Good, Live},
        views::{
            kept::{NotKept, View},
            trigger::{NoTrigger, Trigger},
        },
    };
    use guestlist_domain::Caller;
    use guestlist_store::{Failure, Store};
    use std::sync::Arc;

    impl Live for Open {
        async fn answer(
            store: &Store,
            caller: Arc<Caller>,
            args: Args,
        ) -> Result<Good<Reply>, Failure<Error>> {
            let drawn = crate::handle::drawn(store)?;
            let exchanged = Trigger::exchange(store, &args.trigger, &caller).await?;
            let trigger = exchanged.map_err(|no| {
                Failure::Refused(match no {
                    NoTrigger::Invalid => Error::InvalidTriggerId,
                    NoTrigger::Expired => Error::ExpiredTriggerId,
                    NoTrigger::Exchanged => Error::ExchangedTriggerId,
                })
            })?;
            let bot = caller.user.bot.map(|bot| bot.id);
            let view = View::new(
                args.view,
                (trigger.app, bot),
                (trigger.team, trigger.user),
                None,
                (store.clock().now(), &drawn),
            )
            .opened_in(trigger.channel);
            match view.keep(store).await? {
                Ok(()) => {}
                // It lies on none, so nothing is in its place.
                Err(NotKept::DuplicateExternalId | NotKept::Covered) => {
                    return Err(Failure::Refused(Error::DuplicateExternalId));
                }
            }
            let view = view.to_json(view.state().into_json());
            Ok(Reply { view }.into())
        }
    }
}
