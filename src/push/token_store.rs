//! Tokens that outlive a restart and serve every node.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use countersign_protocol::Instant;

/// Nodes that begin together agree on the token of the first.
const AGREEMENT: Duration = Duration::from_secs(60);

/// Where a channel's token is kept for the next start and the other nodes. Apple turns a provider away that
/// comes with new tokens more often than every 20 minutes.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The token of this name and when it was made; none also when the store can't be asked, since a
    /// token can be made anew.
    async fn load(&self, name: &str) -> Option<(String, Instant)>;

    /// Keeps a token, unless one that was made in the minute before `made_at`, or later, is kept already:
    /// that one stays, so that nodes which begin together agree. A store that fails keeps nothing.
    async fn keep(&self, name: &str, token: &str, made_at: Instant);
}

/// Tokens for as long as the process lives.
#[derive(Default)]
pub struct TokensInMemory(Mutex<HashMap<String, (String, Instant)>>);

impl TokensInMemory {
    fn kept(&self) -> MutexGuard<'_, HashMap<String, (String, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenStore for TokensInMemory {
    async fn load(&self, name: &str) -> Option<(String, Instant)> {
        self.kept().get(name).cloned()
    }

    async fn keep(&self, name: &str, token: &str, made_at: Instant) {
        let mut kept = self.kept();
        let stays = kept.get(name).is_some_and(|(_, since)| *since > made_at - AGREEMENT);
        if !stays {
            kept.insert(name.to_owned(), (token.to_owned(), made_at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_two_tokens_of_one_minute_the_first_stays() {
        let store = TokensInMemory::default();
        let noon = Instant::from_unix_millis(1_795_340_460_000);
        store.keep("apns", "first", noon).await;
        store.keep("apns", "second", noon + AGREEMENT / 2).await;
        assert_eq!(store.load("apns").await, Some(("first".to_owned(), noon)));
        store.keep("apns", "third", noon + AGREEMENT).await;
        assert_eq!(store.load("apns").await, Some(("third".to_owned(), noon + AGREEMENT)));
        assert_eq!(store.load("fcm").await, None);
    }
}
