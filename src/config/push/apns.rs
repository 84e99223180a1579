//! Apple's push service.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::endpoint_problem;
use crate::config::{Unsafe, from_text};

/// `[push.apns]`: the app's key, by Apple's names for what it needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apns {
    /// The signing key, `AuthKey_….p8`; `None` leaves the channel out.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub key_file: Option<PathBuf>,
    /// The key's id.
    pub key_id: String,
    /// The developer team's id.
    pub team_id: String,
    /// The app's bundle id.
    pub topic: String,
    /// The production environment.
    #[serde(deserialize_with = "from_text::required")]
    pub endpoint: Url,
    /// The sandbox environment.
    #[serde(deserialize_with = "from_text::required")]
    pub sandbox_endpoint: Url,
}

impl Apns {
    /// Whether the channel is to be used.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.key_file.is_some()
    }

    /// A key with all that belongs to it, or none of it.
    #[must_use]
    pub fn validate(&self) -> Vec<Unsafe> {
        let mut problems = Vec::new();
        let ids = [
            ("push.apns.key_id", &self.key_id, "the key's id"),
            ("push.apns.team_id", &self.team_id, "the team's id"),
        ];
        if self.is_set_up() {
            for (key, id, name) in ids {
                let sound = id.len() == 10
                    && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
                if !sound {
                    let problem = format!("write {name}, ten capital letters and digits");
                    problems.push(Unsafe::new(key, problem));
                }
            }
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
            if self.topic.is_empty() || !self.topic.bytes().all(plain) {
                let problem = "write the app's bundle id, such as com.example.app";
                problems.push(Unsafe::new("push.apns.topic", problem));
            }
        } else if ids.iter().any(|(_, id, _)| !id.is_empty()) || !self.topic.is_empty() {
            problems.push(Unsafe::new(
                "push.apns.key_file",
                "is empty while the rest of push.apns is set; name the .p8 file, or empty the rest",
            ));
        }
        problems.extend(endpoint_problem("push.apns.endpoint", &self.endpoint));
        problems.extend(endpoint_problem("push.apns.sandbox_endpoint", &self.sandbox_endpoint));
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::Apns;
    use crate::config::Settings;

    fn refused(apns: &Apns) -> Vec<&'static str> {
        apns.validate().iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn a_key_comes_with_its_ids_and_its_app() {
        let mut apns = Settings::embedded().push.apns;
        apns.key_file = Some("AuthKey.p8".into());
        assert_eq!(refused(&apns), ["push.apns.key_id", "push.apns.team_id", "push.apns.topic"]);
        (apns.key_id, apns.team_id) = ("ABC1234567".into(), "TEAM123456".into());
        apns.topic = "com.example.app".into();
        assert_eq!(refused(&apns), Vec::<&str>::new());
    }

    #[test]
    fn ids_without_a_key_are_refused() {
        let mut apns = Settings::embedded().push.apns;
        apns.team_id = "TEAM123456".into();
        assert_eq!(refused(&apns), ["push.apns.key_file"]);
    }
}
