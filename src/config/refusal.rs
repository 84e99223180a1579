//! What is wrong with the settings, said so that someone woken at night can put it right.

use std::{
    fmt::{self, Display},
    ops::RangeInclusive,
};

/// One setting that the service won't start with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsafe {
    /// The setting, as `section.key`.
    pub key: &'static str,
    /// What is wrong and what to change; never a secret.
    pub problem: String,
}

impl Unsafe {
    /// A problem with one setting.
    pub fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into() }
    }

    /// The problem of a number outside its range, or none.
    pub(super) fn outside<T: Copy + PartialOrd + Display>(
        key: &'static str,
        value: T,
        range: &RangeInclusive<T>,
        unit: &str,
    ) -> Option<Self> {
        (!range.contains(&value)).then(|| {
            let (low, high) = (range.start(), range.end());
            Self::new(key, format!("{value} {unit} is out of range; set {low} to {high} {unit}"))
        })
    }

    /// The environment variable that sets this key.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("COUNTERSIGN__{}", self.key.replace('.', "__").to_uppercase())
    }
}

impl Display for Unsafe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (in the environment: {})", self.key, self.problem, self.variable())
    }
}

/// All problems of the settings, one a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refused(pub Vec<Unsafe>);

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these settings are refused:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_key_the_remedy_and_the_environment_variable() {
        let problem = Unsafe::outside("tokens.access_s", 901, &(60..=900), "seconds").unwrap();
        assert_eq!(
            Refused(vec![problem]).to_string(),
            "these settings are refused:\n  - tokens.access_s: 901 seconds is out of range; \
             set 60 to 900 seconds (in the environment: COUNTERSIGN__TOKENS__ACCESS_S)"
        );
    }

    #[test]
    fn both_ends_of_a_range_are_inside() {
        assert_eq!(Unsafe::outside("login.lifetime_s", 30, &(30..=600), "seconds"), None);
        assert_eq!(Unsafe::outside("login.lifetime_s", 600, &(30..=600), "seconds"), None);
    }
}
