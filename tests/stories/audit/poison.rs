//! Entries that can't stand in the log: dead letters, and nobody behind them waits.

use countersign::{audit::Flushed, domain::Event};
use countersign_protocol::{EventId, MspId};
use uuid::Uuid;

use super::{
    bench::{Bench, without_redis},
    tamper::dead_letters,
};

/// What an entry of the stream is made of.
struct Fields {
    id: Vec<u8>,
    body: Vec<u8>,
    mac: Vec<u8>,
}

/// As the service itself would put this on the stream of this shard.
fn genuine(bench: &Bench, shard: u16, id: EventId, body: &str) -> Fields {
    let keys = &bench.parts.audit.stream.as_ref().unwrap().keys;
    let mac = keys.tag("audit stream", &[&shard.to_be_bytes(), id.as_bytes(), body.as_bytes()]);
    Fields { id: id.as_bytes().to_vec(), body: body.into(), mac: mac.to_vec() }
}

async fn add(bench: &Bench, fields: Fields) {
    let mut add = redis::cmd("XADD");
    add.arg(bench.parts.stream(0)).arg("*");
    add.arg("id").arg(fields.id).arg("body").arg(fields.body).arg("mac").arg(fields.mac);
    let _: String = bench.parts.redis(&mut add).await;
}

/// Text of an event as it is stored.
fn text(event: &Event) -> String {
    serde_json::to_string(event).unwrap()
}

/// A bench whose node puts nothing on the stream by itself: what it commits is in the outbox alone.
async fn bench_with_an_outbox_of(count: usize) -> Option<(Bench, Vec<Event>)> {
    let mut bench = Bench::large(|_| {}).await?;
    let silent = bench.another(without_redis).await;
    let mut events = Vec::new();
    for _ in 0..count {
        let event = silent.event(bench.msp);
        bench.acknowledged.insert(silent.commits(event.clone()).await);
        events.push(event);
    }
    Some((bench, events))
}

async fn flushed(bench: &Bench) -> Flushed {
    let mut reader = bench.parts.reader(0);
    bench.parts.audit.flusher.step_from_stream(&mut reader).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_forged_changed_or_moved_is_a_dead_letter_and_leaves_the_outbox_alone() {
    let Some((bench, events)) = bench_with_an_outbox_of(4).await else { return };
    let whole = |event: &Event, shard| genuine(&bench, shard, event.id, &text(event));
    let forged = Fields { mac: vec![7; 32], ..whole(&events[0], 0) };
    let changed = whole(&events[1], 0);
    let body = text(&events[1]).replace("were cleared", "were counted").into();
    let changed = Fields { body, ..changed };
    let renamed = Fields { id: events[3].id.as_bytes().to_vec(), ..whole(&events[2], 0) };
    let moved = whole(&events[3], 1);
    for fields in [forged, changed, renamed, moved] {
        add(&bench, fields).await;
    }
    let nothing: &[(&str, &str)] = &[("so", "what")];
    let mut odd = redis::cmd("XADD");
    odd.arg(bench.parts.stream(0)).arg("*").arg(nothing);
    let _: String = bench.parts.redis(&mut odd).await;
    assert_eq!(flushed(&bench).await, Flushed { looked_at: 5, added: 0 });
    assert_eq!(dead_letters(&bench.place).await, 5);
    assert_eq!((bench.parts.length(0).await, bench.parts.pending(0).await), (0, 0));
    let waiting = bench.log().await.waiting;
    assert_eq!(waiting.len(), 4, "the genuine events still wait");
    bench.drain().await;
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_becomes_a_dead_letter_with_its_outbox_row_and_stops_nobody_behind_it() {
    let Some(mut bench) = Bench::large(|_| {}).await else { return };
    let event = bench.parts.event(bench.msp);
    let fresh = || EventId(Uuid::from_u128(bench.parts.event(bench.msp).id.0.as_u128()));
    let strangers = Event { id: fresh(), msp: MspId(Uuid::from_u128(7)), ..event.clone() };
    let anothers = fresh();
    let long = Event { id: fresh(), sentence: "x".repeat(70_000), ..event.clone() };
    let poison = [
        genuine(&bench, 0, anothers, "{"),
        genuine(&bench, 0, anothers, &text(&event)),
        genuine(&bench, 0, anothers, "{\"id\":\"\0\"}"),
        genuine(&bench, 0, strangers.id, &text(&strangers)),
        genuine(&bench, 0, long.id, &text(&long)),
    ];
    for fields in poison {
        add(&bench, fields).await;
    }
    bench.decides(3).await;
    bench.parts.holds(0, 8).await;
    assert_eq!(flushed(&bench).await, Flushed { looked_at: 8, added: 3 });
    assert_eq!(dead_letters(&bench.place).await, 5);
    assert_eq!((bench.parts.length(0).await, bench.parts.pending(0).await), (0, 0));
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_of_the_outbox_that_is_no_event_is_a_dead_letter_and_leaves_it() {
    let Some((bench, events)) = bench_with_an_outbox_of(2).await else { return };
    let spoilt = format!("UPDATE outbox SET body = '{{' WHERE id = '{}'", events[0].id);
    super::tamper::tamper(&bench.place, bench.msp, &spoilt).await;
    bench.drain().await;
    assert_eq!(dead_letters(&bench.place).await, 1);
    let log = bench.log().await;
    log.is_sound();
    assert!(log.waiting.is_empty());
    assert!(log.entries.iter().any(|entry| entry.event.id == events[1].id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_that_comes_again_is_the_same_one() {
    let Some(mut bench) = Bench::large(|_| {}).await else { return };
    let event = bench.parts.event(bench.msp).id;
    add(&bench, genuine(&bench, 0, event, "{")).await;
    bench.decides(1).await;
    bench.parts.holds(0, 2).await;
    let mut reader = bench.parts.reader(0);
    let flusher = &bench.parts.audit.flusher;
    flusher.step_from_stream(&mut reader).await.unwrap();
    // As after an acknowledgement that was lost.
    add(&bench, genuine(&bench, 0, event, "{")).await;
    flusher.step_from_stream(&mut reader).await.unwrap();
    assert_eq!(dead_letters(&bench.place).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_too_long_to_be_filed_by_is_filed_by_its_beginning() {
    let mut benches = vec![Bench::embedded().await];
    benches.extend(Bench::large(|_| {}).await);
    for mut bench in benches {
        let mut event = bench.parts.event(bench.msp);
        // Nothing that a database could compress.
        let words = (0..400).map(|n: u128| {
            Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
        });
        event.about.outcome = Some(words.map(|word| word.simple().to_string()).collect());
        event.about.account.clone_from(&event.about.outcome);
        bench.acknowledged.insert(bench.parts.commits(event).await);
        bench.drain().await;
        bench.all_is_recorded().await;
        assert_eq!(dead_letters(&bench.place).await, 0);
    }
}
