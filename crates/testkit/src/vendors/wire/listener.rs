#![allow(clippy::expect_used, reason = "without a port on loopback there is no vendor")]

use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::{Connection, Vendor, http1, http2};
use crate::vendors::Authority;

const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// After an `accept` that failed, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a vendor speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocols {
    /// HTTP/2 alone, as Apple.
    Http2,
    /// HTTP/2, and HTTP/1.1 with whoever doesn't ask for it.
    Both,
}

/// How a vendor can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As usual.
    Open,
    /// Connections are reset, those that are there and those that come.
    Reset,
    /// As a lost network looks: connections are made, and then nothing answers. Those that were
    /// there are reset.
    Silent,
}

/// A TLS server on a free port of 127.0.0.1. It and its connections end with this value.
#[derive(Debug)]
pub(crate) struct Listener {
    port: u16,
    connections: Arc<AtomicUsize>,
    reach: watch::Sender<Reach>,
    /// Aborts the server when dropped.
    _server: JoinSet<()>,
}

impl Listener {
    /// Listens before it returns. Must be called in a runtime.
    pub(crate) fn start(
        protocols: Protocols,
        authority: &Authority,
        vendor: Arc<dyn Vendor>,
    ) -> Self {
        let listener =
            StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        listener.set_nonblocking(true).expect("a listener can be non-blocking");
        let listener = TcpListener::from_std(listener).expect("a vendor is started in a runtime");
        let port = listener.local_addr().expect("a listener has an address").port();
        let (reach, reached) = watch::channel(Reach::Open);
        let connections = Arc::new(AtomicUsize::new(0));
        let door = Door {
            tls: authority.server(match protocols {
                Protocols::Http2 => &["h2"],
                Protocols::Both => &["h2", "http/1.1"],
            }),
            protocols,
            vendor,
            connections: connections.clone(),
            reached,
        };
        let mut server = JoinSet::new();
        server.spawn(door.open(listener));
        Self { port, connections, reach, _server: server }
    }

    /// `https://localhost:{port}`, without a slash at the end.
    pub(crate) fn origin(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// How many connections came as far as HTTP.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn set_reach(&self, reach: Reach) {
        self.reach.send_replace(reach);
    }
}

struct Door {
    tls: Arc<ServerConfig>,
    protocols: Protocols,
    vendor: Arc<dyn Vendor>,
    connections: Arc<AtomicUsize>,
    reached: watch::Receiver<Reach>,
}

impl Door {
    async fn open(self, listener: TcpListener) {
        let mut guests = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((tcp, _)) => drop(guests.spawn(self.guest(tcp))),
                    Err(_) => sleep(ACCEPT_PAUSE).await,
                },
                Some(_) = guests.join_next() => {}
            }
        }
    }

    /// A connection until it ends by itself or the reach changes.
    fn guest(&self, tcp: TcpStream) -> impl Future<Output = ()> + use<> {
        let mut reached = self.reached.clone();
        let reach = *reached.borrow_and_update();
        let (tls, protocols) = (self.tls.clone(), self.protocols);
        let (vendor, connections) = (self.vendor.clone(), self.connections.clone());
        async move {
            let Some((tcp, breaker)) = with_breaker(tcp) else { return };
            let served = async {
                match reach {
                    Reach::Open => serve(tcp, tls, protocols, vendor, &connections).await,
                    Reach::Reset => End::Reset,
                    Reach::Silent => {
                        let _open = tcp;
                        std::future::pending().await
                    }
                }
            };
            // The stream must be gone before the breaker: the last of the two closes the socket.
            let end = tokio::select! {
                end = served => end,
                _ = reached.changed() => End::Reset,
            };
            if end == End::Reset {
                // With a linger of nothing, closing is a reset (RFC 9293 section 3.10.5, ABORT).
                let _ = set_socket_linger(&breaker, Some(Duration::ZERO));
            }
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Closed,
    Reset,
}

async fn serve(
    tcp: TcpStream,
    tls: Arc<ServerConfig>,
    protocols: Protocols,
    vendor: Arc<dyn Vendor>,
    connections: &AtomicUsize,
) -> End {
    let _ = tcp.set_nodelay(true);
    let handshake = timeout(HANDSHAKE_PATIENCE, TlsAcceptor::from(tls).accept(tcp));
    let Ok(Ok(stream)) = handshake.await else { return End::Closed };
    // Apple speaks it also with who names no protocol: aioapns does not.
    let http2 = match stream.get_ref().1.alpn_protocol() {
        Some(named) => named == b"h2",
        None => protocols == Protocols::Http2,
    };
    let number = connections.fetch_add(1, Ordering::SeqCst) + 1;
    let connection = Arc::new(Connection::new(number));
    if http2 {
        http2::serve(stream, vendor, connection).await
    } else {
        http1::serve(stream, vendor, connection).await
    }
}

/// The stream and a second hold on its socket, which outlives whatever the stream is wrapped in.
fn with_breaker(tcp: TcpStream) -> Option<(TcpStream, std::net::TcpStream)> {
    let tcp = tcp.into_std().ok()?;
    let breaker = tcp.try_clone().ok()?;
    Some((TcpStream::from_std(tcp).ok()?, breaker))
}
