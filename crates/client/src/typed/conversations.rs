//! `conversations.*`

methods! {
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
    members::Members: members of String;
}
