//! The list of methods. What is not here does not exist.

use crate::{
    admin, api, apps, auth, bots, channels, chat,
    contract::{Contract, ErrorDoc, Spec, documented},
    conversations, groups, oauth, team, usergroups, users, views,
};
#[cfg(feature = "server")]
use crate::{
    arguments::Arguments,
    credentials,
    handle::{self, Answer, ByApp, Retrace, Run},
};
use foldhash::fast::RandomState;
use guestlist_domain::Caller;
use std::{collections::HashMap, sync::LazyLock};

/// A method as the server, the documentation and clients find it.
pub struct Entry {
    /// What its page states.
    pub spec: &'static Spec,
    /// See [`Contract::READS`].
    pub reads: bool,
    /// Whether a call needs a token.
    pub needs_token: bool,
    /// Whether the token counts in the header alone, and in no argument.
    pub token_in_header: bool,
    /// Its own errors.
    pub errors: fn() -> Vec<ErrorDoc>,
    /// See [`Contract::closed_to`].
    pub closed_to: fn(&Caller) -> Option<&'static str>,
    /// What is answered to arguments that cannot be read.
    #[cfg(feature = "server")]
    pub arguments: fn(&Arguments) -> Option<Answer>,
    /// How it is run.
    #[cfg(feature = "server")]
    pub run: Run,
    /// How it answers an app that calls for itself, where it answers people and bots as well.
    #[cfg(feature = "server")]
    pub also_by_app: Option<ByApp>,
    /// How the checks of its rules are told again, if it has rules.
    #[cfg(feature = "server")]
    pub retrace: Option<Retrace>,
}

macro_rules! entry {
    ($page:ty, $run:expr) => {
        entry!($page, $run, needs_token: true)
    };
    ($page:ty, $run:expr, needs_token: $needs_token:literal) => {
        Entry {
            spec: &<$page as Contract>::SPEC,
            reads: <$page as Contract>::READS,
            needs_token: $needs_token,
            token_in_header: false,
            errors: documented::<<$page as Contract>::Error>,
            closed_to: |caller| <$page as Contract>::closed_to(caller).map(Into::into),
            #[cfg(feature = "server")]
            arguments: handle::arguments::<$page>,
            #[cfg(feature = "server")]
            run: $run,
            #[cfg(feature = "server")]
            also_by_app: None,
            #[cfg(feature = "server")]
            retrace: None,
        }
    };
}

macro_rules! plain {
    ($page:ty) => {
        entry!($page, Run::Plain(handle::plain::<$page>))
    };
}

macro_rules! plain_and_for_app {
    ($page:ty) => {
        Entry {
            #[cfg(feature = "server")]
            also_by_app: Some(handle::for_app::<$page>),
            ..plain!($page)
        }
    };
}

macro_rules! for_app {
    ($page:ty) => {
        entry!($page, Run::App(handle::for_app::<$page>))
    };
}

macro_rules! read_for_app {
    ($page:ty) => {
        entry!($page, Run::App(handle::read_for_app::<$page>))
    };
}

macro_rules! read {
    ($page:ty) => {
        entry!($page, Run::Store(handle::read::<$page>))
    };
}

macro_rules! live {
    ($page:ty) => {
        entry!($page, Run::Store(handle::live::<$page>))
    };
}

macro_rules! decided {
    ($page:ty, $run:expr) => {
        Entry {
            #[cfg(feature = "server")]
            retrace: Some(handle::retrace::<$page>),
            ..entry!($page, $run)
        }
    };
}

macro_rules! write {
    ($page:ty) => {
        decided!($page, Run::Store(handle::write::<$page>))
    };
}

macro_rules! write_staff {
    ($page:ty) => {
        decided!($page, Run::Store(handle::write_staff::<$page>))
    };
}

macro_rules! write_and_tell {
    ($page:ty) => {
        decided!($page, Run::Store(handle::write_and_tell::<$page>))
    };
}

macro_rules! install {
    ($page:ty) => {
        entry!($page, Run::Store(credentials::with_token::<$page>))
    };
}

/// Every method, by name.
pub static CATALOGUE: &[Entry] = &[
    write!(admin::conversations_disconnect_shared::ConversationsDisconnectShared),
    write!(admin::conversations_invite::ConversationsInvite),
    write!(admin::invite_requests_approve::InviteRequestsApprove),
    read!(admin::invite_requests_approved_list::InviteRequestsApprovedList),
    read!(admin::invite_requests_denied_list::InviteRequestsDeniedList),
    write!(admin::invite_requests_deny::InviteRequestsDeny),
    read!(admin::invite_requests_list::InviteRequestsList),
    write!(admin::teams_create::TeamsCreate),
    read!(admin::teams_list::TeamsList),
    write_staff!(admin::users_assign::UsersAssign),
    write!(admin::users_invite::UsersInvite),
    read!(admin::users_list::UsersList),
    write_staff!(admin::users_remove::UsersRemove),
    read!(admin::users_session_reset::UsersSessionReset),
    write!(admin::users_set_admin::UsersSetAdmin),
    write_staff!(admin::users_set_regular::UsersSetRegular),
    entry!(api::test::Test, Run::Plain(api::test::run), needs_token: false),
    Entry {
        token_in_header: true,
        ..for_app!(apps::connections_open::ConnectionsOpen)
    },
    read_for_app!(apps::event_authorizations_list::EventAuthorizationsList),
    install!(apps::uninstall::Uninstall),
    write!(auth::revoke::Revoke),
    read!(auth::teams_list::TeamsList),
    plain_and_for_app!(auth::test::Test),
    read!(bots::info::Info),
    write!(channels::create::Create),
    read!(channels::info::Info),
    write_and_tell!(channels::invite::Invite),
    write_and_tell!(channels::join::Join),
    write!(channels::kick::Kick),
    write!(channels::leave::Leave),
    read!(channels::list::List),
    write!(chat::delete::Delete),
    write!(chat::post_ephemeral::PostEphemeral),
    write!(chat::post_message::PostMessage),
    write!(chat::update::Update),
    write!(conversations::accept_shared_invite::AcceptSharedInvite),
    write!(conversations::approve_shared_invite::ApproveSharedInvite),
    write!(conversations::archive::Archive),
    write!(conversations::close::Close),
    write!(conversations::create::Create),
    write!(conversations::decline_shared_invite::DeclineSharedInvite),
    write!(conversations::external_invite_permissions_set::ExternalInvitePermissionsSet),
    read!(conversations::history::History),
    read!(conversations::info::Info),
    write!(conversations::invite::Invite),
    write!(conversations::invite_shared::InviteShared),
    write!(conversations::join::Join),
    write!(conversations::kick::Kick),
    write!(conversations::leave::Leave),
    read!(conversations::list::List),
    read!(conversations::list_connect_invites::ListConnectInvites),
    write!(conversations::mark::Mark),
    read!(conversations::members::Members),
    write_and_tell!(conversations::open::Open),
    write!(conversations::rename::Rename),
    read!(conversations::replies::Replies),
    write!(conversations::request_shared_invite_approve::RequestSharedInviteApprove),
    write!(conversations::request_shared_invite_deny::RequestSharedInviteDeny),
    read!(conversations::request_shared_invite_list::RequestSharedInviteList),
    write!(conversations::set_purpose::SetPurpose),
    write!(conversations::set_topic::SetTopic),
    write!(conversations::unarchive::Unarchive),
    write_and_tell!(groups::invite::Invite),
    entry!(oauth::v2::access::Access, Run::Open(credentials::open::<oauth::v2::access::Access>), needs_token: false),
    install!(oauth::v2::exchange::Exchange),
    write!(team::external_teams_disconnect::ExternalTeamsDisconnect),
    read!(team::external_teams_list::ExternalTeamsList),
    read!(team::info::Info),
    write!(usergroups::create::Create),
    write!(usergroups::disable::Disable),
    write!(usergroups::enable::Enable),
    read!(usergroups::list::List),
    write!(usergroups::update::Update),
    read!(usergroups::users_list::UsersList),
    write!(usergroups::users_update::UsersUpdate),
    read!(users::conversations::Conversations),
    read!(users::discoverable_contacts_lookup::DiscoverableContactsLookup),
    plain!(users::identity::Identity),
    read!(users::info::Info),
    read!(users::list::List),
    read!(users::lookup_by_email::LookupByEmail),
    read!(users::profile_get::ProfileGet),
    live!(views::open::Open),
    live!(views::push::Push),
    live!(views::update::Update),
];

/// The method of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    static BY_NAME: LazyLock<HashMap<&str, &Entry, RandomState>> = LazyLock::new(|| {
        let named = CATALOGUE.iter().map(|entry| (entry.spec.name, entry));
        named.collect()
    });
    BY_NAME.get(name).copied()
}

impl Entry {
    /// Where it stands in the [`CATALOGUE`], from 0.
    pub fn place(&'static self) -> Option<usize> {
        CATALOGUE.element_offset(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_each_page_is_whole() {
        assert!(CATALOGUE.is_sorted_by_key(|entry| entry.spec.name));
        for (at, entry) in CATALOGUE.iter().enumerate() {
            let spec = entry.spec;
            let found = find(spec.name).unwrap();
            assert!(std::ptr::eq(found.spec, spec), "{}", spec.name);
            assert_eq!(found.place(), Some(at), "{}", spec.name);
            if let Some(successor) = spec.successor() {
                assert!(find(&successor).is_some(), "{}: {successor}", spec.name);
            }
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
