//! Modals: somebody presses and chooses in one, submits it, or closes it.
//! <https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload>

use super::{
    Stage, There,
    answer::Place,
    click::{Around, ClickedView, listens},
    hook::{self, Kind},
    payload,
};
use crate::{control::Problem, events::Said};
use axum::http::StatusCode;
use guestlist_domain::{App, AppId, Caller, UserId};
use guestlist_methods::views::{
    definition::{Definition, NoView},
    element::{self, Found},
    kept::{MOST_STACKED, NotKept, View},
};
use guestlist_store::{Drawn, Fleeting};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What somebody presses or chooses in a view.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressing {
    /// The element, by its `action_id`.
    pub action: String,
    /// The block it is in, where several have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// What is chosen; of several a list. Nothing where a button is pressed.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

/// What somebody has chosen and typed when they submit a view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Submitting {
    /// By `action_id`, or `block_id/action_id` where several have the same.
    pub values: Map<String, Value>,
}

/// How somebody closes a view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dismissing {
    /// With all that lie on each other.
    pub all: bool,
}

/// What came of a submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubmittedView {
    /// The app that took it.
    pub app_id: AppId,
    /// What the app made of it: `close`, `errors`, `update`, `push` or `clear`.
    pub response_action: String,
    /// What is wrong, by block; the view stays open.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub errors: Map<String, Value>,
    /// What they see then.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub view: Value,
}

/// What came of closing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DismissedView {
    /// The views that are closed.
    pub closed: Vec<String>,
    /// Of these those that their app heard of.
    pub told: Vec<String>,
}

/// What somebody has open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenView {
    /// Nothing lies on it.
    pub top: bool,
    /// As apps are told it.
    pub view: Value,
}

/// A view that somebody has open, and all that they have.
#[derive(Clone)]
struct Before {
    view: View,
    kept: Fleeting,
    all: Vec<View>,
}

/// Whose a view is and who does something in it.
struct With {
    app: Arc<App>,
    person: Caller,
    there: There,
}

/// A view that somebody has open, with its app.
struct Open {
    before: Before,
    with: With,
}

impl Before {
    /// The view that lies below, and what lies below that, the nearest first.
    fn below(&self) -> Vec<&View> {
        let mut below = Vec::new();
        let mut at = &self.view;
        while let Some(previous) = &at.previous
            && let Some(found) = self.all.iter().find(|view| view.id == *previous)
        {
            below.push(found);
            at = found;
        }
        below
    }
}

impl Stage<'_> {
    /// What somebody has open.
    pub(crate) async fn views(&self, user: UserId) -> Result<Vec<OpenView>, Problem> {
        self.person(user, None).await?;
        let all = View::open_of(self.store, user).await?;
        let is_top = |id: &str| {
            !all.iter()
                .any(|(other, _)| other.previous.as_deref() == Some(id))
        };
        let open = all.iter().map(|(view, _)| OpenView {
            top: is_top(&view.id),
            view: view.to_json(view.state().into_json()),
        });
        Ok(open.collect())
    }

    /// Somebody presses or chooses something in a view.
    pub(crate) async fn press(
        &self,
        user: UserId,
        view: &str,
        pressing: Pressing,
    ) -> Result<ClickedView, Problem> {
        let Open { before, with } = self.open(user, view).await?;
        let all = before.view.elements();
        let found = element::find(&all, &pressing.action, pressing.block.as_deref())
            .map_err(|why| Problem::invalid("action_not_found", why))?;
        let mut next = before.view.clone();
        let (field, value) = self.chosen(&with.person, &found, &pressing.value).await?;
        if found.element["type"] != "button" {
            let place = (found.block_id(), found.action_id());
            next.choose(place, &found.element["type"], field, value);
        }
        // What a client shows stays chosen, whether the app hears of it or not.
        self.choose(&before, &next).await?;
        let mut more = Map::new();
        let container = json!({"type": "view", "view_id": next.id});
        more.insert("container".to_owned(), container);
        more.insert("view".to_owned(), next.to_json(next.state().into_json()));
        let around = Around {
            found,
            state: None,
            more,
            view: Some(next.id.clone()),
            place: None,
        };
        let With { app, person, there } = &with;
        self.act(app, person, there, &pressing.value, around).await
    }

    /// Somebody submits a view.
    pub(crate) async fn submit(
        &self,
        user: UserId,
        view: &str,
        submitting: Submitting,
    ) -> Result<SubmittedView, Problem> {
        let Open { before, with } = self.open(user, view).await?;
        let no = |code, message: String| Err(Problem::invalid(code, message));
        if before.view.definition.submit.is_null() {
            return no(
                "not_submittable",
                format!("{view} has nothing to submit it with"),
            );
        }
        let all = before.view.elements();
        let mut next = before.view.clone();
        for (name, given) in &submitting.values {
            let (block, action) = match name.split_once('/') {
                Some((block, action)) => (Some(block), action),
                None => (None, name.as_str()),
            };
            let found = element::find(&all, action, block)
                .map_err(|why| Problem::invalid("action_not_found", why))?;
            if element::is_known(found.element) && !found.stays() {
                return no(
                    "invalid_value",
                    format!("`{name}` is a button or a menu that holds nothing"),
                );
            }
            let (field, value) = self.chosen(&with.person, &found, given).await?;
            let place = (found.block_id(), found.action_id());
            next.choose(place, &found.element["type"], field, value);
        }
        let state = next.state().into_json();
        let lacking: Vec<_> = all.iter().filter(|one| is_lacking(one, &state)).collect();
        if !lacking.is_empty() {
            let names: Vec<_> = lacking.iter().map(|one| one.called()).collect();
            let message = format!("these have to be filled in: {}", names.join(", "));
            return no("missing_value", message);
        }
        listens(&with.app)?;
        // What was typed stays, whatever the app makes of it. Of two who submit at once one does.
        self.choose(&before, &next).await?;
        let drawn = self.draw()?;
        let With { app, person, there } = &with;
        let mut payload = payload("view_submission", app, person, there);
        let id = Some(next.id.clone());
        let team = there.workspace.id;
        let trigger = self.trigger(app.id, person, team, id, &drawn).await?;
        payload.insert("trigger_id".to_owned(), trigger.into());
        payload.insert("view".to_owned(), next.to_json(state.clone()));
        let urls = self.response_urls(&with, &all, &state).await?;
        payload.insert("response_urls".to_owned(), urls);
        let said = self.interactive(app, payload).await?;
        let submitted = Before {
            view: next,
            ..before.clone()
        };
        self.answered(&submitted, said, &drawn).await
    }

    /// What an app's answer to a submission does.
    async fn answered(
        &self,
        open: &Before,
        said: Said,
        drawn: &Drawn,
    ) -> Result<SubmittedView, Problem> {
        let wrong = |message: String| {
            Problem::new(StatusCode::BAD_GATEWAY, "dispatch_unknown_error", message)
        };
        let mut done = SubmittedView {
            app_id: open.view.app,
            response_action: "close".to_owned(),
            errors: Map::new(),
            view: Value::Null,
        };
        let answer = match said {
            Said::Nothing => json!({}),
            Said::Object(answer) => answer,
            Said::Words(words) => {
                let message = format!("the app answered a submission with words: {words:.100}");
                return Err(wrong(message));
            }
        };
        let action = match &answer["response_action"] {
            Value::Null => "close",
            Value::String(action) => action,
            other => return Err(wrong(format!("`response_action` is no {other}"))),
        };
        action.clone_into(&mut done.response_action);
        let now = self.store.clock().now();
        match action {
            "close" => {
                open.view.close(self.store).await?;
                if let Some(view) = open.below().first() {
                    done.view = view.to_json(view.state().into_json());
                }
            }
            "errors" => {
                let errors = answer["errors"]
                    .as_object()
                    .filter(|errors| !errors.is_empty());
                let errors = errors.ok_or_else(|| {
                    wrong("the app answered with `errors` and named none".to_owned())
                })?;
                let blocks = open.view.definition.blocks.as_array();
                let is_there = |id: &String| {
                    let mut blocks = blocks.into_iter().flatten();
                    blocks.any(|block| block["block_id"] == **id && block["type"] == "input")
                };
                if let Some(unknown) = errors.keys().find(|id| !is_there(id)) {
                    let message =
                        format!("the app answered with an error of `{unknown}`, which is no input");
                    return Err(wrong(message));
                }
                if let Some((id, _)) = errors.iter().find(|(_, error)| !error.is_string()) {
                    let message =
                        format!("the app answered with an error of `{id}` that is no text");
                    return Err(wrong(message));
                }
                done.errors.clone_from(errors);
                done.view = open.view.to_json(open.view.state().into_json());
            }
            "update" | "push" => {
                let read = Definition::read(answer["view"].clone());
                let definition = read.map_err(|no| {
                    wrong(match no {
                        NoView::TooLarge => "the view of the app's answer is too large".to_owned(),
                        NoView::Invalid(faults) => {
                            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                            format!("the view of the app's answer: {}", faults.join(", "))
                        }
                    })
                })?;
                let next = if action == "update" {
                    self.update(&open.view, definition, drawn).await?
                } else {
                    if open.below().len() + 1 >= MOST_STACKED {
                        return Err(wrong("no further view lies on these".to_owned()));
                    }
                    let (app, bot) = (open.view.app, open.view.bot);
                    let whose = (open.view.team, open.view.user);
                    let below = Some(&open.view);
                    let next = View::new(definition, (app, bot), whose, below, (now, drawn));
                    kept(next.keep(self.store).await?)?;
                    next
                };
                done.view = next.to_json(next.state().into_json());
            }
            "clear" => {
                // Its app may have put another on top of it meanwhile.
                for (view, _) in View::open_of(self.store, open.view.user).await? {
                    if view.root == open.view.root {
                        view.close(self.store).await?;
                    }
                }
            }
            other => return Err(wrong(format!("there is no `response_action` {other}"))),
        }
        Ok(done)
    }

    /// Somebody closes a view, or all that lie on each other.
    pub(crate) async fn dismiss(
        &self,
        user: UserId,
        view: &str,
        dismissing: Dismissing,
    ) -> Result<DismissedView, Problem> {
        let before = self.before(user, view).await?;
        let clear = dismissing.all || before.view.definition.clear_on_close;
        let below = before.below().into_iter().filter(|_| clear);
        let closing: Vec<_> = std::iter::once(&before.view).chain(below).collect();
        let mut done = DismissedView {
            closed: Vec::new(),
            told: Vec::new(),
        };
        for view in &closing {
            view.close(self.store).await?;
            done.closed.push(view.id.clone());
        }
        let heard = closing
            .iter()
            .filter(|view| view.definition.notify_on_close);
        for view in heard {
            // An app that is not there any more hears of nothing.
            let Ok(With { app, person, there }) = self.with(view).await else {
                continue;
            };
            let mut payload = payload("view_closed", &app, &person, &there);
            payload.insert("view".to_owned(), view.to_json(view.state().into_json()));
            payload.insert("is_cleared".to_owned(), clear.into());
            // Nobody waits for what an app makes of it: it is closed.
            if self.interactive(&app, payload).await.is_ok() {
                done.told.push(view.id.clone());
            }
        }
        Ok(done)
    }

    /// The view that somebody has before them.
    async fn before(&self, user: UserId, id: &str) -> Result<Before, Problem> {
        let all = View::open_of(self.store, user).await?;
        let found = all.iter().find(|(view, _)| view.id == id).cloned();
        let Some((view, kept)) = found else {
            self.person(user, None).await?;
            let message = format!("{user} has no view {id} open");
            return Err(Problem::invalid("view_not_found", message));
        };
        if let Some((over, _)) = all
            .iter()
            .find(|(over, _)| over.previous.as_deref() == Some(id))
        {
            let message = format!("{} lies on {id}", over.id);
            return Err(Problem::invalid("view_not_on_top", message));
        }
        let all = all.into_iter().map(|(view, _)| view).collect();
        Ok(Before { view, kept, all })
    }

    /// The same with its app, which is there.
    async fn open(&self, user: UserId, id: &str) -> Result<Open, Problem> {
        let before = self.before(user, id).await?;
        let with = self.with(&before.view).await?;
        Ok(Open { before, with })
    }

    async fn with(&self, view: &View) -> Result<With, Problem> {
        let (app_id, user) = (view.app, view.user);
        let app = self.store.read(|reader| reader.app(app_id)).await?;
        let app = app.ok_or_else(|| {
            let message = format!("{app_id} is not there any more");
            Problem::invalid("app_not_installed", message)
        })?;
        let team = view.team;
        let home = self.store.read(|reader| reader.user(user)).await?;
        let is_in = home.is_some_and(|user| user.is_in(team));
        let person = self.person(user, is_in.then_some(team)).await?;
        let there = self.there(app.id, &person, team).await?;
        Ok(With { app, person, there })
    }

    /// Keeps what somebody chooses in a view as they have it before them.
    async fn choose(&self, before: &Before, next: &View) -> Result<(), Problem> {
        let view = &before.view;
        let replaced = view.replace(self.store, &before.kept, next).await?;
        match kept(replaced)? {
            true => Ok(()),
            false => Err(changed(view)),
        }
    }

    /// Puts another view in the place of one that was submitted. What its app has put there itself meanwhile stays: it is newer.
    async fn update(
        &self,
        submitted: &View,
        definition: Definition,
        drawn: &Drawn,
    ) -> Result<View, Problem> {
        while let Some((view, found)) = View::find(self.store, &submitted.id).await? {
            if view.hash != submitted.hash {
                return Ok(view);
            }
            let now = self.store.clock().now();
            let next = view.becomes(definition.clone(), now, drawn);
            if kept(view.replace(self.store, &found, &next).await?)? {
                return Ok(next);
            }
        }
        Err(changed(submitted))
    }

    /// Addresses to answer at in the conversations that were chosen for that.
    async fn response_urls(
        &self,
        with: &With,
        all: &[Found<'_>],
        state: &Value,
    ) -> Result<Value, Problem> {
        let mut urls = Vec::new();
        for one in all {
            if one.element["response_url_enabled"] != true {
                continue;
            }
            let chosen = &state["values"][one.block_id()][one.action_id()];
            let fields = ["selected_conversation", "selected_channel"];
            let channel = fields
                .iter()
                .find_map(|field| chosen[field].as_str()?.parse().ok());
            let Some(channel) = channel else { continue };
            let place = Place {
                app: with.app.id,
                team: with.there.workspace.id,
                bot: with.there.installed.bot,
                user: with.person.id(),
                channel,
                message: None,
            };
            // Each has randomness of its own.
            let url = hook::make(self.store, Kind::App, &place, &self.draw()?).await?;
            urls.push(json!({
                "block_id": one.block_id(),
                "action_id": one.action_id(),
                "channel_id": channel,
                "response_url": url,
            }));
        }
        Ok(Value::Array(urls))
    }
}

fn kept<T>(kept: Result<T, NotKept>) -> Result<T, Problem> {
    kept.map_err(|not| {
        let message = match not {
            NotKept::DuplicateExternalId => {
                "the app answered with an `external_id` that another open view has"
            }
            NotKept::Covered => "the app has put another view on the submitted one already",
        };
        Problem::new(StatusCode::BAD_GATEWAY, "dispatch_unknown_error", message)
    })
}

fn changed(view: &View) -> Problem {
    let message = format!("{} was changed or closed meanwhile; ask again", view.id);
    Problem::new(StatusCode::CONFLICT, "view_changed", message)
}

/// Whether an input has to be filled in and is not.
fn is_lacking(one: &Found<'_>, state: &Value) -> bool {
    if !one.is_input() || one.block["optional"] == true {
        return false;
    }
    let chosen = &state["values"][one.block_id()][one.action_id()];
    let mut fields = chosen.as_object().into_iter().flatten();
    let value = fields
        .find(|(field, _)| *field != "type")
        .map(|(_, value)| value);
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(many)) => many.is_empty(),
        Some(_) => false,
    }
}
