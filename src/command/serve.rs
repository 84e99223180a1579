//! `countersign serve`.

use std::{net::TcpListener, sync::Arc};

use countersign::{
    app::StartError,
    config::{DatabaseUrl, LogFormat, Settings},
    flows::Context,
    http::StopSignals,
};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;

use super::cli::build;

pub async fn serve(settings: Settings) -> Result<(), StartError> {
    log(&settings)?;
    let listener = bind("server.listen", settings.server.listen)?;
    let metrics = settings
        .server
        .metrics_listen
        .map(|address| bind("server.metrics_listen", address))
        .transpose()?;
    let welcome = welcome(&settings);
    let app = build(settings).await?;
    let mut signals = StopSignals::listen().map_err(|error| StartError(error.to_string()))?;
    let reloading = reload_on_hangup(Arc::clone(&app.context))
        .map_err(|error| StartError(error.to_string()))?;
    let service = app.start(vec![listener], metrics)?;
    print!("{welcome}");
    let served = service.until(async || signals.next().await).await;
    reloading.abort();
    served.map_err(|error| StartError(error.to_string()))
}

/// Keys are files that operators replace: SIGHUP reads them again. It is caught once this returns; uncaught it
/// would end the process.
#[cfg(unix)]
fn reload_on_hangup(ctx: Arc<Context>) -> std::io::Result<JoinHandle<()>> {
    let mut hangups = signal(SignalKind::hangup())?;
    let master_key = ctx.settings.keys.master_key_path(&ctx.settings.data);
    Ok(tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match ctx.keys.reload(&master_key) {
                Ok(keys) => {
                    tracing::info!(?keys, "the master key was read again: the first one seals");
                }
                Err(error) => tracing::error!(%error, "the master keys stay as they were"),
            }
            ctx.pushes.reload();
        }
    }))
}

#[cfg(not(unix))]
fn reload_on_hangup(_: Arc<Context>) -> std::io::Result<JoinHandle<()>> {
    Ok(tokio::spawn(async {}))
}

fn bind(key: &str, address: std::net::SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|error| StartError(format!("{key}: {address}: {error}")))
}

/// The first screen: what runs, and how to go on.
fn welcome(settings: &Settings) -> String {
    let database = match settings.store.database(&settings.data) {
        DatabaseUrl::Sqlite(path) => format!("SQLite, {}", path.display()),
        DatabaseUrl::Postgres(_) => "PostgreSQL".to_owned(),
    };
    let url = settings.server.public_url.as_str().trim_end_matches('/');
    let metrics = match settings.server.metrics_listen {
        Some(address) => format!("http://{address}/metrics"),
        None => "off".to_owned(),
    };
    // As it was called here: it may not be on the PATH.
    let program = std::env::args().next().unwrap_or_else(|| "countersign".to_owned());
    format!(
        "
Countersign {version} is ready.

  service   {url}  (listening on {listen})
  database  {database}
  metrics   {metrics}

To go on, with the same settings:
  {program} bootstrap --msp \"My MSP\"
      makes the provider and its first admin token
  curl -H \"Authorization: Bearer <token>\" {url}/admin/v1/tenants
  {program} ticket --token <token> --technician <e-mail>
      draws the QR code that enrols a phone
  {program} openapi
      prints the whole contract

",
        version = env!("CARGO_PKG_VERSION"),
        listen = settings.server.listen,
    )
}

fn log(settings: &Settings) -> Result<(), StartError> {
    let filter = EnvFilter::try_new(&settings.log.filter)
        .map_err(|error| StartError(format!("log.filter: {error}")))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = match settings.log.format {
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
        LogFormat::Text => subscriber.try_init(),
    };
    installed.map_err(|error| StartError(format!("log: {error}")))
}
