//! All settings together.

use serde::Deserialize;

use super::{
    Audit, Cluster, DataFolder, Keys, Log, Login, Password, Push, Redis, Refused, RelyingParty,
    Server, Store, Tokens, Wait,
};

/// Every setting of the service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Listening, and the public address.
    pub server: Server,
    /// The data folder.
    pub data: DataFolder,
    /// The database.
    pub store: Store,
    /// Redis.
    pub redis: Redis,
    /// The nodes.
    pub cluster: Cluster,
    /// The master key.
    pub keys: Keys,
    /// The WebAuthn relying party.
    pub relying_party: RelyingParty,
    /// Logins.
    pub login: Login,
    /// Tokens.
    pub tokens: Tokens,
    /// Waiting.
    pub wait: Wait,
    /// Passwords that workstations make.
    pub password: Password,
    /// How phones are told to look.
    pub push: Push,
    /// The audit log.
    pub audit: Audit,
    /// The log.
    pub log: Log,
}

impl Settings {
    /// Whether the service may start with these settings.
    ///
    /// # Errors
    /// Every problem at once, each with what to change.
    pub fn validate(&self) -> Result<(), Refused> {
        let problems = [
            self.server.validate(),
            self.data.validate(),
            self.store.validate(),
            self.redis.validate(),
            self.cluster.validate(&self.store, &self.redis),
            self.relying_party.validate(&self.server),
            self.login.validate(),
            self.tokens.validate(),
            self.wait.validate(),
            self.password.validate(),
            self.push.validate(),
            self.audit.validate(),
            self.log.validate(),
        ]
        .concat();
        if problems.is_empty() { Ok(()) } else { Err(Refused(problems)) }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, io::Write};

    use ::config::{Config, File, FileFormat, Value, ValueKind};

    use super::*;
    use crate::config::load::DEFAULTS;

    /// Each `key = value` line of the defaults, with its section and the comment above it.
    fn keys() -> Vec<(String, String, String, String)> {
        let (mut section, mut comment, mut found) = (String::new(), String::new(), Vec::new());
        for line in DEFAULTS.lines() {
            if let Some(text) = line.strip_prefix('#') {
                comment = format!("{comment} {}", text.trim());
            } else {
                if let Some((key, value)) = line.split_once(" = ") {
                    found.push((
                        section.clone(),
                        key.to_owned(),
                        value.to_owned(),
                        comment.trim().to_owned(),
                    ));
                } else if line.starts_with('[') {
                    section = line.trim_matches(['[', ']']).to_owned();
                }
                comment.clear();
            }
        }
        found
    }

    /// How many keys a section holds, with those of the sections in it.
    fn values(value: Value) -> usize {
        match value.kind {
            ValueKind::Table(table) => table.into_values().map(values).sum(),
            _ => 1,
        }
    }

    #[test]
    fn the_defaults_are_safe() {
        Settings::embedded().validate().unwrap();
    }

    #[test]
    fn every_default_has_a_comment_that_says_its_unit_and_default() {
        for (section, key, value, comment) in keys() {
            let name = format!("{section}.{key}");
            assert!(comment.ends_with(&format!("Default: {value}")), "{name}: {comment}");
            assert!(comment.len() > value.len() + 30, "{name} says what it means");
            assert!(!key.ends_with("_s") || comment.contains("seconds"), "{name} says its unit");
            assert!(
                !key.ends_with("_ms") || comment.contains("milliseconds"),
                "{name} says its unit"
            );
        }
    }

    /// `deny_unknown_fields` refuses a key that no struct has; this is the other direction.
    #[test]
    fn every_key_of_the_structs_stands_in_the_defaults() {
        let keys = keys();
        let parsed =
            Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build();
        let parsed: HashMap<String, Value> = parsed.unwrap().try_deserialize().unwrap();
        assert_eq!(keys.len(), parsed.into_values().map(values).sum::<usize>());
        for (section, key, ..) in keys {
            let mut inside = false;
            let without = DEFAULTS.lines().filter(|line| {
                if line.starts_with('[') {
                    inside = *line == format!("[{section}]");
                }
                !(inside && line.starts_with(&format!("{key} = ")))
            });
            let without: String = without.flat_map(|line| [line, "\n"]).collect();
            let config =
                Config::builder().add_source(File::from_str(&without, FileFormat::Toml)).build();
            let problem = config.unwrap().try_deserialize::<Settings>().unwrap_err().to_string();
            assert!(problem.contains(&key), "without {section}.{key}: {problem}");
        }
    }

    #[test]
    fn all_problems_come_at_once() {
        let mut settings = Settings::embedded();
        settings.server.public_url = "http://login.example.com".parse().unwrap();
        settings.cluster.nodes = 2;
        settings.login.lifetime_s = 3600;
        settings.tokens.access_s = 3600;
        settings.wait.max_s = 31;
        settings.password.length = 8;
        settings.data.folder = "".into();
        let Refused(problems) = settings.validate().unwrap_err();
        let keys: Vec<_> = problems.iter().map(|problem| problem.key).collect();
        assert_eq!(
            keys,
            [
                "server.public_url",
                "data.folder",
                "store.url",
                "redis.url",
                "login.lifetime_s",
                "tokens.access_s",
                "wait.max_s",
                "password.length",
            ]
        );
    }

    #[test]
    fn several_nodes_share_postgresql_and_redis() {
        let mut settings = Settings::embedded();
        settings.cluster.nodes = 2;
        settings.store.url = Some("postgres://app@db/countersign".parse().unwrap());
        assert_eq!(settings.validate().unwrap_err().0[0].key, "redis.url");
        settings.redis.url = Some("redis://cache".into());
        settings.validate().unwrap();
    }

    #[test]
    fn a_changed_copy_of_the_defaults_is_a_settings_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(DEFAULTS.replace("lifetime_s = 120", "lifetime_s = 60").as_bytes()).unwrap();
        let settings = Settings::layered(Some(file.path()), Some([].into())).unwrap();
        assert_eq!(settings.login.lifetime_s, 60);
    }
}
