//! What each method is given and gives, as a client writes and reads it.
//!
//! The pages of `guestlist-methods` say what a method is, and how the server reads its arguments
//! and writes its answers. A client needs the opposite: arguments that are easy to write, and
//! answers that are read leniently, since another server may leave keys out and will add some.
//! All answers are at hand whole in their [`Envelope`](crate::Envelope).

/// Declares the types of methods: a module each, beside which the method's name stands.
macro_rules! methods {
    ($(
        $(#[$about:meta])*
        $module:ident: $page:path, $name:ident {
            $($(#[$given_doc:meta])* $given:ident: $given_type:ty,)*
        } -> {
            $($(#[$got_doc:meta])* $got:ident: $got_type:ty,)*
        }
    )+) => {$(
        pub use $module::$name;

        $(#[$about])*
        pub mod $module {
            #[allow(unused_imports, reason = "not every method has use for each")]
            use crate::objects::*;
            use $page as page;
            pub use page::$name;

            /// Its own codes.
            pub type Error = <$name as guestlist_methods::Contract>::Error;

            /// What is given.
            #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
            pub struct Args {
                $($(#[$given_doc])* pub $given: $given_type,)*
            }

            /// What is got.
            #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
            #[serde(default)]
            pub struct Reply {
                $($(#[$got_doc])* pub $got: $got_type,)*
            }

            impl crate::Method for $name {
                type Given = Args;
                type Got = Reply;
            }
        }
    )+};
}

/// Says what there are pages of.
macro_rules! pages {
    ($($module:ident::$name:ident: $field:ident of $item:ty;)+) => {$(
        impl crate::Paged for $module::$name {
            type Item = $item;
            fn cursor(given: &mut $module::Args) -> &mut Option<String> {
                &mut given.cursor
            }
            fn items(got: $module::Reply) -> Vec<$item> {
                got.$field
            }
        }
    )+};
}

pub mod admin;
pub mod api;
pub mod auth;
pub mod bots;
pub mod channels;
pub mod chat;
pub mod conversations;
pub mod groups;
pub mod team;
pub mod usergroups;
pub mod users;
pub mod views;

#[cfg(test)]
mod tests;
