//! The files by which phones' systems believe that an app belongs to this host: without them WebAuthn in a native
//! app has no relying party, and a scanned QR code opens a browser.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An Android app of this installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AndroidApp {
    /// The package's name.
    pub package: String,
    /// SHA-256 fingerprints of its signing certificates, upper-case hexadecimal with colons.
    pub fingerprints: Vec<String>,
}

/// Apple's association file, for web credentials and universal links.
#[derive(Serialize, ToSchema)]
pub struct AppleAppSiteAssociation {
    webcredentials: WebCredentials,
    applinks: AppLinks,
}

/// The apps that may use this host's passkeys.
#[derive(Serialize, ToSchema)]
struct WebCredentials {
    apps: Vec<String>,
}

/// The links that open an app.
#[derive(Serialize, ToSchema)]
struct AppLinks {
    details: Vec<AppLinkDetail>,
}

/// Apps and the paths they open.
#[derive(Serialize, ToSchema)]
struct AppLinkDetail {
    #[serde(rename = "appIDs")]
    app_ids: Vec<String>,
    components: Vec<PathComponent>,
}

/// A path.
#[derive(Serialize, ToSchema)]
struct PathComponent {
    #[serde(rename = "/")]
    path: &'static str,
}

impl AppleAppSiteAssociation {
    /// The file for these apps.
    #[must_use]
    pub fn of(apps: &[String]) -> Self {
        let detail = AppLinkDetail {
            app_ids: apps.to_vec(),
            components: ["/q", "/enrol"].map(|path| PathComponent { path }).into(),
        };
        Self {
            webcredentials: WebCredentials { apps: apps.to_vec() },
            applinks: AppLinks { details: vec![detail] },
        }
    }
}

/// A statement of Google's Digital Asset Links.
#[derive(Serialize, ToSchema)]
pub struct AssetLink {
    relation: [&'static str; 2],
    target: AssetTarget,
}

/// The app that a statement is about.
#[derive(Serialize, ToSchema)]
struct AssetTarget {
    namespace: &'static str,
    package_name: String,
    sha256_cert_fingerprints: Vec<String>,
}

impl AssetLink {
    /// The statement for an app: it may use this host's passkeys and open its links.
    #[must_use]
    pub fn of(app: &AndroidApp) -> Self {
        Self {
            relation: [
                "delegate_permission/common.get_login_creds",
                "delegate_permission/common.handle_all_urls",
            ],
            target: AssetTarget {
                namespace: "android_app",
                package_name: app.package.clone(),
                sha256_cert_fingerprints: app.fingerprints.clone(),
            },
        }
    }
}
