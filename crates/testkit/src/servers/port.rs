use std::net::{Ipv4Addr, TcpListener};

/// How often a server is started anew on another port when it can't have the one it was given.
pub(super) const ATTEMPTS: usize = 5;

/// A TCP port on 127.0.0.1 that was free a moment ago. Somebody may take it before the server
/// does: whoever uses it tries again ([`ATTEMPTS`]).
pub(super) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("loopback has a free port")
        .port()
}
