//! What CI and a person both run: `cargo xtask test`; and `cargo xtask bench`.

mod bench;
mod crash;
mod deny;
mod http;
mod invite;
mod place;
mod sdk;
mod server;
mod shell;
mod test;
mod world;

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Tasks of the guestlist checkout"
)]
enum Task {
    /// Check everything: formatting, lints, documentation, dependencies, tests, real clients, kill -9
    Test(test::Args),
    /// Measure the release server against the floor and print one table
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Test(args) => return test::run(&args),
        Task::Bench(args) => bench::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
