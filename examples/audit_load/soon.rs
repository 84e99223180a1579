//! How soon after its commit an event can be read in the log.

use std::{collections::HashMap, time::Duration};

use countersign::store::Committed;
use hdrhistogram::Histogram;
use tokio::{
    sync::mpsc,
    time::{Instant as Timer, interval, sleep},
};
use uuid::Uuid;

use crate::{
    Failure, events::event, options::Options, path::Flushers, plain::Id, servers::Servers,
};

/// How often the log is read.
const LOOK: Duration = Duration::from_millis(5);
/// How long the last events may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// From XADD to the answer of a reader who looks every few milliseconds.
pub struct Soon {
    /// Milliseconds, at the median.
    pub p50: f64,
    /// And for 99 of a hundred.
    pub p99: f64,
    /// And the last.
    pub max: f64,
    /// How many were measured.
    pub events: u64,
    /// How many a second there were.
    pub rate: f64,
}

/// Puts events on the streams at an even pace, and reads the logs.
pub async fn measure(servers: &Servers, options: &Options) -> Result<Soon, Failure> {
    let flushers = Flushers::start(servers);
    sleep(Duration::from_secs(1)).await;
    let (sent, seen) = mpsc::unbounded_channel();
    let client = servers.superuser().await?;
    let reading = tokio::spawn(read(client, servers.msps.iter().map(|msp| msp.0).collect(), seen));
    let total = u64::from(options.rate) * u64::from(options.seconds);
    let producer = &servers.audit.stream.as_ref().ok_or("no stream")?.producer;
    let each = Duration::from_secs(1) / options.rate;
    let (began, mut count) = (Timer::now(), 0);
    while count < total {
        let due = u64::try_from(began.elapsed().as_nanos() / each.as_nanos())?.min(total);
        while count < due {
            let msp = servers.msps[usize::try_from(count)? % servers.msps.len()];
            let event = event(&servers.context, msp, count);
            sent.send((event.id.0, Timer::now()))?;
            producer.committed(&event);
            count += 1;
        }
        sleep(Duration::from_millis(1)).await;
    }
    let rate = f64::from(u32::try_from(count)?) / began.elapsed().as_secs_f64();
    drop(sent);
    let histogram = reading.await??;
    flushers.stop().await;
    let ms = |micros: u64| f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1e3;
    Ok(Soon {
        p50: ms(histogram.value_at_quantile(0.5)),
        p99: ms(histogram.value_at_quantile(0.99)),
        max: ms(histogram.max()),
        events: histogram.len(),
        rate,
    })
}

type Sent = mpsc::UnboundedReceiver<(Uuid, Timer)>;

/// Reads what is new in each log, until everything that was sent was seen.
async fn read(
    client: tokio_postgres::Client,
    msps: Vec<Uuid>,
    mut sent: Sent,
) -> Result<Histogram<u64>, Failure> {
    let ends = "SELECT coalesce((SELECT size FROM audit_logs l WHERE l.msp = m.msp), 0) - 1 \
        FROM unnest($1::uuid[]) WITH ORDINALITY AS m(msp, turn) ORDER BY turn";
    let ids: Vec<Id> = msps.iter().copied().map(Id).collect();
    let rows = client.query(ends, &[&ids]).await?;
    let mut ends: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let new = "SELECT m.turn, e.position, e.event_id::text FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY \
        AS m(msp, after, turn) JOIN audit_events e ON e.msp = m.msp AND e.position > m.after";
    let new = client.prepare(new).await?;
    let mut waiting: HashMap<Uuid, Timer> = HashMap::new();
    let mut histogram = Histogram::new(3)?;
    let mut ticks = interval(LOOK);
    let mut last = Timer::now();
    loop {
        ticks.tick().await;
        let rows = client.query(&new, &[&ids, &ends]).await?;
        let now = Timer::now();
        while let Ok((id, at)) = sent.try_recv() {
            waiting.insert(id, at);
            last = now;
        }
        for row in rows {
            let (turn, position, id): (i64, i64, String) = (row.get(0), row.get(1), row.get(2));
            let end = &mut ends[usize::try_from(turn - 1)?];
            *end = position.max(*end);
            if let Some(at) = waiting.remove(&id.parse()?) {
                histogram.record(u64::try_from((now - at).as_micros())?)?;
            }
        }
        if sent.is_closed() && sent.is_empty() && waiting.is_empty() {
            return Ok(histogram);
        }
        if last.elapsed() > PATIENCE {
            return Err(format!("{} events did not reach the log", waiting.len()).into());
        }
    }
}
