//! HTTP's dates (RFC 9110 section 5.6.7), in the one form that is still sent.

use countersign_protocol::Instant;
use time::{PrimitiveDateTime, macros::format_description};

/// The instant of an IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn instant(text: &str) -> Option<Instant> {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let seconds = PrimitiveDateTime::parse(text, &format).ok()?.assume_utc().unix_timestamp();
    Some(Instant::from_unix_millis(seconds.saturating_mul(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_9110_is_read() {
        let at = instant("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        assert_eq!(at.to_string(), "1994-11-06T08:49:37.000Z");
    }
}
