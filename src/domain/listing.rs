//! Lists, a part at a time. A part begins after an id, so that it neither skips nor repeats a row when
//! others come or go.

use uuid::Uuid;

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListFrom {
    /// The id after which the part begins; `None`: the list's beginning.
    pub after: Option<Uuid>,
    /// How many items at most.
    pub limit: u16,
}

/// A part of a list, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// The id after which the next part begins; `None` if there is none.
    pub next: Option<Uuid>,
}

impl ListFrom {
    /// The id that every row must be greater than. Nothing has the nil id.
    #[must_use]
    pub fn floor(self) -> Uuid {
        self.after.unwrap_or_default()
    }

    /// How many rows to read: one more than is shown, to see whether the list goes on.
    #[must_use]
    pub fn rows(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The part that `rows` (at most [`ListFrom::rows`]) make.
    #[must_use]
    pub fn listing<R, T>(self, mut rows: Vec<R>, id: impl Fn(&R) -> Uuid) -> Listing<T>
    where
        T: From<R>,
    {
        let limit = usize::from(self.limit);
        let goes_on = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| goes_on).map(id);
        Listing { items: rows.into_iter().map(T::from).collect(), next }
    }
}

/// Which of the msp's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// All.
    All,
    /// Those that run.
    Open,
    /// Those that something is odd about.
    Flagged,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(rows: &[u128], limit: u16) -> (Vec<Uuid>, Option<Uuid>) {
        let rows = rows.iter().copied().map(Uuid::from_u128).collect();
        let listing = ListFrom { after: None, limit }.listing(rows, |id| *id);
        (listing.items, listing.next)
    }

    #[test]
    fn a_list_that_fits_has_no_next_part() {
        assert_eq!(parts(&[1, 2], 2), ([1, 2].map(Uuid::from_u128).to_vec(), None));
        assert_eq!(parts(&[], 2), (vec![], None));
    }

    #[test]
    fn the_next_part_begins_after_the_last_item_shown() {
        let (items, next) = parts(&[1, 2, 3], 2);
        assert_eq!((items.len(), next), (2, Some(Uuid::from_u128(2))));
    }
}
