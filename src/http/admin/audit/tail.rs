//! The log as it grows: server-sent events (HTML standard, section 9.2).

use actix_web::{HttpResponse, get, web};
use countersign_protocol::wire::audit::AuditEntry;
use futures_util::stream::unfold;

use super::{
    export::broken_off,
    params::{FilterParams, FromParams, LastEventParams},
    query::TailOf,
};
use crate::{
    flows::{
        Context,
        audit::{Beat, Tail},
    },
    http::{Answer, Edge, authenticate::LogReader, parked::Held},
};

/// How long a client is to wait before it comes back, in milliseconds.
const RETRY: u32 = 2_000;

/// Follow the audit log
///
/// Events that meet the conditions, as they are recorded. Each has its position as `id`, `entry` as `event`, and an
/// `AuditEntry` as `data`. In between come beats without data, whose `id` tells how far the log was looked through.
/// Come back with `Last-Event-ID`, and nothing is lost or told twice. The stream ends when the token is revoked or the
/// node shuts down.
#[utoipa::path(
    params(LastEventParams, FromParams, FilterParams),
    responses((status = 200, description = "The events", body = String, content_type = "text/event-stream")),
)]
#[get("/admin/v1/audit/tail")]
pub async fn follow_audit_log(
    LogReader(caller): LogReader,
    TailOf { filter, from }: TailOf,
    ctx: web::Data<Context>,
    edge: web::Data<Edge>,
) -> Answer<HttpResponse> {
    let tail = Tail::start(ctx.into_inner(), caller, filter, from).await?;
    let held = Held::one(&edge.metrics.parked);
    let first = web::Bytes::from(format!("retry: {RETRY}\n\n"));
    let events = unfold((Some(first), Some((tail, held))), async |(first, tail)| {
        let (mut tail, held) = tail?;
        if let Some(first) = first {
            return Some((Ok(first), (None, Some((tail, held)))));
        }
        match tail.next().await {
            Ok(Some(beat)) => {
                Some((Ok(web::Bytes::from(written(&beat))), (None, Some((tail, held)))))
            }
            Ok(None) => None,
            Err(failure) => Some((Err(broken_off(failure.into())), (None, None))),
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // nginx collects what it passes on, unless it is told not to.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events))
}

fn written(beat: &Beat) -> String {
    match beat {
        Beat::Entry(entry) => entry_written(entry),
        Beat::Through(Some(position)) => format!("id: {position}\n\n"),
        Beat::Through(None) => ":\n\n".to_owned(),
    }
}

/// An event. A line break of JSON, where one stands between its tokens, begins another `data` line.
fn entry_written(entry: &AuditEntry) -> String {
    let json = serde_json::to_string(entry).unwrap_or_default();
    let data = json.split(['\r', '\n']).map(|line| format!("data: {line}\n"));
    format!("id: {}\nevent: entry\n{}\n", entry.position, data.collect::<String>())
}
