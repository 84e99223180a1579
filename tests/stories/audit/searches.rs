//! Searches that no index serves, and that come to an end all the same.

use countersign_protocol::wire::audit::AuditQuery;

use super::cast::{page, record, record_many, said};
use crate::story;

story! {
    async fn a_search_for_words_goes_through_a_bounded_part_and_on_by_its_cursor(house: House) {
        record(&house, &[said(&house, "the needle, Käserei")]).await;
        record_many(&house, 0..20_500).await;
        for text in ["NEEDLE", "KÄSEREI"] {
            let query = AuditQuery { text: Some(text.into()), ..AuditQuery::default() };
            let first = page(&house, &query, false, 50, None).await;
            assert_eq!(first.items.len(), 0);
            let (through, scanned) = (first.committed_through.unwrap(), first.scanned_through.unwrap());
            assert_eq!(through - scanned, 20_000 - 1, "one request looks at so many and no more");
            let second = page(&house, &query, false, 50, first.next).await;
            assert_eq!(second.items.len(), 1);
            assert_eq!(second.items[0].sentence, "the needle, Käserei");
            assert_eq!((second.next, second.scanned_through), (None, Some(0)));
        }
        // Along the tenant's index, where another condition stands beside it.
        let query = AuditQuery {
            tenant: Some(house.tenant.id),
            kinds: vec!["tenant_changed".into()],
            ..AuditQuery::default()
        };
        let first = page(&house, &query, true, 50, None).await;
        assert_eq!(first.items.len(), 0);
        let second = page(&house, &query, true, 50, first.next).await;
        assert_eq!((second.items.len(), second.next), (0, None));
    }
}
