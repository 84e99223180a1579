//! The key file of a service account, as Google hands it out.

use reqwest::Url;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::auth::VendorKey;

/// Who sends: an account of one project.
#[derive(Debug)]
pub(super) struct ServiceAccount {
    pub(super) project: String,
    pub(super) email: String,
    /// Where assertions are exchanged for access tokens.
    pub(super) token_uri: Url,
    pub(super) key: VendorKey,
}

/// The members that matter.
#[derive(Deserialize)]
struct KeyFile {
    r#type: String,
    project_id: String,
    private_key_id: String,
    private_key: Zeroizing<String>,
    client_email: String,
    token_uri: Url,
}

impl ServiceAccount {
    /// # Errors
    /// What is wrong, and nothing of what stands in the file.
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        let file: KeyFile = serde_json::from_slice(json)
            .map_err(|error| format!("is no service account's key file (line {})", error.line()))?;
        if file.r#type != "service_account" {
            return Err("is a key file, but not a service account's".to_owned());
        }
        if file.token_uri.scheme() != "https" {
            return Err("has a token_uri that is not https".to_owned());
        }
        // It becomes a part of a path.
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':');
        if file.project_id.is_empty() || !file.project_id.bytes().all(plain) {
            return Err("has no sound project_id".to_owned());
        }
        let key = VendorKey::rs256(file.private_key.as_bytes(), Some(&file.private_key_id))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            project: file.project_id,
            email: file.client_email,
            token_uri: file.token_uri,
            key,
        })
    }
}
