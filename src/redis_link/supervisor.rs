//! Keeps the link connected, for as long as the link exists.

use std::{sync::Arc, time::Duration};

use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use tokio::time::{sleep, timeout};

use super::{
    Backoff,
    durability::DurabilityAdvice,
    link::{Line, LinkError},
};
use crate::ambient::Random;

/// How often an idle connection is tried, so that an outage is known before a request meets it.
const HEARTBEAT: Duration = Duration::from_millis(500);

pub(super) async fn keep_connected(line: Arc<Line>, random: Arc<dyn Random>) {
    let advice = DurabilityAdvice::default();
    let mut backoff = Backoff::new(random);
    loop {
        match open(&line).await {
            Ok(mut connection) => {
                backoff.reset();
                let generation = line.came_up(connection.clone());
                advice.give(&mut connection).await;
                let reason = until_lost(&line, connection).await;
                line.went_down(generation, &reason);
            }
            Err(reason) => tracing::debug!(%reason, "Redis can't be reached"),
        }
        sleep(backoff.wait()).await;
    }
}

async fn open(line: &Line) -> Result<MultiplexedConnection, LinkError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(line.timeout))
        .set_response_timeout(Some(line.timeout));
    let mut connection = line.client.get_multiplexed_async_connection_with_config(&config).await?;
    probe(line, &mut connection).await?;
    Ok(connection)
}

/// Returns when a command has failed or a heartbeat finds no answer.
async fn until_lost(line: &Line, mut connection: MultiplexedConnection) -> LinkError {
    let mut state = line.state.subscribe();
    loop {
        if timeout(HEARTBEAT, state.wait_for(|state| !state.is_up())).await.is_ok() {
            return LinkError::Down;
        }
        if let Err(reason) = probe(line, &mut connection).await {
            return reason;
        }
    }
}

/// Writes a key that expires. A bare PING is also answered by a server that is full, read-only or
/// can't save: the link would go up and down with every command, and each switch refuses proofs.
async fn probe(line: &Line, connection: &mut MultiplexedConnection) -> Result<(), LinkError> {
    let mut write = redis::cmd("SET");
    write.arg(format!("{}:probe", line.prefix)).arg(1).arg("PX").arg(10_000);
    match timeout(line.timeout, write.exec_async(connection)).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(LinkError::TimedOut),
    }
}
