//! A reading of the log is an observation in it.

use crate::{
    audit::Observe,
    domain::{Entity, Fact},
    flows::{AdminCaller, Context},
};

/// Sends the observation of a reading on its way: what was asked for, in which form, and how many events it showed.
pub(super) fn observed(ctx: &Context, caller: AdminCaller, query: &str, format: &str, events: u64) {
    let step = ctx.moment(caller.scope, caller.actor());
    let what = match (format, events) {
        ("tail", _) => "the audit log was followed".to_owned(),
        (_, 1) => format!("1 event of the audit log was read as {format}"),
        (_, many) => format!("{many} events of the audit log were read as {format}"),
    };
    let sentence = if query.is_empty() { what } else { format!("{what}: {query}") };
    let fact = Fact::AuditRead { query: query.to_owned(), format: format.to_owned(), events };
    ctx.observer.observe(step.event(Entity::Msp(step.msp()), 0, sentence, fact));
}
