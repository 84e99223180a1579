//! What stands on a phone's locked screen: the same for every login, so that it tells nobody anything.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Kind, Language};

/// The texts of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    alert: Text,
    test: Text,
}

/// A title and a sentence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    pub(super) title: String,
    pub(super) body: String,
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(include_str!("texts/en.json")));
static GERMAN: LazyLock<Texts> = LazyLock::new(|| read(include_str!("texts/de.json")));
static FRENCH: LazyLock<Texts> = LazyLock::new(|| read(include_str!("texts/fr.json")));
static SPANISH: LazyLock<Texts> = LazyLock::new(|| read(include_str!("texts/es.json")));

/// What is shown; nothing for a withdrawal.
pub(super) fn text(kind: Kind, language: Language) -> Option<&'static Text> {
    let texts: &'static Texts = match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
        Language::Spanish => &SPANISH,
    };
    match kind {
        Kind::Alert => Some(&texts.alert),
        Kind::Test => Some(&texts.test),
        Kind::Withdraw => None,
    }
}

/// # Panics
/// Never: a test reads them all.
#[allow(clippy::expect_used)]
fn read(file: &str) -> Texts {
    serde_json::from_str(file).expect("the built-in texts can be read")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A missing or unknown text fails the reading itself.
    #[test]
    fn every_language_has_every_text_and_no_two_the_same() {
        let shown = |kind| {
            let texts = Language::ALL.map(|language| text(kind, language).unwrap());
            for Text { title, body } in texts {
                assert!((8..=48).contains(&title.chars().count()), "{title}");
                assert!((8..=120).contains(&body.chars().count()), "{body}");
            }
            texts.map(|text| (text.title.as_str(), text.body.as_str()))
        };
        let all: BTreeSet<_> = [Kind::Alert, Kind::Test].into_iter().flat_map(shown).collect();
        assert_eq!(all.len(), 2 * Language::ALL.len());
    }

    #[test]
    fn a_withdrawal_shows_nothing() {
        assert!(text(Kind::Withdraw, Language::German).is_none());
    }
}
