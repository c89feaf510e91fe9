//! A server that says what a test wants it to say, badly if need be.

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What the peer does with a request.
pub(crate) enum Say {
    /// Sends this and goes on with the connection.
    This(Vec<u8>),
    /// Sends this and closes the connection.
    Last(Vec<u8>),
    /// Closes the connection.
    Nothing,
    /// Keeps the connection open and says nothing.
    Wait,
}

/// A running peer.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// A connection, plain or not.
pub(crate) trait Line: Read + Write + Send {}

impl<T: Read + Write + Send> Line for T {}

impl Peer {
    /// Answers the nth request (from 0) as `script` says, which sees the whole request.
    pub(crate) fn start(script: impl Fn(usize, &str) -> Say + Send + Sync + 'static) -> Self {
        Self::over(|stream| Box::new(stream), script)
    }

    /// The same over what `wrap` makes of a connection.
    pub(crate) fn over(
        wrap: impl Fn(TcpStream) -> Box<dyn Line> + Send + Sync + 'static,
        script: impl Fn(usize, &str) -> Say + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = Self {
            address: listener.local_addr().unwrap().to_string(),
            requests: Arc::default(),
        };
        let requests = peer.requests.clone();
        let (wrap, script) = (Arc::new(wrap), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (requests, wrap, script) = (requests.clone(), wrap.clone(), script.clone());
                thread::spawn(move || serve(wrap(stream), &requests, &*script));
            }
        });
        peer
    }

    /// Its API.
    pub(crate) fn base(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// What it was asked, in order.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The methods it was asked for and their bodies, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        let call = |request: &String| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            let method = path.rsplit('/').next().unwrap_or_default();
            let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
            format!("{method} {body}")
        };
        self.requests().iter().map(call).collect()
    }
}

fn serve(
    mut line: Box<dyn Line>,
    requests: &Mutex<Vec<String>>,
    script: &(dyn Fn(usize, &str) -> Say + Send + Sync),
) {
    while let Some(request) = read(&mut *line) {
        let number = {
            let mut requests = requests.lock().unwrap();
            requests.push(request.clone());
            requests.len() - 1
        };
        match script(number, &request) {
            Say::This(bytes) => {
                let _ = line.write_all(&bytes);
            }
            Say::Last(bytes) => {
                let _ = line.write_all(&bytes);
                return;
            }
            Say::Nothing => return,
            Say::Wait => {}
        }
    }
}

fn read(line: &mut dyn Line) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, length)| length.parse().unwrap());
            if body.len() >= length {
                return Some(text.into_owned());
            }
        }
        let mut buffer = [0; 65536];
        match line.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
}

/// An answer with a status line such as `200 OK`, headers ending in `\r\n`, and a body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Say {
    let length = body.len();
    Say::This(
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}").into(),
    )
}

/// A usual answer.
pub(crate) fn json(body: &str) -> Say {
    answer(
        "200 OK",
        "content-type: application/json; charset=utf-8\r\n",
        body,
    )
}

/// The CA that signed the peer's certificate.
pub(crate) const CA: &[u8] = include_bytes!("certs/ca.pem");

/// Makes TLS of a connection, with the certificate of the tests.
pub(crate) fn tls() -> impl Fn(TcpStream) -> Box<dyn Line> + Send + Sync + 'static {
    tls_with(include_bytes!("certs/server.pem"))
}

/// The same with another certificate of the same key.
pub(crate) fn tls_with(
    certificate: &[u8],
) -> impl Fn(TcpStream) -> Box<dyn Line> + Send + Sync + 'static {
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("certs/server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    move |stream| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        Box::new(StreamOwned::new(connection, stream))
    }
}
