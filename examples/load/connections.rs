//! The ways to the service.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use countersign_client::Transport;
use url::Url;

use crate::Failure;

/// A way to the service with connections of its own; requests that fail are not repeated, so that every
/// failure counts.
///
/// HTTP/1.1 only: a parked desktop holds a connection, as real ones do.
pub fn transport(url: &Url) -> Result<Transport, Failure> {
    let mut http = reqwest::Client::builder()
        .no_proxy()
        .http1_only()
        .tcp_nodelay(true)
        .redirect(reqwest::redirect::Policy::none());
    if url.host_str() == Some("localhost") {
        // Thousands of connections would each look the name up, and try ::1 first.
        let port = url.port_or_known_default().unwrap_or(80);
        http = http.resolve("localhost", SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    Ok(Transport::over(http.build()?, url.clone()).with_patience(Duration::ZERO))
}
