//! Types and pages say the same.

use crate::{Arguments, Method, typed::*};
use guestlist_methods::Spec;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

fn check<M: Method<Given: Default>>() -> &'static str {
    let spec: Spec = M::SPEC;
    // A `null` is what may be left out.
    let given = serde_json::to_value(M::Given::default()).unwrap();
    let given = given.as_object().unwrap();
    for (name, value) in given {
        let arg = spec.args.iter().find(|arg| arg.name == name);
        let arg = arg.unwrap_or_else(|| panic!("{}: {name} is no argument", spec.name));
        assert!(
            !arg.required || !value.is_null(),
            "{}: {name} cannot be left out",
            spec.name
        );
    }
    for arg in spec.args.iter().filter(|arg| arg.required) {
        assert!(
            given.contains_key(arg.name),
            "{}: {} is missing",
            spec.name,
            arg.name
        );
    }
    reads::<M::Got>(&spec);
    spec.name
}

/// The documented example can be read.
fn reads<R: DeserializeOwned>(spec: &Spec) {
    let success: Value = serde_json::from_str(spec.success).unwrap();
    R::deserialize(success).unwrap_or_else(|error| panic!("{}: {error}", spec.name));
}

#[test]
fn arguments_are_those_of_the_pages_and_examples_are_read() {
    let typed = [
        check::<admin::ConversationsDisconnectShared>(),
        check::<admin::ConversationsInvite>(),
        check::<admin::InviteRequestsApprove>(),
        check::<admin::InviteRequestsApprovedList>(),
        check::<admin::InviteRequestsDeniedList>(),
        check::<admin::InviteRequestsDeny>(),
        check::<admin::InviteRequestsList>(),
        check::<admin::TeamsCreate>(),
        check::<admin::TeamsList>(),
        check::<admin::UsersAssign>(),
        check::<admin::UsersInvite>(),
        check::<admin::UsersList>(),
        check::<admin::UsersRemove>(),
        check::<admin::UsersSessionReset>(),
        check::<admin::UsersSetAdmin>(),
        check::<admin::UsersSetRegular>(),
        check::<auth::Revoke>(),
        check::<auth::TeamsList>(),
        check::<auth::Test>(),
        check::<bots::Info>(),
        check::<channels::Create>(),
        check::<channels::Info>(),
        check::<channels::Invite>(),
        check::<channels::Join>(),
        check::<channels::Kick>(),
        check::<channels::Leave>(),
        check::<channels::List>(),
        check::<chat::Delete>(),
        check::<chat::PostEphemeral>(),
        check::<chat::PostMessage>(),
        check::<chat::Update>(),
        check::<conversations::AcceptSharedInvite>(),
        check::<conversations::ApproveSharedInvite>(),
        check::<conversations::Archive>(),
        check::<conversations::Close>(),
        check::<conversations::Create>(),
        check::<conversations::DeclineSharedInvite>(),
        check::<conversations::ExternalInvitePermissionsSet>(),
        check::<conversations::History>(),
        check::<conversations::Info>(),
        check::<conversations::Invite>(),
        check::<conversations::InviteShared>(),
        check::<conversations::Join>(),
        check::<conversations::Kick>(),
        check::<conversations::Leave>(),
        check::<conversations::List>(),
        check::<conversations::ListConnectInvites>(),
        check::<conversations::Mark>(),
        check::<conversations::Members>(),
        check::<conversations::Open>(),
        check::<conversations::Rename>(),
        check::<conversations::Replies>(),
        check::<conversations::RequestSharedInviteApprove>(),
        check::<conversations::RequestSharedInviteDeny>(),
        check::<conversations::RequestSharedInviteList>(),
        check::<conversations::SetPurpose>(),
        check::<conversations::SetTopic>(),
        check::<conversations::Unarchive>(),
        check::<groups::Invite>(),
        check::<team::ExternalTeamsDisconnect>(),
        check::<team::ExternalTeamsList>(),
        check::<team::Info>(),
        check::<usergroups::Create>(),
        check::<usergroups::Disable>(),
        check::<usergroups::Enable>(),
        check::<usergroups::List>(),
        check::<usergroups::Update>(),
        check::<usergroups::UsersList>(),
        check::<usergroups::UsersUpdate>(),
        check::<users::Conversations>(),
        check::<users::DiscoverableContactsLookup>(),
        check::<users::Identity>(),
        check::<users::Info>(),
        check::<users::List>(),
        check::<users::LookupByEmail>(),
        check::<users::ProfileGet>(),
        check::<views::Open>(),
        check::<views::Push>(),
        check::<views::Update>(),
    ];
    // `api.test` echoes what it is given; OAuth and apps are for programs that install.
    let untyped = |name: &&str| {
        ["api.", "apps.", "oauth."]
            .iter()
            .any(|of| name.starts_with(of))
    };
    let catalogue = guestlist_methods::CATALOGUE
        .iter()
        .map(|entry| entry.spec.name);
    let missing: Vec<_> = catalogue
        .filter(|name| !untyped(name) && !typed.contains(name))
        .collect();
    assert!(missing.is_empty(), "without types: {missing:?}");
}

#[test]
fn what_is_left_out_is_not_sent() {
    let given = conversations::invite::Args {
        channel: "C1".into(),
        users: vec!["U1".into(), "U2".into()],
        force: None,
    };
    assert_eq!(Arguments::of(&given).form(), "channel=C1&users=U1%2CU2");
}

#[test]
fn answers_are_read_leniently() {
    let sparse = json!({"ok": true, "channel": {"id": "C1", "creator": null, "new_key": [1]}});
    let reply = conversations::invite::Reply::deserialize(sparse).unwrap();
    assert_eq!((reply.channel.id.as_str(), reply.errors.len()), ("C1", 0));
}
