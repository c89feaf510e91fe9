//! `conversations.*`

methods! {
    /// `conversations.acceptSharedInvite`: accepts a Slack Connect invitation.
    accept_shared_invite: guestlist_methods::conversations::accept_shared_invite, AcceptSharedInvite {
        /// What the channel is called on this side.
        channel_name: String,
        /// The invitation.
        invite_id: Option<String>,
        /// Its channel, in place of the invitation.
        channel_id: Option<String>,
        /// A private channel on this side.
        is_private: Option<bool>,
        /// Take the free trial.
        free_trial_accepted: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// Nobody on this side has to approve any more.
        implicit_approval: bool,
        /// The channel.
        channel_id: String,
        /// The invitation.
        invite_id: String,
    }
    /// `conversations.approveSharedInvite`: one side's yes.
    approve_shared_invite: guestlist_methods::conversations::approve_shared_invite, ApproveSharedInvite {
        /// The invitation.
        invite_id: String,
        /// Who is let in.
        target_team: Option<String>,
    } -> {}
    /// `conversations.archive`: archives a channel.
    archive: guestlist_methods::conversations::archive, Archive {
        /// The channel.
        channel: String,
    } -> {}
    /// `conversations.close`: puts a DM out of sight.
    close: guestlist_methods::conversations::close, Close {
        /// The DM.
        channel: String,
    } -> {
        /// Nothing was done.
        no_op: bool,
        /// It was closed before.
        already_closed: bool,
    }
    /// `conversations.create`: makes a channel.
    create: guestlist_methods::conversations::create, Create {
        /// Its name.
        name: String,
        /// A private one.
        is_private: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The channel.
        channel: Channel,
    }
    /// `conversations.declineSharedInvite`: one side's no.
    decline_shared_invite: guestlist_methods::conversations::decline_shared_invite, DeclineSharedInvite {
        /// The invitation.
        invite_id: String,
        /// Who is kept out.
        target_team: Option<String>,
    } -> {}
    /// `conversations.externalInvitePermissions.set`: what a partner may do in a channel.
    external_invite_permissions_set: guestlist_methods::conversations::external_invite_permissions_set, ExternalInvitePermissionsSet {
        /// The channel.
        channel: String,
        /// The partner.
        target_team: String,
        /// `upgrade` or `downgrade`.
        action: String,
    } -> {}
    /// `conversations.history`: what was written.
    history: guestlist_methods::conversations::history, History {
        /// The conversation.
        channel: String,
        /// The later end.
        latest: Option<String>,
        /// The earlier end.
        oldest: Option<String>,
        /// With what stands at the ends.
        inclusive: Option<bool>,
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// Newest first.
        messages: Vec<serde_json::Value>,
        /// Whether there are older ones within the ends.
        has_more: bool,
    }
    /// `conversations.replies`: a message and what was said in answer to it.
    replies: guestlist_methods::conversations::replies, Replies {
        /// The conversation.
        channel: String,
        /// A message of the thread.
        ts: String,
        /// The later end.
        latest: Option<String>,
        /// The earlier end.
        oldest: Option<String>,
        /// With what stands at the ends.
        inclusive: Option<bool>,
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// Oldest first.
        messages: Vec<serde_json::Value>,
        /// Whether there are later ones within the ends.
        has_more: bool,
    }
    /// `conversations.info`: one conversation.
    info: guestlist_methods::conversations::info, Info {
        /// The conversation.
        channel: String,
        /// With the caller's locale.
        include_locale: Option<bool>,
        /// With the number of members.
        include_num_members: Option<bool>,
    } -> {
        /// The conversation.
        channel: Channel,
    }
    /// `conversations.invite`: invites people to a channel.
    invite: guestlist_methods::conversations::invite, Invite {
        /// The channel.
        channel: String,
        /// The people, 1 to 1,000.
        users: Vec<String>,
        /// Invite whom it can and leave the others out.
        force: Option<bool>,
    } -> {
        /// The channel.
        channel: Channel,
        /// Whom `force` left out.
        errors: Vec<PersonError>,
    }
    /// `conversations.inviteShared`: invites somebody of another organisation to a channel.
    invite_shared: guestlist_methods::conversations::invite_shared, InviteShared {
        /// The channel.
        channel: String,
        /// The address of one person.
        emails: Option<Vec<String>>,
        /// The id of one person or bot, in place of an address.
        user_ids: Option<Vec<String>>,
        /// They may only write; without, they may invite and change, too. `true` unless told.
        external_limited: Option<bool>,
        /// What is said with it, at most 560 characters.
        message: Option<String>,
    } -> {
        /// The invitation.
        invite_id: String,
        /// An old channel of two organisations.
        is_legacy_shared_channel: bool,
        /// Where it can be accepted; not of those who may only write.
        url: Option<String>,
        /// The code that goes with it.
        conf_code: Option<String>,
    }
    /// `conversations.join`: the caller comes in.
    join: guestlist_methods::conversations::join, Join {
        /// The channel.
        channel: String,
    } -> {
        /// The channel.
        channel: Channel,
    }
    /// `conversations.kick`: somebody goes.
    kick: guestlist_methods::conversations::kick, Kick {
        /// The channel.
        channel: String,
        /// Whom.
        user: String,
    } -> {}
    /// `conversations.leave`: the caller goes.
    leave: guestlist_methods::conversations::leave, Leave {
        /// The channel.
        channel: String,
    } -> {
        /// The caller was not in it.
        not_in_channel: bool,
    }
    /// `conversations.list`: a workspace's conversations.
    list: guestlist_methods::conversations::list, List {
        /// Any of `public_channel`, `private_channel`, `mpim`, `im`.
        types: Option<Vec<String>>,
        /// Leave archived ones out.
        exclude_archived: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// A page of them.
        channels: Vec<Channel>,
    }
    /// `conversations.listConnectInvites`: invitations from and to a workspace.
    list_connect_invites: guestlist_methods::conversations::list_connect_invites, ListConnectInvites {
        /// The most on a page.
        count: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// A page of them.
        invites: Vec<serde_json::Value>,
    }
    /// `conversations.mark`: up to where the caller has read.
    mark: guestlist_methods::conversations::mark, Mark {
        /// The conversation.
        channel: String,
        /// The newest message that is read.
        ts: String,
    } -> {}
    /// `conversations.members`: who is in.
    members: guestlist_methods::conversations::members, Members {
        /// The conversation.
        channel: String,
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// A page of their ids.
        members: Vec<String>,
    }
    /// `conversations.open`: opens a DM.
    open: guestlist_methods::conversations::open, Open {
        /// The DM, in place of `users`.
        channel: Option<String>,
        /// With whom.
        users: Option<Vec<String>>,
        /// All about it rather than its id.
        return_im: Option<bool>,
        /// Only if there is one already.
        prevent_creation: Option<bool>,
    } -> {
        /// Nothing was done.
        no_op: bool,
        /// It was open before.
        already_open: bool,
        /// The DM.
        channel: Channel,
    }
    /// `conversations.rename`: gives a channel another name.
    rename: guestlist_methods::conversations::rename, Rename {
        /// The channel.
        channel: String,
        /// Its new name.
        name: String,
    } -> {
        /// The channel.
        channel: Channel,
    }
    /// `conversations.requestSharedInvite.approve`: lets a request out as an invitation.
    request_shared_invite_approve: guestlist_methods::conversations::request_shared_invite_approve, RequestSharedInviteApprove {
        /// The request.
        invite_id: String,
        /// Its channel.
        channel_id: Option<String>,
        /// They may only write.
        is_external_limited: Option<bool>,
        /// `{"text": …, "is_override": …}`.
        message: Option<serde_json::Value>,
    } -> {
        /// The invitation.
        invite_id: String,
    }
    /// `conversations.requestSharedInvite.deny`: keeps a request back.
    request_shared_invite_deny: guestlist_methods::conversations::request_shared_invite_deny, RequestSharedInviteDeny {
        /// The request.
        invite_id: String,
        /// Why.
        message: Option<String>,
    } -> {
        /// The request.
        invite_id: String,
    }
    /// `conversations.requestSharedInvite.list`: requests to invite.
    request_shared_invite_list: guestlist_methods::conversations::request_shared_invite_list, RequestSharedInviteList {
        /// Only these.
        invite_ids: Option<Vec<String>>,
        /// Only this person's.
        user_id: Option<String>,
        /// With those that were approved.
        include_approved: Option<bool>,
        /// With those that were denied.
        include_denied: Option<bool>,
        /// With those that have expired.
        include_expired: Option<bool>,
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// A page of them.
        invite_requests: Vec<serde_json::Value>,
    }
    /// `conversations.setPurpose`: says what a channel is for.
    set_purpose: guestlist_methods::conversations::set_purpose, SetPurpose {
        /// The channel.
        channel: String,
        /// What it is for.
        purpose: String,
    } -> {
        /// The channel.
        channel: Channel,
    }
    /// `conversations.setTopic`: says what a channel is about now.
    set_topic: guestlist_methods::conversations::set_topic, SetTopic {
        /// The channel.
        channel: String,
        /// What it is about.
        topic: String,
    } -> {
        /// The channel.
        channel: Channel,
    }
    /// `conversations.unarchive`: brings a channel back.
    unarchive: guestlist_methods::conversations::unarchive, Unarchive {
        /// The channel.
        channel: String,
    } -> {}
}

pages! {
    history::History: messages of serde_json::Value;
    list::List: channels of crate::objects::Channel;
    list_connect_invites::ListConnectInvites: invites of serde_json::Value;
    members::Members: members of String;
    replies::Replies: messages of serde_json::Value;
    request_shared_invite_list::RequestSharedInviteList: invite_requests of serde_json::Value;
}
