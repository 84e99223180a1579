//! Ships the newest checkpoints to wherever they are wanted, each place by itself.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use countersign_protocol::{
    Instant, MspId,
    audit::Checkpoint,
    encoding::{base64url, sha256},
};
use url::Url;

use super::{Shipped, ShippedFile};
use crate::{
    ambient::Clock,
    audit::verify::checkpoint_of,
    domain::Failure,
    outbound::{Call, Caller, Verb},
    store::{Store, StoreError, audit::shipments},
};

/// The pause after a failure, and the longest that it grows to.
const PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// Where checkpoints go.
#[derive(Clone, Debug)]
pub enum Target {
    /// A file of this node.
    File(ShippedFile),
    /// An address that each is posted to.
    Webhook(String),
    /// An address below which each is put.
    Put(String),
}

/// Ships checkpoints.
pub struct Shipper {
    /// The database.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What was shipped.
    pub shipped: Arc<Shipped>,
    /// Where to.
    pub targets: Vec<Target>,
    /// Calls out.
    pub(crate) caller: Option<Caller>,
    /// The file of the bearer token.
    pub bearer_file: Option<PathBuf>,
    /// How the targets stand, by their names.
    pub(crate) standing: Mutex<HashMap<String, Standing>>,
}

/// How a target stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    failures: u32,
    not_before: Option<Instant>,
    /// Origins and sizes that this node has shipped to a file.
    sizes: HashMap<MspId, (i32, i64)>,
}

/// A checkpoint on its way out.
struct Outgoing {
    msp: MspId,
    generation: i32,
    size: i64,
    note: String,
    checkpoint: Checkpoint,
}

impl Target {
    /// The target's name in the database, of which no address can be read.
    fn name(&self) -> String {
        let hashed = |word: &str, address: &str| {
            format!("{word}:{}", base64url(&sha256(&[address.as_bytes()])[..12]))
        };
        match self {
            Self::File(_) => "file".to_owned(),
            Self::Webhook(address) => hashed("webhook", address),
            Self::Put(address) => hashed("put", address),
        }
    }
}

impl Shipper {
    /// One step: ships the newest checkpoint of each log that has grown; how many went where. A target that fails is
    /// left alone for a growing while, and holds up no other.
    ///
    /// # Errors
    /// The last target's failure, or that the database does not answer.
    pub async fn ship(&self) -> Result<usize, Failure> {
        let (mut shipped, mut failure) = (0, None);
        for target in &self.targets {
            let name = target.name();
            let standing = self.standing(&name);
            if standing.not_before.is_some_and(|until| self.clock.now() < until) {
                continue;
            }
            match self.ship_to(target, &name, &standing).await {
                Ok(count) => {
                    shipped += count;
                    self.update(&name, |standing| {
                        (standing.failures, standing.not_before) = (0, None);
                    });
                }
                Err(error) => {
                    let pause = PAUSE * 2_u32.saturating_pow(standing.failures.min(10));
                    let until = self.clock.now() + pause.min(LONGEST_PAUSE);
                    self.update(&name, |standing| {
                        standing.failures = standing.failures.saturating_add(1);
                        standing.not_before = Some(until);
                    });
                    failure = Some(error);
                }
            }
        }
        failure.map_or(Ok(shipped), Err)
    }

    fn standing(&self, name: &str) -> Standing {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.get(name).cloned().unwrap_or_default()
    }

    fn update(&self, name: &str, change: impl FnOnce(&mut Standing)) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        change(standing.entry(name.to_owned()).or_default());
    }

    async fn ship_to(
        &self,
        target: &Target,
        name: &str,
        standing: &Standing,
    ) -> Result<usize, Failure> {
        let outgoing = self.outgoing(target, name, standing).await?;
        let count = outgoing.len();
        if let Target::File(file) = target {
            self.add(file, &outgoing).await?;
        }
        for outgoing in outgoing {
            match target {
                Target::File(_) => {}
                Target::Webhook(address) => self.call(Verb::Post, address, &outgoing).await?,
                Target::Put(prefix) => {
                    let address = below(prefix, &outgoing.checkpoint)?;
                    self.call(Verb::Put, &address, &outgoing).await?;
                }
            }
            let Outgoing { msp, generation, size, checkpoint, .. } = outgoing;
            // Only heads that were committed and signed: the present tree begins with it.
            self.shipped.learn(&checkpoint, true);
            self.update(name, |standing| {
                standing.sizes.insert(msp, (generation, size));
            });
            let mut across = self.store.across().await?;
            let now = self.clock.now();
            shipments::shipped(&mut across, name, msp, (generation, size), now).await?;
        }
        Ok(count)
    }

    /// The newest checkpoints that the target has not.
    async fn outgoing(
        &self,
        target: &Target,
        name: &str,
        standing: &Standing,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let mut across = self.store.across().await?;
        let there: HashMap<MspId, (i32, i64)> = match target {
            // Each node has a file of its own, and adds to it what it finds newest when it starts.
            Target::File(_) => standing.sizes.clone(),
            Target::Webhook(_) | Target::Put(_) => {
                let rows = shipments::at_target(&mut across, name).await?;
                rows.into_iter().map(|(msp, generation, size)| (msp, (generation, size))).collect()
            }
        };
        let generations = shipments::generations(&mut across).await?;
        let generations: HashMap<MspId, i32> = generations
            .into_iter()
            .filter_map(|(msp, newest)| newest.map(|newest| (msp, newest)))
            .collect();
        let mut outgoing = Vec::new();
        for (msp, size) in shipments::signed(&mut across).await? {
            // A log that was reopened may have a size again that its old origin had.
            let newest = generations.get(&msp).map(|generation| (*generation, size));
            if newest.as_ref() == there.get(&msp) {
                continue;
            }
            let Some((generation, size, note)) = shipments::newest(&mut across, msp).await? else {
                continue;
            };
            let Some(checkpoint) = checkpoint_of(&note) else { continue };
            if there.get(&msp) != Some(&(generation, size)) {
                outgoing.push(Outgoing { msp, generation, size, note, checkpoint });
            }
        }
        Ok(outgoing)
    }

    async fn add(&self, file: &ShippedFile, outgoing: &[Outgoing]) -> Result<(), Failure> {
        if outgoing.is_empty() {
            return Ok(());
        }
        let (file, notes) = (file.clone(), outgoing.iter().map(|one| one.note.clone()).collect());
        let adding = tokio::task::spawn_blocking(move || {
            let notes: Vec<String> = notes;
            file.add(&notes)
        });
        let added = adding.await.map_err(|error| Failure::Fault(error.to_string()))?;
        added.map_err(|error| Failure::Unavailable(format!("audit.ship.file: {error}")))
    }

    async fn call(&self, verb: Verb, address: &str, one: &Outgoing) -> Result<(), Failure> {
        let failed = |why: &str| {
            let name = if verb == Verb::Put { "audit.ship.s3_put" } else { "audit.ship.webhook" };
            Failure::Unavailable(format!("{name} did not take a checkpoint: {why}"))
        };
        let caller = self.caller.as_ref().ok_or_else(|| failed("calls are not set up"))?;
        let mut headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
        if let Some(path) = &self.bearer_file {
            let token = std::fs::read_to_string(path)
                .map_err(|error| failed(&format!("audit.ship.bearer_file: {error}")))?;
            headers.push(("authorization", format!("Bearer {}", token.trim())));
        }
        let call = Call { verb, address, headers, body: one.note.clone().into_bytes() };
        match caller.call(call, self.clock.now()).await {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => Err(failed(&answer.word())),
            Err(why) => Err(failed(why)),
        }
    }
}

/// The address of a checkpoint: the log's name and the size, which sorts as it counts.
fn below(prefix: &str, checkpoint: &Checkpoint) -> Result<String, Failure> {
    let wrong = |why: &str| Failure::Fault(format!("audit.ship.s3_put: {why}"));
    let mut url: Url = prefix.parse().map_err(|_| wrong("is no address"))?;
    let size = format!("{:020}", checkpoint.size);
    url.path_segments_mut()
        .map_err(|()| wrong("is no address"))?
        .pop_if_empty()
        .extend(checkpoint.origin.split('/'))
        .push(&size);
    Ok(url.into())
}
