//! `views.update`: puts another in place of a view that is open. What was chosen in elements that stay is kept.
//! <https://docs.slack.dev/reference/methods/views.update>

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
pub enum Update {}

impl Contract for Update {
    const SPEC: Spec = Spec {
        name: "views.update",
        about: "Puts another in place of a view that is open. What was chosen in elements that stay is kept.",
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
            Arg::optional("view_id", "string", "VMM512F2U", "The view, by its id."),
            Arg::optional(
                "external_id",
                "string",
                "bmarley_view2",
                "The view, by the id that the app gave it; one of the two is needed.",
            ),
            Arg::optional(
                "hash",
                "string",
                "156772938.1827394",
                "The view's `hash`: another than it has now means that somebody else has changed it.",
            ),
        ],
        success: r#"{"ok": true, "view": {"id": "VMHU10V25", "team_id": "T8N4K1JN", "type": "modal", "title": {"type": "plain_text", "text": "Guests"}, "submit": {"type": "plain_text", "text": "Invite"}, "close": null, "blocks": [{"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who?"}, "element": {"type": "users_select", "action_id": "guest"}}], "private_metadata": "", "callback_id": "invite", "external_id": "", "state": {"values": {}}, "hash": "156772938.1827394", "clear_on_close": false, "notify_on_close": false, "root_view_id": "VMHU10V25", "previous_view_id": null, "app_id": "AA4928AQ", "app_installed_team_id": "T8N4K1JN", "bot_id": "BA13894H"}}"#,
        failure: r#"{"ok": false, "error": "not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let text = |name| {
            let text = given.text(name).filter(|text| !text.trim().is_empty());
            text.map(|text| text.trim().to_owned())
        };
        let (view_id, external_id) = (text("view_id"), text("external_id"));
        if view_id.is_none() && external_id.is_none() {
            return Err(BadArguments::Missing(vec!["view_id"]));
        }
        Ok(Args {
            view_id,
            external_id,
            hash: text("hash"),
            view: Definition::given(given, Error::ViewTooLarge)?,
        })
    }
}

/// Which view, and what it is to be.
#[derive(Clone, Debug)]
pub struct Args {
    /// Its id.
    pub view_id: Option<String>,
    /// The id that the app gave it.
    pub external_id: Option<String>,
    /// What it was when the app saw it.
    pub hash: Option<String>,
    /// What it is to be.
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
    /// The view has changed since.
    #[strum(props(state = "a `hash` that the view has no more"))]
    HashConflict,
    /// There is no such open view of the app's.
    #[strum(props(
        state = "a `view_id` or `external_id` of a view that is closed, or of another app"
    ))]
    NotFound,
    /// The view is too large.
    #[strum(props(state = "a `view` of over 250,000 bytes"))]
    ViewTooLarge,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, Update};
    use crate::{
        handle::{Good, Live},
        views::{
            kept::{NotKept, View},
            trigger::is_theirs,
        },
    };
    use guestlist_domain::Caller;
    use guestlist_store::{Failure, Fleeting, Store, StoreError};
    use std::sync::Arc;

    impl Live for Update {
        async fn answer(
            store: &Store,
            caller: Arc<Caller>,
            args: Args,
        ) -> Result<Good<Reply>, Failure<Error>> {
            let drawn = crate::handle::drawn(store)?;
            loop {
                let found = match (&args.view_id, &args.external_id) {
                    (Some(id), _) => View::find(store, id).await?,
                    (None, Some(id)) => named(store, &caller, id).await?,
                    (None, None) => None,
                };
                let theirs = found.filter(|(view, _)| is_theirs(&caller, (view.app, view.team)));
                let Some((view, kept)) = theirs else {
                    return Err(Failure::Refused(Error::NotFound));
                };
                if args.hash.as_ref().is_some_and(|hash| *hash != view.hash) {
                    return Err(Failure::Refused(Error::HashConflict));
                }
                let next = view.becomes(args.view.clone(), store.clock().now(), &drawn);
                match view.replace(store, &kept, &next).await? {
                    Ok(true) => {
                        let view = next.to_json(next.state().into_json());
                        return Ok(Reply { view }.into());
                    }
                    // Somebody was faster: it is looked at again.
                    Ok(false) => {}
                    Err(NotKept::DuplicateExternalId | NotKept::Covered) => {
                        return Err(Failure::Refused(Error::DuplicateExternalId));
                    }
                }
            }
        }
    }

    /// The view that the app gave a name, in whichever workspace the token is good.
    async fn named(
        store: &Store,
        caller: &Caller,
        external_id: &str,
    ) -> Result<Option<(View, Fleeting)>, StoreError> {
        let token = &caller.token;
        let own = [caller.team()];
        let teams = match token.is_org_wide() {
            true => &token.workspaces[..],
            false => &own,
        };
        for team in teams {
            let found = View::named(store, *team, external_id).await?;
            if let Some((view, kept)) = found
                && is_theirs(caller, (view.app, view.team))
            {
                return Ok(Some((view, kept)));
            }
        }
        Ok(None)
    }
}
