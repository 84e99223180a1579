//! What the settings name: folder, keys, database.

use std::{path::Path, sync::Arc};

use tokio::runtime::Handle;

use super::StartError;
use crate::{
    ambient::{Clock, Random},
    audit::Observer,
    auth::{KeyRing, KeyRingError},
    config::{DatabaseUrl, Settings},
    guards::{Marks, PushBudgets},
    metrics::Metrics,
    push::{
        self, Channel, Pushes, SealedTokens,
        delivery::{Delivery, DeliveryParts, NoPushes, SqlBook},
    },
    store::{Address, Committed, Place, Store, migrate},
    wake::Hub,
};

/// The installation's TLS settings for PostgreSQL: the system's roots and those of `store.tls_roots`.
///
/// # Errors
/// If the roots can't be read.
pub fn tls(settings: &Settings) -> Result<Arc<rustls::ClientConfig>, StartError> {
    use rustls_platform_verifier::{ConfigVerifierExt, Verifier};
    let Some(path) = &settings.store.tls_roots else {
        return rustls::ClientConfig::with_platform_verifier()
            .map(Arc::new)
            .map_err(StartError::from);
    };
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let roots = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| StartError(format!("store.tls_roots: {}: {error}", path.display())))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(StartError::from)?;
    let config = rustls::ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Makes the data folder, readable by its owner alone, where it is missing.
///
/// # Errors
/// If it can't be made.
pub fn prepare_data_folder(folder: &Path) -> Result<(), StartError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| StartError(format!("data.folder: {}: {error}", folder.display())))
}

/// The master key; the embedded default makes one where it is missing.
///
/// # Errors
/// If it is missing where the settings name a file, or readable by others.
pub fn master_key(settings: &Settings, random: &dyn Random) -> Result<KeyRing, StartError> {
    let path = settings.keys.master_key_path(&settings.data);
    let made_here = settings.keys.master_key_file.is_none()
        && matches!(settings.store.database(&settings.data), DatabaseUrl::Sqlite(_));
    match KeyRing::load(&path) {
        Err(KeyRingError::Missing { .. }) if made_here => {
            KeyRing::create(&path, random).map_err(StartError::from)
        }
        result => result.map_err(StartError::from),
    }
}

/// Brings the database to the newest schema; how many migrations ran.
///
/// # Errors
/// If the database does not answer or a migration fails.
pub async fn migrate(settings: &Settings) -> Result<usize, StartError> {
    match settings.store.owner_database(&settings.data) {
        DatabaseUrl::Sqlite(path) => {
            migrate::sqlite(&path.to_string_lossy()).await.map_err(StartError::from)
        }
        DatabaseUrl::Postgres(url) => {
            migrate::postgres(url.expose(), tls(settings)?).await.map_err(StartError::from)
        }
    }
}

/// The database as it is, for who only looks: nothing is made or migrated.
///
/// # Errors
/// If there is none, or its address can't be read.
pub fn existing_store(settings: &Settings) -> Result<Store, StartError> {
    settings.validate().map_err(StartError::from)?;
    if let DatabaseUrl::Sqlite(path) = settings.store.database(&settings.data)
        && !path.exists()
    {
        return Err(StartError(format!("{}: there is no database", path.display())));
    }
    store(settings, &Arc::new(Metrics::new()))
}

pub(super) fn store(settings: &Settings, metrics: &Arc<Metrics>) -> Result<Store, StartError> {
    let place = match settings.store.database(&settings.data) {
        DatabaseUrl::Sqlite(path) => Place::Sqlite(path.to_string_lossy().into_owned()),
        DatabaseUrl::Postgres(url) => {
            let worker_url = match settings.store.worker_database(&settings.data) {
                DatabaseUrl::Postgres(url) => url.expose().to_owned(),
                DatabaseUrl::Sqlite(_) => url.expose().to_owned(),
            };
            Place::Postgres { url: url.expose().to_owned(), worker_url, tls: tls(settings)? }
        }
    };
    let address = Address {
        place,
        pool_size: settings.store.pool_size,
        acquire_timeout: settings.store.acquire_timeout(),
        statement_timeout: settings.store.statement_timeout(),
    };
    Store::new(address, Arc::clone(metrics)).map_err(StartError::from)
}

/// What the pushes of a service are made of.
pub(super) struct PushParts<'a> {
    pub(super) settings: &'a Settings,
    pub(super) hub: &'a Hub,
    pub(super) store: &'a Arc<Store>,
    pub(super) keys: &'a Arc<KeyRing>,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) random: &'a Arc<dyn Random>,
    pub(super) metrics: &'a Arc<Metrics>,
    pub(super) observer: &'a Arc<Observer>,
}

impl PushParts<'_> {
    /// Starts the pushes, if a channel is set up.
    pub(super) fn start(
        self,
        budgets: Arc<dyn PushBudgets>,
        told: Arc<dyn Marks>,
    ) -> (Arc<dyn Pushes>, Vec<Arc<dyn Channel>>) {
        let channels = self.channels();
        if channels.is_empty() {
            return (Arc::new(NoPushes), channels);
        }
        for channel in &channels {
            if let Some(why) = channel.trouble() {
                tracing::warn!(
                    channel = channel.name(),
                    %why,
                    "phones of this channel can't be told"
                );
            }
        }
        let (clock, random) = (Arc::clone(self.clock), Arc::clone(self.random));
        let book = SqlBook { store: Arc::clone(self.store), clock, random };
        let parts = DeliveryParts {
            channels: channels.clone(),
            book: Arc::new(book),
            observer: Arc::clone(self.observer) as _,
            budgets,
            told,
            hub: self.hub.clone(),
            clock: Arc::clone(self.clock),
            random: Arc::clone(self.random),
            metrics: Arc::clone(self.metrics),
        };
        let delivery = Arc::new(Delivery::start(parts, &Handle::current()));
        let witness: Arc<dyn Committed> = Arc::clone(&delivery) as _;
        self.store.tell(Arc::downgrade(&witness));
        (delivery, channels)
    }

    fn channels(&self) -> Vec<Arc<dyn Channel>> {
        let (store, keys) = (Arc::clone(self.store), Arc::clone(self.keys));
        let random = Arc::clone(self.random);
        let tokens = SealedTokens { store, keys, random: Arc::clone(&random) };
        let public_url = &self.settings.server.public_url;
        push::channels(&self.settings.push, public_url, Arc::new(tokens), random)
    }
}
