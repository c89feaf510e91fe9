//! What `call`, `invite` and `connector` can be told.

use clap::{Args, Subcommand, ValueEnum};
use std::{path::PathBuf, time::Duration};

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorCommand {
    /// Print the page of an action: inputs, example, output, headers
    Describe {
        /// The method, as conversations.invite
        method: String,
        /// How
        #[arg(long, value_enum, default_value_t)]
        format: PageFormat,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum PageFormat {
    /// For people
    #[default]
    Markdown,
    /// For programs: JSON Schemas of input and output
    JsonSchema,
}

/// Where a call goes, on whose behalf, how patiently.
#[derive(Debug, Default, Args)]
pub(crate) struct TargetArgs {
    /// What methods stand below; without a path /api is meant [env: GUESTLIST_BASE_URL] [default: http://127.0.0.1:3999/api]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Read the token from this file, `-` for stdin [env: GUESTLIST_TOKEN or SLACK_TOKEN hold the token itself]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Go through this proxy, http://USER:PASSWORD@HOST:PORT or less of it [env: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY]
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Trust these certificates (PEM), too [env: SSL_CERT_FILE and SSL_CERT_DIR in place of the machine's]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Vec<PathBuf>,
    /// How long a connection may take [default: 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) connect_timeout: Option<Duration>,
    /// How long an answer may take [default: 10, for invite 60]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) answer_timeout: Option<Duration>,
    /// How long one call may take in all, repetitions and waits included [default: 30, for invite 600]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) max_time: Option<Duration>,
    /// How often one call is tried [default: 5, for invite 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tries: Option<u32>,
    /// Tell on stderr what is decided on the way
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let time = text
        .parse()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok());
    time.filter(|time| !time.is_zero())
        .ok_or_else(|| "a number of seconds above 0 is needed".to_owned())
}

#[derive(Debug, Default, Args)]
pub(crate) struct CallArgs {
    /// The method, as conversations.invite
    pub(crate) method: String,
    /// Arguments as key=value, each value as text, each key once; they count before those of --parameters
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) arguments: Vec<String>,
    /// Arguments as a JSON object, each key once; `@FILE` reads it from a file, `-` from stdin
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) parameters: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: CallOutput,
    /// Send it as it is, also without a token or an argument that the method needs
    #[arg(long)]
    pub(crate) as_is: bool,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum CallOutput {
    /// All exchanges, a list
    #[default]
    Envelope,
    /// The body of the answer to the call itself
    Body,
    /// The answer to the call itself, for people
    Table,
}

#[derive(Debug, Default, Args)]
pub(crate) struct InviteArgs {
    /// The channel
    #[arg(long, value_name = "C…")]
    pub(crate) channel: String,
    /// Whom, by id
    #[arg(long, value_name = "U…", value_delimiter = ',')]
    pub(crate) user: Vec<String>,
    /// Whom, by address
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub(crate) email: Vec<String>,
    /// Whom, by handle, display name or full name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Vec<String>,
    /// Everybody of a user group in use, by its id
    #[arg(long, value_name = "S…", value_delimiter = ',')]
    pub(crate) group: Vec<String>,
    /// Everybody in a CSV file, `-` for stdin; a header line has `id`, `email` or `name`; nobody below it is no error
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Say who would be added or refused, and add nobody
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Being in already is as good as being added, and who is out again since an interrupted run is invited again
    #[arg(long)]
    pub(crate) ensure: bool,
    /// People in one call, at most 1,000
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) batch: u32,
    /// Wait when the server says so (429), and not beforehand to stay within rate limits
    #[arg(long)]
    pub(crate) unpaced: bool,
    /// Remember here what was done [default: guestlist-invite-CHANNEL-….journal in the working directory]
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) journal: Option<PathBuf>,
    /// How to print the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Table,
    /// With a summary
    Json,
    /// A line for each person
    Csv,
}
