//! One node: the whole service on a runtime of its own, listening on a free port.

use std::{
    net::TcpListener,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use countersign::{
    ambient::{Clock, SystemRandom},
    app::App,
    audit::Audit,
    config::Settings,
    flows::Context,
};
use tokio::sync::oneshot;
use url::Url;

use super::{Place, StoryClock};

/// A running node. Dropped, it shuts down.
pub struct Node {
    /// Its own address.
    pub url: Url,
    /// The installation's public URL: the first node's.
    pub public_url: Url,
    /// Where its metrics are.
    pub metrics: Url,
    /// What its use cases work with, for what a story drives by itself.
    pub context: Arc<Context>,
    /// The audit path, for the same.
    pub audit: Arc<Audit>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Node {
    /// Starts a node with settings of its own; of the first one, the address becomes the public URL.
    pub async fn start_with(
        place: &Place,
        clock: &Arc<StoryClock>,
        public_url: Option<&Url>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        Self::listening_at(0, place, clock, public_url, change).await
    }

    /// The same on a port that was a node's before; 0 for a free one.
    pub async fn listening_at(
        port: u16,
        place: &Place,
        clock: &Arc<StoryClock>,
        public_url: Option<&Url>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let measuring = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let metrics = format!("http://{}/metrics", measuring.local_addr().unwrap());
        let metrics: Url = metrics.parse().unwrap();
        let url: Url = format!("http://localhost:{port}").parse().unwrap();
        let public_url = public_url.cloned().unwrap_or_else(|| url.clone());
        let mut settings = place.settings();
        settings.server.public_url = public_url.clone();
        settings.server.workers = 1;
        settings.server.shutdown_grace_s = 2;
        settings.login.per_workstation_per_minute = 600;
        settings.login.per_name_per_minute = 60;
        settings.login.per_tenant_per_minute = 1000;
        change(&mut settings);
        let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
        let (ready, started) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            run(settings, clock, [listener, measuring], &ready, stopped);
        });
        let wait = move || started.recv_timeout(Duration::from_secs(30));
        let context = tokio::task::spawn_blocking(wait).await.unwrap();
        let (context, audit) = context.expect("the node starts").expect("the node starts");
        Self { url, public_url, metrics, context, audit, stop: Some(stop), thread: Some(thread) }
    }

    /// Begins to shut the node down in order.
    pub fn begin_shutdown(&mut self) {
        drop(self.stop.take());
    }

    /// Shuts the node down in order, and waits until it is gone.
    pub async fn shut_down(&mut self) {
        self.begin_shutdown();
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(|| thread.join()).await.unwrap().unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Started = Result<(Arc<Context>, Arc<Audit>), String>;

fn run(
    settings: Settings,
    clock: Arc<dyn Clock>,
    [listener, measuring]: [TcpListener; 2],
    ready: &mpsc::Sender<Started>,
    mut stopped: oneshot::Receiver<()>,
) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async move {
        let app = match App::build(settings, clock, Arc::new(SystemRandom::new())).await {
            Ok(app) => app,
            Err(error) => {
                let _ = ready.send(Err(error.to_string()));
                return;
            }
        };
        let parts = (Arc::clone(&app.context), Arc::clone(&app.audit));
        let service = app.start(vec![listener], Some(measuring)).unwrap();
        ready.send(Ok(parts)).unwrap();
        let mut first = true;
        let until = service.until(async || {
            if std::mem::take(&mut first) {
                let _ = (&mut stopped).await;
            } else {
                std::future::pending::<()>().await;
            }
        });
        until.await.unwrap();
    });
}
