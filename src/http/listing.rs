//! Parts of lists on the wire.

use countersign_protocol::wire::Page;

use super::{Cursor, Json, PageQuery};
use crate::domain::{ListFrom, Listing};

impl From<PageQuery> for ListFrom {
    fn from(query: PageQuery) -> Self {
        Self { after: query.after.map(|cursor| cursor.0), limit: query.limit }
    }
}

impl<T> From<Listing<T>> for Json<Page<T>> {
    fn from(listing: Listing<T>) -> Self {
        let next = listing.next.map(|id| Cursor(id).encode());
        Self(Page { items: listing.items, next })
    }
}
