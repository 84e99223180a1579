//! The pair of tokens that a phone gets.

use countersign_protocol::{DeviceId, Instant, MspId, TechnicianId, wire::mobile::Tokens};
use uuid::Uuid;

use crate::{
    auth::{RefreshToken, Subject},
    domain::Failure,
    flows::Context,
};

/// What the MAC of refresh tokens is under.
pub(super) const REFRESH_LABEL: &str = "countersign/refresh/v1";

/// The phone that gets tokens, and where its refresh tokens stand.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// Its msp.
    pub msp: MspId,
    /// The phone.
    pub device: DeviceId,
    /// Its owner.
    pub technician: TechnicianId,
    /// The thumbprint of its key.
    pub jkt: String,
    /// The family of its refresh tokens.
    pub family: Uuid,
    /// The family's generation.
    pub generation: i32,
}

/// An access token and the refresh token of this generation. Nothing of them is stored: the same
/// generation gives the same refresh token again.
pub fn device_tokens(
    ctx: &Context,
    bearer: &Bearer,
    issued_at: Instant,
) -> Result<Tokens, Failure> {
    let &Bearer { msp, device, technician, family, generation, .. } = bearer;
    let subject = Subject::Device { msp, device, technician };
    let lifetime = ctx.settings.tokens.access();
    let access_token = ctx
        .issuer
        .issue(subject, &bearer.jkt, issued_at, lifetime, &*ctx.random)
        .map_err(|error| Failure::Fault(error.to_string()))?;
    let generation = u32::try_from(generation)
        .map_err(|_| Failure::Fault("a refresh generation is negative".into()))?;
    let refresh = RefreshToken { msp, device, family, generation };
    let mac = ctx.keys.tag(REFRESH_LABEL, &[&refresh.body()]);
    Ok(Tokens {
        access_token,
        token_type: "DPoP".to_owned(),
        expires_in: u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX),
        refresh_token: refresh.format(mac),
    })
}

/// When a token counts as issued that is given at `now`, after a revocation. Tokens carry whole seconds,
/// and one of the revocation's second is dead: so that a phone that was resumed, or a machine with new
/// keys, does not get a stillborn one, the token begins with the next second.
///
/// `revoked_at` must be read in the same statement as the status that allows the token.
pub(super) fn issued_after(revoked_at: Option<Instant>, now: Instant) -> Instant {
    let next = |at: Instant| Instant::from_unix_millis((at.unix_seconds() + 1) * 1000);
    revoked_at.map_or(now, |at| now.max(next(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_given_in_the_second_of_a_revocation_begins_with_the_next() {
        let at = Instant::from_unix_millis;
        assert_eq!(issued_after(None, at(10_300)), at(10_300));
        assert_eq!(issued_after(Some(at(10_200)), at(10_300)), at(11_000));
        assert_eq!(issued_after(Some(at(9_999)), at(10_300)), at(10_300));
    }
}
