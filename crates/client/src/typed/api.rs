//! `api.*`

use guestlist_methods::{api::test as page, contract::NoErrors};
use serde_json::{Map, Value};

pub use page::Test;

/// `api.test`: are calls understood?
impl crate::Method for Test {
    /// Anything: it comes back.
    type Given = Map<String, Value>;
    type Got = Reply;
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(default)]
pub struct Reply {
    /// The arguments as they were understood.
    pub args: Map<String, Value>,
}

/// It has no codes of its own.
pub type Error = NoErrors;
