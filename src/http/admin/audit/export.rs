//! The log as a stream.

use actix_web::{HttpResponse, get, http::header, web};
use futures_util::stream::unfold;

use super::{
    params::{FilterParams, FormatParams, TimeParams},
    query::ExportOf,
};
use crate::{
    flows::{Context, audit::Export},
    http::{Answer, HttpFailure, authenticate::LogReader},
};

/// Export the audit log
///
/// All events that meet the conditions, oldest first, as far as the log had come when the export began; a connection
/// that breaks off shows that it did (chunked transfer). `ndjson` is evidence: the first line has the log's keys
/// and checkpoints, then each event stands with its exact text and its leaf's hash, and the last line tells through
/// which position. `csv` is safe to open in a spreadsheet, `ocsf` is OCSF 1.5, `cef` is for older collectors. In each
/// form one event is one line.
#[utoipa::path(
    params(FormatParams, FilterParams, TimeParams),
    responses((
        status = 200, description = "The events", content(
            (String = "application/x-ndjson", example = "{\"countersign_audit\":1,\"msp\":\"01a202a1-5fe0-7000-8000-000000000001\",\"origins\":[],\"checkpoints\":[]}\n{\"end\":{\"through\":null,\"entries\":0}}\n"),
            (String = "text/csv"),
            (String = "text/plain"),
        ),
    )),
)]
#[get("/admin/v1/audit/export")]
pub async fn export_audit_log(
    LogReader(caller): LogReader,
    ExportOf { filter, format }: ExportOf,
    ctx: web::Data<Context>,
) -> Answer<HttpResponse> {
    let export = Export::start(ctx.into_inner(), caller, filter, format).await?;
    let lines = unfold(Some(export), async |export| {
        let mut export = export?;
        match export.next().await {
            Ok(Some(lines)) => Some((Ok(web::Bytes::from(lines)), Some(export))),
            Ok(None) => None,
            Err(failure) => Some((Err(broken_off(failure.into())), None)),
        }
    });
    let disposition = format!("attachment; filename=\"audit.{}\"", format.word());
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .streaming(lines))
}

/// The head has gone out: what is left is to log the failure, and to break the connection off before its end.
#[allow(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
pub(super) fn broken_off(failure: HttpFailure) -> std::io::Error {
    failure.log();
    std::io::Error::other(failure.to_string())
}
