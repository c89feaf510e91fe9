//! Socket Mode: an app connects, and its events come down the connection.

mod tokens;

use futures_util::{SinkExt, StreamExt};
use guestlist_domain::{AppId, Timestamp, TokenHash, hex};
use guestlist_store::{Clock, Store, StoreError, world::token_hash};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{Role, WebSocketConfig},
    },
};

/// Connections that an app may have open.
const MOST: usize = 10;
/// How long a ticket admits, in seconds.
const TICKET_SECONDS: i64 = 60;
/// How long a connection lives, in seconds; shorter when a client asks for it.
const LIFE_SECONDS: i64 = 3600;
const DEBUG_LIFE_SECONDS: i64 = 360;
/// How long before its end a connection is warned.
const WARNING_SECONDS: i64 = 10;
/// How often the server asks whether a client is there, and after how many silent times it is not.
const PING: Duration = Duration::from_secs(10);
const SILENT: u32 = 4;
/// How long a client may take to leave once it was told to.
const LEAVING: Duration = Duration::from_secs(10);
/// Acknowledgements are short.
const MOST_BYTES: usize = 1 << 20;
/// What is read of a connection at once, which it keeps for that.
const READ_BYTES: usize = 4 << 10;
/// What this server calls itself.
const HOST: &str = "guestlist";

/// Every connection.
#[derive(Clone)]
pub(crate) struct Sockets(Arc<Inner>);

struct Inner {
    clock: Clock,
    /// When this server began, as a `hello` tells it.
    started: String,
    state: Mutex<State>,
    /// Told of apps that have connected.
    connected: mpsc::UnboundedSender<AppId>,
    /// Told of each connection: its token may have died since it was admitted.
    entered: Notify,
    closing: watch::Sender<bool>,
}

/// Whom a ticket admits, and the token it was given for.
#[derive(Clone, Copy)]
pub(crate) struct Pass {
    pub(crate) app: AppId,
    pub(crate) token: TokenHash,
}

#[derive(Default)]
struct State {
    /// Those of a store that nobody shares.
    tickets: HashMap<String, (Pass, Timestamp)>,
    /// Whoever was sent something last is the last.
    apps: HashMap<AppId, Vec<Connection>>,
    next: u64,
}

impl State {
    fn leave(&mut self, app: AppId, id: u64) {
        if let Some(connections) = self.apps.get_mut(&app) {
            connections.retain(|connection| connection.id != id);
            if connections.is_empty() {
                self.apps.remove(&app);
            }
        }
    }
}

struct Connection {
    id: u64,
    /// What it was opened with. It ends when that is good no more.
    token: TokenHash,
    send: mpsc::UnboundedSender<Down>,
    /// Held once more by each attempt that waits for an acknowledgement.
    waiting: Arc<()>,
}

/// Told when an envelope is acknowledged, and of what came with that.
type Acknowledged = oneshot::Sender<Option<Value>>;

/// What goes down a connection.
enum Down {
    Envelope {
        id: String,
        text: String,
        acknowledged: Acknowledged,
    },
    /// The end of the connection, and why.
    Disconnect(&'static str),
}

impl Sockets {
    pub(super) fn new(clock: Clock, connected: mpsc::UnboundedSender<AppId>) -> Self {
        let started = jiff::Timestamp::from_microsecond(clock.now().0).unwrap_or_default();
        Self(Arc::new(Inner {
            started: started.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string(),
            clock,
            state: Mutex::default(),
            connected,
            entered: Notify::new(),
            closing: watch::Sender::new(false),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a ticket admit an app once, here or at any node on the same database, as long as its
    /// token is good.
    pub(crate) async fn keep(
        &self,
        store: &Store,
        ticket: String,
        pass: Pass,
    ) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        let until = Timestamp(now.0.saturating_add(TICKET_SECONDS * 1_000_000));
        if store.is_shared() {
            let Pass { app, token } = pass;
            let ticket = token_hash(&ticket);
            return store.keep_ticket(ticket, app, token, until).await;
        }
        let mut state = self.state();
        state.tickets.retain(|_, (_, until)| *until > now);
        state.tickets.insert(ticket, (pass, until));
        Ok(())
    }

    /// Whom a ticket admits. It is spent.
    pub(crate) async fn admit(
        &self,
        store: &Store,
        ticket: &str,
    ) -> Result<Option<Pass>, StoreError> {
        let now = self.0.clock.now();
        let pass = if store.is_shared() {
            let taken = store.take_ticket(token_hash(ticket)).await?;
            taken.map(|(app, token)| Pass { app, token })
        } else {
            let kept = self.state().tickets.remove(ticket);
            kept.filter(|(_, until)| *until > now).map(|(pass, _)| pass)
        };
        let Some(pass) = pass else {
            return Ok(None);
        };
        let living = tokens::living(store, pass.token, now).await?;
        Ok(living.map(|_| pass))
    }

    /// Whether an app is connected.
    pub(super) fn is_connected(&self, app: AppId) -> bool {
        self.state().apps.contains_key(&app)
    }

    /// Whether no app is connected.
    pub(super) fn are_none(&self) -> bool {
        self.state().apps.is_empty()
    }

    /// How often an app is connected.
    pub(super) fn count(&self, app: AppId) -> usize {
        self.state().apps.get(&app).map_or(0, Vec::len)
    }

    /// Sends an envelope down the connection with the least to do; of several, down the one that was sent nothing
    /// for longest, so that what one did not acknowledge is tried down another. What comes back resolves when it
    /// is acknowledged, to what the app said with that, or breaks when the connection does, and whoever drops it waits no more; `None` when there
    /// is no connection.
    pub(super) fn send(
        &self,
        app: AppId,
        id: String,
        text: String,
    ) -> Option<impl Future<Output = Result<Option<Value>, oneshot::error::RecvError>> + Send + use<>>
    {
        let mut state = self.state();
        let (acknowledged, receiver) = oneshot::channel();
        let mut down = Down::Envelope {
            id,
            text,
            acknowledged,
        };
        loop {
            let connections = state.apps.get_mut(&app)?;
            let waiting = |at: &usize| Arc::strong_count(&connections[*at].waiting);
            let idlest = (0..connections.len()).min_by_key(waiting)?;
            let idlest = connections.remove(idlest);
            match idlest.send.send(down) {
                Ok(()) => {
                    let waits = idlest.waiting.clone();
                    connections.push(idlest);
                    return Some(async move {
                        let told = receiver.await;
                        drop(waits);
                        told
                    });
                }
                // It has ended, and only has not left yet.
                Err(unsent) => {
                    down = unsent.0;
                    state.leave(app, idlest.id);
                }
            }
        }
    }

    /// Ends an app's connections.
    pub(super) fn disconnect(&self, app: AppId, reason: &'static str) {
        for connection in self.state().apps.get(&app).into_iter().flatten() {
            let _ = connection.send.send(Down::Disconnect(reason));
        }
    }

    /// Ends every connection.
    pub(crate) fn close(&self) {
        self.0.closing.send_replace(true);
    }

    fn enter(
        &self,
        app: AppId,
        connection: impl FnOnce(u64) -> Connection,
    ) -> Option<(u64, usize)> {
        let mut state = self.state();
        state.next += 1;
        let id = state.next;
        let connections = state.apps.entry(app).or_default();
        if connections.len() >= MOST {
            return None;
        }
        connections.push(connection(id));
        Some((id, connections.len()))
    }

    fn leave(&self, app: AppId, id: u64) {
        self.state().leave(app, id);
    }

    /// Serves one connection to its end.
    pub(crate) async fn serve(self, pass: Pass, upgraded: Upgraded, debug: bool) {
        let Pass { app, token } = pass;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .max_message_size(Some(MOST_BYTES))
            .max_frame_size(Some(MOST_BYTES));
        let io = TokioIo::new(upgraded);
        let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        let (send, downs) = mpsc::unbounded_channel();
        let entered = self.enter(app, |id| Connection {
            id,
            token,
            send,
            waiting: Arc::default(),
        });
        self.0.entered.notify_one();
        let Some((id, number)) = entered else {
            let _ = socket.send(self.disconnected("too_many_websockets")).await;
            let _ = socket.close(None).await;
            return;
        };
        let life = if debug {
            DEBUG_LIFE_SECONDS
        } else {
            LIFE_SECONDS
        };
        let hello = json!({
            "type": "hello",
            "num_connections": number,
            "debug_info": {
                "host": HOST,
                "started": self.0.started,
                "build_number": 1,
                "approximate_connection_time": life,
            },
            "connection_info": {"app_id": app},
        });
        let line = Line {
            sockets: &self,
            app,
            id,
            downs,
            pending: HashMap::new(),
        };
        if socket.send(text(hello.to_string())).await.is_ok() {
            let _ = self.0.connected.send(app);
            line.run(&mut socket, life).await;
        }
        self.leave(app, id);
    }

    fn disconnected(&self, reason: &str) -> Message {
        let end = json!({
            "type": "disconnect",
            "reason": reason,
            "debug_info": {"host": HOST},
        });
        text(end.to_string())
    }
}

fn text(text: String) -> Message {
    Message::Text(text.into())
}

/// One connection under way.
struct Line<'a> {
    sockets: &'a Sockets,
    app: AppId,
    id: u64,
    downs: mpsc::UnboundedReceiver<Down>,
    /// Who waits for the acknowledgement of which envelope, some of them no more.
    pending: HashMap<String, Acknowledged>,
}

/// What a client says.
#[derive(Deserialize)]
struct Up {
    envelope_id: Option<String>,
    /// What it answers, where an answer is taken.
    #[serde(default)]
    payload: Option<Value>,
}

impl Line<'_> {
    async fn run(mut self, socket: &mut WebSocketStream<TokioIo<Upgraded>>, life: i64) {
        let clock = self.sockets.0.clock.clone();
        let mut closing = self.sockets.0.closing.subscribe();
        let end = Timestamp(clock.now().0.saturating_add(life * 1_000_000));
        let warning = Timestamp(end.0 - WARNING_SECONDS * 1_000_000);
        let (mut warned, mut left, mut drained) = (false, false, false);
        // Who may not come back has nothing to wait for but what is under way.
        let mut banned = false;
        let mut silent = 0;
        let mut ping = tokio::time::interval(PING);
        ping.tick().await;
        let mut gone = std::pin::pin!(tokio::time::sleep(LEAVING));
        loop {
            let mut ending = None;
            let sent = tokio::select! {
                down = self.downs.recv(), if !drained => match down {
                    Some(Down::Envelope { id, text: envelope, acknowledged }) => {
                        self.pending.retain(|_, to| !to.is_closed());
                        self.pending.insert(id, acknowledged);
                        socket.send(text(envelope)).await
                    }
                    Some(Down::Disconnect(reason)) => {
                        ending = Some(reason);
                        Ok(())
                    }
                    None => {
                        drained = true;
                        Ok(())
                    }
                },
                up = socket.next() => {
                    silent = 0;
                    match up {
                        Some(Ok(Message::Text(said))) => {
                            self.hear(&said);
                            Ok(())
                        }
                        Some(Ok(Message::Close(_))) => {
                            // Nothing new comes down. The answer to it is written, and has to go out.
                            self.sockets.leave(self.app, self.id);
                            let _ = tokio::time::timeout(LEAVING, socket.flush()).await;
                            return;
                        }
                        Some(Err(_)) | None => return,
                        // Pings are answered when the connection is read next.
                        Some(Ok(_)) => Ok(()),
                    }
                }
                _ = ping.tick() => {
                    silent += 1;
                    if silent > SILENT {
                        return;
                    }
                    socket.send(Message::Ping(bytes::Bytes::from_static(b"guestlist"))).await
                }
                () = clock.sleep_until(warning), if !warned => {
                    warned = true;
                    socket.send(self.sockets.disconnected("warning")).await
                }
                () = clock.sleep_until(end), if warned && !left => {
                    ending = Some("refresh_requested");
                    Ok(())
                }
                () = async { drop(closing.wait_for(|closing| *closing).await) }, if !left => {
                    ending = Some("refresh_requested");
                    Ok(())
                }
                () = gone.as_mut(), if left => {
                    let _ = socket.close(None).await;
                    return;
                }
            };
            if sent.is_err() {
                return;
            }
            if let Some(reason) = ending.filter(|_| !left) {
                // Nothing new comes down; what is under way may still be acknowledged.
                left = true;
                banned = reason == "link_disabled";
                self.sockets.leave(self.app, self.id);
                gone.as_mut().reset(tokio::time::Instant::now() + LEAVING);
                if socket
                    .send(self.sockets.disconnected(reason))
                    .await
                    .is_err()
                {
                    return;
                }
            }
            let hurries = banned || *closing.borrow();
            if left && hurries && self.pending.values().all(oneshot::Sender::is_closed) {
                let _ = socket.close(None).await;
                return;
            }
        }
    }

    fn hear(&mut self, said: &str) {
        let Ok(Up {
            envelope_id: Some(id),
            payload,
        }) = serde_json::from_str(said)
        else {
            return;
        };
        if let Some(acknowledged) = self.pending.remove(&id) {
            let _ = acknowledged.send(payload);
        }
    }
}

/// 32 characters that nobody guesses; nothing, if there is no randomness.
fn random_hex() -> String {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        return String::new();
    }
    hex(&bytes)
}

/// A new ticket, which is good for nothing yet.
pub(crate) fn ticket() -> String {
    random_hex()
}

/// A new envelope's id, written as a UUID.
pub(super) fn envelope_id() -> String {
    let hex = random_hex();
    match hex.len() {
        32 => format!(
            "{}-{}-4{}-8{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        ),
        _ => hex,
    }
}
