//! The JSON Schema of a world file, for editors and other programs.

use super::document::Document;
use schemars::{Schema, SchemaGenerator, json_schema};

/// The JSON Schema of the format.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Document);
    schema.insert("title".to_owned(), "guestlist world".into());
    schema.to_value()
}

/// Slack has a schema of its own for manifests.
pub(super) fn manifest(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

macro_rules! texts {
    ($($name:ident: $pattern:literal;)+) => {$(
        pub(super) fn $name(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "pattern": $pattern })
        }
    )+};
}

texts! {
    enterprise: "^E[0-9A-Z]{1,11}$";
    team: "^T[0-9A-Z]{1,11}$";
    user: "^[UW][0-9A-Z]{1,11}$";
    channel: "^[CGD][0-9A-Z]{1,11}$";
    app: "^A[0-9A-Z]{1,11}$";
    bot: "^B[0-9A-Z]{1,11}$";
    usergroup: "^S[0-9A-Z]{1,11}$";
    invite_request: "^Ir[0-9A-Z]{1,11}$";
    invitation: "^I[0-9A-Z]{1,11}$";
    email: "^[^@ ]+@[^@ ]+$";
    time: "^([0-9]{1,12}(\\.[0-9]{1,6})?|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].+)?)$";
    duration: "^[0-9]{1,9}[smhd]$";
    sha256: "^[0-9a-fA-F]{64}$";
    network: "^[0-9a-fA-F.:]+/[0-9]{1,3}$";
}

macro_rules! lists {
    ($($name:ident of $one:ident;)+) => {$(
        pub(super) fn $name(generator: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "array", "items": $one(generator) })
        }
    )+};
}

lists! {
    teams of team;
    users of user;
    channels of channel;
    networks of network;
}

macro_rules! words {
    ($($name:ident: $($word:literal)+;)+) => {
        $(pub(super) fn $name(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "enum": [$($word),+] })
        })+
    };
}

words! {
    plan: "free" "pro" "business_plus" "enterprise";
    status: "active" "deleted" "migrating" "joining_org";
    who: "everyone" "admins" "nobody";
    who_may_invite: "everyone" "admins";
    discoverability: "open" "invite_only" "closed" "unlisted";
    legacy_methods: "always" "by_date" "never";
    approval: "automatic" "required";
    role: "member" "admin" "owner" "primary_owner";
    guest: "multi_channel" "single_channel";
    stage: "pending" "withdrawn" "joined";
    kind: "public" "private" "im" "mpim";
    delivery: "http" "socket";
    token_kind: "bot" "user" "legacy_bot" "workspace" "app_level" "org" "refresh" "org_refresh";
    standing_answer: "auto_accept" "auto_decline";
    state: "requested" "request_denied" "sent" "revoked" "expired" "pending_approval" "declined" "approved" "disconnected";
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_domain::{channel, invitation, token, user, workspace};
    use serde::{Serialize, de::DeserializeOwned};

    /// Every word is one the type knows, and the last of the type's is among them.
    fn agree<T: DeserializeOwned + Serialize>(words: fn(&mut SchemaGenerator) -> Schema) {
        let schema = words(&mut SchemaGenerator::default()).to_value();
        for word in schema["enum"].as_array().unwrap() {
            let value: T = serde_json::from_value(word.clone()).unwrap();
            assert_eq!(serde_json::to_value(value).unwrap(), *word);
        }
        let Err(unknown) = serde_json::from_str::<T>("\"?\"") else {
            panic!("anything goes")
        };
        let known = unknown.to_string().matches('`').count() / 2 - 1;
        assert_eq!(schema["enum"].as_array().unwrap().len(), known, "{unknown}");
    }

    #[test]
    fn words_are_those_of_the_types() {
        agree::<workspace::Plan>(plan);
        agree::<workspace::Status>(status);
        agree::<workspace::Who>(who);
        agree::<workspace::Discoverability>(discoverability);
        agree::<workspace::LegacyMethods>(legacy_methods);
        agree::<workspace::Approval>(approval);
        agree::<workspace::Delivery>(delivery);
        agree::<user::Role>(role);
        agree::<user::Guest>(guest);
        agree::<user::Stage>(stage);
        agree::<channel::ChannelKind>(kind);
        agree::<token::TokenKind>(token_kind);
        agree::<invitation::State>(state);
        agree::<invitation::StandingAnswer>(standing_answer);
    }

    #[test]
    fn the_schema_is_closed_and_points_inside_itself() {
        let schema = schema();
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["version"]["maximum"], 1);
        assert_eq!(schema["required"], serde_json::json!(["version"]));
        let text = schema.to_string();
        for part in text.split("\"$ref\":\"#/$defs/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schema["$defs"][name].is_object(), "{name}");
            assert_eq!(
                schema["$defs"][name]["additionalProperties"] == false,
                name != "Members" && name != "UserStatus" && name != "Subtype",
                "{name}"
            );
        }
    }
}
