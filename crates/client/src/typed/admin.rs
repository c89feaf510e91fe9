//! `admin.*`

methods! {
    /// `admin.conversations.disconnectShared`: ends a workspace's part in a connected channel.
    disconnect_shared: guestlist_methods::admin::conversations_disconnect_shared, ConversationsDisconnectShared {
        /// The channel.
        channel_id: String,
        /// The workspaces that leave it.
        leaving_team_ids: Option<Vec<String>>,
    } -> {}

    /// `admin.conversations.invite`: invites people to a channel of the organisation.
    invite: guestlist_methods::admin::conversations_invite, ConversationsInvite {
        /// The people.
        user_ids: Vec<String>,
        /// The channel.
        channel_id: String,
    } -> {}

    /// `admin.inviteRequests.approve`: lets somebody be invited whom a member asked for.
    invite_requests_approve: guestlist_methods::admin::invite_requests_approve, InviteRequestsApprove {
        /// The request.
        invite_request_id: String,
        /// Its workspace.
        team_id: Option<String>,
    } -> {}

    /// `admin.inviteRequests.approved.list`: requests that were approved, and their invitations.
    invite_requests_approved_list: guestlist_methods::admin::invite_requests_approved_list, InviteRequestsApprovedList {
        /// The workspace.
        team_id: Option<String>,
        /// Where to go on.
        cursor: Option<String>,
        /// The most on a page.
        limit: Option<u32>,
    } -> {
        /// A page of them.
        approved_requests: Vec<ApprovedRequest>,
    }

    /// `admin.inviteRequests.denied.list`: requests that were denied.
    invite_requests_denied_list: guestlist_methods::admin::invite_requests_denied_list, InviteRequestsDeniedList {
        /// The workspace.
        team_id: Option<String>,
        /// Where to go on.
        cursor: Option<String>,
        /// The most on a page.
        limit: Option<u32>,
    } -> {
        /// A page of them.
        denied_requests: Vec<DeniedRequest>,
    }

    /// `admin.inviteRequests.deny`: keeps somebody from being invited whom a member asked for.
    invite_requests_deny: guestlist_methods::admin::invite_requests_deny, InviteRequestsDeny {
        /// The request.
        invite_request_id: String,
        /// Its workspace.
        team_id: Option<String>,
    } -> {}

    /// `admin.inviteRequests.list`: requests that are pending.
    invite_requests_list: guestlist_methods::admin::invite_requests_list, InviteRequestsList {
        /// The workspace.
        team_id: Option<String>,
        /// Where to go on.
        cursor: Option<String>,
        /// The most on a page.
        limit: Option<u32>,
    } -> {
        /// A page of them.
        invite_requests: Vec<InviteRequest>,
    }

    /// `admin.teams.create`: adds a workspace to the organisation.
    teams_create: guestlist_methods::admin::teams_create, TeamsCreate {
        /// Its sub-domain.
        team_domain: String,
        /// Its name.
        team_name: String,
        /// What it is for.
        team_description: Option<String>,
        /// `open`, `closed`, `invite_only` or `unlisted`.
        team_discoverability: Option<String>,
    } -> {
        /// The workspace.
        team: String,
    }

    /// `admin.teams.list`: the workspaces of the organisation.
    teams_list: guestlist_methods::admin::teams_list, TeamsList {
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// A page of them.
        teams: Vec<OrgTeam>,
    }

    /// `admin.users.assign`: brings somebody of the organisation into another of its workspaces.
    users_assign: guestlist_methods::admin::users_assign, UsersAssign {
        /// The workspace.
        team_id: String,
        /// Who.
        user_id: String,
        /// As a multi-channel guest.
        is_restricted: Option<bool>,
        /// As a single-channel guest.
        is_ultra_restricted: Option<bool>,
        /// The channels they come into.
        channel_ids: Option<Vec<String>>,
    } -> {}

    /// `admin.users.invite`: invites somebody into a workspace by their address.
    users_invite: guestlist_methods::admin::users_invite, UsersInvite {
        /// The workspace.
        team_id: String,
        /// The address.
        email: String,
        /// The channels they come into.
        channel_ids: Vec<String>,
        /// Words that the letter brings along.
        custom_message: Option<String>,
        /// What they are called.
        real_name: Option<String>,
        /// Another letter, if they are invited already.
        resend: Option<bool>,
        /// As a multi-channel guest.
        is_restricted: Option<bool>,
        /// As a single-channel guest.
        is_ultra_restricted: Option<bool>,
        /// When a guest's time ends.
        guest_expiration_ts: Option<String>,
        /// No effect here.
        email_password_policy_enabled: Option<bool>,
    } -> {}

    /// `admin.users.list`: the people of the organisation, or of one workspace.
    users_list: guestlist_methods::admin::users_list, UsersList {
        /// The workspace; all of the organisation when left out.
        team_id: Option<String>,
        /// Where to go on.
        cursor: Option<String>,
        /// Those in use, or those who are removed.
        is_active: Option<bool>,
        /// Tell the workspaces of removed people.
        include_deactivated_user_workspaces: Option<bool>,
        /// Guests alone.
        only_guests: Option<bool>,
        /// Admins alone.
        include_admins: Option<bool>,
        /// Owners alone.
        include_owners: Option<bool>,
        /// The most on a page.
        limit: Option<u32>,
    } -> {
        /// A page of them.
        users: Vec<OrgUser>,
    }

    /// `admin.users.remove`: takes somebody out of a workspace.
    users_remove: guestlist_methods::admin::users_remove, UsersRemove {
        /// The workspace.
        team_id: String,
        /// Who.
        user_id: String,
    } -> {}

    /// `admin.users.session.reset`: ends somebody's sessions.
    users_session_reset: guestlist_methods::admin::users_session_reset, UsersSessionReset {
        /// Whose.
        user_id: String,
        /// Those on phones alone.
        mobile_only: Option<bool>,
        /// Those in browsers alone.
        web_only: Option<bool>,
    } -> {}

    /// `admin.users.setAdmin`: makes somebody an admin.
    users_set_admin: guestlist_methods::admin::users_set_admin, UsersSetAdmin {
        /// A workspace they are in, or the organisation.
        team_id: String,
        /// Who.
        user_id: String,
    } -> {}

    /// `admin.users.setRegular`: makes somebody a regular member.
    users_set_regular: guestlist_methods::admin::users_set_regular, UsersSetRegular {
        /// A workspace they are in, or the organisation.
        team_id: String,
        /// Who.
        user_id: String,
    } -> {}
}

pages! {
    invite_requests_approved_list::InviteRequestsApprovedList: approved_requests of crate::objects::ApprovedRequest;
    invite_requests_denied_list::InviteRequestsDeniedList: denied_requests of crate::objects::DeniedRequest;
    invite_requests_list::InviteRequestsList: invite_requests of crate::objects::InviteRequest;
    teams_list::TeamsList: teams of crate::objects::OrgTeam;
    users_list::UsersList: users of crate::objects::OrgUser;
}
