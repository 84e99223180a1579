//! The languages that there are texts in.

/// A language of notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, and all others.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// The language of a tag (BCP 47: `de`, `de-AT`; Android's `de_AT` too); English where there are no
    /// texts in that language.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        let named = Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(primary));
        named.unwrap_or_default()
    }

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_or_a_script_does_not_hide_the_language() {
        for tag in ["de", "de-AT", "DE-ch-1996", "de_DE", "de-Latn-DE", " de "] {
            assert_eq!(Language::of_tag(tag), Language::German, "{tag}");
        }
        assert_eq!(Language::of_tag("fr-CA"), Language::French);
        assert_eq!(Language::of_tag("es-419"), Language::Spanish);
    }

    #[test]
    fn a_language_without_texts_is_english() {
        for tag in ["", "-", "x", "pt-BR", "deu", "german", "en-US", "zh-Hant-TW"] {
            assert_eq!(Language::of_tag(tag), Language::English, "{tag}");
        }
    }
}
