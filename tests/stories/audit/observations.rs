//! Observations change nothing, and are recorded all the same: a flood of them as one.

use std::time::Duration;

use countersign::audit::Observe;
use countersign::domain::{Actor, Entity, Event, Fact};
use countersign::store::Scope;
use countersign_testkit::servers::{PrivateRedis, shared_postgres};

use super::log::{Entry, Log};
use crate::{
    house::{House, Node, Place, soon},
    story,
};

/// A refused request of an admin, who asked for this route.
fn refused(house: &House, node: &Node, code: &str) -> Event {
    let step = node.context.moment(Scope::msp(house.msp), Actor::Service);
    let fact = Fact::RequestRefused {
        method: "GET".into(),
        route: "/admin/v1/audit".into(),
        code: code.into(),
    };
    step.event(Entity::Technician(house.nik.id), 0, format!("a request was refused: {code}"), fact)
}

/// What was observed of this code: how often it stands in the log by itself, and counted in another event.
fn observed(log: &Log, code: &str) -> (usize, u64) {
    let mut found = (0, 0);
    for entry in &log.entries {
        match &entry.event.fact {
            Fact::RequestRefused { code: of, .. } if of == code => found.0 += 1,
            Fact::ObservationsCounted { outcome: Some(of), more, .. } if of == code => {
                found.1 += more;
            }
            _ => {}
        }
    }
    found
}

/// Returns once this much was observed.
async fn recorded(house: &House, code: &str, expected: (usize, u64)) {
    let recorded = async {
        loop {
            let log = Log::flushed(house).await;
            log.is_sound();
            let found = observed(&log, code);
            if found == expected {
                return;
            }
            assert!(found.0 <= expected.0 && found.1 <= expected.1, "{found:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon(recorded).await;
}

story! {
    async fn a_flood_of_identical_observations_is_counted_in_one_event(house: House) {
        let observer = &house.node.context.observer;
        for _ in 0..1000 {
            observer.observe(refused(&house, &house.node, "flood"));
        }
        recorded(&house, "flood", (20, 0)).await;
        house.clock.advance(Duration::from_secs(61));
        observer.observe(refused(&house, &house.node, "drop"));
        recorded(&house, "flood", (20, 980)).await;
        recorded(&house, "drop", (1, 0)).await;
        let log = Log::read(&house.place, house.msp).await;
        let counted = |entry: &&Entry| matches!(entry.event.fact, Fact::ObservationsCounted { .. });
        let counted: Vec<_> = log.entries.iter().filter(counted).collect();
        assert_eq!(counted.len(), 1);
        assert_eq!(counted[0].event.sentence, "980 more times: a request was refused: flood");
    }
}

story! {
    async fn a_node_that_stops_writes_down_what_it_observed(house: House) {
        let mut house = house;
        for _ in 0..30 {
            house.node.context.observer.observe(refused(&house, &house.node, "last words"));
        }
        house.restart().await;
        recorded(&house, "last words", (20, 10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_observed_without_redis_travels_by_the_outbox() {
    let Some(postgres) = shared_postgres() else { return };
    let Some(mut redis) = PrivateRedis::start_or_skip() else { return };
    let house = House::at(Place::large(&postgres, redis.url()).await, |_| {}).await;
    let observer = &house.node.context.observer;
    observer.observe(refused(&house, &house.node, "before"));
    recorded(&house, "before", (1, 0)).await;
    redis.kill();
    // Whether the node knows it already or not.
    for _ in 0..10 {
        observer.observe(refused(&house, &house.node, "without"));
    }
    recorded(&house, "without", (10, 0)).await;
}
