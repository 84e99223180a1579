//! Redis and PostgreSQL fail under the feet of two nodes at work.

use std::time::Duration;

use countersign_protocol::audit::Checkpoint;
use countersign_testkit::servers::{PrivatePostgres, PrivateRedis, shared_postgres};

use super::{Log, bench::Bench, traffic::Traffic};
use crate::house::{House, Node, Place, soon};

/// Two nodes, a phone at one of them and a workstation at the other.
async fn two_nodes(postgres: &url::Url, redis: url::Url) -> (House, Node, Traffic) {
    let house = House::at(Place::large(postgres, redis).await, |settings| {
        settings.redis.timeout_ms = 100;
        settings.store.acquire_timeout_ms = 500;
    })
    .await;
    let other = house.another_node().await;
    let phone = house.phone_through(other.transport(&house.clock), &house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    (house, other, Traffic::of(phone, workstation))
}

/// The newest checkpoint so far.
async fn checkpoint(house: &House) -> Checkpoint {
    countersign::audit::sign_checkpoints(&house.node.audit.notary).await.unwrap();
    let log = Log::read(&house.place, house.msp).await;
    log.opened(log.notes.last().expect("a head was signed"))
}

/// Returns once the nodes themselves have brought everything into the log.
async fn settled(house: &House) -> Log {
    house.clock.advance(Duration::from_secs(6));
    let settled = async {
        loop {
            let log = Log::read(&house.place, house.msp).await;
            if log.waiting.is_empty() {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon(settled).await
}

async fn end(house: &House, traffic: Traffic, checkpoints: &[Checkpoint]) {
    let answers = traffic.stop().await;
    let log = settled(house).await;
    answers.stand_in(&log);
    for earlier in checkpoints {
        assert_eq!(log.root(earlier.size), earlier.root, "of the first {}", earlier.size);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_redis_dies_forgets_and_freezes() {
    let Some(postgres) = shared_postgres() else { return };
    let Some(mut redis) = PrivateRedis::start_or_skip() else { return };
    let (house, _other, traffic) = two_nodes(&postgres, redis.url()).await;
    let mut checkpoints = Vec::new();
    let flush = async |redis: &PrivateRedis| {
        let client = redis::Client::open(redis.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
    };
    for _ in 0..2 {
        traffic.goes_on(5).await;
        redis.kill();
        traffic.goes_on(5).await;
        checkpoints.push(checkpoint(&house).await);
        redis.restart();
        traffic.goes_on(5).await;
        flush(&redis).await;
        traffic.goes_on(5).await;
        redis.pause();
        traffic.goes_on(5).await;
        checkpoints.push(checkpoint(&house).await);
        redis.resume();
    }
    traffic.goes_on(5).await;
    end(&house, traffic, &checkpoints).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_postgresql_dies_and_returns() {
    let Some(mut postgres) = PrivatePostgres::start_or_skip() else { return };
    let Some(redis) = PrivateRedis::start_or_skip() else { return };
    let (house, _other, traffic) = two_nodes(&postgres.admin_url(), redis.url()).await;
    let mut checkpoints = Vec::new();
    for _ in 0..3 {
        traffic.goes_on(10).await;
        postgres.kill();
        postgres.restart();
        traffic.goes_on(5).await;
        checkpoints.push(checkpoint(&house).await);
    }
    end(&house, traffic, &checkpoints).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_filled_while_nobody_read_it_is_emptied_and_filled_again() {
    let Some(mut bench) = Bench::large(|settings| {
        settings.audit.shards = 1;
        settings.audit.stream_longest = 1000;
    })
    .await
    else {
        return;
    };
    bench.decides(1400).await;
    let length = bench.parts.length(0).await;
    assert!((1000..1400).contains(&length), "{length} entries, and the rest in the outbox");
    bench.clock.advance(Duration::from_secs(6));
    bench.drain().await;
    let mut reader = bench.parts.reader(0);
    while bench.parts.length(0).await > 0 {
        bench.parts.audit.flusher.step_from_stream(&mut reader).await.unwrap();
    }
    bench.all_is_recorded().await;
    let again = async {
        while bench.parts.length(0).await == 0 {
            bench.decides(1).await;
        }
    };
    soon(again).await;
    bench.drain().await;
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_full_is_used_again_however_busy_the_others_are() {
    let Some(mut bench) = Bench::large(|settings| settings.audit.stream_longest = 1000).await
    else {
        return;
    };
    let parts = bench
        .another(|settings| {
            settings.audit.stream_longest = 1000;
            settings.audit.shards = 2;
        })
        .await;
    let on = |msp: countersign_protocol::MspId| msp.0.as_u64_pair().1 % 2;
    let mut msps = [None, None];
    while msps.iter().any(Option::is_none) {
        let msp = parts.another_msp().await;
        msps[usize::try_from(on(msp)).unwrap()] = Some(msp);
    }
    let [Some(one), Some(other)] = msps else { panic!("both") };
    while parts.length(0).await < 1000 {
        parts.commits(parts.event(one)).await;
    }
    // So that the node has seen it full.
    let seen = async {
        loop {
            let before = parts.length(0).await;
            for _ in 0..20 {
                parts.commits(parts.event(one)).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            if parts.length(0).await == before {
                return;
            }
        }
    };
    soon(seen).await;
    let empties = async |shard: u16| {
        let mut trim = redis::cmd("XTRIM");
        trim.arg(parts.stream(shard)).arg("MAXLEN").arg(0);
        let _: usize = parts.redis(&mut trim).await;
    };
    empties(0).await;
    let used = async {
        while parts.length(0).await == 0 {
            parts.commits(parts.event(one)).await;
            parts.commits(parts.event(other)).await;
            empties(1).await;
        }
    };
    soon(used).await;
    bench.acknowledged.clear();
}
