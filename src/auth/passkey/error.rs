//! Why a passkey's response is refused, in terms that a problem document can name.

use url::Url;
use webauthn_rs::prelude::WebauthnError;

/// Why a response of an authenticator is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// The response is by a credential other than the one that was asked.
    #[error("the response is by another credential")]
    WrongCredential,
    /// The credential is one of those that were excluded.
    #[error("the credential is registered already")]
    AlreadyRegistered,
    /// The client data is of the other ceremony: a registration for an assertion, or the reverse.
    #[error("the response belongs to another ceremony")]
    WrongCeremony,
    /// Another challenge was signed: another login, another ticket, another time.
    #[error("another challenge was signed")]
    WrongChallenge,
    /// The origin is not on the list, or the ceremony ran in a frame of another origin.
    #[error("the response comes from another origin")]
    WrongOrigin,
    /// The authenticator signed for another relying party.
    #[error("the response is for another relying party")]
    WrongRelyingParty,
    /// Presence at the most: nobody was verified by fingerprint, face or PIN.
    #[error("the user was not verified")]
    NotVerifiedUser,
    /// The signature is not by the credential over this response.
    #[error("the signature does not verify")]
    BadSignature,
    /// The counter did not rise: there may be a copy of the credential.
    #[error("the credential's counter did not rise")]
    CounterRegressed,
    /// What the credential says of its backups contradicts itself or what it said before.
    #[error("the credential's backup flags contradict each other")]
    BackupFlags,
    /// The client says that the credential can't be discovered (`credProps.rk` is false).
    #[error("the credential is not discoverable")]
    NotDiscoverable,
    /// The response does not have the form of one.
    #[error("the response is malformed")]
    Malformed,
    /// Not the client's doing: the library refused our own inputs, or its state has a new form.
    #[error("the ceremony could not be prepared")]
    NotPrepared,
}

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        use WebauthnError as E;
        match error {
            E::CredentialNotFound => Self::WrongCredential,
            E::InvalidClientDataType => Self::WrongCeremony,
            E::MismatchedChallenge => Self::WrongChallenge,
            E::InvalidRPOrigin | E::CredentialCrossOrigin => Self::WrongOrigin,
            E::InvalidRPIDHash => Self::WrongRelyingParty,
            E::UserNotPresent | E::UserNotVerified => Self::NotVerifiedUser,
            E::AuthenticationFailure | E::SignatureInvalid => Self::BadSignature,
            E::CredentialPossibleCompromise => Self::CounterRegressed,
            E::CredentialBackupEligibilityInconsistent | E::CredentialMayNotBeHardwareBound => {
                Self::BackupFlags
            }
            E::InvalidUsername | E::Configuration => Self::NotPrepared,
            _ => Self::Malformed,
        }
    }
}

/// Why settings make no relying party.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    /// The list of origins is empty.
    #[error("a relying party needs at least one origin, such as https://countersign.example")]
    NoOrigin,
    /// More than scheme, host and port.
    #[error("{0} is not an origin: write scheme, host and port only")]
    NotAnOrigin(Url),
    /// The host is neither the relying-party id nor below it.
    #[error("the origin {0} is not covered: its host must be the relying-party id or end with it")]
    NotCovered(Url),
    /// Passkeys need a secure context.
    #[error("the origin {0} must use https (http is for localhost only)")]
    NotSecure(Url),
    /// Not `android:apk-key-hash:` and the base64url SHA-256 of a signing certificate.
    #[error(
        "{0} is not an Android origin: write android:apk-key-hash: and the SHA-256 of the app's \
         signing certificate as base64url without padding"
    )]
    NotAnAndroidOrigin(String),
}
