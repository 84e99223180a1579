//! First pages of filtered queries over a long log, as a request reads them: behind row-level security.

use hdrhistogram::Histogram;
use tokio::time::Instant as Timer;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    Failure,
    events::{TECHNICIANS, TENANTS, WORKSTATIONS},
    options::Options,
    plain::Id,
    say,
    servers::Servers,
};

/// How many months the log goes back: as many partitions.
const MONTHS: u64 = 12;

/// What one filter's pages took.
pub struct Pages {
    /// Which filter.
    pub filter: &'static str,
    /// Milliseconds, at the median.
    pub p50: f64,
    /// And for 99 of a hundred.
    pub p99: f64,
    /// Events on a page, on average.
    pub events: f64,
}

/// A filter, and the value that it has for a number.
type Filter = (&'static str, &'static str, fn(u64) -> String);

const FILTERS: [Filter; 9] = [
    ("none", "true", |_| String::new()),
    ("tenant", "tenant = $3::text::uuid", |n| id(1, n % TENANTS)),
    ("technician", "technician = $3::text::uuid", |n| id(2, n % TECHNICIANS)),
    ("workstation", "workstation = $3::text::uuid", |n| id(3, n % WORKSTATIONS)),
    ("account", "account = $3::text", |n| format!("msp-technician-{}", n % TECHNICIANS)),
    ("kind, a common one", "kind = $3::text", |_| "login_opened".to_owned()),
    ("kind, a rare one", "kind = $3::text", |_| "technician_suspended".to_owned()),
    ("outcome", "outcome = $3::text", |_| "denied".to_owned()),
    (
        "technician and rare kind",
        "technician = $3::text::uuid AND kind = 'technician_suspended'",
        |n| id(2, n % TECHNICIANS),
    ),
];

fn id(kind: u128, of: u64) -> String {
    Uuid::from_u128((kind << 64) | u128::from(of)).to_string()
}

/// Makes the log, and asks for its pages.
pub async fn measure(servers: &Servers, options: &Options) -> Result<Vec<Pages>, Failure> {
    let msp: Uuid = servers.context.id(servers.context.now());
    let client = servers.superuser().await?;
    fill(&client, msp, options.long_log).await?;
    let scope = format!(
        "SET ROLE countersign_app; SELECT set_config('countersign.msp', '{msp}', false), \
         set_config('countersign.tenant', '', false)"
    );
    client.batch_execute(&scope).await?;
    let mut pages = Vec::new();
    for filter in FILTERS {
        pages.push(asked(&client, msp, filter, options).await?);
    }
    Ok(pages)
}

async fn asked(
    client: &Client,
    msp: Uuid,
    (filter, condition, value): Filter,
    options: &Options,
) -> Result<Pages, Failure> {
    let page = format!(
        "SELECT position, recorded_at::text, body, $3::text FROM audit_events \
         WHERE msp = $1 AND {condition} AND position < $2 ORDER BY position DESC LIMIT 50"
    );
    let page = client.prepare(&page).await?;
    let mut histogram: Histogram<u64> = Histogram::new(3)?;
    let mut events = 0;
    for turn in 0..u64::from(options.pages) {
        // The first page, and then one from anywhere.
        let before = match turn % 2 {
            0 => i64::MAX,
            _ => i64::try_from(scattered(turn) % options.long_log)?,
        };
        let value = value(scattered(turn));
        let began = Timer::now();
        let rows = client.query(&page, &[&Id(msp), &before, &value]).await?;
        histogram.record(u64::try_from(began.elapsed().as_micros())?)?;
        events += rows.len();
    }
    let ms = |micros: u64| f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1e3;
    let events = f64::from(u32::try_from(events)?) / f64::from(options.pages.max(1));
    let [p50, p99] = [0.5, 0.99].map(|quantile| ms(histogram.value_at_quantile(quantile)));
    Ok(Pages { filter, p50, p99, events })
}

/// A number far from its neighbours' (Knuth's multiplicative hash).
fn scattered(number: u64) -> u64 {
    number.wrapping_mul(2_654_435_761) >> 7
}

/// A log of `events` over the last months, by SQL alone: no tree is made of it.
async fn fill(client: &Client, msp: Uuid, events: u64) -> Result<(), Failure> {
    let indexes = "SELECT indexname, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes \
        WHERE tablename = 'audit_events' AND indexname <> 'audit_events_pkey'";
    let indexes = client.query(indexes, &[]).await?;
    for index in &indexes {
        client.batch_execute(&format!("DROP INDEX {}", index.get::<_, String>(0))).await?;
    }
    client
        .batch_execute("SET maintenance_work_mem = '256MB'; SET synchronous_commit = off")
        .await?;
    let each = events / MONTHS;
    for month in 0..MONTHS {
        say(&format!("month {} of {MONTHS}", month + 1));
        client.batch_execute(&a_month(msp, month, each)).await?;
    }
    say("indexes");
    for index in &indexes {
        client.batch_execute(&index.get::<_, String>(1)).await?;
    }
    client.batch_execute("VACUUM ANALYZE audit_events").await?;
    Ok(())
}

/// A month's events: people, machines and kinds scattered over them.
fn a_month(msp: Uuid, month: u64, each: u64) -> String {
    let (from, to, ago) = (month * each, (month + 1) * each - 1, MONTHS - 1 - month);
    let first = format!("date_trunc('month', now() AT TIME ZONE 'UTC') - interval '{ago} months'");
    let first = format!("(({first}) AT TIME ZONE 'UTC')");
    let id = |kind: u32, of: u64, shift: u32| {
        let low = format!("lpad(to_hex((r >> {shift}) % {of}), 16, '0')");
        format!("(lpad('{kind}', 16, '0') || {low})::uuid")
    };
    let (tenant, technician) = (id(1, TENANTS, 3), id(2, TECHNICIANS, 5));
    let workstation = id(3, WORKSTATIONS, 9);
    format!(
        "SELECT audit_make_partition({first}); \
         INSERT INTO audit_events (msp, position, recorded_at, event_id, kind, outcome, tenant, technician, \
             workstation, account, sentence, body) \
         SELECT '{msp}', g, {first} + interval '27 days' * ((g - {from})::float / {each}), gen_random_uuid(), \
             CASE WHEN r % 5000 = 0 THEN 'technician_suspended' ELSE \
                 (ARRAY['login_opened', 'login_claimed', 'login_approved', 'grant_taken', 'push_accepted', \
                  'login_seen', 'login_expired', 'device_refreshed'])[1 + r % 8] END, \
             CASE r % 4 WHEN 0 THEN 'approved' WHEN 1 THEN (ARRAY['denied', 'expired', 'accepted'])[1 + r % 3] END, \
             {tenant}, {technician}, {workstation}, 'msp-technician-' || (r >> 5) % {TECHNICIANS}, \
             'nik@example.com approved a login on W11-' || (r >> 9) % {WORKSTATIONS}, \
             '{{\"sentence\":\"' || rpad(md5(g::text), 290, 'x') || '\"}}' \
         FROM (SELECT g, (g * 2654435761 >> 7) AS r FROM generate_series({from}::bigint, {to}) AS g) AS numbers"
    )
}
