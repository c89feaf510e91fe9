//! The family's pages, tried in the fixture's world with some groups in it.

mod changing;
mod reading;
mod refusals;

use crate::{
    fixture::{at, id, person, town, user},
    trial::Trial,
};
use guestlist_domain::{Seed, Usergroup, user::Guest, usergroup::Disabled};

/// A group of Acme's that Ada made, with the general channel for its people.
fn group(text: &str, name: &str, handle: &str, users: &[&str]) -> Usergroup {
    Usergroup {
        id: id(text),
        team: id("T0ACME"),
        name: name.to_owned(),
        handle: handle.to_owned(),
        description: String::new(),
        creator: id("U0ADA"),
        created: at(5),
        updater: id("U0ADA"),
        updated: at(6),
        disabled: None,
        channels: Vec::new(),
        users: users.iter().map(|user| id(user)).collect(),
    }
}

/// The town with two groups in use and one that is not, and two more people: Tess, and Sol, who is a guest of one
/// channel.
fn settled() -> Seed {
    let mut seed = town();
    seed.users.push(user("T0ACME", "U0TESS", "tess"));
    seed.users.push(user("T0ACME", "U0SOL", "sol"));
    person(&mut seed, "U0SOL").guest = Some(Guest::SingleChannel);
    let mut past = group("S0PAST", "Past", "past-ones", &["U0ADA", "U0BOB"]);
    past.disabled = Some(Disabled {
        at: at(7),
        by: id("U0ADA"),
    });
    past.channels = vec![id("C0RANDOM")];
    seed.usergroups = vec![
        group("S0ONCALL", "On Call", "on-call", &["U0ADA"]),
        group("S0LEADS", "Leads", "leads", &["U0ADA", "U0BOB"]),
        past,
    ];
    seed
}

/// A call by somebody in that world.
fn trial(user: &str) -> Trial {
    let mut trial = Trial::of(user);
    trial.seed = settled();
    trial
}
