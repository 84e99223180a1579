//! Hears the wake-ups of other nodes, on a connection of its own.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{Hub, redis_wake::CHANNEL, wire};
use crate::redis_link::{Backoff, LinkError, RedisLink};

/// A connection that hears nothing for so long is asked whether it still lives.
const SILENCE: Duration = Duration::from_secs(2);
/// Everyone reads their row after a gap, over three seconds: 20,000 at once would only wait for each other.
const BETWEEN_TURNS: Duration = Duration::from_millis(50);

pub(super) struct Subscriber {
    pub(super) hub: Hub,
    pub(super) link: Arc<RedisLink>,
    pub(super) node: Uuid,
    pub(super) backoff: Backoff,
    pub(super) listening: watch::Sender<bool>,
}

impl Subscriber {
    pub(super) async fn listen(mut self) {
        loop {
            match self.subscribe().await {
                Ok((sink, stream)) => {
                    self.backoff.reset();
                    self.listening.send_replace(true);
                    // What was published between the connections, nobody has heard.
                    let hub = self.hub.clone();
                    tokio::spawn(async move { hub.wake_all_by_turns(BETWEEN_TURNS).await });
                    self.hear(sink, stream).await;
                    self.listening.send_replace(false);
                    tracing::warn!("wake-ups of other nodes are not heard: subscribing again");
                }
                Err(reason) => tracing::debug!(%reason, "can't subscribe to wake-ups"),
            }
            sleep(self.backoff.wait()).await;
        }
    }

    async fn subscribe(&self) -> Result<(PubSubSink, PubSubStream), LinkError> {
        let (mut sink, stream) = self.link.pubsub().await?.split();
        match timeout(self.link.timeout(), sink.subscribe(self.link.key(CHANNEL))).await {
            Ok(subscribed) => subscribed?,
            Err(_) => return Err(LinkError::TimedOut),
        }
        Ok((sink, stream))
    }

    /// Passes messages on until the connection is lost.
    async fn hear(&self, mut sink: PubSubSink, mut stream: PubSubStream) {
        loop {
            match timeout(SILENCE, stream.next()).await {
                Ok(Some(message)) => self.pass_on(message.get_payload_bytes()),
                Ok(None) => return,
                Err(_) => {
                    let answer = timeout(self.link.timeout(), sink.ping::<redis::Value>()).await;
                    if !matches!(answer, Ok(Ok(_))) {
                        return;
                    }
                }
            }
        }
    }

    fn pass_on(&self, message: &[u8]) {
        match wire::decode(message) {
            Some((sender, topics)) if sender != self.node => {
                topics.for_each(|topic| self.hub.wake(topic));
            }
            Some(_) => {} // this node's hub was woken before the message was sent
            None => tracing::warn!(bytes = message.len(), "a wake-up of unknown form was ignored"),
        }
    }
}
