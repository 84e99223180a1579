//! Tiles stand where C2SP's tlog-tiles says.

use countersign_protocol::audit::TileContent::{self, Entries, Nodes};
use countersign_protocol::audit::{Tile, tile_width};
use proptest::prelude::*;

use crate::log::Log;

fn tile(content: TileContent, index: u64, width: u16) -> Tile {
    Tile::new(content, index, width).unwrap()
}

#[test]
fn paths_are_written_as_in_the_specification() {
    for (one, path) in [
        (tile(Nodes(0), 1_234_067, 256), "tile/0/x001/x234/067"),
        (tile(Nodes(0), 273, 112), "tile/0/273.p/112"),
        (tile(Nodes(2), 0, 1), "tile/2/000.p/1"),
        (tile(Nodes(63), 999, 255), "tile/63/999.p/255"),
        (tile(Entries, 1_000, 256), "tile/entries/x001/000"),
        (tile(Entries, (1 << 55) - 1, 256), "tile/entries/x036/x028/x797/x018/x963/967"),
    ] {
        assert_eq!(one.to_string(), path);
        assert_eq!(path.parse(), Ok(one));
    }
}

#[test]
fn another_spelling_is_no_path() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/00/000",
        "tile/+0/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/256/000",
        "tile/data/000",
        "tile/Entries/000",
        "tile/0/0",
        "tile/0/1234",
        "tile/0/x000/001",
        "tile/0/001/001",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/0/xx01/002",
        "tile/0/X001/002",
        "tile/0/+01",
        "tile/0/ 01",
        "tile/0/٠٠١",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/65537",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/x001.p/1",
        "tile/0/000\n",
        "tile/0/x036/x028/x797/x018/x963/968",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
}

#[test]
fn widths_are_those_of_the_specifications_examples() {
    let width = |level, index, size| tile_width(Nodes(level), index, size);
    assert_eq!(
        (width(0, 272, 70_000), width(0, 273, 70_000), width(0, 274, 70_000)),
        (256, 112, 0)
    );
    assert_eq!((width(1, 0, 70_000), width(1, 1, 70_000), width(1, 2, 70_000)), (256, 17, 0));
    assert_eq!((width(2, 0, 70_000), width(3, 0, 70_000)), (1, 0));
    assert_eq!((width(0, 0, 256), width(1, 0, 256)), (256, 1));
    assert_eq!(tile_width(Entries, 273, 70_000), 112);
    assert_eq!((width(7, 0, u64::MAX), width(8, 0, u64::MAX), width(63, 0, u64::MAX)), (255, 0, 0));
    assert_eq!((width(255, 0, u64::MAX), width(0, u64::MAX, u64::MAX)), (0, 0));
}

#[test]
fn a_tree_has_the_tiles_of_its_size_and_of_the_sizes_before() {
    for size in [0, 1, 255, 256, 257, 600] {
        for index in 0..4 {
            for width in [1, 88, 255, 256] {
                let one = tile(Entries, index, width);
                assert_eq!(one.is_in(size), one.range().end <= size, "{one} in {size}");
            }
        }
    }
}

#[test]
fn a_tiles_nodes_are_stored_once_a_tree_has_it() {
    let log = Log::of(600);
    for level in 0..3 {
        for index in 0..4 {
            let width = tile_width(Nodes(level), index, 600);
            let Ok(one) = Tile::new(Nodes(level), index, width) else { continue };
            assert!(one.range().all(|node| log.node(level, node).is_some()), "{one}");
            assert!(width == 256 || log.node(level, one.range().end).is_none(), "{one}");
        }
    }
}

#[test]
fn there_is_no_tile_of_another_width_level_or_index() {
    for (content, index, width) in
        [(Nodes(64), 0, 1), (Entries, 1 << 55, 1), (Entries, 0, 0), (Entries, 0, 257)]
    {
        assert!(Tile::new(content, index, width).is_err());
    }
}

proptest! {
    #[test]
    fn a_path_reads_back_what_it_wrote(level in 0..64_u8, index in 0..1_u64 << 55, width in 1..=256_u16, of_entries: bool) {
        let content = if of_entries { Entries } else { Nodes(level) };
        let one = tile(content, index, width);
        prop_assert_eq!(one.to_string().parse(), Ok(one));
    }

    #[test]
    fn whatever_path_is_read_is_written_alike(path in "tile/([0-9]{1,3}|entries)/(x?[0-9]{1,3}/){0,7}[0-9]{2,4}(\\.p/[0-9]{1,4})?") {
        if let Ok(one) = path.parse::<Tile>() {
            prop_assert_eq!(one.to_string(), path);
        }
    }
}
