//! Runs the HTTP server, and stops it in order.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_web::{HttpServer, dev::Server, web};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{Drain, Edge, app};

/// How the server treats connections.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// Threads that serve; each runs its own event loop.
    pub workers: usize,
    /// How long an idle connection stays open. Longer than the longest wait, or clients reconnect for each.
    pub keep_alive: Duration,
    /// How long a request's head may take to arrive (slow clients would hold connections for nothing).
    pub request_timeout: Duration,
    /// How long a client may take to close after an answer that closes.
    pub disconnect_timeout: Duration,
    /// Connections of the whole process; more wait in the listener's backlog. Each parked client is one.
    pub max_connections: usize,
    /// How long requests may go on after the shutdown began; what is left then is cut.
    pub shutdown_grace: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            keep_alive: Duration::from_secs(75),
            request_timeout: Duration::from_secs(5),
            disconnect_timeout: Duration::from_secs(2),
            max_connections: 25_000,
            shutdown_grace: Duration::from_secs(10),
        }
    }
}

/// A running server.
pub struct Running {
    /// Where it listens; the port is the real one also when port 0 was asked for.
    pub addresses: Vec<SocketAddr>,
    server: Server,
    drain: Drain,
}

/// Starts serving `routes` on the listeners. Awaiting [`Running::until`] drives it.
///
/// `routes` runs once a worker, and may add app data of its own.
///
/// # Errors
/// If a listener can't be used.
pub fn start(
    listeners: Vec<TcpListener>,
    settings: &ServerSettings,
    edge: web::Data<Edge>,
    routes: impl Fn(&mut ServiceConfig<'_>) + Clone + Send + 'static,
) -> io::Result<Running> {
    let drain = edge.drain.clone();
    let workers = settings.workers.max(1);
    let mut server = HttpServer::new(move || app(edge.clone(), routes.clone()))
        .workers(workers)
        .keep_alive(settings.keep_alive)
        .client_request_timeout(settings.request_timeout)
        .client_disconnect_timeout(settings.disconnect_timeout)
        .max_connections(settings.max_connections.div_ceil(workers)) // actix counts them a worker
        .tcp_nodelay(true)
        .shutdown_timeout(settings.shutdown_grace.as_secs())
        .disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    let addresses = server.addrs();
    Ok(Running { addresses, server: server.run(), drain })
}

impl Running {
    /// Serves until `stop` ends, then shuts down in order: the drain begins (`/readyz` turns red, answers close
    /// their connections, parked requests are answered), no connection is accepted any more, and those in
    /// flight may finish within the grace. If `stop` ends a second time before that, it returns at once;
    /// what is left is cut when the process ends.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn until(self, mut stop: impl AsyncFnMut()) -> io::Result<()> {
        let handle = self.server.handle();
        let mut server = std::pin::pin!(self.server);
        tokio::select! {
            ended = &mut server => return ended,
            () = stop() => {}
        }
        tracing::info!("shutting down: answering what waits");
        self.drain.begin();
        // The order is on its way with the call; its fulfilment is the server's end.
        drop(handle.stop(true));
        tokio::select! {
            ended = &mut server => ended,
            () = stop() => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
