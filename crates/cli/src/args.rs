//! The command line as it is typed.

use crate::{
    app::AppCommand,
    clock::ClockArgs,
    config::Flags,
    connector::{CallArgs, ConnectorCommand, InviteArgs},
    events::EventsCommand,
    invitation::InvitationCommand,
    invite_request::InviteRequestCommand,
    journal::JournalArgs,
    requests::RequestsArgs,
    user::UserCommand,
    world::WorldCommand,
};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use guestlist_domain::{AppId, ChannelId, TeamId, TokenKind, UserId};
use std::{ffi::OsString, path::PathBuf};

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed; stderr says what and where
  2  the command line, a setting or a method's name is wrong
  3  another guestlist holds the data directory
  4 and more: how a call ended; see `guestlist call --help`

Settings come from flags, then GUESTLIST_* variables, then a TOML file, then defaults;
`guestlist config` shows each with where it comes from. The file is the one --config names,
else the one GUESTLIST_CONFIG names, else guestlist.toml in the working directory.

Results go to stdout, everything meant for people's eyes only goes to stderr.";

/// Slack's invitation API as a server of your own.
///
/// `guestlist serve` starts it. Without a world it makes a small one, and prints tokens and
/// calls to try. Unmodified Slack SDKs talk to it: point their base URL at http://HOST:PORT/api/.
#[derive(Debug, Parser)]
#[command(name = "guestlist", version, after_long_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The settings file [env: GUESTLIST_CONFIG] [default: guestlist.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server
    ///
    /// One line goes to stdout once it answers: `guestlist is listening on http://HOST:PORT`.
    /// SIGTERM and SIGINT let calls under way finish, for four seconds at most, and end it with code 0.
    /// An empty data directory without --world gets a small sample world.
    #[command(
        after_help = "Exit codes: 0 stopped, 1 failed, 2 wrong usage, 3 another guestlist holds the data directory"
    )]
    Serve(ServeArgs),
    /// Show the settings and where each comes from
    Config {
        #[command(flatten)]
        flags: ServeArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Check, import and export world files
    #[command(subcommand)]
    World(WorldCommand),
    /// Copy a store while it is served, check it, put a copy back; move it to PostgreSQL, or back
    #[command(subcommand)]
    Store(StoreCommand),
    /// Make, list and revoke tokens
    ///
    /// Works on a store that no server holds, and through the server on one that a server holds.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Make and list apps
    ///
    /// Works on a store that no server holds, and through the server on one that a server holds.
    #[command(subcommand)]
    App(AppCommand),
    /// Watch and steer what a running server delivers to apps
    #[command(subcommand)]
    Events(EventsCommand),
    /// Show the letters that were written, and send them again
    ///
    /// Invitations to an address are letters. Without a mail server (`serve --smtp`) they are kept,
    /// to be looked at here. Works on a store that no server holds, and through the server on one
    /// that a server holds.
    #[command(subcommand)]
    Mail(MailCommand),
    /// List Slack Connect invitations, and answer them as the people they are for
    ///
    /// By the rules and with the codes of the methods, without a client. Works on a store that no server
    /// holds, and through the server on one that a server holds.
    #[command(subcommand)]
    Invitation(InvitationCommand),
    /// Ask that somebody be invited into a workspace, and decide about it, as people do in a client
    ///
    /// Works on a store that no server holds, and through the server on one that a server holds.
    #[command(subcommand)]
    InviteRequest(InviteRequestCommand),
    /// Let people come to a workspace, use apps, and go
    ///
    /// Works on a store that no server holds, and through the server on one that a server holds. What people do with
    /// apps needs a server that runs.
    #[command(subcommand)]
    User(UserCommand),
    /// Tell the world's time, or move it
    ///
    /// The move is kept with the store, and what is due by then is done. Works on a store that no server holds,
    /// and through the server on one that a server holds.
    Clock(ClockArgs),
    /// Show the page of a method, or the list of methods
    Docs {
        /// The method, as conversations.invite; all of them in a list when left out
        method: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the OpenAPI 3.1 document of the API, which a server has at /openapi.json
    Openapi,
    /// Tell why a call was answered as it was: every check, and what would have passed it
    ///
    /// A running server holds the newest calls; how many is the setting `remember`.
    Why {
        /// The header x-slack-req-id of the answer
        #[arg(value_name = "REQ_ID")]
        id: String,
        #[command(flatten)]
        data: DataArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the newest calls: what was asked, by whom, and what came of it, the oldest first
    ///
    /// Refused calls and calls that only read, too. A running server holds the newest; how many is the setting
    /// `remember`.
    Requests(RequestsArgs),
    /// Print the journal: who did what and when, call by call, the oldest first
    ///
    /// All that ever changed since the world was loaded, whether a server has the store open or not.
    Journal(JournalArgs),
    /// Account for every documented code: who lists it, what produces it here, which test reaches it
    Ledger {
        /// The method, as conversations.invite; the totals of all when left out
        method: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// As Markdown, which docs/ledger.md is
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
    },
    /// Call a method, of guestlist or of Slack, and print everything that came back
    ///
    /// A JSON list with one object for each HTTP exchange made, in order: `status_code`,
    /// `response_headers`, `reason`, `json_body`. What is repeated does no harm: calls that were
    /// never sent, that only read, or that came too soon; an invitation whose answer was lost is
    /// resolved by asking who is in the channel.
    #[command(after_help = crate::connector::EXIT_CODES)]
    Call(CallArgs),
    /// Invite many people to a channel, whatever happens on the way
    ///
    /// Addresses and names are looked up, who is in already is left out, and the rest are invited
    /// in as few calls as may be, within the rate limit. A journal file remembers what was done: the same
    /// command goes on where it was stopped. At the end there is a line for each person.
    #[command(after_help = crate::connector::EXIT_CODES)]
    Invite(InviteArgs),
    /// Describe methods for automation platforms
    #[command(subcommand)]
    Connector(ConnectorCommand),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example: guestlist completions bash > ~/.local/share/bash-completion/completions/guestlist"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What `serve` can be told. Values stay as they were typed: they are read together with the
/// variables and the file, so that each is checked alike.
#[derive(Debug, Default, Args)]
pub(crate) struct ServeArgs {
    /// The world file or Slack export (.zip) to load into an empty store [env: GUESTLIST_WORLD]
    ///
    /// On a store that holds this very file nothing changes; on one that holds something else
    /// it is an error.
    #[arg(long, value_name = "FILE")]
    world: Option<OsString>,
    #[command(flatten)]
    data: DataArgs,
    /// Where to listen; port 0 picks a free one [env: GUESTLIST_LISTEN] [default: 127.0.0.1:3999]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<OsString>,
    /// The largest body of a call, as 65536 or 1MiB [env: GUESTLIST_MAX_BODY] [default: 1MiB]
    #[arg(long, value_name = "BYTES")]
    max_body: Option<OsString>,
    /// How long a body may take to arrive [env: GUESTLIST_READ_TIMEOUT] [default: 10]
    #[arg(long, value_name = "SECONDS")]
    read_timeout: Option<OsString>,
    /// The most people one conversations.invite may name, 1 to 1000 [env: GUESTLIST_USERS_PER_INVITE] [default: 1000]
    #[arg(long, value_name = "N")]
    users_per_invite: Option<OsString>,
    /// How often methods may be called: documented, off, or a factor as 10 [env: GUESTLIST_RATE_LIMITS] [default: documented]
    #[arg(long, value_name = "LIMITS")]
    rate_limits: Option<OsString>,
    /// A Redis or Valkey that counts calls for several servers, as redis://user:password@host:6379/0?prefix=name, or rediss://… with TLS [env: GUESTLIST_LIMITS] [default: the store, if it is shared]
    ///
    /// Servers with the same database and prefix count together. The variable keeps the password from
    /// whoever can list processes.
    #[arg(long, value_name = "URL")]
    limits: Option<OsString>,
    /// What becomes of calls while that is away: they pass (open), or are refused with service_unavailable (closed) [env: GUESTLIST_LIMITS_AWAY] [default: open]
    #[arg(long, value_name = "open|closed")]
    limits_away: Option<OsString>,
    /// Where people reach the server, for links to it [env: GUESTLIST_PUBLIC_URL] [default: where it listens]
    #[arg(long, value_name = "URL")]
    public_url: Option<OsString>,
    /// The mail server that takes invitations, as smtps://user:password@host, smtp://user:password@host?tls=required or smtp://localhost [env: GUESTLIST_SMTP] [default: letters are kept for `guestlist mail`]
    ///
    /// Other users of the machine can see the arguments of a command: a password is better in the
    /// variable or in the file.
    #[arg(long, value_name = "URL")]
    smtp: Option<OsString>,
    /// A certificate (PEM) to trust beside the system's when the mail server shows its own [env: GUESTLIST_SMTP_CA]
    #[arg(long, value_name = "FILE")]
    smtp_ca: Option<OsString>,
    /// Whom mail comes from, as 'Guestlist <invitations@example.com>'; needed with --smtp [env: GUESTLIST_MAIL_FROM]
    #[arg(long, value_name = "SENDER")]
    mail_from: Option<OsString>,
    /// Certificates (PEM) to trust beside the system's when an app with an https:// request URL shows its own [env: GUESTLIST_APP_CA]
    #[arg(long, value_name = "FILE")]
    app_ca: Option<OsString>,
    /// Threads that answer calls [env: GUESTLIST_THREADS] [default: as many as cores]
    #[arg(long, value_name = "N")]
    threads: Option<OsString>,
    /// Memory for the newest calls, which `guestlist why` tells of; 0 for none [env: GUESTLIST_REMEMBER] [default: 4MiB]
    #[arg(long, value_name = "BYTES")]
    remember: Option<OsString>,
    /// Let the world's time stand here until `guestlist clock` moves it, as 2026-01-05T09:00:00Z [env: GUESTLIST_CLOCK] [default: the machine's time, which goes on]
    #[arg(long, value_name = "TIME")]
    clock: Option<OsString>,
    /// Make codes, links and tokens follow from this: the same calls one after another make the same ones. Whoever knows it knows them [env: GUESTLIST_SEED] [default: chance]
    #[arg(long, value_name = "TEXT")]
    seed: Option<OsString>,
    /// Where /metrics is: on (where calls are answered), off, or HOST:PORT [env: GUESTLIST_METRICS] [default: on]
    #[arg(long, value_name = "WHERE")]
    metrics: Option<OsString>,
    /// How much to log on stderr: off, error, warn, info, debug, trace [env: GUESTLIST_LOG] [default: info]
    #[arg(long, value_name = "LEVEL")]
    log: Option<OsString>,
    /// What a line of the log is: human, or json [env: GUESTLIST_LOG_FORMAT] [default: human]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<OsString>,
    /// A collector that takes spans as OTLP over HTTP, as http://localhost:4318, or off [env: GUESTLIST_TRACES, OTEL_EXPORTER_OTLP_ENDPOINT] [default: off]
    ///
    /// Of OpenTelemetry's own variables those count that docs/tracing.md lists, headers among them.
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "URL|off")]
    traces: Option<OsString>,
    /// Which traces are kept, as always_on or parentbased_traceidratio=0.1 [env: GUESTLIST_TRACES_SAMPLER, OTEL_TRACES_SAMPLER] [default: parentbased_always_on]
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "SAMPLER")]
    traces_sampler: Option<OsString>,
    /// Certificates (PEM) to trust beside the system's when the collector shows its own [env: GUESTLIST_TRACES_CA, OTEL_EXPORTER_OTLP_CERTIFICATE]
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "FILE")]
    traces_ca: Option<OsString>,
}

impl ServeArgs {
    pub(crate) fn given(&self) -> Flags {
        let mut flags = self.data.given();
        flags.add("world", &self.world);
        flags.add("listen", &self.listen);
        flags.add("max_body", &self.max_body);
        flags.add("read_timeout", &self.read_timeout);
        flags.add("users_per_invite", &self.users_per_invite);
        flags.add("rate_limits", &self.rate_limits);
        flags.add("limits", &self.limits);
        flags.add("limits_away", &self.limits_away);
        flags.add("public_url", &self.public_url);
        flags.add("smtp", &self.smtp);
        flags.add("smtp_ca", &self.smtp_ca);
        flags.add("mail_from", &self.mail_from);
        flags.add("app_ca", &self.app_ca);
        flags.add("threads", &self.threads);
        flags.add("remember", &self.remember);
        flags.add("clock", &self.clock);
        flags.add("seed", &self.seed);
        flags.add("metrics", &self.metrics);
        flags.add("log", &self.log);
        flags.add("log_format", &self.log_format);
        #[cfg(feature = "otel")]
        for (key, value) in [
            ("traces", &self.traces),
            ("traces_sampler", &self.traces_sampler),
            ("traces_ca", &self.traces_ca),
        ] {
            flags.add(key, value);
        }
        flags
    }
}

#[derive(Debug, Default, Args)]
pub(crate) struct DataArgs {
    /// The data directory [env: GUESTLIST_DATA] [default: ./guestlist-data]
    #[arg(long, value_name = "DIR")]
    data: Option<OsString>,
    /// A PostgreSQL database as the store: postgres://user:password@host/database?schema=name [env: GUESTLIST_STORE]
    ///
    /// The data directory then holds this node's own files. The variable keeps the password from
    /// whoever can list processes.
    #[arg(long, value_name = "ADDRESS")]
    store: Option<OsString>,
}

impl DataArgs {
    pub(crate) fn given(&self) -> Flags {
        let mut flags = Flags::default();
        flags.add("data", &self.data);
        flags.add("store", &self.store);
        flags
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Copy a whole store into an empty one, and compare them row by row
    ///
    /// Each is a data directory or postgres://user:password@host/database?schema=name. Servers that
    /// have one of them open are to be stopped first. All of it is copied or nothing; the store it
    /// comes from stays as it is.
    Move {
        /// The store that is copied
        from: String,
        /// Where to; must be empty
        to: String,
        /// Rows and checksum of each table as JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy the store into a new file, whether a server has it open or not
    ///
    /// The copy shows the store as it stood at one moment after the command began: what was
    /// answered before is in it, each later call is whole or not at all. A file that is there is
    /// never overwritten, and one that is not complete and on disk never gets the name.
    Backup {
        /// The file to make
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
        /// What was copied, as JSON
        #[arg(long)]
        json: bool,
    },
    /// Read all of a store, or of a copy, and tell what is wrong; whether a server has it open or not
    Check {
        /// A copy [default: the store in the data directory]
        file: Option<PathBuf>,
        #[command(flatten)]
        data: DataArgs,
        /// What was found, as JSON
        #[arg(long)]
        json: bool,
    },
    /// Check a copy, and make it the store of a data directory that has none
    Restore {
        /// The copy, as `guestlist store backup` made it
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
        /// What was done, as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MailCommand {
    /// List letters, the newest first, with what became of each
    List {
        /// Those that this workspace sends
        #[arg(long, value_name = "ID")]
        workspace: Option<TeamId>,
        /// Those to this address
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
        /// Those that are kept, queued, retrying, sent or dead
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// So many at most
        #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        #[command(flatten)]
        data: DataArgs,
        /// As JSON, texts and HTML too
        #[arg(long)]
        json: bool,
    },
    /// Show a letter
    Show {
        /// Which; `guestlist mail list` names them
        #[arg(value_name = "MAIL")]
        id: String,
        /// Its HTML, as 'guestlist mail show --html MAIL > letter.html'
        #[arg(long, conflicts_with = "json")]
        html: bool,
        #[command(flatten)]
        data: DataArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Send a letter again, whatever became of it
    Send {
        /// Which; `guestlist mail list --state dead` names those that could not be sent
        #[arg(value_name = "MAIL")]
        id: String,
        #[command(flatten)]
        data: DataArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print its text, which is told this once
    Create(CreateArgs),
    /// List tokens; of their texts only hashes are known
    List {
        #[command(flatten)]
        data: DataArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token for good
    Revoke {
        /// The token, its SHA-256, or `-` to read either from stdin
        ///
        /// Prefer `-`: other users of the machine can see the arguments of a command.
        #[arg(value_name = "TOKEN_OR_HASH", allow_hyphen_values = true)]
        token: String,
        #[command(flatten)]
        data: DataArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Default, Args)]
#[command(
    after_help = "Example: guestlist token create --user U0ADA --scopes channels:write,channels:read --expires 12h"
)]
pub(crate) struct CreateArgs {
    /// Whom it acts as [default: the bot of --app]
    #[arg(long, value_name = "U…", required_unless_present = "app")]
    pub(crate) user: Option<UserId>,
    /// The workspace it is made in [default: the user's own]
    #[arg(long, value_name = "T…")]
    pub(crate) workspace: Option<TeamId>,
    /// bot, user, legacy_bot, workspace, app_level or org [default: bot or user, by the user; app_level, by the scopes]
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) kind: Option<TokenKind>,
    /// What it may do, separated by commas
    #[arg(long, value_name = "SCOPES", value_delimiter = ',')]
    pub(crate) scopes: Vec<String>,
    /// When it dies: after 90s, 30m, 12h or 7d, or at a time like 2030-05-01T00:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = crate::token::expiry)]
    pub(crate) expires: Option<crate::token::Expiry>,
    /// Its app [default: that of the bot]
    #[arg(long, value_name = "A…")]
    pub(crate) app: Option<AppId>,
    /// Workspaces an org token is granted [default: those that the app was added to, else the one it is made in]
    #[arg(long, value_name = "T…,T…", value_delimiter = ',')]
    pub(crate) grant_workspaces: Vec<TeamId>,
    /// Channels a workspace token is granted
    #[arg(long, value_name = "C…,C…", value_delimiter = ',')]
    pub(crate) grant_channels: Vec<ChannelId>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The token and all about it, as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn kind(text: &str) -> Result<TokenKind, String> {
    use TokenKind::{AppLevel, Bot, LegacyBot, Org, User, Workspace};
    let kinds = [Bot, User, LegacyBot, Workspace, AppLevel, Org];
    kinds
        .into_iter()
        .find(|kind| kind.name() == text)
        .ok_or_else(|| format!("a kind is one of {}", kinds.map(TokenKind::name).join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn ids_are_checked_where_they_are_typed() {
        let parse = |args: &[&str]| {
            Cli::try_parse_from(["guestlist", "token", "create"].iter().chain(args))
        };
        assert!(parse(&["--user", "U0ADA", "--scopes", "a:b,c:d", "--expires", "12h"]).is_ok());
        let error = parse(&["--user", "C0ADA"]).unwrap_err().to_string();
        assert!(
            error.contains("--user") && error.contains("another kind"),
            "{error}"
        );
        assert!(parse(&["--user", "U0ADA", "--kind", "robot"]).is_err());
        assert!(parse(&[]).is_err());
    }
}
