use std::{sync::Arc, time::Duration};

use countersign::{
    ambient::{SteadyClock, SystemRandom},
    redis_link::RedisLink,
    wake::{Hub, Parked, RedisWake, Wake, Woken},
};
use uuid::Uuid;

use crate::{is_up, link_to, server::PrivateRedis};

const LOGIN: Uuid = Uuid::from_u128(7);
const LONG: Duration = Duration::from_secs(60);

struct Node {
    hub: Hub,
    link: Arc<RedisLink>,
    wake: RedisWake,
}

impl Node {
    fn start(server: &PrivateRedis, number: u128) -> Self {
        let hub = Hub::new();
        let link = link_to(server, &Arc::new(SteadyClock::start()));
        let random = Arc::new(SystemRandom::new());
        let node = Uuid::from_u128(number);
        let wake = RedisWake::start(hub.clone(), Arc::clone(&link), node, random);
        Self { hub, link, wake }
    }

    async fn is_ready(&self) {
        is_up(&self.link).await;
        self.wake.listening().wait_for(|listening| *listening).await.unwrap();
    }

    /// A client that is parked, with the wake-up of the connecting subscriber behind it.
    async fn park(&self) -> Parked {
        self.is_ready().await;
        self.hub.park(&[LOGIN])
    }
}

#[tokio::test]
async fn a_wake_up_on_one_node_wakes_the_client_that_is_parked_on_another() {
    let Some(server) = PrivateRedis::start() else { return };
    let [desktop, phone] = [1, 2].map(|number| Node::start(&server, number));
    let mut parked = desktop.park().await;
    phone.is_ready().await;
    phone.wake.wake(&[Uuid::max(), LOGIN]);
    assert_eq!(parked.woken(LONG).await, Woken::ByTopic);
    assert_eq!(phone.wake.dropped(), 0);
}

#[tokio::test]
async fn a_node_does_not_wake_itself_a_second_time() {
    let Some(server) = PrivateRedis::start() else { return };
    let [one, two] = [1, 2].map(|number| Node::start(&server, number));
    let mut parked = one.park().await;
    two.is_ready().await;
    one.wake.wake(&[LOGIN]);
    assert_eq!(parked.woken(LONG).await, Woken::ByTopic);
    // An answer by the other node on the same channel comes after one's own message.
    let mut echo = one.hub.park(&[Uuid::max()]);
    let mut heard = two.hub.park(&[Uuid::max()]);
    one.wake.wake(&[Uuid::max()]);
    heard.woken(LONG).await;
    echo.woken(LONG).await;
    two.wake.wake(&[Uuid::max()]);
    echo.woken(LONG).await;
    assert_eq!(parked.woken(Duration::ZERO).await, Woken::TimedOut);
}

#[tokio::test]
async fn with_redis_killed_the_own_node_is_woken_and_nobody_waits_for_the_rest() {
    let Some(mut server) = PrivateRedis::start() else { return };
    let node = Node::start(&server, 1);
    let mut parked = node.park().await;
    server.kill();
    crate::is_down(&node.link).await;
    node.wake.wake(&[LOGIN]);
    assert_eq!(parked.woken(LONG).await, Woken::ByTopic);
}

#[tokio::test]
async fn after_an_outage_everyone_is_woken_and_nodes_hear_each_other_again() {
    let Some(mut server) = PrivateRedis::start() else { return };
    let [desktop, phone] = [1, 2].map(|number| Node::start(&server, number));
    let mut parked = desktop.park().await;
    phone.is_ready().await;
    let mut listening = desktop.wake.listening();
    server.kill();
    listening.wait_for(|listening| !listening).await.unwrap();
    server.restart();
    assert_eq!(parked.woken(LONG).await, Woken::ByTopic, "what was published meanwhile is lost");
    desktop.is_ready().await;
    phone.is_ready().await;
    let mut parked = desktop.hub.park(&[LOGIN]);
    phone.wake.wake(&[LOGIN]);
    assert_eq!(parked.woken(LONG).await, Woken::ByTopic);
}

#[tokio::test]
async fn more_topics_than_one_message_holds_all_arrive() {
    let Some(server) = PrivateRedis::start() else { return };
    let [desktop, phone] = [1, 2].map(|number| Node::start(&server, number));
    desktop.is_ready().await;
    phone.is_ready().await;
    let topics: Vec<Uuid> = (100..1300).map(Uuid::from_u128).collect();
    let mut parked: Vec<Parked> = topics.iter().map(|topic| desktop.hub.park(&[*topic])).collect();
    phone.wake.wake(&topics);
    for parked in &mut parked {
        assert_eq!(parked.woken(LONG).await, Woken::ByTopic);
    }
}
