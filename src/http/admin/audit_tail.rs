//! Following the audit log over server-sent events.

use actix_web::{HttpRequest, HttpResponse, get, web};
use countersign_protocol::ProblemCode;
use futures_util::stream;

use crate::{
    domain::Refusal,
    flows::{
        Context,
        audit::{Beat, Tail},
    },
    http::{Answer, AuditQuery, authenticate::LogReader},
};

/// Follow the audit log
///
/// Server-sent events: `id` is the position, `data` the event. Whoever comes back with `Last-Event-ID` goes on behind
/// it, without loss or doubles; without, the stream begins at the log's present end. Beats without news keep the
/// connection alive and tell how far the log has come.
#[utoipa::path(params(AuditQuery), responses((status = 200, description = "The events as they come", content_type = "text/event-stream", body = String, example = "id: 7\ndata: {}\n\n")))]
#[get("/admin/v1/audit/tail")]
pub async fn follow_audit_log(
    LogReader(caller): LogReader,
    asked: AuditQuery,
    request: HttpRequest,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let after = last_event_id(&request)?;
    let tail = Tail::start(ctx.into_inner(), caller, asked.filter, after).await?;
    let events = stream::try_unfold(tail, async |mut tail| match tail.next().await {
        Ok(Some(beat)) => Ok(Some((web::Bytes::from(written(&beat)), tail))),
        Ok(None) => Ok(None),
        Err(failure) => {
            tracing::warn!(?failure, "a follower of the audit log was cut off");
            Err(std::io::Error::other("cut off: come back with Last-Event-ID"))
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header(("content-type", "text/event-stream"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(events)))
}

fn last_event_id(request: &HttpRequest) -> Result<Option<u64>, Refusal> {
    let Some(told) = request.headers().get("last-event-id") else { return Ok(None) };
    let position = told.to_str().ok().and_then(|text| text.parse().ok());
    let why = "Last-Event-ID: a position of this log";
    position.map(Some).ok_or_else(|| Refusal::because(ProblemCode::InvalidRequest, why))
}

/// An event of the stream (HTML Living Standard, section 9.2.5). JSON has no line break of its own.
fn written(beat: &Beat) -> String {
    match beat {
        Beat::Entry(entry) => {
            let data = serde_json::to_string(entry).unwrap_or_default();
            format!("id: {}\nevent: entry\ndata: {data}\n\n", entry.position)
        }
        Beat::Through(Some(position)) => format!("id: {position}\n: {position}\n\n"),
        Beat::Through(None) => ": empty\n\n".to_owned(),
    }
}
