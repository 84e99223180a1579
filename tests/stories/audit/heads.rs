//! What is wrong with one msp's log is not the others' trouble, and makes no event of anybody a dead letter.

use std::time::Duration;

use countersign::audit::sign_checkpoints;
use countersign_protocol::wire::admin::{CreateTenant, TenantSettings};

use super::{
    Log,
    bench::{Bench, without_redis},
    tamper::{dead_letters, tamper},
};
use crate::{
    house::{House, Place},
    story,
};

/// Puts this right edge in the head's place; nothing of the log counts as signed.
async fn puts_edge(house: &House, edge: &[u8]) {
    let hex: String = edge.iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = match house.place {
        Place::Embedded { .. } => format!("x'{hex}'"),
        Place::Large { .. } => format!("'\\x{hex}'::bytea"),
    };
    let sql =
        format!("UPDATE audit_logs SET signed_size = 0, frontier = {bytes} WHERE msp = {{msp}}");
    tamper(&house.place, house.msp, &sql).await;
}

async fn made(admin: &countersign_client::Admin, name: &str) {
    let settings = TenantSettings::default();
    admin.create_tenant(&CreateTenant { name: name.into(), settings }).await.unwrap();
}

/// Steps from the outbox, whatever they end in.
async fn some_steps(house: &House) {
    for _ in 0..4 {
        let _ = house.node.audit.flusher.step_from_outbox(Duration::ZERO).await;
    }
}

story! {
    async fn a_head_that_is_no_tree_stops_its_own_log_alone(house: House) {
        let (rival, rivals_admin) = house.another_msp().await;
        house.flush().await;
        let before = Log::read(&house.place, house.msp).await;
        puts_edge(&house, &[7]).await;
        for tenant in 0..3 {
            made(&house.admin, &format!("Harbour {tenant}")).await;
            made(&rivals_admin, &format!("Orchard {tenant}")).await;
        }
        some_steps(&house).await;
        let rivals = Log::read(&house.place, rival).await;
        rivals.is_sound();
        assert_eq!(rivals.waiting, Vec::<String>::new());
        let ours = Log::read(&house.place, house.msp).await;
        assert_eq!(ours.waiting.len(), 3, "they wait for the head to be mended");
        assert_eq!(dead_letters(&house.place).await, 0);
        let _ = sign_checkpoints(&house.node.audit.notary).await;
        let rivals = Log::read(&house.place, rival).await;
        assert_eq!(rivals.opened(rivals.notes.last().unwrap()).size, rivals.size, "and are signed");

        puts_edge(&house, &before.edge).await;
        house.clock.advance(Duration::from_secs(61));
        let ours = Log::flushed(&house).await;
        ours.is_sound();
        assert_eq!((ours.size, ours.waiting.len()), (before.size + 3, 0));
    }
}

story! {
    async fn however_many_heads_can_t_be_signed_the_others_are(house: House) {
        // More than are read at once, all of them in front of the story's.
        let many = match house.place {
            Place::Embedded { .. } => {
                "PRAGMA foreign_keys = OFF; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
                 INSERT INTO audit_logs SELECT unhex(format('000000000000700080%014x', i)), 1, x'07', 0, 0 FROM n"
            }
            Place::Large { .. } => {
                "BEGIN; SET LOCAL session_replication_role = replica;
                 INSERT INTO audit_logs SELECT format('00000000-0000-7000-8000-%s', lpad(to_hex(i), 12, '0'))::uuid,
                     1, '\\x07', now(), 0 FROM generate_series(1, 600) AS i; COMMIT"
            }
        };
        tamper(&house.place, house.msp, many).await;
        made(&house.admin, "Harbour").await;
        some_steps(&house).await;
        assert!(sign_checkpoints(&house.node.audit.notary).await.is_err(), "the others are no trees");
        let ours = Log::read(&house.place, house.msp).await;
        assert_eq!(ours.waiting, Vec::<String>::new());
        assert_eq!(ours.opened(ours.notes.last().unwrap()).size, ours.size);
    }
}

story! {
    async fn a_head_behind_its_leaves_stops_its_own_log_alone(house: House) {
        let (rival, rivals_admin) = house.another_msp().await;
        house.flush().await;
        let before = Log::read(&house.place, house.msp).await;
        // As if an older head had been put back.
        puts_edge(&house, &[]).await;
        let empty = "UPDATE audit_logs SET size = 0 WHERE msp = {msp}";
        tamper(&house.place, house.msp, empty).await;
        made(&house.admin, "Harbour").await;
        made(&rivals_admin, "Orchard").await;
        some_steps(&house).await;
        let rivals = Log::read(&house.place, rival).await;
        rivals.is_sound();
        assert_eq!(rivals.waiting, Vec::<String>::new());
        let ours = Log::read(&house.place, house.msp).await;
        assert_eq!((ours.waiting.len(), ours.entries.len()), (1, before.entries.len()));
        assert_eq!(dead_letters(&house.place).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_went_missing_is_made_again_and_nothing_is_a_dead_letter() {
    let Some(mut bench) = Bench::large(without_redis).await else { return };
    bench.drain().await;
    let drop = "DO $$ DECLARE part text; BEGIN FOR part IN SELECT inhrelid::regclass::text FROM pg_inherits \
         WHERE inhparent = 'audit_events'::regclass LOOP EXECUTE 'DROP TABLE ' || part; END LOOP; END $$";
    let log = bench.log().await;
    tamper(&bench.place, bench.msp, drop).await;
    bench.decides(2).await;
    let flusher = &bench.parts.audit.flusher;
    let refused = flusher.step_from_outbox(Duration::ZERO).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(dead_letters(&bench.place).await, 0);
    bench.drain().await;
    let after = bench.log().await;
    assert_eq!((after.size, after.waiting.len()), (log.size + 2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_clock_ahead_dated_into_the_future_waits_for_no_clock() {
    use countersign::ambient::Clock;
    let mut benches = vec![Bench::embedded().await];
    benches.extend(Bench::large(without_redis).await);
    for mut bench in benches {
        let now = bench.clock.now();
        bench.clock.stand_at(now + Duration::from_secs(3600));
        bench.decides(2).await;
        bench.clock.stand_at(now);
        bench.decides(1).await;
        let flusher = &bench.parts.audit.flusher;
        let stream_has = Duration::from_secs(5);
        let flushed = flusher.step_from_outbox(stream_has).await.unwrap();
        assert_eq!(flushed.added, 2, "no stream needs an hour");
        bench.drain().await;
        bench.all_is_recorded().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recording_goes_forward_where_the_clock_goes_back() {
    use countersign::ambient::Clock;
    let mut bench = Bench::embedded().await;
    let now = bench.clock.now();
    bench.clock.stand_at(now + Duration::from_secs(3600));
    bench.decides(2).await;
    bench.drain().await;
    bench.clock.stand_at(now);
    bench.decides(2).await;
    bench.drain().await;
    bench.all_is_recorded().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_too_long_for_its_time_is_tried_in_smaller_ones() {
    let Some(mut bench) = Bench::large(|settings| {
        without_redis(settings);
        settings.store.statement_timeout_ms = 500;
    })
    .await
    else {
        return;
    };
    bench.decides(64).await;
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$; \
         CREATE TRIGGER slow BEFORE INSERT ON audit_leaves FOR EACH ROW EXECUTE FUNCTION slow()";
    tamper(&bench.place, bench.msp, slow).await;
    let flusher = &bench.parts.audit.flusher;
    let drained = async {
        while bench.log().await.size < bench.acknowledged.len() as u64 {
            let _ = flusher.step_from_outbox(Duration::ZERO).await;
        }
    };
    crate::house::soon(drained).await;
    bench.all_is_recorded().await;
}
