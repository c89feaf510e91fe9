//! Black-box tests of the store, over what it shows of itself.

mod backup;
mod come;
mod connect;
mod counts;
mod crowd;
mod cut;
mod directory;
mod fleeting;
#[cfg(target_os = "linux")]
mod full;
mod home;
mod journal;
mod lacking;
mod load;
mod model;
mod nodes;
mod old;
mod owners;
mod rules;
mod script;
mod tls;
mod transfer;
mod watch;
mod writes;
