//! For whom the phones signed. A passkey is bound to one relying party for ever; the origins of its apps and pages
//! come and go.

use std::collections::BTreeSet;

use countersign_protocol::encoding::sha256;
use url::{Host, Url};

use crate::auth::passkey::Evidence;

/// How many origins are told.
const ORIGINS: usize = 50;

/// The relying party and the origins that count.
#[derive(Clone, Debug, Default)]
pub struct RelyingParties {
    id: Option<String>,
    id_hash: Option<[u8; 32]>,
    allowed: Vec<String>,
    seen: BTreeSet<String>,
}

impl RelyingParties {
    /// This relying party, or whichever the first approval was for; and these origins alone, or all that are the
    /// relying party's where none is named.
    #[must_use]
    pub fn new(id: Option<String>, allowed: Vec<String>) -> Self {
        let id_hash = id.as_ref().map(|id| sha256(&[id.as_bytes()]));
        Self { id, id_hash, allowed, seen: BTreeSet::new() }
    }

    /// Whether an approval was for the relying party, from an origin that counts.
    pub(super) fn judge(&mut self, evidence: &Evidence) -> Result<(), String> {
        let host = host_of(&evidence.origin);
        match self.id_hash {
            Some(hash) if hash == evidence.rp_id_hash => {}
            Some(_) => return Err("it was for another relying party".into()),
            None => self.id_hash = Some(evidence.rp_id_hash),
        }
        if self.id.is_none() {
            let hash = evidence.rp_id_hash;
            self.id = host.as_deref().and_then(|host| covering(host, hash));
        }
        let covered = match (&host, &self.id) {
            (Some(host), Some(id)) => is_within(host, id),
            (Some(_), None) => false,
            (None, _) => evidence.origin.starts_with("android:apk-key-hash:"),
        };
        let allowed = self.allowed.is_empty() || self.allowed.contains(&evidence.origin);
        if !covered || !allowed {
            return Err(format!("it comes from the origin {:?}", evidence.origin));
        }
        if self.seen.len() < ORIGINS && !self.seen.contains(&evidence.origin) {
            self.seen.insert(evidence.origin.clone());
        }
        Ok(())
    }

    /// The relying party, once it is known.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The origins of the approvals.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.iter().cloned().collect()
    }
}

/// The host of a page, or of an app that has its page's origin.
fn host_of(origin: &str) -> Option<String> {
    let url: Url = origin.parse().ok()?;
    let Host::Domain(host) = url.host()? else { return None };
    let secure = url.scheme() == "https" || (url.scheme() == "http" && host == "localhost");
    secure.then(|| host.to_owned())
}

fn is_within(host: &str, id: &str) -> bool {
    host == id || host.strip_suffix(id).is_some_and(|below| below.ends_with('.'))
}

/// The relying party's id among the host and what it is below of.
fn covering(host: &str, hash: [u8; 32]) -> Option<String> {
    let mut names = std::iter::successors(Some(host), |name| Some(name.split_once('.')?.1));
    names.find(|name| sha256(&[name.as_bytes()]) == hash).map(str::to_owned)
}
