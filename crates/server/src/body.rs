//! Bodies of calls as they come: none is larger than its limit, and large ones together hold no more
//! than a budget, however many strangers send them at once.

use crate::gzip;
use bytes::{Bytes, BytesMut};
use guestlist_methods::common::Common;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;
use hyper::body::Body;
use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A body of so many bytes asks nobody.
const SMALL: usize = 64 << 10;
/// What larger ones that are under way may hold together, in the budget's units.
const BUDGET: usize = (64 << 20) / UNIT;
const UNIT: usize = 1 << 10;

/// The budget of all large bodies.
#[derive(Clone)]
pub(crate) struct Bodies(Arc<Semaphore>);

/// A body, and what it has of the budget for as long as its call goes on.
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET)))
    }
}

impl Bodies {
    /// All of a body, of which so much was announced. It is refused where it is larger than `limit`, and
    /// where it takes longer than `patience`, also because there is no room for it.
    async fn receive<B: Body<Data = Bytes> + Unpin>(
        &self,
        body: B,
        announced: Option<u64>,
        limit: usize,
        patience: Duration,
    ) -> Result<Received, Common> {
        let mut gathering = Gathering {
            body,
            limit,
            came: Came::default(),
        };
        // Most bodies came with their head: no timer for those.
        let at_once = {
            let mut gather = pin!(gathering.gather(SMALL));
            poll_fn(|cx| Poll::Ready(gather.as_mut().poll(cx))).await
        };
        if let Poll::Ready(ended) = at_once
            && ended?
        {
            return Ok(gathering.done(None));
        }
        // In a box: most calls do not come here, and their future is no larger for it.
        let rest = Box::pin(self.rest(gathering, announced));
        let received = tokio::time::timeout(patience, rest).await;
        received.unwrap_or(Err(Common::RequestTimeout))
    }

    async fn rest<B: Body<Data = Bytes> + Unpin>(
        &self,
        mut gathering: Gathering<B>,
        announced: Option<u64>,
    ) -> Result<Received, Common> {
        if gathering.gather(SMALL).await? {
            return Ok(gathering.done(None));
        }
        // All that it may need at once: two that have half each would wait for each other.
        let announced = announced.and_then(|length| usize::try_from(length).ok());
        let most = announced.map_or(gathering.limit, |length| length.min(gathering.limit));
        let room = self.room(most).await?;
        gathering.came.expect(announced.map(|_| most));
        gathering.gather(usize::MAX).await?;
        Ok(gathering.done(Some(room)))
    }

    /// All of a body, unpacked where its head says that it is packed. Neither form is larger than `limit`.
    pub(crate) async fn unpacked<B: Body<Data = Bytes> + Unpin>(
        &self,
        head: &HeaderMap,
        body: B,
        limit: usize,
        patience: Duration,
    ) -> Result<Received, Common> {
        let announced = head.get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(Common::InvalidArguments);
        }
        if body.is_end_stream() {
            return Ok(Received {
                bytes: Bytes::new(),
                _room: None,
            });
        }
        let body = self.receive(body, announced, limit, patience).await?;
        let encoding = head.get(header::CONTENT_ENCODING);
        match encoding.map(HeaderValue::as_bytes) {
            None | Some(b"identity") => Ok(body),
            Some(_) if body.bytes.is_empty() => Ok(body),
            Some(b"gzip") => {
                let unpack = |packed: &[u8]| {
                    gzip::decompress(packed, limit).map_err(|bad| match bad {
                        gzip::Bad::Broken => Common::InvalidFormData,
                        gzip::Bad::TooLarge => Common::InvalidArguments,
                    })
                };
                let unpacking = self.unpack(body, limit, patience, unpack);
                Box::pin(unpacking).await
            }
            Some(_) => Err(Common::InvalidFormData),
        }
    }

    /// Unpacks a body to at most `limit` bytes. It has room for them first.
    async fn unpack(
        &self,
        packed: Received,
        limit: usize,
        patience: Duration,
        unpack: impl FnOnce(&[u8]) -> Result<Vec<u8>, Common>,
    ) -> Result<Received, Common> {
        let Received { bytes, _room: room } = packed;
        // What it came in is given back: who holds one and waits for another may wait for ever.
        drop(room);
        let room = tokio::time::timeout(patience, self.room(limit)).await;
        let room = room.unwrap_or(Err(Common::RequestTimeout))?;
        Ok(Received {
            bytes: unpack(&bytes)?.into(),
            _room: Some(room),
        })
    }

    async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Common> {
        let units = bytes.div_ceil(UNIT).min(BUDGET);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let room = self.0.clone().acquire_many_owned(units).await;
        room.map_err(|_| Common::InternalError)
    }
}

/// A body of which a part has come.
struct Gathering<B> {
    body: B,
    limit: usize,
    came: Came,
}

impl<B: Body<Data = Bytes> + Unpin> Gathering<B> {
    /// Goes on until it has ended, which is `true`, or more than `most` bytes came.
    async fn gather(&mut self, most: usize) -> Result<bool, Common> {
        while self.came.len() <= most {
            let Some(frame) = self.body.frame().await else {
                return Ok(true);
            };
            let frame = frame.map_err(|_| Common::RequestTimeout)?;
            // Trailers say nothing here.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.len() > self.limit - self.came.len() {
                return Err(Common::InvalidArguments);
            }
            self.came.add(data);
        }
        Ok(false)
    }

    fn done(self, room: Option<OwnedSemaphorePermit>) -> Received {
        Received {
            bytes: self.came.into_bytes(),
            _room: room,
        }
    }
}

/// What has come. What came in one piece is not copied.
#[derive(Default)]
enum Came {
    #[default]
    Nothing,
    Once(Bytes),
    Often(BytesMut),
}

impl Came {
    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Once(bytes) => bytes.len(),
            Self::Often(bytes) => bytes.len(),
        }
    }

    fn add(&mut self, data: Bytes) {
        match self {
            Self::Nothing => *self = Self::Once(data),
            Self::Once(first) if first.is_empty() => *first = data,
            Self::Once(first) => {
                let mut bytes = BytesMut::with_capacity(first.len() + data.len());
                bytes.extend_from_slice(first);
                bytes.extend_from_slice(&data);
                *self = Self::Often(bytes);
            }
            Self::Often(bytes) => bytes.extend_from_slice(&data),
        }
    }

    /// Makes room for all of it, where it is known how much that is.
    fn expect(&mut self, length: Option<usize>) {
        let Some(length) = length else {
            return;
        };
        let mut bytes = BytesMut::with_capacity(length);
        match std::mem::take(self) {
            Self::Nothing => {}
            Self::Once(first) => bytes.extend_from_slice(&first),
            Self::Often(first) => bytes.extend_from_slice(&first),
        }
        *self = Self::Often(bytes);
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::Once(bytes) => bytes,
            Self::Often(bytes) => bytes.freeze(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    const PATIENCE: Duration = Duration::from_millis(50);
    const LIMIT: usize = 1 << 20;

    fn body(length: usize) -> Full<Bytes> {
        Full::new(vec![7; length].into())
    }

    /// With a budget of so many bytes.
    fn bodies(budget: usize) -> Bodies {
        Bodies(Arc::new(Semaphore::new(budget / UNIT)))
    }

    async fn receive(bodies: &Bodies, length: usize) -> Result<Received, Common> {
        let announced = Some(length as u64);
        bodies
            .receive(body(length), announced, LIMIT, PATIENCE)
            .await
    }

    #[tokio::test]
    async fn large_bodies_wait_for_room_and_small_ones_do_not() {
        let bodies = bodies(256 << 10);
        let large = SMALL + 1;
        let held = receive(&bodies, 200 << 10).await.unwrap();
        assert_eq!(held.bytes.len(), 200 << 10);
        assert_eq!(receive(&bodies, SMALL).await.unwrap().bytes.len(), SMALL);
        let late = receive(&bodies, large).await.err();
        assert_eq!(late, Some(Common::RequestTimeout));
        let free = async {
            tokio::task::yield_now().await;
            drop(held);
        };
        let (received, ()) = tokio::join!(receive(&bodies, large), free);
        assert_eq!(received.unwrap().bytes, vec![7; large]);
    }

    #[tokio::test]
    async fn a_packed_body_has_room_for_what_it_may_become() {
        let bodies = bodies(LIMIT);
        let unpack = async || {
            let packed = receive(&bodies, 10).await.unwrap();
            let twice = |packed: &[u8]| Ok([packed, packed].concat());
            bodies.unpack(packed, LIMIT, PATIENCE, twice).await
        };
        let unpacked = unpack().await.unwrap();
        assert_eq!(unpacked.bytes.len(), 20);
        assert_eq!(unpack().await.err(), Some(Common::RequestTimeout));
        drop(unpacked);
        assert!(unpack().await.is_ok());
    }

    #[tokio::test]
    async fn who_does_not_say_how_much_comes_has_room_for_the_most() {
        let bodies = bodies(LIMIT);
        let small = receive(&bodies, SMALL + 1).await.unwrap();
        let unknown = bodies.receive(body(SMALL + 1), None, LIMIT, PATIENCE);
        assert_eq!(unknown.await.err(), Some(Common::RequestTimeout));
        drop(small);
        let unknown = bodies.receive(body(SMALL + 1), None, LIMIT, PATIENCE);
        assert_eq!(unknown.await.unwrap().bytes.len(), SMALL + 1);
    }

    #[tokio::test]
    async fn a_body_larger_than_its_limit_is_refused_whatever_was_announced() {
        for announced in [None, Some(1)] {
            let received = Bodies::default()
                .receive(body(LIMIT + 1), announced, LIMIT, PATIENCE)
                .await;
            assert_eq!(received.err(), Some(Common::InvalidArguments));
        }
    }

    #[test]
    fn what_came_in_pieces_is_put_together() {
        for expected in [None, Some(6)] {
            let mut came = Came::default();
            for piece in ["ab", "", "cd"] {
                came.add(Bytes::from_static(piece.as_bytes()));
            }
            came.expect(expected);
            came.add(Bytes::from_static(b"ef"));
            assert_eq!((came.len(), &came.into_bytes()[..]), (6, &b"abcdef"[..]));
        }
    }
}
