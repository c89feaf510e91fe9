//! What CI and a person both run: `cargo xtask test`; and `cargo xtask bench` and `fuzz`.

mod apps;
mod bench;
mod browser;
mod crash;
mod deed;
mod deny;
mod dice;
mod faults;
mod fuzz;
mod http;
mod invite;
mod ledger;
mod openapi;
mod place;
mod postgres;
mod redis;
mod reference;
mod sdk;
mod server;
mod shell;
mod sight;
mod test;
mod told;
mod tools;
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
    /// Check everything: formatting, lints, documentation, dependencies, tests on both databases, hostile input, real clients, kill -9
    Test(test::Args),
    /// Measure the release server against the floor and print one table
    Bench(bench::Args),
    /// Let a fuzzer make up hostile input
    Fuzz(fuzz::Args),
    /// Run the tests that the ledger rests on, and compare or write what they saw and docs/ledger.md
    Ledger(ledger::Args),
    /// Compare the table in reference/ with a folder of the material it was made from
    Reference(reference::Args),
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Test(args) => return test::run(&args),
        Task::Bench(args) => bench::run(args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Ledger(args) => ledger::run(&args),
        Task::Reference(args) => reference::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
