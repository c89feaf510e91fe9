//! Codes and warnings that any method may answer, in the order of the checks.

use crate::contract::Code;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// An error of the call rather than of the method.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    IntoStaticStr,
    EnumString,
    VariantArray,
    EnumMessage,
    EnumProperty,
)]
#[strum(serialize_all = "snake_case")]
pub enum Common {
    /// The body that was announced did not arrive whole, or not in time.
    #[strum(props(
        state = "a POST body is shorter than its Content-Length, cut off, or slower than the read limit"
    ))]
    RequestTimeout,
    /// The POST has a body but no `Content-Type`.
    #[strum(props(state = "a POST with a body and no Content-Type"))]
    MissingPostType,
    /// The `Content-Type` is none of those understood: JSON, form, multipart, plain text.
    #[strum(props(state = "a POST with another Content-Type"))]
    InvalidPostType,
    /// The `charset` is neither `utf-8` nor `iso-8859-1`, or the body is not text in it.
    #[strum(props(state = "a Content-Type with another charset"))]
    InvalidCharset,
    /// The form or multipart body cannot be read.
    #[strum(props(state = "a broken form or multipart body"))]
    InvalidFormData,
    /// The JSON body does not parse.
    #[strum(props(state = "a JSON body with a syntax error"))]
    InvalidJson,
    /// The JSON body is not an object.
    #[strum(props(state = "a JSON body that is an array, a number, …"))]
    JsonNotObject,
    /// An argument's name is written like an array's: `foo[7]`.
    #[strum(props(state = "an argument named foo[7] or foo[]"))]
    InvalidArrayArg,
    /// An argument's name is too long or has characters other than letters, digits and `_`.
    #[strum(props(state = "an argument named a-b, or with a name of over 128 characters"))]
    InvalidArgName,
    /// There is no such method.
    #[strum(props(state = "a call of a method that guestlist does not have"))]
    UnknownMethod,
    /// The service is not available for now.
    #[strum(props(
        state = "the world's `server: {maintenance: true}`, or a store or limiter that cannot be reached"
    ))]
    ServiceUnavailable,
    /// No token was shown.
    #[strum(props(state = "neither an Authorization header with Bearer nor a `token` argument"))]
    NotAuthed,
    /// The token is unknown, or may not be used from where the call comes.
    #[strum(props(
        state = "a token that is not in the store, or an app whose `allowed_addresses` exclude the caller"
    ))]
    InvalidAuth,
    /// The token was revoked, or its person or workspace is gone.
    #[strum(props(
        state = "a token that is `revoked`; a user token of a removed person or deleted workspace"
    ))]
    TokenRevoked,
    /// The token has expired.
    #[strum(props(state = "a token whose `expires_at` has passed"))]
    TokenExpired,
    /// The bot's user or its workspace is gone.
    #[strum(props(state = "a bot token of a removed user or deleted workspace"))]
    AccountInactive,
    /// Calls from this network are not allowed.
    #[strum(props(state = "a workspace whose `allowed_networks` exclude the caller"))]
    Accesslimited,
    /// The workspace is moving into an Enterprise organisation.
    #[strum(props(state = "a workspace with `status: migrating`"))]
    OrgLoginRequired,
    /// The workspace is joining an Enterprise organisation.
    #[strum(props(state = "a workspace with `status: joining_org`"))]
    TeamAddedToOrg,
    /// The method may not be called from this organisation.
    #[strum(props(state = "an organisation whose `blocked_methods` name the method"))]
    EnterpriseIsRestricted,
    /// The organisation-wide token was not granted this workspace.
    #[strum(props(state = "an `org` token for a workspace that its `workspaces` do not name"))]
    TeamAccessNotGranted,
    /// The caller has to set up a second factor first.
    #[strum(props(
        state = "a person with `two_factor: false` in a workspace with `two_factor_required: true`"
    ))]
    TwoFactorSetupRequired,
    /// Bots, or bots of this kind, may not call this method.
    #[strum(props(
        state = "a token of kind `legacy_bot`; any bot's on a retired method that takes user tokens only"
    ))]
    IsBot,
    /// This kind of token may not call this method.
    #[strum(props(
        state = "a token of kind `app_level` on a method for people and bots other than `auth.test`, a bot's on one for people, a person's on one for bots"
    ))]
    NotAllowedTokenType,
    /// Too many calls; `Retry-After` says when to call again.
    #[strum(props(
        state = "more calls of one method, by one app in one workspace, than its tier lets through: one and a half times its figure at once, then its figure a minute"
    ))]
    Ratelimited,
    /// The method is retired.
    #[strum(props(
        state = "the world's `server: {deprecated_methods: […]}` names the method; one of the retired families, called by an app or in a workspace made from 2020-06-10 on, or where `legacy_methods` is `never`"
    ))]
    MethodDeprecated,
    /// The endpoint is retired.
    #[strum(props(state = "the world's `server: {deprecated_endpoints: […]}` names the method"))]
    DeprecatedEndpoint,
    /// The token lacks a scope; `needed` and `provided` say which.
    #[strum(props(
        state = "a token that holds none of the scopes the method, or this kind of conversation, asks for"
    ))]
    MissingScope,
    /// Arguments are missing or malformed; `response_metadata.messages` says which.
    #[strum(props(
        state = "a required argument is absent, an argument has the wrong type, or a body is over the limit"
    ))]
    InvalidArguments,
    /// Something failed here; nothing was done.
    #[strum(props(state = "a failure of the store before its commit"))]
    InternalError,
    /// Something failed badly; what was asked was done whole or not at all.
    #[strum(props(state = "a commit whose outcome is not known"))]
    FatalError,
}

impl Code for Common {}

/// A warning that rides on any answer.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    IntoStaticStr,
    EnumString,
    VariantArray,
    EnumMessage,
    EnumProperty,
)]
#[strum(serialize_all = "snake_case")]
pub enum Warning {
    /// The body's type is better sent with a `charset`.
    #[strum(props(state = "a JSON or plain text body without a charset"))]
    MissingCharset,
    /// The body's type knows no `charset`, yet one was given.
    #[strum(props(state = "a form or multipart body with a charset"))]
    SuperfluousCharset,
}

impl Code for Warning {}
