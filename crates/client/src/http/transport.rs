//! What carries requests to the service and answers back.

use std::time::Duration;

use countersign_protocol::{ProblemCode, offline::skew::Exchange};
use reqwest::{
    Client, Response, StatusCode,
    header::{AUTHORIZATION, DATE, RETRY_AFTER},
};
use tokio::time::{Instant as Timer, timeout};
use url::Url;

use super::{Answer, Request, Streamed, date, request::DPOP};
use crate::{Backoff, DeviceKey, Error, Proof, Result, ServiceClock, SystemClock};

/// No answer of the service is larger; a page of a list is about a hundredth of it.
const MAX_BODY: usize = 4 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The pauses before a refused proof is made anew. This clock lags behind the service's by the time that its
/// answers travel, so that a proof made at once may still seem older than what it should follow.
const FRESH_PROOFS: [Duration; 3] =
    [Duration::from_millis(5), Duration::from_millis(100), Duration::from_secs(1)];

/// The way to one service. Clones share connections and clock.
#[derive(Clone)]
pub struct Transport {
    http: Client,
    public_url: Url,
    node: Url,
    clock: ServiceClock,
    patience: Duration,
}

impl Transport {
    /// The way to the service of this public URL: TLS with the platform's roots, no redirects.
    ///
    /// # Errors
    /// If TLS can't be set up.
    pub fn new(public_url: Url) -> Result<Self> {
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(Error::Transport)?;
        Ok(Self::over(http, public_url))
    }

    /// The same over an HTTP client of the caller's own; it must not follow redirects.
    #[must_use]
    pub fn over(http: Client, public_url: Url) -> Self {
        Self {
            http,
            node: public_url.clone(),
            public_url,
            clock: ServiceClock::from(SystemClock),
            patience: Duration::from_secs(10),
        }
    }

    /// Sends to this node; proofs and assertions still name the public URL.
    #[must_use]
    pub fn through(mut self, node: Url) -> Self {
        self.node = node;
        self
    }

    /// Tells the time by another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: ServiceClock) -> Self {
        self.clock = clock;
        self
    }

    /// For how long calls that may be repeated are repeated when no answer comes, or 503; ten seconds
    /// unless set here, and zero for never.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The service's public URL, as proofs name it.
    #[must_use]
    pub fn public_url(&self) -> &Url {
        &self.public_url
    }

    /// The WebAuthn origin of the service's pages.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// The service's clock, as far as it is known here.
    #[must_use]
    pub fn clock(&self) -> &ServiceClock {
        &self.clock
    }

    /// Sends a request as it is; an answer of any status is a success.
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::Unsendable`], or [`Error::Unexpected`] for an endless body.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        let (sent, started) = (self.clock.wall(), Timer::now());
        let mut response = self.sent(request, true).await?;
        let took = started.elapsed();
        let mut answer = self.whole(&mut response).await?;
        let server_time = answer.server_time();
        answer.offset =
            server_time.and_then(|server_time| Exchange { sent, took, server_time }.offset());
        Ok(answer)
    }

    /// Sends a request, and reads the body of its success as it comes: the request's bound is on the answer's head.
    ///
    /// # Errors
    /// As [`Transport::send`], and the problem that the service answered with.
    pub async fn open(&self, request: Request) -> Result<Streamed> {
        let bound = request.timeout;
        let late = |_| Error::Unexpected {
            status: StatusCode::GATEWAY_TIMEOUT.as_u16(),
            why: "no answer in time".to_owned(),
            retry_after: None,
        };
        let sent = timeout(bound, self.sent(request, false)).await.map_err(late)?;
        let mut response = sent?;
        if response.status().is_success() {
            return Ok(Streamed::of(response));
        }
        Err(timeout(bound, self.whole(&mut response)).await.map_err(late)??.error())
    }

    async fn sent(&self, request: Request, bounded: bool) -> Result<Response> {
        let url = request.url(&self.node)?;
        let mut outgoing = self.http.request(request.method, url).headers(request.headers);
        if bounded {
            outgoing = outgoing.timeout(request.timeout);
        }
        if let Some(body) = request.body {
            outgoing = outgoing.body(body);
        }
        outgoing.send().await.map_err(Error::Transport)
    }

    /// The answer with its body.
    async fn whole(&self, response: &mut Response) -> Result<Answer> {
        let mut answer = Answer {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Vec::new(),
            retry_after: None,
            offset: None,
        };
        answer.retry_after = self.retry_after(&answer);
        while let Some(chunk) = response.chunk().await.map_err(Error::Transport)? {
            if answer.body.len() + chunk.len() > MAX_BODY {
                return Err(answer.unexpected(format!("a body of more than {MAX_BODY} bytes")));
            }
            answer.body.extend_from_slice(&chunk);
        }
        if let Some(now) = answer.server_time() {
            self.clock.heard(now);
        }
        Ok(answer)
    }

    /// Sends a request with a proof by `key`, and with the access token it is bound to. What the request
    /// already has of these headers stays.
    ///
    /// A refused proof is made anew, a few times: the service's `Date` may show this clock to be off, and a
    /// service that has just lost its memory of used proofs refuses all that are older. It refuses before it
    /// acts.
    ///
    /// # Errors
    /// As [`Transport::send`].
    pub async fn send_proved(
        &self,
        request: Request,
        key: &DeviceKey,
        access_token: Option<&str>,
    ) -> Result<Answer> {
        let mut pauses = FRESH_PROOFS.into_iter();
        loop {
            let answer = self.send(self.proved(request.clone(), key, access_token)?).await?;
            let refused = answer.status == StatusCode::UNAUTHORIZED
                && answer.code() == Some(ProblemCode::InvalidProof)
                && !request.has(&DPOP);
            let Some(pause) = pauses.next().filter(|_| refused) else { return Ok(answer) };
            if let Some(at) = date::instant(answer.header(DATE)) {
                self.clock.heard_date(at);
            }
            tokio::time::sleep(pause).await;
        }
    }

    fn proved(&self, request: Request, key: &DeviceKey, token: Option<&str>) -> Result<Request> {
        let url = request.url(&self.public_url)?;
        let proof = Proof::new(request.method().as_str(), &url, self.clock.now(), token);
        let mut proved = request;
        if let Some(token) = token.filter(|_| !proved.has(&AUTHORIZATION)) {
            proved = proved.secret_header(AUTHORIZATION, &format!("DPoP {token}"));
        }
        if !proved.has(&DPOP) {
            proved = proved.secret_header(DPOP, &proof.sign(key)?);
        }
        Ok(proved)
    }

    fn retry_after(&self, answer: &Answer) -> Option<Duration> {
        let text = answer.header(RETRY_AFTER);
        let seconds = text.parse().ok().map(Duration::from_secs);
        seconds.or_else(|| Some(date::instant(text)?.since(self.clock.now())))
    }

    /// Repeats a call that may be repeated while its failures are transient, with back-off, for as long as
    /// this transport is patient.
    ///
    /// # Errors
    /// The last failure.
    pub async fn patiently<T, F, Fut>(&self, mut call: F) -> Result<T>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let end = Timer::now() + self.patience;
        let mut backoff = Backoff::default();
        loop {
            let error = match call().await {
                Err(error) if error.is_transient() => error,
                settled => return settled,
            };
            let pause = backoff.next(error.retry_after());
            if Timer::now() + pause >= end {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
        }
    }
}
