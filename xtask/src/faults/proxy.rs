//! A TCP proxy that cuts, delays and truncates.

use std::io::{Read, Result as Io, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// Where a proxy leads.
pub(super) enum Target {
    Tcp(String),
    Unix(PathBuf),
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// From who connects.
    Up,
    Down,
}

pub(super) struct Proxy {
    /// `HOST:PORT`
    pub(super) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: Target,
    /// Every connection that somebody still carries.
    links: Mutex<Vec<Weak<Link>>>,
    delay: AtomicU64,
    /// Of each way the bytes that still come through before the connection they come by is cut;
    /// negative: all of them.
    left: [AtomicI64; 2],
}

/// A connection and the one that it leads to.
struct Link {
    near: Stream,
    far: Stream,
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Proxy {
    pub(super) fn start(target: Target) -> Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared {
            target,
            links: Mutex::default(),
            delay: AtomicU64::new(0),
            left: [AtomicI64::new(-1), AtomicI64::new(-1)],
        });
        let proxy = Proxy {
            address,
            shared: shared.clone(),
        };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Io::ok) {
                // Where nobody is behind it, there is nothing in front of it either.
                let _ = shared.carry(stream);
            }
        });
        Ok(proxy)
    }

    /// Cuts every connection.
    pub(super) fn cut(&self) {
        for link in lock(&self.shared.links).drain(..) {
            link.upgrade().iter().for_each(|link| link.cut());
        }
    }

    /// Lets so many more bytes through, and cuts in the middle of what comes then.
    pub(super) fn truncate(&self, way: Way, bytes: u64) {
        self.shared.left[way as usize].store(bytes as i64, Ordering::SeqCst);
    }

    /// Holds everything up for so long.
    pub(super) fn delay(&self, by: Duration) {
        let millis = by.as_millis() as u64;
        self.shared.delay.store(millis, Ordering::SeqCst);
    }
}

impl Shared {
    fn carry(self: &Arc<Self>, near: TcpStream) -> Io<()> {
        near.set_nodelay(true)?;
        let far = match &self.target {
            Target::Tcp(address) => {
                let far = TcpStream::connect(address)?;
                far.set_nodelay(true)?;
                Stream::Tcp(far)
            }
            Target::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
        };
        let near = Stream::Tcp(near);
        let link = Arc::new(Link { near, far });
        {
            let mut links = lock(&self.links);
            links.retain(|link| link.strong_count() > 0);
            links.push(Arc::downgrade(&link));
        }
        for way in [Way::Up, Way::Down] {
            let (shared, link) = (self.clone(), link.clone());
            thread::spawn(move || shared.pump(&link, way));
        }
        Ok(())
    }

    fn pump(&self, link: &Link, way: Way) {
        let (from, to) = match way {
            Way::Up => (&link.near, &link.far),
            Way::Down => (&link.far, &link.near),
        };
        let mut bytes = [0; 16 * 1024];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            let delay = self.delay.load(Ordering::SeqCst);
            if delay > 0 {
                super::pause(Duration::from_millis(delay));
            }
            if let Some(end) = self.cuts_after(way, read) {
                let _ = to.write_all(&bytes[..end]);
                return link.cut();
            }
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        // What goes the other way may still be on its way.
        to.shutdown(Shutdown::Write);
        from.shutdown(Shutdown::Read);
    }

    /// How much of so many bytes comes through, if not all.
    fn cuts_after(&self, way: Way, read: usize) -> Option<usize> {
        let left = &self.left[way as usize];
        let mut cut = None;
        let _ = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            let short = left >= 0 && left < read as i64;
            cut = short.then_some(left as usize);
            match (left, short) {
                (..0, _) => None,
                (_, true) => Some(-1),
                (_, false) => Some(left - read as i64),
            }
        });
        cut
    }
}

impl Link {
    fn cut(&self) {
        self.near.shutdown(Shutdown::Both);
        self.far.shutdown(Shutdown::Both);
    }
}

impl Stream {
    /// Fails on a connection that is gone, which is as good.
    fn shutdown(&self, how: Shutdown) {
        let _ = match self {
            Stream::Tcp(stream) => stream.shutdown(how),
            Stream::Unix(stream) => stream.shutdown(how),
        };
    }

    fn read(&self, bytes: &mut [u8]) -> Io<usize> {
        match self {
            Stream::Tcp(stream) => (&mut &*stream).read(bytes),
            Stream::Unix(stream) => (&mut &*stream).read(bytes),
        }
    }

    fn write_all(&self, bytes: &[u8]) -> Io<()> {
        match self {
            Stream::Tcp(stream) => (&mut &*stream).write_all(bytes),
            Stream::Unix(stream) => (&mut &*stream).write_all(bytes),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says everything back.
    fn echo() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Io::ok) {
                thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
            }
        });
        address
    }

    fn heard(proxy: &Proxy, said: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&proxy.address).unwrap();
        let _ = stream.write_all(said);
        let _ = stream.shutdown(Shutdown::Write);
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        heard
    }

    #[test]
    fn bytes_come_through_until_they_are_to_be_cut() {
        let proxy = Proxy::start(Target::Tcp(echo())).unwrap();
        assert_eq!(heard(&proxy, b"one two three"), b"one two three");
        proxy.truncate(Way::Up, 7);
        assert!(b"one two".starts_with(&heard(&proxy, b"one two three")));
        // That one only.
        assert_eq!(heard(&proxy, b"four"), b"four");
        proxy.truncate(Way::Down, 2);
        assert!(b"on".starts_with(&heard(&proxy, b"one")));
        assert_eq!(heard(&proxy, b"four"), b"four");

        let mut stream = TcpStream::connect(&proxy.address).unwrap();
        stream.write_all(b"x").unwrap();
        let mut one = [0];
        stream.read_exact(&mut one).unwrap();
        proxy.cut();
        assert!(matches!(stream.read(&mut one), Ok(0) | Err(_)));
    }
}
