//! The list of methods. What is not here does not exist.

#[cfg(feature = "server")]
use crate::handle::{self, Run};
use crate::{
    api, apps, auth, bots, chat,
    contract::{Contract, ErrorDoc, Spec, documented},
    conversations, team, users,
};

/// A method as the server, the documentation and clients find it.
pub struct Entry {
    /// What its page states.
    pub spec: &'static Spec,
    /// Whether a call needs a token.
    pub needs_token: bool,
    /// Its own errors.
    pub errors: fn() -> Vec<ErrorDoc>,
    /// How it is run.
    #[cfg(feature = "server")]
    pub run: Run,
}

macro_rules! entry {
    ($page:ty, $run:expr) => {
        entry!($page, $run, needs_token: true)
    };
    ($page:ty, $run:expr, needs_token: $needs_token:literal) => {
        Entry {
            spec: &<$page as Contract>::SPEC,
            needs_token: $needs_token,
            errors: documented::<<$page as Contract>::Error>,
            #[cfg(feature = "server")]
            run: $run,
        }
    };
}

macro_rules! plain {
    ($page:ty) => {
        entry!($page, Run::Plain(handle::plain::<$page>))
    };
}

macro_rules! for_app {
    ($page:ty) => {
        entry!($page, Run::App(handle::for_app::<$page>))
    };
}

macro_rules! read {
    ($page:ty) => {
        entry!($page, Run::Store(handle::read::<$page>))
    };
}

macro_rules! write {
    ($page:ty) => {
        entry!($page, Run::Store(handle::write::<$page>))
    };
}

/// Every method, by name.
pub static CATALOGUE: &[Entry] = &[
    entry!(api::test::Test, Run::Plain(api::test::run), needs_token: false),
    for_app!(apps::connections_open::ConnectionsOpen),
    write!(auth::revoke::Revoke),
    plain!(auth::test::Test),
    read!(bots::info::Info),
    write!(chat::post_message::PostMessage),
    write!(conversations::archive::Archive),
    write!(conversations::close::Close),
    write!(conversations::create::Create),
    read!(conversations::history::History),
    read!(conversations::info::Info),
    write!(conversations::invite::Invite),
    write!(conversations::join::Join),
    write!(conversations::kick::Kick),
    write!(conversations::leave::Leave),
    read!(conversations::list::List),
    read!(conversations::members::Members),
    write!(conversations::open::Open),
    write!(conversations::rename::Rename),
    write!(conversations::set_purpose::SetPurpose),
    write!(conversations::set_topic::SetTopic),
    write!(conversations::unarchive::Unarchive),
    read!(team::info::Info),
    read!(users::conversations::Conversations),
    read!(users::info::Info),
    read!(users::list::List),
    read!(users::lookup_by_email::LookupByEmail),
    read!(users::profile_get::ProfileGet),
];

/// The method of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE
        .binary_search_by(|entry| entry.spec.name.cmp(name))
        .ok()
        .map(|at| &CATALOGUE[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_each_page_is_whole() {
        assert!(CATALOGUE.is_sorted_by_key(|entry| entry.spec.name));
        for entry in CATALOGUE {
            let spec = entry.spec;
            assert!(
                std::ptr::eq(find(spec.name).unwrap().spec, spec),
                "{}",
                spec.name
            );
            for example in [spec.success, spec.failure] {
                let parsed: serde_json::Value =
                    serde_json::from_str(example).unwrap_or_else(|e| panic!("{}: {e}", spec.name));
                assert!(parsed["ok"].is_boolean(), "{}", spec.name);
            }
            for error in (entry.errors)() {
                assert!(
                    !error.sentence.is_empty(),
                    "{}: {} has no sentence",
                    spec.name,
                    error.code
                );
                assert!(
                    error.state.is_some() != error.never.is_some(),
                    "{}: {} needs a state or a reason",
                    spec.name,
                    error.code
                );
            }
        }
    }
}
