use std::sync::Arc;

use countersign::{
    ambient::SteadyClock,
    redis_link::{LinkError, RedisLink},
};

use crate::{is_down, is_up, link_to, server::PrivateRedis};

async fn set(link: &RedisLink, key: &str) -> Result<(), LinkError> {
    link.run(redis::cmd("SET").arg(link.key(key)).arg(1)).await
}

#[tokio::test]
async fn start_up_does_not_wait_for_redis_and_finds_it_later() {
    let Some(mut server) = PrivateRedis::start() else { return };
    server.kill();
    let link = link_to(&server, &Arc::new(SteadyClock::start()));
    assert!(!link.state().is_up());
    assert!(matches!(set(&link, "a").await, Err(LinkError::Down)));
    server.restart();
    is_up(&link).await;
    set(&link, "a").await.unwrap();
}

#[tokio::test]
async fn a_killed_server_is_noticed_without_any_command_and_found_again() {
    let Some(mut server) = PrivateRedis::start() else { return };
    let link = link_to(&server, &Arc::new(SteadyClock::start()));
    let first = is_up(&link).await;
    server.kill();
    let outage = is_down(&link).await;
    server.restart();
    let second = is_up(&link).await;
    assert!(first.since() < outage.since() && outage.since() < second.since());
    set(&link, "a").await.unwrap();
}

#[tokio::test]
async fn a_failed_command_has_brought_the_link_down_when_it_returns() {
    let Some(mut server) = PrivateRedis::start() else { return };
    let link = link_to(&server, &Arc::new(SteadyClock::start()));
    is_up(&link).await;
    server.kill();
    assert!(set(&link, "a").await.is_err());
    assert!(!link.state().is_up());
}

#[tokio::test]
async fn a_frozen_server_is_down_after_the_timeout_and_up_again_once_it_answers() {
    let Some(server) = PrivateRedis::start() else { return };
    let link = link_to(&server, &Arc::new(SteadyClock::start()));
    is_up(&link).await;
    server.freeze();
    assert!(set(&link, "a").await.is_err());
    assert!(!link.state().is_up());
    server.thaw();
    is_up(&link).await;
    set(&link, "a").await.unwrap();
}

#[tokio::test]
async fn a_command_of_the_wrong_type_is_its_own_fault() {
    let Some(server) = PrivateRedis::start() else { return };
    let link = link_to(&server, &Arc::new(SteadyClock::start()));
    let before = is_up(&link).await;
    set(&link, "a").await.unwrap();
    assert!(link.run::<()>(redis::cmd("LPUSH").arg(link.key("a")).arg(1)).await.is_err());
    assert_eq!(link.state(), before);
}

#[tokio::test]
async fn a_server_that_answers_but_cannot_write_is_down() {
    let Some(server) = PrivateRedis::start() else { return };
    let link = link_to(&server, &Arc::new(SteadyClock::start()));
    is_up(&link).await;
    let limit = |bytes| {
        let mut command = redis::cmd("CONFIG");
        command.arg("SET").arg("maxmemory").arg(bytes);
        command
    };
    let client = redis::Client::open(server.url()).unwrap();
    let mut operator = client.get_multiplexed_async_connection().await.unwrap();
    limit(1).exec_async(&mut operator).await.unwrap();
    assert!(set(&link, "a").await.is_err());
    // The refused command was the first; the next are probes, and none brings the link up.
    let refused = async |operator: &mut redis::aio::MultiplexedConnection| -> u32 {
        let info: String =
            redis::cmd("INFO").arg("errorstats").query_async(operator).await.unwrap();
        let (_, count) = info.split_once("errorstat_OOM:count=").unwrap();
        count.split_whitespace().next().unwrap().parse().unwrap()
    };
    while refused(&mut operator).await < 4 {
        assert!(!link.state().is_up());
    }
    limit(0).exec_async(&mut operator).await.unwrap();
    is_up(&link).await;
}
