//! Values that stand as text in the file and in the environment, each with the form to write it in.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};
use url::Url;

/// A value that is written as text.
pub(super) trait FromText: Sized {
    /// The value, or what to write instead.
    ///
    /// Messages hold no `@`: everything between `://` and the last `@` of a message is hidden.
    fn from_text(text: &str) -> Result<Self, String>;
}

/// A value that must be there.
pub(super) fn required<'de, D: Deserializer<'de>, T: FromText>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::from_text(String::deserialize(deserializer)?.trim()).map_err(D::Error::custom)
}

/// A value, or `None` from the empty text.
pub(super) fn unless_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromText,
{
    match String::deserialize(deserializer)?.trim() {
        "" => Ok(None),
        text => T::from_text(text).map(Some).map_err(D::Error::custom),
    }
}

/// A list, either as one (in the file) or separated by commas (in the environment).
pub(super) fn list<'de, D: Deserializer<'de>, T: FromText>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a list of strings")]
    enum Written {
        List(Vec<String>),
        Commas(String),
    }
    let entries = match Written::deserialize(deserializer)? {
        Written::List(entries) => entries,
        Written::Commas(text) => text.split(',').map(ToOwned::to_owned).collect(),
    };
    let entries = entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty());
    entries.map(|entry| T::from_text(entry).map_err(D::Error::custom)).collect()
}

impl FromText for String {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl FromText for PathBuf {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

impl FromText for SocketAddr {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            format!("{text:?} is not an address and a port; write 127.0.0.1:8080 or [::1]:8080")
        })
    }
}

impl FromText for IpNet {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            format!("{text:?} is not a network; write 10.0.0.0/24, or 10.0.0.1/32 for one address")
        })
    }
}

impl FromText for Url {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|problem| {
            format!(
                "{text:?} is not an address ({problem}); write https://host or https://host:port"
            )
        })
    }
}
