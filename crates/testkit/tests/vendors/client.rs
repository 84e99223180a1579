//! A bare HTTP client, and what it gets.

use std::sync::Arc;

use countersign_testkit::vendors::Authority;
use reqwest::{Certificate, Client, ClientBuilder, RequestBuilder, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Trusts this authority alone; by ALPN it speaks HTTP/2 where it can.
pub fn trusting(authority: &Authority) -> ClientBuilder {
    let root = Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    Client::builder().no_proxy().tls_certs_only([root])
}

/// As [`trusting`], built.
pub fn client(authority: &Authority) -> Client {
    trusting(authority).build().unwrap()
}

/// A TLS connection to the vendor at `url`, on which this protocol is spoken, or none is named.
pub async fn connection(
    authority: &Authority,
    url: &str,
    protocol: Option<&str>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocol.into_iter().map(|name| name.as_bytes().to_vec()).collect();
    let port: u16 = url.rsplit_once(':').unwrap().1.parse().unwrap();
    let tcp = TcpStream::connect(("127.0.0.1", port)).await?;
    TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), tcp).await
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Reply {
    pub async fn to(request: RequestBuilder) -> Self {
        Self::attempt(request).await.unwrap()
    }

    pub async fn attempt(request: RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = serde_json::from_slice(&response.bytes().await?).unwrap_or(Value::Null);
        Ok(Self { status: status.as_u16(), headers, body })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn is_ok(&self) -> bool {
        StatusCode::from_u16(self.status).unwrap().is_success()
    }
}
