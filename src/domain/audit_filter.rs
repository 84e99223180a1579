//! What a reader of the audit log looks for.

use countersign_protocol::{Instant, ProblemCode, TechnicianId, TenantId, WorkstationId};

use super::Refusal;

/// The longest text or word that a filter may name, in characters.
const LONGEST: usize = 200;
/// How many kinds a filter may name.
const KINDS: usize = 20;

/// Which events. Conditions that stand are all to be met; none is every event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The tenant that they concern.
    pub tenant: Option<TenantId>,
    /// The person.
    pub technician: Option<TechnicianId>,
    /// The machine.
    pub workstation: Option<WorkstationId>,
    /// The local account.
    pub account: Option<String>,
    /// The facts' words, any of them; empty: all facts. Sorted, each once.
    pub kinds: Vec<String>,
    /// How it went.
    pub outcome: Option<String>,
    /// Recorded then or later.
    pub recorded_after: Option<Instant>,
    /// Recorded earlier.
    pub recorded_before: Option<Instant>,
    /// Words of the sentence, in lower case.
    pub text: Option<String>,
}

/// The order in which events are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
}

impl AuditFilter {
    /// The filter in the form in which filters are compared, if it is one.
    ///
    /// # Errors
    /// `invalid_request`, naming the condition.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        let words = [("account", &self.account), ("outcome", &self.outcome), ("q", &self.text)];
        for (name, word) in words {
            word.as_deref().map_or(Ok(()), |word| line(name, word))?;
        }
        let formed = |kind: &String| {
            (1..=64).contains(&kind.len())
                && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        if self.kinds.len() > KINDS || !self.kinds.iter().all(formed) {
            return Err(invalid(format!(
                "kind: 1 to {KINDS} words of a-z and _, with commas between"
            )));
        }
        self.kinds.sort_unstable();
        self.kinds.dedup();
        self.text = self.text.map(|text| text.to_lowercase());
        Ok(self)
    }

    /// True if every event meets it.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// True if the sentence has the text that is looked for, in any case.
    #[must_use]
    pub fn is_said_in(&self, sentence: &str) -> bool {
        self.text.as_deref().is_none_or(|text| sentence.to_lowercase().contains(text))
    }

    /// The conditions as one text, the same for the same conditions, and another for others.
    #[must_use]
    pub fn canonical(&self) -> String {
        // A debug text escapes quotes, so that no value can pretend to be the next condition.
        let word = |word: &Option<String>| word.as_ref().map(|word| format!("{word:?}"));
        let conditions = [
            ("tenant", self.tenant.map(|id| id.to_string())),
            ("technician", self.technician.map(|id| id.to_string())),
            ("workstation", self.workstation.map(|id| id.to_string())),
            ("account", word(&self.account)),
            ("kind", (!self.kinds.is_empty()).then(|| self.kinds.join(","))),
            ("outcome", word(&self.outcome)),
            ("recorded_after", self.recorded_after.map(|at| at.to_string())),
            ("recorded_before", self.recorded_before.map(|at| at.to_string())),
            ("q", word(&self.text)),
        ];
        let told =
            conditions.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        told.collect::<Vec<_>>().join(" ")
    }
}

/// Nothing that a sentence can't have: it would find nothing, and the database may refuse it.
fn line(name: &str, word: &str) -> Result<(), Refusal> {
    let length = word.chars().count();
    if length == 0 || length > LONGEST || word.chars().any(char::is_control) {
        return Err(invalid(format!("{name}: 1 to {LONGEST} characters, no control characters")));
    }
    Ok(())
}

fn invalid(detail: String) -> Refusal {
    Refusal::because(ProblemCode::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut AuditFilter)) -> AuditFilter {
        let mut filter = AuditFilter::default();
        change(&mut filter);
        filter
    }

    #[test]
    fn the_same_conditions_are_the_same_text() {
        let kinds = |kinds: &[&str]| {
            with(|filter| filter.kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect())
        };
        let canonical = |filter: AuditFilter| filter.checked().map(|filter| filter.canonical());
        assert_eq!(
            canonical(kinds(&["login_opened", "login_denied", "login_opened"])),
            canonical(kinds(&["login_denied", "login_opened"]))
        );
        let text = |text: &str| with(|filter| filter.text = Some(text.to_owned()));
        assert_eq!(canonical(text("KÄSE")), canonical(text("käse")));
    }

    #[test]
    fn no_value_pretends_to_be_another_condition() {
        let one = with(|filter| filter.account = Some("a\" outcome=\"b".to_owned()));
        let two = with(|filter| {
            filter.account = Some("a".to_owned());
            filter.outcome = Some("b".to_owned());
        });
        assert_ne!(one.canonical(), two.canonical());
    }

    #[test]
    fn what_nothing_can_be_called_is_refused() {
        for filter in [
            with(|filter| filter.text = Some(String::new())),
            with(|filter| filter.text = Some("x".repeat(201))),
            with(|filter| filter.account = Some("a\0b".to_owned())),
            with(|filter| filter.outcome = Some("a\nb".to_owned())),
            with(|filter| filter.kinds = vec!["Login".to_owned()]),
            with(|filter| filter.kinds = vec![String::new()]),
            with(|filter| filter.kinds = vec!["a".to_owned(); 21]),
        ] {
            assert!(filter.clone().checked().is_err(), "{filter:?}");
        }
    }

    #[test]
    fn a_sentence_is_searched_in_any_case() {
        let filter = with(|filter| filter.text = Some("KÄSEREI".to_owned())).checked().ok();
        let filter = filter.unwrap_or_default();
        assert!(
            filter.is_said_in("nik opened Käserei-1") && !filter.is_said_in("nik opened Mill-1")
        );
    }
}
