//! Signs committed heads with the msp's log key.

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use countersign_protocol::{
    MspId,
    audit::{Checkpoint, LogKey},
};
use tokio::sync::Mutex;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ship::Shipped;
use crate::{
    ambient::{Clock, Random},
    auth::{KeyRing, Place},
    domain::{Failure, SealedTable},
    store::{
        Across, Store,
        audit::{
            Head, NewOrigin, Origin, keep_checkpoint, newest_origin, open_origin, root, shipments,
            unsigned,
        },
    },
};

/// How many heads are read at once. In between, others get at the database.
const BATCH: i64 = 500;

/// Signs heads.
pub struct Notary {
    /// The database.
    pub store: Arc<Store>,
    /// Seals log keys.
    pub keys: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh log keys.
    pub random: Arc<dyn Random>,
    /// What origins' names begin with: `login.example.com/audit`.
    pub prefix: String,
    /// What others have: nothing is signed over fewer entries, or over others.
    pub shipped: Arc<Shipped>,
    /// Log keys of this process.
    pub known: Mutex<HashMap<MspId, Arc<Signer>>>,
}

/// The key of an origin.
pub struct Signer {
    generation: i32,
    key: LogKey,
    pair: Ed25519KeyPair,
}

/// One step: signs all heads that have grown; how many. One that may not be signed holds up no other.
///
/// # Errors
/// If the database does not answer, or a key can't be opened; heads without trouble were signed.
pub async fn sign_checkpoints(notary: &Notary) -> Result<usize, Failure> {
    let (mut signed, mut failure) = (0, None);
    let mut after = MspId(Uuid::nil());
    loop {
        let mut across = notary.store.across().await?;
        let heads = unsigned(&mut across, after, BATCH).await?;
        let Some((last, _)) = heads.last() else { break };
        after = *last;
        for (_, head) in heads {
            let done = match head {
                Ok(head) => notary.sign(&mut across, &head).await,
                Err(error) => Err(error.into()),
            };
            match done {
                Ok(()) => signed += 1,
                Err(error) => failure = Some(error),
            }
        }
    }
    failure.map_or(Ok(signed), Err)
}

fn place(row: &[u8], generation: i32) -> Place<'_> {
    Place { table: SealedTable::AuditOrigins, row, version: i64::from(generation) }
}

impl Notary {
    async fn sign(&self, across: &mut Across, head: &Head) -> Result<(), Failure> {
        let signer = self.signer(across, head.msp).await?;
        self.may_sign(across, &signer, head).await?;
        let note = signer.sign(&Checkpoint {
            origin: signer.key.name().to_owned(),
            size: head.frontier.size(),
            root: head.frontier.root(),
            extensions: Vec::new(),
        })?;
        let signed = (&head.frontier, note.as_str());
        keep_checkpoint(across, head.msp, signer.generation, signed, self.clock.now()).await?;
        Ok(())
    }

    /// Whether what others have of this origin is the beginning of the head's tree.
    async fn may_sign(
        &self,
        across: &mut Across,
        signer: &Signer,
        head: &Head,
    ) -> Result<(), Failure> {
        let (origin, size) = (signer.key.name(), head.frontier.size());
        let largest = shipments::largest(across, head.msp, signer.generation).await?;
        let mut there = largest.map_or(0, i64::unsigned_abs);
        let mut begins = true;
        if let Some(known) = self.shipped.of(origin) {
            there = there.max(known.size);
            if !known.agreed && known.size <= size {
                begins = root(across, head.msp, known.size).await? == Some(known.root);
                if begins {
                    self.shipped.agree(origin);
                }
            }
        }
        let other = shipments::contradicted(across, head.msp, signer.generation).await?;
        if begins && there <= size && other.is_none() {
            return Ok(());
        }
        let there = other.map_or(there, i64::unsigned_abs);
        let why = format!(
            "the log {origin} has {size} entries and is not what a checkpoint over {there} was shipped of: was a \
             backup restored? Nothing is signed until `countersign audit reopen` was run with that checkpoint"
        );
        if self.shipped.refuse(origin) {
            tracing::error!(%origin, size, shipped = there, "{why}");
        }
        Err(Failure::Fault(why))
    }

    /// The key of the msp's newest origin; the first one is made here.
    async fn signer(&self, across: &mut Across, msp: MspId) -> Result<Arc<Signer>, Failure> {
        let mut known = self.known.lock().await;
        // A reopening makes another one, perhaps on another node: the number is asked for each time.
        let newest = match newest_origin(across, msp).await? {
            Some(newest) => newest,
            None => self.first(across, msp).await?,
        };
        if let Some(signer) = known.get(&msp)
            && signer.generation == newest.generation
        {
            return Ok(Arc::clone(signer));
        }
        let signer = Arc::new(self.open(msp, &newest)?);
        known.insert(msp, Arc::clone(&signer));
        Ok(signer)
    }

    async fn first(&self, across: &mut Across, msp: MspId) -> Result<Origin, Failure> {
        let new = self.new_origin(msp, 1, 0)?;
        open_origin(across, msp, &new, self.clock.now()).await?;
        let missing = || Failure::Fault(format!("the log of {msp} has no origin"));
        newest_origin(across, msp).await?.ok_or_else(missing)
    }

    /// A fresh origin with a key of its own.
    ///
    /// # Errors
    /// Never in practice: every 32 bytes are an Ed25519 seed (RFC 8032 section 5.1.5).
    pub fn new_origin(
        &self,
        msp: MspId,
        generation: i32,
        from_size: i64,
    ) -> Result<NewOrigin, Failure> {
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(self.random.bytes());
        let pair = pair(&*seed)?;
        let mut public_key = [0; 32];
        public_key.copy_from_slice(pair.public_key().as_ref());
        let name = match generation {
            1 => format!("{}/{msp}", self.prefix),
            later => format!("{}/{msp}/{later}", self.prefix),
        };
        let sealed = self.keys.seal(&place(msp.as_bytes(), generation), &*seed, &*self.random);
        Ok(NewOrigin { generation, name, public_key, sealed, from_size })
    }

    fn open(&self, msp: MspId, origin: &Origin) -> Result<Signer, Failure> {
        let place = place(msp.as_bytes(), origin.generation);
        let seed = self.keys.open(&place, &origin.sealed).map_err(|error| {
            Failure::Fault(format!("the log key of {msp} can't be opened: {error}"))
        })?;
        let pair = pair(&seed)?;
        if pair.public_key().as_ref() != origin.public_key.0 {
            return Err(Failure::Fault(format!("the log key of {msp} is another than it was")));
        }
        let key = LogKey::new(&origin.name, origin.public_key.0)
            .map_err(|error| Failure::Fault(format!("the origin of {msp}: {error}")))?;
        Ok(Signer { generation: origin.generation, key, pair })
    }
}

fn pair(seed: &[u8]) -> Result<Ed25519KeyPair, Failure> {
    Ed25519KeyPair::from_seed_unchecked(seed)
        .map_err(|error| Failure::Fault(format!("a log key can't be used: {error}")))
}

impl Signer {
    /// The signed note of a checkpoint.
    fn sign(&self, checkpoint: &Checkpoint) -> Result<String, Failure> {
        let fault = |error: &dyn std::fmt::Display| {
            Failure::Fault(format!("a checkpoint can't be signed: {error}"))
        };
        let text = checkpoint.text().map_err(|error| fault(&error))?;
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        self.key.signed(checkpoint, &signature).map_err(|error| fault(&error))
    }
}
