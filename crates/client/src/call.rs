//! Typed calls.

use crate::{
    arguments::Arguments,
    client::Client,
    envelope::{Envelope, ErrorCode},
    failure::Failure,
};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use guestlist_methods::{Code, Contract};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::HashSet, ops::Deref, str::FromStr};

/// A method that can be called with types: its page, what is given, and what is got.
pub trait Method: Contract<Error: FromStr> {
    /// What is given.
    type Given: Serialize + Send + Sync;
    /// What is got.
    type Got: DeserializeOwned + Send;
}

/// A method that answers page by page.
pub trait Paged: Method {
    /// What there are pages of.
    type Item: Send;
    /// Where to go on.
    fn cursor(given: &mut Self::Given) -> &mut Option<String>;
    /// What is on a page.
    fn items(got: Self::Got) -> Vec<Self::Item>;
}

/// What was got, with the envelope it came in.
#[derive(Clone, Debug)]
pub struct Answer<R> {
    /// What was got.
    pub reply: R,
    /// All that came.
    pub envelope: Envelope,
}

impl<R> Deref for Answer<R> {
    type Target = R;
    fn deref(&self) -> &R {
        &self.reply
    }
}

/// A refusal.
#[derive(Clone, Debug)]
pub struct Refusal<E> {
    /// Why.
    pub code: ErrorCode<E>,
    /// Why for single people, where the method says so.
    pub people: Vec<(String, ErrorCode<E>)>,
    /// All that came.
    pub envelope: Envelope,
}

/// Why a typed call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError<E: Code + FromStr> {
    /// The method said no.
    #[error("refused: {}", .0.code)]
    Refused(Box<Refusal<E>>),
    /// It succeeded, and what it answers has another shape than expected.
    #[error("the answer does not have the shape expected")]
    Unexpected {
        /// What is different.
        #[source]
        source: serde_json::Error,
        /// All that came.
        envelope: Box<Envelope>,
    },
    /// There is no answer.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl<E: Code + FromStr + PartialEq> CallError<E> {
    /// Whether it is this refusal.
    pub fn is(&self, code: E) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == ErrorCode::Own(code))
    }
}

impl<E: Code + FromStr> CallError<E> {
    /// What came, if an answer came.
    pub fn envelope(&self) -> Option<&Envelope> {
        match self {
            Self::Refused(refusal) => Some(&refusal.envelope),
            Self::Unexpected { envelope, .. } => Some(envelope),
            Self::Failed(_) => None,
        }
    }
}

impl Client {
    /// Calls a method by name. A refusal is an answer like any other.
    pub async fn raw(&self, method: &str, arguments: &Arguments) -> Result<Envelope, Failure> {
        self.perform(method, arguments).await.into_envelope()
    }

    /// Calls a method with its types.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use guestlist_client::{Client, CallError, conversations::{Invite, invite}};
    ///
    /// let client = Client::new("http://127.0.0.1:3999", "xoxb-sample-greeter")?;
    /// let whom = invite::Args {
    ///     channel: "C0WELCOME".into(),
    ///     users: vec!["U0BEN".into()],
    ///     ..Default::default()
    /// };
    /// match client.call::<Invite>(whom).await {
    ///     Ok(answer) => println!("invited to {}", answer.channel.name),
    ///     Err(error) if error.is(invite::Error::NotInChannel) => println!("let me in first"),
    ///     Err(CallError::Refused(refusal)) => {
    ///         for (user, code) in &refusal.people {
    ///             println!("{user}: {code}");
    ///         }
    ///     }
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call<M: Method>(
        &self,
        given: M::Given,
    ) -> Result<Answer<M::Got>, CallError<M::Error>> {
        let envelope = self.raw(M::SPEC.name, &Arguments::of(&given)).await?;
        if let Some(code) = envelope.error() {
            return Err(CallError::Refused(Box::new(Refusal {
                code: ErrorCode::read(code),
                people: envelope.people(),
                envelope,
            })));
        }
        match M::Got::deserialize(&envelope.body) {
            Ok(reply) => Ok(Answer { reply, envelope }),
            Err(source) => Err(CallError::Unexpected {
                source,
                envelope: Box::new(envelope),
            }),
        }
    }

    /// The pages of a method, each when it is asked for, from `given`'s cursor on. A cursor that
    /// comes a second time is [`Failure::Endless`].
    pub fn pages<M: Paged>(
        &self,
        given: M::Given,
    ) -> impl Stream<Item = Result<Answer<M::Got>, CallError<M::Error>>> + Send
    where
        M::Given: Clone,
        M::Error: Send + Sync,
    {
        let client = self.clone();
        stream::try_unfold(Some((given, HashSet::new())), move |state| {
            let client = client.clone();
            async move {
                let Some((mut given, mut seen)) = state else {
                    return Ok(None);
                };
                let page = client.call::<M>(given.clone()).await?;
                let Some(cursor) = page.envelope.next_cursor().map(str::to_owned) else {
                    return Ok(Some((page, None)));
                };
                seen.extend(M::cursor(&mut given).take());
                if seen.contains(&cursor) {
                    return Err(Failure::Endless.into());
                }
                *M::cursor(&mut given) = Some(cursor);
                Ok(Some((page, Some((given, seen)))))
            }
        })
    }

    /// Everything on the pages of a method, one by one.
    ///
    /// ```no_run
    /// # async fn example(client: guestlist_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures_util::TryStreamExt;
    /// use guestlist_client::conversations::{Members, members};
    ///
    /// let of = members::Args { channel: "C0WELCOME".into(), ..Default::default() };
    /// let members: Vec<String> = client.items::<Members>(of).try_collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn items<M: Paged>(
        &self,
        given: M::Given,
    ) -> impl Stream<Item = Result<M::Item, CallError<M::Error>>> + Send
    where
        M::Given: Clone,
        M::Error: Send + Sync,
    {
        let rows = |page: Answer<M::Got>| stream::iter(M::items(page.reply)).map(Ok);
        self.pages::<M>(given).map_ok(rows).try_flatten()
    }
}
