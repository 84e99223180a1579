//! A wake-up between nodes: 16 bytes of the sending node's id, then 16 bytes a topic.

use uuid::Uuid;

/// What one message carries at most; 8 KiB.
pub(super) const TOPICS_A_MESSAGE: usize = 511;

/// The bytes of one message.
pub(super) fn encode(node: Uuid, topics: &[Uuid]) -> Vec<u8> {
    let mut message = Vec::with_capacity(16 * (1 + topics.len()));
    message.extend_from_slice(node.as_bytes());
    for topic in topics {
        message.extend_from_slice(topic.as_bytes());
    }
    message
}

/// The sender and the topics of a message; `None` if it isn't one.
pub(super) fn decode(message: &[u8]) -> Option<(Uuid, impl Iterator<Item = Uuid>)> {
    let (ids, []) = message.as_chunks::<16>() else { return None };
    let (node, topics) = ids.split_first()?;
    Some((Uuid::from_bytes(*node), topics.iter().map(|id| Uuid::from_bytes(*id))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_back_what_was_written() {
        let [node, one, two] = [1, 2, 3].map(Uuid::from_u128);
        let message = encode(node, &[one, two]);
        let (sender, topics) = decode(&message).expect("a message");
        assert_eq!((sender, topics.collect::<Vec<_>>()), (node, vec![one, two]));
    }

    #[test]
    fn a_cut_or_empty_message_is_none() {
        assert!(decode(&[]).is_none());
        assert!(decode(&encode(Uuid::nil(), &[Uuid::max()])[..31]).is_none());
    }
}
