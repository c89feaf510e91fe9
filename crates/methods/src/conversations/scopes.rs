//! Scopes that many methods of the family share: by kind of conversation, for bots and people.

use guestlist_domain::{ByKind, Scopes};

/// Reads about conversations.
pub const READ: Scopes = Scopes::both(ByKind {
    public: &["channels:read"],
    private: &["groups:read"],
    im: &["im:read"],
    mpim: &["mpim:read"],
});

/// Reads what was said.
pub const HISTORY: Scopes = Scopes::both(ByKind {
    public: &["channels:history"],
    private: &["groups:history"],
    im: &["im:history"],
    mpim: &["mpim:history"],
});

const WRITE_USER: ByKind = ByKind {
    public: &["channels:write"],
    private: &["groups:write"],
    im: &["im:write"],
    mpim: &["mpim:write"],
};

/// Changes conversations.
pub const WRITE: Scopes = Scopes {
    bot: ByKind {
        public: &["channels:manage", "channels:write"],
        ..WRITE_USER
    },
    user: WRITE_USER,
};

/// Changes topics and purposes.
pub const TOPIC: Scopes = Scopes {
    bot: ByKind {
        public: &["channels:write.topic", "channels:manage"],
        private: &["groups:write.topic", "groups:write"],
        im: &["im:write.topic", "im:write"],
        mpim: &["mpim:write.topic", "mpim:write"],
    },
    user: ByKind {
        public: &["channels:write.topic", "channels:write"],
        private: &["groups:write.topic", "groups:write"],
        im: &["im:write.topic", "im:write"],
        mpim: &["mpim:write.topic", "mpim:write"],
    },
};

/// Brings people into conversations.
pub const INVITE: Scopes = Scopes {
    bot: ByKind {
        public: &["channels:write.invites", "channels:manage"],
        private: &["groups:write.invites", "groups:write"],
        im: &["im:write"],
        mpim: &["mpim:write"],
    },
    user: ByKind {
        public: &["channels:write.invites", "channels:write"],
        private: &["groups:write.invites", "groups:write"],
        im: &["im:write"],
        mpim: &["mpim:write"],
    },
};
