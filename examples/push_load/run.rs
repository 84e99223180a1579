//! A run: the vendors in a process beside, and one channel after the other.

use std::{process::Stdio, sync::Arc, time::Duration};

use countersign::{
    ambient::SystemRandom,
    config::{Push, Settings},
    push::{Channel, TokensInMemory, channels},
};
use countersign_protocol::wire::mobile::PushAddress;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    Failure,
    options::{Name, Options},
    process,
    report::{Figures, Report},
    sender,
    vendors::Introduction,
};

/// Before the measuring: connections are made and tokens fetched.
const WARM_UP: Duration = Duration::from_secs(1);

/// Measures what was asked for.
pub async fn measure(options: &Options) -> Result<Report, Failure> {
    let (mut child, introduction) = vendors_beside(options.devices).await?;
    let vendors = child.id().ok_or("the vendors are gone")?;
    let folder = TempDir::new()?;
    let channels = real_channels(&settings(&folder, &introduction)?)?;
    let asked =
        if options.channel.is_empty() { Name::ALL.to_vec() } else { options.channel.clone() };
    let mut report = Report { concurrency: options.concurrency, channels: Vec::new() };
    for name in asked {
        let channel = channels.iter().find(|channel| channel.name() == name.as_str());
        let channel = channel.ok_or("a channel is not set up")?;
        let to = introduction.phones(name);
        let sending = |span| sender::send(channel, &to, options.concurrency, span);
        sending(WARM_UP).await?;
        let before = [std::process::id(), vendors].map(process::cpu);
        let sent = sending(Duration::from_secs_f64(options.seconds)).await?;
        let after = [std::process::id(), vendors].map(process::cpu);
        let cpu = [0, 1].map(|of| Some(after[of]?.saturating_sub(before[of]?)));
        report.channels.push(Figures { name, sent, cpu });
    }
    drop(child.stdin.take());
    child.wait().await?;
    Ok(report)
}

/// Starts this program again, as the vendors.
async fn vendors_beside(devices: u32) -> Result<(Child, Introduction), Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--vendors", "--devices", &devices.to_string()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let stdout = child.stdout.take().ok_or("the vendors have no output")?;
    let line = BufReader::new(stdout).lines().next_line().await?;
    Ok((child, serde_json::from_str(&line.ok_or("the vendors said nothing")?)?))
}

/// The service's settings for these vendors.
fn settings(folder: &TempDir, vendors: &Introduction) -> Result<Push, Failure> {
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).map(|()| Some(path))
    };
    let mut settings = Settings::embedded().push;
    settings.tls_roots = file("roots.pem", &vendors.root)?;
    let [key, key_id, team_id, topic] = vendors.apple_key.clone();
    let apns = &mut settings.apns;
    apns.key_file = file("AuthKey.p8", &key)?;
    (apns.key_id, apns.team_id, apns.topic) = (key_id, team_id, topic);
    apns.endpoint = vendors.apple.parse()?;
    settings.fcm.service_account_file = file("service-account.json", &vendors.google_key)?;
    settings.fcm.endpoint = vendors.google.parse()?;
    let web_push = &mut settings.web_push;
    web_push.key_file = file("vapid.pem", &vendors.web_push_key)?;
    web_push.contact = "mailto:ops@example.com".to_owned();
    web_push.allowed_networks = vec!["127.0.0.0/8".parse()?, "::1/128".parse()?];
    match settings.validate().first() {
        Some(problem) => Err(format!("{problem:?}").into()),
        None => Ok(settings),
    }
}

fn real_channels(settings: &Push) -> Result<Vec<Arc<dyn Channel>>, Failure> {
    let public_url = "https://sign.example.com".parse()?;
    let store = Arc::new(TokensInMemory::default());
    let made = channels(settings, &public_url, store, Arc::new(SystemRandom::new()));
    match made.iter().find_map(|channel| channel.trouble()) {
        Some(trouble) => Err(trouble.to_string().into()),
        None => Ok(made),
    }
}

impl Introduction {
    fn phones(&self, of: Name) -> Arc<[PushAddress]> {
        match of {
            Name::Apns => self.apns.clone().into(),
            Name::Fcm => self.fcm.clone().into(),
            Name::WebPush => self.web_push.clone().into(),
        }
    }
}
