//! How the service speaks to others: one client a purpose, over HTTP/2 where the other side has it, without
//! redirects, with bounded waits and bounded answers.

use std::{error::Error as StdError, io, path::Path, sync::Arc, time::Duration};

use reqwest::{
    Certificate, Client, ClientBuilder, Method, Response, Url,
    dns::Resolve,
    header::{HeaderMap, RETRY_AFTER},
    redirect, retry,
};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use countersign_protocol::Instant;

/// No vendor's answer is longer; of one that is, no more is read.
const LONGEST_ANSWER: usize = 64 * 1024;
/// Between questions whether an HTTP/2 peer is still there, and for its answer: a connection that a
/// firewall forgot is found before a login's push is lost in it.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_PATIENCE: Duration = Duration::from_secs(10);

/// How long calls may take, and whom to trust.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<'a> {
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a call may take from its start to its answer's end.
    pub timeout: Duration,
    /// PEM file with roots to trust beside the system's.
    pub tls_roots: Option<&'a Path>,
    /// The setting that names it.
    pub tls_roots_key: &'static str,
}

/// What a setting names can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct Unusable {
    /// The setting.
    pub key: &'static str,
    /// Why, perhaps with the file, and nothing of what stands in it.
    pub why: String,
}

/// What the other side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/2 alone: Apple. What was not processed is told, for the caller to send again.
    Http2,
    /// What TLS agrees on (ALPN). What was not processed is sent again, twice at most.
    Negotiated,
}

/// A vendor's answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After` (RFC 9110 section 10.2.3).
    pub retry_after: Option<Duration>,
    /// Of a success it may be missing, or cut.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// No connection was made, or it broke. The request was perhaps processed.
    Connection,
    /// It took too long. The request was perhaps processed.
    Timeout,
    /// The peer says that it did not process the request (RFC 9113 section 8.7).
    Unprocessed,
}

/// A channel's client.
#[derive(Clone, Debug)]
pub struct Transport(Client);

impl Transport {
    /// A client by these settings; host names are looked up by `resolver`, or as the system does.
    ///
    /// # Errors
    /// The roots can't be read.
    pub fn new(
        bounds: Bounds<'_>,
        protocol: Protocol,
        resolver: Option<Arc<dyn Resolve>>,
    ) -> Result<Self, Unusable> {
        let mut client = ClientBuilder::new()
            .https_only(true)
            // A proxy would look hosts up by itself, past the guard of endpoints.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(bounds.connect_timeout)
            .timeout(bounds.timeout)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .http2_keep_alive_timeout(KEEP_ALIVE_PATIENCE)
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")));
        if protocol == Protocol::Http2 {
            // Apple asks for connections to be kept: making one anew looks like an attack to it.
            client = client
                .http2_prior_knowledge()
                .retry(retry::never())
                .pool_idle_timeout(None)
                .http2_keep_alive_while_idle(true);
        }
        if let Some(path) = bounds.tls_roots {
            client = client.tls_certs_merge(roots(path, bounds.tls_roots_key)?);
        }
        if let Some(resolver) = resolver {
            client = client.dns_resolver(resolver);
        }
        let unusable = |error| Unusable { key: bounds.tls_roots_key, why: innermost(&error) };
        client.build().map(Self).map_err(unusable)
    }

    /// Posts `body`, and reads the answer.
    pub async fn post(
        &self,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
        now: Instant,
    ) -> Result<Answer, Loss> {
        self.send(Method::POST, url, headers, body, now).await
    }

    /// Sends `body`, and reads the answer.
    pub async fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
        now: Instant,
    ) -> Result<Answer, Loss> {
        let sent = self.0.request(method, url).headers(headers).body(body).send().await;
        let mut response = sent.map_err(|error| loss(&error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers(), now);
        let body = match read(&mut response).await {
            Ok(body) => body,
            // It has been taken, whatever becomes of the rest. (It is read at all since many streams that
            // are given up look like an attack: CVE-2023-44487.)
            Err(_) if status.is_success() => Vec::new(),
            Err(error) => return Err(loss(&error)),
        };
        Ok(Answer { status: status.as_u16(), retry_after, body })
    }
}

impl Answer {
    /// True for 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The status as a word, where the vendor gives none: `http_503`.
    #[must_use]
    pub fn word(&self) -> String {
        format!("http_{}", self.status)
    }
}

async fn read(response: &mut Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = LONGEST_ANSWER - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == LONGEST_ANSWER {
            break;
        }
    }
    Ok(body)
}

fn loss(error: &reqwest::Error) -> Loss {
    let timed_out = |cause: &(dyn StdError + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::TimedOut)
    };
    if error.is_timeout() || causes(error).any(timed_out) {
        return Loss::Timeout;
    }
    let unprocessed =
        causes(error).filter_map(<dyn StdError>::downcast_ref).any(|h2: &h2::Error| {
            let graceful = h2.is_go_away() && h2.reason() == Some(h2::Reason::NO_ERROR);
            let refused = h2.is_reset() && h2.reason() == Some(h2::Reason::REFUSED_STREAM);
            h2.is_remote() && (graceful || refused)
        });
    if unprocessed { Loss::Unprocessed } else { Loss::Connection }
}

/// Longer than any login lives.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// Seconds, or a date; no more than an hour, since anybody may have written it.
fn retry_after(headers: &HeaderMap, now: Instant) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let after = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = OffsetDateTime::parse(text, &Rfc2822).ok()?;
            Instant::from_unix_millis(at.unix_timestamp().saturating_mul(1000)).since(now)
        }
    };
    Some(after.min(LONGEST_RETRY_AFTER))
}

fn roots(path: &Path, key: &'static str) -> Result<Vec<Certificate>, Unusable> {
    let told =
        |why: &dyn std::fmt::Display| Unusable { key, why: format!("{}: {why}", path.display()) };
    let pem = std::fs::read(path).map_err(|error| told(&error))?;
    let roots = Certificate::from_pem_bundle(&pem).map_err(|error| told(&innermost(&error)))?;
    if roots.is_empty() { Err(told(&"holds no certificate in PEM")) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Instant::from_unix_millis(1_795_340_460_000);
        let read = |text| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            retry_after(&headers, now)
        };
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read("Sun, 22 Nov 2026 09:42:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(read("Sun, 22 Nov 2026 09:40:00 GMT"), Some(Duration::ZERO));
        let hour = Some(Duration::from_secs(3600));
        assert_eq!(read("18446744073709551615"), hour, "nobody is believed for longer");
        assert_eq!(read("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
