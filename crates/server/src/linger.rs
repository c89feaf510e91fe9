//! Connections that end while their other end still sends. Were such a one closed at once, the system would
//! answer what comes on with a reset, and the other end would never read the answer that it was given.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep},
};

/// The most connections that are waited for at once; further ones are closed as they are.
const MOST: usize = 256;

/// How long one is waited for.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// While nothing comes.
    quiet: Duration,
    /// Whatever comes.
    longest: Duration,
    /// How much may come.
    bytes: usize,
}

const LIMITS: Limits = Limits {
    quiet: Duration::from_secs(2),
    longest: Duration::from_secs(10),
    bytes: 64 << 20,
};

/// Room for connections that are waited for, all those of a server together. A server that stops has none.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
    /// Gives nothing to anybody; closed, it wakes all who are waited for.
    open: Arc<Semaphore>,
    limits: Limits,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(MOST, LIMITS)
    }
}

impl Room {
    fn of(places: usize, limits: Limits) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            open: Arc::new(Semaphore::new(0)),
            limits,
        }
    }

    /// From here on nobody is waited for any more, nor any longer.
    pub(crate) fn close(&self) {
        self.places.close();
        self.open.close();
    }
}

/// A stream that is closed once the other end has closed it, too, or was waited for long enough. What comes
/// meanwhile is dropped.
pub(crate) struct Lingering<S> {
    stream: S,
    room: Room,
    closing: Closing,
}

enum Closing {
    Not,
    Waiting(Box<Waiting>),
    Done,
}

struct Waiting {
    left: usize,
    end: Instant,
    quiet: Duration,
    patience: Pin<Box<Sleep>>,
    closed: Pin<Box<dyn Future<Output = ()> + Send>>,
    _place: OwnedSemaphorePermit,
}

impl<S> Lingering<S> {
    pub(crate) fn new(stream: S, room: Room) -> Self {
        Self {
            stream,
            room,
            closing: Closing::Not,
        }
    }

    /// What becomes of a stream to which nothing is written any more.
    fn closing(&self) -> Closing {
        let Limits {
            quiet,
            longest,
            bytes,
        } = self.room.limits;
        let open = self.room.open.clone();
        let closed = async move {
            let _ = open.acquire().await;
        };
        match self.room.places.clone().try_acquire_owned() {
            Ok(place) => Closing::Waiting(Box::new(Waiting {
                left: bytes,
                end: Instant::now() + longest,
                quiet,
                patience: Box::pin(sleep(quiet)),
                closed: Box::pin(closed),
                _place: place,
            })),
            Err(_) => Closing::Done,
        }
    }
}

impl Waiting {
    /// Ready when there is nothing to wait for any more.
    fn poll<S: AsyncRead + Unpin>(&mut self, stream: &mut S, cx: &mut Context<'_>) -> Poll<()> {
        if self.closed.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut dropped = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut dropped);
            let Poll::Ready(read) = Pin::new(&mut *stream).poll_read(cx, &mut buffer) else {
                return self.patience.as_mut().poll(cx);
            };
            let length = buffer.filled().len();
            let now = Instant::now();
            if read.is_err() || length == 0 || length >= self.left || now >= self.end {
                return Poll::Ready(());
            }
            self.left -= length;
            self.patience.as_mut().reset(self.end.min(now + self.quiet));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Closing::Not = this.closing {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.closing = this.closing();
        }
        if let Closing::Waiting(waiting) = &mut this.closing {
            ready!(waiting.poll(&mut this.stream, cx));
            this.closing = Closing::Done;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        time::timeout,
    };

    const LIMITS: Limits = Limits {
        quiet: Duration::from_millis(200),
        longest: Duration::from_millis(600),
        bytes: 1 << 20,
    };
    const EVER: Duration = Duration::from_secs(3600);

    /// A stream that is waited for, and its other end.
    fn pair(room: Room) -> (Lingering<DuplexStream>, DuplexStream) {
        let (near, far) = duplex(1 << 14);
        (Lingering::new(near, room), far)
    }

    /// How long it takes to close a stream.
    async fn close(mut near: Lingering<DuplexStream>) -> Duration {
        let began = Instant::now();
        near.shutdown().await.unwrap();
        began.elapsed()
    }

    #[tokio::test]
    async fn who_still_sends_is_waited_for_and_reads_the_answer() {
        let (mut near, mut far) = pair(Room::default());
        near.write_all(b"no").await.unwrap();
        let send = async move {
            for _ in 0..100 {
                far.write_all(&[7; 50_000]).await.unwrap();
            }
            let mut answer = String::new();
            far.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let (_, answer) = tokio::join!(close(near), send);
        assert_eq!(answer, "no");
    }

    #[tokio::test]
    async fn nobody_is_waited_for_longer_than_a_while() {
        // Neither who says nothing,
        let (near, mut far) = pair(Room::of(1, LIMITS));
        assert!(close(near).await >= LIMITS.quiet);
        assert_eq!(far.read(&mut [0]).await.unwrap(), 0);
        // nor who never ends,
        let (near, mut far) = pair(Room::of(1, LIMITS));
        let drip = async move {
            while far.write_all(&[7]).await.is_ok() {
                sleep(LIMITS.quiet / 4).await;
            }
        };
        let (waited, ()) = tokio::join!(close(near), drip);
        assert!(waited >= LIMITS.quiet, "{waited:?}");
        // nor for more than so many bytes.
        let patient = Limits {
            quiet: EVER,
            longest: EVER,
            ..LIMITS
        };
        let (near, mut far) = pair(Room::of(1, patient));
        let flood = async move {
            let mut sent = 0;
            while far.write_all(&[7; 1 << 14]).await.is_ok() {
                sent += 1 << 14;
            }
            sent
        };
        let (_, sent) = tokio::join!(close(near), flood);
        let most = LIMITS.bytes + (1 << 15);
        assert!((LIMITS.bytes - (1 << 14)..most).contains(&sent), "{sent}");
    }

    #[tokio::test]
    async fn without_room_and_while_the_server_stops_nobody_is_waited_for() {
        let patient = Limits {
            quiet: EVER,
            ..LIMITS
        };
        let room = Room::of(1, patient);
        let (mut first, _first) = pair(room.clone());
        assert!(timeout(LIMITS.quiet, first.shutdown()).await.is_err());
        let (second, _second) = pair(room.clone());
        close(second).await;
        drop(first);
        let (mut third, _third) = pair(room.clone());
        assert!(timeout(LIMITS.quiet, third.shutdown()).await.is_err());
        // Nor any longer.
        let waited = tokio::spawn(close(third));
        tokio::task::yield_now().await;
        room.close();
        let ended = timeout(Duration::from_secs(20), waited).await;
        assert!(ended.unwrap().unwrap() < EVER);
        let (last, _last) = pair(room);
        close(last).await;
    }
}
