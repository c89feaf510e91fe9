//! The story that each greeter lives through: people join, it invites, by forms and buttons as well, two
//! organisations come together, and the server dies in the middle of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::kit::Kit;
use super::{BOT_TOKEN, USER_TOKEN};
use crate::http::Client;
use crate::place::{self, Scratch};
use crate::server::{Launch, Running, Server};

const APP: &str = "A0GREET";
const BOT: &str = "U0GREET";
const SIGNING_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const APP_TOKEN: &str = "xapp-greeter";
/// The other organisation's bot.
const GLOBOT_TOKEN: &str = "xoxb-globot";
const WELCOME: &str = "C0WELCOME";
const REPORTS: &str = "C0REPORTS";
const PLANS: &str = "C0PLANS";
const IDEAS: &str = "C0IDEAS";
const SUBSCRIBED: [&str; 5] = [
    "member_joined_channel",
    "message.channels",
    "shared_channel_invite_accepted",
    "shared_channel_invite_approved",
    "shared_channel_invite_received",
];
/// How long the app may take for one thing. Clients in Socket Mode wait some seconds before they
/// connect again.
const PATIENCE: Duration = Duration::from_secs(90);

/// How events reach the app.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Http,
    Socket,
}

impl fmt::Display for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Http => "HTTP",
            Self::Socket => "Socket Mode",
        })
    }
}

/// Lives through the story, and says how many events came twice.
pub(super) fn lived(
    kit: &Kit,
    transport: Transport,
    launch: &Launch,
    scratch: &Scratch,
) -> Result<usize> {
    let mut story = Story::begin(kit, transport, launch, scratch)?;
    let outcome = story.told();
    if outcome.is_err() {
        eprintln!("what the app had said:\n{}", story.said.join("\n"));
    }
    outcome?;
    let twice = story.each_event_has_one_id()?;
    println!(
        "{}, {transport}: the story is true; {twice} events came twice",
        kit.name
    );
    let server = story.server.take();
    drop(story);
    server.context("the server is dead")?.stop()?;
    Ok(twice)
}

struct Story<'a> {
    launch: &'a Launch<'a>,
    address: String,
    /// `None` only while it is dead.
    server: Option<Server>,
    app: Running,
    /// All that the app has said.
    said: Vec<String>,
    /// Who came in where the app is, with the greeting's channel.
    joined: Vec<(&'static str, String)>,
}

impl<'a> Story<'a> {
    /// Starts the server and the app, and lets one know of the other.
    fn begin(
        kit: &Kit,
        transport: Transport,
        launch: &'a Launch<'a>,
        scratch: &Scratch,
    ) -> Result<Self> {
        let server = launch.start(Some(&place::root().join("tests/apps/world.yaml")))?;
        let greeter = kit.greeter.as_ref().context("there is no app")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = scratch.join(&format!("{}-{transport}-app.log", kit.name));
        let mut command = greeter.command();
        command
            .env("SLACK_API_URL", format!("http://{}/api/", server.address))
            .env("SLACK_BOT_TOKEN", BOT_TOKEN)
            .env("SLACK_USER_TOKEN", USER_TOKEN)
            .env("REPORTS", REPORTS)
            .stderr(fs::File::create(log)?);
        match transport {
            Transport::Http => command
                .env("PORT", port.to_string())
                .env("SLACK_SIGNING_SECRET", SIGNING_SECRET)
                .env_remove("SLACK_APP_TOKEN"),
            Transport::Socket => command
                .env("SLACK_APP_TOKEN", APP_TOKEN)
                .env_remove("SLACK_SIGNING_SECRET"),
        };
        let mut story = Self {
            launch,
            address: server.address.clone(),
            server: Some(server),
            app: Running::spawn(&mut command)?,
            said: Vec::new(),
            joined: Vec::new(),
        };
        story.hears("ready")?;
        // Its manifest has the address only now, and Slack sends everything there.
        let url = format!("http://127.0.0.1:{port}/slack/events");
        let manifest = json!({
            "display_information": {"name": "greeter"},
            "features": {"slash_commands": [{"command": "/invite-guest", "url": url}]},
            "settings": {"interactivity": {"is_enabled": true, "request_url": url}},
        });
        let manifest = json!({"manifest": manifest.to_string()});
        story.control("POST", &format!("/apps/{APP}/manifest"), &manifest)?;
        let events = match transport {
            Transport::Http => {
                story.listens(port)?;
                // It is asked whether the address is its own, and answers.
                json!({"delivery": "http", "request_url": url, "subscribe": SUBSCRIBED})
            }
            Transport::Socket => json!({"delivery": "socket", "subscribe": SUBSCRIBED}),
        };
        story.control("POST", &format!("/apps/{APP}/events"), &events)?;
        Ok(story)
    }

    fn told(&mut self) -> Result<()> {
        self.whoever_joins_is_greeted()?;
        self.it_invites_when_asked_to()?;
        self.it_invites_whom_a_form_names()?;
        self.it_lets_in_who_presses_a_button()?;
        self.it_shares_a_channel_and_reports()?;
        self.it_accepts_what_its_bot_is_invited_to()?;
        self.nothing_is_lost_when_the_server_dies()?;
        self.everybody_was_greeted()?;
        self.nothing_was_given_up()
    }

    fn whoever_joins_is_greeted(&mut self) -> Result<()> {
        self.invite(USER_TOKEN, WELCOME, "U0BEN")?;
        self.greets("U0BEN")
    }

    fn it_invites_when_asked_to(&mut self) -> Result<()> {
        self.asked("invite <@U0CLEO>", "invited <@U0CLEO>")?;
        self.joined.push((WELCOME, "U0CLEO".to_owned()));
        self.greets("U0CLEO")?;
        self.asked("invite <@U0SOL>", "refused: ura_max_channels")?;
        self.asked("invite <@U0DANA> as before", "invited <@U0DANA> as before")?;
        self.joined.push((WELCOME, "U0DANA".to_owned()));
        self.greets("U0DANA")?;
        self.asked("invite <@U0DANA> as before", "refused: already_in_channel")
    }

    fn it_invites_whom_a_form_names(&mut self) -> Result<()> {
        let typing = json!({"text": "/invite-guest", "channel": WELCOME});
        let typed = self.control("POST", "/users/U0ADA/command", &typing)?;
        ensure!(
            typed["answer"]["text"] == "Whom?",
            "it answered the command with {typed}"
        );
        let line = self.hears_that(|line| line.starts_with("opened "), "opened")?;
        let path = format!("/users/U0ADA/views/{}/submit", &line["opened ".len()..]);
        let filled = |who: &str| json!({"values": {"who": who, "where": WELCOME}});
        let again = self.control("POST", &path, &filled("U0CLEO"))?;
        ensure!(
            again["errors"] == json!({"who": "already_in_channel"}),
            "it answered the form with {again}"
        );
        let done = self.control("POST", &path, &filled("U0EVE"))?;
        ensure!(
            done["response_action"] == "close",
            "it answered the form with {done}"
        );
        self.hears(&format!("{WELCOME} filled in <@U0EVE>"))?;
        self.joined.push((WELCOME, "U0EVE".to_owned()));
        self.greets("U0EVE")
    }

    fn it_lets_in_who_presses_a_button(&mut self) -> Result<()> {
        let typing = json!({"text": "/invite-guest offer", "channel": WELCOME});
        self.control("POST", "/users/U0ADA/command", &typing)?;
        let line = self.hears_that(|line| line.starts_with("offered "), "offered")?;
        let ts = &line["offered ".len()..];
        let click = json!({"channel": WELCOME, "ts": ts, "action": "add_me"});
        self.control("POST", "/users/U0FAY/click", &click)?;
        self.hears("added <@U0FAY>")?;
        let one = [("channel", WELCOME), ("oldest", ts), ("inclusive", "true")];
        let history = self.ask(BOT_TOKEN, "conversations.history", &one)?;
        let replaced = history["messages"].as_array().is_some_and(|all| {
            all.iter()
                .any(|one| one["ts"] == ts && one["text"] == "<@U0FAY> is in")
        });
        ensure!(replaced, "the button is there still: {history}");
        self.joined.push((WELCOME, "U0FAY".to_owned()));
        self.greets("U0FAY")
    }

    fn it_shares_a_channel_and_reports(&mut self) -> Result<()> {
        self.say("share with <mailto:gil@globex.test|gil@globex.test>")?;
        let shared = format!("{WELCOME} shared: ");
        let line = self.hears_that(|line| line.starts_with(&shared), &shared)?;
        let invitation = &line[shared.len()..];
        self.answer("accept", invitation, json!({"name": "acme-welcome"}))?;
        self.reports("gil accepted #welcome, to be approved")?;
        self.answer("approve", invitation, json!({}))?;
        self.reports("T0GLOBEX approved #welcome")?;
        self.joined.push((WELCOME, "U0GIL".to_owned()));
        self.greets("U0GIL")
    }

    fn it_accepts_what_its_bot_is_invited_to(&mut self) -> Result<()> {
        let invitation = self.offered(PLANS)?;
        self.hears(&format!("accepted {invitation}"))?;
        self.reports("greeter accepted #plans, to be approved")?;
        self.answer("approve", &invitation, json!({}))?;
        self.reports("T0GLOBEX approved #plans")?;
        let seen = self.ask(BOT_TOKEN, "conversations.info", &[("channel", PLANS)])?;
        let (name, shared) = (&seen["channel"]["name"], &seen["channel"]["is_ext_shared"]);
        ensure!(
            name == "plans-from-globex" && shared == true,
            "the channel is {seen}"
        );
        // Now it hears of what happens there.
        self.invite(GLOBOT_TOKEN, PLANS, "U0GUS")?;
        self.greets("U0GUS")
    }

    fn nothing_is_lost_when_the_server_dies(&mut self) -> Result<()> {
        // The app is held, so that what it is told of is under way when the server dies.
        self.app.signal("STOP")?;
        for user in ["U0P1", "U0P2", "U0P3", "U0P4"] {
            self.invite(USER_TOKEN, WELCOME, user)?;
        }
        let invitation = self.offered(IDEAS)?;
        self.dies()?;
        self.app.signal("CONT")?;
        for user in ["U0P1", "U0P2", "U0P3", "U0P4"] {
            self.greets(user)?;
        }
        self.hears(&format!("accepted {invitation}"))?;
        // Once more, with the app as busy as it is.
        for user in ["U0P5", "U0P6", "U0P7", "U0P8"] {
            self.invite(USER_TOKEN, WELCOME, user)?;
            if user == "U0P6" {
                self.dies()?;
            }
        }
        for user in ["U0P5", "U0P6", "U0P7", "U0P8"] {
            self.greets(user)?;
        }
        Ok(())
    }

    fn everybody_was_greeted(&mut self) -> Result<()> {
        for (channel, user) in &self.joined {
            let history = [("channel", *channel), ("limit", "200")];
            let history = self.ask(BOT_TOKEN, "conversations.history", &history)?;
            let greeting = format!("Welcome, <@{user}>!");
            let greeted = history["messages"].as_array().is_some_and(|all| {
                all.iter()
                    .any(|one| one["text"] == greeting.as_str() && one["user"] == BOT)
            });
            ensure!(greeted, "nobody greeted {user} in {channel}: {history}");
        }
        Ok(())
    }

    /// The server's own account.
    fn nothing_was_given_up(&self) -> Result<()> {
        let failed = format!("/deliveries?app={APP}&state=failed");
        let failed = self.control("GET", &failed, &Value::Null)?;
        ensure!(
            failed["deliveries"] == json!([]),
            "deliveries failed: {failed}"
        );
        Ok(())
    }

    /// How many events came more than once. Each had the same id every time.
    fn each_event_has_one_id(&self) -> Result<usize> {
        let mut ids = BTreeMap::<&str, BTreeSet<&str>>::new();
        let mut came = 0;
        for line in &self.said {
            if let Some((id, user)) = line.split_once(" joined ") {
                ensure!(id.starts_with("Ev"), "{line}: no event's id");
                ids.entry(user).or_default().insert(id);
                came += 1;
            }
        }
        for (user, ids) in &ids {
            ensure!(
                ids.len() == 1,
                "that {user} joined has several ids: {ids:?}"
            );
        }
        let wanted: BTreeSet<_> = self.joined.iter().map(|(_, user)| user.as_str()).collect();
        let told: BTreeSet<_> = ids.keys().copied().collect();
        ensure!(
            told == wanted,
            "it was told that {told:?} joined, not {wanted:?}"
        );
        Ok(came - ids.len())
    }

    /// Kills the server and starts it again at the same address.
    fn dies(&mut self) -> Result<()> {
        self.server.take().context("the server is dead")?.kill()?;
        self.server = Some(self.launch.restart(&self.address)?);
        Ok(())
    }

    fn ask(&self, token: &str, method: &str, arguments: &[(&str, &str)]) -> Result<Value> {
        Client::connect(&self.address, token)?.ask(method, arguments)
    }

    fn control(&self, verb: &str, path: &str, ask: &Value) -> Result<Value> {
        let token = fs::read_to_string(self.launch.data.join("control-token"))?;
        Client::connect(&self.address, token.trim())?.control(verb, path, ask)
    }

    fn invite(&mut self, token: &str, channel: &'static str, user: &str) -> Result<()> {
        let whom = [("channel", channel), ("users", user)];
        self.ask(token, "conversations.invite", &whom)?;
        self.joined.push((channel, user.to_owned()));
        Ok(())
    }

    /// Globex offers the bot a channel.
    fn offered(&self, channel: &str) -> Result<String> {
        let offer = [
            ("channel", channel),
            ("user_ids", BOT),
            ("external_limited", "false"),
        ];
        let offer = self.ask(GLOBOT_TOKEN, "conversations.inviteShared", &offer)?;
        let id = offer["invite_id"].as_str();
        Ok(id.context("an invitation without an id")?.to_owned())
    }

    /// Gil of Globex answers an invitation.
    fn answer(&self, deed: &str, invitation: &str, more: Value) -> Result<()> {
        let mut ask = json!({"user": "U0GIL", "invitation": invitation});
        if let (Some(ask), Value::Object(more)) = (ask.as_object_mut(), more) {
            ask.extend(more);
        }
        self.control("POST", &format!("/invitations/{deed}"), &ask)?;
        Ok(())
    }

    fn say(&self, text: &str) -> Result<()> {
        let what = [("channel", WELCOME), ("text", text)];
        self.ask(USER_TOKEN, "chat.postMessage", &what)?;
        Ok(())
    }

    /// Ada writes something, and the app answers.
    fn asked(&mut self, text: &str, answer: &str) -> Result<()> {
        self.say(text)?;
        self.hears(&format!("{WELCOME} {answer}"))
    }

    fn reports(&mut self, text: &str) -> Result<()> {
        self.hears(&format!("{REPORTS} {text}"))
    }

    fn greets(&mut self, user: &str) -> Result<()> {
        let joined = format!(" joined {user}");
        self.hears_that(|line| line.ends_with(&joined), &joined)?;
        Ok(())
    }

    fn hears(&mut self, wanted: &str) -> Result<()> {
        self.hears_that(|line| line == wanted, wanted)?;
        Ok(())
    }

    /// Waits until the app has said something, which may be a while ago.
    fn hears_that(&mut self, is_it: impl Fn(&str) -> bool, what: &str) -> Result<String> {
        let start = Instant::now();
        let mut known = 0;
        loop {
            if let Some(line) = self.said[known..].iter().find(|line| is_it(line)) {
                return Ok(line.clone());
            }
            known = self.said.len();
            match self.app.line(PATIENCE.saturating_sub(start.elapsed())) {
                Ok(Some(line)) => self.said.push(line),
                Ok(None) => bail!("the app ended before it said {what:?}"),
                Err(_) => bail!(
                    "the app did not say {what:?} within {} s",
                    PATIENCE.as_secs()
                ),
            }
        }
    }

    /// Waits until somebody listens on the port, and hears the app meanwhile.
    fn listens(&mut self, port: u16) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(
                start.elapsed() < PATIENCE,
                "the app does not listen on port {port}"
            );
            if let Ok(line) = self.app.line(Duration::from_millis(20)) {
                self.said
                    .push(line.context("the app ended before it listened")?);
            }
        }
        Ok(())
    }
}
