//! The way to a service on this machine.

use countersign_client::{Error, Result, Transport};
use url::Url;

/// A transport to a service of this URL, past any proxy that the environment names.
///
/// # Errors
/// If it is no URL, or TLS can't be set up.
pub fn loopback(base_url: &str) -> Result<Transport> {
    let url = Url::parse(base_url).map_err(|error| Error::Unsendable(error.to_string()))?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(Error::Transport)?;
    Ok(Transport::over(http, url))
}
