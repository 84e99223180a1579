//! The installation: the real service in this process, on a temporary folder and a free port.

use std::{net::TcpListener, sync::Arc};

use countersign::{
    ambient::{Clock, Random, SteadyClock, SystemRandom},
    app::{App, Service},
    config::Settings,
    flows::{Context, admin},
};
use countersign_client::{Admin, Transport};
use countersign_protocol::MspId;
use countersign_testkit::loopback;
use tempfile::TempDir;
use tokio::sync::oneshot;
use url::Url;

use crate::{NotAsTold, Timeline, Told, vendors::Vendors};

/// What the story needs of the installation.
pub struct House {
    /// Where the service is reached.
    pub url: Url,
    /// The way there.
    pub transport: Transport,
    /// The msp.
    pub msp: MspId,
    /// Its admin.
    pub admin: Admin,
    /// The admin's token.
    pub token: String,
    /// Those who wake phones.
    pub vendors: Vendors,
    folder: TempDir,
}

/// The running service; it must be awaited to serve.
pub struct Serving(Service);

impl House {
    /// Starts the service and makes the msp.
    pub async fn start(timeline: &Timeline) -> Told<(Self, Serving)> {
        timeline.chapter("The house");
        let folder = TempDir::new().map_err(|error| timeline.not_as_told(error))?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| timeline.not_as_told(e))?;
        let port = listener.local_addr().map_err(|e| timeline.not_as_told(e))?.port();
        let url: Url =
            format!("http://localhost:{port}").parse().map_err(|e| timeline.not_as_told(e))?;
        let vendors = Vendors::start();
        let mut settings = settings(&folder, &url);
        let ready = vendors.set_up(&mut settings.push, folder.path());
        let set_up = async { ready };
        timeline
            .step("operator", "sets pushes up", set_up, |()| {
                "put Apple's and Google's keys beside it (both vendors are on loopback)".to_owned()
            })
            .await?;
        let app = timeline
            .step("service", "starts", build(settings), |_| {
                format!(
                    "listens on {}, with a SQLite file of its own",
                    url.origin().ascii_serialization()
                )
            })
            .await?;
        let context = Arc::clone(&app.context);
        let service = app.start(vec![listener], None).map_err(|e| timeline.not_as_told(e))?;
        let transport = loopback(url.as_str()).map_err(|e| timeline.not_as_told(e))?;
        let (msp, token) = timeline
            .step("operator", "bootstraps", bootstrap(&context), |_| {
                "made the msp Acme IT and its first admin token".to_owned()
            })
            .await?;
        let admin = Admin::new(transport.clone(), token.as_str());
        Ok((Self { url, transport, msp, admin, token, vendors, folder }, Serving(service)))
    }

    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Serving {
    /// Serves until `story` ends, then shuts down in order.
    pub async fn serve_while(self, story: impl Future<Output = Told>) -> Told {
        let (end, ended) = oneshot::channel::<()>();
        let mut ended = Some(ended);
        let serving = self.0.until(async || match ended.take() {
            Some(ended) => drop(ended.await),
            None => std::future::pending().await,
        });
        let telling = async {
            let told = story.await;
            drop(end);
            told
        };
        let (served, told) = tokio::join!(serving, telling);
        let down = |error| NotAsTold { step: "the service".to_owned(), why: format!("{error}") };
        told.and(served.map_err(down))
    }
}

fn settings(folder: &TempDir, url: &Url) -> Settings {
    let mut settings = Settings::embedded();
    folder.path().clone_into(&mut settings.data.folder);
    settings.server.public_url = url.clone();
    settings.server.metrics_listen = None;
    settings.server.shutdown_grace_s = 2;
    settings
}

async fn build(settings: Settings) -> Result<App, countersign::app::StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::start());
    let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
    App::build(settings, clock, random).await
}

/// What `countersign bootstrap` does.
async fn bootstrap(context: &Context) -> Result<(MspId, String), String> {
    let made = admin::bootstrap(context, "Acme IT", "msp-", "demo").await;
    let (msp, secret) = made.map_err(|failure| format!("{failure:?}"))?;
    Ok((msp, secret.reveal().as_str().to_owned()))
}
