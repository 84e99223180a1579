//! `/admin/v1/audit`: the audit log, for admins and auditors.

mod events;
mod examples;
mod export;
mod params;
mod proofs;
mod query;
mod tail;

pub use events::*;
pub use examples::examples;
pub use export::*;
pub use proofs::*;
pub use tail::*;
