//! Who phones make passkeys for.

use serde::Deserialize;
use url::{Host, Url};

use super::{
    Server, Unsafe, from_text,
    server::{is_bare, is_this_machine},
};

/// `[relying_party]`: the WebAuthn relying party and its native apps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelyingParty {
    /// The relying-party id; `None` is the host of the public address.
    #[serde(deserialize_with = "from_text::unless_empty")]
    pub id: Option<String>,
    /// The name that phones show.
    pub name: String,
    /// Web origins whose assertions are accepted; empty is the public address.
    #[serde(deserialize_with = "from_text::list")]
    pub origins: Vec<Url>,
    /// Android apps whose assertions are accepted, as `android:apk-key-hash:…`.
    #[serde(deserialize_with = "from_text::list")]
    pub android_origins: Vec<String>,
    /// iOS apps, as `TEAMID.bundle.id`.
    #[serde(deserialize_with = "from_text::list")]
    pub ios_app_ids: Vec<String>,
    /// Android apps, as `package=fingerprint`.
    #[serde(deserialize_with = "from_text::list")]
    pub android_apps: Vec<String>,
}

impl RelyingParty {
    /// The relying-party id that passkeys are bound to.
    #[must_use]
    pub fn effective_id(&self, server: &Server) -> String {
        self.id
            .clone()
            .unwrap_or_else(|| server.public_url.host_str().unwrap_or_default().to_owned())
    }

    /// The web origins whose assertions are accepted; at least one.
    #[must_use]
    pub fn effective_origins(&self, server: &Server) -> Vec<Url> {
        if self.origins.is_empty() { vec![server.public_url.clone()] } else { self.origins.clone() }
    }

    /// Package name and SHA-256 certificate fingerprint of each Android app.
    pub fn android_packages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.android_apps.iter().filter_map(|app| app.split_once('='))
    }

    /// An id that is a domain and covers every origin (WebAuthn Level 3 section 5.1.3: equal to the
    /// origin's host or a parent of it).
    ///
    /// The list of public suffixes is not known here: an id such as `co.uk` passes, and every phone
    /// refuses it.
    #[must_use]
    pub fn validate(&self, server: &Server) -> Vec<Unsafe> {
        let mut problems = Vec::new();
        let id = self.effective_id(server);
        problems.extend(id_problem(&id));
        if problems.is_empty() {
            let origins = self.effective_origins(server);
            problems.extend(origins.iter().filter_map(|origin| cover_problem(&id, origin)));
        }
        problems.extend(self.origins.iter().filter_map(origin_problem));
        if self.name.trim().is_empty() || self.name.len() > 64 {
            problems.push(Unsafe::new(
                "relying_party.name",
                "must have 1 to 64 bytes; write what \
                technicians know the service by",
            ));
        }
        problems
            .extend(self.android_origins.iter().filter_map(|text| android_origin_problem(text)));
        problems.extend(self.ios_app_ids.iter().filter_map(|text| ios_app_problem(text)));
        problems.extend(self.android_apps.iter().filter_map(|text| android_app_problem(text)));
        problems
    }
}

fn id_problem(id: &str) -> Option<Unsafe> {
    let problem = match Host::parse(id) {
        Ok(Host::Domain(name)) if name == id => return None,
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => format!(
            "{id} is an IP address, which no passkey can be bound to; set server.public_url to a name \
             (http://localhost:8080 to try it out), or the id and the origins to a domain"
        ),
        _ => {
            format!("{id:?} is not a domain in lower case; write it without scheme, port and path")
        }
    };
    Some(Unsafe::new("relying_party.id", problem))
}

fn origin_problem(origin: &Url) -> Option<Unsafe> {
    let shown = origin.origin().ascii_serialization();
    let problem = if !is_bare(origin) {
        format!("write {shown} and nothing after it")
    } else if origin.scheme() == "https" || (origin.scheme() == "http" && is_this_machine(origin)) {
        return None;
    } else {
        format!("{origin} is not https; phones make passkeys for https origins only")
    };
    Some(Unsafe::new("relying_party.origins", problem))
}

fn cover_problem(id: &str, origin: &Url) -> Option<Unsafe> {
    let host = origin.domain().unwrap_or_default();
    // A parent of one label is a top-level domain: nobody's to claim.
    let parent = id.contains('.') || id == "localhost";
    let covered =
        host == id || (parent && host.strip_suffix(id).is_some_and(|rest| rest.ends_with('.')));
    (!covered).then(|| {
        let shown = origin.origin().ascii_serialization();
        Unsafe::new(
            "relying_party.id",
            format!("{id} doesn't cover the origin {shown}; set it to the origin's host or a domain above it"),
        )
    })
}

fn android_origin_problem(text: &str) -> Option<Unsafe> {
    let hash = text.strip_prefix("android:apk-key-hash:");
    let hash = hash.and_then(countersign_protocol::encoding::from_base64url);
    (hash.is_none_or(|hash| hash.len() != 32)).then(|| {
        Unsafe::new(
            "relying_party.android_origins",
            format!(
                "{text:?} is not android:apk-key-hash: and 43 characters of base64url without padding \
                 (the SHA-256 of the app's signing certificate)"
            ),
        )
    })
}

fn ios_app_problem(text: &str) -> Option<Unsafe> {
    let sound = text.split_once('.').is_some_and(|(team, bundle)| {
        team.len() == 10
            && team.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && is_dotted_name(bundle, b'-')
    });
    (!sound).then(|| {
        Unsafe::new(
            "relying_party.ios_app_ids",
            format!(
                "{text:?} is not a team id of ten characters, a dot and the bundle id, \
                     such as ABCDE12345.com.example.app"
            ),
        )
    })
}

fn android_app_problem(text: &str) -> Option<Unsafe> {
    let sound = text.split_once('=').is_some_and(|(package, fingerprint)| {
        let bytes: Vec<_> = fingerprint.split(':').collect();
        is_dotted_name(package, b'_')
            && bytes.len() == 32
            && bytes
                .iter()
                .all(|b| b.len() == 2 && b.bytes().all(|c| matches!(c, b'0'..=b'9' | b'A'..=b'F')))
    });
    (!sound).then(|| {
        Unsafe::new(
            "relying_party.android_apps",
            format!("{text:?} is not a package, '=' and a SHA-256 fingerprint of 32 pairs in upper \
                     case, such as com.example.app=14:6D:…:C5 (apksigner verify --print-certs shows it)"),
        )
    })
}

fn is_dotted_name(text: &str, also: u8) -> bool {
    text.split('.').all(|label| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == also)
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Settings, Unsafe};

    fn problems(id: &str, origins: &[&str]) -> Vec<Unsafe> {
        let mut settings = Settings::embedded();
        settings.relying_party.id = (!id.is_empty()).then(|| id.to_owned());
        settings.relying_party.origins = origins.iter().map(|url| url.parse().unwrap()).collect();
        settings.relying_party.validate(&settings.server)
    }

    fn problems_of_apps(android_origin: &str, ios: &str, android: &str) -> usize {
        let mut settings = Settings::embedded();
        settings.relying_party.android_origins = vec![android_origin.to_owned()];
        settings.relying_party.ios_app_ids = vec![ios.to_owned()];
        settings.relying_party.android_apps = vec![android.to_owned()];
        settings.relying_party.validate(&settings.server).len()
    }

    #[test]
    fn an_id_covers_its_host_and_the_hosts_below_it() {
        assert_eq!(
            problems("example.com", &["https://example.com", "https://login.example.com:8443"]),
            []
        );
        assert_eq!(problems("", &[]), []);
    }

    #[test]
    fn an_id_that_doesn_t_cover_an_origin_is_refused() {
        for (id, origin) in [
            ("example.com", "https://example.org"),
            ("example.com", "https://notexample.com"),
            ("login.example.com", "https://example.com"),
            ("com", "https://example.com"),
        ] {
            assert_eq!(problems(id, &[origin])[0].key, "relying_party.id", "{id} for {origin}");
        }
    }

    #[test]
    fn an_id_is_a_domain() {
        for id in ["127.0.0.1", "[::1]", "https://example.com", "example.com:443", "Example.com"] {
            let problem = &problems(id, &["https://example.com"])[0].problem;
            assert!(
                problem.contains("IP address") || problem.contains("lower case"),
                "{id}: {problem}"
            );
        }
    }

    #[test]
    fn a_public_address_without_a_name_says_to_use_localhost() {
        let mut settings = Settings::embedded();
        settings.server.public_url = "http://127.0.0.1:8080".parse().unwrap();
        let problems = settings.relying_party.validate(&settings.server);
        assert!(problems[0].problem.contains("http://localhost:8080"), "{problems:?}");
    }

    #[test]
    fn an_origin_is_https_and_nothing_after_it() {
        for origin in ["http://example.com", "https://example.com/app", "https://u@example.com"] {
            assert_eq!(
                problems("example.com", &[origin])[0].key,
                "relying_party.origins",
                "{origin}"
            );
        }
    }

    #[test]
    fn an_app_that_is_written_wrongly_is_refused() {
        let origin = format!("android:apk-key-hash:{}", "A".repeat(43));
        let fingerprint = ["AB"; 32].join(":");
        let android = format!("com.example.app={fingerprint}");
        let ios = "ABCDE12345.com.example.app";
        assert_eq!(problems_of_apps(&origin, ios, &android), 0);
        assert_eq!(problems_of_apps("android:apk-key-hash:AAAA", ios, &android), 1);
        assert_eq!(problems_of_apps(&format!("{origin}="), ios, &android), 1);
        assert_eq!(problems_of_apps("https://example.com", ios, &android), 1);
        assert_eq!(problems_of_apps(&origin, "com.example.app", &android), 1);
        assert_eq!(problems_of_apps(&origin, ios, "com.example.app=AB:CD"), 1);
        assert_eq!(problems_of_apps(&origin, ios, &android.to_lowercase()), 1);
    }
}
