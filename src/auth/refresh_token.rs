//! A phone's refresh token. It is no random secret but a sealed statement: which family and generation
//! it is, under a MAC of the key ring. So a rotation whose answer got lost can be answered again with
//! the same successor, and the database keeps a number instead of a list of hashes.

use countersign_protocol::{
    DeviceId, MspId,
    encoding::{base64url, from_base64url},
};
use uuid::Uuid;

const PREFIX: &str = "cs_refresh_";
/// msp, device and family of 16 bytes each, and the generation of 4.
const BODY: usize = 52;
const MAC: usize = 32;

/// Which refresh token this is. Worth nothing without its MAC, and with it only by proof of the
/// device's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The scope of the device.
    pub msp: MspId,
    /// The phone.
    pub device: DeviceId,
    /// All tokens that descend from one sign-in: reuse of an old one ends the family.
    pub family: Uuid,
    /// How often this family was rotated.
    pub generation: u32,
}

impl RefreshToken {
    /// The bytes that the MAC is over.
    #[must_use]
    pub fn body(&self) -> [u8; BODY] {
        let mut body = [0; BODY];
        body[..16].copy_from_slice(self.msp.as_bytes());
        body[16..32].copy_from_slice(self.device.as_bytes());
        body[32..48].copy_from_slice(self.family.as_bytes());
        body[48..].copy_from_slice(&self.generation.to_be_bytes());
        body
    }

    /// The text the phone keeps; `mac` is the key ring's over [`Self::body`].
    #[must_use]
    pub fn format(&self, mac: [u8; MAC]) -> String {
        let mut bytes = [0; BODY + MAC];
        bytes[..BODY].copy_from_slice(&self.body());
        bytes[BODY..].copy_from_slice(&mac);
        format!("{PREFIX}{}", base64url(&bytes))
    }

    /// What the text says, and the MAC that the caller must check before believing it. `None` if it
    /// is no refresh token.
    #[must_use]
    pub fn parse(text: &str) -> Option<(Self, [u8; MAC])> {
        let text = text.strip_prefix(PREFIX).filter(|text| text.len() == (BODY + MAC) / 3 * 4)?;
        let bytes = from_base64url(text)?;
        let (msp, rest) = bytes.split_first_chunk::<16>()?;
        let (device, rest) = rest.split_first_chunk::<16>()?;
        let (family, rest) = rest.split_first_chunk::<16>()?;
        let (generation, mac) = rest.split_first_chunk::<4>()?;
        let token = Self {
            msp: Uuid::from_bytes(*msp).into(),
            device: Uuid::from_bytes(*device).into(),
            family: Uuid::from_bytes(*family),
            generation: u32::from_be_bytes(*generation),
        };
        Some((token, mac.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> RefreshToken {
        let [msp, device, family] = [1, 2, 3].map(Uuid::from_u128);
        RefreshToken { msp: msp.into(), device: device.into(), family, generation: 0x0102_0304 }
    }

    #[test]
    fn a_token_reads_back_what_it_says() {
        let text = token().format([7; 32]);
        assert_eq!(RefreshToken::parse(&text), Some((token(), [7; 32])));
    }

    #[test]
    fn every_field_is_under_the_mac() {
        let others = [
            RefreshToken { msp: Uuid::from_u128(9).into(), ..token() },
            RefreshToken { device: Uuid::from_u128(9).into(), ..token() },
            RefreshToken { family: Uuid::from_u128(9), ..token() },
            RefreshToken { generation: 9, ..token() },
        ];
        for other in others {
            assert_ne!(other.body(), token().body());
        }
    }

    #[test]
    fn text_that_is_no_refresh_token_is_refused() {
        let text = token().format([7; 32]);
        let renamed = text.replace("cs_refresh_", "cs_admin_");
        for wrong in ["", "cs_refresh_", &text[..text.len() - 1], &format!("{text}A"), &renamed] {
            assert_eq!(RefreshToken::parse(wrong), None, "{wrong}");
        }
    }
}
