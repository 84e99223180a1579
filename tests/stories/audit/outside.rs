//! The log verified by programs that were not written here: Cloudflare's `signed_note` and `tlog_tiles`, over HTTP,
//! as a stranger would.

use std::collections::HashMap;

use countersign_protocol::audit::parse_entry_bundle;
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, HashReader, Tile, TileHashReader, TileReader, check_record,
    check_tree, prove_record, prove_tree, record_hash, stored_hash_index,
};

use super::cast::{file, record_many};
use crate::{house::House, story};

/// Tiles as they were fetched; a missing one is noted, to be fetched for the next try.
#[derive(Default)]
struct Fetched {
    tiles: HashMap<String, Vec<u8>>,
    missing: std::sync::Mutex<Vec<String>>,
}

/// The path as C2SP writes it, without the height that Go's sumdb has there.
fn path(tile: &Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

impl TileReader for Fetched {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let mut found = Vec::new();
        for tile in tiles {
            match self.tiles.get(&path(tile)) {
                Some(bytes) => found.push(bytes.clone()),
                None => self.missing.lock().unwrap().push(path(tile)),
            }
        }
        if found.len() == tiles.len() {
            Ok(found)
        } else {
            Err(Error::InvalidInput("missing".into()))
        }
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// What comes of it, once every tile that it asks for was fetched.
async fn with_tiles<T>(
    house: &House,
    fetched: &mut Fetched,
    ask: impl Fn(&Fetched) -> Result<T, Error>,
) -> T {
    loop {
        let asked = ask(fetched);
        let missing = std::mem::take(&mut *fetched.missing.lock().unwrap());
        if missing.is_empty() {
            return asked.unwrap();
        }
        for path in missing {
            let (status, bytes) = file(house, house.msp, &path).await;
            assert_eq!(status, 200, "{path}");
            fetched.tiles.insert(path, bytes);
        }
    }
}

/// The newest checkpoint, if `signed_note` believes it by the published key.
async fn checkpoint(house: &House) -> Checkpoint {
    let (_, keys) = file(house, house.msp, "keys").await;
    let keys: serde_json::Value = serde_json::from_slice(&keys).unwrap();
    let origin = &keys["origins"][0];
    let verifier = StandardVerifier::new(origin["vkey"].as_str().unwrap()).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let (status, note) = file(house, house.msp, "checkpoint").await;
    assert_eq!(status, 200);
    let note = Note::from_bytes(&note).unwrap();
    let (verified, _) = note.verify(&known).unwrap();
    assert_eq!(verified[0].name(), origin["name"].as_str().unwrap());
    let checkpoint = Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!(checkpoint.origin(), verified[0].name());
    checkpoint
}

story! {
    async fn an_outside_client_verifies_the_log_from_its_files(house: House) {
        record_many(&house, 0..300).await;
        house.flush().await;
        let old = checkpoint(&house).await;
        record_many(&house, 300..1100).await;
        house.flush().await;
        let new = checkpoint(&house).await;
        assert!(old.size() < new.size());
        let mut fetched = Fetched::default();
        let (size, root) = (new.size(), *new.hash());

        // The older tree is the beginning of the newer one.
        let proof = with_tiles(&house, &mut fetched, |tiles| {
            prove_tree(size, old.size(), &TileHashReader::new(size, root, tiles))
        });
        let proof = proof.await;
        check_tree(&proof, size, root, old.size(), *old.hash()).unwrap();

        // Each entry of a bundle stands where it should.
        let bundle = countersign_protocol::audit::Tile::new(
            countersign_protocol::audit::TileContent::Entries, 2, 256,
        );
        let bundle = house.admin.audit_tile(house.msp, bundle.unwrap()).await.unwrap();
        for (number, entry) in parse_entry_bundle(&bundle).unwrap().iter().enumerate().step_by(51) {
            let position = 512 + number as u64;
            let index = stored_hash_index(0, position);
            let leaf = with_tiles(&house, &mut fetched, |tiles| {
                TileHashReader::new(size, root, tiles).read_hashes(&[index])
            });
            let leaf: Vec<Hash> = leaf.await;
            assert_eq!(leaf[0].0, record_hash(entry).0);
            let proof = with_tiles(&house, &mut fetched, |tiles| {
                prove_record(size, position, &TileHashReader::new(size, root, tiles))
            });
            check_record(&proof.await, size, root, position, leaf[0]).unwrap();
        }
    }
}
