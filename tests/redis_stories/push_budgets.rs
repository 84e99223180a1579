//! Budgets that nodes share.

use std::{sync::Arc, time::Duration};

use countersign::{
    ambient::{Clock, Random, SteadyClock, SystemRandom},
    domain::push_budget::{Caps, HeldBack, PushBudget},
    guards::{PushBudgets, RedisPushBudgets},
    redis_link::RedisLink,
};
use countersign_protocol::TechnicianId;
use futures_util::future::join_all;
use uuid::Uuid;

use crate::{is_down, is_up, link_to, server::PrivateRedis};

const CAPS: Caps =
    Caps { most: 5, first_pause: Duration::from_secs(30), longest_pause: Duration::from_secs(200) };
const NIK: TechnicianId = TechnicianId(Uuid::from_u128(7));

struct Node {
    clock: Arc<SteadyClock>,
    link: Arc<RedisLink>,
    budgets: RedisPushBudgets,
}

impl Node {
    async fn start(server: &PrivateRedis) -> Self {
        let clock = Arc::new(SteadyClock::start());
        let link = link_to(server, &clock);
        is_up(&link).await;
        let budgets = RedisPushBudgets::new(Arc::clone(&link), CAPS);
        Self { clock, link, budgets }
    }

    async fn take(&self) -> Result<(), HeldBack> {
        self.budgets.take(NIK, self.clock.now()).await
    }

    async fn kept(&self) -> Option<String> {
        let mut get = redis::cmd("GET");
        self.link.run(get.arg(self.link.key(format_args!("push:{NIK}")))).await.unwrap()
    }
}

#[tokio::test]
async fn redis_counts_by_the_same_rules_as_a_node_by_itself() {
    let Some(server) = PrivateRedis::start() else { return };
    let node = Node::start(&server).await;
    let random: &dyn Random = &SystemRandom::new();
    let (mut budget, mut now) = (PushBudget::default(), node.clock.now());
    let mut held_back = [0, 0];
    for step in 0..2_000 {
        let [what, wait]: [u8; 2] = random.bytes();
        now = now + Duration::from_secs(wait.into()) / 2;
        match what {
            0..=150 => {
                let taken = budget.take(&CAPS, now);
                assert_eq!(node.budgets.take(NIK, now).await, taken.map(drop), "step {step}");
                held_back[0] += usize::from(taken == Err(HeldBack::AtTheCap));
                held_back[1] += usize::from(taken == Err(HeldBack::AfterDenial));
                budget = taken.unwrap_or(budget);
            }
            151..=225 => {
                budget = budget.denied(&CAPS, now);
                node.budgets.denied(NIK, now).await;
            }
            _ => {
                budget = budget.succeeded();
                node.budgets.succeeded(NIK).await;
            }
        }
        let numbers = budget.to_numbers().map(|number| number.to_string()).join(" ");
        let kept = node.kept().await.unwrap_or_else(|| "0 0 0".to_owned());
        assert_eq!(kept, numbers, "step {step}");
    }
    assert!(held_back.iter().all(|times| *times > 20), "{held_back:?}");
}

#[tokio::test]
async fn however_many_nodes_take_at_once_no_more_than_the_cap_are_given() {
    let Some(server) = PrivateRedis::start() else { return };
    let (one, two) = tokio::join!(Node::start(&server), Node::start(&server));
    let takes = (0..200).map(|turn| if turn % 2 == 0 { one.take() } else { two.take() });
    let given = join_all(takes).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(given, 5);
}

#[tokio::test]
async fn with_redis_killed_a_node_goes_on_from_what_it_last_saw() {
    let Some(mut server) = PrivateRedis::start() else { return };
    let node = Node::start(&server).await;
    for _ in 0..4 {
        assert_eq!(node.take().await, Ok(()));
    }
    server.kill();
    is_down(&node.link).await;
    assert_eq!(node.take().await, Ok(()), "the fifth");
    assert_eq!(node.take().await, Err(HeldBack::AtTheCap));
    node.budgets.succeeded(NIK).await;
    assert_eq!(node.take().await, Ok(()));
    node.budgets.denied(NIK, node.clock.now()).await;
    assert_eq!(node.take().await, Err(HeldBack::AfterDenial));
}

#[tokio::test]
async fn the_pause_after_a_denial_outlives_redis() {
    let Some(mut server) = PrivateRedis::start() else { return };
    let node = Node::start(&server).await;
    node.budgets.denied(NIK, node.clock.now()).await;
    server.kill();
    is_down(&node.link).await;
    assert_eq!(node.take().await, Err(HeldBack::AfterDenial));
}
