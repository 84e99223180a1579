//! How fast the disk makes things durable: other people's load can slow it sixtyfold, and with it every commit.

use std::{io::Write, path::Path, time::Duration};

use tokio::time::Instant as Timer;

const PROBE: Duration = Duration::from_millis(300);

/// Writes of 4 KiB made durable a second, in a file in `folder`.
pub async fn syncs_a_second(folder: &Path) -> Option<f64> {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || probe(&folder).ok()).await.ok()?
}

fn probe(folder: &Path) -> std::io::Result<f64> {
    let mut file = tempfile::tempfile_in(folder)?;
    let began = Timer::now();
    let mut syncs = 0_u32;
    while began.elapsed() < PROBE {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        syncs += 1;
    }
    Ok(f64::from(syncs) / began.elapsed().as_secs_f64())
}
