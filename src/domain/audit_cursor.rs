//! Where the next page of the audit log begins.

use countersign_protocol::{
    MspId,
    encoding::{base64url, from_base64url, sha256},
};

use super::{AuditFilter, Order};

/// The form of a cursor.
const VERSION: u8 = 1;

/// The position at which a page ended, and a mark of what was asked for: conditions, order, log. A position stays
/// what it is, whatever comes into the log meanwhile; with other conditions it would skip events unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditCursor(pub u64);

fn mark(msp: MspId, filter: &AuditFilter, order: Order) -> [u8; 8] {
    let order = match order {
        Order::Newest => [0],
        Order::Oldest => [1],
    };
    let hash = sha256(&[msp.as_bytes(), &order, filter.canonical().as_bytes()]);
    let mut mark = [0; 8];
    mark.copy_from_slice(&hash[..8]);
    mark
}

impl AuditCursor {
    /// The cursor as it goes out.
    #[must_use]
    pub fn encode(self, msp: MspId, filter: &AuditFilter, order: Order) -> String {
        let mark = mark(msp, filter, order);
        base64url(&[&[VERSION][..], &mark, &self.0.to_be_bytes()].concat())
    }

    /// A cursor that came in; `None` if it was made for something else, or not here.
    #[must_use]
    pub fn decode(text: &str, msp: MspId, filter: &AuditFilter, order: Order) -> Option<Self> {
        let bytes: [u8; 17] = from_base64url(text)?.try_into().ok()?;
        let (head, position) = bytes.split_at(9);
        let known = [&[VERSION][..], &mark(msp, filter, order)].concat();
        let position = position.try_into().map(u64::from_be_bytes).ok()?;
        (head == known && i64::try_from(position).is_ok()).then_some(Self(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MSP: MspId = MspId(uuid::Uuid::from_u128(7));

    #[test]
    fn a_cursor_belongs_to_its_conditions_order_and_log() {
        let all = AuditFilter::default();
        let some = AuditFilter { outcome: Some("fraud".to_owned()), ..AuditFilter::default() };
        let cursor = AuditCursor(42);
        let text = cursor.encode(MSP, &all, Order::Newest);
        assert_eq!(AuditCursor::decode(&text, MSP, &all, Order::Newest), Some(cursor));
        assert_eq!(AuditCursor::decode(&text, MSP, &some, Order::Newest), None);
        assert_eq!(AuditCursor::decode(&text, MSP, &all, Order::Oldest), None);
        let other = MspId(uuid::Uuid::from_u128(8));
        assert_eq!(AuditCursor::decode(&text, other, &all, Order::Newest), None);
    }

    #[test]
    fn what_is_no_cursor_is_none() {
        let all = AuditFilter::default();
        let beyond = AuditCursor(u64::MAX).encode(MSP, &all, Order::Newest);
        for text in ["", "x", "AYkKXayWd0u8zrMCCZqAVw", &beyond] {
            assert_eq!(AuditCursor::decode(text, MSP, &all, Order::Newest), None, "{text}");
        }
    }
}
