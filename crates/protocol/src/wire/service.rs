//! What everyone may read.

use serde::{Deserialize, Serialize};

/// `/.well-known/countersign`: what this service takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Discovery {
    /// The public URL, the issuer of grants and tokens.
    pub issuer: String,
    /// The WebAuthn relying-party id.
    pub relying_party: String,
    /// Features by name; a newer app asks only for what stands here.
    pub features: Vec<String>,
    /// What a browser or app subscribes to Web Push with (`applicationServerKey`), where that channel is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_push_key: Option<String>,
    /// The service's version.
    pub version: String,
}

/// `/.well-known/countersign-keys`: the signed key set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedKeySet {
    /// A JWS by the installation key over [`crate::grant::KeySet`].
    pub signed: String,
}

/// One dependency of the service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dependency {
    /// `database`, `redis`, `revocations`.
    pub name: String,
    /// True if it answers.
    pub ok: bool,
    /// What is wrong, in general words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// `/readyz`: whether this node can do its work.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Readiness {
    /// True if every needed dependency answers and the node is not shutting down.
    pub ready: bool,
    /// Each dependency.
    pub dependencies: Vec<Dependency>,
}
