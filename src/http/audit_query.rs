//! The query of whoever reads the audit log.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use countersign_protocol::{Instant, ProblemCode, TechnicianId, TenantId, WorkstationId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::HttpFailure;
use crate::{
    audit::Format,
    domain::{AuditFilter, Order, Refusal},
};

const MAX_LIMIT: u16 = 200;
const DEFAULT_LIMIT: u16 = 50;

/// What is asked of the audit log.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    /// Which events.
    pub filter: AuditFilter,
    /// In which order.
    pub order: Order,
    /// How many at most.
    pub limit: u16,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// In which form.
    pub format: Format,
}

/// The query as it is written, and as the contract tells it.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Written {
    /// Only events that concern this tenant.
    tenant: Option<TenantId>,
    /// Only events that concern this technician.
    technician: Option<TechnicianId>,
    /// Only events that concern this workstation.
    workstation: Option<WorkstationId>,
    /// Only events that concern this local account.
    #[param(max_length = 200, example = "msp-nik")]
    account: Option<String>,
    /// Only these facts, with commas between, such as `login_approved,login_denied`.
    #[param(max_length = 1000, example = "session_started")]
    kind: Option<String>,
    /// Only events that went so: `approved`, `fraud`, `expired`, a vendor's reason.
    #[param(max_length = 200, example = "fraud")]
    outcome: Option<String>,
    /// Only events that were recorded then or later.
    recorded_after: Option<Instant>,
    /// Only events that were recorded earlier.
    recorded_before: Option<Instant>,
    /// Only events whose sentence has this text, in any case.
    #[param(max_length = 200, example = "W11-RECEPTION")]
    q: Option<String>,
    /// `newest` first, or `oldest`. Exports are oldest first.
    #[param(pattern = "^(newest|oldest)$", default = "newest")]
    order: Option<String>,
    /// How many events at most, on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before.
    #[param(max_length = 64)]
    after: Option<String>,
    /// The form of an export: `ndjson` (evidence), `csv`, `ocsf` or `cef`.
    #[param(pattern = "^(ndjson|csv|ocsf|cef)$", default = "ndjson")]
    format: Option<String>,
}

impl IntoParams for AuditQuery {
    fn into_params(
        parameter_in_provider: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        Written::into_params(parameter_in_provider)
    }
}

impl AuditQuery {
    fn parse(query: &str) -> Result<Self, Refusal> {
        let invalid = |what: String| Refusal::because(ProblemCode::InvalidRequest, what);
        let written = web::Query::<Written>::from_query(query)
            .map_err(|error| invalid(error.to_string()))?
            .into_inner();
        let order = match written.order.as_deref() {
            None | Some("newest") => Order::Newest,
            Some("oldest") => Order::Oldest,
            Some(_) => return Err(invalid("order: newest or oldest".into())),
        };
        let limit = written.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(invalid(format!("limit: must be 1 to {MAX_LIMIT}")));
        }
        let format = written.format.as_deref().map_or(Some(Format::Ndjson), Format::of);
        let format = format.ok_or_else(|| invalid("format: ndjson, csv, ocsf or cef".into()))?;
        let kinds = written.kind.unwrap_or_default();
        let kinds = kinds.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
        let filter = AuditFilter {
            tenant: written.tenant,
            technician: written.technician,
            workstation: written.workstation,
            account: written.account,
            kinds,
            outcome: written.outcome,
            recorded_after: written.recorded_after,
            recorded_before: written.recorded_before,
            text: written.q,
        };
        Ok(Self { filter: filter.checked()?, order, limit, after: written.after, format })
    }
}

impl FromRequest for AuditQuery {
    type Error = HttpFailure;
    type Future = Ready<Result<Self, HttpFailure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()).map_err(HttpFailure::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_reader_asks_for_is_refused() {
        for query in ["order=up", "limit=0", "limit=201", "format=xml", "kind=A", "q=", "what=1"] {
            assert!(AuditQuery::parse(query).is_err(), "{query}");
        }
        let asked = AuditQuery::parse("kind=login_denied,login_approved&order=oldest").unwrap();
        assert_eq!(asked.filter.kinds, ["login_approved", "login_denied"]);
        assert_eq!((asked.order, asked.limit), (Order::Oldest, 50));
    }
}
