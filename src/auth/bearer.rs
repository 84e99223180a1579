//! Long random secrets that are shown once and kept as hashes. Their text carries the msp and the row,
//! so that a row can be found inside its scope, and a checksum, so that a typing error is told from a
//! wrong secret without asking the database.
//!
//! `cs_<kind>_` and then, as base64url: msp (16 bytes), row (16 bytes), secret, checksum (the first 4
//! bytes of SHA-256 over everything before it). The prefix lets secret scanners find a leaked one.

use std::{fmt, marker::PhantomData, str::FromStr};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use countersign_protocol::{
    AdminTokenId, EnrolmentTokenId, MspId, TicketId,
    encoding::{base64url, from_base64url, sha256},
};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::ambient::Random;

/// What a secret opens.
pub trait Kind {
    /// The row it belongs to.
    type Id: Copy + From<Uuid> + Into<Uuid>;
    /// How its text begins.
    const PREFIX: &'static str;
    /// How many random bytes it has.
    const LENGTH: usize;
}

/// An admin's API token: 256 bits.
#[derive(Clone, Copy)]
pub struct Admin;

impl Kind for Admin {
    type Id = AdminTokenId;
    const PREFIX: &'static str = "cs_admin_";
    const LENGTH: usize = 32;
}

/// A ticket that enrols a phone: 128 bits, once, for minutes; short, since it stands in a QR code.
#[derive(Clone, Copy)]
pub struct Ticket;

impl Kind for Ticket {
    type Id = TicketId;
    const PREFIX: &'static str = "cs_ticket_";
    const LENGTH: usize = 16;
}

/// A token that enrols workstations: 256 bits.
#[derive(Clone, Copy)]
pub struct Enrolment;

impl Kind for Enrolment {
    type Id = EnrolmentTokenId;
    const PREFIX: &'static str = "cs_enrol_";
    const LENGTH: usize = 32;
}

/// `cs_admin_…`
pub type AdminSecret = BearerSecret<Admin>;
/// `cs_ticket_…`
pub type TicketSecret = BearerSecret<Ticket>;
/// `cs_enrol_…`
pub type EnrolmentSecret = BearerSecret<Enrolment>;

/// Why text is not a secret of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// It begins otherwise: perhaps a secret of another kind.
    #[error("it does not begin with {0}")]
    WrongPrefix(&'static str),
    /// Its length or alphabet is wrong, or its checksum does not match.
    #[error("it is incomplete or mistyped")]
    Mistyped,
}

/// A secret, the row it belongs to and the scope of that row.
pub struct BearerSecret<K: Kind> {
    msp: MspId,
    id: K::Id,
    secret: Zeroizing<Vec<u8>>,
    kind: PhantomData<K>,
}

const ID: usize = 16;
const CHECKSUM: usize = 4;

impl<K: Kind> BearerSecret<K> {
    /// A fresh secret for the row `id` of `msp`.
    #[must_use]
    pub fn new(msp: MspId, id: K::Id, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new(vec![0; K::LENGTH]);
        random.fill(&mut secret);
        Self { msp, id, secret, kind: PhantomData }
    }

    /// The scope of its row.
    #[must_use]
    pub fn msp(&self) -> MspId {
        self.msp
    }

    /// Its row.
    #[must_use]
    pub fn id(&self) -> K::Id {
        self.id
    }

    /// The text that is shown once.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let id: Uuid = self.id.into();
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * ID + K::LENGTH + CHECKSUM));
        bytes.extend_from_slice(self.msp.as_bytes());
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&self.secret);
        let checksum = checksum::<K>(&bytes);
        bytes.extend_from_slice(&checksum);
        Zeroizing::new(format!("{}{}", K::PREFIX, Zeroizing::new(base64url(&bytes)).as_str()))
    }

    /// What is stored. A fast hash does: there is nothing to guess in 128 random bits.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[b"countersign/bearer/v1/", K::PREFIX.as_bytes(), &self.secret])
    }

    /// Whether this is the secret that was stored as `hash`, compared in constant time.
    #[must_use]
    pub fn matches(&self, hash: &[u8]) -> bool {
        verify_slices_are_equal(&self.hash(), hash).is_ok()
    }
}

/// The prefix is part of it: a ticket renamed to an admin token is a typing error.
fn checksum<K: Kind>(body: &[u8]) -> [u8; CHECKSUM] {
    let [a, b, c, d, ..] = sha256(&[K::PREFIX.as_bytes(), body]);
    [a, b, c, d]
}

impl<K: Kind> FromStr for BearerSecret<K> {
    type Err = BearerError;

    fn from_str(text: &str) -> Result<Self, BearerError> {
        let body = text.strip_prefix(K::PREFIX).ok_or(BearerError::WrongPrefix(K::PREFIX))?;
        let length = 2 * ID + K::LENGTH + CHECKSUM;
        // Four characters for three bytes, without padding.
        if body.len() != (length * 4).div_ceil(3) {
            return Err(BearerError::Mistyped);
        }
        let bytes = Zeroizing::new(from_base64url(body).ok_or(BearerError::Mistyped)?);
        let (msp, rest) = bytes.split_first_chunk::<ID>().ok_or(BearerError::Mistyped)?;
        let (id, rest) = rest.split_first_chunk::<ID>().ok_or(BearerError::Mistyped)?;
        let (secret, sum) = rest.split_last_chunk::<CHECKSUM>().ok_or(BearerError::Mistyped)?;
        let body = &bytes[..bytes.len() - CHECKSUM];
        if *sum != checksum::<K>(body) {
            return Err(BearerError::Mistyped);
        }
        Ok(Self {
            msp: Uuid::from_bytes(*msp).into(),
            id: Uuid::from_bytes(*id).into(),
            secret: Zeroizing::new(secret.to_vec()),
            kind: PhantomData,
        })
    }
}

impl<K: Kind> fmt::Debug for BearerSecret<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id: Uuid = self.id.into();
        write!(f, "{}[msp {}, row {id}, secret hidden]", K::PREFIX, self.msp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemRandom;

    fn ids() -> (MspId, Uuid) {
        (Uuid::from_u128(1).into(), Uuid::from_u128(2))
    }

    fn admin() -> AdminSecret {
        let (msp, id) = ids();
        BearerSecret::new(msp, id.into(), &SystemRandom::new())
    }

    fn parse<K: Kind>(text: &str) -> Result<BearerSecret<K>, BearerError> {
        text.parse()
    }

    #[test]
    fn a_secret_reads_back_with_its_row_and_scope() {
        let made = admin();
        let read: AdminSecret = made.reveal().parse().expect("its own text");
        assert_eq!((read.msp(), read.id().into()), ids());
        assert!(read.matches(&made.hash()));
    }

    #[test]
    fn two_secrets_of_one_row_differ() {
        assert!(!admin().matches(&admin().hash()));
        assert!(!admin().matches(&[]));
    }

    #[test]
    fn a_ticket_fits_a_small_qr_code() {
        let (msp, id) = ids();
        let ticket = TicketSecret::new(msp, id.into(), &SystemRandom::new());
        assert_eq!(ticket.reveal().len(), "cs_ticket_".len() + 70);
        assert!(parse::<Ticket>(&ticket.reveal()).is_ok());
    }

    #[test]
    fn any_changed_character_is_noticed() {
        let text = admin().reveal();
        for at in Admin::PREFIX.len()..text.len() {
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            let typo = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(parse::<Admin>(&typo).err(), Some(BearerError::Mistyped), "{at}");
        }
    }

    #[test]
    fn a_cut_or_lengthened_secret_is_noticed() {
        let text = admin().reveal();
        for typo in
            [&text[..text.len() - 1], &text[..12], &format!("{}A", text.as_str()), "cs_admin_"]
        {
            assert_eq!(parse::<Admin>(typo).err(), Some(BearerError::Mistyped), "{typo}");
        }
    }

    #[test]
    fn a_longer_secret_is_refused_even_with_a_right_checksum() {
        let mut long = admin();
        long.secret.push(0);
        assert_eq!(parse::<Admin>(&long.reveal()).err(), Some(BearerError::Mistyped));
    }

    #[test]
    fn a_secret_of_another_kind_is_refused_and_hashes_otherwise() {
        let admin = admin();
        let refused = parse::<Enrolment>(&admin.reveal()).err();
        assert_eq!(refused, Some(BearerError::WrongPrefix("cs_enrol_")));
        let renamed = admin.reveal().replace("cs_admin_", "cs_enrol_");
        assert_eq!(parse::<Enrolment>(&renamed).err(), Some(BearerError::Mistyped));
        let secret = admin.secret.clone();
        let same =
            EnrolmentSecret { msp: admin.msp, id: ids().1.into(), secret, kind: PhantomData };
        assert_ne!(same.hash(), admin.hash());
    }

    #[test]
    fn a_secret_never_reaches_a_log() {
        let admin = admin();
        let shown = format!("{admin:?}");
        assert!(shown.starts_with("cs_admin_[msp 00000000-"), "{shown}");
        assert!(!shown.contains(&base64url(&admin.secret)));
    }
}
