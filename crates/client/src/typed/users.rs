//! `users.*`

methods! {
    /// `users.conversations`: what somebody is in.
    conversations: guestlist_methods::users::conversations, Conversations {
        /// Whom; the caller when left out.
        user: Option<String>,
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
    /// `users.discoverableContacts.lookup`: can somebody be invited by Slack Connect?
    discoverable_contacts_lookup: guestlist_methods::users::discoverable_contacts_lookup, DiscoverableContactsLookup {
        /// The address.
        email: String,
    } -> {
        /// Whether they can.
        is_discoverable: bool,
    }
    /// `users.identity`: who the caller is.
    identity: guestlist_methods::users::identity, Identity {
    } -> {
        /// The person, as far as scopes show them.
        user: IdentityUser,
        /// Their workspace, likewise.
        team: IdentityTeam,
    }
    /// `users.info`: one user.
    info: guestlist_methods::users::info, Info {
        /// Whom.
        user: String,
        /// With their locale.
        include_locale: Option<bool>,
    } -> {
        /// The user.
        user: User,
    }
    /// `users.list`: everybody in a workspace.
    list: guestlist_methods::users::list, List {
        /// With locales.
        include_locale: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
        /// The most on a page; all at once when left out.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// A page of them.
        members: Vec<User>,
        /// When they were read, in seconds.
        cache_ts: i64,
    }
    /// `users.lookupByEmail`: who has this address?
    lookup_by_email: guestlist_methods::users::lookup_by_email, LookupByEmail {
        /// The address.
        email: String,
    } -> {
        /// The user.
        user: User,
    }
    /// `users.profile.get`: a user's profile.
    profile_get: guestlist_methods::users::profile_get, ProfileGet {
        /// Whom; the caller when left out.
        user: Option<String>,
        /// With labels of custom fields.
        include_labels: Option<bool>,
    } -> {
        /// The profile.
        profile: Profile,
    }
}

pages! {
    conversations::Conversations: channels of crate::objects::Channel;
    list::List: members of crate::objects::User;
}
