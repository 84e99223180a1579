//! Where a log's parts stand below its prefix (C2SP tlog-tiles, "Merkle Tree" and "Log entries").

use std::{fmt, ops::Range, str::FromStr};

use super::checkpoint::decimal;
use super::tree::Level;

/// How many hashes or entries a full tile has.
pub const TILE_WIDTH: u16 = 256;

/// The highest level that a path may name.
const LEVEL_MAX: Level = 63;
/// The highest index: positions of entries stay below 2^63.
const INDEX_MAX: u64 = (1 << 55) - 1;

/// What a tile is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TileContent {
    /// The tree's nodes of this level, 32 bytes each.
    Nodes(Level),
    /// Entries: see [`entry_bundle`](super::entry_bundle).
    Entries,
}

/// A tile: 256 nodes or entries side by side, fewer at the right edge of the tree. As text it is its path below
/// the log's prefix, `tile/0/x001/x234/067` or `tile/entries/000.p/112`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    content: TileContent,
    index: u64,
    width: u16,
}

/// A text is not a tile's path, or such a tile can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct TilePathError;

impl Tile {
    /// The tile with this index among those of its content, `width` (1 to 256) wide.
    ///
    /// # Errors
    /// If there can be no such tile: the level is above 63, the index above 2^55 - 1, or the width is none.
    pub fn new(content: TileContent, index: u64, width: u16) -> Result<Self, TilePathError> {
        let level_fits = !matches!(content, TileContent::Nodes(level) if level > LEVEL_MAX);
        if level_fits && index <= INDEX_MAX && (1..=TILE_WIDTH).contains(&width) {
            Ok(Self { content, index, width })
        } else {
            Err(TilePathError)
        }
    }

    /// What it is made of.
    #[must_use]
    pub fn content(&self) -> TileContent {
        self.content
    }

    /// Its index among the tiles of its content.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many nodes or entries it has, 1 to 256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// The indices of its nodes in their level, or the positions of its entries.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        let start = self.index * u64::from(TILE_WIDTH);
        start..start + u64::from(self.width)
    }

    /// Whether a tree of `size` leaves has all of it. A narrower tile than the tree's own is there too: it was
    /// the tree's when it was smaller.
    #[must_use]
    pub fn is_in(&self, size: u64) -> bool {
        tile_width(self.content, self.index, size) >= self.width
    }
}

/// How wide the tile is in a tree of `size` leaves: 0 (it is not there) to 256 (it is full).
#[must_use]
pub fn tile_width(content: TileContent, index: u64, size: u64) -> u16 {
    let level = match content {
        TileContent::Nodes(level) => u32::from(level),
        TileContent::Entries => 0,
    };
    let nodes = size.checked_shr(level * 8).unwrap_or(0);
    let before = index.saturating_mul(u64::from(TILE_WIDTH));
    let width = nodes.saturating_sub(before).min(u64::from(TILE_WIDTH));
    u16::try_from(width).unwrap_or(TILE_WIDTH)
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            TileContent::Nodes(level) => write!(f, "tile/{level}/")?,
            TileContent::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl FromStr for Tile {
    type Err = TilePathError;

    /// Reads a path as it is written, and no other spelling of it.
    fn from_str(path: &str) -> Result<Self, TilePathError> {
        let (content, rest) = path
            .strip_prefix("tile/")
            .and_then(|rest| rest.split_once('/'))
            .ok_or(TilePathError)?;
        let content = match content {
            "entries" => TileContent::Entries,
            level => TileContent::Nodes(number(level)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, number(width)?),
            None => (rest, TILE_WIDTH),
        };
        let tile = Self::new(content, parse_index(index)?, width)?;
        if tile.to_string() == path { Ok(tile) } else { Err(TilePathError) }
    }
}

fn number<T: TryFrom<u64>>(text: &str) -> Result<T, TilePathError> {
    decimal(text).and_then(|number| number.try_into().ok()).ok_or(TilePathError)
}

/// An index from elements of three digits each; whether they are spelled as they must be, writing tells.
fn parse_index(elements: &str) -> Result<u64, TilePathError> {
    elements.split('/').try_fold(0_u64, |index, element| {
        let digits = element.strip_prefix('x').unwrap_or(element);
        let group: u64 = digits.parse().map_err(|_| TilePathError)?;
        let index = index.checked_mul(1000).and_then(|index| index.checked_add(group));
        index.ok_or(TilePathError)
    })
}
