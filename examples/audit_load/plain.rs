//! What PostgreSQL does with plain rows: 310 bytes of JSON, two indexes, batches; no tree, no order, no duplicates.

use std::fmt::Write;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, future::try_join_all};
use tokio::time::Instant as Timer;
use tokio_postgres::{
    Client,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use uuid::Uuid;

use crate::{Failure, options::Options, servers::Servers};

const TABLE: &str = "DROP TABLE IF EXISTS plain; \
    CREATE TABLE plain (id uuid PRIMARY KEY, msp uuid NOT NULL, at timestamptz NOT NULL, body jsonb NOT NULL); \
    CREATE INDEX plain_by_age ON plain (msp, at)";

/// An id on its way to the server, as it takes it.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub Uuid);

impl ToSql for Id {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::UUID
    }

    to_sql_checked!();
}

/// The body of each: 310 bytes as text.
fn body() -> String {
    format!("{{\"sentence\":\"{}\"}}", "x".repeat(310 - r#"{"sentence":""}"#.len()))
}

/// Rows a second by `unnest` of arrays, one transaction a batch.
pub async fn unnest(servers: &Servers, options: &Options) -> Result<f64, Failure> {
    rows_a_second(servers, options, async |client, ids, batch| {
        let insert = "INSERT INTO plain SELECT id, $2, now(), body::jsonb \
            FROM unnest($1::uuid[], $3::text[]) AS t(id, body)";
        let insert = client.prepare(insert).await?;
        let bodies = vec![body(); batch];
        for ids in ids.chunks(batch) {
            let bodies = &bodies[..ids.len()];
            client.execute(&insert, &[&ids, &Id(Uuid::nil()), &bodies]).await?;
        }
        Ok(())
    })
    .await
}

/// The same by COPY.
pub async fn copied(servers: &Servers, options: &Options) -> Result<f64, Failure> {
    rows_a_second(servers, options, async |client, ids, batch| {
        let body = body();
        for ids in ids.chunks(batch) {
            let copy = "COPY plain (id, msp, at, body) FROM STDIN";
            let mut sink = std::pin::pin!(client.copy_in::<_, Bytes>(copy).await?);
            let mut text = String::with_capacity(ids.len() * 400);
            for Id(id) in ids {
                writeln!(text, "{id}\t{}\tnow\t{body}", Uuid::nil())?;
            }
            sink.send(text.into()).await?;
            sink.finish().await?;
        }
        Ok(())
    })
    .await
}

/// As many connections as the path has flushers.
async fn rows_a_second(
    servers: &Servers,
    options: &Options,
    insert: impl AsyncFn(&Client, &[Id], usize) -> Result<(), Failure>,
) -> Result<f64, Failure> {
    servers.superuser().await?.batch_execute(TABLE).await?;
    let batch = usize::try_from(options.batch)?;
    let each = options.events / u32::from(options.shards);
    let now = servers.context.now();
    let mut work = Vec::new();
    for _ in 0..options.shards {
        let ids: Vec<Id> = (0..each).map(|_| Id(servers.context.id(now))).collect();
        work.push((servers.superuser().await?, ids));
    }
    let began = Timer::now();
    try_join_all(work.iter().map(|(client, ids)| insert(client, ids, batch))).await?;
    Ok(f64::from(each * u32::from(options.shards)) / began.elapsed().as_secs_f64())
}
