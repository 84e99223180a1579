//! Which database, and where.

use std::{path::PathBuf, str::FromStr};

use super::{SecretUrl, from_text::FromText};

/// What can be written. Nothing of the wrong text is repeated: it may hold a password.
const FORMS: &str = "not a database known here; write sqlite:///absolute/path, or postgres://host/name \
                     with the user and password before the host";

/// A database's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as tokio-postgres reads it.
    Postgres(SecretUrl),
}

impl FromStr for DatabaseUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(FORMS);
        };
        match scheme.to_lowercase().as_str() {
            "sqlite" if rest.is_empty() || rest.contains(":memory:") => Err(
                "SQLite needs a file, since in memory each connection has a database of its own; \
                     write sqlite:///absolute/path",
            ),
            "sqlite" => Ok(Self::Sqlite(PathBuf::from(rest))),
            "postgres" | "postgresql" if !rest.is_empty() => Ok(Self::Postgres(text.into())),
            _ => Err(FORMS),
        }
    }
}

impl FromText for DatabaseUrl {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_slashes_begin_an_absolute_path() {
        assert_eq!(
            "sqlite:///var/lib/c.sqlite".parse(),
            Ok(DatabaseUrl::Sqlite("/var/lib/c.sqlite".into()))
        );
    }

    #[test]
    fn a_database_in_memory_is_refused() {
        assert!("sqlite://:memory:".parse::<DatabaseUrl>().is_err());
    }

    #[test]
    fn another_database_is_refused() {
        assert!("mysql://root@db/x".parse::<DatabaseUrl>().is_err());
        assert!("postgres://".parse::<DatabaseUrl>().is_err());
        assert!("countersign.sqlite".parse::<DatabaseUrl>().is_err());
    }
}
