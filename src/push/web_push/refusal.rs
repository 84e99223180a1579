//! What a push service's answers mean (RFC 8030 sections 5 and 7, RFC 8292 section 4.2).

use crate::{outbound::Answer, push::Fault};

/// Whether the push service has taken it. Subscribers name the service: whatever it answers is about
/// their address and never about our keys, or one of them could raise an alarm for everybody.
pub(super) fn judge(answer: &Answer) -> Result<(), Fault> {
    if answer.is_success() {
        return Ok(());
    }
    let reason = answer.word();
    Err(match answer.status {
        404 | 410 => Fault::Gone { reason, as_of: None },
        // Made for another key than ours, for the most part: a new subscription will do.
        401 | 403 => Fault::Suspicious { reason },
        // Followed, it could lead inside.
        300..=399 => Fault::Suspicious { reason },
        // Of this subscription, as far as anybody can know.
        429 => Fault::Busy { reason, after: answer.retry_after },
        // Not the same request another time: too early, too slow.
        408 | 425 | 500.. => Fault::Later { reason, after: answer.retry_after },
        _ => Fault::Never { reason },
    })
}
