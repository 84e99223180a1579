//! One multiplexed connection, shared by all short commands. What blocks or subscribes takes a
//! connection of its own: a command behind a blocked one waits for it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError,
    RedisResult, ScriptInvocation, ServerErrorKind,
    aio::{MultiplexedConnection, PubSub},
};
use thiserror::Error;
use tokio::{sync::watch, task::JoinSet, time::timeout};

use super::{State, supervisor};
use crate::ambient::{Clock, Random};

/// Where Redis is and how long it may take.
pub struct RedisSettings {
    /// `redis://` or `rediss://` (TLS by rustls with the process's default provider), perhaps with
    /// a user and a password: never logged.
    pub url: String,
    /// Starts every key and channel, so that installations can share a server. No braces: they
    /// would put every key of a Redis Cluster on one node.
    pub prefix: String,
    /// The longest a connection attempt or a command may take.
    pub timeout: Duration,
}

/// Why a command has no answer.
#[derive(Debug, Error)]
pub enum LinkError {
    /// Not tried: the link is down.
    #[error("Redis is down")]
    Down,
    /// No answer within the timeout; the command may still have run.
    #[error("Redis did not answer in time")]
    TimedOut,
    /// The connection broke, or the server refused the command.
    #[error("Redis failed: {0}")]
    Failed(#[from] RedisError),
}

/// The shared connection to Redis, kept alive by a task that ends with this value.
pub struct RedisLink {
    pub(super) line: Arc<Line>,
    _supervisor: JoinSet<()>,
}

/// What commands and the supervisor share.
pub(super) struct Line {
    pub(super) client: Client,
    pub(super) prefix: String,
    pub(super) timeout: Duration,
    pub(super) clock: Arc<dyn Clock>,
    live: Mutex<Live>,
    pub(super) state: watch::Sender<State>,
}

#[derive(Default)]
struct Live {
    /// Counts connections, so that a late failure of an old one does not bring down its successor.
    generation: u64,
    connection: Option<MultiplexedConnection>,
}

impl RedisLink {
    /// Starts connecting and returns at once, down until a server has answered. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    /// If the URL can't be read. An unreachable server is not an error: it is tried again for ever.
    pub fn connect(
        settings: RedisSettings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> RedisResult<Self> {
        let (state, _) = watch::channel(State::Down { since: clock.now() });
        let line = Arc::new(Line {
            client: Client::open(settings.url)?,
            prefix: settings.prefix,
            timeout: settings.timeout,
            clock,
            live: Mutex::default(),
            state,
        });
        let mut supervisor = JoinSet::new();
        supervisor.spawn(supervisor::keep_connected(Arc::clone(&line), random));
        Ok(Self { line, _supervisor: supervisor })
    }

    /// The link's present health.
    #[must_use]
    pub fn state(&self) -> State {
        *self.line.state.borrow()
    }

    /// Follows the link's health. Switches that follow each other faster than a reader reads are
    /// seen as one; `since` tells.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<State> {
        self.line.state.subscribe()
    }

    /// `prefix:rest`, the name of a key or channel of this installation.
    #[must_use]
    pub fn key(&self, rest: impl fmt::Display) -> String {
        format!("{}:{rest}", self.line.prefix)
    }

    /// The longest a command may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.line.timeout
    }

    /// Runs one command that touches at most one key (a Redis Cluster refuses more).
    ///
    /// # Errors
    /// If Redis is down, late or refuses. After a failure that is not the command's own fault, the
    /// link is down before the error is returned.
    pub async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, LinkError> {
        self.bounded(async |mut connection| command.query_async(&mut connection).await).await
    }

    /// Runs the commands of a pipeline, which touch keys of one slot, in one round trip.
    ///
    /// # Errors
    /// As [`run`](Self::run); some of the commands may have run.
    pub async fn run_pipeline<T: FromRedisValue>(
        &self,
        pipeline: &Pipeline,
    ) -> Result<T, LinkError> {
        self.bounded(async |mut connection| pipeline.query_async(&mut connection).await).await
    }

    /// A new connection for commands that block for up to `block`. Its life is its owner's business.
    ///
    /// # Errors
    /// If the server can't be reached in time.
    pub async fn blocking(&self, block: Duration) -> Result<MultiplexedConnection, LinkError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.line.timeout))
            .set_response_timeout(Some(block + self.line.timeout));
        let opening = self.line.client.get_multiplexed_async_connection_with_config(&config);
        Ok(opening.await?)
    }

    /// Runs a script by its hash (EVALSHA), loading it first where the server doesn't know it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_script<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, LinkError> {
        self.bounded(async |mut connection| script.invoke_async(&mut connection).await).await
    }

    /// A new connection for subscriptions. Its life is its owner's business: it says nothing about
    /// the link's health.
    ///
    /// # Errors
    /// If the server can't be reached in time.
    pub async fn pubsub(&self) -> Result<PubSub, LinkError> {
        match timeout(self.line.timeout, self.line.client.get_async_pubsub()).await {
            Ok(opened) => Ok(opened?),
            Err(_) => Err(LinkError::TimedOut),
        }
    }

    async fn bounded<T>(
        &self,
        send: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T, LinkError> {
        let (generation, connection) = self.line.connection().ok_or(LinkError::Down)?;
        let error = match timeout(self.line.timeout, send(connection)).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if is_own_fault(&error) => return Err(error.into()),
            Ok(Err(error)) => error.into(),
            Err(_) => LinkError::TimedOut,
        };
        self.line.went_down(generation, &error);
        Err(error)
    }
}

impl Line {
    fn connection(&self) -> Option<(u64, MultiplexedConnection)> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        Some((live.generation, live.connection.clone()?))
    }

    /// Puts a connection that has answered a probe to use; its generation is returned.
    pub(super) fn came_up(&self, connection: MultiplexedConnection) -> u64 {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.generation += 1;
        live.connection = Some(connection);
        self.state.send_replace(State::Up { since: self.clock.now() });
        tracing::info!("Redis is up");
        live.generation
    }

    /// Takes a connection out of use, unless that has been done already.
    pub(super) fn went_down(&self, generation: u64, reason: &LinkError) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.generation != generation || live.connection.take().is_none() {
            return;
        }
        self.state.send_replace(State::Down { since: self.clock.now() });
        tracing::warn!(%reason, "Redis is down: replay checks move to SQL, limits count per node");
    }
}

/// Whether an error speaks of the one command rather than of the server. Everything else (no
/// answer, loading, read-only, out of memory, no permission, a cluster without a master) would meet
/// the next command too.
fn is_own_fault(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::UnexpectedReturnType
        | ErrorKind::Client
        | ErrorKind::Server(
            ServerErrorKind::ResponseError | ServerErrorKind::NoScript | ServerErrorKind::CrossSlot,
        ) => true,
        ErrorKind::Extension => error.code() == Some("WRONGTYPE"),
        _ => false,
    }
}
