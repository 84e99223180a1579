//! Which secret a prompt asks for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The epochs that a derived secret hangs on. Each starts at 1 and only rises; raising one replaces every
/// secret below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epochs {
    /// The tenant's (`e`): raised when its root leaked.
    pub tenant: u32,
    /// The technician's (`e_t`): raised when a phone was lost.
    pub technician: u32,
    /// The workstation's (`e_w`): raised when the machine was stolen.
    pub workstation: u32,
}

/// Which secret: what a workstation's prompt names and a phone must hold. Versions of one kind are never
/// mistaken for those of another, also after a tenant changed its mode.
///
/// As text, on the prompt and on the wire: `n3`, `s3`, `d1.1.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretVersion {
    /// The workstation's own secret, by its number.
    Named(u32),
    /// The tenant's secret, by its number.
    Shared(u32),
    /// A technician's on a workstation, by its epochs: tenant, technician, workstation.
    Derived(Epochs),
}

/// Text that names no version.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a secret's version, like n3, s3 or d1.1.2")]
pub struct NotAVersion;

impl fmt::Display for SecretVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(number) => write!(f, "n{number}"),
            Self::Shared(number) => write!(f, "s{number}"),
            Self::Derived(Epochs { tenant, technician, workstation }) => {
                write!(f, "d{tenant}.{technician}.{workstation}")
            }
        }
    }
}

impl FromStr for SecretVersion {
    type Err = NotAVersion;
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let number = |digits: &str| digits.parse::<u32>().map_err(|_| NotAVersion);
        let kind = text.chars().next().ok_or(NotAVersion)?;
        let mut numbers = text[kind.len_utf8()..].split('.').map(number);
        let mut next = || numbers.next().unwrap_or(Err(NotAVersion));
        let version = match kind {
            'n' => Self::Named(next()?),
            's' => Self::Shared(next()?),
            'd' => {
                Self::Derived(Epochs { tenant: next()?, technician: next()?, workstation: next()? })
            }
            _ => return Err(NotAVersion),
        };
        // One spelling each: signatures are over the text.
        if version.to_string() == text { Ok(version) } else { Err(NotAVersion) }
    }
}

impl Serialize for SecretVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_back_what_it_wrote() {
        let epochs = Epochs { tenant: 1, technician: 20, workstation: u32::MAX };
        for version in
            [SecretVersion::Named(3), SecretVersion::Shared(0), SecretVersion::Derived(epochs)]
        {
            assert_eq!(version.to_string().parse(), Ok(version));
        }
        assert_eq!(SecretVersion::Derived(epochs).to_string(), "d1.20.4294967295");
    }

    #[test]
    fn a_version_has_one_spelling() {
        for text in [
            "",
            "3",
            "n",
            "n03",
            "n+3",
            "n3.1",
            "d1.2",
            "d1.2.3.4",
            "x3",
            "N3",
            "é3",
            "n4294967296",
        ] {
            assert_eq!(text.parse::<SecretVersion>(), Err(NotAVersion), "{text}");
        }
    }
}
