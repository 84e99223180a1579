//! The path cut at each of its boundaries: commit | XADD | flush commit | XACK.

use std::time::Duration;

use countersign::{audit::Flushed, store::audit::append};

use super::bench::{Bench, without_redis};

const STREAM_HAS: Duration = Duration::from_secs(5);

/// Entries that a consumer took count as taken a minute ago.
async fn a_minute_passes(bench: &Bench) {
    let stream = bench.parts.stream(0);
    let taken: redis::streams::StreamPendingCountReply = bench
        .parts
        .redis(redis::cmd("XPENDING").arg(&stream).arg("flushers").arg("-").arg("+").arg(10_000))
        .await;
    for entry in taken.ids {
        let mut claim = redis::cmd("XCLAIM");
        claim.arg(&stream).arg("flushers").arg(&entry.consumer).arg(0).arg(&entry.id);
        let _: redis::Value = bench.parts.redis(claim.arg("IDLE").arg(60_000).arg("JUSTID")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_and_never_put_on_the_stream_is_taken_from_the_outbox() {
    let Some(mut bench) = Bench::large(|_| {}).await else { return };
    let silent = bench.another(without_redis).await;
    for _ in 0..3 {
        let event = silent.event(bench.msp);
        bench.acknowledged.insert(silent.commits(event).await);
    }
    let flusher = &bench.parts.audit.flusher;
    assert_eq!(flusher.step_from_outbox(STREAM_HAS).await.unwrap(), Flushed::default());
    bench.clock.advance(STREAM_HAS + Duration::from_millis(1));
    let flushed = flusher.step_from_outbox(STREAM_HAS).await.unwrap();
    assert_eq!(flushed, Flushed { looked_at: 3, added: 3 });
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_node_put_on_the_stream_before_it_died_is_written_by_another() {
    let Some(mut bench) = Bench::large(|_| {}).await else { return };
    let dying = bench.another(|_| {}).await;
    for _ in 0..3 {
        let event = dying.event(bench.msp);
        bench.acknowledged.insert(dying.commits(event).await);
    }
    bench.parts.holds(0, 3).await;
    drop(dying);
    let mut reader = bench.parts.reader(0);
    let flushed = bench.parts.audit.flusher.step_from_stream(&mut reader).await.unwrap();
    assert_eq!(flushed, Flushed { looked_at: 3, added: 3 });
    assert_eq!((bench.parts.length(0).await, bench.parts.pending(0).await), (0, 0));
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_flusher_took_and_did_not_write_is_written_by_another() {
    let Some(mut bench) = Bench::large(|_| {}).await else { return };
    bench.decides(3).await;
    bench.parts.holds(0, 3).await;
    let mut dying = bench.parts.reader(0);
    assert_eq!(dying.take(500).await.unwrap().entries.len(), 3);
    drop(dying);
    let other = bench.another(|_| {}).await;
    let mut reader = other.reader(0);
    let nothing = other.audit.flusher.step_from_stream(&mut reader).await.unwrap();
    assert_eq!(nothing, Flushed::default(), "it may be at work");
    drop(reader);
    a_minute_passes(&bench).await;
    let mut reader = other.reader(0);
    let flushed = other.audit.flusher.step_from_stream(&mut reader).await.unwrap();
    assert_eq!(flushed, Flushed { looked_at: 3, added: 3 });
    assert_eq!((bench.parts.length(0).await, bench.parts.pending(0).await), (0, 0));
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_and_not_acknowledged_is_known_when_it_comes_again() {
    let Some(mut bench) = Bench::large(|_| {}).await else { return };
    bench.decides(3).await;
    bench.parts.holds(0, 3).await;
    let mut dying = bench.parts.reader(0);
    let taken = dying.take(500).await.unwrap();
    let now = bench.parts.context.now();
    assert_eq!(append(&bench.parts.context.store, &taken.entries, now).await.unwrap().added, 3);
    drop(dying);
    // The same consumer, after a lost connection.
    let mut reader = bench.parts.reader(0);
    let flushed = bench.parts.audit.flusher.step_from_stream(&mut reader).await.unwrap();
    assert_eq!(flushed, Flushed { looked_at: 3, added: 0 });
    assert_eq!((bench.parts.length(0).await, bench.parts.pending(0).await), (0, 0));
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_acknowledged_and_deleted_together_is_neither() {
    let Some(redis) = countersign_testkit::servers::PrivateRedis::start_or_skip() else { return };
    let Some(postgres) = countersign_testkit::servers::shared_postgres() else { return };
    let place = crate::house::Place::large(&postgres, redis.url()).await;
    let mut bench = Bench::at(place, |_| {}).await;
    bench.decides(3).await;
    bench.parts.holds(0, 3).await;
    let allow = async |what: &str| {
        let _: String =
            bench.parts.redis(redis::cmd("ACL").arg("SETUSER").arg("default").arg(what)).await;
    };
    allow("-xdel").await;
    let mut reader = bench.parts.reader(0);
    bench.parts.audit.flusher.step_from_stream(&mut reader).await.unwrap_err();
    assert_eq!(
        bench.parts.pending(0).await,
        3,
        "an entry that only stands there is never read again"
    );
    allow("+xdel").await;
    let flushed = bench.parts.audit.flusher.step_from_stream(&mut reader).await.unwrap();
    assert_eq!(flushed, Flushed { looked_at: 3, added: 0 });
    assert_eq!((bench.parts.length(0).await, bench.parts.pending(0).await), (0, 0));
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_while_it_was_taken_is_let_go() {
    let Some(mut bench) = Bench::large(|_| {}).await else { return };
    bench.decides(3).await;
    bench.parts.holds(0, 3).await;
    let mut dying = bench.parts.reader(0);
    dying.take(500).await.unwrap();
    let stream = bench.parts.stream(0);
    let _: usize = bench.parts.redis(redis::cmd("XTRIM").arg(&stream).arg("MAXLEN").arg(0)).await;
    assert_eq!(bench.parts.pending(0).await, 3);
    // Its own history, and for another consumer what is abandoned.
    let mut reader = bench.parts.reader(0);
    let flushed = bench.parts.audit.flusher.step_from_stream(&mut reader).await.unwrap();
    assert_eq!(flushed, Flushed { looked_at: 3, added: 0 });
    assert_eq!(bench.parts.pending(0).await, 0);
    bench.drain().await;
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_could_not_be_written_is_the_next_one() {
    let Some(mut bench) = Bench::large(|settings| settings.store.statement_timeout_ms = 500).await
    else {
        return;
    };
    bench.decides(3).await;
    bench.parts.holds(0, 3).await;
    let mut reader = bench.parts.reader(0);
    let flusher = &bench.parts.audit.flusher;
    let held = super::tamper::Held::table(&bench.place, "audit_logs").await;
    flusher.step_from_stream(&mut reader).await.unwrap_err();
    held.let_go().await;
    let flushed = super::tamper::until_looked_at(flusher, &mut reader).await;
    assert_eq!(flushed.added, 3);
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_flushers_on_one_shard_and_the_outbox_write_everything_once() {
    let Some(mut bench) = Bench::large(|_| {}).await else { return };
    let other = bench.another(|_| {}).await;
    bench.decides(1200).await;
    bench.parts.holds(0, 1200).await;
    let by_stream = async |parts: &super::bench::Parts| {
        let mut reader = parts.reader(0);
        while parts.length(0).await > 0 {
            parts.audit.flusher.step_from_stream(&mut reader).await.unwrap();
        }
    };
    let by_outbox = async |parts: &super::bench::Parts| {
        let flusher = &parts.audit.flusher;
        while flusher.step_from_outbox(Duration::ZERO).await.unwrap().looked_at > 0 {}
    };
    crate::house::soon(async {
        tokio::join!(
            by_stream(&bench.parts),
            by_stream(&other),
            by_outbox(&bench.parts),
            by_outbox(&other)
        )
    })
    .await;
    bench.all_is_recorded().await;
}
