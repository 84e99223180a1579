//! What may be asked of the log in a URL, as the contract tells it.

use countersign_protocol::{Instant, TechnicianId, TenantId, WorkstationId};
use utoipa::IntoParams;

/// The conditions, as the contract tells them. They are all to be met.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct FilterParams {
    /// The tenant that the events concern.
    tenant: Option<TenantId>,
    /// The person.
    technician: Option<TechnicianId>,
    /// The machine.
    workstation: Option<WorkstationId>,
    /// The local account.
    #[param(max_length = 200, example = "msp-nik")]
    account: Option<String>,
    /// The facts' words, with commas between: any of them. At most 20.
    #[param(example = "login_approved,login_denied")]
    kind: Option<String>,
    /// How it went.
    #[param(max_length = 200, example = "fraud")]
    outcome: Option<String>,
    /// Words of the sentence, in any case.
    #[param(max_length = 200, example = "W11-RECEPTION")]
    q: Option<String>,
}

/// The conditions on time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct TimeParams {
    /// Recorded then or later.
    recorded_after: Option<Instant>,
    /// Recorded earlier.
    recorded_before: Option<Instant>,
}

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct PageParams {
    /// `newest` first (unless said) or `oldest` first.
    #[param(example = "newest")]
    order: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before, with the same conditions and order.
    #[param(max_length = 64, example = "AVY8sx3R2K9_AAAAAAAAAAc")]
    after: Option<String>,
}

/// Which form.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct FormatParams {
    /// `ndjson` (unless said), `csv`, `ocsf` or `cef`.
    #[param(example = "ndjson")]
    format: Option<String>,
}

/// Where a follower begins.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct FromParams {
    /// The first position to be told; behind the log's present end unless said.
    #[param(example = 0)]
    from: Option<u64>,
}

/// Where a follower goes on.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct LastEventParams {
    /// The last `id` that was heard: the stream goes on behind it, wherever it began.
    #[param(required = false, rename = "Last-Event-ID", example = "41")]
    last_event_id: u64,
}

/// Which leaf in which tree.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct InclusionParams {
    /// The leaf's position.
    #[param(example = 41)]
    position: u64,
    /// The tree's size.
    #[param(example = 100)]
    size: u64,
}

/// Which trees.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct ConsistencyParams {
    /// The older tree's size.
    #[param(example = 64)]
    old: u64,
    /// The newer tree's size.
    #[param(example = 100)]
    new: u64,
}
