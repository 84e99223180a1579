//! The audit log.

use countersign_protocol::{
    MspId,
    audit::Tile,
    wire::audit::{AuditEvent, AuditPage, AuditQuery, ConsistencyProof, InclusionProof, LogKeys},
};

use super::{Admin, AuditTail, Paging};
use crate::{Request, Result, Streamed};

impl Admin {
    /// A page of events, the newest first or the oldest.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn audit(
        &self,
        query: &AuditQuery,
        oldest_first: bool,
        paging: &Paging,
    ) -> Result<AuditPage> {
        let mut request = asked("/admin/v1/audit", query);
        request = request.query("order", if oldest_first { "oldest" } else { "newest" });
        if let Some(limit) = paging.limit {
            request = request.query("limit", limit.to_string());
        }
        if let Some(after) = &paging.after {
            request = request.query("after", after.as_str());
        }
        let transport = self.transport();
        transport.patiently(|| async { self.send(request.clone()).await?.json() }).await
    }

    /// One event and its proof.
    ///
    /// # Errors
    /// `pruned`; see [`crate::Error`].
    pub async fn audit_event(&self, position: u64) -> Result<AuditEvent> {
        self.get(&format!("/admin/v1/audit/{position}")).await
    }

    /// That a leaf stands in a tree.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn inclusion_proof(&self, position: u64, size: u64) -> Result<InclusionProof> {
        let path = format!("/admin/v1/audit/proofs/inclusion?position={position}&size={size}");
        self.get(&path).await
    }

    /// That an older tree is the beginning of a newer one.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn consistency_proof(&self, old: u64, new: u64) -> Result<ConsistencyProof> {
        self.get(&format!("/admin/v1/audit/proofs/consistency?old={old}&new={new}")).await
    }

    /// All events that meet the query, oldest first, in the form of this word: `ndjson`, `csv`, `ocsf`, `cef`.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn export_audit(&self, format: &str, query: &AuditQuery) -> Result<Streamed> {
        self.open(asked("/admin/v1/audit/export", query).query("format", format)).await
    }

    /// Events as they are recorded, from behind the position `after` on, or else from now on.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn follow_audit(&self, query: &AuditQuery, after: Option<u64>) -> Result<AuditTail> {
        let mut request = asked("/admin/v1/audit/tail", query);
        if let Some(after) = after {
            request = request.header("last-event-id", after.to_string());
        }
        Ok(AuditTail::of(self.open(request).await?, after))
    }

    /// The same from this position on.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn follow_audit_from(&self, query: &AuditQuery, from: u64) -> Result<AuditTail> {
        let request = asked("/admin/v1/audit/tail", query).query("from", from.to_string());
        Ok(AuditTail::of(self.open(request).await?, None))
    }

    /// The newest checkpoint of an msp's log: a signed note. Anyone may ask.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn audit_checkpoint(&self, msp: MspId) -> Result<String> {
        let answer =
            self.transport().send(Request::get(format!("/audit/{msp}/checkpoint"))).await?;
        if !answer.status.is_success() {
            return Err(answer.error());
        }
        let body = answer.body.clone();
        String::from_utf8(body)
            .map_err(|_| answer.unexpected("a note that is not UTF-8".to_owned()))
    }

    /// The verifier keys of an msp's log. Anyone may ask.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn audit_keys(&self, msp: MspId) -> Result<LogKeys> {
        self.transport().send(Request::get(format!("/audit/{msp}/keys"))).await?.json()
    }

    /// The bytes of a tile or an entry bundle.
    ///
    /// # Errors
    /// `pruned`; see [`crate::Error`].
    pub async fn audit_tile(&self, msp: MspId, tile: Tile) -> Result<Vec<u8>> {
        let answer = self.send(Request::get(format!("/audit/{msp}/{tile}"))).await?;
        if answer.status.is_success() { Ok(answer.body) } else { Err(answer.error()) }
    }
}

fn asked(path: &str, query: &AuditQuery) -> Request {
    let parameters = query.parameters().into_iter();
    parameters.fold(Request::get(path), |request, (name, value)| request.query(name, value))
}
