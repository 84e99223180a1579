//! The relying party: options for a ceremony and the check of its response.

use countersign_protocol::encoding::{base64url, from_base64url};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::{Host, Url};
use uuid::Uuid;
use webauthn_rs::prelude::{
    PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder,
};

use super::{CredentialId, Passkey, PasskeyError, RelyingPartyError};

const ANDROID: &str = "android:apk-key-hash:";

/// Everything that a registration was asked with. The second half must be given the same as the first.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    /// The user handle: who the credential is for.
    pub user_id: Uuid,
    /// The name the authenticator shows to tell accounts apart; not empty.
    pub user_name: &'a str,
    /// The person's name; not empty.
    pub display_name: &'a str,
    /// Credentials that must not be registered again.
    pub exclude: &'a [CredentialId],
    /// What the credential signs.
    pub challenge: [u8; 32],
}

/// What a verified assertion leaves to be stored.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The authenticator's signature counter; 0 from synced passkeys, which don't count.
    pub counter: u32,
    /// The passkey as it is now, if counter or backup flags changed. To be written with
    /// `WHERE counter < new`, since two assertions may be verified at once.
    pub updated: Option<Passkey>,
}

/// Who asks: the relying-party id and the origins whose responses count.
#[derive(Clone, Debug)]
pub struct RelyingParty(Webauthn);

impl RelyingParty {
    /// A relying party with the id `id` (a domain) that people see as `name`.
    ///
    /// `origins` are those of web and iOS apps; `android_origins` name the signing certificates of
    /// Android apps, which have no other origin: `android:apk-key-hash:<base64url SHA-256>`. The
    /// library compares such opaque URLs letter by letter.
    ///
    /// # Errors
    /// If an origin is not one, or not this relying party's.
    pub fn new(
        id: &str,
        name: &str,
        origins: &[Url],
        android_origins: &[String],
    ) -> Result<Self, RelyingPartyError> {
        origins.iter().try_for_each(|origin| check_origin(id, origin))?;
        let (first, more) = origins.split_first().ok_or(RelyingPartyError::NoOrigin)?;
        let not_covered = |_| RelyingPartyError::NotCovered(first.clone());
        let builder = WebauthnBuilder::new(id, first).map_err(not_covered)?.rp_name(name);
        let builder = more.iter().fold(builder, WebauthnBuilder::append_allowed_origin);
        let android: Vec<Url> =
            android_origins.iter().map(|text| android_origin(text)).collect::<Result<_, _>>()?;
        let builder = android.iter().fold(builder, WebauthnBuilder::append_allowed_origin);
        Ok(Self(builder.build().map_err(not_covered)?))
    }

    /// `PublicKeyCredentialCreationOptionsJSON`: user verification and a discoverable credential are
    /// required, attestation is not asked for.
    ///
    /// # Errors
    /// [`PasskeyError::NotPrepared`] if a name is empty.
    pub fn registration_options(&self, asked: &Registration<'_>) -> Result<Value, PasskeyError> {
        let (mut options, _) = self.0.start_passkey_registration(
            asked.user_id,
            asked.user_name,
            asked.display_name,
            Some(asked.exclude.to_vec()),
        )?;
        options.public_key.challenge = asked.challenge.to_vec();
        let mut options =
            serde_json::to_value(options.public_key).map_err(|_| PasskeyError::NotPrepared)?;
        // The library asks for none, which steers Android away from passkeys; the check below and
        // the library's own accept one.
        let selection = options.get_mut("authenticatorSelection").and_then(Value::as_object_mut);
        let selection = selection.ok_or(PasskeyError::NotPrepared)?;
        selection.insert("residentKey".to_owned(), "required".into());
        selection.insert("requireResidentKey".to_owned(), true.into());
        Ok(options)
    }

    /// The new passkey, if `credential` (`RegistrationResponseJSON`) answers what was `asked`.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify_registration(
        &self,
        asked: &Registration<'_>,
        credential: &Value,
    ) -> Result<Passkey, PasskeyError> {
        let response = RegisterPublicKeyCredential::deserialize(credential)
            .map_err(|_| PasskeyError::Malformed)?;
        is_public_key(&response.type_, &response.id, &response.raw_id)?;
        if asked.exclude.contains(&response.raw_id) {
            return Err(PasskeyError::AlreadyRegistered);
        }
        // All a client can tell, and native apps don't: silence is no refusal.
        if response.extensions.cred_props.as_ref().is_some_and(|props| props.rk == Some(false)) {
            return Err(PasskeyError::NotDiscoverable);
        }
        let (_, state) = self.0.start_passkey_registration(
            asked.user_id,
            asked.user_name,
            asked.display_name,
            Some(asked.exclude.to_vec()),
        )?;
        let state = with_challenge(&state, "rs", asked.challenge)?;
        let passkey = self.0.finish_passkey_registration(&response, &state)?;
        // The library believes the authenticator and never looks at what the client calls it.
        if *passkey.cred_id() != response.raw_id {
            return Err(PasskeyError::WrongCredential);
        }
        Ok(passkey)
    }

    /// `PublicKeyCredentialRequestOptionsJSON` that only this passkey can answer, with user verification.
    ///
    /// # Errors
    /// [`PasskeyError::NotPrepared`] if the library refuses.
    pub fn assertion_options(
        &self,
        passkey: &Passkey,
        challenge: [u8; 32],
    ) -> Result<Value, PasskeyError> {
        let (mut options, _) =
            self.0.start_passkey_authentication(std::slice::from_ref(passkey))?;
        options.public_key.challenge = challenge.to_vec();
        serde_json::to_value(options.public_key).map_err(|_| PasskeyError::NotPrepared)
    }

    /// Whether `assertion` (`AuthenticationResponseJSON`) is this passkey's answer to `challenge`, by a
    /// verified user, from a known origin, with a counter that rose.
    ///
    /// Costs some 0.4 ms of CPU, nearly all of it the library's P-256: call it after the checks that
    /// cost less. The way of its state through JSON is short (under 1 KiB).
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify_assertion(
        &self,
        passkey: &Passkey,
        challenge: [u8; 32],
        assertion: &Value,
    ) -> Result<Verified, PasskeyError> {
        let response =
            PublicKeyCredential::deserialize(assertion).map_err(|_| PasskeyError::Malformed)?;
        if response.raw_id != *passkey.cred_id() {
            return Err(PasskeyError::WrongCredential);
        }
        is_public_key(&response.type_, &response.id, &response.raw_id)?;
        same_frame(&response.response.client_data_json)?;
        let (_, state) = self.0.start_passkey_authentication(std::slice::from_ref(passkey))?;
        let state = with_challenge(&state, "ast", challenge)?;
        let result = self.0.finish_passkey_authentication(&response, &state)?;
        // The library has asked for it by now; too much hangs on it to ask only once.
        if !result.user_verified() {
            return Err(PasskeyError::NotVerifiedUser);
        }
        let mut updated = passkey.clone();
        let changed = updated.update_credential(&result) == Some(true);
        Ok(Verified { counter: result.counter(), updated: changed.then_some(updated) })
    }
}

/// The library draws its own challenge and hides it in its state; this puts ours in its place, by the
/// only way in: the serialised form, under the member `part`.
fn with_challenge<S: Serialize + DeserializeOwned>(
    state: &S,
    part: &str,
    challenge: [u8; 32],
) -> Result<S, PasskeyError> {
    let mut state = serde_json::to_value(state).map_err(|_| PasskeyError::NotPrepared)?;
    let slot = state.get_mut(part).and_then(|part| part.get_mut("challenge"));
    *slot.ok_or(PasskeyError::NotPrepared)? = base64url(&challenge).into();
    serde_json::from_value(state).map_err(|_| PasskeyError::NotPrepared)
}

/// WebAuthn Level 3 section 5.1: `id` is `rawId` in base64url; the library checks neither that nor the type.
fn is_public_key(kind: &str, id: &str, raw_id: &[u8]) -> Result<(), PasskeyError> {
    let sound = kind == "public-key" && id == base64url(raw_id);
    if sound { Ok(()) } else { Err(PasskeyError::Malformed) }
}

/// Refuses an assertion made in a frame of another origin (WebAuthn Level 3 section 7.2, step 13),
/// which the library checks for registrations alone.
fn same_frame(client_data: &[u8]) -> Result<(), PasskeyError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Frame {
        #[serde(default)]
        cross_origin: bool,
    }
    let frame: Frame = serde_json::from_slice(client_data).map_err(|_| PasskeyError::Malformed)?;
    if frame.cross_origin { Err(PasskeyError::WrongOrigin) } else { Ok(()) }
}

fn check_origin(id: &str, origin: &Url) -> Result<(), RelyingPartyError> {
    if format!("{}/", origin.origin().ascii_serialization()) != origin.as_str() {
        return Err(RelyingPartyError::NotAnOrigin(origin.clone()));
    }
    let Some(Host::Domain(host)) = origin.host() else {
        return Err(RelyingPartyError::NotCovered(origin.clone()));
    };
    if host != id && !host.strip_suffix(id).is_some_and(|sub| sub.ends_with('.')) {
        return Err(RelyingPartyError::NotCovered(origin.clone()));
    }
    if origin.scheme() != "https" && !(origin.scheme() == "http" && host == "localhost") {
        return Err(RelyingPartyError::NotSecure(origin.clone()));
    }
    Ok(())
}

fn android_origin(text: &str) -> Result<Url, RelyingPartyError> {
    let hash = text.strip_prefix(ANDROID).and_then(from_base64url);
    hash.filter(|hash| hash.len() == 32)
        .and_then(|_| Url::parse(text).ok())
        .ok_or_else(|| RelyingPartyError::NotAnAndroidOrigin(text.to_owned()))
}
