//! What the actions are called, and to which group each belongs.

macro_rules! actions {
    ($($group:literal { $($(#[$doc:meta])* $action:ident $name:literal;)+ })+) => {
        /// What was done, of all that changes here can bring about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($($(#[$doc])* $action,)+)+
        }

        /// The groups of actions, each with its name and those that belong to it.
        pub const GROUPS: &[(&str, &[Action])] = &[$(($group, &[$(Action::$action),+]),)+];

        impl Action {
            /// Its name, as entries have it and callers ask for it.
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$action => $name,)+)+
                }
            }
        }
    };
}

actions! {
    "workspace_or_org" {
        /// A workspace was added to the server.
        WorkspaceCreated "workspace_created";
    }
    "user" {
        /// Somebody is new.
        UserCreated "user_created";
        /// Somebody is new, as a guest.
        GuestCreated "guest_created";
        /// Somebody came to a workspace.
        UserJoinedWorkspace "user_joined_workspace";
        /// A guest came to a workspace.
        GuestJoinedWorkspace "guest_joined_workspace";
        /// Somebody was removed.
        UserDeactivated "user_deactivated";
        /// A guest was removed.
        GuestDeactivated "guest_deactivated";
        /// Somebody who was removed is back.
        UserReactivated "user_reactivated";
        /// A guest who was removed is back.
        GuestReactivated "guest_reactivated";
        /// A guest's time ended.
        GuestExpired "guest_expired";
        /// It was said when a guest's time ends.
        GuestExpirationSet "guest_expiration_set";
        /// A guest's time does not end any more.
        GuestExpirationCleared "guest_expiration_cleared";
        /// Somebody is an owner now.
        RoleChangeToOwner "role_change_to_owner";
        /// Somebody is an admin now.
        RoleChangeToAdmin "role_change_to_admin";
        /// Somebody is a regular member now.
        RoleChangeToUser "role_change_to_user";
        /// Somebody is a guest now.
        RoleChangeToGuest "role_change_to_guest";
        /// Somebody's address is another.
        UserEmailUpdated "user_email_updated";
        /// Somebody's handle is another.
        UserUsernameUpdated "user_username_updated";
        /// Somebody's names or title are others.
        UserProfileUpdated "user_profile_updated";
    }
    "channel" {
        /// Somebody is in a channel.
        UserChannelJoin "user_channel_join";
        /// Somebody is in a channel no more.
        UserChannelLeave "user_channel_leave";
        /// A guest is in a channel.
        GuestChannelJoin "guest_channel_join";
        /// A guest is in a channel no more.
        GuestChannelLeave "guest_channel_leave";
        /// A public channel was made.
        PublicChannelCreated "public_channel_created";
        /// A private channel was made.
        PrivateChannelCreated "private_channel_created";
        /// A public channel was archived.
        PublicChannelArchive "public_channel_archive";
        /// A private channel was archived.
        PrivateChannelArchive "private_channel_archive";
        /// A public channel was unarchived.
        PublicChannelUnarchive "public_channel_unarchive";
        /// A private channel was unarchived.
        PrivateChannelUnarchive "private_channel_unarchive";
        /// A channel has another name.
        ChannelRenamed "channel_renamed";
        /// An invitation to share a channel was made.
        InviteCreated "external_shared_channel_invite_created";
        /// It was sent.
        InviteSent "external_shared_channel_invite_sent";
        /// Somebody asked to be let send one.
        InviteRequested "external_shared_channel_invite_requested";
        /// They were let.
        InviteRequestApproved "external_shared_channel_invite_request_approved";
        /// They were not.
        InviteRequestDenied "external_shared_channel_invite_request_denied";
        /// Somebody accepted it.
        InviteAccepted "external_shared_channel_invite_accepted";
        /// A side approved the acceptance.
        InviteApproved "external_shared_channel_invite_approved";
        /// The recipient did not accept, or a side did not approve.
        InviteDeclined "external_shared_channel_invite_declined";
        /// It was not answered, or its acceptance not approved, in time.
        InviteExpired "external_shared_channel_invite_expired";
        /// It was taken back.
        InviteRevoked "external_shared_channel_invite_revoked";
        /// Two organisations share a channel.
        Connected "external_shared_channel_connected";
        /// They share it again.
        Reconnected "external_shared_channel_reconnected";
        /// They share it no more.
        Disconnected "external_shared_channel_disconnected";
        /// A partner may do more than post.
        AccessUpgraded "external_shared_channel_access_upgraded";
        /// A partner may only post.
        AccessDowngraded "external_shared_channel_access_downgraded";
    }
    "app" {
        /// Somebody let an app in.
        AppInstalled "app_installed";
        /// An app is gone from a workspace.
        AppUninstalled "app_uninstalled";
        /// An app that is in was allowed more.
        AppScopesExpanded "app_scopes_expanded";
        /// Somebody let an app into the whole organisation.
        OrgAppInstalled "org_app_installed";
        /// An app is gone from the whole organisation.
        OrgAppUninstalled "org_app_uninstalled";
        /// An app that is in the organisation was added to a workspace.
        OrgAppWorkspaceAdded "org_app_workspace_added";
        /// It was taken out of a workspace.
        OrgAppWorkspaceRemoved "org_app_workspace_removed";
    }
}
