//! `channels.*`, the retired family of public channels.

methods! {
    /// `channels.create`: makes a channel.
    create: guestlist_methods::channels::create, Create {
        /// Its name.
        name: String,
        /// Refuse a name that is not as it must be, rather than mend it.
        validate: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The channel.
        channel: LegacyChannel,
    }
    /// `channels.info`: one channel.
    info: guestlist_methods::channels::info, Info {
        /// The channel.
        channel: String,
        /// With the caller's locale.
        include_locale: Option<bool>,
    } -> {
        /// The channel.
        channel: LegacyChannel,
    }
    /// `channels.invite`: invites one person to a public channel.
    invite: guestlist_methods::channels::invite, Invite {
        /// The channel.
        channel: String,
        /// Whom.
        user: String,
    } -> {
        /// The channel.
        channel: LegacyChannel,
    }
    /// `channels.join`: the caller comes into the channel of a name, made if need be.
    join: guestlist_methods::channels::join, Join {
        /// Its name.
        name: String,
        /// Refuse a name that is not as it must be, rather than mend it.
        validate: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The caller was in it before.
        already_in_channel: bool,
        /// The channel.
        channel: LegacyChannel,
    }
    /// `channels.kick`: somebody goes.
    kick: guestlist_methods::channels::kick, Kick {
        /// The channel.
        channel: String,
        /// Whom.
        user: String,
    } -> {}
    /// `channels.leave`: the caller goes.
    leave: guestlist_methods::channels::leave, Leave {
        /// The channel.
        channel: String,
    } -> {
        /// The caller was not in it.
        not_in_channel: bool,
    }
    /// `channels.list`: a workspace's public channels.
    list: guestlist_methods::channels::list, List {
        /// Leave archived ones out.
        exclude_archived: Option<bool>,
        /// Without who is in them.
        exclude_members: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// A page of them.
        channels: Vec<LegacyChannel>,
    }
}

pages! {
    list::List: channels of crate::objects::LegacyChannel;
}
