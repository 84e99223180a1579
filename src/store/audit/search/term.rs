//! Conditions that are equalities.

use crate::{
    domain::AuditFilter,
    store::types::{WrittenId, id},
};

/// A column that equals something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term<'a> {
    pub(super) column: &'static str,
    pub(super) value: Value<'a>,
}

/// What it equals.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Id(WrittenId),
    Text(&'a str),
}

impl<'a> Term<'a> {
    /// The filter's equalities, that which commonly finds the fewest first. Several kinds are none.
    pub(super) fn all(filter: &'a AuditFilter) -> Vec<Self> {
        let text = |column, word: &'a Option<String>| {
            word.as_deref().map(|word| Self { column, value: Value::Text(word) })
        };
        let workstation = filter.workstation.map(|workstation| Value::Id(id(workstation)));
        let technician = filter.technician.map(|technician| Value::Id(id(technician)));
        let tenant = filter.tenant.map(|tenant| Value::Id(id(tenant)));
        let kind = match &*filter.kinds {
            [kind] => Some(Self::kind(kind)),
            _ => None,
        };
        let by_id = |column, value: Option<Value<'a>>| value.map(|value| Self { column, value });
        let terms = [
            by_id("workstation", workstation),
            by_id("technician", technician),
            text("account", &filter.account),
            by_id("tenant", tenant),
            text("outcome", &filter.outcome),
            kind,
        ];
        terms.into_iter().flatten().collect()
    }

    pub(super) fn kind(kind: &'a str) -> Self {
        Self { column: "kind", value: Value::Text(kind) }
    }
}
