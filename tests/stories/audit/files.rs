//! The log's files, as C2SP tlog-tiles lays them out.

use countersign_client::{Request, header};
use countersign_protocol::{
    ProblemCode,
    audit::{Tile, TileContent, parse_entry, parse_entry_bundle},
};
use uuid::Uuid;

use super::{
    Log,
    cast::{file, readings, record_many},
};
use crate::{
    refusal::{refusal, refused},
    story,
};

fn tile(content: TileContent, index: u64, width: u16) -> Tile {
    Tile::new(content, index, width).unwrap()
}

story! {
    async fn tiles_are_the_tree_s_nodes_and_bundles_its_entries(house: House) {
        record_many(&house, 0..600).await;
        let log = Log::flushed(&house).await;
        let hashes = |range: std::ops::Range<usize>| {
            log.entries[range].iter().flat_map(|entry| entry.hash.clone()).collect::<Vec<u8>>()
        };
        for (index, width) in [(0, 256), (1, 256), (2, 40), (0, 1), (1, 255)] {
            let start = usize::try_from(index).unwrap() * 256;
            let range = start..start + usize::from(width);
            let nodes = tile(TileContent::Nodes(0), index, width);
            let (status, bytes) = file(&house, house.msp, &nodes.to_string()).await;
            assert_eq!((status, bytes), (200, hashes(range.clone())), "{nodes}");
            let bundle = tile(TileContent::Entries, index, width);
            let bytes = house.admin.audit_tile(house.msp, bundle).await.unwrap();
            let entries = parse_entry_bundle(&bytes).unwrap();
            for (entry, stored) in entries.iter().zip(&log.entries[range.clone()]) {
                let (recorded_at, body) = parse_entry(entry).unwrap();
                assert_eq!((recorded_at.unix_millis(), body), (stored.recorded_at, stored.body.as_str()));
            }
            assert_eq!(entries.len(), range.len());
        }
        let (status, bytes) = file(&house, house.msp, "tile/1/000.p/2").await;
        let nodes: Vec<u8> = [0, 1].iter().flat_map(|at| log.nodes[&(1, *at)].clone()).collect();
        assert_eq!((status, bytes), (200, nodes));
        let (_, form, _) = readings(&house, "entries").await.pop().unwrap();
        assert_eq!(form, "entries", "who reads entries is seen");
    }
}

story! {
    async fn what_is_not_in_the_tree_and_other_spellings_are_not_found(house: House) {
        record_many(&house, 0..300).await;
        house.flush().await;
        for path in [
            "tile/0/100", "tile/0/002", "tile/1/000", "tile/1/000.p/9", "tile/2/000.p/1", "tile/7/000.p/1",
            "tile/63/000.p/1", "tile/64/000.p/1", "tile/0/0", "tile/0/000.p/0", "tile/0/000.p/256",
            "tile/0/000.p/257", "tile/0/x000/000", "tile/00/000", "tile/0/000/", "tile/0/", "tile/-1/000",
            "tile/0/x999/x999/x999/x999/x999/999", "tile/8/0/000", "tile/data/000", "checkpoint/", "tile",
        ] {
            let answer = house.transport().send(Request::get(format!("/audit/{}/{path}", house.msp))).await.unwrap();
            assert_eq!(answer.status, 404, "{path}");
            refusal(&answer, ProblemCode::NotFound);
        }
        for path in ["tile/entries/100", "tile/entries/000.p/0", "tile/entries/0", "tile/entries/x000/000"] {
            let asked = Request::get(format!("/audit/{}/{path}", house.msp));
            refusal(&house.admin.send(asked).await.unwrap(), ProblemCode::NotFound);
        }
    }
}

story! {
    async fn full_tiles_never_change_and_say_so(house: House) {
        record_many(&house, 0..300).await;
        house.flush().await;
        let cached = async |path: &str| {
            let answer = house.admin.send(Request::get(format!("/audit/{}/{path}", house.msp))).await.unwrap();
            answer.header(header::CACHE_CONTROL).to_owned()
        };
        let full = cached("tile/0/000").await;
        assert!(full.contains("immutable") && full.contains("public"), "{full}");
        let partial = cached("tile/0/001.p/3").await;
        assert!(!partial.contains("immutable"), "{partial}");
        let entries = cached("tile/entries/000").await;
        assert!(entries.contains("private"), "no cache on the way may show it to others: {entries}");
        assert_eq!(cached("checkpoint").await, "no-store");
    }
}

story! {
    async fn an_msp_that_never_was_has_no_files(house: House) {
        house.flush().await;
        let never = Uuid::from_u128(0x01a2_02a1_5fe0_7000_8000_0000_0000_0001).into();
        for path in ["checkpoint", "keys", "tile/0/000.p/1"] {
            assert_eq!(file(&house, house.msp, path).await.0, 200, "{path}");
            let (status, body) = file(&house, never, path).await;
            assert_eq!(status, 404, "{path}: {}", String::from_utf8_lossy(&body));
        }
    }
}

story! {
    async fn another_msp_s_token_opens_no_entries(house: House) {
        house.flush().await;
        let (rival, theirs) = house.another_msp().await;
        let bundle = tile(TileContent::Entries, 0, 1);
        house.admin.audit_tile(house.msp, bundle).await.unwrap();
        refused(theirs.audit_tile(house.msp, bundle).await, ProblemCode::NotFound);
        refused(house.admin.audit_tile(rival, bundle).await, ProblemCode::NotFound);
        let bare = Request::get(format!("/audit/{}/{bundle}", house.msp));
        refusal(&house.transport().send(bare).await.unwrap(), ProblemCode::InvalidToken);
    }
}

story! {
    |settings| { settings.audit.files_per_address_per_minute = 5; }
    async fn a_network_asks_for_so_many_files_a_minute_and_no_more(house: House) {
        house.flush().await;
        for _ in 0..5 {
            assert_eq!(file(&house, house.msp, "checkpoint").await.0, 200);
        }
        let asked = Request::get(format!("/audit/{}/checkpoint", house.msp));
        let answer = house.transport().send(asked).await.unwrap();
        refusal(&answer, ProblemCode::TooManyRequests);
        assert!(answer.retry_after.is_some());
    }
}
