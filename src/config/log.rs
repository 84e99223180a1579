//! The log.

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use super::{
    Unsafe,
    from_text::{self, FromText},
};

/// `[log]`: what is logged, and in which form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Form of a line.
    #[serde(deserialize_with = "from_text::required")]
    pub format: LogFormat,
    /// Which lines are kept, as tracing directives.
    pub filter: String,
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

impl FromText for LogFormat {
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("{text:?} is not a form of log lines; write \"text\" or \"json\"")),
        }
    }
}

impl Log {
    /// A filter that can't be read would silence the log.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        match EnvFilter::try_new(&self.filter) {
            Ok(_) => Vec::new(),
            Err(problem) => vec![Unsafe::new(
                "log.filter",
                format!("{problem}; write a level such as \"info\" or \"info,countersign=debug\""),
            )],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    #[test]
    fn a_filter_that_can_t_be_read_is_refused() {
        let mut log = Settings::embedded().log;
        log.filter = "countersign=loud".into();
        assert_eq!(log.validate()[0].key, "log.filter");
    }
}
