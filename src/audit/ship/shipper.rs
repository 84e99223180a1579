//! Ships the newest checkpoints to wherever they are wanted, each place by itself.

use std::{
    collections::{HashMap, HashSet},
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
    outbound::{Answer, Call, Caller, Verb},
    store::{
        Store, StoreError,
        audit::shipments::{self, Shipment},
    },
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

/// What became of a checkpoint.
enum Delivered {
    /// The target has it.
    There,
    /// The target has another one of the same name and size, over other entries.
    Another,
    /// The target has something in its place, and nobody can tell what; why.
    Unknown(String),
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
        let (mut count, mut failure) = (0, None);
        if let Target::File(file) = target {
            self.add(file, &outgoing).await?;
        }
        for outgoing in outgoing {
            let contradicted = match self.deliver(target, &outgoing).await? {
                Delivered::There => false,
                Delivered::Another => true,
                Delivered::Unknown(why) => {
                    failure = Some(Failure::Unavailable(why));
                    continue;
                }
            };
            let Outgoing { msp, generation, size, checkpoint, .. } = outgoing;
            let mut across = self.store.across().await?;
            let shipment = Shipment { msp, generation, size, contradicted };
            shipments::shipped(&mut across, name, shipment, self.clock.now()).await?;
            if contradicted {
                let origin = &checkpoint.origin;
                tracing::error!(%origin, size, "another history was shipped under this log's name: nothing more is signed");
                let why = format!("{origin} over {size} entries was shipped with another root");
                failure = Some(Failure::Fault(why));
                continue;
            }
            // Only heads that were committed and signed: the present tree begins with it.
            self.shipped.learn(&checkpoint, true);
            self.update(name, |standing| {
                standing.sizes.insert(msp, (generation, size));
            });
            count += 1;
        }
        failure.map_or(Ok(count), Err)
    }

    /// Brings a checkpoint to a target; to a file it was added before.
    async fn deliver(&self, target: &Target, one: &Outgoing) -> Result<Delivered, Failure> {
        match target {
            Target::File(_) => Ok(Delivered::There),
            Target::Webhook(address) => {
                let answer = self.call(Verb::Post, address, one.note.clone()).await?;
                taken(Verb::Post, &answer)?;
                Ok(Delivered::There)
            }
            Target::Put(prefix) => self.put(&below(prefix, &one.checkpoint)?, one).await,
        }
    }

    /// Puts a checkpoint where none is yet (RFC 9110 section 13.1.2): what is there is evidence, and stays.
    async fn put(&self, address: &str, one: &Outgoing) -> Result<Delivered, Failure> {
        let answer = self.call(Verb::Put, address, one.note.clone()).await?;
        // 409 is S3's word for two that put at once.
        if !matches!(answer.status, 409 | 412) {
            taken(Verb::Put, &answer)?;
            return Ok(Delivered::There);
        }
        let answer = self.call(Verb::Get, address, String::new()).await?;
        let there = str::from_utf8(&answer.body).ok().filter(|_| answer.is_success());
        let there = there.and_then(checkpoint_of);
        let same_place = |there: &Checkpoint| {
            (&there.origin, there.size) == (&one.checkpoint.origin, one.checkpoint.size)
        };
        Ok(match there.filter(same_place) {
            Some(there) if there.root == one.checkpoint.root => Delivered::There,
            Some(_) => Delivered::Another,
            None => Delivered::Unknown(format!(
                "audit.ship.s3_put has something in the place of {} over {} entries, and does not show the checkpoint: {}",
                one.checkpoint.origin,
                one.checkpoint.size,
                answer.word()
            )),
        })
    }

    /// The newest checkpoints that the target has not.
    async fn outgoing(
        &self,
        target: &Target,
        name: &str,
        standing: &Standing,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let mut across = self.store.across().await?;
        let rows = shipments::at_target(&mut across, name).await?;
        let contradicted: HashSet<(MspId, i32)> = rows
            .iter()
            .filter(|row| row.contradicted)
            .map(|row| (row.msp, row.generation))
            .collect();
        let there: HashMap<MspId, (i32, i64)> = match target {
            // Each node has a file of its own, and adds to it what it finds newest when it starts.
            Target::File(_) => standing.sizes.clone(),
            Target::Webhook(_) | Target::Put(_) => {
                rows.into_iter().map(|row| (row.msp, (row.generation, row.size))).collect()
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
            let wanted = !contradicted.contains(&(msp, generation));
            if wanted && there.get(&msp) != Some(&(generation, size)) {
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

    async fn call(&self, verb: Verb, address: &str, body: String) -> Result<Answer, Failure> {
        let failed = |why: &str| not_taken(verb, why);
        let caller = self.caller.as_ref().ok_or_else(|| failed("calls are not set up"))?;
        let mut headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
        if verb == Verb::Put {
            headers.push(("if-none-match", "*".to_owned()));
        }
        if let Some(path) = &self.bearer_file {
            let token = std::fs::read_to_string(path)
                .map_err(|error| failed(&format!("audit.ship.bearer_file: {error}")))?;
            headers.push(("authorization", format!("Bearer {}", token.trim())));
        }
        let call = Call { verb, address, headers, body: body.into_bytes() };
        caller.call(call, self.clock.now()).await.map_err(failed)
    }
}

fn not_taken(verb: Verb, why: &str) -> Failure {
    let name = if verb == Verb::Post { "audit.ship.webhook" } else { "audit.ship.s3_put" };
    Failure::Unavailable(format!("{name} did not take a checkpoint: {why}"))
}

/// Whether the answer says that it was taken.
fn taken(verb: Verb, answer: &Answer) -> Result<(), Failure> {
    if answer.is_success() { Ok(()) } else { Err(not_taken(verb, &answer.word())) }
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
