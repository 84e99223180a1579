//! The steps of rotating the master key: each says which comes next.

use std::path::PathBuf;

use clap::Args;
use countersign::{
    ambient::SystemRandom,
    app::{StartError, existing_store},
    auth::{KeyRing, KeyRingError},
    config::Settings,
    flows::keys::{self, Resealed, Under},
};

use super::{cli::told, progress::Progress};

/// Which file, and what becomes of it.
#[derive(Args)]
pub struct Master {
    /// The file; unless said, the one that the settings name.
    file: Option<PathBuf>,
    #[command(flatten)]
    step: Step,
}

/// A step of a rotation; without one, a new file is made.
#[derive(Args)]
#[group(multiple = false)]
struct Step {
    /// First: add a fresh key, which opens and does not seal yet.
    #[arg(long)]
    add: bool,
    /// Second, once every node has the key: make it the one that seals.
    #[arg(long, value_name = "ID")]
    promote: Option<u8>,
    /// Last, after `keys reseal`: take an old key out. Refused while anything is sealed under it.
    #[arg(long, value_name = "ID")]
    remove: Option<u8>,
}

impl Master {
    pub async fn run(self, settings: &Settings) -> Result<(), StartError> {
        let file = self.file.unwrap_or_else(|| settings.keys.master_key_path(&settings.data));
        let shown = file.display();
        match self.step {
            Step { add: true, .. } => {
                let id = KeyRing::add(&file, &SystemRandom::new()).map_err(failed)?;
                println!(
                    "{shown} has the key {id}, which opens and does not seal yet. Bring the file to every node and send \
                     each a SIGHUP (or restart it); then countersign keys master --promote {id}"
                );
            }
            Step { promote: Some(id), .. } => {
                KeyRing::promote(&file, id).map_err(failed)?;
                println!(
                    "{shown} seals with the key {id}. Bring the file to every node and send each a SIGHUP (or restart \
                     it); then countersign keys reseal"
                );
            }
            Step { remove: Some(id), .. } => {
                let store = existing_store(settings)?;
                let census = keys::census(&store).await.map_err(told)?;
                if let Some(rows) = rows_under(&census, id) {
                    return Err(StartError(format!(
                        "nothing was removed: under the key {id} are {rows}; run countersign keys reseal"
                    )));
                }
                KeyRing::remove(&file, id).map_err(failed)?;
                println!(
                    "{shown} has no key {id} any more. Bring the file to every node and send each a SIGHUP (or restart \
                     it). Keep the key as long as a backup from before can be restored"
                );
            }
            Step { .. } => {
                KeyRing::create(&file, &SystemRandom::new()).map_err(failed)?;
                println!("{shown} was made: name it in keys.master_key_file on every node");
            }
        }
        Ok(())
    }
}

/// Seals everything under the current key, and says what is left under which.
pub async fn reseal(settings: &Settings) -> Result<(), StartError> {
    let store = existing_store(settings)?;
    let file = settings.keys.master_key_path(&settings.data);
    let ring = KeyRing::load(&file).map_err(failed)?;
    let mut progress = Progress::start("secrets");
    let mut reached = |done, all| progress.reached(done, Some(all));
    let resealed = keys::reseal(&store, &ring, &SystemRandom::new(), &mut reached).await;
    drop(progress);
    let Resealed { done, refused, census } = resealed.map_err(told)?;
    let (current, mut others) = (ring.current_id(), ring.ids());
    others.extend(census.iter().map(|under| under.key));
    others.retain(|id| *id != current);
    others.sort_unstable();
    others.dedup();
    println!("{done} secrets were sealed anew under the key {current}.");
    println!("key {current}: {}", rows_under(&census, current).unwrap_or_else(|| "nothing".into()));
    let mut left = false;
    for id in others {
        match rows_under(&census, id) {
            Some(rows) => {
                left = true;
                println!("key {id}: {rows}");
            }
            None => {
                println!("key {id}: nothing; countersign keys master --remove {id} takes it out");
            }
        }
    }
    for why in &refused {
        eprintln!("{why}");
    }
    if left {
        return Err(StartError(format!(
            "not everything is under the key {current}: {} secrets don't open (see above); others come from a node that \
             still seals with an older key: bring it the file, and run this again",
            refused.len()
        )));
    }
    Ok(())
}

/// What is sealed under a key, by table; `None` if nothing is.
fn rows_under(census: &[Under], id: u8) -> Option<String> {
    let rows: Vec<String> = census
        .iter()
        .filter(|under| under.key == id && under.rows > 0)
        .map(|under| format!("{} {}", under.table.as_str(), under.rows))
        .collect();
    (!rows.is_empty()).then(|| rows.join(", "))
}

#[allow(clippy::needless_pass_by_value, reason = "as map_err gives it")]
fn failed(error: KeyRingError) -> StartError {
    StartError(error.to_string())
}
