use std::env;

use url::Url;

/// The variables that `tests/run` sets.
const POSTGRES: &str = "COUNTERSIGN_TEST_POSTGRES";
const REDIS: &str = "COUNTERSIGN_TEST_REDIS";

/// Each makes a missing server a failure: a run that silently skips half of its tests proves
/// nothing.
const REQUIRE: [&str; 2] = ["CI", "COUNTERSIGN_TEST_REQUIRE_SERVERS"];

/// The superuser's URL of the PostgreSQL server that a whole test run shares, from
/// `COUNTERSIGN_TEST_POSTGRES`. None, and a line that says so, where the variable isn't set.
///
/// # Panics
/// When it isn't set though `CI` or `COUNTERSIGN_TEST_REQUIRE_SERVERS` is, or isn't a URL.
#[must_use]
pub fn shared_postgres() -> Option<Url> {
    shared(POSTGRES, |name| env::var(name).ok())
}

/// The URL of the Redis server that a whole test run shares, from `COUNTERSIGN_TEST_REDIS`. Others
/// use it at the same time: name keys so that they can't meet. None, and a line that says so, where
/// the variable isn't set.
///
/// # Panics
/// As [`shared_postgres`].
#[must_use]
pub fn shared_redis() -> Option<Url> {
    shared(REDIS, |name| env::var(name).ok())
}

/// Whether a missing server fails a test instead of skipping it.
pub(super) fn servers_required() -> bool {
    required(&|name| env::var(name).ok())
}

fn required(environment: &impl Fn(&str) -> Option<String>) -> bool {
    REQUIRE.iter().any(|name| environment(name).is_some_and(|value| !value.is_empty()))
}

fn shared(variable: &str, environment: impl Fn(&str) -> Option<String>) -> Option<Url> {
    if let Some(value) = environment(variable) {
        return Some(
            Url::parse(&value).unwrap_or_else(|error| panic!("{variable} is no URL: {error}")),
        );
    }
    assert!(
        !required(&environment),
        "{variable} is not set, and this run may skip nothing: start tests by tests/run"
    );
    eprintln!("skipped: {variable} is not set (tests/run sets it)");
    None
}

#[cfg(test)]
mod tests {
    use super::{POSTGRES, shared};

    fn environment(set: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_named_server_is_used() {
        let url = shared(
            POSTGRES,
            environment(&[(POSTGRES, "postgres://postgres@127.0.0.1:1/postgres")]),
        );
        assert_eq!(url.and_then(|url| url.port()), Some(1));
    }

    #[test]
    fn without_a_server_a_test_is_skipped() {
        assert_eq!(shared(POSTGRES, environment(&[])), None);
    }

    #[test]
    #[should_panic(expected = "may skip nothing")]
    fn without_a_server_a_test_fails_in_ci() {
        shared(POSTGRES, environment(&[("CI", "true")]));
    }

    #[test]
    #[should_panic(expected = "may skip nothing")]
    fn without_a_server_a_test_fails_when_servers_are_required() {
        shared(POSTGRES, environment(&[("COUNTERSIGN_TEST_REQUIRE_SERVERS", "1")]));
    }
}
