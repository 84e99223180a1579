//! The content coding aes128gcm (RFC 8188) with the keys of a push (RFC 8291).

use std::fmt;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

const SALT: usize = 16;
const TAG: usize = 16;
/// An uncompressed point of P-256.
const POINT: usize = 65;
/// The delimiter of the last record (RFC 8188 section 2).
const LAST: u8 = 2;

/// Why a subscriber throws a message away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecipherable {
    /// No header of salt, record size and the sender's key (RFC 8188 section 2.1, RFC 8291 section 4).
    Header,
    /// More than one record (RFC 8291 section 4 allows one).
    Records,
    /// The sender's key is no point on the curve.
    SenderKey,
    /// It is not for this subscriber, or was changed.
    Sealed,
    /// The padding has no end (RFC 8188 section 2).
    Padding,
}

impl fmt::Display for Undecipherable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "the header of the content coding is broken",
            Self::Records => "there is more than one record",
            Self::SenderKey => "the sender's key is no point of P-256",
            Self::Sealed => "the record doesn't open with the subscriber's keys",
            Self::Padding => "the padding has no delimiter",
        })
    }
}

impl std::error::Error for Undecipherable {}

/// The header of the content coding and the one record after it.
struct Coded<'a> {
    salt: &'a [u8],
    sender: &'a [u8],
    record: &'a [u8],
}

impl<'a> Coded<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, Undecipherable> {
        let (salt, rest) = body.split_at_checked(SALT).ok_or(Undecipherable::Header)?;
        let (size, rest) = rest.split_first_chunk().ok_or(Undecipherable::Header)?;
        let (length, rest) = rest.split_first().ok_or(Undecipherable::Header)?;
        let (sender, record) =
            rest.split_at_checked((*length).into()).ok_or(Undecipherable::Header)?;
        let size =
            usize::try_from(u32::from_be_bytes(*size)).map_err(|_| Undecipherable::Header)?;
        if sender.len() != POINT || size < TAG + 2 {
            return Err(Undecipherable::Header);
        }
        if record.len() > size {
            return Err(Undecipherable::Records);
        }
        Ok(Self { salt, sender, record })
    }
}

/// The plaintext of a body for the holder of `private`, `public` and `auth`.
pub(super) fn decrypted(
    body: &[u8],
    private: &PrivateKey,
    public: &[u8],
    auth: &[u8],
) -> Result<Vec<u8>, Undecipherable> {
    let Coded { salt, sender, record } = Coded::parse(body)?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, sender);
    let ikm = agree(private, peer, Undecipherable::SenderKey, |secret| {
        let info = [b"WebPush: info\0".as_slice(), public, sender];
        expanded::<32>(&Salt::new(HKDF_SHA256, auth).extract(secret), &info)
    })?;
    let prk = Salt::new(HKDF_SHA256, salt).extract(&ikm);
    let key = expanded::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = expanded::<12>(&prk, &[b"Content-Encoding: nonce\0"])?;
    let key = UnboundKey::new(&AES_128_GCM, &key).map_err(|_| Undecipherable::Sealed)?;
    let mut opened = record.to_vec();
    let length = LessSafeKey::new(key)
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut opened)
        .map_err(|_| Undecipherable::Sealed)?
        .len();
    opened.truncate(length);
    while opened.last() == Some(&0) {
        opened.pop();
    }
    if opened.pop() == Some(LAST) { Ok(opened) } else { Err(Undecipherable::Padding) }
}

/// HKDF-Expand (RFC 5869 section 2.3) to `N` bytes.
fn expanded<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Result<[u8; N], Undecipherable> {
    let mut bytes = [0; N];
    prk.expand(info, Length(N))
        .and_then(|okm| okm.fill(&mut bytes))
        .map_err(|_| Undecipherable::Sealed)?;
    Ok(bytes)
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
