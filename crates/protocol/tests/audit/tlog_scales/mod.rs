//! A reader of C2SP's transparency logs that was not written here, PyPI's `tlog-scales` at the version pinned
//! beside this file, finds a published log whole: checkpoint, tiles, entries and proofs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use countersign_protocol::audit::{
    Checkpoint, Tile, TileContent, entry_bundle, leaf_hash, tile_width,
};
use serde_json::{Value, json};

use crate::log::Log;
use crate::vectors::{large_entries, nodes_of, signer};

#[test]
#[ignore = "long round"]
fn tlog_scales_reads_the_published_log() {
    let folder = tempfile::Builder::new().prefix("tlog-scales").tempdir().unwrap();
    let python = install(folder.path());
    let entries = large_entries();
    let log = Log::new(entries.iter().map(|one| leaf_hash(one)));
    publish(&log, &entries, &folder.path().join("log"));
    std::fs::write(folder.path().join("claims.json"), claims(&log).to_string()).unwrap();
    let script = here().join("read.py");
    let told = run(&python, &[script.to_str().unwrap(), "log", "claims.json"], folder.path());
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        told,
        json!({"size": 70_000, "entries": 70_000, "inclusion": 15, "consistency": 22, "refused": 4})
    );
}

/// The files of the log below its prefix.
fn publish(log: &Log, entries: &[Vec<u8>], prefix: &Path) {
    let size = log.frontier.size();
    let write = |path: &str, bytes: &[u8]| {
        let path = prefix.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let contents = [TileContent::Entries, TileContent::Nodes(0), TileContent::Nodes(1)];
    for content in contents.into_iter().chain([TileContent::Nodes(2)]) {
        for index in 0.. {
            let width = tile_width(content, index, size);
            let Ok(tile) = Tile::new(content, index, width) else { break };
            let range = tile.range().start as usize..tile.range().end as usize;
            let bytes = match content {
                TileContent::Entries => entry_bundle(&entries[range]).unwrap(),
                TileContent::Nodes(_) => nodes_of(&tile, log),
            };
            write(&tile.to_string(), &bytes);
        }
    }
    let signer = signer();
    let origin = signer.key.name().to_owned();
    let head = Checkpoint { origin, size, root: *log.root(size), extensions: Vec::new() };
    write("checkpoint", signer.sign(&head).as_bytes());
}

/// What the reader is asked to check.
fn claims(log: &Log) -> Value {
    let sizes = [1, 256, 257, 65_537, 70_000];
    let positions = [0, 255, 256, 65_536, 69_999];
    let inclusion = sizes.into_iter().flat_map(|size| {
        let there = positions.into_iter().filter(move |position| *position < size);
        there.map(move |position| {
            json!({"position": position, "size": size, "root": log.root(size), "proof": log.inclusion(position, size)})
        })
    });
    let olds = [0, 1, 255, 256, 65_536, 65_537];
    let consistency = sizes.into_iter().flat_map(|new| {
        olds.into_iter().filter(move |old| *old <= new).map(move |old| {
            json!({"old": old, "new": new, "old_root": log.root(old), "new_root": log.root(new), "proof": log.consistency(old, new)})
        })
    });
    json!({
        "key": signer().key,
        "inclusion": inclusion.collect::<Vec<_>>(),
        "consistency": consistency.collect::<Vec<_>>(),
    })
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/tlog_scales")
}

/// Installs the reader from the package registry that this machine's pip is set to; the interpreter that has it.
fn install(folder: &Path) -> String {
    run("python3", &["-m", "venv", "venv"], folder);
    let program = |name: &str| folder.join("venv/bin").join(name).to_str().unwrap().to_owned();
    let requirements = here().join("requirements.txt");
    let requirements = requirements.to_str().unwrap();
    let install = ["install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    run(&program("pip"), &install, folder);
    program("python")
}

/// What a program prints; it must end well.
fn run(program: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed for this: {error}"));
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}:\n{out}\n{err}");
    out.into_owned()
}
