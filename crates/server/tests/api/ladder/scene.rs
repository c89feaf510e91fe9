//! A call and the world it is made in, all of it right, until something is made wrong.

use crate::app::App;
use guestlist_server::{RateLimits, Settings};
use serde_json::{Value, json};

/// U0ME of T0HOME invites U0YOU to C0OPS, in which U0IN is.
pub(super) struct Scene {
    pub(super) world: Value,
    pub(super) settings: Settings,
    /// How often the call is made; the last answer counts.
    pub(super) calls: usize,
    /// U0YOU is in another channel.
    pub(super) busy: bool,
    pub(super) method: String,
    pub(super) content_type: Option<String>,
    pub(super) arguments: Vec<(String, String)>,
    /// What is sent instead of the arguments.
    pub(super) body: Option<&'static str>,
    /// More is announced than sent.
    pub(super) short: bool,
    /// The token that is shown.
    pub(super) shown: Option<String>,
}

impl Scene {
    pub(super) fn of(method: &str) -> Self {
        let world = json!({
            "version": 1,
            "server": {},
            "enterprises": [{"id": "E0ORG", "name": "Org", "domain": "org"}],
            "workspaces": [
                {
                    "id": "T0HOME", "name": "Home", "domain": "home", "enterprise": "E0ORG", "created": "2019-01-01",
                    "users": [{"id": "U0ME", "name": "me"}, {"id": "U0IN", "name": "in"}, {"id": "U0YOU", "name": "you"}],
                    "channels": [
                        {"id": "C0OPS", "name": "ops", "creator": "U0IN", "members": ["U0ME", "U0IN", "U0BOT"]},
                        {"id": "D0MEIN", "kind": "im", "members": ["U0ME", "U0IN"]},
                    ],
                    "apps": [{"id": "A0APP", "name": "app", "created": "2019-01-01", "bot_user": {"id": "U0BOT", "name": "bot"}}],
                    "tokens": [{"token": "", "app": "A0APP", "scopes": ["channels:write", "channels:manage"]}],
                },
                {"id": "T0SIS", "name": "Sister", "domain": "sister", "enterprise": "E0ORG", "users": [], "channels": []},
                {"id": "T0THIRD", "name": "Third", "domain": "third", "enterprise": "E0ORG", "users": [], "channels": []},
                {"id": "T0EXT", "name": "Ext", "domain": "ext", "users": [], "channels": []},
                {"id": "T0FAR", "name": "Far", "domain": "far", "users": [{"id": "U0FAR", "name": "far"}], "channels": []},
            ],
        });
        let mut scene = Self {
            world,
            settings: Settings {
                rate_limits: RateLimits::Off,
                ..Settings::default()
            },
            calls: 1,
            busy: false,
            method: method.to_owned(),
            content_type: Some("application/x-www-form-urlencoded".to_owned()),
            arguments: Vec::new(),
            body: None,
            short: false,
            shown: None,
        };
        scene.hold("user");
        scene.give("channel", "C0OPS");
        scene.invite("U0YOU");
        scene
    }

    pub(super) fn org(&mut self) -> &mut Value {
        &mut self.world["enterprises"][0]
    }

    pub(super) fn home(&mut self) -> &mut Value {
        &mut self.world["workspaces"][0]
    }

    pub(super) fn channel(&mut self) -> &mut Value {
        &mut self.home()["channels"][0]
    }

    pub(super) fn app(&mut self) -> &mut Value {
        &mut self.home()["apps"][0]
    }

    pub(super) fn token(&mut self) -> &mut Value {
        &mut self.home()["tokens"][0]
    }

    fn workspaces(&mut self) -> &mut Vec<Value> {
        self.world["workspaces"].as_array_mut().unwrap()
    }

    pub(super) fn user(&mut self, id: &str) -> &mut Value {
        let users = self
            .workspaces()
            .iter_mut()
            .flat_map(|workspace| workspace["users"].as_array_mut().unwrap());
        users.into_iter().find(|user| user["id"] == id).unwrap()
    }

    /// Moves U0YOU to a workspace.
    pub(super) fn live(&mut self, team: &str) {
        let you = self.user("U0YOU").take();
        for workspace in self.workspaces() {
            let here = workspace["id"] == team;
            let users = workspace["users"].as_array_mut().unwrap();
            users.retain(|user| !user.is_null());
            users.extend(here.then(|| you.clone()));
        }
    }

    /// Calls with a token of this kind.
    pub(super) fn hold(&mut self, kind: &str) {
        let (text, user) = match kind {
            "user" => ("xoxp-me", json!("U0ME")),
            "app_level" => ("xapp-me", Value::Null),
            _ => ("xoxb-me", json!("U0BOT")),
        };
        let token = self.token().as_object_mut().unwrap();
        token.insert("token".to_owned(), text.into());
        token.insert("kind".to_owned(), kind.into());
        token.insert("user".to_owned(), user);
        token.retain(|_, value| !value.is_null());
        if kind != "org" {
            token.remove("workspaces");
        }
        self.shown = Some(text.to_owned());
    }

    pub(super) fn give(&mut self, name: &str, value: &str) {
        self.arguments.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn take(&mut self, name: &str) {
        self.arguments.retain(|(given, _)| given != name);
    }

    /// Invites these and nobody else.
    pub(super) fn invite(&mut self, people: &str) {
        self.take("users");
        self.take("user");
        let name = if self.method.starts_with("channels.") {
            "user"
        } else {
            "users"
        };
        self.give(name, people);
    }

    pub(super) fn json(&mut self, body: &'static str) {
        self.content_type = Some("application/json; charset=utf-8".to_owned());
        self.body = Some(body);
    }

    /// What the call is answered.
    pub(super) async fn answer(mut self) -> Value {
        if self.busy {
            let there = self
                .workspaces()
                .iter_mut()
                .find(|workspace| {
                    let users = workspace["users"].as_array().unwrap();
                    users.iter().any(|user| user["id"] == "U0YOU")
                })
                .unwrap();
            let other =
                json!({"id": "C0OTHER", "name": "other", "creator": "U0YOU", "members": ["U0YOU"]});
            there["channels"].as_array_mut().unwrap().push(other);
        }
        let pairs = self.arguments.iter().map(|(name, value)| {
            // As it is: what is wrong with it is meant.
            format!("{name}={value}")
        });
        let form = pairs.collect::<Vec<_>>().join("&");
        let body = self.body.unwrap_or(&form);
        let announced = body.len() + if self.short { 100 } else { 0 };
        let mut request = format!(
            "POST /api/{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {announced}\r\n",
            self.method
        );
        if let Some(token) = &self.shown {
            request.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if let Some(kind) = &self.content_type {
            request.push_str(&format!("Content-Type: {kind}\r\n"));
        }
        request.push_str(&format!("\r\n{body}"));

        let app = App::with_settings(&self.world.to_string(), self.settings.clone()).await;
        for _ in 1..self.calls {
            app.raw(request.as_bytes()).await;
        }
        let answer = app.raw(request.as_bytes()).await.json();
        // There are many, each with connections of its own.
        app.stop().await;
        answer
    }
}
