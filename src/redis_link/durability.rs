//! What an operator should know about the Redis they gave us. No decision depends on it, since SQL
//! keeps; but a server that evicts or forgets costs refused proofs and late wake-ups.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use redis::{InfoDict, RedisResult, aio::MultiplexedConnection};

/// Remembers what has been said, so that a reconnect does not say it again.
#[derive(Default)]
pub(super) struct DurabilityAdvice {
    evicts: AtomicBool,
    forgets: AtomicBool,
}

impl DurabilityAdvice {
    /// Asks the server how it is set up and logs one warning for each setting that is missing.
    /// INFO rather than CONFIG: hosted servers commonly refuse CONFIG.
    pub(super) async fn give(&self, connection: &mut MultiplexedConnection) {
        let answer: RedisResult<InfoDict> = redis::cmd("INFO").query_async(connection).await;
        let Ok(server) = answer else {
            tracing::debug!("Redis does not answer INFO: its durability settings are unknown");
            return;
        };
        if evicts(&server) && !self.evicts.swap(true, Relaxed) {
            tracing::warn!(
                "Redis may evict keys and streams under memory pressure: set `maxmemory-policy noeviction`"
            );
        }
        if forgets(&server) && !self.forgets.swap(true, Relaxed) {
            tracing::warn!(
                "Redis keeps no append-only file and forgets what it held when it restarts: set `appendonly yes`"
            );
        }
    }
}

fn evicts(server: &InfoDict) -> bool {
    server.get::<String>("maxmemory_policy").is_some_and(|policy| policy != "noeviction")
}

fn forgets(server: &InfoDict) -> bool {
    server.get::<u8>("aof_enabled") == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> InfoDict {
        InfoDict::new(text)
    }

    #[test]
    fn only_noeviction_keeps_every_key() {
        assert!(evicts(&server("maxmemory_policy:allkeys-lru\r\n")));
        assert!(!evicts(&server("maxmemory_policy:noeviction\r\n")));
    }

    #[test]
    fn without_an_append_only_file_a_restart_forgets() {
        assert!(forgets(&server("aof_enabled:0\r\n")));
        assert!(!forgets(&server("aof_enabled:1\r\n")));
    }

    #[test]
    fn a_server_that_tells_nothing_is_not_accused() {
        assert!(!evicts(&server("")) && !forgets(&server("")));
    }
}
