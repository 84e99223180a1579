//! A sentence is one line, whatever stands in the names it is made of.

/// The text as one line that can't pretend to be two, hide anything or be read in another order: control
/// characters, line and paragraph separators, bidirectional marks and characters nobody sees become U+FFFD.
#[must_use]
pub fn one_line(text: &str) -> String {
    let forbidden = |c: char| c.is_control() || super::super::names::unseen(c);
    if !text.chars().any(forbidden) {
        return text.to_owned();
    }
    text.chars().map(|c| if forbidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_stays_one_line_in_reading_order() {
        for hostile in ["a\r\nb", "a\u{1b}[2Jb", "a\u{202e}b", "a\u{2028}b", "a\0b", "a\u{200b}b"] {
            let line = one_line(hostile);
            assert!(line.starts_with('a') && line.ends_with('b') && line.contains('\u{fffd}'));
            assert!(!line.contains(char::is_control), "{line:?}");
        }
        assert_eq!(one_line("=1+1|\"Zoë\""), "=1+1|\"Zoë\"");
    }
}
