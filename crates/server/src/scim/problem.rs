//! Why SCIM does not do what it was asked: codes, their statuses, and the documents that tell them.

use super::version::Version;
use crate::why::Answered;
use guestlist_domain::{
    people::provision as people,
    usergroup::{BadAbout, MAX_MEMBERS, MAX_NAME, provision as groups},
};
use guestlist_methods::common::Common;
use guestlist_store::{Failure, StoreError, chain};
use http::StatusCode;
use serde_json::{Value, json};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident $code:literal $status:literal $kind:expr;)+) => {
        /// A code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// The word, the HTTP status, and what RFC 7644 calls it, if that does.
            fn facts(self) -> (&'static str, u16, Option<&'static str>) {
                match self {
                    $(Self::$name => ($code, $status, $kind),)+
                }
            }

            /// What it means, a sentence.
            fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),+),)+
                }
            }

            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

const VALUE: Option<&str> = Some("invalidValue");
const FILTER: Option<&str> = Some("invalidFilter");
const UNIQUE: Option<&str> = Some("uniqueness");

codes! {
    /// Nothing is at this path.
    BadEndpoint "bad_endpoint" 404 None;
    /// A path of another version than 1 and 2.
    UnsupportedVersion "unsupported_version" 404 None;
    /// Not with this verb.
    MethodNotAllowed "method_not_allowed" 405 None;
    /// No token.
    MissingAuthentication "missing_authentication" 401 None;
    /// A token that opens nothing, or not any more.
    InvalidAuthentication "invalid_authentication" 401 None;
    /// A token that does not open this.
    PermissionDenied "permission_denied" 403 None;
    /// The workspace pays too little.
    PlusTeamsOnly "plus_teams_only" 403 None;
    /// One call too many.
    TooManyRequests "too_many_requests" 429 None;
    /// No account of this id.
    NoSuchUser "no_such_user" 404 None;
    /// Nobody of this id, named in a body.
    UnknownUser "unknown_user" 400 VALUE;
    /// No group of this id.
    NoSuchGroup "no_such_group" 404 None;
    /// An account has the address.
    EmailTaken "email_taken" 409 UNIQUE;
    /// An account or a channel has the name.
    UsernameTaken "username_taken" 409 UNIQUE;
    /// A name of more than 21 characters.
    UsernameTooLong "username_too_long" 400 VALUE;
    /// What is needed is not there.
    MissingSchemaElement "missing_schema_element" 400 VALUE;
    /// No e-mail address.
    MissingPrimaryEmail "missing_primary_email" 400 VALUE;
    /// The primary owner stays.
    CannotDisablePrimaryOwner "cannot_disable_primary_owner" 403 None;
    /// Somebody with more rights than whoever asks.
    CannotModifyOwner "cannot_modify_owner" 403 None;
    /// An admin or owner is no guest.
    CannotMakeUserGuest "cannot_make_user_guest" 403 None;
    /// A bot goes with its app.
    CannotDisableBot "cannot_disable_bot_user_with_scim" 403 None;
    /// What a list is asked for cannot be read.
    InvalidQuery "invalid_query" 400 FILTER;
    /// A filter that ends too early.
    IncompleteFilter "incomplete_filter" 400 FILTER;
    /// A filter with nothing in it.
    NoFilters "no_filters" 400 FILTER;
    /// A group of too many.
    GroupMemberMaxExceeded "group_member_max_exceeded" 400 VALUE;
    /// Who is in no group.
    UnableToAdd "unable_to_add_deleted_or_guest_to_group" 400 VALUE;
    /// A group has the name.
    NameAlreadyExists "name_already_exists" 409 UNIQUE;
    /// A body that is no JSON, or not the JSON that is asked for.
    InvalidSyntax "invalid_syntax" 400 Some("invalidSyntax");
    /// A value that cannot be that of its attribute.
    InvalidValue "invalid_value" 400 VALUE;
    /// A path to no attribute.
    InvalidPath "invalid_path" 400 Some("invalidPath");
    /// A path to nothing that is there.
    NoTarget "no_target" 400 Some("noTarget");
    /// What stays as it is.
    Immutable "immutable_attribute" 400 Some("mutability");
    /// A body of another kind.
    UnsupportedMediaType "unsupported_media_type" 415 None;
    /// A body that is too large.
    RequestTooLarge "request_too_large" 413 None;
    /// A body that did not come.
    RequestTimeout "request_timeout" 408 None;
    /// Not now.
    ServiceUnavailable "service_unavailable" 503 None;
    /// It failed here, and nothing was written.
    InternalError "internal_error" 500 None;
    /// It failed here, and it was written, or that is not known.
    FatalError "fatal_error" 500 None;
}

impl Code {
    /// The word.
    pub(crate) fn word(self) -> &'static str {
        self.facts().0
    }

    /// The HTTP status.
    pub(crate) fn status(self) -> StatusCode {
        StatusCode::from_u16(self.facts().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// All codes, each with the sentence of what it means.
pub(crate) fn codes() -> Vec<(&'static str, &'static str)> {
    let all = Code::ALL.iter();
    all.map(|code| (code.word(), code.sentence().trim()))
        .collect()
}

/// A refusal or a failure: a code for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    /// What is wrong, naming it.
    pub(crate) message: String,
    /// Seconds after which the next call is let through.
    pub(crate) retry_after: Option<u64>,
    /// The verbs that are answered.
    pub(crate) allow: Option<&'static str>,
    /// The check that refused, where methods make it too and the code stands for several.
    pub(crate) check: Option<Common>,
    /// Why it failed here, which the log is told and the caller is not.
    pub(crate) cause: Option<String>,
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
            allow: None,
            check: None,
            cause: None,
        }
    }

    /// A token that does not open this, by a check that methods make, too, or by one of our own.
    pub(crate) fn denied(check: Option<Common>, message: &str) -> Self {
        Self {
            check,
            ..Self::new(Code::PermissionDenied, message)
        }
    }

    /// A value that cannot be that of an attribute.
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidValue, message)
    }

    /// The same of something that came after it was written: that stands.
    pub(crate) fn written(self) -> Self {
        Self {
            code: Code::FatalError,
            message: "this was written, and then the store failed: what came of it cannot be shown"
                .to_owned(),
            ..self
        }
    }

    /// The document that tells it.
    pub(crate) fn document(&self, version: Version) -> Value {
        let (word, status, kind) = self.code.facts();
        match version {
            Version::One => json!({
                "Errors": {"description": word, "code": status},
                "message": self.message,
            }),
            Version::Two => {
                let mut told = json!({
                    "schemas": [version.error()],
                    "detail": word,
                    "status": status,
                    "message": self.message,
                });
                if let Some(kind) = kind {
                    told["scimType"] = kind.into();
                }
                told
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let cause = Some(chain(&error));
        let (code, message) = match error {
            away if away.is_away() => (Code::ServiceUnavailable, "the store is not available"),
            StoreError::InDoubt(_) => (
                Code::FatalError,
                "the store failed: it is not known whether this was written",
            ),
            _ => (Code::InternalError, "the store failed: nothing was written"),
        };
        Self {
            cause,
            ..Self::new(code, message)
        }
    }
}

impl From<Failure<Self>> for Problem {
    fn from(failure: Failure<Self>) -> Self {
        match failure {
            Failure::Refused(problem) => problem,
            Failure::Store(error) => error.into(),
            Failure::Gone | Failure::Scope(_) => {
                let message = "the workspace of the token was taken out meanwhile";
                Self::new(Code::InvalidAuthentication, message)
            }
        }
    }
}

impl From<Common> for Problem {
    /// Of a body or a token that was not taken.
    fn from(common: Common) -> Self {
        let (code, message) = match common {
            Common::RequestTimeout => (
                Code::RequestTimeout,
                "the body did not come in time, or not whole",
            ),
            Common::InvalidArguments => (Code::RequestTooLarge, "the body is too large"),
            Common::InvalidFormData => (
                Code::InvalidSyntax,
                "the body is not packed as its content-encoding says: gzip, or not at all",
            ),
            Common::InternalError => (Code::InternalError, "this failed here"),
            other => {
                let word: &str = other.into();
                let message = format!("this token does not open it here: {word}");
                let code = match other {
                    Common::InvalidAuth
                    | Common::TokenRevoked
                    | Common::TokenExpired
                    | Common::AccountInactive => Code::InvalidAuthentication,
                    _ => Code::PermissionDenied,
                };
                return Self {
                    check: Some(other),
                    ..Self::new(code, message)
                };
            }
        };
        Self::new(code, message)
    }
}

impl From<&Problem> for Answered {
    fn from(problem: &Problem) -> Self {
        Self::Refused {
            code: problem.code.word().into(),
            check: problem.check.map(Into::into),
            messages: vec![problem.message.clone()],
            errors: None,
            needed: None,
        }
    }
}

impl From<people::Refusal> for Problem {
    fn from(no: people::Refusal) -> Self {
        use people::Refusal as No;
        let (code, message) = match no {
            No::NotAdmin => not_admin(),
            No::NoSuchUser => (Code::NoSuchUser, "there is no account of this id"),
            No::Bot => (
                Code::CannotDisableBot,
                "this is a bot, which is what its app makes of it, and goes with it",
            ),
            No::Owner => (
                Code::CannotModifyOwner,
                "they have more rights than the token's owner",
            ),
            No::PrimaryOwner => (
                Code::CannotDisablePrimaryOwner,
                "the primary owner is not deactivated",
            ),
            No::NoGuest => (
                Code::CannotMakeUserGuest,
                "an admin or owner is not made a guest",
            ),
            No::UserNameTaken => (
                Code::UsernameTaken,
                "`userName`: another account, also a deactivated one, or a channel has it",
            ),
            No::EmailTaken => (
                Code::EmailTaken,
                "`emails`: another account, also a deactivated one, has the address",
            ),
            No::ExternalId => (
                Code::Immutable,
                "`externalId`: it stays what it was first said to be",
            ),
            No::Ended => (
                Code::InvalidValue,
                "the guest's `expiration` is over already",
            ),
            No::NotTaken => (
                Code::InvalidValue,
                "they cannot be so: their workspace is out of use, or a single-channel guest would be in several channels",
            ),
        };
        Self::new(code, message)
    }
}

fn not_admin() -> (Code, &'static str) {
    (
        Code::PermissionDenied,
        "the token's owner is no admin or owner any more",
    )
}

impl From<groups::Refusal> for Problem {
    fn from(no: groups::Refusal) -> Self {
        use groups::Refusal as No;
        match no {
            No::NotAdmin => {
                let (code, message) = not_admin();
                Self::new(code, message)
            }
            No::NoSuchGroup => Self::new(Code::NoSuchGroup, "there is no group of this id"),
            No::UnknownUser(text) => Self::new(
                Code::UnknownUser,
                format!(
                    "`members`: there is nobody `{}` in the workspace",
                    text.escape_debug()
                ),
            ),
            No::NoMember(id) => Self::new(
                Code::UnableToAdd,
                format!("`members`: {id} is deactivated, a guest or a bot, who is in no group"),
            ),
            No::TooMany => Self::new(
                Code::GroupMemberMaxExceeded,
                format!("`members`: a group has at most {MAX_MEMBERS}"),
            ),
            No::Wrong(bad) => match bad {
                BadAbout::NameMissing => {
                    Self::new(Code::MissingSchemaElement, "`displayName` is needed")
                }
                BadAbout::NameTooLong => Self::value(format!(
                    "`displayName`: it has at most {MAX_NAME} characters"
                )),
                BadAbout::NameTaken
                | BadAbout::HandleTaken
                | BadAbout::ForbiddenHandle
                | BadAbout::BadHandle => Self::new(
                    Code::NameAlreadyExists,
                    "`displayName`: another group has it, or all handles like it are taken",
                ),
                BadAbout::DescriptionTooLong
                | BadAbout::TooManyChannels
                | BadAbout::InvalidChannel
                | BadAbout::InvalidGroup => Self::value("the group cannot be so"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_never_said_not_to_be() {
        for error in [StoreError::Unavailable, StoreError::Panicked] {
            let problem = Problem::from(error);
            assert_ne!(problem.code, Code::FatalError);
            let cause = problem.cause.clone();
            let told = problem.written();
            assert_eq!((told.code, told.cause), (Code::FatalError, cause));
            assert!(
                told.message.starts_with("this was written"),
                "{}",
                told.message
            );
        }
    }
}
