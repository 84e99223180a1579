//! What a workstation's state document says about offline codes.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{CodeRule, Epochs, OfflineSecret, SecretVersion};
use crate::{Instant, TechnicianId, TenantId, WorkstationId};

/// The offline part of a workstation's state document: it holds secrets, and travels sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfflineRules {
    /// The state document's version, which only rises.
    pub version: u64,
    /// How codes are made.
    pub code: CodeRule,
    /// How much may happen without contact.
    pub bounds: Bounds,
    /// How many times the service has forgiven the workstation's failures: a higher number than the ledger knows
    /// forgives those until now.
    pub clearances: u32,
    /// Whose codes are accepted.
    pub rows: Rows,
}

/// How much may happen offline before the workstation must have had contact again. Phones know it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Offline sessions since the last contact.
    pub sessions: u32,
    /// Days (of 24 hours) since the last contact.
    pub days: u16,
}

impl Bounds {
    /// The days as a span.
    #[must_use]
    pub fn span(self) -> Duration {
        Duration::from_secs(u64::from(self.days) * 86_400)
    }
}

/// Whose codes a workstation accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields, from = "WrittenRows")]
pub enum Rows {
    /// Nobody's.
    Off,
    /// Those of one secret, whoever types them: named and shared mode.
    One {
        /// The row.
        row: Row,
    },
    /// Those of the technician whose user name was typed: derived mode.
    ByName {
        /// The rows by user name, in lower case.
        rows: BTreeMap<String, Row>,
    },
}

/// Rows as they are read: of a variant without braces, serde takes any field.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum WrittenRows {
    Off {},
    One { row: Row },
    ByName { rows: BTreeMap<String, Row> },
}

impl From<WrittenRows> for Rows {
    fn from(written: WrittenRows) -> Self {
        match written {
            WrittenRows::Off {} => Self::Off,
            WrittenRows::One { row } => Self::One { row },
            WrittenRows::ByName { rows } => Self::ByName { rows },
        }
    }
}

/// A secret whose codes are accepted, and the one before it while it still works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Whose it is, in derived mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<TechnicianId>,
    /// The secret.
    pub current: Keyed,
    /// The one before, in a routine rotation. Never one that a leaver's phone ever held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Ending>,
}

/// A secret and its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyed {
    /// The version.
    pub version: SecretVersion,
    /// The secret.
    pub secret: OfflineSecret,
}

/// A secret that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// The secret and its version.
    pub keyed: Keyed,
    /// When it ends, by the service's time.
    pub until: Instant,
}

/// What a workstation shows where it asks for an offline code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompt {
    /// The workstation's tenant.
    pub tenant: TenantId,
    /// The workstation.
    pub workstation: WorkstationId,
    /// Whose code is asked for.
    pub version: SecretVersion,
    /// The version before, while it is accepted too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<SecretVersion>,
}

impl Row {
    /// The old secret, if it has not ended at `now`.
    pub(super) fn old_at(&self, now: Instant) -> Option<&Keyed> {
        self.old.as_ref().filter(|old| now < old.until).map(|old| &old.keyed)
    }
}

/// The form in which a typed user name is looked up and kept.
pub(super) fn name_key(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// Under which the one row of named and shared mode is kept: no user name is empty.
pub(super) const ONE: &str = "";

impl OfflineRules {
    /// The row for a typed user name, with the key under which the ledger keeps it; names play no part where
    /// there is one row.
    pub(super) fn row(&self, name: &str) -> Option<(String, &Row)> {
        match &self.rows {
            Rows::Off => None,
            Rows::One { row } => Some((ONE.to_owned(), row)),
            Rows::ByName { rows } => {
                let key = name_key(name);
                rows.get(&key).map(|row| (key, row))
            }
        }
    }

    /// What to show to whoever typed `name`, at the service's time `now`; `None` where no codes are accepted.
    ///
    /// A name without a row gets the prompt of a technician who never changed phones, so that a prompt does
    /// not say who works for the tenant.
    #[must_use]
    pub fn prompt(
        &self,
        tenant: TenantId,
        workstation: WorkstationId,
        name: &str,
        now: Instant,
    ) -> Option<Prompt> {
        let (version, also) = match (self.row(name), &self.rows) {
            (Some((_, row)), _) => {
                (row.current.version, row.old_at(now).map(|keyed| keyed.version))
            }
            (None, Rows::ByName { rows }) => stand_in(rows.values().next(), now),
            (None, _) => return None,
        };
        Some(Prompt { tenant, workstation, version, also })
    }
}

fn stand_in(like: Option<&Row>, now: Instant) -> (SecretVersion, Option<SecretVersion>) {
    let unchanged = |version: SecretVersion| match version {
        SecretVersion::Derived(epochs) => {
            SecretVersion::Derived(Epochs { technician: 1, ..epochs })
        }
        other => other,
    };
    let first = SecretVersion::Derived(Epochs { tenant: 1, technician: 1, workstation: 1 });
    let version = like.map_or(first, |row| unchanged(row.current.version));
    let also = like
        .and_then(|row| row.old_at(now))
        .map(|keyed| unchanged(keyed.version))
        .filter(|also| *also != version);
    (version, also)
}
