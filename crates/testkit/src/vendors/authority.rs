#![allow(clippy::expect_used, reason = "keys and certificates of constants can be made")]

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::clock::system_time;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A private certificate authority that vouches for `localhost` and 127.0.0.1. Vendors of one test may
/// share it, so that the one root serves for all.
#[derive(Clone)]
pub struct Authority(Arc<Kept>);

struct Kept {
    pem: String,
    leaf: CertificateDer<'static>,
    leaf_key: Vec<u8>,
}

impl Authority {
    /// A new authority with a new leaf, both good for a year.
    ///
    /// # Panics
    /// If the keys can't be made, which no input brings about.
    #[must_use]
    pub fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a P-256 key");
        let mut root = within_a_year(CertificateParams::default());
        root.distinguished_name.push(DnType::CommonName, "Countersign test vendors");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = root.self_signed(&key).expect("a root").pem();

        let leaf_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a P-256 key");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut leaf = within_a_year(CertificateParams::new(names).expect("names of constants"));
        leaf.distinguished_name.push(DnType::CommonName, "localhost");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Without it OpenSSL's strict mode (Python's default since 3.13) refuses the chain.
        leaf.use_authority_key_identifier_extension = true;
        let leaf = leaf.signed_by(&leaf_key, &Issuer::new(root, key)).expect("a leaf");
        Self(Arc::new(Kept { pem, leaf: leaf.der().clone(), leaf_key: leaf_key.serialize_der() }))
    }

    /// The root's certificate, for a client's list of roots.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.0.pem
    }

    /// Writes [`pem`](Self::pem) to a file, for clients that want a path.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_pem(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, self.pem())
    }

    /// TLS of a server that speaks one of `protocols` (ALPN, RFC 7301), or whatever comes if the client names none.
    pub(crate) fn server(&self, protocols: &[&str]) -> Arc<ServerConfig> {
        let key = PrivatePkcs8KeyDer::from(self.0.leaf_key.clone()).into();
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![self.0.leaf.clone()], key)
            .expect("the leaf belongs to its key");
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Authority").field(&self.pem()).finish()
    }
}

/// Valid by the machine's time: it is what TLS clients go by.
fn within_a_year(mut params: CertificateParams) -> CertificateParams {
    params.not_before = (system_time() - DAY).into();
    params.not_after = (system_time() + 365 * DAY).into();
    params
}
