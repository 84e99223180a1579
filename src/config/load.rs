//! Reading the settings from their three places.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};

use ::config::{Config, ConfigError, Environment, File, FileFormat};

use super::{Settings, secret_url::without_credentials};

/// Every setting with its default, as it is built in.
pub(super) const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Settings that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file can't be opened.
    #[error("the settings file {path} can't be read: {source}; check the path given with --config")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A value has the wrong form, or a key is unknown. Passwords in addresses are hidden.
    #[error("the settings can't be read: {0}")]
    Malformed(String),
}

impl Settings {
    /// The settings: the built-in defaults, overridden by `file`, overridden by the environment.
    ///
    /// # Errors
    /// If the file can't be read, a key is unknown, or a value has the wrong form. Whether the values
    /// are safe together is for [`Settings::validate`].
    pub fn load(file: Option<&Path>) -> Result<Self, LoadError> {
        Self::layered(file, None)
    }

    /// As [`Settings::load`], with the environment given; `None` is the process's own.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn layered(
        file: Option<&Path>,
        environment: Option<HashMap<String, String>>,
    ) -> Result<Self, LoadError> {
        let mut layers = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
            layers = layers.add_source(File::from_str(&text, FileFormat::Toml));
        }
        let environment = Environment::with_prefix("COUNTERSIGN")
            .prefix_separator("__")
            .separator("__")
            .source(environment);
        layers.add_source(environment).build()?.try_deserialize().map_err(LoadError::from)
    }

    /// The built-in defaults alone.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    #[allow(clippy::expect_used)]
    pub fn embedded() -> Self {
        Self::layered(None, Some(HashMap::new())).expect("the built-in defaults can be read")
    }
}

impl From<ConfigError> for LoadError {
    fn from(problem: ConfigError) -> Self {
        Self::Malformed(without_credentials(&problem.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn from_environment(variables: &[(&str, &str)]) -> Result<Settings, LoadError> {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::layered(None, Some(owned.collect()))
    }

    #[test]
    fn the_environment_overrides_the_file_and_the_file_the_defaults() {
        let file = file("[login]\nlifetime_s = 90\ncode_digits = 7\n");
        let environment = [("COUNTERSIGN__LOGIN__CODE_DIGITS".to_owned(), "8".to_owned())];
        let settings = Settings::layered(Some(file.path()), Some(environment.into())).unwrap();
        assert_eq!(settings.login.lifetime_s, 90);
        assert_eq!(settings.login.code_digits, 8);
        assert_eq!(settings.login.grant_take_s, 60);
    }

    #[test]
    fn a_list_in_the_environment_is_separated_by_commas() {
        let settings = from_environment(&[(
            "COUNTERSIGN__SERVER__TRUSTED_PROXIES",
            "10.0.0.0/24, fd00:1::/64",
        )])
        .unwrap();
        let expected = ["10.0.0.0/24".parse().unwrap(), "fd00:1::/64".parse().unwrap()];
        assert_eq!(settings.server.trusted_proxies, expected);
    }

    #[test]
    fn a_list_in_a_file_is_a_list() {
        let file =
            file("[relying_party]\norigins = [\"https://a.example\", \"https://b.example\"]\n");
        let settings = Settings::layered(Some(file.path()), Some(HashMap::new())).unwrap();
        assert_eq!(settings.relying_party.origins.len(), 2);
    }

    #[test]
    fn an_empty_text_turns_an_optional_setting_off() {
        let settings = from_environment(&[("COUNTERSIGN__SERVER__METRICS_LISTEN", "")]).unwrap();
        assert_eq!(settings.server.metrics_listen, None);
    }

    #[test]
    fn a_mistyped_key_is_refused_by_name() {
        let file = file("[login]\nlifetime = 90\n");
        let problem =
            Settings::layered(Some(file.path()), Some(HashMap::new())).unwrap_err().to_string();
        assert!(
            problem.contains("unknown field `lifetime`") && problem.contains("login"),
            "{problem}"
        );
        let problem =
            from_environment(&[("COUNTERSIGN__SERVER__LISTN", "x")]).unwrap_err().to_string();
        assert!(
            problem.contains("unknown field `listn`") && problem.contains("server"),
            "{problem}"
        );
        let problem =
            from_environment(&[("COUNTERSIGN__SEVRER__LISTEN", "x")]).unwrap_err().to_string();
        assert!(problem.contains("unknown field `sevrer`"), "{problem}");
    }

    #[test]
    fn a_value_of_the_wrong_form_is_refused_by_key_with_the_form_to_write() {
        for (variable, value, key, form) in [
            ("COUNTERSIGN__SERVER__LISTEN", "8080", "server.listen", "127.0.0.1:8080"),
            ("COUNTERSIGN__SERVER__PUBLIC_URL", "example.com", "server.public_url", "https://host"),
            (
                "COUNTERSIGN__SERVER__METRICS_LISTEN",
                "off",
                "server.metrics_listen",
                "127.0.0.1:8080",
            ),
            (
                "COUNTERSIGN__SERVER__TRUSTED_PROXIES",
                "10.0.0.1",
                "server.trusted_proxies",
                "10.0.0.0/24",
            ),
            ("COUNTERSIGN__STORE__URL", "mysql://u:p@db", "store.url", "postgres://host/name"),
            ("COUNTERSIGN__LOGIN__LIFETIME_S", "2m", "login.lifetime_s", "an integer"),
            ("COUNTERSIGN__PASSWORD__LENGTH", "300", "password.length", "8 bit"),
            ("COUNTERSIGN__LOG__FORMAT", "xml", "log.format", "\"json\""),
        ] {
            let problem = from_environment(&[(variable, value)]).unwrap_err().to_string();
            assert!(problem.contains(key) && problem.contains(form), "{problem}");
        }
    }

    #[test]
    fn a_password_in_a_misplaced_address_is_not_repeated() {
        for variable in ["COUNTERSIGN__STORE", "COUNTERSIGN__STORE__POOL_SIZE"] {
            let problem =
                from_environment(&[(variable, "postgres://app:hunter2@db/x")]).unwrap_err();
            assert!(!problem.to_string().contains("hunter2"), "{problem}");
            assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        }
        let file = file("[store]\nurl = \"postgres://app:hunter2@db/x\n");
        let problem = Settings::layered(Some(file.path()), Some(HashMap::new())).unwrap_err();
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let problem = Settings::load(Some(Path::new("/nowhere/countersign.toml"))).unwrap_err();
        assert!(problem.to_string().contains("/nowhere/countersign.toml"), "{problem}");
    }
}
